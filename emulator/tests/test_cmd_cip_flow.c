/*
 * A peer that sends faster than the line takes, or than the host reads: every byte arrives, in order, whoever waits.
 * The whole emulator on the virtual clock, with a wire at 9600 baud or a host that stops reading.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/emu.h"
#include "io/port_pair.h"
#include "tests/rig.h"

enum { LINE_BYTES = 4096, PATTERN = 74, PRINTED = 72, CHARS = 95 };

struct bench {
	struct clock *clock;
	struct emu_setup *setup;
	struct emu *emu;
	struct port *host;
	struct buf seen;
	unsigned lost;
};

static const char world[] = "schema: 1\nhosts:\n"
			    "  - {match: many.test, model: {service: chargen}}\n"
			    "  - {match: echo.test, model: {service: echo}}\n";

static void on_rx(const void *p, size_t n, void *ctx)
{
	ck_assert_int_eq(buf_add(ctx, p, n), 0);
}

static void on_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

/* Output the host never gets is a fault; so are bytes from the host that no link can take. */
static void on_trace(const struct trace_event *ev, void *ctx)
{
	struct bench *b = ctx;

	if (ev->kind == TRACE_FAULT || (ev->kind == TRACE_NOTE && memmem(ev->data, ev->len, "lost", 4)))
		b->lost++;
}

