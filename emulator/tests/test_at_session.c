/* What takes time: pending commands, prompts, unsolicited lines, type-ahead, data mode, faults. */
#include "tests/test_at_rig.h"

#include <signal.h>

#include "at/at_fault.h"

#define OK "\r\nOK\r\n"
#define ERR "\r\nERROR\r\n"

/* --- finals and waiting ------------------------------------------------------------------------------------- */

static const struct rig_row final_rows[] = {
	ROW("AT+FAIL\r", "AT+FAIL\r\r\n+FAIL: 23\r\n" ERR, "at_fail"),
	ROW("AT+CMEX=14\r", "AT+CMEX=14\r\r\n+CME ERROR: SIM busy\r\n", "CMEE 2 out of boot"),
	ROW("AT+CMEE=1;+CMEX=14\r", "AT+CMEE=1;+CMEX=14\r\r\n+CME ERROR: 14\r\n", "CMEE 1"),
	ROW("AT+CMEE=0;+CMEX=14\r", "AT+CMEE=0;+CMEX=14\r" ERR, "CMEE 0"),
	ROW("AT+CMEX=999\r", "AT+CMEX=999\r\r\n+CME ERROR: 999\r\n", "a code without text"),
	ROW("AT+CMSX=331\r", "AT+CMSX=331\r\r\n+CMS ERROR: No network service\r\n", "CMS by CMEE"),
	ROW("AT+CMEE=1;+CMSX=331\r", "AT+CMEE=1;+CMSX=331\r\r\n+CMS ERROR: 331\r\n", "CMS by CMEE"),
	ROW("AT+CMEE=0;+CMSX=331\r", "AT+CMEE=0;+CMSX=331\r" ERR, "CMS by CMEE"),
	ROW("ATV0\rAT+CMEX=14\r", "ATV0\r0\rAT+CMEX=14\r+CME ERROR: SIM busy\r\n", "CME with numbers"),
	ROW("AT+EARLY;+INFO\r", "AT+EARLY;+INFO\r\r\n+EARLY: done\r\n\r\n+INFO: 1\r\n" OK, "the event came first"),
	ROW("ATO\r", "ATO\r\r\nNO CARRIER\r\n", "no call"),
	ROW("ATO;+INFO\r", "ATO;+INFO\r\r\nNO CARRIER\r\n", "which ends the line"),
};

static const struct rig_row ahead_rows[] = {
	ROW("AT+SLOW\rAT+INFO\r", "AT+SLOW\rAT+INFO\r\r\n+SLOW: done\r\n" OK "\r\n+INFO: 1\r\n" OK,
	    "kept, echoed on arrival, executed after"),
	ROW("AT+SLOW\r\nAT+INFO\r\n", "AT+SLOW\rAT+INFO\r\r\n+SLOW: done\r\n" OK "\r\n+INFO: 1\r\n" OK, "with LF"),
	ROW("AT+SLOW\rAT+SLOW\rAT\r", "AT+SLOW\rAT+SLOW\rAT\r\r\n+SLOW: done\r\n" OK "\r\n+SLOW: done\r\n" OK OK,
	    "which waits again"),
	ROW("AT+SLOW\rA/", "AT+SLOW\rA/\r\n+SLOW: done\r\n" OK "\r\n+SLOW: done\r\n" OK, "A/ typed ahead"),
	ROW("AT+SLOW\rAT+DATA=3\rxyzAT\r", "AT+SLOW\rAT+DATA=3\r" "AT\r\r\n+SLOW: done\r\n" OK "\r\n>\r\n+GOT: 3,xyz\r\n" OK OK,
	    "data typed ahead is not echoed twice"),
	ROW("AT+SLOW\rAT+IN", "AT+SLOW\rAT+IN\r\n+SLOW: done\r\n" OK, "half a line"),
};

START_TEST(finals) { RUN_ROWS(final_rows, NULL); } END_TEST
START_TEST(type_ahead) { RUN_ROWS(ahead_rows, NULL); } END_TEST

