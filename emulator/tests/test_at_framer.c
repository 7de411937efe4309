/* Line discipline: what bytes make a line, what is echoed, how lines are chained. Rows of exact bytes in and out. */
#include "tests/test_at_rig.h"

#define OK "\r\nOK\r\n"
#define ERR "\r\nERROR\r\n"

static const struct rig_row prefix_rows[] = {
	ROW("AT\r", "AT\r" OK, "the plain line, echo with its CR"),
	ROW("AT\r\n", "AT\r" OK, "LF after CR is ignored and not echoed"),
	ROW("at\r", "at\r" OK, "echo keeps the case"),
	ROW("aT\r", "aT\r" OK, "mixed case"),
	ROW("\r\nAT\r\n\0", "AT\r" OK, "esp_modem's probe"),
	ROW("\x1b\rAT\r", "AT\r" OK, "gammu's ESC CR"),
	ROW("\x1a" "AT\r", "AT\r" OK, "a Ctrl-Z too many"),
	ROW("\0\0AT\r", "AT\r" OK, "NUL before the line"),
	ROW("A\0T\r", "A", "NUL between A and T breaks the prefix"),
	ROW("A\0TAT\r", "AAT\r" OK, "and the next prefix is found"),
	ROW("AT+IN\0FO\r", "AT+INFO\r\r\n+INFO: 1\r\n" OK, "NUL inside a line is ignored"),
	ROW("\xff" "MAT\r", "AT\r" OK, "boot noise before the line"),
	ROW("\x7e\xff\x7d\x23\xc0\x21\x7d\x29\x7e" "AT\r", "AT\r" OK, "an LCP frame before the line"),
	ROW("\xf9\x03\x3f\x01\x1c\xf9" "AT\r", "AT\r" OK, "SABM before the line"),
	ROW("\r\r\r\n\n", "", "empty lines"),
	ROW("hello world\r", "", "no prefix, no answer"),
	ROW("AAT\r", "AAT\r" OK, "the second A starts the prefix"),
	ROW("A\rAT\r", "AAT\r" OK, "A alone is no line"),
	ROW("AT\n\r", "AT\r" OK, "LF inside a line"),
	ROW("AT\x1b\r", "AT\r" OK, "ESC inside a line"),
	ROW("AT\rAT\r", "AT\r" OK "AT\r" OK, "two lines"),
};

static const struct rig_row name_rows[] = {
	ROW("AT+INFO\r", "AT+INFO\r\r\n+INFO: 1\r\n" OK, "extended"),
	ROW("at+info\r", "at+info\r\r\n+INFO: 1\r\n" OK, "lower case (TS#125)"),
	ROW("AT+INFO?\r", "AT+INFO?\r\r\n+INFO: 1\r\n" OK, "read"),
	ROW("AT+ROWS?\r", "AT+ROWS?\r" ERR, "no read form"),
	ROW("AT+ROWS=1\r", "AT+ROWS=1\r" ERR, "no write form"),
	ROW("AT+DATO\r", "AT+DATO\r" ERR, "no exec form"),
	ROW("AT+INFO=?\r", "AT+INFO=?\r" OK, "test form without arguments"),
	ROW("AT+ INFO\r", "AT+ INFO\r" ERR, "blank inside a name (TS#125)"),
	ROW("AT+IN FO\r", "AT+IN FO\r" ERR, "blank inside a name"),
	ROW("AT +INFO\r", "AT +INFO\r\r\n+INFO: 1\r\n" OK, "blank after AT"),
	ROW("AT+INFO \r", "AT+INFO \r\r\n+INFO: 1\r\n" OK, "blank at the end"),
	ROW("AT+INFO ?\r", "AT+INFO ?\r\r\n+INFO: 1\r\n" OK, "blank before ?"),
	ROW("AT+INFO?1\r", "AT+INFO?1\r" ERR, "something after ?"),
	ROW("AT+INFOO\r", "AT+INFOO\r" ERR, "longer than a known name"),
	ROW("AT+INF\r", "AT+INF\r" ERR, "shorter than a known name"),
	ROW("AT+NOSUCH\r", "AT+NOSUCH\r" ERR, "unknown: plain ERROR with CMEE 2 too"),
	ROW("AT+NOSUCH=?\r", "AT+NOSUCH=?\r" ERR, "unknown test form"),
	ROW("AT+\r", "AT+\r" ERR, "no name"),
	ROW("AT^CARET\r", "AT^CARET\r\r\n^CARET: 1\r\n" OK, "other introducers"),
	ROW("AT$DOLLAR\r", "AT$DOLLAR\r\r\n$DOLLAR: 1\r\n" OK, "other introducers"),
	ROW("AT#HASH\r", "AT#HASH\r\r\n#HASH: 1\r\n" OK, "other introducers"),
	ROW("AT%IPSYS?\r", "AT%IPSYS?\r" ERR, "ModemManager's probe"),
	ROW("ATB\r", "ATB\r\r\nB: 1\r\n" OK, "basic"),
	ROW("ATB0\r", "ATB0\r\r\nB: 1\r\n" OK, "basic, low end"),
	ROW("ATB1\r", "ATB1\r\r\nB: 1\r\n" OK, "basic, high end"),
	ROW("ATB2\r", "ATB2\r" ERR, "basic, one past"),
	ROW("ATB99999999999\r", "ATB99999999999\r" ERR, "a number nobody means"),
	ROW("ATI0\r", "ATI0\r\r\nI: 1\r\n" OK, "0 where no number is expected"),
	ROW("ATI1\r", "ATI1\r" ERR, "1 where no number is expected"),
	ROW("ATE=1\r", "ATE=1\r" ERR, "basic commands have no ="),
	ROW("ATE?\rAT\r", "ATE?\r" ERR "AT\r" OK, "nor ?, and nothing was executed"),
	ROW("ATJ\r", "ATJ\r" ERR, "unknown letter"),
	ROW("AT&J\r", "AT&J\r" ERR, "unknown letter with &"),
	ROW("AT&\r", "AT&\r" ERR, "& alone"),
	ROW("AT1\r", "AT1\r" ERR, "a digit is no command"),
};

