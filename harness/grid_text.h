/* A table for people: in a terminal of any width, and as Markdown. */
#ifndef HARNESS_GRID_TEXT_H
#define HARNESS_GRID_TEXT_H

#include "base/buf.h"
#include "harness/baseline.h"
#include "harness/grid.h"

struct grid_text_options {
	unsigned width;			/* columns to fit into */
	bool color;
	bool all;			/* also unfold scenarios that are ok everywhere */
};

/* The grid with its legend. */
void grid_text(const struct grid *t, const struct grid_text_options *o, struct buf *out);

/* Every cell that fails with its reason, at most n of them; nothing when none does. */
void grid_failures_text(const struct grid *t, size_t n, struct buf *out);

/* What a baseline makes of a table. Any part may be missing. */
struct grid_verdict {
	const struct baseline *baseline;
	const char *name;		/* of its file */
	const char *const *paths;
	size_t n_paths;
};

/* "against FILE: 902 the same, 0 broken ..." */
void grid_counts_text(const struct grid *t, const struct grid_verdict *v, struct buf *out);

/* The changes, one a line, those that matter first; nothing when there are none. */
void grid_changes_text(const struct grid *t, const struct grid_verdict *v, struct buf *out);

/* All of it as Markdown: totals, changes, grid. */
void grid_markdown(const struct grid *t, const struct grid_verdict *v, struct buf *out);

#endif
