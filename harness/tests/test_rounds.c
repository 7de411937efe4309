/* Rounds: which job is what, when it ends, what is reported; and the trend that a soak looks at. */
#include "harness/tests/test_run_rig.h"

#include <jansson.h>

#include "harness/report.h"
#include "harness/resources.h"
#include "harness/rounds.h"

/* --- arithmetic ------------------------------------------------------------------------------------------------ */

static const struct {
	struct run_options o;
	size_t n, end;
} ends[] = {
	{ { 0 }, 3, 3 },
	{ { .repeat = 1 }, 3, 3 },
	{ { .repeat = 4 }, 3, 12 },
	{ { .until_fail = true }, 3, SIZE_MAX },
	{ { .soak_us = 1 }, 3, SIZE_MAX },
	{ { .until_fail = true, .repeat = 5 }, 2, 10 },
	{ { .until_fail = true, .soak_us = 9 }, 0, 0 },
};

START_TEST(how_many)
{
	struct rounds r;

	rounds_init(&r, &ends[_i].o, ends[_i].n);
	ck_assert_uint_eq(r.end, ends[_i].end);
	ck_assert_int_eq(rounds_may_begin(&r, 0, 0), ends[_i].n > 0);
	ck_assert_int_eq(rounds_are_wanted(&ends[_i].o), _i > 0);
}
END_TEST

START_TEST(which_is_what)
{
	const struct run_options o = { .repeat = 3, .seed = 7 }, given = { .repeat = 3, .seed = 7, .seed_given = true };
	struct rounds r;

	rounds_init(&r, &o, 4);
	ck_assert_uint_eq(rounds_cell(&r, 0), 0);
	ck_assert_uint_eq(rounds_round(&r, 3), 1);
	ck_assert_uint_eq(rounds_round(&r, 4), 2);
	ck_assert_uint_eq(rounds_cell(&r, 11), 3);
	ck_assert_uint_eq(rounds_seed(&r, 1), 7);
	ck_assert_uint_ne(rounds_seed(&r, 2), 7);
	ck_assert_uint_ne(rounds_seed(&r, 2), rounds_seed(&r, 3));
	ck_assert_uint_eq(rounds_left(&r, 5), 7);
	rounds_init(&r, &given, 4);
	ck_assert_uint_eq(rounds_seed(&r, 3), 7);
}
END_TEST

START_TEST(time_is_over_between_rounds)
{
	const struct run_options o = { .soak_us = 1000 };
	struct rounds r;

	rounds_init(&r, &o, 2);
	ck_assert(rounds_may_begin(&r, 0, 5000));	/* one round there is */
	ck_assert(rounds_may_begin(&r, 1, 5000));
	ck_assert(rounds_may_begin(&r, 2, 999));
	ck_assert(rounds_may_begin(&r, 3, 5000));	/* its end is waited for */
	ck_assert_uint_eq(rounds_left(&r, 3), 1);
	ck_assert(!rounds_may_begin(&r, 4, 1000));
	ck_assert(!rounds_may_begin(&r, 4, 0));
	ck_assert_uint_eq(rounds_left(&r, 4), 0);
}
END_TEST

/* --- runs ------------------------------------------------------------------------------------------------------ */

struct told {
	size_t ends, bad, rounds;
	json_int_t bad_round, bad_seed;	/* of the first */
	json_t *resources;
};

static void read_told(struct told *t)
{
	char *line = NULL;
	size_t cap = 0;
	FILE *in = fopen(jsonl, "r");

	*t = (struct told){ 0 };
	while (getline(&line, &cap, in) > 0) {
		json_t *j = json_loads(line, 0, NULL);
		const char *event = json_string_value(json_object_get(j, "event"));
		bool bad = json_is_true(json_object_get(j, "bad"));

		t->rounds += !strcmp(event, "round");
		t->ends += !strcmp(event, "end");
		if (bad && !t->bad++) {
			t->bad_round = json_integer_value(json_object_get(j, "round"));
			t->bad_seed = json_integer_value(json_object_get(j, "seed"));
		}
		if (!strcmp(event, "resources"))
			t->resources = json_incref(j);
		json_decref(j);
	}
	free(line);
	fclose(in);
}

