/* MQTT over real TLS: what a session ends in with servers of all kinds, and that mosquitto and the modem agree. */
#include "tests/test_real_peer.h"
#include "tests/test_real_server.h"

static struct real_pki pki;

static const uint16_t suites[] = { 0xC02F, 0xC030, 0xC02B, 0x009C, 0x002F };
static const uint16_t suites13[] = { 0x1301, 0xC02F };
static const uint16_t suite_002f[] = { 0x002F };

struct row {
	const char *what;
	struct server server; /* leaf, key and mid are filled in */
	bool plain, sni, verify, other_ca, dates, own, client_ca, user;
	unsigned versions;
	const uint16_t *suite;
	size_t n_suites;
	enum link_status status;
	int code;
	const char *rule, *text;
	const char *cipher;
};

#define TLS12 .min = TLS1_2_VERSION, .max = TLS1_2_VERSION
#define TLS13 .min = TLS1_3_VERSION, .max = TLS1_3_VERSION
#define OFFER_13 .versions = 15, .suite = suites13, .n_suites = 2

static const struct row rows[] = {
	{ "up", { SERVER_MQTT, TLS12 }, .sni = true, .verify = true, .dates = true, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "up with 1.3", { SERVER_MQTT, TLS13 }, OFFER_13, .cipher = "TLS_AES_128_GCM_SHA256" },
	{ "up with 1.0", { SERVER_MQTT, .min = TLS1_VERSION, .max = TLS1_VERSION }, .cipher = "AES128-SHA" },
	{ "up with a client certificate", { SERVER_MQTT, TLS12 }, .client_ca = true, .own = true,
	  .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "server newer", { SERVER_MQTT, TLS13 }, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "the modem offers TLS 1.0 1.1 1.2, the server takes 1.3 to 1.3: alert protocol_version (70)" },
	{ "no shared suite", { SERVER_MQTT, TLS12, .ciphers = "ECDHE-RSA-AES256-GCM-SHA384" }, .suite = suite_002f,
	  .n_suites = 1, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "none fits TLS 1.2 with an RSA certificate: alert handshake_failure (40)" },
	{ "SNI wanted", { SERVER_MQTT, TLS12, .needs_sni = true }, .status = LINK_TLS_FAILED, .rule = "R3",
	  .text = "no server name was sent and b.x" },
	{ "unknown CA", { SERVER_MQTT, TLS12 }, .verify = true, .other_ca = true, .status = LINK_TLS_UNTRUSTED,
	  .rule = "x509", .text = "the server's chain is not accepted" },
	{ "certificate missing, 1.2", { SERVER_MQTT, TLS12 }, .client_ca = true, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "b.x wants a client certificate and none was sent: alert handshake_failure (40)" },
	{ "certificate missing, 1.3", { SERVER_MQTT, TLS13 }, OFFER_13, .client_ca = true, .status = LINK_PEER_CLOSED,
	  .rule = "tls", .text = "b.x wants a client certificate", /* a reset may overtake the alert */
	  .cipher = "TLS_AES_128_GCM_SHA256" },
	{ "certificate missing, seen behind the handshake", { SERVER_MQTT, TLS12, .cert_optional = true },
	  .client_ca = true, .status = LINK_PEER_CLOSED, .rule = "tls",
	  .text = "b.x wants a client certificate and closes the session of a client without one",
	  .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "closes on CONNECT", { SERVER_HANG_UP, TLS12 }, .status = LINK_PEER_CLOSED_AFTER, .rule = "broker",
	  .text = "closes on CONNECT", .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "CONNACK 4", { SERVER_MQTT, TLS12, .connack_without_sni = 4 }, .status = LINK_CONNACK, .code = 4,
	  .rule = "broker", .text = "CONNACK 4", .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "no tenant without a name", { SERVER_MQTT, TLS12, .connack_without_sni = 5 }, .user = true,
	  .status = LINK_CONNACK, .code = 5, .rule = "R4", .text = "without a server name b.x (\"b.x\") finds no tenant",
	  .cipher = "ECDHE-RSA-AES256-GCM-SHA384\ncipher ECDHE-RSA-AES256-GCM-SHA384" },
	{ "a stranger with or without a name", { SERVER_MQTT, TLS12, .connack = 5, .connack_without_sni = 5 },
	  .user = true, .status = LINK_CONNACK, .code = 5, .rule = "broker", .text = "b.x does not let this user in",
	  .cipher = "ECDHE-RSA-AES256-GCM-SHA384\ncipher ECDHE-RSA-AES256-GCM-SHA384" },
	{ "a stranger", { SERVER_MQTT, TLS12, .connack = 5 }, .sni = true, .status = LINK_CONNACK, .code = 5,
	  .rule = "broker", .text = "none were given", .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "no TLS there", { SERVER_HTTP }, .status = LINK_TLS_FAILED, .rule = "tls", .text = "b.x does not speak TLS" },
	{ "closes at the ClientHello", { SERVER_CLOSE }, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "b.x closed the connection" },
	{ "resets at the ClientHello", { SERVER_RESET }, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "b.x closed the connection" },
	{ "resets behind its ServerHello", { SERVER_HALF, TLS12 }, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "b.x closed the connection in the middle of the handshake" },
	{ "a plain client", { SERVER_MQTT, TLS12 }, .plain = true, .status = LINK_PEER_CLOSED_AFTER, .rule = "tls",
	  .text = "b.x:8883 speaks TLS and the client is a plain one" },
	{ "a plain client and a server that wants a name", { SERVER_MQTT, TLS13, .needs_sni = true }, .plain = true,
	  .status = LINK_PEER_CLOSED_AFTER, .rule = "tls", .text = "speaks TLS and the client is a plain one" },
	{ "never answers", { SERVER_MUTE }, .status = LINK_TIMEOUT, .rule = "tls",
	  .text = "the handshake takes longer than negotiatetime" },
};

