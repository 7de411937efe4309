/*
 * The modem's certificate files and the server's chain, judged by OpenSSL. A chain that is only described (root by key
 * identifier) is matched as an authority key identifier would match; a chain from files is really verified.
 */
#include "link/x509_check.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "link/world.h"

/* The words of the oldest error OpenSSL has noted, and an empty queue afterwards. */
static const char *openssl_reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_error());

	ERR_clear_error();
	return text ? text : "no certificate in it";
}

static BIO *bio_of(const struct link_file *f)
{
	return f->data && f->len <= INT_MAX ? BIO_new_mem_buf(f->data, (int)f->len) : NULL;
}

static const char *name_of(const struct link_file *f)
{
	return f->name ? f->name : "";
}

/* Never asks on a terminal: without a password what is encrypted cannot be read. */
static int give_password(char *buf, int size, int writing, void *ctx)
{
	const char *password = ctx;
	size_t n = password ? strlen(password) : 0;

	(void)writing;
	if (!n || n > (size_t)size)
		return -1;
	memcpy(buf, password, n);
	return (int)n;
}

/* All certificates of a PEM bundle, or the one of a DER file; an empty stack when none can be read. */
static STACK_OF(X509) *read_certificates(BIO *bio)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	X509 *x;

	ERR_clear_error();
	while (list && bio && (x = PEM_read_bio_X509(bio, NULL, give_password, NULL)) != NULL)
		sk_X509_push(list, x);
	if (!list || !bio || sk_X509_num(list))
		return list;
	(void)BIO_reset(bio);
	x = d2i_X509_bio(bio, NULL);
	if (x) {
		ERR_clear_error();
		sk_X509_push(list, x);
	}
	return list;
}

static STACK_OF(X509) *parse_bundle(const struct link_file *f)
{
	BIO *bio = bio_of(f);
	STACK_OF(X509) *list = read_certificates(bio);

	BIO_free(bio);
	return list;
}

static void certificates_free(STACK_OF(X509) *list)
{
	sk_X509_pop_free(list, X509_free);
}

/* --- the modem's own files -------------------------------------------------------------------------------------- */

static enum link_status check_ca(const struct link_tls *tls, struct why *why)
{
	STACK_OF(X509) *list;
	enum link_status status = LINK_OK;

	if (!tls->ca.data) {
		why_add(why, "x509", "the server is to be verified and no CA file is set");
		return LINK_TLS_OPEN;
	}
	list = parse_bundle(&tls->ca);
	if (!list || !sk_X509_num(list)) {
		why_add(why, "x509", "CA file \"%.100s\" (%zu bytes) cannot be used: %s", name_of(&tls->ca), tls->ca.len,
			openssl_reason());
		status = LINK_TLS_OPEN;
	}
	ERR_clear_error();
	certificates_free(list);
	return status;
}

static EVP_PKEY *parse_key(const struct link_tls *tls)
{
	BIO *bio = bio_of(&tls->key);
	EVP_PKEY *key;

	if (!bio)
		return NULL;
	key = PEM_read_bio_PrivateKey(bio, NULL, give_password, (void *)(uintptr_t)tls->key_password);
	if (!key) {
		(void)BIO_reset(bio);
		key = d2i_PrivateKey_bio(bio, NULL);
	}
	BIO_free(bio);
	return key;
}

enum link_status x509_load_own(const struct link_tls *tls, STACK_OF(X509) **list, EVP_PKEY **key, struct why *why)
{
	*key = NULL;
	*list = parse_bundle(&tls->cert);
	if (!*list || !sk_X509_num(*list)) {
		why_add(why, "x509", "client certificate \"%.100s\" cannot be used: %s", name_of(&tls->cert),
			openssl_reason());
		goto fail;
	}
	ERR_clear_error();
	*key = parse_key(tls);
	if (!*key) {
		why_add(why, "x509", "client key \"%.80s\" cannot be used%s: %s", name_of(&tls->key),
			tls->key_password && *tls->key_password ? " with its password" : "", openssl_reason());
		goto fail;
	}
	if (X509_check_private_key(sk_X509_value(*list, 0), *key) != 1) {
		why_add(why, "x509", "client key \"%.80s\" is not the key of certificate \"%.80s\"", name_of(&tls->key),
			name_of(&tls->cert));
		goto fail;
	}
	ERR_clear_error();
	return LINK_OK;
fail:
	EVP_PKEY_free(*key);
	certificates_free(*list);
	*key = NULL;
	*list = NULL;
	ERR_clear_error();
	return LINK_TLS_OPEN;
}

static enum link_status check_own(const struct link_tls *tls, struct why *why)
{
	STACK_OF(X509) *list;
	EVP_PKEY *key;
	enum link_status status = x509_load_own(tls, &list, &key, why);

