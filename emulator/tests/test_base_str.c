/* Numbers at both ends of their ranges and one past, durations, nearest words, escapes, hex, bounded buffers, why, trace. */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/prng.h"
#include "base/str.h"
#include "base/trace.h"
#include "base/why.h"

static const struct { const char *s; long long min, max; bool any; int err; long long value; } numbers[] = {
	{ "0", 0, 0, false, 0, 0 },
	{ "1", 1, 64800, false, 0, 1 },
	{ "64800", 1, 64800, false, 0, 64800 },
	{ "0", 1, 64800, false, -ERANGE, 0 },
	{ "64801", 1, 64800, false, -ERANGE, 0 },
	{ "-1", 0, 10, false, -EINVAL, 0 },
	{ "-1", -1, 10, false, 0, -1 },
	{ "-2", -1, 10, false, -ERANGE, 0 },
	{ "+1", 0, 10, false, -EINVAL, 0 },
	{ "", 0, 10, false, -EINVAL, 0 },
	{ "-", -1, 10, false, -EINVAL, 0 },
	{ " 1", 0, 10, false, -EINVAL, 0 },
	{ "1 ", 0, 10, false, -EINVAL, 0 },
	{ "1.5", 0, 10, false, -EINVAL, 0 },
	{ "1a", 0, 10, false, -EINVAL, 0 },
	{ "a", 0, 10, false, -EINVAL, 0 },
	{ "007", 0, 10, false, 0, 7 },
	{ "0x10", 0, 100, false, -EINVAL, 0 },
	{ "0x10", 0, 100, true, 0, 16 },
	{ "0XfF", 0, 255, true, 0, 255 },
	{ "0x100", 0, 255, true, -ERANGE, 0 },
	{ "0x", 0, 255, true, -EINVAL, 0 },
	{ "0xg", 0, 255, true, -EINVAL, 0 },
	{ "0x-1", -5, 255, true, -EINVAL, 0 },
	{ "0x0x1", 0, 255, true, -EINVAL, 0 },
	{ "9223372036854775807", 0, LLONG_MAX, false, 0, LLONG_MAX },
	{ "9223372036854775808", 0, LLONG_MAX, false, -ERANGE, 0 },
	{ "99999999999999999999999999999999", 0, LLONG_MAX, false, -EINVAL, 0 },
};

START_TEST(test_number)
{
	long long v = 0;
	const char *s = numbers[_i].s;
	int err = (numbers[_i].any ? str_to_num_any : str_to_num)(s, strlen(s), numbers[_i].min, numbers[_i].max, &v);

	ck_assert_msg(err == numbers[_i].err, "'%s': %d", s, err);
	ck_assert_int_eq(v, numbers[_i].value);
}
END_TEST

static const struct { const char *s; int err; long long value; } fixed[] = {
	{ "0", 0, 0 }, { "1.5", 0, 150 }, { "-1.25", 0, -125 }, { "-0.01", 0, -1 }, { "007.1", 0, 710 }, { "10", 0, 1000 },
	{ "10.01", -ERANGE, 0 }, { "-10.01", -ERANGE, 0 }, { "1.255", -EINVAL, 0 }, { "1.", -EINVAL, 0 }, { ".5", -EINVAL, 0 },
	{ "-.5", -EINVAL, 0 }, { "", -EINVAL, 0 }, { "-", -EINVAL, 0 }, { "1.-5", -EINVAL, 0 }, { "1.5.5", -EINVAL, 0 },
	{ "1e3", -EINVAL, 0 }, { " 1", -EINVAL, 0 }, { "+1", -EINVAL, 0 }, { "0x10", -EINVAL, 0 },
	{ "999999999999999999999999999999999999", -EINVAL, 0 },
};

START_TEST(test_fixed)
{
	long long v = 0;
	int err = str_to_fixed(fixed[_i].s, 2, -1000, 1000, &v);

	ck_assert_msg(err == fixed[_i].err, "'%s': %d", fixed[_i].s, err);
	ck_assert_int_eq(v, fixed[_i].value);
}
END_TEST

