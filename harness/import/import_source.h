/* A text cut into lines that know their number: control sequences, quote marks and code fences are off. */
#ifndef IMPORT_IMPORT_SOURCE_H
#define IMPORT_IMPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct source_line {
	size_t start, len; /* in source.text, without line end */
	unsigned number;   /* 1-based, of the text as it was given */
	bool fenced;	   /* inside a Markdown code block */
	bool quoted;	   /* behind quote marks */
	bool fence;	   /* is the fence itself */
};

struct source {
	struct buf text; /* what the lines point into */
	struct source_line *lines;
	size_t n, cap;
	unsigned first_number; /* of the text's first line */
	unsigned last_number;  /* lines of the text as it was given */
};

/* Reads lines first to last (0: all) of a text whose first line has that number. Returns 0 or -ENOMEM;
 * import_source_free() in both cases. */
int import_source_read(struct source *s, const char *text, size_t n, unsigned number, unsigned first, unsigned last);
void import_source_free(struct source *s);

const char *import_source_text(const struct source *s, size_t i);

#endif
