/* Variables of run time and the last expansion of templates: what only a running cell knows. */
#ifndef HARNESS_VARS_H
#define HARNESS_VARS_H

#include "harness/scenario.h"

/* Sets name for this cell (fixtures, saved groups, run.id ...); a later value replaces. Returns 0 or -ENOMEM. */
int vars_set(struct cell *cell, const char *name, const char *value);

/* The value of a run-time, vars: or matrix variable of this cell, or NULL. Borrowed until the next vars_set(). */
const char *vars_get(const struct cell *cell, const char *name);

/* Forgets what vars_set() gave: the next run of the same cell starts clean. */
void vars_reset(struct cell *cell);

/*
 * Appends text with ${name} replaced and $$ made $. Returns 0, or -ENOENT with *e = "no value for ${name}"
 * (without a place: the caller knows it).
 */
int vars_expand(const struct cell *cell, const char *text, struct buf *out, struct err *e);

#endif
