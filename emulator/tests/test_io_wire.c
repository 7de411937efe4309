/* Pair and wire on the virtual clock: pacing, rings that overrun, splitting, bounds. */
#include "io/port_pair.h"
#include "io/port_wire.h"
#include "tests/test_io_rig.h"

enum { LIMIT = 20480 };

struct line {
	struct clock *clock;
	struct owner host, modem;
	struct port *wire;
};

static void run_ms(struct line *l, uint64_t ms)
{
	clock_advance_to(l->clock, clock_now_us(l->clock) + ms * 1000);
}

/* host - pair - wire - modem; without a config no wire. */
static void line_open(struct line *l, const struct port_wire_config *cfg)
{
	struct port *a, *b;

	memset(l, 0, sizeof(*l));
	l->clock = clock_new_virtual();
	ck_assert_int_eq(port_pair_new(l->clock, LIMIT, &a, &b), 0);
	if (cfg)
		b = l->wire = port_wire_new(l->clock, b, cfg);
	owner_take(&l->host, a, l->clock);
	owner_take(&l->modem, b, l->clock);
	run_ms(l, 1);
}

static void line_close(struct line *l)
{
	owner_free(&l->host);
	owner_free(&l->modem);
	ck_assert_uint_eq(clock_armed(l->clock), 0);
	clock_free(l->clock);
}

/* --- pair --------------------------------------------------------------------------------------------------- */

START_TEST(pair_delivers_by_the_clock)
{
	struct line l;

	line_open(&l, NULL);
	ck_assert_int_eq(port_write(l.host.port, "AT\r", 3), 3);
	owner_expect(&l.modem, "", "never from inside a write");
	clock_run(l.clock);
	owner_expect(&l.modem, "AT\r", "by the clock");
	l.modem.echo = "OK";
	port_write(l.host.port, "AT", 2);
	run_ms(&l, 1);
	owner_expect(&l.host, "OK", "written from inside a delivery");
	ck_assert_uint_eq(l.host.events[PORT_EVENT_OPENED], 1);
	line_close(&l);
}
END_TEST

START_TEST(pair_is_bounded)
{
	struct line l;
	char block[LIMIT + 100] = { 0 };

	line_open(&l, NULL);
	port_pause(l.modem.port, true);
	ck_assert_int_eq(port_write(l.host.port, block, sizeof(block)), LIMIT);
	ck_assert_int_eq(port_write(l.host.port, block, 1), 0);
	run_ms(&l, 1);
	ck_assert_uint_eq(l.modem.rx.len, 0);
	ck_assert_uint_eq(l.host.events[PORT_EVENT_WRITABLE], 0);
	port_pause(l.modem.port, false);
	run_ms(&l, 1);
	ck_assert_uint_eq(l.modem.rx.len, LIMIT);
	ck_assert_uint_eq(l.host.events[PORT_EVENT_WRITABLE], 1);
	port_write(l.host.port, "x", 1);
	port_flush(l.host.port);
	run_ms(&l, 1);
	ck_assert_uint_eq(l.modem.rx.len, LIMIT);
	line_close(&l);
}
END_TEST

START_TEST(pair_waits_for_an_owner)
{
	struct clock *clock = clock_new_virtual();
	struct port *a, *b;
	struct owner o;

	ck_assert_int_eq(port_pair_new(clock, LIMIT, &a, &b), 0);
	port_write(a, "RDY", 3);
	clock_run(clock);
	owner_take(&o, b, clock);
	clock_run(clock);
	owner_expect(&o, "RDY", "kept");
	port_write(a, "bye", 3);
	port_free(a);
	clock_run(clock);
	owner_expect(&o, "bye", "last words");
	ck_assert_uint_eq(o.events[PORT_EVENT_CLOSED], 1);
	ck_assert_int_lt(port_write(b, "x", 1), 0);
	owner_free(&o);
	clock_free(clock);
}
END_TEST

START_TEST(ends_may_be_freed_from_inside)
{
	const struct port_wire_config cfg = { .baud = 115200 };

	for (int wired = 0; wired < 2; wired++) {
		struct line l;

		line_open(&l, wired ? &cfg : NULL);
		l.modem.free_on_rx = true;
		port_write(l.host.port, "AT\r", 3);
		run_ms(&l, 10);
		ck_assert_ptr_null(l.modem.port);
		line_close(&l);
	}
}
END_TEST

