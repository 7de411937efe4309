/* Brokers that no world knows, as a log may have met them: rows, and the world file for one of them. */
#ifndef REPRODUCE_STAND_IN_H
#define REPRODUCE_STAND_IN_H

#include "base/err.h"
#include "harness/pool.h"
#include "harness/reproduce/script.h"

size_t stand_in_count(void);
/* "takes every client" */
const char *stand_in_words(size_t i);

/* The host of the first connect of the script and its port; NULL: there is none. The pool's. */
const char *stand_in_host(const struct script *s, struct pool *pool, unsigned *port);

/* Writes a world in which host:port is row i. Returns 0, -ENOTSUP when the row is about TLS and the port is not, or
 * another error. */
int stand_in_write(size_t i, const char *host, unsigned port, const char *path, struct err *e);

#endif
