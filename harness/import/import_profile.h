/* Which revision a text names. */
#ifndef IMPORT_IMPORT_PROFILE_H
#define IMPORT_IMPORT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

struct import_profile {
	char name[64]; /* of the built-in profile; "" when the text names none */
	unsigned line; /* of the text, where it is named */
	char word[64]; /* what stands there */
};

/*
 * Looks for the build, revision and name of each built-in profile in n bytes of text: the longest word on the lines
 * first to last counts, else the nearest line above them. False when there is none.
 */
bool import_find_profile(const char *text, size_t n, unsigned first, unsigned last, struct import_profile *out);

#endif