START_TEST(half_a_line_typed_ahead)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "AT+SLOW\rAT+IN");
	rig_wait_ms(r, 100);
	rig_feed(r, "FO\r");
	rig_expect(r, "AT+SLOW\rAT+IN\r\n+SLOW: done\r\n" OK "FO\r\r\n+INFO: 1\r\n" OK, "is completed later");
	rig_free(r);
}
END_TEST

START_TEST(echo_follows_after_data_typed_ahead)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "AT+SLOW\rAT+DATA=3\rxAT");
	rig_wait_ms(r, 100);
	buf_reset(&r->out);
	rig_feed(r, "noise\rAT\r");
	rig_expect(r, "AT\r" OK, "the AT was data, so this is noise between lines");
	rig_free(r);
}
END_TEST

static void little_ahead(struct quirks *q)
{
	q->type_ahead_bytes = 8;
	q->echo_default = false;
}

START_TEST(type_ahead_is_bounded)
{
	struct rig *r = rig_new(little_ahead);

	rig_feed(r, "AT+SLOW\rAT+INFO\rAT+INFO\r");
	rig_wait_ms(r, 100);
	rig_expect(r, "\r\n+SLOW: done\r\n" OK "\r\n+INFO: 1\r\n" OK, "8 bytes were kept");
	rig_feed(r, "AT\r");
	rig_expect(r, OK, "and nothing is stuck");
	rig_free(r);
}
END_TEST

START_TEST(waiting_knows_its_tag)
{
	struct rig *r = rig_new(NULL);

	ck_assert(!at_waiting(r->at, RIG_TAG_SLOW));
	rig_feed(r, "AT+SLOW\r");
	ck_assert(at_waiting(r->at, RIG_TAG_SLOW));
	ck_assert(!at_waiting(r->at, RIG_TAG_ENTRY));
	ck_assert(!at_waiting(r->at, 0));
	ck_assert(at_busy(r->at));
	rig_wait_ms(r, 100);
	ck_assert(!at_waiting(r->at, RIG_TAG_SLOW));
	ck_assert(!at_busy(r->at));
	rig_feed(r, "AT+SLOW\r");
	at_reset(r->at);
	ck_assert(!at_waiting(r->at, RIG_TAG_SLOW));
	rig_free(r);
}
END_TEST

/* What is typed at_ms after +LONG was sent, and all that comes out until 2 s later. */
static const struct {
	uint64_t at_ms;
	enum at_status status;
	const char *line, *typed, *out, *why;
} abort_rows[] = {
	{ 125, AT_STATUS_OK, "AT+LONG\r", "x", OK, "any byte" },
	{ 125, AT_STATUS_OK, "AT+LONG\r", "\xff", OK, "noise too" },
	{ 125, AT_STATUS_ERROR, "AT+LONG\r", "x", ERR, "the owner says how it ends" },
	{ 124, AT_STATUS_OK, "AT+LONG\r", "x", "\r\n+SLOW: done\r\n" OK, "too early to be meant" },
	{ 999, AT_STATUS_OK, "AT+LONG\r", "\r", OK, "just before its end" },
	{ 1000, AT_STATUS_OK, "AT+LONG\r", "AT\r", "\r\n+SLOW: done\r\n" OK "AT\r" OK, "too late" },
	{ 500, AT_STATUS_OK, "AT+LONG\r", "\n", "\r\n+SLOW: done\r\n" OK, "the line end's LF, late" },
	{ 500, AT_STATUS_OK, "AT+LONG\r", "\nx", OK, "but what follows it" },
	{ 500, AT_STATUS_OK, "AT+LONG\r", "AT+INFO\r", OK, "the A is consumed, the rest is noise" },
	{ 500, AT_STATUS_OK, "AT+LONG\r", "\rAT+INFO\r", OK "AT+INFO\r\r\n+INFO: 1\r\n" OK, "a line behind it" },
	{ 500, AT_STATUS_OK, "AT+LONG;+INFO\r", "x", OK, "the rest of the line goes too" },
	{ 500, AT_STATUS_OK, "AT+SLOW\rAT+LONG\rAT+INFO\r", "x", OK "\r\n+INFO: 1\r\n" OK, "what was typed before stays" },
};

