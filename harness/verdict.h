/* What came of a cell and, when it did not pass, everything a person needs to see about it. */
#ifndef HARNESS_VERDICT_H
#define HARNESS_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "harness/scenario.h"

enum outcome { OUTCOME_PASS, OUTCOME_FAIL, OUTCOME_ERROR, OUTCOME_SKIP, OUTCOME_XFAIL, OUTCOME_XPASS, OUTCOME_COUNT };

/* "PASS" ... and "pass" ... */
const char *outcome_word(enum outcome o);
const char *outcome_name(enum outcome o);
/* The outcome of a lower-case name, OUTCOME_COUNT when unknown. */
enum outcome outcome_from_name(const char *name);

/* Counts as a failure, unless it is quarantined: FAIL, ERROR, XPASS. */
bool outcome_is_bad(enum outcome o);
/* As it should be, but only after n failed attempts, n more than 0. */
bool outcome_is_flaky(enum outcome o, size_t n);

enum { FAILURE_WIRE_LINES = 8 };

struct failure_line {
	uint64_t t_us;
	char arrow;		/* '>' host to modem, '<' modem to host, '|' log */
	char text[160];		/* escaped, line end included */
};

/* One failure, filled where it is noticed. Strings are copies: the rig may be gone when it is printed. */
struct failure {
	enum outcome outcome;	/* FAIL or ERROR; PASS: nothing has failed */
	struct place place;
	char step[96];		/* "" outside of steps */
	char note[200];		/* of the step */
	char what[512];		/* "timed out waiting for modem: not seen within 30s" */
	char wanted[256];	/* the pattern after expansion, "" when it is not about one */
	char nearest_from[16];	/* "" when there is no nearest line */
	uint64_t nearest_us;
	char nearest[256];
	int code;
	char meaning[128];	/* of code, "" when unknown */
	char why[1024];		/* the emulator's explanation, "" when none */
	struct failure_line wire[FAILURE_WIRE_LINES];
	unsigned n_wire;
};

/* "file:line:column: step: what", the text that xfail.match looks at. */
void failure_text(const struct failure *f, struct buf *out);

/* Microseconds as people write them: "30s", "250ms", "1.5s". */
void duration_text(uint64_t us, char out[32]);

#endif
