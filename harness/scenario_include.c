/*
 * include: brings named step lists and nothing else. Each list is read once by itself, its parameters standing for
 * themselves, so that a mistake in a list nobody uses yet is found too.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario_files.h"
#include "harness/scenario_keys.h"

enum { FILE_MAX = 4 << 20 };

/* --- files --------------------------------------------------------------------------------------------------- */

static char *read_all(struct reader *r, const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	struct buf b;
	char *text = NULL;
	char chunk[4096];
	size_t n = 1;
	bool fits = true;

	if (!f) {
		err_set(r->e, -errno, "%s: %s", path, strerror(errno));
		return NULL;
	}
	buf_init(&b, FILE_MAX);
	while (n && fits) {
		n = fread(chunk, 1, sizeof(chunk), f);
		fits = !buf_add(&b, chunk, n);
	}
	if (ferror(f))
		err_set(r->e, -EIO, "%s: %s", path, strerror(errno));
	else if (!fits)
		err_set(r->e, -EFBIG, "%s: longer than %d bytes", path, FILE_MAX);
	else
		text = pool_copy(r->pool, buf_str(&b), b.len);
	*len = b.len;
	buf_free(&b);
	fclose(f);
	return text;
}

struct source *source_add(struct reader *r, const char *name, const char *text, size_t len)
{
	struct source *s = pool_alloc(r->pool, sizeof(*s));

	s->yml = yml_load_text(name, text, len, r->e);
	if (!s->yml)
		return NULL;
	s->name = pool_strdup(r->pool, name);
	s->text = pool_copy(r->pool, text, len);
	s->len = len;
	s->next = r->sources;
	r->sources = s;
	return s;
}

struct source *source_add_file(struct reader *r, const char *path)
{
	size_t len;
	char *text = read_all(r, path, &len);

	return text ? source_add(r, path, text, len) : NULL;
}

const char *path_beside(struct pool *p, const char *from, const char *path)
{
	const char *slash = strrchr(from, '/');
	struct buf b;
	char *joined;

	if (*path == '/' || !slash)
		return path;
	buf_init(&b, 8192);
	buf_add(&b, from, (size_t)(slash - from + 1));
	buf_adds(&b, path);
	joined = pool_strdup(p, buf_str(&b));
	buf_free(&b);
	return joined;
}

const char *place_line(const struct place *p, size_t *len)
{
	const char *s = p->source ? p->source->text : "", *end;

	for (unsigned line = 1; line < p->line && s; line++) {
		s = strchr(s, '\n');
		s = s ? s + 1 : NULL;
	}
	if (!s || !p->line)
		s = "";
	end = s + strcspn(s, "\r\n");
	*len = (size_t)(end - s);
	return s;
}

int check_version(struct reader *r, const struct yml_node *root)
{
	const struct yml_node *n = yml_get(root, "schema");
	long long version;

	if (!n)
		return 0;
	if (yml_num(n, 1, 1000000, &version, r->e))
		return -EINVAL;
	return version == 1 ? 0 : yml_error(n, r->e, "schema %lld needs a newer hil (this one knows 1)", version);
}

/* --- lists --------------------------------------------------------------------------------------------------- */

static int check_params(struct reader *r, const struct step_list *list)
{
	for (size_t i = 0; list->params && i < yml_size(list->params); i++) {
		const struct yml_node *name = yml_at(list->params, i);

		if (yml_want(name, YML_SCALAR, r->e) || check_variable(r, name))
			return -EINVAL;
		for (size_t k = 0; k < i; k++) {
			if (!strcmp(yml_str(yml_at(list->params, k)), yml_str(name)))
				return yml_error(name, r->e, "parameter '%s' is given twice", yml_str(name));
		}
	}
	for (size_t i = 0; list->defaults && i < yml_size(list->defaults); i++) {
		const struct yml_node *key = yml_key(list->defaults, i);
		size_t k = 0;

		while (list->params && k < yml_size(list->params) &&
		       strcmp(yml_str(yml_at(list->params, k)), yml_str(key)))
			k++;
		if (!list->params || k == yml_size(list->params))
			return yml_error(key, r->e, "'%s' is not one of params", yml_str(key));
		if (yml_want(yml_at(list->defaults, i), YML_SCALAR, r->e))
			return -EINVAL;
	}
	return 0;
}

