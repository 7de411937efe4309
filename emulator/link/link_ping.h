/*
 * ICMP echo (AT+CPING), modelled only: the world says who answers and how fast, for hosts that it maps to real
 * addresses too. Nothing is ever sent.
 */
#ifndef LINK_LINK_PING_H
#define LINK_LINK_PING_H

#include "link/link.h"

struct link_ping {
	bool answers;
	uint64_t trip_us; /* of one that answers; jitter is the caller's */
};

/* What becomes of a probe to name, or to an address link_lookup() has told, that is sent now. why: when none answers.
 */
void link_ping(const struct link *l, const char *name, struct link_ping *out, struct why *why);

#endif
