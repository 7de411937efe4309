/*
 * Addresses for the names of the world, as a name server would give them: a name always has the same one of 198.18.0.0/15
 * (RFC 2544: never routed), and who connects to that address reaches the host of that name.
 */
#ifndef LINK_NAMES_H
#define LINK_NAMES_H

#include "link/session.h"

/* Remembered by the link; a numeric name is its own address. out holds LINK_STREAM_ADDRESS_SIZE bytes. */
void names_address(struct link *l, const char *name, char *out);

/* The name behind an address, or NULL: what was asked for, or a name of the world without wildcards. */
const char *names_find(const struct link *l, const char *address);

void names_free(struct link *l);

#endif
