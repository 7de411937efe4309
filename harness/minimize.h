/*
 * From a run that failed to the shortest scenario that still fails so. What is left is a file of its own: a report for
 * those who mend the firmware, and a regression test for those who keep it.
 */
#ifndef HARNESS_MINIMIZE_H
#define HARNESS_MINIMIZE_H

#include <stdio.h>

#include "base/err.h"
#include "harness/hil.h"
#include "harness/scenario.h"

/* What came of it. */
struct minimized {
	char path[200];			      /* of the scenario that was written */
	size_t runs;			      /* trials that were made */
	size_t steps[2], faults[2], bytes[2]; /* before and after */
	double seconds;
};

/*
 * Runs the cell again and again in processes of its own, with less and less of it, and writes NAME-min.yaml into the
 * working directory. Returns 0, or a negative error with *e filled: the cell does not fail, not twice the same way, or
 * not as a file of its own.
 */
int minimize_cell(struct cell *cell, const struct run_options *run, struct minimized *out, struct err *e);

#endif
