/*
 * Walks the tables over YAML nodes: scalars with their variables put in, typed and stored. Knows no key by name;
 * scenario_table.c has the keys, scenario_keys.c says which may stand together.
 */
#include "harness/scenario_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "harness/scenario_keys.h"

/* A value to store: where, by which row, from which node. */
struct slot {
	const struct field *f;
	const struct yml_node *n;
	char *obj;
};

static void *slot_at(const struct slot *s)
{
	return s->obj + s->f->at;
}

static size_t *slot_count(const struct slot *s)
{
	return (size_t *)(void *)(s->obj + s->f->at_n);
}

struct place place_of(const struct reader *r, const struct yml_node *n)
{
	const struct source *s = r->sources;

	while (s && strcmp(s->name, yml_name(n)))
		s = s->next;
	return (struct place){ .file = s ? s->name : "", .line = yml_line(n), .column = yml_column(n), .source = s };
}

/* --- scalars ------------------------------------------------------------------------------------------------- */

/* The text of a scalar that may not be empty, variables put in. */
static const char *read_text(struct reader *r, const struct yml_node *n)
{
	const char *text = read_template(r, n);

	if (text && !*text) {
		yml_error(n, r->e, "must not be empty");
		return NULL;
	}
	return text;
}

/*
 * The text of a scalar that becomes a number, word or the like. NULL with *err 0: a parameter without a value yet, so
 * that there is nothing to store.
 */
static const char *read_closed(struct reader *r, const struct yml_node *n, int *err)
{
	const char *text = read_text(r, n);

	*err = text ? 0 : -EINVAL;
	if (!text || !is_open(text))
		return text;
	if (!r->lenient)
		*err = yml_error(n, r->e, "'%s' is only known at run time and cannot be used here", yml_str(n));
	return NULL;
}

static int store_text(struct reader *r, const struct slot *s)
{
	const char *text = read_text(r, s->n);

	if (text && s->f->max && strlen(text) > (size_t)s->f->max)
		return yml_error(s->n, r->e, "must have at most %ld characters", s->f->max);
	*(const char **)slot_at(s) = text;
	return text ? 0 : -EINVAL;
}

static int store_checked(struct reader *r, const struct slot *s)
{
	int err = store_text(r, s);

	if (err)
		return err;
	return check_text(r, s->n, s->f->type, *(const char **)slot_at(s));
}

static int store_name(struct reader *r, const struct slot *s)
{
	int err = check_name(r, s->n, s->f->plain);

	if (!err)
		*(const char **)slot_at(s) = yml_str(s->n);
	return err;
}

static const char *read_path(struct reader *r, const struct yml_node *n)
{
	const char *text = read_text(r, n), *path;

	if (!text || is_open(text) || r->idle)
		return text;
	path = path_beside(r->pool, yml_name(n), text);
	/* in a step list the path may have come with a parameter, from a file in another folder */
	if (access(path, R_OK) && r->depth)
		path = path_beside(r->pool, r->scenario->file, text);
	if (!access(path, R_OK))
		return path;
	yml_error(n, r->e, "cannot read %s: %s", path, strerror(errno));
	return NULL;
}

static int store_path(struct reader *r, const struct slot *s)
{
	const char *path = read_path(r, s->n);

	*(const char **)slot_at(s) = path;
	return path ? 0 : -EINVAL;
}

static int store_bool(struct reader *r, const struct slot *s)
{
	static const char *const words[] = { "false", "true", NULL };
	int err, word;
	const char *text = read_closed(r, s->n, &err);

	if (!text)
		return err;
	word = find_word(words, text);
	if (word < 0)
		return yml_error(s->n, r->e, "'%s' must be true or false", text);
	*(bool *)slot_at(s) = word;
	return 0;
}

static int read_int(struct reader *r, const struct yml_node *n, long min, long max, long *out)
{
	int err;
	const char *text = read_closed(r, n, &err);
	long long v;

	if (!text)
		return err;
	if (str_to_num_any(text, strlen(text), min, max, &v))
		return yml_error(n, r->e, "'%s' must be a number from %ld to %ld", text, min, max);
	*out = (long)v;
	return 0;
}

