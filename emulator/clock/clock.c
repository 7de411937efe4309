/* One ordered tree of timers per clock (RB tree of libbsd), and two sources of "now". Knows nothing of what waits on it. */
#include "clock/clock.h"

#include <stdlib.h>
#include <time.h>

RB_HEAD(timer_tree, timer);

struct clock {
	struct timer_tree timers;
	uint64_t order;
	unsigned armed;
	bool is_virtual;
	uint64_t now_us;	/* virtual */
	uint64_t start_us;	/* monotonic */
	double speed;
};

enum { RUN_MAX = 10000 };	/* a timer that re-arms itself with 0 for ever must not hang the loop */

static int timer_cmp(struct timer *a, struct timer *b)
{
	if (a->due_us != b->due_us)
		return a->due_us < b->due_us ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* The whole family of tree functions is generated; not all are called. */
RB_GENERATE_INTERNAL(timer_tree, timer, node, timer_cmp, static __attribute__((unused)))

static uint64_t monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static struct clock *clock_new(bool is_virtual, double speed)
{
	struct clock *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	RB_INIT(&c->timers);
	c->is_virtual = is_virtual;
	c->speed = speed;
	c->start_us = monotonic_us();
	return c;
}

struct clock *clock_new_monotonic(double speed)
{
	return clock_new(false, speed);
}

struct clock *clock_new_virtual(void)
{
	return clock_new(true, 1);
}

void clock_free(struct clock *c)
{
	struct timer *t;

	if (!c)
		return;
	while ((t = RB_MIN(timer_tree, &c->timers)) != NULL)
		timer_cancel(t);
	free(c);
}

uint64_t clock_now_us(const struct clock *c)
{
	if (c->is_virtual)
		return c->now_us;
	return (uint64_t)((double)(monotonic_us() - c->start_us) * c->speed);
}

uint64_t clock_now_for_trace(void *clock)
{
	return clock_now_us(clock);
}

void timer_init(struct timer *t, timer_func_t func, void *ctx)
{
	*t = (struct timer){ .func = func, .ctx = ctx };
}

void clock_arm(struct clock *c, struct timer *t, uint64_t delay_us)
{
	timer_cancel(t);
	t->due_us = clock_now_us(c) + delay_us;
	t->order = c->order++;
	t->clock = c;
	c->armed++;
	RB_INSERT(timer_tree, &c->timers, t);
}

void timer_cancel(struct timer *t)
{
	if (!t->clock)
		return;
	RB_REMOVE(timer_tree, &t->clock->timers, t);
	t->clock->armed--;
	t->clock = NULL;
}

bool timer_armed(const struct timer *t)
{
	return t->clock != NULL;
}

uint64_t timer_left_us(const struct timer *t)
{
	uint64_t now;

	if (!t->clock)
		return 0;
	now = clock_now_us(t->clock);
	return t->due_us > now ? t->due_us - now : 0;
}

static struct timer *earliest(const struct clock *c)
{
	return RB_EMPTY(&c->timers) ? NULL : RB_MIN(timer_tree, (struct timer_tree *)&c->timers);
}

bool clock_next(const struct clock *c, uint64_t *due_us)
{
	const struct timer *t = earliest(c);

	if (t)
		*due_us = t->due_us;
	return t != NULL;
}

uint64_t clock_real_us_until(const struct clock *c, uint64_t due_us)
{
	uint64_t now = clock_now_us(c);

	return due_us > now ? (uint64_t)((double)(due_us - now) / c->speed + 0.999) : 0;
}

unsigned clock_run(struct clock *c)
{
	uint64_t now = clock_now_us(c);
	unsigned fired = 0;
	struct timer *t;

	while (fired < RUN_MAX && (t = earliest(c)) != NULL && t->due_us <= now) {
		timer_cancel(t);
		fired++;
		t->func(t->ctx);
	}
	return fired;
}

void clock_advance_to(struct clock *c, uint64_t t_us)
{
	uint64_t due;

	while (clock_next(c, &due) && due <= t_us) {
		if (due > c->now_us)
			c->now_us = due;
		clock_run(c);
	}
	if (t_us > c->now_us)
		c->now_us = t_us;
}

bool clock_step(struct clock *c)
{
	uint64_t due;

	if (!clock_next(c, &due))
		return false;
	if (due > c->now_us)
		c->now_us = due;
	clock_run(c);
	return true;
}

unsigned clock_armed(const struct clock *c)
{
	return c->armed;
}
