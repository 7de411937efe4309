/* Inside the merge: what is known of units, between reading results and writing them. */
#ifndef HARNESS_MERGE_PARTS_H
#define HARNESS_MERGE_PARTS_H

#include <jansson.h>

#include "harness/merge.h"

struct merge_file {
	char *name;
	struct buf text;
};

/* One time that a unit was begun. */
struct merge_attempt {
	size_t file, begin;  /* where its events begin */
	size_t end_line;     /* where the end event begins */
	json_t *result;	     /* the end event; NULL: it never came */
	long long number;    /* what the submitter called it; 0: nothing */
	const char *started; /* when its run began; the run's */
	size_t order;	     /* among all that were read */
};

struct merge_unit {
	char *id;			/* "file::cell", with its round */
	const json_t *run;		/* whose target and board it is of; NULL: expected on any */
	struct merge_attempt *attempts; /* sorted by merge_finish(): the one that counts is the last */
	size_t n;
};

struct merge {
	struct merge_file *files;
	size_t n_files;
	struct merge_unit *units;
	size_t n_units, n_lost;
	json_t *index;	  /* id, target and board, each with LF: number in units */
	json_t *promised; /* the same, without the round, of all ids that runs and lists have: [id, run event or null]
			   */
	json_t *seen;	  /* the same of all that was begun, on its target and on any */
	json_t *runs;	  /* run events */
	size_t order;
};

#endif
