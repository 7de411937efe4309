/*
 * The classic table of best sums over two suffixes, kept small: equal beginnings need no table, and a long rest goes
 * through a window of which the first half is taken before it moves on.
 */
#include "harness/wire/align.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 1024 };

/* Texts are compared many times: by hash first. */
struct item {
	const struct align_item *of;
	uint64_t key, near, answer;
};

struct work {
	struct item *a, *b;
	size_t n_a, n_b;
	size_t i, j;	/* what is aligned already */
	uint32_t *best; /* rows of stride: the best sum of the rests from there; NULL until it is needed */
	size_t stride;
	bool failed; /* out of memory */
	struct align_pair *pairs;
	size_t n;
};

static uint64_t hash(const char *s)
{
	uint64_t h = 14695981039346656037u;

	while (*s)
		h = (h ^ (unsigned char)*s++) * 1099511628211u;
	return h;
}

static struct item *hashed(const struct align_item *from, size_t n)
{
	struct item *items = calloc(n + 1, sizeof(*items));

	for (size_t i = 0; items && i < n; i++) {
		items[i].of = &from[i];
		items[i].key = hash(from[i].key);
		items[i].near = from[i].near ? hash(from[i].near) : 0;
		items[i].answer = hash(from[i].answer);
	}
	return items;
}

/* A pair that is no pair is worth 0; equal answers break ties between equal keys, so they count less than a pair. */
static unsigned worth(const struct item *a, const struct item *b)
{
	if (a->key == b->key && !strcmp(a->of->key, b->of->key)) {
		bool same = a->answer == b->answer && !strcmp(a->of->answer, b->of->answer);

		return 4 * a->of->worth + (same ? a->of->worth : 0);
	}
	if (a->of->near && b->of->near && a->near == b->near && !strcmp(a->of->near, b->of->near))
		return a->of->worth;
	return 0;
}

static void add(struct work *w, size_t a, size_t b)
{
	w->pairs[w->n++] = (struct align_pair){ a, b };
	w->i += a != ALIGN_NONE;
	w->j += b != ALIGN_NONE;
}

/* Beginnings that are equal in all: no other way could be better. */
static void skip_equal(struct work *w)
{
	while (w->i < w->n_a && w->j < w->n_b && worth(&w->a[w->i], &w->b[w->j]) == 5 * w->a[w->i].of->worth)
		add(w, w->i, w->j);
}

static uint32_t *cell(struct work *w, size_t r, size_t c)
{
	return &w->best[r * w->stride + c];
}

static void fill(struct work *w, size_t rows, size_t columns)
{
	for (size_t c = 0; c <= columns; c++)
		*cell(w, rows, c) = 0;
	for (size_t r = rows; r-- > 0;) {
		*cell(w, r, columns) = 0;
		for (size_t c = columns; c-- > 0;) {
			unsigned pair = worth(&w->a[w->i + r], &w->b[w->j + c]);
			uint32_t best = pair ? pair + *cell(w, r + 1, c + 1) : 0;

			if (*cell(w, r + 1, c) > best)
				best = *cell(w, r + 1, c);
			if (*cell(w, r, c + 1) > best)
				best = *cell(w, r, c + 1);
			*cell(w, r, c) = best;
		}
	}
}

/* Takes the best way up to row and column limits. */
static void walk(struct work *w, size_t rows, size_t columns, size_t row_limit, size_t column_limit)
{
	const size_t i = w->i, j = w->j;

	for (size_t r = 0, c = 0; r < row_limit && c < column_limit; r = w->i - i, c = w->j - j) {
		unsigned pair = r < rows && c < columns ? worth(&w->a[i + r], &w->b[j + c]) : 0;

		if (pair && *cell(w, r, c) == pair + *cell(w, r + 1, c + 1))
			add(w, i + r, j + c);
		else if (*cell(w, r, c) == *cell(w, r + 1, c))
			add(w, i + r, ALIGN_NONE);
		else
			add(w, ALIGN_NONE, j + c);
	}
}

static size_t less(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The first window is the biggest. */
static bool has_table(struct work *w, size_t rows, size_t columns)
{
	if (w->best)
		return true;
	w->stride = columns + 1;
	w->best = reallocarray(NULL, rows + 1, w->stride * sizeof(*w->best));
	w->failed = !w->best;
	return !w->failed;
}

static void align_all(struct work *w)
{
	while (skip_equal(w), w->i < w->n_a && w->j < w->n_b) {
		size_t rows = less(w->n_a - w->i, WINDOW), columns = less(w->n_b - w->j, WINDOW);
		bool all = rows == w->n_a - w->i && columns == w->n_b - w->j;

		if (!has_table(w, rows, columns))
			return;
		fill(w, rows, columns);
		walk(w, rows, columns, all ? rows : less(rows, WINDOW / 2), all ? columns : less(columns, WINDOW / 2));
	}
	while (w->i < w->n_a)
		add(w, w->i, ALIGN_NONE);
	while (w->j < w->n_b)
		add(w, ALIGN_NONE, w->j);
}

int align(const struct align_item *a, size_t n_a, const struct align_item *b, size_t n_b, struct align_pair **out,
	  size_t *n_out)
{
	struct work w = { .a = hashed(a, n_a), .b = hashed(b, n_b), .n_a = n_a, .n_b = n_b };
	int err = 0;

	w.pairs = calloc(n_a + n_b + 1, sizeof(*w.pairs));
	w.failed = !w.a || !w.b || !w.pairs;
	if (!w.failed)
		align_all(&w);
	if (w.failed) {
		free(w.pairs);
		w.pairs = NULL;
		err = -ENOMEM;
	}
	*out = w.pairs;
	*n_out = w.n;
	free(w.a);
	free(w.b);
	free(w.best);
	return err;
}
