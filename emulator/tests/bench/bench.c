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

enum { PAIRS = 41, TRIPS = 1000, ROUNDS = 7 };

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

/* One pair of measurements, floor and emulator right after each other, as ratios to the floor. */
struct pair {
	struct trips floor, emulator;
};

enum { RATE, P50, P99 };

static double figure(const struct trips *t, int which)
{
	return which == RATE ? t->per_second : which == P50 ? t->p50_us : t->p99_us;
}

/* The bar holds for the median of the pairs' ratios: a slow moment of the machine touches both sides of a pair. */
static void row_pairs(const char *what, const char *unit, const struct pair *p, int which, double bar)
{
	double ratio[PAIRS], mine[PAIRS], floor[PAIRS];
	char beside[64], want[64];
	bool met;

	for (int i = 0; i < PAIRS; i++) {
		floor[i] = figure(&p[i].floor, which);
		mine[i] = figure(&p[i].emulator, which);
		ratio[i] = mine[i] / floor[i];
	}
	median(ratio, PAIRS);
	met = which == RATE ? ratio[PAIRS / 2] >= bar : ratio[PAIRS / 2] <= bar;
	snprintf(beside, sizeof(beside), "floor %.1f, ratio %.2f", median(floor, PAIRS), ratio[PAIRS / 2]);
	snprintf(want, sizeof(want), "ratio %s %.2f", which == RATE ? ">=" : "<=", bar);
	row(what, median(mine, PAIRS), unit, beside, met, want);
}

static void bench_trips(const struct bench *b)
{
	const char *const args[] = { "--trace", "/dev/null", NULL };
	struct pair pair[PAIRS];
	struct emulator e;
	struct floor f;
	char text[64];
	int fd[2];

	floor_start(&f, 1, 0);
	emulator_start(&e, b->emulator, args, 1);
	fd[0] = peer_open(f.path[0]);
	fd[1] = peer_open(e.path[0]);
	peer_trips(fd[1], "ATE0\r", ok, 1);
	for (int i = 0; i < PAIRS; i++) {
		pair[i].floor = peer_trips(fd[0], "AT\r", ok, TRIPS);
		pair[i].emulator = peer_trips(fd[1], "AT\r", ok, TRIPS);
	}
	row_pairs("AT round trips, trace on", "/s", pair, RATE, 0.9);
	row_pairs("  p50", "us", pair, P50, 1.15);
	row_pairs("  p99", "us", pair, P99, 1.4);
	snprintf(text, sizeof(text), "floor %.0f", peer_pipelined(fd[0], "AT\r", ok, 100000, 50));
	row("AT pipelined, 50 in flight", peer_pipelined(fd[1], "AT\r", ok, 100000, 50), "/s", text, true, "(no bar)");
	close(fd[0]);
	close(fd[1]);
	emulator_stop(&e);
	floor_stop(&f);
}

/*
 * A responder as it is, and another one behind hil record: what the recorder adds to a round trip, beside the time one
 * character takes on the line it sits in.
 */
static void bench_recorder(const struct bench *b)
{
	const double character_us = 10 * 1e6 / 115200;
	char dir[] = "/tmp/bench-XXXXXX", link[64], file[64], beside[64];
	double ratio[PAIRS], added[PAIRS], added_p99[PAIRS];
	struct emulator e;
	struct floor f;
	int fd[2];

	if (!mkdtemp(dir))
		return;
	snprintf(link, sizeof(link), "%s/modem", dir);
	snprintf(file, sizeof(file), "%s/recording.jsonl", dir);
	floor_start(&f, 2, 0);
	emulator_start(&e, b->hil, (const char *[]){ "record", "--port", f.path[1], "--link", link, "-o", file, NULL }, 1);
	fd[0] = peer_open(f.path[0]);
	fd[1] = peer_open(link);
	for (int i = 0; i < PAIRS; i++) {
		struct trips direct = peer_trips(fd[0], "AT\r", ok, TRIPS), through = peer_trips(fd[1], "AT\r", ok, TRIPS);

		ratio[i] = through.p50_us / direct.p50_us;
		added[i] = through.p50_us - direct.p50_us;
		added_p99[i] = through.p99_us - direct.p99_us;
	}
	snprintf(beside, sizeof(beside), "a character at 115200: %.0f; ratio %.2f", character_us, median(ratio, PAIRS));
	row("hil record adds to a round trip", median(added, PAIRS), "us", beside, added[PAIRS / 2] <= character_us, "<= 87 us");
	row("  p99", median(added_p99, PAIRS), "us", "", added_p99[PAIRS / 2] <= character_us, "<= 87 us");
	close(fd[0]);
	close(fd[1]);
	emulator_stop(&e);
	floor_stop(&f);
	unlink(file);
	rmdir(dir);
}

