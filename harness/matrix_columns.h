/* The revisions that are compared: from the names a person gives to table columns. */
#ifndef HARNESS_MATRIX_COLUMNS_H
#define HARNESS_MATRIX_COLUMNS_H

#include "base/err.h"
#include "harness/options.h"
#include "harness/grid.h"

struct matrix_column {
	const char *given;		/* what emulator and --profile take; NULL: the default */
	const char *alias;		/* "sim7600/B03"; the name when it has none */
	struct grid_column column;
};

/*
 * Loads the revisions called names in that order; none: the built-in ones but those known from field reports alone,
 * "all": those, too. All is the pool's. 0, or a negative error with
 * *e set: an unknown name, or one revision named twice.
 */
int matrix_columns_load(struct pool *p, const struct strings *names, struct matrix_column **out, size_t *n, struct err *e);

/* Which of them a scenario means by a profile; n when none. */
size_t matrix_columns_find(struct pool *p, const struct matrix_column *all, size_t n, const char *profile);

#endif
