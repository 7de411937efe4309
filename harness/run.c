/*
 * A pool of worker processes, each running cells one after another, so that a crash costs one cell and not the run. The
 * parent hands out indices, collects event lines, and feeds the reports in the order of the cells.
 */
#include "harness/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "harness/certs_key.h"
#include "harness/event.h"
#include "harness/fixture.h"
#include "harness/glance.h"
#include "harness/report.h"
#include "harness/run_cell.h"
#include "harness/rounds.h"
#include "harness/run_orphans.h"
#include "harness/run_reports.h"
#include "harness/scratch.h"
#include "harness/soak.h"
#include "harness/timebase.h"
#include "harness/wall_real.h"
#include "harness/watch.h"

enum {
	WORKERS_MAX = 64,
	LINES_MAX_BYTES = 256 << 20,
	FLUSH_BYTES = 64 * 1024,
	NO_JOB = -1,
	SLOTS_A_WORKER = 4,
	LOOK_EVERY_US = 200000,
};

static const uint64_t virtual_limit_us = 120000000;	/* real time a cell on the virtual clock may cost */

struct worker {
	pid_t pid;
	int to, from;			/* numbers of jobs go to it, event lines come from it */
	long job;			/* NO_JOB: idle */
	uint64_t since_us;
	unsigned slow_minutes;		/* of its step, that have been told */
	bool killed;
};

struct slot {
	struct buf lines;
	bool done;
};

struct pool {
	struct cell *const *cells;
	size_t n, next, reported;	/* cells; jobs that have begun; jobs that have been reported */
	struct rounds rounds;
	const struct run_options *o;
	struct slot *slot;		/* a ring: of job n in n % n_slots */
	size_t n_slots;
	struct soak soak;
	struct worker worker[WORKERS_MAX];
	size_t n_workers;
	struct glance *glance;		/* one a worker */
	struct report_set reports;
	uint64_t begin_us, looked_us;
	int signal;			/* first one that ended the run */
	uint64_t signal_us;
	bool closing;			/* hand out nothing more */
};

/* Set by signal handlers, which is why they are here and not in struct pool. */
static volatile sig_atomic_t caught_signal, caught_again, caught_usr1, worker_stop;

static struct slot *slot_of(struct pool *p, size_t job)
{
	return &p->slot[job % p->n_slots];
}

static struct cell *cell_of(const struct pool *p, size_t job)
{
	return p->cells[rounds_cell(&p->rounds, job)];
}

/* The options of the run with what is the job's own. */
static void options_of(const struct pool *p, size_t job, struct run_options *out)
{
	unsigned round = rounds_round(&p->rounds, job);

	*out = *p->o;
	out->seed = rounds_seed(&p->rounds, round);
	out->round = rounds_are_wanted(p->o) ? round : 0;
}

/* Whether there is another job and its time has come: of finished ones that wait for a slow one, only so many are kept. */
static bool may_begin(struct pool *p)
{
	return !p->closing && rounds_may_begin(&p->rounds, p->next, wall_us() - p->begin_us);
}

static bool has_room(const struct pool *p)
{
	return p->next - p->reported < p->n_slots;
}

/* --- the worker's side ---------------------------------------------------------------------------------------- */

static void on_worker_stop(int signo)
{
	(void)signo;
	worker_stop = 1;
}

static void write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno != EINTR)
			_exit(1);	/* the parent is gone: nobody wants the rest */
		if (put > 0) {
			p += put;
			n -= (size_t)put;
		}
	}
}

struct outbox {
	int fd;
	struct buf lines;
};

static void on_line(const char *line, size_t n, void *ctx)
{
	struct outbox *b = ctx;

	buf_add(&b->lines, line, n);
	if (b->lines.len < FLUSH_BYTES)
		return;
	write_all(b->fd, b->lines.data, b->lines.len);
	buf_reset(&b->lines);
}

static bool read_job(int fd, uint64_t *job)
{
	ssize_t n;

	do {
		n = read(fd, job, sizeof(*job));
	} while (n < 0 && errno == EINTR && !worker_stop);
	return n == (ssize_t)sizeof(*job);
}

