/* hil probe: opens the port, asks, and prints a profile or how the modem differs from one. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/str.h"
#include "harness/probe/probe_line.h"
#include "harness/probe/rows.h"
#include "harness/probe/yaml_out.h"
#include "harness/verbs.h"
#include "io/loop.h"

enum { OUT_MAX_BYTES = 1 << 20, SAMPLES = 3, NAME_WIDTH = 27, VALUE_WIDTH = 26 };

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

/* What ends the program is waited for: the modem's settings are to be put back. A second one is not. */
struct stop {
	uv_signal_t interrupt, terminate;
	struct talk *talk;
	int signal;
};

static void on_signal(uv_signal_t *h, int signal)
{
	struct stop *s = h->data;

	s->signal = signal;
	talk_interrupt(s->talk);
	uv_signal_stop(&s->interrupt);
	uv_signal_stop(&s->terminate);
}

static void stop_begin(struct stop *s, struct loop *loop, struct talk *talk)
{
	*s = (struct stop){ .talk = talk };
	uv_signal_init(loop_uv(loop), &s->interrupt);
	uv_signal_init(loop_uv(loop), &s->terminate);
	s->interrupt.data = s->terminate.data = s;
	uv_signal_start(&s->interrupt, on_signal, SIGINT);
	uv_signal_start(&s->terminate, on_signal, SIGTERM);
}

static void stop_end(struct stop *s)
{
	uv_close((uv_handle_t *)&s->interrupt, NULL);
	uv_close((uv_handle_t *)&s->terminate, NULL);
}

static int ask_all(struct probe_line *l, const struct options *o, struct probe_result *r, struct err *e)
{
	const struct probe_options po = {
		.allowed = allowed(&o->probe),
		.repeat = o->probe.samples ? o->probe.samples : SAMPLES,
		.peers = o->probe.peers.items,
		.n_peers = o->probe.peers.n,
		.progress = isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	struct err own = { 0 };
	int err = probe_run(l->talk, &po, r, &own);

	clear_progress();
	return err ? err_set(e, err, "%.200s: %s", o->port, own.msg) : 0;
}

static int ask(const struct options *o, struct probe_result *r, int *signal, struct err *e)
{
	struct probe_line l;
	struct stop stop;
	int err = probe_line_open(&l, o->port, (long)o->baud, e);

	if (!err && l.loop)
		stop_begin(&stop, l.loop, l.talk);
	if (!err)
		err = ask_all(&l, o, r, e);
	if (l.loop && l.talk) {
		stop_end(&stop);
		*signal = stop.signal;
	}
	probe_line_close(&l);
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

/* named is what --extends says, NULL: whatever is nearest. */
static int print_profile(const struct options *o, const struct probe_result *r, struct emu_revision *named)
{
	struct yaml_options yo = {
		.name = o->probe.name,
		.port = o->port,
		.allowed = allowed(&o->probe),
		.all = o->probe.all,
		.ids = o->probe.ids,
		.extends = o->probe.extends,
	};
	struct emu_revision *nearest = NULL;
	struct buf text;
	size_t n = 0;
	int code;

	if (!named)
		nearest = probe_nearest(r, &yo.extends, &n);
	if (!named && !nearest) {
		fputs("hil: no built-in profile can be read\n", stderr);
		return HIL_EXIT_ERROR;
	}
	buf_init(&text, OUT_MAX_BYTES);
	code = yaml_out(r, named ? named : nearest, &yo, &text) ? HIL_EXIT_ERROR : write_out(o->output, &text);
	buf_free(&text);
	emu_revision_free(nearest);
	return code;
}

/* As much of a value as a column has room for. */
static const char *shown(const char *value, char text[VALUE_WIDTH + 1])
{
	struct buf view;

	buf_init(&view, OUT_MAX_BYTES);
	str_escape(&view, value, strlen(value));
	snprintf(text, VALUE_WIDTH + 1, view.len > VALUE_WIDTH ? "%.*s.." : "%.*s",
		 VALUE_WIDTH - (view.len > VALUE_WIDTH ? 2 : 0), view.len ? buf_str(&view) : "\"\"");
	buf_free(&view);
	return text;
}

/* Every value that was seen and is another one there. */
static int print_differences(const struct options *o, const struct probe_result *r, const struct emu_revision *rev)
{
	char is[VALUE_WIDTH + 1], was[VALUE_WIDTH + 1];
	size_t seen = 0, differ = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct emu_value_info info = emu_value_info(i);

		seen += r->value[i].state == PROBE_SEEN;
		if (!probe_differs(r, i, rev) || (probe_is_personal(info.name) && !o->probe.ids))
			continue;
		if (!differ++)
			printf("%-*s %-*s %-*s %s\n", NAME_WIDTH, "", VALUE_WIDTH, "modem", VALUE_WIDTH, o->probe.diff,
			       "asked with");
		printf("%-*s %-*s %-*s %s\n", NAME_WIDTH, info.name, VALUE_WIDTH, shown(r->value[i].value, is),
		       VALUE_WIDTH, shown(emu_revision_value(rev, i), was), r->value[i].evidence + strlen("probe:"));
	}
	printf("%zu values seen, %zu differ from %s\n", seen, differ, o->probe.diff);
	return differ ? HIL_EXIT_FAIL : HIL_EXIT_PASS;
}

static int check_flags(const struct options *o, struct err *e)
{
	if (o->probe.diff && (o->output || o->probe.extends || o->probe.name))
		return err_set(e, -EINVAL, "--diff writes no profile: -o, --extends and --name do not go with it");
	return 0;
}

/* What is wrong with the command line is said before the modem is asked for minutes. */
static int check_peers(const struct options *o, struct err *e)
{
	for (size_t i = 0; i < o->probe.peers.n; i++) {
		const char *peer = o->probe.peers.items[i], *eq = strchr(peer, '=');
		size_t n, known = 0;
		const char *const *builtin = probe_peers(&n);

		if (!eq || !strchr(eq, ':'))
			return err_set(e, -EINVAL, "--peer: '%s' must be NAME=HOST:PORT", peer);
		while (known < n && strncmp(builtin[known], peer, (size_t)(eq + 1 - peer)))
			known++;
		if (known == n)
			return err_set(e, -EINVAL, "--peer: no experiment has a server '%.*s' (man hil names them)",
				       (int)(eq - peer), peer);
	}
	return 0;
}

static int ask_and_print(const struct options *o, struct emu_revision *named)
{
	struct probe_result r = { 0 };
	struct err e = { 0 };
	int signal = 0, code = ask(o, &r, &signal, &e);

	if (code) {
		fprintf(stderr, "hil: %s\n", e.msg);
		code = signal ? HIL_EXIT_SIGNAL + signal : code == -EINVAL ? HIL_EXIT_USAGE : HIL_EXIT_ERROR;
	} else {
		fputs(buf_str(&r.notes), stderr);
		code = o->probe.diff ? print_differences(o, &r, named) : print_profile(o, &r, named);
	}
	probe_result_free(&r);
	return code;
}

int verb_probe(const struct options *o)
{
	const char *name = o->probe.diff ? o->probe.diff : o->probe.extends;
	struct emu_revision *named = NULL;
	struct err e = { 0 };
	int code;

	if (!check_flags(o, &e) && !check_peers(o, &e) && name)
		named = emu_revision_load(name, &e);
	if (e.code) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return HIL_EXIT_USAGE;
	}
	code = ask_and_print(o, named);
	emu_revision_free(named);
	return code;
}
