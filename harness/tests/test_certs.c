/* What is made on the spot is what was ordered, verifies as it should and no other way, and repeats with its seed. */
#include "harness/certs.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "harness/certs_key.h"
#include "harness/server_tls.h"

#define NO_ISSUER X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY

static char dir[] = "/tmp/test-certs-XXXXXX";

static void setup(void)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	char pattern[64];
	glob_t files;

	snprintf(pattern, sizeof(pattern), "%s/*", dir);
	if (!glob(pattern, 0, NULL, &files)) {
		for (size_t i = 0; i < files.gl_pathc; i++)
			unlink(files.gl_pathv[i]);
		globfree(&files);
	}
	rmdir(dir);
	cert_keys_free();
}

static struct cert_order order_of(const struct cert_setup *s)
{
	return (struct cert_order){ .setup = s, .host = "broker.test", .seed = 7, .dir = dir, .name = "b" };
}

static void write_all(const struct cert_order *o)
{
	struct err e = { 0 };

	ck_assert_msg(!certs_write(o, &e), "%s", e.msg);
}

static STACK_OF(X509) * read_certs(const struct cert_order *o, const char *what)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	char path[CERTS_PATH_MAX];
	BIO *in;
	X509 *x;

	certs_path(o, what, path);
	in = BIO_new_file(path, "r");
	ck_assert_msg(in != NULL, "%s", path);
	while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
		sk_X509_push(list, x);
	ERR_clear_error();
	BIO_free(in);
	return list;
}

static EVP_PKEY *read_key(const struct cert_order *o, const char *what, const char *password)
{
	char path[CERTS_PATH_MAX];
	EVP_PKEY *key;
	struct stat st;
	BIO *in;

	certs_path(o, what, path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	in = BIO_new_file(path, "r");
	key = PEM_read_bio_PrivateKey(in, NULL, NULL, (void *)(uintptr_t)password);
	ERR_clear_error();
	BIO_free(in);
	return key;
}

static void free_certs(STACK_OF(X509) * list)
{
	sk_X509_pop_free(list, X509_free);
}

/* The error of the verification of chain against the CA in `ca`, for a purpose, X509_V_OK included. */
static int verify(const struct cert_order *o, const char *chain, const char *ca, const char *host, int purpose)
{
	STACK_OF(X509) *sent = read_certs(o, chain), *roots = read_certs(o, ca);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int error;

	X509_STORE_add_cert(store, sk_X509_value(roots, 0));
	X509_STORE_CTX_init(ctx, store, sk_X509_value(sent, 0), sent);
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), 1780000000); /* May 2026 */
	X509_STORE_CTX_set_purpose(ctx, purpose);
	if (host)
		X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(ctx), host, 0);
	error = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	free_certs(sent);
	free_certs(roots);
	return error;
}

static const char *const names[] = { "*.broker.example", "127.0.0.1" };

static const struct {
	struct cert_setup setup;
	const char *host;
	int error, other_error; /* with the CA, with the other one */
	int n, bits;
	size_t bytes; /* exactly; 0: any */
} orders[] = {
	{ { .bits = 0 }, "broker.test", X509_V_OK, NO_ISSUER, 1, 2048, 0 },
	{ { .bits = 0 }, "other.test", X509_V_ERR_HOSTNAME_MISMATCH, NO_ISSUER, 1, 2048, 0 },
	{ { .bits = 1024 }, "broker.test", X509_V_OK, NO_ISSUER, 1, 1024, 0 },
	{ { .key = CERT_ECDSA }, "broker.test", X509_V_OK, NO_ISSUER, 1, 256, 0 },
	{ { .key = CERT_ECDSA, .bits = 384 }, NULL, X509_V_OK, NO_ISSUER, 1, 384, 0 },
	{ { .key = CERT_ECDSA, .bits = 521 }, NULL, X509_V_OK, NO_ISSUER, 1, 521, 0 },
	{ { .names = names, .n_names = 2 }, "b.broker.example", X509_V_OK, NO_ISSUER, 1, 2048, 0 },
	{ { .intermediates = 1 }, "broker.test", X509_V_OK, NO_ISSUER, 2, 2048, 0 },
	{ { .intermediates = 9 }, "broker.test", X509_V_OK, NO_ISSUER, 10, 2048, 0 },
	{ { .bytes = 4401 }, "broker.test", X509_V_OK, NO_ISSUER, 1, 2048, 4401 },
	{ { .bytes = 10241, .intermediates = 2 }, NULL, X509_V_OK, NO_ISSUER, 3, 2048, 10241 },
	{ { .bytes = 60000, .key = CERT_ECDSA }, NULL, X509_V_OK, NO_ISSUER, 1, 256, 60000 },
	{ { .not_after = "2021-01-01" }, NULL, X509_V_ERR_CERT_HAS_EXPIRED, NO_ISSUER, 1, 2048, 0 },
	{ { .not_before = "2040-01-31T12:00:00Z" }, NULL, X509_V_ERR_CERT_NOT_YET_VALID, NO_ISSUER, 1, 2048, 0 },
	{ { .signer = SIGNED_BY_OTHER, .intermediates = 1 }, NULL, NO_ISSUER, X509_V_OK, 2, 2048, 0 },
	{ { .signer = SIGNED_BY_ITSELF },
	  NULL,
	  X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
	  X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
	  1,
	  2048,
	  0 },
};

