/*
 * The life of a cell: variables, fixtures, rig, steps, finally, claims, and the outcome that expected failures and
 * retries make of it. One failure decides; the rest is told beside it.
 */
#include "harness/run_cell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "harness/board_can.h"
#include "harness/event.h"
#include "harness/fixture.h"
#include "harness/glance.h"
#include "harness/match.h"
#include "harness/program.h"
#include "harness/proxies.h"
#include "harness/scratch.h"
#include "harness/step.h"
#include "harness/target.h"
#include "harness/vars.h"
#include "harness/wall_real.h"
#include "harness/wire/recording.h"

enum { EVENT_MAX_BYTES = 64 << 20, HASH_DIGITS = 16 };

/* One attempt. */
struct attempt {
	const struct cell_run *run;
	struct play play;
	struct timebase time;
	struct fixtures *fixtures;
	struct proxies *net;
	struct modem_setup modem;
	const char **worlds;
	char dir[512];			/* files of the cell; "" when there is none yet */
	char scratch[SCRATCH_PATH_MAX];	/* in place of dir when no output is kept */
	char files[600];		/* of programs, empty at the beginning; "" when there are none */
	FILE *wire;
	char wire_path[600];
	struct buf line;
	enum outcome outcome;
	const char *reason;
	uint64_t took_us;
	unsigned leaked;
};

static void emit(struct attempt *a)
{
	a->run->emit(buf_str(&a->line), a->line.len, a->run->ctx);
	buf_reset(&a->line);
}

static void on_event(const struct rig_event *ev, void *ctx)
{
	struct attempt *a = ctx;

	glance_wire(a->run->glance, ev->t_us, ev->from, ev->data, ev->len);
	if (a->wire) {
		event_wire(&a->line, NULL, ev);
		fwrite(buf_str(&a->line), 1, a->line.len, a->wire);
		buf_reset(&a->line);
	}
	if (!a->run->want_wire)
		return;
	event_wire(&a->line, a->run->cell, ev);
	emit(a);
}

/* --- files of the cell ---------------------------------------------------------------------------------------- */

/* FNV-1a, as of the first cell that had a seed. */
static uint64_t hash_of(const char *id)
{
	uint64_t h = 1469598103934665603u;

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211u;
	return h;
}

/* What the wire is of, as its first line, for whoever compares or replays it. */
static void write_head(struct attempt *a)
{
	const struct run_options *o = a->run->options;
	const struct cell *cell = a->run->cell;
	bool is_virtual = timebase_is_virtual(o, cell_needs_real_time(cell));
	struct recording *r = recording_new();
	struct buf head;

	if (!r)
		return;
	buf_init(&head, 1 << 16);
	if (o->target != HIL_TARGET_BOARD)
		recording_set(r, "profile", cell->modem.profile ? cell->modem.profile : target_default_profile());
	recording_set(r, "cell", cell->id);
	recording_set(r, "target", target_name(o));
	recording_set(r, "times", is_virtual ? "virtual" : "real");
	recording_head(&head, r);
	fwrite(buf_str(&head), 1, head.len, a->wire);
	buf_free(&head);
	recording_free(r);
}

/* "out/mqtt-tls-sni/B03,sni=1-1": the cell's variables as a folder name, and the number of the attempt. */
static int out_dir(struct attempt *a, unsigned attempt, struct err *e)
{
	const struct cell *cell = a->run->cell;
	const char *cut = strchr(cell->id, '[');
	char name[200], round[24] = "";
	size_t n = 0;
	int err;

	for (const char *s = cut ? cut + 1 : "cell"; *s && n + 1 < sizeof(name); s++) {
		if (*s != ']')
			name[n++] = strchr("/\\ :*?\"<>|", *s) ? '_' : *s;
	}
	name[n] = '\0';
	if (n + 1 == sizeof(name))	/* no two cells have one folder */
		snprintf(name + n - HASH_DIGITS, HASH_DIGITS + 1, "%016" PRIx64, hash_of(cell->id));
	if (a->run->options->round)
		snprintf(round, sizeof(round), ".round-%u", a->run->options->round);
	snprintf(a->dir, sizeof(a->dir), "%s/%s/%s%s-%u", a->run->options->out, cell->scenario->name, name, round, attempt);
	err = scratch_dirs(a->dir);
	if (err)
		return err_set(e, err, "%s: %s", a->dir, strerror(-err));
	snprintf(a->wire_path, sizeof(a->wire_path), "%s/wire.jsonl", a->dir);
	a->wire = fopen(a->wire_path, "we");
	if (!a->wire)
		return err_set(e, -errno, "%s: %s", a->wire_path, strerror(errno));
	write_head(a);
	return 0;
}

