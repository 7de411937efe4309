/* The file is read with its places checked and kept as nested objects: file, row, revision, text. */
#include "harness/baseline.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/yml.h"
#include "harness/wire/wire_json.h"

enum { SCHEMA = 1, SAID_MAX = 1 << 16 };

struct baseline {
	uint64_t seed;
	json_t *files;
};

/* --- reading --------------------------------------------------------------------------------------------------- */

static enum outcome outcome_of(const char *said)
{
	char word[8];
	size_t n = strcspn(said, " ");

	if (n >= sizeof(word))
		return OUTCOME_COUNT;
	memcpy(word, said, n);
	word[n] = '\0';
	return outcome_from_name(word);
}

static int read_row(const struct yml_node *n, json_t *row, struct err *e)
{
	int err = yml_want(n, YML_MAP, e);

	for (size_t i = 0; !err && i < yml_size(n); i++) {
		const struct yml_node *value = yml_at(n, i);

		err = yml_want(value, YML_SCALAR, e);
		if (!err && outcome_of(yml_str(value)) == OUTCOME_COUNT)
			err = yml_error(value, e, "'%s' does not begin with an outcome (pass, fail, error, skip, xfail, xpass)",
					yml_str(value));
		if (!err)
			json_object_set_new(row, yml_str(yml_key(n, i)), json_string(yml_str(value)));
	}
	return err;
}

static int read_file(const struct yml_node *n, json_t *file, struct err *e)
{
	int err = yml_want(n, YML_MAP, e);

	for (size_t i = 0; !err && i < yml_size(n); i++) {
		json_t *row = json_object();

		json_object_set_new(file, yml_str(yml_key(n, i)), row);
		err = read_row(yml_at(n, i), row, e);
	}
	return err;
}

static int read_head(struct baseline *b, const struct yml_node *root, struct err *e)
{
	static const char *const keys[] = { "schema", "seed", "cells", NULL };
	const struct yml_node *schema = yml_get(root, "schema"), *seed = yml_get(root, "seed");
	long long number = 0;

	if (yml_want(root, YML_MAP, e))
		return -EINVAL;
	if (!schema)
		return yml_error(root, e, "'schema: %d' is missing", SCHEMA);
	if (yml_num(schema, 1, 1000000, &number, e))
		return -EINVAL;
	if (number > SCHEMA)
		return yml_error(schema, e, "schema %lld needs a newer hil", number);
	if (yml_check_keys(root, keys, e))
		return -EINVAL;
	if (!seed)
		return yml_error(root, e, "'seed' is missing");
	if (yml_num(seed, 0, INT64_MAX, &number, e))
		return -EINVAL;
	b->seed = (uint64_t)number;
	return 0;
}

static int read_all(struct baseline *b, const struct yml_node *root, struct err *e)
{
	const struct yml_node *cells = yml_get(root, "cells");
	int err = read_head(b, root, e);

	if (!err && cells)
		err = yml_want(cells, YML_MAP, e);
	for (size_t i = 0; !err && cells && i < yml_size(cells); i++) {
		json_t *file = json_object();

		json_object_set_new(b->files, yml_str(yml_key(cells, i)), file);
		err = read_file(yml_at(cells, i), file, e);
	}
	return err;
}

/* Takes y over. */
static struct baseline *read_yml(struct yml *y, struct err *e)
{
	struct baseline *b = y ? calloc(1, sizeof(*b)) : NULL;

	if (b) {
		b->files = json_object();
		if (read_all(b, yml_root(y), e)) {
			baseline_free(b);
			b = NULL;
		}
	}
	yml_free(y);
	return b;
}

struct baseline *baseline_load(const char *path, struct err *e)
{
	return read_yml(yml_load_file(path, e), e);
}

struct baseline *baseline_load_text(const char *name, const char *text, size_t len, struct err *e)
{
	return read_yml(yml_load_text(name, text, len, e), e);
}

void baseline_free(struct baseline *b)
{
	if (!b)
		return;
	json_decref(b->files);
	free(b);
}

uint64_t baseline_seed(const struct baseline *b)
{
	return b->seed;
}

/* --- judging --------------------------------------------------------------------------------------------------- */

static const char *entry(const struct baseline *b, const char *file, const char *row, const char *revision)
{
	const json_t *rows = json_object_get(b->files, file);

	return json_string_value(json_object_get(json_object_get(rows, row), revision));
}

static enum grid_change change_of(const char *was, const char *is)
{
	bool was_bad = outcome_is_bad(outcome_of(was)), is_bad = outcome_is_bad(outcome_of(is));

	if (!strcmp(was, is))
		return CHANGE_NONE;
	if (was_bad != is_bad)
		return is_bad ? CHANGE_BROKEN : CHANGE_FIXED;
	return CHANGE_DIFFERENT;
}

void baseline_judge(const struct baseline *b, const struct grid *t, size_t row, size_t column)
{
	const struct grid_row *r = &t->rows[row];
	struct grid_place *p = &r->places[column];
	struct buf is;

	buf_init(&is, SAID_MAX);
	grid_said(p, &is);
	p->was = entry(b, r->file, r->name, t->columns[column].name);
	p->change = p->was ? change_of(p->was, buf_str(&is)) : CHANGE_NEW;
	buf_free(&is);
}

/* --- what is gone ---------------------------------------------------------------------------------------------- */

/* "scenarios", "scenarios/" and "scenarios/a.yaml::cell" all lead to scenarios/a.yaml. */
static bool leads_to(const char *path, const char *file)
{
	const char *colons = strstr(path, "::");
	size_t n = colons ? (size_t)(colons - path) : strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n == 1 && *path == '.')
		return file[0] != '/';
	return !strncmp(path, file, n) && (!file[n] || file[n] == '/');
}

