/*
 * The printed schema is the committed one, and says the same as the loader: both take all of good/, both refuse
 * bad/schema-*.yaml, and bad/loader-*.yaml is what only the loader can know.
 *
 * The validator below is the part of draft-07 that the schema uses; a keyword it does not know fails the test.
 */
#include <check.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/yml.h"
#include "harness/scenario.h"
#include "harness/schema.h"

static json_t *root;

static bool valid(const json_t *schema, const json_t *v);

/* --- keywords ------------------------------------------------------------------------------------------------ */

static bool is_type(const char *type, const json_t *v)
{
	if (!strcmp(type, "string"))
		return json_is_string(v);
	if (!strcmp(type, "number"))
		return json_is_number(v);
	if (!strcmp(type, "integer"))
		return json_is_integer(v);
	if (!strcmp(type, "boolean"))
		return json_is_boolean(v);
	if (!strcmp(type, "array"))
		return json_is_array(v);
	ck_assert_str_eq(type, "object");
	return json_is_object(v);
}

static bool check_type(const json_t *k, const json_t *v)
{
	bool hit = false;

	if (json_is_string(k))
		return is_type(json_string_value(k), v);
	for (size_t i = 0; i < json_array_size(k); i++)
		hit |= is_type(json_string_value(json_array_get(k, i)), v);
	return hit;
}

static size_t count_valid(const json_t *list, const json_t *v)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		n += valid(json_array_get(list, i), v);
	return n;
}

static bool check_enum(const json_t *k, const json_t *v)
{
	for (size_t i = 0; i < json_array_size(k); i++) {
		if (json_equal(json_array_get(k, i), v))
			return true;
	}
	return false;
}

static bool check_pattern(const json_t *k, const json_t *v)
{
	PCRE2_SIZE at;
	int code;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)json_string_value(k), PCRE2_ZERO_TERMINATED, 0, &code, &at, NULL);
	pcre2_match_data *md;
	bool hit = true;

	ck_assert_ptr_nonnull(re);
	md = pcre2_match_data_create_from_pattern(re, NULL);
	if (json_is_string(v))
		hit = pcre2_match(re, (PCRE2_SPTR)json_string_value(v), json_string_length(v), 0, 0, md, NULL) >= 0;
	pcre2_match_data_free(md);
	pcre2_code_free(re);
	return hit;
}

static bool check_items(const json_t *k, const json_t *v)
{
	for (size_t i = 0; i < json_array_size(v); i++) {
		if (!valid(k, json_array_get(v, i)))
			return false;
	}
	return true;
}

static bool check_unique(const json_t *v)
{
	for (size_t i = 0; i < json_array_size(v); i++) {
		for (size_t k = 0; k < i; k++) {
			if (json_equal(json_array_get(v, i), json_array_get(v, k)))
				return false;
		}
	}
	return true;
}

static bool check_required(const json_t *k, const json_t *v)
{
	for (size_t i = 0; json_is_object(v) && i < json_array_size(k); i++) {
		if (!json_object_get(v, json_string_value(json_array_get(k, i))))
			return false;
	}
	return true;
}

static bool check_properties(const json_t *schema, json_t *v)
{
	const json_t *named = json_object_get(schema, "properties"), *more = json_object_get(schema, "additionalProperties");
	const char *key;
	json_t *value;

	json_object_foreach(v, key, value) {
		const json_t *one = named ? json_object_get(named, key) : NULL;

		if (one ? !valid(one, value) : more && !valid(more, value))
			return false;
	}
	return true;
}

static bool check_names(const json_t *k, json_t *v)
{
	const char *key;
	json_t *value;
	bool good = true;

	json_object_foreach(v, key, value) {
		json_t *name = json_string(key);

		good &= valid(k, name);
		json_decref(name);
	}
	return good;
}

static bool check_dependencies(json_t *k, const json_t *v)
{
	const char *key;
	json_t *needed;

	json_object_foreach(k, key, needed) {
		if (!json_object_get(v, key))
			continue;
		if (json_is_array(needed) ? !check_required(needed, v) : !valid(needed, v))
			return false;
	}
	return true;
}

