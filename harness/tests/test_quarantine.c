/* The quarantine list: what is refused and where, what an entry means, and what --quarantine-verify says of it. */
#include "harness/quarantine.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report.h"

static const char today[] = "2026-06-15T10:00:00";

static struct quarantine *load(const char *text, struct err *e)
{
	return quarantine_load_text("q.yaml", text, strlen(text), today, e);
}

static const struct {
	const char *text, *error;
} bad[] = {
	{ "cell: x\n", "q.yaml:1:1: must be a list" },
	{ "- x\n", "q.yaml:1:3: must be a mapping" },
	{ "- {reason: x}\n", "q.yaml:1:3: key 'cell' is missing" },
	{ "- {cell: x}\n", "q.yaml:1:3: key 'reason' is missing" },
	{ "- {cell: x, reason: ''}\n", "q.yaml:1:21: 'reason' must be something" },
	{ "- {cell: x, reason: [y]}\n", "q.yaml:1:21: must be a value" },
	{ "- {cell: x, reason: y}\n- {cell: x, reson: y}\n", "q.yaml:2:13: unknown key 'reson' (did you mean 'reason'?)" },
	{ "- {cell: 'a(', reason: y}\n",
	  "q.yaml:1:10: 'a(' is neither an id nor a regex: missing closing parenthesis at character 3" },
	{ "- {cell: x, reason: y, until: soon}\n", "q.yaml:1:31: 'soon' must be a date like 2026-12-31" },
	{ "- {cell: x, reason: y, until: 2026-13-01}\n", "q.yaml:1:31: '2026-13-01' must be a date like 2026-12-31" },
	{ "- {cell: x, reason: y, until: 2026-02-30}\n", "q.yaml:1:31: '2026-02-30' must be a date like 2026-12-31" },
	{ "- {cell: x, reason: y, until: 2026-2-3}\n", "q.yaml:1:31: '2026-2-3' must be a date like 2026-12-31" },
};

START_TEST(refused_with_its_place)
{
	struct err e = { 0 };

	ck_assert_ptr_null(load(bad[_i].text, &e));
	ck_assert_str_eq(e.msg, bad[_i].error);
}
END_TEST

START_TEST(no_such_file)
{
	struct err e = { 0 };

	ck_assert_ptr_null(quarantine_load_file("/no/such/q.yaml", today, &e));
	ck_assert_ptr_nonnull(strstr(e.msg, "/no/such/q.yaml"));
}
END_TEST

START_TEST(empty_lists)
{
	static const char *const texts[] = { "", "# nothing today\n", "[]\n" };

	for (size_t i = 0; i < 3; i++) {
		struct err e = { 0 };
		struct quarantine *q = load(texts[i], &e);

		ck_assert_msg(q != NULL, "%s", e.msg);
		ck_assert_uint_eq(quarantine_size(q), 0);
		ck_assert_ptr_null(quarantine_find(q, "f.yaml", "x"));
		quarantine_free(q);
	}
	ck_assert_ptr_null(quarantine_find(NULL, "f.yaml", "x"));
}
END_TEST

static const struct {
	const char *cell, *file, *id;
	bool means;
} rows[] = {
	{ "t[a=1]", "f.yaml", "t[a=1]", true },
	{ "t[a=1]", "f.yaml", "t[a=12]", false },
	{ "t", "f.yaml", "t[a=1]", false },	/* not a part of it: one letter would cover everything */
	{ "t.*", "f.yaml", "t[a=1]", true },
	{ "f.yaml::t[a=1]", "f.yaml", "t[a=1]", true },
	{ "f.yaml::.*", "f.yaml", "t[a=1]", true },
	{ "g.yaml::.*", "f.yaml", "t[a=1]", false },
	{ "f\\.yaml::t\\[a=(1|2)\\]", "f.yaml", "t[a=2]", true },
	{ "t[a=AT+CSQ]", "f.yaml", "t[a=AT+CSQ]", true },	/* no match as a regex */
};

