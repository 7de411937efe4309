/* Certificates made here, files as they come off a modem: what can be used, what is trusted, and the reason if not. */
#include <stdio.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/str.h"
#include "link/x509_check.h"
#include "test_link_rig.h"

enum { DAY = 86400 };
static const time_t now = 1800000000;	/* the modem's clock in all rows */

struct pair {
	X509 *cert;
	EVP_PKEY *key;
};

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ck_assert_ptr_nonnull(ext);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
}

/* issuer NULL: self-signed, a CA. days are counted from now. */
static struct pair make(const char *cn, const char *san, const struct pair *issuer, int from_days, int to_days)
{
	struct pair p = { X509_new(), EVP_EC_gen("P-256") };
	X509_NAME *name = X509_get_subject_name(p.cert);

	X509_set_version(p.cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(p.cert), 1);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(p.cert, issuer ? X509_get_subject_name(issuer->cert) : name);
	X509_set_pubkey(p.cert, p.key);
	ASN1_TIME_set(X509_getm_notBefore(p.cert), now + (time_t)from_days * DAY);
	ASN1_TIME_set(X509_getm_notAfter(p.cert), now + (time_t)to_days * DAY);
	add_extension(p.cert, p.cert, NID_subject_key_identifier, "hash");
	add_extension(p.cert, issuer ? issuer->cert : p.cert, NID_basic_constraints, san ? "CA:FALSE" : "critical,CA:TRUE");
	add_extension(p.cert, issuer ? issuer->cert : p.cert, NID_authority_key_identifier, "keyid:always");
	if (san)
		add_extension(p.cert, p.cert, NID_subject_alt_name, san);
	X509_sign(p.cert, issuer ? issuer->key : p.key, EVP_sha256());
	return p;
}

static void drop(struct pair *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
}

/* Everything the rows need, made once per test. */
struct certs {
	struct pair root, other, old_root, young_root, mid, leaf, old_leaf, wild;
	struct buf file[16];
	size_t n_files;
};

static void certs_make(struct certs *c)
{
	memset(c, 0, sizeof(*c));
	c->root = make("Test Root", NULL, NULL, -100, 1000);
	c->other = make("Other Root", NULL, NULL, -100, 1000);
	c->old_root = make("Old Root", NULL, NULL, -100, -1);
	c->young_root = make("Young Root", NULL, NULL, 1, 1000);
	c->mid = make("Test Intermediate", NULL, &c->root, -50, 500);
	c->leaf = make("b.x", "DNS:b.x", &c->mid, -10, 90);
	c->old_leaf = make("b.x", "DNS:b.x", &c->mid, -100, -10);
	c->wild = make("*.y", "DNS:*.y", &c->mid, -10, 90);
}

static void certs_drop(struct certs *c)
{
	struct pair *all[] = { &c->root, &c->other, &c->old_root, &c->young_root, &c->mid, &c->leaf, &c->old_leaf,
			       &c->wild };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		drop(all[i]);
	for (size_t i = 0; i < c->n_files; i++)
		buf_free(&c->file[i]);
}

static struct link_file keep(struct certs *c, const char *name, const void *data, size_t n)
{
	struct buf *b = &c->file[c->n_files++];

	ck_assert_uint_le(c->n_files, 16);
	buf_init(b, 1 << 20);
	buf_add(b, data, n);
	return (struct link_file){ name, n ? b->data : "", n };
}

static struct link_file keep_bio(struct certs *c, const char *name, BIO *bio)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);
	struct link_file f = keep(c, name, data, (size_t)n);

	BIO_free(bio);
	return f;
}

static struct link_file pem(struct certs *c, X509 *a, X509 *b)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(bio, a);
	if (b)
		PEM_write_bio_X509(bio, b);
	return keep_bio(c, "ca.pem", bio);
}

static struct link_file der(struct certs *c, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());

	i2d_X509_bio(bio, x);
	return keep_bio(c, "ca.der", bio);
}

