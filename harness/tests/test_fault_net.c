/* Faults on connections, without sockets: what passes a way of the network, when, how it ends, and who is asked. */
#include "harness/fault.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct clock *clock_;
static struct fault_line *line;
static struct buf serial, control, fired;

/* One direction of a connection and what came out of it: "[5]ab" at 5 ms, "." its end, "!" cut. */
struct out {
	struct fault_way *way;
	struct buf text;
};

static struct out up, down, other; /* to the broker, to the modem; to the broker on a second connection */

static struct fault_net net;
static struct buf net_log;
static unsigned connections;

static void on_serial(const void *p, size_t n, void *ctx)
{
	(void)ctx;
	buf_add(&serial, p, n);
}

static int on_control(const char *text, struct buf *reply, void *ctx)
{
	(void)reply;
	(void)ctx;
	buf_addf(&control, "%s\n", text);
	return 0;
}

static void on_hangup(bool gone, void *ctx)
{
	(void)gone;
	(void)ctx;
}

static void on_fired(const struct fault *f, const char *text, void *ctx)
{
	(void)f;
	(void)ctx;
	buf_addf(&fired, "%s\n", text);
}

static void add_time(struct out *o)
{
	if (clock_now_us(clock_))
		buf_addf(&o->text, "[%g]", (double)clock_now_us(clock_) / 1000);
}

static void on_out(const void *p, size_t n, void *ctx)
{
	struct out *o = ctx;

	add_time(o);
	buf_add(&o->text, p, n);
}

static void on_end(void *ctx)
{
	add_time(ctx);
	buf_adds(&((struct out *)ctx)->text, ".");
}

static void on_cut(void *ctx)
{
	struct out *o = ctx;

	add_time(o);
	buf_adds(&o->text, "!");
	fault_way_close(o->way);
}

/* As a proxy does it: what is due goes first. */
static unsigned on_reset(void *ctx)
{
	(void)ctx;
	buf_adds(&net_log, "reset ");
	if (connections) {
		fault_way_flush(up.way);
		fault_way_close(up.way);
		fault_way_close(down.way);
	}
	return connections;
}

static void on_down(bool is_down, void *ctx)
{
	(void)ctx;
	buf_adds(&net_log, is_down ? "down " : "up ");
}

static void open_way(struct out *o, enum fault_toward toward)
{
	const struct fault_way_hooks hooks = { on_out, on_end, on_cut, o };

	buf_init(&o->text, 1 << 20);
	o->way = fault_way_new(line, toward, &hooks);
}

static void setup(void)
{
	const struct fault_hooks hooks = {
		.to_modem = on_serial,
		.to_host = on_serial,
		.control = on_control,
		.hangup = on_hangup,
		.fired = on_fired,
	};

	buf_init(&serial, 1 << 20);
	buf_init(&control, 1 << 20);
	buf_init(&fired, 1 << 20);
	buf_init(&net_log, 1 << 20);
	connections = 1;
	clock_ = clock_new_virtual();
	line = fault_line_new(clock_, 7, &hooks);
	net = (struct fault_net){ .reset = on_reset, .down = on_down };
	fault_line_join(line, &net);
	open_way(&up, TOWARD_BROKER);
	open_way(&down, TOWARD_MODEM);
	open_way(&other, TOWARD_BROKER);
}

static void teardown(void)
{
	fault_line_leave(&net);
	fault_way_free(up.way);
	fault_way_free(down.way);
	fault_way_free(other.way);
	fault_line_free(line);
	ck_assert_uint_eq(clock_armed(clock_), 0);
	clock_free(clock_);
	buf_free(&up.text);
	buf_free(&down.text);
	buf_free(&other.text);
	buf_free(&serial);
	buf_free(&control);
	buf_free(&fired);
	buf_free(&net_log);
}

static void run(uint64_t ms)
{
	clock_advance_to(clock_, ms * 1000);
}

static void arm(const struct fault *f)
{
	struct err e = { 0 };

	ck_assert_msg(!fault_line_arm(line, f, &e), "%s", e.msg);
}

#define NET .link = FAULT_LINK_NET, .toward = TOWARD_BROKER, .chance = 1
#define AT_ONCE .trigger = { .offset = -1 }
#define BEHIND(n) .trigger = { .offset = n }

