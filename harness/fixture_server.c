/*
 * Programs of a server: found, started in a session of their own that dies with this process, their output cut into
 * lines, waited for without a pause, stopped. What a line means is for the kind's table.
 */
#include "harness/fixture_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "clock/clock.h"
#include "harness/knock.h"
#include "harness/match.h"
#include "harness/server_tls.h"

enum {
	START_WITHIN_US = 30000000, /* a loaded machine takes its time */
	LOOK_US = 200000,	    /* how soon a signal is noticed */
	GRACE_US = 3000000,
	CONF_MAX_BYTES = 4096,
};

/* --- files ----------------------------------------------------------------------------------------------------- */

const char *server_path(struct server *s, const char *what)
{
	char *path;
	const char *kept;

	if (asprintf(&path, "%s/%s-%s", s->all->dir, s->fixture->name, what) < 0)
		abort();
	kept = pool_strdup(s->pool, path);
	free(path);
	return kept;
}

/* For the user alone: passwords may be in it. */
int server_write_file(struct server *s, const char *what, const struct buf *text, struct err *e)
{
	const char *path = server_path(s, what);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, buf_str(text), text->len) == (ssize_t)text->len;

	if (fd >= 0)
		ok = !close(fd) && ok;
	return ok ? 0 : err_set(e, -EIO, "%s: %s", path, strerror(errno));
}

int server_bound_versions(struct server *s, struct err *e)
{
	static const char *const names[] = { "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3" };
	struct buf text;
	int err;

	buf_init(&text, CONF_MAX_BYTES);
	buf_addf(&text,
		 "openssl_conf = top\n[top]\nssl_conf = modules\n[modules]\nsystem_default = tls\n[tls]\n"
		 "MinProtocol = %s\nMaxProtocol = %s\nOptions = ServerPreference\nCipherString = DEFAULT:@SECLEVEL=0\n",
		 names[tls_min(&s->setup.versions)], names[tls_max(&s->setup.versions)]);
	err = server_write_file(s, "openssl.cnf", &text, e);
	buf_free(&text);
	s->openssl_conf = server_path(s, "openssl.cnf");
	return err;
}

int server_ciphers(const struct server *s, struct buf *old, struct buf *modern, struct err *e)
{
	return tls_cipher_names(s->setup.ciphers, s->setup.n_ciphers, old, modern, e);
}

/* --- lines ----------------------------------------------------------------------------------------------------- */

void server_say(struct server *s, const char *line)
{
	struct fixtures *all = s->all;

	if (all->hooks.broker)
		all->hooks.broker(line, all->hooks.ctx);
	else if (!all->was_heard)
		buf_addf(&all->early, "%s\n", line);
}

static void act(struct server *s, enum log_act what, const char *said)
{
	switch (what) {
	case LOG_SAY:
		if (s->kind->said)
			s->kind->said(s, said);
		server_say(s, said);
		break;
	case LOG_READY:
		s->ready++;
		break;
	case LOG_TAKEN:
		s->taken = true;
		break;
	case LOG_NOTHING:
	case LOG_IGNORE:
		break;
	}
}

void server_note(struct server *s, const char *line)
{
	str_copy(s->tail[s->n_tail++ % SERVER_TAIL_LINES], sizeof(s->tail[0]), line);
}

void server_read_log(struct server *s, const struct lines *l, const char *line)
{
	enum log_act what;
	struct buf said;

	server_note(s, line);
	buf_init(&said, LOG_LINE_MAX);
	what = log_table_read(l->log, line, &said);
	act(s, what, buf_str(&said));
	buf_free(&said);
}

static void on_line(struct lines *l, const char *line)
{
	if (l->line)
		l->line(l->server, line);
	else
		server_read_log(l->server, l, line);
}

static void on_output(const void *bytes, size_t n, void *ctx)
{
	struct lines *l = ctx;
	const char *s = bytes, *end = s + n, *lf;

	for (; s < end && (lf = memchr(s, '\n', (size_t)(end - s))) != NULL; s = lf + 1) {
		buf_add(&l->rest, s, (size_t)(lf - s));
		on_line(l, buf_str(&l->rest));
		buf_reset(&l->rest);
	}
	if (s < end && buf_add(&l->rest, s, (size_t)(end - s)))
		buf_reset(&l->rest);	/* a line without end is nobody's */
}

