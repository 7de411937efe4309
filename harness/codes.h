/* The result codes of a conversation that a table of revisions is about: what came of connects and requests. */
#ifndef HARNESS_CODES_H
#define HARNESS_CODES_H

#include "base/buf.h"
#include "harness/wire/recording.h"

/*
 * Appends "mqtt 32, mqtt 0": each connect or request with its code, in order, equal neighbours once; of more than
 * seven the first six and the last. A final result that is not OK stands for a code that never came ("tcp ERROR"). Nothing
 * when there are none.
 */
void codes_of(const struct recording *r, struct buf *out);

/* The last code of such a text ("0"), "" when it is empty. */
const char *codes_last(const char *codes);

#endif
