/* hil merge PATH...: the results of several runs as one run, in all reports that a run has. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/merge.h"
#include "harness/run_reports.h"
#include "harness/verbs.h"

static int read_all(const struct options *o, struct merge *m, struct err *e)
{
	int err = 0;

	for (size_t i = 0; !err && i < o->select.paths.n; i++)
		err = merge_add(m, o->select.paths.items[i], e);
	if (!err && o->expect)
		err = merge_expect(m, o->expect, e);
	if (!err && merge_finish(m))
		err = err_set(e, -ENOMEM, "out of memory");
	return err;
}

static void feed(struct report_set *set, const struct buf *events)
{
	for (const char *s = buf_str(events), *lf; (lf = strchr(s, '\n')); s = lf + 1)
		report_set_feed(set, s, (size_t)(lf + 1 - s));
}

static int report(const struct options *o, const struct merge *m, struct err *e)
{
	struct report_set set = { 0 };
	struct run_options run = o->run;
	struct buf events;
	int err, code = HIL_EXIT_PASS;

	run.failed_list = run.durations = NULL; /* those are of the last run here */
	buf_init(&events, SIZE_MAX);
	err = merge_events(m, o->run.fail_flaky, &events);
	if (err)
		err_set(e, err, "out of memory");
	err = err ? err : run_reports_open(&set, &run, e);
	if (!err) {
		feed(&set, &events);
		set.totals.real = merge_real(m);
		report_set_done(&set);
		code = run_reports_code(&set.totals);
	}
	report_set_free(&set);
	buf_free(&events);
	return err ? HIL_EXIT_USAGE : code;
}

int verb_merge(const struct options *o)
{
	struct merge *m = merge_new();
	struct err e = { 0 };
	int code = HIL_EXIT_USAGE;

	if (!m)
		err_set(&e, -ENOMEM, "out of memory");
	else if (!read_all(o, m, &e))
		code = merge_units(m) ? report(o, m, &e) : HIL_EXIT_EMPTY;
	if (m && !e.code && merge_lost(m))
		fprintf(stderr, "hil: %zu of %zu units are lost\n", merge_lost(m), merge_units(m));
	if (m && code == HIL_EXIT_EMPTY)
		fprintf(stderr, "hil: no results of hil run are there (%zu runs)\n", merge_runs(m));
	if (e.code)
		fprintf(stderr, "hil: %s\n", e.msg);
	merge_free(m);
	return code;
}
