/* Annotations for GitHub's log, at most nine since it shows ten of a kind, and the table in its step summary. */
#include "harness/report.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 9, SUMMARY_MAX_BYTES = 1000 * 1000 };

struct report_github {
	struct report base;
	FILE *out;
	size_t bad;
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

static void annotate(struct report_github *g, const struct report_cell *c)
{
	const struct report_failure *f = &c->failure;
	struct buf text, clean;

	buf_init(&text, 256 * 1024);
	buf_init(&clean, 256 * 1024);
	if (c->failed)
		report_failure_text(&text, c, f, "");
	else
		buf_adds(&text, "passed, and was expected to fail");
	report_clean(&clean, buf_str(&text));
	fputs("::error file=", g->out);
	print_escaped(g->out, f->line ? f->file : c->file, true);
	fprintf(g->out, ",line=%u,col=%u,title=", f->line ? f->line : c->line, f->line ? f->column : 1);
	print_escaped(g->out, outcome_word(c->outcome), true);
	fputs(" ", g->out);
	print_escaped(g->out, c->cell, true);
	fputs("::", g->out);
	print_escaped(g->out, buf_str(&clean), false);
	fputc('\n', g->out);
	buf_free(&text);
	buf_free(&clean);
}

static void add_row(struct report_github *g, const struct report_cell *c)
{
	buf_addf(&g->summary, "| %s | `%s` | %.1fs | ", outcome_word(c->outcome), c->cell, c->took);
	for (const char *s = c->failed ? c->failure.what : c->reason; *s; s++) {
		if (*s == '|')
			buf_addc(&g->summary, '\\');
		buf_addc(&g->summary, *s == '\n' ? ' ' : *s);
	}
	buf_adds(&g->summary, " |\n");
}

static void github_cell(struct report *base, const struct report_cell *c)
{
	struct report_github *g = (struct report_github *)base;
	bool bad = c->outcome == OUTCOME_FAIL || c->outcome == OUTCOME_ERROR || c->outcome == OUTCOME_XPASS;

	if (c->outcome != OUTCOME_PASS)
		add_row(g, c);
	if (bad && ++g->bad <= SHOWN_MAX)
		annotate(g, c);
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
