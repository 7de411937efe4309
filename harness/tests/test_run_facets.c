/*
 * What becomes of a cell when retries, expected failures, quarantine and --fail-fast meet: one row a combination, run
 * for real. The flaky cells have a server that says "bad" the first time and "good" ever after.
 */
#include "harness/tests/test_run_rig.h"

#include <jansson.h>

#include "harness/quarantine.h"
#include "harness/report.h"

#define SERVER "fixtures: {p: {use: program, command: 'sh %s/flip', ready: '^up$'}}\n"
#define FAILS "at: AT+NOSUCH"

static const char flip[] = "if mkdir ${0%/*}/once 2>/dev/null; then echo bad; else echo good; fi\necho up\nexec sleep 60\n";

enum kind { PASSES, FAILS_ALWAYS, ERRS_ALWAYS, SKIPPED, XFAILS, XPASSES, FAILS_OTHERWISE, FLAKY, FLAKY_XFAIL, FAIL_THEN_XPASS };

static const char *const texts[] = {
	[PASSES] = HEAD "steps: [{at: AT}]\n",
	[FAILS_ALWAYS] = HEAD "steps: [{" FAILS "}]\n",
	[ERRS_ALWAYS] = HEAD "steps: [{control: x}]\n",
	[SKIPPED] = HEAD "skip: [{reason: x}]\nsteps: [{at: AT}]\n",
	[XFAILS] = HEAD "xfail: [{reason: x}]\nsteps: [{" FAILS "}]\n",
	[XPASSES] = HEAD "xfail: [{reason: x}]\nsteps: [{at: AT}]\n",
	[FAILS_OTHERWISE] = HEAD "xfail: [{reason: x, match: another}]\nsteps: [{" FAILS "}]\n",
	[FLAKY] = HEAD SERVER "steps: [{expect: {from: broker, match: '^up$'}, never: [{from: broker, match: bad}]}]\n",
	[FLAKY_XFAIL] = HEAD SERVER "xfail: [{reason: x, match: answered}]\n"
				    "steps: [{expect: {from: broker, match: '^up$'}, never: [{from: broker, match: bad}]}, {" FAILS "}]\n",
	[FAIL_THEN_XPASS] = HEAD SERVER "xfail: [{reason: x, match: another}]\n"
					"steps: [{expect: {from: broker, match: '^up$'}, never: [{from: broker, match: bad}]}]\n",
};

enum { Q = 1, FF = 2, RUN_XFAIL = 4, FLAKY_IS_BAD = 8, TWICE = 16, UNTIL = 32 };