static const struct {
	struct fault fault;
	const char *in, *out, *why;
	bool unfired;
} rows[] = {
	{ { .kind = FAULT_LATENCY, NET, AT_ONCE, .delay_us = 5000 },
	  "ab",
	  "[5]ab[5].",
	  "bytes and end are late",
	  false },
	{ { .kind = FAULT_LATENCY, NET, AT_ONCE, .delay_us = 5000 }, "", "[5].", "an end alone is late too", false },
	{ { .kind = FAULT_SLICE, NET, AT_ONCE, .bytes = 2, .gap_us = 3000 },
	  "abcde",
	  "ab[3]cd[6]e[6].",
	  "in pairs",
	  false },
	{ { .kind = FAULT_SLICE, NET, AT_ONCE, .bytes = 9, .gap_us = 3000 },
	  "abcde",
	  "abcde.",
	  "nothing to cut",
	  true },
	{ { .kind = FAULT_BANDWIDTH, NET, AT_ONCE, .rate = 500 }, "abc", "a[2]b[4]c[6].", "2 ms a byte", false },
	{ { .kind = FAULT_STALL, NET, AT_ONCE, .hold_us = 7000 }, "ab", "[7]ab[7].", "held back", false },
	{ { .kind = FAULT_DROP, NET, AT_ONCE, .bytes = 2, .times = 1 }, "abcd", "cd.", "two bytes lost", false },
	{ { .kind = FAULT_DROP, NET, AT_ONCE, .bytes = 9, .times = 1 }, "abcd", ".", "the end is never lost", false },
	{ { .kind = FAULT_DROP, NET, BEHIND(3), .bytes = 1, .times = 1 },
	  "abcde",
	  "abce.",
	  "behind three bytes",
	  false },
	{ { .kind = FAULT_LIMIT, NET, AT_ONCE, .bytes = 3, .times = 1 },
	  "abcde",
	  "abc!",
	  "closed at the exact byte",
	  false },
	{ { .kind = FAULT_LIMIT, NET, AT_ONCE, .bytes = 5, .times = 1 },
	  "abcde",
	  "abcde!",
	  "closed with the last byte",
	  false },
	{ { .kind = FAULT_LIMIT, NET, AT_ONCE, .bytes = 6, .times = 1 }, "abcde", "abcde.", "not reached", true },
	{ { .kind = FAULT_LIMIT, NET, BEHIND(2), .bytes = 2, .times = 1 },
	  "abcde",
	  "abcd!",
	  "counted from the offset",
	  false },
	{ { .kind = FAULT_RESET, NET, AT_ONCE, .times = 1 }, "abc", "", "reset before the first byte", false },
	{ { .kind = FAULT_RESET, NET, BEHIND(0), .times = 1 }, "abc", "", "reset by the first byte", false },
	{ { .kind = FAULT_RESET, NET, BEHIND(2), .times = 1 }, "abc", "ab", "reset behind two bytes", false },
	{ { .kind = FAULT_RESET, NET, BEHIND(3), .times = 1 }, "abc", "abc.", "the fourth byte never came", true },
	{ { .kind = FAULT_DROP,
	    .link = FAULT_LINK_NET,
	    .toward = TOWARD_MODEM,
	    .chance = 1,
	    AT_ONCE,
	    .bytes = 1,
	    .times = 1 },
	  "ab",
	  "ab.",
	  "the other direction",
	  true },
	{ { .kind = FAULT_DROP, .toward = TOWARD_MODEM, .chance = 1, AT_ONCE, .bytes = 1, .times = 1 },
	  "ab",
	  "ab.",
	  "a fault of the serial line",
	  true },
};

START_TEST(changes_bytes)
{
	const char *in = rows[_i].in;

	for (int bytewise = 0; bytewise < 2; bytewise++) {
		teardown();
		setup();
		arm(&rows[_i].fault);
		for (size_t i = 0; bytewise && in[i]; i++)
			fault_way_feed(up.way, in + i, 1);
		if (!bytewise)
			fault_way_feed(up.way, in, strlen(in));
		fault_way_end(up.way);
		run(100);
		ck_assert_msg(!strcmp(buf_str(&up.text), rows[_i].out), "%s: got %s", rows[_i].why, buf_str(&up.text));
		ck_assert_msg((fault_line_unfired(line) != NULL) == rows[_i].unfired, "%s: %s", rows[_i].why,
			      buf_str(&fired));
		ck_assert_uint_eq(fault_way_held(up.way), 0);
		ck_assert_uint_eq(serial.len, 0);
	}
}
END_TEST

