/*
 * Reduction of JSON by a property, and of scenarios with a planted fault down to what is known to be the least; what
 * cannot be minimised is said.
 */
#include "harness/minimize.h"

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/reduce.h"
#include "harness/sweep.h"

#define HEAD "schema: 1\nname: t\nsummary: t\n"

static char dir[] = "/tmp/test-minimize-XXXXXX";
static char before[512];

static void setup(void)
{
	ck_assert_ptr_nonnull(getcwd(before, sizeof(before)));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

static void teardown(void)
{
	unlink("t-min.yaml");
	ck_assert_int_eq(chdir(before), 0);
	rmdir(dir);
}

/* --- reduction ------------------------------------------------------------------------------------------------ */

/* The property: the text of the value has all of these in it. */
static bool has_words(const json_t *root, void *ctx)
{
	const char *const *words = ctx;
	char *text = json_dumps(root, JSON_COMPACT);
	bool all = text != NULL;

	for (size_t i = 0; all && words[i]; i++)
		all = strstr(text, words[i]) != NULL;
	free(text);
	return all;
}

static const struct {
	const char *from;
	const char *words[4];
	const char *to;
	size_t tries;
} reductions[] = {
	{ "[1,2,3,4,5,6,7,8,9]", { "3", "7" }, "[3,7]", 1000 },
	{ "[1,2,3,4,5,6,7,8,9]", { NULL }, "[]", 1000 },
	{ "[[1,2,[3,4]],[5]]", { "3" }, "[[[3]]]", 1000 },
	{ "{\"a\":1,\"b\":{\"c\":2,\"d\":3},\"e\":4}", { "\"c\"" }, "{\"b\":{\"c\":0}}", 1000 },
	{ "{\"a\":1,\"b\":2,\"c\":3}", { "\"a\"", "\"c\"" }, "{\"a\":0,\"c\":0}", 1000 },
	/* kept as they are, with what is in them */
	{ "{\"kept\":[1,2],\"b\":2}", { NULL }, "{\"kept\":[1,2]}", 1000 },
	/* numbers go down as far as they can */
	{ "{\"n\":100}", { "\"n\"" }, "{\"n\":0}", 1000 },
	{ "{\"n\":17}", { "\"n\":1" }, "{\"n\":1}", 1000 },
	/* letters of data alone, and of no option */
	{ "{\"data\":\"xxxxNEEDLExxx\",\"at\":\"xNx\"}",
	  { "NEEDLE", "\"at\"" },
	  "{\"data\":\"NEEDLE\",\"at\":\"xNx\"}",
	  1000 },
	{ "{\"data\":[\"--publish\",\"t=long\"]}", { "--publish", "t=" }, "{\"data\":[\"--publish\",\"t=\"]}", 1000 },
	{ "{\"data\":\"\u00e4\u00f6\u00fc\"}", { "\u00f6" }, "{\"data\":\"\u00f6\"}", 1000 },
	/* an option goes with its value: neither alone would do */
	{ "[\"--a\",\"1\",\"--b\",\"2\"]", { "\"--b\",\"2\"" }, "[\"--b\",\"2\"]", 1000 },
	{ "[1,2,3,4]", { "3" }, "[1,2,3,4]", 0 },
};

START_TEST(json_is_reduced)
{
	static const char *const kept[] = { "kept", NULL }, *const data[] = { "data", NULL };
	json_t *root = json_loads(reductions[_i].from, 0, NULL);
	struct reduce r = {
		.root = root,
		.holds = has_words,
		.ctx = (void *)(uintptr_t)reductions[_i].words,
		.kept = kept,
		.data = data,
		.tries = reductions[_i].tries,
	};
	char *text;

	ck_assert_ptr_nonnull(root);
	reduce_json(&r);
	text = json_dumps(root, JSON_COMPACT);
	ck_assert_str_eq(text, reductions[_i].to);
	free(text);
	json_decref(root);
}
END_TEST

/* --- scenarios ------------------------------------------------------------------------------------------------ */

static struct run_options options(void)
{
	return (struct run_options){ .emulator = "sim7600-emu", .jobs = 1, .seed = 7, .timeout_scale = 1, .rerun = "" };
}

static struct scenario *load(const char *text)
{
	struct err e = { 0 };
	struct scenario *s = scenario_load_text("t.yaml", text, strlen(text), NULL, &e);

	ck_assert_msg(s != NULL, "%s", e.msg);
	return s;
}

/* The file as JSON would be long: what counts are its steps and faults. */
static void read_back(const char *wanted)
{
	struct err e = { 0 };
	struct scenario *s = scenario_load_file("t-min.yaml", NULL, &e);
	const struct cell *c;
	struct buf b;

	ck_assert_msg(s != NULL, "%s", e.msg);
	c = s->cells[0];
	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct step *st = &c->steps[i];

		buf_addf(&b, "%s%s", i ? "; " : "", step_kind_name(st->kind));
		for (size_t k = 0; k < st->n_args; k++)
			buf_addf(&b, " %s", st->args[k]);
		if (st->text)
			buf_addf(&b, " %s", st->text);
	}
	for (size_t i = 0; i < c->modem.n_faults; i++) {
		const struct fault *f = &c->modem.faults[i];

		buf_addf(&b, " | %s %s %ld", fault_name(f->kind), f->trigger.match ? f->trigger.match : "",
			 f->trigger.nth);
	}
	ck_assert_str_eq(buf_str(&b), wanted);
	buf_free(&b);
	scenario_free(s);
}

