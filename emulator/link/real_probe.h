/*
 * What a server takes, found out by asking it: a few more handshakes, when a refusal does not say why. In a thread of
 * libuv, with plain blocking sockets, to the address the modem has just talked to.
 */
#ifndef LINK_REAL_PROBE_H
#define LINK_REAL_PROBE_H

#include "link/world.h"

struct real_probe;

/*
 * measured describes the server as a world file would (versions, suites at the version both speak, certificate chain,
 * what happens without a server name, whether a client certificate is wanted), or is NULL when it answers no ClientHello
 * at all. Borrowed. From the loop; the probe is gone when it returns.
 */
typedef void (*real_probe_func_t)(const struct host *measured, void *ctx);

/*
 * What a client that does tls and wants name must know of the server at address:port. tls NULL: whether it speaks TLS at
 * all, by one handshake. NULL: out of memory.
 */
struct real_probe *real_probe_start(struct link *l, const struct link_tls *tls, const char *name, const char *address,
				    uint16_t port, real_probe_func_t func, void *ctx);

/* Without a call of func. The thread stops at its next step; loop_free() waits for it. NULL is fine. */
void real_probe_cancel(struct real_probe *p);

#endif