static void bench_start(struct bench *b, long baud)
{
	char path[64];
	const char *const worlds[] = { path };
	struct emu_setup_options so = { .worlds = worlds, .n_worlds = 1 };
	struct emu_options eo = { .seed = 1, .baud = baud };
	struct err e = { 0 };
	int fd = memfd_create("world", 0);

	memset(b, 0, sizeof(*b));
	ck_assert_int_eq(write(fd, world, sizeof(world) - 1), sizeof(world) - 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	b->clock = clock_new_virtual();
	b->setup = emu_setup_load(&so, &e);
	ck_assert_msg(b->setup != NULL, "%s", e.msg);
	close(fd);
	ck_assert_int_eq(port_pair_new(b->clock, LINE_BYTES, &b->host, &eo.port), 0);
	eo.setup = b->setup;
	eo.clock = b->clock;
	b->emu = emu_new(&eo, &e);
	ck_assert_msg(b->emu != NULL, "%s", e.msg);
	trace_add_sink(emu_trace(b->emu), on_trace, b);
	buf_init(&b->seen, 1 << 24);
	port_set_owner(b->host, on_rx, on_event, &b->seen);
}

static void bench_stop(struct bench *b)
{
	emu_free(b->emu);
	port_free(b->host);
	emu_setup_free(b->setup);
	clock_free(b->clock);
	buf_free(&b->seen);
}

static void pass(struct bench *b, uint64_t ms)
{
	clock_advance_to(b->clock, clock_now_us(b->clock) + ms * 1000);
}

static void say(struct bench *b, const char *line, uint64_t ms)
{
	buf_reset(&b->seen);
	ck_assert_int_eq(port_write(b->host, line, strlen(line)), (long)strlen(line));
	pass(b, ms);
}

/* Is c the byte number i of the pattern of RFC 864? */
static bool is_pattern(size_t i, char c)
{
	size_t line = i / PATTERN, column = i % PATTERN;

	if (column >= PRINTED)
		return c == "\r\n"[column - PRINTED];
	return c == (char)(' ' + (line + column) % CHARS);
}

/* Takes records of pushed data off the front of what was seen; returns how many bytes of the pattern they held. */
static size_t take_records(struct bench *b, size_t from)
{
	const char *p = buf_str(&b->seen), *start = p, *end = p + b->seen.len;
	size_t total = from;

	while (end - p > 8) {
		size_t n;
		char *data;

		ck_assert_msg(!strncmp(p, "\r\n+IPD", 6), "%zu: %.40s", total, p);
		n = strtoul(p + 6, &data, 10);
		if ((size_t)(end - data) < 2 + n)
			break;
		for (size_t i = 0; i < n; i++, total++)
			ck_assert_msg(is_pattern(total, data[2 + i]), "byte %zu", total);
		p = data + 2 + n;
	}
	buf_drop(&b->seen, (size_t)(p - start));
	return total - from;
}

static void open_link(struct bench *b, const char *mode)
{
	say(b, "ATE0\r", 100);
	say(b, mode, 100);
	say(b, "AT+CIPSRIP=0\r", 100);
	say(b, "AT+NETOPEN\r", 300);
	say(b, "AT+CIPOPEN=0,\"TCP\",\"many.test\",19\r", 10);
	for (int i = 0; i < 2000 && !strstr(buf_str(&b->seen), ": 0,0\r\n") && !strstr(buf_str(&b->seen), "115200\r\n");
	     i++)
		pass(b, 1);
	ck_assert_msg(strstr(buf_str(&b->seen), ": 0,0\r\n") || strstr(buf_str(&b->seen), "115200\r\n"), "%s",
		      buf_str(&b->seen));
	buf_reset(&b->seen);
}

/* 9600 baud for half a minute: 960 bytes a second of records, none lost. */
START_TEST(test_slow_line)
{
	struct bench b;
	size_t total = 0;

	bench_start(&b, 9600);
	open_link(&b, "AT+CIPMODE=0\r");
	for (int i = 0; i < 30; i++) {
		pass(&b, 1000);
		total += take_records(&b, total);
	}
	ck_assert_uint_ge(total, 27000);
	ck_assert_uint_eq(b.lost, 0);
	bench_stop(&b);
}
END_TEST

/* The host stops reading for a minute, and then gets what has waited. */
START_TEST(test_host_pauses)
{
	struct bench b;
	size_t total = 0, before;

	bench_start(&b, 115200);
	open_link(&b, "AT+CIPMODE=0\r");
	pass(&b, 1000);
	total += take_records(&b, total);
	port_pause(b.host, true);
	pass(&b, 60000);
	port_pause(b.host, false);
	before = total;
	pass(&b, 5000);
	total += take_records(&b, total);
	ck_assert_uint_ge(total, before + 50000);
	ck_assert_uint_eq(b.lost, 0);
	bench_stop(&b);
}
END_TEST

/* While a prompt is open unasked data waits, some in the line's queue, the rest at the peer. */
START_TEST(test_prompt)
{
	struct bench b;
	size_t total = 0;
	const char *tail;

	bench_start(&b, 115200);
	open_link(&b, "AT+CIPMODE=0\r");
	pass(&b, 500);
	port_write(b.host, "AT+CIPSEND=0,3\r", 15);
	for (int i = 0; i < 20000 && !(b.seen.len > 3 && !strcmp(buf_str(&b.seen) + b.seen.len - 3, "\r\n>")); i++)
		pass(&b, 1);
	ck_assert_str_eq(buf_str(&b.seen) + b.seen.len - 3, "\r\n>");
	b.seen.len -= 3;
	total += take_records(&b, total);
	ck_assert_uint_eq(b.seen.len, 0);
	pass(&b, 60000);
	ck_assert_uint_eq(b.seen.len, 0);
	port_write(b.host, "abc", 3);
	pass(&b, 1000);
	ck_assert(b.seen.len > 6 && !strncmp(buf_str(&b.seen), "\r\nOK\r\n", 6));
	buf_drop(&b.seen, 6);
	pass(&b, 5000);
	/* The result of the send is somewhere among the records. */
	tail = memmem(buf_str(&b.seen), b.seen.len, "\r\n+CIPSEND: 0,3,3\r\n", 19);
	ck_assert_ptr_nonnull(tail);
	memmove((char *)(uintptr_t)tail, tail + 19, (size_t)(buf_str(&b.seen) + b.seen.len - tail - 19));
	b.seen.len -= 19;
	total += take_records(&b, total);
	ck_assert_uint_ge(total, 50000);
	ck_assert_uint_eq(b.lost, 0);
	bench_stop(&b);
}
END_TEST

/* Transparent mode at 9600 baud: the pattern and nothing else, with a visit to command mode in between. */
START_TEST(test_transparent)
{
	struct bench b;
	size_t total = 0;

	bench_start(&b, 9600);
	open_link(&b, "AT+CIPMODE=1\r");
	pass(&b, 10000);
	port_write(b.host, "+++", 3);
	for (int i = 0; i < 40000 && !(b.seen.len > 6 && !strcmp(buf_str(&b.seen) + b.seen.len - 6, "\r\nOK\r\n")); i++)
		pass(&b, 1);
	ck_assert_str_eq(buf_str(&b.seen) + b.seen.len - 6, "\r\nOK\r\n");
	for (size_t i = 0; i < b.seen.len - 6; i++, total++)
		ck_assert_msg(is_pattern(total, b.seen.data[i]), "byte %zu", total);
	buf_reset(&b.seen);
	pass(&b, 30000);
	ck_assert_uint_eq(b.seen.len, 0);
	say(&b, "ATO\r", 10000);
	ck_assert(!strncmp(buf_str(&b.seen), "\r\nCONNECT 9600\r\n", 16) ||
		  !strncmp(buf_str(&b.seen), "\r\nCONNECT 115200\r\n", 18));
	for (size_t i = strcspn(buf_str(&b.seen) + 2, "\r") + 4; i < b.seen.len; i++, total++)
		ck_assert_msg(is_pattern(total, b.seen.data[i]), "byte %zu", total);
	ck_assert_uint_ge(total, 18000);
	ck_assert_uint_eq(b.lost, 0);
	bench_stop(&b);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_slow_line);
	tcase_add_test(tc, test_host_pauses);
	tcase_add_test(tc, test_prompt);
	tcase_add_test(tc, test_transparent);
}

int main(void)
{
	return rig_main("cmd_cip_flow", add);
}
