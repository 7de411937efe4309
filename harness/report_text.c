/* The report people read: one line a cell, the whole story of a failure, the breakdown at the end. */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

struct report_text {
	struct report base;
	struct report_text_options o;
	size_t cells, seen, failed;
	bool drawn;			/* the line that is written over stands there */
	struct buf out;
};

static const char *color_of(const struct report_text *t, const struct report_cell *c)
{
	static const char *const colors[] = {
		[OUTCOME_PASS] = "\033[32m", [OUTCOME_FAIL] = "\033[1;31m", [OUTCOME_ERROR] = "\033[1;35m",
		[OUTCOME_SKIP] = "\033[33m", [OUTCOME_XFAIL] = "\033[33m", [OUTCOME_XPASS] = "\033[1;31m",
	};

	if (!t->o.color)
		return "";
	/* set aside, or fine and yet not */
	if (outcome_is_bad(c->outcome) != c->bad || c->flaky)
		return colors[OUTCOME_SKIP];
	return colors[c->outcome];
}

static void wipe(struct report_text *t)
{
	if (t->drawn)
		buf_adds(&t->out, "\r\033[K");
	t->drawn = false;
}

static void flush(struct report_text *t)
{
	fwrite(buf_str(&t->out), 1, t->out.len, t->o.out);
	fflush(t->o.out);
	buf_reset(&t->out);
}

static void draw(struct report_text *t, const char *cell)
{
	if (!t->o.redraw || t->o.verbosity < 0 || t->seen == t->cells)
		return;
	buf_addf(&t->out, "[%zu/%zu] %zu failed %s", t->seen, t->cells, t->failed, cell);
	t->drawn = true;
}

static void text_run(struct report *base, const struct report_run *run)
{
	struct report_text *t = (struct report_text *)base;

	t->cells = run->cells;
	if (t->o.verbosity >= 0)
		buf_addf(&t->out, "%zu cells, target %s, seed %s\n", run->cells, run->target, run->seed);
	flush(t);
}

static void add_head(struct report_text *t, const struct report_cell *c)
{
	int pad = 60 - (int)strlen(c->cell);
	struct buf facets;

	buf_init(&facets, 4096);
	report_facets_text(&facets, c);
	buf_addf(&t->out, "%s%-5s%s %s%*s %8.1fs", color_of(t, c), outcome_word(c->outcome), t->o.color ? "\033[0m" : "",
		 c->cell, pad > 0 ? pad : 0, "", c->took);
	if (facets.len)
		buf_addf(&t->out, "  %s", buf_str(&facets));
	if (*c->reason)
		buf_addf(&t->out, "  %s", c->reason);
	buf_addc(&t->out, '\n');
	buf_free(&facets);
}

static void add_attempts(struct report_text *t, const struct report_cell *c)
{
	const json_t *one;
	size_t i;

	json_array_foreach(c->attempts, i, one)
		buf_addf(&t->out, "   attempt %zu: %s\n", i + 1, json_string_value(json_object_get(one, "text")));
}

/* What went wrong, as far as it is of interest: a failure that is set aside has one line unless more is asked for. */
static void add_story(struct report_text *t, const struct report_cell *c)
{
	bool whole = c->bad || t->o.verbosity > 0;

	add_attempts(t, c);
	if (c->failed && whole)
		report_failure_text(&t->out, c, &c->failure, "");
	else if (c->failed && c->quarantined)
		buf_addf(&t->out, "   %s%s%s\n", c->failure.step, *c->failure.step ? ": " : "", c->failure.what);
	if (c->failed_later && whole) {
		buf_adds(&t->out, "   and then:\n");
		report_failure_text(&t->out, c, &c->later, "   ");
	}
	if (c->outcome == OUTCOME_XPASS)
		buf_addf(&t->out, "%s:%u: passed, and was expected to fail\n   again:  %s\n", c->file, c->line, c->again);
	if (c->flaky && c->bad)
		buf_addf(&t->out, "%s:%u: passed only when it was tried again (--fail-flaky)\n", c->file, c->line);
}

static void text_cell(struct report *base, const struct report_cell *c)
{
	struct report_text *t = (struct report_text *)base;
	bool note = c->flaky || (c->quarantined && outcome_is_bad(c->outcome));

	t->seen++;
	t->failed += c->bad;
	wipe(t);
	if (c->bad || (t->o.verbosity >= 0 && (!t->o.redraw || t->o.verbosity > 0 || note))) {
		add_head(t, c);
		add_story(t, c);
	}
	draw(t, c->cell);
	flush(t);
}

static void text_done(struct report *base, const struct report_totals *totals)
{
	struct report_text *t = (struct report_text *)base;

	wipe(t);
	report_totals_text(&t->out, totals);
	flush(t);
}

static void text_free(struct report *base)
{
	struct report_text *t = (struct report_text *)base;

	buf_free(&t->out);
	free(t);
}

struct report *report_text_new(const struct report_text_options *o)
{
	static const struct report_ops ops = { .run = text_run, .cell = text_cell, .done = text_done, .free = text_free };
	struct report_text *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->base.ops = &ops;
	t->o = *o;
	buf_init(&t->out, 4 << 20);
	return &t->base;
}
