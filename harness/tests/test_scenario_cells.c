/* What right files become: cells and their ids, variables, steps of lists, defaults, places. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario.h"
#include "harness/scenario_render.h"

#define HEAD "schema: 1\nname: a\nsummary: s\n"
#define STEPS "steps: [{at: AT}]\n"

static struct scenario *load_with(const char *text, const struct scenario_options *o)
{
	struct err e = { 0 };
	struct scenario *s = scenario_load_text("harness/tests/bad/lib/t.yaml", text, strlen(text), o, &e);

	ck_assert_msg(s != NULL, "%s", e.msg);
	return s;
}

static struct scenario *load(const char *text)
{
	return load_with(text, NULL);
}

/* The ids of all cells, a blank between. */
static void ids_of(const struct scenario *s, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s->n_cells && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? " " : "", s->cells[i]->id);
}

static const struct {
	const char *matrix, *ids;
} matrices[] = {
	{ "", "a" },
	{ "matrix: {x: [1, 2]}", "a[x=1] a[x=2]" },
	{ "matrix: {x: [1, 2], y: [p, q]}", "a[x=1,y=p] a[x=1,y=q] a[x=2,y=p] a[x=2,y=q]" },
	{ "matrix: {firmware: [B03, B04], sni: [0, 1]}", "a[B03,sni=0] a[B03,sni=1] a[B04,sni=0] a[B04,sni=1]" },
	{ "matrix: {rows: [{firmware: B03, sni: 1, result: 32}]}", "a[B03,sni=1]" },
	{ "matrix: {rows: [{sni: 1, expected: 32, want_it: x}]}", "a[sni=1]" },
	{ "matrix: {rows: [{id: O1, x: 1}, {id: O2, x: 1}]}", "a[O1] a[O2]" },
	{ "matrix: {rows: [{id: O1, x: 1}], qos: [0, 1]}", "a[O1,qos=0] a[O1,qos=1]" },
	{ "matrix: {qos: [0, 1], rows: [{id: O1}, {id: O2}]}", "a[O1,qos=0] a[O1,qos=1] a[O2,qos=0] a[O2,qos=1]" },
	{ "matrix: {rows: [{result: 1}]}", "a" },
	{ "matrix: {topic: ['a/b c']}", "a[topic=a-b-c]" },
	/* scalars stay what they were written as */
	{ "matrix: {x: [010, 1.10, no, 'yes']}", "a[x=010] a[x=1.10] a[x=no] a[x=yes]" },
	{ "matrix: {x: [1, 2, 3]}\nexclude: [{x: 2}]", "a[x=1] a[x=3]" },
	{ "matrix: {x: [1, 2], y: [1, 2]}\nexclude: [{x: 1, y: [1, 2]}]", "a[x=2,y=1] a[x=2,y=2]" },
	{ "matrix: {x: [1, 2], y: [1, 2]}\nexclude: [{x: 1, y: 1}, {x: 2, y: 2}]", "a[x=1,y=2] a[x=2,y=1]" },
};

START_TEST(cells_of_a_matrix)
{
	char text[512], ids[512];
	struct scenario *s;

	snprintf(text, sizeof(text), HEAD "%s\n" STEPS, matrices[_i].matrix);
	s = load(text);
	ids_of(s, ids, sizeof(ids));
	ck_assert_str_eq(ids, matrices[_i].ids);
	scenario_free(s);
}
END_TEST

