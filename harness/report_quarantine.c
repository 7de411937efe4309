/*
 * --quarantine-verify: a list that is not looked after hides what would be seen. An entry has to go when its cells
 * passed, all of them and every time, when it means no cell, or when its date is over.
 */
#include "harness/report.h"

#include <stdlib.h>

#include "harness/quarantine.h"

struct seen {
	size_t ran, troubled;
};

struct report_quarantine {
	struct report base;
	FILE *out;
	const struct quarantine *q;
	struct seen *seen; /* one an entry */
};

static void quarantine_cell(struct report *base, const struct report_cell *c)
{
	struct report_quarantine *r = (struct report_quarantine *)base;

	for (size_t i = 0; i < quarantine_size(r->q); i++) {
		if (c->outcome == OUTCOME_SKIP || !quarantine_means(r->q, i, c->file, c->cell))
			continue;
		r->seen[i].ran++;
		r->seen[i].troubled += c->flaky || outcome_is_bad(c->outcome);
	}
}

/* Why the entry has to go; NULL: it may stay, or nothing is known of it. */
static const char *complaint(const struct report_quarantine *r, size_t i)
{
	const struct quarantine_entry *one = quarantine_at(r->q, i);

	if (one->over)
		return "its date is over";
	if (!one->matches)
		return "no cell is called so";
	if (r->seen[i].ran && !r->seen[i].troubled)
		return "all its cells passed";
	return NULL;
}

static size_t quarantine_failures(struct report *base)
{
	struct report_quarantine *r = (struct report_quarantine *)base;
	size_t n = 0;

	for (size_t i = 0; i < quarantine_size(r->q); i++)
		n += complaint(r, i) != NULL;
	return n;
}

static void quarantine_done(struct report *base, const struct report_totals *t)
{
	struct report_quarantine *r = (struct report_quarantine *)base;

	(void)t;
	for (size_t i = 0; i < quarantine_size(r->q); i++) {
		const struct quarantine_entry *one = quarantine_at(r->q, i);
		const char *why = complaint(r, i);

		if (!why)
			continue;
		fprintf(r->out, "%s:%u:%u: quarantine of '%s': %s", one->file, one->line, one->column, one->cell, why);
		if (one->over)
			fprintf(r->out, " (%s)", one->until);
		else if (one->matches)
			fprintf(r->out, " (%zu of %zu runs)", r->seen[i].ran, r->seen[i].ran);
		fprintf(r->out, "; reason was: %s\n", one->reason);
	}
}

static void quarantine_free_report(struct report *base)
{
	struct report_quarantine *r = (struct report_quarantine *)base;

	free(r->seen);
	free(r);
}

struct report *report_quarantine_new(FILE *out, const struct quarantine *q)
{
	static const struct report_ops ops = {
		.cell = quarantine_cell,
		.failures = quarantine_failures,
		.failures_are = "quarantine entries to remove",
		.done = quarantine_done,
		.free = quarantine_free_report,
	};
	struct report_quarantine *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	*r = (struct report_quarantine){ { &ops }, out, q, calloc(quarantine_size(q) + 1, sizeof(*r->seen)) };
	if (r->seen)
		return &r->base;
	free(r);
	return NULL;
}
