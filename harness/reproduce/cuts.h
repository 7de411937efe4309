/* Answers that lost their end on the way into the log: a difference that the log makes, not the modem. */
#ifndef REPRODUCE_CUTS_H
#define REPRODUCE_CUTS_H

#include "harness/wire/compare.h"

/*
 * Declares each row of c whose answer in A has no final result and is the beginning of the one in B but for its last
 * line, or the end of it. *n: how many. To be freed by the caller; NULL: there is none, or no memory.
 */
struct divergences *cuts_declare(const struct comparison *c, size_t *n);

/* Whether the row's answer in A is the beginning of the one in B but for its last line; declared or not. */
bool cuts_lost_end(const struct compare_row *r);

#endif