	EVP_PKEY_free(key);
	certificates_free(list);
	return status;
}

enum link_status link_tls_check_files(const struct link_tls *tls, struct why *why)
{
	enum link_status status = LINK_OK;

	if (tls->verify_server)
		status = check_ca(tls, why);
	if (!status && tls->send_client_cert)
		status = check_own(tls, why);
	return status;
}

/* --- the server's chain ------------------------------------------------------------------------------------------ */

static void common_name(X509 *x, char *buf, size_t size)
{
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, buf, (int)size) < 0)
		X509_NAME_oneline(X509_get_subject_name(x), buf, (int)size);
}

static bool is_root(X509 *x, const struct chain *c)
{
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(x);
	char name[128];

	if (c->skid_len && skid)
		return (size_t)ASN1_STRING_length(skid) == c->skid_len &&
		       !memcmp(ASN1_STRING_get0_data(skid), c->skid, c->skid_len);
	if (!c->root_name)
		return true;	/* the world does not say who signs: any CA will do */
	common_name(x, name, sizeof(name));
	return !strcmp(name, c->root_name);
}

static void explain_other_root(STACK_OF(X509) *list, const struct link_tls *tls, const struct chain *c, struct why *why)
{
	char name[80];

	common_name(sk_X509_value(list, 0), name, sizeof(name));
	why_add(why, "x509", "CA file \"%.60s\" holds %d certificate%s, first \"%s\"", name_of(&tls->ca),
		sk_X509_num(list), sk_X509_num(list) == 1 ? "" : "s", name);
	why_add(why, "x509", "the server's chain ends at \"%.100s\", which is not among them", c->root_name);
}

static void date_text(time_t t, char *buf, size_t size)
{
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, size, "%Y-%m-%d", &tm))
		buf[0] = '\0';
}

static enum link_status check_ca_dates(X509 *root, time_t now, int *error, struct why *why)
{
	bool early = ASN1_TIME_cmp_time_t(X509_get0_notBefore(root), now) > 0;
	bool late = ASN1_TIME_cmp_time_t(X509_get0_notAfter(root), now) < 0;
	char name[100], when[32];

	if (!early && !late)
		return LINK_OK;
	common_name(root, name, sizeof(name));
	date_text(now, when, sizeof(when));
	why_add(why, "x509", "CA \"%s\" %s by the modem's clock (%s) and ignorelocaltime is 0", name,
		late ? "has expired" : "is not valid yet", when);
	*error = late ? X509_V_ERR_CERT_HAS_EXPIRED : X509_V_ERR_CERT_NOT_YET_VALID;
	return LINK_TLS_UNTRUSTED;
}

static enum link_status check_leaf_dates(const struct chain *c, time_t now, int *error, struct why *why)
{
	char when[32];

	if (!c->has_dates || (now >= c->not_before && now <= c->not_after))
		return LINK_OK;
	date_text(now, when, sizeof(when));
	why_add(why, "x509", "the server's certificate %s by the modem's clock (%s) and ignorelocaltime is 0",
		now > c->not_after ? "has expired" : "is not valid yet", when);
	*error = now > c->not_after ? X509_V_ERR_CERT_HAS_EXPIRED : X509_V_ERR_CERT_NOT_YET_VALID;
	return LINK_TLS_UNTRUSTED;
}

static enum link_status check_described(const struct link_tls *tls, const struct chain *c, STACK_OF(X509) *list,
					int *error, struct why *why)
{
	enum link_status status = LINK_OK;
	X509 *root = NULL;

	for (int i = 0; !root && i < sk_X509_num(list); i++) {
		if (is_root(sk_X509_value(list, i), c))
			root = sk_X509_value(list, i);
	}
	if (!root) {
		explain_other_root(list, tls, c, why);
		*error = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
		return LINK_TLS_UNTRUSTED;
	}
	if (tls->check_dates)
		status = check_ca_dates(root, tls->now, error, why);
	if (!status && tls->check_dates)
		status = check_leaf_dates(c, tls->now, error, why);
	return status;
}

/* A store of the modem's CAs, its clock or none. NULL: out of memory. */
static X509_STORE *make_store(const struct link_tls *tls, STACK_OF(X509) *list)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param = store ? X509_STORE_get0_param(store) : NULL;

	if (!param)
		return NULL;
	for (int i = 0; i < sk_X509_num(list); i++)
		X509_STORE_add_cert(store, sk_X509_value(list, i));
	if (tls->check_dates)
		X509_VERIFY_PARAM_set_time(param, tls->now);
	else
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
	return store;
}

