/*
 * From a file to its cells: the parts that belong to the file once, then everything else once for each combination of
 * the matrix, with that cell's variables in scope. What a scenario means is in scenario_table.c.
 */
#include "harness/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario_files.h"
#include "harness/scenario_keys.h"
#include "harness/vars.h"

static const uint64_t default_within_us = 10 * 1000000ull;
static const uint64_t default_timeout_us = 300 * 1000000ull;

/* --- names that are known late ------------------------------------------------------------------------------- */

static void add_late(struct reader *r, const char *name)
{
	r->late = pool_grow(r->pool, r->late, r->n_late, sizeof(*r->late));
	r->late[r->n_late++] = name;
}

/* Every save: {name: group} anywhere below n; wrong ones are found when they are read. */
static void find_saves(struct reader *r, const struct yml_node *n)
{
	for (size_t i = 0; i < yml_size(n); i++) {
		const struct yml_node *key = yml_key(n, i), *value = yml_at(n, i);

		find_saves(r, value);
		if (!key || strcmp(yml_str(key), "save") || yml_kind(value) != YML_MAP)
			continue;
		for (size_t k = 0; k < yml_size(value); k++)
			add_late(r, yml_str(yml_key(value, k)));
	}
}

static void add_given_by(struct reader *r, const char *fixture, const char *what)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_addf(&b, "%s.%s", fixture, what);
	add_late(r, pool_strdup(r->pool, buf_str(&b)));
	buf_free(&b);
}

/* A wrong kind is found when the fixture is read. */
static void find_fixtures(struct reader *r, const struct yml_node *fixtures)
{
	for (size_t i = 0; fixtures && yml_kind(fixtures) == YML_MAP && i < yml_size(fixtures); i++) {
		const struct yml_node *use = yml_get(yml_at(fixtures, i), "use");
		int kind = use && yml_kind(use) == YML_SCALAR ? find_word(fixture_kind_names, yml_str(use)) : -1;
		const char *const *more = fixture_gives(kind < 0 ? FIXTURE_WORLD : (enum fixture_kind)kind);

		add_given_by(r, yml_str(yml_key(fixtures, i)), "host");
		add_given_by(r, yml_str(yml_key(fixtures, i)), "port");
		for (size_t k = 0; more[k]; k++)
			add_given_by(r, yml_str(yml_key(fixtures, i)), more[k]);
	}
}

static void find_late(struct reader *r, const struct yml_node *root)
{
	add_late(r, "run.id");
	add_late(r, "run.seed");
	add_late(r, "port");
	add_late(r, "scratch");
	find_fixtures(r, yml_get(root, "fixtures"));
	for (const struct source *s = r->sources; s; s = s->next)
		find_saves(r, yml_root(s->yml));
}

/* --- what hil and the command line give ---------------------------------------------------------------------- */

static const char *folder_of(struct pool *p, const char *file)
{
	const char *slash = strrchr(file, '/');

	if (!slash)
		return ".";
	return slash == file ? "/" : pool_copy(p, file, (size_t)(slash - file));
}

static int add_given(struct reader *r, const char *given, struct binding *b)
{
	const char *eq = strchr(given, '=');

	if (!eq || eq == given)
		return err_set(r->e, -EINVAL, "--var '%s' must be name=value", given);
	b->name = pool_copy(r->pool, given, (size_t)(eq - given));
	b->value = template_quote(r->pool, eq + 1);
	return 0;
}

/* The outermost scope: ${target}, ${scenario}, ${dir} and --var. */
static int make_outer(struct reader *r, struct scope *scope)
{
	const struct scenario_options *o = r->options;
	struct binding *b = pool_alloc(r->pool, (3 + o->n_vars) * sizeof(*b));

	b[0] = (struct binding){ "target", o->target ? o->target : target_words[0] };
	b[1] = (struct binding){ "scenario", r->scenario->name };
	b[2] = (struct binding){ "dir", template_quote(r->pool, folder_of(r->pool, r->scenario->file)) };
	scope->bindings = b;
	scope->n = 3;
	for (size_t i = 0; i < o->n_vars; i++) {
		/* later ones win, and the search goes from the front */
		if (add_given(r, o->vars[o->n_vars - 1 - i], &b[scope->n++]))
			return -EINVAL;
	}
	return 0;
}

/* --- one cell ------------------------------------------------------------------------------------------------ */

static bool runs_here(const struct reader *r)
{
	const char *target = r->options->target ? r->options->target : target_words[0];
	int bit = find_word(target_words, target);

	return bit < 0 || (r->scenario->targets & 1u << bit);
}

static const char *skip_reason(const struct reader *r, const struct raw_cell *raw)
{
	for (size_t i = 0; i < raw->n_skips; i++) {
		if (raw->skips[i].holds)
			return raw->skips[i].reason;
	}
	if (runs_here(r))
		return NULL;
	return r->scenario->targets == TARGET_BIT_BOARD ? "runs on a board only" : "runs on the emulator only";
}