static struct link_file key_pem(struct certs *c, EVP_PKEY *key, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PrivateKey(bio, key, password ? EVP_aes_128_cbc() : NULL, (const unsigned char *)password,
				 password ? (int)strlen(password) : 0, NULL, NULL);
	return keep_bio(c, "key.pem", bio);
}

/* LF to CR LF, as a terminal program sends it. */
static struct link_file crlf(struct certs *c, struct link_file f)
{
	struct buf out;
	struct link_file kept;

	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < f.len; i++) {
		if (((const char *)f.data)[i] == '\n')
			buf_addc(&out, '\r');
		buf_addc(&out, ((const char *)f.data)[i]);
	}
	kept = keep(c, f.name, out.data, out.len);
	buf_free(&out);
	return kept;
}

/* --- what can be used at all ---------------------------------------------------------------------------------- */

START_TEST(test_ca_file)
{
	struct certs c;
	struct link_file good;

	certs_make(&c);
	good = pem(&c, c.root.cert, NULL);
	const struct { const char *what; struct link_file file; enum link_status want; const char *reason; } rows[] = {
		{ "PEM", good, LINK_OK, NULL },
		{ "PEM without the last LF", keep(&c, "a", good.data, good.len - 1), LINK_OK, NULL },
		{ "CR LF", crlf(&c, good), LINK_OK, NULL },
		{ "CR LF cut at the LF length", { "ca.pem", crlf(&c, good).data, good.len }, LINK_TLS_OPEN, "cannot be used" },
		{ "DER", der(&c, c.root.cert), LINK_OK, NULL },
		{ "bundle", pem(&c, c.other.cert, c.root.cert), LINK_OK, NULL },
		{ "cut in the END line", { "ca.pem", good.data, good.len - 10 }, LINK_TLS_OPEN, "ca.pem" },
		{ "cut in the body", { "ca.pem", good.data, good.len / 2 }, LINK_TLS_OPEN, "cannot be used" },
		{ "garbage", { "ca.pem", "hello", 5 }, LINK_TLS_OPEN, "(5 bytes)" },
		{ "empty", { "ca.pem", "", 0 }, LINK_TLS_OPEN, "(0 bytes)" },
		{ "none", { NULL, NULL, 0 }, LINK_TLS_OPEN, "no CA file is set" },
		{ "a key", key_pem(&c, c.root.key, NULL), LINK_TLS_OPEN, "cannot be used" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct link_tls tls = { .verify_server = true, .ca = rows[i].file };
		struct why why = { .n = 0 };

		ck_assert_msg(link_tls_check_files(&tls, &why) == rows[i].want, "%s", rows[i].what);
		ck_assert_uint_eq(why.n, rows[i].want ? 1 : 0);
		if (rows[i].reason)
			ck_assert_msg(why_says(&why, "x509", rows[i].reason), "%s: %s", rows[i].what, why.step[0].text);
		/* authmode 0 does not look at it */
		tls.verify_server = false;
		ck_assert_int_eq(link_tls_check_files(&tls, &why), LINK_OK);
	}
	certs_drop(&c);
}
END_TEST

START_TEST(test_own_certificate)
{
	struct certs c;

	certs_make(&c);
	const struct link_file cert = pem(&c, c.leaf.cert, NULL), key = key_pem(&c, c.leaf.key, NULL);
	const struct link_file locked = key_pem(&c, c.leaf.key, "secret");
	const struct {
		const char *what;
		struct link_file cert, key;
		const char *password;
		enum link_status want;
		const char *reason;
	} rows[] = {
		{ "pair", cert, key, NULL, LINK_OK, NULL },
		{ "CR LF pair", crlf(&c, cert), crlf(&c, key), NULL, LINK_OK, NULL },
		{ "DER certificate", der(&c, c.leaf.cert), key, "", LINK_OK, NULL },
		{ "other key", cert, key_pem(&c, c.root.key, NULL), NULL, LINK_TLS_OPEN, "is not the key of certificate" },
		{ "locked key with its password", cert, locked, "secret", LINK_OK, NULL },
		{ "locked key, wrong password", cert, locked, "guess", LINK_TLS_OPEN, "with its password" },
		{ "locked key, no password", cert, locked, NULL, LINK_TLS_OPEN, "cannot be used" },
		{ "key not needing the password", cert, key, "secret", LINK_OK, NULL },
		{ "no certificate", { 0 }, key, NULL, LINK_TLS_OPEN, "client certificate" },
		{ "no key", cert, { 0 }, NULL, LINK_TLS_OPEN, "client key" },
		{ "certificate for a key", cert, cert, NULL, LINK_TLS_OPEN, "client key" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct link_tls tls = { .send_client_cert = true, .cert = rows[i].cert, .key = rows[i].key,
					.key_password = rows[i].password };
		struct why why = { .n = 0 };

		ck_assert_msg(link_tls_check_files(&tls, &why) == rows[i].want, "%s", rows[i].what);
		if (rows[i].reason)
			ck_assert_msg(why_says(&why, "x509", rows[i].reason), "%s: %s", rows[i].what, why.step[0].text);
	}
	certs_drop(&c);
}
END_TEST

/* --- what is trusted ---------------------------------------------------------------------------------------------- */

static void describe(struct chain *d, X509 *root, const char *name)
{
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(root);

	memset(d, 0, sizeof(*d));
	d->root_name = (char *)(uintptr_t)name;
	d->skid_len = (size_t)ASN1_STRING_length(skid);
	memcpy(d->skid, ASN1_STRING_get0_data(skid), d->skid_len);
}

enum { DATES = 1, NAME = 2 };

START_TEST(test_described_chain)
{
	char other_name[] = "b.y";
	char *names[] = { other_name };
	struct chain root, old, young, by_name = { .root_name = (char[]){ "Test Root" } }, dated, unnamed = { 0 }, named;
	struct certs c;

	certs_make(&c);
	describe(&root, c.root.cert, "Test Root");
	describe(&old, c.old_root.cert, "Old Root");
	describe(&young, c.young_root.cert, "Young Root");
	dated = root;
	dated.has_dates = true;
	dated.not_before = now - DAY;
	dated.not_after = now + DAY;
	named = root;
	named.name = names;
	named.n_names = 1;
	const struct link_file ca = pem(&c, c.root.cert, NULL);
	const struct {
		const char *what;
		const struct chain *chain;
		struct link_file ca;
		int how;
		time_t at;
		enum link_status want;
		const char *reason;
	} rows[] = {
		{ "the root", &root, ca, 0, 0, LINK_OK, NULL },
		{ "the root in a bundle", &root, pem(&c, c.other.cert, c.root.cert), 0, 0, LINK_OK, NULL },
		{ "another root", &root, pem(&c, c.other.cert, NULL), 0, 0, LINK_TLS_UNTRUSTED, "holds 1 certificate, first \"Other Root\"" },
		{ "says whose chain", &root, pem(&c, c.other.cert, NULL), 0, 0, LINK_TLS_UNTRUSTED, "ends at \"Test Root\"" },
		{ "the intermediate is not enough", &root, pem(&c, c.mid.cert, NULL), 0, 0, LINK_TLS_UNTRUSTED, NULL },
		{ "garbage", &root, { "ca.pem", "x", 1 }, 0, 0, LINK_TLS_OPEN, "cannot be used" },
		{ "by name alone", &by_name, ca, 0, 0, LINK_OK, NULL },
		{ "by name alone, another", &by_name, pem(&c, c.other.cert, NULL), 0, 0, LINK_TLS_UNTRUSTED, NULL },
		{ "root not said", &unnamed, ca, 0, 0, LINK_OK, NULL },
		{ "expired, dates ignored", &old, pem(&c, c.old_root.cert, NULL), 0, now, LINK_OK, NULL },
		{ "expired", &old, pem(&c, c.old_root.cert, NULL), DATES, now, LINK_TLS_UNTRUSTED, "has expired by the modem's clock (2027-01-15)" },
		{ "not yet valid", &young, pem(&c, c.young_root.cert, NULL), DATES, now, LINK_TLS_UNTRUSTED, "not valid yet" },
		{ "clock never set", &root, ca, DATES, 315964800, LINK_TLS_UNTRUSTED, "(1980-01-06)" },
		{ "dates fit", &dated, ca, DATES, now, LINK_OK, NULL },
		{ "last second", &dated, ca, DATES, now + DAY, LINK_OK, NULL },
		{ "a second late", &dated, ca, DATES, now + DAY + 1, LINK_TLS_UNTRUSTED, "server's certificate has expired" },
		{ "first second", &dated, ca, DATES, now - DAY, LINK_OK, NULL },
		{ "a second early", &dated, ca, DATES, now - DAY - 1, LINK_TLS_UNTRUSTED, "server's certificate is not valid" },
		{ "name not looked at", &named, ca, 0, 0, LINK_OK, NULL },
		{ "name of another host", &named, ca, NAME, 0, LINK_TLS_UNTRUSTED, "is not for \"b.x\"" },
		{ "no names given", &root, ca, NAME, 0, LINK_OK, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct link_tls tls = { .verify_server = true, .ca = rows[i].ca, .now = rows[i].at,
					.check_dates = rows[i].how & DATES, .verify_hostname = rows[i].how & NAME };
		struct why why = { .n = 0 };
		int error;

		ck_assert_msg(x509_check_chain(&tls, rows[i].chain, "b.x", &error, &why) == rows[i].want, "%s",
			      rows[i].what);
		ck_assert_int_eq(why.n != 0, rows[i].want != LINK_OK);
		if (rows[i].reason)
			ck_assert_msg(why_says(&why, "x509", rows[i].reason), "%s: %s", rows[i].what, why.step[0].text);
	}
	certs_drop(&c);
}
END_TEST

static void write_file(const char *path, const struct link_file *f)
{
	FILE *out = fopen(path, "wb");

	ck_assert_ptr_nonnull(out);
	fwrite(f->data, 1, f->len, out);
	fclose(out);
}

/* A world whose chain is files beside it: these are really verified. */
START_TEST(test_chain_from_files)
{
	char dir[] = "/tmp/link-x509-XXXXXX", path[64];
	const char *paths[1];
	struct link_file f;
	struct world *w;
	struct certs c;
	struct err e = { 0 };
	const struct host *h, *other;
	const char *yaml = "schema: 1\nhosts:\n"
			   "  - {match: full.x, port: 8883, model: {chain: {files: [leaf.pem, mid.pem]}}}\n"
			   "  - {match: bare.x, port: 8883, model: {chain: {files: [leaf.pem]}}}\n"
			   "  - {match: old.x, port: 8883, model: {chain: {files: [old.pem, mid.pem]}}}\n"
			   "  - {match: wild.x, port: 8883, model: {chain: {files: [wild.pem, mid.pem]}}}\n";

	ck_assert_ptr_nonnull(mkdtemp(dir));
	certs_make(&c);
#define WRITE(name, x) f = pem(&c, x, NULL); snprintf(path, sizeof(path), "%s/" name, dir); write_file(path, &f)
	WRITE("leaf.pem", c.leaf.cert);
	WRITE("old.pem", c.old_leaf.cert);
	WRITE("wild.pem", c.wild.cert);
	WRITE("mid.pem", c.mid.cert);
	f = (struct link_file){ "w", yaml, strlen(yaml) };
	snprintf(path, sizeof(path), "%s/world.yaml", dir);
	write_file(path, &f);
	paths[0] = path;
	w = world_load(paths, 1, &e);
	ck_assert_msg(w, "%s", e.msg);
	const struct link_file root = pem(&c, c.root.cert, NULL);
	const struct {
		const char *what, *host;
		struct link_file ca;
		int how;
		enum link_status want;
		const char *reason;
	} rows[] = {
		{ "signed", "full.x", root, DATES, LINK_OK, NULL },
		{ "signed by another", "full.x", pem(&c, c.other.cert, NULL), 0, LINK_TLS_UNTRUSTED, "issuer certificate" },
		{ "intermediate not sent", "bare.x", root, 0, LINK_TLS_UNTRUSTED, "issuer certificate" },
		{ "intermediate in the CA file", "bare.x", pem(&c, c.mid.cert, c.root.cert), 0, LINK_OK, NULL },
		{ "expired, ignored", "old.x", root, 0, LINK_OK, NULL },
		{ "expired", "old.x", root, DATES, LINK_TLS_UNTRUSTED, "has expired" },
		{ "wrong name", "full.x", root, NAME, LINK_TLS_UNTRUSTED, "is not for" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct link_tls tls = { .verify_server = true, .ca = rows[i].ca, .now = now,
					.check_dates = rows[i].how & DATES, .verify_hostname = rows[i].how & NAME };
		const struct chain *chain;
		struct why why = { .n = 0 };
		int error;

		h = world_find(w, rows[i].host, 8883, &other);
		chain = &h->model.server.chain;
		ck_assert_msg(x509_check_chain(&tls, chain, rows[i].host, &error, &why) == rows[i].want, "%s: %s",
			      rows[i].what, why.n ? why.step[0].text : "");
		if (rows[i].reason)
			ck_assert_msg(why_says(&why, "x509", rows[i].reason), "%s: %s", rows[i].what, why.step[0].text);
	}
	h = world_find(w, "wild.x", 8883, &other);
	ck_assert(h->model.server.chain.wildcard);
	ck_assert_int_eq(h->model.server.chain.key, KEY_ECDSA);
	ck_assert_uint_eq(h->model.server.chain.bits, 256);
	ck_assert_uint_eq(h->model.server.chain.bytes,
			  9 + (size_t)i2d_X509(c.wild.cert, NULL) + (size_t)i2d_X509(c.mid.cert, NULL));
	ck_assert(!world_find(w, "full.x", 8883, &other)->model.server.chain.wildcard);
	world_free(w);
	certs_drop(&c);
	static const char *const files[] = { "leaf.pem", "old.pem", "wild.pem", "mid.pem", "world.yaml" };
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
}
END_TEST

/* The outcomes as a modem meets them, and when (R1 and the table of at-ssl-mqtt 6). */
START_TEST(test_status_and_time)
{
	static const struct { bool right_ca, parses; enum link_status want; unsigned ms; } rows[] = {
		{ true, true, LINK_OK, 1931 }, { false, true, LINK_TLS_UNTRUSTED, 660 }, { true, false, LINK_TLS_OPEN, 703 },
	};
	char yaml[400];
	struct link_tls tls = RIG_TLS;
	const ASN1_OCTET_STRING *skid;
	struct certs c;
	struct rig r;
	struct peer p;
	struct buf b;

	certs_make(&c);
	skid = X509_get0_subject_key_id(c.root.cert);
	buf_init(&b, 80);
	str_hex(&b, ASN1_STRING_get0_data(skid), (size_t)ASN1_STRING_length(skid));
	snprintf(yaml, sizeof(yaml), "schema: 1\nhosts: [{match: b.x, port: 8883, model: {tls: {min: 1.2}, chain: {root: "
		 "{name: Test Root, skid: %s}}}}]\n", buf_str(&b));
	buf_free(&b);
	rig_start(&r, yaml);
	tls.verify_server = true;
	tls.ca = pem(&c, rows[_i].right_ca ? c.root.cert : c.other.cert, NULL);
	if (!rows[_i].parses)
		tls.ca.len = 40;
	peer_start(&r, &p, (struct link_mqtt_setup){ .host = "b.x", .client_id = "c", .tls = &tls });
	peer_wait(&p);
	ck_assert_int_eq(p.status, rows[_i].want);
	ck_assert_uint_eq(p.done_us / 1000, rows[_i].ms);
	peer_stop(&p);
	rig_stop(&r);
	certs_drop(&c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("link x509");
	TCase *t = tcase_create("x509");

	tcase_add_test(t, test_ca_file);
	tcase_add_test(t, test_own_certificate);
	tcase_add_test(t, test_described_chain);
	tcase_add_test(t, test_chain_from_files);
	tcase_add_loop_test(t, test_status_and_time, 0, 3);
	suite_add_tcase(s, t);
	return rig_main(s);
}
