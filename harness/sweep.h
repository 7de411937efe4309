/*
 * Breaking a scenario at every point: one clean run says which exchanges there are, then the scenario runs once more
 * for each of them with a fault there. In these runs claims alone decide. A point is a cell like any other, with an id,
 * a report and a line that repeats it: name[cell,sweep=reboot@17].
 */
#ifndef HARNESS_SWEEP_H
#define HARNESS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "harness/hil.h"
#include "harness/pool.h"
#include "harness/scenario.h"
#include "harness/wire/recording.h"

enum sweep_side {
	SWEEP_ANSWER,  /* bytes from the modem, from the command on until the next one */
	SWEEP_COMMAND, /* bytes of a command line behind AT, its end included */
	SWEEP_DATA     /* bytes the host gives at a prompt */
};

/* What a sweep can do at a point. */
struct sweep_row {
	const char *name;
	struct fault fault;   /* without trigger and place */
	enum sweep_side side; /* where the points are */
	bool between;	      /* between two bytes, not before the first */
	bool session;	      /* only while a broker session stands */
	const char *what;     /* "the modem restarts" */
};

extern const struct sweep_row sweep_rows[]; /* ends with a NULL name */

/* Part of --sweep: "reboot", "reboot@17" or "reboot@17+5". */
struct sweep_wish {
	const char *word;
	bool of_all; /* one of those "all" stands for: it need not have a point */
	const struct sweep_row *row;
	size_t exchange; /* 0: all */
	long byte;	 /* -1: not given */
};

/*
 * Reads words of --sweep; "all" stands for every row. Returns the pool's array, or NULL with *e set.
 */
const struct sweep_wish *sweep_read_wishes(struct pool *p, const char *const *words, size_t n, size_t *n_wishes,
					   struct err *e);

/* A command and all that follows until the next one, as the clean run had it. */
struct sweep_exchange {
	const char *command; /* what was typed up to "=", the pool's */
	size_t bytes[3];     /* of each side */
	size_t data_at;	     /* bytes from AT to the data */
	bool session;	     /* a broker session stood from its beginning to its end */
	size_t nth;	     /* of the exchanges whose line begins like this one, 1-based */
};

/* Folds a recording into exchanges; the pool's array. */
const struct sweep_exchange *sweep_exchanges(struct pool *p, const struct recording *r, size_t *n);

/* Where a cell of a sweep is broken. */
struct sweep_point {
	const struct sweep_row *row;
	size_t exchange;      /* 1-based */
	size_t byte;	      /* of the side */
	const char *name;     /* "reboot@17" */
	const char *where;    /* for people */
	struct trigger named; /* the same place by the name of its command; match NULL: it has none */
};

enum sweep_depth { SWEEP_EXCHANGES, SWEEP_BYTES };

struct sweep_options {
	const struct sweep_wish *wishes;
	size_t n_wishes;
	enum sweep_depth depth;
};

/* The cells that a sweep runs in place of n cells. */
struct sweep_plan {
	struct cell **cells;
	size_t n_cells;
	size_t n_bases, n_exchanges, n_points;
};

/*
 * Runs each cell once and makes the points. Cells are the pool's and valid as long as those they were made of. Returns
 * 0, or -EINVAL with *e set when a point is asked for that no cell has.
 */
int sweep_plan_make(struct sweep_plan *plan, struct pool *p, struct cell *const *cells, size_t n,
		    const struct run_options *run, const struct sweep_options *o, struct err *e);

/* Plans in the pool, runs all and prints size and time. Returns an enum hil_exit, or HIL_EXIT_SIGNAL + n. */
int sweep_run(struct pool *p, struct cell *const *cells, size_t n, const struct run_options *run,
	      const struct sweep_options *o);

/* Appends the table of faults, one a line. */
void sweep_help(struct buf *out);

#endif