static int check_list(struct reader *r, const struct yml_node *key, const struct yml_node *n, struct step_list *list)
{
	static const char *const keys[] = { "params", "defaults", "steps", NULL };

	if (check_name(r, key, false) || yml_check_keys(n, keys, r->e))
		return -EINVAL;
	*list = (struct step_list){ .name = yml_str(key), .node = n, .params = yml_get(n, "params"),
				    .defaults = yml_get(n, "defaults"), .steps = yml_get(n, "steps") };
	if (!list->steps)
		return yml_error(n, r->e, "key 'steps' is missing");
	if (yml_want(list->steps, YML_SEQ, r->e))
		return -EINVAL;
	if (!yml_size(list->steps))
		return yml_error(list->steps, r->e, "must have at least 1 entry");
	if (list->params && yml_want(list->params, YML_SEQ, r->e))
		return -EINVAL;
	if (list->defaults && yml_want(list->defaults, YML_MAP, r->e))
		return -EINVAL;
	return check_params(r, list);
}

static int add_list(struct reader *r, const struct yml_node *key, const struct yml_node *n)
{
	struct step_list list;

	if (check_list(r, key, n, &list))
		return -EINVAL;
	for (size_t i = 0; i < r->n_lists; i++) {
		if (!strcmp(r->lists[i].name, list.name))
			return yml_error(key, r->e, "step list '%s' is in %s too", list.name,
					 yml_name(r->lists[i].node));
	}
	r->lists = pool_grow(r->pool, r->lists, r->n_lists, sizeof(*r->lists));
	r->lists[r->n_lists++] = list;
	return 0;
}

int read_library(struct reader *r, const struct yml_node *root)
{
	const struct yml_node *steps = yml_get(root, "steps");
	struct scenario head = { 0 };

	if (check_version(r, root) || read_object(r, root, &table_library, &head, PART_FILE))
		return -EINVAL;
	if (yml_want(steps, YML_MAP, r->e))
		return -EINVAL;
	if (!yml_size(steps))
		return yml_error(steps, r->e, "must have at least 1 entry");
	for (size_t i = 0; i < yml_size(steps); i++) {
		if (add_list(r, yml_key(steps, i), yml_at(steps, i)))
			return -EINVAL;
	}
	return 0;
}

int read_includes(struct reader *r, const struct yml_node *include)
{
	if (yml_want(include, YML_SEQ, r->e))
		return -EINVAL;
	if (!yml_size(include))
		return yml_error(include, r->e, "must have at least 1 entry");
	for (size_t i = 0; i < yml_size(include); i++) {
		const struct yml_node *n = yml_at(include, i);
		const char *path = path_beside(r->pool, yml_name(n), yml_str(n));
		struct err why = { 0 };
		struct reader file = *r;

		if (yml_want(n, YML_SCALAR, r->e))
			return -EINVAL;
		file.e = &why;
		if (!source_add_file(&file, path)) {
			/* a file that is not there is the fault of this line; a broken one has its own place */
			if (why.code == -EINVAL)
				return err_set(r->e, why.code, "%s", why.msg);
			return yml_error(n, r->e, "include: %s", why.msg);
		}
		r->sources = file.sources;
		if (read_library(r, yml_root(r->sources->yml)))
			return -EINVAL;
	}
	return 0;
}

/* The parameters of a list, each standing for itself. */
static struct binding *open_params(struct reader *r, const struct step_list *list, size_t n)
{
	struct binding *b = pool_alloc(r->pool, (n + 1) * sizeof(*b));
	struct buf text;

	buf_init(&text, 4096);
	for (size_t i = 0; i < n; i++) {
		b[i].name = yml_str(yml_at(list->params, i));
		buf_reset(&text);
		buf_addf(&text, "${%s}", b[i].name);
		b[i].value = pool_strdup(r->pool, buf_str(&text));
	}
	buf_free(&text);
	return b;
}

int check_lists(struct reader *r)
{
	for (size_t i = 0; i < r->n_lists; i++) {
		size_t n = r->lists[i].params ? yml_size(r->lists[i].params) : 0, n_steps = 0;
		const struct scope params = { .bindings = open_params(r, &r->lists[i], n), .n = n, .up = r->scope };
		struct reader alone = *r;
		struct step *steps = NULL;
		int err;

		alone.scope = &params;
		alone.lenient = true;
		alone.depth = 1;
		alone.within_us = 1;
		err = read_steps(&alone, r->lists[i].steps, &steps, &n_steps);
		if (err)
			return err;
	}
	return 0;
}