static int check_xfail_step(struct reader *r, const struct yml_node *n, const struct raw_cell *raw, const char *id)
{
	const char **ids = pool_alloc(r->pool, (raw->c.n_steps + 1) * sizeof(*ids));
	size_t n_ids = 0;

	for (size_t i = 0; i < raw->c.n_steps; i++) {
		if (!raw->c.steps[i].id)
			continue;
		if (!strcmp(raw->c.steps[i].id, id))
			return 0;
		ids[n_ids++] = raw->c.steps[i].id;
	}
	return unknown_error(r, n, "step", id, ids);
}

static int finish_xfails(struct reader *r, const struct yml_node *n, struct raw_cell *raw)
{
	struct xfail *kept = pool_alloc(r->pool, (raw->n_xfails + 1) * sizeof(*kept));

	for (size_t i = 0; i < raw->n_xfails; i++) {
		const struct raw_xfail *x = &raw->xfails[i];

		if (x->x.step && check_xfail_step(r, yml_get(yml_at(n, i), "step"), raw, x->x.step))
			return -EINVAL;
		if (x->holds)
			kept[raw->c.n_xfails++] = x->x;
	}
	raw->c.xfails = kept;
	return 0;
}

static int check_since(struct reader *r, const struct cell *c, const struct step *s)
{
	const struct received *wanted = s->kind == STEP_CHECK ? &s->check->received : NULL;

	for (size_t i = 0; wanted && wanted->since && i < c->n_steps; i++) {
		if (c->steps[i].id && !strcmp(c->steps[i].id, wanted->since))
			return 0;
	}
	if (!wanted || !wanted->since)
		return 0;
	return err_set(r->e, -EINVAL, "%s:%u:%u: since: no step is called '%s'", wanted->place.file,
		       wanted->place.line, wanted->place.column, wanted->since);
}

static int wrong_act(struct reader *r, const struct server_act *a, const char *why)
{
	return err_set(r->e, -EINVAL, "%s:%u:%u: %s", a->place.file, a->place.line, a->place.column, why);
}

/* A server step needs a fixture that is a server, and to publish one that is a broker. */
static int check_server(struct reader *r, const struct cell *c, const struct step *s)
{
	char why[160];

	if (s->kind != STEP_SERVER || !s->applies || is_open(s->server->name))
		return 0;
	for (size_t i = 0; i < c->n_fixtures; i++) {
		const struct fixture *f = &c->fixtures[i];

		if (strcmp(f->name, s->server->name))
			continue;
		if (f->kind == FIXTURE_WORLD)
			return wrong_act(r, s->server, "a world cannot be stopped or started: see control: broker");
		if (s->server->act == SERVER_PUBLISH && f->kind != FIXTURE_MOSQUITTO && f->kind != FIXTURE_MOSQUITTO_TLS)
			return wrong_act(r, s->server, "only mosquitto passes on what is published");
		return 0;
	}
	snprintf(why, sizeof(why), "no fixture is called '%.80s'", s->server->name);
	return wrong_act(r, s->server, why);
}

static bool starts_program(const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (steps[i].kind == STEP_PROGRAM && steps[i].applies)
			return true;
	}
	return false;
}

static int finish_cell(struct reader *r, const struct yml_node *root, struct raw_cell *raw)
{
	struct cell *c = &raw->c;

	if (!c->timeout_us)
		c->timeout_us = default_timeout_us;
	c->eol = raw->defaults.eol;
	c->skip_reason = skip_reason(r, raw);
	if (raw->flaky.retries && raw->flaky.holds) {
		c->flaky_retries = (unsigned)raw->flaky.retries;
		c->flaky_reason = raw->flaky.reason;
	}
	for (size_t i = 0; i < c->n_steps; i++) {
		if (check_since(r, c, &c->steps[i]) || check_server(r, c, &c->steps[i]))
			return -EINVAL;
	}
	c->runs_programs = starts_program(c->steps, c->n_steps) || starts_program(c->finally, c->n_finally);
	if (r->options->profile)
		c->modem.profile = template_quote(r->pool, r->options->profile);
	return finish_xfails(r, yml_get(root, "xfail"), raw);
}

/* defaults: counts for all of the file, wherever it stands in it. */
static int read_within(struct reader *r, const struct yml_node *root)
{
	const struct yml_node *defaults = yml_get(root, "defaults");
	const struct yml_node *within = defaults ? yml_get(defaults, "within") : NULL;

	r->within_us = default_within_us;
	return within ? yml_duration_us(within, &r->within_us, r->e) : 0;
}

static int read_cell(struct reader *r, const struct yml_node *root, struct raw_cell *raw)
{
	const struct yml_node *fixtures = yml_get(root, "fixtures");

	if (fixtures && read_fixtures(r, fixtures, &raw->c))
		return -EINVAL;
	if (!r->scenario->n_cells && check_lists(r))
		return -EINVAL;
	if (read_object(r, root, &table_scenario, raw, PART_CELL))
		return -EINVAL;
	return finish_cell(r, root, raw);
}

