/* The cause of an outcome in a sentence, from the first step of its chain that names one. */
#ifndef REPRODUCE_CAUSE_H
#define REPRODUCE_CAUSE_H

#include "base/buf.h"
#include "harness/reproduce/reproduce.h"

/* The step that tells most: a numbered rule (R1 to R12) goes before others. NULL: there is no chain. */
const struct cause *cause_first(const struct why_note *why);

/* The same of the last result of an act that has a chain. */
const struct cause *cause_of_act(const struct play *p, size_t act);

/* Appends "the modem's TLS stack" or the like for a rule. */
void cause_layer(const struct cause *c, struct buf *out);

/* Appends "tls_sni=broken, seen, issue-49:538-558", nothing for a step without a quirk. */
void cause_source(const struct cause *c, struct buf *out);

/*
 * Appends the verdict: what the outcome comes from, in one sentence; then what the smallest change is, in another.
 * Lines end with LF.
 */
void cause_verdict(const struct reproduction *r, struct buf *out);

#endif
