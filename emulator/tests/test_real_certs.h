/* A small PKI for tests of real TLS, made once per program: RSA all through, one leaf with ECDSA. */
#ifndef TESTS_TEST_REAL_CERTS_H
#define TESTS_TEST_REAL_CERTS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "link/link.h"

enum { REAL_DAY = 86400 };
static const time_t real_now = 1800000000; /* the modem's clock in all tests */

struct real_pki {
	EVP_PKEY *ca_key, *rsa_key, *ec_key, *own_key;
	X509 *root, *mid, *other_root;
	X509 *leaf, *old, *young, *wild, *ec; /* of mid, for b.x; wild: *.b.x */
	X509 *own, *foreign;		       /* client certificates: of root, of other_root */
};

/* san NULL: a CA. Days are counted from real_now. */
static inline X509 *real_cert(const char *cn, const char *san, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
			      int from_days, int to_days)
{
	static const struct {
		int nid;
		const char *ca, *leaf;
	} ext[] = { { NID_basic_constraints, "critical,CA:TRUE", "CA:FALSE" },
		    { NID_subject_key_identifier, "hash", "hash" } };
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509V3_CTX ctx;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), (long)cn[0] * 65536 + from_days + 30000);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : name);
	X509_set_pubkey(x, key);
	ASN1_TIME_set(X509_getm_notBefore(x), real_now + (time_t)from_days * REAL_DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), real_now + (time_t)to_days * REAL_DAY);
	X509V3_set_ctx(&ctx, issuer ? issuer : x, x, NULL, NULL, 0);
	for (size_t i = 0; i < 2; i++) {
		X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, ext[i].nid, san ? ext[i].leaf : ext[i].ca);

		X509_add_ext(x, e, -1);
		X509_EXTENSION_free(e);
	}
	if (san && *san) {
		X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, san);

		X509_add_ext(x, e, -1);
		X509_EXTENSION_free(e);
	}
	if (!X509_sign(x, issuer_key, EVP_sha256()))
		abort(); /* may run before the first test */
	return x;
}

static inline void real_pki_make(struct real_pki *p)
{
	p->ca_key = EVP_RSA_gen(2048);
	p->rsa_key = EVP_RSA_gen(2048);
	p->own_key = EVP_RSA_gen(2048);
	p->ec_key = EVP_EC_gen("P-256");
	/* CAs and client certificates are good by the clock of this machine too. */
	p->root = real_cert("Real Root", NULL, p->ca_key, NULL, p->ca_key, -20000, 20000);
	p->other_root = real_cert("Other Root", NULL, p->own_key, NULL, p->own_key, -20000, 20000);
	p->mid = real_cert("Real Intermediate", NULL, p->ca_key, p->root, p->ca_key, -20000, 20000);
	p->leaf = real_cert("b.x", "DNS:b.x", p->rsa_key, p->mid, p->ca_key, -10, 90);
	p->old = real_cert("b.x", "DNS:b.x", p->rsa_key, p->mid, p->ca_key, -90, -10);
	p->young = real_cert("b.x", "DNS:b.x", p->rsa_key, p->mid, p->ca_key, 10, 90);
	p->wild = real_cert("*.b.x", "DNS:*.b.x", p->rsa_key, p->mid, p->ca_key, -10, 90);
	p->ec = real_cert("b.x", "DNS:b.x", p->ec_key, p->mid, p->ca_key, -10, 90);
	p->own = real_cert("modem-1", "", p->own_key, p->root, p->ca_key, -20000, 20000);
	p->foreign = real_cert("modem-1", "", p->own_key, p->other_root, p->own_key, -20000,
			       20000);
}

static inline void real_pki_drop(struct real_pki *p)
{
	X509 *const certs[] = { p->root, p->mid, p->other_root, p->leaf, p->old, p->young,
				p->wild, p->ec,	 p->own,	p->foreign };
	EVP_PKEY *const keys[] = { p->ca_key, p->rsa_key, p->ec_key, p->own_key };

	for (size_t i = 0; i < sizeof(certs) / sizeof(certs[0]); i++)
		X509_free(certs[i]);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		EVP_PKEY_free(keys[i]);
}

/* Appends PEM text to out. password NULL: not encrypted. */
static inline void real_pem_cert(struct buf *out, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long n;

	ck_assert(PEM_write_bio_X509(bio, x));
	n = BIO_get_mem_data(bio, &data);
	buf_add(out, data, (size_t)n);
	BIO_free(bio);
}

static inline void real_pem_key(struct buf *out, EVP_PKEY *key, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long n;

	ck_assert(PEM_write_bio_PrivateKey(bio, key, password ? EVP_aes_128_cbc() : NULL,
					   (const unsigned char *)password, password ? (int)strlen(password) : 0, NULL,
					   NULL));
	n = BIO_get_mem_data(bio, &data);
	buf_add(out, data, (size_t)n);
	BIO_free(bio);
}

static inline struct link_file real_file(const char *name, const struct buf *b)
{
	return (struct link_file){ name, b->data, b->len };
}

#endif