/* What an earlier run has left in a kept folder is not for the programs of this one. */
static int make_files(struct attempt *a, struct err *e)
{
	int err;

	snprintf(a->files, sizeof(a->files), "%s/files", *a->dir ? a->dir : a->scratch);
	scratch_remove(a->files);
	err = scratch_dirs(a->files);
	return err ? err_set(e, err, "%s: %s", a->files, strerror(-err)) : 0;
}

static int make_dir(struct attempt *a, unsigned attempt, struct err *e)
{
	const struct cell *cell = a->run->cell;
	int err = 0;

	if (a->run->options->out)
		err = out_dir(a, attempt, e);
	else if (cell->n_fixtures || cell->runs_programs)
		err = scratch_make(a->scratch, e);
	return !err && cell->runs_programs ? make_files(a, e) : err;
}

/* --- what runs ------------------------------------------------------------------------------------------------ */

uint64_t run_cell_seed(const struct cell_run *run)
{
	if (run->cell->modem.has_seed && !run->options->seed_given)
		return run->cell->modem.seed;
	return hash_of(run->cell->origin ? run->cell->origin : run->cell->id) ^ run->options->seed;
}

static bool has_client(const struct cell *cell)
{
	for (size_t i = 0; i < cell->n_steps; i++) {
		if (cell->steps[i].kind == STEP_CLIENT)
			return true;
	}
	for (size_t i = 0; i < cell->n_finally; i++) {
		if (cell->finally[i].kind == STEP_CLIENT)
			return true;
	}
	return false;
}

/* The scenario's modem with the world files of the fixtures in front. */
static int make_modem(struct attempt *a, struct err *e)
{
	const struct modem_setup *from = &a->run->cell->modem;
	size_t n = 0;
	const char *const *worlds = fixtures_worlds(a->fixtures, &n);

	a->modem = *from;
	a->worlds = calloc(n + from->n_worlds + 1, sizeof(*a->worlds));
	if (!a->worlds)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		a->worlds[i] = worlds[i];
	for (size_t i = 0; i < from->n_worlds; i++)
		a->worlds[n + i] = from->worlds[i];
	a->modem.worlds = a->worlds;
	a->modem.n_worlds = n + from->n_worlds;
	return 0;
}

static struct rig *make_rig(struct attempt *a, struct err *e)
{
	const struct rig_options ro = {
		.modem = &a->modem, .run = a->run->options, .time = &a->time, .net = a->net, .seed = run_cell_seed(a->run),
		.needs_dut = has_client(a->run->cell), .on_event = on_event,
		.program_dir = *a->files ? a->files : NULL,
		.ctx = a, .stop = a->run->stop,
	};

	return rig_new(&ro, e);
}

static bool is_left_out(const struct attempt *a, const struct step *s)
{
	return a->run->options->target == HIL_TARGET_BOARD && board_leaves_out(s);
}

static int run_one(struct attempt *a, const struct step *s, size_t index, bool in_finally)
{
	struct play *p = &a->play;
	int err;

	if (!s->applies)
		return 0;
	glance_step(a->run->glance, s->id ? s->id : step_kind_name(s->kind), wall_us());
	err = step_run(p, s);
	event_step(&a->line, a->run->cell, s, index, in_finally, p->step_us, p->took_us,
		   !err && is_left_out(a, s) ? OUTCOME_SKIP :
		   !err		 ? OUTCOME_PASS :
		   p->later.what[0] ? p->later.outcome :
				      p->failure.outcome);
	emit(a);
	return err;
}