/* --- wire --------------------------------------------------------------------------------------------------- */

static void time_of(long baud, size_t n, bool to_host, uint64_t want_us)
{
	const struct port_wire_config cfg = { .baud = baud };
	struct owner *to, *from;
	char block[4096] = { 0 };
	struct line l;
	uint64_t t0, took;

	line_open(&l, &cfg);
	to = to_host ? &l.host : &l.modem;
	from = to_host ? &l.modem : &l.host;
	t0 = clock_now_us(l.clock);
	ck_assert_int_eq(port_write(from->port, block, n), (long)n);
	run_ms(&l, 20000);
	took = to->last_us - t0;
	ck_assert_uint_eq(to->rx.len, n);
	ck_assert_msg(took >= want_us && took <= want_us + 2, "%ld baud, %zu bytes: %llu us", baud, n,
		      (unsigned long long)took);
	line_close(&l);
}

START_TEST(bytes_take_their_time)
{
	for (int to_host = 0; to_host < 2; to_host++) {
		time_of(115200, 1, to_host, 86);
		time_of(115200, 3, to_host, 260);
		time_of(115200, 1152, to_host, 99999);
		time_of(921600, 9, to_host, 97);
		time_of(9600, 9, to_host, 9374);
		time_of(300, 3, to_host, 99999);
	}
}
END_TEST

START_TEST(bytes_arrive_one_by_one)
{
	const struct port_wire_config cfg = { .baud = 115200 };
	struct line l;

	line_open(&l, &cfg);
	port_write(l.modem.port, "\r\nOK\r\n", 6);
	run_ms(&l, 10);
	ck_assert_uint_eq(l.host.deliveries, 6);
	ck_assert_uint_eq(l.host.longest, 1);
	line_close(&l);
}
END_TEST

START_TEST(no_baud_is_no_wire)
{
	const struct port_wire_config cfg = { 0 };
	struct line l;

	line_open(&l, &cfg);
	port_write(l.modem.port, "abc", 3);
	port_write(l.host.port, "def", 3);
	clock_run(l.clock);
	owner_expect(&l.host, "abc", "out");
	owner_expect(&l.modem, "def", "in");
	line_close(&l);
}
END_TEST

START_TEST(deliveries_are_split)
{
	const struct port_wire_config cfg = { .split = 8 };
	struct line l;

	line_open(&l, &cfg);
	port_write(l.modem.port, "0123456789abcdefghij", 20);
	port_write(l.host.port, "0123456789abcdefghij", 20);
	run_ms(&l, 1);
	ck_assert_uint_eq(l.modem.deliveries, 3);
	ck_assert_uint_eq(l.modem.longest, 8);
	owner_expect(&l.host, "0123456789abcdefghij", "whole");
	owner_expect(&l.modem, "0123456789abcdefghij", "whole");
	line_close(&l);
}
END_TEST

/* The 8 damaged dumps of the field thread: true length, bytes received (first lost byte). */
static const struct {
	const char *source;
	size_t true_len, received, first_lost;
} dumps[] = {
	{ "505-511", 418, 292, 282 }, { "244-250", 434, 294, 284 }, { "379-385", 434, 294, 283 },
	{ "388-394", 434, 294, 283 }, { "528-534", 434, 294, 292 }, { "540-546", 442, 295, 287 },
	{ "549-555", 442, 295, 288 }, { "746-752", 458, 296, 289 },
};

/* Sends bytes that count up; returns how many came, and the first that did not. */
static size_t overrun(size_t n, bool to_host, long baud, size_t *first_lost)
{
	const struct port_wire_ring ring = { 256, 1 };
	struct port_wire_config cfg = { .baud = baud };
	struct owner *to, *from;
	unsigned char block[1024];
	struct line l;
	size_t got, i;

	if (to_host)
		cfg.to_peer = ring;
	else
		cfg.from_peer = ring;
	for (i = 0; i < sizeof(block); i++)
		block[i] = (unsigned char)(i * 7);
	line_open(&l, &cfg);
	to = to_host ? &l.host : &l.modem;
	from = to_host ? &l.modem : &l.host;
	port_write(from->port, block, n);
	run_ms(&l, 5000);
	got = to->rx.len;
	for (i = 0; i < got && (unsigned char)to->rx.data[i] == block[i]; i++)
		;
	*first_lost = i;
	ck_assert_uint_eq((to_host ? port_wire_lost_to_peer : port_wire_lost_from_peer)(l.wire), n - got);
	line_close(&l);
	return got;
}

