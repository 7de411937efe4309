/* A child runs the cell and writes its events into a pipe; the parent reads until the pipe or its patience ends. */
#include "harness/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/event.h"
#include "harness/run_cell.h"
#include "harness/wall_real.h"

static void write_line(const char *p, size_t n, void *ctx)
{
	const int *fd = ctx;

	while (n > 0) {
		ssize_t put = write(*fd, p, n);

		if (put < 0 && errno != EINTR)
			_exit(1);
		if (put > 0) {
			p += put;
			n -= (size_t)put;
		}
	}
}

static void become_trial(struct cell *cell, const struct trial_options *o, int fd)
{
	const struct cell_run run = {
		.cell = cell,
		.options = o->run,
		.want_wire = o->want_wire,
		.emit = write_line,
		.ctx = &fd,
	};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	run_cell(&run);
	_exit(0); /* what is left of the parent's is not this process's to clear up */
}

/* False when the time is over. */
static bool read_events(int fd, uint64_t limit_us, struct buf *events)
{
	uint64_t begin_us = wall_us(), gone;
	char chunk[64 * 1024];

	while ((gone = wall_us() - begin_us) < limit_us) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, (int)((limit_us - gone) / 1000) + 1) <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		buf_add(events, chunk, (size_t)n);
	}
	return false;
}

static void describe(int status, bool in_time, char out[128])
{
	if (!in_time)
		snprintf(out, 128, "no end in sight: the cell was stopped by force");
	else if (WIFSIGNALED(status))
		snprintf(out, 128, "the process that ran the cell died by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(out, 128, "the process that ran the cell ended with status %d", WEXITSTATUS(status));
}

int trial_run(struct cell *cell, const struct trial_options *o, struct buf *events, struct err *e)
{
	int ends[2], status = 0;
	bool in_time;
	char why[128];
	json_t *end;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, -errno, "no pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid)
		become_trial(cell, o, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_set(e, -EAGAIN, "no process for a trial");
	}
	in_time = read_events(ends[0], o->limit_us, events);
	close(ends[0]);
	if (!in_time)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	end = trial_end(events);
	describe(status, in_time, why);
	if (!end)
		run_cell_lost(cell, o->run, why, events);
	json_decref(end);
	return 0;
}

json_t *trial_end(const struct buf *events)
{
	size_t n;
	const char *end = event_last_end(events, &n);

	return end ? json_loadb(end, n, 0, NULL) : NULL;
}
