/* The network of a cell that disturbs it: a proxy in front of each of its real servers. */
#ifndef HARNESS_PROXIES_H
#define HARNESS_PROXIES_H

#include <stdbool.h>

#include "base/err.h"
#include "harness/fault.h"
#include "harness/scenario.h"
#include "io/loop.h"

struct proxies;

/* Whether any step or the modem of the cell has a fault of the network. */
bool proxies_are_wanted(const struct cell *cell);

/* NULL: out of memory. loop is borrowed. */
struct proxies *proxies_new(struct loop *loop);
/* NULL is fine. */
void proxies_free(struct proxies *all);

/*
 * Adds a proxy for the server on 127.0.0.1:port and returns its port, 0 with *e filled on failure. Has the signature
 * that fixtures_options wants, with the proxies as ctx.
 */
unsigned proxies_between(const struct fixture *f, unsigned port, void *proxies, struct err *e);

/* The server of f has ended (false): connections to it are refused, as without a proxy; or runs again. */
void proxies_set_serving(struct proxies *all, const struct fixture *f, bool serving);

/* From now on they take connections, whose bytes pass the faults of line. 0 or a negative error with *e filled. */
int proxies_join(struct proxies *all, struct fault_line *line, struct err *e);
/* Closes what is open, before the line is freed; runs the loop meanwhile. */
void proxies_leave(struct proxies *all);

#endif
