/* Remarks: copies of what they are about, in the order of the text once sorted. */
#include "harness/import/import_notes.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum { SHOWN_MAX = 160, GUESSES_MAX = 20000 };

static char *shown(const char *p, size_t n)
{
	struct buf b;

	buf_init(&b, 8 * SHOWN_MAX);
	for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
		/* UTF-8 stays readable; only what a terminal would act on is escaped */
		if ((unsigned char)p[i] >= 0x20 && p[i] != 0x7f)
			buf_addc(&b, p[i]);
		else
			str_escape(&b, p + i, 1);
	}
	if (n > SHOWN_MAX)
		buf_adds(&b, " ...");
	if (!b.data)
		buf_adds(&b, "");
	return b.data;
}

static struct import_remark *add_item(struct import_notes *notes)
{
	if (notes->n == notes->cap) {
		size_t cap = notes->cap ? 2 * notes->cap : 32;
		struct import_remark *more = reallocarray(notes->items, cap, sizeof(*more));

		if (!more)
			return NULL;
		notes->items = more;
		notes->cap = cap;
	}
	return &notes->items[notes->n++];
}

void import_notes_add(struct import_notes *notes, enum import_remark_kind kind, unsigned line, const char *p, size_t n,
		      const char *why, ...)
{
	struct import_remark *item;
	struct buf reason;
	va_list ap;

	if (kind == IMPORT_GUESS && notes->guesses++ >= GUESSES_MAX)
		return;
	item = add_item(notes);
	if (!item) {
		notes->failed = true;
		return;
	}
	buf_init(&reason, 1024);
	va_start(ap, why);
	buf_addv(&reason, why, ap);
	va_end(ap);
	*item = (struct import_remark){ .kind = kind, .line = line, .text = shown(p, n), .why = reason.data };
	notes->failed = notes->failed || !item->text || !item->why;
}

/* Insertion keeps the remarks of one line in their order, and they come nearly sorted. */
void import_notes_sort(struct import_notes *notes)
{
	for (size_t i = 1; i < notes->n; i++) {
		const struct import_remark item = notes->items[i];
		size_t k = i;

		for (; k && notes->items[k - 1].line > item.line; k--)
			notes->items[k] = notes->items[k - 1];
		notes->items[k] = item;
	}
}

void import_notes_free(struct import_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++) {
		free((char *)notes->items[i].text);
		free((char *)notes->items[i].why);
	}
	free(notes->items);
}
