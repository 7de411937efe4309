/*
 * Sweeps: what a recording has of exchanges, which points that gives, that every point is a real one, and that a plan
 * whose scenario has a weak spot finds just that spot.
 */
#include "harness/sweep.h"

#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/report.h"
#include "harness/run.h"

#define HEAD "schema: 1\nname: t\nsummary: t\n"

static char dir[] = "/tmp/test-sweep-XXXXXX";
static char jsonl[64];
static int terminal = -1;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(jsonl, sizeof(jsonl), "%s/events.jsonl", dir);
}

static void teardown(void)
{
	unlink(jsonl);
	rmdir(dir);
}

static struct scenario *load(const char *text)
{
	struct err e = { 0 };
	struct scenario *s = scenario_load_text("t.yaml", text, strlen(text), NULL, &e);

	ck_assert_msg(s != NULL, "%s", e.msg);
	return s;
}

static struct run_options options(void)
{
	return (struct run_options){
		.emulator = "sim7600-emu", .jobs = 2, .seed = 7, .timeout_scale = 1, .jsonl = jsonl, .rerun = ""
	};
}

static void hide_output(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	fflush(stdout);
	terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	dup2(null, STDOUT_FILENO);
	close(null);
}

static void show_output(void)
{
	fflush(stdout);
	dup2(terminal, STDOUT_FILENO);
	close(terminal);
}

/* --- exchanges ------------------------------------------------------------------------------------------------ */

struct said {
	enum wire_from from;
	const char *text;
};

static const struct {
	struct said said[12];
	struct sweep_exchange want[4];
} folds[] = {
	{ { { WIRE_MODEM, "\r\nRDY\r\n" } }, { { 0 } } },
	{ { { WIRE_HOST, "AT\r" }, { WIRE_MODEM, "\r\nOK\r\n" } }, { { "AT", { 6, 1, 0 }, 0, false } } },
	{ { { WIRE_HOST, "A" },
	    { WIRE_HOST, "T" },
	    { WIRE_HOST, "I\r" },
	    { WIRE_MODEM, "\r\nO" },
	    { WIRE_MODEM, "K\r\n" } },
	  { { "ATI", { 6, 2, 0 }, 0, false } } },
	{ { { WIRE_HOST, "at+csq\r\n" }, { WIRE_MODEM, "x\n" }, { WIRE_HOST, "AT\r" } },
	  { { "at+csq", { 2, 6, 0 }, 0, false }, { "AT", { 0, 1, 0 }, 0, false } } },
	/* the data of a prompt, and a data that looks like a command */
	{ { { WIRE_HOST, "AT+CMQTTTOPIC=0,3\r" },
	    { WIRE_MODEM, "\r\n>" },
	    { WIRE_HOST, "t/1" },
	    { WIRE_MODEM, "\r\nOK\r\n" },
	    { WIRE_HOST, "AT+CMQTTPAYLOAD=0,5\r" },
	    { WIRE_MODEM, "\r\n>" },
	    { WIRE_HOST, "A-b\rc" },
	    { WIRE_MODEM, "\r\nOK\r\n" } },
	  { { "AT+CMQTTTOPIC", { 9, 16, 3 }, 16, false }, { "AT+CMQTTPAYLOAD", { 9, 18, 5 }, 18, false } } },
	{ { { WIRE_HOST, "AT+X=1\r" }, { WIRE_MODEM, ">" }, { WIRE_HOST, "t" }, { WIRE_HOST, "AT\r" } },
	  { { "AT+X", { 1, 5, 4 }, 5, false } } },
	/* a session stands for whole exchanges */
	{ { { WIRE_HOST, "AT+C=\"p\"\r" },
	    { WIRE_BROKER, "connect node-1" },
	    { WIRE_MODEM, "\n" },
	    { WIRE_HOST, "AT\r" },
	    { WIRE_MODEM, "\n" },
	    { WIRE_HOST, "AT+D\r" },
	    { WIRE_BROKER, "disconnect node-1" },
	    { WIRE_MODEM, "\n" },
	    { WIRE_HOST, "AT+E\r" } },
	  { { "AT+C", { 1, 7, 0 }, 0, false },
	    { "AT", { 1, 1, 0 }, 0, true },
	    { "AT+D", { 1, 3, 0 }, 0, false },
	    { "AT+E", { 0, 3, 0 }, 0, false } } },
};

