/* The comparison on paper: exact pages of text, Markdown and JSON. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tests/test_compare_rig.h"
#include "harness/wire/side_by_side.h"

#define A "> AT\n< OK\n> ATI\n< Model: X\n< OK\n> AT+CMQTTTOPIC=0,3\n< >\n! a|b\n< OK\n< PB DONE\n"
#define B "> AT\n< OK\n> ATI\n< Model: Y\xff\n< OK\n> AT+CMQTTTOPIC=0,3\n< >\n! a|b\n< OK\n"

static const char same[] = "> AT\n< OK\n> AT\n< OK\n> AT\n< OK\n> AT\n< OK\n> AT+CSQ\n< +CSQ: 1,0\n< OK\n> AT\n< OK\n";
static const char other[] = "> AT\n< OK\n> AT\n< OK\n> AT\n< OK\n> AT\n< OK\n> AT+CSQ\n< ERROR\n> AT\n< OK\n";

static const struct {
	const char *what, *a, *b;
	struct side_options o;
	const char *want;
} pages[] = {
	{ "all of it", A, B, { .width = 60, .all = true },
	  "A                              B\n"
	  "----------------------------   ----------------------------\n"
	  "> AT                         = > AT\n"
	  "< OK                           < OK\n"
	  "> ATI                          > ATI\n"
	  "< Model: X                   | < Model: Y\\xff\n"
	  "< OK                           < OK\n"
	  "    different: line 'Model: X' in A, 'Model: Y\\xff' in B\n"
	  "> AT+CMQTTTOPIC=0,3          = > AT+CMQTTTOPIC=0,3\n"
	  "< >                            < >\n"
	  "! a|b                          ! a|b\n"
	  "< OK                           < OK\n"
	  "< PB DONE                    <\n" },
	{ "what is the same is left out, but for its neighbours", same, other, { .width = 50, .title_a = "emulator", .title_b = "board" },
	  "emulator                  board\n"
	  "-----------------------   -----------------------\n"
	  "    ... 2 the same\n"
	  "> AT                    = > AT\n"
	  "< OK                      < OK\n"
	  "> AT                    = > AT\n"
	  "< OK                      < OK\n"
	  "> AT+CSQ                  > AT+CSQ\n"
	  "< +CSQ: 1,0             <\n"
	  "< OK                    | < ERROR\n"
	  "    different: final result 'OK' in A, 'ERROR' in\n"
	  "    B; line '+CSQ: 1,0' only in A\n"
	  "> AT                    = > AT\n"
	  "< OK                      < OK\n" },
	{ "long titles, times and wrapped lines", "> AT+CCERTDOWN=\"a-long-name-for-a-certificate.pem\",1338\n< ERROR\n",
	  "> AT+CCERTDOWN=\"a-long-name-for-a-certificate.pem\",1338\n< OK\n",
	  { .width = 64, .times = true, .title_a = "a/folder/with/a/long/name.jsonl", .title_b = "b" },
	  "A: a/folder/with/a/long/name.jsonl\n"
	  "B: b\n"
	  "A                                B\n"
	  "------------------------------   ------------------------------\n"
	  "    0.000 > AT+CCERTDOWN=\"a-lo       0.000 > AT+CCERTDOWN=\"a-lo\n"
	  "              ng-name-for-a-ce                 ng-name-for-a-ce\n"
	  "              rtificate.pem\",1                 rtificate.pem\",1\n"
	  "              338                              338\n"
	  "    0.001 < ERROR              |     0.001 < OK\n"
	  "    different: final result 'ERROR' in A, 'OK' in B\n" },
	{ "colours", "> AT\n< OK\n", "> AT\n< ERROR\n", { .width = 40, .color = true },
	  "\033[1mA                    B\033[0m\n"
	  "------------------   ------------------\n"
	  "> AT                 > AT              \n"
	  "\033[1;31m< OK               | < ERROR           \033[0m\n"
	  "\033[1;31m    different: final result 'OK' in A,\033[0m\n"
	  "\033[1;31m    'ERROR' in B\033[0m\n" },
	{ "nothing", "", "", { .width = 40 },
	  "A                    B\n"
	  "------------------   ------------------\n" },
};

static struct comparison *compare(const char *a, const char *b, struct conversation *c[2])
{
	struct comparison *made;

	c[0] = rig_conversation(a);
	c[1] = rig_conversation(b);
	made = compare_new(c[0], c[1], NULL, NULL, NULL);
	ck_assert(made);
	return made;
}

static void drop(struct comparison *made, struct conversation *c[2])
{
	compare_free(made);
	conversation_free(c[0]);
	conversation_free(c[1]);
}

START_TEST(page)
{
	struct conversation *c[2];
	struct comparison *made = compare(pages[_i].a, pages[_i].b, c);
	struct buf out;

	buf_init(&out, 1 << 20);
	side_by_side_text(made, &pages[_i].o, &out);
	ck_assert_msg(!strcmp(buf_str(&out), pages[_i].want), "%s:\n%s", pages[_i].what, buf_str(&out));
	buf_free(&out);
	drop(made, c);
}
END_TEST

/* A cell is cut after some lines, whatever it holds, and says how much is left. */
START_TEST(long_cells)
{
	struct side_options o = { .width = 60 };
	struct conversation *c[2];
	struct comparison *made;
	struct buf out, line;
	size_t lines = 0;

	buf_init(&line, 1 << 20);
	buf_init(&out, 1 << 20);
	buf_adds(&line, "> AT\n< ");
	for (int i = 0; i < 5000; i++)
		buf_addc(&line, 'x');
	buf_adds(&line, "\n< OK\n");
	made = compare(buf_str(&line), "> AT\n< OK\n", c);
	side_by_side_text(made, &o, &out);
	for (const char *s = buf_str(&out); *s; s++)
		lines += *s == '\n';
	ck_assert_msg(lines < 16 && strstr(buf_str(&out), "more)"), "%s", buf_str(&out));
	buf_free(&line);
	buf_free(&out);
	drop(made, c);
}
END_TEST

