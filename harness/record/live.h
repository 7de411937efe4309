/* A conversation as it goes on, for people who watch: one line of host (>) or modem (<) a line, with the time. */
#ifndef RECORD_LIVE_H
#define RECORD_LIVE_H

#include <stdio.h>

#include "harness/wire/recording.h"

struct live;

/* Prints to out, which stays the caller's. NULL: out of memory. */
struct live *live_new(FILE *out);
/* Prints what is not a whole line yet. NULL is fine. */
void live_free(struct live *l);

/* Bytes of host or modem, and notes. What one side has not ended is printed when the other side speaks. */
void live_add(struct live *l, const struct wire_event *ev);

#endif