#define TWO HEAD "matrix: {cmd: [AT, ATI]}\nsteps: [{at: '${cmd}'}]\n"
#define ONE_FAILS HEAD "matrix: {cmd: [AT, AT+NOSUCH]}\nsteps: [{at: '${cmd}'}]\n"
/* With about every tenth seed a byte of the answer is another. */
#define LUCK HEAD "modem: {faults: [{do: corrupt, bytes: 1, chance: 0.01, toward: host, maybe: true}]}\n" \
	"steps: [{at: AT+CGMR, timeout: 1s}]\n"

static const struct {
	const char *text;
	struct run_options o;
	size_t ends, bad, rounds;
	int code;
} runs[] = {
	{ TWO, { 0 }, 2, 0, 0, HIL_EXIT_PASS },
	{ TWO, { .repeat = 1 }, 2, 0, 1, HIL_EXIT_PASS },
	{ TWO, { .repeat = 5 }, 10, 0, 5, HIL_EXIT_PASS },
	{ TWO, { .repeat = 5, .jobs = 3 }, 10, 0, 5, HIL_EXIT_PASS },
	{ TWO, { .repeat = 3, .until_fail = true }, 6, 0, 3, HIL_EXIT_PASS },
	{ TWO, { .soak_us = 1 }, 2, 0, 1, HIL_EXIT_PASS },
	{ ONE_FAILS, { .repeat = 3 }, 6, 3, 3, HIL_EXIT_FAIL },
	{ ONE_FAILS, { .until_fail = true }, 2, 1, 1, HIL_EXIT_FAIL },
	{ ONE_FAILS, { .soak_us = 1, .until_fail = true }, 2, 1, 1, HIL_EXIT_FAIL },
	{ ONE_FAILS, { .repeat = 5, .fail_fast = 2 }, 4, 2, 2, HIL_EXIT_STOPPED },
	{ ONE_FAILS, { .repeat = 2, .retry = 1, .retry_given = true }, 4, 2, 2, HIL_EXIT_FAIL },
	{ HEAD "skip: [{reason: x}]\nsteps: [{at: AT}]\n", { .repeat = 2 }, 2, 0, 2, HIL_EXIT_PASS },
};

START_TEST(counted)
{
	struct scenario *s = load(runs[_i].text);
	struct told t;

	ck_assert_int_eq(run_quietly(s->cells, s->n_cells, &runs[_i].o), runs[_i].code);
	read_told(&t);
	ck_assert_uint_eq(t.rounds, runs[_i].rounds);
	ck_assert_uint_eq(t.ends, runs[_i].ends);
	ck_assert_uint_eq(t.bad, runs[_i].bad);
	ck_assert_int_eq(t.resources != NULL, runs[_i].o.soak_us != 0);
	json_decref(t.resources);
	scenario_free(s);
}
END_TEST

/* The seed that is told is the one that fails: alone, in one round. */
START_TEST(the_first_failure_again)
{
	const struct run_options o = { .until_fail = true, .repeat = 2000, .jobs = 2 };
	struct scenario *s = load(LUCK);
	struct run_options again = { .seed_given = true };
	struct told first, second;

	ck_assert_int_eq(run_quietly(s->cells, s->n_cells, &o), HIL_EXIT_FAIL);
	read_told(&first);
	ck_assert_int_gt(first.bad_round, 1);
	again.seed = (uint64_t)first.bad_seed;
	ck_assert_int_eq(run_with_seed(s->cells, s->n_cells, &again), HIL_EXIT_FAIL);
	read_told(&second);
	ck_assert_uint_eq(second.bad, 1);
	scenario_free(s);
}
END_TEST

