/*
 * The emulator as the program people run: its PTY opened as any host would, its control socket for what a PTY cannot
 * carry, its events through `watch`. Everything it made is gone when it is freed.
 */
#include "harness/target.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>

#include "harness/child.h"
#include "harness/scratch.h"
#include "harness/wire/wire_json.h"
#include "io/loop.h"
#include "io/tty_speed.h"

enum {
	READY_WITHIN_US = 20000000,
	REPLY_WITHIN_MS = 10000,
	GRACE_US = 3000000,
	BACKLOG_MAX_BYTES = 1 << 20,
	LINE_MAX_BYTES = 4 << 20,
	ARGS_MAX = 256,
};

struct target_pty {
	struct target base;
	struct loop *loop;
	struct child *child;
	char dir[SCRATCH_PATH_MAX], link[96], control_path[96];
	int fd, control;		/* the line, the socket; -1 */
	uv_poll_t *fd_poll, *control_poll;
	struct buf backlog;		/* bytes the line did not take yet */
	struct buf said;		/* standard output and error until it is ready */
	struct buf in;			/* control socket, unfinished line included */
	struct buf text;
	struct buf *reply;		/* set while a control line is answered */
	int answered;			/* 0: not yet, 1: OK, -1: ERROR */
	bool ready, dying;
};

/* --- the program ---------------------------------------------------------------------------------------------- */

static void on_output(const void *p, size_t n, void *ctx)
{
	struct target_pty *t = ctx;

	buf_add(&t->said, p, n);
	if (t->ready || !t->said.len || !memmem(t->said.data, t->said.len, "ready ", 6) || !strchr(t->said.data, '\n'))
		return;
	t->ready = true;
	buf_reset(&t->said);
}

static void gone(struct target_pty *t, const char *how)
{
	char why[256];
	const char *last = buf_str(&t->said);

	if (t->dying)
		return;
	snprintf(why, sizeof(why), "the emulator %s%s%.180s", how, *last ? ": " : "", last);
	why[strcspn(why, "\n")] = '\0';
	t->base.hooks.gone(why, t->base.hooks.ctx);
}

static void on_exited(int status, void *ctx)
{
	char how[64];

	snprintf(how, sizeof(how), "ended with status %d", status);
	gone(ctx, how);
}

struct args {
	char *argv[ARGS_MAX + 1];
	size_t n;
	bool failed;
};

static void add_arg(struct args *a, const char *s)
{
	a->failed = a->failed || a->n == ARGS_MAX || !(a->argv[a->n++] = strdup(s));
}

static void add_option(struct args *a, const char *name, const char *value)
{
	add_arg(a, name);
	add_arg(a, value);
}

static void make_args(struct args *a, const struct target_pty *t, const struct target_options *o)
{
	char number[32];

	add_arg(a, o->emulator);
	if (o->modem->profile)
		add_option(a, "--profile", o->modem->profile);
	for (size_t i = 0; i < o->modem->n_worlds; i++)
		add_option(a, "--world", o->modem->worlds[i]);
	for (size_t i = 0; i < o->modem->n_quirks; i++)
		add_option(a, "--quirk", o->modem->quirks[i]);
	if (o->modem->baud) {
		snprintf(number, sizeof(number), "%ld", o->modem->baud);
		add_option(a, "--baud", number);
	}
	if (o->modem->cold)
		add_option(a, "--boot", "cold");
	snprintf(number, sizeof(number), "%" PRIu64, o->seed);
	add_option(a, "--seed", number);
	add_option(a, "--link", t->link);
	add_option(a, "--control", t->control_path);
}

static void on_late(void *ctx)
{
	*(bool *)ctx = true;
}

/* Its first line says that link and socket are there. */
static int wait_ready(struct target_pty *t, struct err *e)
{
	struct clock *clock = loop_clock(t->loop);
	struct timer limit;
	bool late = false;

	timer_init(&limit, on_late, &late);
	clock_arm(clock, &limit, READY_WITHIN_US);
	while (!t->ready && !late && child_running(t->child))
		loop_once(t->loop);
	timer_cancel(&limit);
	if (t->ready)
		return 0;
	while (t->said.len && t->said.data[t->said.len - 1] == '\n')
		t->said.data[--t->said.len] = '\0';
	return err_set(e, -EIO, "the emulator %s: %.300s", late ? "is not ready in time" : "did not start", buf_str(&t->said));
}

