/* One cell run beside everything else: in a process of its own, without reports, for those who want to know how it
 * goes. */
#ifndef HARNESS_TRIAL_H
#define HARNESS_TRIAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "harness/hil.h"
#include "harness/scenario.h"

struct trial_options {
	const struct run_options *run;
	bool want_wire;
	uint64_t limit_us; /* real time it may cost */
};

/*
 * Runs the cell and appends its events, the last of them an end: where the process died or took too long the end says
 * so. Returns 0 or a negative error with *e filled when there can be no process.
 */
int trial_run(struct cell *cell, const struct trial_options *o, struct buf *events, struct err *e);

/* The end event of a trial, a new reference. NULL: there is none. */
json_t *trial_end(const struct buf *events);

#endif
