/* Text made of parts, in a pool. */
#ifndef REPRODUCE_FORMAT_H
#define REPRODUCE_FORMAT_H

#include "harness/pool.h"

/* At most 4 KiB; longer text is empty. */
const char *format_text(struct pool *pool, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