/* `count` is unsigned in its struct and all others are long; the row's bounds keep both right. */
static int store_int(struct reader *r, const struct slot *s)
{
	long v = 0;
	int err = read_int(r, s->n, s->f->min, s->f->max, &v);

	if (err)
		return err;
	if (s->f->narrow)
		*(unsigned *)slot_at(s) = (unsigned)v;
	else
		*(long *)slot_at(s) = v;
	if (s->f->at_n)
		*(bool *)(s->obj + s->f->at_n) = true;
	return 0;
}

static int store_seed(struct reader *r, const struct slot *s)
{
	long v = 0;
	int err = read_int(r, s->n, 0, INT64_MAX, &v);

	if (!err) {
		*(uint64_t *)slot_at(s) = (uint64_t)v;
		*(bool *)(s->obj + s->f->at_n) = true;
	}
	return err;
}

static int store_chance(struct reader *r, const struct slot *s)
{
	int err;
	const char *text = read_closed(r, s->n, &err);
	char *end;
	double v;

	if (!text)
		return err;
	v = strtod(text, &end);
	if (end == text || *end || !(v > 0 && v <= 1))
		return yml_error(s->n, r->e, "'%s' must be more than 0 and at most 1", text);
	*(double *)slot_at(s) = v;
	return 0;
}

static int store_duration(struct reader *r, const struct slot *s)
{
	int err;
	const char *text = read_closed(r, s->n, &err);
	uint64_t *out = slot_at(s);

	if (!text)
		return err;
	if (str_to_duration_us(text, out))
		return yml_error(s->n, r->e, "'%s' must be a number with a unit: 250ms, 5s, 2m, 1h", text);
	return *out ? 0 : yml_error(s->n, r->e, "must be longer than nothing");
}

static int read_word(struct reader *r, const struct yml_node *n, const char *const words[], int *out)
{
	int err, word;
	const char *text = read_closed(r, n, &err);

	if (!text)
		return err;
	word = find_word(words, text);
	if (word < 0)
		return unknown_error(r, n, "value", text, words);
	*out = word;
	return 0;
}

static int store_word(struct reader *r, const struct slot *s)
{
	int word = 0, err = read_word(r, s->n, s->f->words, &word);

	if (err)
		return err;
	if (s->f->type == FIELD_SWITCH)
		*(bool *)slot_at(s) = word;
	else
		*(int *)slot_at(s) = word;
	return 0;
}

/* --- lists of scalars ---------------------------------------------------------------------------------------- */

static int want_list(struct reader *r, const struct yml_node *n, size_t min)
{
	if (yml_want(n, YML_SEQ, r->e))
		return -EINVAL;
	return yml_size(n) >= min ? 0 : yml_error(n, r->e, "must have at least %zu entr%s", min, min == 1 ? "y" : "ies");
}

static int store_bits(struct reader *r, const struct slot *s)
{
	unsigned bits = 0;
	int word = 0;

	if (want_list(r, s->n, 1))
		return -EINVAL;
	for (size_t i = 0; i < yml_size(s->n); i++) {
		if (read_word(r, yml_at(s->n, i), s->f->words, &word))
			return -EINVAL;
		if (bits & 1u << word)
			return yml_error(yml_at(s->n, i), r->e, "'%s' is given twice", s->f->words[word]);
		bits |= 1u << word;
	}
	*(unsigned *)slot_at(s) = bits;
	return 0;
}

static int store_texts(struct reader *r, const struct slot *s)
{
	bool single = s->f->type == FIELD_ONE_OR_TEXTS && yml_kind(s->n) == YML_SCALAR;
	size_t size = single ? 1 : yml_size(s->n);
	const char **texts = pool_alloc(r->pool, (size + 1) * sizeof(char *));

	if (!single && want_list(r, s->n, 1))
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		if (s->f->type == FIELD_NAMES && check_name(r, yml_at(s->n, i), false))
			return -EINVAL;
		texts[i] = read_template(r, single ? s->n : yml_at(s->n, i));
		if (!texts[i])
			return -EINVAL;
	}
	*(const char ***)slot_at(s) = texts;
	*slot_count(s) = size;
	return 0;
}

static int store_paths(struct reader *r, const struct slot *s)
{
	bool single = yml_kind(s->n) == YML_SCALAR;
	size_t size = single ? 1 : yml_size(s->n);
	const char **paths = pool_alloc(r->pool, (size + 1) * sizeof(char *));

	if (!single && want_list(r, s->n, 1))
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		paths[i] = read_path(r, single ? s->n : yml_at(s->n, i));
		if (!paths[i])
			return -EINVAL;
	}
	*(const char ***)slot_at(s) = paths;
	*slot_count(s) = size;
	return 0;
}

