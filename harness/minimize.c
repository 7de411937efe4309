/*
 * The property that is kept: the run fails with the same outcome, the same words (but for numbers) and the same
 * pattern; and where it has faults and passes without them, it still does. Without that second half "seen 0 times"
 * would end as a scenario that does nothing.
 */
#include "harness/minimize.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/reduce.h"
#include "harness/run_cell.h"
#include "harness/scenario_render.h"
#include "harness/sweep.h"
#include "harness/timebase.h"
#include "harness/trial.h"
#include "harness/verdict.h"
#include "harness/wall_real.h"

enum { RUNS_MAX = 5000, TEXT_MAX_BYTES = 16 << 20 };

static const uint64_t trial_limit_us = 20000000;

struct minimizer {
	struct run_options run;
	json_t *root;	/* the scenario, as far as it is reduced */
	char name[120]; /* "NAME-min" */
	char file[130];
	char *wanted;	/* how it has to fail */
	char what[200]; /* the same in the words of the first run */
	char why[300];	/* how the last scenario ended that was to fail so */
	bool counter;	/* and has to pass without its faults */
	size_t steps;	/* of root */
	json_t *nth;	/* the number in the trigger of a sweep's fault; NULL: there is none */
	size_t runs;
};

/* --- how a run ends ------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

/* "fail: timed out after #s | ^OK$": counts and times differ from run to run and mean nothing here. */
static char *signature(const json_t *end)
{
	const json_t *f = json_object_get(end, "failure");
	struct buf out;
	bool digit = false;

	buf_init(&out, 1 << 16);
	buf_addf(&out, "%s: ", text_of(end, "outcome"));
	for (const char *s = text_of(f, "what"); *s; s++) {
		bool now = *s >= '0' && *s <= '9';

		if (!now)
			buf_addc(&out, *s);
		else if (!digit)
			buf_addc(&out, '#');
		digit = now;
	}
	buf_addf(&out, " | %s", text_of(f, "wanted"));
	buf_addc(&out, '\0');
	return out.data;
}

/* How the cell ends, free() it; NULL: there was no run. */
static char *run_once(struct minimizer *m, struct cell *cell)
{
	const struct trial_options to = { .run = &m->run, .limit_us = trial_limit_us };
	struct err e = { 0 };
	char *how = NULL;
	struct buf events;
	json_t *end;

	m->runs++;
	buf_init(&events, TEXT_MAX_BYTES);
	end = trial_run(cell, &to, &events, &e) ? NULL : trial_end(&events);
	if (end)
		how = signature(end);
	if (end && !*m->what)
		str_copy(m->what, sizeof(m->what), text_of(json_object_get(end, "failure"), "what"));
	json_decref(end);
	buf_free(&events);
	return how;
}

/* The same for a scenario that is only JSON yet; NULL also when it cannot be read. */
static char *run_json(struct minimizer *m, const json_t *root)
{
	struct scenario *s = NULL;
	struct err e = { 0 };
	char *how = NULL;
	struct buf yaml;

	buf_init(&yaml, TEXT_MAX_BYTES);
	if (!render_yaml(root, &yaml))
		s = scenario_load_text(m->file, buf_str(&yaml), yaml.len, NULL, &e);
	if (s && s->n_cells == 1)
		how = run_once(m, s->cells[0]);
	else
		str_copy(m->why, sizeof(m->why), e.msg);
	scenario_free(s);
	buf_free(&yaml);
	return how;
}

static bool fails_so(struct minimizer *m, const json_t *root)
{
	char *how = run_json(m, root);
	bool same = how && !strcmp(how, m->wanted);

	if (how)
		str_copy(m->why, sizeof(m->why), how);
	free(how);
	return same;
}

/* --- the counter-check ---------------------------------------------------------------------------------------- */

static void drop_faults(json_t *steps)
{
	for (size_t i = json_array_size(steps); i > 0; i--) {
		const json_t *step = json_array_get(steps, i - 1);

		if (json_object_get(step, "inject") || json_object_get(step, "clear"))
			json_array_remove(steps, i - 1);
	}
}

