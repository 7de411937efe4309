/*
 * The scenario pins outcomes alone: what else is answered may differ from revision to revision, and is not what the log
 * is about. Each outcome is one variable of the matrix.
 */
#include "harness/reproduce/regression.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "harness/import/import_draft.h"
#include "harness/reproduce/cause.h"
#include "harness/reproduce/outcome.h"
#include "harness/scenario_render.h"
#include "harness/wire/exchange_rows.h"

enum { TEXT_MAX_BYTES = 1 << 22, NAME_SIZE = 64, PATH_SIZE = 4096 };

#define LATE "130s" /* AT+CMQTTSTART may take 120 s (manual 16.2.2) */

struct work {
	const struct reproduction *r;
	struct pool *pool;
	json_t *steps, *rows;
	struct buf left_out; /* revisions that are no row, with ", " between */
	struct err *e;
};

/* --- texts ----------------------------------------------------------------------------------------------------- */

/* As a scenario has it: escapes where they are known, a dollar twice. */
static json_t *text_json(const char *p, size_t n, bool escaped)
{
	struct buf view, out;
	json_t *j;

	buf_init(&view, TEXT_MAX_BYTES);
	buf_init(&out, TEXT_MAX_BYTES);
	if (escaped)
		str_escape(&view, p, n);
	else
		buf_add(&view, p, n);
	for (size_t i = 0; i < view.len; i++) {
		buf_addc(&out, view.data[i]);
		if (view.data[i] == '$')
			buf_addc(&out, '$');
	}
	j = json_string(buf_str(&out));
	buf_free(&view);
	buf_free(&out);
	return j;
}

static void add_regex(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr("\\^$.[]|()?*+{}", s[i]))
			buf_addc(out, '\\');
		buf_addc(out, s[i]);
	}
}

/* "^\+CMQTTCONNECT: 0,${outcome_1}$" */
static json_t *outcome_regex(const char *line, size_t goal)
{
	struct buf b;
	size_t at, n;
	json_t *j;

	buf_init(&b, TEXT_MAX_BYTES);
	buf_addc(&b, '^');
	if (outcome_code_at(line, &at, &n)) {
		add_regex(&b, line, at);
		buf_addf(&b, "${outcome_%zu}%s", goal + 1, line[at + n] ? "," : "$");
	} else {
		buf_addf(&b, "${outcome_%zu}$", goal + 1);
	}
	j = json_string(buf_str(&b));
	buf_free(&b);
	return j;
}

/* The code of an outcome, or the whole of a final result. */
static json_t *outcome_value(const char *line)
{
	size_t at, n;

	return outcome_code_at(line, &at, &n) ? json_stringn(line + at, n) : json_string(line);
}

/* --- the matrix ------------------------------------------------------------------------------------------------ */

/* Whether a result has the form of ours: of the same command, or a final one as well. */
static bool same_form(const char *ours, const char *result)
{
	size_t at, n;

	return result && outcome_code_at(ours, &at, &n) == outcome_code_at(result, &at, &n);
}

/* Whether all data was taken, as far as the last outcome: a step that sends some fails where there is no prompt. */
static bool prompts(const struct work *w, const struct play *p)
{
	const struct tale *t = &w->r->tale;

	for (size_t i = 0; i <= t->goals[t->n_goals - 1].act; i++) {
		if (t->script.acts[i].data && !outcome_of(p->results[i]).ok)
			return false;
	}
	return true;
}

static json_t *row_of(const struct work *w, const char *profile, const struct play *p)
{
	const struct tale *t = &w->r->tale;
	json_t *row = prompts(w, p) ? json_pack("{s:s}", "profile", profile) : NULL;
	char name[NAME_SIZE];

	for (size_t i = 0; row && i < t->n_goals; i++) {
		const char *ours = reproduction_result(w->r, i), *result = p->results[t->goals[i].act];

		if (!ours || !same_form(ours, result)) {
			json_decref(row);
			return NULL;
		}
		snprintf(name, sizeof(name), "outcome_%zu", i + 1);
		json_object_set_new(row, name, outcome_value(result));
	}
	return row;
}

