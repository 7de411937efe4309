/* One link: frames to protocols, protocols to frames, and the phases of RFC 1661 chapter 3. */
#include "ppp/ppp_impl.h"

#include <stdlib.h>

enum { ADDRESS = 0xff, CONTROL = 0x03 };

static const char *const phase_names[] = {
	[PHASE_ESTABLISH] = "establish", [PHASE_LOGIN] = "login", [PHASE_NETWORK] = "network", [PHASE_UP] = "up",
	[PHASE_TERMINATE] = "terminate",
};

static void set_phase(struct ppp *p, enum ppp_phase next)
{
	if (p->phase == next)
		return;
	trace_text(p->trace, TRACE_NOTE, "ppp: %s -> %s", phase_names[p->phase], phase_names[next]);
	p->phase = next;
}

const char *ppp_phase_name(const struct ppp *p)
{
	return phase_names[p->phase];
}

const char *ppp_end_text(enum ppp_end end)
{
	static const char *const texts[] = {
		[PPP_END_HOST] = "the host has terminated it",	    [PPP_END_CLOSED] = "the modem has terminated it",
		[PPP_END_SILENCE] = "the host does not answer",	    [PPP_END_LOGIN] = "the login was wrong",
		[PPP_END_NETWORK] = "the network gives no address",
	};

	return texts[end];
}

/* --- out --------------------------------------------------------------------------------------------------------- */

static void add_head(const struct ppp *p, enum ppp_proto proto, struct buf *frame)
{
	static const uint8_t all_stations[] = { ADDRESS, CONTROL };
	bool plain = proto == PROTO_LCP;

	if (plain || !(p->peer.acfc || p->config.always_compresses))
		buf_add(frame, all_stations, sizeof(all_stations));
	if (!plain && p->peer.pfc && proto < 0x100)
		buf_addc(frame, (char)proto);
	else
		wire_add16(frame, (uint16_t)proto);
}

void ppp_packet_out(struct ppp *p, enum ppp_proto proto, const void *data, size_t n)
{
	struct buf frame, bytes;

	if (proto != PROTO_IP)
		ppp_describe(p, "modem", (uint16_t)proto, data, n);
	buf_init(&frame, HDLC_FRAME_MAX);
	buf_init(&bytes, 2 * HDLC_FRAME_MAX + 8);
	add_head(p, proto, &frame);
	if (!buf_add(&frame, data, n) &&
	    !hdlc_add(&bytes, proto == PROTO_LCP ? UINT32_MAX : p->peer.accm, frame.data, frame.len))
		p->ops.out(bytes.data, bytes.len, p->ops.ctx);
	buf_free(&frame);
	buf_free(&bytes);
}

