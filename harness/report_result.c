/*
 * result.jsonl of a unit: its events but for the bytes of the wire, which have a file of their own. It appears when the
 * unit is done; of one that was stopped there is none, and somebody else runs it.
 */
#include "harness/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct report_result {
	struct report base;
	char *path, *temporary;
	FILE *out;
};

static void result_line(struct report *base, const char *line, size_t n)
{
	static const char wire[] = "\"event\":\"wire\"";

	if (!memmem(line, n < 64 ? n : 64, wire, sizeof(wire) - 1))
		fwrite(line, 1, n, ((struct report_result *)base)->out);
}

static void result_done(struct report *base, const struct report_totals *t)
{
	struct report_result *r = (struct report_result *)base;

	if (t->stopped)
		return;
	if (fflush(r->out) || fsync(fileno(r->out)) || rename(r->temporary, r->path))
		fprintf(stderr, "hil: %s: %s\n", r->path, strerror(errno));
}

static void result_free(struct report *base)
{
	struct report_result *r = (struct report_result *)base;

	if (r->out)
		fclose(r->out);
	if (r->temporary)
		unlink(r->temporary); /* there only when it was not renamed */
	free(r->path);
	free(r->temporary);
	free(r);
}

struct report *report_result_new(const char *path, struct err *e)
{
	static const struct report_ops ops = { .line = result_line, .done = result_done, .free = result_free };
	struct report_result *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->base.ops = &ops;
	r->path = strdup(path);
	if (asprintf(&r->temporary, "%s.%d", path, (int)getpid()) < 0)
		r->temporary = NULL;
	r->out = r->temporary ? fopen(r->temporary, "we") : NULL;
	if (r->path && r->out)
		return &r->base;
	err_set(e, -errno, "%s: %s", path, strerror(errno));
	result_free(&r->base);
	return NULL;
}
