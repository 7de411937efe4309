/*
 * A real modem as a target: a device, a PTY or tcp://, found by boards.yaml or its address. Before each cell it is
 * drained, reset as boards.yaml says, and asked for its revision, which must be the scenario's. There is no control
 * line but its power hooks, so what only the emulator can do is skipped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/emu.h"
#include "harness/board/board_line.h"
#include "harness/board/hook.h"
#include "harness/port_board.h"
#include "harness/target.h"

enum { BACKLOG_MAX_BYTES = 1 << 20, REVISION_SIZE = 80, HOOK_WITHIN_US = 60000000, RATE_WITHIN_US = 1000000 };

struct target_board {
	struct target base;
	const struct board *board;
	struct loop *loop;
	struct port *port;
	struct buf backlog; /* what the line did not take yet */
	long baud;	    /* at the beginning; 0: there is no speed */
	bool may_vanish;    /* its power or a key was touched: on USB it goes and comes back */
	bool dying;
};

static void on_bytes(const void *p, size_t n, void *ctx)
{
	struct target_board *t = ctx;

	t->base.hooks.bytes(p, n, t->base.hooks.ctx);
}

static void flush_backlog(struct target_board *t)
{
	long n = 1;

	while (t->backlog.len && n > 0) {
		n = port_write(t->port, t->backlog.data, t->backlog.len);
		if (n > 0)
			buf_drop(&t->backlog, (size_t)n);
	}
}

static void note(struct target_board *t, const char *text)
{
	const struct target_event ev = { .note = TARGET_NOTE_NOTE, .text = text };

	t->base.hooks.event(&ev, t->base.hooks.ctx);
}

static void on_event(enum port_event ev, void *ctx)
{
	struct target_board *t = ctx;
	char why[300];

	if (ev == PORT_EVENT_WRITABLE || ev == PORT_EVENT_OPENED)
		flush_backlog(t);
	if (ev != PORT_EVENT_CLOSED || t->dying)
		return;
	snprintf(why, sizeof(why), "board %.100s (%.150s) went away", t->board->name, port_board_name(t->port));
	if (t->may_vanish)
		note(t, why);
	else
		t->base.hooks.gone(why, t->base.hooks.ctx);
}

static void board_target_write(struct target *base, const void *p, size_t n)
{
	struct target_board *t = (struct target_board *)base;

	buf_add(&t->backlog, p, n);
	flush_backlog(t);
}

/* "power cycle" is the one control line a board may have, by its hook. */
static int board_target_control(struct target *base, const char *line, struct buf *reply)
{
	static const char *const lines[] = {
		[BOARD_POWER_ON] = "power on",
		[BOARD_POWER_OFF] = "power off",
		[BOARD_POWER_CYCLE] = "power cycle",
	};
	const struct board *b = ((struct target_board *)base)->board;

	for (int i = 0; i < BOARD_POWER_COUNT; i++) {
		struct err e = { 0 };

		if (strcmp(line, lines[i]))
			continue;
		if (!b->power[i])
			return -ENOTSUP;
		((struct target_board *)base)->may_vanish = true;
		if (!hook_run(b->power[i], HOOK_WITHIN_US, NULL, &e))
			return 0;
		buf_adds(reply, e.msg);
		return -EINVAL;
	}
	return -ENOTSUP;
}

/* --- lines and speed -------------------------------------------------------------------------------------------- */

static int no_lines(const struct target_board *t, struct err *e)
{
	return err_set(e, -ENOTSUP, "lines beside the data, which %.60s (%.100s) has not", t->board->name,
		       port_board_name(t->port));
}

static int press(struct target_board *t, int key, bool on, struct err *e)
{
	struct board_line *l = board_line_over(t->board, t->loop, t->port);
	int err = l ? board_line_press(l, key, on, e) : err_set(e, -ENOMEM, "out of memory");

	board_line_close(l, NULL);
	port_set_owner(t->port, on_bytes, on_event, t);
	t->may_vanish |= !err;
	return err;
}

static int board_target_set_line(struct target *base, enum serial_line which, bool on, struct err *e)
{
	struct target_board *t = (struct target_board *)base;
	int err;

	if (which == SERIAL_LINE_PWRKEY || which == SERIAL_LINE_RESET)
		return press(t, which == SERIAL_LINE_RESET ? BOARD_KEY_RESET : BOARD_KEY_PWRKEY, on, e);
	err = port_board_set_line(t->port, which, on);
	return err == -ENOTSUP ? no_lines(t, e) : err ? err_set(e, err, "%s cannot be set", serial_line_names[which]) : 0;
}

