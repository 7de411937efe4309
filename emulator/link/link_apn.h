/* Access points: what the network behind an APN wants to hear before it gives an address, and which name servers it
 * has. */
#ifndef LINK_LINK_APN_H
#define LINK_LINK_APN_H

#include "link/link.h"

struct link_apn {
	const char *user, *password; /* NULL: anybody may; borrowed from the world */
	bool refuses;		     /* gives nobody an address */
	uint32_t dns[2];	     /* 0xC0000201 is 192.0.2.1 */
	const char *place;	     /* "file:line" of the row, NULL: the world says nothing of it */
};

/* What the world says of an APN; of one it does not know, that of a network without any conditions. */
void link_apn(const struct link *l, const char *apn, struct link_apn *out);

#endif
