/* Control packets in words, as people know them from pppd's log: LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0x12d6e3d1>.
 */
#include "ppp/ppp_impl.h"

#include <stdio.h>

#include "base/str.h"

enum value_kind { VALUE_NONE, VALUE_NUMBER, VALUE_HEX, VALUE_ADDRESS, VALUE_AUTH };

static const struct {
	uint16_t proto;
	uint8_t type;
	const char *name;
	enum value_kind kind;
} options[] = {
	{ PROTO_LCP, LCP_MRU, "mru", VALUE_NUMBER },
	{ PROTO_LCP, LCP_ASYNCMAP, "asyncmap", VALUE_HEX },
	{ PROTO_LCP, LCP_AUTH, "auth", VALUE_AUTH },
	{ PROTO_LCP, LCP_MAGIC, "magic", VALUE_HEX },
	{ PROTO_LCP, LCP_PFC, "pcomp", VALUE_NONE },
	{ PROTO_LCP, LCP_ACFC, "accomp", VALUE_NONE },
	{ PROTO_IPCP, IPCP_ADDRESS, "addr", VALUE_ADDRESS },
	{ PROTO_IPCP, IPCP_DNS_1, "ms-dns1", VALUE_ADDRESS },
	{ PROTO_IPCP, IPCP_DNS_2, "ms-dns2", VALUE_ADDRESS },
	{ PROTO_IPCP, IPCP_NBNS_1, "ms-wins1", VALUE_ADDRESS },
	{ PROTO_IPCP, IPCP_NBNS_2, "ms-wins2", VALUE_ADDRESS },
};

static const char *const cp_names[] = {
	[CP_CONF_REQ] = "ConfReq",   [CP_CONF_ACK] = "ConfAck",	   [CP_CONF_NAK] = "ConfNak",
	[CP_CONF_REJ] = "ConfRej",   [CP_TERM_REQ] = "TermReq",	   [CP_TERM_ACK] = "TermAck",
	[CP_CODE_REJ] = "CodeRej",   [CP_PROTO_REJ] = "ProtRej",   [CP_ECHO_REQ] = "EchoReq",
	[CP_ECHO_REPLY] = "EchoRep", [CP_DISCARD_REQ] = "DiscReq",
};
static const char *const pap_names[] = { [PAP_REQ] = "AuthReq", [PAP_ACK] = "AuthAck", [PAP_NAK] = "AuthNak" };
static const char *const chap_names[] = {
	[CHAP_CHALLENGE] = "Challenge",
	[CHAP_RESPONSE] = "Response",
	[CHAP_SUCCESS] = "Success",
	[CHAP_FAILURE] = "Failure",
};

static const struct {
	uint16_t proto;
	const char *name;
	const char *const *codes;
	size_t n_codes;
} protocols[] = {
	{ PROTO_LCP, "LCP", cp_names, sizeof(cp_names) / sizeof(cp_names[0]) },
	{ PROTO_IPCP, "IPCP", cp_names, CP_PROTO_REJ },
	{ PROTO_CCP, "CCP", cp_names, CP_PROTO_REJ },
	{ PROTO_IPV6CP, "IPV6CP", cp_names, CP_PROTO_REJ },
	{ PROTO_PAP, "PAP", pap_names, sizeof(pap_names) / sizeof(pap_names[0]) },
	{ PROTO_CHAP, "CHAP", chap_names, sizeof(chap_names) / sizeof(chap_names[0]) },
};

enum {
	N_OPTIONS = sizeof(options) / sizeof(options[0]),
	N_PROTOCOLS = sizeof(protocols) / sizeof(protocols[0]),
	TEXT_MAX = 600
};

static void add_auth(struct buf *out, const struct wire_option *o)
{
	uint16_t proto = o->len >= 2 ? wire_get16(o->value) : 0;

	if (proto == PROTO_PAP)
		buf_adds(out, " pap");
	else if (proto == PROTO_CHAP && o->len == 3 && o->value[2] == CHAP_MD5)
		buf_adds(out, " chap MD5");
	else
		buf_addf(out, " 0x%x", proto);
}

