/* The loop, PTYs and sockets on the real clock. Nothing sleeps: tests turn the loop until what they wait for came. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "base/str.h"
#include "io/port_pty.h"
#include "io/port_stream.h"
#include "tests/test_io_rig.h"

enum { PATIENCE_US = 5000000 };

struct bench {
	struct clock *clock;
	struct loop *loop;
	struct owner modem;
	struct timer patience;
	bool late;
};

static void on_patience(void *ctx)
{
	((struct bench *)ctx)->late = true;
}

static void bench_open(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->clock = clock_new_monotonic(1);
	b->loop = loop_new(b->clock);
	ck_assert_ptr_nonnull(b->loop);
	timer_init(&b->patience, on_patience, b);
}

static void bench_close(struct bench *b)
{
	if (b->modem.port)
		owner_free(&b->modem);
	timer_cancel(&b->patience);
	loop_free(b->loop);
	clock_free(b->clock);
}

/* Turns the loop until cond holds. */
#define UNTIL(b, cond)                                                    \
	do {                                                              \
		(b)->late = false;                                        \
		clock_arm((b)->clock, &(b)->patience, PATIENCE_US);       \
		while (!(cond) && !(b)->late)                             \
			loop_once((b)->loop);                             \
		timer_cancel(&(b)->patience);                             \
		ck_assert_msg(!(b)->late, "never came: %s", #cond);       \
	} while (0)

static void pty_open(struct bench *b, const char *link)
{
	struct err e = { 0 };
	struct port *port;

	bench_open(b);
	port = port_pty_new(b->loop, link, &e);
	ck_assert_msg(port != NULL, "%s", e.msg);
	owner_take(&b->modem, port, b->clock);
}

static int client_open(const struct port *port)
{
	int fd = open(port_pty_path(port), O_RDWR | O_NOCTTY | O_NONBLOCK);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void client_write(int fd, const char *s)
{
	ck_assert_int_eq(write(fd, s, strlen(s)), (long)strlen(s));
}

/* Reads until n bytes are there; the loop turns meanwhile. */
static void client_expect(struct bench *b, int fd, const char *s)
{
	size_t n = strlen(s), got = 0;
	char buf[256];

	b->late = false;
	clock_arm(b->clock, &b->patience, PATIENCE_US);
	while (got < n && !b->late) {
		ssize_t k = read(fd, buf + got, sizeof(buf) - got);

		if (k > 0)
			got += (size_t)k;
		loop_poll(b->loop);
	}
	timer_cancel(&b->patience);
	ck_assert_uint_eq(got, n);
	ck_assert_mem_eq(buf, s, n);
}

/* --- loop --------------------------------------------------------------------------------------------------- */

struct beat {
	struct timer timer;
	struct bench *b;
	unsigned n;
	uint64_t due_us, best_us;
};

static void on_beat(void *ctx)
{
	struct beat *t = ctx;
	uint64_t now = clock_now_us(t->b->clock);

	ck_assert_uint_ge(now, t->due_us);
	if (t->due_us && now - t->due_us < t->best_us)
		t->best_us = now - t->due_us;
	if (++t->n < 200) {
		t->due_us = now + 300;
		clock_arm(t->b->clock, &t->timer, 300);
	}
}

START_TEST(timers_of_microseconds)
{
	struct bench b;
	struct beat t = { .b = &b, .best_us = UINT64_MAX };

	bench_open(&b);
	timer_init(&t.timer, on_beat, &t);
	clock_arm(b.clock, &t.timer, 0);
	UNTIL(&b, t.n == 200);
	/* however busy the machine, one of them is in time; libuv's own would all be late by 700 us and more */
	ck_assert_uint_lt(t.best_us, 600);
	bench_close(&b);
}
END_TEST

static void on_stop(void *ctx)
{
	loop_stop(((struct bench *)ctx)->loop);
}

static uint64_t cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

START_TEST(an_idle_loop_sleeps)
{
	struct bench b;
	struct timer stop;
	uint64_t before;

	pty_open(&b, NULL);
	timer_init(&stop, on_stop, &b);
	clock_arm(b.clock, &stop, 300000);
	before = cpu_us();
	loop_run(b.loop);
	ck_assert_uint_lt(cpu_us() - before, 10000);
	bench_close(&b);
}
END_TEST

/* --- PTY ---------------------------------------------------------------------------------------------------- */

START_TEST(pty_is_raw_both_ways)
{
	struct bench b;
	int fd;

	pty_open(&b, NULL);
	fd = client_open(b.modem.port);
	client_write(fd, "AT\r\n\x03\x04\x11\x13");
	UNTIL(&b, b.modem.rx.len >= 8);
	owner_expect(&b.modem, "AT\r\n\x03\x04\x11\x13", "every byte as it is, no signal, no flow control");
	ck_assert_int_eq(port_write(b.modem.port, "\r\nRDY\r\n", 7), 7);
	client_expect(&b, fd, "\r\nRDY\r\n");
	close(fd);
	bench_close(&b);
}
END_TEST

START_TEST(pty_tells_who_comes_and_goes)
{
	struct bench b;
	int one, two;

	pty_open(&b, NULL);
	one = client_open(b.modem.port);
	UNTIL(&b, b.modem.events[PORT_EVENT_OPENED] == 1);
	two = client_open(b.modem.port);
	close(one);
	for (int i = 0; i < 20; i++)
		loop_poll(b.loop);
	ck_assert_uint_eq(b.modem.events[PORT_EVENT_CLOSED], 0);
	client_write(two, "bye");
	close(two);
	UNTIL(&b, b.modem.events[PORT_EVENT_CLOSED] == 1);
	owner_expect(&b.modem, "bye", "last words come first");
	one = client_open(b.modem.port);
	UNTIL(&b, b.modem.events[PORT_EVENT_OPENED] == 2);
	client_write(one, "AT");
	UNTIL(&b, b.modem.rx.len == 2);
	ck_assert_int_eq(port_write(b.modem.port, "OK", 2), 2);
	client_expect(&b, one, "OK");
	close(one);
	UNTIL(&b, b.modem.events[PORT_EVENT_CLOSED] == 2);
	bench_close(&b);
}
END_TEST

/* The system gives no watch: no descriptor is left for one when the port is made, as when all instances are in use. */
START_TEST(pty_is_looked_at_where_nobody_tells)
{
	struct rlimit before, few;
	struct bench b;
	int next, fd;

	bench_open(&b);
	next = dup(0);
	close(next);
	ck_assert(!getrlimit(RLIMIT_NOFILE, &before));
	few = (struct rlimit){ (rlim_t)next + 2, before.rlim_max };
	ck_assert(!setrlimit(RLIMIT_NOFILE, &few));
	owner_take(&b.modem, port_pty_new(b.loop, NULL, NULL), b.clock);
	ck_assert(!setrlimit(RLIMIT_NOFILE, &before));
	ck_assert(!b.modem.port->away);
	fd = client_open(b.modem.port);
	client_write(fd, "AT");
	UNTIL(&b, b.modem.rx.len == 2);
	ck_assert_uint_eq(b.modem.events[PORT_EVENT_OPENED], 1);
	close(fd);
	UNTIL(&b, b.modem.events[PORT_EVENT_CLOSED] == 1);
	bench_close(&b);
}
END_TEST

START_TEST(pty_survives_many_short_clients)
{
	struct bench b;

	pty_open(&b, NULL);
	for (unsigned i = 1; i <= 50; i++) {
		int fd = client_open(b.modem.port);

		client_write(fd, "x");
		close(fd);
		UNTIL(&b, b.modem.events[PORT_EVENT_CLOSED] == i && b.modem.rx.len == i);
	}
	bench_close(&b);
}
END_TEST

START_TEST(pty_keeps_its_terminal_raw_between_clients)
{
	struct bench b;
	struct termios t;
	int fd;

	pty_open(&b, NULL);
	for (int i = 0; i < 3; i++) {
		fd = client_open(b.modem.port);
		ck_assert_int_eq(tcgetattr(fd, &t), 0);
		ck_assert(!(t.c_lflag & (ICANON | ECHO | ISIG)) && !(t.c_iflag & ICRNL) && !(t.c_oflag & OPOST));
		close(fd);
		UNTIL(&b, b.modem.events[PORT_EVENT_CLOSED] == (unsigned)i + 1);
	}
	bench_close(&b);
}
END_TEST

START_TEST(pty_sees_the_line_speed)
{
	struct bench b;
	struct termios t;
	int fd;

	pty_open(&b, NULL);
	ck_assert_int_eq(port_peer_baud(b.modem.port), 115200);
	fd = client_open(b.modem.port);
	tcgetattr(fd, &t);
	cfsetspeed(&t, B9600);
	tcsetattr(fd, TCSANOW, &t);
	client_write(fd, "AT");
	UNTIL(&b, b.modem.rx.len == 2);
	ck_assert_int_eq(port_peer_baud(b.modem.port), 9600);
	ck_assert_uint_eq(b.modem.events[PORT_EVENT_BAUD], 1);
	close(fd);
	bench_close(&b);
}
END_TEST

START_TEST(pty_nobody_reads)
{
	struct bench b;
	char block[4096];
	size_t taken = 0;
	long n;
	int fd;

	memset(block, 'x', sizeof(block));
	pty_open(&b, NULL);
	for (int calm = 0; calm < 20; calm = n ? 0 : calm + 1) {	/* the kernel may still make room a moment later */
		n = port_write(b.modem.port, block, sizeof(block));
		ck_assert_int_ge(n, 0);
		taken += (size_t)n;
		loop_poll(b.loop);
	}
	b.modem.events[PORT_EVENT_WRITABLE] = 0;
	ck_assert_uint_ge(taken, 4096);
	ck_assert_uint_le(taken, 65536);
	for (int i = 0; i < 20; i++)
		loop_poll(b.loop);
	ck_assert_uint_eq(b.modem.events[PORT_EVENT_WRITABLE], 0);
	fd = client_open(b.modem.port);
	while (!b.modem.events[PORT_EVENT_WRITABLE]) {
		n = read(fd, block, sizeof(block));
		ck_assert(n > 0 || errno == EAGAIN);
		loop_poll(b.loop);
	}
	close(fd);
	bench_close(&b);
}
END_TEST

START_TEST(pty_flush_drops_what_nobody_read)
{
	struct bench b;
	int fd;

	pty_open(&b, NULL);
	port_write(b.modem.port, "stale RDY", 9);
	port_flush(b.modem.port);
	fd = client_open(b.modem.port);
	port_write(b.modem.port, "fresh", 5);
	client_expect(&b, fd, "fresh");
	close(fd);
	bench_close(&b);
}
END_TEST

START_TEST(pty_pause)
{
	struct bench b;
	int fd;

	pty_open(&b, NULL);
	port_pause(b.modem.port, true);
	fd = client_open(b.modem.port);
	client_write(fd, "AT");
	UNTIL(&b, b.modem.events[PORT_EVENT_OPENED] == 1);
	for (int i = 0; i < 20; i++)
		loop_poll(b.loop);
	ck_assert_uint_eq(b.modem.rx.len, 0);
	port_pause(b.modem.port, false);
	UNTIL(&b, b.modem.rx.len == 2);
	close(fd);
	bench_close(&b);
}
END_TEST

static void temp_path(char *path, size_t size, const char *name)
{
	const char *dir = getenv("TMPDIR");

	snprintf(path, size, "%s/io-%ld-%s", dir ? dir : "/tmp", (long)getpid(), name);
	unlink(path);
}

START_TEST(pty_link)
{
	char path[200], target[200] = "";
	struct bench b, c;
	struct stat st;

	temp_path(path, sizeof(path), "link");
	ck_assert_int_eq(symlink("/dangling", path), 0);
	pty_open(&b, path);
	ck_assert_int_gt(readlink(path, target, sizeof(target) - 1), 0);
	ck_assert_str_eq(target, port_pty_path(b.modem.port));
	pty_open(&c, path);
	bench_close(&b);
	ck_assert_msg(lstat(path, &st) == 0, "a link that another has taken over stays");
	bench_close(&c);
	ck_assert_int_ne(lstat(path, &st), 0);
}
END_TEST

START_TEST(pty_link_spares_files)
{
	struct err e = { 0 };
	char path[200];
	struct bench b;
	int fd;

	temp_path(path, sizeof(path), "file");
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	bench_open(&b);
	ck_assert_ptr_null(port_pty_new(b.loop, path, &e));
	ck_assert_ptr_nonnull(strstr(e.msg, path));
	e = (struct err){ 0 };
	ck_assert_ptr_null(port_pty_new(b.loop, "/nonexistent/dir/link", &e));
	ck_assert_int_ne(e.code, 0);
	bench_close(&b);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(pty_freed_from_inside)
{
	struct bench b;
	int fd;

	pty_open(&b, NULL);
	b.modem.free_on_rx = true;
	fd = client_open(b.modem.port);
	client_write(fd, "AT");
	UNTIL(&b, !b.modem.port);
	buf_free(&b.modem.rx);
	close(fd);
	bench_close(&b);
}
END_TEST

/* --- sockets ------------------------------------------------------------------------------------------------ */

static int connect_to(const char *name)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	bool tcp = strncmp(name, "tcp:", 4) == 0, abstract = strncmp(name, "abstract:", 9) == 0;
	const char *rest = strchr(name, ':') + 1;
	int fd = socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM, 0);
	int err;

	in.sin_port = tcp ? htons((uint16_t)strtol(strrchr(name, ':') + 1, NULL, 10)) : 0;
	snprintf(un.sun_path + abstract, sizeof(un.sun_path) - 1, "%s", rest);
	if (tcp)
		err = connect(fd, (void *)&in, sizeof(in));
	else
		err = connect(fd, (void *)&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(rest) + 1));
	ck_assert_msg(!err, "%s: %s", name, strerror(errno));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void talk_over(const char *address)
{
	struct err e = { 0 };
	struct port *port;
	struct bench b;
	int one, two;

	bench_open(&b);
	port = port_stream_new(b.loop, address, &e);
	ck_assert_msg(port != NULL, "%s", e.msg);
	owner_take(&b.modem, port, b.clock);
	ck_assert_int_eq(port_write(port, "into the void", 13), 13);
	one = connect_to(port_stream_name(port));
	two = connect_to(port_stream_name(port));
	UNTIL(&b, b.modem.events[PORT_EVENT_OPENED] == 1);
	client_write(one, "AT\r");
	client_write(two, "second");
	UNTIL(&b, b.modem.rx.len >= 3);
	owner_expect(&b.modem, "AT\r", "one client at a time");
	port_write(port, "OK", 2);
	client_expect(&b, one, "OK");
	close(one);
	UNTIL(&b, b.modem.events[PORT_EVENT_OPENED] == 2 && b.modem.rx.len >= 6);
	owner_expect(&b.modem, "second", "then the next");
	ck_assert_uint_eq(b.modem.events[PORT_EVENT_CLOSED], 1);
	close(two);
	UNTIL(&b, b.modem.events[PORT_EVENT_CLOSED] == 2);
	bench_close(&b);
}

START_TEST(stream_tcp) { talk_over("tcp:127.0.0.1:0"); } END_TEST

START_TEST(stream_abstract)
{
	char address[100];

	snprintf(address, sizeof(address), "abstract:io-test-%ld", (long)getpid());
	talk_over(address);
}
END_TEST

START_TEST(stream_unix)
{
	char path[200], address[220];
	struct stat st;

	temp_path(path, sizeof(path), "socket");
	snprintf(address, sizeof(address), "unix:%s", path);
	talk_over(address);
	ck_assert_int_ne(lstat(path, &st), 0);
}
END_TEST

START_TEST(stream_refusals)
{
	static const char *const bad[] = {
		"tcp:0.0.0.0:0", "tcp:192.168.1.1:7600", "tcp:127.0.0.1", "tcp:127.0.0.1:65536", "tcp:127.0.0.1:x",
		"tcp:example.com:1", "unix:", "abstract:", "serial:/dev/ttyS0", "unix:/nonexistent/dir/socket",
	};
	struct bench b;

	bench_open(&b);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { 0 };

		ck_assert_msg(!port_stream_new(b.loop, bad[i], &e), "%s was taken", bad[i]);
		ck_assert_int_ne(e.code, 0);
	}
	bench_close(&b);
}
END_TEST

