/* One handshake between a modem and a server, computed from what both can do. Pure: no time, no state. */
#ifndef LINK_TLS_POLICY_H
#define LINK_TLS_POLICY_H

#include "link/link.h"
#include "link/world.h"

struct tls_result {
	enum link_status status;	/* LINK_OK or what the handshake ends in */
	unsigned version;		/* TLS 1.version */
	const struct suite *suite;
	bool sni_sent;
	bool connack_5;			/* TLS completes, and the broker cannot tell whose client this is (R4) */
	bool close_without_cert;	/* TLS completes, and the server closes for want of a client certificate */
};

/* Fills *out; every outcome that is not a plain success has its steps in why. */
void tls_negotiate(const struct suites *suites, const struct link_tls *c, const struct host *h, const char *name,
		   struct tls_result *out, struct why *why);

#endif
