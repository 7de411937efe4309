/* Any program that serves a port: what it prints is the broker stream, as it stands. */
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "harness/fixture_server.h"
#include "harness/match.h"
#include "harness/words.h"

static void on_line(struct server *s, const char *line)
{
	server_note(s, line);
	if (s->ready_line && match_find(s->ready_line, line, strlen(line), 0, true, NULL))
		s->ready++;
	server_say(s, line);
}

static unsigned program_port(const struct server *s)
{
	(void)s;
	return 80;
}

static int run(struct server *s, struct words *w, struct err *e)
{
	const char *const *argv = (const char *const *)w->argv;

	s->program[0].lines.line = on_line;
	return s->ready_line ? server_run(s, &s->program[0], argv, e)
			     : server_run_until_open(s, &s->program[0], argv, e);
}

static int program_start(struct server *s, struct err *e)
{
	struct words w = { .argc = 0 };
	char port[16];
	int err;

	snprintf(port, sizeof(port), "%u", s->real_port);
	if (s->setup.ready && !s->ready_line)
		s->ready_line = match_new(PATTERN_MATCH, s->setup.ready, e);
	err = s->setup.ready && !s->ready_line ? -EINVAL : words_split(&w, s->setup.command, "port", port);
	if (!err && !w.argc)
		err = err_set(e, -EINVAL, "the command is empty");
	if (!err)
		err = run(s, &w, e);
	words_clear(&w);
	return err;
}

const struct server_kind server_program = { .usual_port = program_port, .start = program_start };
