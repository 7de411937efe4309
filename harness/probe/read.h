/* From what was said to values. */
#ifndef PROBE_READ_H
#define PROBE_READ_H

#include "harness/probe/rows.h"

/*
 * Looks whether the reading fits what t says and appends its value; reply_us is the delay from a command to its answer;
 * *end is set to where in what was said the match ends (0 for one in the bytes).
 * 1: it fits, 0: it does not, -EINVAL: the pattern of the row is wrong.
 */
int read_value(const struct talk *t, const struct reading *row, uint64_t reply_us, struct buf *out, size_t *end);

/* Appends value with the groups of pattern in text. 1: the pattern matches, 0: it does not, -EINVAL: it is wrong. */
int read_groups(const char *text, const char *pattern, const char *value, struct buf *out);

/*
 * Whether text can be the value of a quirk or member of the identity: a number in its range, one of its choices. A list
 * is sorted and its doubles go, so that equal lists are equal texts.
 */
bool value_fits(const struct emu_value_info *info, const char *text);

/* Whether two values are the same: lists in any order, numbers of ms up to within. */
bool value_same(const struct emu_value_info *info, const char *a, const char *b, unsigned within);

/* Whether a list, words joined by commas, has the word of n characters; capitals do not matter. */
bool list_has(const char *list, const char *word, size_t n);

#endif
