/*
 * A baseline: what a regression table said when somebody looked at it and found it right. A YAML file with one line a
 * cell, in the order of the table, so that a change of one cell is a change of one line.
 */
#ifndef HARNESS_BASELINE_H
#define HARNESS_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "harness/grid.h"

struct baseline;

/* Reads a file / a text that errors will call name. NULL with *e = "file:line:column: what" on failure. */
struct baseline *baseline_load(const char *path, struct err *e);
struct baseline *baseline_load_text(const char *name, const char *text, size_t len, struct err *e);
void baseline_free(struct baseline *b);

/* The seed of the table it was made of. */
uint64_t baseline_seed(const struct baseline *b);

/* Fills change and was of a place that has run. */
void baseline_judge(const struct baseline *b, const struct grid *t, size_t row, size_t column);

/* A cell that the baseline has and the scenarios have not any more. Texts are borrowed from the baseline. */
struct baseline_gone {
	const char *file, *row, *revision, *was;
};

/*
 * Calls found for each cell that is gone. What was not asked for is not gone: a revision that is no column, and a file
 * that none of the n paths leads to.
 */
void baseline_each_gone(const struct baseline *b, const struct grid *t, const char *const *paths, size_t n,
			void (*found)(const struct baseline_gone *g, void *ctx), void *ctx);

/*
 * Appends the file: what has run, and of old (NULL: none) what was not asked for or has not run. seed is that of the run.
 */
void baseline_write(struct buf *out, const struct baseline *old, const struct grid *t, const char *const *paths,
		    size_t n, uint64_t seed);

#endif
