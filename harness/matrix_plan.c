/* The files are loaded once as they stand and once a revision: all values of a cell are worked out when it is loaded. */
#include "harness/matrix_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct binding *revision_variable(const struct cell *c)
{
	for (size_t i = 0; i < c->n_matrix; i++) {
		if (!strcmp(c->matrix[i].name, "firmware") || !strcmp(c->matrix[i].name, "profile"))
			return &c->matrix[i];
	}
	return NULL;
}

/* "t[sim7600-B03,sni=1]" without "sim7600-B03": what a row is called. */
static char *without(struct pool *p, const char *id, const char *value)
{
	const char *s = strchr(id, '[');
	char before = '[', *name;
	struct buf item, out;
	size_t n;

	buf_init(&item, 4096);
	buf_init(&out, 1 << 16);
	cell_id_value(&item, value);
	buf_add(&out, id, s ? (size_t)(s - id) : strlen(id));
	for (; s && *s && *s != ']'; s += n + 1) {
		n = strcspn(s + 1, ",]");
		if (n == item.len && !memcmp(s + 1, item.data, n))
			continue;
		buf_addc(&out, before);
		buf_add(&out, s + 1, n);
		before = ',';
	}
	if (before == ',')
		buf_addc(&out, ']');
	name = pool_strdup(p, buf_str(&out));
	buf_free(&item);
	buf_free(&out);
	return name;
}

/* "t[sni=1]" with a revision, as an id would hold it. */
static const char *with(struct pool *p, const char *id, const char *value)
{
	size_t n = strlen(id);
	const char *text;
	struct buf out;

	buf_init(&out, 1 << 16);
	if (n && id[n - 1] == ']')
		buf_addf(&out, "%.*s,", (int)n - 1, id);
	else
		buf_addf(&out, "%s[", id);
	cell_id_value(&out, value);
	buf_addc(&out, ']');
	text = pool_strdup(p, buf_str(&out));
	buf_free(&out);
	return text;
}

static void add_cell(struct matrix_plan *p, struct cell *c)
{
	p->cells = pool_grow(p->base.pool, p->cells, p->n_cells, sizeof(*p->cells));
	p->cells[p->n_cells++] = c;
}

/* A cell that names its revision. */
static void plan_named(struct matrix_plan *p, const struct suite_entry *one, const char *value)
{
	struct cell *c = one->cell;
	const struct scenario *s = c->scenario;
	size_t column = matrix_columns_find(p->base.pool, p->revisions, p->n_revisions, c->modem.profile), row;
	const char *id = one->left_out ? NULL : c->id;

	if (column == p->n_revisions) {
		p->elsewhere += !one->left_out;
		return;
	}
	row = grid_row(p->grid, s->file, s->name, s->summary, without(p->base.pool, c->id, value));
	if (!grid_plan(p->grid, row, column, id))
		grid_plan(p->grid, grid_row(p->grid, s->file, s->name, s->summary, c->id), column, id);
	if (id)
		add_cell(p, c);
}

/* The cell of a suite that was loaded with a revision becomes one of its own, which still knows whom it was made of. */
static void turn(struct matrix_plan *p, struct cell *c, const struct matrix_column *r)
{
	struct binding *all = pool_alloc(p->base.pool, (c->n_matrix + 1) * sizeof(*all));
	struct buf flag;

	buf_init(&flag, 4096);
	buf_addf(&flag, "--profile %s", r->given);
	for (size_t i = 0; i < c->n_matrix; i++)
		all[i] = c->matrix[i];
	all[c->n_matrix] = (struct binding){ "profile", r->alias };
	c->matrix = all;
	c->n_matrix++;
	c->origin = c->id;
	c->id = with(p->base.pool, c->origin, r->alias);
	c->rerun = pool_strdup(p->base.pool, buf_str(&flag));
	buf_free(&flag);
}

static void plan_everywhere(struct matrix_plan *p, size_t entry)
{
	const struct suite_entry *one = &p->base.entries[entry];
	const struct scenario *s = one->cell->scenario;
	size_t row = grid_row(p->grid, s->file, s->name, s->summary, one->cell->id);

	for (size_t i = 0; i < p->n_revisions; i++) {
		struct cell *c = p->suites[i].entries[entry].cell;

		if (!one->left_out)
			turn(p, c, &p->revisions[i]);
		grid_plan(p->grid, row, i, one->left_out ? NULL : c->id);
		if (!one->left_out)
			add_cell(p, c);
	}
}

static int load_suites(struct matrix_plan *p, const struct options *o, struct err *e)
{
	struct options with_profile = *o;
	int err = suite_load(&p->base, o);

	if (!err)
		err = suite_select(&p->base, o, e);
	p->suites = err ? NULL : calloc(p->n_revisions, sizeof(*p->suites));
	for (size_t i = 0; p->suites && !err && i < p->n_revisions; i++) {
		with_profile.run.profile = p->revisions[i].given;
		err = suite_load(&p->suites[i], &with_profile);
		if (err && p->suites[i].errors.n)
			err_set(e, err, "%s", p->suites[i].errors.items[0]);
		else if (p->suites[i].n_entries != p->base.n_entries)
			err = err_set(e, -EINVAL, "%s makes other cells of these files", p->revisions[i].given);
	}
	return err;
}

int matrix_plan_make(struct matrix_plan *p, const struct options *o, const struct strings *profiles, struct err *e)
{
	struct grid_column *columns;

	*p = (struct matrix_plan){ .revision_pool = pool_new() };
	if (matrix_columns_load(p->revision_pool, profiles, &p->revisions, &p->n_revisions, e) || load_suites(p, o, e))
		return -EINVAL;
	columns = pool_alloc(p->revision_pool, (p->n_revisions + 1) * sizeof(*columns));
	for (size_t i = 0; i < p->n_revisions; i++)
		columns[i] = p->revisions[i].column;
	p->grid = grid_new(columns, p->n_revisions);
	for (size_t i = 0; p->grid && i < p->base.n_entries; i++) {
		const struct binding *variable = revision_variable(p->base.entries[i].cell);

		if (variable)
			plan_named(p, &p->base.entries[i], variable->value);
		else
			plan_everywhere(p, i);
	}
	return p->grid ? 0 : err_set(e, -ENOMEM, "out of memory");
}

void matrix_plan_free(struct matrix_plan *p)
{
	grid_free(p->grid);
	for (size_t i = 0; p->suites && i < p->n_revisions; i++) {
		if (p->suites[i].pool)
			suite_free(&p->suites[i]);
	}
	free(p->suites);
	if (p->base.pool)
		suite_free(&p->base);
	pool_free(p->revision_pool);
}