static const struct {
	const char *scenario, *least;
	size_t steps, faults; /* at the beginning */
} plants[] = {
	/* started twice: the two starts, and nothing of what stands around and between them */
	{ HEAD "always: [{from: modem, match: '^\\+CMQTTSTART: 23$', at_most: 0}, {from: modem, match: '^OK$'}]\n"
	       "steps: [{at: AT}, {at: ATI}, {at: AT+CSQ}, {at: AT+CMQTTSTART, expect: '^\\+CMQTTSTART: 0$'}, {at: "
	       "AT+CREG?}, {wait: 5s},\n"
	       "  {at: AT+CPIN?}, {at: AT+CMQTTSTART, result: any}, {at: AT+CGMR}, {at: AT}]\n"
	       "finally: [{at: AT+CMQTTSTOP, result: any}]\n",
	  "at AT+CMQTTSTART; at AT+CMQTTSTART", 11, 0 },
	/* one of three faults; without it the claim holds, so that doing nothing is no way out */
	{ HEAD
	  "judge: claims\nalways: [{from: modem, match: '^\\+CSQ: '}]\n"
	  "modem:\n  faults:\n"
	  "    - {do: urc, text: '+CMTI: \"SM\",4', trigger: {match: '^ATI'}}\n"
	  "    - {do: reply, text: '\\r\\nERROR\\r\\n', trigger: {match: '^AT\\+CSQ', nth: 2}, times: 1, maybe: true}\n"
	  "    - {do: reply, text: '\\r\\nERROR\\r\\n', trigger: {match: '^AT\\+CSQ'}, times: 1}\n"
	  "steps: [{at: AT}, {at: ATI}, {at: AT+CREG?}, {at: AT+CSQ, result: any}, {at: AT+CPIN?}]\n",
	  "at AT+CSQ | reply ^AT\\+CSQ 1", 5, 3 },
	/* data */
	{ HEAD "always: [{from: host, text: NEEDLE, at_most: 0}]\n"
	       "steps: [{at: AT}, {send: 'some hay and more hay and a NEEDLE and hay'}, {wait: 1s}]\n",
	  "send NEEDLE", 3, 0 },
	/* a step that fails */
	{ HEAD "fixtures: {w: {use: world, hosts: [{match: x.test, port: 1883, model: {}}]}}\nsteps: [{at: AT}, {at: "
	       "AT+NOSUCH}, {at: ATI}]\n",
	  "at AT+NOSUCH", 3, 0 },
	/* the client: what it does not need to fail so it loses, with the options' values */
	{ HEAD "judge: claims\nalways: [{from: log, text: s3cret, at_most: 0}]\n"
	       "steps:\n  - client: [--broker, 'broker.emqx.io:1883', --keepalive, 120, --subscribe, 's3cret', "
	       "--client-id, n, --exit-when, never,\n"
	       "      --max-time, 2m]\n",
	  "client --broker broker.emqx.io:1883 --subscribe s3cret --max-time 2", 1, 0 },
};