START_TEST(a_byte_aborts)
{
	struct rig *r = rig_new(NULL);

	r->abort_status = abort_rows[_i].status;
	rig_feed(r, abort_rows[_i].line);
	rig_wait_ms(r, abort_rows[_i].at_ms);
	if (abort_rows[_i].at_ms < 1000)
		buf_reset(&r->out);
	else
		buf_drop(&r->out, strlen(abort_rows[_i].line));
	rig_feed(r, abort_rows[_i].typed);
	rig_wait_ms(r, 2000);
	rig_expect(r, abort_rows[_i].out, abort_rows[_i].why);
	ck_assert(!at_busy(r->at));
	ck_assert_uint_eq(r->aborted, !strstr(abort_rows[_i].out, "SLOW"));
	rig_free(r);
}
END_TEST

static enum at_status reset_and_end(struct at_channel *at, int tag)
{
	(void)tag;
	at_reset(at);
	return AT_STATUS_OK;
}

START_TEST(an_abort_may_reset)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "AT+LONG\r");
	timer_cancel(&r->slow);
	at_wait_abortable(r->at, RIG_TAG_SLOW, reset_and_end);
	rig_wait_ms(r, 200);
	buf_reset(&r->out);
	rig_feed(r, "x");
	rig_expect(r, "", "no result of a command from before the reset");
	rig_feed(r, "AT\r");
	rig_expect(r, "AT\r" OK, "and a line works");
	rig_free(r);
}
END_TEST

/* A pending command behind an abortable one is not abortable. */
START_TEST(only_the_abortable_aborts)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "AT+LONG;+SLOW\r");
	rig_wait_ms(r, 1000);
	rig_feed(r, "x");
	rig_wait_ms(r, 100);
	rig_expect(r, "AT+LONG;+SLOW\r\r\n+SLOW: done\r\n\r\n+SLOW: done\r\n" OK, "runs to its end");
	ck_assert_uint_eq(r->aborted, 0);
	rig_free(r);
}
END_TEST

START_TEST(a_second_final_result_aborts)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "AT+SLOW\r");
	at_finish(r->at, AT_STATUS_OK);
	at_finish(r->at, AT_STATUS_OK);
}
END_TEST

static void delayed(struct quirks *q)
{
	q->reply_delay_ms = 10;
}

START_TEST(answers_are_delayed)
{
	struct rig *r = rig_new(delayed);

	rig_feed(r, "AT\rAT+INFO\r");
	rig_expect(r, "AT\rAT+INFO\r", "echo at once");
	rig_wait_ms(r, 9);
	rig_expect(r, "", "9 ms");
	rig_wait_ms(r, 1);
	rig_expect(r, OK, "10 ms");
	rig_wait_ms(r, 10);
	rig_expect(r, "\r\n+INFO: 1\r\n" OK, "20 ms");
	rig_free(r);
}
END_TEST

START_TEST(the_gate)
{
	struct rig *r = rig_new(NULL);

	r->gate_closed = 1;
	rig_feed(r, "ATE0\rAT+GATED\r");
	rig_expect(r, "ATE0\r" OK "\r\n+CME ERROR: SIM not inserted\r\n", "closed");
	rig_feed(r, "AT+GATED=?\r");
	rig_expect(r, OK, "the test form passes");
	r->gate_closed = 0;
	rig_feed(r, "AT+GATED\r");
	rig_expect(r, "\r\n+GATED: 1\r\n" OK, "open");
	rig_free(r);
}
END_TEST

START_TEST(absent_commands)
{
	char *words[] = { "+INFO", "+cmee" };
	struct rig *r = rig_new(NULL);

	at_free(r->at);
	r->profile.q.absent_commands = (struct word_list){ words, 2 };
	r->at = at_new(rig_tables, &r->profile, r->clock, NULL,
		       &(struct at_hooks){ .out = rig_out, .ctx = r }, r);
	at_enable(r->at, true);
	rig_feed(r, "ATE0\rAT+INFO\rAT+CMEE?\rAT+ROWS\r");
	rig_expect(r, "ATE0\r" OK ERR ERR "\r\n+ROWS: a\r\n+ROWS: b\r\n+ROWS: c\r\n" OK, "the build lacks them");
	rig_free(r);
}
END_TEST

