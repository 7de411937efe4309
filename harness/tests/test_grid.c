/* The table of revisions: which cells go where, what codes they had, and how it looks in wide and narrow terminals. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/codes.h"
#include "harness/grid_text.h"
#include "harness/matrix_plan.h"
#include "harness/story.h"

/* --- codes ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *bytes[8];		/* by turns of host and modem, host first */
	const char *wanted, *last;
} conversations[] = {
	{ { "AT\r", "AT\r\r\nOK\r\n" }, "", "" },
	{ { "AT+CMQTTCONNECT=0,\"tcp://h:8883\",60,1\r", "\r\nOK\r\n\r\n+CMQTTCONNECT: 0,32\r\n" }, "mqtt 32", "32" },
	/* equal neighbours are one; the test form is none */
	{ { "AT+CMQTTCONNECT=?\r", "\r\n+CMQTTCONNECT: (0-1)\r\n\r\nOK\r\n", "AT+CCHOPEN=0,\"h\",443,2\r", "\r\nOK\r\n\r\n+CCHOPEN: 0,15\r\n",
	    "AT+CCHOPEN=0,\"h\",443,2\r", "\r\nOK\r\n\r\n+CCHOPEN: 0,15\r\n", "AT+CCHOPEN=0,\"h\",443,2\r",
	    "\r\nOK\r\n\r\n+CCHOPEN: 0,0\r\n" },
	  "cch 15, cch 0", "0" },
	/* the a7670's order, its ERROR behind the result */
	{ { "AT+CMQTTCONNECT=0,\"tcp://h:8883\",60,1\r", "\r\n+CMQTTCONNECT: 0,32\r\n\r\nERROR\r\n" }, "mqtt 32", "32" },
	{ { "AT+CIPOPEN=0,\"TCP\",\"h\",80\r", "\r\n+CME ERROR: 3\r\n" }, "tcp +CME ERROR: 3", "3" },
	{ { "AT+CIPOPEN=0,\"TCP\",\"h\",80\r", "\r\nCONNECT 115200\r\n" }, "tcp 0", "0" },
	{ { "AT+CIPOPEN=0,\"TCP\",\"h\",80\r", "\r\nCONNECT FAIL\r\n" }, "tcp CONNECT FAIL", "FAIL" },
	{ { "AT+HTTPACTION=0\r", "\r\nOK\r\n\r\n+HTTPACTION: 0,715,0\r\n" }, "http 715", "715" },
	{ { "AT+CFTPSLOGIN=\"h\",21,\"u\",\"p\",0\r", "\r\nOK\r\n\r\n+CFTPSLOGIN: 13\r\n" }, "ftp 13", "13" },
	/* no answer at all */
	{ { "AT+CMQTTCONNECT=0,\"tcp://h:8883\",60,1\r" }, "", "" },
};

START_TEST(test_codes)
{
	struct recording *r = recording_new();
	struct buf out;

	for (size_t i = 0; i < 8 && conversations[_i].bytes[i]; i++) {
		const char *bytes = conversations[_i].bytes[i];
		const struct wire_event ev = { .from = i % 2 ? WIRE_MODEM : WIRE_HOST, .data = bytes, .len = strlen(bytes) };

		ck_assert_int_eq(recording_add(r, &ev), 0);
	}
	buf_init(&out, 4096);
	codes_of(r, &out);
	ck_assert_str_eq(buf_str(&out), conversations[_i].wanted);
	ck_assert_str_eq(codes_last(buf_str(&out)), conversations[_i].last);
	buf_free(&out);
	recording_free(r);
}
END_TEST

/* Of many the first and the last are kept. */
START_TEST(test_many_codes)
{
	struct recording *r = recording_new();
	struct buf out;

	for (int i = 0; i < 10; i++) {
		static const char command[] = "AT+HTTPACTION=0\r";
		struct wire_event ev = { .from = WIRE_HOST, .data = command, .len = sizeof(command) - 1 };
		char answer[64];

		recording_add(r, &ev);
		snprintf(answer, sizeof(answer), "\r\nOK\r\n\r\n+HTTPACTION: 0,%d,0\r\n", 200 + i);
		ev = (struct wire_event){ .from = WIRE_MODEM, .data = answer, .len = strlen(answer) };
		recording_add(r, &ev);
	}
	buf_init(&out, 4096);
	codes_of(r, &out);
	ck_assert_str_eq(buf_str(&out), "http 200, http 201, http 202, http 203, http 204, http 205, ..., http 209");
	buf_free(&out);
	recording_free(r);
}
END_TEST

