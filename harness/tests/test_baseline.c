/* Baselines: what is broken, fixed, changed, new and gone; what is written; and which files are refused, with their place. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "harness/baseline.h"

static const struct grid_column columns[] = { { "REV-A", "A", "" }, { "REV-B", "B", "" } };

/* One place of the grid: its row and column, and what came of it. NULL outcome: it is not selected. */
struct said {
	const char *row;
	size_t column;
	const char *outcome, *codes, *saved;
};

static struct grid *grid_of(const struct said *all, size_t n)
{
	struct grid *g = grid_new(columns, 2);

	for (size_t i = 0; i < n; i++) {
		size_t row = grid_row(g, "s/t.yaml", "t", "", all[i].row);
		struct report_cell cell;
		char id[64];
		json_t *end;

		snprintf(id, sizeof(id), "%s@%zu", all[i].row, all[i].column);
		ck_assert(grid_plan(g, row, all[i].column, all[i].outcome ? id : NULL));
		if (!all[i].outcome)
			continue;
		end = json_pack("{s:s, s:s, s:s}", "cell", id, "file", "s/t.yaml", "outcome", all[i].outcome);
		if (all[i].saved)
			json_object_set_new(end, "saved", json_pack("{s:s}", "answer", all[i].saved));
		report_read_cell(&cell, end);
		ck_assert_ptr_nonnull(grid_take(g, &cell, all[i].codes));
		json_decref(end);
	}
	return g;
}

#define HEAD "schema: 1\nseed: 7\ncells:\n"
#define FILE_T "  s/t.yaml:\n"

static struct baseline *load(const char *text)
{
	struct err e = { 0 };
	struct baseline *b = baseline_load_text("b.yaml", text, strlen(text), &e);

	ck_assert_msg(b != NULL, "%s", e.msg);
	return b;
}

/* --- judging --------------------------------------------------------------------------------------------------- */

static const struct {
	const char *was, *outcome, *codes, *saved;
	enum grid_change wanted;
} judged[] = {
	{ "pass", "pass", "", NULL, CHANGE_NONE },
	{ "pass mqtt 0", "pass", "mqtt 0", NULL, CHANGE_NONE },
	{ "pass mqtt 32, mqtt 0 answer=5", "pass", "mqtt 32, mqtt 0", "5", CHANGE_NONE },
	{ "pass mqtt 0", "pass", "mqtt 32", NULL, CHANGE_DIFFERENT },
	{ "pass answer=5", "pass", "", "6", CHANGE_DIFFERENT },
	{ "pass", "skip", "", NULL, CHANGE_DIFFERENT },
	{ "pass", "xfail", "", NULL, CHANGE_DIFFERENT },
	{ "fail mqtt 32", "fail", "mqtt 34", NULL, CHANGE_DIFFERENT },
	{ "fail", "error", "", NULL, CHANGE_DIFFERENT },
	{ "pass", "fail", "", NULL, CHANGE_BROKEN },
	{ "pass", "error", "", NULL, CHANGE_BROKEN },
	{ "skip", "fail", "", NULL, CHANGE_BROKEN },
	{ "xfail", "xpass", "", NULL, CHANGE_BROKEN },
	{ "fail", "pass", "", NULL, CHANGE_FIXED },
	{ "xpass", "xfail", "", NULL, CHANGE_FIXED },
	{ NULL, "pass", "", NULL, CHANGE_NEW },
	{ NULL, "fail", "", NULL, CHANGE_NEW },
};