static const char *read_quirk(struct reader *r, const struct yml_node *n, size_t i)
{
	const struct yml_node *key = yml_key(n, i);
	const char *value = read_text(r, yml_at(n, i));
	struct buf b;

	if (!value)
		return NULL;
	if (!key && !strchr(value, '=') && !is_open(value)) {
		yml_error(yml_at(n, i), r->e, "'%s' must be name=value", value);
		return NULL;
	}
	if (!key)
		return value;
	buf_init(&b, 4096);
	buf_addf(&b, "%s=%s", yml_str(key), value);
	value = pool_strdup(r->pool, buf_str(&b));
	buf_free(&b);
	return value;
}

static int store_quirks(struct reader *r, const struct slot *s)
{
	size_t size = yml_size(s->n);
	const char **quirks = pool_alloc(r->pool, (size + 1) * sizeof(char *));

	if (!size)
		return yml_error(s->n, r->e, "must be a mapping of quirks to values");
	for (size_t i = 0; i < size; i++) {
		quirks[i] = read_quirk(r, s->n, i);
		if (!quirks[i])
			return -EINVAL;
	}
	*(const char ***)slot_at(s) = quirks;
	*slot_count(s) = size;
	return 0;
}

static int store_two(struct reader *r, const struct slot *s)
{
	const char **two = slot_at(s);

	if (yml_kind(s->n) != YML_SEQ || yml_size(s->n) != 2)
		return yml_error(s->n, r->e, "must be a list of two values");
	for (size_t i = 0; i < 2; i++) {
		two[i] = read_template(r, yml_at(s->n, i));
		if (!two[i])
			return -EINVAL;
	}
	return 0;
}

static int store_values(struct reader *r, const struct slot *s)
{
	size_t size = yml_size(s->n);
	struct binding *b = pool_alloc(r->pool, (size + 1) * sizeof(*b));

	if (yml_want(s->n, YML_MAP, r->e))
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		b[i].name = yml_str(yml_key(s->n, i));
		b[i].value = read_template(r, yml_at(s->n, i));
		if (!b[i].value)
			return -EINVAL;
	}
	*(struct binding **)slot_at(s) = b;
	*slot_count(s) = size;
	return 0;
}

static int store_saves(struct reader *r, const struct slot *s)
{
	size_t size = yml_size(s->n);
	struct save *saves = pool_alloc(r->pool, (size + 1) * sizeof(*saves));
	long group = 0;

	if (yml_want(s->n, YML_MAP, r->e))
		return -EINVAL;
	if (!size)
		return yml_error(s->n, r->e, "must have at least 1 entry");
	for (size_t i = 0; i < size; i++) {
		const struct yml_node *name = yml_key(s->n, i);

		if (check_variable(r, name) || read_int(r, yml_at(s->n, i), 0, 99, &group))
			return -EINVAL;
		if (scope_find(r->scope, yml_str(name)))
			return yml_error(name, r->e, "'%s' already has a value", yml_str(name));
		saves[i] = (struct save){ .name = yml_str(name), .group = (unsigned)group };
	}
	*(struct save **)slot_at(s) = saves;
	*slot_count(s) = size;
	return 0;
}

/* --- objects ------------------------------------------------------------------------------------------------- */

static int store_object(struct reader *r, const struct slot *s)
{
	void *obj = slot_at(s);

	if (s->f->type == FIELD_POINTER) {
		obj = pool_alloc(r->pool, s->f->table->size);
		*(void **)slot_at(s) = obj;
	}
	return read_object(r, s->n, s->f->table, obj, PART_ALL);
}

static int store_objects(struct reader *r, const struct slot *s)
{
	bool single = s->f->type == FIELD_ONE_OR_LIST && yml_kind(s->n) != YML_SEQ;
	size_t size = single ? 1 : yml_size(s->n), width = s->f->table->size;
	char *items = pool_alloc(r->pool, (size + 1) * width);

	if (!single && want_list(r, s->n, (size_t)s->f->min))
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		const struct yml_node *item = single ? s->n : yml_at(s->n, i);

		if (read_object(r, item, s->f->table, items + i * width, PART_ALL))
			return -EINVAL;
	}
	*(char **)slot_at(s) = items;
	*slot_count(s) = size;
	return 0;
}

static int store_when(struct reader *r, const struct slot *s)
{
	return read_when(r, s->n, slot_at(s));
}

