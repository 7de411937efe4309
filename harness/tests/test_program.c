/*
 * Programs of others on the host's end of the line: what they get, what is seen of them, and that none is left over.
 * The programs are shells, the modem is in this process.
 */
#include "harness/tests/test_run_rig.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>

#include "base/buf.h"
#include "base/str.h"

#define SH(script, ...) "program: {run: [sh, -c, '" script "', x" __VA_ARGS__ "]"
#define PORT ", '${port}'"

static const struct {
	const char *steps, *what;
} passes[] = {
	{ "  - at: ATE0\n"
	  "  - " SH("exec 3<>\"$1\"; printf \"AT+CGMR\\r\" >&3; head -n 2 <&3",
		    PORT) "}\n"
			  "    expect: [{from: host, text: AT+CGMR}, {from: log, match: \"^\\\\+CGMR: LE20B03\"}]\n",
	  "bytes go both ways" },
	{ "  - " SH("echo out; echo err >&2; exit 7") ", exit: 7}\n"
						      "    expect: {any_order: [{from: log, match: \"^out$\"}, {from: "
						      "log, match: \"^err$\"}]}\n"
						      "  - check: {exit: 7}\n",
	  "output, errors and the exit status" },
	{ "  - " SH("cat rc; test \"$PWD\" = \"$1\" && test \"$HOME\" = \"$1\" && test -z \"$LANG$XDG_CONFIG_HOME\"",
		    ", '${scratch}'") ", files: {rc: \"device ${port} costs $$5\\n\"}}\n"
				      "    expect: {from: log, match: \"^device /dev/pts/[0-9]+ costs \\\\$$5$\"}\n",
	  "files, folder and home" },
	{ "  - " SH("read x || echo nothing") "}\n    expect: {from: log, text: nothing}\n",
	  "no input without a terminal" },
	{ "  - " SH(
		  "test -t 0 && test -t 1 && test -t 2 && stty size && read x && echo \"got $x\" && read y") ", "
													     "terminal:"
													     " true, "
													     "backgroun"
													     "d: "
													     "true}\n"
													     "    "
													     "expect: "
													     "{from: "
													     "log, "
													     "match: "
													     "\"^24 "
													     "80$\"}\n"
													     "  - "
													     "{type: "
													     "'hello\\r"
													     "', "
													     "expect: "
													     "{from: "
													     "log, "
													     "match: "
													     "\"^got "
													     "hello$\"}"
													     "}\n"
													     "  - "
													     "type: "
													     "'x\\r'\n"
													     "  - "
													     "check: "
													     "{exit: "
													     "0}\n",
	  "a terminal, and keys at it" },
	{ "  - " SH("exec 3<>\"$1\"; printf \"ATE0\\r\" >&3; head -n 2 <&3 >&2; printf \"ATI\\r\" >&3; sleep 0.1",
		    PORT) "}\n"
			  "  - " SH("exec 3<>\"$1\"; printf \"AT\\r\" >&3; head -n 2 <&3",
				    PORT) "}\n"
					  "    expect: {from: log, match: \"^OK\"}\n    never: [{from: log, text: "
					  "Manufacturer}]\n",
	  "what the first did not read is not for the next" },
	{ "  - " SH("echo \"$1\"", PORT) "}\n    expect: {from: log, match: \"^/dev/pts/\"}\n"
					 "  - inject: {do: hangup, hold: 10ms}\n"
					 "  - quiet: 50ms\n"
					 "  - at: ATE0\n"
					 "  - " SH("exec 3<>\"$1\"; printf \"AT\\r\" >&3; head -n 2 <&3",
						   PORT) "}\n    expect: {from: log, match: \"^OK\"}\n",
	  "the port was pulled out and is back" },
	{ "  - " SH("exec 3<>\"$1\"; sleep 1h", PORT) ", background: true}\n  - at: AT\n",
	  "one in the background at the end" },
	{ "  - " SH("kill -9 $$$$") ", exit: 137}\n", "ended by a signal" },
};

