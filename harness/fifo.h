/* A named pipe as a log: programs that write logs to files only write them into it, and we read at once. */
#ifndef HARNESS_FIFO_H
#define HARNESS_FIFO_H

#include <stddef.h>

#include "base/err.h"
#include "io/loop.h"

struct fifo;

/* Makes the pipe at path. output gets its bytes, borrowed; never from inside fifo_new(). NULL with *e filled. */
struct fifo *fifo_new(struct loop *loop, const char *path, void (*output)(const void *p, size_t n, void *ctx), void *ctx,
		      struct err *e);

/* What was written before is read and told first. NULL is fine. */
void fifo_free(struct fifo *f);

#endif
