/* Which scenarios there are and which cells of them are meant. */
#ifndef HARNESS_SELECT_H
#define HARNESS_SELECT_H

#include "harness/options.h"
#include "harness/scenario.h"

/* One cell of any file, and why it is left out (NULL: it is selected). */
struct suite_entry {
	struct cell *cell;
	const char *left_out;
};

struct suite {
	struct pool *pool;
	struct scenario **scenarios;
	size_t n_scenarios;
	struct suite_entry *entries;	/* all cells, in order of files */
	size_t n_entries;
	struct cell **cells;		/* the selected ones, in the order in which they are to run */
	size_t n_cells;
	struct strings errors;		/* one a file that cannot be read */
	struct strings exact;		/* cells given as file::cell in place of a path */
};

/*
 * Finds and loads all files of o->select.paths. Returns 0, or -EINVAL when files are wrong: suite->errors then has a
 * line for each. suite_free() in both cases.
 */
int suite_load(struct suite *suite, const struct options *o);

/*
 * Fills cells and entries[].left_out. Returns 0, -EINVAL with *e set for a wrong filter or shard, or -ENOENT with *e set when
 * --failed leaves nothing.
 */
int suite_select(struct suite *suite, const struct options *o, struct err *e);

void suite_free(struct suite *suite);

/* "file::cell", what filters look at. Pool's. */
const char *cell_full_id(struct pool *p, const struct cell *cell);

/* Appends the cell's name in what hil remembers between runs: the same however the file was named. */
void cell_key(struct buf *out, const char *file, const char *id);

#endif
