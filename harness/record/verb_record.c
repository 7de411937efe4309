/* hil record: the tap between a board and a PTY, until a signal. */
#include <stdio.h>
#include <string.h>

#include "harness/hil.h"
#include "harness/port_board.h"
#include "harness/record/service.h"
#include "harness/record/tap.h"
#include "harness/verbs.h"
#include "io/port_pty.h"

enum { BAUD = 115200 };

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

static struct tap *open_tap(const struct options *o, struct service *s, struct err *e)
{
	struct tap_options to = { .loop = s->loop,
				  .address = o->port,
				  .file = o->output,
				  .follow_baud = !o->baud,
				  .show = o->run.verbosity > 0 };

	to.board = port_board_new(s->loop, o->port, o->baud ? (long)o->baud : BAUD, e);
	to.host = to.board ? port_pty_new(s->loop, o->link, e) : NULL;
	if (to.host)
		return tap_new(&to, e);
	port_free(to.board);
	return NULL;
}

int verb_record(const struct options *o)
{
	struct service s;
	struct err e = { 0 };
	struct tap *t;
	int code = HIL_EXIT_ERROR;

	if (!o->port || !o->link || !o->output)
		return wrong_usage("record needs --port BOARD, --link PATH and -o FILE");
	if (service_begin(&s, &e)) {
		fprintf(stderr, "hil: %s\n", e.msg);
		return HIL_EXIT_ERROR;
	}
	t = open_tap(o, &s, &e);
	if (t) {
		say_ready(o);
		service_run(&s);
		code = tap_free(t) ? HIL_EXIT_ERROR : HIL_EXIT_PASS;
	} else {
		fprintf(stderr, "hil: %s\n", e.msg);
	}
	return service_end(&s, code);
}
