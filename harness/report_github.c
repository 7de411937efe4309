/* Annotations for GitHub's log, at most nine since it shows ten of a kind, and the table in its step summary. */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 9, SUMMARY_MAX_BYTES = 1000 * 1000 };

struct report_github {
	struct report base;
	FILE *out;
	size_t bad, noted;
	struct buf summary;		/* rows of the table */
};

/* property: `:` and `,` end it there. */
static void print_escaped(FILE *out, const char *s, bool property)
{
	for (; *s; s++) {
		if (*s == '%' || *s == '\r' || *s == '\n' || (property && (*s == ':' || *s == ',')))
			fprintf(out, "%%%02X", (unsigned char)*s);
		else
			fputc(*s, out);
	}
}

static void add_text(struct buf *out, const struct report_cell *c)
{
	const json_t *one;
	size_t i;

	report_facets_text(out, c);
	if (out->len)
		buf_addc(out, '\n');
	json_array_foreach(c->attempts, i, one)
		buf_addf(out, "attempt %zu: %s\n", i + 1, json_string_value(json_object_get(one, "text")));
	if (c->failed)
		report_failure_text(out, c, &c->failure, "");
	else if (c->outcome == OUTCOME_XPASS)
		buf_adds(out, "passed, and was expected to fail");
	else if (c->bad)
		buf_adds(out, "passed only when it was tried again");
}

/* kind: "error", or "warning" for what does not fail the run. */
static void annotate(struct report_github *g, const char *kind, const struct report_cell *c)
{
	const struct report_failure *f = &c->failure;
	struct buf text, clean;

	buf_init(&text, 256 * 1024);
	buf_init(&clean, 256 * 1024);
	add_text(&text, c);
	report_clean(&clean, buf_str(&text));
	fprintf(g->out, "::%s file=", kind);
	print_escaped(g->out, f->line ? f->file : c->file, true);
	fprintf(g->out, ",line=%u,col=%u,title=", f->line ? f->line : c->line, f->line ? f->column : 1);
	print_escaped(g->out, outcome_word(c->outcome), true);
	fputs(" ", g->out);
	print_escaped(g->out, c->cell, true);
	if (c->round)
		fprintf(g->out, " round %u", c->round);
	fputs("::", g->out);
	print_escaped(g->out, buf_str(&clean), false);
	fputc('\n', g->out);
	buf_free(&text);
	buf_free(&clean);
}

static void add_cell_text(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '|')
			buf_addc(out, '\\');
		buf_addc(out, *s == '\n' ? ' ' : *s);
	}
}

static void add_row(struct report_github *g, const struct report_cell *c)
{
	struct buf facets;

	buf_init(&facets, 4096);
	report_facets_text(&facets, c);
	buf_addf(&g->summary, "| %s | `%s` | %.1fs | ", outcome_word(c->outcome), c->cell, c->took);
	if (c->round)
		buf_addf(&g->summary, "round %u; ", c->round);
	add_cell_text(&g->summary, buf_str(&facets));
	if (facets.len)
		buf_adds(&g->summary, "; ");
	add_cell_text(&g->summary, c->failed ? c->failure.what : c->reason);
	buf_adds(&g->summary, " |\n");
	buf_free(&facets);
}

static void github_cell(struct report *base, const struct report_cell *c)
{
	struct report_github *g = (struct report_github *)base;
	bool noted = !c->bad && (c->flaky || (c->quarantined && outcome_is_bad(c->outcome)));

	if (c->outcome != OUTCOME_PASS || c->bad || noted)
		add_row(g, c);
	if (c->bad && ++g->bad <= SHOWN_MAX)
		annotate(g, "error", c);
	if (noted && ++g->noted <= SHOWN_MAX)
		annotate(g, "warning", c);
}

static void write_summary(struct report_github *g, const char *totals)
{
	const char *path = getenv("GITHUB_STEP_SUMMARY");
	FILE *out = path && *path ? fopen(path, "ae") : NULL;

	if (!out)
		return;
	if (g->summary.len)
		fprintf(out, "| outcome | cell | time | what |\n|---|---|---|---|\n%s\n", buf_str(&g->summary));
	fprintf(out, "%s\n", totals);
	fclose(out);
}

static void github_done(struct report *base, const struct report_totals *totals)
{
	struct report_github *g = (struct report_github *)base;
	struct buf text;

	if (g->bad > SHOWN_MAX)
		fprintf(g->out, "::error title=hil::and %zu more\n", g->bad - SHOWN_MAX);
	if (g->noted > SHOWN_MAX)
		fprintf(g->out, "::warning title=hil::and %zu more\n", g->noted - SHOWN_MAX);
	buf_init(&text, 4096);
	report_totals_text(&text, totals);
	write_summary(g, buf_str(&text));
	fputs(buf_str(&text), g->out);
	fflush(g->out);
	buf_free(&text);
}

static void github_free(struct report *base)
{
	struct report_github *g = (struct report_github *)base;

	buf_free(&g->summary);
	free(g);
}

struct report *report_github_new(FILE *out)
{
	static const struct report_ops ops = { .cell = github_cell, .done = github_done, .free = github_free };
	struct report_github *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->base.ops = &ops;
	g->out = out;
	buf_init(&g->summary, SUMMARY_MAX_BYTES);
	return &g->base;
}
