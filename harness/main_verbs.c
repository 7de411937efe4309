/* The verbs: select, then run, list, check, render or explain. Results go to stdout, diagnostics to stderr. */
#include "harness/verbs.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/estimates.h"
#include "harness/event.h"
#include "harness/minimize.h"
#include "harness/pool.h"
#include "harness/quarantine.h"
#include "harness/run.h"
#include "harness/run_board.h"
#include "harness/run_firmware.h"
#include "harness/scenario_check.h"
#include "harness/scenario_render.h"
#include "harness/schema.h"
#include "harness/select.h"
#include "harness/sources.h"
#include "harness/sweep.h"
#include "harness/units.h"
#include "harness/wall_real.h"
#include "harness/xdg.h"

static void print_errors(const struct suite *s)
{
	for (size_t i = 0; i < s->errors.n; i++)
		fprintf(stderr, "%s\n", s->errors.items[i]);
}

/* Loads and selects. HIL_EXIT_PASS, or what to exit with after the reason was printed. */
static int open_suite(struct suite *s, const struct options *o)
{
	struct err e = { 0 };
	int err;

	if (suite_load(s, o)) {
		print_errors(s);
		return HIL_EXIT_USAGE;
	}
	err = suite_select(s, o, &e);
	if (err == -ENOENT && o->select.allow_empty)
		return HIL_EXIT_PASS;
	if (err) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return err == -ENOENT ? HIL_EXIT_EMPTY : HIL_EXIT_USAGE;
	}
	if (s->n_cells || o->verb == VERB_EXPLAIN)
		return HIL_EXIT_PASS;
	if (o->select.allow_empty)
		return HIL_EXIT_PASS;
	fprintf(stderr, "hil: nothing is selected (%zu cells in %zu files)\n", s->n_entries, s->n_scenarios);
	return HIL_EXIT_EMPTY;
}

/* --- run ----------------------------------------------------------------------------------------------------- */

static bool is_meant(const struct suite *s, const struct scenario *sc)
{
	for (size_t i = 0; i < s->n_cells; i++) {
		if (s->cells[i]->scenario == sc)
			return true;
	}
	return false;
}

/* A profile that does not exist is a wrong scenario, and is to be known before the first cell runs. */
static int check_selected(const struct suite *s, const struct options *o)
{
	struct err e = { 0 };

	for (size_t i = 0; i < s->n_scenarios && o->run.target != HIL_TARGET_BOARD; i++) {
		if (!is_meant(s, s->scenarios[i]) || !scenario_check(s->scenarios[i], &e))
			continue;
		fprintf(stderr, "%s\n", e.msg);
		return HIL_EXIT_USAGE;
	}
	return HIL_EXIT_PASS;
}

/* They hold all the same, so that no build turns red at midnight; --quarantine-verify is what fails. */
static void warn_of_old(const struct quarantine *q)
{
	for (size_t i = 0; i < quarantine_size(q); i++) {
		const struct quarantine_entry *one = quarantine_at(q, i);

		if (one->over)
			fprintf(stderr, "%s:%u:%u: warning: quarantine of '%s' was until %s\n", one->file, one->line, one->column,
				one->cell, one->until);
	}
}

/* Reads the list and shows it every cell there is, selected or not. */
static int open_quarantine(struct quarantine **q, const struct suite *s, const struct options *o)
{
	struct err e = { 0 };
	char today[32];

	*q = NULL;
	if (!o->quarantine_file)
		return HIL_EXIT_PASS;
	wall_date(today);
	*q = quarantine_load_file(o->quarantine_file, today, &e);
	if (!*q) {
		fprintf(stderr, "%s\n", e.msg);
		return HIL_EXIT_USAGE;
	}
	for (size_t i = 0; i < s->n_entries; i++)
		quarantine_see(*q, s->entries[i].cell->scenario->file, s->entries[i].cell->id);
	warn_of_old(*q);
	return HIL_EXIT_PASS;
}

static int run_sweep(const struct suite *s, const struct options *o, const struct run_options *run)
{
	struct sweep_options so = { .depth = o->sweep_depth ? SWEEP_BYTES : SWEEP_EXCHANGES };
	struct err e = { 0 };

	so.wishes = sweep_read_wishes(s->pool, o->sweep.items, o->sweep.n, &so.n_wishes, &e);
	if (so.wishes)
		return sweep_run(s->pool, s->cells, s->n_cells, run, &so);
	fprintf(stderr, "hil: %s\n", e.msg);
	return HIL_EXIT_USAGE;
}

/* Does not change what the run ends with: a file less is no failure of the firmware. */
static void minimize(struct cell *failed, const struct run_options *run)
{
	FILE *out = run->format == HIL_FORMAT_TEXT ? stdout : stderr;
	struct minimized m;
	struct err e = { 0 };

	if (minimize_cell(failed, run, &m, &e)) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return;
	}
	fprintf(out, "minimized %s: %zu -> %zu steps, %zu -> %zu faults, %zu -> %zu bytes; %zu runs in %.2fs\n   again:  hil run %s -v\n",
		failed->id, m.steps[0], m.steps[1], m.faults[0], m.faults[1], m.bytes[0], m.bytes[1], m.runs, m.seconds, m.path);
}

