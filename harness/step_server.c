/* What is done to a fixture: to its program when it is real, by the emulator's control language when it is modelled. */
#include "harness/step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "harness/fixture.h"

enum { LINE_MAX_BYTES = 1 << 20 };

static const struct fixture *find_fixture(const struct cell *cell, const char *name)
{
	for (size_t i = 0; i < cell->n_fixtures; i++) {
		if (!strcmp(cell->fixtures[i].name, name))
			return &cell->fixtures[i];
	}
	return NULL;
}

/* Whoever is connected loses the connection, and nobody gets one. */
static int stop_model(struct play *p, const struct step *s)
{
	return step_control_line(p, s, "broker refuse on") || step_control_line(p, s, "broker drop close") ? -1 : 0;
}

static int publish_model(struct play *p, const struct step *s, const char *topic, const char *text)
{
	struct buf line;
	int err;

	buf_init(&line, LINE_MAX_BYTES);
	buf_addf(&line, "broker publish %s %s qos %ld%s", topic, text, s->server->qos, s->server->retain ? " retain" : "");
	err = step_control_line(p, s, buf_str(&line));
	buf_free(&line);
	return err;
}

static int publish(struct play *p, const struct step *s, const struct fixture *f)
{
	const struct server_act *a = s->server;
	char *topic = play_expand(p, a->topic, &a->place), *text = topic ? play_expand(p, a->text, &a->place) : NULL;
	struct err e = { 0 };
	int err = text ? 0 : -1;

	if (!err && f->server.modelled)
		err = publish_model(p, s, topic, text);
	else if (!err && fixtures_publish(p->fixtures, f, topic, text, (int)a->qos, a->retain, &e))
		err = play_fail(p, OUTCOME_ERROR, &a->place, "%s", e.msg);
	free(topic);
	free(text);
	return err;
}

static int act(struct play *p, const struct step *s, const struct fixture *f)
{
	struct err e = { 0 };

	switch (s->server->act) {
	case SERVER_PUBLISH:
		return publish(p, s, f);
	case SERVER_STOP:
		if (f->server.modelled)
			return stop_model(p, s);
		rig_server_runs(p->rig, f, false);
		fixtures_kill(p->fixtures, f);
		return 0;
	case SERVER_START:
		if (f->server.modelled)
			return step_control_line(p, s, "broker refuse off");
		if (fixtures_restart(p->fixtures, f, &e))
			return play_fail(p, OUTCOME_ERROR, &s->server->place, "fixture %s: %s", f->name, e.msg);
		rig_server_runs(p->rig, f, true);
		return 0;
	}
	return 0;
}

int step_server(struct play *p, const struct step *s)
{
	char *name = play_expand(p, s->server->name, &s->server->place);
	const struct fixture *f = name ? find_fixture(p->cell, name) : NULL;
	int err = -1;

	if (f && f->kind != FIXTURE_WORLD)
		err = act(p, s, f);
	else if (name)
		play_fail(p, OUTCOME_ERROR, &s->server->place, "no server is called '%s'", name);
	free(name);
	return err;
}
