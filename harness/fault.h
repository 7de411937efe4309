/*
 * The line between host and modem with its faults. Bytes go in at one end and come out at the other, changed, late or
 * not at all; a fault begins when its trigger has been seen, with the next byte in its direction. Faults of the modem
 * and the network are control lines sent at that moment. Same seed, same bytes, same faults.
 */
#ifndef HARNESS_FAULT_H
#define HARNESS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "clock/clock.h"
#include "harness/scenario.h"

struct fault_line;

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

#endif