struct run {
	struct real_rig rig;
	struct server server;
	struct buf ca, own, key;
	struct link_tls tls;
	struct peer p;
};

static void start(struct run *r, const struct row *row, double speed)
{
	memset(r, 0, sizeof(*r));
	r->server = row->server;
	r->server.leaf = pki.leaf;
	r->server.key = pki.rsa_key;
	r->server.mid = pki.mid;
	r->server.client_ca = row->client_ca ? pki.root : NULL;
	server_start(&r->server);
	real_rig_start_at_fast(&r->rig, r->server.port, speed);
	buf_init(&r->ca, 1 << 16);
	buf_init(&r->own, 1 << 16);
	buf_init(&r->key, 1 << 16);
	real_pem_cert(&r->ca, row->other_ca ? pki.other_root : pki.root);
	real_pem_cert(&r->own, pki.own);
	real_pem_key(&r->key, pki.own_key, NULL);
	r->tls = (struct link_tls){
		.versions = row->versions ? row->versions : 7, .ciphers = row->suite ? row->suite : suites,
		.n_ciphers = row->suite ? row->n_suites : sizeof(suites) / sizeof(suites[0]), .send_sni = row->sni,
		.verify_server = row->verify, .check_dates = row->dates, .send_client_cert = row->own, .ecdsa = true,
		.wildcard = true, .now = real_now, .negotiate_us = 10000000, .ca = real_file("ca.pem", &r->ca),
		.cert = real_file("own.pem", &r->own), .key = real_file("own.key", &r->key),
	};
}

static void dial(struct run *r, const struct row *row)
{
	peer_start(&r->rig, &r->p, (struct link_mqtt_setup){ .client_id = "c", .clean = true, .port = 8883,
							     .tls = row->plain ? NULL : &r->tls,
							     .user = row->user ? "u" : NULL });
}

static void stop(struct run *r)
{
	peer_stop(&r->p);
	real_rig_stop(&r->rig);
	server_stop(&r->server);
	buf_free(&r->ca);
	buf_free(&r->own);
	buf_free(&r->key);
}