static bool passes_without_faults(struct minimizer *m, const json_t *root)
{
	json_t *clean = json_deep_copy(root);
	char *how;
	bool ok;

	json_object_del(json_object_get(clean, "modem"), "faults");
	drop_faults(json_object_get(clean, "steps"));
	drop_faults(json_object_get(clean, "finally"));
	how = run_json(m, clean);
	ok = how && !strncmp(how, "pass:", 5);
	free(how);
	json_decref(clean);
	return ok;
}

static size_t count_steps(const json_t *root)
{
	return json_array_size(json_object_get(root, "steps")) + json_array_size(json_object_get(root, "finally"));
}

static bool fails_for_its_faults(struct minimizer *m, const json_t *root)
{
	return fails_so(m, root) && (!m->counter || passes_without_faults(m, root));
}

/* A step less may be a command less before the point, which then has a smaller number. */
static bool fails_earlier(struct minimizer *m, const json_t *root)
{
	json_int_t nth = json_integer_value(m->nth), gone = (json_int_t)m->steps - (json_int_t)count_steps(root);

	if (gone <= 0 || gone >= nth)
		return false;
	json_integer_set(m->nth, nth - gone);
	if (fails_for_its_faults(m, root))
		return true;
	json_integer_set(m->nth, nth);
	return false;
}

static bool holds(const json_t *root, void *ctx)
{
	struct minimizer *m = ctx;

	if (!fails_for_its_faults(m, root) && !fails_earlier(m, root))
		return false;
	m->steps = count_steps(root);
	return true;
}

/* --- the scenario it begins with ------------------------------------------------------------------------------ */

static size_t count_faults(const json_t *root)
{
	const json_t *steps = json_object_get(root, "steps"), *step;
	size_t n = json_array_size(json_object_get(json_object_get(root, "modem"), "faults")), i;

	json_array_foreach (steps, i, step)
		n += json_object_get(step, "inject") != NULL;
	return n;
}

static size_t count_bytes(const json_t *root)
{
	struct buf yaml;
	size_t n;

	buf_init(&yaml, TEXT_MAX_BYTES);
	n = render_yaml(root, &yaml) ? 0 : yaml.len;
	buf_free(&yaml);
	return n;
}

/* The fault of a sweep as a file may have it: its id is no name there. */
static void name_point(json_t *root)
{
	json_t *faults = json_object_get(json_object_get(root, "modem"), "faults");
	json_t *fault = json_array_get(faults, json_array_size(faults) - 1);

	json_object_set_new(fault, "id", json_string("broken"));
}

static json_t *modem_of(json_t *root)
{
	json_t *modem = json_object_get(root, "modem");

	if (!modem) {
		modem = json_object();
		json_object_set_new(root, "modem", modem);
	}
	return modem;
}

/* The cell as a scenario that says everything itself: the seed, too, which is the id's and the command line's. */
static json_t *begin_with(const struct minimizer *m, const struct cell *cell, const struct run_options *run)
{
	const struct cell_run cr = { .cell = (struct cell *)(uintptr_t)cell, .options = run };
	static const char *const gone[] = { "xfail", "skip", "flaky", "needs", "tags", "refs", "targets" };
	json_t *root = render_cell(cell);

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		json_object_del(root, gone[i]);
	json_object_set_new(root, "name", json_string(m->name));
	json_object_set_new(modem_of(root), "seed", json_integer((json_int_t)(run_cell_seed(&cr) & INT64_MAX)));
	if (cell->sweep)
		name_point(root);
	return root;
}

/* By the name of its command a point stays where it is when other commands go. */
static void name_trigger(struct minimizer *m, const struct sweep_point *pt)
{
	json_t *faults = json_object_get(json_object_get(m->root, "modem"), "faults");
	json_t *fault = json_array_get(faults, json_array_size(faults) - 1);
	json_t *before = json_incref(json_object_get(fault, "trigger"));

	if (pt->named.match)
		json_object_set_new(fault, "trigger",
				    json_pack("{s:s, s:i, s:i}", "match", pt->named.match, "nth", (int)pt->named.nth,
					      "offset", (int)pt->named.offset));
	if (pt->named.match && !holds(m->root, m))
		json_object_set(fault, "trigger", before);
	m->nth = json_incref(json_object_get(json_object_get(fault, "trigger"), "nth"));
	json_decref(before);
}