/* --- a story ---------------------------------------------------------------------------------------------------- */

START_TEST(test_story)
{
	static const char *const lines[] = {
		"{\"event\":\"start\",\"cell\":\"old\"}\n",
		"{\"event\":\"wire\",\"t\":0.5,\"d\":\"host\",\"hex\":\"4154\",\"text\":\"AT\"}\n",
		"{\"event\":\"start\",\"cell\":\"t\"}\n",
		"{\"event\":\"wire\",\"t\":0.1,\"d\":\"host\",\"hex\":\"41540d\",\"text\":\"AT\\\\r\"}\n",
		"{\"event\":\"wire\",\"t\":0.2,\"d\":\"why\",\"text\":\"mqtt 32 x\"}\n",
		"{\"event\":\"step\",\"index\":0,\"kind\":\"at\",\"outcome\":\"pass\",\"id\":\"one\",\"line\":7,\"t\":0.1,\"took\":0.1}\n",
		"{\"event\":\"wire\",\"t\":2,\"d\":\"nobody\",\"text\":\"?\"}\n",
		"not an event\n",
		"{\"event\":\"step\",\"index\":1,\"kind\":\"expect\",\"outcome\":\"fail\",\"finally\":true,\"t\":0.2,\"took\":1.5}\n",
	};
	struct story *s = story_new();
	const struct story_step *steps;
	size_t n;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		story_feed(s, lines[i], strlen(lines[i]));
	ck_assert_uint_eq(recording_size(story_wire(s)), 2);
	ck_assert_uint_eq(recording_at(story_wire(s), 0).t_us, 100000);
	ck_assert_uint_eq(recording_at(story_wire(s), 0).len, 3);
	steps = story_steps(s, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(steps[0].first, 0);
	ck_assert_str_eq(steps[0].id, "one");
	ck_assert_uint_eq(steps[1].first, 2);
	ck_assert_int_eq(steps[1].outcome, OUTCOME_FAIL);
	ck_assert(steps[1].in_finally && steps[1].took_us == 1500000);
	story_free(s);
}
END_TEST

/* --- the plan --------------------------------------------------------------------------------------------------- */

static char dir[] = "/tmp/test-grid-XXXXXX";

static void put_file(const char *name, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void remove_files(void)
{
	static const char *const names[] = { "open.yaml", "named.yaml" };

	for (size_t i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static void make_files(void)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	put_file("open.yaml", "schema: 1\nname: open\nsummary: x\nmodem: {profile: sim7600/B03}\nmatrix: {sni: [0, 1]}\n"
			      "steps:\n  - at: AT\n");
	put_file("named.yaml", "schema: 1\nname: named\nsummary: x\nmodem: {profile: '${profile}'}\n"
			       "matrix: {profile: [sim7600/B03, sim7600/B04, a7670/B03], sni: [0, 1]}\nsteps:\n  - at: AT\n");
}

static int plan(struct matrix_plan *p, struct options *o, const char *const *profiles, size_t n, struct err *e)
{
	const struct strings columns = { (const char **)profiles, n };
	static const char *paths[1];

	paths[0] = dir;
	o->select.paths = (struct strings){ paths, 1 };
	o->run.timeout_scale = 1;
	return matrix_plan_make(p, o, &columns, e);
}

static void check_row(const struct grid *g, size_t row, const char *name, const char *states)
{
	static const char letters[] = { [GRID_NONE] = '-', [GRID_LEFT_OUT] = 'l', [GRID_WAITING] = 'w', [GRID_RUN] = 'r' };

	ck_assert_str_eq(g->rows[row].name, name);
	for (size_t c = 0; c < g->n_columns; c++)
		ck_assert_msg(letters[g->rows[row].places[c].state] == states[c], "row %zu column %zu", row, c);
}

START_TEST(test_plan)
{
	static const char *const profiles[] = { "sim7600/B04", "LE20B03SIM7600M22" };
	struct matrix_plan p;
	struct options o = { 0 };
	struct err e = { 0 };

	make_files();
	ck_assert_msg(!plan(&p, &o, profiles, 2, &e), "%s", e.msg);
	remove_files();
	ck_assert_str_eq(p.grid->columns[0].label, "B04");
	ck_assert_str_eq(p.grid->columns[1].label, "B03");
	ck_assert_uint_eq(p.grid->n_rows, 4);
	check_row(p.grid, 0, "named[sni=0]", "ww");
	check_row(p.grid, 1, "named[sni=1]", "ww");
	check_row(p.grid, 2, "open[sni=0]", "ww");
	ck_assert_uint_eq(p.n_cells, 8);
	/* the a7670's are no column */
	ck_assert_uint_eq(p.elsewhere, 2);
	/* a cell that was given its revision has it in its id, and says how to make it */
	ck_assert_str_eq(p.cells[4]->id, "open[sni=0,sim7600-B04]");
	ck_assert_str_eq(p.cells[4]->origin, "open[sni=0]");
	ck_assert_str_eq(p.cells[4]->rerun, "--profile sim7600/B04");
	ck_assert_str_eq(p.cells[4]->modem.profile, "sim7600/B04");
	ck_assert_str_eq(p.cells[0]->id, "named[sim7600-B03,sni=0]");
	ck_assert_ptr_null(p.cells[0]->origin);
	matrix_plan_free(&p);
}
END_TEST

START_TEST(test_plan_selected)
{
	static const char *const profiles[] = { "sim7600/B03" };
	static const char *filter[] = { "sni=1" };
	struct options o = { .select.filter = { filter, 1 } };
	struct matrix_plan p;
	struct err e = { 0 };

	make_files();
	ck_assert_msg(!plan(&p, &o, profiles, 1, &e), "%s", e.msg);
	remove_files();
	ck_assert_uint_eq(p.n_cells, 2);
	check_row(p.grid, 0, "named[sni=0]", "l");
	check_row(p.grid, 2, "open[sni=0]", "l");
	check_row(p.grid, 3, "open[sni=1]", "w");
	matrix_plan_free(&p);
}
END_TEST

static const struct {
	const char *profiles[2], *wanted;
} refused[] = {
	{ { "sim7600/B03", "LE20B03SIM7600M22" }, "--profiles: 'sim7600/B03' and 'LE20B03SIM7600M22' are one revision" },
	{ { "sim7600/B03", "LE20B03SIM7600M2" }, "no profile 'LE20B03SIM7600M2' (did you mean 'LE20B03SIM7600M22'?)" },
};

START_TEST(test_plan_refused)
{
	struct matrix_plan p;
	struct options o = { 0 };
	struct err e = { 0 };

	make_files();
	ck_assert_int_ne(plan(&p, &o, refused[_i].profiles, 2, &e), 0);
	remove_files();
	ck_assert_msg(strstr(e.msg, refused[_i].wanted) != NULL, "%s", e.msg);
	matrix_plan_free(&p);
}
END_TEST

/* --- how it looks ------------------------------------------------------------------------------------------------ */

static const struct grid_column columns[] = {
	{ "REV-A", "A", "the first" }, { "REV-B", "B", "the second" }, { "REV-C", "C", "the third" },
};

static void fill(struct grid *g, const char *row, size_t column, const char *outcome, const char *codes, enum grid_change change)
{
	size_t r = grid_row(g, "s/t.yaml", strchr(row, '[') ? "t" : row, "", row);
	struct report_cell cell;
	json_t *end;
	char id[64];

	snprintf(id, sizeof(id), "%s@%zu", row, column);
	ck_assert(grid_plan(g, r, column, id));
	if (!outcome)
		return;
	end = json_pack("{s:s, s:s, s:s}", "cell", id, "file", "s/t.yaml", "outcome", outcome);
	report_read_cell(&cell, end);
	grid_take(g, &cell, codes)->change = change;
	json_decref(end);
}

static struct grid *sample(void)
{
	struct grid *g = grid_new(columns, 3);

	fill(g, "t[case=a,n=1,world=m]", 0, "pass", "mqtt 0", CHANGE_NONE);
	fill(g, "t[case=a,n=1,world=m]", 1, "fail", "mqtt 0, mqtt 32", CHANGE_BROKEN);
	fill(g, "t[case=a,n=1,world=r]", 0, "skip", "", CHANGE_NONE);
	fill(g, "t[case=b,n=1,world=m]", 2, NULL, "", CHANGE_NONE);
	fill(g, "one", 0, "pass", "", CHANGE_NONE);
	fill(g, "one", 1, "error", "", CHANGE_NEW);
	fill(g, "one", 2, "xfail", "http 715", CHANGE_DIFFERENT);
	grid_labels(g);
	return g;
}

static const struct {
	unsigned width;
	const char *wanted;
} looks[] = {
	{ 80, "                  A     B         C\n"
	      "t\n"
	      "  case=a,world=m  ok 0  FAIL 32!  -\n"
	      "  case=a,world=r  skip  -         -\n"
	      "  case=b,world=m  -     -         ?\n"
	      "one               ok    ERR*      xfail 715~\n" },
	{ 45, "                  a   b     c\n"
	      "t\n"
	      "  case=a,world=m  +0  F32!  -\n"
	      "  case=a,world=r  s   -     -\n"
	      "  case=b,world=m  -   -     ?\n"
	      "one               +   E*    x715~\n" },
};

START_TEST(test_looks)
{
	const struct grid_text_options o = { .width = looks[_i].width };
	struct grid *g = sample();
	struct buf out;

	buf_init(&out, 1 << 16);
	grid_text(g, &o, &out);
	ck_assert_msg(!strncmp(buf_str(&out), looks[_i].wanted, strlen(looks[_i].wanted)), "%s", buf_str(&out));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "REV-B                  the sec"));
	for (const char *s = buf_str(&out); *s; s += strcspn(s, "\n") + 1)
		ck_assert_uint_le(strcspn(s, "\n"), looks[_i].width < 80 ? 64 : 80);
	buf_free(&out);
	grid_free(g);
}
END_TEST

/* What is well everywhere takes one line, unless all is asked for. */
START_TEST(test_folded)
{
	struct grid_text_options o = { .width = 80 };
	struct grid *g = grid_new(columns, 2);
	struct buf out;

	for (size_t c = 0; c < 2; c++) {
		fill(g, "t[a=1]", c, "pass", "mqtt 0", CHANGE_NONE);
		fill(g, "t[a=2]", c, "pass", "", CHANGE_NONE);
	}
	grid_labels(g);
	buf_init(&out, 1 << 16);
	grid_text(g, &o, &out);
	ck_assert_msg(strstr(buf_str(&out), "t (2 rows)    ok    ok\n\n") != NULL, "%s", buf_str(&out));
	buf_reset(&out);
	o.all = true;
	grid_text(g, &o, &out);
	ck_assert_msg(strstr(buf_str(&out), "  a=2         ok    ok\n") != NULL, "%s", buf_str(&out));
	buf_free(&out);
	grid_free(g);
}
END_TEST

/* More columns than a terminal has room for are laid out in blocks. */
START_TEST(test_blocks)
{
	const struct grid_text_options o = { .width = 40 };
	struct grid_column many[12];
	struct grid *g;
	struct buf out;

	for (size_t c = 0; c < 12; c++)
		many[c] = (struct grid_column){ "REV", "LABEL", "" };
	g = grid_new(many, 12);
	for (size_t c = 0; c < 12; c++)
		fill(g, "one", c, c == 11 ? "fail" : "pass", "mqtt 32", CHANGE_NONE);
	grid_labels(g);
	buf_init(&out, 1 << 16);
	grid_text(g, &o, &out);
	ck_assert_msg(strstr(buf_str(&out), "     a    b    c    d    e    f    g\n"
					    "one  +32  +32  +32  +32  +32  +32  +32\n\n"
					    "     h    i    j    k    l\n"
					    "one  +32  +32  +32  +32  F32\n\n") == buf_str(&out), "%s", buf_str(&out));
	buf_free(&out);
	grid_free(g);
}
END_TEST

START_TEST(test_markdown)
{
	const struct grid_verdict none = { 0 };
	struct grid *g = sample();
	struct buf out;

	buf_init(&out, 1 << 16);
	grid_markdown(g, &none, &out);
	ck_assert_msg(strstr(buf_str(&out), "| cell | A | B | C |\n|---|---|---|---|\n"
					    "| `t[case=a,n=1,world=m]` | ok 0 | **FAIL 32!** | - |\n") != NULL,
		      "%s", buf_str(&out));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "| `one` | ok | **ERR\\*** | xfail 715\\~ |\n"));
	buf_free(&out);
	grid_free(g);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grid");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_codes, 0, sizeof(conversations) / sizeof(conversations[0]));
	tcase_add_test(tc, test_many_codes);
	tcase_add_test(tc, test_story);
	tcase_add_test(tc, test_plan);
	tcase_add_test(tc, test_plan_selected);
	tcase_add_loop_test(tc, test_plan_refused, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_loop_test(tc, test_looks, 0, sizeof(looks) / sizeof(looks[0]));
	tcase_add_test(tc, test_folded);
	tcase_add_test(tc, test_blocks);
	tcase_add_test(tc, test_markdown);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
