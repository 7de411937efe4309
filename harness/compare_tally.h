/* Which differences come up how often: many cells that differ mostly do so in the same few things. */
#ifndef HARNESS_COMPARE_TALLY_H
#define HARNESS_COMPARE_TALLY_H

#include <jansson.h>

#include "harness/wire/compare.h"

/* Counts the rows of c that differ in tally, a JSON object that begins empty; cell numbers the comparison. */
void compare_tally_add(json_t *tally, size_t cell, const struct comparison *c);

/* Appends the most frequent ones that more than one cell has, a line each; nothing when there are none. */
void compare_tally_tell(const json_t *tally, struct buf *out);

/* Appends what a row is about and what is to say of it: "AT+CSQ: no answer in B", "+CMQTTNONET only in A". */
void compare_tally_row(const struct comparison *c, const struct compare_row *row, bool name_only, struct buf *out);

#endif
