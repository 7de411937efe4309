/*
 * The automaton as RFC 1661 prints it (4.1): a row an event, a column a state, in each cell what to do and where to go.
 * Everything else here is how the actions are done.
 */
#include "ppp/fsm.h"

#include <string.h>

#include "ppp/proto.h"
#include "ppp/wire.h"

enum { PACKET_MAX = 1500 };

enum event {
	EV_UP,
	EV_DOWN,
	EV_OPEN,
	EV_CLOSE,
	EV_TO_GOOD,
	EV_TO_BAD,
	EV_RCR_GOOD,
	EV_RCR_BAD,
	EV_RCA,
	EV_RCN,
	EV_RTR,
	EV_RTA,
	EV_RUC,
	EV_RXJ_GOOD,
	EV_RXJ_BAD,
	EVENTS,
};

/* In the order in which they are done. */
enum action {
	TLD = 1 << 0, /* this layer down */
	IRC = 1 << 1, /* restart counter for configure, or for terminate when STR follows */
	ZRC = 1 << 2, /* no more than one timeout */
	SCR = 1 << 3,
	SCA = 1 << 4,
	SCN = 1 << 5,
	STR = 1 << 6,
	STA = 1 << 7,
	SCJ = 1 << 8,
	TLU = 1 << 9,  /* this layer up */
	TLF = 1 << 10, /* this layer finished */
};

struct cell {
	uint16_t actions;
	uint8_t next;
};

/* clang-format off: the table stays one */
#define _(state)		{ 0, state }
#define DO(actions, state)	{ actions, state }

static const struct cell table[EVENTS][FSM_STATES] = {
	/*		  Initial  Starting	    Closed	      Stopped		     Closing	 Stopping */
	[EV_UP] =	{ _(2),	   DO(IRC | SCR, 6), _(2),	      _(3),		     _(4),	 _(5),
	/*		  Req-Sent	      Ack-Rcvd		  Ack-Sent		Opened */
			  _(6),		      _(7),		  _(8),			_(9) },
	[EV_DOWN] =	{ _(0),	   _(1),	    _(0),	      _(1),		     _(0),	 _(1),
			  _(1),		      _(1),		  _(1),			DO(TLD, 1) },
	[EV_OPEN] =	{ _(1),	   _(1),	    DO(IRC | SCR, 6), _(3),		     _(5),	 _(5),
			  _(6),		      _(7),		  _(8),			_(9) },
	[EV_CLOSE] =	{ _(0),	   DO(TLF, 0),	    _(2),	      DO(TLF, 2),	     _(4),	 _(4),
			  DO(IRC | STR, 4),   DO(IRC | STR, 4),	  DO(IRC | STR, 4),	DO(TLD | IRC | STR, 4) },
	[EV_TO_GOOD] =	{ _(0),	   _(1),	    _(2),	      _(3),		     DO(STR, 4), DO(STR, 5),
			  DO(SCR, 6),	      DO(SCR, 6),	  DO(SCR, 8),		_(9) },
	[EV_TO_BAD] =	{ _(0),	   _(1),	    _(2),	      _(3),		     DO(TLF, 2), DO(TLF, 3),
			  DO(TLF, 3),	      DO(TLF, 3),	  DO(TLF, 3),		_(9) },
	[EV_RCR_GOOD] = { _(0),	   _(1),	    DO(STA, 2),	      DO(IRC | SCR | SCA, 8), _(4),	 _(5),
			  DO(SCA, 8),	      DO(SCA | TLU, 9),	  DO(SCA, 8),		DO(TLD | SCR | SCA, 8) },
	[EV_RCR_BAD] =	{ _(0),	   _(1),	    DO(STA, 2),	      DO(IRC | SCR | SCN, 6), _(4),	 _(5),
			  DO(SCN, 6),	      DO(SCN, 7),	  DO(SCN, 6),		DO(TLD | SCR | SCN, 6) },
	[EV_RCA] =	{ _(0),	   _(1),	    DO(STA, 2),	      DO(STA, 3),	     _(4),	 _(5),
			  DO(IRC, 7),	      DO(SCR, 6),	  DO(IRC | TLU, 9),	DO(TLD | SCR, 6) },
	[EV_RCN] =	{ _(0),	   _(1),	    DO(STA, 2),	      DO(STA, 3),	     _(4),	 _(5),
			  DO(IRC | SCR, 6),   DO(SCR, 6),	  DO(IRC | SCR, 8),	DO(TLD | SCR, 6) },
	[EV_RTR] =	{ _(0),	   _(1),	    DO(STA, 2),	      DO(STA, 3),	     DO(STA, 4), DO(STA, 5),
			  DO(STA, 6),	      DO(STA, 6),	  DO(STA, 6),		DO(TLD | ZRC | STA, 5) },
	[EV_RTA] =	{ _(0),	   _(1),	    _(2),	      _(3),		     DO(TLF, 2), DO(TLF, 3),
			  _(6),		      _(6),		  _(8),			DO(TLD | SCR, 6) },
	[EV_RUC] =	{ _(0),	   _(1),	    DO(SCJ, 2),	      DO(SCJ, 3),	     DO(SCJ, 4), DO(SCJ, 5),
			  DO(SCJ, 6),	      DO(SCJ, 7),	  DO(SCJ, 8),		DO(SCJ, 9) },
	[EV_RXJ_GOOD] = { _(0),	   _(1),	    _(2),	      _(3),		     _(4),	 _(5),
			  _(6),		      _(6),		  _(8),			_(9) },
	[EV_RXJ_BAD] =	{ _(0),	   _(1),	    DO(TLF, 2),	      DO(TLF, 3),	     DO(TLF, 2), DO(TLF, 3),
			  DO(TLF, 3),	      DO(TLF, 3),	  DO(TLF, 3),		DO(TLD | IRC | STR, 5) },
};
/* clang-format on */

