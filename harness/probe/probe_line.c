/* Puts clock, line and conversation together. */
#include "harness/probe/probe_line.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "harness/board/board.h"
#include "harness/board/board_line.h"
#include "harness/target.h"
#include "io/loop.h"

static const char INPROC[] = "inproc:";

enum { BACKLOG_MAX_BYTES = 1 << 20 };

/* --- the emulator in this process ----------------------------------------------------------------------------- */

static void on_bytes(const void *p, size_t n, void *ctx)
{
	talk_bytes(((struct probe_line *)ctx)->talk, p, n);
}

static void on_event(const struct target_event *ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void on_gone(const char *why, void *ctx)
{
	talk_gone(((struct probe_line *)ctx)->talk, why);
}

static void to_target(const void *p, size_t n, void *ctx)
{
	target_write(((struct probe_line *)ctx)->target, p, n);
}

static int open_emulated(struct probe_line *l, const char *profile, struct err *e)
{
	static const char *const worlds[] = { "probe" };
	const struct modem_setup setup = { .profile = profile, .worlds = worlds, .n_worlds = 1 };
	struct target_options to = { .modem = &setup, .seed = 1, .hooks = { on_bytes, on_event, on_gone, l } };
	struct talk_io io = { .write = to_target, .ctx = l };

	to.clock = io.clock = l->clock = clock_new_virtual();
	l->talk = l->clock ? talk_new(&io) : NULL;
	if (!l->talk)
		return err_set(e, -ENOMEM, "out of memory");
	l->target = target_inproc_new(&to, e);
	return l->target ? 0 : err_set(e, -EINVAL, "the emulator cannot be made");
}

/* --- a port --------------------------------------------------------------------------------------------------- */

static void flush(struct probe_line *l)
{
	long n = 1;

	while (l->backlog.len && n > 0) {
		n = port_write(l->port, l->backlog.data, l->backlog.len);
		if (n > 0)
			buf_drop(&l->backlog, (size_t)n);
	}
}

static void on_port_event(enum port_event ev, void *ctx)
{
	struct probe_line *l = ctx;

	if (ev == PORT_EVENT_CLOSED)
		talk_gone(l->talk, "the port has gone");
	else if (ev == PORT_EVENT_WRITABLE)
		flush(l);
}

static void to_port(const void *p, size_t n, void *ctx)
{
	struct probe_line *l = ctx;

	if (buf_add(&l->backlog, p, n))
		talk_gone(l->talk, "the port takes no bytes");
	else
		flush(l);
}

/* One user at a time, and the speed of boards.yaml unless another is wanted. */
static int open_board(struct probe_line *l, const char *name, long baud, struct err *e)
{
	const struct board *b;

	l->boards = boards_load(e);
	b = l->boards ? boards_find(l->boards, name, e) : NULL;
	if (!b || board_lock(b, &l->lock, e))
		return e->code ? e->code : -EINVAL;
	l->port = board_port_open(b, l->loop, baud, e);
	return l->port ? 0 : e->code;
}

static int open_port(struct probe_line *l, const char *name, long baud, struct err *e)
{
	struct talk_io io = { .write = to_port, .ctx = l };

	l->clock = io.clock = clock_new_monotonic(1);
	l->loop = io.loop = l->clock ? loop_new(l->clock) : NULL;
	if (!l->loop)
		return err_set(e, -ENOMEM, "no event loop");
	if (open_board(l, name, baud, e))
		return e->code;
	l->talk = talk_new(&io);
	if (!l->talk)
		return err_set(e, -ENOMEM, "out of memory");
	port_set_owner(l->port, on_bytes, on_port_event, l);
	return 0;
}

int probe_line_open(struct probe_line *l, const char *port, long baud, struct err *e)
{
	*l = (struct probe_line){ .lock = -1 };
	buf_init(&l->backlog, BACKLOG_MAX_BYTES);
	if (!strncmp(port, INPROC, strlen(INPROC)))
		return open_emulated(l, port + strlen(INPROC), e);
	return open_port(l, port, baud, e);
}

void probe_line_close(struct probe_line *l)
{
	target_free(l->target);
	port_free(l->port);
	talk_free(l->talk);
	if (l->loop)
		loop_free(l->loop);
	if (l->clock)
		clock_free(l->clock);
	if (l->lock >= 0)
		close(l->lock);
	boards_free(l->boards);
	buf_free(&l->backlog);
}
