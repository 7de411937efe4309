/*
 * A deadline on the port's millisecond clock, safe over its wrap as long as
 * no wait exceeds 2^31 ms.
 */
#ifndef CORE_DEADLINE_H
#define CORE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

struct deadline {
	uint32_t at;
	bool armed;
};

static inline void deadline_set(struct deadline *t, uint32_t now, uint32_t ms)
{
	t->at = now + ms;
	t->armed = true;
}

static inline void deadline_stop(struct deadline *t)
{
	t->armed = false;
}

/* Milliseconds left, 0 when due, UINT32_MAX when not armed. */
static inline uint32_t deadline_left(const struct deadline *t, uint32_t now)
{
	uint32_t left = t->at - now;

	if (!t->armed)
		return UINT32_MAX;
	return left > UINT32_MAX / 2 ? 0 : left;
}

/* True once when due; the timer is then stopped. */
static inline bool deadline_take(struct deadline *t, uint32_t now)
{
	if (deadline_left(t, now) != 0)
		return false;
	t->armed = false;
	return true;
}

#endif
