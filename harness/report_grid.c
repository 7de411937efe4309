/* Cells go to their places as they end; everything is written when all have. */
#include "harness/report_grid.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/codes.h"
#include "harness/story.h"
#include "harness/wire/whole_file.h"
#include "harness/grid_text.h"
#include "harness/html_page.h"

enum { LISTED = 10, TEXT_MAX = 256 << 20, CODES_MAX_BYTES = 1024 };

struct report_grid {
	struct report base;
	struct report_grid_options o;
	struct grid *grid, *own;
	struct story *story;
	struct report *junit;
	struct html_page *page;		/* NULL: none is wanted */
	char started[32], target[16], seed[32];
	size_t cells, seen, broken;
};

static struct grid_verdict verdict_of(const struct report_grid *r)
{
	return (struct grid_verdict){ r->o.baseline, r->o.baseline_name, r->o.paths, r->o.n_paths };
}

static void grid_run(struct report *base, const struct report_run *run)
{
	struct report_grid *r = (struct report_grid *)base;

	r->cells = run->cells;
	str_copy(r->started, sizeof(r->started), run->started);
	str_copy(r->target, sizeof(r->target), run->target);
	str_copy(r->seed, sizeof(r->seed), run->seed);
	if (r->junit)
		r->junit->ops->run(r->junit, run);
	if (r->o.out && r->o.verbosity >= 0)
		fprintf(r->o.out, "%zu cells on %zu revisions, target %s, seed %s\n\n", run->cells, r->grid->n_columns, run->target,
			run->seed);
}

static void grid_line(struct report *base, const char *line, size_t n)
{
	story_feed(((struct report_grid *)base)->story, line, n);
}

/* --- one cell -------------------------------------------------------------------------------------------------- */

/* A row a cell, for a run that has no plan. Of several rounds the first failure stays, else the last. */
static bool plan_own(struct report_grid *r, const struct report_cell *c)
{
	const struct grid_place *known = grid_find(r->grid, c->file, c->cell, NULL, NULL);

	if (known)
		return !outcome_is_bad(known->outcome);
	return grid_plan(r->grid, grid_row(r->grid, c->file, c->scenario, c->summary, c->cell), 0, c->cell);
}

/* What fails as the baseline says is not a failure of this run. */
static void tell_junit(struct report_grid *r, const struct report_cell *c, const struct grid_place *p)
{
	bool known = r->o.baseline && outcome_is_bad(p->outcome) && p->change != CHANGE_BROKEN;
	struct report_cell told;
	char reason[200];
	json_t *end;

	if (!known) {
		r->junit->ops->cell(r->junit, c);
		return;
	}
	snprintf(reason, sizeof(reason), p->was ? "the baseline has it as %s" : "new to the baseline%s", p->was ? p->was : "");
	end = json_copy(c->json);
	json_object_set_new(end, "outcome", json_string(outcome_name(OUTCOME_XFAIL)));
	json_object_set_new(end, "reason", json_string(reason));
	report_read_cell(&told, end);
	r->junit->ops->cell(r->junit, &told);
	json_decref(end);
}

static void draw(struct report_grid *r)
{
	if (!r->o.progress)
		return;
	if (r->seen == r->cells)
		fprintf(r->o.progress, "\r\033[K");
	else
		fprintf(r->o.progress, "\r[%zu/%zu] %zu %s\033[K", r->seen, r->cells, r->broken,
			r->o.baseline ? "broken" : "failed");
	fflush(r->o.progress);
}

static void grid_cell(struct report *base, const struct report_cell *c)
{
	struct report_grid *r = (struct report_grid *)base;
	struct grid_place *p;
	struct buf codes;
	size_t row, column;

	if (r->own && !plan_own(r, c))
		return;
	buf_init(&codes, CODES_MAX_BYTES);
	codes_of(story_wire(r->story), &codes);
	p = grid_take(r->grid, c, buf_str(&codes));
	buf_free(&codes);
	if (!p)
		return;
	grid_find(r->grid, c->file, c->cell, &row, &column);
	if (r->o.baseline)
		baseline_judge(r->o.baseline, r->grid, row, column);
	if (r->page)
		html_page_wire(r->page, p->number, r->story);
	r->seen++;
	r->broken += r->o.baseline ? p->change == CHANGE_BROKEN : outcome_is_bad(p->outcome);
	if (r->junit)
		tell_junit(r, c, p);
	draw(r);
}