static int run_selected(const struct options *o)
{
	struct run_options run = o->run;
	struct quarantine *quarantine = NULL;
	struct run_board *board = NULL;
	struct run_firmware *firmware = NULL;
	struct cell *failed = NULL;
	struct err e = { 0 };
	struct suite s;
	int code = open_suite(&s, o);

	if (!code)
		code = check_selected(&s, o);
	if (!code)
		code = open_quarantine(&quarantine, &s, o);
	if (!code && run.failed_list)
		xdg_folders_above(run.failed_list);
	if (!code && run.durations)
		xdg_folders_above(run.durations);
	run.quarantine = quarantine;
	run.first_failed = &failed;
	if (!code && (run_board_take(&board, &run, &e) || run_firmware_take(&firmware, &run, &e))) {
		fprintf(stderr, "hil: %s\n", e.msg);
		code = HIL_EXIT_ERROR;
	}
	if (!code)
		code = o->sweep.n ? run_sweep(&s, o, &run) : run_cells(s.cells, s.n_cells, &run);
	if (o->minimize && failed)
		minimize(failed, &run);
	if (code == HIL_EXIT_EMPTY && o->select.allow_empty)
		code = HIL_EXIT_PASS;
	run_firmware_free(firmware);
	run_board_free(board);
	quarantine_free(quarantine);
	suite_free(&s);
	return code;
}

int verb_run(const struct options *o)
{
	return o->unit ? units_run(o, run_selected) : run_selected(o);
}

/* --- list ---------------------------------------------------------------------------------------------------- */

static json_t *texts(const char *const *items, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(items[i]));
	return list;
}

static json_t *bindings(const struct binding *b, size_t n)
{
	json_t *map = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(map, b[i].name, json_string(b[i].value));
	return map;
}

/* The unit that a remote engine runs: what it is, what it needs, how long it may take, whether the other side has the same. */
static json_t *cell_json(const struct cell *c, const char *id, double estimate, json_t *profiles)
{
	const struct scenario *s = c->scenario;
	char digest[DIGEST_TEXT_MAX];
	json_t *j;

	source_digest(c, profiles, digest);
	j = json_pack("{s:s, s:s, s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:s*, s:s*, s:b, s:f}", "id", id, "file", s->file, "line",
		      (int)s->place.line, "cell", c->id, "summary", s->summary, "tags", texts(s->tags, s->n_tags), "refs",
		      texts(s->refs, s->n_refs), "needs", texts(s->needs, s->n_needs), "matrix",
		      bindings(c->matrix, c->n_matrix), "profile", c->modem.profile, "skip", c->skip_reason, "xfail",
		      c->n_xfails > 0, "timeout", (double)c->timeout_us / 1e6);
	json_object_set_new(j, "digest", json_string(digest));
	if (estimate >= 0)
		json_object_set_new(j, "estimate", json_real(estimate));
	return j;
}

static void print_json(json_t *j)
{
	char *text = json_dumps(j, JSON_INDENT(1) | JSON_REAL_PRECISION(12));

	if (text)
		puts(text);
	free(text);
	json_decref(j);
}

static int list_json(const struct suite *s, const struct options *o)
{
	struct err e = { 0 };
	struct estimates *known = estimates_load(o->run.durations, &e);
	json_t *all = json_array(), *profiles = json_object();

	for (size_t i = 0; known && i < s->n_cells; i++) {
		const struct cell *c = s->cells[i];
		double estimate = estimates_of(known, target_name(&o->run), c->scenario->file, c->id);

		json_array_append_new(all, cell_json(c, cell_full_id(s->pool, c), estimate, profiles));
	}
	if (known)
		print_json(json_incref(all));
	else
		fprintf(stderr, "hil: %s\n", e.msg);
	json_decref(profiles);
	json_decref(all);
	estimates_free(known);
	return known ? HIL_EXIT_PASS : HIL_EXIT_USAGE;
}

int verb_list(const struct options *o)
{
	struct suite s;
	int code = open_suite(&s, o);

	if (!code && o->json)
		code = list_json(&s, o);
	for (size_t i = 0; !code && !o->json && i < s.n_cells; i++)
		puts(cell_full_id(s.pool, s.cells[i]));
	suite_free(&s);
	return code;
}

/* --- check --------------------------------------------------------------------------------------------------- */

