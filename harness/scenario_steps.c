/*
 * Step lists: use: is worked out here, so that a cell has nothing but plain steps. The parameters of a list are a
 * scope of their own above the file's variables; a list sees nothing of the place that uses it but what with: gives.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/scenario_keys.h"
#include "harness/scenario_load.h"

enum { USE_DEPTH_MAX = 8, STEPS_MAX = 10000 };

static struct step_list *find_list(struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->n_lists; i++) {
		if (!strcmp(r->lists[i].name, name))
			return &r->lists[i];
	}
	return NULL;
}

static int no_such_list(struct reader *r, const struct yml_node *n, const char *name)
{
	const char **names = pool_alloc(r->pool, (r->n_lists + 1) * sizeof(*names));

	for (size_t i = 0; i < r->n_lists; i++)
		names[i] = r->lists[i].name;
	if (!r->n_lists)
		return yml_error(n, r->e, "no step list '%s': include the file that has it", name);
	return unknown_error(r, n, "step list", name, names);
}

/* --- parameters ---------------------------------------------------------------------------------------------- */

static bool has_param(const struct step_list *list, const char *name)
{
	for (size_t i = 0; list->params && i < yml_size(list->params); i++) {
		if (!strcmp(yml_str(yml_at(list->params, i)), name))
			return true;
	}
	return false;
}