/* --- the end --------------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const struct buf *text)
{
	struct err e = { 0 };

	if (whole_file_write(path, text, &e))
		fprintf(stderr, "hil: %s\n", e.msg);
}

static void write_markdown(struct report_grid *r)
{
	const struct grid_verdict v = verdict_of(r);
	struct buf text;

	buf_init(&text, TEXT_MAX);
	grid_markdown(r->grid, &v, &text);
	write_file(r->o.markdown, &text);
	buf_free(&text);
}

static void write_html(struct report_grid *r, const struct report_totals *t)
{
	const struct html_about about = {
		.title = r->own ? "Test run" : "Regression table", .started = r->started, .target = r->target, .seed = r->seed,
		.real = t->real, .stopped = t->stopped, .verdict = verdict_of(r),
	};
	struct buf page;

	buf_init(&page, TEXT_MAX);
	html_page_write(r->page, r->grid, &about, &page);
	write_file(r->o.html, &page);
	buf_free(&page);
}

/* The last line is the run's: what fails as it did in the baseline has passed this time. */
static void put_totals(const struct report_grid *r, const struct report_totals *t, struct buf *out)
{
	struct grid_counts n = grid_count(r->grid);
	size_t broken = n.change[CHANGE_BROKEN];
	const char *line;
	struct buf all;

	buf_init(&all, 4096);
	report_totals_text(&all, t);
	line = strchr(buf_str(&all), '\n');
	if (r->o.baseline && line)
		buf_addf(out, "%.*s\n%zu passed, %zu failed, %zu skipped\n", (int)(line - buf_str(&all)), buf_str(&all),
			 n.run - broken - n.skipped, broken, n.skipped);
	else
		buf_adds(out, buf_str(&all));
	buf_free(&all);
}

static void print_text(struct report_grid *r, const struct report_totals *t)
{
	const struct grid_text_options to = { r->o.width, r->o.color, r->o.verbosity > 0 };
	const struct grid_verdict v = verdict_of(r);
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (r->o.verbosity >= 0) {
		grid_text(r->grid, &to, &text);
		buf_addc(&text, '\n');
	}
	if (r->o.baseline)
		grid_changes_text(r->grid, &v, &text);
	else
		grid_failures_text(r->grid, r->o.verbosity > 0 ? SIZE_MAX : LISTED, &text);
	put_totals(r, t, &text);
	fwrite(buf_str(&text), 1, text.len, r->o.out);
	fflush(r->o.out);
	buf_free(&text);
}

static void grid_done(struct report *base, const struct report_totals *t)
{
	struct report_grid *r = (struct report_grid *)base;

	grid_labels(r->grid);
	if (r->junit)
		r->junit->ops->done(r->junit, t);
	if (r->o.markdown)
		write_markdown(r);
	if (r->page)
		write_html(r, t);
	if (r->o.out)
		print_text(r, t);
}

static void grid_end(struct report *base)
{
	struct report_grid *r = (struct report_grid *)base;

	if (r->junit)
		r->junit->ops->free(r->junit);
	story_free(r->story);
	html_page_free(r->page);
	grid_free(r->own);
	free(r);
}

/* A report that cannot be written is known before the first cell runs. */
static int check_path(const char *path, struct err *e)
{
	FILE *f = path ? fopen(path, "ae") : NULL;

	if (path && !f)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	if (f)
		fclose(f);
	return 0;
}

static int open_files(struct report_grid *r, struct err *e)
{
	int err = check_path(r->o.markdown, e);

	if (!err)
		err = check_path(r->o.html, e);
	if (!err && r->o.html) {
		r->page = html_page_new();
		err = r->page ? 0 : -ENOMEM;
	}
	if (!err && r->o.junit) {
		r->junit = report_junit_new(r->o.junit, false, e);
		err = r->junit ? 0 : -EIO;
	}
	return err;
}

struct report *report_grid_new(const struct report_grid_options *o, struct err *e)
{
	static const struct report_ops ops = {
		.run = grid_run, .cell = grid_cell, .line = grid_line, .done = grid_done, .free = grid_end,
	};
	static const struct grid_column result = { "", "result", "" };
	struct report_grid *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->base.ops = &ops;
	r->o = *o;
	r->story = story_new();
	r->own = o->grid ? NULL : grid_new(&result, 1);
	r->grid = r->own ? r->own : o->grid;
	if (r->story && r->grid && !open_files(r, e))
		return &r->base;
	grid_end(&r->base);
	return NULL;
}
