/* JSONL trace. Lines are collected and written when the program is idle or the buffer is full, whole lines at a time. */
#include "app/trace_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trace_file {
	struct trace *trace;
	FILE *out;
	struct buf line;
};

static void on_event(const struct trace_event *ev, void *ctx)
{
	struct trace_file *f = ctx;

	buf_reset(&f->line);
	trace_to_json(ev, &f->line);
	fwrite(buf_str(&f->line), 1, f->line.len, f->out);
}

struct trace_file *trace_file_new(struct trace *t, const char *path, struct err *e)
{
	struct trace_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->trace = t;
	buf_init(&f->line, 1 << 20);
	f->out = strcmp(path, "-") ? fopen(path, "we") : stdout;
	if (!f->out) {
		err_set(e, -errno, "%s: %s", path, strerror(errno));
		free(f);
		return NULL;
	}
	trace_add_sink(t, on_event, f);
	return f;
}

void trace_file_flush(struct trace_file *f)
{
	fflush(f->out);
}

void trace_file_free(struct trace_file *f)
{
	if (!f)
		return;
	trace_remove_sink(f->trace, on_event, f);
	if (f->out == stdout)
		fflush(f->out);
	else
		fclose(f->out);
	buf_free(&f->line);
	free(f);
}
