/* Segments under way in a queue of their own, the first of them on the clock. */
#include "link/lane.h"

#include <stdlib.h>
#include <string.h>

static void arm(struct lane *l)
{
	const struct segment *first = STAILQ_FIRST(&l->queue);
	uint64_t now = clock_now_us(l->clock);

	if (first && !l->held)
		clock_arm(l->clock, &l->timer, first->due_us > now ? first->due_us - now : 0);
}

/* The callee may free the lane's owner: its call is the last act. */
static void on_timer(void *ctx)
{
	struct lane *l = ctx;
	struct segment *s = STAILQ_FIRST(&l->queue);

	STAILQ_REMOVE_HEAD(&l->queue, entry);
	l->bytes -= s->len;
	arm(l);
	l->func(s, l->ctx);
}

void lane_init(struct lane *l, struct clock *clock, lane_func_t func, void *ctx)
{
	*l = (struct lane){ .clock = clock, .func = func, .ctx = ctx };
	STAILQ_INIT(&l->queue);
	timer_init(&l->timer, on_timer, l);
}

struct segment *lane_push(struct lane *l, enum segment_kind kind, const void *data, size_t len, uint64_t delay_us)
{
	struct segment *s = malloc(sizeof(*s) + len);

	if (!s)
		return NULL;
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->due_us = clock_now_us(l->clock) + delay_us;
	s->len = len;
	if (len)
		memcpy(s->data, data, len);
	STAILQ_INSERT_TAIL(&l->queue, s, entry);
	l->bytes += len;
	if (!timer_armed(&l->timer))
		arm(l);
	return s;
}

void lane_hold(struct lane *l, bool held)
{
	l->held = held;
	if (held)
		timer_cancel(&l->timer);
	else if (!timer_armed(&l->timer))
		arm(l);
}

void lane_clear(struct lane *l)
{
	timer_cancel(&l->timer);
	while (!STAILQ_EMPTY(&l->queue)) {
		struct segment *s = STAILQ_FIRST(&l->queue);

		STAILQ_REMOVE_HEAD(&l->queue, entry);
		free(s);
	}
	l->bytes = 0;
}