static enum link_status check_files(const struct link_tls *tls, const struct chain *c, STACK_OF(X509) *list,
				    int *error, struct why *why)
{
	X509_STORE *store = make_store(tls, list);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum link_status status = LINK_TLS_UNTRUSTED;

	if (!store || !ctx || !X509_STORE_CTX_init(ctx, store, c->leaf, c->intermediates)) {
		why_add(why, "x509", "out of memory");
	} else if (X509_verify_cert(ctx) == 1) {
		status = LINK_OK;
	} else {
		*error = X509_STORE_CTX_get_error(ctx);
		why_add(why, "x509", "the server's chain is not accepted with CA file \"%.60s\": %s (certificate %d)",
			name_of(&tls->ca), X509_verify_cert_error_string(*error), X509_STORE_CTX_get_error_depth(ctx));
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return status;
}

static bool names_host(const struct chain *c, const char *host)
{
	if (c->leaf)
		return X509_check_host(c->leaf, host, 0, 0, NULL) == 1;
	for (size_t i = 0; i < c->n_names; i++) {
		if (!fnmatch(c->name[i], host, FNM_CASEFOLD))
			return true;
	}
	return !c->n_names;
}

enum link_status x509_check_chain(const struct link_tls *tls, const struct chain *c, const char *host, int *error,
				  struct why *why)
{
	enum link_status status = check_ca(tls, why);
	STACK_OF(X509) *list;

	*error = X509_V_ERR_UNSPECIFIED;
	if (status)
		return status;
	list = parse_bundle(&tls->ca);
	status = c->leaf ? check_files(tls, c, list, error, why) : check_described(tls, c, list, error, why);
	certificates_free(list);
	ERR_clear_error();
	if (!status && tls->verify_hostname && !names_host(c, host)) {
		why_add(why, "x509", "the server's certificate is not for \"%.100s\"", host);
		*error = X509_V_ERR_HOSTNAME_MISMATCH;
		status = LINK_TLS_UNTRUSTED;
	}
	return status;
}

bool x509_client_is_known(const struct link_tls *tls, STACK_OF(X509) *cas)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *own = parse_bundle(&tls->cert);
	bool known = false;

	for (int i = 0; store && i < sk_X509_num(cas); i++)
		X509_STORE_add_cert(store, sk_X509_value(cas, i));
	if (store && ctx && own && X509_STORE_CTX_init(ctx, store, sk_X509_value(own, 0), own)) {
		X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_NO_CHECK_TIME);
		X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT);
		known = X509_verify_cert(ctx) == 1;
	}
	certificates_free(own);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return known;
}

/* --- chains of a world ------------------------------------------------------------------------------------------- */

static bool has_wildcard_name(X509 *x)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		if (n->type == GEN_DNS && ASN1_STRING_length(n->d.dNSName) > 1 &&
		    !memcmp(ASN1_STRING_get0_data(n->d.dNSName), "*.", 2))
			found = true;
	}
	GENERAL_NAMES_free(names);
	return found;
}

/* The first certificate of all files is the leaf; list gives its certificates away. */
static int take_certificates(struct chain *c, STACK_OF(X509) *list)
{
	X509 *x;

	if (!c->intermediates)
		c->intermediates = sk_X509_new_null();
	if (!c->intermediates)
		return -1;
	while ((x = sk_X509_shift(list)) != NULL) {
		if (!c->leaf)
			c->leaf = x;
		else
			sk_X509_push(c->intermediates, x);
	}
	return 0;
}

STACK_OF(X509) *x509_read_file(const char *path, char *reason, size_t size)
{
	BIO *bio = BIO_new_file(path, "rb");
	STACK_OF(X509) *list = bio ? read_certificates(bio) : NULL;

	if (!list || !sk_X509_num(list)) {
		snprintf(reason, size, "%s", bio ? openssl_reason() : "cannot open the file");
		certificates_free(list);
		list = NULL;
	}
	BIO_free(bio);
	ERR_clear_error();
	return list;
}

int x509_add_chain_file(struct chain *c, const char *path, char *reason, size_t size)
{
	STACK_OF(X509) *list = x509_read_file(path, reason, size);
	int err = list ? 0 : -EINVAL;

	if (list && take_certificates(c, list)) {
		snprintf(reason, size, "out of memory");
		err = -EINVAL;
	}
	certificates_free(list);
	return err;
}

void x509_describe_chain(struct chain *c)
{
	EVP_PKEY *key = X509_get0_pubkey(c->leaf);

	c->key = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? KEY_ECDSA : KEY_RSA;
	c->bits = key ? (unsigned)EVP_PKEY_get_bits(key) : 0;
	c->wildcard = has_wildcard_name(c->leaf);
	/* As in the Certificate message: a length of 3 bytes before the list and before each certificate. */
	c->bytes = 3 + 3 + (size_t)i2d_X509(c->leaf, NULL);
	for (int i = 0; i < sk_X509_num(c->intermediates); i++)
		c->bytes += 3 + (size_t)i2d_X509(sk_X509_value(c->intermediates, i), NULL);
}
