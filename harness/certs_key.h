/* Keys that a seed makes: the same run has the same keys, so that its trace repeats, and no key is kept in a file. */
#ifndef HARNESS_CERTS_KEY_H
#define HARNESS_CERTS_KEY_H

#include <stdint.h>

#include <openssl/evp.h>

#include "harness/scenario.h"

/*
 * The key of a role ("ca", "server" ...). Made once a process and kept; borrowed. bits 0: RSA 2048, ECDSA P-256. NULL
 * when OpenSSL will not. For tests: whoever knows the seed knows the key.
 */
EVP_PKEY *cert_key_of(uint64_t seed, const char *role, enum cert_key kind, long bits);

/* Forgets them all. */
void cert_keys_free(void);

#endif
