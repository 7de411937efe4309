/* Run-time variables: set, replaced, forgotten, put in. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/vars.h"

static const char file[] =
	"schema: 1\nname: a\nsummary: s\nmatrix: {sni: [1]}\nvars: {who: 'id-${run.id}', cost: 5$$}\nsteps: [{at: AT}]\n";

static struct scenario *scenario;
static struct cell *cell;
static struct buf out;

static void setup(void)
{
	struct err e = { 0 };

	scenario = scenario_load_text("t.yaml", file, sizeof(file) - 1, NULL, &e);
	ck_assert_msg(scenario != NULL, "%s", e.msg);
	cell = scenario->cells[0];
	buf_init(&out, 1 << 20);
}

static void teardown(void)
{
	buf_free(&out);
	scenario_free(scenario);
}

static const struct {
	const char *text, *expanded;
} rows[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "^a$", "^a$" },
	{ "$$", "$" },
	{ "$${x}", "${x}" },
	{ "$$$${x}", "$${x}" },
	{ "${x}", "value" },
	{ "a${x}b${x}c", "avaluebvaluec" },
	{ "$${x}${x}$", "${x}value$" },
	/* a value of run time is not looked into again */
	{ "${dollars}", "${x}$$" },
	{ "${sni}", "1" },
	{ "${who}", "id-77" },
	{ "${cost}", "5$" },
	{ "${", "${" },
	{ "${}", "${}" },
};

START_TEST(expansion)
{
	struct err e = { 0 };

	vars_set(cell, "x", "value");
	vars_set(cell, "dollars", "${x}$$");
	vars_set(cell, "run.id", "77");
	ck_assert_int_eq(vars_expand(cell, rows[_i].text, &out, &e), 0);
	ck_assert_str_eq(buf_str(&out), rows[_i].expanded);
}
END_TEST

START_TEST(a_name_without_value)
{
	struct err e = { 0 };

	ck_assert_int_eq(vars_expand(cell, "a ${nobody}", &out, &e), -ENOENT);
	ck_assert_str_eq(e.msg, "no value for ${nobody}");
	memset(&e, 0, sizeof(e));
	ck_assert_int_eq(vars_expand(cell, "${who}", &out, &e), -ENOENT);
	ck_assert_str_eq(e.msg, "no value for ${run.id}");
}
END_TEST

START_TEST(set_get_reset)
{
	ck_assert_ptr_null(vars_get(cell, "x"));
	vars_set(cell, "x", "1");
	vars_set(cell, "x", "2");
	ck_assert_str_eq(vars_get(cell, "x"), "2");
	vars_set(cell, "sni", "over");
	ck_assert_str_eq(vars_get(cell, "sni"), "over");
	vars_reset(cell);
	ck_assert_ptr_null(vars_get(cell, "x"));
	ck_assert_str_eq(vars_get(cell, "sni"), "1");
	vars_reset(cell);
}
END_TEST

START_TEST(too_much)
{
	struct err e = { 0 };
	struct buf small;

	buf_init(&small, 4);
	vars_set(cell, "x", "12345");
	ck_assert_int_eq(vars_expand(cell, "${x}", &small, &e), -ENOSPC);
	ck_assert_str_eq(e.msg, "too long when its variables are put in");
	buf_free(&small);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vars");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, expansion, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, a_name_without_value);
	tcase_add_test(tc, set_get_reset);
	tcase_add_test(tc, too_much);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
