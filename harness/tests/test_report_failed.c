/* The list of --failed: what it holds after one run and another. */
#include "harness/tests/test_report_rig.h"

#include <unistd.h>

static char path[] = "/tmp/test-failed-XXXXXX";

#define R(cell, outcome) "{\"event\":\"end\",\"cell\":\"" cell "\",\"file\":\"/no/f.yaml\",\"outcome\":\"" outcome "\"}\n"
#define IN_ROUND(cell, n, outcome) \
	"{\"event\":\"end\",\"cell\":\"" cell "\",\"file\":\"/no/f.yaml\",\"round\":" #n ",\"outcome\":\"" outcome "\"}\n"

static const struct {
	const char *before, *ends[4], *after;	/* cells alone, separated by blanks */
} rows[] = {
	{ "", { R("a", "pass"), R("b", "fail"), R("c", "error"), R("d", "xpass") }, "b c d " },
	{ "", { R("a", "skip"), R("b", "xfail") }, "" },
	{ "a b ", { R("a", "pass") }, "b " },			/* b has not run: nothing is known of it that is new */
	{ "a ", { R("a", "skip") }, "a " },
	{ "a ", { R("a", "fail") }, "a " },
	{ "a ", { "{\"event\":\"end\",\"cell\":\"a\",\"file\":\"/no/f.yaml\",\"outcome\":\"fail\",\"bad\":false,"
		  "\"quarantine\":{\"reason\":\"x\"}}\n" }, "" },
	{ "", { "{\"event\":\"end\",\"cell\":\"a\",\"file\":\"/no/f.yaml\",\"outcome\":\"pass\",\"bad\":true,"
		"\"attempts\":[{\"outcome\":\"fail\",\"text\":\"x\"}]}\n" }, "a " },
	{ "a ", { IN_ROUND("a", 1, "pass"), IN_ROUND("a", 2, "fail"), IN_ROUND("a", 3, "pass") }, "a " },
	{ "a ", { IN_ROUND("a", 1, "pass"), IN_ROUND("a", 2, "pass") }, "" },
	{ "a ", { "{\"event\":\"end\",\"cell\":\"a[x@1]\",\"file\":\"/no/f.yaml\",\"outcome\":\"fail\",\"sweep\":{\"point\":\"x@1\"}}\n" },
	  "a " },
};

/* "a b " as a file of keys and back. */
static void write_list(const char *cells)
{
	FILE *f = fopen(path, "w");

	for (; *cells; cells += 2)
		fprintf(f, "/no/f.yaml::%c\n", *cells);
	fclose(f);
}

static void read_list(char *cells)
{
	char line[128];
	FILE *f = fopen(path, "r");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		ck_assert_uint_eq(strlen(line), strlen("/no/f.yaml::a\n"));
		*cells++ = line[strlen(line) - 2];
		*cells++ = ' ';
	}
	*cells = '\0';
	fclose(f);
}

START_TEST(one_run_after_another)
{
	struct report_set set = { 0 };
	char after[64];

	close(mkstemp(path));
	write_list(rows[_i].before);
	report_set_add(&set, report_failed_new(path));
	ck_assert_uint_eq(set.n, 1);
	for (size_t i = 0; i < 4 && rows[_i].ends[i]; i++)
		report_set_feed(&set, rows[_i].ends[i], strlen(rows[_i].ends[i]));
	report_set_done(&set);
	report_set_free(&set);
	read_list(after);
	ck_assert_str_eq(after, rows[_i].after);
	unlink(path);
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
}
END_TEST

START_TEST(no_folder_no_list)
{
	ck_assert_ptr_null(report_failed_new("/no/such/folder/failed"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_failed");
	TCase *tc = tcase_create("lists");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, one_run_after_another, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, no_folder_no_list);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
