/*
 * A port behind an RFC 2217 server: ser2net with an emulator on its PTY. Where hil was built without libgensio there is
 * only its message to be seen; where ser2net is missing nothing is.
 */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/emu.h"
#include "harness/child.h"
#include "harness/port_board.h"
#include "harness/port_rfc2217.h"
#include "harness/scratch.h"
#include "have.h"
#include "io/port_pty.h"

enum { WITHIN_US = 20000000 };

struct lab {
	char dir[SCRATCH_PATH_MAX], address[64];
	struct clock *clock;
	struct loop *loop;
	struct emu_setup *setup;
	struct emu *emu;
	struct port *pty, *port;
	struct child *server;
	struct buf seen;
	int opened, closed;
	bool late;
};

/* A port that nobody has now. */
static int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert(!bind(fd, (struct sockaddr *)&a, sizeof(a)) && !getsockname(fd, (struct sockaddr *)&a, &n));
	close(fd);
	return ntohs(a.sin_port);
}

static void on_bytes(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct lab *)ctx)->seen, p, n);
}

static void on_event(enum port_event ev, void *ctx)
{
	struct lab *l = ctx;

	l->opened += ev == PORT_EVENT_OPENED;
	l->closed += ev == PORT_EVENT_CLOSED;
}

static void on_late(void *ctx)
{
	((struct lab *)ctx)->late = true;
}

/* Turns the loop until text has come, or with NULL until *count is there. */
static void wait_for(struct lab *l, const char *text, const int *count)
{
	struct timer limit;

	timer_init(&limit, on_late, l);
	clock_arm(l->clock, &limit, WITHIN_US);
	while (!l->late && (text ? !strstr(buf_str(&l->seen), text) : !*count))
		loop_once(l->loop);
	timer_cancel(&limit);
	ck_assert_msg(!l->late, "never seen: %s", text ? text : "an event");
	buf_reset(&l->seen);
}

static void on_output(const void *p, size_t n, void *ctx)
{
	(void)p;
	(void)n;
	(void)ctx;
}

static void on_exited(int status, void *ctx)
{
	(void)status;
	(void)ctx;
}

static void start_server(struct lab *l, int port)
{
	const struct child_hooks hooks = { on_output, on_exited, NULL };
	char file[SCRATCH_PATH_MAX + 16];
	char *const argv[] = { "ser2net", "-n", "-c", file, NULL };
	struct err e = { 0 };
	FILE *f;

	snprintf(file, sizeof(file), "%s/ser2net.yaml", l->dir);
	f = fopen(file, "we");
	fprintf(f,
		"connection: &m\n  accepter: telnet(rfc2217),tcp,127.0.0.1,%d\n  connector: "
		"serialdev,%s,115200n81,local\n",
		port, port_pty_path(l->pty));
	fclose(f);
	l->server = child_start(l->loop, argv, &hooks, &e);
	ck_assert_msg(l->server != NULL, "%s", e.msg);
}

static void open_modem(struct lab *l)
{
	static const char *const quirks[] = { "uart_speed=exact" };
	struct emu_setup_options so = { .profile = "LE20B03SIM7600M22", .quirks = quirks, .n_quirks = 1 };
	struct emu_options eo = { 0 };
	struct err e = { 0 };

	*l = (struct lab){ 0 };
	ck_assert_int_eq(scratch_make(l->dir, &e), 0);
	buf_init(&l->seen, 1 << 16);
	l->clock = clock_new_monotonic(1);
	l->loop = loop_new(l->clock);
	l->setup = emu_setup_load(&so, &e);
	ck_assert_msg(l->setup != NULL, "%s", e.msg);
	eo.port = l->pty = port_pty_new(l->loop, NULL, &e);
	ck_assert_msg(eo.port != NULL, "%s", e.msg);
	eo.setup = l->setup;
	eo.clock = l->clock;
	eo.loop = l->loop;
	l->emu = emu_new(&eo, &e);
	ck_assert_msg(l->emu != NULL, "%s", e.msg);
}

static void close_modem(struct lab *l)
{
	port_free(l->port);
	if (l->server)
		child_free(l->server, 1000000);
	emu_free(l->emu);
	emu_setup_free(l->setup);
	loop_free(l->loop);
	clock_free(l->clock);
	buf_free(&l->seen);
	scratch_remove(l->dir);
}

