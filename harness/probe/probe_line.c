/* Puts clock, line and conversation together. */
#include "harness/probe/probe_line.h"

#include <string.h>

#include "harness/probe/line_fd.h"
#include "harness/target.h"
#include "io/loop.h"

static const char INPROC[] = "inproc:";

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

static int open_emulated(struct probe_line *m, const char *profile, struct err *e)
{
	static const char *const worlds[] = { "probe" };
	const struct modem_setup setup = { .profile = profile, .worlds = worlds, .n_worlds = 1 };
	struct target_options to = { .modem = &setup, .seed = 1, .hooks = { on_bytes, on_event, on_gone, m } };
	struct talk_io io = { .write = to_target, .ctx = m };

	to.clock = io.clock = m->clock = clock_new_virtual();
	m->talk = m->clock ? talk_new(&io) : NULL;
	if (!m->talk)
		return err_set(e, -ENOMEM, "out of memory");
	m->target = target_inproc_new(&to, e);
	return m->target ? 0 : err_set(e, -EINVAL, "the emulator cannot be made");
}

/* --- a port --------------------------------------------------------------------------------------------------- */

static int open_port(struct probe_line *m, const char *port, long baud, struct err *e)
{
	struct talk_io io = { .write = line_fd_write };

	m->clock = io.clock = clock_new_monotonic(1);
	m->loop = io.loop = m->clock ? loop_new(m->clock) : NULL;
	if (!m->loop)
		return err_set(e, -ENOMEM, "no event loop");
	m->line = line_fd_open(port, baud, m->loop, e);
	if (!m->line)
		return e->code;
	io.ctx = m->line;
	m->talk = talk_new(&io);
	if (!m->talk)
		return err_set(e, -ENOMEM, "out of memory");
	line_fd_start(m->line, m->talk);
	return 0;
}

int probe_line_open(struct probe_line *m, const char *port, long baud, struct err *e)
{
	*m = (struct probe_line){ 0 };
	if (!strncmp(port, INPROC, strlen(INPROC)))
		return open_emulated(m, port + strlen(INPROC), e);
	return open_port(m, port, baud, e);
}

void probe_line_close(struct probe_line *m)
{
	target_free(m->target);
	line_fd_free(m->line);
	talk_free(m->talk);
	if (m->loop)
		loop_free(m->loop);
	if (m->clock)
		clock_free(m->clock);
}
