/* A comparison as people and programs read it: two columns of text, a Markdown table, JSON. */
#ifndef WIRE_SIDE_BY_SIDE_H
#define WIRE_SIDE_BY_SIDE_H

#include <jansson.h>

#include "harness/wire/compare.h"

struct side_options {
	unsigned width; /* columns of the whole, at least 40 */
	bool color;
	bool times;		       /* before each line the seconds since its recording began */
	bool all;		       /* equal exchanges, too; else two of them around what is not equal */
	const char *title_a, *title_b; /* NULL: the names of the comparison */
};

/*
 * Appends the two columns: "> " is the host, "< " the modem, "! " data at a prompt, bytes in the escaped view. Between
 * them
 * '=' same, '~' declared, '|' different, '<' only in A, '>' only in B; below an exchange what is to say of it.
 */
void side_by_side_text(const struct comparison *c, const struct side_options *o, struct buf *out);

/* Appends a table with a row an exchange. */
void side_by_side_markdown(const struct comparison *c, const struct side_options *o, struct buf *out);

/* {a, b, counts, rows: [{verdict, reason, a: {t, command, answer: [...]}, ...}]}; the caller's. NULL: out of memory. */
json_t *side_by_side_json(const struct comparison *c);

/* Appends "12 same, 1 declared, 2 different, 1 only in A"; what is 0 is left out, "nothing" when all is. */
void side_by_side_counts(const struct comparison *c, struct buf *out);
void side_by_side_sum(const size_t counts[COMPARE_VERDICTS], const char *name_a, const char *name_b, struct buf *out);

#endif
