/*
 * The events of a run, as JSON lines: run, start, step, wire, end. They are the truth that all reports are folds over,
 * so that results of several machines can be merged. Keys that hold times are t, took, real and started, no others:
 * without them two runs with one seed are equal, but for cells that start real servers, whose start says so.
 */
#ifndef HARNESS_EVENT_H
#define HARNESS_EVENT_H

#include "base/buf.h"
#include "harness/hil.h"
#include "harness/rig.h"
#include "harness/scenario.h"
#include "harness/verdict.h"

struct event_attempt {
	enum outcome outcome;
	char text[512];
};

/* What the end event says beside the cell. */
struct event_end {
	const struct cell *cell;
	const struct run_options *options;
	enum outcome outcome;
	const char *reason;		/* skip and expected failures; NULL */
	uint64_t took_us, real_us;
	const struct failure *failure, *later;	/* NULL or PASS: none */
	const char *wire;		/* path; NULL */
	const struct event_attempt *attempts;	/* earlier ones */
	size_t n_attempts;
};

/* "inproc", "pty" ... */
const char *target_name(const struct run_options *o);

/* Each appends one line with its LF. */
void event_run(struct buf *out, const struct run_options *o, struct cell *const *cells, size_t n_cells);
void event_start(struct buf *out, const struct cell *cell, const struct run_options *o);
/* The beginning of a round, in a run that has rounds. */
void event_round(struct buf *out, unsigned round, uint64_t seed);
void event_step(struct buf *out, const struct cell *cell, const struct step *s, size_t index, bool in_finally,
		uint64_t t_us, uint64_t took_us, enum outcome outcome);
/* cell NULL: for a wire log of its own, which needs no name on each line. */
void event_wire(struct buf *out, const struct cell *cell, const struct rig_event *ev);
void event_end(struct buf *out, const struct event_end *end);

/* The last whole line when it is a cell's end event, its length in *n; NULL when it is not. */
const char *event_last_end(const struct buf *lines, size_t *n);

#endif
