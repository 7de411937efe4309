/* An answer longer than the host takes at once: whole, in order, and nothing is kept beyond a few KB. Virtual clock. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/emu.h"
#include "io/port_pair.h"

enum { FILE_BYTES = 100000, LINE_BYTES = 4096 };

struct bench {
	struct clock *clock;
	struct emu_setup *setup;
	struct emu *emu;
	struct port *host;
	struct buf seen;
	char dir[64];
	unsigned lost;
};

static void on_rx(const void *p, size_t n, void *ctx)
{
	buf_add(ctx, p, n);
}

static void on_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void on_trace(const struct trace_event *ev, void *ctx)
{
	((struct bench *)ctx)->lost += ev->kind == TRACE_FAULT;
}

static void put_file(const char *dir, const char *folder, const char *name)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, folder);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	snprintf(path, sizeof(path), "%s/%s/%s", dir, folder, name);
	f = fopen(path, "wbe");
	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < FILE_BYTES; i++)
		putc(i * 31 >> 3, f);
	fclose(f);
}

static void bench_start(struct bench *b, long baud)
{
	struct emu_setup_options so = { 0 };
	struct emu_options eo = { .seed = 1, .baud = baud, .state_dir = b->dir };
	struct err e = { 0 };

	*b = (struct bench){ .dir = "/tmp/test-pour-XXXXXX" };
	ck_assert_ptr_nonnull(mkdtemp(b->dir));
	put_file(b->dir, "fs-e", "big");
	b->clock = clock_new_virtual();
	b->setup = emu_setup_load(&so, &e);
	ck_assert_msg(b->setup != NULL, "%s", e.msg);
	ck_assert_int_eq(port_pair_new(b->clock, LINE_BYTES, &b->host, &eo.port), 0);
	eo.setup = b->setup;
	eo.clock = b->clock;
	b->emu = emu_new(&eo, &e);
	ck_assert_msg(b->emu != NULL, "%s", e.msg);
	trace_add_sink(emu_trace(b->emu), on_trace, b);
	buf_init(&b->seen, 1 << 20);
	port_set_owner(b->host, on_rx, on_event, &b->seen);
}

static void bench_stop(struct bench *b)
{
	char path[128];

	emu_free(b->emu);
	port_free(b->host);
	emu_setup_free(b->setup);
	clock_free(b->clock);
	buf_free(&b->seen);
	snprintf(path, sizeof(path), "%s/fs-e/big", b->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/fs-e", b->dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/phonebook/ON-1", b->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/phonebook", b->dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/nv.json", b->dir);
	unlink(path);
	ck_assert_int_eq(rmdir(b->dir), 0);
}

static void say(struct bench *b, const char *line, unsigned ms)
{
	buf_reset(&b->seen);
	port_write(b->host, line, strlen(line));
	clock_advance_to(b->clock, clock_now_us(b->clock) + ms * 1000ull);
}

/* Blocks of 512 bytes behind their headers; returns how many bytes of the file they hold. */
static size_t read_blocks(const struct buf *seen)
{
	const char *p = buf_str(seen), *end = p + seen->len;
	size_t total = 0;

	ck_assert(!strncmp(p, "\r\n", 2));
	for (p += 2; end - p > 21 && !strncmp(p, "+CFTRANTX: DATA,", 16);) {
		size_t n = strtoul(p + 16, (char **)&p, 10);

		ck_assert(!strncmp(p, "\r\n", 2));
		p += 2;
		for (size_t i = 0; i < n && p < end; i++, p++, total++)
			ck_assert_int_eq(*p, (char)((int)total * 31 >> 3));
		ck_assert(end - p < 2 || !strncmp(p, "\r\n", 2));
		p += 2;
	}
	return total;
}

static void whole_file(long baud, unsigned ms)
{
	static const char tail[] = "\r\n\r\n+CFTRANTX: 0\r\n\r\nOK\r\n";
	struct bench b;

	bench_start(&b, baud);
	say(&b, "ATE0\r", 100);
	say(&b, "AT+CFTRANTX=\"E:/big\"\r", ms);
	ck_assert_uint_eq(read_blocks(&b.seen), FILE_BYTES);
	ck_assert_str_eq(buf_str(&b.seen) + b.seen.len - strlen(tail), tail);
	ck_assert_uint_eq(b.lost, 0);
	say(&b, "AT\r", 100);
	ck_assert_str_eq(buf_str(&b.seen), "\r\nOK\r\n");
	bench_stop(&b);
}

START_TEST(fast_line)
{
	whole_file(0, 60000);
}
END_TEST

START_TEST(paced_line)
{
	whole_file(115200, 60000);
}
END_TEST

/* What the host types meanwhile is answered when the file is through; a power cut ends it at once. */
START_TEST(meanwhile)
{
	struct bench b;
	struct buf reply;
	size_t seen;

	bench_start(&b, 115200);
	say(&b, "ATE0\r", 100);
	say(&b, "AT+CFTRANTX=\"E:/big\",0,50000\r", 1000);
	port_write(b.host, "AT\r", 3);
	clock_advance_to(b.clock, clock_now_us(b.clock) + 30000000);
	ck_assert_str_eq(buf_str(&b.seen) + b.seen.len - 12, "\r\nOK\r\n\r\nOK\r\n");
	say(&b, "AT+CFTRANTX=\"E:/big\"\r", 1000);
	buf_init(&reply, 4096);
	ck_assert_int_eq(emu_control(b.emu, "power off", &reply), 0);
	clock_advance_to(b.clock, clock_now_us(b.clock) + 10000000);
	seen = b.seen.len;
	ck_assert_uint_lt(seen, 50000);
	clock_advance_to(b.clock, clock_now_us(b.clock) + 10000000);
	ck_assert_uint_eq(b.seen.len, seen);
	ck_assert_int_eq(emu_control(b.emu, "power on", &reply), 0);
	clock_advance_to(b.clock, clock_now_us(b.clock) + 60000000);
	say(&b, "AT\r", 100);
	ck_assert_str_eq(buf_str(&b.seen), "AT\r\r\nOK\r\n");
	buf_free(&reply);
	bench_stop(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("app pour");
	TCase *tc = tcase_create("pour");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, fast_line);
	tcase_add_test(tc, paced_line);
	tcase_add_test(tc, meanwhile);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
