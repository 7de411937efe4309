/*
 * The tester is tested: every file of must-fail/ has to fail for the reason in its first line. And the run as a whole:
 * exit codes, order, the same events with one worker and with three, a crash that costs one cell.
 */
#include "harness/tests/test_run_rig.h"

#include <dirent.h>
#include <jansson.h>

#include "harness/match.h"
#include "harness/report.h"

/* The end event of the only cell as "OUTCOME step: what". */
static void read_outcome(struct buf *out)
{
	char line[65536];
	FILE *in = fopen(jsonl, "r");

	while (in && fgets(line, sizeof(line), in)) {
		json_t *j = json_loads(line, 0, NULL);
		struct report_cell c;

		if (j && !strcmp(json_string_value(json_object_get(j, "event")), "end")) {
			report_read_cell(&c, j);
			buf_addf(out, "%s ", outcome_word(c.outcome));
			if (c.failed)
				buf_addf(out, "%s%s%s", c.failure.step, *c.failure.step ? ": " : "", c.failure.what);
			else
				buf_adds(out, c.reason);
		}
		json_decref(j);
	}
	fclose(in);
}

/* "# must-fail: REGEX" */
static struct match *wanted_of(const char *path)
{
	static const char mark[] = "# must-fail: ";
	char line[512] = "";
	FILE *in = fopen(path, "r");
	struct match *m;

	ck_assert(in && fgets(line, sizeof(line), in));
	fclose(in);
	ck_assert_msg(!strncmp(line, mark, strlen(mark)), "%s: no '%s' in its first line", path, mark);
	line[strcspn(line, "\n")] = '\0';
	m = match_new(PATTERN_MATCH, line + strlen(mark), NULL);
	ck_assert_ptr_nonnull(m);
	return m;
}

static void check_file(const char *path)
{
	struct err e = { 0 };
	struct scenario *s = scenario_load_file(path, NULL, &e);
	struct match *wanted = wanted_of(path);
	struct buf text;
	int code;

	ck_assert_msg(s != NULL, "%s", e.msg);
	ck_assert_uint_eq(s->n_cells, 1);
	code = run_quietly(s->cells, 1, NULL);
	buf_init(&text, 65536);
	read_outcome(&text);
	ck_assert_msg(match_find(wanted, buf_str(&text), text.len, 0, true, NULL), "%s: wanted %s, got: %s", path,
		      match_text(wanted), buf_str(&text));
	ck_assert_int_eq(code, !strncmp(buf_str(&text), "ERROR", 5) ? HIL_EXIT_ERROR : HIL_EXIT_FAIL);
	buf_free(&text);
	match_free(wanted);
	scenario_free(s);
}

START_TEST(must_fail)
{
	DIR *d = opendir("harness/tests/must-fail");
	struct dirent *entry;
	char path[512];
	unsigned n = 0;

	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (len < 5 || strcmp(entry->d_name + len - 5, ".yaml"))
			continue;
		snprintf(path, sizeof(path), "harness/tests/must-fail/%s", entry->d_name);
		check_file(path);
		n++;
	}
	closedir(d);
	ck_assert_uint_ge(n, 25);
}
END_TEST

