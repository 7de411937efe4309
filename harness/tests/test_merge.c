/* Merged results: rows of files, and which attempt of each unit counts, what stays of the others, and what is lost. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/merge.h"

#define RUN_OF(ids, target, started) "{\"schema\":1,\"event\":\"run\",\"cells\":2,\"seed\":7,\"target\":\"" target "\",\"started\":\"" started \
	"\",\"ids\":[" ids "]}\n"
#define AB "\"t.yaml::t[a]\",\"t.yaml::t[b]\""
#define RUN RUN_OF(AB, "inproc", "2026-01-02T03:04:05")
#define LATER RUN_OF(AB, "inproc", "2026-01-02T03:04:06")
#define START(cell) "{\"schema\":1,\"event\":\"start\",\"cell\":\"t[" cell "]\",\"file\":\"t.yaml\",\"line\":3}\n"
#define WIRE(cell) "{\"schema\":1,\"event\":\"wire\",\"cell\":\"t[" cell "]\",\"t\":0.5,\"d\":\"host\",\"hex\":\"41540d\"}\n"
#define END_ON(target, cell, outcome, more) "{\"schema\":1,\"event\":\"end\",\"cell\":\"t[" cell "]\",\"file\":\"t.yaml\",\"line\":3," \
	"\"target\":\"" target "\",\"outcome\":\"" outcome "\",\"real\":0.25" more "}\n"
#define END_WITH(cell, outcome, more) END_ON("inproc", cell, outcome, more)
#define FAILED ",\"failure\":{\"file\":\"t.yaml\",\"line\":9,\"column\":2,\"step\":\"s\",\"what\":\"late\"}"
#define PASS(cell) START(cell) WIRE(cell) END_WITH(cell, "pass", "")
#define PTY_PASS(cell) START(cell) END_ON("pty", cell, "pass", "")
#define PTY_FAIL(cell) START(cell) END_ON("pty", cell, "fail", FAILED)
#define FAIL(cell) START(cell) END_WITH(cell, "fail", FAILED)

enum { FILES_MAX = 3 };

static const struct {
	const char *what;
	const char *files[FILES_MAX];
	const char *expect;
	const char *want;	/* a line each unit: cell, target, outcome, [attempts], {begun}, flaky, bad, what failed */
	size_t lost;
} rows[] = {
	{ "one run", { RUN PASS("a") FAIL("b") }, NULL, "t[a] inproc pass\nt[b] inproc fail: late\n", 0 },
	{ "two shards", { RUN_OF("\"t.yaml::t[b]\"", "inproc", "1") FAIL("b"), RUN_OF("\"t.yaml::t[a]\"", "inproc", "2") PASS("a") }, NULL,
	  "t[a] inproc pass\nt[b] inproc fail: late\n", 0 },
	{ "a shard is not there", { RUN_OF("\"t.yaml::t[a]\"", "inproc", "1") PASS("a") }, "t.yaml::t[a]\nt.yaml::t[b]\r\n",
	  "t[a] inproc pass\nt[b] inproc error bad: lost: no result of it is there\n", 1 },
	{ "a list knows no target", { RUN_OF("\"t.yaml::t[a]\"", "pty", "1") PTY_PASS("a") }, "t.yaml::t[a]\n\n", "t[a] pty pass\n", 0 },
	{ "the later run counts", { LATER PASS("a") PASS("b"), RUN FAIL("a") PASS("b") }, NULL,
	  "t[a] inproc pass [fail t.yaml:9:2: s: late] {2} flaky\nt[b] inproc pass {2}\n", 0 },
	{ "the later run counts although it failed", { LATER FAIL("a") PASS("b"), RUN PASS("a") PASS("b") }, NULL,
	  "t[a] inproc fail {2}: late\nt[b] inproc pass {2}\n", 0 },
	{ "of runs of one second the later file counts", { RUN FAIL("a") PASS("b"), RUN PASS("a") PASS("b") }, NULL,
	  "t[a] inproc pass [fail t.yaml:9:2: s: late] {2} flaky\nt[b] inproc pass {2}\n", 0 },
	{ "the number of the attempt is over the time",
	  { RUN START("a") END_WITH("a", "pass", ",\"attempt\":2") PASS("b"), LATER START("a") END_WITH("a", "fail", ",\"attempt\":1" FAILED) PASS("b") }, NULL,
	  "t[a] inproc pass [fail t.yaml:9:2: s: late] {2} flaky\nt[b] inproc pass {2}\n", 0 },
	{ "ten is more than nine",
	  { RUN START("a") END_WITH("a", "pass", ",\"attempt\":10") PASS("b"), RUN START("a") END_WITH("a", "fail", ",\"attempt\":9" FAILED) PASS("b") }, NULL,
	  "t[a] inproc pass [fail t.yaml:9:2: s: late] {2} flaky\nt[b] inproc pass {2}\n", 0 },
	{ "retries of an attempt come before the next one",
	  { RUN START("a") END_WITH("a", "fail", ",\"attempts\":[{\"outcome\":\"error\",\"text\":\"x\"}]" FAILED) PASS("b"),
	    LATER START("a") END_WITH("a", "pass", ",\"attempts\":[{\"outcome\":\"fail\",\"text\":\"y\"}]") PASS("b") }, NULL,
	  "t[a] inproc pass [error x] [fail t.yaml:9:2: s: late] [fail y] {2} flaky\nt[b] inproc pass {2}\n", 0 },
	{ "a target is another unit", { RUN PASS("a") PASS("b"), RUN_OF(AB, "pty", "1") PTY_FAIL("a") PTY_PASS("b") }, NULL,
	  "t[a] inproc pass\nt[a] pty fail: late\nt[b] inproc pass\nt[b] pty pass\n", 0 },
	{ "lost on one target, there on another", { RUN PASS("a") PASS("b"), RUN_OF(AB, "pty", "1") PTY_PASS("a") }, NULL,
	  "t[a] inproc pass\nt[a] pty pass\nt[b] inproc pass\nt[b] pty error bad: lost: no result of it is there\n", 1 },
	{ "killed before", { RUN PASS("a") }, NULL, "t[a] inproc pass\nt[b] inproc error bad: lost: no result of it is there\n", 1 },
	{ "killed within", { RUN PASS("a") START("b") WIRE("b") }, NULL,
	  "t[a] inproc pass\nt[b] inproc error bad: lost: it began and has no result\n", 1 },
	{ "killed within a line", { RUN PASS("a") START("b") "{\"schema\":1,\"event\":\"end\",\"cell\":\"t[b]\",\"fi" }, NULL,
	  "t[a] inproc pass\nt[b] inproc error bad: lost: it began and has no result\n", 1 },
	{ "what a dying machine took is done by another", { RUN PASS("a") START("b"), LATER PASS("b") }, NULL,
	  "t[a] inproc pass\nt[b] inproc pass {2}\n", 0 },
	{ "a result is one, although a later attempt died", { RUN PASS("a") PASS("b"), LATER START("b") }, NULL,
	  "t[a] inproc pass\nt[b] inproc pass {2}\n", 0 },
	{ "runs one behind another in a file", { RUN FAIL("a") PASS("b") LATER PASS("a") }, NULL,
	  "t[a] inproc pass [fail t.yaml:9:2: s: late] {2} flaky\nt[b] inproc pass\n", 0 },
	{ "an end alone", { RUN END_WITH("a", "pass", "") END_WITH("b", "skip", ",\"reason\":\"no\"") }, NULL, "t[a] inproc pass\nt[b] inproc skip\n", 0 },
	{ "rounds", { RUN START("a") END_WITH("a", "pass", ",\"round\":2") "{\"schema\":1,\"event\":\"round\",\"round\":2,\"seed\":1}\n"
		      "{\"schema\":1,\"event\":\"start\",\"cell\":\"t[b]\",\"file\":\"t.yaml\",\"line\":3,\"round\":10}\n" END_WITH("b", "pass", "")
		      "{\"schema\":1,\"event\":\"start\",\"cell\":\"t[b]\",\"file\":\"t.yaml\",\"line\":3,\"round\":2}\n" END_WITH("b", "fail", FAILED) }, NULL,
	  "t[a] inproc pass\nt[b] inproc fail: late\nt[b] inproc pass\n", 0 },
	{ "nothing", { "" }, NULL, "", 0 },
};

