/* The handshake computed from both sides: versions, suites, key types, chain sizes, names. No outcome is listed twice. */
#include <openssl/ssl.h>

#include "test_link_rig.h"

static const char world[] =
	"schema: 1\n"
	"hosts:\n"
	"  - {match: any.x, port: 8883, model: {tls: {min: 1.0, max: 1.3}}}\n"
	"  - {match: new.x, port: 8883, model: {tls: {min: 1.3}}}\n"
	"  - {match: old.x, port: 8883, model: {tls: {max: 1.0}}}\n"
	"  - {match: mid.x, port: 8883, model: {tls: {min: 1.1, max: 1.2}}}\n"
	"  - {match: ec.x, port: 8883, model: {tls: {min: 1.2}, chain: ecdsa}}\n"
	"  - {match: gcm.x, port: 8883, model: {tls: {ciphers: [ECDHE-RSA-AES128-GCM-SHA256]}}}\n"
	"  - {match: iana.x, port: 8883, model: {tls: {ciphers: [TLS_RSA_WITH_AES_128_CBC_SHA, 0xC030]}}}\n"
	"  - {match: chacha.x, port: 8883, model: {tls: {max: 1.2, ciphers: [ECDHE-RSA-CHACHA20-POLY1305]}}}\n"
	"  - {match: order.x, port: 8883, model: {tls: {max: 1.2, ciphers: [AES256-SHA, AES128-SHA]}}}\n"
	"  - {match: cbc12.x, port: 8883, model: {tls: {min: 1.0, max: 1.0, ciphers: [AES128-SHA256]}}}\n"
	"  - {match: big.x, port: 8883, model: {tls: {max: 1.2}, chain: {bytes: 4996}}}\n"
	"  - {match: wild.x, port: 8883, model: {tls: {max: 1.2}, chain: {wildcard: true}}}\n";

enum { NO_ECDSA = 1, NO_WILDCARD = 2 };

static const struct {
	const char *what, *host;
	unsigned versions;
	const char *suites;	/* OpenSSL names; NULL: those of the family */
	int limits;
	size_t max_chain;
	const char *cipher;	/* NULL: the handshake fails */
	unsigned version;
	const char *reason;
} rows[] = {
	{ "highest common version", "any.x", 7, NULL, 0, 0, "ECDHE-RSA-AES256-GCM-SHA384", 2, NULL },
	{ "1.1 alone", "any.x", 2, NULL, 0, 0, "ECDHE-RSA-AES256-SHA", 1, NULL },
	{ "1.0 alone", "any.x", 1, NULL, 0, 0, "ECDHE-RSA-AES256-SHA", 0, NULL },
	{ "1.3 needs its own suites", "any.x", 8, NULL, 0, 0, NULL, 0, "none fits TLS 1.3" },
	{ "1.3", "new.x", 8, "TLS_AES_128_GCM_SHA256", 0, 0, "TLS_AES_128_GCM_SHA256", 3, NULL },
	{ "no version in common, server newer", "new.x", 7, NULL, 0, 0, NULL, 0,
	  "the modem offers TLS 1.0 1.1 1.2, the server takes 1.3 to 1.3: alert protocol_version (70)" },
	{ "no version in common, server older", "old.x", 4, NULL, 0, 0, NULL, 0, "protocol_version" },
	{ "no version at all", "any.x", 0, NULL, 0, 0, NULL, 0, "the modem offers TLS none" },
	{ "both ends of a range", "mid.x", 2, NULL, 0, 0, "ECDHE-RSA-AES256-SHA", 1, NULL },
	{ "below the range", "mid.x", 1, NULL, 0, 0, NULL, 0, "protocol_version" },
	{ "the one suite seen", "gcm.x", 7, NULL, 0, 0, "ECDHE-RSA-AES128-GCM-SHA256", 2, NULL },
	{ "0x002F against it", "gcm.x", 7, "AES128-SHA", 0, 0, NULL, 0, "the modem offers suites 002F" },
	{ "names both sets", "gcm.x", 7, "AES128-SHA", 0, 0, NULL, 0, "the server takes C02F" },
	{ "names the alert", "gcm.x", 7, "AES128-SHA", 0, 0, NULL, 0, "alert handshake_failure (40)" },
	{ "IANA name", "iana.x", 7, "AES128-SHA", 0, 0, "AES128-SHA", 2, NULL },
	{ "number", "iana.x", 7, "ECDHE-RSA-AES256-GCM-SHA384", 0, 0, "ECDHE-RSA-AES256-GCM-SHA384", 2, NULL },
	{ "no ChaCha20", "chacha.x", 7, NULL, 0, 0, NULL, 0, "CCA8" },
	{ "server's order", "order.x", 7, NULL, 0, 0, "AES256-SHA", 2, NULL },
	{ "a 1.2 suite below 1.2", "cbc12.x", 7, NULL, 0, 0, NULL, 0, "none fits TLS 1.0" },
	{ "ECDSA server", "ec.x", 7, NULL, 0, 0, "ECDHE-ECDSA-AES256-GCM-SHA384", 2, NULL },
	{ "ECDSA server, RSA suites", "ec.x", 7, "ECDHE-RSA-AES128-GCM-SHA256", 0, 0, NULL, 0, "with an ECDSA certificate" },
	{ "ECDSA server, RSA modem", "ec.x", 7, NULL, NO_ECDSA, 0, NULL, 0, "this revision does not understand those" },
	{ "ECDSA server in 1.3, RSA modem", "ec.x", 8, "TLS_AES_128_GCM_SHA256", NO_ECDSA, 0, NULL, 0, "ECDSA" },
	{ "RSA server, ECDSA suites", "any.x", 7, "ECDHE-ECDSA-AES128-GCM-SHA256", 0, 0, NULL, 0, "with an RSA certificate" },
	{ "chain at the limit", "big.x", 7, NULL, 0, 4996, "ECDHE-RSA-AES256-GCM-SHA384", 2, NULL },
	{ "chain over the limit", "big.x", 7, NULL, 0, 4995, NULL, 0, "4996 bytes and this revision takes 4995" },
	{ "wildcard", "wild.x", 7, NULL, 0, 0, "ECDHE-RSA-AES256-GCM-SHA384", 2, NULL },
	{ "wildcard not understood", "wild.x", 7, NULL, NO_WILDCARD, 0, NULL, 0, "wildcard" },
};

