/*
 * The order of a run as jobs 0, 1, 2 ...: all cells once, or in rounds (--repeat, --until-fail, --soak). Says which
 * cell and which seed a job has, and whether it may begin.
 */
#ifndef HARNESS_ROUNDS_H
#define HARNESS_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/hil.h"

struct rounds {
	size_t n;   /* cells of a round */
	size_t end; /* how many jobs there are; SIZE_MAX: not known yet */
	bool until_fail;
	uint64_t soak_us; /* no round begins after so long; 0: no limit */
	uint64_t seed;	  /* of the first round */
	bool same_seed;	  /* and of all others */
};

/* Whether cells run more than once. */
bool rounds_are_wanted(const struct run_options *o);

void rounds_init(struct rounds *r, const struct run_options *o, size_t n_cells);

size_t rounds_cell(const struct rounds *r, size_t job);
unsigned rounds_round(const struct rounds *r, size_t job); /* from 1 */
/* The first round has the seed of the run; the others have their own unless the seed was given. */
uint64_t rounds_seed(const struct rounds *r, unsigned round);

/* Whether job may begin at ran_us after the beginning of the run. Once no, always no. */
bool rounds_may_begin(struct rounds *r, size_t job, uint64_t ran_us);
/* A cell has failed; next is the first job that has not begun. */
void rounds_failed(struct rounds *r, size_t next);
/* How many jobs of a run that ends before job next are left; of rounds without number, those of the running one. */
size_t rounds_left(const struct rounds *r, size_t next);

#endif
