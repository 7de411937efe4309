/*
 * Files first, then what adds tables of its own, last what goes to stdout: its totals are the last lines. Tables go to
 * stderr when stdout has a format that programs read.
 */
#include "harness/run_reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/report_grid.h"
#include "harness/rounds.h"
#include "harness/terminal.h"

static void add_files(struct report_set *s, const struct run_options *o, struct err *e)
{
	if (o->junit)
		report_set_add(s, report_junit_new(o->junit, o->junit_wide, e));
	if (o->tap && !e->code)
		report_set_add(s, report_tap_new(NULL, o->tap, 13, e));
	if (o->jsonl && !e->code)
		report_set_add(s, report_jsonl_new(NULL, o->jsonl, e));
	if (o->result && !e->code)
		report_set_add(s, report_result_new(o->result, e));
	if (o->html && !e->code)
		report_set_add(s, report_grid_new(&(const struct report_grid_options){ .html = o->html }, e));
}

static void add_tables(struct report_set *s, const struct run_options *o)
{
	FILE *out = o->format == HIL_FORMAT_TEXT ? stdout : stderr;

	if (o->sweep)
		report_set_add(s, report_sweep_new(out, o->sweep));
	if (rounds_are_wanted(o))
		report_set_add(s, report_repeat_new(out, o->verbosity < 0));
	if (o->pair)
		report_set_add(s, report_pair_new(out, o->pair));
	if (o->quarantine_verify)
		report_set_add(s, report_quarantine_new(out, o->quarantine));
}

static struct report *text_report(const struct run_options *o)
{
	const char *term = getenv("TERM");
	bool terminal = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb");
	const struct report_text_options to = {
		.out = stdout, .color = terminal_color(o->color), .verbosity = o->verbosity,
		.redraw = o->progress == HIL_PROGRESS_BAR || (o->progress == HIL_PROGRESS_AUTO && terminal),
		.failures_only = o->sweep || o->progress == HIL_PROGRESS_NONE, .width = terminal_width(0),
	};

	return report_text_new(&to);
}

static struct report *stdout_report(const struct run_options *o, struct err *e)
{
	switch (o->format) {
	case HIL_FORMAT_TEXT:
		break;
	case HIL_FORMAT_TAP:
		return report_tap_new(stdout, NULL, 13, e);
	case HIL_FORMAT_TAP14:
		return report_tap_new(stdout, NULL, 14, e);
	case HIL_FORMAT_JSONL:
		return report_jsonl_new(stdout, NULL, e);
	case HIL_FORMAT_GITHUB:
		return report_github_new(stdout);
	}
	return text_report(o);
}

int run_reports_open(struct report_set *s, const struct run_options *o, struct err *e)
{
	add_files(s, o, e);
	if (e->code)
		return e->code;
	add_tables(s, o);
	if (o->own) {
		report_set_add(s, o->own);
		return 0;
	}
	if (!o->quiet)
		report_set_add(s, stdout_report(o, e));
	if (o->failed_list)
		report_set_add(s, report_failed_new(o->failed_list));
	if (o->durations)
		report_set_add(s, report_durations_new(o->durations));
	return e->code;
}

int run_reports_code(const struct report_totals *t)
{
	if (report_totals_failed(t) > t->bad[OUTCOME_ERROR])
		return HIL_EXIT_FAIL;
	return t->bad[OUTCOME_ERROR] ? HIL_EXIT_ERROR : HIL_EXIT_PASS;
}

bool run_reports_want_wire(const struct run_options *o)
{
	return o->own || o->html || o->jsonl || o->format == HIL_FORMAT_JSONL;
}