START_TEST(as_ordered)
{
	const struct cert_order o = order_of(&orders[_i].setup);
	STACK_OF(X509) * chain;
	EVP_PKEY *key;
	size_t bytes = 0;

	write_all(&o);
	chain = read_certs(&o, "chain");
	key = read_key(&o, "key", "");
	ck_assert_int_eq(sk_X509_num(chain), orders[_i].n);
	ck_assert_int_eq(EVP_PKEY_get_bits(key), orders[_i].bits);
	ck_assert_int_eq(X509_check_private_key(sk_X509_value(chain, 0), key), 1);
	for (int i = 0; i < sk_X509_num(chain); i++)
		bytes += (size_t)i2d_X509(sk_X509_value(chain, i), NULL);
	if (orders[_i].bytes)
		ck_assert_uint_eq(bytes, orders[_i].bytes);
	ck_assert_int_eq(verify(&o, "chain", "ca", orders[_i].host, X509_PURPOSE_SSL_SERVER), orders[_i].error);
	ck_assert_int_eq(verify(&o, "chain", "other-ca", NULL, X509_PURPOSE_SSL_SERVER), orders[_i].other_error);
	EVP_PKEY_free(key);
	free_certs(chain);
}
END_TEST

/* Every length that is asked for is met, at each place where a length needs one byte more. */
START_TEST(length_is_exact)
{
	struct cert_setup s = { .intermediates = 1 };
	const struct cert_order o = order_of(&s);
	static const long lengths[] = { 1990, 1991, 2000, 2100, 2101, 2102, 2103,
					2104, 2110, 2120, 4095, 4096, 4400, 10000 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		STACK_OF(X509) * chain;
		size_t bytes = 0;

		s.bytes = lengths[i];
		write_all(&o);
		chain = read_certs(&o, "chain");
		for (int k = 0; k < sk_X509_num(chain); k++)
			bytes += (size_t)i2d_X509(sk_X509_value(chain, k), NULL);
		free_certs(chain);
		ck_assert_uint_ge(bytes, (size_t)lengths[i]);
		ck_assert_uint_le(bytes, (size_t)lengths[i] + 4);
	}
}
END_TEST

