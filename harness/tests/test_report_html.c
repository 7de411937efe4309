/*
 * The page: every cell leads to its wire, equal wires are kept once, long ones say what they lost, and nothing that was on a
 * wire can be markup or ask the network for anything.
 */
#include <check.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/html_page.h"
#include "harness/report_grid.h"
#include "harness/wire/recording.h"

#define START(cell) "{\"schema\":1,\"event\":\"start\",\"cell\":\"" cell "\",\"file\":\"s/t.yaml\",\"line\":3}\n"
#define HOST(t, hex) "{\"schema\":1,\"event\":\"wire\",\"t\":" t ",\"d\":\"host\",\"hex\":\"" hex "\",\"text\":\"\"}\n"
#define MODEM(t, hex) "{\"schema\":1,\"event\":\"wire\",\"t\":" t ",\"d\":\"modem\",\"hex\":\"" hex "\",\"text\":\"\"}\n"
#define SAID(t, d, text) "{\"schema\":1,\"event\":\"wire\",\"t\":" t ",\"d\":\"" d "\",\"text\":\"" text "\"}\n"
#define STEP(id, outcome) "{\"schema\":1,\"event\":\"step\",\"cell\":\"t\",\"index\":0,\"kind\":\"at\",\"outcome\":\"" outcome \
	"\",\"id\":\"" id "\",\"line\":7,\"t\":0,\"took\":0.1}\n"
#define END(cell, rest) "{\"schema\":1,\"event\":\"end\",\"cell\":\"" cell "\",\"file\":\"s/t.yaml\",\"line\":3,\"scenario\":\"t\"," \
	"\"target\":\"inproc\",\"took\":1.5,\"real\":0.1," rest "}\n"

static const char *const run_event =
	"{\"schema\":1,\"event\":\"run\",\"cells\":9,\"seed\":7,\"target\":\"inproc\",\"started\":\"2026-01-02T03:04:05\"}\n";

static char path[] = "/tmp/test-html-XXXXXX";
static char *page;		/* of the last fold() */
static json_t *data;

static void feed(struct report_set *set, const char *const *lines)
{
	report_set_feed(set, run_event, strlen(run_event));
	for (size_t i = 0; lines[i]; i++)
		report_set_feed(set, lines[i], strlen(lines[i]));
	set->totals.real = 0.5;
	report_set_done(set);
	report_set_free(set);
}

static char *read_all(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = fopen(path, "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(getdelim(&text, &n, '\0', f), 0);
	fclose(f);
	unlink(path);
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	return text;
}

static json_t *read_data(const char *text)
{
	static const char begin[] = "<script type=\"application/json\" id=\"data\">";
	const char *from = strstr(text, begin), *to;
	json_t *j;

	ck_assert_ptr_nonnull(from);
	from += sizeof(begin) - 1;
	to = strstr(from, "</script>");
	j = json_loadb(from, (size_t)(to - from), 0, NULL);
	ck_assert_ptr_nonnull(j);
	return j;
}

static void fold_into(struct report_grid_options o, const char *const *lines)
{
	struct report_set set = { 0 };
	struct err e = { 0 };

	close(mkstemp(path));
	o.html = path;
	report_set_add(&set, report_grid_new(&o, &e));
	ck_assert_uint_eq(set.n, 1);
	feed(&set, lines);
	page = read_all();
	data = read_data(page);
}

static void fold(const char *const *lines)
{
	fold_into((struct report_grid_options){ 0 }, lines);
}

static void drop(void)
{
	free(page);
	json_decref(data);
}

static const json_t *wire(size_t cell)
{
	const json_t *number = json_object_get(json_array_get(json_object_get(data, "cells"), cell), "wire");

	ck_assert_ptr_nonnull(number);
	return json_array_get(json_object_get(data, "wires"), (size_t)json_integer_value(number));
}

static long number_in(const json_t *wire, const char *list, size_t i)
{
	return (long)json_integer_value(json_array_get(json_object_get(wire, list), i));
}

/* Text of event i of a cell's wire. */
static const char *event_text(size_t cell, size_t i)
{
	return json_string_value(json_array_get(json_object_get(data, "texts"), (size_t)number_in(wire(cell), "e", 3 * i + 2)));
}

static void check_xpath(const char *expression, const char *wanted)
{
	htmlDocPtr doc = htmlReadMemory(page, (int)strlen(page), "page", "UTF-8", HTML_PARSE_NOERROR | HTML_PARSE_NONET);
	xmlXPathContextPtr ctx = xmlXPathNewContext(doc);
	xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST expression, ctx);
	xmlChar *text;

	ck_assert_msg(found != NULL, "%s", expression);
	text = xmlXPathCastToString(found);
	ck_assert_msg(!strcmp((char *)text, wanted), "%s: '%s', wanted '%s'", expression, (char *)text, wanted);
	xmlFree(text);
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(ctx);
	xmlFreeDoc(doc);
}

