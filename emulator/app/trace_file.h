/* The trace as a JSONL file. */
#ifndef APP_TRACE_FILE_H
#define APP_TRACE_FILE_H

#include "base/err.h"
#include "base/trace.h"

struct trace_file;

/* Opens path for writing ("-" is stdout) and follows t. NULL with *e filled on failure. */
struct trace_file *trace_file_new(struct trace *t, const char *path, struct err *e);
/* Writes what is buffered to the file; the owner calls it when the program becomes idle. */
void trace_file_flush(struct trace_file *f);
/* Flushes and closes. The trace must still be alive. */
void trace_file_free(struct trace_file *f);

#endif