static bool has_length(enum value_kind kind, size_t len)
{
	static const uint8_t lengths[] = { [VALUE_NONE] = 0, [VALUE_NUMBER] = 2, [VALUE_HEX] = 4, [VALUE_ADDRESS] = 4 };

	return kind == VALUE_AUTH || len == lengths[kind];
}

static void add_value(struct buf *out, enum value_kind kind, const struct wire_option *o)
{
	switch (kind) {
	case VALUE_NONE:
		break;
	case VALUE_NUMBER:
		buf_addf(out, " %u", wire_get16(o->value));
		break;
	case VALUE_HEX:
		buf_addf(out, " 0x%x", wire_get32(o->value));
		break;
	case VALUE_ADDRESS:
		buf_addf(out, " %u.%u.%u.%u", o->value[0], o->value[1], o->value[2], o->value[3]);
		break;
	case VALUE_AUTH:
		add_auth(out, o);
		break;
	}
}

static void add_option(struct buf *out, uint16_t proto, const struct wire_option *o)
{
	size_t i;

	for (i = 0; i < N_OPTIONS && (options[i].proto != proto || options[i].type != o->type); i++)
		;
	if (i < N_OPTIONS && has_length(options[i].kind, o->len)) {
		buf_addf(out, " <%s", options[i].name);
		add_value(out, options[i].kind, o);
	} else {
		buf_addf(out, " <%u ", o->type);
		str_hex(out, o->value, o->len);
	}
	buf_addc(out, '>');
}

static void add_options(struct buf *out, uint16_t proto, const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	struct wire_option o;
	bool good;

	while (wire_option(&p, end, &o, &good))
		add_option(out, proto, &o);
	if (!good)
		buf_adds(out, " <damaged>");
}

/* A name with its length before it; passwords are not for traces. */
static void add_user(struct buf *out, const uint8_t *p, size_t n)
{
	if (!n || n < 1u + *p)
		return;
	buf_adds(out, " user=\"");
	str_escape(out, p + 1, *p);
	buf_addc(out, '"');
}

static void add_rest(struct buf *out, uint16_t proto, int code, const uint8_t *p, size_t n)
{
	if ((proto == PROTO_LCP || proto == PROTO_IPCP) && code <= CP_CONF_REJ) {
		add_options(out, proto, p, n);
	} else if (proto == PROTO_PAP && code == PAP_REQ) {
		add_user(out, p, n);
	} else if (proto == PROTO_CHAP && code <= CHAP_RESPONSE && n > PPP_DIGEST) {
		buf_adds(out, " name=\"");
		str_escape(out, p + 1 + PPP_DIGEST, n - 1 - PPP_DIGEST);
		buf_addc(out, '"');
	} else if (proto == PROTO_LCP && code > CP_TERM_ACK && n) {
		buf_addc(out, ' ');
		str_hex(out, p, n < 16 ? n : 16);
	}
}

static void add_packet(struct buf *out, size_t row, const uint8_t *data, size_t n)
{
	size_t len = n >= CP_HEAD ? wire_get16(data + 2) : 0;

	buf_adds(out, protocols[row].name);
	if (len < CP_HEAD || len > n) {
		buf_adds(out, " damaged ");
		str_hex(out, data, n < 16 ? n : 16);
		return;
	}
	if (data[0] < protocols[row].n_codes && protocols[row].codes[data[0]])
		buf_addf(out, " %s id=0x%x", protocols[row].codes[data[0]], data[1]);
	else
		buf_addf(out, " code %u id=0x%x", data[0], data[1]);
	add_rest(out, protocols[row].proto, data[0], data + CP_HEAD, len - CP_HEAD);
}

void ppp_describe(struct ppp *p, const char *from, uint16_t proto, const uint8_t *data, size_t n)
{
	struct buf text;
	size_t row;

	if (!p->trace)
		return;
	buf_init(&text, TEXT_MAX);
	for (row = 0; row < N_PROTOCOLS && protocols[row].proto != proto; row++)
		;
	if (row < N_PROTOCOLS) {
		add_packet(&text, row, data, n);
	} else {
		buf_addf(&text, "protocol 0x%04x ", proto);
		str_hex(&text, data, n < 16 ? n : 16);
	}
	trace_text(p->trace, TRACE_NOTE, "ppp %s: %s", from, buf_str(&text));
	buf_free(&text);
}
