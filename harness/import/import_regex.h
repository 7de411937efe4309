/* The regexes of a table, compiled once, with groups that have the same names in all tables. */
#ifndef IMPORT_IMPORT_REGEX_H
#define IMPORT_IMPORT_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* (?<text>...) and so on. */
enum import_group {
	GROUP_ALL,
	GROUP_TEXT,
	GROUP_YEAR,
	GROUP_MONTH,
	GROUP_DAY,
	GROUP_HOUR,
	GROUP_MINUTE,
	GROUP_SECOND,
	GROUP_FRACTION,
	GROUP_MS,
	GROUP_DIR,
	GROUP_HEX,
	GROUP_OFFSET,
	GROUP_LENGTH,
	GROUP_SECRET,
	GROUP_COUNT
};

struct import_span {
	size_t start, len;
	bool set;
};

struct import_hit {
	struct import_span group[GROUP_COUNT];
};

struct import_regexes;

/* Compiles n rows of row_size bytes, each of which begins with a const char * to its regex. NULL with *e filled. */
struct import_regexes *import_regexes_new(const void *rows, size_t n, size_t row_size, struct err *e);
void import_regexes_free(struct import_regexes *r);

/* Searches the n bytes at p from offset from with regex i; *hit (may be NULL) has offsets into p. */
bool import_regex_find(struct import_regexes *r, size_t i, const char *p, size_t n, size_t from,
		       struct import_hit *hit);

/* Lets searches take that many steps before they give up; a hundred thousand unless set. */
void import_regexes_set_steps(struct import_regexes *r, unsigned steps);

/* Whether a search has given up since the regexes were made, so that something may have been missed. */
bool import_regexes_gave_up(const struct import_regexes *r);

/* The first row whose regex is in the text, or n_rows. */
size_t import_regex_first(struct import_regexes *r, const char *p, size_t n, struct import_hit *hit);

#endif
