/*
 * Firmware on a board: hooks, the console, and the wires of its modem. The board is two PTYs whose ends the test holds;
 * its hooks are small shell commands.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "harness/board/board.h"
#include "harness/dut.h"
#include "harness/scratch.h"
#include "io/loop.h"
#include "io/port_pty.h"

enum { NOT_YET = -1, WITHIN_US = 20000000 };

struct bench {
	char dir[SCRATCH_PATH_MAX];
	struct clock *clock;
	struct loop *loop;
	struct port *modem, *console; /* the board's ends */
	struct boards *boards;
	struct dut *dut;
	struct buf to_board, bytes, log;
	int status;
	bool late;
};

static void on_to_board(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct bench *)ctx)->to_board, p, n);
}

static void on_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void on_bytes(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct bench *)ctx)->bytes, p, n);
}

static void on_log(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct bench *)ctx)->log, p, n);
}

static void on_exited(int status, void *ctx)
{
	((struct bench *)ctx)->status = status;
}

static struct port *board_end(struct bench *b)
{
	struct err e = { 0 };
	struct port *port = port_pty_new(b->loop, NULL, &e);

	ck_assert_msg(port != NULL, "%s", e.msg);
	port_set_owner(port, on_to_board, on_event, b);
	return port;
}

static void start(struct bench *b, const char *hooks)
{
	struct dut_options o = { .hooks = { on_bytes, on_log, on_exited, b } };
	struct err e = { 0 };
	char text[2048];

	*b = (struct bench){ .status = NOT_YET };
	ck_assert_int_eq(scratch_make(b->dir, &e), 0);
	b->clock = o.clock = clock_new_monotonic(1);
	b->loop = o.loop = loop_new(b->clock);
	buf_init(&b->to_board, 4096);
	buf_init(&b->bytes, 4096);
	buf_init(&b->log, 1 << 16);
	b->modem = board_end(b);
	b->console = board_end(b);
	snprintf(text, sizeof(text),
		 "schema: 1\nfirmware:\n  - {name: m3, modem: %s, console: %s, exit: '^exit ([0-9]+)$'%s}\n",
		 port_pty_path(b->modem), port_pty_path(b->console), hooks);
	b->boards = boards_parse("b", text, strlen(text), &e);
	ck_assert_msg(b->boards != NULL, "%s", e.msg);
	b->dut = dut_board_new(&o, boards_find_firmware(b->boards, "m3", &e), &e);
	ck_assert_msg(b->dut != NULL, "%s", e.msg);
}

static void stop(struct bench *b)
{
	dut_free(b->dut);
	port_free(b->modem);
	port_free(b->console);
	boards_free(b->boards);
	buf_free(&b->to_board);
	buf_free(&b->bytes);
	buf_free(&b->log);
	loop_free(b->loop);
	clock_free(b->clock);
	scratch_remove(b->dir);
}

static void on_late(void *ctx)
{
	((struct bench *)ctx)->late = true;
}

/* Turns the loop until a buffer has text, or with text NULL until the client has ended. */
static void wait_for(struct bench *b, const struct buf *in, const char *text)
{
	struct timer limit;

	timer_init(&limit, on_late, b);
	clock_arm(b->clock, &limit, WITHIN_US);
	while (!b->late && (text ? !strstr(buf_str(in), text) : b->status == NOT_YET))
		loop_once(b->loop);
	timer_cancel(&limit);
	ck_assert_msg(!b->late, "never seen: %s; the log: %s", text ? text : "an end", buf_str(&b->log));
}

static void say(struct port *port, const char *text)
{
	ck_assert_int_eq(port_write(port, text, strlen(text)), (long)strlen(text));
}

static int begin(struct bench *b, const char *const *args, size_t n)
{
	struct err e = { 0 };

	b->status = NOT_YET;
	return dut_start(b->dut, args, n, &e);
}

/* --- a whole life ------------------------------------------------------------------------------------------------ */

