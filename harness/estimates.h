/*
 * How long cells took in earlier runs: remembered when a run is over, told by `hil list --json`, and what --shard-by
 * time shares out.
 */
#ifndef HARNESS_ESTIMATES_H
#define HARNESS_ESTIMATES_H

#include <stddef.h>

#include "base/err.h"

struct estimates;

/* path NULL, or of no file: nothing is known. NULL with *e set for a file that is something else. */
struct estimates *estimates_load(const char *path, struct err *e);
void estimates_free(struct estimates *s);

/* Real seconds that the cell is expected to take on that target; less than 0: it has not run here. */
double estimates_of(const struct estimates *s, const char *target, const char *file, const char *id);

/* One more run of the cell that took so long: the estimate moves half of the way. */
void estimates_note(struct estimates *s, const char *target, const char *file, const char *id, double seconds);

/* Renamed into place. 0 or a negative errno. */
int estimates_save(const struct estimates *s, const char *path);

/*
 * Shares n costs out to n_shards so that all of them take about as long: the longest first, each to the shard that has
 * least. A cost below 0 is unknown and counts as the mean of the others. of[i] becomes the shard of i. The same costs
 * give the same shares everywhere.
 */
void estimates_share(const double *cost, size_t n, size_t n_shards, size_t *of);

#endif
