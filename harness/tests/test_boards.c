/* boards.yaml as rows; which board is meant; locks and health; and talking to one, which here is the emulator on a PTY.
 */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/emu.h"
#include "harness/board/board.h"
#include "harness/board/board_line.h"
#include "harness/board/holders.h"
#include "harness/board/hook.h"
#include "harness/scratch.h"
#include "io/port_pty.h"

static char dir[SCRATCH_PATH_MAX];

static void set_up(void)
{
	struct err e = { 0 };

	ck_assert_int_eq(scratch_make(dir, &e), 0);
	setenv("XDG_RUNTIME_DIR", dir, 1);
	setenv("XDG_STATE_HOME", dir, 1);
}

static void tear_down(void)
{
	scratch_remove(dir);
}

/* --- the file ------------------------------------------------------------------------------------------------- */

#define HEAD "schema: 1\nboards:\n"
#define FIRMWARE "schema: 1\nfirmware:\n"

static const struct {
	const char *text, *want;
} bad_rows[] = {
	{ "boards: []\n", "b:1:1: boards.yaml needs schema: 1 and boards: or firmware:" },
	{ "schema: 2\nboards: []\n", "b:1:9: schema 2 needs a newer hil" },
	{ HEAD "  - {name: a}\n", "b:3:5: a board needs name and port" },
	{ HEAD "  - {name: a, port: /dev/a, bauds: 9600}\n", "b:3:29: unknown key 'bauds' (did you mean 'baud'?)" },
	{ HEAD "  - {name: a, port: /dev/a, baud: 100}\n", "b:3:35: '100' must be a number from 300 to 4000000" },
	{ HEAD "  - {name: a/b, port: /dev/a}\n", "b:3:12: a name has no / or :, since an address has" },
	{ HEAD "  - {name: a, port: /dev/a}\n  - {name: a, port: /dev/b}\n", "b:4:12: board 'a' is there already" },
	{ HEAD "  - {name: a, port: /dev/a, reset: {ready: RDY}}\n",
	  "b:3:36: reset needs one of at: a command to the modem, run: one of this machine, line: dtr or rts" },
	{ HEAD "  - {name: a, port: /dev/a, reset: {at: AT, run: x}}\n", "b:3:36: reset needs one of at:" },
	{ HEAD "  - {name: a, port: /dev/a, reset: {line: cts}}\n", "b:3:43: 'cts' is none of dtr, rts, !dtr, !rts" },
	{ HEAD "  - {name: a, port: /dev/a, pwrkey: {on: x}}\n", "b:3:37: pwrkey needs either line: dtr or rts, or on: and off:" },
	{ HEAD "  - {name: a, port: /dev/a, reset_pin: {on: x, off: y, line: rts}}\n", "b:3:40: reset_pin needs either line:" },
	{ FIRMWARE "  - {name: a, modem: /dev/a}\n", "b:3:5: a firmware needs name and console" },
	{ FIRMWARE "  - {name: a, modem: /dev/a, console: /dev/b, flash: {within: 1s}}\n", "b:3:54: flash needs either run:" },
	{ FIRMWARE "  - {name: a, modem: /dev/a, console: /dev/b, baud: auto}\n", "b:3:53: 'auto' must be a number" },
	{ FIRMWARE "  - {name: a, modem: /dev/a, console: /dev/b, exit: '('}\n", "b:3:53: " },
	{ FIRMWARE "  - {name: a, modem: /dev/a, console: /dev/b}\n  - {name: a, modem: /dev/c, console: /dev/d}\n",
	  "b:4:12: firmware 'a' is there already" },
	{ HEAD "  - {name: a, port: /dev/a, power: {blink: x}}\n", "b:3:37: unknown key 'blink'" },
};

START_TEST(bad_files)
{
	struct err e = { 0 };

	ck_assert_ptr_null(boards_parse("b", bad_rows[_i].text, strlen(bad_rows[_i].text), &e));
	ck_assert_msg(!strncmp(e.msg, bad_rows[_i].want, strlen(bad_rows[_i].want)), "got: %s", e.msg);
}
END_TEST