static const struct {
	const char *text, *outcome;
	struct run_options options;
	int code;
} outcomes[] = {
	{ HEAD "steps: [{at: AT}]\n", "PASS ", { 0 }, HIL_EXIT_PASS },
	{ HEAD "skip: [{reason: not today}]\nsteps: [{at: AT}]\n", "SKIP not today", { 0 }, HIL_EXIT_PASS },
	{ HEAD "needs: [a-board]\nsteps: [{at: AT}]\n", "SKIP needs a-board", { 0 }, HIL_EXIT_PASS },
	{ HEAD "fixtures: {b: {use: mosquitto}}\nsteps: [{at: AT}]\n", "SKIP a real server cannot run on the virtual clock",
	  { .clock = HIL_CLOCK_VIRTUAL }, HIL_EXIT_PASS },
	{ HEAD "fixtures: {b: {use: mosquitto, world: modelled}}\nsteps: [{at: AT}]\n", "PASS ",
	  { .clock = HIL_CLOCK_VIRTUAL }, HIL_EXIT_PASS },
	{ HEAD "steps: [{program: {run: ['true']}}]\n", "SKIP a program cannot run on the virtual clock",
	  { .clock = HIL_CLOCK_VIRTUAL }, HIL_EXIT_PASS },
	{ HEAD "steps: [{at: AT+NOSUCH}, {program: {run: [no-such-program, x]}}]\n", "SKIP no-such-program is not installed",
	  { 0 }, HIL_EXIT_PASS },
	{ HEAD "finally: [{program: {run: [no-such-program]}}]\nsteps: [{at: AT}]\n",
	  "SKIP no-such-program is not installed", { 0 }, HIL_EXIT_PASS },
	{ HEAD "steps: [{at: AT}, {when: {target: board}, program: {run: [no-such-program]}}]\n", "PASS ", { 0 }, HIL_EXIT_PASS },
	{ HEAD "steps: [{program: {run: [/no/such/program]}}]\n", "ERROR /no/such/program is not installed", { 0 },
	  HIL_EXIT_ERROR },
	{ HEAD "fixtures: {b: {use: program, command: no-such-program}}\nsteps: [{at: AT}]\n",
	  "SKIP t.yaml:4:15: fixture b: no-such-program is not installed", { 0 }, HIL_EXIT_PASS },
	{ HEAD "fixtures: {b: {use: mosquitto-tls, cert: none.pem}}\nsteps: [{at: AT}]\n",
	  "ERROR t.yaml:4:15: fixture b: none.pem: No such file or directory", { 0 }, HIL_EXIT_ERROR },
	{ HEAD "skip: [{reason: x}]\nsteps: [{at: AT}]\n", "SKIP x", { .automake = true }, HIL_EXIT_AUTOMAKE_SKIP },
	{ HEAD "steps: [{control: x}]\n", "ERROR the emulator refused 'x': unknown 'x' (see help)", { .automake = true },
	  HIL_EXIT_AUTOMAKE_ERROR },
	{ HEAD "steps: [{inject: {do: slice, link: net, bytes: 1, gap: 1ms}}, {at: AT}]\n",
	  "SKIP slice on the network needs a real server, there is none here", { 0 }, HIL_EXIT_PASS },
	{ HEAD "steps: [{inject: {id: d, do: down}}, {at: AT}, {clear: d}]\n", "PASS ", { 0 }, HIL_EXIT_PASS },
	{ HEAD "xfail: [{reason: known}]\nsteps: [{at: AT+NOSUCH}]\n",
	  "XFAIL AT+NOSUCH was answered with ERROR, wanted OK", { 0 }, HIL_EXIT_PASS },
	{ HEAD "xfail: [{reason: known, strict: false}]\nsteps: [{at: AT}]\n", "PASS ", { 0 }, HIL_EXIT_PASS },
	{ HEAD "xfail: [{reason: known}]\nsteps: [{at: AT}]\n", "PASS ", { .run_xfail = true }, HIL_EXIT_PASS },
	{ HEAD "xfail: [{reason: known}]\nsteps: [{at: AT+NOSUCH}]\n",
	  "FAIL AT+NOSUCH was answered with ERROR, wanted OK", { .run_xfail = true }, HIL_EXIT_FAIL },
};

START_TEST(outcome_and_exit_code)
{
	struct scenario *s = load(outcomes[_i].text);
	struct buf text;

	buf_init(&text, 65536);
	ck_assert_int_eq(run_quietly(s->cells, s->n_cells, &outcomes[_i].options), outcomes[_i].code);
	read_outcome(&text);
	ck_assert_str_eq(buf_str(&text), outcomes[_i].outcome);
	buf_free(&text);
	scenario_free(s);
}
END_TEST

/* All events without the keys that hold times. */
static void read_events(struct buf *out)
{
	static const char *const times[] = { "t", "took", "real", "started" };
	char *line = NULL;
	size_t cap = 0;
	FILE *in = fopen(jsonl, "r");

	while (getline(&line, &cap, in) > 0) {
		json_t *j = json_loads(line, 0, NULL);
		char *text;

		ck_assert_msg(j != NULL, "not JSON: %s", line);
		for (size_t i = 0; i < 4; i++)
			json_object_del(j, times[i]);
		text = json_dumps(j, JSON_COMPACT);
		buf_adds(out, text);
		buf_addc(out, '\n');
		free(text);
		json_decref(j);
	}
	free(line);
	fclose(in);
}

