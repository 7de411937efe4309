/*
 * commands: random command lines against modems, by the million. Workers play stories of consecutive seeds; one that
 * breaks a rule or dies leaves its seed, and its story is told again, shortened, and printed to be replayed.
 *
 *	commands [--commands N] [--seed S] [--jobs J] [--profile NAME] [--findings N] [--reduce SECONDS] [--out FOLDER]
 *	commands [--trace] --replay FILE...
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "at/at_internal.h"
#include "base/str.h"
#include "tests/commands/author.h"
#include "tests/commands/trial.h"

enum {
	LINES_A_STORY = 150,
	ACTS_A_STORY = 400,
	JOBS_MAX = 64,
	ROWS_MAX = 4096,
	FINDINGS_MAX = 64,
	BAD_MAX = 64,
	TWICE_EVERY = 32, /* stories that are played again, which must give the same bytes */
	JSON_EVERY = 16,  /* stories whose trace is read back */
};

struct options {
	long long commands, seed, jobs, findings, reduce;
	const char *profile, *out;
	bool replay, trace;
};

/* What a worker tells its parent, in memory of both. */
struct slot {
	uint64_t seed; /* of the story being played */
	uint64_t stories;
	long rss_early, rss_late; /* kB after the first stories, and most */
	struct tally tally;
	uint32_t row[ROWS_MAX]; /* lines that ended with this row of the grammar */
};

struct run {
	const struct options *o;
	struct grammar grammar;
	struct setups setups;
	struct slot *slot;
	pid_t pid[JOBS_MAX];
	struct verdict found[FINDINGS_MAX];
	size_t n_found, n_again;
};

/* --- one story ---------------------------------------------------------------------------------------------------- */

static void count_row(const struct run *r, struct slot *slot, const struct at_channel *at)
{
	for (size_t i = 0; at && at->cmd && i < r->grammar.n && i < ROWS_MAX; i++) {
		if (r->grammar.row[i] == at->cmd) {
			slot->row[i]++;
			return;
		}
	}
}

/* log: each act is on it before it is played; NULL: none. */
static void tell(struct run *r, struct slot *slot, struct stage *st, struct story *s, uint64_t seed, FILE *log)
{
	struct author a;

	author_begin(&a, &r->grammar, seed, r->o->profile, s);
	stage_open(st, s, &r->setups, seed % JSON_EVERY == 0);
	if (log)
		story_print(s, log);
	while (st->tally.lines < LINES_A_STORY && s->n < ACTS_A_STORY) {
		const struct act *act = author_next(&a, st, s);
		bool good;

		if (log) {
			act_print(act, log);
			fflush(log);
		}
		good = stage_play(st, act);
		if (act->kind == ACT_LINE)
			count_row(r, slot, stage_channel(st, act->port));
		if (!good)
			break;
	}
	stage_close(st);
	author_end(&a);
}

static void add_tally(struct tally *sum, const struct tally *t)
{
	sum->lines += t->lines;
	sum->judged += t->judged;
	sum->ok += t->ok;
	sum->prompts += t->prompts;
	sum->calls += t->calls;
	sum->resets += t->resets;
	sum->controls += t->controls;
	sum->refused_controls += t->refused_controls;
	sum->json += t->json;
	if (t->peak_bytes > sum->peak_bytes)
		sum->peak_bytes = t->peak_bytes;
}

static long rss_kb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* false: it went wrong, and what with is on stderr. */
static bool one_story(struct run *r, struct slot *slot, uint64_t seed)
{
	struct stage st, again;
	struct story s;
	bool good;

	slot->seed = seed;
	trial_watch();
	tell(r, slot, &st, &s, seed, NULL);
	good = !*st.broken;
	if (good && (st.kept || seed % TWICE_EVERY == 0))
		good = stage_tell(&again, &s, &r->setups, false) && again.hash == st.hash;
	add_tally(&slot->tally, &st.tally);
	story_free(&s);
	slot->stories++;
	if (slot->stories == 40)
		slot->rss_early = rss_kb();
	slot->rss_late = rss_kb();
	return good;
}

/* --- workers ------------------------------------------------------------------------------------------------------ */

/* The next story of a worker: all of one modem, then those of the next one that no other worker has. */
static uint64_t next_seed(const struct run *r, uint64_t seed)
{
	return (seed + 1) % STORIES_A_MODEM ? seed + 1 : seed + 1 + (uint64_t)(r->o->jobs - 1) * STORIES_A_MODEM;
}

/* Until the worker's share of commands is done. What the sanitizers say of a bad end is asked for later. */
static void work(struct run *r, int job, uint64_t seed)
{
	struct slot *slot = &r->slot[job];

	if (!freopen("/dev/null", "w", stderr))
		_exit(2);
	while (slot->tally.lines < (uint64_t)(r->o->commands / r->o->jobs)) {
		if (!one_story(r, slot, seed))
			_exit(1);
		seed = next_seed(r, seed);
	}
	_exit(0);
}

static void start(struct run *r, int job, uint64_t seed)
{
	fflush(NULL);
	r->pid[job] = fork();
	if (r->pid[job] < 0) {
		perror("fork");
		exit(2);
	}
	if (!r->pid[job])
		work(r, job, seed);
}

