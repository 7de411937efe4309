/* Real time, for what a run cost and when it was; nothing that decides an outcome looks at it. */
#ifndef HARNESS_WALL_REAL_H
#define HARNESS_WALL_REAL_H

#include <stdint.h>

/* Microseconds of a clock that never jumps. */
uint64_t wall_us(void);
/* The date and time in UTC, ISO 8601 without zone, as JUnit wants it. */
void wall_date(char out[32]);

#endif