/* What an event may bring along: the packet that caused it. */
struct cause {
	uint8_t id;
	const uint8_t *data; /* options, or the whole packet that is not understood */
	size_t n;
	const struct buf *answer; /* SCN: what is wrong with the options */
	int answer_code;
};

static void send_packet(struct fsm *f, int code, uint8_t id, const void *data, size_t n)
{
	struct buf out;

	buf_init(&out, PACKET_MAX);
	buf_addc(&out, (char)code);
	buf_addc(&out, (char)id);
	wire_add16(&out, (uint16_t)(CP_HEAD + n));
	if (!buf_add(&out, data, n))
		f->ops->send(f, out.data, out.len);
	buf_free(&out);
}

void fsm_send(struct fsm *f, int code, const void *data, size_t n)
{
	send_packet(f, code, f->next_id++, data, n);
}

static void arm(struct fsm *f)
{
	if (f->left)
		f->left--;
	clock_arm(f->clock, &f->timer, f->times->restart_us);
}

static void send_request(struct fsm *f)
{
	buf_reset(&f->asked);
	if (f->ops->request)
		f->ops->request(f, &f->asked);
	f->request_id = f->next_id++;
	arm(f);
	send_packet(f, CP_CONF_REQ, f->request_id, buf_str(&f->asked), f->asked.len);
}

static void send_terminate(struct fsm *f)
{
	f->request_id = f->next_id++;
	arm(f);
	send_packet(f, CP_TERM_REQ, f->request_id, NULL, 0);
}

static void send_ack(struct fsm *f, const struct cause *c)
{
	send_packet(f, CP_CONF_ACK, c->id, c->data, c->n);
	if (f->ops->agreed)
		f->ops->agreed(f, c->data, c->n);
}

static void send_code_reject(struct fsm *f, const struct cause *c)
{
	enum { ROOM = PACKET_MAX - CP_HEAD };

	fsm_send(f, CP_CODE_REJ, c->data, c->n < ROOM ? c->n : ROOM);
}

static bool keeps_timer(enum fsm_state state)
{
	return state >= FSM_CLOSING && state != FSM_OPENED;
}

static void do_sends(struct fsm *f, unsigned actions, const struct cause *c)
{
	if (actions & SCR)
		send_request(f);
	if (actions & SCA)
		send_ack(f, c);
	if (actions & SCN)
		send_packet(f, c->answer_code, c->id, buf_str(c->answer), c->answer->len);
	if (actions & STR)
		send_terminate(f);
	if (actions & STA)
		send_packet(f, CP_TERM_ACK, c->id, NULL, 0);
	if (actions & SCJ)
		send_code_reject(f, c);
}

static void happen(struct fsm *f, enum event ev, const struct cause *c)
{
	const struct cell *cell = &table[ev][f->state];
	unsigned actions = cell->actions;

	f->state = (enum fsm_state)cell->next;
	if (actions & TLD)
		f->ops->down(f);
	if (actions & IRC)
		f->left = actions & STR ? f->times->terminate_max : f->times->configure_max;
	if (actions & ZRC) {
		f->left = 0;
		arm(f);
	}
	if (!keeps_timer(f->state))
		timer_cancel(&f->timer);
	do_sends(f, actions, c);
	if (actions & TLU)
		f->ops->up(f);
	if (actions & TLF)
		f->ops->finished(f);
}

static void on_timer(void *ctx)
{
	const struct cause none = { 0 };
	struct fsm *f = ctx;

	f->timed_out = !f->left && f->state >= FSM_REQ_SENT;
	happen(f, f->left ? EV_TO_GOOD : EV_TO_BAD, &none);
}