START_TEST(test_judged)
{
	const struct said one = { "t[a]", 1, judged[_i].outcome, judged[_i].codes, judged[_i].saved };
	struct grid *g = grid_of(&one, 1);
	struct baseline *b;
	struct buf text;

	buf_init(&text, 4096);
	buf_adds(&text, HEAD FILE_T "    \"t[a]\":\n      REV-A: fail\n");
	if (judged[_i].was)
		buf_addf(&text, "      REV-B: '%s'\n", judged[_i].was);
	b = load(buf_str(&text));
	baseline_judge(b, g, 0, 1);
	ck_assert_int_eq(g->rows[0].places[1].change, judged[_i].wanted);
	if (judged[_i].was)
		ck_assert_str_eq(g->rows[0].places[1].was, judged[_i].was);
	else
		ck_assert_ptr_null(g->rows[0].places[1].was);
	baseline_free(b);
	grid_free(g);
	buf_free(&text);
}
END_TEST

/* --- gone ------------------------------------------------------------------------------------------------------ */

static void on_gone(const struct baseline_gone *g, void *ctx)
{
	buf_addf(ctx, "%s %s %s %s;", g->file, g->row, g->revision, g->was);
}

static const struct said two[] = { { "t[a]", 0, "pass", "", NULL }, { "t[b]", 0, NULL, NULL, NULL } };

static const struct {
	const char *cells, *path, *wanted;
} gone[] = {
	{ FILE_T "    t[a]: {REV-A: pass}\n", "s", "" },
	{ FILE_T "    t[a]: {REV-B: pass mqtt 0}\n", "s", "s/t.yaml t[a] REV-B pass mqtt 0;" },
	{ FILE_T "    t[c]: {REV-A: pass, REV-B: fail}\n", "s", "s/t.yaml t[c] REV-A pass;s/t.yaml t[c] REV-B fail;" },
	/* a revision that is no column, and a cell that is not selected, were not asked for */
	{ FILE_T "    t[a]: {REV-C: pass}\n    t[b]: {REV-A: pass}\n", "s", "" },
	/* nor was a file that no path leads to */
	{ "  s/u.yaml:\n    u: {REV-A: pass}\n", "s/t.yaml", "" },
	{ "  s/u.yaml:\n    u: {REV-A: pass}\n", "s/", "s/u.yaml u REV-A pass;" },
	{ "  s/u.yaml:\n    u: {REV-A: pass}\n", ".", "s/u.yaml u REV-A pass;" },
	{ "  s/u.yaml:\n    u: {REV-A: pass}\n", "s/u.yaml::u", "s/u.yaml u REV-A pass;" },
	{ "  s2/u.yaml:\n    u: {REV-A: pass}\n", "s", "" },
};

START_TEST(test_gone)
{
	struct grid *g = grid_of(two, 2);
	struct buf text, found;
	struct baseline *b;

	buf_init(&text, 4096);
	buf_init(&found, 4096);
	buf_addf(&text, HEAD "%s", gone[_i].cells);
	b = load(buf_str(&text));
	baseline_each_gone(b, g, &gone[_i].path, 1, on_gone, &found);
	ck_assert_str_eq(buf_str(&found), gone[_i].wanted);
	baseline_free(b);
	grid_free(g);
	buf_free(&text);
	buf_free(&found);
}
END_TEST

/* --- writing --------------------------------------------------------------------------------------------------- */

static const struct said three[] = {
	{ "t[a]", 1, "pass", "mqtt 0", NULL }, { "t[a]", 0, "fail", "", "x\"y" }, { "t[b]", 0, NULL, NULL, NULL },
};

static const char *const all_paths[] = { "s" };