static const struct { const char *s; int err; uint64_t us; } durations[] = {
	{ "0s", 0, 0 }, { "1us", 0, 1 }, { "250ms", 0, 250000 }, { "1.5s", 0, 1500000 }, { "2m", 0, 120000000 },
	{ "1h", 0, 3600000000 }, { "0.4us", 0, 0 }, { "0.5us", 0, 1 }, { "277777h", 0, 999997200000000 },
	{ "277778h", -EINVAL, 0 }, { "5", -EINVAL, 0 }, { "5 s", -EINVAL, 0 }, { "s", -EINVAL, 0 }, { "", -EINVAL, 0 },
	{ "-1s", -EINVAL, 0 }, { ".5s", -EINVAL, 0 }, { "1sec", -EINVAL, 0 }, { "1e3s", -EINVAL, 0 },
	{ "0x10s", -EINVAL, 0 }, { "1d", -EINVAL, 0 },
};

START_TEST(test_duration)
{
	uint64_t us = 0;
	int err = str_to_duration_us(durations[_i].s, &us);

	ck_assert_msg(err == durations[_i].err, "'%s': %d", durations[_i].s, err);
	ck_assert_uint_eq(us, durations[_i].us);
}
END_TEST

START_TEST(test_nearest)
{
	static const char *const words[] = { "expect", "send", "wait", NULL };
	static const struct { const char *s, *near; } rows[] = {
		{ "expct", "expect" }, { "expect", "expect" }, { "snd", "send" }, { "sned", "send" }, { "wiat", "wait" }, { "nedx", NULL },
		{ "frobnicate", NULL }, { "", NULL }, { "exepct", "expect" },
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *near = str_nearest(rows[i].s, words);

		ck_assert_msg(near == rows[i].near || (near && rows[i].near && !strcmp(near, rows[i].near)), "'%s': %s",
			      rows[i].s, near ? near : "nothing");
	}
}
END_TEST

static const struct { const char *escaped; size_t bad; const char *bytes; size_t n; } escapes[] = {
	{ "", 0, "", 0 },
	{ "abc", 0, "abc", 3 },
	{ "\\r\\n", 0, "\r\n", 2 },
	{ "\\t\\\\", 0, "\t\\", 2 },
	{ "\\x00\\x1a\\x7f\\xff", 0, "\0\x1a\x7f\xff", 4 },
	{ "\\", 1, "", 0 },
	{ "a\\q", 2, "a", 1 },
	{ "\\x1", 1, "", 0 },
	{ "\\xg1", 1, "", 0 },
	{ "ok\\x", 3, "ok", 2 },
};

START_TEST(test_escape)
{
	struct buf b;

	buf_init(&b, 100);
	ck_assert_uint_eq(str_unescape(&b, escapes[_i].escaped), escapes[_i].bad);
	ck_assert_uint_eq(b.len, escapes[_i].n);
	ck_assert(!b.len || !memcmp(b.data, escapes[_i].bytes, b.len));
	buf_reset(&b);
	if (!escapes[_i].bad) {
		str_escape(&b, escapes[_i].bytes, escapes[_i].n);
		ck_assert_str_eq(buf_str(&b), escapes[_i].escaped);
	}
	buf_free(&b);
}
END_TEST

START_TEST(test_short_escapes)
{
	struct buf b;

	buf_init(&b, 100);
	ck_assert_uint_eq(str_unescape(&b, "\\e\\0\\\"\\'"), 0);
	ck_assert_uint_eq(b.len, 4);
	ck_assert_int_eq(memcmp(b.data, "\x1b\0\"'", 4), 0);
	buf_free(&b);
}
END_TEST

START_TEST(test_hex)
{
	static const struct { const char *s; int err; size_t n; } rows[] = {
		{ "", 0, 0 }, { "00ff", 0, 2 }, { "0D 0a", 0, 2 }, { " 0d\n", 0, 1 },
		{ "0", -EINVAL, 0 }, { "0 d", -EINVAL, 0 }, { "zz", -EINVAL, 0 }, { "0d0", -EINVAL, 1 },
	};
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		ck_assert_msg(str_unhex(&b, rows[i].s) == rows[i].err, "'%s'", rows[i].s);
		ck_assert_uint_eq(b.len, rows[i].n);
	}
	buf_reset(&b);
	str_hex(&b, "\x00\xff\x1a", 3);
	ck_assert_str_eq(buf_str(&b), "00ff1a");
	buf_free(&b);
}
END_TEST

