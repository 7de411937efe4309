/* What `hil compare A B` compares: two files, or the cells that two folders of `hil run --out DIR` both have. */
#ifndef HARNESS_COMPARE_PAIRS_H
#define HARNESS_COMPARE_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "harness/options.h"

/* One cell; the wire of the last attempt. a or b is NULL where only the other one has it. */
struct compare_pair {
	const char *name;  /* "mqtt-tls-sni/B03,sni=1", the cell's folder; "" for two files */
	const char *a, *b; /* paths of wire JSONL */
};

struct compare_pairs {
	struct compare_pair *items; /* sorted by name */
	size_t n;
};

/*
 * Finds the pairs. cell, an id as `hil list` prints it or the name of its folder, picks one of two folders'; for files
 * it stays to be picked from inside (recording_read). 0, or a negative error with *e filled: no such path, a file
 * beside a folder. Strings are the pool's.
 */
int compare_pairs_find(struct pool *p, const char *a, const char *b, const char *cell, struct compare_pairs *out,
		       struct err *e);

/*
 * Keeps the pairs whose name one of the filter's regexes finds (all without any) and none of exclude's. 0, or -EINVAL
 * with *e filled for a bad regex.
 */
int compare_pairs_select(struct compare_pairs *pairs, const struct strings *filter, const struct strings *exclude,
			 struct err *e);

/* Whether the path is a folder. */
bool compare_is_folder(const char *path);

#endif
