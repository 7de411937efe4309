/* Which revision a text names. */
#ifndef IMPORT_IMPORT_PROFILE_H
#define IMPORT_IMPORT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/wire/recording.h"

struct import_profile {
	char name[64]; /* of the built-in profile; "" when the text names none */
	unsigned line; /* of the text, where it is named */
	char word[64]; /* what stands there */
};

/*
 * The revision of a recording r of lines first to last of n bytes of text. What the recording says of itself counts
 * most, then the longest build, revision or name of a built-in profile in it, then in those lines, then the nearest
 * above them. False when there is none.
 */
bool import_find_profile(const struct recording *r, const char *text, size_t n, unsigned first, unsigned last,
			 struct import_profile *out);

#endif