static int start_program(struct target_pty *t, const struct target_options *o, struct err *e)
{
	const struct child_hooks hooks = { on_output, on_exited, t };
	struct args a = { 0 };
	int err = -ENOMEM;

	make_args(&a, t, o);
	if (!a.failed) {
		t->child = child_start(t->loop, a.argv, &hooks, e);
		err = t->child ? wait_ready(t, e) : -EIO;
	}
	while (a.n > 0)
		free(a.argv[--a.n]);
	return err;
}

/* --- the line ------------------------------------------------------------------------------------------------- */

static void on_line(uv_poll_t *h, int status, int events);

static void watch_line(struct target_pty *t)
{
	uv_poll_start(t->fd_poll, UV_READABLE | (t->backlog.len ? UV_WRITABLE : 0), on_line);
}

static void flush_backlog(struct target_pty *t)
{
	while (t->backlog.len) {
		ssize_t n = write(t->fd, t->backlog.data, t->backlog.len);

		if (n <= 0)
			return;
		buf_drop(&t->backlog, (size_t)n);
	}
}

static void on_line(uv_poll_t *h, int status, int events)
{
	struct target_pty *t = h->data;
	char chunk[4096];
	ssize_t n;

	(void)status;
	if (events & UV_WRITABLE) {
		flush_backlog(t);
		watch_line(t);
	}
	if (!(events & UV_READABLE) && !status)
		return;
	while ((n = read(t->fd, chunk, sizeof(chunk))) > 0)
		t->base.hooks.bytes(chunk, (size_t)n, t->base.hooks.ctx);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		uv_poll_stop(h);
		gone(t, "closed its port");
	}
}

static void pty_write(struct target *base, const void *p, size_t n)
{
	struct target_pty *t = (struct target_pty *)base;

	buf_add(&t->backlog, p, n);
	flush_backlog(t);
	watch_line(t);
}

static uv_poll_t *poll_new(struct target_pty *t, int fd, uv_poll_cb func)
{
	uv_poll_t *h = calloc(1, sizeof(*h));

	if (!h || uv_poll_init(loop_uv(t->loop), h, fd)) {
		free(h);
		return NULL;
	}
	h->data = t;
	uv_poll_start(h, UV_READABLE, func);
	return h;
}

static int open_line(struct target_pty *t, struct err *e)
{
	struct termios tio;

	t->fd = open(t->link, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0 || tcgetattr(t->fd, &tio))
		return err_set(e, -errno, "%s: %s", t->link, strerror(errno));
	cfmakeraw(&tio);
	cfsetspeed(&tio, B115200);
	tcsetattr(t->fd, TCSANOW, &tio);
	t->fd_poll = poll_new(t, t->fd, on_line);
	return t->fd_poll ? 0 : err_set(e, -ENOMEM, "out of memory");
}

