/*
 * A serial port that is pulled and comes back under its path, alone and behind
 * the relay of a machine in QEMU. Ports are PTYs; time is moved by hand.
 */
#include "port/host/plug.h"
#include "port/qemu/relay.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

static char dir[] = "/tmp/test-plug-XXXXXX";
static char path[64];
static int modem = -1; /* the other end of the port */
static struct plug plug;

static void put_in(void)
{
	struct termios raw;

	modem = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(modem, 0);
	ck_assert_int_eq(grantpt(modem) | unlockpt(modem), 0);
	ck_assert_int_eq(tcgetattr(modem, &raw), 0);
	cfmakeraw(&raw);
	ck_assert_int_eq(tcsetattr(modem, TCSANOW, &raw), 0);
	ck_assert_int_eq(symlink(ptsname(modem), path), 0);
}

static void pull_out(void)
{
	close(modem);
	modem = -1;
	unlink(path);
}

static void setup(void)
{
	char err[256];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/port", dir);
	put_in();
	ck_assert_int_eq(plug_open(&plug, path, 115200, err, sizeof(err)), 0);
}

static void teardown(void)
{
	plug_close(&plug);
	pull_out();
	rmdir(dir);
}

static short wait_for(int fd, short events)
{
	struct pollfd p = {fd, events, 0};

	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	return p.revents;
}

static void modem_hears(const char *text)
{
	char got[64];
	size_t n = strlen(text);

	wait_for(modem, POLLIN);
	ck_assert_int_eq(read(modem, got, sizeof(got)), (ssize_t)n);
	ck_assert_mem_eq(got, text, n);
}

static void notice(struct plug *p)
{
	uint8_t bytes[8];

	ck_assert_uint_eq(
		plug_read(p, wait_for(plug_fd(p), POLLIN), bytes, 8), 0);
	ck_assert_int_eq(plug_fd(p), -1);
}

static enum plug_state look_after(struct plug *p, uint32_t out_ms)
{
	p->out_ms = plug_now_ms() - out_ms;
	p->tried_ms = p->out_ms;
	return plug_look(p);
}

START_TEST(what_is_written_while_it_is_out_is_lost)
{
	ck_assert_int_eq(plug_look(&plug), PLUG_IN);
	ck_assert_int_eq(plug_wait_ms(&plug, 60000), 60000);
	pull_out();
	notice(&plug);
	ck_assert_uint_eq(plug_write(&plug, (const uint8_t *)"lost", 4), 4);
	ck_assert_int_eq(plug_look(&plug), PLUG_OUT);
	ck_assert_int_eq(plug_wait_ms(&plug, 60000), PLUG_RETRY_MS);
	ck_assert_int_eq(plug_wait_ms(&plug, 7), 7);
	ck_assert_int_eq(look_after(&plug, PLUG_RETRY_MS), PLUG_OUT);
	put_in();
	ck_assert_int_eq(look_after(&plug, PLUG_RETRY_MS), PLUG_BACK);
	ck_assert_int_eq(plug_look(&plug), PLUG_IN);
	ck_assert_uint_eq(plug_write(&plug, (const uint8_t *)"here", 4), 4);
	modem_hears("here");
}
END_TEST

START_TEST(a_write_notices_it_too)
{
	pull_out();
	ck_assert_uint_eq(plug_write(&plug, (const uint8_t *)"lost", 4), 4);
	ck_assert_int_eq(plug_fd(&plug), -1);
	put_in();
}
END_TEST

START_TEST(patience_ends)
{
	pull_out();
	notice(&plug);
	ck_assert_int_eq(look_after(&plug, PLUG_PATIENCE_MS), PLUG_GONE);
	put_in();
	ck_assert_int_eq(plug_look(&plug), PLUG_GONE);
}
END_TEST

START_TEST(nothing_there_is_told)
{
	struct plug other;
	char err[256];

	ck_assert_int_eq(
		plug_open(&other, "/tmp/no-such-port", 115200, err, 256), -1);
	ck_assert_str_eq(err, "/tmp/no-such-port: No such file or directory");
}
END_TEST

/* --- the relay ---------------------------------------------------------- */

static int machine = -1; /* QEMU's end of the UART */
static struct relay relay;

static void setup_relay(void)
{
	int ends[2];

	setup();
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	machine = ends[0];
	relay = (struct relay){.plug = plug, .uart = ends[1]};
}

static void teardown_relay(void)
{
	plug = relay.plug;
	close(relay.uart);
	close(machine);
	teardown();
}

static void turn(void)
{
	struct pollfd fds[2];

	relay_wants(&relay, fds);
	poll(fds, 2, 0);
	relay_move(&relay, fds);
}

static uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

/* Writes all to one end while the other reads in pieces of its own size. */
static void carry(int from, int to, size_t total, size_t piece)
{
	size_t given = 0, taken = 0;
	uint8_t bytes[4096];
	ssize_t n;

	while (taken < total) {
		size_t want = total - given < 1000 ? total - given : 1000;

		for (size_t i = 0; i < want; i++)
			bytes[i] = pattern(given + i);
		n = want ? write(from, bytes, want) : 0;
		given += n > 0 ? (size_t)n : 0;
		turn();
		n = read(to, bytes, piece);
		for (ssize_t i = 0; i < n; i++)
			ck_assert_uint_eq(bytes[i], pattern(taken + (size_t)i));
		taken += n > 0 ? (size_t)n : 0;
	}
	ck_assert_uint_eq(given, total);
}

START_TEST(all_bytes_pass_whoever_is_slower)
{
	carry(modem, machine, 100000, 4096);
	carry(modem, machine, 20000, 100);
	carry(machine, modem, 100000, 4096);
	carry(machine, modem, 20000, 100);
}
END_TEST

START_TEST(the_machine_goes_on_without_the_port)
{
	char got[16];

	pull_out();
	wait_for(plug_fd(&relay.plug), POLLIN);
	turn();
	ck_assert_int_eq(plug_fd(&relay.plug), -1);
	ck_assert_int_eq(write(machine, "lost", 4), 4);
	turn();
	put_in();
	ck_assert_int_eq(look_after(&relay.plug, PLUG_RETRY_MS), PLUG_BACK);
	ck_assert_int_eq(write(machine, "AT\r", 3), 3);
	turn();
	modem_hears("AT\r");
	ck_assert_int_eq(write(modem, "\r\nOK\r\n", 6), 6);
	wait_for(plug_fd(&relay.plug), POLLIN);
	turn();
	ck_assert_int_eq(read(machine, got, sizeof(got)), 6);
	ck_assert_mem_eq(got, "\r\nOK\r\n", 6);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plug");
	TCase *tc = tcase_create("plug"), *tr = tcase_create("relay");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_written_while_it_is_out_is_lost);
	tcase_add_test(tc, a_write_notices_it_too);
	tcase_add_test(tc, patience_ends);
	tcase_add_test(tc, nothing_there_is_told);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tr, setup_relay, teardown_relay);
	tcase_add_test(tr, all_bytes_pass_whoever_is_slower);
	tcase_add_test(tr, the_machine_goes_on_without_the_port);
	suite_add_tcase(s, tr);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
