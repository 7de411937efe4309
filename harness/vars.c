/*
 * ${name} in two goes: at load time what matrix, vars and parameters say (scopes), at run time what fixtures, saved
 * groups and the run itself say (struct runtime_vars). Between the two a text stays a template, so $$ stays $$.
 */
#include "harness/vars.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario_load.h"

enum { EXPANDED_MAX = 1 << 20 };

/* --- reading templates --------------------------------------------------------------------------------------- */

/* What is at s: a run of plain text, "$$", or "${name}" with the name's place. */
struct piece {
	enum { PIECE_TEXT, PIECE_DOLLAR, PIECE_NAME, PIECE_BROKEN } kind;
	const char *s;
	size_t len;		/* all of it */
	char name[64];
};

static struct piece next_piece(const char *s)
{
	struct piece p = { .kind = PIECE_TEXT, .s = s, .len = 1 };
	const char *end;

	if (s[0] == '$' && s[1] == '$') {
		p.kind = PIECE_DOLLAR;
		p.len = 2;
	} else if (s[0] == '$' && s[1] == '{') {
		end = strchr(s, '}');
		p.kind = end && end > s + 2 && (size_t)(end - s - 2) < sizeof(p.name) ? PIECE_NAME : PIECE_BROKEN;
		if (p.kind == PIECE_NAME) {
			memcpy(p.name, s + 2, (size_t)(end - s - 2));
			p.len = (size_t)(end - s + 1);
		}
	} else {
		p.len += strcspn(s + 1, "$");
	}
	return p;
}

bool is_open(const char *text)
{
	while (*text) {
		struct piece p = next_piece(text);

		if (p.kind == PIECE_NAME)
			return true;
		text += p.len;
	}
	return false;
}

const char *template_quote(struct pool *pool, const char *text)
{
	char *quoted = pool_alloc(pool, 2 * strlen(text) + 1), *out = quoted;

	for (; *text; text++) {
		*out++ = *text;
		if (*text == '$')
			*out++ = '$';
	}
	return quoted;
}

/* --- load time ----------------------------------------------------------------------------------------------- */

const char *scope_find(const struct scope *scope, const char *name)
{
	for (; scope; scope = scope->up) {
		for (size_t i = 0; i < scope->n; i++) {
			if (!strcmp(scope->bindings[i].name, name))
				return scope->bindings[i].value;
		}
	}
	return NULL;
}

static bool is_late(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->n_late; i++) {
		if (!strcmp(r->late[i], name))
			return true;
	}
	return false;
}

/* All names that mean something here, for "did you mean". */
static int no_such_variable(struct reader *r, const struct yml_node *n, const char *name)
{
	size_t count = r->n_late, k = 0;
	const char **known;

	for (const struct scope *s = r->scope; s; s = s->up)
		count += s->n;
	known = pool_alloc(r->pool, (count + 1) * sizeof(*known));
	for (const struct scope *s = r->scope; s; s = s->up) {
		for (size_t i = 0; i < s->n; i++)
			known[k++] = s->bindings[i].name;
	}
	for (size_t i = 0; i < r->n_late; i++)
		known[k++] = r->late[i];
	return unknown_error(r, n, "variable", name, known);
}

static int add_name(struct reader *r, const struct yml_node *n, const struct piece *p, struct buf *out)
{
	const char *value = scope_find(r->scope, p->name);

	if (value)
		return buf_adds(out, value);
	if (r->alone || is_late(r, p->name))
		return buf_add(out, p->s, p->len);
	return no_such_variable(r, n, p->name);
}

static int resolve(struct reader *r, const struct yml_node *n, struct buf *out)
{
	const char *text = yml_str(n);
	int err = 0;

	while (*text && !err) {
		struct piece p = next_piece(text);

		if (p.kind == PIECE_BROKEN)
			return yml_error(n, r->e, "'${' without a name and '}' (a dollar before a brace is $$)");
		err = p.kind == PIECE_NAME ? add_name(r, n, &p, out) : buf_add(out, p.s, p.len);
		text += p.len;
	}
	return err == -ENOSPC ? yml_error(n, r->e, "too long when its variables are put in") : err;
}

const char *read_template(struct reader *r, const struct yml_node *n)
{
	const char *text = NULL;
	struct buf b;

	if (yml_want(n, YML_SCALAR, r->e))
		return NULL;
	if (!strchr(yml_str(n), '$'))
		return yml_str(n);
	buf_init(&b, EXPANDED_MAX);
	if (!resolve(r, n, &b))
		text = pool_strdup(r->pool, buf_str(&b));
	buf_free(&b);
	return text;
}