/* The story of a seed as text in path, in a child that may die of it. */
static void write_story(struct run *r, uint64_t seed, const char *path)
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		struct stage st;
		struct story s;
		FILE *f = fopen(path, "w");

		if (!f || !freopen("/dev/null", "w", stderr))
			_exit(2);
		trial_watch();
		tell(r, &r->slot[0], &st, &s, seed, f);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

static bool known(struct run *r, const struct verdict *v)
{
	for (size_t i = 0; i < r->n_found; i++) {
		if (trial_same(&r->found[i], v))
			return true;
	}
	return false;
}

static void print_finding(struct run *r, struct story *s, const struct verdict *v, uint64_t seed)
{
	size_t acts = s->n;
	unsigned trials;
	char path[512];
	FILE *f;

	printf("not ok - seed %llu: %s\n", (unsigned long long)seed, v->text);
	fflush(stdout);
	trials = trial_reduce(s, &r->setups, v, (unsigned)r->o->reduce);
	printf("# %zu of %zu acts, found in %u trials; to play them: commands --replay FILE\n", s->n, acts, trials);
	story_print(s, stdout);
	fflush(stdout);
	if (!r->o->out)
		return;
	snprintf(path, sizeof(path), "%s/seed-%llu.story", r->o->out, (unsigned long long)seed);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		return;
	}
	fprintf(f, "# %s\n", v->text);
	story_print(s, f);
	fclose(f);
}

static void judge_again(struct run *r, struct story *s, struct verdict *v, uint64_t seed)
{
	bool repeats = *v->text;

	if (!repeats)
		snprintf(v->text, sizeof(v->text), "the same story does not end the same way again");
	r->n_again += known(r, v);
	if (known(r, v) || r->n_found == FINDINGS_MAX)
		return;
	r->found[r->n_found++] = *v;
	if (repeats)
		print_finding(r, s, v, seed);
	else
		printf("not ok - seed %llu: %s; commands --seed %llu --commands 1 begins with it\n",
		       (unsigned long long)seed, v->text, (unsigned long long)seed);
}

/* A worker ended badly while it played the story of seed. */
static void look_into(struct run *r, uint64_t seed)
{
	char path[] = "/tmp/commands-story-XXXXXX";
	struct story s = { 0 };
	struct err e = { 0 };
	struct verdict v;
	int fd = mkstemp(path);

	if (fd >= 0)
		close(fd);
	write_story(r, seed, path);
	if (fd < 0 || story_read(&s, path, &e)) {
		printf("not ok - seed %llu: %s\n", (unsigned long long)seed, e.msg);
	} else {
		trial_run(&s, &r->setups, &v);
		judge_again(r, &s, &v, seed);
	}
	unlink(path);
	story_free(&s);
}

static int job_of(const struct run *r, pid_t pid)
{
	for (int job = 0; job < r->o->jobs; job++) {
		if (r->pid[job] == pid)
			return job;
	}
	return -1;
}

/* A worker that ended badly is followed by the next one at once; its story is told when all are through. */
static void run_all(struct run *r)
{
	uint64_t bad[BAD_MAX];
	size_t n_bad = 0;
	int status, job;
	pid_t pid;

	for (job = 0; job < r->o->jobs; job++)
		start(r, job, (uint64_t)(r->o->seed + job * STORIES_A_MODEM));
	while ((pid = wait(&status)) > 0 || errno == EINTR) {
		job = pid > 0 ? job_of(r, pid) : -1;
		if (job < 0 || (WIFEXITED(status) && !WEXITSTATUS(status)))
			continue;
		bad[n_bad++] = r->slot[job].seed;
		printf("# seed %llu ended badly\n", (unsigned long long)r->slot[job].seed);
		fflush(stdout);
		if (n_bad < BAD_MAX)
			start(r, job, next_seed(r, r->slot[job].seed));
	}
	for (size_t i = 0; i < n_bad && (long long)r->n_found < r->o->findings; i++)
		look_into(r, bad[i]);
}

/* --- the summary -------------------------------------------------------------------------------------------------- */

static size_t rows_seen(const struct run *r, bool name_missing)
{
	size_t n = 0;

	for (size_t i = 0; i < r->grammar.n && i < ROWS_MAX; i++) {
		uint64_t count = 0;

		for (int job = 0; job < r->o->jobs; job++)
			count += r->slot[job].row[i];
		n += count > 0;
		if (!count && name_missing)
			printf("# never: AT%s\n", r->grammar.row[i]->name);
	}
	return n;
}

static void print_memory(const struct run *r, const struct tally *sum)
{
	long early = 0, late = 0, jobs = (long)r->o->jobs;

	for (int job = 0; job < r->o->jobs; job++) {
		early += r->slot[job].rss_early;
		late += r->slot[job].rss_late;
	}
	printf("# memory: at most %llu kB of one modem; all of a worker %ld kB after 40 stories, at most %ld kB\n",
	       (unsigned long long)sum->peak_bytes / 1024, early / jobs, late / jobs);
}

