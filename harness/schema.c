/*
 * The tables of scenario_table.c as a draft-07 schema for editors. Each table becomes a definition; what no table says
 * (matrix, vars, fixtures ...) is in `shapes` below. A scalar of YAML may arrive typed (0, true, 1.5), so a text is
 * anything but null, and a number may also be a text with ${name}.
 */
#include "harness/schema.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario_load.h"

#define OPEN_PATTERN "\\$\\{"
#define DURATION_PATTERN "^[0-9]+(\\.[0-9]+)?(us|ms|s|m|h)$"

/* Shapes that are read by code of their own. Single quotes stand for double ones. */
static const struct {
	const char *name, *json;
} shapes[] = {
	{ "scalar", "{'type': ['string', 'number', 'boolean']}" },
	{ "text", "{'type': ['string', 'number', 'boolean'], 'minLength': 1}" },
	{ "when", "{'type': 'object', 'minProperties': 1, 'description': 'all must hold; a list means any of',"
		  " 'additionalProperties': {'anyOf': [{'$ref': '#/definitions/scalar'},"
		  " {'type': 'array', 'minItems': 1, 'items': {'$ref': '#/definitions/scalar'}}]}}" },
	{ "version", "{'enum': [1, '1']}" },
	{ "tls_version", "{'enum': [1.0, 1.1, 1.2, 1.3, '1.0', '1.1', '1.2', '1.3']}" },
	{ "hosts", "{'type': 'array', 'minItems': 1, 'items': {'type': 'object'}}" },
	{ "boolean", "{'type': 'boolean'}" },
	{ "any", "{}" },
	{ "include", "{'type': 'array', 'minItems': 1, 'items': {'type': 'string'}}" },
	{ "exclude", "{'type': 'array', 'items': {'$ref': '#/definitions/when'}}" },
	{ "matrix", "{'type': 'object', 'minProperties': 1, 'properties': {'rows': {'type': 'array', 'minItems': 1,"
		    " 'items': {'type': 'object', 'minProperties': 1,"
		    " 'additionalProperties': {'$ref': '#/definitions/scalar'}}}},"
		    " 'additionalProperties': {'type': 'array', 'minItems': 1,"
		    " 'items': {'$ref': '#/definitions/scalar'}}}" },
	{ "vars", "{'type': 'object', 'additionalProperties': {'anyOf': [{'$ref': '#/definitions/scalar'},"
		  " {'type': 'array', 'minItems': 1, 'items': {'type': 'object', 'required': ['value'],"
		  " 'additionalProperties': false, 'properties': {'when': {'$ref': '#/definitions/when'},"
		  " 'value': {'$ref': '#/definitions/scalar'}}}}]}}" },
	{ "lists", "{'type': 'object', 'minProperties': 1, 'additionalProperties': {'type': 'object',"
		   " 'required': ['steps'], 'additionalProperties': false, 'properties': {"
		   " 'params': {'type': 'array', 'items': {'type': 'string'}},"
		   " 'defaults': {'type': 'object', 'additionalProperties': {'$ref': '#/definitions/scalar'}},"
		   " 'steps': {'type': 'array', 'minItems': 1, 'items': {'$ref': '#/definitions/step'}}}}}" },
};

static json_t *must(json_t *j)
{
	if (!j) {
		fputs("hil: cannot make the schema\n", stderr);
		abort();
	}
	return j;
}

/* JSON written with single quotes. */
static json_t *parse(const char *quoted)
{
	char *text = strdup(quoted);
	json_t *j;

	for (char *s = text; s && *s; s++) {
		if (*s == '\'')
			*s = '"';
	}
	j = text ? json_loads(text, 0, NULL) : NULL;
	free(text);
	return must(j);
}

static json_t *ref(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "#/definitions/%s", name);
	return must(json_pack("{s:s}", "$ref", path));
}

static json_t *names(const char *const words[])
{
	json_t *list = json_array();

	for (size_t i = 0; words[i]; i++)
		json_array_append_new(list, json_string(words[i]));
	return must(list);
}

static json_t *required(const char *key)
{
	return must(json_pack("{s:[s]}", "required", key));
}

/* --- fields -------------------------------------------------------------------------------------------------- */

static json_t *pattern(const char *re)
{
	return must(json_pack("{s:s, s:s}", "type", "string", "pattern", re));
}

/* closed, or a text in which a variable will be put. */
static json_t *or_open(json_t *closed)
{
	return must(json_pack("{s:[o, o]}", "anyOf", closed, pattern(OPEN_PATTERN)));
}

static json_t *integer(long min, long max)
{
	return or_open(must(json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)min, "maximum",
				      (json_int_t)max)));
}

static json_t *list_of(json_t *items, long min)
{
	return must(json_pack("{s:s, s:I, s:o}", "type", "array", "minItems", (json_int_t)min, "items", items));
}

