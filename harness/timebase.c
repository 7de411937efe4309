/* Which clock: programs of their own need the real one; without them waiting costs nothing. */
#include "harness/timebase.h"

#include <errno.h>

#include "harness/fixture.h"

bool cell_needs_real_time(const struct cell *cell)
{
	return fixtures_are_real(cell) || cell->runs_programs;
}

static bool has_programs(const struct run_options *run, bool programs)
{
	return programs || run->target != HIL_TARGET_INPROC || run->dut;
}

bool timebase_is_virtual(const struct run_options *run, bool programs)
{
	return run->clock == HIL_CLOCK_VIRTUAL || (run->clock == HIL_CLOCK_AUTO && !has_programs(run, programs));
}

int timebase_make(struct timebase *t, const struct run_options *run, bool programs, struct err *e)
{
	*t = (struct timebase){ .is_virtual = timebase_is_virtual(run, programs) };
	if (t->is_virtual && has_programs(run, programs))
		return err_set(e, -EINVAL, "a program of its own cannot run on the virtual clock");
	t->clock = t->is_virtual ? clock_new_virtual() : clock_new_monotonic(1);
	if (!t->clock)
		return err_set(e, -ENOMEM, "out of memory");
	if (t->is_virtual)
		return 0;
	t->loop = loop_new(t->clock);
	if (t->loop)
		return 0;
	timebase_free(t);
	return err_set(e, -ENOMEM, "no event loop");
}

void timebase_free(struct timebase *t)
{
	loop_free(t->loop);
	if (t->clock)
		clock_free(t->clock);
	*t = (struct timebase){ 0 };
}
