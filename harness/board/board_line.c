/* One command at a time over a board's port. */
#include "harness/board/board_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/board/hook.h"
#include "harness/port_board.h"
#include "harness/wire/exchange_rows.h"

enum {
	INPUT_MAX_BYTES = 1 << 20,
	SYNC_TRIES = 20,
	SYNC_WITHIN_US = 500000,
	ASK_WITHIN_US = 5000000,
	QUIET_US = 100000,
	LAST_LOOK_US = 20000,
	KNOCK_TRIES = 4, /* before another speed is tried */
	SPEED_TRIES = 2,
	SPEED_WITHIN_US = 250000,
	SPEED_SETTLE_US = 100000,
	HOOK_WITHIN_US = 60000000,
};

/* What modems are set to, the likely ones first. */
static const long speeds[] = { 115200, 9600, 57600, 38400, 19200, 230400, 460800, 921600, 4800, 2400, 1200, 3000000 };

struct board_line {
	const struct board *board;
	struct loop *loop;
	struct port *port;
	struct buf in;
	struct timer limit;
	size_t drained;
	long found;
	bool late, last_look, gone, borrowed;
};

static void on_bytes(const void *p, size_t n, void *ctx)
{
	struct board_line *l = ctx;

	if (l->in.len + n > INPUT_MAX_BYTES)
		buf_drop(&l->in, n);
	buf_add(&l->in, p, n);
}

static void on_event(enum port_event ev, void *ctx)
{
	struct board_line *l = ctx;

	if (ev == PORT_EVENT_CLOSED || ev == PORT_EVENT_OPENED)
		l->gone = ev == PORT_EVENT_CLOSED;
}

/* On a machine that had no time for us the answer may be there by now: it is looked for before the time is over. */
static void on_late(void *ctx)
{
	struct board_line *l = ctx;

	l->late = l->last_look;
	l->last_look = true;
	if (!l->late)
		clock_arm(loop_clock(l->loop), &l->limit, LAST_LOOK_US);
}

static struct board_line *line_new(const struct board *b, struct loop *loop, struct port *port)
{
	struct board_line *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->board = b;
	l->loop = loop;
	l->port = port;
	buf_init(&l->in, INPUT_MAX_BYTES);
	timer_init(&l->limit, on_late, l);
	port_set_owner(l->port, on_bytes, on_event, l);
	return l;
}

struct board_line *board_line_over(const struct board *b, struct loop *loop, struct port *port)
{
	struct board_line *l = line_new(b, loop, port);

	if (l)
		l->borrowed = true;
	return l;
}

struct board_line *board_line_open(const struct board *b, struct loop *loop, struct err *e)
{
	struct port *port = port_board_new(loop, b->port, b->baud, e);
	struct board_line *l = port ? line_new(b, loop, port) : NULL;

	if (port && !l) {
		err_set(e, -ENOMEM, "out of memory");
		port_free(port);
	}
	return l;
}

void board_line_close(struct board_line *l, struct port **port)
{
	if (!l)
		return;
	timer_cancel(&l->limit);
	if (port)
		*port = l->port;
	else if (!l->borrowed)
		port_free(l->port);
	buf_free(&l->in);
	free(l);
}

/* --- waiting -------------------------------------------------------------------------------------------------- */

static void begin_wait(struct board_line *l, uint64_t within_us)
{
	l->late = l->last_look = false;
	clock_arm(loop_clock(l->loop), &l->limit, within_us);
}

/* Lets the loop turn once. 0 while there is time. */
static int wait_more(struct board_line *l)
{
	if (l->gone)
		return -EIO;
	if (l->late)
		return -ETIMEDOUT;
	loop_once(l->loop);
	return 0;
}

/* Takes the next whole line out of what came; false when there is none yet. */
static bool take_line(struct board_line *l, struct buf *line)
{
	size_t n;

	while (l->in.len) {
		n = 0;
		while (n < l->in.len && l->in.data[n] != '\r' && l->in.data[n] != '\n')
			n++;
		if (n == l->in.len)
			return false;
		buf_reset(line);
		buf_add(line, l->in.data, n);
		buf_drop(&l->in, n + 1);
		if (n)
			return true;
	}
	return false;
}

int board_ask(struct board_line *l, const char *command, uint64_t within_us, struct buf *answer)
{
	struct buf line;
	bool final = false, ok = false;
	int err = 0;

	buf_init(&line, INPUT_MAX_BYTES);
	port_write(l->port, command, strlen(command));
	port_write(l->port, "\r", 1);
	begin_wait(l, within_us);
	while (!err && !final) {
		if (!take_line(l, &line)) {
			err = wait_more(l);
			continue;
		}
		final = rows_is_final(buf_str(&line));
		ok = !strcmp(buf_str(&line), "OK");
		if (answer && !ok && strcmp(buf_str(&line), command))
			buf_addf(answer, "%s\n", buf_str(&line));
	}
	timer_cancel(&l->limit);
	buf_free(&line);
	return err ? err : ok ? 0 : -EPROTO;
}