START_TEST(the_field_dumps)
{
	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		size_t first, got = overrun(dumps[i].true_len, true, 115200, &first);

		ck_assert_msg(got + 1 >= dumps[i].received && got <= dumps[i].received + 1, "%s: %zu of %zu", dumps[i].source,
			      got, dumps[i].true_len);
		ck_assert_msg(first >= 279 && first <= 293, "%s: first lost %zu", dumps[i].source, first);
	}
}
END_TEST

START_TEST(rings_in_other_places)
{
	size_t first;

	ck_assert_uint_eq(overrun(256, true, 115200, &first), 256);
	ck_assert_uint_eq(overrun(281, true, 115200, &first), 281);
	ck_assert_uint_lt(overrun(283, true, 115200, &first), 283);
	ck_assert_uint_eq(overrun(434, false, 115200, &first), overrun(434, true, 115200, &first));
	ck_assert_uint_eq(overrun(434, true, 0, &first), overrun(434, true, 115200, &first));
	ck_assert_uint_eq(overrun(1000, true, 9600, &first), 1000);
}
END_TEST

START_TEST(a_host_that_does_not_read)
{
	const struct port_wire_config cfg = { .baud = 3000000 };
	char block[8192] = { 0 };
	struct line l;
	size_t taken = 0;
	long n;

	line_open(&l, &cfg);
	port_pause(l.host.port, true);
	for (int i = 0; i < 1000; i++) {
		n = port_write(l.modem.port, block, sizeof(block));
		ck_assert_int_ge(n, 0);
		taken += (size_t)n;
		run_ms(&l, 10);
	}
	ck_assert_uint_le(taken, 3 * LIMIT);
	ck_assert_uint_eq(l.modem.events[PORT_EVENT_WRITABLE], 0);
	port_pause(l.host.port, false);
	run_ms(&l, 1000);
	ck_assert_uint_eq(l.host.rx.len, taken);
	ck_assert_uint_ge(l.modem.events[PORT_EVENT_WRITABLE], 1);
	line_close(&l);
}
END_TEST

START_TEST(a_modem_that_does_not_read)
{
	const struct port_wire_config cfg = { .baud = 3000000 };
	char block[8192] = { 0 };
	struct line l;
	size_t taken = 0;

	line_open(&l, &cfg);
	port_pause(l.modem.port, true);
	for (int i = 0; i < 100; i++) {
		taken += (size_t)port_write(l.host.port, block, sizeof(block));
		run_ms(&l, 10);
	}
	ck_assert_uint_lt(taken, 20 * LIMIT);
	port_pause(l.modem.port, false);
	run_ms(&l, 2000);
	ck_assert_uint_eq(l.modem.rx.len, taken);
	line_close(&l);
}
END_TEST

START_TEST(flush_and_speed)
{
	const struct port_wire_config cfg = { .baud = 9600 };
	struct line l;

	line_open(&l, &cfg);
	port_write(l.modem.port, "stale", 5);
	port_flush(l.modem.port);
	run_ms(&l, 100);
	owner_expect(&l.host, "", "flushed");
	port_wire_set_baud(l.wire, 115200);
	port_write(l.modem.port, "0123456789", 10);
	run_ms(&l, 1);
	owner_expect(&l.host, "0123456789", "0.87 ms at 115200");
	line_close(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("io wire");
	TCase *tc = tcase_create("rows");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, pair_delivers_by_the_clock);
	tcase_add_test(tc, pair_is_bounded);
	tcase_add_test(tc, pair_waits_for_an_owner);
	tcase_add_test(tc, ends_may_be_freed_from_inside);
	tcase_add_test(tc, bytes_take_their_time);
	tcase_add_test(tc, bytes_arrive_one_by_one);
	tcase_add_test(tc, no_baud_is_no_wire);
	tcase_add_test(tc, deliveries_are_split);
	tcase_add_test(tc, the_field_dumps);
	tcase_add_test(tc, rings_in_other_places);
	tcase_add_test(tc, a_host_that_does_not_read);
	tcase_add_test(tc, a_modem_that_does_not_read);
	tcase_add_test(tc, flush_and_speed);
	suite_add_tcase(suite, tc);
	return io_main(suite);
}
