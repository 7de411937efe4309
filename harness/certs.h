/*
 * Certificates made on the spot for one server: a CA, CAs in between, the server's own, a client's, and a CA that has
 * nothing to do with it. The same seed gives the same bytes.
 */
#ifndef HARNESS_CERTS_H
#define HARNESS_CERTS_H

#include <stdint.h>

#include "base/err.h"
#include "harness/scenario.h"

/* All texts are expanded. */
struct cert_order {
	const struct cert_setup *setup;
	const char *host;	  /* whom it is for when setup names nobody */
	const char *key_password; /* of the client's key, NULL: none */
	uint64_t seed;
	const char *dir, *name; /* files are dir/name-WHAT.pem */
};

enum { CERTS_PATH_MAX = 700 };

/* The path of WHAT: ca, other-ca, chain, key, client-ca, client, client-key, other-client, other-client-key. */
void certs_path(const struct cert_order *o, const char *what, char out[CERTS_PATH_MAX]);

/* Makes the keys that an order with this setup needs: a process that does so before it forks spares its children the
 * time. */
void certs_prepare(const struct cert_setup *setup, uint64_t seed);

/* Writes them all, keys readable for the user alone. 0 or a negative error with *e filled. */
int certs_write(const struct cert_order *o, struct err *e);

#endif
