/*
 * The loader's tables walked the other way: from struct cell to the keys it came from. A value that is what the table
 * starts with is left out, so that the result says what the file said and no more.
 */
#include "harness/scenario_render.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "harness/scenario_load.h"

static json_t *render_object(const struct table *t, const char *obj);

static const void *at(const char *obj, const struct field *f)
{
	return obj + f->at;
}

static size_t count_of(const char *obj, const struct field *f)
{
	return *(const size_t *)(const void *)(obj + f->at_n);
}

/* --- values -------------------------------------------------------------------------------------------------- */

static json_t *render_duration(uint64_t us)
{
	static const struct {
		uint64_t us;
		const char *unit;
	} units[] = { { 3600000000u, "h" }, { 60000000u, "m" }, { 1000000u, "s" }, { 1000u, "ms" }, { 1u, "us" } };
	size_t i = 0;

	if (!us)
		return NULL;
	while (us % units[i].us)
		i++;
	return json_sprintf("%llu%s", (unsigned long long)(us / units[i].us), units[i].unit);
}

static json_t *render_text(const char *text)
{
	return text ? json_string(text) : NULL;
}

static json_t *render_int(const char *obj, const struct field *f)
{
	long v = f->narrow ? (long)*(const unsigned *)at(obj, f) : *(const long *)at(obj, f);
	/* The chosen key of a group is there whatever its value: an empty file has 0 bytes. */
	bool given = f->at_n ? *(const bool *)(const void *)(obj + f->at_n) : f->grouped || v >= f->min;

	return given ? json_integer(v) : NULL;
}

static json_t *render_seed(const char *obj, const struct field *f)
{
	if (!*(const bool *)(const void *)(obj + f->at_n))
		return NULL;
	return json_integer((json_int_t)*(const uint64_t *)at(obj, f));
}

static json_t *render_chance(double chance)
{
	return chance < 1 ? json_real(chance) : NULL;
}

static json_t *render_texts(const char *const *texts, size_t n)
{
	json_t *list = n ? json_array() : NULL;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(texts[i]));
	return list;
}

static json_t *render_bits(unsigned bits, const char *const words[])
{
	json_t *list = json_array();

	for (size_t i = 0; words[i]; i++) {
		if (bits & 1u << i)
			json_array_append_new(list, json_string(words[i]));
	}
	return list;
}

static json_t *render_saves(const struct save *saves, size_t n)
{
	json_t *map = n ? json_object() : NULL;

	for (size_t i = 0; i < n; i++)
		json_object_set_new(map, saves[i].name, json_integer(saves[i].group));
	return map;
}

static json_t *render_values(const struct binding *b, size_t n)
{
	json_t *map = n ? json_object() : NULL;

	for (size_t i = 0; i < n; i++)
		json_object_set_new(map, b[i].name, json_string(b[i].value));
	return map;
}

static json_t *render_expect(const struct expect *x)
{
	return render_object(x->n_any_order ? &table_any_order : &table_expect, (const char *)x);
}

static json_t *render_list(const struct table *t, const char *items, size_t n)
{
	json_t *list = n ? json_array() : NULL;

	for (size_t i = 0; i < n; i++) {
		const char *item = items + i * t->size;

		json_array_append_new(list, t == &table_expect ? render_expect((const struct expect *)(const void *)item) :
								 render_object(t, item));
	}
	return list;
}

static json_t *render_steps(const struct step *steps, size_t n)
{
	json_t *list = n ? json_array() : NULL;

	for (size_t i = 0; i < n; i++) {
		if (steps[i].applies)
			json_array_append_new(list, render_object(&table_step, (const char *)&steps[i]));
	}
	return list;
}

static json_t *render_inner(const struct field *f, const char *obj)
{
	json_t *j;

	if (!obj || (f->table->has_place && !((const struct place *)(const void *)(obj + f->table->place))->line))
		return NULL;
	j = render_object(f->table, obj);
	if (!j || json_object_size(j))
		return j;
	json_decref(j);
	return NULL;
}

static json_t *render_array(const char *obj, const struct field *f)
{
	const void *items = *(const void *const *)at(obj, f);
	size_t n = count_of(obj, f);

	if (f->type == FIELD_SAVES)
		return render_saves(items, n);
	if (f->type == FIELD_VALUES)
		return render_values(items, n);
	if (f->type == FIELD_STEPS)
		return render_steps(items, n);
	return f->table ? render_list(f->table, items, n) : render_texts(items, n);
}

static json_t *render_two(const char *const *two)
{
	return two[0] ? render_texts(two, 2) : NULL;
}