START_TEST(a_recording_folds_into_exchanges)
{
	struct recording *r = recording_new();
	struct pool *p = pool_new();
	const struct sweep_exchange *x, *want = folds[_i].want;
	size_t n = 0, n_want = 0;

	for (size_t i = 0; i < 12 && folds[_i].said[i].text; i++) {
		const struct said *s = &folds[_i].said[i];
		const struct wire_event ev = { .from = s->from, .data = s->text, .len = strlen(s->text) };

		ck_assert_int_eq(recording_add(r, &ev), 0);
	}
	while (n_want < 4 && want[n_want].command)
		n_want++;
	x = sweep_exchanges(p, r, &n);
	ck_assert_uint_eq(n, n_want);
	for (size_t i = 0; i < n; i++) {
		ck_assert_str_eq(x[i].command, want[i].command);
		for (int side = 0; side < 3; side++)
			ck_assert_msg(x[i].bytes[side] == want[i].bytes[side], "row %d exchange %zu side %d: %zu", _i,
				      i, side, x[i].bytes[side]);
		ck_assert_uint_eq(x[i].data_at, want[i].data_at);
		ck_assert_int_eq(x[i].session, want[i].session);
	}
	recording_free(r);
	pool_free(p);
}
END_TEST

/* --- words of --sweep ----------------------------------------------------------------------------------------- */

static const struct {
	const char *word, *error;
	size_t n, exchange;
	long byte;
} words[] = {
	{ "reboot", NULL, 1, 0, -1 },
	{ "reboot@17", NULL, 1, 17, -1 },
	{ "cmd-lost@1+0", NULL, 1, 1, 0 },
	{ "data-twice@3+12", NULL, 1, 3, 12 },
	{ "all", NULL, 20, 0, -1 },
	{ "all@4", NULL, 20, 4, -1 },
	{ "rebot", "--sweep: no fault is called 'rebot' (did you mean 'reboot'?)", 0, 0, 0 },
	{ "xyzzy@3", "--sweep: no fault is called 'xyzzy' (hil help run lists them)", 0, 0, 0 },
	{ "reboot@", "--sweep: 'reboot@': wanted FAULT, FAULT@EXCHANGE or FAULT@EXCHANGE+BYTE", 0, 0, 0 },
	{ "reboot@0", "--sweep: 'reboot@0': wanted FAULT, FAULT@EXCHANGE or FAULT@EXCHANGE+BYTE", 0, 0, 0 },
	{ "reboot@x", "--sweep: 'reboot@x': wanted FAULT, FAULT@EXCHANGE or FAULT@EXCHANGE+BYTE", 0, 0, 0 },
	{ "reboot@1+", "--sweep: 'reboot@1+': wanted FAULT, FAULT@EXCHANGE or FAULT@EXCHANGE+BYTE", 0, 0, 0 },
	{ "reboot@1+-2", "--sweep: 'reboot@1+-2': wanted FAULT, FAULT@EXCHANGE or FAULT@EXCHANGE+BYTE", 0, 0, 0 },
};

START_TEST(words_ask_for_points)
{
	struct pool *p = pool_new();
	struct err e = { 0 };
	size_t n;
	const struct sweep_wish *w = sweep_read_wishes(p, &words[_i].word, 1, &n, &e);

	if (words[_i].error) {
		ck_assert_ptr_null(w);
		ck_assert_str_eq(e.msg, words[_i].error);
	} else {
		ck_assert_uint_eq(n, words[_i].n);
		ck_assert_uint_eq(w[n - 1].exchange, words[_i].exchange);
		ck_assert_int_eq(w[n - 1].byte, words[_i].byte);
	}
	pool_free(p);
}
END_TEST