static void bench_sixteen(const struct bench *b)
{
	const char *const args[] = { "--count", "16", NULL };
	double ratio[ROUNDS], rate[ROUNDS], floor[ROUNDS];
	struct emulator e;
	struct floor f;
	char text[64];

	floor_start(&f, 16, 0);
	emulator_start(&e, b->emulator, args, 16);
	for (int i = 0; i < 16; i++) {
		int fd = peer_open(e.path[i]);

		peer_trips(fd, "ATE0\r", ok, 1);
		close(fd);
	}
	for (int i = 0; i < ROUNDS; i++) {
		floor[i] = peer_trips_total(f.path, 16, "AT\r", ok, 2000);
		rate[i] = peer_trips_total(e.path, 16, "AT\r", ok, 2000);
		ratio[i] = rate[i] / floor[i];
	}
	median(ratio, ROUNDS);
	snprintf(text, sizeof(text), "floor %.0f, ratio %.2f", median(floor, ROUNDS), ratio[ROUNDS / 2]);
	row("16 modems, total", median(rate, ROUNDS), "/s", text, ratio[ROUNDS / 2] >= 0.8, "ratio >= 0.80");
	emulator_stop(&e);
	floor_stop(&f);
}

/* Fork, exec and wait of a program that does nothing. */
static double exec_nothing_ms(void)
{
	uint64_t begin = now_us();
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	return (double)(now_us() - begin) / 1e3;
}

static void bench_start(const struct bench *b)
{
	const char *const args[] = { NULL };
	double ms[9], nothing[9];
	char text[64];

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
		nothing[i] = exec_nothing_ms();
	}
	double typical = median(ms, 9);

	snprintf(text, sizeof(text), "exec of /bin/true %.2f", median(nothing, 9));
	row("start-up to the first OK", typical, "ms", text, typical <= 8, "<= 8 ms");
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

/* AT and its OK are nine bytes of ten bits; beside it the barest paced responder of the same run. */
static void bench_pacing(const struct bench *b)
{
	const char *const args[] = { "--baud", "115200", NULL };
	const double ideal_us = (3 + 6) * 10 * 1e6 / 115200;
	double error[ROUNDS], bare[ROUNDS];
	struct emulator e;
	struct floor f;
	char text[64];
	int fd[2];

	floor_start(&f, 1, (unsigned)ideal_us);
	emulator_start(&e, b->emulator, args, 1);
	fd[0] = peer_open(f.path[0]);
	fd[1] = peer_open(e.path[0]);
	peer_trips(fd[1], "ATE0\r", ok, 1);
	for (int i = 0; i < ROUNDS; i++) {
		bare[i] = (peer_trips(fd[0], "AT\r", ok, 300).p50_us / ideal_us - 1) * 100;
		error[i] = (peer_trips(fd[1], "AT\r", ok, 300).p50_us / ideal_us - 1) * 100;
	}
	double mine = median(error, ROUNDS);

	snprintf(text, sizeof(text), "bare paced responder %+.1f %%", median(bare, ROUNDS));
	row("pacing error at 115200", mine, "%", text, mine <= 6 && mine >= -6, "within 6 %");
	close(fd[0]);
	close(fd[1]);
	emulator_stop(&e);
	floor_stop(&f);
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

	snprintf(command, sizeof(command), "%s run %s --not-tags real -q -j1 2>/dev/null | tail -n 1", b->hil, b->scenarios);
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
	bench_recorder(&b);
	bench_sixteen(&b);
	bench_start(&b);
	bench_memory(&b);
	bench_pacing(&b);
	bench_idle(&b);
	bench_virtual();
	bench_scenarios(&b);
	return 0;
}