/* The server needs a moment until it listens. */
static void open_port(struct lab *l, int port)
{
	struct err e = { 0 };

	snprintf(l->address, sizeof(l->address), "rfc2217://127.0.0.1:%d", port);
	for (int i = 0; i < 500 && !l->port; i++) {
		struct timer pause;

		l->port = port_board_new(l->loop, l->address, 115200, &e);
		l->late = false;
		timer_init(&pause, on_late, l);
		clock_arm(l->clock, &pause, 20000);
		while (!l->port && !l->late)
			loop_once(l->loop);
		timer_cancel(&pause);
	}
	l->late = false;
	ck_assert_msg(l->port != NULL, "%s", e.msg);
	port_set_owner(l->port, on_bytes, on_event, l);
}

static void say(struct lab *l, const char *text)
{
	ck_assert_int_eq(port_write(l->port, text, strlen(text)), (long)strlen(text));
}

START_TEST(test_talk)
{
	int port = free_port();
	struct serial_lines lines = { 0 };
	struct lab l;

	open_modem(&l);
	start_server(&l, port);
	open_port(&l, port);
	ck_assert_str_eq(port_board_name(l.port), l.address);
	say(&l, "ATE0\r");
	wait_for(&l, "OK", NULL);
	say(&l, "AT+CGMR\r");
	wait_for(&l, "LE20B03SIM7600M22\r\n\r\nOK", NULL);
	say(&l, "AT+IPR=9600\r");
	wait_for(&l, "OK", NULL);
	ck_assert_int_eq(port_board_set_baud(l.port, 9600), 0);
	ck_assert_int_eq(port_peer_baud(l.port), 9600);
	say(&l, "AT+IPR?\r");
	wait_for(&l, "+IPR: 9600", NULL);
	ck_assert_int_eq(port_board_set_line(l.port, SERIAL_LINE_DTR, false), 0);
	ck_assert_int_eq(port_board_get_lines(l.port, &lines), 0);
	close_modem(&l);
}
END_TEST

/* The server goes and comes back: so does the port, with its speed. */
START_TEST(test_comes_back)
{
	int port = free_port();
	struct lab l;

	open_modem(&l);
	start_server(&l, port);
	open_port(&l, port);
	say(&l, "AT\r");
	wait_for(&l, "OK", NULL);
	child_free(l.server, 1000000);
	l.server = NULL;
	wait_for(&l, NULL, &l.closed);
	ck_assert_int_eq(port_write(l.port, "AT\r", 3), -EIO);
	start_server(&l, port);
	wait_for(&l, NULL, &l.opened);
	say(&l, "AT\r");
	wait_for(&l, "OK", NULL);
	close_modem(&l);
}
END_TEST

static const struct {
	const char *address, *want;
} bad[] = {
	{ "rfc2217://127.0.0.1", "rfc2217://127.0.0.1: expected rfc2217://HOST:PORT" },
	{ "rfc2217://127.0.0.1:", "rfc2217://127.0.0.1:: expected rfc2217://HOST:PORT" },
	{ "rfc2217://a,b:1", "rfc2217://a,b:1: expected rfc2217://HOST:PORT" },
	{ "rfc2217://127.0.0.1:1", "rfc2217://127.0.0.1:1: " },
};

START_TEST(test_bad_addresses)
{
	struct clock *clock = clock_new_monotonic(1);
	struct loop *loop = loop_new(clock);
	struct err e = { 0 };

	ck_assert_ptr_null(port_board_new(loop, bad[_i].address, 115200, &e));
	if (HAVE_GENSIO)
		ck_assert_msg(!strncmp(e.msg, bad[_i].want, strlen(bad[_i].want)), "%s", e.msg);
	else
		ck_assert_msg(strstr(e.msg, "built without libgensio") != NULL, "%s", e.msg);
	loop_free(loop);
	clock_free(clock);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rfc2217");
	TCase *t = tcase_create("rfc2217");
	SRunner *runner = srunner_create(s);
	const char *path = getenv("PATH");
	char with_sbin[4096];
	int failed;

	snprintf(with_sbin, sizeof(with_sbin), "%s:/usr/sbin", path ? path : "");
	setenv("PATH", with_sbin, 1);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_bad_addresses, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	if (HAVE_GENSIO && !access("/usr/sbin/ser2net", X_OK)) {
		tcase_add_test(t, test_talk);
		tcase_add_test(t, test_comes_back);
	} else {
		printf("SKIP: %s\n", HAVE_GENSIO ? "no ser2net (ci/install-deps guest)" : "built without libgensio");
	}
	suite_add_tcase(s, t);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
