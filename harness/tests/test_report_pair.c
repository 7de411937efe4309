/* Pairs: what agrees, what differs, what has no partner; and that a difference fails the run. */
#include "harness/tests/test_report_rig.h"

#define END(cell, world, which, outcome, saved) \
	"{\"schema\":1,\"event\":\"end\",\"cell\":\"" cell "\",\"file\":\"t.yaml\",\"line\":3,\"scenario\":\"t\",\"target\":" \
	"\"inproc\",\"took\":1,\"real\":1,\"outcome\":\"" outcome "\",\"matrix\":{\"case\":\"" which "\",\"world\":\"" world \
	"\"},\"saved\":{" saved "}}\n"

static const struct {
	const char *events[3];	/* NULL: no more */
	size_t failures;
	const char *wanted;
} rows[] = {
	{ { END("t[case=a,world=m]", "m", "a", "pass", "\"answer\":\"32\""), END("t[case=a,world=r]", "r", "a", "pass", "\"answer\":\"32\"") },
	  0, "t[case=a]  same       answer=32\n1 pairs by world: 1 same, 0 different, 0 without a partner\n" },
	{ { END("t[case=a,world=m]", "m", "a", "pass", "\"answer\":\"32\""), END("t[case=a,world=r]", "r", "a", "pass", "\"answer\":\"0\"") },
	  1, "t[case=a]  DIFFERENT  m: answer=32  r: answer=0\n1 pairs by world: 0 same, 1 different, 0 without a partner\n" },
	{ { END("t[case=a,world=m]", "m", "a", "pass", ""), END("t[case=a,world=r]", "r", "a", "fail", "") },
	  1, "t[case=a]  DIFFERENT  m: PASS  r: FAIL\n1 pairs by world: 0 same, 1 different, 0 without a partner\n" },
	{ { END("t[case=a,world=m]", "m", "a", "pass", ""), END("t[case=a,world=r]", "r", "a", "skip", "") },
	  0, "t[case=a]  alone      m: PASS  r: SKIP\n1 pairs by world: 0 same, 0 different, 1 without a partner\n" },
	{ { END("t[case=a,world=m]", "m", "a", "pass", ""), END("t[case=b,world=m]", "m", "b", "pass", "") },
	  0, "t[case=a]  alone      m: PASS\nt[case=b]  alone      m: PASS\n2 pairs by world: 0 same, 0 different, 2 without a partner\n" },
	/* a cell without the variable is nobody's partner */
	{ { "{\"schema\":1,\"event\":\"end\",\"cell\":\"u\",\"file\":\"u.yaml\",\"scenario\":\"u\",\"outcome\":\"pass\"}\n" },
	  0, "0 pairs by world: 0 same, 0 different, 0 without a partner\n" },
};

START_TEST(test_rows)
{
	struct report_set set = { 0 };
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	report_set_add(&set, report_pair_new(out, "world"));
	for (size_t i = 0; i < 3 && rows[_i].events[i]; i++)
		report_set_feed(&set, rows[_i].events[i], strlen(rows[_i].events[i]));
	report_set_done(&set);
	ck_assert_uint_eq(set.totals.own[0].n, rows[_i].failures);
	report_set_free(&set);
	fclose(out);
	ck_assert_str_eq(text, rows[_i].wanted);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report pair");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
