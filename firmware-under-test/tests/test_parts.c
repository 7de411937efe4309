/*
 * The small parts: text, deadlines over the wrap, the outbox, the backoff.
 */
#include "core/backoff.h"
#include "core/deadline.h"
#include "core/fmt.h"
#include "core/outbox.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(text)
{
	char t[64];
	struct fmt f;

	fmt_init(&f, t, sizeof(t));
	fmt_print(&f, "%s %c %d %d %u %x %%", "a", 'b', -7, 0, 4294967295u,
		  0xabu);
	ck_assert_str_eq(t, "a b -7 0 4294967295 ab %");
	fmt_init(&f, t, sizeof(t));
	fmt_print(&f, "%d", -2147483647 - 1);
	ck_assert_str_eq(t, "-2147483648");
	fmt_init(&f, t, sizeof(t));
	fmt_hex(&f, 0, 1);
	fmt_hex(&f, 0x1a, 8);
	ck_assert_str_eq(t, "00000001a");
	fmt_init(&f, t, sizeof(t));
	fmt_bytes(&f, (const uint8_t *)"a\r~\x7f", 4);
	ck_assert_str_eq(t, "a\\x0d~\\x7f");
}
END_TEST

START_TEST(text_is_bounded)
{
	char t[6] = "zzzzz";
	struct fmt f;

	fmt_init(&f, t, 5);
	fmt_text(&f, "1234");
	ck_assert(!f.cut);
	fmt_char(&f, '5');
	ck_assert(f.cut);
	ck_assert_str_eq(t, "1234");
	ck_assert_int_eq(t[5], '\0');
}
END_TEST

struct number_row {
	const char *text;
	long value;
	int used; /* -1: none */
};

static const struct number_row number_rows[] = {
	{"0", 0, 1}, {"12,3", 12, 2}, {" 7", 7, 2}, {"-5x", -5, 2},
	{"999999999", 999999999, 9}, {"1000000000", 0, -1}, {"", 0, -1},
	{"-", 0, -1}, {"x", 0, -1},
};

START_TEST(numbers)
{
	const struct number_row *row = &number_rows[_i];
	int32_t v = 0;
	const char *end = fmt_read_int(row->text, &v);

	if (row->used < 0) {
		ck_assert_ptr_null(end);
		return;
	}
	ck_assert_ptr_eq(end, row->text + row->used);
	ck_assert_int_eq(v, row->value);
}
END_TEST

START_TEST(deadlines)
{
	struct deadline d = {0};

	ck_assert_uint_eq(deadline_left(&d, 5), UINT32_MAX);
	ck_assert(!deadline_take(&d, 5));
	deadline_set(&d, 0xfffffff0u, 0x20);
	ck_assert_uint_eq(deadline_left(&d, 0xfffffff0u), 0x20);
	ck_assert_uint_eq(deadline_left(&d, 0x0f), 1);
	ck_assert(!deadline_take(&d, 0x0f));
	ck_assert_uint_eq(deadline_left(&d, 0x11), 0);
	ck_assert(deadline_take(&d, 0x10));
	ck_assert(!deadline_take(&d, 0x10));
}
END_TEST

static struct outbox_message message(uint32_t number, const char *payload)
{
	struct outbox_message m = {0};

	m.number = number;
	m.topic = (const uint8_t *)"t/1";
	m.topic_len = 3;
	m.payload = (const uint8_t *)payload;
	m.payload_len = (uint16_t)strlen(payload);
	m.qos = 2;
	m.retain = true;
	return m;
}

START_TEST(outbox_order)
{
	struct outbox o;
	struct outbox_message m;

	outbox_init(&o);
	ck_assert(!outbox_head(&o, &m));
	outbox_drop(&o);
	m = message(7, "seven");
	ck_assert(outbox_put(&o, &m));
	m = message(8, "");
	ck_assert(outbox_put(&o, &m));
	for (int twice = 0; twice < 2; twice++) {
		ck_assert(outbox_head(&o, &m));
		ck_assert_uint_eq(m.number, 7);
		ck_assert_mem_eq(m.payload, "seven", 5);
		ck_assert_mem_eq(m.topic, "t/1", 3);
		ck_assert_uint_eq(m.qos, 2);
		ck_assert(m.retain);
	}
	outbox_drop(&o);
	ck_assert(outbox_head(&o, &m));
	ck_assert_uint_eq(m.number, 8);
	ck_assert_uint_eq(m.payload_len, 0);
	outbox_drop(&o);
	ck_assert_uint_eq(o.used, 0);
}
END_TEST

START_TEST(outbox_full)
{
	static char payload[NODE_OUTBOX_BYTES];
	struct outbox o;
	struct outbox_message m;
	uint32_t put = 0;

	memset(payload, 'p', 100);
	outbox_init(&o);
	m = message(1, payload);
	while (outbox_put(&o, &m))
		m.number = ++put + 1;
	ck_assert_uint_ge(put, NODE_OUTBOX_BYTES / 120);
	ck_assert_uint_le(o.used, NODE_OUTBOX_BYTES);
	for (uint32_t i = 1; i <= put; i++) {
		ck_assert(outbox_head(&o, &m));
		ck_assert_uint_eq(m.number, i);
		outbox_drop(&o);
	}
	memset(payload, 'p', sizeof(payload) - 1);
	m = message(1, payload);
	ck_assert(!outbox_put(&o, &m));
	ck_assert(!outbox_head(&o, &m));
}
END_TEST

START_TEST(backoff_grows)
{
	struct backoff b;
	uint32_t base = 2000;

	backoff_init(&b, 42);
	for (int i = 0; i < 40; i++) {
		uint32_t ms = backoff_next_ms(&b);

		ck_assert_uint_ge(ms, base - base / 4);
		ck_assert_uint_le(ms, base + base / 4);
		base = base * 2 > 300000 ? 300000 : base * 2;
	}
	backoff_reset(&b);
	ck_assert_uint_le(backoff_next_ms(&b), 2500);
}
END_TEST

START_TEST(backoff_repeats)
{
	struct backoff a, b, c;
	bool differs = false;

	backoff_init(&a, 1);
	backoff_init(&b, 1);
	backoff_init(&c, 2);
	for (int i = 0; i < 10; i++) {
		uint32_t ms = backoff_next_ms(&a);

		ck_assert_uint_eq(ms, backoff_next_ms(&b));
		differs = differs || ms != backoff_next_ms(&c);
	}
	ck_assert(differs);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("parts");
	TCase *t = tcase_create("parts");
	SRunner *r;
	int failed;

	tcase_add_test(t, text);
	tcase_add_test(t, text_is_bounded);
	tcase_add_loop_test(t, numbers, 0,
			    sizeof(number_rows) / sizeof(number_rows[0]));
	tcase_add_test(t, deadlines);
	tcase_add_test(t, outbox_order);
	tcase_add_test(t, outbox_full);
	tcase_add_test(t, backoff_grows);
	tcase_add_test(t, backoff_repeats);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
