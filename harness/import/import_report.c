/* The summary of an import: one table, and a short list for each kind of remark. */
#include "harness/import/import_report.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 40, KIND_MAX = 10, KINDS_MAX = 32 };

/* In the order of how much they matter. */
static const struct list_row {
	enum import_remark_kind kind;
	const char *title; /* says all that why says, when without */
	bool without;
} lists[] = {
	{ IMPORT_UNREAD, "not read" },
	{ IMPORT_DAMAGED, "damaged, kept as it came" },
	{ IMPORT_JOINED, "lines joined or cut" },
	{ IMPORT_COMMENT, "comments cut off", true },
	{ IMPORT_MENTION, "commands named in sentences, left out", true },
	{ IMPORT_GUESS, "guesses" },
};

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void write_table(const struct import *imp, struct buf *out)
{
	buf_addf(out, "\n  %-13s  %-14s %8s %8s  %11s  %s\n", "lines", "format", "commands", "answered",
		 "not asked for", "times");
	for (size_t i = 0; i < import_segments(imp); i++) {
		const struct import_segment *s = import_segment(imp, i);
		char range[32];

		snprintf(range, sizeof(range), "%u-%u", s->first_line, s->last_line);
		buf_addf(out, "  %-13s  %-14s %8zu %8zu  %13zu  %s\n", range, s->format, s->commands, s->answered,
			 s->answers, s->timed ? "the log's" : "none");
	}
}

static size_t count_kind(const struct import *imp, enum import_remark_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < import_remarks(imp); i++)
		n += import_remark(imp, i)->kind == kind;
	return n;
}

static void write_list(const struct import *imp, const struct list_row *row, const char *name, struct buf *out)
{
	size_t n = count_kind(imp, row->kind), shown = 0;

	if (!n)
		return;
	buf_addf(out, "\n%s (%zu):\n", row->title, n);
	for (size_t i = 0; i < import_remarks(imp) && shown < SHOWN_MAX; i++) {
		const struct import_remark *m = import_remark(imp, i);

		if (m->kind != row->kind)
			continue;
		buf_addf(out, "  %s:%u: %s%s%s\n", name, m->line, row->without ? "" : m->why,
			 *m->text && !row->without ? ": " : "", m->text);
		shown++;
	}
	if (n > shown)
		buf_addf(out, "  and %zu more (--json has them all)\n", n - shown);
}

/* All replacements of one kind. */
struct kind_sum {
	const char *kind;
	size_t first, originals, times;
};

/* In the order in which the kinds come up; there are fewer kinds than KINDS_MAX. */
static size_t sum_kinds(const struct import *imp, struct kind_sum *sums)
{
	size_t n = 0;

	for (size_t i = 0; i < import_replacements(imp); i++) {
		const struct import_replaced *r = import_replaced(imp, i);
		size_t k = 0;

		while (k < n && strcmp(sums[k].kind, r->kind))
			k++;
		if (k == KINDS_MAX)
			break;
		if (k == n)
			sums[n++] = (struct kind_sum){ .kind = r->kind, .first = i };
		sums[k].originals++;
		sums[k].times += r->count;
	}
	return n;
}

static void write_kind(const struct import *imp, size_t first, const char *name, struct buf *out)
{
	for (size_t i = first; i < import_replacements(imp); i++) {
		const struct import_replaced *r = import_replaced(imp, i);

		if (strcmp(r->kind, import_replaced(imp, first)->kind))
			continue;
		buf_addf(out, "  %s:%u: %s, %zu time%s: now %.60s%s\n", name, r->line, r->kind, r->count,
			 plural(r->count), r->stand_in, strlen(r->stand_in) > 60 ? " ..." : "");
	}
}

/* Kind by kind; of many originals of a kind only their number is told. */
static void write_replaced(const struct import *imp, const char *name, struct buf *out)
{
	struct kind_sum sums[KINDS_MAX];
	size_t n = sum_kinds(imp, sums);

	if (n)
		buf_addf(out, "\nreplaced (%zu):\n", import_replacements(imp));
	for (size_t i = 0; i < n; i++) {
		if (sums[i].originals > KIND_MAX)
			buf_addf(out, "  %s:%u: %s, %zu different ones, %zu times\n", name,
				 import_replaced(imp, sums[i].first)->line, sums[i].kind, sums[i].originals,
				 sums[i].times);
		else
			write_kind(imp, sums[i].first, name, out);
	}
}

void import_write_report(const struct import *imp, const char *name, bool guesses, struct buf *out)
{
	size_t n = import_segments(imp), unread = count_kind(imp, IMPORT_UNREAD);

	buf_addf(out, "%s: %zu conversation%s; %u line%s of prose, %zu not read\n", name, n, plural(n),
		 import_prose_count(imp), plural(import_prose_count(imp)), unread);
	if (n)
		write_table(imp, out);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i].kind != IMPORT_GUESS || guesses)
			write_list(imp, &lists[i], name, out);
	}
	write_replaced(imp, name, out);
}

/* --- for machines --------------------------------------------------------------------------------------------- */

static json_t *segment_json(const struct import_segment *s)
{
	return json_pack("{s:i, s:i, s:s, s:i, s:i, s:i, s:b}", "first_line", (int)s->first_line, "last_line",
			 (int)s->last_line, "format", s->format, "commands", (int)s->commands, "answered",
			 (int)s->answered, "answers", (int)s->answers, "timed", s->timed);
}

/* Text of a log need not be UTF-8. */
static json_t *text_json(const char *text)
{
	json_t *j = json_string(text);
	struct buf b;

	if (j)
		return j;
	buf_init(&b, SIZE_MAX);
	for (const char *s = text; *s; s++)
		buf_addc(&b, *s >= 0x20 ? *s : '?');
	j = json_string(buf_str(&b));
	buf_free(&b);
	return j;
}

void import_write_json(const struct import *imp, const char *name, struct buf *out)
{
	json_t *segments = json_array(), *remarks = json_array(), *replaced = json_array(), *all;
	char *text;

	for (size_t i = 0; i < import_segments(imp); i++)
		json_array_append_new(segments, segment_json(import_segment(imp, i)));
	for (size_t i = 0; i < import_remarks(imp); i++) {
		const struct import_remark *m = import_remark(imp, i);

		json_array_append_new(remarks,
				      json_pack("{s:s, s:i, s:s, s:o}", "kind", import_remark_name(m->kind), "line",
						(int)m->line, "why", m->why, "text", text_json(m->text)));
	}
	for (size_t i = 0; i < import_replacements(imp); i++) {
		const struct import_replaced *r = import_replaced(imp, i);

		json_array_append_new(replaced, json_pack("{s:s, s:i, s:i, s:o}", "kind", r->kind, "line", (int)r->line,
							  "count", (int)r->count, "now", text_json(r->stand_in)));
	}
	all = json_pack("{s:i, s:o, s:i, s:i, s:o, s:o, s:o}", "schema", 1, "log", text_json(name), "lines",
			(int)import_line_count(imp), "prose", (int)import_prose_count(imp), "segments", segments,
			"remarks", remarks, "replaced", replaced);
	text = json_dumps(all, JSON_INDENT(1));
	if (text)
		buf_addf(out, "%s\n", text);
	free(text);
	json_decref(all);
}