static void on_program_output(const void *bytes, size_t n, void *ctx)
{
	on_output(bytes, n, &((struct program *)ctx)->lines);
}

static void lines_start(struct server *s, struct lines *l)
{
	l->server = s;
	buf_init(&l->rest, LOG_LINE_MAX);
}

/* The last lines of the log on one line. */
static void add_tail(const struct server *s, struct buf *out)
{
	unsigned n = s->n_tail < SERVER_TAIL_LINES ? s->n_tail : SERVER_TAIL_LINES;

	for (unsigned i = 0; i < n; i++)
		buf_addf(out, "%s%s", i ? " | " : ": ", s->tail[(s->n_tail - n + i) % SERVER_TAIL_LINES]);
}

static void tell_gone(struct server *s, const struct program *p)
{
	struct buf why;

	buf_init(&why, CONF_MAX_BYTES);
	buf_addf(&why, "fixture %s: %s ended by itself with status %d", s->fixture->name, p->name, p->status);
	add_tail(s, &why);
	if (s->all->hooks.gone)
		s->all->hooks.gone(buf_str(&why), s->all->hooks.ctx);
	buf_free(&why);
}

static void on_exited(int status, void *ctx)
{
	struct program *p = ctx;

	p->ended = true;
	p->status = status;
	if (p->lines.server->running && !p->lines.server->stopping)
		tell_gone(p->lines.server, p);
}

/* --- starting -------------------------------------------------------------------------------------------------- */

int server_use_log(struct server *s, struct lines *l, const struct log_row *rows, struct err *e)
{
	(void)s;
	if (!l->log)
		l->log = log_table_new(rows);
	return l->log ? 0 : err_set(e, -ENOMEM, "out of memory");
}

const char *server_open_log(struct server *s, const struct log_row *rows,
			    void (*line)(struct server *s, const char *line), struct err *e)
{
	const char *path = server_path(s, "log");

	if (server_use_log(s, &s->log, rows, e))
		return NULL;
	lines_start(s, &s->log);
	s->log.line = line;
	s->fifo = fifo_new(s->all->o.loop, path, on_output, &s->log, e);
	return s->fifo ? path : NULL;
}

/* setpriv: the kernel ends the program when this process dies, however it dies. */
static int spawn(struct server *s, struct program *p, const char *const *argv, struct err *e)
{
	const struct child_hooks hooks = { on_program_output, on_exited, p };
	const char *all[SERVER_ARGS_MAX + 8] = { "setpriv", "--pdeathsig", "KILL" };
	char path[512], conf[CERTS_PATH_MAX + 16];
	size_t n = 3;

	if (strchr(argv[0], '/'))
		str_copy(path, sizeof(path), argv[0]);
	else if (child_find_program(argv[0], path, sizeof(path)))
		return err_set(e, -ENOPKG, "%s is not installed", argv[0]);
	if (s->openssl_conf) {
		all[n++] = "env";
		snprintf(conf, sizeof(conf), "OPENSSL_CONF=%s", s->openssl_conf);
		all[n++] = conf;
	}
	all[n++] = path;
	for (size_t i = 1; argv[i] && n < SERVER_ARGS_MAX + 7; i++)
		all[n++] = argv[i];
	lines_start(s, &p->lines);
	p->name = pool_strdup(s->pool, argv[0]);
	p->ended = false;
	p->child = child_start(s->all->o.loop, (char *const *)(uintptr_t)all, &hooks, e);
	return p->child ? 0 : -EIO;
}

static void on_tick(void *ctx)
{
	(void)ctx; /* it only ends loop_once() */
}

/* Waits until the server is ready or will not be: done() looks. */
static int wait_ready(struct server *s, struct program *p, bool (*done)(void *ctx), void *ctx, struct err *e)
{
	struct clock *clock = loop_clock(s->all->o.loop);
	uint64_t until = clock_now_us(clock) + START_WITHIN_US;
	const volatile sig_atomic_t *stop = s->all->o.stop;
	struct timer tick;

	timer_init(&tick, on_tick, NULL);
	while (!done(ctx) && !s->taken && !p->ended && clock_now_us(clock) < until && !(stop && *stop)) {
		clock_arm(clock, &tick, LOOK_US);
		loop_once(s->all->o.loop);
	}
	timer_cancel(&tick);
	if (done(ctx))
		return 0;
	if (s->taken)
		return -EADDRINUSE;
	return stop && *stop ? err_set(e, -EINTR, "interrupted") : -EIO;
}