static void add_row(struct work *w, const char *profile, const struct play *p)
{
	json_t *row = row_of(w, profile, p);

	if (row)
		json_array_append_new(w->rows, row);
	else
		buf_addf(&w->left_out, "%s%s", w->left_out.len ? ", " : "", profile);
}

/* What a few reports tell of another module says nothing of this log. */
static bool is_row(const struct work *w, const struct revision *r)
{
	return !r->field || !strcmp(revision_family(r, w->pool), revision_family(w->r->revision, w->pool));
}

static int add_rows(struct work *w)
{
	int err = 0;

	for (size_t i = 0; !err && i < w->r->revisions.n; i++) {
		struct play_setup setup = w->r->setup;
		struct play p;

		if (!is_row(w, &w->r->revisions.items[i]))
			continue;
		setup.profile = w->r->revisions.items[i].name;
		err = play_run(&setup, &w->r->tale.script, w->pool, &p, w->e);
		if (!err)
			add_row(w, setup.profile, &p);
		play_free(&p);
	}
	return err;
}

/* --- steps ----------------------------------------------------------------------------------------------------- */

static const char *note_of(const struct work *w, const char *command, unsigned line)
{
	const struct tale *t = &w->r->tale;

	for (size_t i = 0; i < t->n_assumed; i++) {
		if (t->assumed[i].line == line && !strcmp(t->assumed[i].what, command))
			return t->assumed[i].why;
	}
	return NULL;
}

static size_t goal_of(const struct work *w, size_t act)
{
	size_t i = 0;

	while (i < w->r->tale.n_goals && w->r->tale.goals[i].act != act)
		i++;
	return i;
}

/* What the step waits for behind the final result; NULL: nothing. */
static json_t *expectation(const struct work *w, size_t act, size_t goal)
{
	const char *result = w->r->play.results[act], *colon = result ? strchr(result, ':') : NULL;
	struct buf b;
	json_t *j;

	if (goal < w->r->tale.n_goals && result)
		return json_pack("{s:s, s:o, s:s}", "from", "modem", "match", outcome_regex(result, goal), "within",
				 LATE);
	if (!result || !colon || rows_is_final(result))
		return NULL;
	buf_init(&b, TEXT_MAX_BYTES);
	buf_addc(&b, '^');
	add_regex(&b, result, (size_t)(colon + 1 - result));
	j = json_pack("{s:s, s:s, s:s}", "from", "modem", "match", buf_str(&b), "within", LATE);
	buf_free(&b);
	return j;
}

static void add_data(struct work *w, const struct act *a, json_t *expect)
{
	json_t *all = json_pack("[{s:s, s:s}]", "from", "modem", "match", "^(OK|ERROR)$");

	if (expect)
		json_array_append_new(all, expect);
	json_array_append_new(w->steps,
			      json_pack("{s:o, s:o}", "send", text_json(a->data, a->data_len, true), "expect", all));
}

static void add_step(struct work *w, size_t i)
{
	const struct act *a = &w->r->tale.script.acts[i];
	const char *note = note_of(w, a->command, a->line);
	const size_t goal = goal_of(w, i);
	json_t *step = json_object(), *expect = expectation(w, i, goal);
	char id[NAME_SIZE];

	if (goal < w->r->tale.n_goals) {
		snprintf(id, sizeof(id), "outcome-%zu", goal + 1);
		json_object_set_new(step, "id", json_string(id));
	}
	if (note)
		json_object_set_new(step, "note", text_json(note, strlen(note), false));
	json_object_set_new(step, "at", text_json(a->command, strlen(a->command), false));
	json_object_set_new(step, "result", json_string(a->data ? ">" : "any"));
	if (expect && !a->data)
		json_object_set_new(step, "expect", expect);
	json_array_append_new(w->steps, step);
	if (a->data)
		add_data(w, a, expect);
}

/* The first act turns the echo off, which a scenario need not; what follows the last outcome is no part of the matter.
 */
static void add_steps(struct work *w)
{
	const struct tale *t = &w->r->tale;
	size_t last = t->goals[t->n_goals - 1].act;

	for (size_t i = 1; i <= last; i++) {
		if (w->r->tale.script.acts[i].command)
			add_step(w, i);
	}
}

/* --- the file -------------------------------------------------------------------------------------------------- */