static const char lab[] =
	HEAD "  - {name: one, port: /dev/one, has: [sim, antenna], revision: LE20B03, baud: 9600}\n"
	     "  - {name: two, port: /dev/two, has: [sim], reset: {at: AT+CRESET, ready: PB DONE, within: 5s}}\n"
	     "  - {name: three, port: 'tcp://h:1', power: {cycle: 'true'}}\n"
	     "  - {name: four, port: /dev/four, baud: auto, reset: {line: '!dtr', for: 50ms},"
	     " pwrkey: {line: rts}, reset_pin: {on: 'true', off: 'false'}}\n";

static struct boards *parse(void)
{
	struct err e = { 0 };
	struct boards *b = boards_parse("b", lab, sizeof(lab) - 1, &e);

	ck_assert_msg(b != NULL, "%s", e.msg);
	return b;
}

START_TEST(good_file)
{
	struct boards *b = parse();

	ck_assert_uint_eq(boards_size(b), 4);
	ck_assert_int_eq(boards_at(b, 0)->baud, 9600);
	ck_assert_str_eq(boards_at(b, 0)->revision, "LE20B03");
	ck_assert_uint_eq(boards_at(b, 0)->n_has, 2);
	ck_assert_str_eq(boards_at(b, 1)->reset_ready, "PB DONE");
	ck_assert_uint_eq(boards_at(b, 1)->reset_within_us, 5000000);
	ck_assert_int_eq(boards_at(b, 2)->baud, 115200);
	ck_assert_str_eq(boards_at(b, 2)->power[BOARD_POWER_CYCLE], "true");
	ck_assert_ptr_null(boards_at(b, 2)->power[BOARD_POWER_OFF]);
	ck_assert_int_eq(boards_at(b, 2)->reset_wire.line, -1);
	ck_assert_int_eq(boards_at(b, 3)->baud, 0);
	ck_assert_int_eq(boards_at(b, 3)->reset_wire.line, SERIAL_LINE_DTR);
	ck_assert(boards_at(b, 3)->reset_wire.inverted);
	ck_assert_uint_eq(boards_at(b, 3)->reset_for_us, 50000);
	ck_assert_int_eq(boards_at(b, 3)->key[BOARD_KEY_PWRKEY].wire.line, SERIAL_LINE_RTS);
	ck_assert_str_eq(boards_at(b, 3)->key[BOARD_KEY_RESET].run[0], "false");
	boards_free(b);
}
END_TEST