static void print_summary(const struct run *r, double took)
{
	struct tally sum = { 0 };
	uint64_t stories = 0;
	size_t seen = rows_seen(r, r->o->commands >= 1000000);

	for (int job = 0; job < r->o->jobs; job++) {
		add_tally(&sum, &r->slot[job].tally);
		stories += r->slot[job].stories;
	}
	printf("# ends: %llu judged (%llu with OK, %llu prompts, %llu calls, %llu resets), %llu in noise\n",
	       (unsigned long long)sum.judged, (unsigned long long)sum.ok, (unsigned long long)sum.prompts,
	       (unsigned long long)sum.calls, (unsigned long long)sum.resets,
	       (unsigned long long)(sum.lines - sum.judged));
	printf("# events: %llu lines of control, %llu of them refused; %llu lines of trace read back\n",
	       (unsigned long long)sum.controls, (unsigned long long)sum.refused_controls,
	       (unsigned long long)sum.json);
	print_memory(r, &sum);
	printf("%s - %llu commands in %llu stories, %zu of %zu rows, %.1f s, %.0f a second; %zu findings, %zu times "
	       "more\n",
	       r->n_found ? "not ok" : "ok", (unsigned long long)sum.lines, (unsigned long long)stories, seen,
	       r->grammar.n, took, (double)sum.lines / took, r->n_found, r->n_again);
}

/* --- start -------------------------------------------------------------------------------------------------------- */

static int replay(struct run *r, char *const *path)
{
	int bad = 0;

	for (; *path; path++) {
		struct story s;
		struct verdict v;
		struct err e = { 0 };

		if (story_read(&s, *path, &e)) {
			fprintf(stderr, "commands: %s\n", e.msg);
			return 2;
		}
		trial_run(&s, &r->setups, &v);
		printf("%s - %s%s%s\n", *v.text ? "not ok" : "ok", *path, *v.text ? ": " : "", v.text);
		bad += *v.text != '\0';
		story_free(&s);
	}
	return bad > 0;
}

static bool take_number(const char *name, long long min, long long max, long long *out)
{
	if (!str_to_num(optarg, strlen(optarg), min, max, out))
		return true;
	fprintf(stderr, "commands: --%s %s: a number from %lld to %lld\n", name, optarg, min, max);
	return false;
}

static bool take_options(struct options *o, int argc, char **argv)
{
	static const struct option known_options[] = {
		{ "commands", required_argument, NULL, 'n' }, { "seed", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },     { "profile", required_argument, NULL, 'p' },
		{ "findings", required_argument, NULL, 'f' }, { "reduce", required_argument, NULL, 'r' },
		{ "out", required_argument, NULL, 'o' },      { "replay", no_argument, NULL, 'R' },
		{ "trace", no_argument, NULL, 't' },	      { NULL, 0, NULL, 0 },
	};
	bool good = true;
	int c;

	while (good && (c = getopt_long(argc, argv, "", known_options, NULL)) != -1) {
		if (c == 'n')
			good = take_number("commands", 1, 1000000000000, &o->commands);
		else if (c == 's')
			good = take_number("seed", 0, 1LL << 60, &o->seed);
		else if (c == 'j')
			good = take_number("jobs", 1, JOBS_MAX, &o->jobs);
		else if (c == 'f')
			good = take_number("findings", 1, FINDINGS_MAX, &o->findings);
		else if (c == 'r')
			good = take_number("reduce", 0, 3600, &o->reduce);
		else if (c == 'p')
			o->profile = optarg;
		else if (c == 'o')
			o->out = optarg;
		else if (c == 'R')
			o->replay = true;
		else if (c == 't')
			o->trace = true;
		else
			good = false;
	}
	return good && o->replay == (optind < argc);
}

int main(int argc, char **argv)
{
	struct options o = { .commands = 100000, .seed = 1, .jobs = 1, .findings = 5, .reduce = 60 };
	struct run r = { .o = &o };
	struct clock *clock = clock_new_monotonic(1);
	int bad;

	if (!take_options(&o, argc, argv)) {
		fprintf(stderr, "commands [--commands N] [--seed S] [--jobs J] [--profile NAME] [--findings N] "
				"[--reduce SECONDS] "
				"[--out FOLDER]\ncommands [--trace] --replay FILE...\n");
		return 2;
	}
	grammar_init(&r.grammar);
	r.slot = mmap(NULL, JOBS_MAX * sizeof(*r.slot), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r.slot == MAP_FAILED || !clock) {
		fprintf(stderr, "commands: out of memory\n");
		return 2;
	}
	r.setups.trace = o.trace ? stdout : NULL;
	if (o.replay) {
		bad = replay(&r, argv + optind);
	} else {
		run_all(&r);
		print_summary(&r, (double)clock_now_us(clock) / 1e6);
		bad = r.n_found > 0;
	}
	clock_free(clock);
	grammar_free(&r.grammar);
	setups_free(&r.setups);
	munmap(r.slot, JOBS_MAX * sizeof(*r.slot));
	return bad;
}

/* The sanitizer's own: what was freed is watched for a while, in as little memory as shows the modem's. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=16:malloc_context_size=6:detect_leaks=0:strict_string_checks=1";
}
