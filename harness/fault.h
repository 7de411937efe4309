/*
 * The faults of a cell, and the ways they act on. A way is one direction of a line: bytes go in at one end and come out
 * at the other, changed, late or not at all. The serial line between host and modem has two ways; each connection of
 * the network has two more. A fault begins when its trigger has been seen, with the next byte in its direction. Faults
 * of the modem, and of a network that is only modelled, are control lines sent at that moment. Same seed, same bytes,
 * same faults.
 */
#ifndef HARNESS_FAULT_H
#define HARNESS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/err.h"
#include "clock/clock.h"
#include "harness/scenario.h"

struct fault_line;
struct fault_way;

/* All borrowed until the function returns; never called from inside fault_line_notice(). */
struct fault_hooks {
	void (*to_modem)(const void *p, size_t n, void *ctx);
	void (*to_host)(const void *p, size_t n, void *ctx);
	int (*control)(const char *line, struct buf *reply, void *ctx);
	void (*hangup)(bool gone, void *ctx);
	void (*fired)(const struct fault *f, const char *text, void *ctx);
	void *ctx;
};

/* NULL: out of memory. clock is borrowed. */
struct fault_line *fault_line_new(struct clock *clock, uint64_t seed, const struct fault_hooks *hooks);
/* Ways and networks that joined must be gone by then. */
void fault_line_free(struct fault_line *l);

/*
 * Puts a fault in force; its texts are expanded already and borrowed, as the fault is, for the line's life.
 * Returns 0, or -EINVAL / -ENOTSUP with *e filled (no place).
 */
int fault_line_arm(struct fault_line *l, const struct fault *f, struct err *e);
/* Ends a fault and lets go what it holds back. 0 or -ENOENT. */
int fault_line_clear(struct fault_line *l, const char *id);

/* Bytes from the host (STREAM_HOST) or the modem (STREAM_MODEM). Comes out through the hooks, now or later. */
void fault_line_feed(struct fault_line *l, enum stream_id from, const void *p, size_t n);
/* An unfinished line of that side is over (the other side has answered). */
void fault_line_break(struct fault_line *l, enum stream_id from);
/* Something of another stream, for triggers only. */
void fault_line_notice(struct fault_line *l, enum stream_id from, const void *p, size_t n);

/* The first armed fault that had to fire and did not, NULL when all did. */
const struct fault *fault_line_unfired(const struct fault_line *l);
/* Whether the fault of that id has acted at least once. */
bool fault_line_has_fired(const struct fault_line *l, const char *id);

/* --- the network ---------------------------------------------------------------------------------------------- */

/* Something that carries connections. It joins the line before faults of the network are armed; all of them act on it.
 */
struct fault_net {
	LIST_ENTRY(fault_net) entry;
	/* RST to both ends of each connection there is; returns how many there were. */
	unsigned (*reset)(void *ctx);
	/* true: refuse new connections and close those there are; false: accept again. Never twice the same. */
	void (*down)(bool down, void *ctx);
	void *ctx;
};

void fault_line_join(struct fault_line *l, struct fault_net *net);
void fault_line_leave(struct fault_net *net);
/* Asked for each new connection: false when it has to be reset at once. */
bool fault_line_admits(struct fault_line *l);

/* May be called from inside feed, end and flush, and by the clock. */
struct fault_way_hooks {
	void (*out)(const void *p, size_t n, void *ctx); /* leaves now; borrowed until it returns */
	void (*end)(void *ctx); /* what fault_way_end() has told leaves now, behind all bytes */
	void (*cut)(void *ctx); /* limit: the last byte that may pass has left, the connection ends here */
	void *ctx;
};

/* A direction of one connection: toward TOWARD_MODEM or TOWARD_BROKER. NULL: out of memory. */
struct fault_way *fault_way_new(struct fault_line *l, enum fault_toward toward, const struct fault_way_hooks *hooks);
void fault_way_free(struct fault_way *w);
void fault_way_feed(struct fault_way *w, const void *p, size_t n);
/* Nothing more will be fed. The end is late where bytes would be, and is never lost. */
void fault_way_end(struct fault_way *w);
/* Bytes that went in and have neither left nor been lost: who feeds waits when there are many. */
size_t fault_way_held(const struct fault_way *w);
/* Lets go at once what is due; to be called before the way is closed from inside one of the functions above. */
void fault_way_flush(struct fault_way *w);
/* Forgets what is held and from now on loses what is fed; no hook is called any more. */
void fault_way_close(struct fault_way *w);

#endif