/* --- prompts ------------------------------------------------------------------------------------------------ */

static const struct rig_row prompt_rows[] = {
	ROW("AT+DATA=5\rhello", "AT+DATA=5\r\r\n>hello\r\n+GOT: 5,hello\r\n" OK, "exactly three bytes of prompt"),
	ROW("AT+DATA=5\r\nhello", "AT+DATA=5\r\r\n>hello\r\n+GOT: 5,hello\r\n" OK, "the command's LF is no data"),
	ROW("AT\rAT+DATA=5\r\nhell", "AT\r" OK "AT+DATA=5\r\r\n>\nhell\r\n+GOT: 5,\\nhell\r\n" OK,
	    "unless the host ends lines with CR alone"),
	ROW("AT\r\nAT+DATA=5\r\n\nell\n", "AT\r" OK "AT+DATA=5\r\r\n>\nell\n\r\n+GOT: 5,\\nell\\n\r\n" OK,
	    "and only one LF"),
	ROW("AT+DATA=7\r\r\r\n\x1a\x1b\0~", "AT+DATA=7\r\r\n>\r\r\n\x1a\x1b\0~", "any bytes count"),
	ROW("AT+DATA=5\rhello\r\nAT\r", "AT+DATA=5\r\r\n>hello\r\n+GOT: 5,hello\r\n" OK "AT\r" OK, "surplus CR LF is an empty line"),
	ROW("AT+DATA=5\rhelloAT+INFO\r", "AT+DATA=5\r\r\n>hello\r\n+GOT: 5,hello\r\n" OK "AT+INFO\r\r\n+INFO: 1\r\n" OK,
	    "bytes beyond the count go to the parser"),
	ROW("AT+DATA=5\rhello\x1a" "AT\r", "AT+DATA=5\r\r\n>hello\r\n+GOT: 5,hello\r\n" OK "AT\r" OK, "a Ctrl-Z too many"),
	ROW("AT+DATA=1\rx", "AT+DATA=1\r\r\n>x\r\n+GOT: 1,x\r\n" OK, "the least"),
	ROW("AT+DATA=0\rAT\r", "AT+DATA=0\r\r\n>\r\n+GOT: 0,\r\n" OK "AT\r" OK, "nothing to enter"),
	ROW("ATE0\rAT+DATA=5\rhello", "ATE0\r" OK "\r\n>\r\n+GOT: 5,hello\r\n" OK, "no echo, no data echo"),
	ROW("AT+DATA=2\rab;+INFO\r", "AT+DATA=2\r\r\n>ab\r\n+GOT: 2,ab\r\n" OK, "data is not a line"),
	ROW("AT+DATA=2;+INFO\rab", "AT+DATA=2;+INFO\r\r\n>ab\r\n+GOT: 2,ab\r\n\r\n+INFO: 1\r\n" OK, "the line goes on after it"),
	ROW("ATV0\rAT+DATA=2\rab", "ATV0\r0\rAT+DATA=2\r\r\n>ab+GOT: 2,ab\r\n0\r", "numbers"),
	ROW("AT+DATA=2\rabA/cd", "AT+DATA=2\r\r\n>ab\r\n+GOT: 2,ab\r\n" OK "A/\r\n>cd\r\n+GOT: 2,cd\r\n" OK, "A/"),
	ROW("AT+BYTES\rhi\x1a", "AT+BYTES\r\r\n>\r\n+GOT: 2,hi\r\n" OK, "no blank behind the prompt, no echo"),
	ROW("AT+BYTES\ra\x03\x1a\x03\x1b\x03\x03\x1a", "AT+BYTES\r\r\n>\r\n+GOT: 4,a\\x1a\\x1b\\x03\r\n" OK, "0x03 makes data"),
	ROW("AT+BYTES\r\x03z\0\x1a", "AT+BYTES\r\r\n>\r\n+GOT: 3,\\x03z\\x00\r\n" OK, "of these three alone"),
	ROW("AT+BYTES\rxy\x1b" "AT\r", "AT+BYTES\r\r\n>" OK "AT\r" OK, "ESC gives up"),
	ROW("AT+BYTES\r\n\x1a", "AT+BYTES\r\r\n>\r\n+GOT: 0,\r\n" OK, "the LF of a line end is none of it"),
	ROW("AT+BYTES\r0123456789\x1a", "AT+BYTES\r\r\n>\r\n+GOT: 8,01234567\r\n" OK, "more than it keeps"),
	ROW("AT+SMS\rhello\x1a", "AT+SMS\r\r\n> hello\r\n+GOT: 5,hello\r\n" OK, "Ctrl-Z ends"),
	ROW("AT+SMS\r\nhello\x1a\r\n", "AT+SMS\r\r\n> hello\r\n+GOT: 5,hello\r\n" OK, "CR LF around it"),
	ROW("AT+SMS\rhel\rlo\x1a", "AT+SMS\r\r\n> hel\rlo\r\n+GOT: 6,hel\\rlo\r\n" OK, "CR is text"),
	ROW("AT+SMS\r\x1a", "AT+SMS\r\r\n> \r\n+GOT: 0,\r\n" OK, "an empty text"),
	ROW("AT+SMS\rhello\x1b" "AT\r", "AT+SMS\r\r\n> hello" OK "AT\r" OK, "ESC gives it up"),
	ROW("AT+SMSSLOW\rx\x1a" "AT\r", "AT+SMSSLOW\r\r\n> xAT\r\r\n+SLOW: done\r\n" OK OK, "an answer that takes time"),
};

