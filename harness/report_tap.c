/*
 * TAP 13: what `prove` of Debian 12 reads; or 14, which differs in how a backslash is written. Plan first; an unexpected
 * pass is `not ok` without TODO, since a passing TODO counts as fine there.
 */
#include "harness/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct report_tap {
	struct report base;
	FILE *out;
	bool ours;
	unsigned version;
	bool plan_last;			/* how many there will be is not known at the beginning */
	size_t number;
};

static void tap_run(struct report *base, const struct report_run *run)
{
	struct report_tap *t = (struct report_tap *)base;

	t->plan_last = run->until_fail || run->soak > 0;
	fprintf(t->out, "TAP version %u\n", t->version);
	if (!t->plan_last)
		fprintf(t->out, "1..%zu\n", run->cells * (run->repeat ? run->repeat : 1));
	fprintf(t->out, "# seed %s, target %s\n", run->seed, run->target);
	if (*run->shuffle)
		fprintf(t->out, "# shuffled by %s\n", run->shuffle);
}

/* A `#` would begin a directive. */
static void print_description(const struct report_tap *t, const char *s)
{
	for (; *s; s++) {
		if (*s == '#' || (*s == '\\' && t->version >= 14))
			fputc('\\', t->out);
		fputc(*s == '\n' ? ' ' : *s, t->out);
	}
}

static void print_yaml_text(FILE *out, const char *key, const char *s)
{
	struct buf clean;

	if (!*s)
		return;
	buf_init(&clean, 64 * 1024);
	report_clean(&clean, s);
	fprintf(out, "  %s: '", key);
	for (s = buf_str(&clean); *s; s++)
		fputs(*s == '\'' ? "''" : (const char[]){ *s == '\n' ? ' ' : *s, '\0' }, out);
	fputs("'\n", out);
	buf_free(&clean);
}

static void print_block(FILE *out, const struct report_cell *c)
{
	struct buf text, clean;

	buf_init(&text, 256 * 1024);
	buf_init(&clean, 256 * 1024);
	report_failure_text(&text, c, &c->failure, "    ");
	report_clean(&clean, buf_str(&text));
	fprintf(out, "  message: |\n%s", buf_str(&clean));
	buf_free(&text);
	buf_free(&clean);
}

static void print_facets(FILE *out, const struct report_cell *c)
{
	const json_t *one;
	size_t i;

	if (c->flaky)
		fputs("  flaky: true\n", out);
	if (json_array_size(c->attempts))
		fputs("  attempts:\n", out);
	json_array_foreach(c->attempts, i, one)
		print_yaml_text(out, "  - what", json_string_value(json_object_get(one, "text")));
	print_yaml_text(out, "quarantined", c->quarantine_reason);
	print_yaml_text(out, "ref", c->quarantine_ref);
}

static void print_diagnostics(struct report_tap *t, const struct report_cell *c)
{
	fprintf(t->out, "  ---\n");
	print_yaml_text(t->out, "outcome", outcome_name(c->outcome));
	print_yaml_text(t->out, "reason", c->reason);
	print_facets(t->out, c);
	if (c->failed) {
		fprintf(t->out, "  at: {file: '%s', line: %u, column: %u}\n", c->failure.file, c->failure.line,
			c->failure.column);
		print_yaml_text(t->out, "what", c->failure.what);
		print_block(t->out, c);
	}
	fprintf(t->out, "  duration_ms: %.0f\n  ...\n", c->took * 1000);
}

/* TODO: a failure that is known and does not count, expected or set aside. */
static void print_directive(const struct report_tap *t, const struct report_cell *c)
{
	if (c->outcome == OUTCOME_SKIP || (c->outcome == OUTCOME_XFAIL && !c->bad)) {
		fprintf(t->out, " # %s ", c->outcome == OUTCOME_SKIP ? "SKIP" : "TODO");
		print_description(t, c->reason);
	} else if (c->quarantined && outcome_is_bad(c->outcome)) {
		fputs(" # TODO quarantined: ", t->out);
		print_description(t, c->quarantine_reason);
	}
}

static void tap_round(struct report *base, unsigned round, const char *seed)
{
	fprintf(((struct report_tap *)base)->out, "# round %u, seed %s\n", round, seed);
}

static void tap_cell(struct report *base, const struct report_cell *c)
{
	struct report_tap *t = (struct report_tap *)base;
	bool ok = !c->bad && (c->outcome == OUTCOME_PASS || c->outcome == OUTCOME_SKIP);

	fprintf(t->out, "%s %zu - ", ok ? "ok" : "not ok", ++t->number);
	print_description(t, c->cell);
	if (c->round)
		fprintf(t->out, ", round %u", c->round);
	print_directive(t, c);
	fputc('\n', t->out);
	if (!ok || c->attempts || c->quarantined)
		print_diagnostics(t, c);
	fflush(t->out);
}

static void tap_done(struct report *base, const struct report_totals *totals)
{
	struct report_tap *t = (struct report_tap *)base;
	struct buf text;

	if (t->plan_last)
		fprintf(t->out, "1..%zu\n", t->number);
	if (totals->stopped)
		fprintf(t->out, "Bail out! %s\n", totals->stopped);
	else if (totals->bad[OUTCOME_ERROR] && report_totals_failed(totals) == totals->bad[OUTCOME_ERROR])
		fprintf(t->out, "Bail out! %zu cells could not be judged\n", totals->bad[OUTCOME_ERROR]);
	buf_init(&text, 4096);
	report_totals_text(&text, totals);
	for (char *s = text.data, *lf; s && (lf = strchr(s, '\n')) != NULL; s = lf + 1)
		fprintf(t->out, "# %.*s\n", (int)(lf - s), s);
	buf_free(&text);
}

static void tap_free(struct report *base)
{
	struct report_tap *t = (struct report_tap *)base;

	if (t->ours)
		fclose(t->out);
	else
		fflush(t->out);
	free(t);
}

struct report *report_tap_new(FILE *out, const char *path, unsigned version, struct err *e)
{
	static const struct report_ops ops = {
		.run = tap_run, .round = tap_round, .cell = tap_cell, .done = tap_done, .free = tap_free,
	};
	struct report_tap *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->base.ops = &ops;
	t->out = path ? fopen(path, "we") : out;
	t->ours = path != NULL;
	t->version = version;
	if (t->out)
		return &t->base;
	err_set(e, -errno, "%s: %s", path, strerror(errno));
	free(t);
	return NULL;
}
