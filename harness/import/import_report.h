/* What an import found, for people. */
#ifndef IMPORT_IMPORT_REPORT_H
#define IMPORT_IMPORT_REPORT_H

#include "base/buf.h"
#include "harness/import/import.h"

/*
 * Appends a table of the conversations, then what could not be read or is doubtful, and what was replaced. name is what
 * lines are given as: "thread.txt" in "thread.txt:59". guesses: directions and orders that the log does not say, too.
 */
void import_write_report(const struct import *imp, const char *name, bool guesses, struct buf *out);

/* The same for machines: one JSON object, LF included. */
void import_write_json(const struct import *imp, const char *name, struct buf *out);

#endif