static int board_target_get_lines(struct target *base, struct serial_lines *out, struct err *e)
{
	struct target_board *t = (struct target_board *)base;
	int err = port_board_get_lines(t->port, out);

	return err == -ENOTSUP ? no_lines(t, e) : err ? err_set(e, err, "the lines cannot be read") : 0;
}

static int board_target_set_baud(struct target *base, long baud, struct err *e)
{
	struct target_board *t = (struct target_board *)base;
	int err;

	if (!t->baud)
		return err_set(e, -ENOTSUP, "a line whose speed can be set, not %.100s", port_board_name(t->port));
	err = port_board_set_baud(t->port, baud);
	return err ? err_set(e, err, "%.100s does not take %ld baud", port_board_name(t->port), baud) : 0;
}

/* Who comes next expects the modem where it was; whatever goes wrong here, its own board_sync() looks for it. */
static void bring_back_speed(struct target_board *t)
{
	struct board_line *l;
	char command[32];

	if (!t->port || !t->baud || port_peer_baud(t->port) == t->baud)
		return;
	l = board_line_over(t->board, t->loop, t->port);
	snprintf(command, sizeof(command), "AT+IPR=%ld", t->baud);
	if (l && board_ask(l, "AT", RATE_WITHIN_US, NULL) != -EIO)
		board_ask(l, command, RATE_WITHIN_US, NULL);
	board_line_close(l, NULL);
}

static void board_target_free(struct target *base)
{
	struct target_board *t = (struct target_board *)base;

	t->dying = true;
	bring_back_speed(t);
	port_free(t->port);
	buf_free(&t->backlog);
	free(t);
}

/* -ENOTSUP: another revision than the scenario is about, which skips the cell. */
static int check_revision(struct board_line *l, const struct board *b, const char *profile, struct err *e)
{
	char is[REVISION_SIZE];
	struct emu_revision *wanted;
	const char *want;
	int err = board_revision(l, is, sizeof(is), e);

	if (err)
		return err;
	if (b->revision && !strstr(is, b->revision))
		return err_set(e, -EINVAL, "board %s is %s, boards.yaml says %s", b->name, is, b->revision);
	if (!profile)
		return 0;
	wanted = emu_revision_load(profile, e);
	if (!wanted)
		return -EINVAL;
	want = emu_revision_value(wanted, emu_value_find("revision"));
	if (strcmp(is, want))
		err = err_set(e, -ENOTSUP, "board %s is %s, the scenario is about %s", b->name, is, want);
	emu_revision_free(wanted);
	return err;
}

/* The mark in the wire: what comes from here on is this cell's. */
static void tell_start(struct target_board *t, const struct board_line *l)
{
	long found = board_line_found_baud(l);
	char text[200];
	int n;

	t->baud = board_line_baud(l);
	n = snprintf(text, sizeof(text), "board %.60s is ready; %zu bytes of the time before are dropped", t->board->name,
		     board_line_drained(l));
	if (t->baud && n > 0 && (size_t)n < sizeof(text))
		n += snprintf(text + n, sizeof(text) - (size_t)n, "; %ld baud", t->baud);
	if (found && found != t->baud && n > 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, ", found at %ld", found);
	note(t, text);
}

static int prepare(struct target_board *t, const struct target_options *o, struct err *e)
{
	struct board_line *l = board_line_open(t->board, o->loop, e);
	int err;

	if (!l)
		return -EIO;
	err = board_sync(l, e);
	if (!err)
		err = check_revision(l, t->board, o->modem->profile, e);
	if (!err)
		err = board_reset(l, e);
	if (!err)
		tell_start(t, l);
	board_line_close(l, err ? NULL : &t->port);
	return err;
}

struct target *target_board_new(const struct target_options *o, struct err *e)
{
	static const struct target_ops ops = {
		.write = board_target_write, .control = board_target_control, .free = board_target_free,
		.set_line = board_target_set_line, .get_lines = board_target_get_lines, .set_baud = board_target_set_baud,
	};
	struct target_board *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->base = (struct target){ &ops, o->hooks };
	t->board = o->board;
	t->loop = o->loop;
	buf_init(&t->backlog, BACKLOG_MAX_BYTES);
	if (!prepare(t, o, e)) {
		port_set_owner(t->port, on_bytes, on_event, t);
		return &t->base;
	}
	board_target_free(&t->base);
	return NULL;
}