static char folder[64];

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_msg(f != NULL, "%s", path);
	fputs(text, f);
	fclose(f);
}

static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/hil-test-merge-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void teardown(void)
{
	char command[128];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static void show_end(const json_t *j, struct buf *out)
{
	json_t *one;
	size_t i;

	buf_addf(out, "%s %s %s", text_of(j, "cell"), text_of(j, "target"), text_of(j, "outcome"));
	json_array_foreach(json_object_get(j, "attempts"), i, one)
		buf_addf(out, " [%s %s]", text_of(one, "outcome"), text_of(one, "text"));
	if (json_object_get(j, "bad"))
		buf_adds(out, json_is_true(json_object_get(j, "bad")) ? " bad" : " fine");
	if (json_object_get(j, "begun"))
		buf_addf(out, " {%d}", (int)json_integer_value(json_object_get(j, "begun")));
	buf_addf(out, "%s", json_object_get(j, "flaky") ? " flaky" : "");
	if (json_object_get(j, "failure"))
		buf_addf(out, ": %s", text_of(json_object_get(j, "failure"), "what"));
	buf_addc(out, '\n');
}

/* Only what the tests look at; each line must be JSON, the first the run's. */
static void show(const struct buf *events, size_t units, struct buf *out)
{
	size_t n = 0;

	for (const char *s = buf_str(events), *lf; (lf = strchr(s, '\n')); s = lf + 1) {
		json_t *j = json_loadb(s, (size_t)(lf - s), 0, NULL);

		ck_assert_msg(j != NULL, "%.*s", (int)(lf - s), s);
		ck_assert(n++ || !strcmp(text_of(j, "event"), "run"));
		if (!strcmp(text_of(j, "event"), "run"))
			ck_assert_int_eq(json_integer_value(json_object_get(j, "cells")), (json_int_t)units);
		if (!strcmp(text_of(j, "event"), "end"))
			show_end(j, out);
		json_decref(j);
	}
}

START_TEST(units)
{
	struct merge *m = merge_new();
	struct buf events, got;
	struct err e = { 0 };
	char name[16];

	buf_init(&events, 1 << 20);
	buf_init(&got, 1 << 20);
	for (size_t i = 0; i < FILES_MAX && rows[_i].files[i]; i++) {
		snprintf(name, sizeof(name), "%zu.jsonl", i);
		write_file(name, rows[_i].files[i]);
		ck_assert_msg(!merge_add(m, name, &e), "%s", e.msg);
	}
	if (rows[_i].expect) {
		write_file("ids", rows[_i].expect);
		ck_assert_msg(!merge_expect(m, "ids", &e), "%s", e.msg);
	}
	ck_assert_int_eq(merge_finish(m), 0);
	ck_assert_int_eq(merge_events(m, false, &events), 0);
	show(&events, merge_units(m), &got);
	ck_assert_msg(!strcmp(buf_str(&got), rows[_i].want), "%s:\n%s", rows[_i].what, buf_str(&got));
	ck_assert_uint_eq(merge_lost(m), rows[_i].lost);
	buf_free(&events);
	buf_free(&got);
	merge_free(m);
}
END_TEST

/* What is not the end is passed on as it stands in the file. */
START_TEST(events_as_they_are)
{
	struct merge *m = merge_new();
	struct buf events;
	struct err e = { 0 };

	write_file("1.jsonl", RUN PASS("a") PASS("b"));
	ck_assert_int_eq(merge_add(m, "1.jsonl", &e), 0);
	ck_assert_int_eq(merge_finish(m), 0);
	buf_init(&events, 1 << 20);
	ck_assert_int_eq(merge_events(m, false, &events), 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&events), START("a") WIRE("a") "{"));
	ck_assert_double_eq_tol(merge_real(m), 0.5, 1e-9);
	buf_free(&events);
	merge_free(m);
}
END_TEST