START_TEST(prompts)
{
	struct rig_row row = prompt_rows[4];

	for (size_t i = 0; i < sizeof(prompt_rows) / sizeof(prompt_rows[0]); i++) {
		if (i != 4)
			feed_all_cuts(&prompt_rows[i], NULL);
	}
	/* a NUL in the expected bytes: compared by hand */
	struct rig *r = rig_new(NULL);

	at_feed(r->at, row.in, row.in_len);
	ck_assert_uint_eq(r->out.len, 10 + 3 + 7 + strlen("\r\n+GOT: 7,\\r\\r\\n\\x1a\\x1b\\x00~\r\n" OK));
	ck_assert_mem_eq(r->out.data, "AT+DATA=7\r\r\n>\r\r\n\x1a\x1b\0~\r\n+GOT: 7,\\r\\r\\n\\x1a\\x1b\\x00~\r\n" OK, r->out.len);
	rig_free(r);
}
END_TEST

static void crlf_no_echo(struct quirks *q)
{
	q->prompt_crlf = QUIRK_prompt_crlf_crlf;
	q->echo_data = false;
}

static const struct rig_row quirk_prompt_rows[] = {
	ROW("AT+DATA=2\rab", "AT+DATA=2\r\r\n>\r\n\r\n+GOT: 2,ab\r\n" OK, "prompt_crlf, echo_data off"),
	ROW("AT+SMS\rab\x1a", "AT+SMS\r\r\n> ab\r\n+GOT: 2,ab\r\n" OK, "SMS text is echoed all the same"),
};

START_TEST(prompt_quirks) { RUN_ROWS(quirk_prompt_rows, crlf_no_echo); } END_TEST

static void watchdog(struct quirks *q)
{
	q->prompt_timeout_ms = 1000;
}

START_TEST(prompt_watchdog)
{
	struct rig *r = rig_new(watchdog);

	rig_feed(r, "ATE0\rAT+DATA=5\rhell");
	rig_wait_ms(r, 999);
	rig_expect(r, "ATE0\r" OK "\r\n>", "still open");
	rig_wait_ms(r, 1);
	rig_expect(r, ERR, "given up");
	rig_feed(r, "AT\r");
	rig_expect(r, OK, "back to lines");
	rig_feed(r, "AT+DATA=2\rab");
	buf_reset(&r->out);
	rig_wait_ms(r, 5000);
	rig_expect(r, "", "a complete prompt has no watchdog");
	rig_free(r);
}
END_TEST

