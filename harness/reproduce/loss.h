/* Answers that lost their end on the way to the host: how many bytes came, and what would have let them all through. */
#ifndef REPRODUCE_LOSS_H
#define REPRODUCE_LOSS_H

#include "base/err.h"
#include "harness/reproduce/play.h"
#include "harness/wire/compare.h"

struct loss {
	size_t act;
	size_t whole, seen; /* bytes of the modem's answer, and of it in the log */
	size_t kept;	    /* that a host with loss_ring_bytes() and loss_drain_bytes_per_ms() at 115200 baud keeps */
};

/* The vendor's bridge: the default ring of the ESP32's UART, emptied by a loop with delay(1) (quirks 1.4). */
unsigned loss_ring_bytes(void);
unsigned loss_drain_bytes_per_ms(void);

/* What lets the first of them through, in words, NULL-terminated; from the smallest change on. */
enum { LOSS_REMEDIES_MAX = 4 };

struct losses {
	const struct loss *items;
	size_t n;
	const char *remedies[LOSS_REMEDIES_MAX]; /* unused ones are NULL */
};

/*
 * Looks at the rows of c that cuts_lost_end() names, and plays the script on a host that reads too slowly. All is the
 * pool's. 0 or a negative error with *e filled.
 */
int loss_find(const struct comparison *c, const struct play_setup *setup, const struct script *script,
	      const struct play *whole, struct pool *pool, struct losses *out, struct err *e);

#endif