static void worker_main(struct pool *p, struct glance *glance, int in, int out)
{
	struct outbox box = { .fd = out };
	struct run_options o = *p->o;
	uint64_t job, seed = o.seed;

	buf_init(&box.lines, LINES_MAX_BYTES);
	while (!worker_stop && read_job(in, &job)) {
		const struct cell_run run = {
			.cell = cell_of(p, job), .options = &o, .want_wire = run_reports_want_wire(p->o), .stop = &worker_stop,
			.glance = glance,
			.emit = on_line, .ctx = &box,
		};

		options_of(p, job, &o);
		if (o.seed != seed)
			cert_keys_free();	/* those of an earlier round */
		seed = o.seed;
		run_cell(&run);
		write_all(out, buf_str(&box.lines), box.lines.len);
		buf_reset(&box.lines);
	}
	buf_free(&box.lines);
}

static void set_handler(int signo, void (*func)(int signo))
{
	struct sigaction sa = { .sa_handler = func };

	sigemptyset(&sa.sa_mask);
	sigaction(signo, &sa, NULL);
}

/* In the child: nothing of the parent's may stay open, or no worker would ever see the end of its pipe. */
static void become_worker(struct pool *p, struct glance *glance, int in, int out)
{
	sigset_t none;

	for (size_t i = 0; i < p->n_workers; i++) {
		if (p->worker[i].pid <= 0)
			continue;
		close(p->worker[i].to);
		close(p->worker[i].from);
	}
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* a parent that was killed wants no cell finished */
	set_handler(SIGTERM, on_worker_stop);
	set_handler(SIGINT, SIG_IGN);
	set_handler(SIGUSR1, SIG_IGN);
	set_handler(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	worker_main(p, glance, in, out);
	exit(0);
}

/* --- workers as the parent sees them -------------------------------------------------------------------------- */

static int start_worker(struct pool *p, struct worker *w)
{
	int to[2], from[2];
	pid_t pid;

	if (pipe2(to, O_CLOEXEC))
		return -errno;
	if (pipe2(from, O_CLOEXEC)) {
		close(to[0]);
		close(to[1]);
		return -EMFILE;
	}
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(to[1]);
		close(from[0]);
		become_worker(p, p->glance ? &p->glance[w - p->worker] : NULL, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	*w = (struct worker){ .pid = pid, .to = to[1], .from = from[0], .job = NO_JOB };
	if (pid > 0)
		return 0;
	close(w->to);
	close(w->from);
	return -EAGAIN;
}

static void give_job(struct pool *p, struct worker *w)
{
	uint64_t job = p->next;

	if (w->job != NO_JOB || w->pid <= 0 || !has_room(p) || !may_begin(p))
		return;
	w->job = (long)p->next++;
	w->since_us = wall_us();
	w->slow_minutes = 0;
	slot_of(p, job)->done = false;
	if (write(w->to, &job, sizeof(job)) != (ssize_t)sizeof(job))
		w->killed = false;	/* it died: its pipe will say so */
}

static void describe_death(const struct worker *w, int status, char out[128])
{
	if (w->killed)
		snprintf(out, 128, "no end in sight: the cell was stopped by force");
	else if (WIFSIGNALED(status))
		snprintf(out, 128, "the process that ran the cell died by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(out, 128, "the process that ran the cell ended with status %d", WEXITSTATUS(status));
}

/* What a dead worker had started itself. */
static void kill_orphans(const struct pool *p)
{
	pid_t known[WORKERS_MAX];

	for (size_t i = 0; i < p->n_workers; i++)
		known[i] = p->worker[i].pid;
	orphans_kill(known, p->n_workers);
}

static void job_done(struct pool *p, struct worker *w)
{
	slot_of(p, (size_t)w->job)->done = true;
	w->job = NO_JOB;
}

/* Its pipe has ended. Whatever it ran is an ERROR. */
static void bury_worker(struct pool *p, struct worker *w)
{
	struct run_options o;
	pid_t pid = w->pid;
	char why[128];
	int status = 0;

	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(w->to);
	close(w->from);
	w->pid = 0;
	if (w->job == NO_JOB)
		return;
	describe_death(w, status, why);
	options_of(p, (size_t)w->job, &o);
	run_cell_lost(cell_of(p, (size_t)w->job), &o, why, &slot_of(p, (size_t)w->job)->lines);
	job_done(p, w);
	kill_orphans(p);
	scratch_remove_of(pid);
}

static void read_worker(struct pool *p, struct worker *w)
{
	char chunk[64 * 1024];
	ssize_t n = read(w->from, chunk, sizeof(chunk));
	struct buf *lines;
	size_t length;

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		bury_worker(p, w);
		return;
	}
	if (w->job == NO_JOB)
		return;
	lines = &slot_of(p, (size_t)w->job)->lines;
	buf_add(lines, chunk, (size_t)n);
	if (event_last_end(lines, &length))
		job_done(p, w);
}

/* --- reports -------------------------------------------------------------------------------------------------- */

static void feed_lines(struct pool *p, const struct buf *lines)
{
	const char *s = buf_str(lines), *end = s + lines->len, *lf;

	for (; s < end && (lf = memchr(s, '\n', (size_t)(end - s))) != NULL; s = lf + 1)
		report_set_feed(&p->reports, s, (size_t)(lf + 1 - s));
}

static void feed_event(struct pool *p, void (*add)(struct pool *p, struct buf *out))
{
	struct buf line;

	buf_init(&line, LINES_MAX_BYTES);	/* a run names all its cells */
	add(p, &line);
	feed_lines(p, &line);
	buf_free(&line);
}

static void add_round(struct pool *p, struct buf *out)
{
	unsigned round = rounds_round(&p->rounds, p->reported);

	event_round(out, round, rounds_seed(&p->rounds, round));
}

static void look_at_resources(struct pool *p)
{
	pid_t pids[WORKERS_MAX];

	for (size_t i = 0; i < p->n_workers; i++)
		pids[i] = p->worker[i].pid;
	soak_look(&p->soak, pids, p->n_workers, wall_us());
}

static void feed_job(struct pool *p)
{
	struct slot *s = slot_of(p, p->reported);

	if (rounds_are_wanted(p->o) && p->reported % p->n == 0)
		feed_event(p, add_round);
	feed_lines(p, &s->lines);
	buf_free(&s->lines);
	s->done = false;
	if (p->o->first_failed && !*p->o->first_failed && report_totals_failed(&p->reports.totals))
		*p->o->first_failed = p->cells[p->reported % p->n];
	p->reported++;
	if (report_totals_failed(&p->reports.totals))
		rounds_failed(&p->rounds, p->next);
	if (p->o->soak_us && p->reported >= p->n)
		look_at_resources(p);
}

/* Jobs are reported in their order, each when all before it are. */
static void feed_ready(struct pool *p)
{
	while (p->reported < p->next && slot_of(p, p->reported)->done)
		feed_job(p);
	if (p->o->fail_fast && report_totals_failed(&p->reports.totals) >= p->o->fail_fast && may_begin(p)) {
		p->closing = true;
		p->reports.totals.stopped = "--fail-fast";
	}
}

/* --- signals and limits --------------------------------------------------------------------------------------- */

static void on_signal(int signo)
{
	if (caught_signal)
		caught_again = 1;
	else
		caught_signal = signo;
}

static void on_usr1(int signo)
{
	(void)signo;
	caught_usr1 = 1;
}

static void signal_workers(struct pool *p, int signo)
{
	for (size_t i = 0; i < p->n_workers; i++) {
		if (p->worker[i].pid > 0 && p->worker[i].job != NO_JOB)
			kill(p->worker[i].pid, signo);
	}
}

/* All that run now. */
static size_t watched(struct pool *p, struct watched out[WORKERS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_workers; i++) {
		struct worker *w = &p->worker[i];

		if (w->pid > 0 && w->job != NO_JOB)
			out[n++] = (struct watched){ cell_of(p, (size_t)w->job)->id, p->glance ? &p->glance[i] : NULL, w->since_us,
						     &w->slow_minutes };
	}
	return n;
}

static void look_at_cells(struct pool *p)
{
	struct watched w[WORKERS_MAX];
	uint64_t now = wall_us();

	if (now - p->looked_us < LOOK_EVERY_US)
		return;
	p->looked_us = now;
	watch_tick(&p->reports, w, watched(p, w), now);
}

static void show_cells(struct pool *p)
{
	struct watched w[WORKERS_MAX];

	watch_show(&p->reports, w, watched(p, w), wall_us());
}

/* The first signal lets every cell run its finally, the second does not. */
static void look_at_signals(struct pool *p)
{
	if (caught_usr1) {
		caught_usr1 = 0;
		show_cells(p);
	}
	if (caught_signal && !p->signal) {
		p->signal = caught_signal;
		p->signal_us = wall_us();
		p->closing = true;
		p->reports.totals.stopped = "signal";
		signal_workers(p, SIGTERM);
	}
	if (caught_again || (p->signal && p->o->grace_us && wall_us() - p->signal_us > p->o->grace_us))
		signal_workers(p, SIGKILL);
}

static uint64_t cell_limit_us(const struct pool *p, const struct cell *cell)
{
	bool is_virtual = timebase_is_virtual(p->o, cell_needs_real_time(cell));
	uint64_t attempts = 1 + run_cell_retries(cell, p->o);

	return (is_virtual ? virtual_limit_us : (uint64_t)(2 * (double)cell->timeout_us * p->o->timeout_scale) +
					       virtual_limit_us) * attempts;
}

static void look_at_limits(struct pool *p)
{
	uint64_t now = wall_us();

	if (p->o->max_time_us && now - p->begin_us > p->o->max_time_us && !p->reports.totals.stopped) {
		p->closing = true;
		p->reports.totals.stopped = "--max-time";
		signal_workers(p, SIGTERM);
	}
	for (size_t i = 0; i < p->n_workers; i++) {
		struct worker *w = &p->worker[i];

		if (w->pid <= 0 || w->job == NO_JOB || w->killed ||
		    now - w->since_us < cell_limit_us(p, cell_of(p, (size_t)w->job)))
			continue;
		w->killed = true;
		kill(w->pid, SIGKILL);
	}
}

/* --- the run -------------------------------------------------------------------------------------------------- */

static bool busy(const struct pool *p)
{
	for (size_t i = 0; i < p->n_workers; i++) {
		if (p->worker[i].pid > 0 && p->worker[i].job != NO_JOB)
			return true;
	}
	return false;
}

static void keep_busy(struct pool *p)
{
	size_t alive = 0;

	for (size_t i = 0; i < p->n_workers; i++) {
		struct worker *w = &p->worker[i];

		if (w->pid <= 0 && may_begin(p) && start_worker(p, w))
			continue;
		alive += w->pid > 0;
		give_job(p, w);
	}
	if (!alive && may_begin(p)) {
		p->closing = true;
		p->reports.totals.stopped = "no process for the cells";
	}
}

static void pump(struct pool *p, const sigset_t *open_mask)
{
	const struct timespec tick = { .tv_nsec = 200000000 };
	struct pollfd fds[WORKERS_MAX];
	struct worker *of[WORKERS_MAX];
	nfds_t n = 0;

	for (size_t i = 0; i < p->n_workers; i++) {
		if (p->worker[i].pid <= 0)
			continue;
		fds[n] = (struct pollfd){ .fd = p->worker[i].from, .events = POLLIN };
		of[n++] = &p->worker[i];
	}
	if (ppoll(fds, n, &tick, open_mask) > 0) {
		for (nfds_t i = 0; i < n; i++) {
			if (fds[i].revents)
				read_worker(p, of[i]);
		}
	}
	look_at_signals(p);
	look_at_limits(p);
	look_at_cells(p);
	feed_ready(p);
}

static void stop_workers(struct pool *p)
{
	for (size_t i = 0; i < p->n_workers; i++) {
		struct worker *w = &p->worker[i];

		if (w->pid <= 0)
			continue;
		close(w->to);
		while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
			;
		close(w->from);
		w->pid = 0;
	}
	kill_orphans(p);
}

static void add_resources(struct pool *p, struct buf *out)
{
	soak_event(&p->soak, p->reports.totals.rounds, out);
}

/* Cells that nobody ran are passed over, those behind them are reported. */
static void feed_rest(struct pool *p)
{
	while (p->reported < p->next) {
		if (slot_of(p, p->reported)->done) {
			feed_job(p);
			continue;
		}
		p->reports.totals.not_run++;
		buf_free(&slot_of(p, p->reported++)->lines);
	}
	p->reports.totals.not_run += rounds_left(&p->rounds, p->next);
	if (p->o->soak_us)
		feed_event(p, add_resources);
	p->reports.totals.real = (double)(wall_us() - p->begin_us) / 1e6;
	report_set_done(&p->reports);
}

static int exit_code(const struct pool *p)
{
	const struct report_totals *t = &p->reports.totals;

	if (p->signal)
		return HIL_EXIT_SIGNAL + p->signal;
	if (t->stopped)
		return HIL_EXIT_STOPPED;
	if (p->o->automake && p->n == 1 && t->n[OUTCOME_SKIP])
		return HIL_EXIT_AUTOMAKE_SKIP;
	if (p->o->automake && p->n == 1 && t->n[OUTCOME_ERROR])
		return HIL_EXIT_AUTOMAKE_ERROR;
	return run_reports_code(t);
}

static void add_run(struct pool *p, struct buf *out)
{
	event_run(out, p->o, p->cells, p->n);
}

static void run_pool(struct pool *p)
{
	struct sigaction old[4];
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
	sigset_t blocked, before;

	sigemptyset(&blocked);
	for (size_t i = 0; i < 4; i++) {
		sigaction(signals[i], NULL, &old[i]);
		sigaddset(&blocked, signals[i]);
		set_handler(signals[i], signals[i] == SIGUSR1 ? on_usr1 : on_signal);
	}
	sigprocmask(SIG_BLOCK, &blocked, &before);
	orphans_adopt();
	fixtures_prepare(p->cells, p->n, p->o->seed);
	feed_event(p, add_run);
	do {
		keep_busy(p);
		pump(p, &before);
	} while (busy(p) || may_begin(p));
	stop_workers(p);
	feed_rest(p);
	for (size_t i = 0; i < 4; i++)
		sigaction(signals[i], &old[i], NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* No more than there are jobs at a time: the rounds of a single cell run side by side, too. */
static size_t worker_count(const struct run_options *o, size_t n_jobs)
{
	size_t n = o->jobs ? o->jobs : 1;

	n = n < WORKERS_MAX ? n : WORKERS_MAX;
	return n < n_jobs ? n : n_jobs;
}

int run_cells(struct cell *const *cells, size_t n, const struct run_options *o)
{
	struct pool p = { .cells = cells, .n = n, .o = o, .begin_us = wall_us() };
	struct err e = { 0 };
	int code;

	caught_signal = caught_again = caught_usr1 = worker_stop = 0;
	rounds_init(&p.rounds, o, n);
	p.n_workers = worker_count(o, p.rounds.end);
	p.n_slots = n + SLOTS_A_WORKER * p.n_workers + 1;
	p.slot = calloc(p.n_slots, sizeof(*p.slot));
	p.glance = glance_new(p.n_workers);
	if (!p.slot || run_reports_open(&p.reports, o, &e)) {
		fprintf(stderr, "hil: %s\n", *e.msg ? e.msg : "out of memory");
		report_set_free(&p.reports);
		glance_free(p.glance, p.n_workers);
		free(p.slot);
		return HIL_EXIT_USAGE;
	}
	for (size_t i = 0; i < p.n_slots; i++)
		buf_init(&p.slot[i].lines, LINES_MAX_BYTES);
	run_pool(&p);
	code = n ? exit_code(&p) : HIL_EXIT_EMPTY;
	report_set_free(&p.reports);
	glance_free(p.glance, p.n_workers);
	free(p.slot);
	return code;
}
