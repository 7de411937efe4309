/* RFC 1661 and 1662 from the host's side; the check is computed bit by bit, as the RFC defines it. */
#include "harness/ppp_line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/str.h"

enum { FLAG = 0x7e, ESCAPE = 0x7d, FLIP = 0x20, FRAME_MAX = 2048, CONF_REQ = 1, CONF_ACK = 2, CONF_REJ = 4, HEAD = 4 };

struct ppp_ear {
	void (*line)(const char *text, void *ctx);
	void *ctx;
	uint8_t frame[FRAME_MAX];
	size_t len;
	bool escaped;
	struct request {
		uint16_t proto;
		struct buf packet; /* code, identifier, length, options */
	} request[2];
};

static uint16_t check_of(const uint8_t *p, size_t n)
{
	unsigned fcs = 0xffff;

	for (size_t i = 0; i < 8 * n; i++) {
		bool low = ((fcs ^ (unsigned)p[i / 8] >> i % 8) & 1) != 0;

		fcs = fcs >> 1 ^ (low ? 0x8408 : 0);
	}
	return (uint16_t)~fcs;
}

static void add_octet(struct buf *out, uint8_t octet)
{
	if (octet < FLIP || octet == FLAG || octet == ESCAPE) {
		buf_addc(out, ESCAPE);
		octet ^= FLIP;
	}
	buf_addc(out, (char)octet);
}

int ppp_frame_write(struct buf *out, const void *packet, size_t n)
{
	struct buf whole;
	uint16_t check;

	buf_init(&whole, FRAME_MAX);
	buf_add(&whole, "\xff\x03", 2);
	if (buf_add(&whole, packet, n)) {
		buf_free(&whole);
		return -ENOSPC;
	}
	check = check_of((const uint8_t *)whole.data, whole.len);
	buf_addc(out, FLAG);
	for (size_t i = 0; i < whole.len; i++)
		add_octet(out, (uint8_t)whole.data[i]);
	add_octet(out, (uint8_t)check);
	add_octet(out, (uint8_t)(check >> 8));
	buf_free(&whole);
	return buf_addc(out, FLAG);
}

/* --- words ------------------------------------------------------------------------------------------------------- */

static const char *const cp_words[] = { NULL,	   "ConfReq", "ConfAck", "ConfNak", "ConfRej", "TermReq",
					"TermAck", "CodeRej", "ProtRej", "EchoReq", "EchoRep", "DiscReq" };
static const char *const pap_words[] = { NULL, "Req", "Ack", "Nak" };
static const char *const chap_words[] = { NULL, "Challenge", "Response", "Success", "Failure" };

static const struct proto {
	uint16_t number;
	const char *name;
	const char *const *words; /* of its codes; NULL: what follows is data */
	size_t n_words;
} protos[] = {
	{ PPP_LINE_LCP, "LCP", cp_words, sizeof(cp_words) / sizeof(cp_words[0]) },
	{ PPP_LINE_IPCP, "IPCP", cp_words, 8 },
	{ 0xc023, "PAP", pap_words, sizeof(pap_words) / sizeof(pap_words[0]) },
	{ 0xc223, "CHAP", chap_words, sizeof(chap_words) / sizeof(chap_words[0]) },
	{ 0x0021, "IP", NULL, 0 },
};

static const struct proto *find_proto(uint16_t number)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (protos[i].number == number)
			return &protos[i];
	}
	return NULL;
}

static void add_hex(struct buf *text, const uint8_t *p, size_t n)
{
	if (!n)
		return;
	buf_addc(text, ' ');
	str_hex(text, p, n);
}

/* Options one by one; what is left of a damaged list as it is. */
static void add_options(struct buf *text, const uint8_t *p, size_t n)
{
	while (n >= 2 && p[1] >= 2 && p[1] <= n) {
		buf_addf(text, " %02x:", p[0]);
		str_hex(text, p + 2, p[1] - 2u);
		n -= p[1];
		p += p[1];
	}
	add_hex(text, p, n);
}