START_TEST(test_written)
{
	static const char old[] = HEAD "  z/far.yaml: {far: {REV-A: pass}}\n" FILE_T
					"    t[a]: {REV-C: pass, REV-A: pass}\n    t[b]: {REV-A: fail}\n    t[c]: {REV-A: pass}\n";
	struct grid *g = grid_of(three, 3);
	struct baseline *b = load(old), *again;
	struct buf out, twice;

	buf_init(&out, 4096);
	buf_init(&twice, 4096);
	baseline_write(&out, b, g, all_paths, 1, 9);
	/* what was not asked for stays, what is gone goes, revisions are in order */
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "schema: 1\nseed: 9\ncells:\n"
						    "  \"s/t.yaml\":\n"
						    "    \"t[a]\":\n"
						    "      \"REV-A\": \"fail answer=x\\\"y\"\n"
						    "      \"REV-B\": \"pass mqtt 0\"\n"
						    "      \"REV-C\": \"pass\"\n"
						    "    \"t[b]\":\n"
						    "      \"REV-A\": \"fail\"\n"
						    "  \"z/far.yaml\":\n"
						    "    \"far\":\n"
						    "      \"REV-A\": \"pass\"\n"));
	again = load(buf_str(&out));
	ck_assert_uint_eq(baseline_seed(again), 9);
	baseline_judge(again, g, 0, 0);
	baseline_judge(again, g, 0, 1);
	ck_assert_uint_eq(grid_count(g).change[CHANGE_NONE], 2);
	baseline_write(&twice, again, g, all_paths, 1, 9);
	ck_assert_str_eq(buf_str(&twice), buf_str(&out));
	baseline_free(b);
	baseline_free(again);
	grid_free(g);
	buf_free(&out);
	buf_free(&twice);
}
END_TEST

/* The first one there is, and one of nothing. */
START_TEST(test_first)
{
	struct grid *g = grid_of(three, 0);
	struct buf out;

	buf_init(&out, 4096);
	baseline_write(&out, NULL, g, all_paths, 1, 1);
	baseline_free(load(buf_str(&out)));
	grid_free(g);
	buf_free(&out);
}
END_TEST

/* --- files that are refused ------------------------------------------------------------------------------------ */

static const struct {
	const char *text, *wanted;
} refused[] = {
	{ "", "b.yaml:1:1: 'schema: 1' is missing" },
	{ "- a\n", "b.yaml:1:1: must be a mapping" },
	{ "schema: 2\nsome: thing\n", "b.yaml:1:9: schema 2 needs a newer hil" },
	{ "schema: 1\nsede: 7\n", "b.yaml:2:1: unknown key 'sede' (did you mean 'seed'?)" },
	{ "schema: 1\n", "b.yaml:1:1: 'seed' is missing" },
	{ HEAD FILE_T "    t: pass\n", "b.yaml:5:8: must be a mapping" },
	{ HEAD FILE_T "    t: {REV-A: [pass]}\n", "b.yaml:5:16: must be " },
	{ HEAD FILE_T "    t: {REV-A: passed mqtt 0}\n", "b.yaml:5:16: 'passed mqtt 0' does not begin with an outcome" },
	{ HEAD FILE_T "    t: {REV-A: pass}\n    t: {REV-A: pass}\n", "b.yaml:6:5: key 't' is given twice" },
	{ HEAD "  x: [", "b.yaml:5:1: " },
};

START_TEST(test_refused)
{
	struct err e = { 0 };

	ck_assert_ptr_null(baseline_load_text("b.yaml", refused[_i].text, strlen(refused[_i].text), &e));
	ck_assert_msg(!strncmp(e.msg, refused[_i].wanted, strlen(refused[_i].wanted)), "%s", e.msg);
}
END_TEST

/* Cut anywhere, a baseline is read or refused with a place. */
START_TEST(test_cut)
{
	static const char text[] = HEAD FILE_T "    \"t[a]\":\n      \"REV-A\": \"pass mqtt 0\"\n      \"REV-B\": \"fail\"\n";

	for (size_t n = 0; n < sizeof(text); n++) {
		struct err e = { 0 };
		struct baseline *b = baseline_load_text("b.yaml", text, n, &e);

		ck_assert(b || !strncmp(e.msg, "b.yaml:", 7));
		baseline_free(b);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("baseline");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_judged, 0, sizeof(judged) / sizeof(judged[0]));
	tcase_add_loop_test(tc, test_gone, 0, sizeof(gone) / sizeof(gone[0]));
	tcase_add_test(tc, test_written);
	tcase_add_test(tc, test_first);
	tcase_add_loop_test(tc, test_refused, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tc, test_cut);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