/* --- plans ---------------------------------------------------------------------------------------------------- */

struct sweep {
	struct pool *pool;
	struct scenario *s;
	struct sweep_options o;
	struct sweep_plan plan;
	struct err e;
};

static int make_plan(struct sweep *w, const char *scenario, const char *word, enum sweep_depth depth)
{
	struct run_options run = options();

	w->pool = pool_new();
	w->s = load(scenario);
	w->o.depth = depth;
	w->o.wishes = sweep_read_wishes(w->pool, &word, 1, &w->o.n_wishes, &w->e);
	ck_assert_ptr_nonnull(w->o.wishes);
	return sweep_plan_make(&w->plan, w->pool, w->s->cells, w->s->n_cells, &run, &w->o, &w->e);
}

static void drop_plan(struct sweep *w)
{
	scenario_free(w->s);
	pool_free(w->pool);
}

#define QUALITY \
	HEAD "matrix: {firmware: [a, b]}\nalways: [{from: modem, match: '^\\+CSQ: '}]\nsteps:\n  - {at: AT}\n  - " \
	     "{at: AT+CSQ}\n"

START_TEST(a_plan_has_every_point)
{
	struct sweep w = { 0 };
	const struct fault *f;

	ck_assert_int_eq(make_plan(&w, QUALITY, "lost", SWEEP_EXCHANGES), 0);
	ck_assert_uint_eq(w.plan.n_bases, 2);
	ck_assert_uint_eq(w.plan.n_exchanges, 4);
	ck_assert_uint_eq(w.plan.n_points, 4);
	ck_assert_uint_eq(w.plan.n_cells, 6);
	ck_assert_str_eq(w.plan.cells[0]->id, "t[a]");
	ck_assert_str_eq(w.plan.cells[2]->id, "t[a,sweep=lost@2]");
	ck_assert_str_eq(w.plan.cells[2]->origin, "t[a]");
	ck_assert_str_eq(w.plan.cells[2]->rerun, "--sweep lost@2");
	ck_assert_str_eq(w.plan.cells[5]->id, "t[b,sweep=lost@2]");
	f = &w.plan.cells[5]->modem.faults[0];
	ck_assert_int_eq(f->kind, FAULT_DROP);
	ck_assert_int_eq(f->trigger.nth, 2);
	ck_assert_str_eq(w.plan.cells[5]->sweep->named.match, "^AT\\+CSQ");
	ck_assert_int_eq(w.plan.cells[5]->sweep->named.nth, 1);
	ck_assert_ptr_null(w.plan.cells[4]->sweep->named.match);
	drop_plan(&w);
}
END_TEST

static const struct {
	const char *word;
	enum sweep_depth depth;
	size_t n;
	const char *last;
} sizes[] = {
	/* AT is answered with its echo and \r\nOK\r\n, AT+CSQ with its echo, \r\n+CSQ: 20,99\r\n and \r\nOK\r\n */
	{ "lost", SWEEP_BYTES, 9 + 28, "lost@2+27" },
	{ "rdy", SWEEP_BYTES, 8 + 27, "rdy@2+27" },
	{ "cmd-lost", SWEEP_BYTES, 1 + 5, "cmd-lost@2+4" },
	{ "data-lost", SWEEP_BYTES, 0, NULL },
	{ "reset", SWEEP_BYTES, 0, NULL },
	{ "lost@2+27", SWEEP_EXCHANGES, 1, "lost@2+27" },
	{ "lost@1", SWEEP_BYTES, 9, "lost@1+8" },
	{ "all@1", SWEEP_EXCHANGES, 16, "cmd-twice@1" },
};

