/* hil reproduce LOG[:FIRST-LAST]: reads the log, plays it, prints what came of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/reproduce/outcome.h"
#include "harness/reproduce/regression.h"
#include "harness/reproduce/reproduce.h"
#include "harness/reproduce/tell.h"
#include "harness/terminal.h"
#include "harness/verbs.h"
#include "harness/wire/recording.h"

enum { TEXT_MAX_BYTES = 64 << 20, REPORT_MAX_BYTES = 256 << 20, WIDTH = 120 };

/* One object; of a thread one a line. */
static void print_json(const struct reproduction *r, bool line)
{
	json_t *j = tell_json(r);

	if (j)
		json_dumpf(j, stdout, line ? JSON_COMPACT : JSON_INDENT(1));
	putchar('\n');
	json_decref(j);
}

static void print_text(const struct reproduction *r, const struct options *o, bool verdict_only)
{
	const struct tell_options to = {
		.width = terminal_width(WIDTH),
		.color = terminal_color(o->run.color),
		.all = o->run.verbosity > 0,
		.verdict_only = verdict_only || o->run.verbosity < 0,
	};
	struct buf b;

	buf_init(&b, REPORT_MAX_BYTES);
	tell_text(r, &to, &b);
	fwrite(b.data, 1, b.len, stdout);
	buf_free(&b);
}

/* In a thread, what shows no outcome and opens no session is no log but a word about one. */
static bool is_worth_telling(const struct reproduction *r)
{
	return r->shown || outcome_rank(r->tale.script.acts[r->tale.goals[0].act].command) == 1;
}

static void print(const struct reproduction *r, const struct options *o, bool of_thread)
{
	if (of_thread && !is_worth_telling(r))
		return;
	if (o->json) {
		print_json(r, of_thread);
		return;
	}
	if (of_thread)
		printf("%s:%u-%u\n", r->log->name, r->log->from, r->log->to);
	print_text(r, o, of_thread);
}

static int write_regression(const struct reproduction *r, const char *base, struct err *e)
{
	int err = regression_write(r, base, e);

	if (!err)
		fprintf(stderr, "hil: written: %s.yaml%s%s%s\n", base, r->setup.world ? ", " : "",
			r->setup.world ? base : "", r->setup.world ? ".world.yaml" : "");
	return err;
}

/* -ENOENT: there is nothing to play; else 0 with the exit code in *code, or an error with *e filled. */
static int play(const struct log *l, const struct options *o, bool of_thread, int *code, struct err *e)
{
	struct reproduction r;
	int err = reproduce_log(l, o->run.profile, &r, e);

	if (!err)
		print(&r, o, of_thread);
	if (!err && o->output && !of_thread)
		err = write_regression(&r, o->output, e);
	if (!err && !reproduction_fits(&r) && (r.shown || !of_thread))
		*code = HIL_EXIT_FAIL;
	reproduction_free(&r);
	return err;
}

/* The last line of the comment that begins at line from. */
static unsigned end_of_comment(const struct log *all, unsigned from)
{
	unsigned to = from;

	while (to < all->to && log_line_at(all, to + 1)->comment == log_line_at(all, from)->comment)
		to++;
	return to;
}

/* A thread holds the conversations of several people: each comment is one log, told in short. */
static int play_comments(const struct log *all, const char *path, const struct buf *text, const struct options *o,
			 int *code, struct err *e)
{
	struct import_options io = { .as = o->import.as, .redact = !o->import.no_redact };
	int err = -ENOENT, one = 0;

	for (unsigned from = all->from; from <= all->to && (!one || one == -ENOENT); from = io.last_line + 1) {
		struct log *l;

		io.first_line = from;
		io.last_line = end_of_comment(all, from);
		l = log_read(path, buf_str(text), text->len, &io, e);
		one = l ? play(l, o, true, code, e) : -EINVAL;
		err = one == -ENOENT ? err : one;
		log_free(l);
	}
	return err;
}

/* More than one comment, and no choice of lines. */
static bool is_thread(const struct log *l, const struct import_options *o)
{
	return !o->first_line && l->n_lines && log_line_at(l, l->from)->comment != log_line_at(l, l->to)->comment;
}

int verb_reproduce(const struct options *o)
{
	struct import_options io = { .as = o->import.as, .redact = !o->import.no_redact };
	struct err e = { 0 };
	struct buf text;
	char *path = import_split_range(o->select.paths.items[0], &io, &e);
	struct log *l = NULL;
	int code = HIL_EXIT_PASS, err = -EINVAL;

	buf_init(&text, TEXT_MAX_BYTES);
	if (path && !wire_read_file(path, &text, &e))
		l = log_read(path, buf_str(&text), text.len, &io, &e);
	if (l && is_thread(l, &io) && o->output)
		err_set(&e, err, "%s holds several conversations: choose one by its lines, LOG:FIRST-LAST", l->name);
	else if (l && is_thread(l, &io))
		err = play_comments(l, path, &text, o, &code, &e);
	else if (l)
		err = play(l, o, false, &code, &e);
	if (err == -ENOENT)
		err_set(&e, err,
			io.first_line ? "%s: no conversation with a modem in lines %u to %u"
				      : "%s: no conversation with a modem",
			l->name, l->from, l->to);
	if (err)
		fprintf(stderr, "hil: %s\n", e.msg);
	log_free(l);
	buf_free(&text);
	free(path);
	return err ? HIL_EXIT_USAGE : code;
}