/* The names of quirks and words are kept in a form of their own; both load again as they are. */
static json_t *render_field(const char *obj, const struct field *f)
{
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_ESCAPED:
	case FIELD_NAME:
	case FIELD_REGEX:
	case FIELD_HEX:
	case FIELD_PATH:
		return render_text(*(const char *const *)at(obj, f));
	case FIELD_BOOL:
		return json_boolean(*(const bool *)at(obj, f));
	case FIELD_INT:
		return render_int(obj, f);
	case FIELD_SEED:
		return render_seed(obj, f);
	case FIELD_CHANCE:
		return render_chance(*(const double *)at(obj, f));
	case FIELD_DURATION:
		return render_duration(*(const uint64_t *)at(obj, f));
	case FIELD_WORD:
		return json_string(f->words[*(const int *)at(obj, f)]);
	case FIELD_SWITCH:
		return json_string(f->words[*(const bool *)at(obj, f)]);
	case FIELD_BITS:
		return render_bits(*(const unsigned *)at(obj, f), f->words);
	case FIELD_TEXTS:
	case FIELD_ONE_OR_TEXTS:
	case FIELD_NAMES:
	case FIELD_PATHS:
	case FIELD_QUIRKS:
	case FIELD_VALUES:
	case FIELD_SAVES:
	case FIELD_LIST:
	case FIELD_ONE_OR_LIST:
	case FIELD_STEPS:
		return render_array(obj, f);
	case FIELD_TWO:
		return render_two(at(obj, f));
	case FIELD_OBJECT:
		return render_inner(f, at(obj, f));
	case FIELD_POINTER:
		return render_inner(f, *(const char *const *)at(obj, f));
	case FIELD_WHEN:
	case FIELD_SHAPE:
		break;
	}
	return NULL;
}

/* --- objects ------------------------------------------------------------------------------------------------- */

/* Whether a row is worth a line: of a group the chosen key, of the rest what differs from the beginning. */
static bool is_said(const struct table *t, const struct field *f, const char *obj)
{
	const char *initial = t->initial;
	size_t width = 0;

	if (f->grouped || (f->stands_in && f->type == FIELD_DURATION))
		return *(const int *)(const void *)(obj + t->choice) == f->choice;
	if (f->type == FIELD_BOOL || f->type == FIELD_SWITCH)
		width = sizeof(bool);
	else if (f->type == FIELD_WORD)
		width = sizeof(int);
	else if (f->type == FIELD_INT)
		width = f->narrow ? sizeof(unsigned) : sizeof(long);
	if (!width || f->required || f->at_n)
		return true;
	if (!initial)
		return memcmp(obj + f->at, &(const long){ 0 }, width) != 0;
	return memcmp(obj + f->at, initial + f->at, width) != 0;
}

/* The object a given key needs beside it is there only if that key is. */
static bool has_company(const json_t *map, const struct field *f)
{
	return !f->only_with || json_object_get(map, f->only_with);
}

static void render_fields(json_t *map, const struct table *t, const char *obj, size_t limit)
{
	for (const struct field *f = t->fields; f->key; f++) {
		json_t *value;

		if (f->of_file || f->at >= limit || !is_said(t, f, obj) || !has_company(map, f))
			continue;
		value = render_field(obj, f);
		if (value)
			json_object_set_new(map, f->key, value);
	}
}

static json_t *render_object(const struct table *t, const char *obj)
{
	json_t *map = json_object();

	render_fields(map, t, obj, t == &table_step ? sizeof(struct step) : t->size);
	return map;
}

/* --- what has code of its own -------------------------------------------------------------------------------- */

static json_t *render_fixture(const struct fixture *f)
{
	json_t *map = json_pack("{s:s}", "use", fixture_kind_names[f->kind]);
	json_t *world = f->world ? json_loads(f->world, 0, NULL) : NULL;

	render_fields(map, fixture_tables[f->kind], (const char *)f, sizeof(*f));
	if (world)
		json_object_set(map, "hosts", json_object_get(world, "hosts"));
	json_decref(world);
	return map;
}

static json_t *render_fixtures(const struct cell *c)
{
	json_t *map = c->n_fixtures ? json_object() : NULL;

	for (size_t i = 0; i < c->n_fixtures; i++)
		json_object_set_new(map, c->fixtures[i].name, render_fixture(&c->fixtures[i]));
	return map;
}

/* As a list, since those whose when: does not hold are gone already. */
static json_t *render_xfails(const struct cell *c)
{
	json_t *list = c->n_xfails ? json_array() : NULL;

	for (size_t i = 0; i < c->n_xfails; i++) {
		const struct xfail *x = &c->xfails[i];
		json_t *map = json_pack("{s:s*, s:s*, s:s, s:s*, s:b}", "step", x->step, "match", x->match, "reason",
					x->reason, "ref", x->ref, "strict", x->strict);

		json_array_append_new(list, map);
	}
	return list;
}

