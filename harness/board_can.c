/* A board has a line and perhaps a power switch. The modelled world, its broker's view and the control line are the
 * emulator's. */
#include "harness/board_can.h"

#include <stdio.h>

static bool wants(const struct expect *x, enum stream_id from)
{
	for (size_t i = 0; i < x->n_any_order; i++) {
		if (x->any_order[i].pattern.from == from)
			return true;
	}
	return !x->n_any_order && x->pattern.from == from;
}

static bool step_wants(const struct step *s, enum stream_id from)
{
	for (size_t i = 0; i < s->n_expects; i++) {
		if (wants(&s->expects[i], from))
			return true;
	}
	return false;
}

static bool claims(const struct cell *cell, enum stream_id from)
{
	for (size_t i = 0; i < cell->n_always; i++) {
		if (cell->always[i].pattern.from == from)
			return true;
	}
	return false;
}

static const char *step_needs(const struct step *s)
{
	if (!s->applies)
		return NULL;
	if (s->kind == STEP_CONTROL)
		return "the emulator's control line";
	if (s->kind == STEP_INJECT && s->fault && s->fault->link == FAULT_LINK_MODEM)
		return "a fault inside the modem";
	if (step_wants(s, STREAM_BROKER))
		return "to see what the broker sees";
	return NULL;
}

static const char *needs(const struct cell *cell)
{
	const struct modem_setup *m = &cell->modem;
	const char *what = NULL;

	if (m->n_quirks)
		return "quirks, which are the emulator's";
	if (m->n_worlds)
		return "a world file, which is the emulator's";
	if (m->cold)
		return "a cold start";
	for (size_t i = 0; i < cell->n_fixtures; i++) {
		if (cell->fixtures[i].kind != FIXTURE_PROGRAM)
			return "a server of this machine, which a real modem does not reach";
	}
	if (claims(cell, STREAM_BROKER))
		return "to see what the broker sees";
	for (size_t i = 0; !what && i < cell->n_steps; i++)
		what = step_needs(&cell->steps[i]);
	return what;
}

const char *board_cannot(const struct cell *cell, char *out, size_t size)
{
	const char *what = needs(cell);

	if (!what)
		return NULL;
	snprintf(out, size, "needs %s", what);
	return out;
}

bool board_leaves_out(const struct step *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_expects; i++)
		n += s->expects[i].pattern.from == STREAM_WHY && !s->expects[i].n_any_order;
	return s->kind == STEP_EXPECT && n && n == s->n_expects;
}
