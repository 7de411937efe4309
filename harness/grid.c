/* Rows and places are found by hash (jansson's objects); what a place says is worked out here for all its writers. */
#include "harness/grid.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/codes.h"

enum { KEY_MAX = 1 << 16, PARTS_MAX = 32 };

const char *grid_change_name(enum grid_change c)
{
	static const char *const names[CHANGE_COUNT] = { "", "broken", "fixed", "changed", "new" };

	return names[c];
}

struct grid *grid_new(const struct grid_column *columns, size_t n)
{
	struct grid *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->pool = pool_new();
	t->columns = pool_alloc(t->pool, (n + 1) * sizeof(*columns));
	memcpy(t->columns, columns, n * sizeof(*columns));
	t->n_columns = n;
	t->by_id = json_object();
	t->by_name = json_object();
	return t;
}

void grid_free(struct grid *t)
{
	if (!t)
		return;
	for (size_t r = 0; r < t->n_rows; r++) {
		for (size_t c = 0; c < t->n_columns; c++)
			json_decref(t->rows[r].places[c].end);
	}
	json_decref(t->by_id);
	json_decref(t->by_name);
	pool_free(t->pool);
	free(t);
}

static void add_key(struct buf *out, const char *file, const char *id)
{
	buf_init(out, KEY_MAX);
	buf_addf(out, "%s::%s", file, id);
}

static size_t new_row(struct grid *t, const struct grid_row *row)
{
	t->rows = pool_grow(t->pool, t->rows, t->n_rows, sizeof(*t->rows));
	t->rows[t->n_rows] = (struct grid_row){
		pool_strdup(t->pool, row->file), pool_strdup(t->pool, row->scenario), pool_strdup(t->pool, row->summary),
		pool_strdup(t->pool, row->name), "", pool_alloc(t->pool, (t->n_columns + 1) * sizeof(struct grid_place)),
	};
	return t->n_rows++;
}

size_t grid_row(struct grid *t, const char *file, const char *scenario, const char *summary, const char *name)
{
	const struct grid_row row = { .file = file, .scenario = scenario, .summary = summary, .name = name };
	const json_t *known;
	struct buf key;
	size_t r;

	add_key(&key, file, name);
	known = json_object_get(t->by_name, buf_str(&key));
	r = known ? (size_t)json_integer_value(known) : new_row(t, &row);
	if (!known)
		json_object_set_new(t->by_name, buf_str(&key), json_integer((json_int_t)r));
	buf_free(&key);
	return r;
}

bool grid_plan(struct grid *t, size_t row, size_t column, const char *id)
{
	struct grid_place *p = &t->rows[row].places[column];
	struct buf key;

	if (p->state != GRID_NONE)
		return false;
	p->state = id ? GRID_WAITING : GRID_LEFT_OUT;
	if (!id)
		return true;
	p->number = t->n_places++;
	add_key(&key, t->rows[row].file, id);
	json_object_set_new(t->by_id, buf_str(&key), json_pack("[I, I]", (json_int_t)row, (json_int_t)column));
	buf_free(&key);
	return true;
}

struct grid_place *grid_find(const struct grid *t, const char *file, const char *id, size_t *row, size_t *column)
{
	const json_t *at;
	struct buf key;
	size_t r, c;

	add_key(&key, file, id);
	at = json_object_get(t->by_id, buf_str(&key));
	buf_free(&key);
	if (!at)
		return NULL;
	r = (size_t)json_integer_value(json_array_get(at, 0));
	c = (size_t)json_integer_value(json_array_get(at, 1));
	if (row)
		*row = r;
	if (column)
		*column = c;
	return &t->rows[r].places[c];
}

struct grid_place *grid_take(struct grid *t, const struct report_cell *c, const char *codes)
{
	struct grid_place *p = grid_find(t, c->file, c->cell, NULL, NULL);

	if (!p)
		return NULL;
	p->state = GRID_RUN;
	p->outcome = c->outcome;
	p->codes = pool_strdup(t->pool, codes);
	json_decref(p->end);
	p->end = json_incref(c->json);
	return p;
}

