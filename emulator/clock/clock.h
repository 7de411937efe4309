/*
 * Time and timers behind one header. Everything in the emulator waits on a struct clock; nobody else asks the
 * system for the time. The monotonic clock follows CLOCK_MONOTONIC and is driven by an event loop; the virtual
 * clock stands still until it is moved, so that a minute of modem time costs nothing.
 */
#ifndef CLOCK_CLOCK_H
#define CLOCK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <bsd/sys/tree.h>

struct clock;

/* Called when the timer is due; the timer is disarmed by then and may be armed again. */
typedef void (*timer_func_t)(void *ctx);

/* Lives inside its owner. Armed at most once at a time. */
struct timer {
	RB_ENTRY(timer) node;
	uint64_t due_us;
	uint64_t order;		/* timers due at the same time fire in the order they were armed */
	timer_func_t func;
	void *ctx;
	struct clock *clock;	/* NULL while disarmed */
};

/* Both start at 0 µs. speed > 0 makes the monotonic clock run that many times faster. NULL: out of memory. */
struct clock *clock_new_monotonic(double speed);
struct clock *clock_new_virtual(void);

/* Timers still armed stay with their owners and are disarmed. */
void clock_free(struct clock *c);

/* Microseconds since the clock was made. */
uint64_t clock_now_us(const struct clock *c);
/* The same with the signature trace_new() wants. */
uint64_t clock_now_for_trace(void *clock);

void timer_init(struct timer *t, timer_func_t func, void *ctx);
/* (Re)arms t to fire delay_us from now. 0 fires at the next clock_run(), never at once. */
void clock_arm(struct clock *c, struct timer *t, uint64_t delay_us);
void timer_cancel(struct timer *t);
bool timer_armed(const struct timer *t);
/* Microseconds until an armed timer fires, 0 when due or disarmed. */
uint64_t timer_left_us(const struct timer *t);

/* The time of the earliest timer; false when none is armed. */
bool clock_next(const struct clock *c, uint64_t *due_us);
/* Real microseconds from now until due_us (speed taken into account), 0 when due. */
uint64_t clock_real_us_until(const struct clock *c, uint64_t due_us);
/* Fires all timers due now, those armed with delay 0 by them included (at most 10000 a call). Returns how many. */
unsigned clock_run(struct clock *c);

/* Virtual clock only: jump to t_us, firing on the way each timer at its own time. */
void clock_advance_to(struct clock *c, uint64_t t_us);
/* Virtual clock only: jump to the earliest timer and fire what is due there. false when no timer is armed. */
bool clock_step(struct clock *c);
/* How many timers are armed: a stopped modem must leave none. */
unsigned clock_armed(const struct clock *c);

#endif
