/* The plan of a sweep: clean runs, points, and the cells that are broken there. What is run and reported is run.c's. */
#include "harness/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "harness/report.h"
#include "harness/run.h"
#include "harness/timebase.h"
#include "harness/trial.h"

enum { EVENTS_MAX_BYTES = 256 << 20 };

static const uint64_t clean_limit_us = 120000000;

struct planner {
	struct sweep_plan *plan;
	struct pool *pool;
	const struct run_options *run;
	const struct sweep_options *o;
	bool *met; /* one a wish: some cell has such a point */
};

static void add_cell(struct planner *p, const struct cell *cell)
{
	struct sweep_plan *plan = p->plan;
	struct cell *copy = pool_alloc(p->pool, sizeof(*copy));

	*copy = *cell;
	copy->runtime = NULL;
	plan->cells = pool_grow(p->pool, plan->cells, plan->n_cells, sizeof(struct cell *));
	plan->cells[plan->n_cells++] = copy;
}

/* --- a point -------------------------------------------------------------------------------------------------- */

static char *print(struct pool *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static char *print(struct pool *p, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return pool_strdup(p, text);
}

/* "name[cell]" and "reboot@17" make "name[cell,sweep=reboot@17]". */
static const char *point_id(struct pool *p, const char *base, const char *name)
{
	size_t n = strlen(base);

	if (n && base[n - 1] == ']')
		return print(p, "%.*s,sweep=%s]", (int)(n - 1), base, name);
	return print(p, "%s[sweep=%s]", base, name);
}

/* A bare AT is the beginning of all commands, and a byte in the name itself has passed when the name has been seen. */
static struct trigger named_trigger(struct planner *p, const struct sweep_point *pt, const struct sweep_exchange *x)
{
	struct trigger t = { .from = STREAM_HOST, .nth = (long)x->nth };
	size_t n = strlen(x->command), passed = pt->row->side == SWEEP_ANSWER ? 0 : n - 2;
	size_t offset = pt->byte + (pt->row->side == SWEEP_DATA ? x->data_at : 0);
	struct buf b;

	if (n <= 2 || offset < passed)
		return t;
	buf_init(&b, 1024);
	buf_addc(&b, '^');
	for (const char *s = x->command; *s; s++) {
		if (strchr(".+*?()[]{}|^$\\", *s))
			buf_addc(&b, '\\');
		buf_addc(&b, *s);
	}
	t.match = pool_strdup(p->pool, buf_str(&b));
	t.offset = (long)(offset - passed);
	buf_free(&b);
	return t;
}

static const struct sweep_point *make_point(struct planner *p, const struct sweep_row *row,
					    const struct sweep_exchange *x, size_t exchange, size_t byte, bool named)
{
	static const char *const sides[] = {
		[SWEEP_ANSWER] = "the answer to",
		[SWEEP_COMMAND] = "the line of",
		[SWEEP_DATA] = "the data of",
	};
	struct sweep_point *pt = pool_alloc(p->pool, sizeof(*pt));

	*pt = (struct sweep_point){ .row = row, .exchange = exchange, .byte = byte };
	pt->name = named ? print(p->pool, "%s@%zu+%zu", row->name, exchange, byte)
			 : print(p->pool, "%s@%zu", row->name, exchange);
	pt->where = print(p->pool, "%s, at byte %zu of %zu of %s exchange %zu (%s)", row->what, byte + 1,
			  x->bytes[row->side], sides[row->side], exchange, x->command);
	pt->named = named_trigger(p, pt, x);
	return pt;
}

/* The fault of the row with its place, behind those the cell has already. */
static void set_fault(struct planner *p, struct cell *cell, const struct sweep_point *pt,
		      const struct sweep_exchange *x)
{
	struct modem_setup *m = &cell->modem;
	struct fault *faults = pool_alloc(p->pool, (m->n_faults + 1) * sizeof(*faults));
	struct fault *f = &faults[m->n_faults];

	for (size_t i = 0; i < m->n_faults; i++)
		faults[i] = m->faults[i];
	*f = pt->row->fault;
	f->place = cell->scenario->place;
	f->id = pt->name;
	f->trigger = (struct trigger){
		.place = f->place, .match = "^[Aa][Tt]", .from = STREAM_HOST, .nth = (long)pt->exchange
	};
	f->trigger.offset = (long)(pt->byte + (pt->row->side == SWEEP_DATA ? x->data_at : 0));
	m->place = m->place.line ? m->place : f->place;
	m->faults = faults;
	m->n_faults++;
}

static void add_point(struct planner *p, const struct cell *base, const struct sweep_point *pt,
		      const struct sweep_exchange *x)
{
	struct cell *cell;

	add_cell(p, base);
	cell = p->plan->cells[p->plan->n_cells - 1];
	cell->id = point_id(p->pool, base->id, pt->name);
	cell->origin = base->origin ? base->origin : base->id;
	cell->rerun = print(p->pool, "--sweep %s", pt->name);
	cell->judge = JUDGE_CLAIMS;
	cell->sweep = pt;
	cell->xfails = NULL;
	cell->n_xfails = 0;
	cell->flaky_retries = 0;
	set_fault(p, cell, pt, x);
	p->plan->n_points++;
}

/* --- the points of a cell ------------------------------------------------------------------------------------- */

/* Of an exchange one byte stands for all: another one for each fault and seed. */
static size_t draw_byte(const struct planner *p, const struct sweep_row *row, size_t exchange, size_t first, size_t n)
{
	struct prng r;

	prng_seed(&r, p->run->seed ^ (uint64_t)(row - sweep_rows) << 32 ^ exchange);
	return first + prng_below(&r, (uint32_t)(n - first));
}

static void add_points(struct planner *p, const struct cell *base, const struct sweep_wish *w,
		       const struct sweep_exchange *x, size_t exchange)
{
	size_t first = w->row->between, n = x->bytes[w->row->side];
	bool whole = w->byte < 0 && p->o->depth == SWEEP_BYTES;

	if (n <= first || (w->row->session && !x->session) ||
	    (w->byte >= 0 && ((size_t)w->byte < first || (size_t)w->byte >= n)))
		return;
	p->met[w - p->o->wishes] = true;
	for (size_t byte = first; whole && byte < n; byte++)
		add_point(p, base, make_point(p, w->row, x, exchange, byte, true), x);
	if (w->byte >= 0)
		add_point(p, base, make_point(p, w->row, x, exchange, (size_t)w->byte, true), x);
	else if (!whole)
		add_point(p, base, make_point(p, w->row, x, exchange, draw_byte(p, w->row, exchange, first, n), false),
			  x);
}

static void break_cell(struct planner *p, const struct cell *base, const struct sweep_exchange *x, size_t n)
{
	for (size_t i = 0; i < p->o->n_wishes; i++) {
		const struct sweep_wish *w = &p->o->wishes[i];
		size_t begin = w->exchange ? w->exchange - 1 : 0, end = w->exchange ? w->exchange : n;

		for (size_t k = begin; k < end && k < n; k++)
			add_points(p, base, w, &x[k], k + 1);
	}
}

/* --- the clean run -------------------------------------------------------------------------------------------- */

static bool has_passed(const struct buf *events)
{
	json_t *end = trial_end(events);
	const char *outcome = json_string_value(json_object_get(end, "outcome"));
	bool ok = outcome && outcome_from_name(outcome) == OUTCOME_PASS;

	json_decref(end);
	return ok;
}

/* The exchanges of the cell, NULL when its clean run is none: it is reported by itself then. */
static const struct sweep_exchange *run_clean(struct planner *p, struct cell *cell, size_t *n, struct err *e)
{
	const struct trial_options to = { .run = p->run, .want_wire = true, .limit_us = clean_limit_us };
	const struct sweep_exchange *x = NULL;
	struct recording *r = NULL;
	struct buf events;

	*n = 0;
	buf_init(&events, EVENTS_MAX_BYTES);
	if (!trial_run(cell, &to, &events, e) && has_passed(&events))
		r = recording_parse("clean run", events.data, events.len, cell->id, e);
	if (r)
		x = sweep_exchanges(p->pool, r, n);
	recording_free(r);
	buf_free(&events);
	return x;
}

static int plan_cell(struct planner *p, struct cell *cell, struct err *e)
{
	const struct sweep_exchange *x;
	bool all = false;
	size_t n = 0;

	if (timebase_is_virtual(p->run, false) && cell_needs_real_time(cell) && !cell->skip_reason) {
		add_cell(p, cell);
		p->plan->cells[p->plan->n_cells - 1]->skip_reason =
			"a sweep needs virtual time, and the cell has a real server or starts a program";
		return 0;
	}
	for (size_t i = 0; i < p->o->n_wishes; i++)
		all = all || !p->o->wishes[i].exchange;
	x = run_clean(p, cell, &n, e);
	if (e->code)
		return e->code;
	/* The clean run is told beside its points, or in their place where it is not clean. */
	if (all || !n)
		add_cell(p, cell);
	p->plan->n_bases += n > 0;
	p->plan->n_exchanges += n;
	break_cell(p, cell, x, n);
	return 0;
}

static int check_met(const struct planner *p, struct err *e)
{
	for (size_t i = 0; i < p->o->n_wishes; i++) {
		const struct sweep_wish *w = &p->o->wishes[i];

		if (!w->exchange || w->of_all || p->met[i] || !p->plan->n_bases)
			continue;
		return err_set(e, -EINVAL, "--sweep: there is no point %s: %zu cells with %zu exchanges", w->word,
			       p->plan->n_bases, p->plan->n_exchanges);
	}
	return 0;
}

int sweep_plan_make(struct sweep_plan *plan, struct pool *p, struct cell *const *cells, size_t n,
		    const struct run_options *run, const struct sweep_options *o, struct err *e)
{
	struct planner planner = { .plan = plan, .pool = p, .run = run, .o = o, .met = pool_alloc(p, o->n_wishes) };

	*plan = (struct sweep_plan){ 0 };
	for (size_t i = 0; i < n; i++) {
		if (plan_cell(&planner, cells[i], e))
			return e->code;
	}
	return check_met(&planner, e);
}

/* A point that nothing can fail is worth little, and its pass says less than it seems to. */
static void tell_without_claims(const struct sweep_plan *plan)
{
	const struct scenario *told = NULL;

	for (size_t i = 0; i < plan->n_cells; i++) {
		const struct cell *c = plan->cells[i];

		if (!c->sweep || c->n_always || c->scenario == told)
			continue;
		told = c->scenario;
		fprintf(stderr,
			"hil: %s has no always: claims: only a crash, a client that hangs or a timer that is left can "
			"fail\n",
			c->scenario->file);
	}
}

int sweep_run(struct pool *p, struct cell *const *cells, size_t n, const struct run_options *run,
	      const struct sweep_options *o)
{
	struct run_options ro = *run;
	struct sweep_plan plan;
	struct err e = { 0 };

	if (sweep_plan_make(&plan, p, cells, n, run, o, &e)) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return HIL_EXIT_USAGE;
	}
	tell_without_claims(&plan);
	ro.sweep = &plan;
	ro.failed_list = NULL; /* its ids are of cells that files have */
	return run_cells(plan.cells, plan.n_cells, &ro);
}