static json_t *modem_json(const struct reproduction *r, const char *world)
{
	json_t *modem = json_pack("{s:s}", "profile", "${profile}");

	if (r->setup.world)
		json_object_set_new(modem, "world", json_string(world));
	return modem;
}

static json_t *scenario_json(struct work *w, const char *name, const char *world)
{
	const struct log *l = w->r->log;
	const char *slash = strrchr(l->name, '/'), *file = slash ? slash + 1 : l->name;
	char ref[NAME_SIZE * 4], summary[NAME_SIZE * 8];

	snprintf(ref, sizeof(ref), "%.*s:%u-%u", (int)strcspn(file, "."), file, l->from, l->to);
	snprintf(summary, sizeof(summary), "%s, as in %s, on every revision", reproduction_result(w->r, w->r->focus),
		 ref);
	return json_pack("{s:i, s:s, s:s, s:[s], s:[s,s], s:s, s:{s:O}, s:o, s:O}", "schema", 1, "name", name,
			 "summary", summary, "refs", ref, "tags", "field", "regression", "timeout", "10m", "matrix",
			 "rows", w->rows, "modem", modem_json(w->r, world), "steps", w->steps);
}

static void add_verdict(const struct reproduction *r, struct buf *out)
{
	struct buf verdict;
	const char *s;

	buf_init(&verdict, TEXT_MAX_BYTES);
	cause_verdict(r, &verdict);
	for (s = buf_str(&verdict); *s; s += strcspn(s, "\n"), s += *s == '\n')
		buf_addf(out, "# %.*s\n", (int)strcspn(s, "\n"), s);
	buf_free(&verdict);
}

static int write_file(const char *path, const char *data, size_t n, struct err *e)
{
	FILE *f = fopen(path, "w");
	bool ok = f && fwrite(data, 1, n, f) == n;

	if (f && fclose(f))
		ok = false;
	return ok ? 0 : err_set(e, -errno, "%s: %s", path, strerror(errno));
}

static int write_scenario(struct work *w, const char *base, const char *world, struct err *e)
{
	const char *slash = strrchr(base, '/');
	char name[NAME_SIZE], path[PATH_SIZE];
	struct buf text;
	json_t *j;
	int err;

	import_plain_name(slash ? slash + 1 : base, name, sizeof(name));
	snprintf(path, sizeof(path), "%s.yaml", base);
	buf_init(&text, TEXT_MAX_BYTES);
	add_verdict(w->r, &text);
	if (w->left_out.len)
		buf_addf(&text, "# Not in the matrix, since they answer in another form: %s\n", buf_str(&w->left_out));
	j = scenario_json(w, name, world);
	err = j ? render_yaml(j, &text) : -ENOMEM;
	err = err ? err_set(e, err, "%s: cannot be written as YAML", path)
		  : write_file(path, buf_str(&text), text.len, e);
	json_decref(j);
	buf_free(&text);
	return err;
}

static int write_world(const struct reproduction *r, const char *base, const char **name, char path[PATH_SIZE],
		       struct err *e)
{
	const char *slash;
	struct buf text;
	int err;

	*name = path;
	if (!r->setup.world)
		return 0;
	snprintf(path, PATH_SIZE, "%s.world.yaml", base);
	slash = strrchr(path, '/');
	*name = slash ? slash + 1 : path;
	buf_init(&text, TEXT_MAX_BYTES);
	err = wire_read_file(r->setup.world, &text, e);
	err = err ? err : write_file(path, buf_str(&text), text.len, e);
	buf_free(&text);
	return err;
}

int regression_write(const struct reproduction *r, const char *base, struct err *e)
{
	struct work w = { .r = r, .pool = r->log->pool, .steps = json_array(), .rows = json_array(), .e = e };
	char path[PATH_SIZE] = "";
	const char *world;
	int err = reproduction_result(r, r->focus)
			  ? 0
			  : err_set(e, -EINVAL, "an answer that never comes makes no scenario");

	buf_init(&w.left_out, TEXT_MAX_BYTES);
	err = err ? err : add_rows(&w);
	if (!err)
		add_steps(&w);
	err = err ? err : write_world(r, base, &world, path, e);
	err = err ? err : write_scenario(&w, base, world, e);
	json_decref(w.steps);
	json_decref(w.rows);
	buf_free(&w.left_out);
	return err;
}
