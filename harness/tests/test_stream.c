/* Streams: lines over any cut, prompts, cursors, times and the order of arrivals. */
#include "harness/stream.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct stream_order order;
static struct stream *s;

static void setup(void)
{
	order.next = 1;
	s = stream_new(&order);
}

static void teardown(void)
{
	stream_free(s);
}

static void say(const char *text)
{
	stream_add(s, order.next * 1000, text, strlen(text));
}

static bool find(enum pattern_kind kind, const char *pattern, size_t pos, bool last, struct stream_hit *hit)
{
	struct match *m = match_new(kind, pattern, NULL);
	bool found;

	ck_assert_ptr_nonnull(m);
	found = stream_find(s, m, pos, last, hit, NULL);
	match_free(m);
	return found;
}

static const struct {
	const char *in;
	enum pattern_kind kind;
	const char *pattern;
	bool found;
	size_t start, resume;
	const char *why;
} rows[] = {
	{ "\r\nOK\r\n", PATTERN_MATCH, "^OK$", true, 2, 4, "line ends are no part of a line" },
	{ "AT\r\r\nOK\r\n", PATTERN_MATCH, "^OK$", true, 5, 7, "echo and answer are two lines" },
	{ "\r\n>", PATTERN_MATCH, "^>$", true, 2, 3, "a prompt has no line end" },
	{ "\r\n> ", PATTERN_MATCH, "^> $", true, 2, 4, "nor the one of SMS" },
	{ "\r\n+CSQ: 2", PATTERN_MATCH, "^\\+CSQ: 2$", false, 0, 0, "an unfinished line is not matched at its end" },
	{ "\r\n+CSQ: 2", PATTERN_MATCH, "^\\+CSQ", true, 2, 9, "but at its beginning" },
	{ "a\x1a\r\n", PATTERN_MATCH, "^a\\\\x1a$", true, 0, 2, "control bytes are written as \\x1a" },
	{ "a\\b\r", PATTERN_MATCH, "^a\\\\\\\\b$", true, 0, 3, "a backslash is escaped too" },
	{ "+A: 1\r\n+B: 2\r\n", PATTERN_TEXT, "1\r\n+B", true, 4, 9, "text goes over line ends" },
	{ "\r\n>\r\n", PATTERN_BYTES, "0d 0a 3e", true, 0, 3, "bytes too" },
};

START_TEST(finds_whole_and_in_bytes)
{
	const char *in = rows[_i].in;
	struct stream_hit hit;

	for (int bytewise = 0; bytewise < 2; bytewise++) {
		teardown();
		setup();
		for (size_t i = 0; bytewise && in[i]; i++)
			stream_add(s, 1, in + i, 1);
		if (!bytewise)
			say(in);
		ck_assert_msg(find(rows[_i].kind, rows[_i].pattern, 0, false, &hit) == rows[_i].found, "%s", rows[_i].why);
		if (!rows[_i].found)
			continue;
		ck_assert_uint_eq(hit.start, rows[_i].start);
		ck_assert_uint_eq(hit.resume, rows[_i].resume);
	}
}
END_TEST

/* Feeding on and searching on from where the last search may resume misses nothing, wherever the cut is. */
START_TEST(every_cut)
{
	static const char in[] = "\r\n+CMQTTCONNECT: 0,32\r\n\r\nOK\r\n";
	static const char *const patterns[] = { "^\\+CMQTTCONNECT: 0,32$", "^OK$" };

	for (size_t cut = 0; cut < sizeof(in); cut++) {
		for (size_t i = 0; i < 2; i++) {
			struct match *m = match_new(PATTERN_MATCH, patterns[i], NULL);
			struct match *wrong = match_new(PATTERN_MATCH, "0,3$", NULL);
			struct stream_hit hit;
			size_t pos = 0, wrong_pos = 0;
			bool found;

			teardown();
			setup();
			stream_add(s, 1, in, cut);
			found = stream_find(s, m, 0, false, &hit, &pos);
			ck_assert(!stream_find(s, wrong, 0, false, &hit, &wrong_pos));
			stream_add(s, 2, in + cut, sizeof(in) - 1 - cut);
			ck_assert(found || stream_find(s, m, pos, false, &hit, &pos));
			ck_assert(!stream_find(s, wrong, wrong_pos, false, &hit, &wrong_pos));
			match_free(m);
			match_free(wrong);
		}
	}
}
END_TEST