static bool is_asked(const char *const *paths, size_t n, const char *file)
{
	for (size_t i = 0; i < n; i++) {
		if (leads_to(paths[i], file))
			return true;
	}
	return false;
}

static size_t column_of(const struct grid *t, const char *revision)
{
	size_t c = 0;

	while (c < t->n_columns && strcmp(t->columns[c].name, revision))
		c++;
	return c;
}

static const struct grid_row *find_row(const struct grid *t, const char *file, const char *name)
{
	for (size_t r = 0; r < t->n_rows; r++) {
		if (!strcmp(t->rows[r].name, name) && !strcmp(t->rows[r].file, file))
			return &t->rows[r];
	}
	return NULL;
}

static bool is_gone(const struct grid *t, const struct grid_row *row, const char *revision)
{
	size_t c = column_of(t, revision);

	return c < t->n_columns && (!row || row->places[c].state == GRID_NONE);
}

void baseline_each_gone(const struct baseline *b, const struct grid *t, const char *const *paths, size_t n,
			void (*found)(const struct baseline_gone *g, void *ctx), void *ctx)
{
	const char *file, *name, *revision;
	json_t *rows, *places, *was;

	json_object_foreach(b->files, file, rows) {
		if (!is_asked(paths, n, file))
			continue;
		json_object_foreach(rows, name, places) {
			const struct grid_row *row = find_row(t, file, name);

			json_object_foreach(places, revision, was) {
				const struct baseline_gone g = { file, name, revision, json_string_value(was) };

				if (is_gone(t, row, revision))
					found(&g, ctx);
			}
		}
	}
}

/* --- writing --------------------------------------------------------------------------------------------------- */

static json_t *child(json_t *parent, const char *key)
{
	json_t *j = json_object_get(parent, key);

	if (j)
		return j;
	j = json_object();
	json_object_set_new(parent, key, j);
	return j;
}

/* What is kept of an old row: all that this run has no word on. */
static void keep_old(const struct baseline *old, const struct grid *t, const struct grid_row *row, json_t *into)
{
	const json_t *rows = old ? json_object_get(old->files, row->file) : NULL;
	const char *revision;
	json_t *was;

	json_object_foreach(json_object_get(rows, row->name), revision, was) {
		size_t c = column_of(t, revision);

		if (c == t->n_columns || row->places[c].state == GRID_LEFT_OUT || row->places[c].state == GRID_WAITING)
			json_object_set(into, revision, was);
	}
}

static void add_run(const struct grid *t, const struct grid_row *row, json_t *into)
{
	struct buf said;

	buf_init(&said, SAID_MAX);
	for (size_t c = 0; c < t->n_columns; c++) {
		if (row->places[c].state != GRID_RUN)
			continue;
		buf_reset(&said);
		grid_said(&row->places[c], &said);
		json_object_set_new(into, t->columns[c].name, json_string(buf_str(&said)));
	}
	buf_free(&said);
}

static json_t *merged(const struct baseline *old, const struct grid *t, const char *const *paths, size_t n)
{
	json_t *files = json_object(), *rows;
	const char *file;

	for (size_t r = 0; r < t->n_rows; r++) {
		json_t *row = json_object();

		keep_old(old, t, &t->rows[r], row);
		add_run(t, &t->rows[r], row);
		if (json_object_size(row))
			json_object_set(child(files, t->rows[r].file), t->rows[r].name, row);
		json_decref(row);
	}
	json_object_foreach(old ? old->files : NULL, file, rows) {
		if (!is_asked(paths, n, file))
			json_object_set(files, file, rows);
	}
	return files;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of an object in order; freed by the caller. */
static const char **sorted_keys(json_t *j)
{
	const char **keys = calloc(json_object_size(j) + 1, sizeof(*keys)), *key;
	size_t n = 0;
	json_t *value;

	if (!keys)
		return NULL;
	json_object_foreach(j, key, value)
		keys[n++] = key;
	qsort(keys, n, sizeof(*keys), by_text);
	return keys;
}

static void quoted(struct buf *out, int indent, const char *text)
{
	buf_addf(out, "%*s\"", indent, "");
	wire_json_text(out, text, strlen(text));
	buf_addc(out, '"');
}

static void write_row(struct buf *out, const char *name, json_t *row)
{
	const char **revisions = sorted_keys(row);

	quoted(out, 4, name);
	buf_adds(out, ":\n");
	for (size_t i = 0; revisions && revisions[i]; i++) {
		quoted(out, 6, revisions[i]);
		buf_adds(out, ": ");
		quoted(out, 0, json_string_value(json_object_get(row, revisions[i])));
		buf_addc(out, '\n');
	}
	free(revisions);
}

void baseline_write(struct buf *out, const struct baseline *old, const struct grid *t, const char *const *paths,
		    size_t n, uint64_t seed)
{
	json_t *files = merged(old, t, paths, n), *row;
	const char **names = sorted_keys(files), *name;

	buf_adds(out, "# What `hil matrix` found and somebody has looked at. `hil matrix ... --update-baseline` writes it anew.\n");
	buf_addf(out, "schema: %d\nseed: %" PRIu64 "\ncells:%s\n", SCHEMA, seed, json_object_size(files) ? "" : " {}");
	for (size_t i = 0; names && names[i]; i++) {
		quoted(out, 2, names[i]);
		buf_adds(out, ":\n");
		json_object_foreach(json_object_get(files, names[i]), name, row)
			write_row(out, name, row);
	}
	free(names);
	json_decref(files);
}
