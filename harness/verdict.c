/* Names of outcomes and the one-line form of a failure. */
#include "harness/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = { "PASS", "FAIL", "ERROR", "SKIP", "XFAIL", "XPASS" };
static const char *const names[] = { "pass", "fail", "error", "skip", "xfail", "xpass" };

const char *outcome_word(enum outcome o)
{
	return words[o];
}

const char *outcome_name(enum outcome o)
{
	return names[o];
}

enum outcome outcome_from_name(const char *name)
{
	unsigned o = 0;

	while (o < OUTCOME_COUNT && strcmp(names[o], name))
		o++;
	return (enum outcome)o;
}

bool outcome_is_bad(enum outcome o)
{
	return o == OUTCOME_FAIL || o == OUTCOME_ERROR || o == OUTCOME_XPASS;
}

bool outcome_is_flaky(enum outcome o, size_t n)
{
	return n > 0 && (o == OUTCOME_PASS || o == OUTCOME_XFAIL);
}

void failure_text(const struct failure *f, struct buf *out)
{
	if (f->place.line)
		buf_addf(out, "%s:%u:%u: ", f->place.file, f->place.line, f->place.column);
	if (*f->step)
		buf_addf(out, "%s: ", f->step);
	buf_adds(out, f->what);
}

void duration_text(uint64_t us, char out[32])
{
	if (us % 1000)
		snprintf(out, 32, "%" PRIu64 "us", us);
	else if (us < 1000000)
		snprintf(out, 32, "%" PRIu64 "ms", us / 1000);
	else if (us % 1000000)
		snprintf(out, 32, "%.3gs", (double)us / 1e6);
	else
		snprintf(out, 32, "%" PRIu64 "s", us / 1000000);
}
