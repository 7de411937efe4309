/* Steps about the lines beside the data, and the speed of the data itself. */
#include "harness/step.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { LOOK_US = 5000 }; /* how often lines are looked at while one is waited for */

/* -ENOTSUP is no fault of anybody: the cell cannot be judged here. */
static int refuse(struct play *p, const struct place *at, int err, const struct err *e)
{
	if (err == -ENOTSUP)
		snprintf(p->skip, sizeof(p->skip), "needs %.240s", e->msg);
	return play_fail(p, OUTCOME_ERROR, at, "%s", e->msg);
}

static int set_lines(struct play *p, const struct step *s, bool back)
{
	for (int i = 0; i < SERIAL_LINES_IN; i++) {
		struct err e = { 0 };
		int to = s->line->to[i], err;

		if (to < 0)
			continue;
		err = rig_set_line(p->rig, (enum serial_line)i, back ? !to : to, &e);
		if (err)
			return refuse(p, &s->place, err, &e);
	}
	return 0;
}

int step_line(struct play *p, const struct step *s)
{
	enum rig_wait how;

	if (set_lines(p, s, false))
		return -1;
	if (!s->line->for_us)
		return 0;
	how = play_wait(p, rig_now_us(p->rig) + s->line->for_us, NULL, NULL);
	if (how != RIG_TIMEOUT)
		return play_fail_wait(p, how, &s->place, s->line->for_us, "time");
	return set_lines(p, s, true);
}

int step_baud(struct play *p, const struct step *s)
{
	struct err e = { 0 };
	int err = rig_set_baud(p->rig, s->baud, &e);

	return err ? refuse(p, &s->place, err, &e) : 0;
}

/* --- looking ------------------------------------------------------------------------------------------------- */

bool check_reads_lines(const struct cell *cell)
{
	for (size_t i = 0; i < cell->n_steps; i++) {
		if (cell->steps[i].kind == STEP_CHECK && cell->steps[i].check->lines.place.line)
			return true;
	}
	return false;
}

void check_note_lines(struct play *p)
{
	rig_get_lines(p->rig, &p->lines, &(struct err){ 0 });
}

static bool moved(const struct play *p, const struct serial_lines *now, int i)
{
	return now->times[i] != p->lines.times[i] || now->on[i] != p->lines.on[i];
}

/* The first line that is not as it should be, SERIAL_LINE_COUNT when all are. */
static int first_wrong(const struct play *p, const struct check_lines *want, const struct serial_lines *now)
{
	for (int i = SERIAL_LINES_IN; i < SERIAL_LINE_COUNT; i++) {
		int to = want->is[i - SERIAL_LINES_IN];

		if (to == LINE_MOVED ? !moved(p, now, i) : to >= 0 && now->on[i] != (to == LINE_ON))
			return i;
	}
	return SERIAL_LINE_COUNT;
}

static int tell_wrong(struct play *p, const struct check_lines *want, const struct serial_lines *now, int which)
{
	char window[32];

	duration_text(want->within_us, window);
	return play_fail(p, OUTCOME_FAIL, &want->place, "%s is %s%s, for %s", serial_line_names[which],
			 now->on[which] ? "on" : "off",
			 want->is[which - SERIAL_LINES_IN] == LINE_MOVED ? " and has not moved" : "", window);
}

int check_lines(struct play *p, const struct check_lines *want)
{
	uint64_t until = play_window(p, want->within_us);
	struct serial_lines now = { 0 };
	struct err e = { 0 };

	for (;;) {
		int err = rig_get_lines(p->rig, &now, &e), which = first_wrong(p, want, &now);
		uint64_t look = rig_now_us(p->rig) + LOOK_US;
		enum rig_wait how;

		if (err)
			return refuse(p, &want->place, err, &e);
		if (which == SERIAL_LINE_COUNT)
			return 0;
		if (rig_now_us(p->rig) >= until)
			return tell_wrong(p, want, &now, which);
		how = play_wait(p, look < until ? look : until, NULL, NULL);
		if (how != RIG_TIMEOUT)
			return play_fail_wait(p, how, &want->place, want->within_us, "the lines");
	}
}