static void add_packet(struct buf *text, const struct proto *proto, const uint8_t *p, size_t n)
{
	bool control = proto->number == PPP_LINE_LCP || proto->number == PPP_LINE_IPCP;

	buf_adds(text, proto->name);
	if (!proto->words || n < HEAD || p[0] >= proto->n_words || !p[0]) {
		add_hex(text, p, n);
		return;
	}
	buf_addf(text, " %s %u", proto->words[p[0]], p[1]);
	if (control && p[0] <= CONF_REJ)
		add_options(text, p + HEAD, n - HEAD);
	else
		add_hex(text, p + HEAD, n - HEAD);
}

/* --- the ear ----------------------------------------------------------------------------------------------------- */

static void keep_request(struct ppp_ear *e, uint16_t proto, const uint8_t *p, size_t n)
{
	struct request *r = &e->request[proto == PPP_LINE_IPCP];

	if ((proto != PPP_LINE_LCP && proto != PPP_LINE_IPCP) || n < HEAD || p[0] != CONF_REQ)
		return;
	buf_reset(&r->packet);
	buf_add(&r->packet, p, n);
}

static void hear_packet(struct ppp_ear *e, uint16_t number, const uint8_t *p, size_t n)
{
	const struct proto *proto = find_proto(number);
	struct buf text;

	keep_request(e, number, p, n);
	buf_init(&text, 4 * FRAME_MAX);
	if (proto) {
		add_packet(&text, proto, p, n);
	} else {
		buf_addf(&text, "0x%04x", number);
		add_hex(&text, p, n);
	}
	e->line(buf_str(&text), e->ctx);
	buf_free(&text);
}

/* Address and control, and the first octet of the protocol, may have been left out. */
static void hear_frame(struct ppp_ear *e, const uint8_t *p, size_t n)
{
	if (n < 4 || check_of(p, n - 2) != (uint16_t)(p[n - 2] | p[n - 1] << 8))
		return;
	n -= 2;
	if (p[0] == 0xff && p[1] == 0x03) {
		p += 2;
		n -= 2;
	}
	if (n && (p[0] & 1))
		hear_packet(e, p[0], p + 1, n - 1);
	else if (n >= 2)
		hear_packet(e, (uint16_t)(p[0] << 8 | p[1]), p + 2, n - 2);
}

static void hear_octet(struct ppp_ear *e, uint8_t octet)
{
	if (octet == FLAG) {
		hear_frame(e, e->frame, e->len);
		e->len = 0;
		e->escaped = false;
	} else if (octet == ESCAPE) {
		e->escaped = true;
	} else {
		if (e->len < FRAME_MAX)
			e->frame[e->len++] = e->escaped ? octet ^ FLIP : octet;
		e->escaped = false;
	}
}

void ppp_ear_hear(struct ppp_ear *e, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hear_octet(e, ((const uint8_t *)p)[i]);
}

int ppp_ear_ack(const struct ppp_ear *e, uint16_t proto, struct buf *packet)
{
	const struct buf *request = &e->request[proto == PPP_LINE_IPCP].packet;
	const uint8_t head[] = { (uint8_t)(proto >> 8), (uint8_t)proto, CONF_ACK };

	if (!request->len)
		return -ENOENT;
	buf_add(packet, head, sizeof(head));
	return buf_add(packet, request->data + 1, request->len - 1);
}

struct ppp_ear *ppp_ear_new(void (*line)(const char *text, void *ctx), void *ctx)
{
	struct ppp_ear *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->line = line;
	e->ctx = ctx;
	for (int i = 0; i < 2; i++)
		buf_init(&e->request[i].packet, FRAME_MAX);
	return e;
}

void ppp_ear_free(struct ppp_ear *e)
{
	if (!e)
		return;
	for (int i = 0; i < 2; i++)
		buf_free(&e->request[i].packet);
	free(e);
}
