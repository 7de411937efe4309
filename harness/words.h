/* A command line as a user writes it, cut into words: blanks separate, quotes keep together, no shell is involved. */
#ifndef HARNESS_WORDS_H
#define HARNESS_WORDS_H

#include <stddef.h>

enum { WORDS_MAX = 256 };

struct words {
	char *argv[WORDS_MAX + 1]; /* ends with NULL */
	size_t argc;
};

/* Appends the words of text; {hole} in them becomes fill. 0, -E2BIG or -ENOMEM. */
int words_split(struct words *w, const char *text, const char *hole, const char *fill);
/* Appends one word as it is. */
int words_add(struct words *w, const char *word);
void words_clear(struct words *w);

#endif