int verb_check(const struct options *o)
{
	struct suite s;
	size_t wrong = 0;

	suite_load(&s, o);
	print_errors(&s);
	wrong += s.errors.n;
	for (size_t i = 0; i < s.n_scenarios; i++) {
		struct err e = { 0 };

		for (size_t k = 0; k < s.scenarios[i]->n_warnings; k++)
			fprintf(stderr, "%s\n", s.scenarios[i]->warnings[k]);
		if (!scenario_check(s.scenarios[i], &e))
			continue;
		fprintf(stderr, "%s\n", e.msg);
		wrong++;
	}
	printf("%zu files, %zu cells, %zu wrong\n", s.n_scenarios + s.errors.n, s.n_entries, wrong);
	if (!wrong && !s.n_scenarios && !o->select.allow_empty)
		wrong = (size_t)fprintf(stderr, "hil: no scenario files found\n");
	suite_free(&s);
	return wrong ? HIL_EXIT_USAGE : HIL_EXIT_PASS;
}

/* --- render -------------------------------------------------------------------------------------------------- */

static int render_one(const struct suite *s, const struct cell *c, bool json)
{
	json_t *j = render_cell(c);
	struct buf b;
	int err = 0;

	buf_init(&b, 16 << 20);
	if (json) {
		print_json(json_incref(j));
	} else {
		err = render_yaml(j, &b);
		printf("# %s\n%s", cell_full_id(s->pool, c), buf_str(&b));
	}
	buf_free(&b);
	json_decref(j);
	return err;
}

int verb_render(const struct options *o)
{
	struct suite s;
	int code = open_suite(&s, o);

	for (size_t i = 0; !code && i < s.n_cells; i++) {
		if (render_one(&s, s.cells[i], o->json))
			code = HIL_EXIT_ERROR;
	}
	suite_free(&s);
	return code;
}

/* --- explain ------------------------------------------------------------------------------------------------- */

static const struct suite_entry *find_entry(const struct suite *s, const char *id)
{
	for (size_t i = 0; i < s->n_entries; i++) {
		if (!strcmp(s->entries[i].cell->id, id) || !strcmp(cell_full_id(s->pool, s->entries[i].cell), id))
			return &s->entries[i];
	}
	return NULL;
}

static int no_such_cell(const struct suite *s, const char *id)
{
	const char **ids = pool_alloc(s->pool, (s->n_entries + 1) * sizeof(*ids)), *near;

	for (size_t i = 0; i < s->n_entries; i++)
		ids[i] = s->entries[i].cell->id;
	near = str_nearest(id, ids);
	if (near)
		fprintf(stderr, "hil: no cell is called '%s' (did you mean '%s'?)\n", id, near);
	else
		fprintf(stderr, "hil: no cell is called '%s' (hil list prints them)\n", id);
	return HIL_EXIT_USAGE;
}

static void explain_steps(const struct cell *c)
{
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct step *step = &c->steps[i];

		if (!step->applies)
			printf("  step passed over: %s (%s:%u): its when: does not hold\n",
			       step->id ? step->id : step_kind_name(step->kind), step->place.file, step->place.line);
	}
}

static void explain_cell(const struct suite_entry *entry, const char *id)
{
	const struct cell *c = entry->cell;

	printf("%s\n  %s%s\n", id, entry->left_out ? "left out: " : "selected", entry->left_out ? entry->left_out : "");
	if (c->skip_reason)
		printf("  skipped: %s\n", c->skip_reason);
	if (c->modem.profile)
		printf("  profile: %s\n", c->modem.profile);
	for (size_t i = 0; i < c->n_matrix; i++)
		printf("  %s: %s\n", c->matrix[i].name, c->matrix[i].value);
	for (size_t i = 0; i < c->n_vars; i++)
		printf("  %s: %s\n", c->vars[i].name, c->vars[i].value);
	explain_steps(c);
	for (size_t i = 0; i < c->n_xfails; i++)
		printf("  expected to fail%s%s: %s\n", c->xfails[i].step ? " at " : "",
		       c->xfails[i].step ? c->xfails[i].step : "", c->xfails[i].reason);
	if (c->flaky_retries)
		printf("  flaky, %u retries: %s\n", c->flaky_retries, c->flaky_reason);
	printf("  again: hil run '%s'\n", id);
}

int verb_explain(const struct options *o)
{
	struct suite s;
	int code = open_suite(&s, o);
	const struct suite_entry *entry = code ? NULL : find_entry(&s, o->explain_id);

	if (entry)
		explain_cell(entry, cell_full_id(s.pool, entry->cell));
	else if (!code)
		code = no_such_cell(&s, o->explain_id);
	suite_free(&s);
	return code;
}

/* --- schema, help, version ----------------------------------------------------------------------------------- */

int verb_schema(const struct options *o)
{
	char *text = schema_text();

	(void)o;
	if (!text)
		return HIL_EXIT_ERROR;
	fputs(text, stdout);
	free(text);
	return HIL_EXIT_PASS;
}

int verb_help(const struct options *o)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	options_help(o->help_on, &b);
	fputs(buf_str(&b), stdout);
	buf_free(&b);
	return HIL_EXIT_PASS;
}

int verb_version(const struct options *o)
{
	(void)o;
	puts("hil " HIL_VERSION);
	return HIL_EXIT_PASS;
}
