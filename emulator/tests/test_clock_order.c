/* Timers: order, exact times, re-arming and cancelling from inside, the virtual clock's jumps. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "clock/clock.h"

struct item {
	struct timer timer;
	struct clock *clock;
	struct buf *log;
	char name;
	uint64_t again_us;	/* re-arms itself; UINT64_MAX: no */
	struct timer *cancel;	/* cancels another */
};

static void on_timer(void *ctx)
{
	struct item *it = ctx;

	ck_assert(!timer_armed(&it->timer));	/* disarmed by then */
	buf_addf(it->log, "%c%llu ", it->name, (unsigned long long)clock_now_us(it->clock));
	if (it->again_us != UINT64_MAX)
		clock_arm(it->clock, &it->timer, it->again_us);
	if (it->cancel)
		timer_cancel(it->cancel);
}

static struct clock *clk;
static struct buf out;
static struct item items[4];

static void setup(void)
{
	clk = clock_new_virtual();
	buf_init(&out, 100000);
	for (size_t i = 0; i < 4; i++) {
		items[i] = (struct item){ .clock = clk, .log = &out, .name = (char)('a' + i), .again_us = UINT64_MAX };
		timer_init(&items[i].timer, on_timer, &items[i]);
	}
}

static void teardown(void)
{
	clock_free(clk);
	buf_free(&out);
}

START_TEST(test_order)
{
	clock_arm(clk, &items[0].timer, 30);
	clock_arm(clk, &items[1].timer, 10);
	clock_arm(clk, &items[2].timer, 30);
	clock_arm(clk, &items[3].timer, 20);
	clock_advance_to(clk, 29);
	ck_assert_str_eq(buf_str(&out), "b10 d20 ");
	ck_assert_uint_eq(clock_now_us(clk), 29);
	clock_advance_to(clk, 30);
	ck_assert_str_eq(buf_str(&out), "b10 d20 a30 c30 ");
	clock_advance_to(clk, 10);	/* never back */
	ck_assert_uint_eq(clock_now_us(clk), 30);
	ck_assert_uint_eq(clock_armed(clk), 0);
}
END_TEST

START_TEST(test_rearm)
{
	uint64_t due = 0;

	clock_arm(clk, &items[0].timer, 10);
	clock_arm(clk, &items[0].timer, 20);	/* armed once at a time */
	ck_assert_uint_eq(clock_armed(clk), 1);
	ck_assert(clock_next(clk, &due));
	ck_assert_uint_eq(due, 20);
	ck_assert_uint_eq(timer_left_us(&items[0].timer), 20);
	clock_advance_to(clk, 5);
	ck_assert_uint_eq(timer_left_us(&items[0].timer), 15);
	timer_cancel(&items[0].timer);
	timer_cancel(&items[0].timer);
	ck_assert_uint_eq(timer_left_us(&items[0].timer), 0);
	ck_assert(!clock_next(clk, &due));
	clock_advance_to(clk, 100);
	ck_assert_str_eq(buf_str(&out), "");
}
END_TEST

START_TEST(test_from_inside)
{
	items[0].again_us = 10;
	items[1].cancel = &items[2].timer;
	clock_arm(clk, &items[0].timer, 10);
	clock_arm(clk, &items[1].timer, 25);
	clock_arm(clk, &items[2].timer, 25);
	clock_advance_to(clk, 35);
	ck_assert_str_eq(buf_str(&out), "a10 a20 b25 a30 ");
}
END_TEST

/* Zero means the next run, never at once; a timer that never stops does not hang the loop. */
START_TEST(test_zero)
{
	clock_arm(clk, &items[1].timer, 0);
	ck_assert_str_eq(buf_str(&out), "");
	ck_assert_uint_eq(clock_run(clk), 1);
	ck_assert_str_eq(buf_str(&out), "b0 ");
	buf_reset(&out);
	items[0].again_us = 0;
	clock_arm(clk, &items[0].timer, 0);
	ck_assert_uint_eq(clock_run(clk), 10000);
	timer_cancel(&items[0].timer);
}
END_TEST

START_TEST(test_step)
{
	ck_assert(!clock_step(clk));
	clock_arm(clk, &items[0].timer, 3600000000);
	clock_arm(clk, &items[1].timer, 7200000000);
	ck_assert(clock_step(clk));
	ck_assert_uint_eq(clock_now_us(clk), 3600000000);
	ck_assert(clock_step(clk));
	ck_assert(!clock_step(clk));
	ck_assert_str_eq(buf_str(&out), "a3600000000 b7200000000 ");
}
END_TEST

/* Many timers at random times fire in order of time, and of arming where times are equal. */
static uint64_t last_due, last_number;

struct numbered {
	struct timer timer;
	uint64_t due, number;
};

static void on_numbered(void *ctx)
{
	struct numbered *n = ctx;

	ck_assert(n->due > last_due || (n->due == last_due && n->number > last_number));
	ck_assert_uint_eq(clock_now_us(clk), n->due);
	last_due = n->due;
	last_number = n->number;
}

START_TEST(test_many)
{
	enum { N = 5000 };
	struct numbered *all = calloc(N, sizeof(*all));
	unsigned seed = 1;

	for (unsigned i = 0; i < N; i++) {
		seed = seed * 1103515245u + 12345u;
		all[i].due = 1 + seed % 1000;
		all[i].number = i + 1;
		timer_init(&all[i].timer, on_numbered, &all[i]);
		clock_arm(clk, &all[i].timer, all[i].due);
	}
	ck_assert_uint_eq(clock_armed(clk), N);
	for (unsigned i = 0; i < N; i += 7)
		timer_cancel(&all[i].timer);
	clock_advance_to(clk, 1000);
	ck_assert_uint_eq(clock_armed(clk), 0);
	free(all);
}
END_TEST

/* A freed clock leaves its timers with their owners, disarmed. */
START_TEST(test_free)
{
	struct clock *other = clock_new_virtual();

	clock_arm(other, &items[0].timer, 10);
	clock_free(other);
	ck_assert(!timer_armed(&items[0].timer));
	timer_cancel(&items[0].timer);
	clock_free(NULL);
}
END_TEST

START_TEST(test_monotonic)
{
	struct clock *fast = clock_new_monotonic(1000);
	uint64_t a = clock_now_us(fast), b;

	do
		b = clock_now_us(fast);
	while (b == a);
	ck_assert_uint_gt(b, a);
	ck_assert_uint_eq(clock_real_us_until(fast, 0), 0);
	ck_assert_uint_le(clock_real_us_until(fast, b + 1000000), 1001);
	clock_free(fast);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("timers");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_order);
	tcase_add_test(t, test_rearm);
	tcase_add_test(t, test_from_inside);
	tcase_add_test(t, test_zero);
	tcase_add_test(t, test_step);
	tcase_add_test(t, test_many);
	tcase_add_test(t, test_free);
	tcase_add_test(t, test_monotonic);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
