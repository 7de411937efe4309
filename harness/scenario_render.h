/* A cell as it will run, written as a scenario of its own. */
#ifndef HARNESS_SCENARIO_RENDER_H
#define HARNESS_SCENARIO_RENDER_H

#include <jansson.h>

#include "base/buf.h"
#include "harness/scenario.h"

/*
 * The cell without matrix, vars, when, include and use: what is left loads again and does the same. Steps that do not
 * apply are left out. A new reference.
 */
json_t *render_cell(const struct cell *cell);

/* A JSON value as block YAML, one document. Returns 0 or -EINVAL. */
int render_yaml(const json_t *value, struct buf *out);

#endif
