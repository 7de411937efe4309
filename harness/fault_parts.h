/* What the files of the faults share: armed faults, ways, the table of kinds. For harness/fault*.c alone. */
#ifndef HARNESS_FAULT_PARTS_H
#define HARNESS_FAULT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/prng.h"
#include "clock/clock.h"
#include "harness/fault.h"
#include "harness/stream.h"

enum { HELD_MAX_BYTES = 1 << 20 };

enum phase {
	PHASE_WAIT,   /* for the trigger */
	PHASE_DELAY,  /* trigger.after runs */
	PHASE_OFFSET, /* trigger.offset bytes still pass */
	PHASE_ACTIVE,
	PHASE_DONE
};

struct armed {
	TAILQ_ENTRY(armed) entry;
	const struct fault *f;
	const struct fault_kind_row *row;
	struct fault_line *line;
	bool on_net; /* acts on connections that really exist, else on the serial line or by a control line */
	struct match *trigger;
	struct stream_order order;
	struct stream *seen; /* what the trigger looks at, since arming */
	size_t pos;
	long matches, rounds, left_offset;
	enum phase phase;
	bool fired, standing; /* standing: undo() is due */
	uint64_t until_us;    /* end of the activity */
	struct buf copy;      /* duplicate */
	struct timer timer, end;
};

/* What one fault counts on one way: connections do not share their limits and their gaps. */
struct lane {
	SLIST_ENTRY(lane) entry;
	struct armed *fault;
	struct fault_way *way;
	long round, count;		/* count is of that round */
	uint64_t free_us;		/* when the next byte may leave */
	uint64_t rest;			/* of the time between two bytes, in units of 1/rate */
	uint64_t arrived_us, jitter_us; /* what arrived then is late by so much */
	bool drawn;
};

/* Bytes that leave together, and behind them the end of the way. */
struct run {
	TAILQ_ENTRY(run) entry;
	uint64_t due_us;
	size_t n;
	bool end;
};

struct fault_way {
	LIST_ENTRY(fault_way) entry;
	struct fault_line *line;
	bool on_net;
	enum fault_toward toward; /* serial: TOWARD_MODEM, TOWARD_HOST; net: TOWARD_MODEM, TOWARD_BROKER */
	struct fault_way_hooks hooks;
	SLIST_HEAD(, lane) lanes;
	TAILQ_HEAD(runs, run) runs;
	struct buf held; /* the bytes of the runs */
	struct buf now;	 /* leaves when the current call is over */
	struct timer timer;
	bool cut, closed; /* cut: nothing passes any more, cut() is due when the way is empty */
};

struct fault_line {
	struct clock *clock;
	struct prng prng;
	struct fault_hooks hooks;
	TAILQ_HEAD(, armed) armed;
	LIST_HEAD(, fault_way) ways;
	LIST_HEAD(, fault_net) nets;
	struct fault_way *to_modem, *to_host; /* the serial line */
	unsigned hanging, down;
};

struct fault_kind_row {
	bool net;      /* possible on the network */
	bool control;  /* has a control line for a network that is only modelled */
	bool one_shot; /* over after `bytes` bytes */
	bool delays;   /* changes only the time, so it holds up the end of a way too */
	bool lasts;    /* without hold: until cleared; kinds that change bytes do so anyway */
	bool resets;   /* new connections while it is active */
	/* Changes the byte and the time it leaves; false: it is lost. */
	bool (*byte)(struct lane *lane, unsigned char *byte, uint64_t *due_us);
	/* Modem and network kinds, and hangup: what happens at the moment of firing. */
	void (*act)(struct armed *a);
	void (*undo)(struct armed *a);
};

/* --- fault.c ---------------------------------------------------------------------------------------------------- */

static inline uint64_t fault_now_us(const struct armed *a)
{
	return clock_now_us(a->line->clock);
}

/* A fault counts as fired when something came out otherwise than it went in. */
void fault_set_fired(struct armed *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The activity begins: its moment has come, or the bytes of its offset have passed. */
void fault_activate(struct armed *a);
/* A run of bytes is complete: the next one is due, or the next trigger, or nothing any more. */
void fault_round_over(struct armed *a);
/* Shows one more byte to a waiting trigger. from_inside: the modem must not be spoken to before it has returned. */
void fault_look(struct armed *a, enum stream_id from, unsigned char byte, bool from_inside);

/* --- fault_way.c ------------------------------------------------------------------------------------------------ */

/* A way of the serial line. */
struct fault_way *fault_way_new_serial(struct fault_line *l, enum fault_toward toward,
				       const struct fault_way_hooks *hooks);
/* One byte passes the faults from a on (NULL: none are left) and goes into the way out. */
void fault_pass(struct fault_way *w, struct armed *a, unsigned char byte, uint64_t due_us);
/* What a fault without end held back leaves now. */
void fault_release(struct fault_line *l);

/* --- fault_kinds.c ---------------------------------------------------------------------------------------------- */

const struct fault_kind_row *fault_kind_row(enum fault_kind kind);

#endif
