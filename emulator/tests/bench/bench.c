/*
 * make bench: each figure beside its floor, measured in the same run; bars are those the design set for a PTY.
 * Prints a table; a missed bar is marked and does not fail, since machines are noisy.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock/clock.h"
#include "tests/bench/peer.h"

enum { RUNS = 5, TRIPS = 10000 };

static const char ok[] = "OK\r\n";

struct bench {
	const char *emulator, *hil, *scenarios;
};

static void row(const char *what, double value, const char *unit, const char *floor, bool met, const char *bar)
{
	printf("%-34s %12.2f %-10s %-34s %-4s %s\n", what, value, unit, floor, met ? "ok" : "MISS", bar);
	fflush(stdout);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return v[n / 2];
}

/* Floor and emulator are measured in turn, so that a slow moment of the machine touches both. */
static void bench_trips(const struct bench *b)
{
	const char *const args[] = { "--trace", "/dev/null", NULL };
	double rate[2][RUNS], p50[2][RUNS], p99[2][RUNS];
	struct emulator e;
	struct floor f;
	char text[64];
	int fd[2];

	floor_start(&f, 1);
	emulator_start(&e, b->emulator, args, 1);
	fd[0] = peer_open(f.path[0]);
	fd[1] = peer_open(e.path[0]);
	peer_trips(fd[1], "ATE0\r", ok, 1);
	for (int i = 0; i < RUNS; i++) {
		for (int k = 0; k < 2; k++) {
			struct trips t = peer_trips(fd[k], "AT\r", ok, TRIPS);

			rate[k][i] = t.per_second;
			p50[k][i] = t.p50_us;
			p99[k][i] = t.p99_us;
		}
	}
	double floor_rate = median(rate[0], RUNS), floor_p50 = median(p50[0], RUNS), floor_p99 = median(p99[0], RUNS);

	snprintf(text, sizeof(text), "floor %.0f", floor_rate);
	row("AT round trips, trace on", median(rate[1], RUNS), "/s", text, rate[1][RUNS / 2] >= 0.9 * floor_rate,
	    ">= 0.9 of the floor");
	snprintf(text, sizeof(text), "floor %.1f", floor_p50);
	row("  p50", median(p50[1], RUNS), "us", text, p50[1][RUNS / 2] <= 1.15 * floor_p50, "<= 1.15 of the floor");
	snprintf(text, sizeof(text), "floor %.1f", floor_p99);
	row("  p99", median(p99[1], RUNS), "us", text, p99[1][RUNS / 2] <= 1.4 * floor_p99, "<= 1.4 of the floor");
	double piped_floor = peer_pipelined(fd[0], "AT\r", ok, 100000, 50);

	snprintf(text, sizeof(text), "floor %.0f", piped_floor);
	row("AT pipelined, 50 in flight", peer_pipelined(fd[1], "AT\r", ok, 100000, 50), "/s", text, true, "(no bar)");
	close(fd[0]);
	close(fd[1]);
	emulator_stop(&e);
	floor_stop(&f);
}

static void bench_sixteen(const struct bench *b)
{
	const char *const args[] = { "--count", "16", NULL };
	double rate[2][3];
	struct emulator e;
	struct floor f;
	char text[64];

	floor_start(&f, 16);
	emulator_start(&e, b->emulator, args, 16);
	for (int i = 0; i < 16; i++) {
		int fd = peer_open(e.path[i]);

		peer_trips(fd, "ATE0\r", ok, 1);
		close(fd);
	}
	for (int i = 0; i < 3; i++) {
		rate[0][i] = peer_trips_total(f.path, 16, "AT\r", ok, 4000);
		rate[1][i] = peer_trips_total(e.path, 16, "AT\r", ok, 4000);
	}
	double floor_rate = median(rate[0], 3);

	snprintf(text, sizeof(text), "floor %.0f", floor_rate);
	row("16 modems, total", median(rate[1], 3), "/s", text, rate[1][1] >= 0.8 * floor_rate, ">= 0.8 of the floor");
	emulator_stop(&e);
	floor_stop(&f);
}

static void bench_start(const struct bench *b)
{
	const char *const args[] = { NULL };
	double ms[9];

	for (int i = 0; i < 9; i++) {
		uint64_t begin = now_us();
		struct emulator e;
		int fd;

		emulator_start(&e, b->emulator, args, 1);
		fd = peer_open(e.path[0]);
		peer_trips(fd, "AT\r", ok, 1);
		ms[i] = (double)(now_us() - begin) / 1e3;
		close(fd);
		emulator_stop(&e);
	}
	row("start-up to the first OK", median(ms, 9), "ms", "", ms[4] <= 8, "<= 8 ms");
}

