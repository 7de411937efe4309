/* Durations that are remembered, and shards that take as long as each other. */
#include "harness/estimates.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/report.h"

static char path[64];

static void setup(void)
{
	snprintf(path, sizeof(path), "/tmp/test-estimates-XXXXXX");
	close(mkstemp(path));
	unlink(path);
}

static void teardown(void)
{
	unlink(path);
}

static double known(const char *target, const char *cell)
{
	struct estimates *s = estimates_load(path, NULL);
	double seconds;

	ck_assert_ptr_nonnull(s);
	seconds = estimates_of(s, target, "/no/f.yaml", cell);
	estimates_free(s);
	return seconds;
}

static void fold(const char *const *lines)
{
	struct report_set set = { 0 };

	report_set_add(&set, report_durations_new(path));
	for (; *lines; lines++)
		report_set_feed(&set, *lines, strlen(*lines));
	report_set_done(&set);
	report_set_free(&set);
}

#define END(cell, outcome, real, more) "{\"event\":\"end\",\"cell\":\"" cell "\",\"file\":\"/no/f.yaml\",\"target\":\"pty\"," \
	"\"outcome\":\"" outcome "\",\"real\":" real more "}\n"

START_TEST(runs_are_remembered)
{
	static const char *const first[] = {
		END("a", "pass", "4.0", ""), END("b", "fail", "1.0", ",\"round\":1"), END("b", "pass", "2.0", ",\"round\":2"),
		END("c", "skip", "0.0", ""), END("a[sweep=x]", "pass", "3.0", ",\"sweep\":{\"point\":\"x@1\"}"), NULL,
	};
	static const char *const second[] = { END("a", "pass", "2.0", ""), NULL };

	ck_assert(known("pty", "a") < 0);
	fold(first);
	ck_assert_double_eq(known("pty", "a"), 4.0);
	ck_assert_double_eq(known("pty", "b"), 1.5);
	ck_assert(known("pty", "c") < 0);
	ck_assert(known("pty", "a[sweep=x]") < 0);
	ck_assert(known("inproc", "a") < 0);
	fold(second);
	ck_assert_double_eq(known("pty", "a"), 3.0);
	ck_assert_double_eq(known("pty", "b"), 1.5);
}
END_TEST

static const struct {
	const char *text, *error;	/* behind the path */
} bad[] = {
	{ "[1]\n", ":1:1: no list of durations: must be an object" },
	{ "{\n\"a\": }\n", ":2:6: no list of durations: unexpected token near '}'" },
};

START_TEST(another_file)
{
	struct err e = { 0 };
	FILE *f = fopen(path, "w");

	fputs(bad[_i].text, f);
	fclose(f);
	ck_assert_ptr_null(estimates_load(path, &e));
	ck_assert_msg(!strncmp(e.msg, path, strlen(path)), "%s", e.msg);
	ck_assert_str_eq(e.msg + strlen(path), bad[_i].error);
}
END_TEST

static const struct {
	double cost[7];
	size_t n, shards, of[7];
} shares[] = {
	{ { 0 }, 0, 3, { 0 } },
	{ { 1, 1, 1, 1 }, 4, 1, { 0, 0, 0, 0 } },
	{ { 1, 1, 1, 1 }, 4, 2, { 0, 1, 0, 1 } },
	{ { 9, 1, 1, 1, 1 }, 5, 2, { 0, 1, 1, 1, 1 } },
	{ { 2, 3, 4, 5 }, 4, 2, { 0, 1, 1, 0 } },
	{ { -1, -1, -1 }, 3, 3, { 0, 1, 2 } },			/* nothing known: as many each */
	{ { 6, -1, -1, 2 }, 4, 2, { 0, 1, 1, 0 } },		/* unknown ones as the mean, 4 */
	{ { 5, 5 }, 2, 4, { 0, 1 } },
	{ { 0, 0, 0 }, 3, 2, { 0, 1, 0 } },
};

START_TEST(shared_out)
{
	size_t of[7] = { 0 };

	estimates_share(shares[_i].cost, shares[_i].n, shares[_i].shards, of);
	for (size_t i = 0; i < shares[_i].n; i++)
		ck_assert_msg(of[i] == shares[_i].of[i], "cost %zu is in shard %zu", i, of[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("estimates");
	TCase *tc = tcase_create("seconds");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, runs_are_remembered);
	tcase_add_loop_test(tc, another_file, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tc, shared_out, 0, sizeof(shares) / sizeof(shares[0]));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
