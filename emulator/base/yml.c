/* libyaml's events to a tree with marks. Types are the reader's business: YAML 1.1 guesses (no, 010, 1.10) never apply. */
#include "base/yml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/str.h"

struct yml_node {
	const struct yml *doc;
	enum yml_kind kind;
	unsigned line, column;
	char *text;				/* scalar */
	struct yml_node **key, **value;		/* map: both; sequence: value */
	size_t size, cap;
};

struct yml {
	char *name;
	struct yml_node *root;
};

enum { DEPTH_MAX = 64 };

static struct yml_node *parse_node(struct yml *y, yaml_parser_t *p, yaml_event_t *ev, int depth, struct err *e);

static void node_free(struct yml_node *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->size; i++) {
		if (n->key)
			node_free(n->key[i]);
		node_free(n->value[i]);
	}
	free(n->key);
	free(n->value);
	free(n->text);
	free(n);
}

static struct yml_node *node_new(const struct yml *y, const yaml_mark_t *mark, enum yml_kind kind)
{
	struct yml_node *n = calloc(1, sizeof(*n));

	if (n) {
		n->doc = y;
		n->kind = kind;
		n->line = (unsigned)mark->line + 1;
		n->column = (unsigned)mark->column + 1;
	}
	return n;
}

static int next_event(const struct yml *y, yaml_parser_t *p, yaml_event_t *ev, struct err *e)
{
	if (yaml_parser_parse(p, ev))
		return 0;
	return err_set(e, -EINVAL, "%s:%zu:%zu: %s", y->name, p->problem_mark.line + 1, p->problem_mark.column + 1,
		       p->problem ? p->problem : "cannot read YAML");
}

/* Takes ownership of key (may be NULL) and value. */
static int node_append(struct yml_node *n, struct yml_node *key, struct yml_node *value)
{
	if (n->size == n->cap) {
		size_t cap = n->cap ? n->cap * 2 : 8;
		struct yml_node **v = realloc(n->value, cap * sizeof(struct yml_node *));
		struct yml_node **k = NULL;

		if (v)
			n->value = v;
		if (n->kind == YML_MAP) {
			k = realloc(n->key, cap * sizeof(struct yml_node *));
			if (k)
				n->key = k;
		}
		if (!v || (n->kind == YML_MAP && !k)) {
			node_free(key);
			node_free(value);
			return -ENOMEM;
		}
		n->cap = cap;
	}
	if (n->kind == YML_MAP)
		n->key[n->size] = key;
	n->value[n->size++] = value;
	return 0;
}

static int check_key(const struct yml_node *map, const struct yml_node *key, struct err *e)
{
	const struct yml_node *twin;

	if (key->kind != YML_SCALAR)
		return yml_error(key, e, "a key must be plain text");
	if (!strcmp(key->text, "<<"))
		return yml_error(key, e, "merge keys (<<) are not supported: repeat the lines or use include");
	twin = yml_get(map, key->text);
	if (twin)
		return yml_error(key, e, "key '%s' is given twice (first on line %u)", key->text, twin->line);
	return 0;
}

static struct yml_node *parse_children(struct yml *y, yaml_parser_t *p, struct yml_node *n, yaml_event_type_t end,
				       int depth, struct err *e)
{
	yaml_event_t ev;

	while (!next_event(y, p, &ev, e)) {
		struct yml_node *key = NULL, *value;

		if (ev.type == end) {
			yaml_event_delete(&ev);
			return n;
		}
		if (n->kind == YML_MAP) {
			key = parse_node(y, p, &ev, depth, e);
			if (!key || check_key(n, key, e) || next_event(y, p, &ev, e)) {
				node_free(key);
				break;
			}
		}
		value = parse_node(y, p, &ev, depth, e);
		if (!value) {
			node_free(key);
			break;
		}
		if (node_append(n, key, value)) {
			err_set(e, -ENOMEM, "out of memory");
			break;
		}
	}
	node_free(n);
	return NULL;
}

