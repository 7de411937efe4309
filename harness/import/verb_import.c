/* hil import: reads a log, says what is in it, and writes recordings and drafts of scenarios. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/import/import.h"
#include "harness/import/import_draft.h"
#include "harness/import/import_profile.h"
#include "harness/import/import_report.h"
#include "harness/verbs.h"
#include "harness/wire/whole_file.h"

/* One log and what is to be done with it. */
struct job {
	const struct options *o;
	struct import_options how;
	char *path;
	struct buf text;
	struct import *imp;
};

static int complain(const struct err *e)
{
	fprintf(stderr, "hil: %s\n", e->msg);
	return HIL_EXIT_USAGE;
}

static int list_formats(void)
{
	for (const char *const *name = import_formats(); *name; name++)
		printf("%-15s %s\n", *name, import_format_help(*name));
	return HIL_EXIT_PASS;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* --- files ---------------------------------------------------------------------------------------------------- */

static int write_draft(const struct job *job, size_t i, const char *base, const char *path, struct err *e)
{
	const struct import_segment *s = import_segment(job->imp, i);
	struct import_profile profile;
	char name[64], source[64];
	const struct import_draft draft = {
		.name = name,
		.source = source,
		.segment = s,
		.recording = import_recording(job->imp, i),
		.profile = import_find_profile(import_recording(job->imp, i), buf_str(&job->text), job->text.len,
					       s->first_line, s->last_line, &profile)
				   ? &profile
				   : NULL,
	};
	struct buf yaml;
	int err;

	import_plain_name(base, name, sizeof(name));
	str_copy(source, sizeof(source), last_part(import_name(job->imp)));
	source[strcspn(source, ".")] = '\0';
	for (char *c = source; *c; c++)
		*c = isalnum((unsigned char)*c) || *c == '-' || *c == '_' ? *c : '-';
	buf_init(&yaml, SIZE_MAX);
	err = import_write_draft(&draft, &yaml);
	err = err ? err_set(e, err, "%s: %s", path, strerror(-err)) : whole_file_write(path, &yaml, e);
	buf_free(&yaml);
	return err;
}

static int write_segment(const struct job *job, size_t i, const char *base, struct err *e)
{
	char *recording = NULL, *draft = NULL;
	int err = asprintf(&recording, "%s.jsonl", base) < 0 || asprintf(&draft, "%s.yaml", base) < 0 ? -ENOMEM : 0;

	if (err)
		err_set(e, err, "out of memory");
	else
		err = recording_write(import_recording(job->imp, i), recording, e);
	if (!err)
		err = write_draft(job, i, base, draft, e);
	if (!err)
		printf("  %s\n  %s\n", recording, draft);
	free(recording);
	free(draft);
	return err;
}

/* BASE.jsonl and BASE.yaml; where there are several conversations, BASE-FIRST-LAST by their lines. */
static int write_all(const struct job *job, struct err *e)
{
	size_t n = import_segments(job->imp);
	int err = 0;

	puts("\nwritten:");
	for (size_t i = 0; i < n && !err; i++) {
		const struct import_segment *s = import_segment(job->imp, i);
		char *base = NULL;
		int len = n == 1 ? asprintf(&base, "%s", job->o->output)
				 : asprintf(&base, "%s-%u-%u", job->o->output, s->first_line, s->last_line);

		err = len < 0 ? err_set(e, -ENOMEM, "out of memory") : write_segment(job, i, base, e);
		free(base);
	}
	return err;
}

/* --- the verb ------------------------------------------------------------------------------------------------- */

static void print_report(const struct job *job)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	if (job->o->json)
		import_write_json(job->imp, import_name(job->imp), &out);
	else
		import_write_report(job->imp, import_name(job->imp), job->o->import.ambiguous, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	buf_free(&out);
}

static int read_log(struct job *job, struct err *e)
{
	const char *argument = job->o->select.paths.items[0];

	job->path = import_split_range(argument, &job->how, e);
	if (!job->path || wire_read_file(strcmp(job->path, "-") ? job->path : "/dev/stdin", &job->text, e))
		return e->code;
	job->imp = import_text(strcmp(job->path, "-") ? job->path : "stdin", buf_str(&job->text), job->text.len,
			       &job->how, e);
	return job->imp ? 0 : e->code;
}

/* Commands named in sentences, and lines that nobody can read, are worth a word even so. */
static int say_nothing_found(const struct job *job)
{
	const struct import_options *how = &job->how;

	if (how->first_line)
		fprintf(stderr, "hil: %s: no conversation with a modem in lines %u to %u\n", import_name(job->imp),
			how->first_line, how->last_line);
	else
		fprintf(stderr, "hil: %s: no conversation with a modem in it\n", import_name(job->imp));
	if (import_remarks(job->imp))
		print_report(job);
	return HIL_EXIT_USAGE;
}

static int import_log(struct job *job)
{
	struct err e = { 0 };

	if (read_log(job, &e))
		return complain(&e);
	if (!import_segments(job->imp))
		return say_nothing_found(job);
	print_report(job);
	if (job->o->output && write_all(job, &e)) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return HIL_EXIT_ERROR;
	}
	if (!job->o->output && !job->o->json && import_segments(job->imp) > 1)
		printf("\n%s:FIRST-LAST takes a part; with -o BASE it is written as BASE.jsonl and a draft scenario, "
		       "BASE.yaml\n",
		       job->path);
	else if (!job->o->output && !job->o->json)
		puts("\nwith -o BASE it is written as BASE.jsonl and a draft scenario, BASE.yaml");
	return HIL_EXIT_PASS;
}

int verb_import(const struct options *o)
{
	struct job job = { .o = o, .how = { .as = o->import.as, .redact = !o->import.no_redact } };
	int code;

	if (o->import.formats)
		return list_formats();
	buf_init(&job.text, SIZE_MAX);
	code = import_log(&job);
	import_free(job.imp);
	buf_free(&job.text);
	free(job.path);
	return code;
}
