/* Checks that need the emulator: do the profiles, quirks and worlds that scenarios name exist? */
#ifndef HARNESS_SCENARIO_CHECK_H
#define HARNESS_SCENARIO_CHECK_H

#include "base/err.h"
#include "harness/scenario.h"

/*
 * Sets up each different modem of the scenario once. Returns 0, or -EINVAL with *e = "file:line:column: ...". A
 * scenario for boards alone needs no emulated modem and passes.
 */
int scenario_check(const struct scenario *s, struct err *e);

#endif