static void render_head(json_t *map, const struct scenario *s)
{
	json_object_set_new(map, "schema", json_integer(1));
	for (const struct field *f = table_scenario.fields; f->key; f++) {
		json_t *value = f->of_file && f->type != FIELD_SHAPE ? render_field((const char *)s, f) : NULL;

		if (value)
			json_object_set_new(map, f->key, value);
	}
}

json_t *render_cell(const struct cell *c)
{
	json_t *map = json_object();

	render_head(map, c->scenario);
	if (c->eol != EOL_CR)
		json_object_set_new(map, "defaults", json_pack("{s:s}", "eol", eol_words[c->eol]));
	json_object_set_new(map, "fixtures", render_fixtures(c));
	render_fields(map, &table_scenario, (const char *)c, sizeof(*c));
	json_object_set_new(map, "xfail", render_xfails(c));
	if (c->skip_reason)
		json_object_set_new(map, "skip", json_pack("[{s:s}]", "reason", c->skip_reason));
	if (c->flaky_retries)
		json_object_set_new(map, "flaky", json_pack("{s:i, s:s}", "retries", (int)c->flaky_retries, "reason",
							    c->flaky_reason));
	return map;
}

/* --- YAML ---------------------------------------------------------------------------------------------------- */

static int collect(void *ctx, unsigned char *p, size_t n)
{
	return !buf_add(ctx, p, n);
}

static bool put(yaml_emitter_t *em, yaml_event_t *ev, int made)
{
	return made && yaml_emitter_emit(em, ev);
}

/* Strings are quoted unless they are words, so that no reader takes them for something else. */
static bool put_text(yaml_emitter_t *em, const char *text, bool is_string)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_/";
	bool plain = !is_string || (*text && *text != '-' && !text[strspn(text, word)]);
	bool odd = strpbrk(text, "\r\n\t\x1b") != NULL;
	yaml_event_t ev;

	return put(em, &ev, yaml_scalar_event_initialize(&ev, NULL, NULL, (const yaml_char_t *)text, (int)strlen(text),
							 plain, 1, odd ? YAML_DOUBLE_QUOTED_SCALAR_STYLE :
							 plain ? YAML_PLAIN_SCALAR_STYLE :
								 YAML_SINGLE_QUOTED_SCALAR_STYLE));
}

static bool put_value(yaml_emitter_t *em, const json_t *j);

static bool put_map(yaml_emitter_t *em, const json_t *j)
{
	yaml_event_t ev;
	const char *key;
	json_t *value;
	bool ok = put(em, &ev, yaml_mapping_start_event_initialize(&ev, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));

	json_object_foreach((json_t *)(uintptr_t)j, key, value)
		ok = ok && put_text(em, key, false) && put_value(em, value);
	return ok && put(em, &ev, yaml_mapping_end_event_initialize(&ev));
}

static bool put_list(yaml_emitter_t *em, const json_t *j)
{
	yaml_event_t ev;
	bool ok = put(em, &ev, yaml_sequence_start_event_initialize(&ev, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));

	for (size_t i = 0; ok && i < json_array_size(j); i++)
		ok = put_value(em, json_array_get(j, i));
	return ok && put(em, &ev, yaml_sequence_end_event_initialize(&ev));
}

static bool put_value(yaml_emitter_t *em, const json_t *j)
{
	char *text;
	bool ok;

	if (json_is_object(j))
		return put_map(em, j);
	if (json_is_array(j))
		return put_list(em, j);
	if (json_is_string(j))
		return put_text(em, json_string_value(j), true);
	text = json_dumps(j, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	ok = text && put_text(em, text, false);
	free(text);
	return ok;
}

int render_yaml(const json_t *value, struct buf *out)
{
	yaml_emitter_t em;
	yaml_event_t ev;
	bool ok;

	yaml_emitter_initialize(&em);
	yaml_emitter_set_output(&em, collect, out);
	yaml_emitter_set_unicode(&em, 1);
	yaml_emitter_set_width(&em, 120);
	ok = put(&em, &ev, yaml_stream_start_event_initialize(&ev, YAML_UTF8_ENCODING)) &&
	     put(&em, &ev, yaml_document_start_event_initialize(&ev, NULL, NULL, NULL, 0)) && put_value(&em, value) &&
	     put(&em, &ev, yaml_document_end_event_initialize(&ev, 1)) &&
	     put(&em, &ev, yaml_stream_end_event_initialize(&ev));
	yaml_emitter_delete(&em);
	return ok ? 0 : -EINVAL;
}