START_TEST(stream_stale_socket)
{
	char path[200], address[220];
	struct err e = { 0 };
	struct port *port, *busy;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct bench b;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	temp_path(path, sizeof(path), "stale");
	snprintf(address, sizeof(address), "unix:%s", path);
	ck_assert(str_copy(un.sun_path, sizeof(un.sun_path), path));
	ck_assert_int_eq(bind(fd, (void *)&un, sizeof(un)), 0);
	close(fd);
	bench_open(&b);
	port = port_stream_new(b.loop, address, &e);
	ck_assert_msg(port != NULL, "%s", e.msg);
	busy = port_stream_new(b.loop, address, &e);
	ck_assert_msg(!busy, "a socket in use is not taken away");
	port_free(port);
	bench_close(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("io loop");
	TCase *tc = tcase_create("rows");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, timers_of_microseconds);
	tcase_add_test(tc, an_idle_loop_sleeps);
	tcase_add_test(tc, pty_is_raw_both_ways);
	tcase_add_test(tc, pty_tells_who_comes_and_goes);
	tcase_add_test(tc, pty_is_looked_at_where_nobody_tells);
	tcase_add_test(tc, pty_survives_many_short_clients);
	tcase_add_test(tc, pty_keeps_its_terminal_raw_between_clients);
	tcase_add_test(tc, pty_sees_the_line_speed);
	tcase_add_test(tc, pty_nobody_reads);
	tcase_add_test(tc, pty_flush_drops_what_nobody_read);
	tcase_add_test(tc, pty_pause);
	tcase_add_test(tc, pty_link);
	tcase_add_test(tc, pty_link_spares_files);
	tcase_add_test(tc, pty_freed_from_inside);
	tcase_add_test(tc, stream_tcp);
	tcase_add_test(tc, stream_abstract);
	tcase_add_test(tc, stream_unix);
	tcase_add_test(tc, stream_refusals);
	tcase_add_test(tc, stream_stale_socket);
	suite_add_tcase(suite, tc);
	return io_main(suite);
}
