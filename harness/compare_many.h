/* `hil compare A B C...`: folders of runs beside the first of them, a row a cell and a column a run. */
#ifndef HARNESS_COMPARE_MANY_H
#define HARNESS_COMPARE_MANY_H

#include "harness/options.h"
#include "harness/wire/compare.h"

/* An exit code (enum hil_exit); errors are printed. */
int compare_many(const struct options *o, struct divergences *d);

#endif
