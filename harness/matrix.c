/*
 * One file, many cells: rows ("these and only these") times axes (which multiply), less what exclude: names. The id
 * of a cell is made of its variables, without those that only say what is expected, so that it survives a change of
 * the expectation.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/scenario_keys.h"
#include "harness/scenario_load.h"

enum { CELLS_MAX = 20000, ID_VALUE_MAX = 48 };

/* Combinations so far; each axis multiplies them. */
struct set {
	struct combination *items;
	size_t n;
};

static int check_unique(struct reader *r, const struct combination *c, const struct yml_node *key)
{
	for (size_t i = 0; i < c->n; i++) {
		if (!strcmp(c->bindings[i].name, yml_str(key)))
			return yml_error(key, r->e, "variable '%s' is in the rows and an axis", yml_str(key));
	}
	return check_variable(r, key);
}

static int bind(struct reader *r, struct combination *c, const struct yml_node *key, const struct yml_node *value)
{
	const char *text = read_template(r, value);
	struct binding *b;

	if (!text || check_unique(r, c, key))
		return -EINVAL;
	b = pool_alloc(r->pool, (c->n + 1) * sizeof(*b));
	if (c->n)
		memcpy(b, c->bindings, c->n * sizeof(*b));
	b[c->n] = (struct binding){ .name = yml_str(key), .value = text };
	c->bindings = b;
	c->n++;
	return 0;
}

static int multiply(struct reader *r, struct set *set, const struct yml_node *key, const struct yml_node *values)
{
	size_t size = yml_size(values), n = 0;
	struct combination *items;

	if (yml_want(values, YML_SEQ, r->e))
		return -EINVAL;
	if (!size)
		return yml_error(values, r->e, "must have at least 1 entry");
	if (size * set->n > CELLS_MAX)
		return yml_error(key, r->e, "more than %d cells", CELLS_MAX);
	items = pool_alloc(r->pool, size * set->n * sizeof(*items));
	for (size_t i = 0; i < set->n; i++) {
		for (size_t k = 0; k < size; k++, n++) {
			items[n] = set->items[i];
			if (bind(r, &items[n], key, yml_at(values, k)))
				return -EINVAL;
		}
	}
	set->items = items;
	set->n = n;
	return 0;
}

/* Every row has the keys of the first, or a cell would meet a variable without a value. */
static int check_row(struct reader *r, const struct yml_node *first, const struct yml_node *row)
{
	if (yml_want(row, YML_MAP, r->e))
		return -EINVAL;
	if (!yml_size(row))
		return yml_error(row, r->e, "must have at least 1 entry");
	for (size_t i = 0; i < yml_size(first); i++) {
		if (!yml_get(row, yml_str(yml_key(first, i))))
			return yml_error(row, r->e, "this row lacks '%s', which the first row has",
					 yml_str(yml_key(first, i)));
	}
	for (size_t i = 0; i < yml_size(row); i++) {
		if (!yml_get(first, yml_str(yml_key(row, i))))
			return yml_error(yml_key(row, i), r->e, "the first row has no '%s'", yml_str(yml_key(row, i)));
	}
	return 0;
}

static int add_rows(struct reader *r, struct set *set, const struct yml_node *rows)
{
	if (yml_want(rows, YML_SEQ, r->e))
		return -EINVAL;
	if (!yml_size(rows))
		return yml_error(rows, r->e, "must have at least 1 entry");
	set->items = pool_alloc(r->pool, yml_size(rows) * sizeof(*set->items));
	set->n = yml_size(rows);
	for (size_t i = 0; i < set->n; i++) {
		const struct yml_node *row = yml_at(rows, i);

		if (check_row(r, yml_at(rows, 0), row))
			return -EINVAL;
		set->items[i].node = row;
		for (size_t k = 0; k < yml_size(row); k++) {
			if (bind(r, &set->items[i], yml_key(row, k), yml_at(row, k)))
				return -EINVAL;
		}
	}
	return 0;
}

static int multiply_all(struct reader *r, struct set *set, const struct yml_node *matrix)
{
	const struct yml_node *rows = yml_get(matrix, "rows");

	if (yml_want(matrix, YML_MAP, r->e))
		return -EINVAL;
	if (!yml_size(matrix))
		return yml_error(matrix, r->e, "must have at least 1 entry");
	if (rows && add_rows(r, set, rows))
		return -EINVAL;
	for (size_t i = 0; i < yml_size(matrix); i++) {
		if (yml_at(matrix, i) != rows && multiply(r, set, yml_key(matrix, i), yml_at(matrix, i)))
			return -EINVAL;
	}
	return 0;
}

/* --- ids ----------------------------------------------------------------------------------------------------- */

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static bool is_expectation(const char *name)
{
	return !strcmp(name, "result") || starts_with(name, "expect") || starts_with(name, "want");
}

static bool is_bare(const char *name)
{
	return !strcmp(name, "firmware") || !strcmp(name, "profile") || !strcmp(name, "id");
}

void cell_id_value(struct buf *b, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-:@%";

	for (size_t i = 0; value[i] && i < ID_VALUE_MAX; i++)
		buf_addc(b, strchr(plain, value[i]) ? value[i] : '-');
}

static void add_part(struct buf *b, const struct binding *v, bool first)
{
	if (!first)
		buf_addc(b, ',');
	if (!is_bare(v->name))
		buf_addf(b, "%s=", v->name);
	cell_id_value(b, v->value);
}

