/* The report that fills a table: its totals with and without a baseline, its JUnit, progress, and rounds of one cell. */
#include "harness/tests/test_report_rig.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <unistd.h>

#include "harness/report_grid.h"

#define END(cell, outcome) "{\"schema\":1,\"event\":\"end\",\"cell\":\"" cell "\",\"file\":\"s/t.yaml\",\"line\":3,\"scenario\":\"t\"," \
	"\"target\":\"inproc\",\"took\":1.5,\"real\":0.1,\"again\":\"hil run x\",\"outcome\":\"" outcome "\"," \
	"\"failure\":{\"file\":\"s/t.yaml\",\"line\":7,\"column\":3,\"step\":\"connect\",\"what\":\"not seen\"}}\n"
#define PASS(cell) "{\"schema\":1,\"event\":\"end\",\"cell\":\"" cell "\",\"file\":\"s/t.yaml\",\"line\":3,\"scenario\":\"t\"," \
	"\"target\":\"inproc\",\"took\":1.5,\"real\":0.1,\"outcome\":\"pass\"}\n"

static const char run_event[] =
	"{\"schema\":1,\"event\":\"run\",\"cells\":4,\"seed\":7,\"target\":\"inproc\",\"started\":\"2026-01-02T03:04:05\"}\n";

static const struct grid_column columns[] = { { "REV-A", "A", "" }, { "REV-B", "B", "" } };

static const char *const four[] = { END("t[x]@a", "fail"), PASS("t[x]@b"), END("t[y]@a", "fail"), PASS("t[y]@b") };

/* A baseline that knows one of the failures. */
static const char known[] = "schema: 1\nseed: 7\ncells:\n  s/t.yaml:\n    \"t[x]\": {REV-A: fail, REV-B: pass}\n"
			    "    \"t[y]\": {REV-A: pass, REV-B: fail}\n";

static struct grid *plan(void)
{
	struct grid *g = grid_new(columns, 2);
	size_t x = grid_row(g, "s/t.yaml", "t", "", "t[x]"), y = grid_row(g, "s/t.yaml", "t", "", "t[y]");

	ck_assert(grid_plan(g, x, 0, "t[x]@a") && grid_plan(g, x, 1, "t[x]@b"));
	ck_assert(grid_plan(g, y, 0, "t[y]@a") && grid_plan(g, y, 1, "t[y]@b"));
	return g;
}

/* What it prints, to be freed. */
static char *fold(struct report_grid_options o, const char *const *lines, size_t n)
{
	struct report_set set = { 0 };
	struct err e = { 0 };
	char *text = NULL;
	size_t size;

	o.out = open_memstream(&text, &size);
	o.width = 80;
	report_set_add(&set, report_grid_new(&o, &e));
	ck_assert_msg(set.n == 1, "%s", e.msg);
	report_set_feed(&set, run_event, strlen(run_event));
	for (size_t i = 0; i < n; i++)
		report_set_feed(&set, lines[i], strlen(lines[i]));
	set.totals.real = 0.5;
	report_set_done(&set);
	report_set_free(&set);
	fclose(o.out);
	return text;
}

static void check_end(const char *text, const char *wanted)
{
	size_t n = strlen(text), len = strlen(wanted);

	ck_assert_msg(n >= len && !strcmp(text + n - len, wanted), "%s", text);
}

START_TEST(test_without_a_baseline)
{
	struct grid *g = plan();
	char *text = fold((struct report_grid_options){ .grid = g }, four, 4);

	ck_assert(!strncmp(text, "4 cells on 2 revisions, target inproc, seed 7\n\n", 47));
	ck_assert_ptr_nonnull(strstr(text, "FAIL  t[y] on A\n      s/t.yaml:7:3: connect: not seen\n"));
	check_end(text, "2 PASS, 2 FAIL, 0 ERROR, 0 SKIP, 0 XFAIL, 0 XPASS in 0.50s\n2 passed, 2 failed, 0 skipped\n");
	free(text);
	grid_free(g);
}
END_TEST

