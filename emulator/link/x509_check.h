/* Certificates and keys, really parsed: what a TLS stack would say of the modem's files and of a server's chain. */
#ifndef LINK_X509_CHECK_H
#define LINK_X509_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "link/link.h"

struct chain;

/*
 * Whether the modem's CA lets it trust the chain of host. LINK_OK, LINK_TLS_OPEN (CA unusable) or LINK_TLS_UNTRUSTED,
 * with the reason in why and as X509_V_ERR_... in *error.
 */
enum link_status x509_check_chain(const struct link_tls *tls, const struct chain *c, const char *host, int *error,
				  struct why *why);

/*
 * The modem's own certificate file (the first is its own, the others are sent along) and key, for the caller to free.
 * LINK_OK or LINK_TLS_OPEN with the reason in why.
 */
enum link_status x509_load_own(const struct link_tls *tls, STACK_OF(X509) **list, EVP_PKEY **key, struct why *why);

/* Whether a server that believes these CAs accepts the modem's own certificate. Dates are not looked at. */
bool x509_client_is_known(const struct link_tls *tls, STACK_OF(X509) *cas);

/* The certificates of a PEM or DER file. NULL with a reason. */
STACK_OF(X509) *x509_read_file(const char *path, char *reason, size_t size);

/* Appends the certificates of a PEM or DER file to a chain, the first one being the leaf. 0 or -EINVAL with a reason. */
int x509_add_chain_file(struct chain *c, const char *path, char *reason, size_t size);

/* Fills key, bits, bytes and wildcard of a chain of certificates. */
void x509_describe_chain(struct chain *c);

#endif
