/*
 * Waiting times between attempts: doubling, bounded, with a quarter of
 * jitter either way from a seeded generator so that a run repeats.
 */
#ifndef CORE_BACKOFF_H
#define CORE_BACKOFF_H

#include <stdint.h>

struct backoff {
	uint32_t random;
	uint8_t step;
};

void backoff_init(struct backoff *b, uint32_t seed);

/* Milliseconds to wait now; the next wait is about twice as long. */
uint32_t backoff_next_ms(struct backoff *b);

/* After success: the next wait is the shortest again. */
void backoff_reset(struct backoff *b);

#endif
