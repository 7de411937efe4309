/* LCP (RFC 1661): the options of the link, echo, discard, rejects. What a SIM7600 asks for: esp-protocols#789. */
#include "ppp/ppp_impl.h"

#include <string.h>

static struct ppp *link_of(const struct fsm *f)
{
	return f->owner;
}

static void send(struct fsm *f, const void *data, size_t n)
{
	ppp_packet_out(link_of(f), PROTO_LCP, data, n);
}

static uint32_t random32(struct ppp *p)
{
	uint32_t high = prng_below(p->prng, 0x10000);

	return high << 16 | prng_below(p->prng, 0x10000);
}

static void request(struct fsm *f, struct buf *options)
{
	static const uint8_t chap[] = { PROTO_CHAP >> 8, PROTO_CHAP & 0xff, CHAP_MD5 };
	const struct ppp *p = link_of(f);

	wire_add_option32(options, LCP_ASYNCMAP, 0);
	if (p->auth == PPP_AUTH_CHAP)
		wire_add_option(options, LCP_AUTH, chap, sizeof(chap));
	else if (p->auth == PPP_AUTH_PAP)
		wire_add_option16(options, LCP_AUTH, PROTO_PAP);
	wire_add_option32(options, LCP_MAGIC, p->magic);
	wire_add_option(options, LCP_PFC, NULL, 0);
	wire_add_option(options, LCP_ACFC, NULL, 0);
}

/* The modem does not log in to the host, and has no use for reports of quality. */
static void check(struct fsm *f, const uint8_t *options, size_t n, struct buf *nak, struct buf *rej)
{
	static const uint8_t lengths[] = {
		[LCP_MRU] = 2, [LCP_ASYNCMAP] = 4, [LCP_MAGIC] = 4, [LCP_PFC] = 0, [LCP_ACFC] = 0,
	};
	const uint8_t *end = options + n;
	struct ppp *p = link_of(f);
	struct wire_option o;
	bool good;

	while (wire_option(&options, end, &o, &good)) {
		bool known = o.type == LCP_MRU || o.type == LCP_ASYNCMAP || o.type == LCP_MAGIC || o.type == LCP_PFC ||
			     o.type == LCP_ACFC;

		if (!known || o.len != lengths[o.type])
			buf_add(rej, o.raw, o.raw_len);
		else if (o.type == LCP_MAGIC && wire_get32(o.value) == p->magic)
			wire_add_option32(nak, LCP_MAGIC, random32(p)); /* our own echo, or nearly impossible */
	}
}

static void agreed(struct fsm *f, const uint8_t *options, size_t n)
{
	struct lcp_peer peer = { .accm = UINT32_MAX, .mru = PPP_MRU };
	const uint8_t *end = options + n;
	struct wire_option o;
	bool good;

	while (wire_option(&options, end, &o, &good)) {
		if (o.type == LCP_ASYNCMAP)
			peer.accm = wire_get32(o.value);
		else if (o.type == LCP_MRU)
			peer.mru = wire_get16(o.value);
		peer.pfc = peer.pfc || o.type == LCP_PFC;
		peer.acfc = peer.acfc || o.type == LCP_ACFC;
	}
	link_of(f)->peer = peer;
}

/* A host that wants another way to log in gets it when the modem has it; one that wants none gets none. */
static void refused(struct fsm *f, int code, const uint8_t *options, size_t n)
{
	const uint8_t *end = options + n;
	struct ppp *p = link_of(f);
	struct wire_option o;
	bool good;

	while (wire_option(&options, end, &o, &good)) {
		if (o.type == LCP_MAGIC)
			p->magic = random32(p);
		if (o.type != LCP_AUTH)
			continue;
		if (code == CP_CONF_REJ)
			p->auth = PPP_AUTH_NONE;
		else if (o.len >= 2 && wire_get16(o.value) == PROTO_PAP)
			p->auth = PPP_AUTH_PAP;
		else if (o.len == 3 && wire_get16(o.value) == PROTO_CHAP && o.value[2] == CHAP_MD5)
			p->auth = PPP_AUTH_CHAP;
	}
}

static void up(struct fsm *f)
{
	struct ppp *p = link_of(f);
	struct buf magic;

	if (p->config.discard) {
		buf_init(&magic, sizeof(p->magic));
		wire_add32(&magic, p->magic);
		fsm_send(f, CP_DISCARD_REQ, magic.data, magic.len);
		buf_free(&magic);
	}
	ppp_lcp_up(p);
}

static void down(struct fsm *f)
{
	ppp_lcp_down(link_of(f));
}

static void finished(struct fsm *f)
{
	ppp_lcp_finished(link_of(f));
}

/* data begins with the host's magic number. */
static void echo(struct ppp *p, uint8_t id, const uint8_t *data, size_t n)
{
	struct buf out;

	buf_init(&out, HDLC_FRAME_MAX);
	buf_addc(&out, CP_ECHO_REPLY);
	buf_addc(&out, (char)id);
	wire_add16(&out, (uint16_t)(CP_HEAD + n + (p->config.echo == PPP_ECHO_BOTH ? sizeof(p->magic) : 0)));
	if (p->config.echo != PPP_ECHO_PEER)
		wire_add32(&out, p->magic);
	if (p->config.echo == PPP_ECHO_OWN)
		buf_add(&out, data + sizeof(p->magic), n - sizeof(p->magic));
	else
		buf_add(&out, data, n);
	ppp_packet_out(p, PROTO_LCP, out.data, out.len);
	buf_free(&out);
}

/* A protocol that the host does not know: without IPCP there is nothing to be had. */
static void protocol_rejected(struct ppp *p, const uint8_t *data, size_t n)
{
	if (n >= 2 && wire_get16(data) == PROTO_IPCP)
		fsm_rejected(&p->ipcp);
}

static bool extra(struct fsm *f, int code, uint8_t id, const uint8_t *data, size_t n)
{
	struct ppp *p = link_of(f);

	if (code < CP_PROTO_REJ || code > CP_DISCARD_REQ)
		return false;
	if (f->state != FSM_OPENED)
		return true;
	if (code == CP_ECHO_REQ && n >= sizeof(p->magic))
		echo(p, id, data, n);
	else if (code == CP_PROTO_REJ)
		protocol_rejected(p, data, n);
	return true;
}

void lcp_protocol_reject(struct ppp *p, uint16_t proto, const uint8_t *data, size_t n)
{
	size_t room = PPP_MRU - CP_HEAD - sizeof(proto);
	struct buf out;

	buf_init(&out, PPP_MRU);
	wire_add16(&out, proto);
	buf_add(&out, data, n < room ? n : room);
	fsm_send(&p->lcp, CP_PROTO_REJ, out.data, out.len);
	buf_free(&out);
}

void lcp_init(struct ppp *p)
{
	static const struct fsm_ops ops = {
		.send = send,
		.request = request,
		.check = check,
		.agreed = agreed,
		.refused = refused,
		.up = up,
		.down = down,
		.finished = finished,
		.extra = extra,
	};

	p->magic = random32(p);
	p->auth = p->config.auth;
	p->peer = (struct lcp_peer){ .accm = UINT32_MAX, .mru = PPP_MRU };
	fsm_init(&p->lcp, &ops, p, p->clock, &p->times);
	p->lcp.next_id = p->config.first_id;
}
