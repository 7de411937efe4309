/*
 * X.509 by OpenSSL 3. CAs always sign with RSA, whose signatures of the same bytes are the same bytes. CAs for servers
 * and for clients have different names: a server that is told whom to believe would send that CA along if it were its
 * own.
 */
#include "harness/certs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "harness/certs_key.h"
#include "harness/server_tls.h"

enum { CHAIN_MAX = 12, COMMON_NAME_MAX = 64, SAN_MAX_BYTES = 8192, PAD_ROUNDS = 4 };

static const char first_day[] = "2020-01-01", last_day[] = "2049-12-31";

/* What one certificate is to say. */
struct wish {
	const char *common_name;
	EVP_PKEY *key;
	X509 *issuer; /* NULL: itself */
	EVP_PKEY *issuer_key;
	bool ca;
	const char *usage;     /* extended key usage, NULL for a CA */
	const char *alt_names; /* NULL: none */
	const char *not_before, *not_after;
	size_t pad; /* bytes of a comment that make it long */
};

static int failed(struct err *e, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	err_set(e, -EIO, "cannot make %s: %s", what, reason ? reason : "out of memory");
	ERR_clear_error();
	return -EIO;
}

/* --- one certificate ------------------------------------------------------------------------------------------- */

static bool set_name(X509 *x, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(x);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
}

static bool set_dates(X509 *x, const struct wish *w)
{
	time_t from, to;

	return !cert_date(w->not_before ? w->not_before : first_day, &from) &&
	       !cert_date(w->not_after ? w->not_after : last_day, &to) && ASN1_TIME_set(X509_getm_notBefore(x), from) &&
	       ASN1_TIME_set(X509_getm_notAfter(x), to);
}

/* The number follows from names and pad, so that no two certificates of one CA share it. */
static bool set_serial(X509 *x, const struct wish *w)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	char text[256];
	BIGNUM *number;
	bool ok;

	snprintf(text, sizeof(text), "%.64s %.32s %d %zu", w->common_name, w->usage ? w->usage : "ca",
		 w->issuer != NULL, w->pad);
	if (!EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL))
		return false;
	hash[0] = (hash[0] & 0x3f) | 0x40;
	number = BN_bin2bn(hash, 8, NULL);
	ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
	BN_free(number);
	return ok;
}

static bool add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

static bool add_pad(X509 *x, X509 *issuer, size_t n)
{
	char *text = n ? malloc(n + 1) : NULL;
	bool ok;

	if (!n)
		return true;
	if (!text)
		return false;
	memset(text, 'x', n);
	text[n] = '\0';
	ok = add_extension(x, issuer, NID_netscape_comment, text);
	free(text);
	return ok;
}

