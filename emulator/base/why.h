/*
 * Why a result came out as it did: the chain of rules, quirks and facts that led to it, first cause last.
 * The real modem only says 32; this is what the emulator adds (design, decision 4).
 */
#ifndef BASE_WHY_H
#define BASE_WHY_H

#include <stddef.h>

struct why_step {
	char rule[12];			/* "R2", "tls", "x509", "state" ... */
	char text[192];			/* what held, in words, with the context that triggered it */
	const char *quirk;		/* quirk name or NULL; borrowed from the profile */
	const char *value;		/* its value in this profile */
	const char *evidence;		/* "issue-49:538-558", "" when none */
	const char *confidence;		/* doc seen driver guess */
};

struct why {
	struct why_step step[6];
	size_t n;
};

/* Appends a step without a quirk; dropped silently when the chain is full (the first causes stay). */
void why_add(struct why *w, const char *rule, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Forgets the chain. */
void why_reset(struct why *w);

#endif