START_TEST(passes_without_faults)
{
	fault_way_feed(up.way, "a", 1);
	fault_way_feed(down.way, "b", 1);
	fault_way_end(down.way);
	fault_way_feed(up.way, "c", 1);
	ck_assert_str_eq(buf_str(&up.text), "ac");
	ck_assert_str_eq(buf_str(&down.text), "b.");
}
END_TEST

START_TEST(each_connection_has_its_limit)
{
	static const struct fault f = { .kind = FAULT_LIMIT, NET, AT_ONCE, .bytes = 3, .times = 1 };

	arm(&f);
	fault_way_feed(other.way, "12", 2);
	fault_way_feed(up.way, "abcd", 4);
	fault_way_feed(other.way, "345", 3);
	ck_assert_str_eq(buf_str(&up.text), "abc!");
	ck_assert_str_eq(buf_str(&other.text), "12345");
}
END_TEST

START_TEST(a_limit_for_two_connections)
{
	static const struct fault f = { .kind = FAULT_LIMIT, NET, AT_ONCE, .bytes = 3, .times = 2 };

	arm(&f);
	fault_way_feed(other.way, "12", 2);
	fault_way_feed(up.way, "abcd", 4);
	fault_way_feed(other.way, "3456", 4);
	ck_assert_str_eq(buf_str(&up.text), "abc!");
	ck_assert_str_eq(buf_str(&other.text), "12345!");
}
END_TEST

/* A limit behind a latency: what may pass arrives before the connection ends. */
START_TEST(cut_waits_for_what_is_held)
{
	static const struct fault late = { .kind = FAULT_LATENCY, NET, AT_ONCE, .delay_us = 4000 };
	static const struct fault limit = { .kind = FAULT_LIMIT, NET, AT_ONCE, .bytes = 3, .times = 1 };

	arm(&late);
	arm(&limit);
	fault_way_feed(up.way, "abcd", 4);
	fault_way_end(up.way);
	ck_assert_uint_eq(fault_way_held(up.way), 3);
	run(10);
	ck_assert_str_eq(buf_str(&up.text), "[4]abc[4]!");
}
END_TEST

/* A limit in front of a stall: the connection ends when the bytes are let go, not before. */
START_TEST(cut_waits_for_a_stall)
{
	static const struct fault limit = { .kind = FAULT_LIMIT, NET, AT_ONCE, .bytes = 3, .times = 1 };
	static const struct fault stall = { .id = "stuck", .kind = FAULT_STALL, NET, AT_ONCE };

	arm(&limit);
	arm(&stall);
	fault_way_feed(up.way, "abcd", 4);
	run(10);
	ck_assert_str_eq(buf_str(&up.text), "");
	fault_line_clear(line, "stuck");
	run(11);
	ck_assert_str_eq(buf_str(&up.text), "[10]abc[10]!");
}
END_TEST

START_TEST(line_and_network_have_their_own_faults)
{
	static const struct fault on_net = {
		.kind = FAULT_DROP,
		.link = FAULT_LINK_NET,
		.toward = TOWARD_MODEM,
		.chance = 1,
		AT_ONCE,
		.bytes = 2,
	};
	static const struct fault on_line = {
		.kind = FAULT_DROP, .toward = TOWARD_MODEM, .chance = 1, AT_ONCE, .bytes = 3
	};

	arm(&on_net);
	fault_line_feed(line, STREAM_HOST, "abc", 3);
	ck_assert_str_eq(buf_str(&serial), "abc");
	arm(&on_line);
	fault_way_feed(down.way, "efgh", 4);
	ck_assert_str_eq(buf_str(&down.text), "");
	fault_line_feed(line, STREAM_HOST, "def", 3);
	ck_assert_str_eq(buf_str(&serial), "abc");
}
END_TEST

