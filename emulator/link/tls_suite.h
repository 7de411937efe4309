/* Cipher suites by IANA number, with what OpenSSL knows of them. */
#ifndef LINK_TLS_SUITE_H
#define LINK_TLS_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum suite_key { SUITE_RSA, SUITE_ECDSA, SUITE_ANY_KEY, SUITE_OTHER_KEY };

struct suite {
	uint16_t number;
	const char *name;	/* "ECDHE-RSA-AES128-GCM-SHA256"; lives as long as the process */
	const char *standard;	/* "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" */
	enum suite_key key;	/* what the server's certificate must be */
	unsigned min, max;	/* TLS 1.min to 1.max */
};

struct suites {
	struct suite *row;
	size_t n;
	uint16_t *by_default;	/* what a server offers whose world file names no list, in its order */
	size_t n_default;
};

/* Reads the table out of OpenSSL. 0 or -ENOMEM. */
int suites_load(struct suites *s);
/* The same on first use: OpenSSL is 3 MB and 4 ms that a modem without TLS never needs. Out of memory: an empty table. */
const struct suites *suites_ready(struct suites *s);
void suites_free(struct suites *s);

/* NULL when OpenSSL has no such suite. Name: OpenSSL's, IANA's or a number. */
const struct suite *suite_by_number(const struct suites *s, uint16_t number);
const struct suite *suite_by_name(const struct suites *s, const char *name);
/* The OpenSSL name nearest to a wrong one, or NULL. */
const char *suite_nearest(const struct suites *s, const char *name);

#endif