START_TEST(raw_search_resumes_inside_a_match)
{
	struct match *m = match_new(PATTERN_BYTES, "0d0a3e", NULL);
	struct stream_hit hit;
	size_t pos = 0;

	say("abc\r\n");
	ck_assert(!stream_find(s, m, 0, false, &hit, &pos));
	ck_assert_uint_eq(pos, 3);
	say(">");
	ck_assert(stream_find(s, m, pos, false, &hit, &pos));
	ck_assert_uint_eq(hit.start, 3);
	match_free(m);
}
END_TEST

START_TEST(consumes_lines)
{
	struct stream_hit hit;

	say("OK\r\nOK\r\n");
	ck_assert(find(PATTERN_MATCH, "^OK$", 0, false, &hit));
	ck_assert(find(PATTERN_MATCH, "^OK$", hit.resume, false, &hit));
	ck_assert(!find(PATTERN_MATCH, "^OK$", hit.resume, false, &hit));
}
END_TEST

START_TEST(the_rest_of_a_line_has_no_beginning)
{
	struct stream_hit hit;

	say("OK OK\r\n");
	ck_assert(find(PATTERN_TEXT, "OK", 0, false, &hit));
	ck_assert(!find(PATTERN_MATCH, "^OK$", hit.resume, false, &hit));
	ck_assert(find(PATTERN_MATCH, "OK$", hit.resume, false, &hit));
}
END_TEST

START_TEST(the_last_line_counts_at_the_end)
{
	struct stream_hit hit;

	say("published 3");
	ck_assert(!find(PATTERN_MATCH, "^published ([0-9]+)$", 0, false, &hit));
	ck_assert(find(PATTERN_MATCH, "^published ([0-9]+)$", 0, true, &hit));
	ck_assert_uint_eq(hit.n_groups, 2);
	ck_assert_str_eq(hit.group[1], "3");
}
END_TEST

START_TEST(a_payload_ends_where_the_other_side_speaks)
{
	struct stream_hit hit;

	say("hello");
	stream_break_line(s);
	say("AT+CMQTTPUB=0,1,60\r");
	ck_assert(find(PATTERN_MATCH, "^hello$", 0, false, &hit));
	ck_assert(find(PATTERN_MATCH, "^AT\\+CMQTTPUB", 0, false, &hit));
	ck_assert_uint_eq(stream_lines(s), 2);
}
END_TEST

START_TEST(times_and_order)
{
	struct stream *other = stream_new(&order);

	stream_add(s, 10, "a\r\n", 3);
	stream_add(other, 20, "b", 1);
	stream_add(s, 30, "c\r\n", 3);
	ck_assert_uint_eq(stream_time(s, 0), 10);
	ck_assert_uint_eq(stream_time(s, 3), 30);
	ck_assert_uint_eq(stream_time(s, 99), 30);
	ck_assert_uint_eq(stream_seq(s, 3), 3);
	ck_assert_uint_eq(stream_after_seq(s, 0), 0);
	ck_assert_uint_eq(stream_after_seq(s, 1), 3);
	ck_assert_uint_eq(stream_after_seq(s, 3), 6);
	ck_assert_uint_eq(stream_line_at(s, 2), 1);
	stream_free(other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stream");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, finds_whole_and_in_bytes, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, every_cut);
	tcase_add_test(tc, raw_search_resumes_inside_a_match);
	tcase_add_test(tc, consumes_lines);
	tcase_add_test(tc, the_rest_of_a_line_has_no_beginning);
	tcase_add_test(tc, the_last_line_counts_at_the_end);
	tcase_add_test(tc, a_payload_ends_where_the_other_side_speaks);
	tcase_add_test(tc, times_and_order);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