START_TEST(a_scenario_is_minimised)
{
	struct scenario *s = load(plants[_i].scenario);
	struct run_options run = options();
	struct minimized m;
	struct err e = { 0 };

	ck_assert_msg(!minimize_cell(s->cells[0], &run, &m, &e), "%s", e.msg);
	ck_assert_str_eq(m.path, "t-min.yaml");
	ck_assert_uint_eq(m.steps[0], plants[_i].steps);
	ck_assert_uint_eq(m.faults[0], plants[_i].faults);
	ck_assert_uint_lt(m.bytes[1], m.bytes[0]);
	read_back(plants[_i].least);
	scenario_free(s);
}
END_TEST

/* The fifth exchange of ten is the only one of one, and the point has gone with it. */
START_TEST(a_point_of_a_sweep_goes_with_its_exchange)
{
	static const char *const word = "cmd-lost@5+3";
	struct scenario *s = load(HEAD "always: [{from: modem, match: '^\\+CSQ: '}]\n"
				       "steps: [{at: AT}, {at: ATI}, {at: AT+CGMR}, {at: AT+CREG?}, {at: AT+CSQ}, {at: "
				       "AT+CPIN?}, {at: AT}]\n");
	struct run_options run = options();
	struct sweep_options o = { 0 };
	struct sweep_plan plan;
	struct minimized m;
	struct pool *p = pool_new();
	struct err e = { 0 };

	o.wishes = sweep_read_wishes(p, &word, 1, &o.n_wishes, &e);
	ck_assert_int_eq(sweep_plan_make(&plan, p, s->cells, s->n_cells, &run, &o, &e), 0);
	ck_assert_uint_eq(plan.n_cells, 1);
	ck_assert_msg(!minimize_cell(plan.cells[0], &run, &m, &e), "%s", e.msg);
	ck_assert_uint_eq(m.steps[0], 7);
	ck_assert_uint_eq(m.steps[1], 1);
	scenario_free(s);
	s = scenario_load_file("t-min.yaml", NULL, &e);
	ck_assert_str_eq(s->cells[0]->steps[0].text, "AT+CSQ");
	ck_assert_int_eq(s->cells[0]->modem.faults[0].trigger.nth, 1);
	ck_assert_int_eq(s->cells[0]->judge, JUDGE_CLAIMS);
	scenario_free(s);
	pool_free(p);
}
END_TEST

static const struct {
	const char *scenario, *error;
	enum hil_target target;
} refused[] = {
	{ HEAD "steps: [{at: AT}]\n", "--minimize: t does not fail when it is run by itself", HIL_TARGET_INPROC },
	{ HEAD "steps: [{at: AT+NOSUCH}]\n", "--minimize needs virtual time: target inproc, no real server, no program",
	  HIL_TARGET_PTY },
	{ HEAD "fixtures: {b: {use: mosquitto}}\nsteps: [{at: AT+NOSUCH}]\n",
	  "--minimize needs virtual time: target inproc, no real server, no program", HIL_TARGET_INPROC },
};

START_TEST(what_cannot_be_minimised)
{
	struct scenario *s = load(refused[_i].scenario);
	struct run_options run = options();
	struct minimized m;
	struct err e = { 0 };

	run.target = refused[_i].target;
	ck_assert_int_ne(minimize_cell(s->cells[0], &run, &m, &e), 0);
	ck_assert_str_eq(e.msg, refused[_i].error);
	ck_assert_int_ne(access("t-min.yaml", F_OK), 0);
	scenario_free(s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("minimize");
	TCase *tc = tcase_create("minimize");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, json_is_reduced, 0, sizeof(reductions) / sizeof(reductions[0]));
	tcase_add_loop_test(tc, a_scenario_is_minimised, 0, sizeof(plants) / sizeof(plants[0]));
	tcase_add_test(tc, a_point_of_a_sweep_goes_with_its_exchange);
	tcase_add_loop_test(tc, what_cannot_be_minimised, 0, sizeof(refused) / sizeof(refused[0]));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