START_TEST(fail_flaky)
{
	struct merge *m = merge_new();
	struct buf events, got;
	struct err e = { 0 };

	write_file("1.jsonl", RUN FAIL("a") LATER START("a") END_WITH("a", "pass", ",\"bad\":false")
		   START("b") END_WITH("b", "pass", ",\"bad\":false"));
	ck_assert_int_eq(merge_add(m, "1.jsonl", &e), 0);
	ck_assert_int_eq(merge_finish(m), 0);
	buf_init(&events, 1 << 20);
	buf_init(&got, 1 << 20);
	ck_assert_int_eq(merge_events(m, true, &events), 0);
	show(&events, 2, &got);
	ck_assert_str_eq(buf_str(&got), "t[a] inproc pass [fail t.yaml:9:2: s: late] bad {2} flaky\nt[b] inproc pass fine\n");
	buf_free(&events);
	buf_free(&got);
	merge_free(m);
}
END_TEST

START_TEST(folders)
{
	struct merge *m = merge_new();
	struct err e = { 0 };

	mkdir("d", 0700);
	mkdir("d/1", 0700);
	write_file("d/1/result.jsonl", RUN_OF("\"t.yaml::t[a]\"", "inproc", "1") PASS("a"));
	write_file("d/1/wire.jsonl", WIRE("a"));
	write_file("d/other.json", "{");
	ck_assert_msg(!merge_add(m, "d", &e), "%s", e.msg);
	ck_assert_int_eq(merge_finish(m), 0);
	ck_assert_uint_eq(merge_runs(m), 1);
	ck_assert_uint_eq(merge_units(m), 1);
	merge_free(m);
}
END_TEST