static bool add_extensions(X509 *x, X509 *issuer, const struct wish *w)
{
	return add_extension(x, issuer, NID_basic_constraints, w->ca ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
	       add_extension(x, issuer, NID_key_usage,
			     w->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment") &&
	       add_extension(x, issuer, NID_subject_key_identifier, "hash") &&
	       add_extension(x, issuer, NID_authority_key_identifier, "keyid") &&
	       (!w->usage || add_extension(x, issuer, NID_ext_key_usage, w->usage)) &&
	       (!w->alt_names || add_extension(x, issuer, NID_subject_alt_name, w->alt_names)) &&
	       add_pad(x, issuer, w->pad);
}

static X509 *make(const struct wish *w)
{
	X509 *x = X509_new(), *issuer = w->issuer ? w->issuer : x;

	if (x && w->key && X509_set_version(x, 2) && set_name(x, w->common_name) && set_serial(x, w) &&
	    set_dates(x, w) && X509_set_issuer_name(x, X509_get_subject_name(issuer)) && X509_set_pubkey(x, w->key) &&
	    add_extensions(x, issuer, w) && X509_sign(x, w->issuer_key ? w->issuer_key : w->key, EVP_sha256()))
		return x;
	X509_free(x);
	return NULL;
}

static X509 *make_ca(const char *common_name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, size_t pad)
{
	const struct wish w = { .common_name = common_name,
				.key = key,
				.issuer = issuer,
				.issuer_key = issuer_key,
				.ca = true,
				.pad = pad };

	return make(&w);
}

/* --- the server's chain ---------------------------------------------------------------------------------------- */

struct chain {
	X509 *cert[CHAIN_MAX]; /* the server's first */
	int n;
};

static void chain_free(struct chain *c)
{
	while (c->n > 0)
		X509_free(c->cert[--c->n]);
}

static size_t chain_bytes(const struct chain *c)
{
	size_t sum = 0;

	for (int i = 0; i < c->n; i++)
		sum += (size_t)i2d_X509(c->cert[i], NULL);
	return sum;
}

static void add_alt_name(struct buf *out, const char *name)
{
	unsigned char address[16];
	bool is_ip = inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;

	buf_addf(out, "%s%s:%s", out->len ? "," : "", is_ip ? "IP" : "DNS", name);
}

static void alt_names(const struct cert_order *o, struct buf *out)
{
	for (size_t i = 0; i < o->setup->n_names; i++)
		add_alt_name(out, o->setup->names[i]);
	if (!o->setup->n_names)
		add_alt_name(out, o->host);
}

/* Root, then each CA in between signs the next; they share one key. *signer is who signs the server's. */
static bool make_signers(const struct cert_order *o, struct chain *cas, EVP_PKEY **signer, size_t pad)
{
	bool other = o->setup->signer == SIGNED_BY_OTHER;
	EVP_PKEY *middle = o->setup->intermediates ? cert_key_of(o->seed, "middle", CERT_RSA, 0) : NULL;
	char name[40];

	*signer = cert_key_of(o->seed, other ? "other" : "ca", CERT_RSA, 0);
	cas->cert[0] = make_ca(other ? "hil other CA" : "hil CA", *signer, NULL, NULL, 0);
	cas->n = cas->cert[0] ? 1 : 0;
	for (long i = 0; i < o->setup->intermediates && cas->n == i + 1; i++) {
		snprintf(name, sizeof(name), "hil intermediate CA %ld", i + 1);
		cas->cert[cas->n] = make_ca(name, middle, cas->cert[i], *signer, i ? 0 : pad);
		*signer = middle;
		cas->n += cas->cert[cas->n] != NULL;
	}
	return cas->n == o->setup->intermediates + 1;
}

static X509 *make_leaf(const struct cert_order *o, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer, size_t pad)
{
	const char *first = o->setup->n_names ? o->setup->names[0] : o->host;
	struct wish w = {
		.key = key,
		.issuer = issuer,
		.issuer_key = signer,
		.usage = "serverAuth",
		.pad = pad,
		.not_before = o->setup->not_before,
		.not_after = o->setup->not_after,
	};
	char common_name[COMMON_NAME_MAX + 1];
	struct buf names;
	X509 *leaf;

	snprintf(common_name, sizeof(common_name), "%.64s", first);
	buf_init(&names, SAN_MAX_BYTES);
	alt_names(o, &names);
	w.common_name = common_name;
	w.alt_names = buf_str(&names);
	leaf = make(&w);
	buf_free(&names);
	return leaf;
}

/* The server's certificate and what is sent with it; the root stays at home. */
static bool make_chain(const struct cert_order *o, struct chain *out, size_t pad)
{
	EVP_PKEY *key = cert_key_of(o->seed, "server", (enum cert_key)o->setup->key, o->setup->bits), *signer;
	struct chain cas = { .n = 0 };
	bool alone = o->setup->signer == SIGNED_BY_ITSELF;
	size_t leaf_pad = o->setup->intermediates ? 0 : pad;

	out->n = 0;
	if (!alone && !make_signers(o, &cas, &signer, pad)) {
		chain_free(&cas);
		return false;
	}
	out->cert[0] = alone ? make_leaf(o, key, NULL, NULL, leaf_pad)
			     : make_leaf(o, key, cas.cert[cas.n - 1], signer, leaf_pad);
	out->n = out->cert[0] ? 1 : 0;
	while (out->n && cas.n > 1)
		out->cert[out->n++] = cas.cert[--cas.n];
	chain_free(&cas);
	return out->n > 0;
}

/* Until it is as long as it should be: the lengths of lengths shift it by a few bytes. */
static bool make_long_chain(const struct cert_order *o, struct chain *out)
{
	size_t wanted = (size_t)o->setup->bytes, pad = 0, got;

	for (int round = 0; round < PAD_ROUNDS; round++) {
		if (!make_chain(o, out, pad))
			return false;
		got = chain_bytes(out);
		if (got == wanted || (got > wanted && !pad))
			return true;
		pad = got < wanted ? pad + (wanted - got) : got - wanted < pad ? pad - (got - wanted) : pad;
		if (!round)
			pad = pad > 32 ? pad - 28 : 1; /* what a comment costs beside its text */
		if (round + 1 < PAD_ROUNDS)
			chain_free(out);
	}
	return true;
}

/* --- files ----------------------------------------------------------------------------------------------------- */

void certs_path(const struct cert_order *o, const char *what, char out[CERTS_PATH_MAX])
{
	snprintf(out, CERTS_PATH_MAX, "%.520s/%.100s-%.40s.pem", o->dir, o->name, what);
}

static int save(const struct cert_order *o, const char *what, BIO *pem, struct err *e)
{
	char path[CERTS_PATH_MAX];
	char *data;
	long n = BIO_get_mem_data(pem, &data);
	int fd, err = 0;

	certs_path(o, what, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, (size_t)n) != n)
		err = err_set(e, -EIO, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

static int save_certs(const struct cert_order *o, const char *what, X509 *const *cert, int n, struct err *e)
{
	BIO *pem = BIO_new(BIO_s_mem());
	int err = pem ? 0 : failed(e, what);

	for (int i = 0; !err && i < n; i++) {
		if (!PEM_write_bio_X509(pem, cert[i]))
			err = failed(e, what);
	}
	if (!err)
		err = save(o, what, pem, e);
	BIO_free(pem);
	return err;
}

/* PKCS #8 with salt and IV that follow from the seed, where OpenSSL would roll dice for them. */
static bool write_encrypted(BIO *pem, EVP_PKEY *key, const char *password, uint64_t seed)
{
	unsigned char salt[EVP_MAX_MD_SIZE];
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
	X509_ALGOR *how = NULL;
	X509_SIG *sealed = NULL;
	bool ok;

	if (plain && EVP_Digest(&seed, sizeof(seed), salt, NULL, EVP_sha256(), NULL))
		how = PKCS5_pbe2_set_iv(EVP_aes_128_cbc(), 2048, salt, 8, salt + 8, NID_hmacWithSHA256);
	if (how)
		sealed = PKCS8_set0_pbe(password, (int)strlen(password), plain, how);
	if (!sealed)
		X509_ALGOR_free(how);
	ok = sealed && PEM_write_bio_PKCS8(pem, sealed);
	X509_SIG_free(sealed);
	PKCS8_PRIV_KEY_INFO_free(plain);
	return ok;
}

static int save_key(const struct cert_order *o, const char *what, EVP_PKEY *key, const char *password, struct err *e)
{
	BIO *pem = BIO_new(BIO_s_mem());
	bool ok = pem && key;
	int err;

	if (ok && password)
		ok = write_encrypted(pem, key, password, o->seed);
	else if (ok)
		ok = PEM_write_bio_PKCS8PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL);
	err = ok ? save(o, what, pem, e) : failed(e, what);
	BIO_free(pem);
	return err;
}

static int save_ca(const struct cert_order *o, const char *what, const char *common_name, const char *role,
		   struct err *e)
{
	X509 *ca = make_ca(common_name, cert_key_of(o->seed, role, CERT_RSA, 0), NULL, NULL, 0);
	int err = ca ? save_certs(o, what, &ca, 1, e) : failed(e, what);

	X509_free(ca);
	return err;
}

/* A client's certificate and key, signed by the key of a role under the name of a CA. */
static int save_client(const struct cert_order *o, const char *what, X509 *ca, const char *role, struct err *e)
{
	EVP_PKEY *key = cert_key_of(o->seed, "client", CERT_RSA, 0);
	const struct wish w = { .common_name = "hil client", .key = key, .issuer = ca,
				.issuer_key = cert_key_of(o->seed, role, CERT_RSA, 0), .usage = "clientAuth" };
	X509 *cert = ca ? make(&w) : NULL;
	char key_name[40];
	int err = cert ? save_certs(o, what, &cert, 1, e) : failed(e, what);

	snprintf(key_name, sizeof(key_name), "%s-key", what);
	if (!err)
		err = save_key(o, key_name, key, o->key_password, e);
	X509_free(cert);
	return err;
}

/* One that the server believes, and one that it does not. */
static int save_clients(const struct cert_order *o, struct err *e)
{
	X509 *ca = make_ca("hil client CA", cert_key_of(o->seed, "ca", CERT_RSA, 0), NULL, NULL, 0);
	X509 *other = make_ca("hil other CA", cert_key_of(o->seed, "other", CERT_RSA, 0), NULL, NULL, 0);
	int err = ca ? save_certs(o, "client-ca", &ca, 1, e) : failed(e, "client");

	if (!err)
		err = save_client(o, "client", ca, "ca", e);
	if (!err)
		err = save_client(o, "other-client", other, "other", e);
	X509_free(ca);
	X509_free(other);
	return err;
}

static int save_made(const struct cert_order *o, struct err *e)
{
	struct chain c = { .n = 0 };
	int err = make_long_chain(o, &c) ? save_certs(o, "chain", c.cert, c.n, e) : failed(e, "chain");

	if (!err)
		err = save_key(o, "key", cert_key_of(o->seed, "server", (enum cert_key)o->setup->key, o->setup->bits),
			       NULL, e);
	if (!err)
		err = save_ca(o, "ca", "hil CA", "ca", e);
	chain_free(&c);
	return err;
}

/* A chain of the user's own; the last certificate of it is as near to its root as we can get. */
static int save_given(const struct cert_order *o, struct err *e)
{
	BIO *in = BIO_new_file(o->setup->file, "r");
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, (void *)(uintptr_t) "") : NULL;
	struct chain c = { .n = 0 };
	int err = 0;

	if (in)
		(void)BIO_reset(in);
	while (in && c.n < CHAIN_MAX && (c.cert[c.n] = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
		c.n++;
	BIO_free(in);
	ERR_clear_error();
	if (!key || !c.n)
		err = err_set(e, -EINVAL, "%s: %s", o->setup->file,
			      access(o->setup->file, R_OK) ? strerror(errno)
			      : key			   ? "no certificate in it"
							   : "no private key in it");
	if (!err)
		err = save_certs(o, "chain", c.cert, c.n, e);
	if (!err)
		err = save_key(o, "key", key, NULL, e);
	if (!err)
		err = save_certs(o, "ca", &c.cert[c.n - 1], 1, e);
	EVP_PKEY_free(key);
	chain_free(&c);
	return err;
}

void certs_prepare(const struct cert_setup *setup, uint64_t seed)
{
	cert_key_of(seed, "ca", CERT_RSA, 0);
	cert_key_of(seed, "other", CERT_RSA, 0);
	cert_key_of(seed, "client", CERT_RSA, 0);
	if (setup->intermediates)
		cert_key_of(seed, "middle", CERT_RSA, 0);
	if (!setup->file)
		cert_key_of(seed, "server", (enum cert_key)setup->key, setup->bits);
}

int certs_write(const struct cert_order *o, struct err *e)
{
	int err = o->setup->file ? save_given(o, e) : save_made(o, e);

	if (!err)
		err = save_ca(o, "other-ca", "hil other CA", "other", e);
	return err ? err : save_clients(o, e);
}