START_TEST(a_given_seed_is_that_of_all_rounds)
{
	const struct run_options o = { .repeat = 20, .seed_given = true };
	struct scenario *s = load(LUCK);
	struct told t;

	run_quietly(s->cells, s->n_cells, &o);
	read_told(&t);
	ck_assert_uint_eq(t.ends, 20);
	ck_assert(t.bad == 0 || t.bad == 20);
	scenario_free(s);
}
END_TEST

/* Each round that failed has its wire; of one that went well there is none. */
START_TEST(files_of_failures)
{
	char out[64], path[128];
	struct run_options o = { .repeat = 2, .out = out };
	struct scenario *s = load(ONE_FAILS);

	snprintf(out, sizeof(out), "%s/out", dir);
	ck_assert_int_eq(run_quietly(s->cells, s->n_cells, &o), HIL_EXIT_FAIL);
	for (int round = 1; round <= 2; round++) {
		snprintf(path, sizeof(path), "%s/t/cmd=AT+NOSUCH.round-%d-1/wire.jsonl", out, round);
		ck_assert_msg(!unlink(path), "%s", path);
		*strrchr(path, '/') = '\0';
		ck_assert_int_eq(rmdir(path), 0);
	}
	snprintf(path, sizeof(path), "%s/t", out);
	ck_assert_int_eq(rmdir(path), 0);	/* nothing else is in it */
	ck_assert_int_eq(rmdir(out), 0);
	scenario_free(s);
}
END_TEST

START_TEST(a_crash_costs_one_cell_of_each_round)
{
	const struct run_options o = { .repeat = 3, .jobs = 2 };
	struct scenario *s = load(TWO);
	struct cell broken = *s->cells[1];
	struct cell *cells[] = { s->cells[0], &broken };
	struct told t;

	broken.steps = (const struct step *)8;
	ck_assert_int_eq(run_quietly(cells, 2, &o), HIL_EXIT_ERROR);
	read_told(&t);
	ck_assert_uint_eq(t.ends, 6);
	ck_assert_uint_eq(t.bad, 3);
	scenario_free(s);
}
END_TEST

/* --- the trend ------------------------------------------------------------------------------------------------- */