static double pss_mb(pid_t pid)
{
	char path[64], line[256];
	double kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "Pss:", 4))
			kb = strtod(line + 4, NULL);
	}
	if (f)
		fclose(f);
	return kb / 1024;
}

static void bench_memory(const struct bench *b)
{
	const char *const one[] = { NULL }, *const many[] = { "--count", "500", NULL };
	struct emulator *e = calloc(1, sizeof(*e));
	double first, all;

	emulator_start(e, b->emulator, one, 1);
	first = pss_mb(e->pid);
	emulator_stop(e);
	row("memory, 1 modem (PSS)", first, "MB", "", first <= 4, "<= 4 MB");
	emulator_start(e, b->emulator, many, 500);
	all = pss_mb(e->pid);
	emulator_stop(e);
	row("memory, each of 499 more", (all - first) / 499, "MB", "", (all - first) / 499 <= 0.1, "<= 0.1 MB");
	free(e);
}

static double cpu_ms(pid_t pid)
{
	char path[64], text[1024], *p;
	double ticks = 0;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = '\0';
	p = strrchr(text, ')');
	for (int field = 2; p && field <= 14; field++) {
		p = strchr(p + 1, ' ');
		if (p && field >= 13)
			ticks += strtod(p, NULL);
	}
	return ticks * 1000.0 / (double)sysconf(_SC_CLK_TCK);
}

static void bench_idle(const struct bench *b)
{
	const char *const args[] = { "--count", "16", NULL };
	struct emulator e;
	double before, used;

	emulator_start(&e, b->emulator, args, 16);
	before = cpu_ms(e.pid);
	sleep(2);	/* the wait is what is measured */
	used = cpu_ms(e.pid) - before;
	emulator_stop(&e);
	row("idle CPU, 16 modems, 2 s", used, "ms", "", used < 1, "0");
}

/* 500 answers of a known length: ideal time is bytes * 10 bits / baud, both directions. */
static void bench_pacing(const struct bench *b)
{
	const char *const args[] = { "--baud", "115200", NULL };
	const double ideal_us = (3 + 6) * 10 * 1e6 / 115200;
	struct emulator e;
	struct trips t;
	char text[64];
	int fd;

	emulator_start(&e, b->emulator, args, 1);
	fd = peer_open(e.path[0]);
	peer_trips(fd, "ATE0\r", ok, 1);
	t = peer_trips(fd, "AT\r", ok, 2000);
	snprintf(text, sizeof(text), "ideal %.0f us, p50 %.0f us", ideal_us, t.p50_us);
	double error = (t.p50_us / ideal_us - 1) * 100;

	row("pacing error at 115200", error, "%", text, error <= 6 && error >= -1, "<= +6 %");
	close(fd);
	emulator_stop(&e);
}

static void tick(void *ctx)
{
	struct { struct clock *clock; struct timer timer; } *t = ctx;

	clock_arm(t->clock, &t->timer, 60000000);
}

static void bench_virtual(void)
{
	struct { struct clock *clock; struct timer timer; } t = { .clock = clock_new_virtual() };
	uint64_t begin = now_us();
	double ms;

	timer_init(&t.timer, tick, &t);
	tick(&t);
	clock_advance_to(t.clock, 86400ull * 1000000);
	ms = (double)(now_us() - begin) / 1e3;
	timer_cancel(&t.timer);
	clock_free(t.clock);
	row("a day of modem time, 1/min tick", ms, "ms", "", ms < 100, "< 100 ms");
}

static void bench_scenarios(const struct bench *b)
{
	char command[4096], line[512];
	uint64_t begin = now_us();
	int cells = 0;
	FILE *f;

	snprintf(command, sizeof(command), "%s run %s -q -j1 2>/dev/null | tail -n 1", b->hil, b->scenarios);
	f = popen(command, "r");
	if (f && fgets(line, sizeof(line), f))
		cells = (int)strtol(line, NULL, 10);
	if (f)
		pclose(f);
	row("scenario cells in process, -j1", cells * 1e6 / (double)(now_us() - begin), "/s", "", cells > 0, "(no bar)");
}

int main(int argc, char **argv)
{
	struct bench b;

	if (argc != 4) {
		fprintf(stderr, "usage: bench SIM7600-EMU HIL SCENARIOS\n");
		return 2;
	}
	b = (struct bench){ argv[1], argv[2], argv[3] };
	printf("%-34s %12s %-10s %-34s %-4s %s\n", "what", "median", "unit", "beside it", "", "bar");
	bench_trips(&b);
	bench_sixteen(&b);
	bench_start(&b);
	bench_memory(&b);
	bench_pacing(&b);
	bench_idle(&b);
	bench_virtual();
	bench_scenarios(&b);
	return 0;
}
