/* Inside the comparison: what differs between two answers, in words. */
#ifndef WIRE_COMPARE_REASON_H
#define WIRE_COMPARE_REASON_H

#include "harness/wire/compare.h"
#include "harness/wire/turns.h"

struct compare_names {
	const char *a, *b;
};

/* Appends what differs, the most telling first: "result '+X: 32' in A, '+X: 0' in B; result before OK in A, after it in
 * B". */
void compare_reason(const struct turn *a, const struct turn *b, const struct compare_line *lines, size_t n,
		    const struct compare_names *names, struct buf *out);

/* Appends 'text', escaped, cut in its middle when it is long. */
void compare_quote(const char *text, size_t n, struct buf *out);

#endif
