/*
 * Two conversations side by side: exchanges aligned by their commands, unsolicited lines between their neighbours, and
 * one verdict for each. Identities, radio, clock and addresses are not compared (normalise.h), nor are times and the
 * echo; the order of an answer's lines is.
 */
#ifndef WIRE_COMPARE_H
#define WIRE_COMPARE_H

#include <stdbool.h>

#include "harness/wire/divergences.h"
#include "harness/wire/exchange.h"

enum compare_verdict {
	COMPARE_SAME,
	COMPARE_DECLARED, /* a divergence with both answers pinned */
	COMPARE_DIFFERENT,
	COMPARE_ONLY_A,
	COMPARE_ONLY_B,
	COMPARE_VERDICTS
};

/* "same", "declared", "different", "only in A", "only in B". */
const char *compare_verdict_name(enum compare_verdict verdict);

/* Lines of the two answers that stand beside each other; NULL: the other one stands alone. */
struct compare_line {
	const struct exchange_line *a, *b;
	bool same;
};

struct compare_row {
	enum compare_verdict verdict;
	const struct exchange *a, *b;	  /* borrowed from the conversations; NULL: there is none */
	const char *reason;		  /* one line; "" when there is nothing to say */
	const struct compare_line *lines; /* all but the echo */
	size_t n_lines;
	const struct divergence *declared; /* for COMPARE_DECLARED */
};

struct comparison;

/*
 * Compares; name_a and name_b are what reasons call the two ("A" and "B" when NULL). d may be NULL; its counts go on.
 * The conversations, names and d have to outlive the comparison. NULL: out of memory.
 */
struct comparison *compare_new(const struct conversation *a, const struct conversation *b, const char *name_a,
			       const char *name_b, struct divergences *d);
void compare_free(struct comparison *c);

size_t compare_size(const struct comparison *c);
const struct compare_row *compare_at(const struct comparison *c, size_t i);
const char *compare_name(const struct comparison *c, bool of_b);

size_t compare_count(const struct comparison *c, enum compare_verdict verdict);

/* Whether a row is neither same nor declared. */
bool compare_differs(const struct comparison *c);

/* Commands of one side, and how many of them came back as echo. */
void compare_echo(const struct comparison *c, bool of_b, size_t *commands, size_t *echoed);

/* From the command's last byte to the first byte of its last line, in microseconds; false: nothing answered, or
 * unsolicited. */
bool compare_took(const struct exchange *x, uint64_t *us);

#endif
