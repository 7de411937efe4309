/* The clock of a cell and, on the real one, the loop that everything of the cell waits in. */
#ifndef HARNESS_TIMEBASE_H
#define HARNESS_TIMEBASE_H

#include <stdbool.h>

#include "base/err.h"
#include "clock/clock.h"
#include "harness/hil.h"
#include "harness/scenario.h"
#include "io/loop.h"

struct timebase {
	struct clock *clock;
	struct loop *loop; /* NULL on the virtual clock */
	bool is_virtual;
};

/* Whether the cell starts programs, servers or others: it cannot be on the virtual clock. */
bool cell_needs_real_time(const struct cell *cell);

/* Whether a run on these options, with programs beside it or not, is on the virtual clock. */
bool timebase_is_virtual(const struct run_options *run, bool programs);

/* programs: the cell starts some. 0, or a negative error with *e filled and nothing to free. */
int timebase_make(struct timebase *t, const struct run_options *run, bool programs, struct err *e);
/* Nothing may use them any more. A zeroed one is fine. */
void timebase_free(struct timebase *t);

#endif