START_TEST(clear_lets_bytes_and_end_go)
{
	static const struct fault f = { .id = "stuck", .kind = FAULT_STALL, NET, AT_ONCE };

	arm(&f);
	fault_way_feed(up.way, "ab", 2);
	fault_way_end(up.way);
	run(1000);
	ck_assert_str_eq(buf_str(&up.text), "");
	ck_assert_int_eq(fault_line_clear(line, "stuck"), 0);
	run(1001);
	ck_assert_str_eq(buf_str(&up.text), "[1000]ab[1000].");
}
END_TEST

/* Two chunks of one moment move by one draw; later ones never overtake. */
START_TEST(jitter_moves_what_came_together)
{
	static const struct fault f = { .kind = FAULT_LATENCY, NET, AT_ONCE, .delay_us = 10000, .jitter_us = 20000 };
	unsigned distinct = 0;
	double at, before = 0;
	char *s;

	arm(&f);
	for (unsigned i = 0; i < 20; i++) {
		run(i * 50);
		fault_way_feed(up.way, "xy", 2);
	}
	run(2000);
	s = up.text.data;
	for (unsigned i = 0; i < 20; i++) {
		ck_assert_msg(*s == '[', "%s", buf_str(&up.text));
		at = strtod(s + 1, &s);
		ck_assert(!strncmp(s, "]xy", 3));
		ck_assert(at >= i * 50 + 10 && at <= i * 50 + 30);
		distinct += at - i * 50 != before;
		before = at - i * 50;
		s += 3;
	}
	ck_assert_uint_gt(distinct, 10);
}
END_TEST

START_TEST(a_rate_is_exact)
{
	static const struct fault f = { .kind = FAULT_BANDWIDTH, NET, AT_ONCE, .rate = 3000000 };
	static char in[30001];

	arm(&f);
	memset(in, 'x', sizeof(in));
	fault_way_feed(up.way, in, sizeof(in));
	while (fault_way_held(up.way))
		ck_assert(clock_step(clock_));
	ck_assert_uint_eq(clock_now_us(clock_), 10000);
}
END_TEST

#define COMMAND(n) .trigger = { .match = "^AT\\+GO", .from = STREAM_HOST, .nth = 1, .offset = n }

START_TEST(a_command_triggers_it)
{
	static const struct fault f = { .kind = FAULT_RESET, NET, COMMAND(2), .times = 1 };

	arm(&f);
	fault_way_feed(up.way, "abcd", 4);
	fault_line_feed(line, STREAM_HOST, "AT+GO\r", 6);
	ck_assert_ptr_eq(fault_line_unfired(line), &f);
	fault_way_feed(up.way, "ef", 2);
	fault_way_feed(up.way, "gh", 2);
	ck_assert_str_eq(buf_str(&up.text), "abcdef");
	ck_assert_str_eq(buf_str(&net_log), "reset ");
	ck_assert_str_eq(buf_str(&fired), "reset: 1 connection reset\n");
	ck_assert_str_eq(buf_str(&serial), "AT+GO\r");
	ck_assert_str_eq(buf_str(&control), "");
}
END_TEST

START_TEST(the_broker_triggers_it)
{
	static const struct fault f = {
		.kind = FAULT_DROP,
		NET,
		.bytes = 1,
		.times = 1,
		.trigger = { .match = "connected", .from = STREAM_BROKER, .nth = 1, .offset = -1 },
	};

	arm(&f);
	fault_line_notice(line, STREAM_BROKER, "connected\n", 10);
	run(1);
	fault_way_feed(up.way, "ab", 2);
	ck_assert_str_eq(buf_str(&up.text), "[1]b");
}
END_TEST

START_TEST(no_connection_no_reset)
{
	static const struct fault f = { .kind = FAULT_RESET, NET, AT_ONCE, .times = 1 };

	connections = 0;
	arm(&f);
	ck_assert_str_eq(buf_str(&net_log), "reset ");
	ck_assert_ptr_eq(fault_line_unfired(line), &f);
	ck_assert(fault_line_admits(line));
}
END_TEST

START_TEST(new_connections_are_reset_while_it_holds)
{
	static const struct fault f = { .kind = FAULT_RESET, NET, AT_ONCE, .times = 1, .hold_us = 5000 };

	connections = 0;
	arm(&f);
	ck_assert(!fault_line_admits(line));
	ck_assert_ptr_null(fault_line_unfired(line));
	run(6);
	ck_assert(fault_line_admits(line));
}
END_TEST