START_TEST(the_largest_entry)
{
	struct rig *r = rig_new(NULL);
	char *data = malloc(10240);

	memset(data, 'x', 10240);
	rig_feed(r, "ATE0\rAT+DATA=10240\r");
	buf_reset(&r->out);
	at_feed(r->at, data, 10239);
	rig_expect(r, "", "one byte is missing");
	at_feed(r->at, data, 1);
	ck_assert_uint_gt(r->out.len, 10240);
	rig_free(r);
	free(data);
}
END_TEST

/* --- unsolicited lines -------------------------------------------------------------------------------------- */

START_TEST(urcs)
{
	struct rig *r = rig_new(NULL);

	at_urc(r->at, "+URC: %d", 1);
	rig_expect(r, "\r\n+URC: 1\r\n", "at once");
	rig_feed(r, "AT+INF");
	at_urc(r->at, "+URC: 2");
	rig_feed(r, "O\r");
	rig_expect(r, "AT+INF\r\n+URC: 2\r\nO\r\r\n+INFO: 1\r\n" OK, "in the middle of the echo (TinyGSM 309)");
	rig_feed(r, "AT+SLOWURC\r");
	rig_wait_ms(r, 100);
	rig_expect(r, "AT+SLOWURC\r\r\n+URC: 7\r\n\r\n+SLOW: done\r\n" OK, "before the final result");
	rig_feed(r, "ATV0\r");
	at_urc(r->at, "+URC: 3");
	rig_expect(r, "ATV0\r0\r+URC: 3\r\n", "V0 has no leading CR LF");
	rig_free(r);
}
END_TEST

START_TEST(urcs_wait_at_a_prompt)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "ATE0\r");
	buf_reset(&r->out);
	rig_feed(r, "AT+DATA=5\rhe");
	at_urc(r->at, "+URC: 1");
	at_urc_raw(r->at, "\r\nRAW\r\n", 7);
	rig_expect(r, "\r\n>", "held");
	rig_feed(r, "llo");
	rig_expect(r, "\r\n+GOT: 5,hello\r\n" OK "\r\n+URC: 1\r\n\r\nRAW\r\n", "after the final result, in order");
	rig_feed(r, "AT+SMS\rx");
	at_urc(r->at, "+URC: 2");
	rig_feed(r, "\x1b");
	rig_expect(r, "\r\n> " OK "\r\n+URC: 2\r\n", "given up");
	rig_feed(r, "AT+SMSSLOW\rx");
	at_urc(r->at, "+URC: 3");
	rig_feed(r, "\x1a");
	rig_expect(r, "\r\n> \r\n+URC: 3\r\n", "the prompt is over, the command is not");
	rig_wait_ms(r, 100);
	rig_expect(r, "\r\n+SLOW: done\r\n" OK, "now it is");
	rig_free(r);
}
END_TEST

START_TEST(waiting_urcs_are_bounded)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "AT+DATA=5\r");
	for (int i = 0; i < 100000; i++)
		at_urc(r->at, "+URC: %d", i);
	rig_feed(r, "hello");
	ck_assert_uint_lt(r->out.len, 70000);
	ck_assert_mem_eq(r->out.data + r->out.len - 2, "\r\n", 2);
	rig_free(r);
}
END_TEST

/* --- data mode ---------------------------------------------------------------------------------------------- */

static void dial(struct rig *r)
{
	rig_feed(r, "ATE0\r\n");
	buf_reset(&r->out);
	rig_feed(r, "ATD*99#\r\n");
	rig_expect(r, "\r\nCONNECT 115200\r\n", "connected");
	ck_assert(at_data_active(r->at));
}

static void expect_data(struct rig *r, const char *s, const char *why)
{
	ck_assert_msg(r->data.len == strlen(s) && !memcmp(buf_str(&r->data), s, r->data.len), "%s: got '%s'", why,
		      buf_str(&r->data));
	buf_reset(&r->data);
}

