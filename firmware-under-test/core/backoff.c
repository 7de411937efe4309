/*
 * Exponential backoff. xorshift32 (Marsaglia) is plenty for spreading a
 * fleet of nodes over a broker's restart.
 */
#include "core/backoff.h"

#include "core/limits.h"

void backoff_init(struct backoff *b, uint32_t seed)
{
	b->random = seed * 2654435761u + 1;
	if (!b->random)
		b->random = 1;
	b->step = 0;
}

static uint32_t next_random(struct backoff *b)
{
	uint32_t x = b->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	b->random = x;
	return x;
}

uint32_t backoff_next_ms(struct backoff *b)
{
	uint32_t ms = NODE_BACKOFF_FIRST_MS;

	for (uint8_t i = 0; i < b->step && ms < NODE_BACKOFF_MOST_MS; i++)
		ms *= 2;
	if (ms > NODE_BACKOFF_MOST_MS)
		ms = NODE_BACKOFF_MOST_MS;
	if (b->step < 16)
		b->step++;
	return ms - ms / 4 + next_random(b) % (ms / 2 + 1);
}

void backoff_reset(struct backoff *b)
{
	b->step = 0;
}
