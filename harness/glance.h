/*
 * What every worker is doing at this moment, in memory that it shares with the parent: which step, since when, and the
 * last lines of the wire. The worker writes and never waits; the parent looks when it wants to know.
 */
#ifndef HARNESS_GLANCE_H
#define HARNESS_GLANCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { GLANCE_LINES = 20, GLANCE_LINE_BYTES = 116, GLANCE_STEP_BYTES = 96 };

/* A line of the wire as far as it has come; what is longer is cut. */
struct glance_line {
	uint64_t t_us;	 /* on the cell's clock, of its first byte */
	char arrow;	 /* '>' host to modem, '<' modem to host, '|' log and broker, '!' fault */
	bool whole, cut; /* its end has come; bytes are missing at its end */
	unsigned char len;
	char data[GLANCE_LINE_BYTES];
};

struct glance_view {
	char step[GLANCE_STEP_BYTES]; /* id or kind; "" before the first */
	uint64_t step_us;	      /* real time of its beginning */
	size_t n_lines;		      /* in all; line i is in i % GLANCE_LINES */
	struct glance_line line[GLANCE_LINES];
};

struct glance {
	atomic_uint version; /* odd: it is being written to */
	struct glance_view view;
};

/* For n workers, shared with processes that are forked later. NULL: out of memory. */
struct glance *glance_new(size_t n);
void glance_free(struct glance *l, size_t n);

/* The worker's side. l may be NULL. A cell begins; a step begins; something was said (from as in struct rig_event). */
void glance_cell(struct glance *l, uint64_t now_us);
void glance_step(struct glance *l, const char *step, uint64_t now_us);
void glance_wire(struct glance *l, uint64_t t_us, const char *from, const void *data, size_t n);

/* The parent's side: a whole picture. False when the worker writes all the time, or died writing. */
bool glance_read(struct glance *l, struct glance_view *out);

/* Appends the last lines, oldest first, each on a line of its own: "     1.2s > AT \r". */
void glance_text(const struct glance_view *v, struct buf *out);

/* How many minutes a step has been going on, for a word about it each minute. */
unsigned glance_minutes(const struct glance_view *v, uint64_t now_us);

#endif