START_TEST(a_plan_is_as_big_as_the_conversation)
{
	struct sweep w = { 0 };
	const struct cell *last;

	ck_assert_int_eq(make_plan(&w, HEAD "steps: [{at: AT}, {at: AT+CSQ}]\n", sizes[_i].word, sizes[_i].depth), 0);
	ck_assert_uint_eq(w.plan.n_points, sizes[_i].n);
	last = w.plan.n_cells ? w.plan.cells[w.plan.n_cells - 1] : NULL;
	if (sizes[_i].last)
		ck_assert_str_eq(last->sweep->name, sizes[_i].last);
	drop_plan(&w);
}
END_TEST

START_TEST(a_point_that_no_cell_has)
{
	struct sweep w = { 0 };

	ck_assert_int_ne(make_plan(&w, HEAD "steps: [{at: AT}]\n", "reboot@2", SWEEP_EXCHANGES), 0);
	ck_assert_str_eq(w.e.msg, "--sweep: there is no point reboot@2: 1 cells with 1 exchanges");
	drop_plan(&w);
}
END_TEST

START_TEST(what_is_not_clean_has_no_points)
{
	struct sweep w = { 0 };

	ck_assert_int_eq(make_plan(&w, HEAD "steps: [{at: AT+NOSUCH}]\n", "reboot", SWEEP_EXCHANGES), 0);
	ck_assert_uint_eq(w.plan.n_cells, 1);
	ck_assert_str_eq(w.plan.cells[0]->id, "t");
	ck_assert_ptr_null(w.plan.cells[0]->sweep);
	drop_plan(&w);
}
END_TEST

START_TEST(real_servers_are_not_swept)
{
	struct sweep w = { 0 };

	ck_assert_int_eq(
		make_plan(&w, HEAD "fixtures: {b: {use: mosquitto}}\nsteps: [{at: AT}]\n", "reboot", SWEEP_EXCHANGES),
		0);
	ck_assert_uint_eq(w.plan.n_cells, 1);
	ck_assert_str_eq(w.plan.cells[0]->skip_reason, "a sweep needs virtual time, and the cell has a real server or starts a program");
	drop_plan(&w);
}
END_TEST

/* --- runs ----------------------------------------------------------------------------------------------------- */

struct outcome_count {
	size_t n[OUTCOME_COUNT];
	struct buf bad;	 /* "OUTCOME point what; " of all that did not pass */
	char again[256]; /* of the last of these */
};

static void read_outcomes(struct outcome_count *c)
{
	char *line = NULL;
	size_t cap = 0;
	FILE *in = fopen(jsonl, "r");

	ck_assert_ptr_nonnull(in);
	buf_init(&c->bad, 1 << 20);
	while (getline(&line, &cap, in) > 0) {
		json_t *j = json_loads(line, 0, NULL);
		struct report_cell cell;

		if (!strcmp(json_string_value(json_object_get(j, "event")), "end")) {
			report_read_cell(&cell, j);
			c->n[cell.outcome]++;
			if (cell.outcome != OUTCOME_PASS)
				buf_addf(&c->bad, "%s %s: %s; ", outcome_word(cell.outcome), cell.point,
					 cell.failure.what);
			if (cell.outcome != OUTCOME_PASS)
				snprintf(c->again, sizeof(c->again), "%s", cell.again);
		}
		json_decref(j);
	}
	free(line);
	fclose(in);
}

static int sweep_quietly(const char *scenario, const char *word, enum sweep_depth depth, struct outcome_count *c)
{
	struct run_options run = options();
	struct sweep_options o = { .depth = depth };
	struct pool *p = pool_new();
	struct scenario *s = load(scenario);
	struct err e = { 0 };
	int code;

	o.wishes = sweep_read_wishes(p, &word, 1, &o.n_wishes, &e);
	hide_output();
	code = sweep_run(p, s->cells, s->n_cells, &run, &o);
	show_output();
	memset(c, 0, sizeof(*c));
	read_outcomes(c);
	scenario_free(s);
	pool_free(p);
	return code;
}