START_TEST(test_copy_and_compare)
{
	char dst[4];

	ck_assert(str_copy(dst, sizeof(dst), "abc"));
	ck_assert(!str_copy(dst, sizeof(dst), "abcd"));
	ck_assert_str_eq(dst, "abc");
	ck_assert(str_copy(dst, sizeof(dst), ""));
	ck_assert(str_ieq("OK", 2, "ok"));
	ck_assert(!str_ieq("OK", 2, "okay"));
	ck_assert(!str_ieq("OKAY", 2, "okay"));
}
END_TEST

/* The limit is exact, and what does not fit adds nothing. */
START_TEST(test_buf_limit)
{
	struct buf b;

	buf_init(&b, 4);
	ck_assert_str_eq(buf_str(&b), "");
	ck_assert_ptr_null(b.data);
	ck_assert_int_eq(buf_adds(&b, "abcd"), 0);
	ck_assert_int_eq(buf_addc(&b, 'e'), -ENOSPC);
	ck_assert_int_eq(buf_addf(&b, "%d", 1), -ENOSPC);
	ck_assert_int_eq(buf_add(&b, "", 0), 0);
	ck_assert_str_eq(buf_str(&b), "abcd");
	buf_drop(&b, 1);
	ck_assert_str_eq(buf_str(&b), "bcd");
	ck_assert_int_eq(buf_addf(&b, "%c", 'e'), 0);
	ck_assert_str_eq(buf_str(&b), "bcde");
	buf_drop(&b, 100);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_int_eq(buf_adds(&b, "abcde"), -ENOSPC);
	ck_assert_int_eq(buf_add(&b, "a\0b", 3), 0);
	ck_assert_uint_eq(b.len, 3);
	buf_reset(&b);
	ck_assert_str_eq(buf_str(&b), "");
	buf_free(&b);
	ck_assert_int_eq(buf_adds(&b, "abcd"), 0);	/* usable again, with the same limit */
	ck_assert_int_eq(buf_addc(&b, 'e'), -ENOSPC);
	buf_free(&b);
	buf_init(&b, 0);
	ck_assert_int_eq(buf_addc(&b, 'a'), -ENOSPC);
	buf_free(&b);
}
END_TEST

START_TEST(test_buf_growth)
{
	struct buf b;

	buf_init(&b, 100000);
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq(buf_addc(&b, (char)('a' + i % 26)), 0);
	ck_assert_int_eq(buf_addc(&b, 'x'), -ENOSPC);
	for (int i = 0; i < 100000; i += 997)
		ck_assert_int_eq(b.data[i], 'a' + i % 26);
	ck_assert_int_eq(b.data[100000], '\0');
	buf_free(&b);
}
END_TEST

START_TEST(test_err)
{
	struct err e = { 0 };

	ck_assert_int_eq(err_set(&e, -EINVAL, "first %s", "one"), -EINVAL);
	ck_assert_int_eq(err_set(&e, -ENOMEM, "second"), -ENOMEM);
	ck_assert_int_eq(e.code, -EINVAL);
	ck_assert_str_eq(e.msg, "first one");
	ck_assert_int_eq(err_set(NULL, -EINVAL, "nobody asks"), -EINVAL);
}
END_TEST

/* The first causes stay. */
START_TEST(test_why_is_bounded)
{
	struct why w = { .n = 0 };
	char text[300];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 10; i++)
		why_add(&w, "rule", "%d %s", i, text);
	ck_assert_uint_eq(w.n, 6);
	ck_assert_int_eq(w.step[5].text[0], '5');
	ck_assert_uint_eq(strlen(w.step[5].text), sizeof(w.step[5].text) - 1);
	why_reset(&w);
	why_add(&w, "a rule with a long name", "x");
	ck_assert_uint_eq(strlen(w.step[0].rule), sizeof(w.step[0].rule) - 1);
	ck_assert_ptr_null(w.step[0].quirk);
}
END_TEST

