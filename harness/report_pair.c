/*
 * --pair VAR: cells that differ in one matrix variable only are two sights of the same thing (world: modelled and real, or
 * two revisions). Prints them side by side with what they saved, and counts the pairs that do not agree.
 */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

struct report_pair {
	struct report base;
	FILE *out;
	char *variable;
	json_t *rows;	/* [{"name": id without the variable, "key": what they share, "cells": [{value, outcome, text}]}] */
};

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

/* "answer=32 rule=tls", and the outcome when it is not a pass. */
static json_t *cell_text(const struct report_cell *c)
{
	const char *name;
	json_t *saved = json_object_get(c->json, "saved"), *value, *j;
	struct buf text;

	buf_init(&text, 64 * 1024);
	if (c->outcome != OUTCOME_PASS)
		buf_adds(&text, outcome_word(c->outcome));
	json_object_foreach(saved, name, value)
		buf_addf(&text, "%s%s=%s", text.len ? " " : "", name, json_string_value(value));
	j = json_string(text.len ? buf_str(&text) : outcome_word(c->outcome));
	buf_free(&text);
	return j;
}

/* "t[case=a,world=real]" without its item "world=real" (or bare "real"): what the pair has in common. */
static json_t *row_name(const char *cell, const char *variable, const char *value)
{
	const char *at = strchr(cell, '[');
	size_t skip = strlen(variable) + 1, n;
	struct buf name;
	json_t *j;

	buf_init(&name, 64 * 1024);
	buf_add(&name, cell, at ? (size_t)(at - cell) : strlen(cell));
	for (char before = '['; at && *at && *at != ']'; at += n + 1) {
		n = strcspn(at + 1, ",]");
		if ((n == strlen(value) && !strncmp(at + 1, value, n)) ||
		    (n == skip + strlen(value) && !strncmp(at + 1, variable, skip - 1) && !strncmp(at + 1 + skip, value, n - skip)))
			continue;
		buf_addc(&name, before);
		buf_add(&name, at + 1, n);
		before = ',';
	}
	if (strchr(buf_str(&name), '['))
		buf_addc(&name, ']');
	j = json_string(buf_str(&name));
	buf_free(&name);
	return j;
}

static json_t *row_for(struct report_pair *p, const struct report_cell *c, json_t *key, const char *value)
{
	json_t *row;
	size_t i;

	json_array_foreach(p->rows, i, row) {
		if (json_equal(json_object_get(row, "key"), key))
			return row;
	}
	row = json_pack("{s:o, s:O, s:[]}", "name", row_name(c->cell, p->variable, value), "key", key, "cells");
	json_array_append_new(p->rows, row);
	return row;
}

static void pair_cell(struct report *base, const struct report_cell *c)
{
	struct report_pair *p = (struct report_pair *)base;
	json_t *matrix = json_copy(json_object_get(c->json, "matrix")), *key;
	char *value = strdup(text_of(matrix, p->variable));

	if (matrix && value && json_object_get(matrix, p->variable)) {
		json_object_del(matrix, p->variable);
		key = json_pack("{s:s, s:s, s:O}", "file", c->file, "scenario", c->scenario, "matrix", matrix);
		json_array_append_new(json_object_get(row_for(p, c, key, value), "cells"),
				      json_pack("{s:s, s:o, s:b}", "value", value, "text", cell_text(c), "skip",
						c->outcome == OUTCOME_SKIP));
		json_decref(key);
	}
	free(value);
	json_decref(matrix);
}

enum verdict { PAIR_SAME, PAIR_DIFFERENT, PAIR_ALONE };

static enum verdict judge(const json_t *row)
{
	const json_t *cells = json_object_get(row, "cells"), *first = json_array_get(cells, 0), *cell;
	bool differ = false;
	size_t i;

	json_array_foreach(cells, i, cell) {
		if (json_is_true(json_object_get(cell, "skip")))
			return PAIR_ALONE;
		differ = differ || !json_equal(json_object_get(cell, "text"), json_object_get(first, "text"));
	}
	if (json_array_size(cells) < 2)
		return PAIR_ALONE;
	return differ ? PAIR_DIFFERENT : PAIR_SAME;
}

static size_t pair_failures(struct report *base)
{
	struct report_pair *p = (struct report_pair *)base;
	const json_t *row;
	size_t i, n = 0;

	json_array_foreach(p->rows, i, row)
		n += judge(row) == PAIR_DIFFERENT;
	return n;
}

static int name_width(const struct report_pair *p)
{
	size_t widest = 0, i;
	const json_t *row;

	json_array_foreach(p->rows, i, row) {
		size_t n = strlen(text_of(row, "name"));

		widest = n > widest ? n : widest;
	}
	return (int)widest;
}

/* Agreement is one answer; a disagreement shows what each said. */
static void print_row(const struct report_pair *p, const json_t *row, int width)
{
	static const char *const words[] = { [PAIR_SAME] = "same", [PAIR_DIFFERENT] = "DIFFERENT", [PAIR_ALONE] = "alone" };
	const json_t *cells = json_object_get(row, "cells"), *cell;
	enum verdict verdict = judge(row);
	size_t i;

	fprintf(p->out, "%-*s  %-9s", width, text_of(row, "name"), words[verdict]);
	json_array_foreach(cells, i, cell) {
		if (verdict == PAIR_SAME && i)
			break;
		fprintf(p->out, "  %s%s%s", verdict == PAIR_SAME ? "" : text_of(cell, "value"),
			verdict == PAIR_SAME ? "" : ": ", text_of(cell, "text"));
	}
	fputc('\n', p->out);
}

static void pair_done(struct report *base, const struct report_totals *t)
{
	struct report_pair *p = (struct report_pair *)base;
	int width = name_width(p);
	const json_t *row;
	size_t i, n[3] = { 0 };

	(void)t;
	json_array_foreach(p->rows, i, row) {
		n[judge(row)]++;
		print_row(p, row, width);
	}
	fprintf(p->out, "%zu pairs by %s: %zu same, %zu different, %zu without a partner\n", json_array_size(p->rows),
		p->variable, n[PAIR_SAME], n[PAIR_DIFFERENT], n[PAIR_ALONE]);
}

static void pair_free(struct report *base)
{
	struct report_pair *p = (struct report_pair *)base;

	json_decref(p->rows);
	free(p->variable);
	free(p);
}

struct report *report_pair_new(FILE *out, const char *variable)
{
	static const struct report_ops ops = {
		.cell = pair_cell, .failures = pair_failures, .failures_are = "pairs differ",
		.done = pair_done, .free = pair_free,
	};
	struct report_pair *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	*p = (struct report_pair){ { &ops }, out, strdup(variable), json_array() };
	if (p->variable && p->rows)
		return &p->base;
	pair_free(&p->base);
	return NULL;
}