/* Variables, one step of each cell as it comes out. */
static const struct {
	const char *head, *at;
	const char *texts[4];
} expansions[] = {
	{ "vars: {x: 1}", "AT${x}", { "AT1" } },
	{ "vars: {x: 1, y: '${x}2'}", "AT${y}${x}", { "AT121" } },
	{ "vars: {}", "$$x$ $${x}", { "$$x$ $${x}" } },
	{ "matrix: {x: [1, 2]}\nvars: {y: 'v${x}'}", "AT${y}", { "ATv1", "ATv2" } },
	/* the first entry that holds */
	{ "matrix: {x: [1, 2, 3]}\nvars: {y: [{when: {x: 1}, value: a}, {when: {x: [1, 2]}, value: b}, {value: c}]}", "${y}",
	  { "a", "b", "c" } },
	{ "vars: {y: [{value: a}, {when: {target: emulator}, value: b}]}", "${y}", { "a" } },
	{ "vars: {}", "${target} ${scenario} ${cell} ${dir}", { "emulator a a harness/tests/bad/lib" } },
	{ "matrix: {x: [1]}", "${cell}", { "a[x=1]" } },
	/* what only a run knows stays */
	{ "vars: {x: 'id-${run.id}'}", "${x} ${port} ${run.seed}", { "id-${run.id} ${port} ${run.seed}" } },
	{ "fixtures: {broker: {use: mosquitto}}", "${broker.host}:${broker.port}", { "${broker.host}:${broker.port}" } },
};

START_TEST(variables_in_steps)
{
	char text[1024];
	struct scenario *s;

	snprintf(text, sizeof(text), HEAD "%s\nsteps: [{at: '%s'}]\n", expansions[_i].head, expansions[_i].at);
	s = load(text);
	for (size_t i = 0; i < s->n_cells; i++)
		ck_assert_str_eq(s->cells[i]->steps[0].text, expansions[_i].texts[i]);
	scenario_free(s);
}
END_TEST

START_TEST(command_line_over_file)
{
	static const char *const vars[] = { "x=old", "x=a$b", "host=h" };
	const struct scenario_options o = { .target = "board", .vars = vars, .n_vars = 3, .profile = "P$1" };
	struct scenario *s = load_with(HEAD "targets: [emulator]\nvars: {x: 1}\nmodem: {profile: Q}\n"
				       "steps: [{at: '${x} ${host} ${target}'}]\n", &o);

	ck_assert_str_eq(s->cells[0]->steps[0].text, "a$$b h board");
	ck_assert_str_eq(s->cells[0]->modem.profile, "P$$1");
	ck_assert_str_eq(s->cells[0]->skip_reason, "runs on the emulator only");
	scenario_free(s);
}
END_TEST

START_TEST(steps_of_a_list)
{
	struct scenario *s = load(HEAD "include: [greet.yaml]\nvars: {who: you}\nsteps:\n"
				  "  - {id: hi, use: greet, with: {name: '${who}'}}\n"
				  "  - {use: greet, with: {name: me, within: 1s}, when: {target: board}}\n");
	const struct cell *c = s->cells[0];
	size_t len;
	const char *line;

	ck_assert_uint_eq(c->n_steps, 2);
	ck_assert_str_eq(c->steps[0].id, "hi/1");
	ck_assert_str_eq(c->steps[0].text, "AT+HELLO=\"you\"");
	ck_assert_str_eq(c->steps[0].expects[0].pattern.text, "^hello you$");
	ck_assert_uint_eq(c->steps[0].expects[0].within_us, 5000000);
	ck_assert(c->steps[0].applies);
	ck_assert_str_eq(c->steps[0].place.file, "harness/tests/bad/lib/greet.yaml");
	ck_assert_uint_eq(c->steps[0].place.line, 7);
	ck_assert_uint_eq(c->steps[0].used_from->line, 7);
	line = place_line(&c->steps[0].place, &len);
	ck_assert_msg(len == 30 && !strncmp(line, "      - at: AT+HELLO=\"${name}\"", 30), "%.*s", (int)len, line);
	ck_assert_str_eq(c->steps[1].id, "greet/1");
	ck_assert(!c->steps[1].applies);
	ck_assert_uint_eq(c->steps[1].expects[0].within_us, 1000000);
	scenario_free(s);
}
END_TEST

