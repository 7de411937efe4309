/*
 * Which cells make a table of revisions. A scenario that leaves its revision open is run once on each; one whose matrix
 * has a variable called firmware or profile has its cells in the columns that they name, and is run as it stands.
 */
#ifndef HARNESS_MATRIX_PLAN_H
#define HARNESS_MATRIX_PLAN_H

#include "base/err.h"
#include "harness/matrix_columns.h"
#include "harness/select.h"
#include "harness/grid.h"

struct matrix_plan {
	struct pool *revision_pool;
	struct matrix_column *revisions;
	size_t n_revisions;
	struct suite base;		/* the files as they stand */
	struct suite *suites;		/* one a revision, put in place of modem.profile */
	struct grid *grid;
	struct cell **cells;		/* those that are to run, row after row */
	size_t n_cells;
	size_t elsewhere;		/* selected cells that name a revision which is no column */
};

/*
 * Loads and selects as o says. Returns 0, or -EINVAL when a file, filter or revision is wrong: the reason is in *e, or
 * lines of it are in base.errors. matrix_plan_free() in both cases.
 */
int matrix_plan_make(struct matrix_plan *p, const struct options *o, const struct strings *profiles, struct err *e);
void matrix_plan_free(struct matrix_plan *p);

#endif