static const struct {
	enum kind kind;
	int retry;			/* -1: not given */
	unsigned flags;
	const char *told;		/* outcome, attempts before it, facets */
	int code;
} rows[] = {
	{ PASSES, -1, 0, "PASS 0", HIL_EXIT_PASS },
	{ PASSES, 2, FLAKY_IS_BAD, "PASS 0", HIL_EXIT_PASS },
	{ PASSES, 2, Q, "PASS 0 quarantined", HIL_EXIT_PASS },
	{ FAILS_ALWAYS, -1, 0, "FAIL 0 bad", HIL_EXIT_FAIL },
	{ FAILS_ALWAYS, 2, 0, "FAIL 2 bad", HIL_EXIT_FAIL },
	{ FAILS_ALWAYS, 2, Q, "FAIL 2 quarantined", HIL_EXIT_PASS },
	{ FAILS_ALWAYS, -1, FF, "FAIL 0 bad", HIL_EXIT_STOPPED },
	{ FAILS_ALWAYS, -1, FF | Q, "FAIL 0 quarantined", HIL_EXIT_PASS },
	{ ERRS_ALWAYS, 1, 0, "ERROR 1 bad", HIL_EXIT_ERROR },
	{ ERRS_ALWAYS, 1, Q, "ERROR 1 quarantined", HIL_EXIT_PASS },
	{ ERRS_ALWAYS, -1, FF, "ERROR 0 bad", HIL_EXIT_STOPPED },
	{ SKIPPED, 2, 0, "SKIP 0", HIL_EXIT_PASS },
	{ SKIPPED, 2, Q, "SKIP 0 quarantined", HIL_EXIT_PASS },
	{ XFAILS, 2, 0, "XFAIL 0", HIL_EXIT_PASS },
	{ XFAILS, 2, Q, "XFAIL 0 quarantined", HIL_EXIT_PASS },
	{ XFAILS, 1, RUN_XFAIL, "FAIL 1 bad", HIL_EXIT_FAIL },
	{ XFAILS, 1, RUN_XFAIL | Q, "FAIL 1 quarantined", HIL_EXIT_PASS },
	{ XPASSES, 2, 0, "XPASS 0 bad", HIL_EXIT_FAIL },
	{ XPASSES, 2, Q, "XPASS 0 quarantined", HIL_EXIT_PASS },
	{ XPASSES, -1, FF, "XPASS 0 bad", HIL_EXIT_STOPPED },
	{ FAILS_OTHERWISE, 1, 0, "FAIL 1 bad", HIL_EXIT_FAIL },
	{ FLAKY, 0, 0, "FAIL 0 bad", HIL_EXIT_FAIL },
	{ FLAKY, 1, 0, "PASS 1 flaky", HIL_EXIT_PASS },
	{ FLAKY, 3, FF, "PASS 1 flaky", HIL_EXIT_PASS },
	{ FLAKY, 1, FLAKY_IS_BAD, "PASS 1 flaky bad", HIL_EXIT_FAIL },
	{ FLAKY, 1, FLAKY_IS_BAD | FF, "PASS 1 flaky bad", HIL_EXIT_STOPPED },
	{ FLAKY, 1, FLAKY_IS_BAD | Q, "PASS 1 flaky quarantined", HIL_EXIT_PASS },
	{ FLAKY_XFAIL, 1, 0, "XFAIL 1 flaky", HIL_EXIT_PASS },
	{ FLAKY_XFAIL, 1, FLAKY_IS_BAD, "XFAIL 1 flaky bad", HIL_EXIT_FAIL },
	{ FAIL_THEN_XPASS, 1, 0, "XPASS 1 bad", HIL_EXIT_FAIL },
	{ FAIL_THEN_XPASS, 1, Q, "XPASS 1 quarantined", HIL_EXIT_PASS },
	/* in rounds: what is told of the first cell in each of them */
	{ PASSES, -1, TWICE, "PASS 0, PASS 0", HIL_EXIT_PASS },
	{ FAILS_ALWAYS, -1, TWICE, "FAIL 0 bad, FAIL 0 bad", HIL_EXIT_FAIL },
	{ FAILS_ALWAYS, -1, TWICE | Q | UNTIL, "FAIL 0 quarantined, FAIL 0 quarantined", HIL_EXIT_PASS },
	{ FAILS_ALWAYS, 1, UNTIL, "FAIL 1 bad", HIL_EXIT_FAIL },
	{ FAILS_ALWAYS, -1, TWICE | FF, "FAIL 0 bad", HIL_EXIT_STOPPED },
	{ XPASSES, -1, UNTIL, "XPASS 0 bad", HIL_EXIT_FAIL },
	{ XFAILS, -1, TWICE | UNTIL, "XFAIL 0, XFAIL 0", HIL_EXIT_PASS },
	{ FLAKY, 0, TWICE, "FAIL 0 bad, PASS 0", HIL_EXIT_FAIL },
	{ FLAKY, 0, UNTIL, "FAIL 0 bad", HIL_EXIT_FAIL },
	{ FLAKY, 1, TWICE | UNTIL, "PASS 1 flaky, PASS 0", HIL_EXIT_PASS },
	{ FLAKY, 1, TWICE | UNTIL | FLAKY_IS_BAD, "PASS 1 flaky bad", HIL_EXIT_FAIL },
	{ FLAKY, 0, TWICE | Q, "FAIL 0 quarantined, PASS 0 quarantined", HIL_EXIT_PASS },
	{ ERRS_ALWAYS, -1, TWICE, "ERROR 0 bad, ERROR 0 bad", HIL_EXIT_ERROR },
};