static const struct {
	struct fault fault;
	bool clear;
	const char *log;
} down_rows[] = {
	{ { .id = "d", .kind = FAULT_DOWN, NET, AT_ONCE, .times = 1, .hold_us = 5000 }, false, "down up " },
	{ { .id = "d", .kind = FAULT_DOWN, NET, AT_ONCE, .times = 1 }, false, "down " },
	{ { .id = "d", .kind = FAULT_DOWN, NET, AT_ONCE, .times = 1 }, true, "down up " },
	{ { .id = "d", .kind = FAULT_DOWN, NET, BEHIND(0), .times = 1 }, true, "" },
};

START_TEST(down_for_a_time_or_until_cleared)
{
	arm(&down_rows[_i].fault);
	run(100);
	if (down_rows[_i].clear)
		fault_line_clear(line, "d");
	ck_assert_str_eq(buf_str(&net_log), down_rows[_i].log);
	ck_assert_int_eq(!fault_line_unfired(line), net_log.len > 0);
}
END_TEST

/* Two that overlap are one. */
START_TEST(down_twice_is_down_once)
{
	static const struct fault a = { .kind = FAULT_DOWN, NET, AT_ONCE, .times = 1, .hold_us = 5000 };
	static const struct fault b = { .kind = FAULT_DOWN, NET, AT_ONCE, .times = 1, .hold_us = 9000 };

	arm(&a);
	arm(&b);
	run(8);
	ck_assert_str_eq(buf_str(&net_log), "down ");
	run(10);
	ck_assert_str_eq(buf_str(&net_log), "down up ");
}
END_TEST

/* Without connections that exist it is the modelled world's, until cleared too. */
START_TEST(asks_the_modelled_world)
{
	static const struct fault f = { .id = "d", .kind = FAULT_DOWN, NET, AT_ONCE, .times = 1 };

	fault_line_leave(&net);
	arm(&f);
	run(100);
	ck_assert_str_eq(buf_str(&control), "net drop\n");
	fault_line_clear(line, "d");
	ck_assert_str_eq(buf_str(&control), "net drop\nnet up\n");
	fault_line_join(line, &net);
	ck_assert_str_eq(buf_str(&net_log), "");
}
END_TEST

START_TEST(refuses_what_it_cannot_do)
{
	static const struct fault slice = { .kind = FAULT_SLICE, NET, .bytes = 1 };
	static const struct fault twice = { .kind = FAULT_DUPLICATE, NET, .bytes = 1 };
	struct err e = { 0 };

	ck_assert_int_eq(fault_line_arm(line, &twice, &e), -EINVAL);
	ck_assert_str_eq(e.msg, "duplicate is not possible on the network");
	fault_line_leave(&net);
	e = (struct err){ 0 };
	ck_assert_int_eq(fault_line_arm(line, &slice, &e), -ENOTSUP);
	ck_assert_str_eq(e.msg, "slice on the network needs a real server, there is none here");
	fault_line_join(line, &net);
	ck_assert_int_eq(fault_line_arm(line, &slice, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fault_net");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, changes_bytes, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, down_for_a_time_or_until_cleared, 0, sizeof(down_rows) / sizeof(down_rows[0]));
	tcase_add_test(tc, passes_without_faults);
	tcase_add_test(tc, each_connection_has_its_limit);
	tcase_add_test(tc, a_limit_for_two_connections);
	tcase_add_test(tc, cut_waits_for_what_is_held);
	tcase_add_test(tc, cut_waits_for_a_stall);
	tcase_add_test(tc, line_and_network_have_their_own_faults);
	tcase_add_test(tc, clear_lets_bytes_and_end_go);
	tcase_add_test(tc, jitter_moves_what_came_together);
	tcase_add_test(tc, a_rate_is_exact);
	tcase_add_test(tc, a_command_triggers_it);
	tcase_add_test(tc, the_broker_triggers_it);
	tcase_add_test(tc, no_connection_no_reset);
	tcase_add_test(tc, new_connections_are_reset_while_it_holds);
	tcase_add_test(tc, down_twice_is_down_once);
	tcase_add_test(tc, asks_the_modelled_world);
	tcase_add_test(tc, refuses_what_it_cannot_do);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
