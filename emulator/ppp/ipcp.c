/*
 * IPCP (RFC 1332, 1877): the host gets its address and name servers by Configure-Nak; the modem asks for nothing, so
 * that hosts see no address of their peer (esp-protocols#789: 10.64.64.64 is pppd's and lwIP's own). A host that wants
 * to know it by a Configure-Nak is asked the same again.
 */
#include "ppp/ppp_impl.h"

static struct ppp *link_of(const struct fsm *f)
{
	return f->owner;
}

static void send(struct fsm *f, const void *data, size_t n)
{
	ppp_packet_out(link_of(f), PROTO_IPCP, data, n);
}

/* The address that an option is about, or NULL. */
static const uint32_t *address_of(const struct ppp *p, uint8_t type)
{
	switch (type) {
	case IPCP_ADDRESS:
		return &p->network.address;
	case IPCP_DNS_1:
		return &p->network.dns[0];
	case IPCP_DNS_2:
		return &p->network.dns[1];
	default:
		return NULL;
	}
}

static void check(struct fsm *f, const uint8_t *options, size_t n, struct buf *nak, struct buf *rej)
{
	const struct ppp *p = link_of(f);
	const uint8_t *end = options + n;
	struct wire_option o;
	bool good;

	while (wire_option(&options, end, &o, &good)) {
		const uint32_t *address = address_of(p, o.type);

		if (o.type == IPCP_COMPRESSION && p->config.takes_vj)
			continue;
		if (!address || o.len != sizeof(*address))
			buf_add(rej, o.raw, o.raw_len);
		else if (wire_get32(o.value) != *address)
			wire_add_option32(nak, o.type, *address);
	}
}

static void up(struct fsm *f)
{
	ppp_ipcp_up(link_of(f));
}

static void down(struct fsm *f)
{
	ppp_ipcp_down(link_of(f));
}

static void finished(struct fsm *f)
{
	struct ppp *p = link_of(f);

	if (p->phase == PHASE_NETWORK)
		ppp_close(p, f->timed_out ? PPP_END_SILENCE : PPP_END_HOST);
}

void ipcp_init(struct ppp *p)
{
	static const struct fsm_ops ops = {
		.send = send,
		.check = check,
		.up = up,
		.down = down,
		.finished = finished,
	};

	fsm_init(&p->ipcp, &ops, p, p->clock, &p->times);
	p->ipcp.next_id = p->config.first_id;
}
