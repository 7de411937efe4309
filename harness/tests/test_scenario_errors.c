/* One wrong file a row: what is said about it, to the letter, with the place. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario.h"

#define HEAD "schema: 1\nname: a\nsummary: s\n"
#define STEPS "steps: [{at: AT}]\n"

static const struct {
	const char *text, *error;
} rows[] = {
	/* the file */
	{ "", "t.yaml:1:1: key 'schema' is missing" },
	{ "[1, 2]", "t.yaml:1:1: must be a mapping" },
	{ "schema: 2\nname: a\nfuture: x\n", "t.yaml:1:9: schema 2 needs a newer hil (this one knows 1)" },
	{ "schema: one\n", "t.yaml:1:9: 'one' must be a number from 1 to 1000000" },
	{ HEAD, "t.yaml:1:1: key 'steps' is missing" },
	{ HEAD "steps: []\n", "t.yaml:4:8: must have at least 1 entry" },
	{ HEAD STEPS STEPS, "t.yaml:5:1: key 'steps' is given twice (first on line 4)" },
	{ HEAD STEPS "<<: {a: b}\n",
	  "t.yaml:5:1: merge keys (<<) are not supported: repeat the lines or use include" },
	{ HEAD STEPS "tag: [a]\n", "t.yaml:5:1: unknown key 'tag' (did you mean 'tags'?)" },
	{ "schema: 1\nname: A b\nsummary: s\n" STEPS, "t.yaml:2:7: 'A b' must be of lower-case letters, digits and '-'" },
	{ "schema: 1\nname: a/b\nsummary: s\n" STEPS, "t.yaml:2:7: 'a/b' must be of lower-case letters, digits and '-'" },
	{ "schema: 1\nname: a\nsummary: ''\n" STEPS, "t.yaml:3:10: must not be empty" },
	{ HEAD STEPS "targets: [emulater]\n", "t.yaml:5:11: unknown value 'emulater' (did you mean 'emulator'?)" },
	{ HEAD STEPS "targets: [board, board]\n", "t.yaml:5:18: 'board' is given twice" },
	{ HEAD STEPS "timeout: 90\n", "t.yaml:5:10: '90' must be a number with a unit: 250ms, 5s, 2m, 1h" },
	{ HEAD STEPS "timeout: 0s\n", "t.yaml:5:10: must be longer than nothing" },
	{ HEAD STEPS "defaults: {within: 5}\n",
	  "t.yaml:5:20: '5' must be a number with a unit: 250ms, 5s, 2m, 1h" },
	{ HEAD STEPS "include: [none.yaml]\n", "t.yaml:5:11: include: none.yaml: No such file or directory" },

	/* steps */
	{ HEAD "steps:\n  - {att: AT}\n", "t.yaml:5:6: unknown key 'att' (did you mean 'at'?)" },
	{ HEAD "steps:\n  - {at: AT, expct: OK}\n", "t.yaml:5:14: unknown key 'expct' (did you mean 'expect'?)" },
	{ HEAD "steps:\n  - {at: AT, send: x}\n", "t.yaml:5:20: 'at' and 'send' cannot be in one entry" },
	{ HEAD "steps:\n  - {note: x}\n",
	  "t.yaml:5:5: one of these keys is missing: at send send_file mux ppp client program type inject clear power line baud "
	  "control server check wait quiet expect use" },
	{ HEAD "steps:\n  - {send: x, result: OK}\n", "t.yaml:5:23: 'result' needs 'at' beside it" },
	{ HEAD "steps:\n  - {at: AT, background: true}\n", "t.yaml:5:26: 'background' needs 'client' beside it" },
	{ HEAD "steps:\n  - {wait: 1s, quiet: 1s}\n", "t.yaml:5:12: 'wait' and 'quiet' cannot be in one entry" },
	{ HEAD "steps:\n  - {at: ''}\n", "t.yaml:5:10: must not be empty" },
	{ HEAD "steps:\n  - {at: [AT]}\n", "t.yaml:5:10: must be a value" },
	{ HEAD "steps:\n  - {client: run}\n", "t.yaml:5:14: must be a list" },
	{ HEAD "steps:\n  - {client: [run], background: on}\n", "t.yaml:5:33: 'on' must be true or false" },
	{ HEAD "steps:\n  - {program: {}}\n", "t.yaml:5:15: key 'run' is missing" },
	{ HEAD "steps:\n  - {program: {run: []}}\n", "t.yaml:5:21: must have at least 1 entry" },
	{ HEAD "steps:\n  - {program: {run: gammu}}\n", "t.yaml:5:21: must be a list" },
	{ HEAD "steps:\n  - {program: {run: [gammu], exit: 256}}\n", "t.yaml:5:36: '256' must be a number from 0 to 255" },
	{ HEAD "steps:\n  - {program: {run: [gammu], stdin: x}}\n", "t.yaml:5:30: unknown key 'stdin' (one of: run files terminal background exit)" },
	{ HEAD "steps:\n  - {program: {run: [gammu], files: {../rc: x}}}\n",
	  "t.yaml:5:38: '../rc' is no name of a file: letters, digits, '.', '-' and '_'" },
	{ HEAD "steps:\n  - {program: {run: [gammu], files: {..: x}}}\n",
	  "t.yaml:5:38: '..' is no name of a file: letters, digits, '.', '-' and '_'" },
	{ HEAD "steps:\n  - {type: 'a\\q'}\n", "t.yaml:5:12: bad escape at character 2 (\\r \\n \\t \\e \\0 \\\\ \\xNN)" },
	{ HEAD "steps:\n  - {send: 'a\\q'}\n", "t.yaml:5:12: bad escape at character 2 (\\r \\n \\t \\e \\0 \\\\ \\xNN)" },
	{ HEAD "steps:\n  - {send_file: none.bin}\n", "t.yaml:5:17: cannot read none.bin: No such file or directory" },
	{ HEAD "steps:\n  - {power: cycel}\n", "t.yaml:5:13: unknown value 'cycel' (did you mean 'cycle'?)" },
	{ HEAD "steps:\n  - {id: x, at: AT}\n  - {id: x, at: AT}\n",
	  "t.yaml:6:10: step id 'x' is given twice (first on line 5)" },
	{ HEAD "steps:\n  - {check: {}}\n", "t.yaml:5:13: must have at least 1 entry" },
	{ HEAD "steps:\n  - {check: {equal: [a]}}\n", "t.yaml:5:21: must be a list of two values" },
	{ HEAD "steps:\n  - {check: {exit: 256}}\n", "t.yaml:5:20: '256' must be a number from 0 to 255" },
	{ HEAD "steps:\n  - {check: {received: {since: x, min: 1}}}\n", "t.yaml:5:24: since: no step is called 'x'" },

	/* expectations */
	{ HEAD "steps:\n  - {at: AT, expect: '(x'}\n",
	  "t.yaml:5:22: not a regex: missing closing parenthesis at character 3 of '(x'" },
	{ HEAD "steps:\n  - at: AT\n    expect:\n      - {match: '^a(?'}\n",
	  "t.yaml:7:17: not a regex: missing closing parenthesis at character 5 of '^a(?'" },
	{ HEAD "steps:\n  - {expect: {match: a, text: b}}\n", "t.yaml:5:31: 'match' and 'text' cannot be in one entry" },
	{ HEAD "steps:\n  - {expect: {from: log}}\n",
	  "t.yaml:5:14: one of these keys is missing: match text bytes any_order" },
	{ HEAD "steps:\n  - {expect: {text: a, from: modum}}\n",
	  "t.yaml:5:30: unknown value 'modum' (did you mean 'modem'?)" },
	{ HEAD "steps:\n  - {expect: {bytes: 0d 0}}\n", "t.yaml:5:22: '0d 0' must be pairs of hex digits" },
	{ HEAD "steps:\n  - {expect: {match: a, within: 30}}\n",
	  "t.yaml:5:33: '30' must be a number with a unit: 250ms, 5s, 2m, 1h" },
	{ HEAD "steps:\n  - {expect: {match: a, count: 0}}\n", "t.yaml:5:32: '0' must be a number from 1 to 100000" },
	{ HEAD "steps:\n  - {expect: {text: a, save: {x: 0}}}\n",
	  "t.yaml:5:30: save needs match: there are no groups in text or bytes" },
	{ HEAD "steps:\n  - {expect: {match: a, save: {port: 0}}}\n", "t.yaml:5:32: 'port' is given by hil itself" },
	{ HEAD "vars: {x: 1}\nsteps:\n  - {expect: {match: a, save: {x: 0}}}\n", "t.yaml:6:32: 'x' already has a value" },
	{ HEAD "steps:\n  - {expect: {any_order: [a]}}\n", "t.yaml:5:26: must have at least 2 entries" },
	{ HEAD "steps:\n  - {expect: {any_order: [a, {any_order: [a, b]}]}}\n",
	  "t.yaml:5:31: unknown key 'any_order' (one of: match text bytes from within count save)" },
	{ HEAD STEPS "always: [{text: a, at_least: 3, at_most: 2}]\n", "t.yaml:5:42: at_most is less than at_least" },
	{ HEAD STEPS "never: [{match: '['}]\n",
	  "t.yaml:5:17: not a regex: missing terminating ] for character class at character 2 of '['" },

	/* faults */
	{ HEAD "steps:\n  - {inject: {do: latencie}}\n", "t.yaml:5:19: unknown value 'latencie' (did you mean 'latency'?)" },
	{ HEAD "steps:\n  - {mux: {dlci: 1}}\n", "t.yaml:5:11: mux needs 'send' or 'frame'" },
	{ HEAD "steps:\n  - {ppp: {}}\n", "t.yaml:5:11: ppp needs 'send' or 'ack'" },
	{ HEAD "steps:\n  - {ppp: {ack: pap}}\n", "t.yaml:5:17: unknown value 'pap' (did you mean 'lcp'?)" },
	{ HEAD "steps:\n  - {ppp: {ack: lcp, send: c021}}\n", "t.yaml:5:17: 'ack' and 'send' cannot be in one entry" },
	{ HEAD "steps:\n  - {mux: {dlci: 64, frame: sabm}}\n", "t.yaml:5:18: '64' must be a number from 0 to 63" },
	{ HEAD "steps:\n  - {mux: {send: x}}\n", "t.yaml:5:11: key 'dlci' is missing" },
	{ HEAD "steps:\n  - {mux: {dlci: 1, frame: sabm, send: x}}\n", "t.yaml:5:28: 'frame' and 'send' cannot be in one entry" },
	{ HEAD "steps:\n  - {inject: {do: latency}}\n", "t.yaml:5:14: do: latency needs 'delay'" },
	{ HEAD "steps:\n  - {inject: {do: drop, text: x}}\n", "t.yaml:5:31: 'text' means nothing to do: drop" },
	{ HEAD "steps:\n  - {inject: {do: hangup, link: net}}\n", "t.yaml:5:33: do: hangup cannot be on link: net" },
	{ HEAD "steps:\n  - {inject: {do: drop, toward: broker}}\n",
	  "t.yaml:5:33: toward: broker is not an end of link: serial" },
	{ HEAD "steps:\n  - {inject: {do: reset, toward: host}}\n",
	  "t.yaml:5:34: toward: host is not an end of link: net" },
	{ HEAD "steps:\n  - {inject: {do: reply, text: x}}\n",
	  "t.yaml:5:14: do: reply needs 'trigger: {match: ...}', the command it answers" },
	{ HEAD "steps:\n  - {inject: {do: drop, chance: 2}}\n", "t.yaml:5:33: '2' must be more than 0 and at most 1" },
	{ HEAD "steps:\n  - {inject: {do: drop, trigger: {nth: 2}}}\n", "t.yaml:5:40: 'nth' needs 'match' beside it" },

	/* variables */
	{ HEAD "steps:\n  - {at: 'AT${x}'}\n", "t.yaml:5:10: unknown variable 'x' (one of: cell target scenario dir run.id "
					       "run.seed port scratch)" },
	{ HEAD "vars: {topic: a}\nsteps:\n  - {at: 'AT${topik}'}\n",
	  "t.yaml:6:10: unknown variable 'topik' (did you mean 'topic'?)" },
	{ HEAD "steps:\n  - {at: 'AT${x'}\n", "t.yaml:5:10: '${' without a name and '}' (a dollar before a brace is $$)" },
	{ HEAD "vars: {port: 1}\n" STEPS, "t.yaml:4:8: 'port' is given by hil itself" },
	{ HEAD "vars: {'a b': 1}\n" STEPS,
	  "t.yaml:4:8: 'a b' cannot be a variable: letters, digits, '_', '-' and '.' only" },
	{ HEAD "matrix: {x: [1]}\nvars: {x: 1}\n" STEPS, "t.yaml:5:8: 'x' is a variable of the matrix" },
	{ HEAD "vars: {x: [{when: {target: board}, value: 1}]}\n" STEPS,
	  "t.yaml:4:11: no entry holds for cell a (end the list with a plain {value: ...})" },
	{ HEAD "vars: {x: [{vlue: 1}]}\n" STEPS, "t.yaml:4:13: unknown key 'vlue' (did you mean 'value'?)" },
	{ HEAD "steps:\n  - {wait: '${port}'}\n",
	  "t.yaml:5:12: '${port}' is only known at run time and cannot be used here" },
	{ HEAD "steps:\n  - {at: AT, when: {sny: 1}}\n",
	  "t.yaml:5:21: unknown variable 'sny' (one of: cell target scenario dir run.id run.seed port scratch)" },
	{ HEAD "steps:\n  - {at: AT, when: {port: 1}}\n", "t.yaml:5:21: 'port' is only known at run time" },

	/* matrix */
	{ HEAD "exclude: [{x: 1}]\n" STEPS, "t.yaml:4:10: 'exclude' needs 'matrix' beside it" },
	{ HEAD "matrix: {x: 1}\n" STEPS, "t.yaml:4:13: must be a list" },
	{ HEAD "matrix: {}\n" STEPS, "t.yaml:4:9: must have at least 1 entry" },
	{ HEAD "matrix: {x: [1, 1]}\n" STEPS, "t.yaml:4:9: two cells would be called a[x=1]: give the rows an 'id'" },
	{ HEAD "matrix: {x: [1]}\nexclude: [{x: 1}]\n" STEPS, "t.yaml:5:10: no cell is left" },
	{ HEAD "matrix: {x: [1]}\nexclude: [{y: 1}]\n" STEPS,
	  "t.yaml:5:12: unknown variable 'y' (did you mean 'x'?)" },
	{ HEAD "matrix:\n  rows:\n    - {x: 1, y: 2}\n    - {x: 2}\n" STEPS,
	  "t.yaml:7:7: this row lacks 'y', which the first row has" },
	{ HEAD "matrix:\n  rows:\n    - {x: 1}\n    - {x: 2, y: 2}\n" STEPS, "t.yaml:7:14: the first row has no 'y'" },
	{ HEAD "matrix:\n  rows: [{x: 1}]\n  x: [1]\n" STEPS, "t.yaml:6:3: variable 'x' is in the rows and an axis" },

	/* fixtures and the modem */
	{ HEAD STEPS "fixtures: {b: {}}\n", "t.yaml:5:15: key 'use' is missing" },
	{ HEAD STEPS "fixtures: {b: {use: word}}\n", "t.yaml:5:21: unknown value 'word' (did you mean 'world'?)" },
	{ HEAD STEPS "fixtures: {b: {use: world}}\n", "t.yaml:5:15: key 'hosts' is missing" },
	{ HEAD STEPS "fixtures: {b: {use: world, hosts: [{match: a}], prt: 1}}\n",
	  "t.yaml:5:49: unknown key 'prt' (did you mean 'port'?)" },
	{ HEAD STEPS "fixtures: {b: {use: mosquitto, hosts: [{match: a}]}}\n", "t.yaml:5:32: unknown key 'hosts' (did you mean 'host'?)" },
	{ HEAD "fixtures: {b: {use: mosquitto}}\nsteps: [{server: {name: c, do: stop}}]\n",
	  "t.yaml:5:18: no fixture is called 'c'" },
	{ HEAD "fixtures: {b: {use: world, hosts: [{match: a}]}}\nsteps: [{server: {name: b, do: stop}}]\n",
	  "t.yaml:5:18: a world cannot be stopped or started: see control: broker" },
	{ HEAD "fixtures: {b: {use: nginx}}\nsteps: [{server: {name: b, do: publish, topic: t, text: x}}]\n",
	  "t.yaml:5:18: only mosquitto passes on what is published" },
	{ HEAD "fixtures: {b: {use: mosquitto}}\nsteps: [{server: {name: b, do: publish, topic: t}}]\n",
	  "t.yaml:5:18: do: publish needs 'topic' and 'text'" },
	{ HEAD "fixtures: {b: {use: mosquitto}}\nsteps: [{server: {name: b, do: stop, topic: t}}]\n",
	  "t.yaml:5:45: 'topic' means nothing to do: stop" },
	{ HEAD "fixtures: {b: {use: mosquitto}}\nsteps: [{server: {name: b, do: publish, topic: t/#, text: x}}]\n",
	  "t.yaml:5:48: 't/#' is no topic to publish to: no blanks, no + and #" },
	{ HEAD STEPS "modem: {boot: hot}\n", "t.yaml:5:15: unknown value 'hot' (one of: warm cold)" },
	{ HEAD STEPS "modem: {baud: 1}\n", "t.yaml:5:15: '1' must be a number from 300 to 4000000" },
	{ HEAD STEPS "modem: {quirks: [tls_sni]}\n", "t.yaml:5:18: 'tls_sni' must be name=value" },
	{ HEAD STEPS "modem: {world: none.yaml}\n", "t.yaml:5:16: cannot read none.yaml: No such file or directory" },
	{ HEAD STEPS "modem: {profil: x}\n", "t.yaml:5:9: unknown key 'profil' (did you mean 'profile'?)" },

	/* expected outcomes */
	{ HEAD STEPS "skip: [{when: {target: board}}]\n", "t.yaml:5:8: key 'reason' is missing" },
	{ HEAD STEPS "xfail: [{step: x}]\n", "t.yaml:5:9: key 'reason' is missing" },
	{ HEAD "steps: [{id: go, at: AT}]\nxfail: [{step: goo, reason: x}]\n",
	  "t.yaml:5:16: unknown step 'goo' (did you mean 'go'?)" },
	{ HEAD STEPS "flaky: {reason: x}\n", "t.yaml:5:8: key 'retries' is missing" },
	{ HEAD STEPS "flaky: {retries: 6, reason: x}\n", "t.yaml:5:18: '6' must be a number from 1 to 5" },

	/* step lists */
	{ HEAD "steps: [{use: x}]\n", "t.yaml:4:15: no step list 'x': include the file that has it" },
	{ HEAD "steps: [{use: x, at: AT}]\n", "t.yaml:4:18: unknown key 'at' (one of: id note when use with)" },
	{ "schema: 1\nsteps: {}\n", "t.yaml:2:8: must have at least 1 entry" },
	{ "schema: 1\nsteps: {x: {stes: []}}\n", "t.yaml:2:13: unknown key 'stes' (did you mean 'steps'?)" },
	{ "schema: 1\nsteps: {x: {params: [a, a], steps: [{at: AT}]}}\n", "t.yaml:2:25: parameter 'a' is given twice" },
	{ "schema: 1\nsteps: {x: {defaults: {b: 1}, steps: [{at: AT}]}}\n", "t.yaml:2:24: 'b' is not one of params" },
	{ "schema: 1\nsteps: {x: {steps: [{att: AT}]}}\n", "t.yaml:2:22: unknown key 'att' (did you mean 'at'?)" },
	{ "schema: 1\nsteps: {x: {steps: [{at: AT, expect: '('}]}}\n",
	  "t.yaml:2:38: not a regex: missing closing parenthesis at character 2 of '('" },
	{ "schema: 1\nsteps: {x: {steps: [{use: x}]}}\n",
	  "t.yaml:2:21: use inside use more than 8 deep: does a list use itself?" },
};

