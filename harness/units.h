/*
 * --unit: one cell, once, for whoever distributes cells over machines. The result is a file that appears when the unit
 * is done; the folder needs nothing of an earlier attempt, so that a unit may be run again.
 */
#ifndef HARNESS_UNITS_H
#define HARNESS_UNITS_H

#include "harness/options.h"

/*
 * Runs the unit that o names; or, for "-", those that stdin names, one a line (with an attempt behind a tab), and tells
 * each as "exit code, tab, id". run() runs what options select. Returns an enum hil_exit: of several units the one that
 * says most.
 */
int units_run(const struct options *o, int (*run)(const struct options *o));

/* DIR of one of many units below out: the scenario's name and a hash of the id, which may be longer than a name can be.
 */
void unit_folder(const char *out, const char *id, char *path, size_t size);

#endif
