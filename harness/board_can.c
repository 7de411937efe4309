/* A board has a line and perhaps a power switch. The modelled world, its broker's view and the control line are the
 * emulator's. */
#include "harness/board_can.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/board/board.h"

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

/* A serial device has lines, a PTY and a connection have none; an address that leads nowhere now is found out later. */
static bool has_lines(const struct board *b)
{
	char real[PATH_MAX];

	if (!strncmp(b->port, "tcp:", 4))
		return false;
	return !realpath(b->port, real) || strncmp(real, "/dev/pts/", 9) != 0;
}

static bool has_key(const struct board *b, int key)
{
	return b->key[key].run[0] || (b->key[key].wire.line >= 0 && has_lines(b));
}

static const char *line_needs(const struct step *s, const struct board *b)
{
	const int *to = s->line->to;

	if (to[SERIAL_LINE_PWRKEY] >= 0 && !has_key(b, BOARD_KEY_PWRKEY))
		return "pwrkey: in boards.yaml";
	if (to[SERIAL_LINE_RESET] >= 0 && !has_key(b, BOARD_KEY_RESET))
		return "reset_pin: in boards.yaml";
	if ((to[SERIAL_LINE_DTR] >= 0 || to[SERIAL_LINE_RTS] >= 0) && !has_lines(b))
		return "lines beside the data, which neither a PTY nor a connection has";
	return NULL;
}

static const char *power_needs(const struct step *s, const struct board *b)
{
	static const int hooks[] = { [POWER_ON] = BOARD_POWER_ON, [POWER_OFF] = BOARD_POWER_OFF, [POWER_CYCLE] = BOARD_POWER_CYCLE };

	return b->power[hooks[s->power]] ? NULL : "power: in boards.yaml";
}

static const char *step_needs(const struct step *s, const struct board *b)
{
	if (!s->applies)
		return NULL;
	if (s->kind == STEP_CONTROL)
		return "the emulator's control line";
	if (s->kind == STEP_INJECT && s->fault && s->fault->link == FAULT_LINK_MODEM)
		return "a fault inside the modem";
	if (s->kind == STEP_LINE)
		return line_needs(s, b);
	if (s->kind == STEP_POWER)
		return power_needs(s, b);
	if (s->kind == STEP_BAUD && !strncmp(b->port, "tcp:", 4))
		return "a line whose speed can be set";
	if (s->kind == STEP_CHECK && s->check->lines.place.line && !has_lines(b))
		return "lines beside the data, which neither a PTY nor a connection has";
	if (step_wants(s, STREAM_BROKER))
		return "to see what the broker sees";
	return NULL;
}

static const char *needs(const struct cell *cell, const struct board *board)
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
		what = step_needs(&cell->steps[i], board);
	return what;
}

const char *board_cannot(const struct cell *cell, const struct board *board, char *out, size_t size)
{
	const char *what = needs(cell, board);

	if (!what)
		return NULL;
	snprintf(out, size, "needs %s", what);
	return out;
}

/* A client speaks, and somebody is to hear it. */
static bool listens_to_client(const struct cell *cell)
{
	bool client = false, listens = claims(cell, STREAM_HOST);

	for (size_t i = 0; i < cell->n_steps; i++) {
		const struct step *s = &cell->steps[i];

		client |= s->applies && s->kind == STEP_CLIENT;
		listens |= client && s->applies && (step_wants(s, STREAM_HOST) || step_wants(s, STREAM_MODEM));
	}
	return client && listens;
}

const char *firmware_cannot(const struct cell *cell, const struct firmware *f)
{
	bool pulls = false;

	if (!f->modem && listens_to_client(cell))
		return "needs to stand between firmware and modem (modem: of the firmware in boards.yaml)";

	for (size_t i = 0; i < cell->modem.n_faults; i++)
		pulls |= cell->modem.faults[i].kind == FAULT_HANGUP;
	for (size_t i = 0; i < cell->n_steps; i++)
		pulls |= cell->steps[i].kind == STEP_INJECT && cell->steps[i].applies && cell->steps[i].fault->kind == FAULT_HANGUP;
	return pulls ? "needs a port that can vanish from the firmware, which a cable does not" : NULL;
}

bool board_leaves_out(const struct step *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_expects; i++)
		n += s->expects[i].pattern.from == STREAM_WHY && !s->expects[i].n_any_order;
	return s->kind == STEP_EXPECT && n && n == s->n_expects;
}
