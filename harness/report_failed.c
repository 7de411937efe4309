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
	json_t *listed;			/* what is in the file, as keys */
};

static void failed_cell(struct report *base, const struct report_cell *c)
{
	struct report_failed *f = (struct report_failed *)base;
	struct buf id;

	if (!c->bad)
		return;
	buf_init(&id, 64 * 1024);
	buf_addf(&id, "%s::%s", c->file, c->cell);
	if (!json_object_get(f->listed, buf_str(&id))) {
		fprintf(f->out, "%s\n", buf_str(&id));
		json_object_set_new(f->listed, buf_str(&id), json_true());
	}
	buf_free(&id);
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
	json_decref(f->listed);
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
	f->listed = json_object();
	f->path = strdup(path);
	if (asprintf(&f->temporary, "%s.%d", path, (int)getpid()) < 0)
		f->temporary = NULL;
	f->out = f->temporary ? fopen(f->temporary, "we") : NULL;
	if (f->out && f->path)
		return &f->base;
	failed_free(&f->base);
	return NULL;
}
