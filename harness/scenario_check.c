/* Goes through emu_setup_load() like a run does, so that `hil check` and `hil run` cannot disagree. */
#include "harness/scenario_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/emu.h"
#include "base/buf.h"
#include "harness/replay_file.h"
#include "harness/vars.h"

enum { WORLDS_MAX = 32, WORLD_TEXT_MAX = 1 << 20 };

/* The world files of a modem: first those of its fixtures, as files without a name, then its own. */
struct worlds {
	const char *paths[WORLDS_MAX];
	char names[WORLDS_MAX][32];
	int fds[WORLDS_MAX];
	size_t n, n_open;
};

static void worlds_close(struct worlds *w)
{
	for (size_t i = 0; i < w->n_open; i++)
		close(w->fds[i]);
}

/* A world that waits for values of run time cannot be read yet, and is none of ours. */
static int add_inline(struct worlds *w, const struct cell *c, const struct fixture *f)
{
	struct err unknown = { 0 };
	struct buf text;
	int fd = -1;

	buf_init(&text, WORLD_TEXT_MAX);
	if (!vars_expand(c, f->world, &text, &unknown))
		fd = memfd_create("world", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, text.data, text.len) == (ssize_t)text.len) {
		w->fds[w->n_open++] = fd;
		snprintf(w->names[w->n], sizeof(w->names[0]), "/proc/self/fd/%d", fd);
		w->paths[w->n] = w->names[w->n];
		w->n++;
	} else if (fd >= 0) {
		close(fd);
	}
	buf_free(&text);
	return unknown.code || fd >= 0 ? 0 : -errno;
}

static int add_worlds(struct worlds *w, const struct cell *c)
{
	int err = 0;

	for (size_t i = 0; !err && i < c->n_fixtures && w->n < WORLDS_MAX; i++) {
		if (c->fixtures[i].world)
			err = add_inline(w, c, &c->fixtures[i]);
	}
	for (size_t i = 0; i < c->modem.n_worlds && w->n < WORLDS_MAX; i++)
		w->paths[w->n++] = c->modem.worlds[i];
	return err;
}

/* Where to point: at the modem, at a fixture that has a world, or at the scenario. */
static const struct place *place_of_modem(const struct cell *c)
{
	if (c->modem.place.line)
		return &c->modem.place;
	for (size_t i = 0; i < c->n_fixtures; i++) {
		if (c->fixtures[i].world)
			return &c->fixtures[i].place;
	}
	return &c->scenario->place;
}

static int check_recording(const struct replay *r, struct err *e)
{
	struct playback_options unused;
	struct recording *rec = r->place.line ? replay_open(r, &unused, e) : NULL;

	recording_free(rec);
	return rec || !r->place.line ? 0 : -EINVAL;
}

static int check_modem(const struct cell *c, struct err *e)
{
	const struct place *where = place_of_modem(c);
	struct worlds w = { .n = 0 };
	struct emu_setup_options o = { .profile = c->modem.profile, .quirks = c->modem.quirks,
				       .n_quirks = c->modem.n_quirks };
	struct emu_setup *setup = NULL;
	struct err why = { 0 };
	int err = add_worlds(&w, c);

	if (err) {
		err_set(&why, err, "cannot write its world: %s", strerror(-err));
	} else {
		o.worlds = w.paths;
		o.n_worlds = w.n;
		setup = emu_setup_load(&o, &why);
	}
	worlds_close(&w);
	emu_setup_free(setup);
	if (setup)
		return check_recording(&c->modem.replay, e);
	return err_set(e, -EINVAL, "%s:%u:%u: %s: %s", where->file, where->line, where->column, c->id, why.msg);
}

static bool same_texts(const char *const *a, const char *const *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(a[i], b[i]))
			return false;
	}
	return true;
}

static bool same_world(const struct cell *a, const struct cell *b)
{
	if (a->n_fixtures != b->n_fixtures)
		return false;
	for (size_t i = 0; i < a->n_fixtures; i++) {
		const char *x = a->fixtures[i].world, *y = b->fixtures[i].world;

		if ((x || y) && (!x || !y || strcmp(x, y)))
			return false;
	}
	return true;
}

static bool same_modem(const struct cell *a, const struct cell *b)
{
	const struct modem_setup *x = &a->modem, *y = &b->modem;
	bool same_log = x->replay.log && y->replay.log ? !strcmp(x->replay.log, y->replay.log) : x->replay.log == y->replay.log;
	bool same_profile = x->profile && y->profile ? !strcmp(x->profile, y->profile) : x->profile == y->profile;

	return same_log && same_profile && x->n_quirks == y->n_quirks && same_texts(x->quirks, y->quirks, x->n_quirks) &&
	       x->n_worlds == y->n_worlds && same_texts(x->worlds, y->worlds, x->n_worlds) && same_world(a, b);
}

int scenario_check(const struct scenario *s, struct err *e)
{
	for (size_t i = 0; i < s->n_cells && s->targets & TARGET_BIT_EMULATOR; i++) {
		size_t k = 0;

		while (k < i && !same_modem(s->cells[k], s->cells[i]))
			k++;
		if (k == i && check_modem(s->cells[i], e))
			return -EINVAL;
	}
	return 0;
}