START_TEST(test_with_a_baseline)
{
	static const char *const paths[] = { "s" };
	struct baseline *b = baseline_load_text("b.yaml", known, sizeof(known) - 1, NULL);
	struct grid *g = plan();
	char *text = fold((struct report_grid_options){ .grid = g, .baseline = b, .baseline_name = "b.yaml", .paths = paths,
							.n_paths = 1, .verbosity = -1 }, four, 4);

	/* quiet: no table */
	ck_assert_str_eq(text, "against b.yaml: 2 the same, 1 broken, 1 fixed, 0 changed, 0 new, 0 gone\n"
			       "  broken   t[y] on A: was pass, is fail\n"
			       "           s/t.yaml:7:3: connect: not seen\n"
			       "           again: hil run x\n"
			       "  fixed    t[y] on B: was fail, is pass\n"
			       "2 PASS, 2 FAIL, 0 ERROR, 0 SKIP, 0 XFAIL, 0 XPASS in 0.50s\n"
			       "3 passed, 1 failed, 0 skipped\n");
	free(text);
	grid_free(g);
	baseline_free(b);
}
END_TEST

static void check_xpath(xmlDocPtr doc, const char *expression, const char *wanted)
{
	xmlXPathContextPtr ctx = xmlXPathNewContext(doc);
	xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST expression, ctx);
	xmlChar *text = xmlXPathCastToString(found);

	ck_assert_msg(!strcmp((char *)text, wanted), "%s: %s", expression, (char *)text);
	xmlFree(text);
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(ctx);
}

/* What fails as it did is expected; what is broken fails. */
START_TEST(test_junit)
{
	char path[] = "/tmp/test-report-grid-XXXXXX";
	struct baseline *b = baseline_load_text("b.yaml", known, sizeof(known) - 1, NULL);
	struct grid *g = plan();
	xmlDocPtr doc;

	close(mkstemp(path));
	free(fold((struct report_grid_options){ .grid = g, .baseline = b, .baseline_name = "b.yaml", .junit = path }, four, 4));
	doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
	unlink(path);
	ck_assert_ptr_nonnull(doc);
	check_xpath(doc, "string(/testsuites/@failures)", "1");
	check_xpath(doc, "string(/testsuites/@skipped)", "1");
	check_xpath(doc, "string(//testcase[1]/skipped/@type)", "xfail");
	check_xpath(doc, "string(//testcase[1]/skipped/@message)", "the baseline has it as fail");
	check_xpath(doc, "string(//testcase[3]/@name)", "inproc t[y]@a");
	check_xpath(doc, "count(//testcase[3]/failure)", "1");
	xmlFreeDoc(doc);
	grid_free(g);
	baseline_free(b);
}
END_TEST

/* A run has a row a cell; of several rounds the first failure stays. */
START_TEST(test_rounds)
{
	static const char *const lines[] = { PASS("t[a]"), END("t[a]", "fail"), PASS("t[a]"), PASS("t[b]"), PASS("t[b]") };
	char *text = fold((struct report_grid_options){ 0 }, lines, 5);

	ck_assert_ptr_nonnull(strstr(text, "FAIL  t[a] on result\n"));
	ck_assert_msg(strstr(text, "\n  a           FAIL\n  b           ok\n") != NULL, "%s", text);
	free(text);
}
END_TEST

START_TEST(test_progress)
{
	struct grid *g = plan();
	char *text = NULL;
	size_t n;
	FILE *progress = open_memstream(&text, &n);

	free(fold((struct report_grid_options){ .grid = g, .progress = progress }, four, 4));
	fclose(progress);
	ck_assert_str_eq(text, "\r[1/4] 1 failed\033[K\r[2/4] 1 failed\033[K\r[3/4] 2 failed\033[K\r\033[K");
	free(text);
	grid_free(g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_without_a_baseline, test_with_a_baseline, test_junit, test_rounds, test_progress };

	return rig_main("report grid", tests, sizeof(tests) / sizeof(tests[0]));
}
