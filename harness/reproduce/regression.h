/* A reproduction as a scenario: the session with all that had to be assumed, and its outcomes on every shipped
 * revision. */
#ifndef REPRODUCE_REGRESSION_H
#define REPRODUCE_REGRESSION_H

#include "base/err.h"
#include "harness/reproduce/reproduce.h"

/*
 * Writes BASE.yaml, and BASE.world.yaml where a server had to be stood in for. A revision that answers in another
 * form is left out. 0 or a negative error with *e filled.
 */
int regression_write(const struct reproduction *r, const char *base, struct err *e);

#endif