/* Whether value is the scalar n, or one of the list n. */
static int is_any_of(struct reader *r, const struct yml_node *n, const char *value, bool *hit)
{
	size_t size = yml_kind(n) == YML_SEQ ? yml_size(n) : 1;

	if (yml_kind(n) == YML_MAP || !size)
		return yml_error(n, r->e, "must be a value or a list of values");
	*hit = false;
	for (size_t i = 0; i < size; i++) {
		const char *one = read_template(r, yml_kind(n) == YML_SEQ ? yml_at(n, i) : n);

		if (!one)
			return -EINVAL;
		*hit |= !strcmp(one, value);
	}
	return 0;
}

int read_when(struct reader *r, const struct yml_node *n, bool *holds)
{
	bool hit = false;

	if (yml_want(n, YML_MAP, r->e))
		return -EINVAL;
	if (!yml_size(n))
		return yml_error(n, r->e, "must have at least 1 entry");
	*holds = true;
	for (size_t i = 0; i < yml_size(n); i++) {
		const char *name = yml_str(yml_key(n, i)), *value = scope_find(r->scope, name);

		if (!value && r->alone)
			continue;
		if (!value && is_late(r, name))
			return yml_error(yml_key(n, i), r->e, "'%s' is only known at run time", name);
		if (!value)
			return no_such_variable(r, yml_key(n, i), name);
		if (is_any_of(r, yml_at(n, i), value, &hit))
			return -EINVAL;
		*holds &= hit;
	}
	return 0;
}

/* --- run time ------------------------------------------------------------------------------------------------ */

struct runtime_var {
	struct runtime_var *next;
	char *name, *value;
};

struct runtime_vars {
	struct runtime_var *first;
};

static struct runtime_var *runtime_find(const struct cell *cell, const char *name)
{
	struct runtime_var *v = cell->runtime ? cell->runtime->first : NULL;

	while (v && strcmp(v->name, name))
		v = v->next;
	return v;
}

static struct runtime_var *runtime_add(struct cell *cell, const char *name)
{
	struct runtime_var *v;

	if (!cell->runtime)
		cell->runtime = calloc(1, sizeof(*cell->runtime));
	v = cell->runtime ? calloc(1, sizeof(*v)) : NULL;
	if (!v)
		return NULL;
	v->name = strdup(name);
	if (!v->name) {
		free(v);
		return NULL;
	}
	v->next = cell->runtime->first;
	cell->runtime->first = v;
	return v;
}

int vars_set(struct cell *cell, const char *name, const char *value)
{
	struct runtime_var *v = runtime_find(cell, name);
	char *copy = strdup(value);

	if (copy && !v)
		v = runtime_add(cell, name);
	if (!copy || !v) {
		free(copy);
		return -ENOMEM;
	}
	free(v->value);
	v->value = copy;
	return 0;
}

static const char *binding_find(const struct binding *b, size_t n, const char *name)
{
	const struct scope scope = { .bindings = b, .n = n };

	return scope_find(&scope, name);
}

const char *vars_get(const struct cell *cell, const char *name)
{
	const struct runtime_var *v = runtime_find(cell, name);
	const char *value = v ? v->value : NULL;

	if (!value)
		value = binding_find(cell->vars, cell->n_vars, name);
	if (!value)
		value = binding_find(cell->matrix, cell->n_matrix, name);
	return value;
}

void vars_reset(struct cell *cell)
{
	struct runtime_var *v, *next;

	if (!cell->runtime)
		return;
	for (v = cell->runtime->first; v; v = next) {
		next = v->next;
		free(v->name);
		free(v->value);
		free(v);
	}
	free(cell->runtime);
	cell->runtime = NULL;
}

static int expand_name(const struct cell *cell, const char *name, struct buf *out, struct err *e)
{
	const struct runtime_var *v = runtime_find(cell, name);
	const char *value = v ? v->value : vars_get(cell, name);

	if (!value)
		return err_set(e, -ENOENT, "no value for ${%s}", name);
	/* what the file gave is a template that can only name values of run time: no circle is possible */
	return v ? buf_adds(out, value) : vars_expand(cell, value, out, e);
}

int vars_expand(const struct cell *cell, const char *text, struct buf *out, struct err *e)
{
	int err = 0;

	while (*text && !err) {
		struct piece p = next_piece(text);

		if (p.kind == PIECE_NAME)
			err = expand_name(cell, p.name, out, e);
		else
			err = buf_add(out, p.s, p.kind == PIECE_DOLLAR ? 1 : p.len);
		text += p.len;
	}
	return err ? err_set(e, err, "too long when its variables are put in") : 0;
}
