/*
 * One compiled pattern: a PCRE2 regex on the escaped view of a line, literal text or hex bytes on the raw bytes.
 * Knows nothing of streams; stream.h says where the lines are.
 */
#ifndef HARNESS_MATCH_H
#define HARNESS_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "harness/scenario.h"

struct match;

enum { MATCH_GROUPS_MAX = 16 };

/* Groups of the last hit, as offsets into the view (regex) or the bytes (text, bytes). Unset groups: start > end. */
struct match_hit {
	size_t start[MATCH_GROUPS_MAX], end[MATCH_GROUPS_MAX];
	unsigned n;
};

/* text is expanded already. NULL with *e = what is wrong (no place: the caller knows it). */
struct match *match_new(enum pattern_kind kind, const char *text, struct err *e);
void match_free(struct match *m);

/* True for a regex, which looks at lines; false for text and bytes, which look at the raw bytes. */
bool match_by_line(const struct match *m);
/* What was asked for, as it was written. */
const char *match_text(const struct match *m);

/*
 * Searches the n bytes at p from offset from. complete: nothing can follow these bytes, so that `$` may match at their
 * end; else a regex that would like to see more does not match yet. Returns true and fills *hit (may be NULL).
 */
bool match_find(const struct match *m, const char *p, size_t n, size_t from, bool complete, struct match_hit *hit);

/* For text and bytes: how many bytes of the end of p could be the beginning of a match. */
size_t match_length(const struct match *m);

#endif
