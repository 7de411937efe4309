/* A file that is there as a whole, or as it was before. */
#ifndef HARNESS_WHOLE_FILE_H
#define HARNESS_WHOLE_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Writes text to path by way of a temporary name. 0, or a negative error with *e = "path: why". */
int whole_file_write(const char *path, const struct buf *text, struct err *e);

#endif
