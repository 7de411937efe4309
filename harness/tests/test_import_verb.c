/* hil import as a user calls it: exit codes, what is on stdout and on stderr, and the files it leaves. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "harness/scenario.h"
#include "harness/tests/test_verb_rig.h"
#include "harness/verbs.h"
#include "harness/wire/recording.h"

static void setup(void)
{
	rig_open();
	write_file("log.txt", "Hello,\n\nAT+CGMR\n+CGMR: LE20B03SIM7600M22\n\nOK\n+CGSN: 868822040986638\n\n%%% 1\n");
	write_file("two.txt", "AT\nOK\n\nsomebody commented 1 year ago\n\nAT+CSQ\nERROR\n");
	write_file("thread-10-12.txt", "AT\nOK  // well\n%%% 1\n");
	write_file("prose.txt", "I only write words here.\n\nAnd i ran AT+CSQ as well.\n");
	write_file("words.txt", "I only write words here.\n");
	write_file("a:1", "AT\nOK\n");
}

static int run(const char *a, const char *b, const char *c, const char *d)
{
	return CALL(verb_import, "import", a, b, c, d);
}

static const struct row {
	const char *arguments[4];
	int code;
	const char *out, *err; /* part of it; NULL: empty */
} rows[] = {
	{ { "log.txt" }, 0, "log.txt: 1 conversation; 1 line of prose, 1 not read\n", NULL },
	{ { "log.txt" }, 0, "  3-7            plain                 1        1              1  none\n", NULL },
	{ { "log.txt" }, 0, "not read (1):\n  log.txt:9: neither a line of a modem nor a sentence: %%% 1\n", NULL },
	{ { "log.txt" }, 0, "replaced (1):\n  log.txt:7: IMEI, 1 time: now 000000000000001\n", NULL },
	{ { "log.txt", "--no-redact", "--ambiguous" }, 0, "  log.txt:7: modem: +CGSN: 868822040986638\n", NULL },
	{ { "log.txt:3-6", "--json" }, 0, "\"first_line\": 3,\n   \"last_line\": 6,\n   \"format\": \"plain\"", NULL },
	{ { "two.txt:6-7" }, 0, "two.txt: 1 conversation;", NULL },
	{ { "thread-10-12.txt" }, 0, "comments cut off (1):\n  thread:11: // well\n", NULL },
	{ { "thread-10-12.txt:1-9" }, 2, NULL, "thread-10-12.txt: there are no lines 1-9, it has 10 to 12\n" },
	{ { "thread-10-12.txt:12" },
	  2,
	  "  thread:12: neither",
	  "hil: thread: no conversation with a modem in lines 12 to 12\n" },
	{ { "a:1" }, 0, "a:1: 1 conversation;", NULL },
	{ { "--formats" }, 0, "socat           socat -v, -x and -x -v\n", NULL },
	{ { "words.txt" }, 2, NULL, "hil: words.txt: no conversation with a modem in it\n" },
	{ { "prose.txt" }, 2, "  prose.txt:3: AT+CSQ\n", "hil: prose.txt: no conversation with a modem in it\n" },
	{ { "log.txt:0-3" }, 2, NULL, "hil: log.txt:0-3: '0-3' must be a line or FIRST-LAST, as in 59-67\n" },
	{ { "log.txt:9-3" }, 2, NULL, "must be a line or FIRST-LAST" },
	{ { "log.txt:100-200" }, 2, NULL, "hil: log.txt: there are no lines 100-200, it has 1 to 9\n" },
	{ { "no-such.txt" }, 2, NULL, "hil: no-such.txt: No such file or directory\n" },
	{ { "log.txt", "--as", "socet" }, 2, NULL, "no format is called 'socet' (did you mean 'socat'?)" },
	{ { NULL }, 2, NULL, "hil import needs one log" },
	{ { "log.txt", "two.txt" }, 2, NULL, "hil import needs one log" },
	{ { "log.txt", "-o", "no/such/folder" },
	  3,
	  "1 conversation",
	  "no/such/folder.jsonl: No such file or directory\n" },
};

static void check_part(const char *what, const struct buf *got, const char *want)
{
	if (want)
		ck_assert_msg(strstr(buf_str(got), want) != NULL, "%s: wanted\n%s\nin\n%s", what, want, buf_str(got));
	else
		ck_assert_msg(!got->len, "%s: nothing was wanted, got\n%s", what, buf_str(got));
}

START_TEST(test_rows)
{
	const struct row *row = &rows[_i];
	const char *const *a = row->arguments;

	ck_assert_int_eq(run(a[0], a[1], a[2], a[3]), row->code);
	check_part("stdout", &out, row->out);
	check_part("stderr", &errors, row->err);
}
END_TEST

static void check_pair(const char *recording, const char *draft, size_t events)
{
	struct err e = { 0 };
	struct recording *r = recording_read(recording, NULL, &e);
	struct scenario *s;
	struct buf text;

	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_uint_eq(recording_size(r), events);
	ck_assert_str_eq(recording_get(r, "format"), "plain");
	ck_assert_str_eq(recording_get(r, "times"), "none");
	recording_free(r);
	buf_init(&text, 1 << 20);
	read_back(draft, &text);
	s = scenario_load_text(draft, buf_str(&text), text.len, NULL, &e);
	ck_assert_msg(s != NULL, "%s", e.msg);
	scenario_free(s);
	buf_free(&text);
}

START_TEST(test_files)
{
	ck_assert_int_eq(run("log.txt", "-o", "mine", NULL), 0);
	check_part("stdout", &out, "written:\n  mine.jsonl\n  mine.yaml\n");
	check_pair("mine.jsonl", "mine.yaml", 4);
	ck_assert_int_eq(run("two.txt", "-o", "each", NULL), 0);
	check_pair("each-1-2.jsonl", "each-1-2.yaml", 2);
	check_pair("each-6-7.jsonl", "each-6-7.yaml", 2);
}
END_TEST

static void without_lines(struct buf *b)
{
	char *at = b->data;

	while ((at = strstr(at, ",\"line\":")) != NULL)
		memmove(at, at + strcspn(at, "}"), strlen(at + strcspn(at, "}")) + 1);
}

/* A recording that was written is a log again, and the same one. */
START_TEST(test_again)
{
	struct buf first, second;

	buf_init(&first, 1 << 20);
	buf_init(&second, 1 << 20);
	ck_assert_int_eq(run("log.txt", "-o", "mine", NULL), 0);
	ck_assert_int_eq(run("mine.jsonl", "-o", "again", NULL), 0);
	read_back("mine.jsonl", &first);
	read_back("again.jsonl", &second);
	ck_assert_ptr_nonnull(strstr(buf_str(&first), "\"source\":\"log.txt\""));
	ck_assert_ptr_nonnull(strstr(buf_str(&first), "\"text\":\"AT+CGMR\\\\r\",\"line\":3}\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&second), "\"text\":\"AT+CGMR\\\\r\",\"line\":2}\n"));
	without_lines(&first);
	without_lines(&second);
	ck_assert_str_eq(strchr(buf_str(&first), '\n'), strchr(buf_str(&second), '\n'));
	buf_free(&first);
	buf_free(&second);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("import verb");
	TCase *c = tcase_create("verb");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, rig_close);
	tcase_add_loop_test(c, test_rows, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(c, test_files);
	tcase_add_test(c, test_again);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
