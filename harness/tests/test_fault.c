/* Faults on the line: what comes out, and when, for each kind and trigger; the same however the bytes are cut. */
#include "harness/fault.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static struct clock *clock_;
static struct fault_line *line;
static struct buf host, modem, control, fired;
static int hung;

static void to_modem(const void *p, size_t n, void *ctx)
{
	(void)ctx;
	buf_add(&modem, p, n);
}

/* Each delivery with its time in ms, unless at once. */
static void to_host(const void *p, size_t n, void *ctx)
{
	(void)ctx;
	if (clock_now_us(clock_))
		buf_addf(&host, "[%u]", (unsigned)(clock_now_us(clock_) / 1000));
	buf_add(&host, p, n);
}

static int on_control(const char *text, struct buf *reply, void *ctx)
{
	(void)reply;
	(void)ctx;
	buf_addf(&control, "%s\n", text);
	return strstr(text, "refuse me") ? -1 : 0;
}

static void on_hangup(bool gone, void *ctx)
{
	(void)ctx;
	hung += gone ? 1 : 100;
}

static void on_fired(const struct fault *f, const char *text, void *ctx)
{
	(void)f;
	(void)ctx;
	buf_addf(&fired, "%s\n", text);
}

static void setup(void)
{
	const struct fault_hooks hooks = {
		.to_modem = to_modem, .to_host = to_host, .control = on_control, .hangup = on_hangup, .fired = on_fired,
	};

	buf_init(&host, 1 << 20);
	buf_init(&modem, 1 << 20);
	buf_init(&control, 1 << 20);
	buf_init(&fired, 1 << 20);
	hung = 0;
	clock_ = clock_new_virtual();
	line = fault_line_new(clock_, 7, &hooks);
}

static void teardown(void)
{
	fault_line_free(line);
	ck_assert_uint_eq(clock_armed(clock_), 0);
	clock_free(clock_);
	buf_free(&host);
	buf_free(&modem);
	buf_free(&control);
	buf_free(&fired);
}

static void run(uint64_t ms)
{
	clock_advance_to(clock_, ms * 1000);
}

#define SERIAL .link = FAULT_LINK_SERIAL, .toward = TOWARD_HOST, .chance = 1
#define AFTER(pattern) { .match = pattern, .from = STREAM_MODEM, .nth = 1, .offset = -1 }