static bool check_ref(const json_t *k, const json_t *v)
{
	const char *path = json_string_value(k);
	const json_t *definition;

	ck_assert_msg(!strncmp(path, "#/definitions/", 14), "%s", path);
	definition = json_object_get(json_object_get(root, "definitions"), path + 14);
	ck_assert_msg(definition != NULL, "%s", path);
	return valid(definition, v);
}

static bool check_size(const char *word, const json_t *k, const json_t *v)
{
	json_int_t limit = json_integer_value(k);

	if (!strcmp(word, "minItems"))
		return !json_is_array(v) || (json_int_t)json_array_size(v) >= limit;
	if (!strcmp(word, "maxItems"))
		return !json_is_array(v) || (json_int_t)json_array_size(v) <= limit;
	if (!strcmp(word, "minProperties"))
		return !json_is_object(v) || (json_int_t)json_object_size(v) >= limit;
	if (!strcmp(word, "minLength"))
		return !json_is_string(v) || (json_int_t)json_string_length(v) >= limit;
	if (!strcmp(word, "maxLength"))
		return !json_is_string(v) || (json_int_t)json_string_length(v) <= limit;
	if (!strcmp(word, "minimum"))
		return !json_is_number(v) || json_number_value(v) >= (double)limit;
	if (!strcmp(word, "exclusiveMinimum"))
		return !json_is_number(v) || json_number_value(v) > (double)limit;
	ck_assert_msg(!strcmp(word, "maximum"), "keyword %s is not checked", word);
	return !json_is_number(v) || json_number_value(v) <= (double)limit;
}

static bool check_if(const json_t *schema, const json_t *v)
{
	return valid(json_object_get(schema, valid(json_object_get(schema, "if"), v) ? "then" : "else"), v);
}

static bool check_combined(const json_t *schema, const char *word, json_t *k, const json_t *v)
{
	if (!strcmp(word, "anyOf"))
		return count_valid(k, v) > 0;
	if (!strcmp(word, "allOf"))
		return count_valid(k, v) == json_array_size(k);
	if (!strcmp(word, "oneOf"))
		return count_valid(k, v) == 1;
	if (!strcmp(word, "not"))
		return !valid(k, v);
	if (!strcmp(word, "if"))
		return check_if(schema, v);
	if (!strcmp(word, "$ref"))
		return check_ref(k, v);
	return check_size(word, k, v);
}

static bool says_nothing(const char *word)
{
	static const char *const words[] = { "$schema", "title", "description", "definitions", "then", "else",
					     "additionalProperties" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i], word))
			return true;
	}
	return false;
}

static bool holds(const json_t *schema, const char *word, json_t *k, const json_t *v)
{
	if (says_nothing(word))
		return true;
	if (!strcmp(word, "type"))
		return check_type(k, v);
	if (!strcmp(word, "enum"))
		return check_enum(k, v);
	if (!strcmp(word, "pattern"))
		return check_pattern(k, v);
	if (!strcmp(word, "items"))
		return check_items(k, v);
	if (!strcmp(word, "uniqueItems"))
		return check_unique(v);
	if (!strcmp(word, "required"))
		return check_required(k, v);
	if (!strcmp(word, "properties"))
		return true;
	if (!strcmp(word, "propertyNames"))
		return check_names(k, (json_t *)(uintptr_t)v);
	if (!strcmp(word, "dependencies"))
		return check_dependencies(k, v);
	return check_combined(schema, word, k, v);
}

static bool valid(const json_t *schema, const json_t *v)
{
	const char *word;
	json_t *k;

	if (json_is_boolean(schema))
		return json_is_true(schema);
	json_object_foreach((json_t *)(uintptr_t)schema, word, k) {
		if (!holds(schema, word, k, v))
			return false;
	}
	return check_properties(schema, (json_t *)(uintptr_t)v);
}

/* --- YAML as an editor sees it ------------------------------------------------------------------------------- */

static json_t *typed(const char *text)
{
	json_error_t e;
	json_t *j = json_loads(text, JSON_DECODE_ANY, &e);

	if (j && (json_is_number(j) || json_is_boolean(j)))
		return j;
	json_decref(j);
	return json_string(text);
}

