/* The list that `--failed` reads: what did not pass, one file::cell a line, renamed into place when the run is over. */
#include "harness/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct report_failed {
	struct report base;
	char *path, *temporary;
	FILE *out;
};

static void failed_cell(struct report *base, const struct report_cell *c)
{
	if (c->bad)
		fprintf(((struct report_failed *)base)->out, "%s::%s\n", c->file, c->cell);
}

static void failed_done(struct report *base, const struct report_totals *t)
{
	struct report_failed *f = (struct report_failed *)base;

	(void)t;
	if (fflush(f->out) || rename(f->temporary, f->path))
		fprintf(stderr, "hil: %s: %s\n", f->path, strerror(errno));
}

static void failed_free(struct report *base)
{
	struct report_failed *f = (struct report_failed *)base;

	if (f->out)
		fclose(f->out);
	if (f->temporary)
		unlink(f->temporary);	/* there only when it was not renamed */
	free(f->path);
	free(f->temporary);
	free(f);
}

struct report *report_failed_new(const char *path)
{
	static const struct report_ops ops = { .cell = failed_cell, .done = failed_done, .free = failed_free };
	struct report_failed *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->base.ops = &ops;
	f->path = strdup(path);
	if (asprintf(&f->temporary, "%s.%d", path, (int)getpid()) < 0)
		f->temporary = NULL;
	f->out = f->temporary ? fopen(f->temporary, "we") : NULL;
	if (f->out && f->path)
		return &f->base;
	failed_free(&f->base);
	return NULL;
}
