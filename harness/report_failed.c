/*
 * The list that `--failed` reads: what did not pass when it ran last, one cell a line, renamed into place when the run is over.
 * A run of some cells, or one that is stopped, says nothing of the others.
 */
#include "harness/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/select.h"

struct report_failed {
	struct report base;
	char *path, *temporary;
	json_t *failed;			/* key -> true: what did not pass when it ran last, in order */
};

/* A cell that passes leaves the list; one that does not run stays on it. */
static void failed_cell(struct report *base, const struct report_cell *c)
{
	struct report_failed *f = (struct report_failed *)base;
	struct buf key;

	if (*c->point)
		return;		/* a point of a sweep is no cell that could be selected; its own line repeats it */
	buf_init(&key, 64 * 1024);
	cell_key(&key, c->file, c->cell);
	if (c->bad)
		json_object_set_new(f->failed, buf_str(&key), json_true());
	else if (c->outcome != OUTCOME_SKIP && c->round <= 1)
		json_object_del(f->failed, buf_str(&key));
	buf_free(&key);
}

static void failed_done(struct report *base, const struct report_totals *t)
{
	struct report_failed *f = (struct report_failed *)base;
	FILE *out = fopen(f->temporary, "we");
	const char *key;
	json_t *value;

	(void)t;
	json_object_foreach(f->failed, key, value)
		if (out)
			fprintf(out, "%s\n", key);
	if (!out || fclose(out) || rename(f->temporary, f->path))
		fprintf(stderr, "hil: %s: %s\n", f->path, strerror(errno));
}

static void read_list(struct report_failed *f)
{
	FILE *in = fopen(f->path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while (in && (n = getline(&line, &cap, in)) > 0) {
		line[n - (line[n - 1] == '\n')] = '\0';
		json_object_set_new(f->failed, line, json_true());
	}
	free(line);
	if (in)
		fclose(in);
}

static void failed_free(struct report *base)
{
	struct report_failed *f = (struct report_failed *)base;

	if (f->temporary)
		unlink(f->temporary);	/* there only when it was not renamed */
	json_decref(f->failed);
	free(f->path);
	free(f->temporary);
	free(f);
}

struct report *report_failed_new(const char *path)
{
	static const struct report_ops ops = { .cell = failed_cell, .done = failed_done, .free = failed_free };
	struct report_failed *f = calloc(1, sizeof(*f));
	FILE *probe;

	if (!f)
		return NULL;
	f->base.ops = &ops;
	f->failed = json_object();
	f->path = strdup(path);
	if (asprintf(&f->temporary, "%s.%d", path, (int)getpid()) < 0)
		f->temporary = NULL;
	probe = f->temporary ? fopen(f->temporary, "we") : NULL;
	if (!probe || !f->path || !f->failed) {
		if (probe)
			fclose(probe);
		failed_free(&f->base);
		return NULL;
	}
	fclose(probe);
	read_list(f);
	return &f->base;
}