static const struct {
	struct fault fault;
	const char *in, *out, *why;
	bool unfired;
} rows[] = {
	{ { .kind = FAULT_DROP, SERIAL, .bytes = 2, .times = 1 }, "abcdef", "cdef", "the next two bytes", false },
	{ { .kind = FAULT_DROP, SERIAL, .bytes = 1, .times = 3 }, "abcdef", "def", "three times one", false },
	{ { .kind = FAULT_DROP, SERIAL, .times = 1 }, "ab", "b", "one byte unless said", false },
	{ { .kind = FAULT_DROP, SERIAL, .bytes = 2, .times = 1, .trigger = AFTER("^b") }, "a\nbcdef", "a\nbef",
	  "behind the match", false },
	{ { .kind = FAULT_DROP, SERIAL, .bytes = 1, .times = 1, .trigger = { .match = "^b", .from = STREAM_MODEM, .nth = 2,
	    .offset = -1 } }, "bx\nby\nbz\n", "bx\nb\nbz\n", "the second match", false },
	{ { .kind = FAULT_DROP, SERIAL, .bytes = 1, .times = 1, .trigger = { .match = "^b", .from = STREAM_MODEM, .nth = 1,
	    .offset = 2 } }, "bcdef", "bcdf", "two bytes pass first", false },
	{ { .kind = FAULT_DROP, SERIAL, .bytes = 1, .times = 1, .trigger = { .offset = 3 } }, "abcdef", "abcef",
	  "an offset without a match", false },
	{ { .kind = FAULT_DROP, SERIAL, .bytes = 1, .times = 0, .trigger = AFTER("^b") }, "bx\nby\n", "b\nb\n",
	  "at each match", false },
	{ { .kind = FAULT_DROP, SERIAL, .bytes = 1, .times = 1, .trigger = AFTER("^z") }, "abc", "abc", "no match", true },
	{ { .kind = FAULT_DUPLICATE, SERIAL, .bytes = 2, .times = 1 }, "abc", "ababc", "a run twice", false },
	{ { .kind = FAULT_LIMIT, SERIAL, .bytes = 2 }, "abcd", "ab", "then nothing", false },
	{ { .kind = FAULT_LIMIT, SERIAL, .bytes = 9 }, "abcd", "abcd", "a limit that was not reached", true },
	{ { .kind = FAULT_LATENCY, SERIAL, .delay_us = 5000 }, "ab", "[5]ab", "late and together", false },
	{ { .kind = FAULT_SLICE, SERIAL, .bytes = 2, .gap_us = 3000 }, "abcde", "ab[3]cd[6]e", "in pairs", false },
	{ { .kind = FAULT_BANDWIDTH, SERIAL, .rate = 500 }, "abc", "a[2]b[4]c", "2 ms a byte", false },
	{ { .kind = FAULT_STALL, SERIAL, .hold_us = 7000 }, "ab", "[7]ab", "held back", false },
	{ { .kind = FAULT_FIFO, SERIAL, .bytes = 2, .rate = 1000 }, "abcd", "a[1]b", "a ring of two", false },
	{ { .kind = FAULT_URC, SERIAL, .text = "\\r\\n+U\\r\\n", .times = 1, .trigger = { .match = "^b", .from = STREAM_MODEM,
	    .nth = 1, .offset = 1 } }, "bcd", "bc\r\n+U\r\nd", "between two bytes", false },
};

START_TEST(changes_bytes)
{
	const char *in = rows[_i].in;

	for (int bytewise = 0; bytewise < 2; bytewise++) {
		teardown();
		setup();
		ck_assert_int_eq(fault_line_arm(line, &rows[_i].fault, NULL), 0);
		for (size_t i = 0; bytewise && in[i]; i++)
			fault_line_feed(line, STREAM_MODEM, in + i, 1);
		if (!bytewise)
			fault_line_feed(line, STREAM_MODEM, in, strlen(in));
		run(100);
		ck_assert_msg(!strcmp(buf_str(&host), rows[_i].out), "%s: got %s", rows[_i].why, buf_str(&host));
		ck_assert_msg((fault_line_unfired(line) != NULL) == rows[_i].unfired, "%s: %s", rows[_i].why, buf_str(&fired));
	}
}
END_TEST

START_TEST(passes_without_faults)
{
	fault_line_feed(line, STREAM_MODEM, "a", 1);
	fault_line_feed(line, STREAM_HOST, "b", 1);
	ck_assert_str_eq(buf_str(&host), "a");
	ck_assert_str_eq(buf_str(&modem), "b");
	ck_assert_ptr_null(fault_line_unfired(line));
}
END_TEST

START_TEST(has_a_direction)
{
	static const struct fault f = { .kind = FAULT_DROP, .toward = TOWARD_MODEM, .bytes = 1, .times = 1, .chance = 1 };

	fault_line_arm(line, &f, NULL);
	fault_line_feed(line, STREAM_MODEM, "ab", 2);
	fault_line_feed(line, STREAM_HOST, "cd", 2);
	ck_assert_str_eq(buf_str(&host), "ab");
	ck_assert_str_eq(buf_str(&modem), "d");
}
END_TEST

