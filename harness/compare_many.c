/*
 * Each run is compared with the first one as any two are; what is kept of it are the numbers. Where they differ,
 * `hil compare` of the two says how.
 */
#include "harness/compare_many.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/compare_pairs.h"
#include "harness/compare_side.h"
#include "harness/verbs.h"

enum { NAME_MIN = 24, NAME_MAX = 56, COLUMN_MIN = 9 };

/* A cell in one of the runs, beside the first. */
struct outcome {
	bool there;
	size_t same, all;
};

struct many {
	const struct options *o;
	const char *const *path; /* of the runs, the first included */
	size_t runs;
	const char **cell; /* of the first run */
	size_t cells;
	struct outcome *outcome; /* cells x runs */
	size_t *lone;		 /* of each run: cells that the first has not */
	size_t compared, exchanges;
	size_t differ;			    /* cells that are not the same everywhere */
	const char *first_run, *first_cell; /* the first difference */
};

static struct outcome *at(const struct many *m, size_t cell, size_t run)
{
	return &m->outcome[cell * m->runs + run];
}

/* --- comparing --------------------------------------------------------------------------------------------------- */

static int compare_one(struct many *m, const struct compare_pair *pair, struct divergences *d, struct outcome *out,
		       struct err *e)
{
	struct compare_side a, b = { 0 };
	struct comparison *c = NULL;
	int err = compare_side_open(&a, pair->a, NULL, e);

	err = err ? err : compare_side_open(&b, pair->b, NULL, e);
	if (!err) {
		c = compare_new(a.conversation, b.conversation, "A", "B", d);
		err = c ? 0 : err_set(e, -ENOMEM, "out of memory");
	}
	if (!err) {
		out->there = true;
		out->all = compare_size(c);
		out->same = compare_count(c, COMPARE_SAME) + compare_count(c, COMPARE_DECLARED);
		m->compared++;
		m->exchanges += out->same;
	}
	compare_free(c);
	compare_side_close(&a);
	compare_side_close(&b);
	return err;
}

static size_t find_cell(const struct many *m, const char *name)
{
	size_t i = 0;

	while (i < m->cells && strcmp(m->cell[i], name) != 0)
		i++;
	return i;
}

/* The cells of the first run are the same in each list of pairs: they are taken from the first list. */
static int take_cells(struct many *m, const struct compare_pairs *pairs, struct err *e)
{
	m->cell = calloc(pairs->n + 1, sizeof(*m->cell));
	m->outcome = calloc((pairs->n + 1) * m->runs, sizeof(*m->outcome));
	if (!m->cell || !m->outcome)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < pairs->n; i++) {
		if (pairs->items[i].a)
			m->cell[m->cells++] = pairs->items[i].name;
	}
	return 0;
}

static int compare_run(struct many *m, size_t run, struct divergences *d, struct err *e)
{
	struct compare_pairs pairs;
	int err = compare_pairs_find(m->o->pool, m->path[0], m->path[run], m->o->compare.cell, &pairs, e);

	if (!err)
		err = compare_pairs_select(&pairs, &m->o->select.filter, &m->o->select.exclude, e);
	if (!err && !m->cell)
		err = take_cells(m, &pairs, e);
	for (size_t i = 0; !err && i < pairs.n; i++) {
		const struct compare_pair *pair = &pairs.items[i];

		if (pair->a && pair->b)
			err = compare_one(m, pair, d, at(m, find_cell(m, pair->name), run), e);
		else
			m->lone[run] += pair->b != NULL;
	}
	return err;
}

/* --- telling ----------------------------------------------------------------------------------------------------- */

/* A folder's last part, which is what tells runs apart. */
static const char *short_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static size_t column_width(const char *path)
{
	size_t n = strlen(short_name(path));

	return n > COLUMN_MIN ? n : COLUMN_MIN;
}

static size_t name_width(const struct many *m)
{
	size_t width = NAME_MIN;

	for (size_t i = 0; i < m->cells; i++) {
		size_t n = strlen(m->cell[i]);

		width = n > width ? n : width;
	}
	return width < NAME_MAX ? width : NAME_MAX;
}

static void print_head(const struct many *m, size_t width)
{
	printf("%-*s", (int)width, "");
	for (size_t run = 1; run < m->runs; run++)
		printf("  %-*s", (int)column_width(m->path[run]), short_name(m->path[run]));
	putchar('\n');
}

