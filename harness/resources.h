/* What processes hold of the system, and whether it grows: --soak watches itself. */
#ifndef HARNESS_RESOURCES_H
#define HARNESS_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct resources {
	uint64_t memory_bytes; /* resident */
	uint64_t descriptors;  /* open */
};

/* Adds what a process holds to *sum. 0, or a negative errno when it cannot be known. */
int resources_add(pid_t pid, struct resources *sum);

enum { TREND_SAMPLES_MAX = 256 };

/* Numbers over time; begin with zeroes. Of many, every second is forgotten again and again, so that all of the time is
 * kept. */
struct trend {
	uint64_t sample[TREND_SAMPLES_MAX];
	size_t n, stride, passed_over;
};

void trend_add(struct trend *t, uint64_t value);

enum trend_verdict { TREND_UNKNOWN, TREND_STEADY, TREND_GROWS }; /* unknown: too few samples */

/*
 * Grows: the middle value of each third of the samples is above that of the third before, and by more than slack from
 * the first to the last. *first and *last are the middle values of those.
 */
enum trend_verdict trend_judge(const struct trend *t, uint64_t slack, uint64_t *first, uint64_t *last);

#endif