static int check_with(struct reader *r, const struct yml_node *with, const struct step_list *list)
{
	size_t n = list->params ? yml_size(list->params) : 0;
	const char **names = pool_alloc(r->pool, (n + 1) * sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = yml_str(yml_at(list->params, i));
	for (size_t i = 0; with && i < yml_size(with); i++) {
		const struct yml_node *key = yml_key(with, i);

		if (!has_param(list, yml_str(key)))
			return unknown_error(r, key, "parameter", yml_str(key), names);
	}
	return 0;
}

static const char *param_value(struct reader *r, const char *name, const struct raw_step *use,
			       const struct step_list *list, const struct yml_node *n)
{
	const struct scope given = { .bindings = use->with, .n = use->n_with };
	const struct yml_node *standard = list->defaults ? yml_get(list->defaults, name) : NULL;
	const char *value = scope_find(&given, name);

	if (!value && standard)
		value = read_template(r, standard);
	else if (!value)
		yml_error(n, r->e, "use: %s needs 'with: {%s: ...}'", list->name, name);
	return value;
}

/* Binds all parameters of list; b has room for them. */
static int bind_params(struct reader *r, const struct yml_node *n, const struct raw_step *use,
		       const struct step_list *list, struct binding *b)
{
	if (check_with(r, yml_get(n, "with"), list))
		return -EINVAL;
	for (size_t i = 0; list->params && i < yml_size(list->params); i++) {
		b[i].name = yml_str(yml_at(list->params, i));
		b[i].value = param_value(r, b[i].name, use, list, n);
		if (!b[i].value)
			return -EINVAL;
	}
	return 0;
}

/* --- use ----------------------------------------------------------------------------------------------------- */

static const char *join_id(struct reader *r, const char *prefix, const char *id)
{
	struct buf b;
	char *joined;

	if (!prefix || !id)
		return id ? id : prefix;
	buf_init(&b, 4096);
	buf_addf(&b, "%s/%s", prefix, id);
	joined = pool_strdup(r->pool, buf_str(&b));
	buf_free(&b);
	return joined;
}

/* The scope of the file: that of a list has its parameters alone on top. */
static const struct scope *file_scope(const struct reader *r)
{
	return r->depth ? r->scope->up : r->scope;
}

static void none_applies(struct step *steps, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		steps[i].applies = false;
}

static int read_list(struct reader *r, const struct scope *params, const struct raw_step *use,
		     const struct step_list *list, struct step **steps, size_t *n_steps)
{
	struct reader inner = *r;
	struct place *from = pool_alloc(r->pool, sizeof(*from));
	size_t before = *n_steps;
	int err;

	*from = use->s.place;
	inner.scope = params;
	inner.used_from = from;
	inner.prefix = join_id(r, r->prefix, use->s.id ? use->s.id : list->name);
	inner.depth++;
	inner.idle |= !use->s.applies;
	err = read_steps(&inner, list->steps, steps, n_steps);
	if (!err && !use->s.applies)
		none_applies(*steps, before, *n_steps);
	return err;
}

static int expand_use(struct reader *r, const struct yml_node *n, const struct raw_step *use, struct step **steps,
		      size_t *n_steps)
{
	struct step_list *list = find_list(r, use->use);
	struct scope params = { .up = file_scope(r) };
	struct binding *b;

	if (!list)
		return no_such_list(r, yml_get(n, "use"), use->use);
	if (r->depth >= USE_DEPTH_MAX)
		return yml_error(n, r->e, "use inside use more than %d deep: does a list use itself?", USE_DEPTH_MAX);
	b = pool_alloc(r->pool, ((list->params ? yml_size(list->params) : 0) + 1) * sizeof(*b));
	if (bind_params(r, n, use, list, b))
		return -EINVAL;
	params.bindings = b;
	params.n = list->params ? yml_size(list->params) : 0;
	return read_list(r, &params, use, list, steps, n_steps);
}

/* --- steps --------------------------------------------------------------------------------------------------- */

static int check_id(struct reader *r, const struct yml_node *n, const struct step *steps, size_t n_steps,
		    const char *id)
{
	for (size_t i = 0; id && !r->depth && i < n_steps; i++) {
		if (steps[i].id && !strcmp(steps[i].id, id))
			return yml_error(yml_get(n, "id"), r->e, "step id '%s' is given twice (first on line %u)", id,
					 steps[i].place.line);
	}
	return 0;
}

static void warn_wait(struct reader *r, const struct yml_node *n)
{
	struct scenario *s = r->scenario;
	const struct yml_node *wait = yml_get(n, "wait");
	char **warnings;
	struct buf b;

	buf_init(&b, 1024);
	buf_addf(&b, "%s:%u:%u: warning: wait makes a run slow or flaky: prefer expect with within", yml_name(wait),
		 yml_line(wait), yml_column(wait));
	for (size_t i = 0; i < s->n_warnings; i++) {
		if (!strcmp(s->warnings[i], buf_str(&b)))
			goto known;
	}
	warnings = pool_grow(r->pool, s->warnings, s->n_warnings, sizeof(*warnings));
	warnings[s->n_warnings++] = pool_strdup(r->pool, buf_str(&b));
	s->warnings = warnings;
known:
	buf_free(&b);
}

/* A step of a list that has no id of its own is called by its number in the list: "mqtt-start/2". */
static const char *step_id(struct reader *r, const char *id, size_t number)
{
	char text[24];

	if (id || !r->prefix)
		return join_id(r, r->prefix, id);
	snprintf(text, sizeof(text), "%zu", number);
	return join_id(r, r->prefix, text);
}

static int add_step(struct reader *r, const struct yml_node *n, const struct raw_step *raw, struct step **steps,
		    size_t *n_steps)
{
	struct step *s;

	if (*n_steps >= STEPS_MAX)
		return yml_error(n, r->e, "more than %d steps", STEPS_MAX);
	*steps = pool_grow(r->pool, *steps, *n_steps, sizeof(**steps));
	s = &(*steps)[(*n_steps)++];
	*s = raw->s;
	s->used_from = r->used_from;
	if (s->kind == STEP_WAIT)
		warn_wait(r, n);
	return 0;
}

/*
 * quiet: beside an action is a step of its own after it. Where nothing was expected in between, what came while the
 * action was at work counts too.
 */
static int add_quiet(struct reader *r, const struct yml_node *n, const struct raw_step *action, struct step **steps,
		     size_t *n_steps)
{
	struct raw_step quiet = { .s = { .kind = STEP_QUIET, .applies = action->s.applies, .note = action->s.note } };
	struct pattern *any = pool_alloc(r->pool, sizeof(*any));

	quiet.s.place = place_of(r, yml_get(n, "quiet"));
	quiet.s.duration_us = action->s.duration_us;
	quiet.s.from = action->s.from;
	quiet.s.id = action->s.id ? join_id(r, action->s.id, "quiet") : NULL;
	if (!action->s.n_expects) {
		*any = (struct pattern){ .place = quiet.s.place, .text = "\\S", .from = quiet.s.from };
		quiet.s.nevers = any;
		quiet.s.n_nevers = 1;
	}
	return add_step(r, n, &quiet, steps, n_steps);
}

static int add_steps(struct reader *r, const struct yml_node *n, struct raw_step *raw, struct step **steps,
		     size_t *n_steps)
{
	int err;

	if (raw->s.kind == STEP_QUIET || !yml_get(n, "quiet"))
		return add_step(r, n, raw, steps, n_steps);
	err = add_step(r, n, raw, steps, n_steps);
	(*steps)[*n_steps - 1].duration_us = 0;
	return err ? err : add_quiet(r, n, raw, steps, n_steps);
}

/* Reads one entry; what a step that does not apply names need not be there. */
static int read_step(struct reader *r, const struct yml_node *n, struct raw_step *raw)
{
	const struct yml_node *when = yml_get(n, "when");
	struct reader own = *r;
	bool holds = true;

	if (when && read_when(r, when, &holds))
		return -EINVAL;
	own.idle |= !holds;
	return read_object(&own, n, &table_step, raw, PART_ALL);
}

int read_steps(struct reader *r, const struct yml_node *n, struct step **steps, size_t *n_steps)
{
	for (size_t i = 0; i < yml_size(n); i++) {
		const struct yml_node *item = yml_at(n, i);
		struct raw_step *raw = pool_alloc(r->pool, sizeof(*raw));
		int err = read_step(r, item, raw);

		if (!err)
			err = check_id(r, item, *steps, *n_steps, raw->s.id);
		if (!raw->use)
			raw->s.id = step_id(r, raw->s.id, i + 1);
		if (!err && raw->use)
			err = expand_use(r, item, raw, steps, n_steps);
		else if (!err)
			err = add_steps(r, item, raw, steps, n_steps);
		if (err)
			return err;
	}
	return 0;
}
