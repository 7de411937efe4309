/* Arithmetic on job numbers. A new round begins while the last cells of the one before still run, so that no core
 * idles. */
#include "harness/rounds.h"

#include "base/prng.h"

enum { SEED_END = 1000000 }; /* short enough to be typed again */

bool rounds_are_wanted(const struct run_options *o)
{
	return o->repeat || o->until_fail || o->soak_us;
}

void rounds_init(struct rounds *r, const struct run_options *o, size_t n_cells)
{
	*r = (struct rounds){
		.n = n_cells,
		.end = n_cells,
		.until_fail = o->until_fail,
		.soak_us = o->soak_us,
		.seed = o->seed,
		.same_seed = o->seed_given,
	};
	if (n_cells && o->repeat)
		r->end = n_cells * o->repeat;
	else if (n_cells && (o->until_fail || o->soak_us))
		r->end = SIZE_MAX;
}

size_t rounds_cell(const struct rounds *r, size_t job)
{
	return job % r->n;
}

unsigned rounds_round(const struct rounds *r, size_t job)
{
	return (unsigned)(job / r->n) + 1;
}

uint64_t rounds_seed(const struct rounds *r, unsigned round)
{
	struct prng prng;

	if (round == 1 || r->same_seed)
		return r->seed;
	prng_seed(&prng, r->seed ^ (uint64_t)round << 32);
	return prng_below(&prng, SEED_END);
}

bool rounds_may_begin(struct rounds *r, size_t job, uint64_t ran_us)
{
	if (r->soak_us && job && job < r->end && job % r->n == 0 && ran_us >= r->soak_us)
		r->end = job;
	return job < r->end;
}

void rounds_failed(struct rounds *r, size_t next)
{
	if (r->until_fail && next < r->end)
		r->end = next;
}

size_t rounds_left(const struct rounds *r, size_t next)
{
	if (r->end != SIZE_MAX)
		return r->end - next;
	return next % r->n ? r->n - next % r->n : 0;
}