#define SESSION \
	HEAD "steps:\n  - {at: ATE0}\n  - {at: AT+CSQ}\n  - {at: AT+CMQTTSTART, expect: '^\\+CMQTTSTART: 0$'}\n" \
	     "  - {at: 'AT+CMQTTACCQ=0,\"c\",0', expect: '^OK$'}\n" \
	     "  - {at: 'AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:1883\",60,1', expect: '^\\+CMQTTCONNECT: 0,0$'}\n" \
	     "  - {send: 'AT+CMQTTTOPIC=0,3\\r', expect: '>'}\n  - {send: t/1, expect: '^OK$'}\n  - {at: " \
	     "'AT+CMQTTDISC=0,60'}\n"

/* An armed fault that does not fire is an ERROR, so that all of these are real points. */
START_TEST(every_point_of_every_fault_is_real)
{
	struct outcome_count c;

	ck_assert_int_eq(sweep_quietly(SESSION, "all", SWEEP_EXCHANGES, &c), HIL_EXIT_PASS);
	ck_assert_msg(!c.bad.len, "%s", buf_str(&c.bad));
	ck_assert_uint_gt(c.n[OUTCOME_PASS], 100);
	buf_free(&c.bad);
	ck_assert_int_eq(sweep_quietly(SESSION, "data-lost", SWEEP_BYTES, &c), HIL_EXIT_PASS);
	ck_assert_uint_eq(c.n[OUTCOME_PASS], 1 + 3);
	buf_free(&c.bad);
}
END_TEST

static const struct {
	const char *scenario, *word;
	enum sweep_depth depth;
	int code;
	const char *bad, *again;
} hunts[] = {
	/* what only claims ask for is not missed by what steps ask for */
	{ HEAD "always: [{from: modem, match: '^\\+CSQ: '}]\nsteps: [{at: ATE0}, {at: AT+CSQ}, {at: AT}]\n",
	  "cmd-lost@2", SWEEP_EXCHANGES, HIL_EXIT_FAIL,
	  "FAIL cmd-lost@2: always: seen 0 times in modem, wanted at least 1; ",
	  "hil run t.yaml --sweep cmd-lost@2 --seed 7 -v" },
	/* of \r\nOK\r\n the letters count; a line end that is lost leaves another */
	{ HEAD "always: [{from: modem, match: '^OK$', at_least: 2}]\nsteps: [{at: ATE0}, {at: AT}]\n", "lost@2",
	  SWEEP_BYTES, HIL_EXIT_FAIL,
	  "FAIL lost@2+2: always: seen 1 times in modem, wanted at least 2; "
	  "FAIL lost@2+3: always: seen 1 times in modem, wanted at least 2; ",
	  "hil run t.yaml --sweep lost@2+3 --seed 7 -v" },
	/* never: and the steps' own expectations do not decide */
	{ HEAD "never: [{from: modem, match: '^RDY$'}]\nsteps: [{at: AT, expect: '^OK$', never: [{match: '^RDY$'}]}, "
	       "{wait: 60s}]\n",
	  "reboot", SWEEP_EXCHANGES, HIL_EXIT_PASS, "", "" },
	/* nor does the time that steps wait for nothing */
	{ HEAD "timeout: 3s\nsteps: [{at: ATE0}, {at: AT+CSQ}, {at: AT}]\n", "mute", SWEEP_EXCHANGES, HIL_EXIT_PASS, "",
	  "" },
	/* a client that does not come back in time */
	{ HEAD "timeout: 10s\nsteps:\n  - client: [--broker, 'broker.emqx.io:1883', --exit-when, connected]\n",
	  "mute@3", SWEEP_EXCHANGES, HIL_EXIT_FAIL,
	  "FAIL mute@3: timed out waiting for the client to exit when the scenario's timeout of 10s was over; ",
	  "hil run t.yaml --sweep mute@3 --seed 7 -v" },
};