int board_wait_line(struct board_line *l, const char *text, uint64_t within_us)
{
	struct buf line;
	int err = 0;

	buf_init(&line, INPUT_MAX_BYTES);
	begin_wait(l, within_us);
	while (!err) {
		if (!take_line(l, &line))
			err = wait_more(l);
		else if (!strcmp(buf_str(&line), text))
			break;
	}
	timer_cancel(&l->limit);
	buf_free(&line);
	return err;
}

/* --- what is made of it --------------------------------------------------------------------------------------- */

/* What it was saying has an end: a while in which nothing comes. */
static int drain(struct board_line *l)
{
	int err = 0;

	do {
		l->drained += l->in.len;
		buf_reset(&l->in);
		begin_wait(l, QUIET_US);
		while (!err && !l->in.len && !l->late)
			err = wait_more(l);
		timer_cancel(&l->limit);
	} while (l->in.len && !l->gone);
	return l->gone ? -EIO : 0;
}

static int knock(struct board_line *l, int tries, uint64_t within_us)
{
	int err = -ETIMEDOUT;

	for (int i = 0; i < tries && err && err != -EIO; i++)
		err = board_ask(l, "AT", within_us, NULL);
	return err;
}

/* 0: it answers, and l->found says at which speed. The answer to garbage, which is what a wrong speed makes, may be ERROR. */
static int try_speeds(struct board_line *l, long tried, uint64_t within_us)
{
	int err = -ETIMEDOUT;

	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]) && err && err != -EIO; i++) {
		if (speeds[i] == tried)
			continue;
		l->found = speeds[i];
		err = port_board_set_baud(l->port, l->found) ? -ETIMEDOUT : knock(l, SPEED_TRIES, within_us);
		if (!err) /* the first answer may be one of the speed before that came late */
			err = knock(l, 1, within_us);
	}
	return err;
}

/* Quickly, then with the patience that a busy machine or modem needs. */
static int find_speed(struct board_line *l)
{
	long tried = l->found;
	int err = try_speeds(l, tried, SPEED_WITHIN_US);

	return err && err != -EIO ? try_speeds(l, tried, SYNC_WITHIN_US) : err;
}

static void let_pass(struct board_line *l, uint64_t us)
{
	begin_wait(l, us);
	while (!l->late && !l->gone)
		wait_more(l);
	timer_cancel(&l->limit);
}

/* A modem that was left at another speed comes back to that of boards.yaml. */
static int bring_back(struct board_line *l)
{
	char command[32];
	int err;

	snprintf(command, sizeof(command), "AT+IPR=%ld", l->board->baud);
	err = board_ask(l, command, ASK_WITHIN_US, NULL);
	if (!err)
		err = port_board_set_baud(l->port, l->board->baud);
	if (err)
		return err;
	let_pass(l, SPEED_SETTLE_US); /* it may take a while to listen again */
	return knock(l, SYNC_TRIES, SYNC_WITHIN_US);
}

static int find_modem(struct board_line *l)
{
	bool is_auto = !l->board->baud, has_speed = port_peer_baud(l->port) != 0;
	int err;

	/* ESC gives a prompt up (27.005 3.5.1); the first AT may be eaten by what was half typed. */
	port_write(l->port, "\x1b\r", 2);
	l->found = port_peer_baud(l->port);
	err = knock(l, !has_speed ? SYNC_TRIES : is_auto ? SPEED_TRIES : KNOCK_TRIES, SYNC_WITHIN_US);
	if (!err || err == -EIO || !has_speed)
		return err;
	err = find_speed(l);
	if (!err)
		return is_auto ? 0 : bring_back(l);
	if (err == -EIO)
		return err;
	port_board_set_baud(l->port, l->board->baud ? l->board->baud : speeds[0]);
	return knock(l, SYNC_TRIES - KNOCK_TRIES, SYNC_WITHIN_US); /* it may have been booting */
}

/* Answers that come late are those of commands before: what follows the echo of a command that nobody else sends is not. */
static int mark(struct board_line *l)
{
	char command[32];
	struct buf line;
	bool seen = false;
	int err = 0;

	snprintf(command, sizeof(command), "AT+HIL%u", (unsigned)clock_now_us(loop_clock(l->loop)) % 100000);
	buf_init(&line, INPUT_MAX_BYTES);
	port_write(l->port, command, strlen(command));
	port_write(l->port, "\r", 1);
	begin_wait(l, ASK_WITHIN_US);
	while (!err && !(seen && rows_is_final(buf_str(&line)))) {
		if (!take_line(l, &line))
			err = wait_more(l);
		else
			seen = seen || !strcmp(buf_str(&line), command);
	}
	timer_cancel(&l->limit);
	buf_free(&line);
	return err;
}

