/* What there is to say about a reading, collected while it goes on. */
#ifndef IMPORT_IMPORT_NOTES_H
#define IMPORT_IMPORT_NOTES_H

#include <stddef.h>

#include "harness/import/import.h"

struct import_notes {
	struct import_remark *items; /* text and why are the notes' own */
	size_t n, cap;
	size_t guesses; /* among them: of these only so many are kept */
	bool failed;	/* out of memory */
};

/* Adds a remark about n bytes of text at p (escaped and, when long, shortened); the reason is formatted. */
void import_notes_add(struct import_notes *notes, enum import_remark_kind kind, unsigned line, const char *p, size_t n,
		      const char *why, ...) __attribute__((format(printf, 6, 7)));
/* By line; remarks of one line stay in their order. */
void import_notes_sort(struct import_notes *notes);
void import_notes_free(struct import_notes *notes);

#endif
