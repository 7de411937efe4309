/* What is nobody's business is replaced by stand-ins of equal length, the same for the same original. */
#ifndef IMPORT_IMPORT_REDACT_H
#define IMPORT_IMPORT_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "harness/import/import.h"

struct redactor;

/* NULL with *e filled on failure. */
struct redactor *import_redactor_new(struct err *e);
void import_redactor_free(struct redactor *r);

/* Tells the line that offset at of the text is on. */
typedef unsigned (*redact_line_func_t)(size_t at, void *ctx);

/* Replaces in the n bytes at p. line_of may be NULL: the stand-ins are used and nothing is counted. */
void import_redact(struct redactor *r, char *p, size_t n, redact_line_func_t line_of, void *ctx);

/* Replaces what is known by now wherever it stands as a word of its own, and counts it. */
void import_redact_known(struct redactor *r, char *p, size_t n);

/* Memory was out, or a line too long to be searched: what is left of the text must not be given away. */
bool import_redactor_failed(const struct redactor *r);

/* What was replaced so far, in the order of its first place. */
size_t import_redactor_count(const struct redactor *r);
const struct import_replaced *import_redactor_at(const struct redactor *r, size_t i);

#endif