static const struct rig_row chain_rows[] = {
	ROW("AT+INFO;+INFO\r", "AT+INFO;+INFO\r\r\n+INFO: 1\r\n\r\n+INFO: 1\r\n" OK, "each keeps its frame"),
	ROW("AT+INFO; +INFO\r", "AT+INFO; +INFO\r\r\n+INFO: 1\r\n\r\n+INFO: 1\r\n" OK, "blank after ;"),
	ROW("AT+INFO+INFO\r", "AT+INFO+INFO\r" ERR, "extended needs the ;"),
	ROW("AT+INFO;\r", "AT+INFO;\r\r\n+INFO: 1\r\n" OK, "; at the end"),
	ROW("AT;\r", "AT;\r" ERR, "; without a command"),
	ROW("AT+INFO;;+INFO\r", "AT+INFO;;+INFO\r\r\n+INFO: 1\r\n" ERR, "an empty command"),
	ROW("ATBB1\r", "ATBB1\r\r\nB: 1\r\n\r\nB: 1\r\n" OK, "basic commands need none"),
	ROW("ATB;B\r", "ATB;B\r\r\nB: 1\r\n\r\nB: 1\r\n" OK, "and may have one"),
	ROW("ATB+INFO\r", "ATB+INFO\r\r\nB: 1\r\n\r\n+INFO: 1\r\n" OK, "basic, then extended"),
	ROW("AT+INFO;E0;S0=0\rAT\r", "AT+INFO;E0;S0=0\r\r\n+INFO: 1\r\n" OK OK, "; before basic (OV#720)"),
	ROW("ATE1Q0S0=1S3=13V1X4;+IFC=0,0;+IPR=115200\r", "ATE1Q0S0=1S3=13V1X4;+IFC=0,0;+IPR=115200\r" OK,
	    "the manual's example (M3 1.4.4)"),
	ROW("AT&FZE0&W\rAT\r", "AT&FZE0&W\r" OK OK, "TinyGSM's factory default"),
	ROW("AT+INFO;+FAIL;+INFO\r", "AT+INFO;+FAIL;+INFO\r\r\n+INFO: 1\r\n\r\n+FAIL: 23\r\n" ERR, "an error stops the line"),
	ROW("AT+INFO;+NOSUCH;+INFO\r", "AT+INFO;+NOSUCH;+INFO\r\r\n+INFO: 1\r\n" ERR, "so does an unknown command"),
	ROW("AT+INFO;+CMEX=10;+INFO\r", "AT+INFO;+CMEX=10;+INFO\r\r\n+INFO: 1\r\n\r\n+CME ERROR: SIM not inserted\r\n",
	    "and CME is the only final result"),
	ROW("AT+SLOW;+INFO\r", "AT+SLOW;+INFO\r\r\n+SLOW: done\r\n\r\n+INFO: 1\r\n" OK, "the line goes on after waiting"),
	ROW("AT+OPT=1,\"a;b\";+INFO\r", "AT+OPT=1,\"a;b\";+INFO\r\r\n[1][q a;b][-]\r\n\r\n+INFO: 1\r\n" OK,
	    "; inside quotes is text"),
	ROW("ATD*99;1\r", "ATD*99;1\r\r\nNO CARRIER\r\n", "D has the rest of the line"),
};

