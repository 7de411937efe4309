/* --newer REV: which files git says are not as they were in a revision, changes that are not committed included. */
#ifndef HARNESS_CHANGED_H
#define HARNESS_CHANGED_H

#include <stdbool.h>

#include "base/err.h"

struct cell;
struct changed;

/*
 * Asks git about the work tree around the working directory; files that git does not know count as changed. NULL with
 * *e set: no git, no work tree, no such revision.
 */
struct changed *changed_since(const char *rev, struct err *e);
void changed_free(struct changed *c);

/* A file outside the work tree counts as changed, since git cannot say that it is not. */
bool changed_file(const struct changed *c, const char *path);

/* Whether anything changed of which the cell is made: scenario, includes, profile, worlds ... (sources.h). */
bool changed_cell(struct changed *c, const struct cell *cell);

#endif
