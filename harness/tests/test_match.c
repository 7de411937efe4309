/* Patterns: what matches where, and what does not match yet. */
#include "harness/match.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	enum pattern_kind kind;
	const char *pattern, *in;
	bool complete, found;
	size_t start, end;
	const char *why;
} rows[] = {
	{ PATTERN_MATCH, "^\\+CSQ: ", "+CSQ: 24,99", true, true, 0, 6, "anchored at the line's beginning" },
	{ PATTERN_MATCH, "^CSQ", "+CSQ: 24,99", true, false, 0, 0, "not in the middle" },
	{ PATTERN_MATCH, "0,3$", "+CMQTTCONNECT: 0,32", true, false, 0, 0, "$ is the end" },
	{ PATTERN_MATCH, "0,3$", "+CMQTTCONNECT: 0,3", false, false, 0, 0, "half of 32 is not 3" },
	{ PATTERN_MATCH, "0,3$", "+CMQTTCONNECT: 0,3", true, true, 15, 18, "3 is 3 when the line has ended" },
	{ PATTERN_MATCH, "[0-9]+", "sent 12", false, false, 0, 0, "more digits may come" },
	{ PATTERN_MATCH, "[0-9]+ ", "sent 12 ", false, true, 5, 8, "nothing that comes can change it" },
	{ PATTERN_MATCH, "^>", ">", false, true, 0, 1, "a prompt needs nothing behind it" },
	{ PATTERN_MATCH, "\\d\\d", "a12", true, true, 1, 3, "PCRE, not ERE" },
	{ PATTERN_MATCH, "a$", "a\\n", true, false, 0, 0, "the view has no real line end" },
	{ PATTERN_MATCH, "", "", true, true, 0, 0, "an empty regex matches" },
	{ PATTERN_TEXT, "+CSQ: (", "x+CSQ: (0", true, true, 1, 8, "literal: no character is special" },
	{ PATTERN_TEXT, "OK", "ok", true, false, 0, 0, "case counts" },
	{ PATTERN_BYTES, "0d 0a 3e", "\r\n>", true, true, 0, 3, "hex with blanks" },
	{ PATTERN_BYTES, "0D0A", "\n\r", true, false, 0, 0, "order counts" },
};

START_TEST(finds)
{
	struct match *m = match_new(rows[_i].kind, rows[_i].pattern, NULL);
	struct match_hit hit;
	bool found;

	ck_assert_ptr_nonnull(m);
	found = match_find(m, rows[_i].in, strlen(rows[_i].in), 0, rows[_i].complete, &hit);
	ck_assert_msg(found == rows[_i].found, "%s", rows[_i].why);
	if (found) {
		ck_assert_uint_eq(hit.start[0], rows[_i].start);
		ck_assert_uint_eq(hit.end[0], rows[_i].end);
	}
	match_free(m);
}
END_TEST

static const struct {
	enum pattern_kind kind;
	const char *pattern, *message;
} bad[] = {
	{ PATTERN_MATCH, "(a", "bad pattern at character 3: missing closing parenthesis" },
	{ PATTERN_MATCH, "*a", "bad pattern at character 1: quantifier does not follow a repeatable item" },
	{ PATTERN_TEXT, "", "empty pattern" },
	{ PATTERN_BYTES, "0g", "not hex bytes" },
	{ PATTERN_BYTES, "0", "not hex bytes" },
};

START_TEST(refuses)
{
	struct err e = { 0 };

	ck_assert_ptr_null(match_new(bad[_i].kind, bad[_i].pattern, &e));
	ck_assert_str_eq(e.msg, bad[_i].message);
}
END_TEST

START_TEST(gives_up_on_a_runaway)
{
	struct match *m = match_new(PATTERN_MATCH, "^(a+)+$", NULL);
	char line[64];

	memset(line, 'a', sizeof(line));
	line[63] = 'b';
	ck_assert(!match_find(m, line, sizeof(line), 0, true, NULL));
	match_free(m);
}
END_TEST

START_TEST(searches_from)
{
	struct match *m = match_new(PATTERN_MATCH, "^a", NULL), *t = match_new(PATTERN_TEXT, "a", NULL);
	struct match_hit hit;

	ck_assert(!match_find(m, "aa", 2, 1, true, &hit));
	ck_assert(match_find(t, "aa", 2, 1, true, &hit));
	ck_assert_uint_eq(hit.start[0], 1);
	ck_assert(!match_find(t, "aa", 2, 3, true, &hit));
	match_free(m);
	match_free(t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("match");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, finds, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, refuses, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, gives_up_on_a_runaway);
	tcase_add_test(tc, searches_from);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
