/* hil matrix: the same scenarios on many revisions, and what has changed since somebody last looked. */
#include <stdio.h>
#include <unistd.h>

#include "harness/baseline.h"
#include "harness/matrix_plan.h"
#include "harness/report_grid.h"
#include "harness/run.h"
#include "harness/scenario_check.h"
#include "harness/terminal.h"
#include "harness/verbs.h"
#include "harness/wire/whole_file.h"

enum { BASELINE_MAX = 64 << 20, SEED = 1, WIDTH = 100 };

/* What has been opened for one table. */
struct matrix {
	const struct options *o;
	struct matrix_plan plan;
	struct baseline *baseline;
	struct run_options run;
};

static int say(const char *what)
{
	fprintf(stderr, "hil: %s\n", what);
	return HIL_EXIT_USAGE;
}

static int check_options(const struct options *o)
{
	if (o->run.target == HIL_TARGET_BOARD)
		return say("a board has one revision: hil matrix runs on the emulator (--target inproc or pty)");
	if (o->update_baseline && !o->baseline)
		return say("--update-baseline needs --baseline FILE");
	return HIL_EXIT_PASS;
}

static int make_plan(struct matrix *m)
{
	struct err e = { 0 };

	if (matrix_plan_make(&m->plan, m->o, &m->o->profiles, &e)) {
		for (size_t i = 0; i < m->plan.base.errors.n; i++)
			fprintf(stderr, "%s\n", m->plan.base.errors.items[i]);
		return m->plan.base.errors.n ? HIL_EXIT_USAGE : say(e.msg);
	}
	if (m->plan.elsewhere)
		fprintf(stderr, "hil: %zu cells name a revision that is no column%s\n", m->plan.elsewhere,
			m->o->profiles.n ? "" : " (--profiles all has those of field reports)");
	if (m->plan.n_cells || m->o->select.allow_empty)
		return HIL_EXIT_PASS;
	fprintf(stderr, "hil: nothing is selected (%zu cells in %zu files)\n", m->plan.base.n_entries,
		m->plan.base.n_scenarios);
	return HIL_EXIT_EMPTY;
}

/* Worlds and profiles are read before the first cell runs. */
static int check_scenarios(const struct matrix_plan *p)
{
	struct err e = { 0 };

	for (size_t i = 0; i < p->base.n_scenarios; i++) {
		if (!scenario_check(p->base.scenarios[i], &e))
			continue;
		fprintf(stderr, "%s\n", e.msg);
		return HIL_EXIT_USAGE;
	}
	return HIL_EXIT_PASS;
}

/* A baseline that is to be written for the first time does not exist yet. */
static int open_baseline(struct matrix *m)
{
	struct err e = { 0 };

	if (!m->o->baseline || (m->o->update_baseline && access(m->o->baseline, F_OK)))
		return HIL_EXIT_PASS;
	m->baseline = baseline_load(m->o->baseline, &e);
	return m->baseline ? HIL_EXIT_PASS : say(e.msg);
}

/* Tables are compared, so they have one seed unless somebody wants another. */
static void choose_run(struct matrix *m)
{
	m->run = m->o->run;
	if (!m->run.seed_given)
		m->run.seed = m->baseline ? baseline_seed(m->baseline) : SEED;
	m->run.seed_given = true;
	m->run.failed_list = NULL;
	m->run.junit = NULL;
	m->run.html = NULL;
}

static int make_report(struct matrix *m)
{
	const struct options *o = m->o;
	const struct report_grid_options to = {
		.grid = m->plan.grid, .baseline = m->baseline, .baseline_name = o->baseline,
		.paths = o->select.paths.items, .n_paths = o->select.paths.n, .out = stdout,
		.progress = isatty(STDERR_FILENO) && o->run.verbosity >= 0 ? stderr : NULL,
		.width = terminal_width(WIDTH), .color = terminal_color(o->run.color),
		.verbosity = o->run.verbosity, .markdown = o->markdown, .html = o->run.html, .junit = o->run.junit,
	};
	struct err e = { 0 };

	m->run.own = report_grid_new(&to, &e);
	return m->run.own ? HIL_EXIT_PASS : say(*e.msg ? e.msg : "out of memory");
}

/* Only what the baseline does not excuse fails; a run that was stopped has no verdict. */
static int judge(const struct matrix *m, int code)
{
	if (!m->baseline || (code != HIL_EXIT_PASS && code != HIL_EXIT_FAIL && code != HIL_EXIT_ERROR))
		return code;
	return grid_count(m->plan.grid).change[CHANGE_BROKEN] ? HIL_EXIT_FAIL : HIL_EXIT_PASS;
}

static int write_baseline(const struct matrix *m)
{
	struct err e = { 0 };
	struct buf text;

	buf_init(&text, BASELINE_MAX);
	baseline_write(&text, m->baseline, m->plan.grid, m->o->select.paths.items, m->o->select.paths.n, m->run.seed);
	if (whole_file_write(m->o->baseline, &text, &e))
		fprintf(stderr, "hil: %s\n", e.msg);
	buf_free(&text);
	return e.code ? HIL_EXIT_ERROR : HIL_EXIT_PASS;
}

static int finish(const struct matrix *m, int code)
{
	if (!m->o->update_baseline || code == HIL_EXIT_STOPPED || code > HIL_EXIT_SIGNAL)
		return judge(m, code);
	return write_baseline(m);
}

int verb_matrix(const struct options *o)
{
	struct matrix m = { .o = o };
	int code = check_options(o);

	if (!code)
		code = make_plan(&m);
	if (!code)
		code = check_scenarios(&m.plan);
	if (!code)
		code = open_baseline(&m);
	if (!code) {
		choose_run(&m);
		code = make_report(&m);
	}
	if (!code)
		code = finish(&m, run_cells(m.plan.cells, m.plan.n_cells, &m.run));
	if (code == HIL_EXIT_EMPTY && o->select.allow_empty)
		code = HIL_EXIT_PASS;
	baseline_free(m.baseline);
	if (m.plan.revision_pool)
		matrix_plan_free(&m.plan);
	return code;
}
