/*
 * Running cells: each in its own modem, clock and client, results folded into the reports. Which cells, and with what
 * values, was decided before (scenario.h); nothing here reads YAML or the command line.
 */
#ifndef HARNESS_RUN_H
#define HARNESS_RUN_H

#include <stddef.h>

#include "harness/hil.h"
#include "harness/scenario.h"

/*
 * Runs n cells and writes the reports; returns an enum hil_exit, or HIL_EXIT_SIGNAL + n after signal n when all is
 * cleaned up (the caller re-raises it). The cells stay the caller's.
 */
int run_cells(struct cell *const *cells, size_t n, const struct run_options *o);

#endif