static const struct {
	uint64_t sample[9], slack;
	size_t n;
	enum trend_verdict verdict;
	uint64_t first, last;
} trends[] = {
	{ { 0 }, 0, 0, TREND_UNKNOWN, 0, 0 },
	{ { 5, 6, 7, 8, 9 }, 0, 5, TREND_UNKNOWN, 5, 9 },
	{ { 5, 5, 5, 5, 5, 5 }, 0, 6, TREND_STEADY, 5, 5 },
	{ { 5, 5, 6, 6, 7, 7 }, 0, 6, TREND_GROWS, 5, 7 },
	{ { 5, 5, 6, 6, 7, 7 }, 2, 6, TREND_STEADY, 5, 7 },
	{ { 5, 5, 5, 9, 9, 9, 9, 9, 9 }, 0, 9, TREND_STEADY, 5, 9 },	/* a step is no slope */
	{ { 5, 99, 5, 5, 5, 99, 5, 5, 99 }, 0, 9, TREND_STEADY, 5, 5 },	/* nor are peaks */
	{ { 9, 8, 7, 6, 5, 4, 3, 2, 1 }, 0, 9, TREND_STEADY, 8, 2 },
	{ { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 5, 9, TREND_GROWS, 2, 8 },
};

START_TEST(slopes)
{
	struct trend t = { .n = 0 };
	uint64_t first, last;

	for (size_t i = 0; i < trends[_i].n; i++)
		trend_add(&t, trends[_i].sample[i]);
	ck_assert_int_eq(trend_judge(&t, trends[_i].slack, &first, &last), trends[_i].verdict);
	ck_assert_uint_eq(first, trends[_i].first);
	ck_assert_uint_eq(last, trends[_i].last);
}
END_TEST

/* However many there are, beginning and end are still there. */
START_TEST(a_long_time)
{
	struct trend t = { .n = 0 };
	uint64_t first, last;

	for (uint64_t i = 0; i < 1000000; i++)
		trend_add(&t, i);
	ck_assert_uint_le(t.n, TREND_SAMPLES_MAX);
	ck_assert_int_eq(trend_judge(&t, 0, &first, &last), TREND_GROWS);
	ck_assert_uint_lt(first, 350000);
	ck_assert_uint_gt(last, 650000);
}
END_TEST

START_TEST(what_a_process_holds)
{
	struct resources before = { 0 }, after = { 0 };
	int fd;

	ck_assert_int_eq(resources_add(getpid(), &before), 0);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(resources_add(getpid(), &after), 0);
	close(fd);
	ck_assert_uint_gt(before.memory_bytes, 100000);
	ck_assert_uint_eq(after.descriptors, before.descriptors + 1);
	ck_assert_int_lt(resources_add(-1, &after), 0);
}
END_TEST

/* --- the table ------------------------------------------------------------------------------------------------- */

#define END(cell, more) "{\"event\":\"end\",\"cell\":\"" cell "\",\"file\":\"f.yaml\",\"seed\":9," more "}\n"

START_TEST(table)
{
	static const char *const lines[] = {
		END("fine", "\"outcome\":\"pass\",\"round\":1,\"took\":1.0"),
		END("a", "\"outcome\":\"pass\",\"round\":1,\"took\":1.0"),
		END("longer", "\"outcome\":\"skip\",\"round\":1,\"took\":0.0"),
		END("a", "\"outcome\":\"fail\",\"round\":2,\"took\":3.0"),
		END("longer", "\"outcome\":\"error\",\"round\":2,\"took\":1.0,\"bad\":false,\"quarantine\":{\"reason\":\"x\"}"),
		END("a", "\"outcome\":\"fail\",\"round\":3,\"took\":2.0"),
	};
	static const char head[] =
		"   runs  passed  failed skipped   flaky        min       mean        max  cell\n";
	static const char fine[] = "      1       1       0       0       0     1.000s     1.000s     1.000s  fine\n";
	static const char rest[] =
		"      3       1       2       0       0     1.000s     2.000s     3.000s  a, failed first in round 2, seed 9\n"
		"      2       0       0       2       0     0.000s     0.500s     1.000s  longer, failed first in round 2, seed 9\n"
		"first failure: round 2, seed 9: a\n";
	struct buf wanted;
	struct report_set set = { 0 };
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	report_set_add(&set, report_repeat_new(out, _i));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		report_set_feed(&set, lines[i], strlen(lines[i]));
	report_set_done(&set);
	report_set_free(&set);
	fclose(out);
	buf_init(&wanted, 4096);
	buf_addf(&wanted, "%s%s%s", head, _i ? "" : fine, rest);
	ck_assert_str_eq(text, buf_str(&wanted));
	buf_free(&wanted);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rounds");
	TCase *tc = tcase_create("rounds");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, how_many, 0, sizeof(ends) / sizeof(ends[0]));
	tcase_add_test(tc, which_is_what);
	tcase_add_test(tc, time_is_over_between_rounds);
	tcase_add_loop_test(tc, counted, 0, sizeof(runs) / sizeof(runs[0]));
	tcase_add_test(tc, the_first_failure_again);
	tcase_add_test(tc, a_given_seed_is_that_of_all_rounds);
	tcase_add_test(tc, files_of_failures);
	tcase_add_test(tc, a_crash_costs_one_cell_of_each_round);
	tcase_add_loop_test(tc, slopes, 0, sizeof(trends) / sizeof(trends[0]));
	tcase_add_test(tc, a_long_time);
	tcase_add_test(tc, what_a_process_holds);
	tcase_add_loop_test(tc, table, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
