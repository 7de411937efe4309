/*
 * Reports are folds over the events of a run: each looks at the run's beginning, at every cell's end, and at the end of
 * all. Several work at once on the same events; none knows the runner.
 */
#ifndef HARNESS_REPORT_H
#define HARNESS_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "harness/verdict.h"

struct sweep_plan;

struct report_wire {
	double t;
	char arrow;
	const char *text;
};

/* A failure as it stands in an end event. Strings are "" when they are not there. */
struct report_failure {
	const char *file, *source, *step, *note, *what, *wanted;
	unsigned line, column;		/* line 0: no place */
	const char *nearest_from, *nearest, *meaning, *why;
	double nearest_t;
	int code;
	struct report_wire wire[FAILURE_WIRE_LINES];
	size_t n_wire;
};

/* One cell's end. Borrowed until the function returns; json is the event itself, to be kept with json_incref(). */
struct report_cell {
	json_t *json;
	const char *cell, *file, *scenario, *summary, *target, *profile, *reason, *again, *wire;
	unsigned line;
	enum outcome outcome;
	unsigned round;			/* 0: the run has no rounds */
	double took, real;
	bool failed, failed_later;
	/* The facets: fine after a failed attempt; set aside by --quarantine. bad: counts as a failure of the run. */
	bool flaky, quarantined, bad;
	const char *quarantine_reason, *quarantine_ref;
	struct report_failure failure, later;
	const char *point, *fault, *where;	/* of a sweep: "reboot@17", "reboot", what and where; "" */
	json_t *attempts;		/* NULL: none before this one */
};

struct report_run {
	size_t cells;
	const char *seed, *target, *started;
	const char *board, *dut;	/* "" when not given */
	const char *shuffle;		/* seed of the order; "" when it is the files' own */
	size_t repeat;			/* rounds that were asked for; 0: no number */
	bool until_fail;
	double soak;			/* seconds; 0: not */
};

/* Whether cells run in rounds. */
bool report_has_rounds(const struct report_run *run);

enum { REPORTS_MAX = 12 };

/* Counted by report_set; complete when done() is called. */
struct report_totals {
	size_t n[OUTCOME_COUNT];	/* as they came out */
	size_t bad[OUTCOME_COUNT];	/* those of them that count as failures of the run */
	size_t rounds;			/* that have begun; 0: the run has no rounds */
	size_t flaky, quarantined, set_aside, not_run;	/* set_aside: would be bad, were they not quarantined */
	struct {
		size_t n;
		const char *what;
	} own[REPORTS_MAX];		/* what single reports saw fail */
	size_t n_own;
	const char *stopped;		/* why it ended early, NULL */
	double real;
};

/* What goes on between two events. */
struct report_progress {
	size_t running;
	const char *cell, *step;	/* of the one that has been running longest; NULL when none is; step may be "" */
	double seconds;			/* it has been running, real time */
};

struct report;

struct report_ops {
	void (*run)(struct report *r, const struct report_run *run);
	void (*cell)(struct report *r, const struct report_cell *c);
	/* A round begins. */
	void (*round)(struct report *r, unsigned round, const char *seed);
	/* Several times a second. */
	void (*tick)(struct report *r, const struct report_progress *p);
	/* Somebody else is about to write to the terminal. */
	void (*pause)(struct report *r);
	/* What --soak saw of memory and descriptors; see soak.h. */
	void (*resources)(struct report *r, const json_t *j);
	/* Every event as its line, LF included; only for those that want all. */
	void (*line)(struct report *r, const char *line, size_t n);
	/* What this report alone sees fail, once all cells have ended, and its name in the breakdown. May be NULL. */
	size_t (*failures)(struct report *r);
	const char *failures_are;
	void (*done)(struct report *r, const struct report_totals *t);
	void (*free)(struct report *r);
};

/* First member of every report. */
struct report {
	const struct report_ops *ops;
};

struct report_text_options {
	FILE *out;
	bool color, redraw;		/* redraw: one line that is written over */
	unsigned width;			/* of the terminal, for that line; 0: not known */
	bool failures_only;		/* no line for what passed, unless verbose */
	int verbosity;
};

/* NULL: out of memory, or for those with a path: it cannot be written (said in *e). */
struct report *report_text_new(const struct report_text_options *o);
/* version: 13 or 14. */
struct report *report_tap_new(FILE *out, const char *path, unsigned version, struct err *e);
struct report *report_junit_new(const char *path, bool wide, struct err *e);
struct report *report_jsonl_new(FILE *out, const char *path, struct err *e);
/* A unit's result, renamed to path when the unit is done. */
struct report *report_result_new(const char *path, struct err *e);
struct report *report_github_new(FILE *out);
/* A table of the cells that differ in variable only; pairs that do not agree fail the run. */
struct report *report_pair_new(FILE *out, const char *variable);
/* A run in rounds by cell: counts, durations, first failures; quiet: of those alone that were in trouble. */
struct report *report_repeat_new(FILE *out, bool quiet);
struct quarantine;
/* What of a quarantine list is no longer needed; each such entry fails the run. */
struct report *report_quarantine_new(FILE *out, const struct quarantine *q);
/* How many points each fault of a sweep had, which of them failed, and what it cost. */
struct report *report_sweep_new(FILE *out, const struct sweep_plan *plan);
/* How long cells took, into the file that estimates come from (estimates.h). */
struct report *report_durations_new(const char *path);
/* NULL also when the list cannot be written: a run is not refused for it. */
struct report *report_failed_new(const char *path);

/* An end event as a struct; its strings belong to j. */
void report_read_cell(struct report_cell *c, json_t *j);

/* The block of lines that tells a failure, as text and TAP print it. indent goes before every line. */
void report_failure_text(struct buf *out, const struct report_cell *c, const struct report_failure *f,
			 const char *indent);
/* "N passed, N failed, N skipped"; before it the full breakdown on a line of its own. */
void report_totals_text(struct buf *out, const struct report_totals *t);
/* Everything that counts as a failure; 0: the run is fine. */
size_t report_totals_failed(const struct report_totals *t);
/* "flaky (2 attempts)  quarantined: why (ref)", "" for most cells. */
void report_facets_text(struct buf *out, const struct report_cell *c);
/* Appends s without bytes that XML and terminals do not take. */
void report_clean(struct buf *out, const char *s);

/* --- the set of reports of a run ------------------------------------------------------------------------------- */

struct report_set {
	struct report *report[REPORTS_MAX];
	size_t n;
	struct report_totals totals;
};

void report_set_add(struct report_set *s, struct report *r);
/* One event line; returns the outcome of an end event, OUTCOME_COUNT for any other. */
enum outcome report_set_feed(struct report_set *s, const char *line, size_t n);
void report_set_tick(struct report_set *s, const struct report_progress *p);
void report_set_pause(struct report_set *s);
void report_set_done(struct report_set *s);
void report_set_free(struct report_set *s);

#endif
