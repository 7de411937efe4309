/* Rows are equal here when they are about the same command, whatever its arguments, and have the same reason. */
#include "harness/compare_tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { TOLD_MAX = 5, SUBJECT_MAX = 80, TEXT_MAX_BYTES = 1 << 20 };

static void add_subject(const struct exchange *x, bool name_only, struct buf *out)
{
	const char *text = x->command ? x->command : x->lines[0].text;
	char name[32];
	struct buf view;

	if (name_only && x->command && command_name(x->command, name, sizeof(name))) {
		buf_addf(out, "AT%s", name);
		return;
	}
	buf_init(&view, SIZE_MAX);
	str_escape(&view, text, x->command ? strlen(text) : x->lines[0].len);
	buf_addf(out, "%.*s%s", SUBJECT_MAX, buf_str(&view), view.len > SUBJECT_MAX ? "..." : "");
	buf_free(&view);
}

void compare_tally_row(const struct comparison *c, const struct compare_row *row, bool name_only, struct buf *out)
{
	add_subject(row->a ? row->a : row->b, name_only, out);
	if (row->verdict == COMPARE_ONLY_A || row->verdict == COMPARE_ONLY_B)
		buf_addf(out, " only in %s", compare_name(c, row->verdict == COMPARE_ONLY_B));
	buf_addf(out, "%s%s", *row->reason ? ": " : "", row->reason);
}

/* A cell counts once, however often it has the difference: last is the number of the cell that had it before. */
static void count(json_t *tally, const char *what, json_int_t cell)
{
	json_t *entry = json_object_get(tally, what);

	if (!entry) {
		entry = json_pack("{s:i, s:i}", "cells", 0, "last", -1);
		json_object_set_new(tally, what, entry);
	}
	if (json_integer_value(json_object_get(entry, "last")) == cell)
		return;
	json_object_set_new(entry, "last", json_integer(cell));
	json_object_set_new(entry, "cells", json_integer(json_integer_value(json_object_get(entry, "cells")) + 1));
}

void compare_tally_add(json_t *tally, size_t cell, const struct comparison *c)
{
	struct buf what;

	buf_init(&what, TEXT_MAX_BYTES);
	for (size_t i = 0; i < compare_size(c); i++) {
		const struct compare_row *row = compare_at(c, i);

		if (row->verdict == COMPARE_SAME || row->verdict == COMPARE_DECLARED)
			continue;
		buf_reset(&what);
		compare_tally_row(c, row, true, &what);
		count(tally, buf_str(&what), (json_int_t)cell);
	}
	buf_free(&what);
}

struct told {
	const char *what;
	json_int_t cells;
};

static int by_cells(const void *x, const void *y)
{
	const struct told *a = x, *b = y;

	return a->cells == b->cells ? strcmp(a->what, b->what) : (a->cells < b->cells) - (a->cells > b->cells);
}

void compare_tally_tell(const json_t *tally, struct buf *out)
{
	struct told *list = calloc(json_object_size(tally) + 1, sizeof(*list));
	const char *what;
	json_t *entry;
	size_t n = 0;

	json_object_foreach ((json_t *)tally, what, entry) {
		json_int_t cells = json_integer_value(json_object_get(entry, "cells"));

		if (list && cells > 1)
			list[n++] = (struct told){ what, cells };
	}
	if (n) {
		qsort(list, n, sizeof(*list), by_cells);
		buf_adds(out, "most frequent:\n");
	}
	for (size_t i = 0; i < n && i < TOLD_MAX; i++)
		buf_addf(out, "%6lld cells: %s\n", (long long)list[i].cells, list[i].what);
	free(list);
}