START_TEST(data_mode)
{
	struct rig *r = rig_new(NULL);

	dial(r);
	rig_feed(r, "AT\r~\x7d");
	expect_data(r, "AT\r~\x7d", "bytes as they are");
	at_urc(r->at, "+URC: 1");
	at_raw(r->at, "~ppp~", 5);
	rig_expect(r, "~ppp~", "the URC waits");
	at_data_leave(r->at, AT_RESULT_NO_CARRIER);
	rig_expect(r, "\r\nNO CARRIER\r\n\r\n+URC: 1\r\n", "result first, then what waited");
	rig_feed(r, "AT\r");
	rig_expect(r, OK, "commands again");
	rig_free(r);
}
END_TEST

START_TEST(escape_needs_its_pauses)
{
	struct rig *r = rig_new(NULL);

	dial(r);
	rig_feed(r, "+++");
	rig_wait_ms(r, 3000);
	expect_data(r, "+++", "no pause since CONNECT");
	rig_feed(r, "++");
	rig_wait_ms(r, 899);
	rig_feed(r, "+");
	rig_wait_ms(r, 999);
	rig_expect(r, "", "0.999 s");
	rig_wait_ms(r, 1);
	rig_expect(r, OK, "1 s");
	ck_assert(r->escaped);
	expect_data(r, "", "the pluses are not data");
	rig_feed(r, "AT\r");
	rig_expect(r, OK, "commands");
	rig_free(r);
}
END_TEST

START_TEST(escape_that_is_data)
{
	struct rig *r = rig_new(NULL);

	dial(r);
	rig_wait_ms(r, 1000);
	rig_feed(r, "+++x");
	expect_data(r, "+++x", "something follows");
	rig_wait_ms(r, 1000);
	rig_feed(r, "++++");
	expect_data(r, "++++", "four");
	rig_wait_ms(r, 1000);
	rig_feed(r, "++");
	rig_wait_ms(r, 900);
	expect_data(r, "++", "the third came too late");
	rig_feed(r, "+");
	expect_data(r, "+", "and is data");
	rig_wait_ms(r, 999);
	rig_feed(r, "+++");
	expect_data(r, "+++", "0.999 s of pause");
	rig_wait_ms(r, 5000);
	ck_assert(at_data_active(r->at));
	rig_free(r);
}
END_TEST

START_TEST(dtr_drop)
{
	struct rig *r = rig_new(NULL);

	dial(r);
	at_settings(r->at)->dtr = 0;
	at_dtr_drop(r->at);
	ck_assert(at_data_active(r->at));
	at_settings(r->at)->dtr = 1;
	at_dtr_drop(r->at);
	ck_assert(!at_data_active(r->at) && r->escaped && !r->hung_up);
	rig_expect(r, OK, "&D1");
	dial(r);
	at_settings(r->at)->dtr = 2;
	at_dtr_drop(r->at);
	ck_assert(!at_data_active(r->at) && r->hung_up);
	rig_free(r);
}
END_TEST

/* --- faults ------------------------------------------------------------------------------------------------- */

START_TEST(canned_replies)
{
	struct rig *r = rig_new(NULL);

	rig_feed(r, "ATE0\r");
	buf_reset(&r->out);
	ck_assert_int_eq(at_fault_reply(r->at, "AT+INFO", "ERROR", 2), 0);
	ck_assert_uint_eq(at_faults_unfired(r->at), 1);
	rig_feed(r, "AT+ROWS\r");
	rig_expect(r, "\r\n+ROWS: a\r\n+ROWS: b\r\n+ROWS: c\r\n" OK, "another command");
	rig_feed(r, "at+info\r");
	rig_expect(r, ERR, "first");
	ck_assert_uint_eq(at_faults_unfired(r->at), 1);
	rig_feed(r, "AT+INFO\r");
	rig_expect(r, ERR, "second");
	ck_assert_uint_eq(at_faults_unfired(r->at), 0);
	ck_assert_uint_eq(r->runs, 0);
	rig_feed(r, "AT+INFO\r");
	rig_expect(r, "\r\n+INFO: 1\r\n" OK, "spent");
	ck_assert_int_eq(at_fault_reply(r->at, "INFO", "\r\n+X: 1\r\n\r\nOK\r\n", 1), 0);
	ck_assert_int_eq(at_fault_reply(r->at, "ROWS", "", 1), 0);
	rig_feed(r, "AT+INFO\rAT+ROWS\rAT\r");
	rig_expect(r, "\r\n+X: 1\r\n" OK OK, "bytes as they are; silence");
	rig_free(r);
}
END_TEST