/*
 * Where claims alone decide, a step that failed is passed over: what it asked for is what the fault has prevented. Not so
 * when there is nothing to go on with: no modem, no client, or one that does not end. True when the next step is due.
 */
static bool is_passed_over(struct attempt *a, const struct step *s)
{
	struct play *p = &a->play;
	bool no_client = s->kind == STEP_CLIENT && p->failure.outcome == OUTCOME_ERROR && !rig_client_running(p->rig);
	bool late = !p->in_finally && rig_now_us(p->rig) >= p->deadline_us;

	if (a->run->cell->judge == JUDGE_ALL || *p->skip || *rig_gone(p->rig) || no_client ||
	    (late && s->kind == STEP_CLIENT) || (a->run->stop && *a->run->stop))
		return false;
	memset(&p->failure, 0, sizeof(p->failure));
	return !late;
}

static void run_steps(struct attempt *a)
{
	const struct cell *cell = a->run->cell;
	int err = 0;

	for (size_t i = 0; !err && i < cell->n_steps; i++) {
		err = run_one(a, &cell->steps[i], i, false);
		if (err && is_passed_over(a, &cell->steps[i]))
			err = 0;
	}
	a->play.in_finally = true;
	rig_ignore_stop(a->play.rig);
	for (size_t i = 0; i < cell->n_finally; i++) {
		bool clean = a->play.failure.outcome == OUTCOME_PASS;

		if (run_one(a, &cell->finally[i], i, true) && clean)
			is_passed_over(a, &cell->finally[i]);
	}
	if (a->play.failure.outcome == OUTCOME_PASS)
		play_judge(&a->play);
}

static void fail_early(struct attempt *a, const struct err *e)
{
	a->play.failure.outcome = OUTCOME_ERROR;
	str_copy(a->play.failure.what, sizeof(a->play.failure.what), *e->msg ? e->msg : "out of memory");
}

static void play_cell(struct attempt *a, struct rig *rig)
{
	const struct fixture_hooks hooks = { rig_broker_line, rig_server_gone, rig };
	struct play *p = &a->play;

	fixtures_listen(a->fixtures, &hooks);
	p->fixtures = a->fixtures;
	if (!play_begin(p, rig, a->run->cell, a->run->options))
		run_steps(a);
	rig_client_stop(rig);
	a->took_us = rig_now_us(rig);
	fixtures_listen(a->fixtures, NULL);
	rig_free(rig, &a->leaked);
	p->rig = NULL;
	play_end(p);
	p->step = NULL;
	if (a->leaked && p->failure.outcome == OUTCOME_PASS)
		play_fail(p, OUTCOME_ERROR, &a->run->cell->scenario->place,
			  "%u timers are still armed after the modem was stopped", a->leaked);
}

static void set_run_vars(const struct cell_run *run)
{
	char text[32];

	vars_reset(run->cell);
	snprintf(text, sizeof(text), "%08" PRIx64, run_cell_seed(run) & 0xffffffffu);
	vars_set(run->cell, "run.id", text);
	snprintf(text, sizeof(text), "%" PRIu64, run->options->seed);
	vars_set(run->cell, "run.seed", text);
}

static int start_fixtures(struct attempt *a, struct err *e)
{
	struct fixtures_options fo = {
		.cell = a->run->cell, .dir = *a->dir ? a->dir : a->scratch, .loop = a->time.loop,
		.seed = a->run->options->seed, .stop = a->run->stop,
	};

	if (fixtures_are_real(fo.cell) && proxies_are_wanted(fo.cell)) {
		a->net = proxies_new(fo.loop);
		if (!a->net)
			return err_set(e, -ENOMEM, "out of memory");
		fo.between = proxies_between;
		fo.ctx = a->net;
	}
	a->fixtures = fixtures_start(&fo, e);
	if (!a->fixtures && e->code == -ENOPKG)
		str_copy(a->play.skip, sizeof(a->play.skip), e->msg);
	return a->fixtures ? 0 : -EIO;
}

