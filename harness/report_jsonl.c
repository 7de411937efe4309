/* All events as they are, one a line. */
#include "harness/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct report_jsonl {
	struct report base;
	FILE *out;
	bool ours;
};

static void jsonl_line(struct report *base, const char *line, size_t n)
{
	fwrite(line, 1, n, ((struct report_jsonl *)base)->out);
}

/* After every cell, so that a killed run has its results. */
static void jsonl_cell(struct report *base, const struct report_cell *c)
{
	(void)c;
	fflush(((struct report_jsonl *)base)->out);
}

static void jsonl_free(struct report *base)
{
	struct report_jsonl *j = (struct report_jsonl *)base;

	if (j->ours)
		fclose(j->out);
	else
		fflush(j->out);
	free(j);
}

struct report *report_jsonl_new(FILE *out, const char *path, struct err *e)
{
	static const struct report_ops ops = { .cell = jsonl_cell, .line = jsonl_line, .free = jsonl_free };
	struct report_jsonl *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->base.ops = &ops;
	j->out = path ? fopen(path, "we") : out;
	j->ours = path != NULL;
	if (j->out)
		return &j->base;
	err_set(e, -errno, "%s: %s", path, strerror(errno));
	free(j);
	return NULL;
}