static const struct rig_row edit_rows[] = {
	ROW("AT+INFX\bO\r", "AT+INFX\bO\r\r\n+INFO: 1\r\n" OK, "backspace edits"),
	ROW("AT\b\b\b\r", "AT\b\b\b\r" OK, "backspace stops at AT"),
	ROW("ATS5=127\rAT+INFX\x7fO\r", "ATS5=127\r" OK "AT+INFX\x7fO\r\r\n+INFO: 1\r\n" OK, "S5 says which character"),
	ROW("ATS3=33\r!AT!", "ATS3=33\r!\nOK!\nAT!!\nOK!\n", "S3 ends lines and answers"),
	ROW("ATS4=46\rAT\r", "ATS4=46\r\r.OK\r.AT\r\r.OK\r.", "S4 in answers"),
	ROW("ATS3=128\r", "ATS3=128\r" ERR, "no control over ASCII"),
};

static const struct rig_row repeat_rows[] = {
	ROW("A/", "A/" OK, "first use after power-up"),
	ROW("a/", "a/" OK, "lower case"),
	ROW("AT+INFO\rA/", "AT+INFO\r\r\n+INFO: 1\r\n" OK "A/\r\n+INFO: 1\r\n" OK, "repeats without CR"),
	ROW("AT+INFO\rA/A/", "AT+INFO\r\r\n+INFO: 1\r\n" OK "A/\r\n+INFO: 1\r\n" OK "A/\r\n+INFO: 1\r\n" OK, "again"),
	ROW("AT+NOSUCH\rA/", "AT+NOSUCH\r" ERR "A/" ERR, "a refused line too"),
	ROW("AT+INFO\rAT\rA/", "AT+INFO\r\r\n+INFO: 1\r\n" OK "AT\r" OK "A/" OK, "the last line, not the last command"),
	ROW("AT+INFO\rA/\r\n", "AT+INFO\r\r\n+INFO: 1\r\n" OK "A/\r\n+INFO: 1\r\n" OK, "a CR behind it is an empty line"),
};

static const struct rig_row mode_rows[] = {
	ROW("ATE0\rAT\r", "ATE0\r" OK OK, "no echo"),
	ROW("ATE\rAT\r", "ATE\r" OK OK, "ATE is ATE0"),
	ROW("ATE0\rATE1\rAT\r", "ATE0\r" OK OK "AT\r" OK, "echo again"),
	ROW("ATE2\r", "ATE2\r" ERR, "one past"),
	ROW("ATV0\rAT\rAT+INFO\rAT+NOSUCH\r", "ATV0\r0\rAT\r0\rAT+INFO\r+INFO: 1\r\n0\rAT+NOSUCH\r4\r", "numbers"),
	ROW("ATV\rAT+ROWS\r", "ATV\r0\rAT+ROWS\r+ROWS: a\r\n+ROWS: b\r\n+ROWS: c\r\n0\r", "ATV is ATV0; rows"),
	ROW("ATV0\rATV1\r", "ATV0\r0\rATV1\r" OK, "back to words"),
	ROW("ATV0\rATO\r", "ATV0\r0\rATO\r3\r", "NO CARRIER is 3"),
	ROW("ATQ1\rAT+INFO\rAT+NOSUCH\rAT+CMEX=10\rATQ0\r",
	    "ATQ1\rAT+INFO\r\r\n+INFO: 1\r\nAT+NOSUCH\rAT+CMEX=10\rATQ0\r" OK, "no result codes, infos stay"),
	ROW("ATQ1\rATO\r", "ATQ1\rATO\r", "NO CARRIER is a result code"),
	ROW("AT+ROWS\r", "AT+ROWS\r\r\n+ROWS: a\r\n+ROWS: b\r\n+ROWS: c\r\n" OK, "rows share their frame"),
	ROW("AT+ROWS;+ROWS\r", "AT+ROWS;+ROWS\r\r\n+ROWS: a\r\n+ROWS: b\r\n+ROWS: c\r\n\r\n+ROWS: a\r\n+ROWS: b\r\n+ROWS: c\r\n" OK,
	    "the next command opens its own"),
};