/* --- the control socket --------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static void take_event(struct target_pty *t, const char *line, size_t n)
{
	static const char *const names[] = {
		[TARGET_NOTE_BROKER] = "broker", [TARGET_NOTE_FAULT] = "fault", [TARGET_NOTE_MODEL] = "model",
		[TARGET_NOTE_NOTE] = "note", [TARGET_NOTE_WHY] = "why",
	};
	json_t *j = json_loadb(line, n, 0, NULL);
	struct target_event ev = { .code = (int)json_integer_value(json_object_get(j, "code")) };

	for (unsigned i = 0; j && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text_of(j, "d")))
			continue;
		ev.note = (enum target_note)i;
		buf_reset(&t->text);
		if (ev.note == TARGET_NOTE_WHY)
			wire_why(&t->text, j);
		else
			buf_adds(&t->text, text_of(j, "text"));
		ev.text = buf_str(&t->text);
		ev.family = ev.note == TARGET_NOTE_WHY ? text_of(j, "family") : NULL;
		ev.meaning = ev.note == TARGET_NOTE_WHY ? text_of(j, "meaning") : NULL;
		t->base.hooks.event(&ev, t->base.hooks.ctx);
	}
	json_decref(j);
}

static void take_line(struct target_pty *t, const char *line, size_t n)
{
	if (n && line[0] == '{') {
		take_event(t, line, n);
	} else if (t->reply && n == 2 && !memcmp(line, "OK", 2)) {
		t->answered = 1;
	} else if (t->reply && n >= 5 && !memcmp(line, "ERROR", 5)) {
		t->answered = -1;
	} else if (t->reply) {
		buf_add(t->reply, line, n);
		buf_addc(t->reply, '\n');
	}
}

/* Reads what is there; false when the socket is gone. */
static bool read_control(struct target_pty *t)
{
	char chunk[16 * 1024], *lf;
	ssize_t n;
	bool open;

	while ((n = recv(t->control, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
		buf_add(&t->in, chunk, (size_t)n);
	open = n < 0 && (errno == EAGAIN || errno == EINTR);
	while (t->in.len && (lf = memchr(t->in.data, '\n', t->in.len)) != NULL) {
		size_t len = (size_t)(lf - t->in.data);

		take_line(t, t->in.data, len);
		buf_drop(&t->in, len + 1);
	}
	return open;
}

static void on_control(uv_poll_t *h, int status, int events)
{
	struct target_pty *t = h->data;

	(void)status;
	(void)events;
	if (read_control(t))
		return;
	uv_poll_stop(h);
	gone(t, "closed its control socket");
}

static int pty_control(struct target *base, const char *line, struct buf *reply)
{
	struct target_pty *t = (struct target_pty *)base;
	struct pollfd fd = { .fd = t->control, .events = POLLIN };
	struct buf out;
	bool sent;

	buf_init(&out, LINE_MAX_BYTES);
	buf_addf(&out, "%s\n", line);
	sent = send(t->control, buf_str(&out), out.len, MSG_NOSIGNAL) == (ssize_t)out.len;
	buf_free(&out);
	t->reply = reply;
	t->answered = 0;
	while (sent && !t->answered && poll(&fd, 1, REPLY_WITHIN_MS) > 0 && read_control(t))
		;
	t->reply = NULL;
	if (!t->answered)
		buf_adds(reply, "no answer");
	return t->answered == 1 ? 0 : -EINVAL;
}

static int pty_set_baud(struct target *base, long baud, struct err *e)
{
	int err = tty_speed_set(((struct target_pty *)base)->fd, baud);

	return err ? err_set(e, err, "%ld baud cannot be set: %s", baud, strerror(-err)) : 0;
}

static int open_control(struct target_pty *t, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct buf reply;
	int err;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", t->control_path);
	t->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (t->control < 0 || connect(t->control, (struct sockaddr *)&address, sizeof(address)))
		return err_set(e, -errno, "%s: %s", t->control_path, strerror(errno));
	buf_init(&reply, LINE_MAX_BYTES);
	err = pty_control(&t->base, "watch", &reply);
	buf_free(&reply);
	if (err)
		return err_set(e, err, "the emulator's control socket does not answer");
	t->control_poll = poll_new(t, t->control, on_control);
	return t->control_poll ? 0 : err_set(e, -ENOMEM, "out of memory");
}

/* --- making and ending ---------------------------------------------------------------------------------------- */

static void on_poll_closed(uv_handle_t *h)
{
	free(h);
}

static void pty_free(struct target *base)
{
	struct target_pty *t = (struct target_pty *)base;

	t->dying = true;
	if (t->fd_poll)
		uv_close((uv_handle_t *)t->fd_poll, on_poll_closed);
	if (t->control_poll)
		uv_close((uv_handle_t *)t->control_poll, on_poll_closed);
	loop_poll(t->loop);
	if (t->fd >= 0)
		close(t->fd);
	if (t->control >= 0)
		close(t->control);
	child_free(t->child, GRACE_US);
	scratch_remove(t->dir);		/* link and socket are in it only when it was killed */
	buf_free(&t->backlog);
	buf_free(&t->said);
	buf_free(&t->in);
	buf_free(&t->text);
	free(t);
}

static int make_dir(struct target_pty *t, struct err *e)
{
	int err = scratch_make(t->dir, e);

	snprintf(t->link, sizeof(t->link), "%s/modem", t->dir);
	snprintf(t->control_path, sizeof(t->control_path), "%s/control", t->dir);
	return err;
}

struct target *target_pty_new(const struct target_options *o, struct err *e)
{
	static const struct target_ops ops = {
		.write = pty_write, .control = pty_control, .free = pty_free, .set_baud = pty_set_baud,
	};
	struct target_pty *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->base = (struct target){ &ops, o->hooks };
	t->loop = o->loop;
	t->fd = t->control = -1;
	buf_init(&t->backlog, BACKLOG_MAX_BYTES);
	buf_init(&t->said, 64 * 1024);
	buf_init(&t->in, LINE_MAX_BYTES);
	buf_init(&t->text, LINE_MAX_BYTES);
	if (!make_dir(t, e) && !start_program(t, o, e) && !open_line(t, e) && !open_control(t, e))
		return &t->base;
	pty_free(&t->base);
	return NULL;
}
