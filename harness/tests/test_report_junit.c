/* JUnit: well-formed whatever was said, counted on both levels, three decimals, no attribute that Jenkins refuses. */
#include "harness/tests/test_report_rig.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <unistd.h>

static char path[] = "/tmp/test-junit-XXXXXX";

static xmlDocPtr fold(bool wide)
{
	struct err e = { 0 };
	xmlDocPtr doc;

	close(mkstemp(path));
	rig_fold(report_junit_new(path, wide, &e), NULL);
	doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
	ck_assert_msg(doc != NULL, "not well-formed");
	unlink(path);
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	return doc;
}

static const struct {
	const char *xpath, *wanted;
} rows[] = {
	{ "string(/testsuites/@tests)", "10" },
	{ "string(/testsuites/@failures)", "3" },
	{ "string(/testsuites/testsuite/@errors)", "1" },
	{ "string(/testsuites/testsuite/@skipped)", "3" },
	{ "string(/testsuites/testsuite/@name)", "scenarios.mqtt.t" },
	{ "string(/testsuites/testsuite/@timestamp)", "2026-01-02T03:04:05" },
	{ "string(/testsuites/testsuite/@time)", "15.000" },
	{ "string(/testsuites/testsuite/properties/property[@name='seed']/@value)", "7" },
	{ "count(//testcase/properties)", "0" },
	{ "count(/testsuites/testsuite)", "1" },
	{ "string(//testcase[2]/@name)", "inproc t[b,c=1]" },
	{ "string(//testcase[2]/@classname)", "scenarios.mqtt.t" },
	{ "string(//testcase[2]/@time)", "1.500" },
	{ "string(//testcase[2]/failure/@message)", "timed out waiting for modem, not seen within 30s" },
	{ "substring-before(//testcase[2]/failure, '\n')", "timed out waiting for modem, not seen within 30s" },
	{ "contains(//testcase[2]/failure, 'R2 no <SNI> & more')", "true" },
	{ "string(//testcase[2]/system-out)", "[[ATTACHMENT|out/t/b/wire.jsonl]]" },
	{ "string(//testcase[3]/error/@message)", "it died: red  # 100% ]]>" },
	{ "string(//testcase[4]/skipped/@message)", "needs a-board" },
	{ "string(//testcase[5]/skipped/@type)", "xfail" },
	{ "string(//testcase[6]/failure/@type)", "xpass" },
	{ "string(//testcase[7]/flakyFailure/@message)", "t.yaml:1:1: lost" },
	{ "string(//testcase[8]/skipped/@type)", "quarantined" },
	{ "string(//testcase[8]/skipped/@message)", "quarantined: it shakes (issue-7)" },
	{ "contains(//testcase[8]/system-out, 's: came late')", "true" },
	{ "count(//testcase[8]/failure)", "0" },
	{ "string(//testcase[9]/failure/@type)", "flaky" },
	{ "string(//testcase[9]/rerunError/@message)", "gone" },
	{ "count(//testcase[10]/*)", "1" },
	{ "string(//testcase[10]/system-out)", "quarantined: it shakes\n" },
	{ "count(//testcase)", "10" },
	{ "count(//@file)", "0" },
};

static void check_xpath(xmlXPathContextPtr ctx, const char *expression, const char *wanted)
{
	xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST expression, ctx);
	xmlChar *text;

	ck_assert_msg(found != NULL, "%s", expression);
	text = xmlXPathCastToString(found);
	ck_assert_msg(!strcmp((char *)text, wanted), "%s: %s, wanted %s", expression, (char *)text, wanted);
	xmlFree(text);
	xmlXPathFreeObject(found);
}

START_TEST(strict)
{
	xmlDocPtr doc = fold(false);
	xmlXPathContextPtr ctx = xmlXPathNewContext(doc);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_xpath(ctx, rows[i].xpath, rows[i].wanted);
	xmlXPathFreeContext(ctx);
	xmlFreeDoc(doc);
	xmlCleanupParser();
}
END_TEST

START_TEST(wide)
{
	xmlDocPtr doc = fold(true);
	xmlXPathContextPtr ctx = xmlXPathNewContext(doc);

	check_xpath(ctx, "string(//testcase[1]/@file)", "scenarios/mqtt/t.yaml");
	check_xpath(ctx, "string(//testcase[1]/@line)", "3");
	check_xpath(ctx, "string(//testcase[1]/properties/property[@name='seed']/@value)", "7");
	check_xpath(ctx, "string(//testcase[2]/properties/property[@name='c']/@value)", "1");
	check_xpath(ctx, "string(//testcase[2]/properties/property[@name='digest']/@value)", "abc");
	xmlXPathFreeContext(ctx);
	xmlFreeDoc(doc);
	xmlCleanupParser();
}
END_TEST

#define ROUND(cell, n, more) "{\"event\":\"end\",\"cell\":\"" cell "\",\"file\":\"f.yaml\",\"target\":\"inproc\",\"seed\":1" #n \
	",\"round\":" #n ",\"took\":2.0," more "}\n"

/* One testcase a cell, the first of its worst rounds, whatever comes before and after. */
START_TEST(rounds)
{
	static const char *const lines[] = {
		ROUND("a", 1, "\"outcome\":\"pass\""),
		ROUND("b", 1, "\"outcome\":\"pass\""),
		ROUND("a", 2, "\"outcome\":\"pass\",\"attempts\":[{\"outcome\":\"fail\",\"text\":\"x\"}]"),
		ROUND("a", 3, "\"outcome\":\"fail\",\"failure\":{\"what\":\"first\"}"),
		ROUND("a", 4, "\"outcome\":\"fail\",\"failure\":{\"what\":\"second\"}"),
		ROUND("a", 5, "\"outcome\":\"pass\""),
	};
	struct report_set set = { 0 };
	struct err e = { 0 };
	xmlXPathContextPtr ctx;
	xmlDocPtr doc;

	close(mkstemp(path));
	report_set_add(&set, report_junit_new(path, false, &e));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		report_set_feed(&set, lines[i], strlen(lines[i]));
	report_set_done(&set);
	report_set_free(&set);
	doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
	ctx = xmlXPathNewContext(doc);
	check_xpath(ctx, "count(//testcase)", "2");
	check_xpath(ctx, "string(/testsuites/@failures)", "1");
	check_xpath(ctx, "string(//testcase[1]/failure/@message)", "first");
	check_xpath(ctx, "string(//testcase[1]/@time)", "10.000");
	check_xpath(ctx, "string(//testcase[1]/system-out)", "5 rounds, 2 failed, first round 3, seed 13\n");
	check_xpath(ctx, "string(//testcase[2]/system-out)", "1 rounds, 0 failed\n");
	xmlXPathFreeContext(ctx);
	xmlFreeDoc(doc);
	xmlCleanupParser();
	unlink(path);
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
}
END_TEST

START_TEST(no_such_folder)
{
	struct err e = { 0 };

	ck_assert_ptr_null(report_junit_new("/no/such/folder/x.xml", false, &e));
	ck_assert_str_eq(e.msg, "/no/such/folder/x.xml: No such file or directory");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { strict, wide, rounds, no_such_folder };

	return rig_main("report_junit", tests, sizeof(tests) / sizeof(tests[0]));
}