START_TEST(defaults_are_applied)
{
	struct scenario *s = load(HEAD "defaults: {within: 3s, eol: lf}\nsteps:\n"
				  "  - {at: AT, expect: [a, {text: b, within: 1s}, {any_order: [c, d]}]}\n"
				  "always: [{text: x}, {text: y, at_most: 1}]\n"
				  "modem: {faults: [{do: drop}, {do: urc, text: x}, {do: limit, bytes: 9}, {do: fifo, rate: 1000}]}\n");
	const struct cell *c = s->cells[0];
	const struct fault *f = c->modem.faults;

	ck_assert_uint_eq(c->timeout_us, 300000000);
	ck_assert_int_eq(c->eol, EOL_LF);
	ck_assert_uint_eq(c->steps[0].expects[0].within_us, 3000000);
	ck_assert_uint_eq(c->steps[0].expects[0].count, 1);
	ck_assert_int_eq(c->steps[0].expects[0].pattern.kind, PATTERN_MATCH);
	ck_assert_uint_eq(c->steps[0].expects[1].within_us, 1000000);
	ck_assert_int_eq(c->steps[0].expects[1].pattern.kind, PATTERN_TEXT);
	ck_assert_uint_eq(c->steps[0].expects[2].n_any_order, 2);
	ck_assert_uint_eq(c->steps[0].expects[2].any_order[1].within_us, 3000000);
	ck_assert_int_eq(c->always[0].at_least, 1);
	ck_assert_int_eq(c->always[0].at_most, -1);
	ck_assert_int_eq(c->always[1].at_least, 0);
	ck_assert_int_eq(f[0].link, FAULT_LINK_SERIAL);
	ck_assert_int_eq(f[0].bytes, 1);
	ck_assert_int_eq(f[0].times, 1);
	ck_assert_int_eq(f[1].link, FAULT_LINK_MODEM);
	ck_assert_int_eq(f[2].link, FAULT_LINK_NET);
	ck_assert_int_eq(f[3].bytes, 256);
	ck_assert_int_eq(f[3].times, 0);
	scenario_free(s);
}
END_TEST

START_TEST(quiet_after_an_action)
{
	struct scenario *s = load(HEAD "steps: [{id: x, send: 'AT\\r', quiet: 2s, from: log}, {quiet: 1s}]\n");
	const struct cell *c = s->cells[0];

	ck_assert_uint_eq(c->n_steps, 3);
	ck_assert_int_eq(c->steps[0].kind, STEP_SEND);
	ck_assert_uint_eq(c->steps[0].duration_us, 0);
	ck_assert_int_eq(c->steps[1].kind, STEP_QUIET);
	ck_assert_str_eq(c->steps[1].id, "x/quiet");
	ck_assert_uint_eq(c->steps[1].duration_us, 2000000);
	ck_assert_int_eq(c->steps[1].from, STREAM_LOG);
	ck_assert_str_eq(c->steps[1].nevers[0].text, "\\S");
	ck_assert_uint_eq(c->steps[2].n_nevers, 0);
	scenario_free(s);
}
END_TEST

/* Files that a step names need not be there in cells where it does not apply. */
START_TEST(steps_that_do_not_apply)
{
	struct scenario *s = load(HEAD "matrix: {ca: [none, greet.yaml]}\nsteps:\n"
				  "  - {when: {ca: greet.yaml}, send_file: '${ca}'}\n  - {at: AT}\n");

	ck_assert(!s->cells[0]->steps[0].applies);
	ck_assert(s->cells[1]->steps[0].applies);
	ck_assert_str_eq(s->cells[1]->steps[0].path, "harness/tests/bad/lib/greet.yaml");
	scenario_free(s);
}
END_TEST

START_TEST(outcomes_by_cell)
{
	struct scenario *s = load(HEAD "matrix: {x: [1, 2, 3]}\nsteps: [{id: go, at: AT}]\n"
				  "skip: [{when: {x: 1}, reason: no}, {when: {target: board}, reason: lab}]\n"
				  "xfail: [{when: {x: 2}, step: go, reason: bug}, {when: {x: [2, 3]}, reason: r, strict: false}]\n"
				  "flaky: {when: {x: 3}, retries: 2, reason: radio}\n");

	ck_assert_str_eq(s->cells[0]->skip_reason, "no");
	ck_assert_ptr_null(s->cells[1]->skip_reason);
	ck_assert_uint_eq(s->cells[0]->n_xfails, 0);
	ck_assert_uint_eq(s->cells[1]->n_xfails, 2);
	ck_assert_str_eq(s->cells[1]->xfails[0].step, "go");
	ck_assert(s->cells[1]->xfails[0].strict);
	ck_assert_uint_eq(s->cells[2]->n_xfails, 1);
	ck_assert(!s->cells[2]->xfails[0].strict);
	ck_assert_uint_eq(s->cells[1]->flaky_retries, 0);
	ck_assert_uint_eq(s->cells[2]->flaky_retries, 2);
	scenario_free(s);
}
END_TEST