void ppp_send(struct ppp *p, const void *packet, size_t n)
{
	if (p->phase != PHASE_UP)
		return;
	p->counts.packets_out++;
	p->counts.bytes_out += n;
	ppp_packet_out(p, PROTO_IP, packet, n);
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

static void on_over(void *ctx)
{
	struct ppp *p = ctx;

	p->ops.end(p->end, p->ops.ctx);
}

/* Nothing more will be negotiated; the owner is told a little later. */
static void finish(struct ppp *p, enum ppp_end end)
{
	if (timer_armed(&p->over))
		return;
	if (p->phase != PHASE_TERMINATE)
		p->end = end;
	set_phase(p, PHASE_TERMINATE);
	clock_arm(p->clock, &p->over, p->config.end_us);
}

void ppp_close(struct ppp *p, enum ppp_end reason)
{
	if (p->phase == PHASE_TERMINATE)
		return;
	p->end = reason;
	set_phase(p, PHASE_TERMINATE);
	auth_stop(p);
	fsm_close(&p->lcp);
}

/* --- what the layers tell ---------------------------------------------------------------------------------------- */

void ppp_lcp_up(struct ppp *p)
{
	set_phase(p, PHASE_LOGIN);
	auth_start(p);
}

/* The options of the link are those of a new one. Stopping: the host has asked for the end. */
void ppp_lcp_down(struct ppp *p)
{
	auth_stop(p);
	fsm_lower_down(&p->ipcp);
	p->peer = (struct lcp_peer){ .accm = UINT32_MAX, .mru = PPP_MRU };
	p->asked_network = false;
	if (p->lcp.state == FSM_STOPPING)
		finish(p, PPP_END_HOST);
	else if (p->phase != PHASE_TERMINATE)
		set_phase(p, PHASE_ESTABLISH);
}

void ppp_lcp_finished(struct ppp *p)
{
	finish(p, p->lcp.timed_out ? PPP_END_SILENCE : PPP_END_HOST);
}

void ppp_logged_in(struct ppp *p)
{
	set_phase(p, PHASE_NETWORK);
	fsm_start(&p->ipcp, !p->config.active);
}

void ppp_ipcp_up(struct ppp *p)
{
	set_phase(p, PHASE_UP);
	p->ops.up(p->ops.ctx);
}

void ppp_ipcp_down(struct ppp *p)
{
	if (p->phase == PHASE_UP)
		set_phase(p, PHASE_NETWORK);
}

/* --- in ---------------------------------------------------------------------------------------------------------- */

static void lcp_input(struct ppp *p, const uint8_t *data, size_t n)
{
	fsm_input(&p->lcp, data, n);
	if (n >= CP_HEAD && data[0] == CP_TERM_REQ)
		finish(p, PPP_END_HOST);
}

static void ipcp_input(struct ppp *p, const uint8_t *data, size_t n)
{
	if (!p->asked_network && !p->ops.network(&p->network, p->ops.ctx)) {
		ppp_close(p, PPP_END_NETWORK);
		return;
	}
	p->asked_network = true;
	fsm_input(&p->ipcp, data, n);
}

static void ip_input(struct ppp *p, const uint8_t *data, size_t n)
{
	p->counts.packets_in++;
	p->counts.bytes_in += n;
	if (p->phase == PHASE_UP)
		p->ops.packet(data, n, p->ops.ctx);
}

/* A modem that has agreed to VJ compression without having it drops what comes. */
static void vj_input(struct ppp *p, uint16_t proto, const uint8_t *data, size_t n)
{
	if (!p->config.takes_vj) {
		lcp_protocol_reject(p, proto, data, n);
		return;
	}
	if (!p->vj_told)
		trace_text(p->trace, TRACE_NOTE, "ppp: packets with VJ compression are lost, though it was agreed to");
	p->vj_told = true;
}

/* Network protocols, and those nobody knows: before the login they are dropped in silence (RFC 1661, 3.5). */
static void network_input(struct ppp *p, uint16_t proto, const uint8_t *data, size_t n)
{
	if (p->phase != PHASE_NETWORK && p->phase != PHASE_UP)
		return;
	switch (proto) {
	case PROTO_IPCP:
		ipcp_input(p, data, n);
		break;
	case PROTO_IP:
		ip_input(p, data, n);
		break;
	case PROTO_VJ_COMP:
	case PROTO_VJ_UNCOMP:
		vj_input(p, proto, data, n);
		break;
	default:
		lcp_protocol_reject(p, proto, data, n);
	}
}

static void dispatch(struct ppp *p, uint16_t proto, const uint8_t *data, size_t n)
{
	if (proto >= 0x4000)
		ppp_describe(p, "host", proto, data, n);
	if (proto == PROTO_LCP)
		lcp_input(p, data, n);
	else if (p->lcp.state != FSM_OPENED)
		return;
	else if (proto == PROTO_PAP)
		auth_input_pap(p, data, n);
	else if (proto == PROTO_CHAP)
		auth_input_chap(p, data, n);
	else
		network_input(p, proto, data, n);
}

/* Address and control may be missing, a protocol that ends in its first octet (odd) has one. */
static void on_frame(const uint8_t *frame, size_t n, void *ctx)
{
	struct ppp *p = ctx;
	size_t head;

	if (n >= 2 && frame[0] == ADDRESS && frame[1] == CONTROL) {
		frame += 2;
		n -= 2;
	}
	head = n && (frame[0] & 1) ? 1 : 2;
	if (n < head)
		return;
	dispatch(p, head == 1 ? frame[0] : wire_get16(frame), frame + head, n - head);
}

void ppp_feed(struct ppp *p, const void *data, size_t n)
{
	hdlc_feed(&p->hdlc, data, n, on_frame, p);
}

/* --- life -------------------------------------------------------------------------------------------------------- */

struct ppp *ppp_new(const struct ppp_config *config, const struct ppp_ops *ops, struct clock *clock,
		    struct trace *trace, struct prng *prng)
{
	struct ppp *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->config = *config;
	p->ops = *ops;
	p->clock = clock;
	p->trace = trace;
	p->prng = prng;
	p->times = (struct fsm_times){ config->restart_us, config->tries, 2 };
	timer_init(&p->over, on_over, p);
	auth_init(p);
	lcp_init(p);
	ipcp_init(p);
	fsm_start(&p->lcp, !config->active);
	return p;
}

void ppp_free(struct ppp *p)
{
	if (!p)
		return;
	timer_cancel(&p->over);
	auth_stop(p);
	fsm_free(&p->lcp);
	fsm_free(&p->ipcp);
	free(p);
}

bool ppp_is_up(const struct ppp *p)
{
	return p->phase == PHASE_UP;
}

struct ppp_counts ppp_counts(const struct ppp *p)
{
	struct ppp_counts c = p->counts;

	c.bad_frames = p->hdlc.bad;
	return c;
}