/* --- cells and wires -------------------------------------------------------------------------------------------- */

static const char *const three_cells[] = {
	START("t[a]"), HOST("0.1", "41540d"), MODEM("0.2", "0d0a4f4b0d0a"), STEP("one", "pass"), END("t[a]", "\"outcome\":\"pass\""),
	START("t[b]"), HOST("0.1", "41540d"), MODEM("0.2", "0d0a4f4b0d0a"), STEP("one", "pass"), END("t[b]", "\"outcome\":\"pass\""),
	START("t[c]"), HOST("0.1", "41540d"), SAID("0.15", "why", "mqtt 32 handshake fail | R2 no"), STEP("two", "fail"),
	END("t[c]", "\"outcome\":\"fail\",\"profile\":\"sim7600/B03\",\"again\":\"hil run x\",\"failure\":{\"step\":\"two\",\"what\":"
		    "\"<b>not</b> seen\",\"wire\":[]}"),
	NULL,
};

START_TEST(test_every_cell_has_its_wire)
{
	fold(three_cells);
	check_xpath("count(//tbody/tr[@data-row])", "3");
	check_xpath("count(//td/a)", "3");
	check_xpath("string(//tr[3]/td/a/@href)", "#cell=1");
	check_xpath("string((//td)[3]/@class)", "fail");
	check_xpath("string((//td)[3]/a)", "FAIL");
	check_xpath("string(//tr[@data-row='2']/th/span[@class='revision'])", "sim7600/B03");
	ck_assert_uint_eq(json_array_size(json_object_get(data, "wires")), 2);
	ck_assert_ptr_eq(wire(0), wire(1));
	ck_assert_ptr_ne(wire(0), wire(2));
	ck_assert_str_eq(event_text(0, 1), "\\r\\nOK\\r\\n");
	ck_assert_int_eq(number_in(wire(0), "e", 0), 100000);
	ck_assert_int_eq(number_in(wire(0), "e", 3), 100000);
	ck_assert_int_eq(number_in(wire(0), "e", 4), WIRE_MODEM);
	ck_assert_int_eq(number_in(wire(2), "e", 4), WIRE_WHY);
	drop();
}
END_TEST

START_TEST(test_steps)
{
	static const char *const lines[] = {
		START("t"), HOST("0.1", "41"), STEP("one", "pass"), STEP("", "skip"), HOST("0.2", "42"), STEP("two", "fail"),
		END("t", "\"outcome\":\"fail\",\"failure\":{\"what\":\"x\"}"), NULL,
	};
	static const long wanted[] = { 0, OUTCOME_PASS, 7, 0, 1, OUTCOME_SKIP, 7, 0, 1, OUTCOME_FAIL, 7, 0 };

	fold(lines);
	/* the two bytes are one event no more: a step is between them */
	ck_assert_uint_eq(json_array_size(json_object_get(wire(0), "e")), 6);
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < 4; k++)
			ck_assert_int_eq(number_in(wire(0), "s", 6 * i + k), wanted[4 * i + k]);
	}
	drop();
}
END_TEST