/* The scopes of a cell, inside out: vars, matrix, the cell's id, hil and the command line. */
static int make_cell(struct reader *r, const struct yml_node *root, const struct combination *one,
		     struct raw_cell *raw)
{
	const struct scope *outer = r->scope;
	const struct binding id = { "cell", template_quote(r->pool, one->id) };
	const struct scope named = { .bindings = &id, .n = 1, .up = outer };
	const struct scope matrix = { .bindings = one->bindings, .n = one->n, .up = &named };
	struct scope vars = { .up = &matrix };
	const struct yml_node *n = yml_get(root, "vars");
	struct binding *b = NULL;
	int err = 0;

	raw->c = (struct cell){ .scenario = r->scenario, .id = one->id, .matrix = one->bindings, .n_matrix = one->n };
	r->scope = &matrix;
	if (n)
		err = matrix_vars(r, n, &b, &vars.n);
	vars.bindings = raw->c.vars = b;
	raw->c.n_vars = vars.n;
	r->scope = &vars;
	if (!err)
		err = read_cell(r, root, raw);
	r->scope = outer;
	return err;
}

static int make_cells(struct reader *r, const struct yml_node *root)
{
	struct scenario *s = r->scenario;
	struct combination *all;
	size_t n;

	if (matrix_expand(r, yml_get(root, "matrix"), yml_get(root, "exclude"), &all, &n))
		return -EINVAL;
	s->cells = pool_alloc(r->pool, n * sizeof(struct cell *));
	for (size_t i = 0; i < n; i++) {
		struct raw_cell *raw = pool_alloc(r->pool, sizeof(*raw));

		if (make_cell(r, root, &all[i], raw))
			return -EINVAL;
		s->cells[s->n_cells++] = &raw->c;
	}
	return 0;
}

/* --- one file ------------------------------------------------------------------------------------------------ */

static int read_scenario(struct reader *r, const struct yml_node *root)
{
	struct scenario *s = r->scenario;
	const struct yml_node *include = yml_get(root, "include");
	struct scope outer = { 0 };
	int err;

	if (check_version(r, root) || check_keys(r, root, &table_scenario))
		return -EINVAL;
	r->scope = &outer;
	s->name = yml_str(yml_get(root, "name"));
	if (make_outer(r, &outer) || read_object(r, root, &table_scenario, s, PART_FILE))
		return -EINVAL;
	s->place = place_of(r, yml_get(root, "name"));
	if (!s->targets)
		s->targets = TARGET_BIT_EMULATOR | TARGET_BIT_BOARD;
	if (read_within(r, root) || (include && read_includes(r, include)))
		return -EINVAL;
	find_late(r, root);
	err = make_cells(r, root);
	r->scope = NULL;
	return err;
}

/* A file of step lists, read by itself: its name is not a cell's, and nothing uses it. */
static int read_alone(struct reader *r, const struct yml_node *root)
{
	struct scope outer = { 0 };
	int err;

	r->scenario->name = "";
	err = make_outer(r, &outer);
	r->scope = &outer;
	r->alone = true;
	if (!err)
		err = read_library(r, root);
	if (!err)
		err = check_lists(r);
	r->scope = NULL;
	return err;
}

static void sources_free(struct source *s)
{
	for (; s; s = s->next) {
		yml_free(s->yml);
		s->yml = NULL;
	}
}

static bool is_library(const struct yml_node *root)
{
	const struct yml_node *steps = yml_get(root, "steps");

	return steps && yml_kind(steps) == YML_MAP && !yml_get(root, "name");
}

static struct scenario *load(const char *name, const char *text, size_t len, const struct scenario_options *o,
			     struct err *e)
{
	static const struct scenario_options none;
	struct pool *pool = pool_new();
	struct scenario *s = pool_alloc(pool, sizeof(*s));
	struct reader r = { .scenario = s, .pool = pool, .options = o ? o : &none, .e = e };
	struct source *source;
	int err = -EINVAL;

	s->pool = pool;
	s->file = pool_strdup(pool, name);
	source = text ? source_add(&r, name, text, len) : source_add_file(&r, name);
	if (source && is_library(yml_root(source->yml)))
		err = read_alone(&r, yml_root(source->yml));
	else if (source)
		err = read_scenario(&r, yml_root(source->yml));
	s->sources = r.sources;
	if (!err)
		return s;
	scenario_free(s);
	return NULL;
}

struct scenario *scenario_load_file(const char *path, const struct scenario_options *o, struct err *e)
{
	return load(path, NULL, 0, o, e);
}

struct scenario *scenario_load_text(const char *name, const char *text, size_t len, const struct scenario_options *o,
				    struct err *e)
{
	return load(name, text, len, o, e);
}

void scenario_free(struct scenario *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_cells; i++)
		vars_reset(s->cells[i]);
	sources_free(s->sources);
	pool_free(s->pool);
}