START_TEST(test_row)
{
	const struct row *row = &rows[_i];
	char line[160] = "";
	struct run r;

	start(&r, row, row->server.manner == SERVER_MUTE ? 100 : 1);
	dial(&r, row);
	peer_wait(&r.p);
	ck_assert_msg(r.p.status == row->status, "%s: %s, %s", row->what, link_status_text(r.p.status),
		      r.p.why.n ? r.p.why.step[0].text : "");
	ck_assert_int_eq(r.p.code, row->code);
	ck_assert_int_eq(r.p.why.n != 0, row->status != LINK_OK);
	if (row->rule)
		ck_assert_msg(real_why_says(&r.p.why, row->rule, row->text), "%s: [%s] %s", row->what,
			      r.p.why.step[0].rule, r.p.why.step[0].text);
	if (row->cipher)
		snprintf(line, sizeof(line), "cipher %s\n", row->cipher);
	ck_assert_str_eq(buf_str(&r.rig.broker), line);
	ck_assert_ptr_nonnull(strstr(buf_str(&r.rig.model), row->plain ? "(test.yaml:3), plain\n" :
							     row->sni ? "(test.yaml:3), sni=b.x\n" :
									"(test.yaml:3), sni=none\n"));
	stop(&r);
}
END_TEST

/* Closed, or without a bearer, after each turn of the loop: resolving, shaking hands, waiting, being judged. */
START_TEST(test_cut)
{
	static const struct row ways[] = {
		{ "up", { SERVER_MQTT, TLS12 } },
		{ "judged", { SERVER_MQTT, TLS13 } },
		{ "asked again", { SERVER_MQTT, TLS12, .connack_without_sni = 5 } },
		{ "mute", { SERVER_MUTE } },
	};
	int turns = _i / 8;
	bool bearer = _i % 2;
	struct run r;

	start(&r, &ways[_i % 8 / 2], 1);
	dial(&r, &ways[_i % 8 / 2]);
	for (int i = 0; i < turns; i++)
		loop_poll(r.rig.loop);
	if (bearer && !r.p.done) {
		link_set_network(r.rig.link, false);
		ck_assert(!r.p.done);
		peer_wait(&r.p);
		ck_assert(r.p.status == LINK_NO_NETWORK || r.p.status == LINK_OK || r.p.status == LINK_TLS_FAILED ||
			  r.p.status == LINK_CONNACK);
	}
	stop(&r);
}
END_TEST

/* From inside the event that tells of the failure. */
START_TEST(test_close_inside)
{
	static const struct row row = { "judged", { SERVER_MQTT, TLS13 } };
	struct run r;

	start(&r, &row, 1);
	dial(&r, &row);
	r.p.close_inside = true;
	peer_wait(&r.p);
	ck_assert_ptr_null(r.p.m);
	stop(&r);
}
END_TEST

/* mosquitto with a certificate of its own, and one demanded of its clients. */
static const struct {
	const char *conf;
	bool own;
	enum link_status status;
	const char *text;
	bool plain;
} mosquittos[] = {
	{ "tls_version tlsv1.2\n", false, LINK_OK, NULL },
	{ "tls_version tlsv1.2\nciphers ECDHE-RSA-AES256-GCM-SHA384\n", false, LINK_TLS_FAILED,
	  "the server takes C030" },
	{ "tls_version tlsv1.3\n", false, LINK_TLS_FAILED, "the server takes 1.3 to 1.3" },
	{ "tls_version tlsv1.2\nrequire_certificate true\n", true, LINK_OK, NULL },
	{ "tls_version tlsv1.2\nrequire_certificate true\n", false, LINK_TLS_FAILED, "none was sent: alert" },
	{ "tls_version tlsv1.2\n", false, LINK_PEER_CLOSED_AFTER, "speaks TLS and the client is a plain one", true },
};

static void write_pem(const struct broker_child *b, const char *name, struct buf *text)
{
	broker_write(b, name, buf_str(text));
	buf_free(text);
}

