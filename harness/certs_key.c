/*
 * OpenSSL makes keys from its own randomness only, so the secret numbers are drawn here, from SHA-256 over seed, role
 * and a counter, and handed to it. Finding two primes of 1024 bits takes about a tenth of a second.
 */
#include "harness/certs_key.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

enum { NUMBER_MAX_BYTES = 1024, HASH_BYTES = 32, RSA_E = 65537 };

struct kept {
	struct kept *next;
	char id[80];
	EVP_PKEY *key;
};

static struct kept *first_kept;

/* --- numbers --------------------------------------------------------------------------------------------------- */

struct well {
	char id[80];
	unsigned counter;
};

static BIGNUM *draw(struct well *s, int bits)
{
	unsigned char bytes[NUMBER_MAX_BYTES + HASH_BYTES];
	int n = (bits + 7) / 8;
	BIGNUM *number;
	char text[96];

	for (int at = 0; at < n; at += HASH_BYTES) {
		snprintf(text, sizeof(text), "%s %u", s->id, s->counter++);
		if (!EVP_Digest(text, strlen(text), bytes + at, NULL, EVP_sha256(), NULL))
			return NULL;
	}
	number = BN_bin2bn(bytes, n, NULL);
	if (number)
		BN_mask_bits(number, bits);
	return number;
}

/* Both primes have their two highest bits set, so that the product has all the bits it should. */
static BIGNUM *draw_prime(struct well *s, int bits, BN_CTX *ctx)
{
	BIGNUM *p = draw(s, bits);

	if (!p || !BN_set_bit(p, bits - 1) || !BN_set_bit(p, bits - 2) || !BN_set_bit(p, 0))
		goto fail;
	/* e is prime: it has a factor in common with p - 1 only when it divides it */
	while (BN_mod_word(p, RSA_E) == 1 || BN_check_prime(p, ctx, NULL) != 1) {
		if (!BN_add_word(p, 2))
			goto fail;
	}
	return p;
fail:
	BN_free(p);
	return NULL;
}

/* --- RSA ------------------------------------------------------------------------------------------------------- */

struct rsa_numbers {
	BIGNUM *p, *q, *n, *e, *d, *dp, *dq, *qi;
};

static void rsa_free(struct rsa_numbers *r)
{
	BIGNUM *const all[] = { r->p, r->q, r->n, r->e, r->d, r->dp, r->dq, r->qi };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		BN_free(all[i]);
}

static bool rsa_fill(struct rsa_numbers *r, BN_CTX *ctx)
{
	BIGNUM *p1 = BN_dup(r->p), *q1 = BN_dup(r->q), *phi = BN_new();
	bool ok = p1 && q1 && phi && BN_sub_word(p1, 1) && BN_sub_word(q1, 1) && BN_mul(phi, p1, q1, ctx);

	r->n = BN_new();
	r->e = BN_new();
	r->dp = BN_new();
	r->dq = BN_new();
	ok = ok && r->n && r->e && r->dp && r->dq && BN_mul(r->n, r->p, r->q, ctx) && BN_set_word(r->e, RSA_E);
	r->d = ok ? BN_mod_inverse(NULL, r->e, phi, ctx) : NULL;
	r->qi = ok ? BN_mod_inverse(NULL, r->q, r->p, ctx) : NULL;
	ok = r->d && r->qi && BN_mod(r->dp, r->d, p1, ctx) && BN_mod(r->dq, r->d, q1, ctx);
	BN_free(p1);
	BN_free(q1);
	BN_free(phi);
	return ok;
}

static EVP_PKEY *from_data(const char *type, OSSL_PARAM_BLD *build)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params && ctx && EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return key;
}

static EVP_PKEY *rsa_key(const struct rsa_numbers *r)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;

	if (b && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, r->n) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, r->e) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_D, r->d) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_FACTOR1, r->p) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_FACTOR2, r->q) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_EXPONENT1, r->dp) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_EXPONENT2, r->dq) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, r->qi))
		key = from_data("RSA", b);
	OSSL_PARAM_BLD_free(b);
	return key;
}

static EVP_PKEY *make_rsa(struct well *s, int bits)
{
	BN_CTX *ctx = BN_CTX_new();
	struct rsa_numbers r = { 0 };
	EVP_PKEY *key = NULL;

	if (ctx) {
		r.p = draw_prime(s, bits / 2, ctx);
		r.q = draw_prime(s, bits / 2, ctx);
	}
	if (r.p && r.q && rsa_fill(&r, ctx))
		key = rsa_key(&r);
	rsa_free(&r);
	BN_CTX_free(ctx);
	return key;
}

/* --- ECDSA ----------------------------------------------------------------------------------------------------- */

static EVP_PKEY *ec_key(const EC_GROUP *group, const char *curve, const BIGNUM *secret, const EC_POINT *point)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	unsigned char *octets = NULL;
	size_t n = EC_POINT_point2buf(group, point, POINT_CONVERSION_UNCOMPRESSED, &octets, NULL);
	EVP_PKEY *key = NULL;

	if (b && n && OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) &&
	    OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, octets, n) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, secret))
		key = from_data("EC", b);
	OPENSSL_free(octets);
	OSSL_PARAM_BLD_free(b);
	return key;
}

static EVP_PKEY *make_ec(struct well *s, long bits)
{
	int nid = bits == 521 ? NID_secp521r1 : bits == 384 ? NID_secp384r1 : NID_X9_62_prime256v1;
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	/* one bit less than the order has: always below it */
	BIGNUM *secret = group ? draw(s, EC_GROUP_order_bits(group) - 1) : NULL;
	EVP_PKEY *key = NULL;

	if (point && secret && BN_set_bit(secret, 0) && EC_POINT_mul(group, point, secret, NULL, NULL, NULL))
		key = ec_key(group, OBJ_nid2sn(nid), secret, point);
	BN_free(secret);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return key;
}

/* --- the ones that are kept ------------------------------------------------------------------------------------ */

EVP_PKEY *cert_key_of(uint64_t seed, const char *role, enum cert_key kind, long bits)
{
	struct well s = { .counter = 0 };
	struct kept *k;

	if (!bits)
		bits = kind == CERT_RSA ? 2048 : 256;
	snprintf(s.id, sizeof(s.id), "%016llx %.24s %s %ld", (unsigned long long)seed, role,
		 kind == CERT_RSA ? "rsa" : "ec", bits);
	for (k = first_kept; k; k = k->next) {
		if (!strcmp(k->id, s.id))
			return k->key;
	}
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	memcpy(k->id, s.id, sizeof(k->id));
	k->key = kind == CERT_RSA ? make_rsa(&s, (int)bits) : make_ec(&s, bits);
	k->next = first_kept;
	first_kept = k;
	return k->key;
}

void cert_keys_free(void)
{
	while (first_kept) {
		struct kept *k = first_kept;

		first_kept = k->next;
		EVP_PKEY_free(k->key);
		free(k);
	}
}