/* Consumes ev. */
static struct yml_node *parse_node(struct yml *y, yaml_parser_t *p, yaml_event_t *ev, int depth, struct err *e)
{
	struct yml_node *n = NULL;
	yaml_mark_t mark = ev->start_mark;
	yaml_event_type_t type = ev->type;

	if (type == YAML_SCALAR_EVENT) {
		n = node_new(y, &mark, YML_SCALAR);
		if (n)
			n->text = strdup((const char *)ev->data.scalar.value);
	} else if (type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT) {
		n = node_new(y, &mark, type == YAML_MAPPING_START_EVENT ? YML_MAP : YML_SEQ);
	} else {
		err_set(e, -EINVAL, "%s:%zu:%zu: %s", y->name, mark.line + 1, mark.column + 1,
			type == YAML_ALIAS_EVENT ? "aliases (*name) are not supported" : "unexpected YAML construct");
	}
	yaml_event_delete(ev);
	if (!n || n->kind == YML_SCALAR)
		return n;
	if (depth >= DEPTH_MAX) {
		yml_error(n, e, "nested too deep");
		node_free(n);
		return NULL;
	}
	return parse_children(y, p, n, n->kind == YML_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT,
			      depth + 1, e);
}

static int parse_document(struct yml *y, yaml_parser_t *p, struct err *e)
{
	yaml_event_t ev;
	yaml_event_type_t type;
	yaml_mark_t mark;

	for (;;) {
		if (next_event(y, p, &ev, e))
			return -EINVAL;
		type = ev.type;
		mark = ev.start_mark;
		if (type == YAML_STREAM_END_EVENT || type == YAML_STREAM_START_EVENT ||
		    type == YAML_DOCUMENT_START_EVENT || type == YAML_DOCUMENT_END_EVENT) {
			yaml_event_delete(&ev);
			if (type == YAML_STREAM_END_EVENT)
				return 0;
			if (type == YAML_DOCUMENT_START_EVENT && y->root)
				return err_set(e, -EINVAL, "%s:%zu:%zu: a second document is not supported",
					       y->name, mark.line + 1, mark.column + 1);
			continue;
		}
		y->root = parse_node(y, p, &ev, 0, e);
		if (!y->root)
			return err_set(e, -EINVAL, "%s: cannot read", y->name);
	}
}

static struct yml *load(const char *name, yaml_parser_t *p, struct err *e)
{
	static const yaml_mark_t top;
	struct yml *y = calloc(1, sizeof(*y));

	if (!y || !(y->name = strdup(name))) {
		err_set(e, -ENOMEM, "out of memory");
	} else if (!parse_document(y, p, e)) {
		if (!y->root)
			y->root = node_new(y, &top, YML_MAP);
		return y;
	}
	yml_free(y);
	return NULL;
}

struct yml *yml_load_text(const char *name, const char *text, size_t len, struct err *e)
{
	yaml_parser_t p;
	struct yml *y;

	yaml_parser_initialize(&p);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	y = load(name, &p, e);
	yaml_parser_delete(&p);
	return y;
}

struct yml *yml_load_file(const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	yaml_parser_t p;
	struct yml *y;

	if (!f) {
		err_set(e, -errno, "%s: %s", path, strerror(errno));
		return NULL;
	}
	yaml_parser_initialize(&p);
	yaml_parser_set_input_file(&p, f);
	y = load(path, &p, e);
	yaml_parser_delete(&p);
	fclose(f);
	return y;
}

void yml_free(struct yml *y)
{
	if (!y)
		return;
	node_free(y->root);
	free(y->name);
	free(y);
}

const struct yml_node *yml_root(const struct yml *y)
{
	return y->root;
}

const char *yml_name(const struct yml_node *n)
{
	return n->doc->name;
}

