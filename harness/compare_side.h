/* One side of a comparison, as it was named on the command line. */
#ifndef HARNESS_COMPARE_SIDE_H
#define HARNESS_COMPARE_SIDE_H

#include "base/err.h"
#include "harness/wire/compare.h"

struct compare_side {
	struct conversation *conversation;
	char title[512]; /* path and, where it is known, revision */
};

/*
 * Reads a recording; cell picks one of several inside, NULL when there is one. 0, or a negative error with *e filled
 * and nothing to close.
 */
int compare_side_open(struct compare_side *s, const char *path, const char *cell, struct err *e);
void compare_side_close(struct compare_side *s);

#endif
