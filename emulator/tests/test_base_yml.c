/* YAML as a tree with places: what is refused, where, and that values stay text until asked. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/yml.h"

static struct yml *load(const char *text, struct err *e)
{
	return yml_load_text("t.yaml", text, strlen(text), e);
}

static const struct { const char *text, *error; } refused[] = {
	{ "a: 1\na: 2\n", "t.yaml:2:1: key 'a' is given twice (first on line 1)" },
	{ "{x: {b: 1, b: 2}}", "t.yaml:1:12: key 'b' is given twice (first on line 1)" },
	{ "a: &x {b: 1}\nc: {<<: *x}\n", "t.yaml:2:5: merge keys (<<) are not supported" },
	{ "a: &x 1\nb: *x\n", "t.yaml:2:4: aliases (*name) are not supported" },
	{ "a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document is not supported" },
	{ "[1]: a\n", "t.yaml:1:1: a key must be plain text" },
	{ "{[a, b]: c}\n", "t.yaml:1:2: a key must be plain text" },
	{ "a: [1\nb: 2\n", "t.yaml:2:" },
	{ "a: \"open\n", "t.yaml:2:1: " },
	{ "\tx: 1\n", "t.yaml:1:1: " },
	{ "a: b: c\n", "t.yaml:1:5: " },
	{ "a: \x01\n", "t.yaml:" },
	{ "a: \xff\xfe\n", "t.yaml:" },
	{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "t.yaml:1:65: nested too deep" },
};

START_TEST(test_refused)
{
	struct err e = { 0 };

	ck_assert_ptr_null(load(refused[_i].text, &e));
	ck_assert_int_lt(e.code, 0);
	ck_assert_msg(!strncmp(e.msg, refused[_i].error, strlen(refused[_i].error)), "%s\nwanted %s", e.msg,
		      refused[_i].error);
}
END_TEST

START_TEST(test_depth)
{
	char text[200];
	struct err e = { 0 };
	struct yml *y;

	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	text[128] = '\0';
	y = load(text, &e);
	ck_assert_msg(y, "%s", e.msg);
	yml_free(y);
}
END_TEST

START_TEST(test_places)
{
	struct err e = { 0 };
	struct yml *y = load("# comment\na: one\nb:\n  - x\n  - {c: 'two\n\n    lines', d: \"\\r\\n\\x1a\"}\n", &e);
	const struct yml_node *root = yml_root(y), *b, *map;

	ck_assert_int_eq(yml_kind(root), YML_MAP);
	ck_assert_uint_eq(yml_size(root), 2);
	ck_assert_str_eq(yml_name(root), "t.yaml");
	ck_assert_str_eq(yml_str(yml_key(root, 1)), "b");
	ck_assert_uint_eq(yml_line(yml_key(root, 1)), 3);
	ck_assert_uint_eq(yml_column(yml_key(root, 1)), 1);
	ck_assert_uint_eq(yml_line(yml_get(root, "a")), 2);
	ck_assert_uint_eq(yml_column(yml_get(root, "a")), 4);
	b = yml_get(root, "b");
	ck_assert_int_eq(yml_kind(b), YML_SEQ);
	ck_assert_ptr_null(yml_key(b, 0));
	ck_assert_ptr_null(yml_get(b, "x"));
	ck_assert_str_eq(yml_str(b), "");
	map = yml_at(b, 1);
	ck_assert_uint_eq(yml_line(map), 5);
	ck_assert_str_eq(yml_str(yml_get(map, "c")), "two\nlines");
	ck_assert_str_eq(yml_str(yml_get(map, "d")), "\r\n\x1a");
	ck_assert_uint_eq(yml_line(yml_get(map, "d")), 7);
	ck_assert_ptr_null(yml_get(root, "none"));
	yml_free(y);
}
END_TEST

START_TEST(test_empty)
{
	static const char *const texts[] = { "", "# nothing\n", "---\n", "--- {}\n" };
	struct err e = { 0 };
	struct yml *y = load(texts[_i], &e);

	ck_assert_msg(y, "%s", e.msg);
	if (_i != 2) {
		ck_assert_int_eq(yml_kind(yml_root(y)), YML_MAP);
		ck_assert_uint_eq(yml_size(yml_root(y)), 0);
	}
	ck_assert_uint_ge(yml_line(yml_root(y)), 1);
	yml_free(y);
}
END_TEST

START_TEST(test_missing_file)
{
	struct err e = { 0 };

	ck_assert_ptr_null(yml_load_file("/no/such/file.yaml", &e));
	ck_assert_int_eq(e.code, -ENOENT);
	ck_assert_str_eq(e.msg, "/no/such/file.yaml: No such file or directory");
	memset(&e, 0, sizeof(e));
	ck_assert_ptr_null(yml_load_file("/", &e));
	ck_assert_int_lt(e.code, 0);
}
END_TEST

static const char *const words[] = { "alpha", "beta", NULL };

enum read { READ_NUM, READ_BOOL, READ_WORD, READ_TIME, READ_KEYS };

/* error NULL: value is what comes out. */
static const struct { enum read read; const char *text; long long value; const char *error; } reads[] = {
	{ READ_NUM, "v: -5", -5, NULL },
	{ READ_NUM, "v: 20", 20, NULL },
	{ READ_NUM, "v: 0x14", 20, NULL },
	{ READ_NUM, "v: 010", 10, NULL },
	{ READ_NUM, "v: 21", 0, "t.yaml:1:4: '21' must be a number from -5 to 20" },
	{ READ_NUM, "v: -6", 0, "t.yaml:1:4: '-6' must be a number from -5 to 20" },
	{ READ_NUM, "v: 1.0", 0, "t.yaml:1:4: '1.0' must be a number" },
	{ READ_NUM, "v:", 0, "t.yaml:1:3: '' must be a number" },
	{ READ_NUM, "v: [1]", 0, "t.yaml:1:4: '' must be a number" },
	{ READ_BOOL, "v: true", 1, NULL },
	{ READ_BOOL, "v: false", 0, NULL },
	{ READ_BOOL, "v: no", 0, "t.yaml:1:4: 'no' must be true or false" },
	{ READ_BOOL, "v: {}", 0, "t.yaml:1:4: '' must be true or false" },
	{ READ_WORD, "v: beta", 1, NULL },
	{ READ_WORD, "v: bets", 0, "t.yaml:1:4: unknown value 'bets' (did you mean 'beta'?)" },
	{ READ_WORD, "v: omega", 0, "t.yaml:1:4: unknown value 'omega' (one of: alpha beta)" },
	{ READ_TIME, "v: 1.5s", 1500000, NULL },
	{ READ_TIME, "v: 5", 0, "t.yaml:1:4: '5' must be a number with a unit: 250ms, 5s, 2m, 1h" },
	{ READ_KEYS, "v: {alpha: 1, beta: 2}", 0, NULL },
	{ READ_KEYS, "v: {}", 0, NULL },
	{ READ_KEYS, "v: {alhpa: 1}", 0, "t.yaml:1:5: unknown key 'alhpa' (did you mean 'alpha'?)" },
	{ READ_KEYS, "v: []", 0, "t.yaml:1:4: must be a mapping" },
};

