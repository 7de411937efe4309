/*
 * A real modem as a target: a device, a PTY or tcp://, found by boards.yaml or its address. Before each cell it is
 * drained, reset as boards.yaml says, and asked for its revision, which must be the scenario's. There is no control
 * line but its power hooks, so what only the emulator can do is skipped.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "app/emu.h"
#include "harness/board/board_line.h"
#include "harness/port_board.h"
#include "harness/target.h"

enum { BACKLOG_MAX_BYTES = 1 << 20, REVISION_SIZE = 80 };

struct target_board {
	struct target base;
	const struct board *board;
	struct port *port;
	struct buf backlog; /* what the line did not take yet */
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

static void on_event(enum port_event ev, void *ctx)
{
	struct target_board *t = ctx;
	char why[300];

	if (ev == PORT_EVENT_WRITABLE || ev == PORT_EVENT_OPENED)
		flush_backlog(t);
	if (ev != PORT_EVENT_CLOSED || t->dying)
		return;
	snprintf(why, sizeof(why), "board %.100s (%.150s) went away", t->board->name, port_board_name(t->port));
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
		int status;

		if (strcmp(line, lines[i]))
			continue;
		if (!b->power[i])
			return -ENOTSUP;
		status = system(b->power[i]);
		if (status == 0)
			return 0;
		buf_addf(reply, "%s: exit %d", b->power[i], WIFEXITED(status) ? WEXITSTATUS(status) : 128);
		return -EINVAL;
	}
	return -ENOTSUP;
}

static void board_target_free(struct target *base)
{
	struct target_board *t = (struct target_board *)base;

	t->dying = true;
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
	board_line_close(l, err ? NULL : &t->port);
	return err;
}

struct target *target_board_new(const struct target_options *o, struct err *e)
{
	static const struct target_ops ops = { board_target_write, board_target_control, board_target_free };
	struct target_board *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->base = (struct target){ &ops, o->hooks };
	t->board = o->board;
	buf_init(&t->backlog, BACKLOG_MAX_BYTES);
	if (!prepare(t, o, e)) {
		port_set_owner(t->port, on_bytes, on_event, t);
		return &t->base;
	}
	board_target_free(&t->base);
	return NULL;
}