/* "PASS 1 flaky bad" of the first cell, once a round. */
static void tell(struct buf *out)
{
	char line[65536];
	size_t n = 0;
	FILE *in = fopen(jsonl, "r");

	while (fgets(line, sizeof(line), in)) {
		json_t *j = json_loads(line, 0, NULL);
		struct report_cell c;

		if (j && !strcmp(json_string_value(json_object_get(j, "event")), "end") && !(n++ % 2)) {
			report_read_cell(&c, j);
			buf_addf(out, "%s%s %zu%s%s%s", out->len ? ", " : "", outcome_word(c.outcome), json_array_size(c.attempts),
				 c.flaky ? " flaky" : "", c.quarantined ? " quarantined" : "", c.bad ? " bad" : "");
			ck_assert_int_eq(json_is_true(json_object_get(j, "flaky")), c.flaky);
		}
		json_decref(j);
	}
	fclose(in);
}

static struct scenario *load_with_dir(const char *text)
{
	struct scenario *s;
	struct buf b;

	buf_init(&b, 65536);
	for (const char *hit; (hit = strstr(text, "%s")) != NULL; text = hit + 2) {
		buf_add(&b, text, (size_t)(hit - text));
		buf_adds(&b, dir);
	}
	buf_adds(&b, text);
	s = load(buf_str(&b));
	buf_free(&b);
	return s;
}

static void in_dir(const char *name, char out[64])
{
	snprintf(out, 64, "%s/%s", dir, name);
}

static void setup_flip(void)
{
	char path[64];
	FILE *f;

	setup();
	in_dir("flip", path);
	f = fopen(path, "w");
	ck_assert(f && fputs(flip, f) >= 0);
	fclose(f);
}

static void teardown_flip(void)
{
	char path[64];

	in_dir("flip", path);
	unlink(path);
	in_dir("once", path);
	rmdir(path);
	teardown();
}

START_TEST(combination)
{
	static const char list[] = "- {cell: t, reason: it shakes, ref: issue-7}\n";
	struct scenario *first = load_with_dir(texts[rows[_i].kind]), *second = load(texts[PASSES]);
	struct cell *cells[] = { first->cells[0], second->cells[0] };
	struct err e = { 0 };
	struct quarantine *q = quarantine_load_text("q.yaml", list, strlen(list), "2026-01-01", &e);
	const struct run_options o = {
		.retry = rows[_i].retry > 0 ? (unsigned)rows[_i].retry : 0, .retry_given = rows[_i].retry >= 0,
		.fail_flaky = rows[_i].flags & FLAKY_IS_BAD, .run_xfail = rows[_i].flags & RUN_XFAIL,
		.repeat = rows[_i].flags & TWICE ? 2 : 0, .until_fail = rows[_i].flags & UNTIL,
		.fail_fast = rows[_i].flags & FF ? 1 : 0, .quarantine = rows[_i].flags & Q ? q : NULL,
	};
	struct buf told;

	buf_init(&told, 4096);
	ck_assert_msg(q != NULL, "%s", e.msg);
	ck_assert_int_eq(run_quietly(cells, 2, &o), rows[_i].code);
	tell(&told);
	ck_assert_str_eq(buf_str(&told), rows[_i].told);
	buf_free(&told);
	quarantine_free(q);
	scenario_free(first);
	scenario_free(second);
}
END_TEST

START_TEST(retry_zero_beats_the_file)
{
	struct scenario *s = load(HEAD "flaky: {retries: 2, reason: t}\nsteps: [{" FAILS "}]\n");
	const struct run_options o = { .retry_given = true };
	struct buf told;

	buf_init(&told, 4096);
	ck_assert_int_eq(run_quietly(s->cells, 1, &o), HIL_EXIT_FAIL);
	tell(&told);
	ck_assert_str_eq(buf_str(&told), "FAIL 0 bad");
	buf_free(&told);
	scenario_free(s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("run_facets");
	TCase *tc = tcase_create("combinations");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup_flip, teardown_flip);
	tcase_add_loop_test(tc, combination, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, retry_zero_beats_the_file);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