int board_sync(struct board_line *l, struct err *e)
{
	int err = find_modem(l);

	if (!err)
		err = drain(l);
	if (!err)
		err = board_ask(l, "ATE1", ASK_WITHIN_US, NULL);
	if (!err)
		err = mark(l);
	if (err == -EIO)
		return err_set(e, err, "board %s went away", l->board->name);
	if (err && !port_peer_baud(l->port))
		return err_set(e, err, "board %s does not answer AT", l->board->name);
	if (err)
		return err_set(e, err, "board %s does not answer AT at %ld baud, nor at any other speed", l->board->name,
			       l->board->baud ? l->board->baud : speeds[0]);
	return 0;
}

struct port *board_port_open(const struct board *b, struct loop *loop, long baud, struct err *e)
{
	struct board_line *l;
	struct port *port = NULL;
	int err;

	if (baud || b->baud)
		return port_board_new(loop, b->port, baud ? baud : b->baud, e);
	l = board_line_open(b, loop, e);
	if (!l)
		return NULL;
	err = board_sync(l, e);
	board_line_close(l, err ? NULL : &port);
	return port;
}

long board_line_found_baud(const struct board_line *l)
{
	return l->found;
}

size_t board_line_drained(const struct board_line *l)
{
	return l->drained;
}

long board_line_baud(const struct board_line *l)
{
	return port_peer_baud(l->port);
}

int board_revision(struct board_line *l, char *out, size_t size, struct err *e)
{
	struct buf answer;
	const char *text;
	int err;

	buf_init(&answer, 4096);
	err = board_ask(l, "AT+CGMR", ASK_WITHIN_US, &answer);
	text = buf_str(&answer);
	if (!strncmp(text, "+CGMR: ", 7))
		text += 7;
	str_copy(out, size, text);
	out[strcspn(out, "\n")] = '\0';
	buf_free(&answer);
	return err ? err_set(e, err, "board %s does not tell its revision", l->board->name) : 0;
}

/* --- resetting, and keys ---------------------------------------------------------------------------------------- */

static int set_wire(struct board_line *l, const struct board_wire *w, bool pressed, struct err *e)
{
	int err = port_board_set_line(l->port, (enum serial_line)w->line, pressed != w->inverted);

	return err ? err_set(e, err, "board %s: %s has no line %s", l->board->name, port_board_name(l->port),
			     serial_line_names[w->line])
		   : 0;
}

int board_line_press(struct board_line *l, int key, bool pressed, struct err *e)
{
	static const char *const names[] = { [BOARD_KEY_PWRKEY] = "pwrkey", [BOARD_KEY_RESET] = "reset_pin" };
	const struct board_key *k = &l->board->key[key];

	if (k->wire.line >= 0)
		return set_wire(l, &k->wire, pressed, e);
	if (k->run[pressed])
		return hook_run(k->run[pressed], HOOK_WITHIN_US, NULL, e);
	return err_set(e, -ENOTSUP, "%s: of board %s in boards.yaml", names[key], l->board->name);
}

static int reset_by_pulse(struct board_line *l, struct err *e)
{
	int err = set_wire(l, &l->board->reset_wire, true, e);

	if (err)
		return err;
	let_pass(l, l->board->reset_for_us);
	return set_wire(l, &l->board->reset_wire, false, e);
}

static int reset_by_command(struct board_line *l, struct err *e)
{
	int err = board_ask(l, l->board->reset_at, ASK_WITHIN_US, NULL);

	return err ? err_set(e, err, "board %s: after %s: %s", l->board->name, l->board->reset_at,
			     err == -EPROTO ? "ERROR" : strerror(-err))
		   : 0;
}

/* A modem that is on USB itself vanishes with its port and comes back with it. */
static int wait_back(struct board_line *l)
{
	begin_wait(l, l->board->reset_within_us);
	while (l->gone && !l->late)
		loop_once(l->loop);
	timer_cancel(&l->limit);
	return l->gone ? -ETIMEDOUT : 0;
}

static int wait_ready(struct board_line *l, struct err *e)
{
	const struct board *b = l->board;
	int err = b->reset_ready ? board_wait_line(l, b->reset_ready, b->reset_within_us) : board_sync(l, e);

	if (err == -EIO && !wait_back(l))
		err = b->reset_ready ? board_wait_line(l, b->reset_ready, b->reset_within_us) : board_sync(l, e);
	if (err && b->reset_ready)
		return err_set(e, err, "board %s: no line %s after its reset", b->name, b->reset_ready);
	return err || !b->reset_ready ? err : board_sync(l, e);
}

int board_reset(struct board_line *l, struct err *e)
{
	const struct board *b = l->board;
	int err;

	if (b->reset_at)
		err = reset_by_command(l, e);
	else if (b->reset_run)
		err = hook_run(b->reset_run, HOOK_WITHIN_US, NULL, e);
	else if (b->reset_wire.line >= 0)
		err = reset_by_pulse(l, e);
	else
		return 0;
	return err ? err : wait_ready(l, e);
}
