/*
 * The option negotiation automaton of RFC 1661 chapter 4, which LCP and IPCP both are: when to ask, to answer, to ask
 * again, to give up. What is negotiated is the owner's.
 */
#ifndef PPP_FSM_H
#define PPP_FSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "clock/clock.h"

enum fsm_state {
	FSM_INITIAL,
	FSM_STARTING,
	FSM_CLOSED,
	FSM_STOPPED,
	FSM_CLOSING,
	FSM_STOPPING,
	FSM_REQ_SENT,
	FSM_ACK_RCVD,
	FSM_ACK_SENT,
	FSM_OPENED,
	FSM_STATES,
};

struct fsm;

struct fsm_ops {
	/* One control packet to the peer: code, identifier, length and what follows. */
	void (*send)(struct fsm *f, const void *p, size_t n);
	/* Appends the options of our Configure-Request. NULL: there are none. */
	void (*request)(struct fsm *f, struct buf *options);
	/* What we think of the peer's options: those that must go into rej, those that must change into nak. */
	void (*check)(struct fsm *f, const uint8_t *options, size_t n, struct buf *nak, struct buf *rej);
	/* The peer's options are acknowledged and hold from now on. May be NULL. */
	void (*agreed)(struct fsm *f, const uint8_t *options, size_t n);
	/* The peer refused ours: code is CP_CONF_NAK or CP_CONF_REJ. NULL: the next request is the same. */
	void (*refused)(struct fsm *f, int code, const uint8_t *options, size_t n);
	void (*up)(struct fsm *f);
	void (*down)(struct fsm *f);
	void (*finished)(struct fsm *f); /* over: closed, refused, or nobody answered (timed_out) */
	/* A code beyond CP_CODE_REJ; false: unknown, it is rejected. data is what follows the head. NULL: none is
	 * known. */
	bool (*extra)(struct fsm *f, int code, uint8_t id, const uint8_t *data, size_t n);
};

struct fsm_times {
	uint64_t restart_us;	/* between requests that nobody answers */
	unsigned configure_max; /* how often */
	unsigned terminate_max;
};

/* Lives in its owner. */
struct fsm {
	const struct fsm_ops *ops;
	void *owner;
	struct clock *clock;
	const struct fsm_times *times;
	struct timer timer;
	enum fsm_state state;
	unsigned left; /* requests before we give up */
	uint8_t next_id, request_id;
	bool timed_out; /* finished since nobody answered a Configure-Request */
	struct buf asked; /* options of the last Configure-Request */
};

void fsm_init(struct fsm *f, const struct fsm_ops *ops, void *owner, struct clock *clock,
	      const struct fsm_times *times);
void fsm_free(struct fsm *f);

/* The layer below is there. passive: waits for the peer's first request, which is the state Stopped. */
void fsm_start(struct fsm *f, bool passive);
/* The layer below is gone: no packets, and none come. */
void fsm_lower_down(struct fsm *f);
/* Ends it with a Terminate-Request. finished() may come from inside. */
void fsm_close(struct fsm *f);
/* The peer does not know this protocol. */
void fsm_rejected(struct fsm *f);

/* A control packet from the peer. */
void fsm_input(struct fsm *f, const uint8_t *p, size_t n);

/* A packet of our own, with the next identifier. */
void fsm_send(struct fsm *f, int code, const void *data, size_t n);

#endif
