/*
 * A run in rounds, folded by cell: how often each ran, how that went, how long it took, when it failed first. Holds one
 * row a cell, however many rounds there are.
 */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

struct row {
	char *cell;
	size_t runs, passed, failed, skipped, flaky;
	double min, max, sum;
	json_t *first_failure; /* its end event; NULL */
};

struct report_repeat {
	struct report base;
	FILE *out;
	struct row *rows;
	size_t n;
	json_t *index;		     /* "file::cell" -> number of its row */
	const json_t *first_failure; /* of all */
	bool quiet;	/* cells that were in trouble alone */
};

static struct row *add_row(struct report_repeat *r, const struct report_cell *c)
{
	struct row *rows = realloc(r->rows, (r->n + 1) * sizeof(*rows));

	if (!rows)
		return NULL;
	r->rows = rows;
	rows[r->n] = (struct row){ .cell = strdup(c->cell), .min = c->took };
	return &rows[r->n++];
}

static struct row *row_of(struct report_repeat *r, const struct report_cell *c)
{
	json_t *number;
	struct buf key;
	struct row *row;

	buf_init(&key, 64 * 1024);
	buf_addf(&key, "%s::%s", c->file, c->cell);
	number = json_object_get(r->index, buf_str(&key));
	if (number) {
		row = &r->rows[json_integer_value(number)];
	} else {
		row = add_row(r, c);
		if (row)
			json_object_set_new(r->index, buf_str(&key), json_integer((json_int_t)r->n - 1));
	}
	buf_free(&key);
	return row;
}

static void repeat_cell(struct report *base, const struct report_cell *c)
{
	struct report_repeat *r = (struct report_repeat *)base;
	struct row *row = row_of(r, c);
	bool aside = c->quarantined && outcome_is_bad(c->outcome);

	if (!row)
		return;
	row->runs++;
	row->failed += c->bad;
	row->skipped += !c->bad && (c->outcome == OUTCOME_SKIP || aside);
	row->passed += !c->bad && c->outcome != OUTCOME_SKIP && !aside;
	row->flaky += c->flaky;
	row->sum += c->took;
	row->min = c->took < row->min ? c->took : row->min;
	row->max = c->took > row->max ? c->took : row->max;
	if (!(c->bad || aside) || row->first_failure)
		return;
	row->first_failure = json_incref(c->json);
	if (c->bad && !r->first_failure)
		r->first_failure = row->first_failure;
}

static json_int_t int_of(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

/* The id comes last: it may be of any length. */
static void print_row(const struct report_repeat *r, const struct row *row)
{
	fprintf(r->out, "%7zu %7zu %7zu %7zu %7zu %9.3fs %9.3fs %9.3fs  %s", row->runs, row->passed, row->failed, row->skipped,
		row->flaky, row->min, row->sum / (double)row->runs, row->max, row->cell);
	if (row->first_failure)
		fprintf(r->out, ", failed first in round %" JSON_INTEGER_FORMAT ", seed %" JSON_INTEGER_FORMAT,
			int_of(row->first_failure, "round"), int_of(row->first_failure, "seed"));
	fputc('\n', r->out);
}

static void print_rows(const struct report_repeat *r)
{
	bool head = false;

	for (size_t i = 0; i < r->n; i++) {
		const struct row *row = &r->rows[i];

		if (r->quiet && !row->first_failure && !row->flaky)
			continue;
		if (!head)
			fprintf(r->out, "%7s %7s %7s %7s %7s %10s %10s %10s  cell\n", "runs", "passed", "failed", "skipped",
				"flaky", "min", "mean", "max");
		head = true;
		print_row(r, row);
	}
}

static void repeat_resources(struct report *base, const json_t *j)
{
	struct report_repeat *r = (struct report_repeat *)base;
	const json_t *memory = json_object_get(j, "memory"), *fds = json_object_get(j, "descriptors");

	fprintf(r->out,
		"memory of hil and its workers: %.1f MiB, at last %.1f MiB: %s\n"
		"open descriptors: %" JSON_INTEGER_FORMAT ", at last %" JSON_INTEGER_FORMAT ": %s\n",
		(double)int_of(memory, "first") / (1 << 20), (double)int_of(memory, "last") / (1 << 20),
		json_string_value(json_object_get(memory, "trend")), int_of(fds, "first"), int_of(fds, "last"),
		json_string_value(json_object_get(fds, "trend")));
}

static void repeat_done(struct report *base, const struct report_totals *t)
{
	struct report_repeat *r = (struct report_repeat *)base;
	const json_t *first = r->first_failure;

	(void)t;
	print_rows(r);
	if (first)
		fprintf(r->out, "first failure: round %" JSON_INTEGER_FORMAT ", seed %" JSON_INTEGER_FORMAT ": %s\n",
			int_of(first, "round"), int_of(first, "seed"),
			json_string_value(json_object_get(first, "cell")));
}

static void repeat_free(struct report *base)
{
	struct report_repeat *r = (struct report_repeat *)base;

	for (size_t i = 0; i < r->n; i++) {
		free(r->rows[i].cell);
		json_decref(r->rows[i].first_failure);
	}
	free(r->rows);
	json_decref(r->index);
	free(r);
}

struct report *report_repeat_new(FILE *out, bool quiet)
{
	static const struct report_ops ops = {
		.cell = repeat_cell,
		.resources = repeat_resources,
		.done = repeat_done,
		.free = repeat_free,
	};
	struct report_repeat *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	*r = (struct report_repeat){ .base = { &ops }, .out = out, .quiet = quiet, .index = json_object() };
	return &r->base;
}
