/* SplitMix64 (Steele, Lea, Flood 2014): one word of state, so that each owner has its own sequence. */
#include "base/prng.h"

void prng_seed(struct prng *p, uint64_t seed)
{
	p->state = seed;
}

uint32_t prng_below(struct prng *p, uint32_t below)
{
	uint64_t z = p->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (uint32_t)(((z >> 32) * below) >> 32);
}
