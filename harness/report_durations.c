/* Remembers how long cells took, for the next run's estimates. In a run in rounds it is the mean that counts. */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

#include "harness/estimates.h"

struct report_durations {
	struct report base;
	char *path;
	json_t *cells; /* "target file::cell" -> {target, file, cell, sum, runs} */
};

static void durations_cell(struct report *base, const struct report_cell *c)
{
	struct report_durations *d = (struct report_durations *)base;
	struct buf key;
	json_t *row;

	/* a cell of a sweep has a name of that sweep alone */
	if (c->outcome == OUTCOME_SKIP || *c->point)
		return;
	buf_init(&key, 64 * 1024);
	buf_addf(&key, "%s %s::%s", c->target, c->file, c->cell);
	row = json_object_get(d->cells, buf_str(&key));
	if (!row) {
		row = json_pack("{s:s, s:s, s:s, s:f, s:i}", "target", c->target, "file", c->file, "cell", c->cell,
				"sum", 0.0, "runs", 0);
		json_object_set_new(d->cells, buf_str(&key), row);
	}
	json_object_set_new(row, "sum", json_real(json_number_value(json_object_get(row, "sum")) + c->real));
	json_object_set_new(row, "runs", json_integer(json_integer_value(json_object_get(row, "runs")) + 1));
	buf_free(&key);
}

static const char *text_of(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static void durations_done(struct report *base, const struct report_totals *t)
{
	struct report_durations *d = (struct report_durations *)base;
	struct estimates *all = estimates_load(d->path, NULL);
	const char *key;
	json_t *row;

	(void)t;
	if (!all)
		return; /* somebody else's file is left alone; who reads it says so */
	json_object_foreach (d->cells, key, row)
		estimates_note(all, text_of(row, "target"), text_of(row, "file"), text_of(row, "cell"),
			       json_number_value(json_object_get(row, "sum")) /
				       (double)json_integer_value(json_object_get(row, "runs")));
	estimates_save(all, d->path);
	estimates_free(all);
}

static void durations_free(struct report *base)
{
	struct report_durations *d = (struct report_durations *)base;

	json_decref(d->cells);
	free(d->path);
	free(d);
}

struct report *report_durations_new(const char *path)
{
	static const struct report_ops ops = { .cell = durations_cell, .done = durations_done, .free = durations_free };
	struct report_durations *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	*d = (struct report_durations){ { &ops }, strdup(path), json_object() };
	if (d->path && d->cells)
		return &d->base;
	durations_free(&d->base);
	return NULL;
}
