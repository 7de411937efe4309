/* Seeded random numbers: the same seed gives the same run on every machine. */
#ifndef BASE_PRNG_H
#define BASE_PRNG_H

#include <stdint.h>

struct prng {
	uint64_t state;
};

/* Starts the sequence of seed. */
void prng_seed(struct prng *p, uint64_t seed);

/* The next number of the sequence, 0 <= x < below (below > 0). */
uint32_t prng_below(struct prng *p, uint32_t below);

#endif
