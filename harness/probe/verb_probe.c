/* hil probe: opens the port, asks, and prints a profile or how the modem differs from one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/probe/line_fd.h"
#include "harness/probe/yaml_out.h"
#include "harness/verbs.h"

enum { OUT_MAX_BYTES = 1 << 20, SAMPLES = 3, NAME_WIDTH = 28, VALUE_WIDTH = 24 };

/* One line on a terminal, written over again and again. */
static void show_progress(const char *what, size_t done, size_t all, void *ctx)
{
	(void)ctx;
	fprintf(stderr, "\r\033[K[%zu/%zu] %s", done, all, what);
}

static void clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static unsigned allowed(const struct probe_flags *f)
{
	return (f->write ? PROBE_WRITE : 0u) | (f->network ? PROBE_NETWORK : 0u) | (f->boot ? PROBE_BOOT : 0u);
}

static int ask(const struct options *o, struct probe_result *r, struct err *e)
{
	struct clock *clock = clock_new_monotonic(1);
	struct loop *loop = clock ? loop_new(clock) : NULL;
	struct line_fd *line = loop ? line_fd_open(o->port, (long)o->baud, loop, e) : NULL;
	const struct talk_io io = { line_fd_write, line, clock, loop };
	struct talk *talk = line ? talk_new(&io) : NULL;
	const struct probe_options po = {
		.allowed = allowed(&o->probe),
		.repeat = o->probe.samples ? o->probe.samples : SAMPLES,
		.peers = o->probe.peers.items,
		.n_peers = o->probe.peers.n,
		.progress = isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	int err = talk ? 0 : err_set(e, -ENOMEM, "no event loop");

	if (!err) {
		line_fd_start(line, talk);
		err = probe_run(talk, &po, r, e);
		clear_progress();
	}
	line_fd_free(line);
	talk_free(talk);
	if (loop)
		loop_free(loop);
	if (clock)
		clock_free(clock);
	return err;
}

/* --- what was found ------------------------------------------------------------------------------------------- */

static int write_out(const char *path, const struct buf *text)
{
	FILE *f = path && strcmp(path, "-") ? fopen(path, "w") : stdout;
	bool bad = !f || fwrite(buf_str(text), 1, text->len, f) != text->len;

	if (f && f != stdout)
		bad |= fclose(f) != 0;
	if (bad)
		fprintf(stderr, "hil: %s: %s\n", path ? path : "standard output", strerror(errno));
	return bad ? HIL_EXIT_ERROR : HIL_EXIT_PASS;
}

static int print_profile(const struct options *o, const struct probe_result *r)
{
	const char *extends = o->probe.extends;
	struct yaml_options yo = {
		.name = o->probe.name,
		.port = o->port,
		.allowed = allowed(&o->probe),
		.all = o->probe.all,
		.ids = o->probe.ids,
	};
	struct emu_revision *parent;
	struct err e = { 0 };
	struct buf text;
	size_t n = 0;
	int code;

	parent = extends ? emu_revision_load(extends, &e) : probe_nearest(r, &extends, &n);
	if (!parent) {
		fprintf(stderr, "hil: %s\n", e.code ? e.msg : "no profile to extend");
		return HIL_EXIT_USAGE;
	}
	yo.extends = extends;
	buf_init(&text, OUT_MAX_BYTES);
	code = yaml_out(r, parent, &yo, &text) ? HIL_EXIT_ERROR : write_out(o->output, &text);
	buf_free(&text);
	emu_revision_free(parent);
	return code;
}

/* Every value that was seen and is another one there. */
static int print_differences(const struct options *o, const struct probe_result *r)
{
	struct err e = { 0 };
	struct emu_revision *rev = emu_revision_load(o->probe.diff, &e);
	size_t seen = 0, differ = 0;

	if (!rev) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return HIL_EXIT_USAGE;
	}
	for (size_t i = 0; i < r->n; i++) {
		struct emu_value_info info = emu_value_info(i);

		seen += r->value[i].state == PROBE_SEEN;
		if (!probe_differs(r, i, rev) || (probe_is_personal(info.name) && !o->probe.ids))
			continue;
		if (!differ++)
			printf("%-*s %-*s %-*s %s\n", NAME_WIDTH, "", VALUE_WIDTH, "modem", VALUE_WIDTH, o->probe.diff,
			       "asked with");
		printf("%-*s %-*s %-*s %s\n", NAME_WIDTH, info.name, VALUE_WIDTH, r->value[i].value, VALUE_WIDTH,
		       emu_revision_value(rev, i), r->value[i].evidence + strlen("probe:"));
	}
	printf("%zu values seen, %zu differ from %s\n", seen, differ, o->probe.diff);
	emu_revision_free(rev);
	return differ ? HIL_EXIT_FAIL : HIL_EXIT_PASS;
}

int verb_probe(const struct options *o)
{
	struct probe_result r = { 0 };
	struct err e = { 0 };
	int code = ask(o, &r, &e);

	if (code) {
		fprintf(stderr, "hil: %s: %s\n", o->port, e.msg);
		code = code == -EINVAL ? HIL_EXIT_USAGE : HIL_EXIT_ERROR;
	} else {
		fputs(buf_str(&r.notes), stderr);
		code = o->probe.diff ? print_differences(o, &r) : print_profile(o, &r);
	}
	probe_result_free(&r);
	return code;
}
