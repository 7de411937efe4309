/* hil compare as a user calls it: files, folders, cells of a run, declared differences; exit codes and what is printed. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/tests/test_compare_rig.h"
#include "harness/tests/test_verb_rig.h"
#include "harness/verbs.h"

static void write_wire(const char *path, const char *talk)
{
	struct recording *r = rig_recording(talk);
	struct err e = { 0 };

	ck_assert_msg(!recording_write(r, path, &e), "%s", e.msg);
	recording_free(r);
}

/* A cell of a run with --out. */
static void write_cell(const char *run, const char *scenario, const char *cell, const char *talk)
{
	char path[256];

	mkdir(run, 0700);
	snprintf(path, sizeof(path), "%s/%s", run, scenario);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%s", run, scenario, cell);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%s/wire.jsonl", run, scenario, cell);
	write_wire(path, talk);
}

static void setup(void)
{
	rig_open();
	setenv("COLUMNS", "50", 1);
	write_wire("ok.jsonl", "> AT\n< OK\n");
	write_wire("error.jsonl", "> AT\n< ERROR\n");
	write_wire("other.jsonl", "> ATI\n< OK\n");
	write_cell("one", "t", "B03,sni=1-1", "> AT\n< OK\n");
	write_cell("one", "t", "B03,sni=1-2", "> AT\n< ERROR\n");
	write_cell("one", "t", "B04-1", "> AT\n< OK\n");
	write_cell("one", "lone", "cell-1", "> AT\n< OK\n");
	write_cell("two", "t", "B03,sni=1-1", "> AT\n< ERROR\n");
	write_cell("two", "t", "B04-1", "> AT\n< ERROR\n");
	write_cell("two", "u", "cell-1", "> AT\n< OK\n");
	write_file("declared.yaml", "schema: 1\ndivergences:\n  - {command: '^AT$', a: [OK], b: [ERROR], reason: it is so, evidence: [e]}\n"
				    "  - {command: '^ATI$', a: [OK], b: [ERROR], reason: it is so, evidence: [e]}\n");
	write_file("run.jsonl", "{\"schema\":1,\"event\":\"wire\",\"cell\":\"t[1]\",\"t\":0.1,\"d\":\"host\",\"hex\":\"41540d\"}\n"
				"{\"schema\":1,\"event\":\"wire\",\"cell\":\"t[2]\",\"t\":0.1,\"d\":\"host\",\"hex\":\"4154490d\"}\n");
}

#define COMPARE(...) CALL(verb_compare, "compare", __VA_ARGS__)

#define ONE_CELL "different t/B04  (1 different)\n    AT: final result 'OK' in A, 'ERROR' in B\n"
#define SUM_TAIL "1 different, 1 only in A, 1 only in B; exchanges: 1 same, 1 different\n"