/* --- the result ----------------------------------------------------------------------------------------------- */

/* The summary says what it is. */
static void describe(const struct minimizer *m, const struct cell *cell)
{
	char text[141];

	snprintf(text, sizeof(text), "%.60s%s%.76s", cell->sweep ? cell->sweep->row->what : "", cell->sweep ? ": " : "",
		 m->what);
	json_object_set_new(m->root, "summary", json_string(text));
}

static int write_file(const struct minimizer *m, const struct cell *cell, struct err *e)
{
	struct buf yaml;
	FILE *out = fopen(m->file, "we");
	int err = out ? 0 : -errno;

	buf_init(&yaml, TEXT_MAX_BYTES);
	if (out) {
		buf_addf(&yaml, "# the shortest run that fails as %s of %s did\n", cell->id, cell->scenario->file);
		err = render_yaml(m->root, &yaml);
		fwrite(buf_str(&yaml), 1, yaml.len, out);
		if (fclose(out) && !err)
			err = -errno;
	}
	buf_free(&yaml);
	return err ? err_set(e, err, "%s: %s", m->file, strerror(-err)) : 0;
}

/* What was written is what is run: read from the file it still fails so. */
static int check_file(struct minimizer *m, struct err *e)
{
	struct scenario *s = scenario_load_file(m->file, NULL, e);
	char *how = s ? run_once(m, s->cells[0]) : NULL;
	bool same = how && !strcmp(how, m->wanted);

	free(how);
	scenario_free(s);
	return same || e->code ? e->code : err_set(e, -EIO, "%s does not fail as its parts did", m->file);
}

static void count(const json_t *root, struct minimized *out, int when)
{
	out->steps[when] = count_steps(root);
	out->faults[when] = count_faults(root);
	out->bytes[when] = count_bytes(root);
}

static int begin(struct minimizer *m, struct cell *cell, const struct run_options *run, struct err *e)
{
	snprintf(m->name, sizeof(m->name), "%.100s-min", cell->scenario->name);
	snprintf(m->file, sizeof(m->file), "%s.yaml", m->name);
	if (run->target != HIL_TARGET_INPROC || cell_needs_real_time(cell))
		return err_set(e, -ENOTSUP, "--minimize needs virtual time: target inproc, no real server, no program");
	m->wanted = run_once(m, cell);
	if (!m->wanted || !strncmp(m->wanted, "pass:", 5))
		return err_set(e, -ENOENT, "--minimize: %s does not fail when it is run by itself", cell->id);
	m->run.seed_given = false;
	m->root = begin_with(m, cell, run);
	if (!fails_so(m, m->root))
		return err_set(e, -ENOTSUP, "--minimize: %s does not fail so as a scenario of its own: %s", cell->id,
			       m->why);
	m->counter = count_faults(m->root) && passes_without_faults(m, m->root);
	m->steps = count_steps(m->root);
	return 0;
}

int minimize_cell(struct cell *cell, const struct run_options *run, struct minimized *out, struct err *e)
{
	static const char *const kept[] = { "schema", "name", "summary", "seed", NULL };
	static const char *const data[] = { "send", "client", NULL };
	struct minimizer m = { .run = *run };
	struct reduce r = { .holds = holds, .ctx = &m, .kept = kept, .data = data, .tries = RUNS_MAX };
	uint64_t begin_us = wall_us();
	int err;

	*out = (struct minimized){ 0 };
	m.run.out = NULL;
	m.run.retry_given = true;
	m.run.retry = 0;
	err = begin(&m, cell, run, e);
	if (!err) {
		count(m.root, out, 0);
		if (cell->sweep)
			name_trigger(&m, cell->sweep);
		r.root = m.root;
		reduce_json(&r);
		describe(&m, cell);
		count(m.root, out, 1);
		err = write_file(&m, cell, e);
	}
	if (!err)
		err = check_file(&m, e);
	str_copy(out->path, sizeof(out->path), m.file);
	out->runs = m.runs;
	out->seconds = (double)(wall_us() - begin_us) / 1e6;
	json_decref(m.nth);
	json_decref(m.root);
	free(m.wanted);
	return err;
}