static const struct {
	const char *text, *error;
} bad_rows[] = {
	{ WIRE("a"), "x.jsonl:1:1: is no result of hil run: a run's event must come first" },
	{ PASS("a"), "x.jsonl:1:1: is no result of hil run: a run's event must come first" },
	{ "[]\n", "x.jsonl:1:1: is not a JSON object" },
	{ "# A title\n", "x.jsonl:1:1: '[' or '{' expected near '#'" },
	{ RUN "{\"schema\":1,\"event\":\"end\",}\n", "x.jsonl:2:1: " },
	{ "{\"schema\":2,\"event\":\"run\"}\n", "x.jsonl:1:1: needs a newer hil: schema is not 1" },
};

START_TEST(bad_files)
{
	struct merge *m = merge_new();
	struct err e = { 0 };
	int err;

	write_file("x.jsonl", bad_rows[_i].text);
	err = merge_add(m, "x.jsonl", &e);
	ck_assert_int_eq(!err, !*bad_rows[_i].error);
	ck_assert_msg(!strncmp(e.msg, bad_rows[_i].error, strlen(bad_rows[_i].error)), "%s", e.msg);
	merge_free(m);
}
END_TEST

/* A killed run has a file that ends anywhere; whatever is whole counts, and no more. */
START_TEST(cut_anywhere)
{
	static const char text[] = RUN PASS("a") FAIL("b");
	size_t end_of_a = strlen(RUN PASS("a")), all = strlen(text);

	for (size_t n = 1; n <= all; n++) {
		struct merge *m = merge_new();
		struct err e = { 0 };
		char *cut = strndup(text, n);

		write_file("x.jsonl", cut);
		ck_assert_msg(!merge_add(m, "x.jsonl", &e), "%zu: %s", n, e.msg);
		ck_assert_int_eq(merge_finish(m), 0);
		ck_assert_uint_eq(merge_units(m), n < strlen(RUN) ? 0 : 2);
		ck_assert_uint_eq(merge_lost(m), n < strlen(RUN) ? 0 : n < end_of_a ? 2 : n < all);
		free(cut);
		merge_free(m);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("merge");
	TCase *t = tcase_create("merge");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, units, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, events_as_they_are);
	tcase_add_test(t, fail_flaky);
	tcase_add_test(t, folders);
	tcase_add_loop_test(t, bad_files, 0, sizeof(bad_rows) / sizeof(bad_rows[0]));
	tcase_add_test(t, cut_anywhere);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
