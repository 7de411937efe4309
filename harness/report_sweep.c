/*
 * The size of a sweep and what came of it: a row a fault with the points that failed, and last cells, exchanges, points
 * and what they cost. How a point failed is told by the other reports.
 */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

#include "harness/sweep.h"

enum { SHOWN = 4 }; /* names of failed points in a row */

struct report_sweep {
	struct report base;
	FILE *out;
	const struct sweep_plan *plan;
	json_t *rows; /* fault -> {"points": n, "failed": n, "first": "reboot@17 reboot@18"} in the order they came */
};

static void count(json_t *row, const char *key)
{
	json_object_set_new(row, key, json_integer(json_integer_value(json_object_get(row, key)) + 1));
}

static void sweep_cell(struct report *base, const struct report_cell *c)
{
	struct report_sweep *s = (struct report_sweep *)base;
	json_t *row = json_object_get(s->rows, c->fault);

	if (!*c->point)
		return;
	if (!row) {
		row = json_pack("{s:i, s:i, s:[]}", "points", 0, "failed", 0, "names");
		json_object_set_new(s->rows, c->fault, row);
	}
	count(row, "points");
	if (c->outcome == OUTCOME_PASS)
		return;
	count(row, "failed");
	json_array_append_new(json_object_get(row, "names"), json_string(c->point));
}

static bool is_new(const json_t *names, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (json_equal(json_array_get(names, k), json_array_get(names, i)))
			return false;
	}
	return true;
}

/* The same point of several cells is named once. */
static void print_names(const struct report_sweep *s, const json_t *names)
{
	size_t shown = 0;

	for (size_t i = 0; i < json_array_size(names); i++) {
		if (!is_new(names, i))
			continue;
		if (shown++ == SHOWN) {
			fputs(" ...", s->out);
			return;
		}
		fprintf(s->out, "%s%s", shown == 1 ? "  " : " ", json_string_value(json_array_get(names, i)));
	}
}

static void print_row(const struct report_sweep *s, const char *name, const json_t *row)
{
	fprintf(s->out, "%-14s %8d %8d", name, (int)json_integer_value(json_object_get(row, "points")),
		(int)json_integer_value(json_object_get(row, "failed")));
	print_names(s, json_object_get(row, "names"));
	fputc('\n', s->out);
}

static void sweep_done(struct report *base, const struct report_totals *t)
{
	struct report_sweep *s = (struct report_sweep *)base;
	const struct sweep_plan *p = s->plan;
	size_t ran = 0;
	const char *name;
	double rate;
	json_t *row;

	if (json_object_size(s->rows))
		fprintf(s->out, "%-14s %8s %8s\n", "sweep", "points", "failed");
	json_object_foreach (s->rows, name, row) {
		ran += (size_t)json_integer_value(json_object_get(row, "points"));
		print_row(s, name, row);
	}
	fprintf(s->out, "%zu cells, %zu exchanges, ", p->n_bases, p->n_exchanges);
	if (ran < p->n_points)
		fprintf(s->out, "%zu of ", ran);
	rate = t->real > 0 ? (double)ran / t->real : 0;
	fprintf(s->out, "%zu points in %.2fs: %.*f points/s\n", p->n_points, t->real, rate < 10 ? 1 : 0, rate);
	fflush(s->out);
}

static void sweep_free(struct report *base)
{
	struct report_sweep *s = (struct report_sweep *)base;

	json_decref(s->rows);
	free(s);
}

struct report *report_sweep_new(FILE *out, const struct sweep_plan *plan)
{
	static const struct report_ops ops = { .cell = sweep_cell, .done = sweep_done, .free = sweep_free };
	struct report_sweep *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct report_sweep){ { &ops }, out, plan, json_object() };
	if (s->rows)
		return &s->base;
	free(s);
	return NULL;
}