void fsm_init(struct fsm *f, const struct fsm_ops *ops, void *owner, struct clock *clock, const struct fsm_times *times)
{
	*f = (struct fsm){ .ops = ops, .owner = owner, .clock = clock, .times = times };
	timer_init(&f->timer, on_timer, f);
	buf_init(&f->asked, PACKET_MAX);
}

void fsm_free(struct fsm *f)
{
	timer_cancel(&f->timer);
	buf_free(&f->asked);
}

void fsm_start(struct fsm *f, bool passive)
{
	const struct cause none = { 0 };

	f->timed_out = false;
	if (passive) {
		f->state = FSM_STOPPED;
		return;
	}
	happen(f, EV_UP, &none);
	happen(f, EV_OPEN, &none);
}

void fsm_lower_down(struct fsm *f)
{
	const struct cause none = { 0 };

	happen(f, EV_DOWN, &none);
	f->state = FSM_INITIAL;
}

void fsm_close(struct fsm *f)
{
	const struct cause none = { 0 };

	happen(f, EV_CLOSE, &none);
}

void fsm_rejected(struct fsm *f)
{
	const struct cause none = { 0 };

	happen(f, EV_RXJ_BAD, &none);
}

/* --- packets of the peer ----------------------------------------------------------------------------------------- */

static void peer_asks(struct fsm *f, struct cause *c)
{
	struct buf nak, rej;

	buf_init(&nak, PACKET_MAX);
	buf_init(&rej, PACKET_MAX);
	f->ops->check(f, c->data, c->n, &nak, &rej);
	c->answer_code = rej.len ? CP_CONF_REJ : CP_CONF_NAK;
	c->answer = rej.len ? &rej : &nak;
	happen(f, nak.len || rej.len ? EV_RCR_BAD : EV_RCR_GOOD, c);
	buf_free(&nak);
	buf_free(&rej);
}

/* An answer to another request than the last, or with other options than were asked for, is none. */
static void peer_acks(struct fsm *f, const struct cause *c)
{
	if (c->id == f->request_id && c->n == f->asked.len && !memcmp(c->data, buf_str(&f->asked), c->n))
		happen(f, EV_RCA, c);
}

static void peer_refuses(struct fsm *f, int code, const struct cause *c)
{
	if (c->id != f->request_id)
		return;
	if (f->ops->refused && (f->state == FSM_REQ_SENT || f->state == FSM_ACK_SENT))
		f->ops->refused(f, code, c->data, c->n);
	happen(f, EV_RCN, c);
}

/* Without these codes nothing can be negotiated. */
static void peer_rejects_code(struct fsm *f, const struct cause *c)
{
	bool needed = c->n && c->data[0] >= CP_CONF_REQ && c->data[0] <= CP_CODE_REJ;

	happen(f, needed ? EV_RXJ_BAD : EV_RXJ_GOOD, c);
}

static void unknown_code(struct fsm *f, int code, const uint8_t *p, size_t n, struct cause *c)
{
	if (f->ops->extra && f->ops->extra(f, code, c->id, c->data, c->n))
		return;
	c->data = p;
	c->n = n;
	happen(f, EV_RUC, c);
}

static void dispatch(struct fsm *f, int code, const uint8_t *p, size_t n, struct cause *c)
{
	switch (code) {
	case CP_CONF_REQ:
		peer_asks(f, c);
		break;
	case CP_CONF_ACK:
		peer_acks(f, c);
		break;
	case CP_CONF_NAK:
	case CP_CONF_REJ:
		peer_refuses(f, code, c);
		break;
	case CP_TERM_REQ:
		happen(f, EV_RTR, c);
		break;
	case CP_TERM_ACK:
		happen(f, EV_RTA, c);
		break;
	case CP_CODE_REJ:
		peer_rejects_code(f, c);
		break;
	default:
		unknown_code(f, code, p, n, c);
	}
}

/* What is longer than its length says is padding; what is shorter, or has impossible options, is dropped. */
void fsm_input(struct fsm *f, const uint8_t *p, size_t n)
{
	struct cause c = { 0 };
	size_t len;

	if (n < CP_HEAD || f->state == FSM_INITIAL || f->state == FSM_STARTING)
		return;
	len = wire_get16(p + 2);
	if (len < CP_HEAD || len > n)
		return;
	c.id = p[1];
	c.data = p + CP_HEAD;
	c.n = len - CP_HEAD;
	if (p[0] >= CP_CONF_REQ && p[0] <= CP_CONF_REJ && !wire_options_good(c.data, c.n))
		return;
	dispatch(f, p[0], p, len, &c);
}
