/*
 * The list of --quarantine: cells that are known to be unreliable. They run and are reported as ever; their failures do
 * not fail the run. A YAML list of {cell, reason, ref, until}.
 */
#ifndef HARNESS_QUARANTINE_H
#define HARNESS_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct quarantine_entry {
	const char *cell; /* an id, file::id, or a regex that has to match one of them as a whole */
	const char *reason;
	const char *ref, *until; /* NULL: not given; until is the last day, "2026-12-31" */
	const char *file;	 /* where it stands */
	unsigned line, column;
	bool over;    /* until lies before the day of the load */
	bool matches; /* some cell that quarantine_see() was shown */
};

struct quarantine;

/*
 * Reads a file, or a text that errors call name. today: an ISO date, what follows the day is not looked at. NULL with
 * *e = "file:line:column: what".
 */
struct quarantine *quarantine_load_file(const char *path, const char *today, struct err *e);
struct quarantine *quarantine_load_text(const char *name, const char *text, size_t len, const char *today,
					struct err *e);
void quarantine_free(struct quarantine *q);

/* Notes which entries mean this cell. */
void quarantine_see(struct quarantine *q, const char *file, const char *id);

size_t quarantine_size(const struct quarantine *q);
const struct quarantine_entry *quarantine_at(const struct quarantine *q, size_t i);
bool quarantine_means(const struct quarantine *q, size_t i, const char *file, const char *id);

/* The first entry that means the cell; NULL: none, also when q is NULL. An entry that is over still holds. */
const struct quarantine_entry *quarantine_find(const struct quarantine *q, const char *file, const char *id);

#endif
