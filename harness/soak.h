/* --soak: looks at what hil and its workers hold of the system while rounds go by, and says whether that grows. */
#ifndef HARNESS_SOAK_H
#define HARNESS_SOAK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/resources.h"

struct soak {
	struct trend memory, descriptors;
	uint64_t looked_us;
};

/* Called when a cell is over, after the first round; looks not oftener than a few times a second. pids: the workers, 0 for one that is not
 * there. */
void soak_look(struct soak *s, const pid_t *pids, size_t n, uint64_t now_us);

/* The event "resources", as a line. Of fewer than three rounds nothing is said: cells differ in what they need. */
struct buf;
void soak_event(const struct soak *s, size_t rounds, struct buf *out);

#endif
