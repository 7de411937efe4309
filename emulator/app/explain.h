/* What a result code means and what leads to it on a given revision, with the evidence. */
#ifndef APP_EXPLAIN_H
#define APP_EXPLAIN_H

#include "base/buf.h"
#include "base/trace.h"
#include "profile/profile.h"

/*
 * Appends the explanation of a code for a profile: "32", "mqtt 32", "cme 14" or a pasted line such as
 * "+CMQTTCONNECT: 0,32" or "+CME ERROR: 14". Returns 0, or -EINVAL when text names no code that is known.
 */
int explain_text(const struct profile *p, const char *text, struct buf *out);

/* Appends a why event as people read it: the code, its meaning, then one line per cause with its evidence. */
void explain_event(const struct trace_event *ev, struct buf *out);

#endif