START_TEST(test_read)
{
	struct err e = { 0 };
	struct yml *y = load(reads[_i].text, &e);
	const struct yml_node *v = yml_get(yml_root(y), "v");
	long long num = 0;
	uint64_t us = 0;
	bool flag = false;
	int word = 0, err = 0;

	ck_assert_ptr_nonnull(v);
	switch (reads[_i].read) {
	case READ_NUM:
		err = yml_num(v, -5, 20, &num, &e);
		break;
	case READ_BOOL:
		err = yml_bool(v, &flag, &e);
		num = flag;
		break;
	case READ_WORD:
		err = yml_word(v, words, &word, &e);
		num = word;
		break;
	case READ_TIME:
		err = yml_duration_us(v, &us, &e);
		num = (long long)us;
		break;
	case READ_KEYS:
		err = yml_check_keys(v, words, &e);
		break;
	}
	if (reads[_i].error) {
		ck_assert_int_eq(err, -EINVAL);
		ck_assert_msg(!strncmp(e.msg, reads[_i].error, strlen(reads[_i].error)), "%s", e.msg);
	} else {
		ck_assert_msg(!err, "%s", e.msg);
		ck_assert_int_eq(num, reads[_i].value);
	}
	yml_free(y);
}
END_TEST

/* The first error stays. */
START_TEST(test_first_error)
{
	struct err e = { 0 };
	struct yml *y = load("a: 1\nb: 2\n", &e);

	yml_error(yml_get(yml_root(y), "a"), &e, "first %d", 1);
	yml_error(yml_get(yml_root(y), "b"), &e, "second");
	ck_assert_str_eq(e.msg, "t.yaml:1:4: first 1");
	yml_free(y);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base yml");
	TCase *t = tcase_create("yml");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, test_refused, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(t, test_depth);
	tcase_add_test(t, test_places);
	tcase_add_loop_test(t, test_empty, 0, 4);
	tcase_add_test(t, test_missing_file);
	tcase_add_loop_test(t, test_read, 0, sizeof(reads) / sizeof(reads[0]));
	tcase_add_test(t, test_first_error);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