/* --- which one ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *what, *port, *want;
} find_rows[] = {
	{ "two", "/dev/two", NULL },
	{ "pool:sim", "/dev/one", NULL },
	{ "pool:sim,antenna", "/dev/one", NULL },
	{ "pool:", "/dev/one", NULL },
	{ "/dev/two", "/dev/two", NULL },
	{ "/dev/ttyUSB3", "/dev/ttyUSB3", NULL },
	{ "tcp://lab:7600", "tcp://lab:7600", NULL },
	{ "pool:moon", NULL, "pool:moon: 0 boards have that, 0 of them out, the others in use" },
	{ "tow", NULL, "no board 'tow' in boards.yaml (4 boards), did you mean 'two'?" },
};

START_TEST(finds)
{
	struct boards *b = parse();
	struct err e = { 0 };
	const struct board *found = boards_find(b, find_rows[_i].what, &e);

	if (find_rows[_i].port) {
		ck_assert_msg(found != NULL, "%s", e.msg);
		ck_assert_str_eq(found->port, find_rows[_i].port);
	} else {
		ck_assert_ptr_null(found);
		ck_assert_str_eq(e.msg, find_rows[_i].want);
	}
	boards_free(b);
}
END_TEST

START_TEST(pool_passes_over_what_is_out_or_in_use)
{
	struct boards *b = parse();
	struct err e = { 0 };
	char why[64];
	int fd, again;

	ck_assert_int_eq(board_lock(boards_at(b, 0), &fd, &e), 0);
	ck_assert_int_eq(board_lock(boards_at(b, 0), &again, &e), -EBUSY);
	ck_assert_msg(strstr(e.msg, "board one is in use by process ") != NULL, "%s", e.msg);
	ck_assert_str_eq(boards_find(b, "pool:sim", NULL)->name, "two");
	ck_assert_int_eq(board_set_out(boards_at(b, 1), "does not answer", &e), 0);
	ck_assert(board_out(boards_at(b, 1), why, sizeof(why)));
	ck_assert_str_eq(why, "does not answer");
	ck_assert_ptr_null(boards_find(b, "pool:sim", NULL));
	ck_assert_int_eq(board_set_out(boards_at(b, 1), NULL, &e), 0);
	ck_assert(!board_out(boards_at(b, 1), why, sizeof(why)));
	close(fd);
	ck_assert_str_eq(boards_find(b, "pool:sim", NULL)->name, "one");
	boards_free(b);
}
END_TEST

/* Two names of one device are one board. */
START_TEST(lock_follows_links)
{
	char a[128], link[128], text[512];
	struct err e = { 0 };
	struct boards *b;
	int fd, again;

	snprintf(a, sizeof(a), "%s/device", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	fclose(fopen(a, "w"));
	ck_assert_int_eq(symlink(a, link), 0);
	snprintf(text, sizeof(text), HEAD "  - {name: a, port: %s}\n  - {name: b, port: %s}\n", a, link);
	b = boards_parse("b", text, strlen(text), &e);
	ck_assert_msg(b != NULL, "%s", e.msg);
	ck_assert_int_eq(board_lock(boards_at(b, 0), &fd, &e), 0);
	ck_assert_int_eq(board_lock(boards_at(b, 1), &again, NULL), -EBUSY);
	close(fd);
	boards_free(b);
}
END_TEST

START_TEST(tells_who_else_has_it)
{
	char device[128], text[400], who[200], want[64], byte;
	struct err e = { 0 };
	struct boards *b;
	int ends[2];
	pid_t pid;

	snprintf(device, sizeof(device), "%s/device", dir);
	fclose(fopen(device, "we"));
	snprintf(text, sizeof(text), HEAD "  - {name: a, port: %s}\n", device);
	b = boards_parse("b", text, strlen(text), &e);
	ck_assert_msg(b != NULL, "%s", e.msg);
	board_holders(boards_at(b, 0), who, sizeof(who));
	ck_assert_str_eq(who, "");
	ck_assert(!pipe(ends));
	pid = fork();
	if (!pid) {
		FILE *f = fopen(device, "re");

		_exit(f && write(ends[1], "x", 1) == 1 && pause());
	}
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	board_holders(boards_at(b, 0), who, sizeof(who));
	snprintf(want, sizeof(want), "test_boards (%d)", (int)pid);
	ck_assert_str_eq(who, want);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	boards_free(b);
}
END_TEST

/* --- talking -------------------------------------------------------------------------------------------------- */

struct lab_modem {
	struct clock *clock;
	struct loop *loop;
	struct emu_setup *setup;
	struct emu *emu;
	struct boards *boards;
	struct board_line *line;
};

static void open_modem(struct lab_modem *m, const char *more)
{
	static const char *const quirks[] = { "uart_speed=exact" };
	struct emu_setup_options so = { .profile = "LE20B03SIM7600M22", .quirks = quirks, .n_quirks = 1 };
	struct emu_options eo = { 0 };
	struct err e = { 0 };
	char text[512];

	m->clock = clock_new_monotonic(5); /* faster would leave a busy machine no time to answer in */
	m->loop = loop_new(m->clock);
	m->setup = emu_setup_load(&so, &e);
	ck_assert_msg(m->loop && m->setup, "%s", e.msg);
	eo.port = port_pty_new(m->loop, NULL, &e);
	ck_assert_msg(eo.port != NULL, "%s", e.msg);
	snprintf(text, sizeof(text), HEAD "  - {name: lab, port: %s%s}\n", port_pty_path(eo.port), more);
	eo.setup = m->setup;
	eo.clock = m->clock;
	eo.loop = m->loop;
	m->emu = emu_new(&eo, &e);
	m->boards = boards_parse("b", text, strlen(text), &e);
	ck_assert_msg(m->emu && m->boards, "%s", e.msg);
	m->line = board_line_open(boards_at(m->boards, 0), m->loop, &e);
	ck_assert_msg(m->line != NULL, "%s", e.msg);
}

static void close_modem(struct lab_modem *m)
{
	board_line_close(m->line, NULL);
	emu_free(m->emu);
	boards_free(m->boards);
	emu_setup_free(m->setup);
	loop_free(m->loop);
	clock_free(m->clock);
}

START_TEST(asks)
{
	struct lab_modem m;
	struct buf answer;
	struct err e = { 0 };
	char revision[64];

	open_modem(&m, "");
	buf_init(&answer, 4096);
	ck_assert_msg(!board_sync(m.line, &e), "%s", e.msg);
	ck_assert_msg(!board_revision(m.line, revision, sizeof(revision), &e), "%s", e.msg);
	ck_assert_str_eq(revision, "LE20B03SIM7600M22");
	ck_assert_int_eq(board_ask(m.line, "AT+CPIN?", 5000000, &answer), 0);
	ck_assert_str_eq(buf_str(&answer), "+CPIN: READY\n");
	buf_reset(&answer);
	ck_assert_int_eq(board_ask(m.line, "AT+NOSUCH", 5000000, &answer), -EPROTO);
	ck_assert_str_eq(buf_str(&answer), "ERROR\n");
	ck_assert_int_eq(board_ask(m.line, "AT+CCERTDOWN=\"a.pem\",10", 300000, NULL), -ETIMEDOUT);
	buf_free(&answer);
	close_modem(&m);
}
END_TEST

/* Half a command, and echo off, are what a client leaves behind when it is killed. */
START_TEST(syncs_after_a_mess)
{
	struct lab_modem m;
	struct buf answer;
	struct err e = { 0 };

	open_modem(&m, "");
	buf_init(&answer, 4096);
	ck_assert_int_eq(board_ask(m.line, "ATE0", 5000000, NULL), 0);
	ck_assert_int_eq(board_ask(m.line, "AT+CSQ\r\rAT+CO", 5000000, NULL), 0);
	ck_assert_msg(!board_sync(m.line, &e), "%s", e.msg);
	ck_assert_int_eq(board_ask(m.line, "AT+CPIN?", 5000000, &answer), 0);
	ck_assert_str_eq(buf_str(&answer), "+CPIN: READY\n");
	buf_free(&answer);
	close_modem(&m);
}
END_TEST

/* A modem that was left at another speed. */
static const struct {
	const char *more;
	const char *left_at;
	long speed, found, baud;
} speed_rows[] = {
	{ ", baud: auto", "AT+IPR=9600", 9600, 9600, 9600 },
	{ ", baud: auto", "AT", 115200, 115200, 115200 },
	{ "", "AT+IPR=38400", 38400, 38400, 115200 },
};

START_TEST(finds_the_speed)
{
	struct lab_modem m;
	struct err e = { 0 };
	struct board_line *l;

	open_modem(&m, speed_rows[_i].more);
	ck_assert_int_eq(board_ask(m.line, speed_rows[_i].left_at, 5000000, NULL), 0);
	board_line_close(m.line, NULL);
	m.line = l = board_line_open(boards_at(m.boards, 0), m.loop, &e);
	ck_assert_msg(l && !board_sync(l, &e), "%s", e.msg);
	ck_assert_int_eq(board_line_found_baud(l), speed_rows[_i].found);
	ck_assert_int_eq(board_line_baud(l), speed_rows[_i].baud);
	ck_assert_int_eq(board_ask(l, "AT", 5000000, NULL), 0);
	close_modem(&m);
}
END_TEST

/* The speed is known and right, and the modem only takes its time. */
START_TEST(waits_for_a_modem_that_boots)
{
	struct lab_modem m;
	struct err e = { 0 };
	struct buf reply;

	open_modem(&m, "");
	buf_init(&reply, 4096);
	ck_assert_int_eq(emu_control(m.emu, "mute 1200ms", &reply), 0);
	ck_assert_msg(!board_sync(m.line, &e), "%s", e.msg);
	ck_assert_int_eq(board_line_found_baud(m.line), 115200);
	buf_free(&reply);
	close_modem(&m);
}
END_TEST

static const struct {
	const char *more;
	int err;
	const char *want;
} key_rows[] = {
	{ ", pwrkey: {on: 'true', off: 'exit 2'}", 0, "'exit 2': exit 2" },
	{ ", pwrkey: {line: rts}", -ENOTSUP, "board lab: /dev/pts/" },
	{ "", -ENOTSUP, "pwrkey: of board lab in boards.yaml" },
};

START_TEST(presses_keys)
{
	struct lab_modem m;
	struct err e = { 0 };

	open_modem(&m, key_rows[_i].more);
	ck_assert_int_eq(board_line_press(m.line, BOARD_KEY_PWRKEY, true, &e), key_rows[_i].err);
	if (!key_rows[_i].err)
		ck_assert_int_eq(board_line_press(m.line, BOARD_KEY_PWRKEY, false, &e), -EINVAL);
	ck_assert_msg(!strncmp(e.msg, key_rows[_i].want, strlen(key_rows[_i].want)), "%s", e.msg);
	close_modem(&m);
}
END_TEST

START_TEST(power_off_is_silence)
{
	struct lab_modem m;
	struct err e = { 0 };
	struct buf reply;

	open_modem(&m, "");
	buf_init(&reply, 4096);
	ck_assert_int_eq(emu_control(m.emu, "power off", &reply), 0);
	ck_assert_int_eq(board_ask(m.line, "AT", 100000, NULL), -ETIMEDOUT);
	ck_assert_int_eq(board_revision(m.line, (char[8]){ 0 }, 8, &e), -ETIMEDOUT);
	buf_free(&reply);
	close_modem(&m);
}
END_TEST

/* --- hooks ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *command, *out, *want;
	int err;
} hook_rows[] = {
	{ "echo a; echo b >&2", "a\nb\n", "", 0 },
	{ "echo no device; exit 3", "no device\n", "'echo no device; exit 3': exit 3: no device", -EINVAL },
	{ "no-such-program-here", NULL, "'no-such-program-here': exit 127: sh: 1: no-such-program-here: not found", -EINVAL },
	{ "sleep 60 & sleep 60", "", "'sleep 60 & sleep 60' did not end within 0.2 s and was killed", -ETIMEDOUT },
};

START_TEST(hooks)
{
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, 4096);
	ck_assert_int_eq(hook_run(hook_rows[_i].command, hook_rows[_i].err == -ETIMEDOUT ? 200000 : 20000000, &out, &e),
			 hook_rows[_i].err);
	ck_assert_str_eq(e.msg, hook_rows[_i].want);
	if (hook_rows[_i].out)
		ck_assert_str_eq(buf_str(&out), hook_rows[_i].out);
	buf_free(&out);
}
END_TEST

/* --- lines ---------------------------------------------------------------------------------------------------- */

START_TEST(reads_lines)
{
	struct serial_lines lines = { .on = { [SERIAL_LINE_DSR] = true } };

	serial_lines_read(&lines, "dtr=on\ncts=off\ndcd=on\ndcd.times=12\nri=on\nri.times=x\nasleep=no\nriddle=on");
	ck_assert(lines.on[SERIAL_LINE_DTR] && lines.on[SERIAL_LINE_DCD] && lines.on[SERIAL_LINE_RI]);
	ck_assert(!lines.on[SERIAL_LINE_CTS] && lines.on[SERIAL_LINE_DSR]);
	ck_assert_uint_eq(lines.times[SERIAL_LINE_DCD], 12);
	ck_assert_uint_eq(lines.times[SERIAL_LINE_RI], 0);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *s = suite_create("boards");
	TCase *t = tcase_create("boards");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, bad_files, 0, COUNT(bad_rows));
	tcase_add_test(t, good_file);
	tcase_add_loop_test(t, finds, 0, COUNT(find_rows));
	tcase_add_test(t, pool_passes_over_what_is_out_or_in_use);
	tcase_add_test(t, lock_follows_links);
	tcase_add_test(t, tells_who_else_has_it);
	tcase_add_loop_test(t, hooks, 0, COUNT(hook_rows));
	tcase_add_test(t, reads_lines);
	tcase_add_test(t, asks);
	tcase_add_test(t, syncs_after_a_mess);
	tcase_add_loop_test(t, finds_the_speed, 0, COUNT(speed_rows));
	tcase_add_test(t, waits_for_a_modem_that_boots);
	tcase_add_loop_test(t, presses_keys, 0, COUNT(key_rows));
	tcase_add_test(t, power_off_is_silence);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