static json_t *map_of(json_t *values)
{
	return must(json_pack("{s:s, s:I, s:o}", "type", "object", "minProperties", (json_int_t)1,
			      "additionalProperties", values));
}

static json_t *words_of(const struct field *f)
{
	return must(json_pack("{s:o}", "enum", names(f->words)));
}

static json_t *name_schema(const struct field *f)
{
	return pattern(f->plain ? "^[a-z0-9][a-z0-9-]*$" : "^[a-z0-9][a-z0-9/:_.-]*$");
}

static json_t *text_schema(const struct field *f)
{
	json_t *j = ref("text");

	if (!f->max)
		return j;
	return must(json_pack("{s:[o, {s:I}]}", "allOf", j, "maxLength", (json_int_t)f->max));
}

static json_t *one_or_list(const struct field *f)
{
	return must(json_pack("{s:[o, o]}", "anyOf", ref(f->table->name), list_of(ref(f->table->name), f->min)));
}

static json_t *quirks_schema(void)
{
	return must(json_pack("{s:[o, o]}", "anyOf", map_of(ref("text")), list_of(pattern("=|\\$\\{"), 1)));
}

static json_t *path_or_paths(void)
{
	return must(json_pack("{s:[o, o]}", "anyOf", ref("text"), list_of(ref("text"), 1)));
}

static json_t *two_scalars(void)
{
	json_t *j = list_of(ref("scalar"), 2);

	json_object_set_new(j, "maxItems", json_integer(2));
	return j;
}

static json_t *bits_schema(const struct field *f)
{
	json_t *j = list_of(words_of(f), 1);

	json_object_set_new(j, "uniqueItems", json_true());
	return j;
}

static json_t *chance_schema(void)
{
	return or_open(must(json_pack("{s:s, s:I, s:I}", "type", "number", "exclusiveMinimum", (json_int_t)0, "maximum",
				      (json_int_t)1)));
}

static json_t *field_schema(const struct field *f)
{
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_ESCAPED:
	case FIELD_REGEX:
	case FIELD_PATH:
		return text_schema(f);
	case FIELD_HEX:
		return or_open(must(json_pack("{s:[s,s], s:s}", "type", "string", "number", "pattern",
					      "^([0-9A-Fa-f]{2} *)+$")));
	case FIELD_NAME:
		return name_schema(f);
	case FIELD_BOOL:
		return or_open(must(json_pack("{s:s}", "type", "boolean")));
	case FIELD_INT:
		return integer(f->min, f->max);
	case FIELD_SEED:
		return integer(0, INT64_MAX);
	case FIELD_CHANCE:
		return chance_schema();
	case FIELD_DURATION:
		return or_open(pattern(DURATION_PATTERN));
	case FIELD_WORD:
	case FIELD_SWITCH:
		return or_open(f->shape ? ref(f->shape) : words_of(f));
	case FIELD_BITS:
		return bits_schema(f);
	case FIELD_TEXTS:
		return list_of(ref("scalar"), 1);
	case FIELD_ONE_OR_TEXTS:
		return must(json_pack("{s:[o, o]}", "anyOf", ref("text"), list_of(ref("scalar"), 1)));
	case FIELD_NAMES:
		return list_of(name_schema(f), 1);
	case FIELD_PATHS:
		return path_or_paths();
	case FIELD_QUIRKS:
		return quirks_schema();
	case FIELD_TWO:
		return two_scalars();
	case FIELD_VALUES:
		return must(json_pack("{s:s, s:o}", "type", "object", "additionalProperties", ref("scalar")));
	case FIELD_SAVES:
		return map_of(integer(0, 99));
	case FIELD_WHEN:
		return ref("when");
	case FIELD_OBJECT:
	case FIELD_POINTER:
		return ref(f->table->name);
	case FIELD_LIST:
		return list_of(ref(f->table->name), f->min);
	case FIELD_ONE_OR_LIST:
		return one_or_list(f);
	case FIELD_STEPS:
		return list_of(ref(table_step.name), 1);
	case FIELD_SHAPE:
		return ref(f->shape);
	}
	return must(NULL);
}

/* A $ref takes no brothers in draft-07, so help stands around it. */
static json_t *with_help(json_t *schema, const char *help)
{
	if (!help)
		return schema;
	if (json_object_get(schema, "$ref"))
		schema = must(json_pack("{s:[o]}", "allOf", schema));
	json_object_set_new(schema, "description", json_string(help));
	return schema;
}

/* --- tables -------------------------------------------------------------------------------------------------- */

/* Exactly one of the grouped keys, or none of them and one that stands in. */
static json_t *group_schema(const struct table *t)
{
	json_t *choices = json_array(), *others = json_array(), *alone = json_array();

	for (const struct field *f = t->fields; f->key; f++) {
		if (f->stands_in)
			json_array_append_new(alone, required(f->key));
		if (!f->grouped)
			continue;
		json_array_append_new(choices, required(f->key));
		json_array_append_new(others, required(f->key));
	}
	if (json_array_size(alone))
		json_array_append_new(choices, must(json_pack("{s:O, s:{s:O}}", "anyOf", alone, "not", "anyOf", others)));
	json_decref(alone);
	json_decref(others);
	return must(choices);
}

