/* Processes on libuv. Signals go to the whole group and only while its leader has not been reaped. */
#include "harness/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <uv.h>

#include "clock/clock.h"

struct child {
	struct loop *loop;
	struct child_hooks hooks;
	uv_process_t process;
	uv_pipe_t pipe[2];		/* standard output and error; of a terminal the first alone, both ways */
	bool terminal;
	unsigned open_handles, open_pipes;
	bool spawned;			/* libuv knows the process, if only as one that failed */
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

static void close_pipes(struct child *c)
{
	for (int i = 0; i < 2; i++) {
		if (c->pipe[i].data)
			close_pipe(c, (uv_stream_t *)&c->pipe[i]);
	}
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

static void init_pipe(struct child *c, uv_pipe_t *pipe)
{
	uv_pipe_init(loop_uv(c->loop), pipe, 0);
	pipe->data = c;
	c->open_handles++;
	c->open_pipes++;
}

static int spawn(struct child *c, uv_process_options_t *o)
{
	int err;

	o->exit_cb = on_exit_process;
	o->flags = UV_PROCESS_DETACHED;
	o->stdio_count = 3;
	c->process.data = c;
	err = uv_spawn(loop_uv(c->loop), &c->process, o);
	c->spawned = true;
	c->open_handles++;
	return err;
}

static int spawn_piped(struct child *c, uv_process_options_t *o)
{
	uv_stdio_container_t io[3] = {
		{ .flags = UV_IGNORE },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->pipe[0] },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->pipe[1] },
	};

	init_pipe(c, &c->pipe[0]);
	init_pipe(c, &c->pipe[1]);
	o->stdio = io;
	return spawn(c, o);
}

/* A terminal of the usual size, as it is when a shell starts a program. *slave is the program's end. */
static int open_terminal(struct child *c, int *slave)
{
	static const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char path[64];

	if (master < 0)
		return -errno;
	*slave = -1;
	if (!grantpt(master) && !unlockpt(master) && !ptsname_r(master, path, sizeof(path)))
		*slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0 || ioctl(*slave, TIOCSWINSZ, &size) || uv_pipe_open(&c->pipe[0], master)) {
		close(master);
		return -EIO;
	}
	return 0;
}

static int spawn_on_terminal(struct child *c, uv_process_options_t *o)
{
	uv_stdio_container_t io[3];
	int slave = -1, err;

	init_pipe(c, &c->pipe[0]);
	c->terminal = true;
	err = open_terminal(c, &slave);
	for (int i = 0; i < 3; i++)
		io[i] = (uv_stdio_container_t){ .flags = UV_INHERIT_FD, .data.fd = slave };
	o->stdio = io;
	if (!err)
		err = spawn(c, o);
	if (slave >= 0)
		close(slave);
	return err;
}

struct child *child_start(struct loop *loop, char *const *argv, const struct child_hooks *hooks, struct err *e)
{
	return child_start_with(loop, argv, &(const struct child_options){ 0 }, hooks, e);
}

struct child *child_start_with(struct loop *loop, char *const *argv, const struct child_options *o,
			       const struct child_hooks *hooks, struct err *e)
{
	uv_process_options_t uo = { .file = argv[0], .args = (char **)argv, .cwd = o->dir, .env = (char **)o->env };
	struct child *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return NULL;
	c->loop = loop;
	c->hooks = *hooks;
	timer_init(&c->kill_timer, on_kill_timer, c);
	err = o->terminal ? spawn_on_terminal(c, &uo) : spawn_piped(c, &uo);
	if (!err) {
		for (unsigned i = 0; i < c->open_pipes; i++)
			uv_read_start((uv_stream_t *)&c->pipe[i], on_alloc, on_output);
		return c;
	}
	err_set(e, err, "%s: %s", argv[0], uv_strerror(err));
	c->exited = c->quiet = true;
	if (c->spawned)
		uv_close((uv_handle_t *)&c->process, on_closed);
	close_pipes(c);
	wait_closed(c);
	return NULL;
}

int child_type(struct child *c, const void *p, size_t n)
{
	const uv_buf_t b = uv_buf_init((char *)(uintptr_t)p, (unsigned)n);
	int done;

	if (!c->terminal || c->exited || !c->open_pipes)
		return -EPIPE;
	done = uv_try_write((uv_stream_t *)&c->pipe[0], &b, 1);
	return done < 0 ? done : (size_t)done < n ? -EAGAIN : 0;
}

int child_find_program(const char *name, char *path, size_t size)
{
	const char *env = getenv("PATH");
	char *folders, *save = NULL;
	int err = -ENOENT;

	if (asprintf(&folders, "%s:/usr/local/sbin:/usr/sbin:/sbin", env ? env : "/usr/bin:/bin") < 0)
		return -ENOMEM;
	for (char *one = strtok_r(folders, ":", &save); err && one; one = strtok_r(NULL, ":", &save)) {
		snprintf(path, size, "%s/%s", one, name);
		err = access(path, X_OK) ? -ENOENT : 0;
	}
	free(folders);
	return err;
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
	close_pipes(c);
	wait_closed(c);
}