START_TEST(faults_are_counted_and_bounded)
{
	struct rig *r = rig_new(NULL);

	for (int i = 0; i < 16; i++)
		ck_assert_int_eq(at_fault_reply(r->at, "X", "", 1), 0);
	ck_assert_int_lt(at_fault_reply(r->at, "X", "", 1), 0);
	at_reset(r->at);
	ck_assert_uint_eq(at_faults_unfired(r->at), 16);
	at_faults_clear(r->at);
	ck_assert_uint_eq(at_faults_unfired(r->at), 0);
	ck_assert_int_lt(at_fault_reply(r->at, "X", "", 0), 0);
	rig_free(r);
}
END_TEST

START_TEST(mute)
{
	struct rig *r = rig_new(NULL);

	at_fault_mute(r->at, 1000000);
	ck_assert_uint_eq(at_faults_unfired(r->at), 1);
	rig_feed(r, "AT+INFO\r");
	at_urc(r->at, "+URC: 1");
	rig_expect(r, "", "silence");
	ck_assert_uint_eq(at_faults_unfired(r->at), 0);
	ck_assert_uint_eq(r->runs, 1);
	rig_wait_ms(r, 1000);
	rig_feed(r, "AT\r");
	rig_expect(r, "AT\r" OK, "over");
	rig_free(r);
}
END_TEST

START_TEST(two_channels_do_not_meet)
{
	struct rig *a = rig_new(NULL), *b = rig_new(NULL);

	rig_feed(a, "ATE0V0\rAT+DATA=5\rhe");
	rig_feed(b, "AT+SLOW\r");
	rig_feed(a, "llo");
	rig_wait_ms(b, 100);
	rig_expect(a, "ATE0V0\r0\r\r\n>+GOT: 5,hello\r\n0\r", "a");
	rig_expect(b, "AT+SLOW\r\r\n+SLOW: done\r\n" OK, "b");
	rig_free(a);
	rig_free(b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("at session");
	TCase *tc = tcase_create("rows");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, finals);
	tcase_add_test(tc, type_ahead);
	tcase_add_test(tc, half_a_line_typed_ahead);
	tcase_add_test(tc, echo_follows_after_data_typed_ahead);
	tcase_add_test(tc, type_ahead_is_bounded);
	tcase_add_test(tc, waiting_knows_its_tag);
	tcase_add_loop_test(tc, a_byte_aborts, 0, sizeof(abort_rows) / sizeof(abort_rows[0]));
	tcase_add_test(tc, an_abort_may_reset);
	tcase_add_test(tc, only_the_abortable_aborts);
	tcase_add_test_raise_signal(tc, a_second_final_result_aborts, SIGABRT);
	tcase_add_test(tc, answers_are_delayed);
	tcase_add_test(tc, the_gate);
	tcase_add_test(tc, absent_commands);
	tcase_add_test(tc, prompts);
	tcase_add_test(tc, prompt_quirks);
	tcase_add_test(tc, prompt_watchdog);
	tcase_add_test(tc, the_largest_entry);
	tcase_add_test(tc, urcs);
	tcase_add_test(tc, urcs_wait_at_a_prompt);
	tcase_add_test(tc, waiting_urcs_are_bounded);
	tcase_add_test(tc, data_mode);
	tcase_add_test(tc, escape_needs_its_pauses);
	tcase_add_test(tc, escape_that_is_data);
	tcase_add_test(tc, dtr_drop);
	tcase_add_test(tc, canned_replies);
	tcase_add_test(tc, faults_are_counted_and_bounded);
	tcase_add_test(tc, mute);
	tcase_add_test(tc, two_channels_do_not_meet);
	suite_add_tcase(suite, tc);
	return rig_main(suite);
}
