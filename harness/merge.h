/*
 * Results of several runs made one: of machines, shards, queue workers, repeated jobs. A unit is a cell on a target;
 * its last attempt that ended counts, the ones before it stay with it, and one that nobody ended is an error: lost.
 */
#ifndef HARNESS_MERGE_H
#define HARNESS_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct merge;

/* NULL: out of memory. */
struct merge *merge_new(void);
void merge_free(struct merge *m);

/*
 * Adds the JSONL of a run, or all of those below a folder (files that begin with a run's event; wire.jsonl is none). A
 * torn last line is what a killed run leaves and is passed over. 0, or a negative error with *e filled (file:line).
 */
int merge_add(struct merge *m, const char *path, struct err *e);

/* The same from n bytes of text that errors will call name. */
int merge_add_text(struct merge *m, const char *name, const char *text, size_t n, struct err *e);

/* Adds the ids of a file, a line each as `hil list` prints them, as units that have to be there, on whatever target. */
int merge_expect(struct merge *m, const char *path, struct err *e);

/* Once all is added: finds what is lost and which attempts count. 0 or -ENOMEM. */
int merge_finish(struct merge *m);

/* Runs that were added, units that are known, and those of them that are lost. */
size_t merge_runs(const struct merge *m);
size_t merge_units(const struct merge *m);
size_t merge_lost(const struct merge *m);
/* Seconds of real time that the attempts that count took, all together. */
double merge_real(const struct merge *m);

/*
 * Appends the events of the merged run: one run, then of each unit, in the order of their ids, its events. fail_flaky:
 * a pass after a failed attempt counts as a failure. 0 or -ENOMEM.
 */
int merge_events(const struct merge *m, bool fail_flaky, struct buf *out);

#endif
