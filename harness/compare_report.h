/* What `hil compare` says: cell by cell as they are compared, and the sum of all. */
#ifndef HARNESS_COMPARE_REPORT_H
#define HARNESS_COMPARE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/compare_pairs.h"
#include "harness/wire/side_by_side.h"

struct compare_report {
	bool json;    /* one object on stdout in place of the text */
	bool quiet;   /* the last line only */
	bool verbose; /* equal exchanges and cells, too */
	bool folders;
	bool single;		     /* one pair, which is shown side by side */
	const char *path_a, *path_b; /* as they were given */
	struct side_options side;
	const char *markdown; /* file, "-" for stdout in place of the text; NULL: none */
	/* filled as it goes */
	size_t counts[COMPARE_VERDICTS];
	size_t cells, equal, only_a, only_b;
	bool met;     /* something was there to compare */
	char *first;  /* the first cell that differs */
	json_t *list; /* for JSON */
	json_t *tally;
	struct buf page; /* Markdown */
};

void compare_report_begin(struct compare_report *r);

/* One compared cell. */
void compare_report_cell(struct compare_report *r, const struct compare_pair *pair, const struct comparison *c);

/* A cell that only one folder has. */
void compare_report_lone(struct compare_report *r, const struct compare_pair *pair);

/* The declared differences, the sum, and the files. 0, or a negative error with *e filled. */
int compare_report_end(struct compare_report *r, const struct divergences *d, struct err *e);
void compare_report_free(struct compare_report *r);

#endif