START_TEST(test_run)
{
	static const char *const args[] = { "--publish", "t/1=it's $HOME", "" };
	struct bench b;

	start(&b, ", start: {run: 'for a in ${args}; do echo \"[$a]\"; done'}, reset: {run: 'echo reset'}");
	say(b.console, "early\r\n");
	wait_for(&b, &b.log, "early\r\n");
	say(b.modem, "nobody hears this\r");
	ck_assert_int_eq(begin(&b, args, 3), 0);
	wait_for(&b, &b.log, "[--publish]\n[t/1=it's $HOME]\n[]\nreset\n");
	ck_assert_int_eq(begin(&b, args, 3), -EBUSY);
	b.status = NOT_YET;
	say(b.modem, "AT\r");
	wait_for(&b, &b.bytes, "AT\r");
	dut_rx(b.dut, "\r\nOK\r\n", 6);
	wait_for(&b, &b.to_board, "\r\nOK\r\n");
	say(b.console, "exit ");
	say(b.console, "7\r\nand more\n");
	wait_for(&b, NULL, NULL);
	ck_assert_int_eq(b.status, 7);
	wait_for(&b, &b.log, "and more\n");
	dut_rx(b.dut, "lost", 4);
	buf_reset(&b.log);
	ck_assert_int_eq(begin(&b, NULL, 0), 0);
	wait_for(&b, &b.log, "reset\n");
	say(b.console, "exit 0\n");
	wait_for(&b, NULL, NULL);
	ck_assert_int_eq(b.status, 0);
	ck_assert_ptr_null(strstr(buf_str(&b.to_board), "lost"));
	stop(&b);
}
END_TEST

static const struct {
	const char *hooks, *log;
	int status;
} failures[] = {
	{ ", start: {run: 'echo no such board; exit 3'}", "no such board\nhil: m3: its start hook failed\n", 126 },
	{ ", start: {run: 'true'}, reset: {run: 'exit 1'}", "hil: m3: its reset hook failed\n", 126 },
	{ ", start: {run: 'sleep 60', within: 100ms}", "hil: m3: its start hook did not end in time\n", 126 },
	{ ", reset: {line: rts}", "hil: m3: it cannot be reset\n", 126 }, /* a PTY has no lines */
};

START_TEST(test_failures)
{
	struct bench b;

	start(&b, failures[_i].hooks);
	ck_assert_int_eq(begin(&b, NULL, 0), 0);
	wait_for(&b, NULL, NULL);
	ck_assert_int_eq(b.status, failures[_i].status);
	ck_assert_str_eq(buf_str(&b.log), failures[_i].log);
	stop(&b);
}
END_TEST

START_TEST(test_stop)
{
	struct bench b;

	start(&b, ", start: {run: 'true'}, stop: {run: 'true'}");
	ck_assert_int_eq(begin(&b, NULL, 0), 0);
	dut_stop(b.dut);
	ck_assert_int_eq(b.status, 143);
	dut_stop(b.dut);
	stop(&b);
}
END_TEST

/* A modem of its own: nothing is heard of it, and nothing is said to it. */
START_TEST(test_own_modem)
{
	struct dut_options o = { .hooks = { on_bytes, on_log, on_exited, NULL } };
	struct err e = { 0 };
	char text[400];
	struct bench b;
	struct boards *boards;
	struct dut *dut;

	start(&b, "");
	o.clock = b.clock;
	o.loop = b.loop;
	o.hooks.ctx = &b;
	snprintf(text, sizeof(text), "schema: 1\nfirmware:\n  - {name: own, console: %s, exit: '^bye'}\n",
		 port_pty_path(b.console));
	boards = boards_parse("b", text, strlen(text), &e);
	ck_assert_msg(boards != NULL, "%s", e.msg);
	dut_free(b.dut); /* a console has one reader */
	b.dut = NULL;
	dut = dut_board_new(&o, boards_find_firmware(boards, "own", &e), &e);
	ck_assert_msg(dut != NULL, "%s", e.msg);
	ck_assert_int_eq(dut_start(dut, NULL, 0, &e), 0);
	dut_rx(dut, "lost", 4);
	say(b.console, "bye\n");
	wait_for(&b, NULL, NULL);
	ck_assert_int_eq(b.status, 0);
	dut_free(dut);
	boards_free(boards);
	stop(&b);
}
END_TEST

START_TEST(test_console_gone)
{
	struct bench b;

	start(&b, "");
	ck_assert_int_eq(begin(&b, NULL, 0), 0);
	port_free(b.console);
	b.console = NULL;
	wait_for(&b, NULL, NULL);
	ck_assert_int_eq(b.status, 126);
	ck_assert_str_eq(buf_str(&b.log), "hil: m3: the console went away\n");
	stop(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dut_board");
	TCase *t = tcase_create("dut_board");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_run);
	tcase_add_loop_test(t, test_failures, 0, (int)(sizeof(failures) / sizeof(failures[0])));
	tcase_add_test(t, test_stop);
	tcase_add_test(t, test_own_modem);
	tcase_add_test(t, test_console_gone);
	suite_add_tcase(s, t);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