START_TEST(test_row)
{
	struct link_tls tls = RIG_TLS;
	const struct host *h, *other;
	const struct suite *suite;
	struct peer p;
	struct rig r;
	uint16_t one;
	char line[80];

	rig_start(&r, world);
	h = world_find(r.world, rows[_i].host, 8883, &other);
	ck_assert_ptr_nonnull(h);
	tls.versions = rows[_i].versions;
	tls.max_chain_bytes = rows[_i].max_chain;
	tls.ecdsa = !(rows[_i].limits & NO_ECDSA);
	tls.wildcard = !(rows[_i].limits & NO_WILDCARD);
	if (rows[_i].suites) {
		suite = suite_by_name(suites_ready(r.world->suites), rows[_i].suites);
		ck_assert_ptr_nonnull(suite);
		one = suite->number;
		tls.ciphers = &one;
		tls.n_ciphers = 1;
	}
	peer_start(&r, &p, (struct link_mqtt_setup){ .host = rows[_i].host, .client_id = "c", .clean = true, .tls = &tls });
	peer_wait(&p);
	if (rows[_i].cipher) {
		snprintf(line, sizeof(line), "cipher %s\nconnect c\n", rows[_i].cipher);
		ck_assert_msg(p.status == LINK_OK, "%s: %s", rows[_i].what, p.why.n ? p.why.step[p.why.n - 1].text : "");
		ck_assert_str_eq(buf_str(&r.broker), line);
	} else {
		ck_assert_msg(p.status == LINK_TLS_FAILED, "%s: %s", rows[_i].what, link_status_text(p.status));
		ck_assert_msg(why_says(&p.why, "tls", rows[_i].reason), "%s: %s", rows[_i].what, p.why.step[0].text);
		ck_assert_str_eq(buf_str(&r.broker), "");
		ck_assert_uint_eq(p.done_us, 660000);
	}
	peer_stop(&p);
	rig_stop(&r);
}
END_TEST