START_TEST(corrupts_by_its_seed)
{
	static const struct fault f = { .kind = FAULT_CORRUPT, SERIAL, .bytes = 3, .times = 1 };
	char first[8];

	fault_line_arm(line, &f, NULL);
	fault_line_feed(line, STREAM_MODEM, "abcde", 5);
	ck_assert_uint_eq(host.len, 5);
	ck_assert(memcmp(host.data, "abc", 3));
	ck_assert(!memcmp(host.data + 3, "de", 2));
	memcpy(first, host.data, 5);
	teardown();
	setup();
	fault_line_arm(line, &f, NULL);
	fault_line_feed(line, STREAM_MODEM, "abcde", 5);
	ck_assert(!memcmp(first, host.data, 5));
}
END_TEST

START_TEST(by_chance_about_half)
{
	static const struct fault f = { .kind = FAULT_DROP, .toward = TOWARD_HOST, .chance = 0.5 };
	char in[1000];

	memset(in, 'x', sizeof(in));
	fault_line_arm(line, &f, NULL);
	fault_line_feed(line, STREAM_MODEM, in, sizeof(in));
	ck_assert(host.len > 400 && host.len < 600);
	ck_assert_ptr_null(fault_line_unfired(line));
}
END_TEST

START_TEST(begins_after_a_time)
{
	static const struct fault f = { .kind = FAULT_DROP, SERIAL, .bytes = 1, .times = 1, .trigger = { .after_us = 2000 } };

	fault_line_arm(line, &f, NULL);
	fault_line_feed(line, STREAM_MODEM, "a", 1);
	run(3);
	fault_line_feed(line, STREAM_MODEM, "bc", 2);
	ck_assert_str_eq(buf_str(&host), "a[3]c");
}
END_TEST

START_TEST(clear_lets_go)
{
	static const struct fault f = { .id = "stuck", .kind = FAULT_STALL, SERIAL };

	fault_line_arm(line, &f, NULL);
	fault_line_feed(line, STREAM_MODEM, "ab", 2);
	run(1000);
	ck_assert_str_eq(buf_str(&host), "");
	ck_assert_int_ne(fault_line_clear(line, "other"), 0);
	ck_assert_int_eq(fault_line_clear(line, "stuck"), 0);
	run(1001);
	fault_line_feed(line, STREAM_MODEM, "c", 1);
	ck_assert_str_eq(buf_str(&host), "[1000]ab[1001]c");
}
END_TEST

START_TEST(hangs_up_and_comes_back)
{
	static const struct fault f = { .kind = FAULT_HANGUP, SERIAL, .hold_us = 5000 };

	fault_line_arm(line, &f, NULL);
	ck_assert_int_eq(hung, 1);
	fault_line_feed(line, STREAM_MODEM, "a", 1);
	fault_line_feed(line, STREAM_HOST, "b", 1);
	run(6);
	ck_assert_int_eq(hung, 101);
	fault_line_feed(line, STREAM_MODEM, "c", 1);
	ck_assert_str_eq(buf_str(&host), "[6]c");
	ck_assert_str_eq(buf_str(&modem), "");
}
END_TEST

static const struct {
	struct fault fault;
	const char *control;
} modem_rows[] = {
	{ { .kind = FAULT_REBOOT, .link = FAULT_LINK_MODEM, .chance = 1, .times = 1 }, "power cycle\n" },
	{ { .kind = FAULT_URC, .link = FAULT_LINK_MODEM, .chance = 1, .times = 1, .text = "\\r\\nX" }, "urc \\r\\nX\n" },
	{ { .kind = FAULT_MUTE, .link = FAULT_LINK_MODEM, .chance = 1, .times = 1, .hold_us = 3000 }, "mute 3000us\n" },
	{ { .kind = FAULT_RESET, .link = FAULT_LINK_NET, .chance = 1, .times = 1 }, "broker drop reset\n" },
	{ { .kind = FAULT_DOWN, .link = FAULT_LINK_NET, .chance = 1, .times = 1, .hold_us = 3000 }, "net drop\nnet up\n" },
	{ { .kind = FAULT_REPLY, .link = FAULT_LINK_MODEM, .chance = 1, .times = 1, .text = "ERROR",
	    .trigger = { .match = "^AT\\+CM", .from = STREAM_HOST, .nth = 2, .offset = -1 } }, "reply \"AT+CM\" \"ERROR\"\n" },
	/* a control line is one line, whatever the text has */
	{ { .kind = FAULT_URC, .link = FAULT_LINK_MODEM, .chance = 1, .times = 1, .text = "\r\nX" }, "urc \\r\\nX\n" },
	{ { .kind = FAULT_REPLY, .link = FAULT_LINK_MODEM, .chance = 1, .times = 1, .text = "\r\n\"\x80\\r",
	    .trigger = { .match = "^AT\\+CM", .from = STREAM_HOST, .nth = 2, .offset = -1 } },
	  "reply \"AT+CM\" \"\\r\\n\\\"\\x80\\r\"\n" },
};

