/* hil record: the tap between a board and a PTY, until a signal. */
#include <stdio.h>
#include <string.h>

#include "harness/hil.h"
#include "harness/record/modem_line.h"
#include "harness/record/service.h"
#include "harness/record/tap.h"
#include "harness/verbs.h"
#include "io/port_pty.h"

static int wrong_usage(const char *what)
{
	fprintf(stderr, "hil: %s (hil help record)\n", what);
	return HIL_EXIT_USAGE;
}

/* Where results go, or beside them when those are the recording. */
static void say_ready(const struct options *o)
{
	FILE *out = strcmp(o->output, "-") ? stdout : stderr;

	fprintf(out, "ready %s port=%s file=%s\n", o->link, o->port, o->output);
	fflush(out);
}

static struct tap *open_tap(const struct options *o, struct service *s, struct modem_line *m, struct err *e)
{
	struct tap_options to = {
		.loop = s->loop,
		.address = o->port,
		.file = o->output,
		.follow_baud = !o->baud,
		.show = o->run.verbosity > 0,
	};

	to.board = modem_line_open(m, s->loop, o->port, o->baud, e);
	to.host = to.board ? port_pty_new(s->loop, o->link, e) : NULL;
	if (to.host)
		return tap_new(&to, e);
	if (to.board)
		port_free(to.board);
	return NULL;
}

static int run(const struct options *o, struct service *s)
{
	struct err e = { 0 };
	struct modem_line m;
	struct tap *t = open_tap(o, s, &m, &e);
	int code = m.board ? HIL_EXIT_ERROR : HIL_EXIT_USAGE;

	if (t) {
		say_ready(o);
		service_run(s);
		code = tap_free(t) ? HIL_EXIT_ERROR : HIL_EXIT_PASS;
	} else {
		fprintf(stderr, "hil: %s\n", e.msg);
	}
	modem_line_close(&m);
	return code;
}

int verb_record(const struct options *o)
{
	struct service s;
	struct err e = { 0 };

	if (!o->port || !o->link || !o->output)
		return wrong_usage("record needs --port BOARD, --link PATH and -o FILE");
	if (service_begin(&s, &e)) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return HIL_EXIT_ERROR;
	}
	return service_end(&s, run(o, &s));
}