static json_t *to_json(const struct yml_node *n)
{
	json_t *j;

	if (yml_kind(n) == YML_SCALAR)
		return typed(yml_str(n));
	j = yml_kind(n) == YML_MAP ? json_object() : json_array();
	for (size_t i = 0; i < yml_size(n); i++) {
		if (yml_kind(n) == YML_MAP)
			json_object_set_new(j, yml_str(yml_key(n, i)), to_json(yml_at(n, i)));
		else
			json_array_append_new(j, to_json(yml_at(n, i)));
	}
	return j;
}

static bool schema_takes(const char *path)
{
	struct err e = { 0 };
	struct yml *y = yml_load_file(path, &e);
	json_t *v;
	bool good;

	ck_assert_msg(y != NULL, "%s", e.msg);
	v = to_json(yml_root(y));
	good = valid(root, v);
	json_decref(v);
	yml_free(y);
	return good;
}

static bool loader_takes(const char *path, struct err *e)
{
	struct scenario *s = scenario_load_file(path, NULL, e);

	scenario_free(s);
	return s != NULL;
}

static void setup(void)
{
	char *text = schema_text();
	json_error_t e;

	root = json_loads(text, 0, &e);
	ck_assert_msg(root != NULL, "%s", e.text);
	free(text);
}

static void teardown(void)
{
	json_decref(root);
}

/* Calls check for each YAML file of a folder whose name begins with prefix; returns how many there were. */
static unsigned each_file(const char *folder, const char *prefix, void (*check)(const char *path))
{
	DIR *d = opendir(folder);
	unsigned n = 0;
	char path[512];

	ck_assert_msg(d != NULL, "%s (tests run from the top)", folder);
	for (struct dirent *ent = readdir(d); ent; ent = readdir(d)) {
		if (!strstr(ent->d_name, ".yaml") || strncmp(ent->d_name, prefix, strlen(prefix)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, ent->d_name);
		check(path);
		n++;
	}
	closedir(d);
	return n;
}

static void check_good(const char *path)
{
	struct err e = { 0 };

	ck_assert_msg(loader_takes(path, &e), "%s", e.msg);
	ck_assert_msg(schema_takes(path), "%s: the schema refuses it", path);
}

static void check_bad_for_both(const char *path)
{
	struct err e = { 0 };

	ck_assert_msg(!loader_takes(path, &e), "%s: the loader takes it", path);
	ck_assert_msg(!strncmp(e.msg, path, strlen(path)) && e.msg[strlen(path)] == ':', "no place: %s", e.msg);
	ck_assert_msg(!schema_takes(path), "%s: the schema takes it", path);
}

static void check_bad_for_loader(const char *path)
{
	struct err e = { 0 };

	ck_assert_msg(!loader_takes(path, &e), "%s: the loader takes it", path);
	ck_assert_msg(!strncmp(e.msg, path, strlen(path)) && e.msg[strlen(path)] == ':', "no place: %s", e.msg);
	ck_assert_msg(schema_takes(path), "%s: the schema refuses it: call it schema-...", path);
}

START_TEST(good_files)
{
	ck_assert_uint_ge(each_file("harness/tests/good", "", check_good), 4);
	check_good("harness/tests/good/lib/mqtt.yaml");
}
END_TEST

START_TEST(bad_files)
{
	ck_assert_uint_ge(each_file("harness/tests/bad", "schema-", check_bad_for_both), 25);
	ck_assert_uint_ge(each_file("harness/tests/bad", "loader-", check_bad_for_loader), 15);
}
END_TEST

START_TEST(committed_schema_is_current)
{
	FILE *f = fopen("scenarios/scenario.schema.json", "r");
	char *text = schema_text(), *committed;
	size_t size = strlen(text) + 2, n;

	ck_assert_ptr_nonnull(f);
	committed = calloc(1, size);
	n = fread(committed, 1, size - 1, f);
	fclose(f);
	ck_assert_msg(n == strlen(text) && !strcmp(committed, text),
		      "scenarios/scenario.schema.json is not what `hil schema` prints");
	free(committed);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario schema");
	TCase *tc = tcase_create("files");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, good_files);
	tcase_add_test(tc, bad_files);
	tcase_add_test(tc, committed_schema_is_current);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