START_TEST(prefix) { RUN_ROWS(prefix_rows, NULL); } END_TEST
START_TEST(names) { RUN_ROWS(name_rows, NULL); } END_TEST
START_TEST(chains) { RUN_ROWS(chain_rows, NULL); } END_TEST
START_TEST(editing) { RUN_ROWS(edit_rows, NULL); } END_TEST
START_TEST(repeating) { RUN_ROWS(repeat_rows, NULL); } END_TEST
START_TEST(modes) { RUN_ROWS(mode_rows, NULL); } END_TEST

/* A line of n characters after AT: "+INFO" and blanks. */
static void feed_long(struct rig *r, size_t n)
{
	char line[2000];

	memset(line, ' ', sizeof(line));
	memcpy(line, "ATE0;+INFO", 10);
	line[n + 2] = '\r';
	at_feed(r->at, line, n + 3);
}

START_TEST(line_length)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "ATE0\r");
	buf_reset(&r->out);
	feed_long(r, 559);
	rig_expect(r, "\r\n+INFO: 1\r\n" OK, "559 characters");
	feed_long(r, 560);
	rig_expect(r, ERR, "560 characters: nothing is executed");
	feed_long(r, 1900);
	rig_expect(r, ERR, "many more");
	ck_assert_uint_eq(r->runs, 1);
	rig_feed(r, "AT\r");
	rig_expect(r, OK, "and the next line works");
	rig_free(r);
}
END_TEST

/* n commands in a line: +INFO;+INFO... */
static void feed_chain(struct rig *r, unsigned n)
{
	rig_feed(r, "AT");
	for (unsigned i = 0; i < n; i++)
		rig_feed(r, i % 2 ? "B;" : "+INFO;");
	rig_feed(r, "\r");
}

START_TEST(chain_length)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "ATE0\r");
	feed_chain(r, 39);
	ck_assert_uint_eq(r->runs, 39);
	buf_reset(&r->out);
	feed_chain(r, 40);
	ck_assert_uint_eq(r->runs, 39);
	rig_expect(r, ERR, "40 commands: nothing is executed");
	rig_free(r);
}
END_TEST

static void short_limits(struct quirks *q)
{
	q->line_max = 70;
	q->chain_max = 2;
}

START_TEST(limits_follow_the_profile)
{
	struct rig *r = rig_new(short_limits);

	rig_feed(r, "ATE0\r");
	buf_reset(&r->out);
	feed_long(r, 70);
	rig_expect(r, "\r\n+INFO: 1\r\n" OK, "70 characters");
	feed_long(r, 71);
	rig_expect(r, ERR, "71 characters");
	rig_feed(r, "ATBBB\r");
	rig_expect(r, ERR, "3 commands");
	rig_free(r);
}
END_TEST

START_TEST(a_turn_leaves_in_one_piece)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "AT+ROWS;+INFO\rAT\r");
	ck_assert_uint_eq(r->turns, 1);
	rig_free(r);
}
END_TEST

START_TEST(disabled_is_deaf_and_mute)
{
	struct rig *r = rig_new(NULL);

	at_enable(r->at, false);
	rig_feed(r, "AT\r");
	at_urc(r->at, "+URC: 1");
	rig_expect(r, "", "dead");
	at_enable(r->at, true);
	rig_feed(r, "AT\r");
	rig_expect(r, "AT\r" OK, "alive");
	rig_feed(r, "AT+SLOW\rAT+INFO\r");
	at_enable(r->at, false);
	at_enable(r->at, true);
	buf_reset(&r->out);
	rig_wait_ms(r, 100);
	rig_expect(r, "", "the pending command and what was typed ahead are forgotten");
	rig_free(r);
}
END_TEST

START_TEST(reset_forgets_lines_and_settings)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "ATE0V0\rAT+INFO\rAT+IN");
	at_reset(r->at);
	buf_reset(&r->out);
	rig_feed(r, "FO\rAT\r");
	rig_expect(r, "AT\r" OK, "half a line is gone, echo and words are back");
	rig_feed(r, "A/");
	rig_expect(r, "A/" OK, "A/ repeats the last line since the reset");
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("at framer");
	TCase *tc = tcase_create("rows");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, prefix);
	tcase_add_test(tc, names);
	tcase_add_test(tc, chains);
	tcase_add_test(tc, editing);
	tcase_add_test(tc, repeating);
	tcase_add_test(tc, modes);
	tcase_add_test(tc, line_length);
	tcase_add_test(tc, chain_length);
	tcase_add_test(tc, limits_follow_the_profile);
	tcase_add_test(tc, a_turn_leaves_in_one_piece);
	tcase_add_test(tc, disabled_is_deaf_and_mute);
	tcase_add_test(tc, reset_forgets_lines_and_settings);
	suite_add_tcase(suite, tc);
	return rig_main(suite);
}
