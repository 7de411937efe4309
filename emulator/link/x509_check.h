/* Certificates and keys, really parsed: what a TLS stack would say of the modem's files and of a server's chain. */
#ifndef LINK_X509_CHECK_H
#define LINK_X509_CHECK_H

#include <stddef.h>

#include "link/link.h"

struct chain;

/*
 * Whether the modem's CA lets it trust the chain of host. LINK_OK, LINK_TLS_OPEN (CA unusable) or LINK_TLS_UNTRUSTED,
 * with the reason in why.
 */
enum link_status x509_check_chain(const struct link_tls *tls, const struct chain *c, const char *host, struct why *why);

/* Appends the certificates of a PEM or DER file to a chain, the first one being the leaf. 0 or -EINVAL with a reason. */
int x509_add_chain_file(struct chain *c, const char *path, char *reason, size_t size);

/* Fills key, bits and bytes of a chain that came from files. */
void x509_describe_chain(struct chain *c);

#endif