START_TEST(a_weak_spot_is_found)
{
	struct outcome_count c;

	ck_assert_int_eq(sweep_quietly(hunts[_i].scenario, hunts[_i].word, hunts[_i].depth, &c), hunts[_i].code);
	ck_assert_str_eq(buf_str(&c.bad), hunts[_i].bad);
	ck_assert_str_eq(c.again, hunts[_i].again);
	buf_free(&c.bad);
}
END_TEST

/* The summary as people see it. */
START_TEST(size_and_time_are_printed)
{
	static const char want[] = "sweep            points   failed\n"
				   "lost                  6        2  lost@2+2 lost@2+3\n"
				   "1 cells, 2 exchanges, 6 points in ";
	struct run_options run = options();
	struct sweep_options o = { .depth = SWEEP_BYTES };
	const char *const word = "lost@2";
	struct scenario *s = load(hunts[1].scenario);
	struct pool *p = pool_new();
	char text[16384] = "";
	FILE *out = tmpfile();
	struct err e = { 0 };

	o.wishes = sweep_read_wishes(p, &word, 1, &o.n_wishes, &e);
	fflush(stdout);
	terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	dup2(fileno(out), STDOUT_FILENO);
	sweep_run(p, s->cells, s->n_cells, &run, &o);
	show_output();
	rewind(out);
	ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, out), 0);
	ck_assert_msg(strstr(text, want) != NULL, "%s", text);
	ck_assert_ptr_nonnull(strstr(text, " points/s\n"));
	ck_assert_ptr_nonnull(strstr(
		text, "   fault: a byte of the answer is lost, at byte 3 of 6 of the answer to exchange 2 (AT)\n"));
	fclose(out);
	scenario_free(s);
	pool_free(p);
}
END_TEST

START_TEST(a_point_that_is_not_real_is_an_error)
{
	struct sweep w = { 0 };
	struct run_options run = options();
	struct outcome_count c = { 0 };
	struct fault *f;

	ck_assert_int_eq(make_plan(&w, HEAD "steps: [{at: AT}]\n", "reboot@1", SWEEP_EXCHANGES), 0);
	f = (struct fault *)(uintptr_t)&w.plan.cells[0]->modem.faults[0];
	f->trigger.nth = 2;
	run.sweep = &w.plan;
	hide_output();
	ck_assert_int_eq(run_cells(w.plan.cells, w.plan.n_cells, &run), HIL_EXIT_ERROR);
	show_output();
	read_outcomes(&c);
	ck_assert_str_eq(buf_str(&c.bad), "ERROR reboot@1: fault reboot@1 never fired: there is no such point; ");
	buf_free(&c.bad);
	drop_plan(&w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sweep");
	TCase *tc = tcase_create("sweeps");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_recording_folds_into_exchanges, 0, sizeof(folds) / sizeof(folds[0]));
	tcase_add_loop_test(tc, words_ask_for_points, 0, sizeof(words) / sizeof(words[0]));
	tcase_add_test(tc, a_plan_has_every_point);
	tcase_add_loop_test(tc, a_plan_is_as_big_as_the_conversation, 0, sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(tc, a_point_that_no_cell_has);
	tcase_add_test(tc, what_is_not_clean_has_no_points);
	tcase_add_test(tc, real_servers_are_not_swept);
	tcase_add_test(tc, every_point_of_every_fault_is_real);
	tcase_add_loop_test(tc, a_weak_spot_is_found, 0, sizeof(hunts) / sizeof(hunts[0]));
	tcase_add_test(tc, size_and_time_are_printed);
	tcase_add_test(tc, a_point_that_is_not_real_is_an_error);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