static const char many[] =
	HEAD "matrix: {cmd: [AT, ATI, AT+CGMR, AT+CSQ, AT+CPIN?, AT+CREG?], profile: [sim7600/B03, a7670/B03]}\n"
	     "modem: {profile: '${profile}'}\n"
	     "steps:\n"
	     "  - inject: {do: corrupt, bytes: 1, chance: 0.1, toward: host, times: 3}\n"
	     "  - {at: '${cmd}', result: any, timeout: 1s}\n"
	     "  - client: [--broker, 'broker.emqx.io:1883', --publish, 't/1=hello', --exit-when, published, --max-time, 1m]\n";

START_TEST(same_seed_same_events)
{
	struct scenario *s = load(many);
	const struct run_options three = { .jobs = 3 };
	struct buf first, second;

	buf_init(&first, 64 << 20);
	buf_init(&second, 64 << 20);
	run_quietly(s->cells, s->n_cells, NULL);
	read_events(&first);
	run_quietly(s->cells, s->n_cells, &three);
	read_events(&second);
	ck_assert_uint_gt(first.len, 10000);
	ck_assert_str_eq(buf_str(&first), buf_str(&second));
	buf_free(&first);
	buf_free(&second);
	scenario_free(s);
}
END_TEST

static size_t count_ends(const char *outcome)
{
	struct buf events;
	char needle[64];
	size_t n = 0;

	snprintf(needle, sizeof(needle), "\"outcome\":\"%s\"", outcome);
	buf_init(&events, 64 << 20);
	read_events(&events);
	for (const char *s = buf_str(&events); (s = strstr(s, "\"event\":\"end\"")) != NULL; s++) {
		const char *hit = strstr(s, needle), *lf = strchr(s, '\n');

		n += hit && hit < lf;
	}
	buf_free(&events);
	return n;
}

START_TEST(fail_fast_leaves_the_rest)
{
	struct scenario *s = load(HEAD "matrix: {cmd: [AT, AT+NOSUCH, ATI, AT+CSQ]}\nsteps: [{at: '${cmd}'}]\n");
	const struct run_options o = { .fail_fast = 1 };

	ck_assert_int_eq(run_quietly(s->cells, s->n_cells, &o), HIL_EXIT_STOPPED);
	ck_assert_uint_eq(count_ends("pass"), 1);
	ck_assert_uint_eq(count_ends("fail"), 1);
	scenario_free(s);
}
END_TEST

START_TEST(a_crash_costs_one_cell)
{
	struct scenario *s = load(HEAD "matrix: {cmd: [AT, ATI, AT+CSQ]}\nsteps: [{at: '${cmd}'}]\n");
	struct cell broken = *s->cells[1];
	struct cell *cells[3] = { s->cells[0], &broken, s->cells[2] };

	broken.steps = (const struct step *)8;
	ck_assert_int_eq(run_quietly(cells, 3, NULL), HIL_EXIT_ERROR);
	ck_assert_uint_eq(count_ends("pass"), 2);
	ck_assert_uint_eq(count_ends("error"), 1);
	scenario_free(s);
}
END_TEST

START_TEST(flaky_is_told)
{
	struct scenario *s = load(HEAD "flaky: {retries: 2, reason: t}\nsteps: [{at: AT+NOSUCH}]\n");
	struct buf events;

	ck_assert_int_eq(run_quietly(s->cells, 1, NULL), HIL_EXIT_FAIL);
	buf_init(&events, 1 << 20);
	read_events(&events);
	ck_assert_ptr_nonnull(strstr(buf_str(&events), "\"attempts\":[{\"outcome\":\"fail\""));
	ck_assert_uint_eq(count_ends("fail"), 1);
	buf_free(&events);
	scenario_free(s);
}
END_TEST

START_TEST(nothing_is_nothing)
{
	ck_assert_int_eq(run_quietly(NULL, 0, NULL), HIL_EXIT_EMPTY);
}
END_TEST

START_TEST(a_report_that_cannot_be_written)
{
	const struct run_options o = { .junit = "/no/such/folder/x.xml" };

	ck_assert_int_eq(run_quietly(NULL, 0, &o), HIL_EXIT_USAGE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("run");
	TCase *tc = tcase_create("runs");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, must_fail);
	tcase_add_loop_test(tc, outcome_and_exit_code, 0, sizeof(outcomes) / sizeof(outcomes[0]));
	tcase_add_test(tc, same_seed_same_events);
	tcase_add_test(tc, fail_fast_leaves_the_rest);
	tcase_add_test(tc, a_crash_costs_one_cell);
	tcase_add_test(tc, flaky_is_told);
	tcase_add_test(tc, nothing_is_nothing);
	tcase_add_test(tc, a_report_that_cannot_be_written);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