static void attempt_cell(struct attempt *a, unsigned number)
{
	struct rig *rig = NULL;
	struct err e = { 0 };

	set_run_vars(a->run);
	if (!make_dir(a, number, &e) &&
	    !timebase_make(&a->time, a->run->options, cell_needs_real_time(a->run->cell), &e) && !start_fixtures(a, &e) &&
	    !make_modem(a, &e))
		rig = make_rig(a, &e);
	if (rig)
		play_cell(a, rig);
	else if (e.code == -ENOTSUP)
		str_copy(a->play.skip, sizeof(a->play.skip), e.msg);
	else if (!*a->play.skip)
		fail_early(a, &e);
	fixtures_stop(a->fixtures);
	proxies_free(a->net);
	timebase_free(&a->time);
	scratch_remove(a->scratch);
	free(a->worlds);
	if (a->wire)
		fclose(a->wire);
}

/* --- the outcome ---------------------------------------------------------------------------------------------- */

static bool step_is(const char *step, const char *wanted)
{
	size_t n = strlen(wanted);

	return !strncmp(step, wanted, n) && (!step[n] || step[n] == '/');
}

/* True when this very failure was expected. */
static bool is_expected(const struct xfail *x, const struct failure *f)
{
	struct match *m;
	struct buf text;
	bool ok;

	if (x->step && !step_is(f->step, x->step))
		return false;
	if (!x->match)
		return true;
	m = match_new(PATTERN_MATCH, x->match, NULL);
	buf_init(&text, 8192);
	failure_text(f, &text);
	ok = m && match_find(m, buf_str(&text), text.len, 0, true, NULL);
	buf_free(&text);
	match_free(m);
	return ok;
}

static void decide(struct attempt *a)
{
	const struct cell *cell = a->run->cell;
	const struct failure *f = &a->play.failure;

	a->outcome = f->outcome;
	if (*a->play.skip) {
		a->outcome = OUTCOME_SKIP;
		a->reason = a->play.skip;
	}
	if (a->run->options->run_xfail)
		return;
	for (size_t i = 0; i < cell->n_xfails; i++) {
		const struct xfail *x = &cell->xfails[i];

		if (a->outcome == OUTCOME_FAIL && is_expected(x, f))
			a->outcome = OUTCOME_XFAIL;
		else if (a->outcome == OUTCOME_PASS && x->strict)
			a->outcome = OUTCOME_XPASS;
		else
			continue;
		a->reason = x->reason;
		return;
	}
}

/* Why the cell is not run at all, NULL when it is. */
static const char *skip_reason(const struct cell_run *run, char out[160])
{
	const struct scenario *s = run->cell->scenario;
	const struct run_options *o = run->options;
	const char *lacking;

	if (run->cell->skip_reason)
		return run->cell->skip_reason;
	if (o->clock == HIL_CLOCK_VIRTUAL && fixtures_are_real(run->cell))
		return "a real server cannot run on the virtual clock";
	if (o->clock == HIL_CLOCK_VIRTUAL && run->cell->runs_programs)
		return "a program cannot run on the virtual clock";
	lacking = cell_lacks_program(run->cell);
	if (lacking) {
		snprintf(out, 160, "%.100s is not installed", lacking);
		return out;
	}
	if (o->target == HIL_TARGET_BOARD && board_cannot(run->cell, o->on_board, out, 160))
		return out;
	if (o->firmware && firmware_cannot(run->cell, o->firmware))
		return firmware_cannot(run->cell, o->firmware);
	if (o->target == HIL_TARGET_BOARD && run->cell->modem.replay.place.line)
		return "a recording plays the modem";
	for (size_t i = 0; i < s->n_needs; i++) {
		bool met = false;

		for (size_t k = 0; k < o->n_has; k++)
			met = met || !strcmp(o->has[k], s->needs[i]);
		if (!met) {
			snprintf(out, 160, "needs %s", s->needs[i]);
			return out;
		}
	}
	return NULL;
}

