/* Which reports a run has, as its options say. */
#ifndef HARNESS_RUN_REPORTS_H
#define HARNESS_RUN_REPORTS_H

#include <stdbool.h>

#include "base/err.h"
#include "harness/hil.h"
#include "harness/report.h"

/* Opens all of them. 0, or a negative error with *e set: a file cannot be written. report_set_free() in both cases. */
int run_reports_open(struct report_set *s, const struct run_options *o, struct err *e);

/* What a run with these totals exits with, unless it was stopped: HIL_EXIT_PASS, HIL_EXIT_FAIL or HIL_EXIT_ERROR. */
int run_reports_code(const struct report_totals *t);

/* Whether some report wants every byte of the wire. */
bool run_reports_want_wire(const struct run_options *o);

#endif
