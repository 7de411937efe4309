/* A file that is there as a whole, or as it was before. */
#ifndef WIRE_WHOLE_FILE_H
#define WIRE_WHOLE_FILE_H

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

/* Writes text to path by way of a temporary name. 0, or a negative error with *e = "path: why". */
int whole_file_write(const char *path, const struct buf *text, struct err *e);

/* The same of what fill(f, ctx) writes to f; fill returns 0, or the negative error that ends it. */
int whole_file_fill(const char *path, int (*fill)(FILE *f, void *ctx), void *ctx, struct err *e);

#endif
