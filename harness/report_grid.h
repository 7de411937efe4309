/*
 * The report that fills a table: of revisions (hil matrix) or of one run, and writes it as text, Markdown, HTML and,
 * judged by a baseline, as JUnit.
 */
#ifndef HARNESS_REPORT_GRID_H
#define HARNESS_REPORT_GRID_H

#include <stdio.h>

#include "base/err.h"
#include "harness/baseline.h"
#include "harness/report.h"
#include "harness/grid.h"

struct report_grid_options {
	struct grid *grid;		/* borrowed and filled; NULL: one of its own, a row a cell */
	const struct baseline *baseline;	/* borrowed; NULL: none */
	const char *baseline_name;
	const char *const *paths;	/* what was asked for, for what is gone from the baseline */
	size_t n_paths;
	FILE *out;			/* table, changes and totals as text; NULL: none */
	FILE *progress;			/* a line that is written over; NULL: none */
	unsigned width;			/* columns of the terminal */
	bool color;
	int verbosity;			/* -1: changes and totals alone, 1: all rows, also those that are ok everywhere */
	const char *markdown, *html, *junit;	/* paths; NULL: none */
};

/* NULL: out of memory, or a path that cannot be written (said in *e). */
struct report *report_grid_new(const struct report_grid_options *o, struct err *e);

#endif
