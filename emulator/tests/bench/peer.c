/* Clients and floors on PTYs. Real time on purpose: this is a measurement, not a test. */
#include "tests/bench/peer.h"

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
#include <time.h>
#include <unistd.h>

enum { FLOORS_MAX = 64 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static void make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		die("tcgetattr");
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
}

int peer_open(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	make_raw(fd);
	return fd;
}

static void wait_until(struct timespec t, unsigned pace_us)
{
	t.tv_nsec += (long)pace_us * 1000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static _Noreturn void floor_serve(struct pollfd *master, int n, unsigned pace_us)
{
	static const char answer[] = "\r\nOK\r\n";
	char in[4096];
	struct timespec seen;

	prctl(PR_SET_TIMERSLACK, 1);
	while (poll(master, (nfds_t)n, -1) > 0) {
		clock_gettime(CLOCK_MONOTONIC, &seen);
		for (int i = 0; i < n; i++) {
			ssize_t got = master[i].revents & POLLIN ? read(master[i].fd, in, sizeof(in)) : 0;

			if (pace_us && got > 0)
				wait_until(seen, pace_us);
			for (ssize_t k = 0; k < got; k++) {
				if (in[k] == '\r' && write(master[i].fd, answer, sizeof(answer) - 1) < 0)
					_exit(1);
			}
		}
	}
	_exit(0);
}

void floor_start(struct floor *f, int n, unsigned pace_us)
{
	struct pollfd master[FLOORS_MAX];
	int slave[FLOORS_MAX];

	f->n = n;
	for (int i = 0; i < n; i++) {
		master[i].fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		master[i].events = POLLIN;
		if (master[i].fd < 0 || grantpt(master[i].fd) || unlockpt(master[i].fd) ||
		    ptsname_r(master[i].fd, f->path[i], sizeof(f->path[i])))
			die("pty");
		slave[i] = peer_open(f->path[i]);
	}
	f->pid = fork();
	if (!f->pid)
		floor_serve(master, n, pace_us);
	for (int i = 0; i < n; i++) {
		close(master[i].fd);
		close(slave[i]);
	}
}

static void stop(pid_t pid)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

void floor_stop(struct floor *f)
{
	stop(f->pid);
}

static _Noreturn void exec_emulator(const char *program, const char *const *args, int out)
{
	const char *argv[32] = { program };
	int n = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDOUT_FILENO);
	while (*args && n < 31)
		argv[n++] = *args++;
	execv(program, (char *const *)argv);
	die(program);
	_exit(1);
}

void emulator_start(struct emulator *e, const char *program, const char *const *args, int n)
{
	uint64_t begin = now_us();
	int p[2];
	FILE *lines;
	char line[512];

	if (pipe2(p, O_CLOEXEC))
		die("pipe");
	e->n = n;
	e->pid = fork();
	if (!e->pid)
		exec_emulator(program, args, p[1]);
	close(p[1]);
	e->out = p[0];
	lines = fdopen(dup(p[0]), "r");
	for (int i = 0; i < n; i++) {
		char *end;

		if (!lines || !fgets(line, sizeof(line), lines) || strncmp(line, "ready ", 6))
			die("sim7600-emu did not become ready");
		end = strchr(line + 6, ' ');
		snprintf(e->path[i], sizeof(e->path[i]), "%.*s", (int)(end - line - 6), line + 6);
	}
	fclose(lines);
	e->ready_ms = (double)(now_us() - begin) / 1e3;
}

void emulator_stop(struct emulator *e)
{
	stop(e->pid);
	close(e->out);
}

/* Reads what is there (waiting when nothing is) and counts how often end has been completed. */
static int read_ends(int fd, const char *end, size_t *matched, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char in[4096];
	ssize_t n;
	int seen = 0;

	if (poll(&p, 1, timeout_ms) <= 0)
		return -1;
	n = read(fd, in, sizeof(in));
	if (n <= 0)
		return -1;
	for (ssize_t i = 0; i < n; i++) {
		*matched = in[i] == end[*matched] ? *matched + 1 : in[i] == end[0];
		if (!end[*matched]) {
			*matched = 0;
			seen++;
		}
	}
	return seen;
}

int peer_wait(int fd, const char *end, int timeout_ms)
{
	size_t matched = 0;
	int seen;

	do {
		seen = read_ends(fd, end, &matched, timeout_ms);
	} while (seen == 0);
	return seen > 0 ? 0 : -1;
}

static void send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0)
			die("write");
		p += done;
		n -= (size_t)done;
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct trips peer_trips(int fd, const char *command, const char *end, int count)
{
	double *us = malloc((size_t)count * sizeof(*us));
	uint64_t begin = now_us();
	struct trips t = { 0 };

	for (int i = 0; us && i < count; i++) {
		struct timespec a, b;

		clock_gettime(CLOCK_MONOTONIC, &a);
		send_all(fd, command, strlen(command));
		if (peer_wait(fd, end, 5000))
			die("no answer");
		clock_gettime(CLOCK_MONOTONIC, &b);
		us[i] = (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
	}
	if (!us)
		die("malloc");
	t.per_second = count * 1e6 / (double)(now_us() - begin);
	qsort(us, (size_t)count, sizeof(*us), by_value);
	t.p50_us = us[count / 2];
	t.p99_us = us[count * 99 / 100];
	free(us);
	return t;
}

double peer_trips_total(char (*path)[64], int n, const char *command, const char *end, int count)
{
	uint64_t begin;
	int gate[2];
	char go;

	if (pipe2(gate, O_CLOEXEC))
		die("pipe");
	for (int i = 0; i < n; i++) {
		if (fork())
			continue;
		close(gate[1]);
		if (read(gate[0], &go, 1) < 0)	/* all start when the parent closes its end */
			_exit(1);
		peer_trips(peer_open(path[i]), command, end, count);
		_exit(0);
	}
	begin = now_us();
	close(gate[1]);
	for (int i = 0; i < n; i++)
		wait(NULL);
	close(gate[0]);
	return (double)n * count * 1e6 / (double)(now_us() - begin);
}

double peer_pipelined(int fd, const char *command, const char *end, int count, int burst)
{
	size_t len = strlen(command), matched = 0;
	char *block = malloc(len * (size_t)burst);
	uint64_t begin = now_us();

	for (int i = 0; block && i < burst; i++)
		memcpy(block + (size_t)i * len, command, len);
	for (int done = 0; block && done < count;) {
		int want = burst;

		send_all(fd, block, len * (size_t)burst);
		while (want > 0) {
			int seen = read_ends(fd, end, &matched, 5000);

			if (seen < 0)
				die("no answer");
			want -= seen;
		}
		done += burst;
	}
	free(block);
	return count * 1e6 / (double)(now_us() - begin);
}
