/* Processes on libuv. Signals go to the whole group and only while its leader has not been reaped. */
#include "harness/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include "clock/clock.h"

struct child {
	struct loop *loop;
	struct child_hooks hooks;
	uv_process_t process;
	uv_pipe_t pipe[2];		/* standard output and error */
	unsigned open_handles, open_pipes;
	bool exited, told, quiet;
	int status;
	struct timer kill_timer;
	char chunk[4096];
};

static void on_closed(uv_handle_t *h)
{
	((struct child *)h->data)->open_handles--;
}

/* The owner hears of the end when the last output has been read. */
static void tell_exit(struct child *c)
{
	if (!c->exited || c->open_pipes || c->told)
		return;
	c->told = true;
	if (!c->quiet)
		c->hooks.exited(c->status, c->hooks.ctx);
}

static void close_pipe(struct child *c, uv_stream_t *s)
{
	if (uv_is_closing((uv_handle_t *)s))
		return;
	uv_close((uv_handle_t *)s, on_closed);
	c->open_pipes--;
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct child *c = h->data;

	(void)suggested;
	*b = uv_buf_init(c->chunk, sizeof(c->chunk));
}

static void on_output(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct child *c = s->data;

	if (n > 0 && !c->quiet)
		c->hooks.output(b->base, (size_t)n, c->hooks.ctx);
	if (n >= 0)
		return;
	close_pipe(c, s);
	tell_exit(c);
}

static void signal_group(struct child *c, int signo)
{
	if (!c->exited)
		kill(-c->process.pid, signo);
}

static void on_exit_process(uv_process_t *process, int64_t status, int signo)
{
	struct child *c = process->data;

	c->exited = true;
	c->status = signo ? 128 + signo : (int)status;
	timer_cancel(&c->kill_timer);
	/* Its group may have more members; the leader's number stays theirs until the last of them ends. */
	kill(-process->pid, SIGKILL);
	uv_close((uv_handle_t *)process, on_closed);
	tell_exit(c);
}

static void on_kill_timer(void *ctx)
{
	signal_group(ctx, SIGKILL);
}

static void wait_closed(struct child *c)
{
	while (c->open_handles)
		loop_once(c->loop);
	timer_cancel(&c->kill_timer);
	free(c);
}

static int spawn(struct child *c, char *const *argv)
{
	uv_stdio_container_t io[3] = {
		{ .flags = UV_IGNORE },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->pipe[0] },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->pipe[1] },
	};
	const uv_process_options_t o = {
		.exit_cb = on_exit_process, .file = argv[0], .args = (char **)argv, .flags = UV_PROCESS_DETACHED,
		.stdio = io, .stdio_count = 3,
	};
	int err;

	for (int i = 0; i < 2; i++) {
		uv_pipe_init(loop_uv(c->loop), &c->pipe[i], 0);
		c->pipe[i].data = c;
		c->open_handles++;
		c->open_pipes++;
	}
	c->process.data = c;
	err = uv_spawn(loop_uv(c->loop), &c->process, &o);
	c->open_handles++;
	return err;
}

struct child *child_start(struct loop *loop, char *const *argv, const struct child_hooks *hooks, struct err *e)
{
	struct child *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return NULL;
	c->loop = loop;
	c->hooks = *hooks;
	timer_init(&c->kill_timer, on_kill_timer, c);
	err = spawn(c, argv);
	if (!err) {
		uv_read_start((uv_stream_t *)&c->pipe[0], on_alloc, on_output);
		uv_read_start((uv_stream_t *)&c->pipe[1], on_alloc, on_output);
		return c;
	}
	err_set(e, err, "%s: %s", argv[0], uv_strerror(err));
	c->exited = c->quiet = true;
	uv_close((uv_handle_t *)&c->process, on_closed);
	close_pipe(c, (uv_stream_t *)&c->pipe[0]);
	close_pipe(c, (uv_stream_t *)&c->pipe[1]);
	wait_closed(c);
	return NULL;
}

void child_stop(struct child *c, uint64_t grace_us)
{
	if (c->exited)
		return;
	signal_group(c, SIGTERM);
	clock_arm(loop_clock(c->loop), &c->kill_timer, grace_us);
}

void child_kill(struct child *c)
{
	signal_group(c, SIGKILL);
}

bool child_running(const struct child *c)
{
	return !c->exited;
}

void child_free(struct child *c, uint64_t grace_us)
{
	if (!c)
		return;
	c->quiet = true;
	child_stop(c, grace_us);
	while (!c->exited)
		loop_once(c->loop);
	close_pipe(c, (uv_stream_t *)&c->pipe[0]);
	close_pipe(c, (uv_stream_t *)&c->pipe[1]);
	wait_closed(c);
}