static void start_mosquitto(struct broker_child *b, const char *conf)
{
	char text[512];
	struct buf pem;

	broker_prepare(b);
	buf_init(&pem, 1 << 16);
	real_pem_cert(&pem, pki.leaf);
	real_pem_cert(&pem, pki.mid);
	write_pem(b, "cert.pem", &pem);
	real_pem_key(&pem, pki.rsa_key, NULL);
	write_pem(b, "key.pem", &pem);
	real_pem_cert(&pem, pki.root);
	write_pem(b, "ca.pem", &pem);
	snprintf(text, sizeof(text), "allow_anonymous true\ncafile ca.pem\ncertfile cert.pem\nkeyfile key.pem\n%s", conf);
	broker_start(b, text);
}

static bool has_all(void *ctx)
{
	return ((struct peer *)ctx)->messages == 198;
}

START_TEST(test_mosquitto)
{
	const struct row row = { "mosquitto", { SERVER_MUTE }, .verify = true, .own = mosquittos[_i].own,
				 .plain = mosquittos[_i].plain };
	static const uint16_t one[] = { 0xC02F };
	struct broker_child b;
	struct run r;

	start(&r, &row, 1); /* its server is not asked */
	r.tls.ciphers = one;
	r.tls.n_ciphers = 1;
	real_rig_stop(&r.rig);
	start_mosquitto(&b, mosquittos[_i].conf);
	real_rig_start_at(&r.rig, b.port);
	dial(&r, &row);
	peer_wait(&r.p);
	ck_assert_msg(r.p.status == mosquittos[_i].status, "%s: %s", link_status_text(r.p.status),
		      r.p.why.n ? r.p.why.step[0].text : "");
	if (r.p.status) {
		ck_assert(real_why_says(&r.p.why, "tls", mosquittos[_i].text));
	} else {
		ck_assert_str_eq(buf_str(&r.rig.broker), "cipher ECDHE-RSA-AES128-GCM-SHA256\n");
		peer_subscribe(&r.p, "t", 2);
		peer_wait_for(&r.p, "sub 1 0\n");
		for (int i = 2; i < 200; i++)
			ck_assert_int_eq(peer_publish(&r.p, "t", "hello", i % 3, false), i);
		peer_wait_for(&r.p, "pub 199 0\n");
		ck_assert_msg(real_rig_until(&r.rig, has_all, &r.p), "%u messages", r.p.messages);
		ck_assert_int_gt(link_mqtt_disconnect(r.p.m), 0);
		peer_wait_for(&r.p, "disc 0 0\n");
	}
	stop(&r);
	broker_stop(&b);
}
END_TEST

/* Killed in the middle: a close without close_notify, a reset with our data unread. */
START_TEST(test_mosquitto_killed)
{
	const struct row row = { "mosquitto", { SERVER_MUTE } };
	struct broker_child b;
	struct run r;

	start(&r, &row, 1);
	real_rig_stop(&r.rig);
	start_mosquitto(&b, "");
	real_rig_start_at(&r.rig, b.port);
	dial(&r, &row);
	peer_wait(&r.p);
	ck_assert_int_eq(r.p.status, LINK_OK);
	if (_i) {
		kill(b.pid, SIGSTOP);
		peer_publish(&r.p, "t", "x", 1, false);
	}
	broker_kill(&b, SIGKILL);
	peer_wait_for(&r.p, "lost");
	ck_assert_str_eq(buf_str(&r.p.log), _i ? "pub 1 4 why\nlost 0 4 why\n" : "lost 0 5 why\n");
	stop(&r);
	broker_stop(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("real mqtt tls");
	TCase *t = tcase_create("tls");
	int failed;

	real_pki_make(&pki);
	tcase_add_loop_test(t, test_row, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, test_cut, 0, 96);
	tcase_add_test(t, test_close_inside);
	tcase_add_loop_test(t, test_mosquitto, 0, sizeof(mosquittos) / sizeof(mosquittos[0]));
	tcase_add_loop_test(t, test_mosquitto_killed, 0, 2);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	failed = real_rig_main(s);
	real_pki_drop(&pki);
	return failed;
}