START_TEST(client_of_its_own_ca)
{
	const struct cert_setup s = { 0 };
	struct cert_order o = order_of(&s);
	STACK_OF(X509) * cert;
	EVP_PKEY *key;

	o.key_password = "secret";
	write_all(&o);
	ck_assert_int_eq(verify(&o, "client", "client-ca", NULL, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	ck_assert_int_ne(verify(&o, "client", "ca", NULL, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	ck_assert_int_ne(verify(&o, "client", "client-ca", NULL, X509_PURPOSE_SSL_SERVER), X509_V_OK);
	ck_assert_int_ne(verify(&o, "other-client", "client-ca", NULL, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	ck_assert_int_eq(verify(&o, "other-client", "other-ca", NULL, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	cert = read_certs(&o, "client");
	ck_assert_ptr_null(read_key(&o, "client-key", "wrong"));
	key = read_key(&o, "client-key", "secret");
	ck_assert_int_eq(X509_check_private_key(sk_X509_value(cert, 0), key), 1);
	EVP_PKEY_free(key);
	free_certs(cert);
}
END_TEST

static char *read_all(const struct cert_order *o)
{
	static const char *const files[] = { "ca", "other-ca", "chain", "key", "client-ca", "client", "client-key" };
	struct buf all;

	buf_init(&all, 1 << 20);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[CERTS_PATH_MAX], chunk[65536];
		FILE *in;

		certs_path(o, files[i], path);
		in = fopen(path, "r");
		ck_assert_ptr_nonnull(in);
		buf_add(&all, chunk, fread(chunk, 1, sizeof(chunk), in));
		fclose(in);
	}
	return all.data;
}

START_TEST(same_seed_same_bytes)
{
	const struct cert_setup s = { .key = CERT_ECDSA, .intermediates = 1, .bytes = 3000 };
	struct cert_order o = order_of(&s);
	char *first, *second, *third;

	o.key_password = "secret";
	write_all(&o);
	first = read_all(&o);
	cert_keys_free();
	write_all(&o);
	second = read_all(&o);
	o.seed = 8;
	write_all(&o);
	third = read_all(&o);
	ck_assert_str_eq(first, second);
	ck_assert_str_ne(first, third);
	free(first);
	free(second);
	free(third);
}
END_TEST

START_TEST(keys_are_sound)
{
	static const struct {
		enum cert_key kind;
		long bits;
	} keys[] = {
		{ CERT_RSA, 1024 }, { CERT_RSA, 2048 }, { CERT_ECDSA, 256 }, { CERT_ECDSA, 384 }, { CERT_ECDSA, 521 }
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		EVP_PKEY *key = cert_key_of(3, "server", keys[i].kind, keys[i].bits);
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

		ck_assert_int_eq(EVP_PKEY_check(ctx), 1);
		ck_assert_int_eq(EVP_PKEY_pairwise_check(ctx), 1);
		ck_assert_int_eq(EVP_PKEY_get_bits(key), (int)keys[i].bits);
		EVP_PKEY_CTX_free(ctx);
	}
	ck_assert_int_eq(EVP_PKEY_eq(cert_key_of(3, "server", CERT_RSA, 0), cert_key_of(3, "ca", CERT_RSA, 0)), 0);
}
END_TEST

START_TEST(a_file_of_ones_own)
{
	struct cert_setup made = { .intermediates = 1 }, given = { 0 };
	struct cert_order o = order_of(&made);
	char chain[CERTS_PATH_MAX], key[CERTS_PATH_MAX], own[64], command[2 * CERTS_PATH_MAX + 128];
	struct err e = { 0 };

	write_all(&o);
	certs_path(&o, "chain", chain);
	certs_path(&o, "key", key);
	snprintf(own, sizeof(own), "%s/own.pem", dir);
	snprintf(command, sizeof(command), "cat %s %s >%s", chain, key, own);
	ck_assert_int_eq(system(command), 0);
	given.file = own;
	o = order_of(&given);
	write_all(&o);
	ck_assert_int_eq(verify(&o, "chain", "other-ca", NULL, X509_PURPOSE_SSL_SERVER), NO_ISSUER);
	given.file = chain;
	ck_assert_int_ne(certs_write(&o, &e), 0);
	ck_assert_msg(strstr(e.msg, "no private key in it") != NULL, "%s", e.msg);
	given.file = "/no/such/file.pem";
	e = (struct err){ 0 };
	ck_assert_int_ne(certs_write(&o, &e), 0);
	ck_assert_str_eq(e.msg, "/no/such/file.pem: No such file or directory");
}
END_TEST

static const struct {
	const char *ciphers[3];
	const char *old, *modern; /* how they begin */
} lists[] = {
	{ { NULL }, "ECDHE-ECDSA-AES256-GCM-SHA384:", "TLS_AES_256_GCM_SHA384:" },
	{ { "AES128-SHA" }, "AES128-SHA", "TLS_AES_256_GCM_SHA384:" },
	{ { "AES256-SHA", "AES128-SHA" }, "AES256-SHA:AES128-SHA", "TLS_AES_256_GCM_SHA384:" },
	{ { "TLS_AES_128_GCM_SHA256", "AES128-SHA" }, "AES128-SHA", "TLS_AES_128_GCM_SHA256" },
	{ { "ECDHE+AESGCM:!ECDSA" },
	  "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256",
	  "TLS_AES_256_GCM_SHA384:" },
};

START_TEST(suites_of_a_server)
{
	struct buf old, modern;
	struct err e = { 0 };
	size_t n = 0;

	while (n < 3 && lists[_i].ciphers[n])
		n++;
	buf_init(&old, 65536);
	buf_init(&modern, 65536);
	ck_assert_int_eq(tls_cipher_names(lists[_i].ciphers, n, &old, &modern, &e), 0);
	ck_assert_msg(!strncmp(buf_str(&old), lists[_i].old, strlen(lists[_i].old)), "%s", buf_str(&old));
	ck_assert_msg(!strncmp(buf_str(&modern), lists[_i].modern, strlen(lists[_i].modern)), "%s", buf_str(&modern));
	if (n && lists[_i].old[strlen(lists[_i].old) - 1] != ':')
		ck_assert_str_eq(buf_str(&old), lists[_i].old);
	buf_free(&old);
	buf_free(&modern);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("certs");
	TCase *tc = tcase_create("certs");
	SRunner *runner;
	int failed;

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		certs_prepare(&orders[i].setup, 7); /* once, for all that are forked off */
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, as_ordered, 0, sizeof(orders) / sizeof(orders[0]));
	tcase_add_test(tc, length_is_exact);
	tcase_add_test(tc, client_of_its_own_ca);
	tcase_add_test(tc, same_seed_same_bytes);
	tcase_add_test(tc, keys_are_sound);
	tcase_add_test(tc, a_file_of_ones_own);
	tcase_add_loop_test(tc, suites_of_a_server, 0, sizeof(lists) / sizeof(lists[0]));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