/* A variable called id speaks for its whole row: what else the row has is not in the cell's id. */
static bool in_id(const struct combination *c, size_t i)
{
	const char *name = c->bindings[i].name;
	bool of_row = c->node && yml_get(c->node, name);

	if (of_row && yml_get(c->node, "id"))
		return !strcmp(name, "id");
	return !is_expectation(name);
}

static const char *cell_id(struct reader *r, const struct combination *c)
{
	bool first = true;
	struct buf b;
	char *id;

	buf_init(&b, 4096);
	buf_adds(&b, r->scenario->name);
	for (size_t i = 0; i < c->n; i++) {
		if (!in_id(c, i))
			continue;
		if (first)
			buf_addc(&b, '[');
		add_part(&b, &c->bindings[i], first);
		first = false;
	}
	if (!first)
		buf_addc(&b, ']');
	id = pool_strdup(r->pool, buf_str(&b));
	buf_free(&b);
	return id;
}

static int give_ids(struct reader *r, const struct yml_node *matrix, struct set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		set->items[i].id = cell_id(r, &set->items[i]);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(set->items[k].id, set->items[i].id))
				continue;
			return yml_error(set->items[i].node ? set->items[i].node : matrix, r->e,
					 "two cells would be called %s: give the rows an 'id'", set->items[i].id);
		}
	}
	return 0;
}

/* --- exclude ------------------------------------------------------------------------------------------------- */

static int is_excluded(struct reader *r, const struct yml_node *exclude, const struct combination *c, bool *out)
{
	const struct scope scope = { .bindings = c->bindings, .n = c->n, .up = r->scope }, *outer = r->scope;
	bool holds = false;
	int err = 0;

	*out = false;
	r->scope = &scope;
	for (size_t i = 0; !err && i < yml_size(exclude); i++) {
		err = read_when(r, yml_at(exclude, i), &holds);
		*out |= holds;
	}
	r->scope = outer;
	return err;
}

static int drop_excluded(struct reader *r, const struct yml_node *exclude, struct set *set)
{
	size_t kept = 0;
	bool out;

	if (yml_want(exclude, YML_SEQ, r->e))
		return -EINVAL;
	for (size_t i = 0; i < set->n; i++) {
		if (is_excluded(r, exclude, &set->items[i], &out))
			return -EINVAL;
		if (!out)
			set->items[kept++] = set->items[i];
	}
	set->n = kept;
	return kept ? 0 : yml_error(exclude, r->e, "no cell is left");
}

int matrix_expand(struct reader *r, const struct yml_node *matrix, const struct yml_node *exclude,
		  struct combination **out, size_t *n)
{
	struct set set = { .n = 1 };

	set.items = pool_alloc(r->pool, sizeof(*set.items));
	if (exclude && !matrix)
		return yml_error(exclude, r->e, "'exclude' needs 'matrix' beside it");
	if (matrix && multiply_all(r, &set, matrix))
		return -EINVAL;
	if (exclude && drop_excluded(r, exclude, &set))
		return -EINVAL;
	if (give_ids(r, matrix, &set))
		return -EINVAL;
	*out = set.items;
	*n = set.n;
	return 0;
}

/* --- vars ---------------------------------------------------------------------------------------------------- */

static const char *first_match(struct reader *r, const struct yml_node *list)
{
	static const char *const keys[] = { "when", "value", NULL };
	const char *found = NULL;

	for (size_t i = 0; i < yml_size(list); i++) {
		const struct yml_node *entry = yml_at(list, i);
		const char *value;
		bool holds = true;

		if (yml_check_keys(entry, keys, r->e))
			return NULL;
		if (!yml_get(entry, "value")) {
			yml_error(entry, r->e, "key 'value' is missing");
			return NULL;
		}
		if (yml_get(entry, "when") && read_when(r, yml_get(entry, "when"), &holds))
			return NULL;
		value = read_template(r, yml_get(entry, "value"));
		if (!value)
			return NULL;
		if (holds && !found)
			found = value;
	}
	if (!found)
		yml_error(list, r->e, "no entry holds for cell %s (end the list with a plain {value: ...})",
			  scope_find(r->scope, "cell"));
	return found;
}

static const char *var_value(struct reader *r, const struct yml_node *n)
{
	if (yml_kind(n) == YML_SEQ)
		return first_match(r, n);
	return read_template(r, n);
}

static int add_var(struct reader *r, const struct yml_node *key, const struct yml_node *value, struct binding *b)
{
	const char *name = yml_str(key);
	const struct scope *given = r->scope;
	const char *over = NULL;

	if (check_variable(r, key))
		return -EINVAL;
	b->value = var_value(r, value);
	if (!b->value)
		return -EINVAL;
	/* the outermost scope is hil's own and the command line's */
	while (given->up)
		given = given->up;
	over = scope_find(given, name);
	if (!over && scope_find(r->scope, name))
		return yml_error(key, r->e, "'%s' is a variable of the matrix", name);
	b->name = name;
	if (over)
		b->value = over;
	return 0;
}

int matrix_vars(struct reader *r, const struct yml_node *vars, struct binding **out, size_t *n)
{
	struct scope scope = { .up = r->scope };
	const struct scope *outer = r->scope;
	struct binding *b = pool_alloc(r->pool, (yml_size(vars) + 1) * sizeof(*b));
	int err = yml_want(vars, YML_MAP, r->e);

	scope.bindings = b;
	for (size_t i = 0; !err && i < yml_size(vars); i++) {
		r->scope = &scope;
		err = add_var(r, yml_key(vars, i), yml_at(vars, i), &b[i]);
		r->scope = outer;
		scope.n = i + 1;
	}
	*out = b;
	*n = scope.n;
	return err;
}