/* The outcome and what of the only cell's end. */
static void read_end(struct buf *out)
{
	char line[65536];
	FILE *in = fopen(jsonl, "r");

	while (in && fgets(line, sizeof(line), in)) {
		json_t *j = json_loads(line, 0, NULL), *failure = json_object_get(j, "failure");
		const char *what = json_string_value(json_object_get(failure, "what"));

		if (j && !strcmp(json_string_value(json_object_get(j, "event")), "end"))
			buf_addf(out, "%s %s", json_string_value(json_object_get(j, "outcome")), what ? what : "");
		json_decref(j);
	}
	if (in)
		fclose(in);
}

static void run_steps(const char *steps, const struct run_options *o, struct buf *end)
{
	struct scenario *s;
	struct buf text;

	buf_init(&text, 65536);
	buf_init(end, 65536);
	buf_addf(&text, HEAD "modem: {profile: sim7600/B03}\nsteps:\n%s", steps);
	s = load(buf_str(&text));
	run_quietly(s->cells, s->n_cells, o);
	read_end(end);
	scenario_free(s);
	buf_free(&text);
}

START_TEST(what_programs_get)
{
	struct buf end;

	run_steps(passes[_i].steps, NULL, &end);
	ck_assert_msg(!strcmp(buf_str(&end), "pass "), "%s: %s", passes[_i].what, buf_str(&end));
	buf_free(&end);
}
END_TEST

static pid_t read_pid(const char *path)
{
	char word[32] = "";
	long long pid = 0;
	FILE *in = fopen(path, "r");

	ck_assert(in && fgets(word, sizeof(word), in));
	fclose(in);
	ck_assert(!str_to_num(word, strcspn(word, "\n"), 2, 1 << 30, &pid));
	return (pid_t)pid;
}

/* The limit is over: the program and what it has started are gone, and finally is run after that. */
START_TEST(who_hangs_is_killed)
{
	char steps[512], path[96];
	struct buf end;

	snprintf(path, sizeof(path), "%s/pid", dir);
	snprintf(steps, sizeof(steps),
		 "  - " SH("sleep 1h & echo $! >\"$1\"; wait",
			   ", %s") "}\n    timeout: 200ms\n"
				   "finally:\n  - " SH("echo last") "}\n    expect: {from: log, text: last}\n",
		 path);
	run_steps(steps, NULL, &end);
	ck_assert_str_eq(buf_str(&end),
			 "fail timed out waiting for the program to exit when the step's timeout of 200ms was over");
	ck_assert(kill(read_pid(path), 0) && errno == ESRCH);
	unlink(path);
	buf_free(&end);
}
END_TEST

/* Kept folders are relative to where hil was started, and programs are told the whole path; each run begins without
 * files. */
START_TEST(with_kept_output)
{
	struct run_options o = { .out = "out" };
	char old[512], here[600];
	struct buf end;

	ck_assert_ptr_nonnull(getcwd(old, sizeof(old)));
	ck_assert(!chdir(dir));
	for (int i = 0; i < 2; i++) {
		run_steps("  - " SH("test ! -e made && echo kept >\"$1/made\" && test \"$PWD\" = \"$1\"",
				    ", '${scratch}'") "}\n",
			  &o, &end);
		ck_assert_str_eq(buf_str(&end), "pass ");
		buf_free(&end);
	}
	ck_assert(!chdir(old));
	snprintf(here, sizeof(here), "%s/out/t/cell-1/files/made", dir);
	ck_assert_msg(!access(here, R_OK), "%s", here);
	unlink(here);
	snprintf(here, sizeof(here), "rm -r %s/out", dir);
	ck_assert(!system(here));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("program");
	TCase *tc = tcase_create("program");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_programs_get, 0, sizeof(passes) / sizeof(passes[0]));
	tcase_add_test(tc, who_hangs_is_killed);
	tcase_add_test(tc, with_kept_output);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