static const struct {
	char *argv[10];
	int code;
	const char *out, *errors;
} calls[] = {
	{ { "ok.jsonl", "ok.jsonl", "-q" }, 0, "exchanges: 1 same\n", "" },
	{ { "ok.jsonl", "ok.jsonl", "-v" }, 0,
	  "ok.jsonl                  ok.jsonl\n-----------------------   -----------------------\n"
	  "> AT                    = > AT\n< OK                      < OK\nexchanges: 1 same\n", "" },
	{ { "ok.jsonl", "error.jsonl" }, 1,
	  "ok.jsonl                  error.jsonl\n-----------------------   -----------------------\n"
	  "> AT                      > AT\n< OK                    | < ERROR\n"
	  "    different: final result 'OK' in A, 'ERROR' in\n    B\nexchanges: 1 different\n", "" },
	{ { "ok.jsonl", "other.jsonl", "-q" }, 4, "exchanges: 1 only in A, 1 only in B\n", "hil: A and B have nothing in common\n" },
	{ { "ok.jsonl", "error.jsonl", "--divergences", "declared.yaml", "-q" }, 0,
	  "1 of 2 declared differences not used (-v lists them)\nexchanges: 1 declared\n", "" },
	{ { "ok.jsonl", "ok.jsonl", "--divergences", "sim7600/B04", "-q" }, 0,
	  "2 of 2 declared differences not used (-v lists them)\nexchanges: 1 same\n", "" },
	{ { "ok.jsonl", "ok.jsonl", "--divergences", "declared.yml" }, 2, "",
	  "hil: declared.yml: no such file, and no declared differences of this name (there are LE20B03SIM7600M22, "
	  "LE20B03V03SIM7600M22, LE20B04V03SIM7600M22)\n" },
	{ { "ok.jsonl", "ok.jsonl", "--divergences", "ok.jsonl" }, 2, "", "hil: ok.jsonl:2:1: " },
	{ { "one", "two" }, 1,
	  ONE_CELL "side by side: hil compare one two --cell 't/B04'\n2 cells: 1 same or declared, " SUM_TAIL, "" },
	{ { "one", "two", "-v", "--divergences", "declared.yaml" }, 0,
	  "only in A lone/cell\nsame      t/B03,sni=1  (1 same)\ndeclared  t/B04  (1 declared)\nonly in B u/cell\n"
	  "declared.yaml:4: not used: ^ATI$ matched 0 exchanges, none with the pinned answers\n1 of 2 declared differences not used\n"
	  "2 cells: 2 same or declared, 0 different, 1 only in A, 1 only in B; exchanges: 1 same, 1 declared\n", "" },
	{ { "one", "two", "--filter", "^t/", "--exclude", "B04", "-q" }, 0,
	  "1 cells: 1 same or declared, 0 different, 0 only in A, 0 only in B; exchanges: 1 same\n", "" },
	{ { "one", "two", "--cell", "t[B03,sni=1]", "-q" }, 0,
	  "1 cells: 1 same or declared, 0 different, 0 only in A, 0 only in B; exchanges: 1 same\n", "" },
	{ { "one", "two", "--filter", "(" }, 2, "", "hil: --filter: '(': bad pattern at character 2: missing closing parenthesis\n" },
	{ { "one", "two", "--filter", "u/" }, 4,
	  "0 cells: 0 same or declared, 0 different, 0 only in A, 1 only in B; exchanges: nothing\n", "hil: A and B have no cell in common\n" },
	{ { "one", "ok.jsonl" }, 2, "", "hil: one is a folder and ok.jsonl is a file: compare two of a kind\n" },
	{ { "one", "three" }, 2, "", "hil: three: No such file or directory\n" },
	{ { "run.jsonl", "run.jsonl", "-q", "--cell", "t[2]" }, 0, "exchanges: 1 same\n", "" },
	{ { "run.jsonl", "run.jsonl" }, 2, "", "hil: run.jsonl:2:1: holds several cells (t[1], t[2] ...): say which one\n" },
	{ { "declared.yaml", "ok.jsonl" }, 2, "", "hil: declared.yaml:1:6: " },
	{ { "ok.jsonl" }, 2, "", "hil compare needs two recordings, or two or more folders: A B" },
	{ { "one", "one", "two" }, 1,
	  "                          one        two      \nlone/cell                 1 same     -        \n"
	  "t/B03,sni=1               1 same     1 same   \nt/B04                     1 same     0 of 1   \n"
	  "side by side: hil compare one two --cell 't/B04'\n"
	  "3 cells in one, 2 runs beside it: 5 comparisons, 1 cells differ; 4 exchanges agree; 1 cells only in others\n", "" },
	{ { "one", "one", "one", "-q", "--cell", "t[B04]" }, 0,
	  "1 cells in one, 2 runs beside it: 2 comparisons, all the same; 2 exchanges agree\n", "" },
	{ { "one", "one", "two", "-q", "--divergences", "declared.yaml" }, 0,
	  "3 cells in one, 2 runs beside it: 5 comparisons, all the same; 5 exchanges agree; 1 cells only in others\n", "" },
	{ { "one", "two", "two", "--filter", "lone" }, 4,
	  "                          two        two      \nlone/cell                 -          -        \n"
	  "1 cells in one, 2 runs beside it: 0 comparisons, all the same; 0 exchanges agree\n",
	  "hil: one has no cell in common with the others\n" },
	{ { "one", "two", "ok.jsonl" }, 2, "", "hil: ok.jsonl is no folder of hil run --out: more than two are compared by their cells\n" },
	{ { "one", "two", "two", "--json" }, 2, "", "hil: --json and --markdown are for two: hil compare A B\n" },
};

START_TEST(as_called)
{
	const char *argv[12] = { "hil", "compare" };

	for (size_t i = 0; i < 10; i++)
		argv[2 + i] = calls[_i].argv[i];
	ck_assert_int_eq(call(verb_compare, argv), calls[_i].code);
	ck_assert_str_eq(buf_str(&out), calls[_i].out);
	ck_assert_msg(!strncmp(buf_str(&errors), calls[_i].errors, strlen(calls[_i].errors)) &&
		      (*calls[_i].errors || !errors.len), "%s", buf_str(&errors));
}
END_TEST

START_TEST(forms)
{
	struct buf file;
	json_t *j;

	ck_assert_int_eq(COMPARE("one", "two", "--json", "--markdown", "m.md"), 1);
	j = json_loads(buf_str(&out), 0, NULL);
	ck_assert_ptr_nonnull(j);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(j, "counts"), "different")), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "cells")), 4);
	json_decref(j);
	buf_init(&file, 1 << 20);
	read_back("m.md", &file);
	ck_assert_ptr_nonnull(strstr(buf_str(&file), "### t/B04\n\n1 different\n\n| one/t/B04-1/wire.jsonl | two/t/B04-1/wire.jsonl |"));
	buf_free(&file);
	ck_assert_int_eq(COMPARE("ok.jsonl", "error.jsonl", "--markdown", "-"), 1);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "| different: final result"));
	ck_assert_int_eq(COMPARE("ok.jsonl", "error.jsonl", "--markdown", "no/such/folder"), 2);
	ck_assert_str_eq(buf_str(&errors), "hil: no/such/folder: No such file or directory\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hil compare");
	TCase *t = tcase_create("hil compare");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, rig_close);
	tcase_add_loop_test(t, as_called, 0, sizeof(calls) / sizeof(calls[0]));
	tcase_add_test(t, forms);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
