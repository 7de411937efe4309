/*
 * A dump that a host lost bytes of shows it: quotes that do not close, a name that is none, a row of a list that has
 * other fields than the rows before it. What was lost cannot be known, so nothing is mended.
 */
#include "harness/import/import_damage.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { ROWS_MIN = 2 }; /* rows alike before one that differs is called damaged */

/* The list that the lines before this one make up. */
struct series {
	char name[32];
	size_t commas, rows;
};

/* Names whose texts may hold anything, quotes and line ends included. */
static const char *const free_texts[] = { "+CUSD", "+CMGR", "+CMGL", "+CMT" };

static size_t count(const char *s, char c)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == c;
	return n;
}

static size_t count_fields(const char *s)
{
	bool quoted = false;
	size_t n = 0;

	for (; *s; s++) {
		quoted ^= *s == '"';
		n += *s == ',' && !quoted;
	}
	return n;
}

static bool is_free_text(const char *name)
{
	for (size_t i = 0; i < sizeof(free_texts) / sizeof(free_texts[0]); i++) {
		if (!strcmp(free_texts[i], name))
			return true;
	}
	return false;
}

static void check_row(struct series *s, const struct exchange_line *l, const char *name, struct import_notes *notes)
{
	size_t commas = count_fields(l->text);

	if (strcmp(s->name, name)) {
		*s = (struct series){ .commas = commas, .rows = 1 };
		str_copy(s->name, sizeof(s->name), name);
	} else if (commas == s->commas) {
		s->rows++;
	} else if (s->rows >= ROWS_MIN) {
		import_notes_add(notes, IMPORT_DAMAGED, l->line, l->text, l->len,
				 "%zu fields where the lines before have %zu", commas + 1, s->commas + 1);
	}
}

static void check_line(struct series *s, const struct exchange_line *l, struct import_notes *notes)
{
	size_t n = strcspn(l->text, ":");
	char name[32];

	if (l->text[0] != '+' || strlen(l->text) != l->len) {
		*s = (struct series){ 0 };
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)n, l->text);
	if (!isalpha((unsigned char)l->text[1]))
		import_notes_add(notes, IMPORT_DAMAGED, l->line, l->text, l->len, "no name behind the +");
	else if (count(l->text, '"') % 2 && !is_free_text(name))
		import_notes_add(notes, IMPORT_DAMAGED, l->line, l->text, l->len, "a quote does not close");
	else if (l->text[n] == ':')
		check_row(s, l, name, notes);
}

void import_find_damage(const struct conversation *c, struct import_notes *notes)
{
	struct series s = { 0 };

	for (size_t i = 0; i < conversation_size(c); i++) {
		const struct exchange *x = conversation_at(c, i);

		for (size_t k = 0; k < x->n_lines; k++) {
			if (x->lines[k].role != LINE_ECHO)
				check_line(&s, &x->lines[k], notes);
		}
	}
}