static int explain_start(const struct server *s, const struct program *p, struct err *e)
{
	struct buf why;

	buf_init(&why, CONF_MAX_BYTES);
	if (p->ended)
		buf_addf(&why, "%s did not start, status %d", p->name, p->status);
	else
		buf_addf(&why, "%s was not ready within %d s", p->name, START_WITHIN_US / 1000000);
	add_tail(s, &why);
	err_set(e, -EIO, "%s", buf_str(&why));
	buf_free(&why);
	return -EIO;
}

/* A log has said one more time that it is ready. */
struct said_ready {
	const struct server *s;
	unsigned wanted;
};

static bool has_said(void *ctx)
{
	const struct said_ready *r = ctx;

	return r->s->ready >= r->wanted;
}

int server_wait_ready(struct server *s, unsigned before, unsigned n)
{
	struct said_ready ready = { s, before + n };

	return wait_ready(s, &s->program[0], has_said, &ready, NULL);
}

int server_run(struct server *s, struct program *p, const char *const *argv, struct err *e)
{
	struct said_ready ready = { s, s->ready + 1 };
	int err = spawn(s, p, argv, e);

	if (!err)
		err = wait_ready(s, p, has_said, &ready, e);
	return err == -EIO && !e->code ? explain_start(s, p, e) : err;
}

static bool is_open_now(void *ctx)
{
	return knock_answered(ctx);
}

int server_wait_open(struct server *s, struct program *p, struct err *e)
{
	struct knock *k = knock_new(s->all->o.loop, s->real_port);
	int err = k ? wait_ready(s, p, is_open_now, k, e) : -ENOMEM;

	knock_free(k);
	return err == -EIO && !e->code ? explain_start(s, p, e) : err;
}

int server_run_until_open(struct server *s, struct program *p, const char *const *argv, struct err *e)
{
	int err = spawn(s, p, argv, e);

	return err ? err : server_wait_open(s, p, e);
}

/* --- helpers that run to their end ------------------------------------------------------------------------------- */

static bool has_ended(void *ctx)
{
	return ((const struct program *)ctx)->ended;
}

static void hear_nothing(struct server *s, const char *line)
{
	server_note(s, line);
}

int server_run_to_end(struct server *s, const char *const *argv, struct err *e)
{
	struct program p = { .lines = { .line = hear_nothing } };
	bool was_stopping = s->stopping;
	int err;

	s->stopping = true;	/* its end is no loss */
	err = spawn(s, &p, argv, e);
	if (!err)
		err = wait_ready(s, &p, has_ended, &p, e);
	if (!err && p.status)
		err = -EIO;
	if (err == -EIO && !e->code)
		explain_start(s, &p, e);
	child_free(p.child, 0);
	buf_free(&p.lines.rest);
	s->stopping = was_stopping;
	return err;
}

/* --- the end --------------------------------------------------------------------------------------------------- */

void server_kill(struct server *s)
{
	s->stopping = true;
	for (size_t i = 0; i < SERVER_PROGRAMS; i++) {
		if (s->program[i].child)
			child_kill(s->program[i].child);
	}
	server_halt(s);
}

void server_halt(struct server *s)
{
	s->stopping = true;
	for (size_t i = SERVER_PROGRAMS; i-- > 0;) {
		struct program *p = &s->program[i];

		child_free(p->child, GRACE_US);
		p->child = NULL;
		buf_free(&p->lines.rest);
	}
	fifo_free(s->fifo);
	s->fifo = NULL;
	buf_free(&s->log.rest);
	s->stopping = s->running = s->taken = false;
	s->ready = 0;
}

void server_free(struct server *s)
{
	server_halt(s);
	for (size_t i = 0; i < SERVER_PROGRAMS; i++)
		log_table_free(s->program[i].lines.log);
	log_table_free(s->log.log);
	buf_free(&s->clients);
	match_free(s->ready_line);
}