START_TEST(test_torn_lines_are_joined)
{
	static const char *const lines[] = {
		START("t"), MODEM("0.100", "0d0a2b"), MODEM("0.101", "4f4b0d"), MODEM("0.102", "0a"), MODEM("0.103", "41"),
		MODEM("0.903", "42"), END("t", "\"outcome\":\"pass\""), NULL,
	};

	fold(lines);
	ck_assert_uint_eq(json_array_size(json_object_get(wire(0), "e")), 12);
	ck_assert_str_eq(event_text(0, 0), "\\r\\n+OK\\r");
	ck_assert_str_eq(event_text(0, 1), "\\n");
	ck_assert_str_eq(event_text(0, 2), "A");
	ck_assert_str_eq(event_text(0, 3), "B");
	drop();
}
END_TEST

START_TEST(test_long_ones)
{
	struct buf big, line;
	const char *lines[1503] = { START("t") };
	size_t n = 1;

	buf_init(&big, 1 << 20);
	buf_init(&line, 1 << 20);
	for (int i = 0; i < 2000; i++)
		buf_adds(&big, i == 478 / 4 ? "41" : "1a");
	buf_addf(&line, HOST("0.0", "%s"), buf_str(&big));
	lines[n++] = buf_str(&line);
	while (n < 1501)
		lines[n++] = SAID("0.5", "note", "x");
	lines[n++] = END("t", "\"outcome\":\"pass\"");
	fold(lines);
	/* an escape is not cut in two */
	ck_assert_ptr_nonnull(strstr(event_text(0, 0), "x1aA\342\200\246[7400 characters]\342\200\246"));
	ck_assert_uint_lt(strlen(event_text(0, 0)), 700);
	ck_assert_uint_eq(json_array_size(json_object_get(wire(0), "e")), 3 * 1201);
	ck_assert_str_eq(event_text(0, 900), "300 events left out");
	ck_assert_int_eq(number_in(wire(0), "e", 3 * 900 + 1), 8);
	drop();
	buf_free(&big);
	buf_free(&line);
}
END_TEST

START_TEST(test_nothing)
{
	static const char *const none[] = { NULL };

	fold(none);
	check_xpath("count(//td)", "0");
	drop();
}
END_TEST

/* --- what must not be markup ------------------------------------------------------------------------------------ */

static const char *const hostile[] = {
	START("t[<i>x]"), SAID("0.1", "log", "</script><script>alert(1)</script><!--"), SAID("0.2", "broker", "]]>\\u2028&amp;\\\"'"),
	END("t[<i>x]", "\"outcome\":\"fail\",\"reason\":\"</table><img src=http://x/>\",\"failure\":{\"what\":\"</script>\"}"), NULL,
};

START_TEST(test_hostile)
{
	fold(hostile);
	check_xpath("count(//script)", "2");
	check_xpath("count(//img)", "0");
	check_xpath("count(//i)", "0");
	check_xpath("string(//tbody/tr/th/@title)", "t[<i>x]");
	ck_assert_str_eq(event_text(0, 0), "</script><script>alert(1)</script><!--");
	drop();
}
END_TEST