START_TEST(test_prng)
{
	struct prng a, b;
	unsigned seen[10] = { 0 };

	prng_seed(&a, 42);
	prng_seed(&b, 42);
	for (int i = 0; i < 1000; i++) {
		uint32_t x = prng_below(&a, 10);

		ck_assert_uint_eq(x, prng_below(&b, 10));
		ck_assert_uint_lt(x, 10);
		seen[x]++;
	}
	for (int i = 0; i < 10; i++)
		ck_assert_uint_gt(seen[i], 50);
	ck_assert_uint_eq(prng_below(&a, 1), 0);
}
END_TEST

static uint64_t fixed_time(void *ctx)
{
	(void)ctx;
	return 12304100;
}

static void on_event(const struct trace_event *ev, void *ctx)
{
	trace_to_json(ev, ctx);
}

static void on_event_once(const struct trace_event *ev, void *ctx)
{
	struct { struct trace *t; unsigned n; } *once = ctx;

	(void)ev;
	once->n++;
	trace_remove_sink(once->t, on_event_once, ctx);
}

START_TEST(test_trace)
{
	struct trace *t = trace_new(fixed_time, NULL);
	struct { struct trace *t; unsigned n; } once = { t, 0 };
	struct why w = { .n = 0 };
	struct buf out;

	buf_init(&out, 10000);
	ck_assert_int_eq(trace_add_sink(t, on_event_once, &once), 0);
	ck_assert_int_eq(trace_add_sink(t, on_event, &out), 0);
	trace_bytes(t, TRACE_MODEM, "\r\n\"\\\x80", 5);
	ck_assert_str_eq(buf_str(&out), "{\"t\":12.304100,\"d\":\"modem\",\"hex\":\"0d0a225c80\",\"text\":"
			 "\"\\\\r\\\\n\\\"\\\\\\\\\\\\x80\"}\n");
	buf_reset(&out);
	trace_bytes(t, TRACE_MODEM, "", 0);
	ck_assert_str_eq(buf_str(&out), "");
	trace_text(t, TRACE_BROKER, "t/1 \"%s\"\n", "x");
	ck_assert_str_eq(buf_str(&out), "{\"t\":12.304100,\"d\":\"broker\",\"text\":\"t/1 \\\"x\\\"\\u000a\"}\n");
	buf_reset(&out);
	why_add(&w, "R2", "because");
	trace_why(t, "mqtt", 32, "handshake fail", &w);
	ck_assert_str_eq(buf_str(&out), "{\"t\":12.304100,\"d\":\"why\",\"family\":\"mqtt\",\"code\":32,\"meaning\":"
			 "\"handshake fail\",\"chain\":[{\"rule\":\"R2\",\"text\":\"because\"}]}\n");
	ck_assert_uint_eq(once.n, 1);
	trace_bytes(NULL, TRACE_HOST, "x", 1);
	trace_text(NULL, TRACE_NOTE, "x");
	trace_why(NULL, "x", 1, NULL, NULL);
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(trace_add_sink(t, on_event, &out), 0);
	ck_assert_int_eq(trace_add_sink(t, on_event, &out), -ENOSPC);
	trace_free(t);
	buf_free(&out);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("str");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, test_number, 0, sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_loop_test(t, test_fixed, 0, sizeof(fixed) / sizeof(fixed[0]));
	tcase_add_loop_test(t, test_duration, 0, sizeof(durations) / sizeof(durations[0]));
	tcase_add_test(t, test_nearest);
	tcase_add_loop_test(t, test_escape, 0, sizeof(escapes) / sizeof(escapes[0]));
	tcase_add_test(t, test_short_escapes);
	tcase_add_test(t, test_hex);
	tcase_add_test(t, test_copy_and_compare);
	tcase_add_test(t, test_buf_limit);
	tcase_add_test(t, test_buf_growth);
	tcase_add_test(t, test_err);
	tcase_add_test(t, test_why_is_bounded);
	tcase_add_test(t, test_prng);
	tcase_add_test(t, test_trace);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
