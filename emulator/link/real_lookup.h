/* Names of the real world, looked up without blocking: the resolver of the system in libuv's threads. */
#ifndef LINK_REAL_LOOKUP_H
#define LINK_REAL_LOOKUP_H

#include "link/link_stream.h"

struct real_lookup;

/*
 * Looks up name on l->o.loop: an IPv4 address if there is one, else IPv6. A numeric address is its own answer. func is
 * called once, from the clock or the loop and never from inside this call, with LINK_OK and a numeric address, or with
 * LINK_DNS and the reason; the lookup is gone when it returns. NULL: out of memory.
 */
struct real_lookup *real_lookup_start(struct link *l, const char *name, link_lookup_func_t func, void *ctx);

/* The other way round: func gets the name of a numeric address. */
struct real_lookup *real_lookup_name_start(struct link *l, const char *address, link_lookup_func_t func, void *ctx);

/* Without a call of func. The thread may still be waiting for its resolver; loop_free() sees to it. NULL is fine. */
void real_lookup_cancel(struct real_lookup *k);

#endif