START_TEST(asks_the_modem)
{
	ck_assert_int_eq(fault_line_arm(line, &modem_rows[_i].fault, NULL), 0);
	fault_line_feed(line, STREAM_HOST, "AT+CMA\rAT+CMB\rAT+CMC\r", 21);
	run(10);
	ck_assert_str_eq(buf_str(&control), modem_rows[_i].control);
	ck_assert_ptr_null(fault_line_unfired(line));
	ck_assert_str_eq(buf_str(&modem), "AT+CMA\rAT+CMB\rAT+CMC\r");
}
END_TEST

START_TEST(a_refused_control_line_has_not_fired)
{
	static const struct fault f = { .kind = FAULT_URC, .chance = 1, .times = 1, .text = "refuse me" };

	fault_line_arm(line, &f, NULL);
	ck_assert_ptr_eq(fault_line_unfired(line), &f);
}
END_TEST

/* What the broker saw comes from inside the modem: it must not be spoken to before it has returned. */
START_TEST(waits_for_the_modem_to_return)
{
	static const struct fault f = {
		.kind = FAULT_REBOOT, .chance = 1, .times = 1, .trigger = { .match = "connect", .from = STREAM_BROKER, .nth = 1,
		.offset = -1 },
	};

	fault_line_arm(line, &f, NULL);
	fault_line_notice(line, STREAM_BROKER, "connect\n", 8);
	ck_assert_str_eq(buf_str(&control), "");
	run(1);
	ck_assert_str_eq(buf_str(&control), "power cycle\n");
}
END_TEST

START_TEST(refuses_what_it_cannot_do)
{
	static const struct fault slice = { .kind = FAULT_SLICE, .link = FAULT_LINK_NET, .chance = 1 };
	static const struct fault reply = { .kind = FAULT_REPLY, .chance = 1 };
	static const struct fault regex = { .kind = FAULT_DROP, .chance = 1, .trigger = { .match = "(" } };
	struct err e = { 0 };

	ck_assert_int_ne(fault_line_arm(line, &slice, &e), 0);
	ck_assert_str_eq(e.msg, "slice on the network needs a real server, there is none here");
	ck_assert_int_ne(fault_line_arm(line, &reply, NULL), 0);
	ck_assert_int_ne(fault_line_arm(line, &regex, NULL), 0);
	ck_assert_ptr_null(fault_line_unfired(line));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fault");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, changes_bytes, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, asks_the_modem, 0, sizeof(modem_rows) / sizeof(modem_rows[0]));
	tcase_add_test(tc, passes_without_faults);
	tcase_add_test(tc, has_a_direction);
	tcase_add_test(tc, corrupts_by_its_seed);
	tcase_add_test(tc, by_chance_about_half);
	tcase_add_test(tc, begins_after_a_time);
	tcase_add_test(tc, clear_lets_go);
	tcase_add_test(tc, hangs_up_and_comes_back);
	tcase_add_test(tc, a_refused_control_line_has_not_fired);
	tcase_add_test(tc, waits_for_the_modem_to_return);
	tcase_add_test(tc, refuses_what_it_cannot_do);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
