/* Units: what is run of them and where, what a queue is told, and when there is a result. */
#include "harness/units.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report.h"

static char folder[64];

static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test-units-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void teardown(void)
{
	char command[128];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* --- one, and several ------------------------------------------------------------------------------------------ */

/* The outcome is in the name: "f.yaml::exit-3". What it was run with goes to a file. */
static int fake_run(const struct options *o)
{
	const char *id = o->select.paths.items[0];
	FILE *log = fopen("log", "a");

	fprintf(log, "%s attempt %u jobs %u out %s result %s quiet %d paths %zu filters %zu remembers %d\n", id, o->run.attempt,
		o->run.jobs, o->run.out, o->run.result, o->run.quiet, o->select.paths.n, o->select.filter.n,
		o->run.failed_list || o->run.durations);
	fclose(log);
	return (int)strtol(strrchr(id, '-') + 1, NULL, 10);
}

static void read_file(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(out, 1, size - 1, f) : 0;

	out[n] = '\0';
	if (f)
		fclose(f);
}

START_TEST(a_single_one)
{
	const char *filter = "x";
	struct options o = {
		.unit = "f.yaml::exit-3", .select.filter = { &filter, 1 },
		.run = { .attempt = 2, .jobs = 8, .out = "a/b", .failed_list = "x", .durations = "y" },
	};
	char log[512];
	struct stat st;

	ck_assert_int_eq(units_run(&o, fake_run), 3);
	read_file("log", log, sizeof(log));
	ck_assert_str_eq(log, "f.yaml::exit-3 attempt 2 jobs 1 out a/b result a/b/result.jsonl quiet 0 paths 1 filters 0 "
			      "remembers 0\n");
	ck_assert(!stat("a/b", &st) && S_ISDIR(st.st_mode));
	o.unit = "no-id";
	ck_assert_int_eq(units_run(&o, fake_run), HIL_EXIT_USAGE);
	o.unit = "f.yaml::exit-0";
	o.run.out = "log/x";
	ck_assert_int_eq(units_run(&o, fake_run), HIL_EXIT_USAGE);
}
END_TEST

static const struct {
	const char *lines, *told;
	int code;
} queues[] = {
	{ "", "", 0 },
	{ "f::e-0\n", "0\tf::e-0\n", 0 },
	{ "f::e-0\nf::e-0\n", "0\tf::e-0\n0\tf::e-0\n", 0 },
	{ "f::e-3\nf::e-1\nf::e-0\n", "3\tf::e-3\n1\tf::e-1\n0\tf::e-0\n", 1 },
	{ "f::e-4\nf::e-3\n", "4\tf::e-4\n3\tf::e-3\n", 3 },
	{ "\n  \nf::e-0", "0\tf::e-0\n", 0 },		/* blank lines; no LF at the end */
	{ "f::e-0\t12\r\n", "0\tf::e-0\n", 0 },
	{ "f::e-0\t0\n", "2\tf::e-0\t0\n", 2 },
	{ "f::e-0\tx\nf::e-0\n", "2\tf::e-0\tx\n0\tf::e-0\n", 2 },
	{ "nope\nf::e-0\n", "2\tnope\n0\tf::e-0\n", 2 },
	{ "f::e-143\nf::e-0\n", "", 143 },		/* a signal: no more */
};

START_TEST(queue)
{
	const struct options o = { .unit = "-", .run = { .attempt = 1, .out = "out" } };
	char told[256];
	FILE *f = fopen("in", "w");
	int out = dup(1), code;

	fputs(queues[_i].lines, f);
	fclose(f);
	ck_assert_ptr_nonnull(freopen("in", "r", stdin));
	fflush(stdout);
	ck_assert_ptr_nonnull(freopen("out-text", "w", stdout));
	code = units_run(&o, fake_run);
	fflush(stdout);
	dup2(out, 1);
	close(out);
	read_file("out-text", told, sizeof(told));
	ck_assert_str_eq(told, queues[_i].told);
	ck_assert_int_eq(code, queues[_i].code);
}
END_TEST

START_TEST(an_attempt_of_its_own)
{
	const struct options o = { .unit = "-", .run = { .attempt = 1, .out = "out" } };
	char log[512];
	FILE *f = fopen("in", "w");

	fputs("s/f.yaml::exit-0\t12\n", f);
	fclose(f);
	ck_assert_ptr_nonnull(freopen("in", "r", stdin));
	ck_assert_int_eq(units_run(&o, fake_run), 0);
	read_file("log", log, sizeof(log));
	ck_assert_ptr_nonnull(strstr(log, "s/f.yaml::exit-0 attempt 12 jobs 1 out out/exit-0-"));
	ck_assert_ptr_nonnull(strstr(log, "/result.jsonl quiet 1 "));
}
END_TEST

START_TEST(folders)
{
	char one[256], two[256], again[256], id[4096];

	unit_folder("o", "s/f.yaml::tls[a=1,b=/x]", one, sizeof(one));
	unit_folder("o", "s/f.yaml::tls[a=2,b=/x]", two, sizeof(two));
	unit_folder("o", "s/f.yaml::tls[a=1,b=/x]", again, sizeof(again));
	ck_assert_str_eq(one, again);
	ck_assert_str_ne(one, two);
	ck_assert(!strncmp(one, "o/tls-", 6) && strlen(one) == 6 + 16);
	/* a name in a file system has an end, an id has none */
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	memcpy(id, "f::t[", 5);
	unit_folder("o", id, one, sizeof(one));
	ck_assert_uint_eq(strlen(one), strlen("o/t-") + 16);
}
END_TEST

/* --- the result ------------------------------------------------------------------------------------------------ */

static void fold(const char *stopped)
{
	static const char *const lines[] = {
		"{\"schema\":1,\"event\":\"run\",\"cells\":1}\n", "{\"schema\":1,\"event\":\"wire\",\"t\":1}\n",
		"{\"schema\":1,\"event\":\"end\",\"cell\":\"c\",\"file\":\"f\",\"outcome\":\"pass\"}\n",
	};
	struct report_set set = { 0 };
	struct err e = { 0 };

	report_set_add(&set, report_result_new("result.jsonl", &e));
	for (size_t i = 0; i < 3; i++) {
		report_set_feed(&set, lines[i], strlen(lines[i]));
		ck_assert_int_ne(access("result.jsonl", F_OK), 0);	/* not before it is done */
	}
	set.totals.stopped = stopped;
	report_set_done(&set);
	report_set_free(&set);
}

START_TEST(a_result_when_it_is_done)
{
	char text[512];

	fold(NULL);
	read_file("result.jsonl", text, sizeof(text));
	ck_assert_str_eq(text, "{\"schema\":1,\"event\":\"run\",\"cells\":1}\n"
			       "{\"schema\":1,\"event\":\"end\",\"cell\":\"c\",\"file\":\"f\",\"outcome\":\"pass\"}\n");
}
END_TEST

START_TEST(none_of_what_was_stopped)
{
	fold("signal");
	ck_assert_int_eq(rmdir(folder), 0);	/* nothing is left of it */
	ck_assert_int_eq(mkdir(folder, 0700), 0);
}
END_TEST

START_TEST(no_folder)
{
	struct err e = { 0 };

	ck_assert_ptr_null(report_result_new("no/such/result.jsonl", &e));
	ck_assert_str_eq(e.msg, "no/such/result.jsonl: No such file or directory");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("units");
	TCase *tc = tcase_create("units");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_single_one);
	tcase_add_loop_test(tc, queue, 0, sizeof(queues) / sizeof(queues[0]));
	tcase_add_test(tc, an_attempt_of_its_own);
	tcase_add_test(tc, folders);
	tcase_add_test(tc, a_result_when_it_is_done);
	tcase_add_test(tc, none_of_what_was_stopped);
	tcase_add_test(tc, no_folder);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