static void add_company(json_t *schema, const struct table *t)
{
	json_t *needed = json_array(), *company = json_object();

	for (const struct field *f = t->fields; f->key; f++) {
		if (f->required)
			json_array_append_new(needed, json_string(f->key));
		if (f->only_with)
			json_object_set_new(company, f->key, json_pack("[s]", f->only_with));
		if (f->not_with)
			json_object_set_new(company, f->key, json_pack("{s:o}", "not", required(f->not_with)));
	}
	if (json_array_size(needed))
		json_object_set(schema, "required", needed);
	if (json_object_size(company))
		json_object_set(schema, "dependencies", company);
	json_decref(needed);
	json_decref(company);
}

static json_t *table_schema(const struct table *t)
{
	json_t *properties = json_object();
	json_t *schema = must(json_pack("{s:s, s:b}", "type", "object", "additionalProperties", 0));

	for (const struct field *f = t->fields; f->key; f++)
		json_object_set_new(properties, f->key, with_help(field_schema(f), f->help));
	json_object_set_new(schema, "properties", properties);
	add_company(schema, t);
	if (t->has_choice)
		json_object_set_new(schema, "oneOf", group_schema(t));
	if (t->not_empty)
		json_object_set_new(schema, "minProperties", json_integer(1));
	return schema;
}

static void define(json_t *definitions, const struct table *t);

static void define_below(json_t *definitions, const struct table *t)
{
	for (const struct field *f = t->fields; f->key; f++) {
		if (f->table)
			define(definitions, f->table);
	}
}

/* A table that has another form, or a short one, is a choice of definitions. */
static void define(json_t *definitions, const struct table *t)
{
	char name[64];
	json_t *forms;

	if (json_object_get(definitions, t->name))
		return;
	if (!t->other && !t->shorthand) {
		json_object_set_new(definitions, t->name, table_schema(t));
		define_below(definitions, t);
		return;
	}
	snprintf(name, sizeof(name), "%s_full", t->name);
	forms = json_array();
	json_object_set_new(definitions, t->name, must(json_pack("{s:o}", "anyOf", forms)));
	if (t->shorthand)
		json_array_append_new(forms, ref("text"));
	json_array_append_new(forms, ref(name));
	json_object_set_new(definitions, name, table_schema(t));
	define_below(definitions, t);
	if (t->other) {
		json_array_append_new(forms, ref(t->other->name));
		define(definitions, t->other);
	}
}

/* Which keys a fixture has is decided by its kind. */
static json_t *fixture_schema(void)
{
	json_t *kinds = json_array();

	for (size_t i = 0; i < FIXTURE_COUNT; i++) {
		json_t *is_kind = must(json_pack("{s:{s:{s:[s]}}}", "properties", "use", "enum", fixture_kind_names[i]));

		json_array_append_new(kinds, must(json_pack("{s:o, s:o, s:b}", "if", is_kind, "then",
							    ref(fixture_tables[i]->name), "else", 1)));
	}
	return must(json_pack("{s:s, s:[s], s:{s:{s:o}}, s:o}", "type", "object", "required", "use", "properties", "use",
			      "enum", names(fixture_kind_names), "allOf", kinds));
}

static json_t *fixtures_schema(void)
{
	return must(json_pack("{s:s, s:{s:s}, s:o}", "type", "object", "propertyNames", "pattern", "^[a-z0-9][a-z0-9-]*$",
			      "additionalProperties", fixture_schema()));
}

static json_t *make_schema(void)
{
	json_t *definitions = json_object(), *library, *schema;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		json_object_set_new(definitions, shapes[i].name, parse(shapes[i].json));
	json_object_set_new(definitions, "fixtures", fixtures_schema());
	for (size_t i = 0; i < FIXTURE_COUNT; i++)
		define(definitions, fixture_tables[i]);
	define(definitions, &table_step);
	define(definitions, &table_scenario);
	define(definitions, &table_library);
	/* the loader's own rule: steps: as a mapping and no name: is a library */
	library = parse("{'required': ['steps'], 'not': {'required': ['name']},"
			" 'properties': {'steps': {'type': 'object'}}}");
	schema = must(json_pack("{s:s, s:s, s:o, s:o, s:o}", "$schema", "http://json-schema.org/draft-07/schema#", "title",
				"hil scenario", "if", library, "then", ref(table_library.name), "else",
				ref(table_scenario.name)));
	json_object_set_new(schema, "definitions", definitions);
	return schema;
}

char *schema_text(void)
{
	json_t *schema = make_schema();
	char *json = json_dumps(schema, JSON_INDENT(1)), *text = NULL;

	json_decref(schema);
	if (json && asprintf(&text, "%s\n", json) < 0)
		text = NULL;
	free(json);
	return text;
}