START_TEST(meaning)
{
	char text[256];
	struct err e = { 0 };
	struct quarantine *q;

	snprintf(text, sizeof(text), "- {cell: '%s', reason: y}\n", rows[_i].cell);
	q = load(text, &e);
	ck_assert_msg(q != NULL, "%s", e.msg);
	ck_assert_int_eq(quarantine_find(q, rows[_i].file, rows[_i].id) != NULL, rows[_i].means);
	quarantine_free(q);
}
END_TEST

START_TEST(dates)
{
	struct err e = { 0 };
	struct quarantine *q = load("- {cell: a, reason: y, until: 2026-06-14}\n- {cell: a, reason: y, until: 2026-06-15}\n"
				    "- {cell: a, reason: y, ref: issue-1}\n", &e);

	ck_assert_msg(q != NULL, "%s", e.msg);
	ck_assert(quarantine_at(q, 0)->over);
	ck_assert(!quarantine_at(q, 1)->over);
	ck_assert(!quarantine_at(q, 2)->over);
	ck_assert_str_eq(quarantine_at(q, 2)->ref, "issue-1");
	ck_assert_uint_eq(quarantine_at(q, 1)->line, 2);
	quarantine_free(q);
}
END_TEST

#define END(cell, outcome) "{\"event\":\"end\",\"cell\":\"" cell "\",\"file\":\"f.yaml\",\"outcome\":\"" outcome "\""

static const struct {
	const char *list, *ends[3], *said;	/* "" when the list is as it should be */
} verify[] = {
	{ "- {cell: a, reason: y}\n", { END("a", "pass") "}\n" },
	  "q.yaml:1:3: quarantine of 'a': all its cells passed (1 of 1 runs); reason was: y\n" },
	{ "- {cell: a, reason: y}\n", { END("a", "pass") "}\n", END("a", "fail") "}\n" }, "" },
	{ "- {cell: a, reason: y}\n", { END("a", "pass") ",\"attempts\":[{\"outcome\":\"fail\",\"text\":\"x\"}]}\n" }, "" },
	{ "- {cell: a, reason: y}\n", { END("a", "error") "}\n" }, "" },
	{ "- {cell: a, reason: y}\n", { END("a", "skip") "}\n" }, "" },
	{ "- {cell: a, reason: y}\n", { END("b", "pass") "}\n" }, "" },	/* not selected: nothing is known */
	{ "- {cell: nobody, reason: y}\n", { END("a", "pass") "}\n" },
	  "q.yaml:1:3: quarantine of 'nobody': no cell is called so; reason was: y\n" },
	{ "- {cell: a, reason: y, until: 2026-01-01}\n", { END("a", "fail") "}\n" },
	  "q.yaml:1:3: quarantine of 'a': its date is over (2026-01-01); reason was: y\n" },
	{ "- {cell: '.', reason: y}\n", { END("a", "pass") "}\n", END("b", "fail") "}\n" }, "" },
};

START_TEST(verified)
{
	struct report_set set = { 0 };
	struct err e = { 0 };
	struct quarantine *q = load(verify[_i].list, &e);
	char *said = NULL;
	size_t n;
	FILE *out = open_memstream(&said, &n);

	ck_assert_msg(q != NULL, "%s", e.msg);
	quarantine_see(q, "f.yaml", "a");
	quarantine_see(q, "f.yaml", "b");
	report_set_add(&set, report_quarantine_new(out, q));
	for (size_t i = 0; i < 3 && verify[_i].ends[i]; i++)
		ck_assert_int_ne(report_set_feed(&set, verify[_i].ends[i], strlen(verify[_i].ends[i])), OUTCOME_COUNT);
	memset(set.totals.bad, 0, sizeof(set.totals.bad));
	report_set_done(&set);
	ck_assert_uint_eq(report_totals_failed(&set.totals), *verify[_i].said != '\0');
	report_set_free(&set);
	fclose(out);
	ck_assert_str_eq(said, verify[_i].said);
	free(said);
	quarantine_free(q);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quarantine");
	TCase *tc = tcase_create("list");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, refused_with_its_place, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, no_such_file);
	tcase_add_test(tc, empty_lists);
	tcase_add_loop_test(tc, meaning, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, dates);
	tcase_add_loop_test(tc, verified, 0, sizeof(verify) / sizeof(verify[0]));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
