/* What one cell did, read back from its event lines: bytes and notes in order, and where each step began. */
#ifndef HARNESS_STORY_H
#define HARNESS_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/verdict.h"
#include "harness/wire/recording.h"

struct story_step {
	size_t first;			/* event of the wire before which it began */
	uint64_t t_us, took_us;
	enum outcome outcome;
	bool in_finally;
	unsigned line;			/* of the scenario file */
	char id[96], kind[16];		/* id "": it has none */
};

struct story;

/* NULL: out of memory. */
struct story *story_new(void);
void story_free(struct story *s);

/* One event line. A start event begins anew; events of other kinds than start, step and wire are passed over. */
void story_feed(struct story *s, const char *line, size_t n);

/* Borrowed until the next line. */
const struct recording *story_wire(const struct story *s);
const struct story_step *story_steps(const struct story *s, size_t *n);

#endif