/* What the policy chooses is what OpenSSL itself chooses from the same two lists. */
static void connect_pair(SSL *client, SSL *server)
{
	BIO *a, *b;

	BIO_new_bio_pair(&a, 0, &b, 0);
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int i = 0; i < 20; i++) {
		SSL_do_handshake(client);
		SSL_do_handshake(server);
	}
}

static void own_certificate(SSL_CTX *ctx, int ecdsa)
{
	EVP_PKEY *key = ecdsa ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
	X509 *x = X509_new();

	X509_set_pubkey(x, key);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_sign(x, key, EVP_sha256());
	SSL_CTX_use_certificate(ctx, x);
	SSL_CTX_use_PrivateKey(ctx, key);
	X509_free(x);
	EVP_PKEY_free(key);
}

static const struct { const char *ours, *theirs; int ecdsa; } real_rows[] = {
	{ "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA", "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256", 0 },
	{ "AES128-SHA:AES256-SHA", "AES256-SHA:AES128-SHA", 0 },
	{ "AES128-SHA", "ECDHE-RSA-AES128-GCM-SHA256", 0 },
	{ "ECDHE-ECDSA-AES128-GCM-SHA256:AES128-SHA", "ECDHE-ECDSA-AES128-GCM-SHA256:AES128-SHA", 1 },
	{ "ECDHE-ECDSA-AES128-GCM-SHA256:AES128-SHA", "ECDHE-ECDSA-AES128-GCM-SHA256:AES128-SHA", 0 },
	{ "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", 1 },
	{ "AES128-SHA256:ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384:AES128-SHA256", 0 },
};

static const char *modelled_choice(size_t row, char *text, size_t size)
{
	struct link_tls tls = RIG_TLS;
	uint16_t list[8];
	char yaml[512], words[256], *name, *save;
	struct peer p;
	struct rig r;

	snprintf(yaml, sizeof(yaml), "schema: 1\nhosts: [{match: h.x, port: 8883, model: {tls: {max: 1.2, ciphers: [%s]}, "
		 "chain: %s}}]\n", real_rows[row].theirs, real_rows[row].ecdsa ? "ecdsa" : "rsa");
	for (char *c = strchr(yaml, '['); *c; c++) {
		if (*c == ':' && c[1] != ' ')
			*c = ',';
	}
	rig_start(&r, yaml);
	snprintf(words, sizeof(words), "%s", real_rows[row].ours);
	tls.n_ciphers = 0;
	for (name = strtok_r(words, ":", &save); name; name = strtok_r(NULL, ":", &save))
		list[tls.n_ciphers++] = suite_by_name(suites_ready(r.world->suites), name)->number;
	tls.ciphers = list;
	peer_start(&r, &p, (struct link_mqtt_setup){ .host = "h.x", .client_id = "c", .clean = true, .tls = &tls });
	peer_wait(&p);
	snprintf(text, size, "%s", p.status ? "none" : strtok_r(r.broker.data + 7, "\n", &save));
	peer_stop(&p);
	rig_stop(&r);
	return text;
}

START_TEST(test_against_openssl)
{
	SSL_CTX *c = SSL_CTX_new(TLS_client_method()), *s = SSL_CTX_new(TLS_server_method());
	const char *real;
	SSL *client, *server;
	char modelled[80];

	own_certificate(s, real_rows[_i].ecdsa);
	SSL_CTX_set_max_proto_version(s, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(c, real_rows[_i].ours);
	SSL_CTX_set_cipher_list(s, real_rows[_i].theirs);
	SSL_CTX_set_options(s, SSL_OP_CIPHER_SERVER_PREFERENCE);
	client = SSL_new(c);
	server = SSL_new(s);
	connect_pair(client, server);
	real = SSL_is_init_finished(client) ? SSL_get_cipher_name(client) : "none";
	ck_assert_str_eq(modelled_choice((size_t)_i, modelled, sizeof(modelled)), real);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(c);
	SSL_CTX_free(s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("link tls");
	TCase *t = tcase_create("policy");

	tcase_add_loop_test(t, test_row, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, test_against_openssl, 0, sizeof(real_rows) / sizeof(real_rows[0]));
	suite_add_tcase(s, t);
	return rig_main(s);
}
