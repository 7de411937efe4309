/*
 * The regression table: revisions are its columns, the cells of scenarios without their revision its rows. A place of
 * it holds what came of one cell on one revision, and what a baseline says of that.
 */
#ifndef HARNESS_GRID_H
#define HARNESS_GRID_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "harness/pool.h"
#include "harness/report.h"

/* All texts are the table's, or outlive it. */
struct grid_column {
	const char *name;		/* "LE20B03SIM7600M22" */
	const char *label;		/* "B03" */
	const char *summary;
};

enum grid_state {
	GRID_NONE,			/* this row has no cell on this revision */
	GRID_LEFT_OUT,			/* it has one, which is not selected */
	GRID_WAITING,			/* selected, and has not run yet */
	GRID_RUN
};

enum grid_change {
	CHANGE_NONE,			/* as in the baseline, or there is no baseline */
	CHANGE_BROKEN,			/* fails, and did not */
	CHANGE_FIXED,			/* failed, and does not any more */
	CHANGE_DIFFERENT,		/* neither, but outcome, code or saved values are others */
	CHANGE_NEW,			/* the baseline does not know it */
	CHANGE_COUNT
};

/* "broken", "fixed", "changed", "new"; "" for CHANGE_NONE. */
const char *grid_change_name(enum grid_change c);

struct grid_place {
	enum grid_state state;
	size_t number;			/* counted from 0 in the order in which they were planned */
	enum outcome outcome;
	const char *codes;		/* codes.h */
	json_t *end;			/* the end event */
	enum grid_change change;
	const char *was;		/* "pass mqtt 0", what the baseline has; NULL: nothing */
};

struct grid_row {
	const char *file, *scenario, *summary;
	const char *name;		/* the cell's id without its revision */
	const char *label;		/* of its variables those that tell the scenario's rows apart; see grid_labels() */
	struct grid_place *places;	/* one a column */
};

struct grid {
	struct pool *pool;
	struct grid_column *columns;
	size_t n_columns;
	struct grid_row *rows;
	size_t n_rows;
	size_t n_places;		/* that were planned */
	json_t *by_id;			/* "file::cell" to row and column */
	json_t *by_name;		/* "file::row" to row */
};

/* NULL: out of memory. columns are copied, their texts are not. */
struct grid *grid_new(const struct grid_column *columns, size_t n);
void grid_free(struct grid *t);

/* The row of that name; it is made when it is not there. Texts are copied. */
size_t grid_row(struct grid *t, const char *file, const char *scenario, const char *summary, const char *name);

/*
 * Says that the cell events will call id (NULL: it is not selected) goes to a place. false, and nothing is done, when
 * that place is taken.
 */
bool grid_plan(struct grid *t, size_t row, size_t column, const char *id);

/* The place of a cell; NULL when nobody planned it. *row and *column may be NULL. */
struct grid_place *grid_find(const struct grid *t, const char *file, const char *id, size_t *row, size_t *column);

/* An end event goes to its place, which is returned; NULL when there is none for it. */
struct grid_place *grid_take(struct grid *t, const struct report_cell *c, const char *codes);

/* "pass mqtt 32 answer=32": outcome, codes and saved values in one line, as baselines are compared. */
void grid_said(const struct grid_place *p, struct buf *out);

/* How many places have run, of each change, and are bad. */
struct grid_counts {
	size_t run, bad, skipped, change[CHANGE_COUNT];
};

struct grid_counts grid_count(const struct grid *t);

/* Short words for a place: "ok 0", "FAIL 32!", "skip", "-" for GRID_NONE, "?" for what has not run. */
void grid_word(const struct grid_place *p, struct buf *out);

/* Gives each row its label, when all are there; "" where the scenario has one row. */
void grid_labels(struct grid *t);

/* Rows from first on that are of the same scenario. */
size_t grid_group(const struct grid *t, size_t first);

#endif
