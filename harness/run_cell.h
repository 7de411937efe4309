/* One cell from beginning to end, told as JSON lines. */
#ifndef HARNESS_RUN_CELL_H
#define HARNESS_RUN_CELL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "harness/hil.h"
#include "harness/scenario.h"
#include "harness/verdict.h"

struct glance;

struct cell_run {
	struct cell *cell;
	const struct run_options *options;
	bool want_wire;			/* wire events too */
	const volatile sig_atomic_t *stop;
	struct glance *glance;		/* where what goes on is to be seen; NULL: nowhere */
	/* One event, one line with its LF, borrowed. */
	void (*emit)(const char *line, size_t n, void *ctx);
	void *ctx;
};

/* How often the cell may be tried again. */
unsigned run_cell_retries(const struct cell *cell, const struct run_options *o);

/* What everything random in the cell comes from. */
uint64_t run_cell_seed(const struct cell_run *run);

/* Runs the cell, its retries included, and emits start, step, wire and end. */
enum outcome run_cell(const struct cell_run *run);

/* Appends the end event of a cell that did not run to its end in its own process. */
void run_cell_lost(const struct cell *cell, const struct run_options *o, const char *why, struct buf *out);

#endif