static void tell_end(struct attempt *a, uint64_t real_us, const struct event_attempt *earlier, size_t n)
{
	const struct event_end end = {
		.cell = a->run->cell, .options = a->run->options, .outcome = a->outcome, .reason = a->reason,
		.took_us = a->took_us, .real_us = real_us, .failure = &a->play.failure, .later = &a->play.later,
		.wire = *a->wire_path ? a->wire_path : NULL, .attempts = earlier, .n_attempts = n,
	};

	event_end(&a->line, &end);
	emit(a);
}

static void keep_attempt(struct event_attempt *out, const struct attempt *a)
{
	struct buf text;

	buf_init(&text, 8192);
	failure_text(&a->play.failure, &text);
	out->outcome = a->outcome;
	str_copy(out->text, sizeof(out->text), buf_str(&text));
	buf_free(&text);
}

unsigned run_cell_retries(const struct cell *cell, const struct run_options *o)
{
	return o->retry_given ? o->retry : cell->flaky_retries;
}

static void begin_attempt(struct attempt *a, const struct cell_run *run)
{
	memset(a, 0, sizeof(*a));
	a->run = run;
	buf_init(&a->line, EVENT_MAX_BYTES);
}

/* A failure is not forgotten because its repetition could not run. */
static void forbid_skip(struct attempt *a)
{
	struct err e = { 0 };

	if (a->outcome != OUTCOME_SKIP)
		return;
	err_set(&e, -EIO, "failed, and trying again was not possible: %s", a->reason);
	fail_early(a, &e);
	a->outcome = OUTCOME_ERROR;
	a->reason = NULL;
}

/* Of rounds that go well nothing is kept: a night of them is more than a disk holds. */
static void drop_files(struct attempt *a)
{
	if (!a->run->options->round || !*a->dir || outcome_is_bad(a->outcome))
		return;
	scratch_remove(a->dir);
	a->wire_path[0] = '\0';
}

/* The last attempt stays in *a; returns how many were kept before it. */
static size_t try_cell(struct attempt *a, const struct cell_run *run, struct event_attempt *earlier)
{
	unsigned retries = run_cell_retries(run->cell, run->options);

	for (unsigned number = 1;; number++) {
		attempt_cell(a, number + (run->options->attempt ? run->options->attempt - 1 : 0));
		decide(a);
		if (number > 1)
			forbid_skip(a);
		if ((a->outcome != OUTCOME_FAIL && a->outcome != OUTCOME_ERROR) || number > retries ||
		    (run->stop && *run->stop)) {
			drop_files(a);
			return number - 1;
		}
		keep_attempt(&earlier[number - 1], a);
		buf_free(&a->line);
		begin_attempt(a, run);
	}
}

enum outcome run_cell(const struct cell_run *run)
{
	struct attempt *a = calloc(1, sizeof(*a));
	struct event_attempt *earlier = calloc(run_cell_retries(run->cell, run->options) + 1, sizeof(*earlier));
	uint64_t begin_us = wall_us();
	char reason[160];
	enum outcome outcome;
	size_t n = 0;

	if (!a || !earlier)
		abort();
	begin_attempt(a, run);
	glance_cell(run->glance, begin_us);
	event_start(&a->line, run->cell, run->options);
	emit(a);
	a->reason = skip_reason(run, reason);
	a->outcome = OUTCOME_SKIP;
	if (!a->reason)
		n = try_cell(a, run, earlier);
	tell_end(a, wall_us() - begin_us, earlier, n);
	outcome = a->outcome;
	buf_free(&a->line);
	free(a);
	free(earlier);
	return outcome;
}

void run_cell_lost(const struct cell *cell, const struct run_options *o, const char *why, struct buf *out)
{
	struct failure f = { .outcome = OUTCOME_ERROR, .place = cell->scenario->place };
	const struct event_end end = { .cell = cell, .options = o, .outcome = OUTCOME_ERROR, .failure = &f };

	str_copy(f.what, sizeof(f.what), why);
	event_end(out, &end);
}