START_TEST(worlds_given_inline)
{
	struct scenario *s = load(HEAD "vars: {tls: 1.2}\n" STEPS
				  "fixtures:\n  broker:\n    use: world\n    hosts:\n"
				  "      - {match: b.example, port: 8883, model: {tls: {min: '${tls}'}}}\n      - {match: '*'}\n"
				  "  other: {use: world, hosts: [{match: '*.example', port: 1}], host: x.example}\n");
	const struct fixture *f = s->cells[0]->fixtures;

	ck_assert_str_eq(f[0].host, "b.example");
	ck_assert_str_eq(f[0].port, "8883");
	ck_assert_str_eq(f[0].world, "{\"schema\": \"1\", \"hosts\": [{\"match\": \"b.example\", \"port\": \"8883\", "
				     "\"model\": {\"tls\": {\"min\": \"1.2\"}}}, {\"match\": \"*\"}]}");
	ck_assert_str_eq(f[1].host, "x.example");
	ck_assert_str_eq(f[1].port, "1");
	scenario_free(s);
}
END_TEST

START_TEST(wait_is_warned_of_once)
{
	struct scenario *s = load(HEAD "matrix: {x: [1, 2]}\nsteps:\n  - {wait: 1s}\n");

	ck_assert_uint_eq(s->n_warnings, 1);
	ck_assert_str_eq(s->warnings[0], "harness/tests/bad/lib/t.yaml:6:12: warning: wait makes a run slow or flaky: "
					 "prefer expect with within");
	scenario_free(s);
}
END_TEST

static void render(const struct cell *c, struct buf *out)
{
	json_t *j = render_cell(c);

	buf_init(out, 1 << 20);
	ck_assert_int_eq(render_yaml(j, out), 0);
	json_decref(j);
}

/* A rendered cell loads again, and renders to the same text. */
START_TEST(render_loads_again)
{
	static const char *const files[] = { "everything", "tls-sni", "field-replay", "cipher-limits" };
	char path[128];
	struct err e = { 0 };
	struct scenario *s;

	snprintf(path, sizeof(path), "harness/tests/good/%s.yaml", files[_i]);
	s = scenario_load_file(path, NULL, &e);
	ck_assert_msg(s != NULL, "%s", e.msg);
	for (size_t i = 0; i < s->n_cells; i++) {
		struct buf first, second;
		struct scenario *again;

		render(s->cells[i], &first);
		again = scenario_load_text("again.yaml", first.data, first.len, NULL, &e);
		ck_assert_msg(again != NULL, "%s\n%s", e.msg, first.data);
		ck_assert_uint_eq(again->n_cells, 1);
		render(again->cells[0], &second);
		ck_assert_str_eq(first.data, second.data);
		buf_free(&first);
		buf_free(&second);
		scenario_free(again);
	}
	scenario_free(s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario cells");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, cells_of_a_matrix, 0, sizeof(matrices) / sizeof(matrices[0]));
	tcase_add_loop_test(tc, variables_in_steps, 0, sizeof(expansions) / sizeof(expansions[0]));
	tcase_add_test(tc, command_line_over_file);
	tcase_add_test(tc, steps_of_a_list);
	tcase_add_test(tc, defaults_are_applied);
	tcase_add_test(tc, quiet_after_an_action);
	tcase_add_test(tc, steps_that_do_not_apply);
	tcase_add_test(tc, outcomes_by_cell);
	tcase_add_test(tc, worlds_given_inline);
	tcase_add_test(tc, wait_is_warned_of_once);
	tcase_add_loop_test(tc, render_loads_again, 0, 4);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
