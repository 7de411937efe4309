/* `hil record` and `hil replay` under test, as processes: a PTY of the test's own is the board, the link is opened as a
 * firmware would. */
#ifndef TEST_RECORD_RIG_H
#define TEST_RECORD_RIG_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "harness/options.h"
#include "harness/scratch.h"
#include "harness/verbs.h"
#include "harness/wire/recording.h"
#include "io/tty_speed.h"

enum { PATIENCE_MS = 20000 };

struct desk {
	char dir[SCRATCH_PATH_MAX];
	char board[160], link[160], file[160]; /* board: a link to the PTY that is the board */
	int master;			       /* the board's end; -1: pulled out */
	int client;			       /* the firmware's end */
	pid_t pid;
	int out; /* standard output of the verb */
	FILE *lines;
};

static inline void desk_set_raw(int fd)
{
	struct termios t;

	ck_assert_int_eq(tcgetattr(fd, &t), 0);
	cfmakeraw(&t);
	ck_assert_int_eq(tcsetattr(fd, TCSANOW, &t), 0);
}

/* A new PTY under the board's name. */
static inline void desk_plug(struct desk *d)
{
	char path[64], temporary[200];

	d->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(d->master, 0);
	ck_assert_int_eq(grantpt(d->master) | unlockpt(d->master), 0);
	ck_assert_int_eq(ptsname_r(d->master, path, sizeof(path)), 0);
	snprintf(temporary, sizeof(temporary), "%s.new", d->board);
	ck_assert_int_eq(symlink(path, temporary), 0);
	ck_assert_int_eq(rename(temporary, d->board), 0);
}

static inline void desk_unplug(struct desk *d)
{
	close(d->master);
	d->master = -1;
}

static inline void desk_make(struct desk *d)
{
	struct err e = { 0 };

	*d = (struct desk){ .master = -1, .client = -1, .out = -1 };
	ck_assert_msg(!scratch_make(d->dir, &e), "%s", e.msg);
	snprintf(d->board, sizeof(d->board), "%s/board", d->dir);
	snprintf(d->link, sizeof(d->link), "%s/firmware", d->dir);
	snprintf(d->file, sizeof(d->file), "%s/recording.jsonl", d->dir);
}

/* The verb in a child: argv ends with NULL. Its exit code is the verb's, 128 + n included. */
static inline void desk_start(struct desk *d, int (*verb)(const struct options *o), const char *const *argv)
{
	int p[2], argc = 0;

	while (argv[argc])
		argc++;
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	fflush(NULL);
	d->pid = fork();
	ck_assert_int_ge(d->pid, 0);
	if (!d->pid) {
		struct options o;
		struct err e = { 0 };
		char *copy[32] = { NULL }; /* getopt sorts them */
		int code;

		memcpy(copy, argv, (size_t)argc * sizeof(*copy));
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (*d->dir) {
			setenv("XDG_RUNTIME_DIR", d->dir, 1);
			setenv("XDG_CONFIG_HOME", d->dir, 1);
		}
		if (d->master >= 0)
			close(d->master); /* or pulling it out would go unnoticed */
		dup2(p[1], STDOUT_FILENO);
		code = options_parse(&o, argc, copy, &e) ? HIL_EXIT_USAGE : verb(&o);
		options_free(&o);
		fflush(NULL);
		_exit(code);
	}
	close(p[1]);
	d->out = p[0];
	d->lines = fdopen(d->out, "re");
}

static inline void desk_wait_ready(struct desk *d, char *line, int size)
{
	ck_assert_ptr_nonnull(fgets(line, size, d->lines));
	ck_assert_msg(!strncmp(line, "ready ", 6), "%s", line);
}

static inline void desk_open(struct desk *d)
{
	d->client = open(d->link, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(d->client, 0);
}

static inline void desk_close(struct desk *d)
{
	close(d->client);
	d->client = -1;
}

/* Its exit code, 256 + n when a signal killed it. */
static inline int desk_wait(struct desk *d)
{
	int status;

	ck_assert_int_eq(waitpid(d->pid, &status, 0), d->pid);
	fclose(d->lines);
	d->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static inline int desk_stop(struct desk *d, int signo)
{
	kill(d->pid, signo);
	return desk_wait(d);
}

static inline void desk_clear(struct desk *d)
{
	if (d->client >= 0)
		close(d->client);
	if (d->master >= 0)
		close(d->master);
	scratch_remove(d->dir);
}

static inline void desk_wait_readable(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	ck_assert_msg(poll(&p, 1, PATIENCE_MS) > 0, "nothing came");
}

static inline void desk_say(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Exactly text comes next. */
static inline void desk_hear(int fd, const char *text)
{
	char got[4096];
	size_t n = 0, want = strlen(text);

	while (n < want) {
		ssize_t more;

		desk_wait_readable(fd);
		more = read(fd, got + n, want - n);
		ck_assert_msg(more > 0, "gone after '%.*s', wanted '%s'", (int)n, got, text);
		n += (size_t)more;
	}
	ck_assert_msg(!memcmp(got, text, want), "got '%.*s', wanted '%s'", (int)n, got, text);
}

/* The recording holds text so many times: what was noted has happened. */
static inline void desk_wait_noted(const struct desk *d, const char *text, int times)
{
	for (int i = 0; i < PATIENCE_MS; i++) {
		struct buf file;
		int n = 0;

		buf_init(&file, SIZE_MAX);
		wire_read_file(d->file, &file, NULL);
		for (const char *s = strstr(buf_str(&file), text); s; s = strstr(s + 1, text))
			n++;
		buf_free(&file);
		if (n >= times)
			return;
		poll(NULL, 0, 1);
	}
	ck_abort_msg("'%s' was not noted %d times", text, times);
}

/* All bytes of one source in a recording. */
static inline void desk_recorded(const struct recording *r, enum wire_from from, struct buf *out)
{
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		if (ev.from == from)
			buf_add(out, ev.data, ev.len);
		if (ev.from == from && from == WIRE_NOTE)
			buf_addc(out, '\n');
	}
}

static inline struct recording *desk_read(const struct desk *d)
{
	struct err e = { 0 };
	struct recording *r = recording_read(d->file, NULL, &e);

	ck_assert_msg(r != NULL, "%s", e.msg);
	return r;
}

#endif