static const struct {
	const char *text, *wanted;
} texts[] = {
	{ "", "" }, { "plain", "plain" }, { "<a href=\"x\">'&amp;'</a>", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;&lt;/a&gt;" },
	{ "\t\n\x01\x1b", "\t\n\\x01\\x1b" }, { "\303\251", "\303\251" },
};

START_TEST(test_text)
{
	struct buf out;

	buf_init(&out, 4096);
	html_text(&out, texts[_i].text);
	ck_assert_str_eq(buf_str(&out), texts[_i].wanted);
	buf_free(&out);
}
END_TEST

/* The page needs nothing from anywhere, and its policy lets run only the script that it has. */
START_TEST(test_alone)
{
	static const char *const outside[] = { " src=", "@import", "url(", "<link", "<iframe", "fetch(", "XMLHttpRequest", "innerHTML" };
	unsigned char sum[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
	const char *from, *to;
	unsigned n;

	fold(three_cells);
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		ck_assert_msg(!strstr(page, outside[i]), "%s", outside[i]);
	from = strstr(page, "<script>") + strlen("<script>");
	to = strstr(from, "</script>");
	EVP_Digest(from, (size_t)(to - from), sum, &n, EVP_sha256(), NULL);
	EVP_EncodeBlock(base64, sum, (int)n);
	ck_assert_ptr_nonnull(strstr(page, (char *)base64));
	ck_assert_ptr_nonnull(strstr(page, "default-src 'none'"));
	drop();
}
END_TEST

/* --- a table of revisions ---------------------------------------------------------------------------------------- */

static const struct grid_column columns[] = { { "REV-A", "A", "the \"first\"" }, { "REV-B", "B", "" } };

START_TEST(test_revisions)
{
	static const char text[] = "schema: 1\nseed: 7\ncells:\n  s/t.yaml: {\"t[x]\": {REV-A: fail, REV-B: pass}}\n";
	static const char *const lines[] = {
		START("t[x]@a"), HOST("0", "41540d"), END("t[x]@a", "\"outcome\":\"pass\""),
		START("t[x]@b"), HOST("0", "41540d"), END("t[x]@b", "\"outcome\":\"error\",\"failure\":{\"what\":\"<died>\"}"), NULL,
	};
	struct grid *g = grid_new(columns, 2);
	size_t x = grid_row(g, "s/t.yaml", "t", "a & b", "t[x]"), y = grid_row(g, "s/t.yaml", "t", "a & b", "t[y]");
	struct baseline *b = baseline_load_text("b.yaml", text, strlen(text), NULL);

	ck_assert(grid_plan(g, x, 0, "t[x]@a") && grid_plan(g, x, 1, "t[x]@b") && grid_plan(g, y, 1, "t[y]@b"));
	fold_into((struct report_grid_options){ .grid = g, .baseline = b, .baseline_name = "b.yaml" }, lines);
	check_xpath("count(//thead/tr/th)", "3");
	check_xpath("string(//thead/tr/th[2]/@title)", "REV-A: the \"first\"");
	check_xpath("string(//thead/tr/th[3]/small)", "1 of 1 fail");
	check_xpath("string(//tr[@class='group']//span[@class='summary'])", "a & b");
	check_xpath("string((//td)[1]/@class)", "pass fixed");
	check_xpath("string((//td)[2]/@class)", "error broken");
	check_xpath("string((//td)[2]//i)", "broken");
	check_xpath("string((//td)[3]/@class)", "none");
	check_xpath("string((//td)[4])", "not run");
	check_xpath("count(//button[@data-change])", "2");
	check_xpath("string(//details[@class='changes']/summary)",
		    "against b.yaml: 0 the same, 1 broken, 1 fixed, 0 changed, 0 new, 0 gone");
	ck_assert_ptr_eq(wire(0), wire(1));
	drop();
	baseline_free(b);
	grid_free(g);
}
END_TEST

START_TEST(test_cannot_be_written)
{
	const struct report_grid_options o = { .html = "/nonexistent/page.html" };
	struct err e = { 0 };

	ck_assert_ptr_null(report_grid_new(&o, &e));
	ck_assert_str_eq(e.msg, "/nonexistent/page.html: No such file or directory");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report html");
	TCase *tc = tcase_create("page");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, test_every_cell_has_its_wire);
	tcase_add_test(tc, test_steps);
	tcase_add_test(tc, test_torn_lines_are_joined);
	tcase_add_test(tc, test_long_ones);
	tcase_add_test(tc, test_nothing);
	tcase_add_test(tc, test_hostile);
	tcase_add_loop_test(tc, test_text, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tc, test_alone);
	tcase_add_test(tc, test_revisions);
	tcase_add_test(tc, test_cannot_be_written);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
