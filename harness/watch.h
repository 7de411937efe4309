/*
 * The parent's eye on what runs: the line of a terminal that is written over, a word about a step that goes on and on,
 * and the whole picture when SIGUSR1 asks for it.
 */
#ifndef HARNESS_WATCH_H
#define HARNESS_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "harness/glance.h"
#include "harness/report.h"

/* One worker that runs a cell. */
struct watched {
	const char *cell;
	struct glance *glance;
	uint64_t since_us; /* real time of the cell's beginning */
	unsigned *minutes; /* of its step that have been told; 0 when a cell begins */
};

/* Called several times a second with all that run. */
void watch_tick(struct report_set *reports, const struct watched *w, size_t n, uint64_t now_us);

/* What runs, for how long, in which step, with its last lines, on stderr. */
void watch_show(struct report_set *reports, const struct watched *w, size_t n, uint64_t now_us);

#endif
