/* Words for what differs. The lines themselves are shown beside it, so this names the kind and shows both. */
#include "harness/wire/compare_reason.h"

#include <string.h>

#include "base/str.h"

enum { QUOTE_MAX_BYTES = 96, PARTS_MAX = 4 };

/* What a line is called, in the order in which it is told. */
enum kind { KIND_RESULT, KIND_FINAL, KIND_PROMPT, KIND_INFO, KIND_COUNT };

static const char *const kinds[KIND_COUNT] = {
	[KIND_RESULT] = "result",
	[KIND_FINAL] = "final result",
	[KIND_PROMPT] = "prompt",
	[KIND_INFO] = "line",
};

struct telling {
	const struct turn *a, *b;
	const struct compare_line *lines;
	size_t n;
	const struct compare_names *names;
	struct buf *out;
	unsigned parts, untold;
};

void compare_quote(const char *text, size_t n, struct buf *out)
{
	struct buf view;

	buf_init(&view, 4 * n + 1);
	str_escape(&view, text, n);
	if (view.len <= QUOTE_MAX_BYTES)
		buf_addf(out, "'%s'", buf_str(&view));
	else
		buf_addf(out, "'%.*s...%s'", QUOTE_MAX_BYTES / 2, buf_str(&view),
			 buf_str(&view) + view.len - QUOTE_MAX_BYTES / 3);
	buf_free(&view);
}

static void quote_line(const struct exchange_line *l, struct buf *out)
{
	compare_quote(l->text, l->len, out);
}

/* False when enough was said already. */
static bool part(struct telling *t)
{
	if (t->parts == PARTS_MAX) {
		t->untold++;
		return false;
	}
	buf_adds(t->out, t->parts++ ? "; " : "");
	return true;
}

static enum kind kind_of(const struct turn *turn, const struct exchange_line *l)
{
	if (l->role == LINE_FINAL)
		return KIND_FINAL;
	if (l->role == LINE_PROMPT)
		return KIND_PROMPT;
	return l == exchange_result(turn->x) ? KIND_RESULT : KIND_INFO;
}

static bool texts_equal(const struct exchange_line *a, const struct exchange_line *b)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

/* The place where the other answer has a line, or another result; n: nowhere. */
static size_t moved_to(const struct telling *t, size_t i)
{
	const struct compare_line *line = &t->lines[i];

	for (size_t k = 0; k < t->n; k++) {
		const struct exchange_line *a = line->a ? line->a : t->lines[k].a,
					   *b = line->a ? t->lines[k].b : line->b;

		if (k == i || (line->a ? t->lines[k].a : t->lines[k].b) || !a || !b)
			continue;
		if (texts_equal(a, b) || (kind_of(t->a, a) == KIND_RESULT && kind_of(t->b, b) == KIND_RESULT))
			return k;
	}
	return t->n;
}

static void tell_two(struct telling *t, enum kind kind, const struct exchange_line *a, const struct exchange_line *b)
{
	if (!part(t))
		return;
	buf_addf(t->out, "%s ", kinds[kind]);
	quote_line(a, t->out);
	buf_addf(t->out, " in %s, ", t->names->a);
	quote_line(b, t->out);
	buf_addf(t->out, " in %s", t->names->b);
}

static void tell_one(struct telling *t, enum kind kind, const struct exchange_line *l, const char *side)
{
	if (!part(t))
		return;
	buf_addf(t->out, "%s ", kinds[kind]);
	quote_line(l, t->out);
	buf_addf(t->out, " only in %s", side);
}

/* The line that both have between the two places; the alignment left at least this one there. */
static const struct compare_line *between(const struct telling *t, size_t from, size_t to)
{
	size_t k = from + 1;

	while (k < to && !(t->lines[k].a && t->lines[k].b))
		k++;
	return k < to ? &t->lines[k] : NULL;
}

/* A line that is in A at i and in B at to. */
static void tell_moved(struct telling *t, size_t i, size_t to, enum kind kind)
{
	const struct compare_line *past = i < to ? between(t, i, to) : between(t, to, i);

	if (!past || !part(t))
		return;
	if (kind == KIND_INFO)
		quote_line(t->lines[i].a, t->out);
	else
		buf_adds(t->out, kinds[kind]);
	buf_addf(t->out, " %s ", i < to ? "before" : "after");
	if (past->a->role != LINE_FINAL)
		quote_line(past->a, t->out);
	else if (past->same)
		str_escape(t->out, past->a->text, past->a->len);
	else
		buf_adds(t->out, kinds[KIND_FINAL]);
	buf_addf(t->out, " in %s, %s it in %s", t->names->a, i < to ? "after" : "before", t->names->b);
}

static void tell_line(struct telling *t, size_t i, enum kind kind)
{
	const struct compare_line *line = &t->lines[i];
	size_t to = line->a && line->b ? t->n : moved_to(t, i);

	if (line->a && line->b) {
		tell_two(t, kind, line->a, line->b);
	} else if (to == t->n) {
		tell_one(t, kind, line->a ? line->a : line->b, line->a ? t->names->a : t->names->b);
	} else if (line->a) {
		if (!texts_equal(line->a, t->lines[to].b))
			tell_two(t, kind, line->a, t->lines[to].b);
		tell_moved(t, i, to, kind);
	}
}

static void tell_kind(struct telling *t, enum kind kind)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct compare_line *line = &t->lines[i];
		enum kind is = line->a ? kind_of(t->a, line->a) : kind_of(t->b, line->b);

		if (!line->same && is == kind)
			tell_line(t, i, kind);
	}
}

static void tell_host(struct telling *t)
{
	const struct exchange *a = t->a->x, *b = t->b->x;

	if (a->command && strcmp(t->a->command, t->b->command) && part(t)) {
		buf_adds(t->out, "command ");
		compare_quote(a->command, strlen(a->command), t->out);
		buf_addf(t->out, " in %s, ", t->names->a);
		compare_quote(b->command, strlen(b->command), t->out);
		buf_addf(t->out, " in %s", t->names->b);
	}
	if (!a->data == !b->data && (!a->data || !strcmp(t->a->data, t->b->data)))
		return;
	if (!part(t))
		return;
	buf_adds(t->out, "data ");
	if (a->data)
		compare_quote(a->data, a->data_len, t->out);
	buf_addf(t->out, "%s in %s, ", a->data ? "" : "none", t->names->a);
	if (b->data)
		compare_quote(b->data, b->data_len, t->out);
	buf_addf(t->out, "%s in %s", b->data ? "" : "none", t->names->b);
}

void compare_reason(const struct turn *a, const struct turn *b, const struct compare_line *lines, size_t n,
		    const struct compare_names *names, struct buf *out)
{
	struct telling t = { .a = a, .b = b, .lines = lines, .n = n, .names = names, .out = out };

	tell_host(&t);
	if (!a->n_lines != !b->n_lines) {
		if (part(&t))
			buf_addf(out, "no answer in %s", a->n_lines ? names->b : names->a);
		return;
	}
	for (int kind = 0; kind < KIND_COUNT; kind++)
		tell_kind(&t, (enum kind)kind);
	if (t.untold)
		buf_addf(out, "; and %u more", t.untold);
}