static bool is_same(const struct outcome *o)
{
	return o->same == o->all;
}

/* "9 same", "7 of 9", "-" where the run has no such cell. */
static void print_outcome(const struct outcome *o, size_t width)
{
	char text[48] = "-";

	if (o->there && is_same(o))
		snprintf(text, sizeof(text), "%zu same", o->same);
	else if (o->there)
		snprintf(text, sizeof(text), "%zu of %zu", o->same, o->all);
	printf("  %-*s", (int)width, text);
}

static void print_cell(const struct many *m, size_t cell, size_t width)
{
	bool fits = strlen(m->cell[cell]) <= width;

	printf("%-*.*s%s", (int)width - (fits ? 0 : 3), (int)width - (fits ? 0 : 3), m->cell[cell], fits ? "" : "...");
	for (size_t run = 1; run < m->runs; run++)
		print_outcome(at(m, cell, run), column_width(m->path[run]));
	putchar('\n');
}

/* Finds the first difference and counts the cells that have one. */
static void judge(struct many *m)
{
	for (size_t cell = 0; cell < m->cells; cell++) {
		bool differs = false;

		for (size_t run = 1; run < m->runs; run++) {
			if (is_same(at(m, cell, run)))
				continue;
			if (!m->first_run) {
				m->first_run = m->path[run];
				m->first_cell = m->cell[cell];
			}
			differs = true;
		}
		m->differ += differs;
	}
}

static void print_sum(const struct many *m)
{
	size_t lone = 0;

	for (size_t run = 1; run < m->runs; run++)
		lone += m->lone[run];
	if (m->first_run)
		printf("side by side: hil compare %s %s --cell '%s'\n", m->path[0], m->first_run, m->first_cell);
	printf("%zu cells in %s, %zu runs beside it: %zu comparisons, ", m->cells, m->path[0], m->runs - 1,
	       m->compared);
	if (m->differ)
		printf("%zu cells differ", m->differ);
	else
		printf("all the same");
	printf("; %zu exchanges agree", m->exchanges);
	if (lone)
		printf("; %zu cells only in others", lone);
	putchar('\n');
}

static void print_all(const struct many *m)
{
	size_t width = name_width(m);

	if (m->o->run.verbosity >= 0 && m->cells) {
		print_head(m, width);
		for (size_t cell = 0; cell < m->cells; cell++)
			print_cell(m, cell, width);
	}
	print_sum(m);
}

/* ----------------------------------------------------------------------------------------------------------------- */

static int check_folders(const struct many *m, struct err *e)
{
	if (m->o->json || m->o->markdown)
		return err_set(e, -EINVAL, "--json and --markdown are for two: hil compare A B");
	for (size_t i = 0; i < m->runs; i++) {
		if (!compare_is_folder(m->path[i]))
			return err_set(e, -EINVAL,
				       "%s is no folder of hil run --out: more than two are compared by their cells",
				       m->path[i]);
	}
	return 0;
}

static int run_all(struct many *m, struct divergences *d, struct err *e)
{
	int err = check_folders(m, e);

	for (size_t run = 1; !err && run < m->runs; run++)
		err = compare_run(m, run, d, e);
	return err;
}

static int exit_code(const struct many *m)
{
	if (!m->compared) {
		fprintf(stderr, "hil: %s has no cell in common with the others\n", m->path[0]);
		return HIL_EXIT_EMPTY;
	}
	return m->differ ? HIL_EXIT_FAIL : HIL_EXIT_PASS;
}

int compare_many(const struct options *o, struct divergences *d)
{
	struct many m = { .o = o, .path = (const char *const *)o->select.paths.items, .runs = o->select.paths.n };
	struct err e = { 0 };
	int err, code = HIL_EXIT_USAGE;

	m.lone = calloc(m.runs, sizeof(*m.lone));
	err = m.lone ? run_all(&m, d, &e) : err_set(&e, -ENOMEM, "out of memory");
	if (err) {
		fprintf(stderr, "hil: %s\n", e.msg);
	} else {
		judge(&m);
		print_all(&m);
		code = exit_code(&m);
	}
	free(m.cell);
	free(m.outcome);
	free(m.lone);
	return code;
}