START_TEST(markdown)
{
	struct side_options o = { .title_a = "a|b" };
	struct conversation *c[2];
	struct comparison *made = compare(A, B, c);
	struct buf out;

	buf_init(&out, 1 << 20);
	side_by_side_markdown(made, &o, &out);
	ck_assert_str_eq(buf_str(&out),
			 "| a&#124;b | B | verdict |\n"
			 "|---|---|---|\n"
			 "| <code>&gt; ATI</code><br><code>&lt; Model: X</code><br><code>&lt; OK</code><br> | "
			 "<code>&gt; ATI</code><br><code>&lt; Model: Y&#92;xff</code><br><code>&lt; OK</code><br> | "
			 "different: line 'Model: X' in A, 'Model: Y&#92;xff' in B |\n"
			 "| <code>&lt; PB DONE</code><br> |  | only in A |\n");
	buf_free(&out);
	drop(made, c);
}
END_TEST

START_TEST(json)
{
	struct conversation *c[2];
	struct comparison *made = compare(A, B, c);
	json_t *j = side_by_side_json(made), *row;
	const char *verdict, *reason, *command, *data, *text;
	int line, n_same, n_different;
	double took;

	ck_assert_int_eq(json_unpack(json_object_get(j, "counts"), "{s:i, s:i}", "same", &n_same, "different", &n_different), 0);
	ck_assert_int_eq(n_same, 2);
	ck_assert_int_eq(n_different, 1);
	row = json_array_get(json_object_get(j, "rows"), 1);
	ck_assert_int_eq(json_unpack(row, "{s:s, s:s, s:n, s:{s:i, s:s, s:n, s:F}, s:{s:[{s:s}]}}", "verdict", &verdict, "reason",
				     &reason, "declared", "a", "line", &line, "command", &command, "data", "took", &took, "b",
				     "answer", "text", &text), 0);
	ck_assert_str_eq(verdict, "different");
	ck_assert_str_eq(reason, "line 'Model: X' in A, 'Model: Y\\xff' in B");
	ck_assert_str_eq(command, "ATI");
	ck_assert_str_eq(text, "Model: Y\\xff");
	ck_assert_double_eq_tol(took, 0.002, 1e-9);
	row = json_array_get(json_object_get(j, "rows"), 2);
	ck_assert_int_eq(json_unpack(row, "{s:{s:s}}", "b", "data", &data), 0);
	ck_assert_str_eq(data, "a|b");
	row = json_array_get(json_object_get(j, "rows"), 3);
	ck_assert_int_eq(json_unpack(row, "{s:s, s:{s:n}, s:n}", "verdict", &verdict, "a", "command", "b"), 0);
	ck_assert_str_eq(verdict, "only in A");
	json_decref(j);
	drop(made, c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("side by side");
	TCase *t = tcase_create("side by side");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, page, 0, sizeof(pages) / sizeof(pages[0]));
	tcase_add_test(t, long_cells);
	tcase_add_test(t, markdown);
	tcase_add_test(t, json);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
