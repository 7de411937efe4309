/* Asks a port of this machine again and again whether somebody listens there. */
#ifndef HARNESS_KNOCK_H
#define HARNESS_KNOCK_H

#include <stdbool.h>

#include "io/loop.h"

struct knock;

/* Begins at once. NULL: out of memory. */
struct knock *knock_new(struct loop *loop, unsigned port);
/* Whether a connection was accepted; it was closed again. */
bool knock_answered(const struct knock *k);
void knock_free(struct knock *k);	/* NULL is fine */

#endif
