/* The verbs as a user calls them: exit codes, what is on stdout and what on stderr. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/pool.h"
#include "harness/tests/test_verb_rig.h"
#include "harness/verbs.h"

static void setup(void)
{
	rig_open();
	write_file("a.yaml", "schema: 1\nname: a\nsummary: s\nmatrix: {x: [1, 2]}\n"
			     "steps: [{id: one, when: {x: 1}, at: AT}, {at: 'AT${x}'}]\nskip: [{when: {x: 2}, reason: no}]\n");
	write_file("wait.yaml", "schema: 1\nname: w\nsummary: s\nsteps: [{wait: 1s}]\n");
	write_file("bad.yaml", "schema: 1\nname: b\nsummary: s\nsteps: [{att: AT}]\n");
	write_file("profile.yaml", "schema: 1\nname: p\nsummary: s\nmatrix: {x: [none]}\n"
				   "modem: {profile: 'no-such-${x}'}\nsteps: [{at: AT}]\n");
	write_file("board.yaml", "schema: 1\nname: c\nsummary: s\ntargets: [board]\nmodem: {profile: no-such}\n"
				 "steps: [{at: AT}]\n");
}

START_TEST(list)
{
	ck_assert_int_eq(CALL(verb_list, "list", "a.yaml", "wait.yaml"), HIL_EXIT_PASS);
	ck_assert_str_eq(buf_str(&out), "a.yaml::a[x=1]\na.yaml::a[x=2]\nwait.yaml::w\n");
	ck_assert_str_eq(buf_str(&errors), "");
	ck_assert_int_eq(CALL(verb_list, "list", "a.yaml", "--filter", "x=9"), HIL_EXIT_EMPTY);
	ck_assert_str_eq(buf_str(&errors), "hil: nothing is selected (2 cells in 1 files)\n");
	ck_assert_int_eq(CALL(verb_list, "list", "a.yaml", "--filter", "x=9", "--allow-empty"), HIL_EXIT_PASS);
	ck_assert_int_eq(CALL(verb_list, "list", "a.yaml", "--json", "--filter", "x=2"), HIL_EXIT_PASS);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"id\": \"a.yaml::a[x=2]\""));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"skip\": \"no\""));
}
END_TEST

START_TEST(a_wrong_file_stops_everything)
{
	static const char error[] = "bad.yaml:4:10: unknown key 'att' (did you mean 'at'?)\n";

	ck_assert_int_eq(CALL(verb_list, "list", "a.yaml", "bad.yaml"), HIL_EXIT_USAGE);
	ck_assert_str_eq(buf_str(&errors), error);
	ck_assert_str_eq(buf_str(&out), "");
	ck_assert_int_eq(CALL(verb_run, "run", "a.yaml", "bad.yaml"), HIL_EXIT_USAGE);
	ck_assert_str_eq(buf_str(&errors), error);
	ck_assert_str_eq(buf_str(&out), "");
}
END_TEST

START_TEST(check_says_all)
{
	ck_assert_int_eq(CALL(verb_check, "check", "a.yaml", "wait.yaml", "board.yaml"), HIL_EXIT_PASS);
	ck_assert_str_eq(buf_str(&out), "3 files, 4 cells, 0 wrong\n");
	ck_assert_str_eq(buf_str(&errors), "wait.yaml:4:16: warning: wait makes a run slow or flaky: prefer expect with "
					   "within\n");
	ck_assert_int_eq(CALL(verb_check, "check", "."), HIL_EXIT_USAGE);
	ck_assert_str_eq(buf_str(&out), "5 files, 5 cells, 2 wrong\n");
	ck_assert_ptr_nonnull(strstr(buf_str(&errors), "bad.yaml:4:10: unknown key 'att'"));
	/* the profile is known only when the matrix is worked out */
	ck_assert_ptr_nonnull(strstr(buf_str(&errors), "profile.yaml:5:8: p[x=none]: no profile 'no-such-none'"));
}
END_TEST

START_TEST(a_wrong_profile_is_found_before_the_run)
{
	ck_assert_int_eq(CALL(verb_run, "run", "profile.yaml"), HIL_EXIT_USAGE);
	ck_assert_str_eq(buf_str(&out), "");
	ck_assert_ptr_nonnull(strstr(buf_str(&errors), "no profile 'no-such-none'"));
}
END_TEST

START_TEST(render)
{
	ck_assert_int_eq(CALL(verb_render, "render", "a.yaml", "--filter", "x=2"), HIL_EXIT_PASS);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "# a.yaml::a[x=2]\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "at: 'AT2'"));
	ck_assert_ptr_null(strstr(buf_str(&out), "id: one"));
}
END_TEST

START_TEST(explain)
{
	ck_assert_int_eq(CALL(verb_explain, "explain", "a[x=2]", "a.yaml", "--filter", "x=1"), HIL_EXIT_PASS);
	ck_assert_str_eq(buf_str(&out), "a.yaml::a[x=2]\n  left out: --filter does not match\n  skipped: no\n  x: 2\n"
					"  step passed over: one (a.yaml:5): its when: does not hold\n"
					"  again: hil run 'a.yaml::a[x=2]'\n");
	ck_assert_int_eq(CALL(verb_explain, "explain", "a[x=3]", "a.yaml"), HIL_EXIT_USAGE);
	ck_assert_str_eq(buf_str(&errors), "hil: no cell is called 'a[x=3]' (did you mean 'a[x=1]'?)\n");
}
END_TEST

START_TEST(schema_help_version)
{
	ck_assert_int_eq(CALL(verb_schema, "schema"), HIL_EXIT_PASS);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"$schema\": \"http://json-schema.org/draft-07/schema#\""));
	ck_assert_int_eq(CALL(verb_help, "help", "run"), HIL_EXIT_PASS);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "--timeout-scale X"));
	ck_assert_int_eq(CALL(verb_help, "--help"), HIL_EXIT_PASS);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "usage: hil VERB"));
	ck_assert_int_eq(CALL(verb_version, "--version"), HIL_EXIT_PASS);
	ck_assert_str_eq(buf_str(&out), "hil " HIL_VERSION "\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario verbs");
	TCase *tc = tcase_create("calls");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, rig_close);
	tcase_add_test(tc, list);
	tcase_add_test(tc, a_wrong_file_stops_everything);
	tcase_add_test(tc, check_says_all);
	tcase_add_test(tc, a_wrong_profile_is_found_before_the_run);
	tcase_add_test(tc, render);
	tcase_add_test(tc, explain);
	tcase_add_test(tc, schema_help_version);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
