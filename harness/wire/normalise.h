/*
 * What two runs of the same thing may differ in without being different: identities, radio, clock, positions,
 * addresses. A text is compared after each such part was replaced by its stand-in.
 */
#ifndef WIRE_NORMALISE_H
#define WIRE_NORMALISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum normalise_of {
	NORMALISE_COMMAND = 1, /* what the host asks */
	NORMALISE_ANSWER = 2,  /* a line of the modem */
	NORMALISE_DATA = 4     /* what the host gave at a prompt */
};

struct normaliser;

/* Compiles the rows. NULL: out of memory. */
struct normaliser *normaliser_new(void);
void normaliser_free(struct normaliser *n);

/*
 * Appends the n bytes at p in the escaped view with stand-ins in place of what is not compared. Returns the set of rows
 * that replaced something, bit i for row i. A text of more than 64 KiB is taken as it is.
 */
uint32_t normalise(struct normaliser *n, enum normalise_of of, const void *p, size_t len, struct buf *out);

/* Appends the names of the rows in the set: "client id, clock". */
void normalise_names(uint32_t rows, struct buf *out);

#endif