void grid_said(const struct grid_place *p, struct buf *out)
{
	const char *name;
	json_t *value;

	buf_adds(out, outcome_name(p->outcome));
	if (*p->codes)
		buf_addf(out, " %s", p->codes);
	json_object_foreach(json_object_get(p->end, "saved"), name, value)
		buf_addf(out, " %s=%s", name, json_string_value(value));
}

struct grid_counts grid_count(const struct grid *t)
{
	struct grid_counts n = { 0 };

	for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
		const struct grid_place *p = &t->rows[i / t->n_columns].places[i % t->n_columns];

		if (p->state != GRID_RUN)
			continue;
		n.run++;
		n.bad += outcome_is_bad(p->outcome);
		n.skipped += p->outcome == OUTCOME_SKIP;
		n.change[p->change]++;
	}
	return n;
}

/* --- texts of places and rows ---------------------------------------------------------------------------------- */

void grid_word(const struct grid_place *p, struct buf *out)
{
	static const char *const words[OUTCOME_COUNT] = { "ok", "FAIL", "ERR", "skip", "xfail", "XPASS" };
	static const char marks[CHANGE_COUNT] = { ' ', '!', '+', '~', '*' };

	if (p->state != GRID_RUN) {
		buf_adds(out, p->state == GRID_WAITING ? "?" : "-");
		return;
	}
	buf_adds(out, words[p->outcome]);
	if (*p->codes)
		buf_addf(out, " %s", codes_last(p->codes));
	if (p->change)
		buf_addc(out, marks[p->change]);
}

/* --- labels ------------------------------------------------------------------------------------------------------ */

size_t grid_group(const struct grid *t, size_t first)
{
	size_t n = 1;

	while (first + n < t->n_rows && !strcmp(t->rows[first].scenario, t->rows[first + n].scenario) &&
	       !strcmp(t->rows[first].file, t->rows[first + n].file))
		n++;
	return n;
}

/* Of "t[a=1,b=2]" the variables whose bits are set, with commas between. */
static void chosen_parts(const char *name, uint64_t parts, struct buf *out)
{
	const char *s = strchr(name, '[');
	size_t n;

	for (unsigned i = 0; s && *s && *s != ']' && i < PARTS_MAX; i++, s += n + 1) {
		n = strcspn(s + 1, ",]");
		if (!(parts >> i & 1))
			continue;
		if (out->len)
			buf_addc(out, ',');
		buf_add(out, s + 1, n);
	}
}

/* Whether these variables tell the group's rows apart. */
static bool are_apart(const struct grid *t, size_t first, size_t n, uint64_t parts)
{
	json_t *seen = json_object();
	struct buf label;
	bool apart = true;

	buf_init(&label, KEY_MAX);
	for (size_t r = first; apart && r < first + n; r++) {
		buf_reset(&label);
		chosen_parts(t->rows[r].name, parts, &label);
		apart = !json_object_get(seen, buf_str(&label));
		json_object_set_new(seen, buf_str(&label), json_true());
	}
	buf_free(&label);
	json_decref(seen);
	return apart;
}

/* What is said last goes first: the first variables of a matrix are what a scenario is about. */
static uint64_t telling_parts(const struct grid *t, size_t first, size_t n)
{
	uint64_t parts = ~(uint64_t)0;

	for (unsigned i = PARTS_MAX; i-- > 0;) {
		uint64_t without = parts & ~((uint64_t)1 << i);

		if (are_apart(t, first, n, without))
			parts = without;
	}
	return parts;
}

void grid_labels(struct grid *t)
{
	struct buf label;

	buf_init(&label, KEY_MAX);
	for (size_t first = 0, n; first < t->n_rows; first += n) {
		uint64_t parts;

		n = grid_group(t, first);
		parts = n > 1 ? telling_parts(t, first, n) : 0;
		for (size_t r = first; r < first + n; r++) {
			buf_reset(&label);
			chosen_parts(t->rows[r].name, parts, &label);
			t->rows[r].label = pool_strdup(t->pool, buf_str(&label));
		}
	}
	buf_free(&label);
}