static int store_steps(struct reader *r, const struct slot *s)
{
	if (want_list(r, s->n, 1))
		return -EINVAL;
	return read_steps(r, s->n, (struct step **)slot_at(s), slot_count(s));
}

static int store_nothing(struct reader *r, const struct slot *s)
{
	(void)r;
	(void)s;
	return 0;
}

static int (*const stores[])(struct reader *r, const struct slot *s) = {
	[FIELD_TEXT] = store_text,	   [FIELD_ESCAPED] = store_checked, [FIELD_NAME] = store_name,
	[FIELD_REGEX] = store_checked,	   [FIELD_HEX] = store_checked,	    [FIELD_PATH] = store_path,
	[FIELD_BOOL] = store_bool,	   [FIELD_INT] = store_int,	    [FIELD_SEED] = store_seed,
	[FIELD_CHANCE] = store_chance,	   [FIELD_DURATION] = store_duration, [FIELD_WORD] = store_word,
	[FIELD_SWITCH] = store_word,	   [FIELD_BITS] = store_bits,	    [FIELD_TEXTS] = store_texts,
	[FIELD_NAMES] = store_texts,	   [FIELD_PATHS] = store_paths,	    [FIELD_QUIRKS] = store_quirks,
	[FIELD_TWO] = store_two,	   [FIELD_VALUES] = store_values,   [FIELD_SAVES] = store_saves,
	[FIELD_WHEN] = store_when,	   [FIELD_OBJECT] = store_object,   [FIELD_POINTER] = store_object,
	[FIELD_LIST] = store_objects,	   [FIELD_ONE_OR_LIST] = store_objects, [FIELD_STEPS] = store_steps,
	[FIELD_SHAPE] = store_nothing,	   [FIELD_ONE_OR_TEXTS] = store_texts,
};

static bool in_part(const struct field *f, enum part part)
{
	return part == PART_ALL || f->of_file == (part == PART_FILE);
}

/* The row of the grouped key that is there, else of the first that stands in for the group. */
static const struct field *chosen(const struct yml_node *n, const struct table *t)
{
	const struct field *found = NULL;

	for (const struct field *f = t->fields; f->key; f++) {
		if (f->grouped && yml_get(n, f->key))
			return f;
		if (f->stands_in && !found && yml_get(n, f->key))
			found = f;
	}
	return found;
}

static void note_choice(struct reader *r, const struct yml_node *n, const struct table *t, char *obj)
{
	const struct field *f = t->has_choice ? chosen(n, t) : NULL;

	if (f)
		*(int *)(void *)(obj + t->choice) = f->choice;
	if (t->has_place)
		*(struct place *)(void *)(obj + t->place) = place_of(r, f ? yml_get(n, f->key) : n);
}

static const struct field *field_of(const struct table *t, const char *key)
{
	const struct field *f = t->fields;

	while (f->key && strcmp(f->key, key))
		f++;
	return f->key ? f : NULL;
}

/* "x" in place of {key: x}. */
static int read_shorthand(struct reader *r, const struct yml_node *n, const struct table *t, char *obj)
{
	const struct slot s = { .f = field_of(t, t->shorthand), .n = n, .obj = obj };

	if (t->has_choice)
		*(int *)(void *)(obj + t->choice) = s.f->choice;
	if (t->has_place)
		*(struct place *)(void *)(obj + t->place) = place_of(r, n);
	if (stores[s.f->type](r, &s))
		return -EINVAL;
	return t->finish ? t->finish(r, n, obj) : 0;
}

int read_object(struct reader *r, const struct yml_node *n, const struct table *t, void *obj, enum part part)
{
	if (t->other && yml_get(n, t->other_key))
		t = t->other;
	if (t->initial && part != PART_FILE)
		memcpy(obj, t->initial, t->initial_size ? t->initial_size : t->size);
	if (t->shorthand && yml_kind(n) == YML_SCALAR)
		return read_shorthand(r, n, t, obj);
	if (check_keys(r, n, t))
		return -EINVAL;
	note_choice(r, n, t, obj);
	for (size_t i = 0; i < yml_size(n); i++) {
		const struct slot s = { field_of(t, yml_str(yml_key(n, i))), yml_at(n, i), obj };

		if (in_part(s.f, part) && stores[s.f->type](r, &s))
			return -EINVAL;
	}
	return t->finish ? t->finish(r, n, obj) : 0;
}
