/* What a server's TLS settings come to: versions and suites, the same for the real server and for its model. */
#ifndef HARNESS_SERVER_TLS_H
#define HARNESS_SERVER_TLS_H

#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "harness/scenario.h"

/* The lowest and highest version, 0 to 3: TLS 1.2 and 1.3 where nothing is said. */
int tls_min(const struct tls_versions *v);
int tls_max(const struct tls_versions *v);

/* 0, or -EINVAL with *e = why OpenSSL knows no such suite or list. */
int tls_check_cipher(const char *text, struct err *e);

/*
 * Appends the names of the suites as "A:B", up to TLS 1.2 to *old and those of TLS 1.3 to *modern, in the server's
 * order. A group of which none is named is OpenSSL's default. 0 or -EINVAL.
 */
int tls_cipher_names(const char *const *ciphers, size_t n, struct buf *old, struct buf *modern, struct err *e);

/* "2026-01-31" or "2026-01-31T12:00:00Z". 0 or -EINVAL. */
int cert_date(const char *text, time_t *out);

#endif
