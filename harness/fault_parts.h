/* What the files of the fault line share: its faults, its two ways, the table of kinds. For harness/fault*.c alone. */
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

enum direction { TO_MODEM, TO_HOST, DIRECTIONS };

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
	struct match *trigger;
	struct stream_order order;
	struct stream *seen; /* what the trigger looks at, since arming */
	size_t pos;
	long matches, rounds, left_offset, count;
	enum phase phase;
	bool fired, hanging;
	uint64_t until_us, free_us; /* end of the activity; when the next byte may leave */
	struct buf copy;	    /* duplicate */
	struct timer timer, end;
};

struct held {
	STAILQ_ENTRY(held) entry;
	uint64_t due_us;
	unsigned char byte;
};

/* One direction's way out, in order. */
struct way {
	STAILQ_HEAD(, held) queue;
	struct buf now; /* leaves when the current call is over */
	struct timer timer;
	uint64_t last_due_us;
	size_t held;
	struct fault_line *line;
};

struct fault_line {
	struct clock *clock;
	struct prng prng;
	struct fault_hooks hooks;
	TAILQ_HEAD(, armed) armed;
	struct way way[DIRECTIONS];
	unsigned hanging;
};

struct fault_kind_row {
	bool serial, one_shot; /* one_shot: over after `bytes` bytes */
	/* Changes the byte and the time it leaves; false: it is lost. */
	bool (*byte)(struct armed *a, unsigned char *byte, uint64_t *due_us);
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
/* The activity is over: the fault waits for the next trigger, or is done for good. */
void fault_finish(struct armed *a);
/* Shows one more byte to a waiting trigger. from_inside: the modem must not be spoken to before it has returned. */
void fault_look(struct armed *a, enum stream_id from, unsigned char byte, bool from_inside);

/* --- fault_way.c ------------------------------------------------------------------------------------------------ */

void fault_way_init(struct fault_line *l);
void fault_way_free(struct fault_line *l);
/* One byte passes the faults from a on (NULL: none are left) and goes into the way out. */
void fault_pass(struct fault_line *l, enum direction d, struct armed *a, unsigned char byte, uint64_t due_us);
/* What a fault without end held back leaves now. */
void fault_release(struct fault_line *l);

/* --- fault_kinds.c ---------------------------------------------------------------------------------------------- */

const struct fault_kind_row *fault_kind_row(enum fault_kind kind);

#endif