START_TEST(wrong_files)
{
	struct err e = { 0 };
	struct scenario *s = scenario_load_text("t.yaml", rows[_i].text, strlen(rows[_i].text), NULL, &e);

	ck_assert_msg(!s, "row %d was taken: %s", _i, rows[_i].text);
	ck_assert_str_eq(e.msg, rows[_i].error);
}
END_TEST

/* A failure inside an included list names the list's own file. */
START_TEST(places_in_included_files)
{
	static const char text[] = HEAD "include: [broken.yaml]\nsteps: [{use: x}]\n";
	struct err e = { 0 };

	ck_assert_ptr_null(scenario_load_text("harness/tests/bad/lib/t.yaml", text, strlen(text), NULL, &e));
	ck_assert_str_eq(e.msg, "harness/tests/bad/lib/broken.yaml:4:14: unknown key 'expct' (did you mean 'expect'?)");
}
END_TEST

START_TEST(params_are_checked_where_they_are_used)
{
	static const struct {
		const char *steps, *error;
	} uses[] = {
		{ "[{use: greet}]", "use: greet needs 'with: {name: ...}'" },
		{ "[{use: greet, with: {nam: x}}]", "unknown parameter 'nam' (did you mean 'name'?)" },
		{ "[{use: gret, with: {name: x}}]", "unknown step list 'gret' (did you mean 'greet'?)" },
		{ "[{use: greet, with: {name: x, within: 5}}]",
		  "'5' must be a number with a unit: 250ms, 5s, 2m, 1h" },
	};
	char text[512];

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		struct err e = { 0 };

		snprintf(text, sizeof(text), HEAD "include: [greet.yaml]\nsteps: %s\n", uses[i].steps);
		ck_assert_ptr_null(scenario_load_text("harness/tests/bad/lib/t.yaml", text, strlen(text), NULL, &e));
		ck_assert_msg(strstr(e.msg, uses[i].error) != NULL, "%s", e.msg);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario errors");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, wrong_files, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, places_in_included_files);
	tcase_add_test(tc, params_are_checked_where_they_are_used);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