enum yml_kind yml_kind(const struct yml_node *n)
{
	return n->kind;
}

unsigned yml_line(const struct yml_node *n)
{
	return n->line;
}

unsigned yml_column(const struct yml_node *n)
{
	return n->column;
}

const char *yml_str(const struct yml_node *n)
{
	return n->text ? n->text : "";
}

size_t yml_size(const struct yml_node *n)
{
	return n->size;
}

const struct yml_node *yml_at(const struct yml_node *n, size_t i)
{
	return n->value[i];
}

const struct yml_node *yml_key(const struct yml_node *n, size_t i)
{
	return n->key ? n->key[i] : NULL;
}

const struct yml_node *yml_get(const struct yml_node *n, const char *key)
{
	if (n->kind != YML_MAP)
		return NULL;
	for (size_t i = 0; i < n->size; i++) {
		if (!strcmp(n->key[i]->text, key))
			return n->value[i];
	}
	return NULL;
}

int yml_error(const struct yml_node *n, struct err *e, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(e, -EINVAL, "%.200s:%u:%u: %s", n->doc->name, n->line, n->column, what);
}

int yml_want(const struct yml_node *n, enum yml_kind kind, struct err *e)
{
	static const char *const names[] = { [YML_SCALAR] = "a value", [YML_MAP] = "a mapping", [YML_SEQ] = "a list" };

	return n->kind == kind ? 0 : yml_error(n, e, "must be %s", names[kind]);
}

int yml_num(const struct yml_node *n, long long min, long long max, long long *out, struct err *e)
{
	if (n->kind == YML_SCALAR && !str_to_num_any(n->text, strlen(n->text), min, max, out))
		return 0;
	return yml_error(n, e, "'%s' must be a number from %lld to %lld", yml_str(n), min, max);
}

int yml_bool(const struct yml_node *n, bool *out, struct err *e)
{
	*out = !strcmp(yml_str(n), "true");
	return *out || !strcmp(yml_str(n), "false") ? 0 : yml_error(n, e, "'%s' must be true or false", yml_str(n));
}

/* "did you mean 'x'?" or "one of: ..." */
static void add_hint(struct buf *b, const char *s, const char *const words[])
{
	const char *near = str_nearest(s, words);

	if (near) {
		buf_addf(b, " (did you mean '%s'?)", near);
		return;
	}
	buf_adds(b, " (one of:");
	for (size_t i = 0; words[i]; i++)
		buf_addf(b, " %s", words[i]);
	buf_adds(b, ")");
}

static int hint_error(const struct yml_node *n, const char *what, const char *const words[], struct err *e)
{
	struct buf hint;

	buf_init(&hint, 300);
	add_hint(&hint, yml_str(n), words);
	yml_error(n, e, "unknown %s '%s'%s", what, yml_str(n), buf_str(&hint));
	buf_free(&hint);
	return -EINVAL;
}

int yml_word(const struct yml_node *n, const char *const words[], int *out, struct err *e)
{
	for (int i = 0; words[i]; i++) {
		if (!strcmp(yml_str(n), words[i])) {
			*out = i;
			return 0;
		}
	}
	return hint_error(n, "value", words, e);
}

int yml_duration_us(const struct yml_node *n, uint64_t *out, struct err *e)
{
	if (!str_to_duration_us(yml_str(n), out))
		return 0;
	return yml_error(n, e, "'%s' must be a number with a unit: 250ms, 5s, 2m, 1h", yml_str(n));
}

int yml_check_keys(const struct yml_node *n, const char *const keys[], struct err *e)
{
	int err = yml_want(n, YML_MAP, e);

	for (size_t i = 0; !err && i < n->size; i++) {
		size_t k = 0;

		while (keys[k] && strcmp(keys[k], n->key[i]->text))
			k++;
		if (!keys[k])
			err = hint_error(n->key[i], "key", keys, e);
	}
	return err;
}
