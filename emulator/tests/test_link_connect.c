/* What becomes of a connect, and when: rules R3 to R5, the latencies of the captures, hosts that are not there. */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "test_link_rig.h"

enum { SNI = 1, CERT = 2, PLAIN = 4 };

/* The built-in world, authmode 0. ms from the call to the outcome. */
static const struct {
	const char *host;
	uint16_t port;
	int how;
	enum link_status status;
	int code;
	unsigned ms;
	const char *rule, *text;
} rows[] = {
	{ "x.s2.eu.hivemq.cloud", 8883, 0, LINK_CONNACK, 5, 1931, "R4", "without a server name" },
	{ "x.s2.eu.hivemq.cloud", 8883, SNI, LINK_OK, 0, 1931 },
	{ "X.S2.EU.HIVEMQ.CLOUD", 8883, SNI, LINK_OK, 0, 1931 },
	{ "x.s2.eu.hivemq.cloud", 8883, PLAIN, LINK_PEER_CLOSED_AFTER, 0, 660, "tls", "speaks TLS" },
	{ "x.s2.eu.hivemq.cloud", 1883, PLAIN, LINK_REFUSED, 0, 650, "dns", "has port 8883" },
	{ "x.ala.us-east-1.emqxsl.com", 8883, 0, LINK_TLS_FAILED, 0, 660, "R3", "no server name" },
	{ "x.ala.us-east-1.emqxsl.com", 8883, SNI, LINK_OK, 0, 1931 },
	{ "broker.emqx.io", 8883, 0, LINK_OK, 0, 1931 },
	{ "broker.emqx.io", 8883, SNI, LINK_OK, 0, 1931 },
	{ "broker.emqx.io", 1883, PLAIN, LINK_OK, 0, 1031 },
	{ "broker.emqx.io", 1883, SNI, LINK_TLS_FAILED, 0, 660, "tls", "does not speak TLS" },
	{ "broker.hivemq.com", 1883, PLAIN, LINK_OK, 0, 1031 },
	{ "hub.azure-devices.net", 8883, 0, LINK_OK, 0, 1931 },
	{ "a-ats.iot.eu-west-1.amazonaws.com", 8883, CERT, LINK_OK, 0, 2246 },
	{ "a-ats.iot.eu-west-1.amazonaws.com", 8883, 0, LINK_PEER_CLOSED, 0, 2055, "tls", "client certificate" },
	{ "emqx.docker.example", 8883, 0, LINK_OK, 0, 1931 },
	{ "nowhere.example", 8883, SNI, LINK_DNS, 0, 150, "dns", "not in the modelled world" },
	{ "nowhere.example", 1883, PLAIN, LINK_DNS, 0, 150, "dns", "--world" },
	{ "192.0.2.1", 1883, PLAIN, LINK_REFUSED, 0, 500, "dns", "nothing in the modelled world" },
};

/* Files are not the point here: an own certificate is made once. */
static char cert_pem[8192], key_pem[8192];

static void make_own(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *x = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long n;

	X509_set_pubkey(x, key);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_sign(x, key, EVP_sha256());
	PEM_write_bio_X509(bio, x);
	n = BIO_get_mem_data(bio, &data);
	memcpy(cert_pem, data, (size_t)n);
	(void)BIO_reset(bio);
	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	n = BIO_get_mem_data(bio, &data);
	memcpy(key_pem, data, (size_t)n);
	BIO_free(bio);
	X509_free(x);
	EVP_PKEY_free(key);
}

START_TEST(test_outcome)
{
	struct link_tls tls = RIG_TLS;
	struct rig r;
	struct peer p;

	rig_start(&r, NULL);
	tls.send_sni = rows[_i].how & SNI;
	if (rows[_i].how & CERT) {
		make_own();
		tls.send_client_cert = true;
		tls.cert = (struct link_file){ "c.pem", cert_pem, strlen(cert_pem) };
		tls.key = (struct link_file){ "k.pem", key_pem, strlen(key_pem) };
	}
	peer_start(&r, &p, (struct link_mqtt_setup){ .host = rows[_i].host, .port = rows[_i].port, .client_id = "c",
						     .tls = rows[_i].how & PLAIN ? NULL : &tls, .clean = true });
	peer_wait(&p);
	ck_assert_msg(p.status == rows[_i].status, "%s: %s", rows[_i].host, link_status_text(p.status));
	ck_assert_int_eq(p.code, rows[_i].code);
	ck_assert_uint_eq(p.done_us / 1000, rows[_i].ms);
	ck_assert_int_eq(p.why.n != 0, p.status != LINK_OK);
	if (rows[_i].rule)
		ck_assert_msg(why_says(&p.why, rows[_i].rule, rows[_i].text), "%s: %s", p.why.step[0].rule,
			      p.why.step[0].text);
	peer_stop(&p);
	rig_stop(&r);
}
END_TEST

/* The steps that rest on the evidence carry it. */
START_TEST(test_evidence)
{
	struct link_tls tls = RIG_TLS;
	struct rig r;
	struct peer p;

	rig_start(&r, NULL);
	peer_start(&r, &p, (struct link_mqtt_setup){ .host = "x.hivemq.cloud", .client_id = "c", .tls = &tls });
	peer_wait(&p);
	ck_assert_ptr_nonnull(strstr(p.why.step[0].evidence, "issue-49:130-134"));
	ck_assert_str_eq(p.why.step[0].confidence, "seen");
	peer_stop(&p);
	rig_stop(&r);
}
END_TEST

static const char faulty[] =
	"schema: 1\n"
	"hosts:\n"
	"  - {match: refuse.x, model: {misbehave: [refuse]}}\n"
	"  - {match: syn.x, model: {misbehave: [tcp_timeout]}}\n"
	"  - {match: early.x, model: {misbehave: [close_before_connack]}}\n"
	"  - {match: late.x, model: {misbehave: [close_after_connect]}}\n"
	"  - {match: reset.x, model: {misbehave: [reset_after_connect]}}\n"
	"  - {match: mute.x, model: {misbehave: [mute]}}\n"
	"  - {match: three.x, model: {connack: 3}}\n"
	"  - {match: login.x, model: {credentials: [{user: u, password: p}, {user: v, password: q}]}}\n"
	"  - {match: same.x, model: {credentials: {user: u, password: p}, bad_login: 5}}\n"
	"  - {match: hello.x, port: 8883, model: {tls: {min: 1.2}, misbehave: [tls_mute]}}\n"
	"  - {match: '*.names.x', port: 8883, model: {tls: {max: 1.2}, sni: [a.names.x, 'B?.names.x']}}\n"
	"  - {match: alert.x, port: 8883, model: {tls: {max: 1.2}, client_cert: alert}}\n"
	"  - {match: alert3.x, port: 8883, model: {tls: {min: 1.3}, client_cert: alert}}\n"
	"  - {match: slow.x, port: 8883, model: {tls: {min: 1.2}, latency: {tls: 20s}}}\n"
	"  - {match: real.x, real: \"127.0.0.1:1883\"}\n";

static const struct {
	struct link_mqtt_setup setup;
	bool tls;
	enum link_status status;
	int code;
	unsigned ms;
} fault_rows[] = {
	{ { .host = "refuse.x" }, false, LINK_REFUSED, 0, 650 },
	{ { .host = "syn.x" }, false, LINK_TIMEOUT, 0, 75150 },
	{ { .host = "early.x" }, false, LINK_PEER_CLOSED, 0, 840 },
	{ { .host = "late.x" }, false, LINK_PEER_CLOSED_AFTER, 0, 840 },
	{ { .host = "reset.x" }, false, LINK_RESET, 0, 840 },
	{ { .host = "mute.x" }, false, LINK_TIMEOUT, 0, 120650 },
	{ { .host = "three.x" }, false, LINK_CONNACK, 3, 1031 },
	{ { .host = "login.x" }, false, LINK_CONNACK, 5, 1031 },
	{ { .host = "login.x", .user = "u", .password = "q" }, false, LINK_CONNACK, 4, 1031 },
	{ { .host = "login.x", .user = "u" }, false, LINK_CONNACK, 4, 1031 },
	{ { .host = "same.x", .user = "u" }, false, LINK_CONNACK, 5, 1031 },
	{ { .host = "login.x", .user = "u", .password = "p" }, false, LINK_OK, 0, 1031 },
	{ { .host = "login.x", .user = "v", .password = "q" }, false, LINK_OK, 0, 1031 },
	{ { .host = "login.x", .user = "v", .password = "q", .version = 5 }, false, LINK_CONNACK, 1, 1031 },
	{ { .host = "login.x", .user = "v", .password = "q", .version = 3 }, false, LINK_OK, 0, 1031 },
	{ { .host = "login.x", .user = "v", .password = "q", .client_id = "" }, false, LINK_CONNACK, 2, 1031 },
	{ { .host = "login.x", .user = "v", .password = "q", .client_id = "", .clean = true }, false, LINK_OK, 0, 1031 },
	{ { .host = "hello.x" }, true, LINK_TIMEOUT, 0, 10650 },
	{ { .host = "slow.x" }, true, LINK_TIMEOUT, 0, 10650 },
	{ { .host = "a.names.x" }, true, LINK_OK, 0, 1931 },
	{ { .host = "b1.names.x" }, true, LINK_OK, 0, 1931 },
	{ { .host = "c.names.x" }, true, LINK_TLS_FAILED, 0, 660 },
	{ { .host = "alert.x" }, true, LINK_TLS_FAILED, 0, 660 },
	{ { .host = "alert3.x" }, true, LINK_TLS_FAILED, 0, 660 },
	{ { .host = "real.x" }, false, LINK_DNS, 0, 150 },
};

START_TEST(test_misbehaviour)
{
	struct link_mqtt_setup setup = fault_rows[_i].setup;
	struct link_tls tls = RIG_TLS;
	struct rig r;
	struct peer p;

	rig_start(&r, faulty);
	tls.negotiate_us = 10000000;
	tls.send_sni = strstr(setup.host, ".names.");
	if (!setup.client_id)
		setup.client_id = "c";
	setup.tls = fault_rows[_i].tls ? &tls : NULL;
	peer_start(&r, &p, setup);
	peer_wait(&p);
	ck_assert_msg(p.status == fault_rows[_i].status, "%s: %s", setup.host, link_status_text(p.status));
	ck_assert_int_eq(p.code, fault_rows[_i].code);
	ck_assert_uint_eq(p.done_us / 1000, fault_rows[_i].ms);
	ck_assert_int_eq(p.why.n != 0, p.status != LINK_OK);
	peer_stop(&p);
	rig_stop(&r);
}
END_TEST

START_TEST(test_real_host_is_explained)
{
	struct rig r;
	struct peer p;

	rig_start(&r, faulty);
	peer_start(&r, &p, (struct link_mqtt_setup){ .host = "real.x", .client_id = "c" });
	peer_wait(&p);
	ck_assert(why_says(&p.why, "dns", "127.0.0.1:1883"));
	ck_assert(why_says(&p.why, "dns", "virtual time cannot reach real addresses"));
	peer_stop(&p);
	rig_stop(&r);
}
END_TEST

/* Two links of one world do not see each other. */
START_TEST(test_two_links)
{
	struct rig r;
	struct link *other;
	struct peer a, b;

	rig_start(&r, "schema: 1\nhosts: [{match: b.x, model: {}}]\n");
	other = link_new(&(struct link_options){ .world = r.world, .clock = r.clock });
	peer_up(&r, &a, "b.x", "same");
	peer_subscribe(&a, "#", 0);
	link_set_network(other, false);
	memset(&b, 0, sizeof(b));
	b.rig = &r;
	buf_init(&b.log, 1000);
	b.m = link_mqtt_connect(other, &(struct link_mqtt_setup){ .host = "b.x", .port = 1883, .client_id = "same",
								   .version = 4 }, peer_on_event, &b);
	peer_wait(&b);
	ck_assert_int_eq(b.status, LINK_NO_NETWORK);
	rig_wait_ms(&r, 1000);
	ck_assert_str_eq(buf_str(&a.log), "sub 1 0\n");
	peer_stop(&a);
	peer_stop(&b);
	link_free(other);
	rig_stop(&r);
}
END_TEST

START_TEST(test_network_down)
{
	struct rig r;
	struct peer up, opening, late;

	rig_start(&r, "schema: 1\nhosts: [{match: b.x, model: {}}]\n");
	peer_up(&r, &up, "b.x", "up");
	peer_publish(&up, "t", "x", 1, false);
	peer_start(&r, &opening, (struct link_mqtt_setup){ .host = "b.x", .client_id = "opening" });
	link_set_network(r.link, false);
	ck_assert_str_eq(buf_str(&up.log), "");		/* not from inside the call */
	rig_wait_ms(&r, 0);
	ck_assert_str_eq(buf_str(&up.log), "pub 1 11 why\nlost 0 11 why\n");
	ck_assert(opening.done);
	ck_assert_int_eq(opening.status, LINK_NO_NETWORK);
	ck_assert_int_eq(peer_publish(&up, "t", "x", 0, false), -ENOTCONN);
	peer_start(&r, &late, (struct link_mqtt_setup){ .host = "b.x", .client_id = "late" });
	peer_wait(&late);
	ck_assert_int_eq(late.status, LINK_NO_NETWORK);
	link_set_network(r.link, true);
	peer_stop(&late);
	peer_up(&r, &late, "b.x", "late");
	peer_stop(&up);
	peer_stop(&opening);
	peer_stop(&late);
	rig_stop(&r);
}
END_TEST

/* A session may be closed at any moment, from inside its own events too. */
static void close_inside(const struct link_mqtt_event *ev, void *ctx)
{
	struct peer *p = ctx;

	peer_on_event(ev, ctx);
	link_mqtt_close(p->m);
	p->m = NULL;
}

START_TEST(test_close_inside)
{
	struct peer p = { 0 };
	struct rig r;

	rig_start(&r, NULL);
	p.rig = &r;
	buf_init(&p.log, 1000);
	p.m = link_mqtt_connect(r.link, &(struct link_mqtt_setup){ .host = _i ? "nowhere.x" : "broker.emqx.io",
								   .port = 1883, .client_id = "c", .version = 4,
								   .keepalive_s = 60 }, close_inside, &p);
	peer_wait(&p);
	ck_assert_ptr_null(p.m);
	buf_free(&p.log);
	rig_stop(&r);
}
END_TEST

START_TEST(test_close_while_opening)
{
	struct rig r;
	struct peer p;

	rig_start(&r, NULL);
	peer_start(&r, &p, (struct link_mqtt_setup){ .host = "broker.emqx.io", .client_id = "c" });
	rig_wait_ms(&r, (uint64_t)_i * 100);
	peer_stop(&p);
	ck_assert_uint_eq(clock_armed(r.clock), 0);
	rig_stop(&r);
}
END_TEST

START_TEST(test_broker_trace)
{
	struct link_tls tls = RIG_TLS;
	struct rig r;
	struct peer p;

	rig_start(&r, NULL);
	tls.versions = 4;
	peer_start(&r, &p, (struct link_mqtt_setup){ .host = "broker.emqx.io", .client_id = "client-1", .tls = &tls });
	peer_wait(&p);
	peer_subscribe(&p, "t/#", 1);
	rig_wait_ms(&r, 1000);
	peer_publish(&p, "t/1", "hello", 1, false);
	rig_wait_ms(&r, 1000);
	link_mqtt_disconnect(p.m);
	rig_wait_ms(&r, 1000);
	ck_assert_str_eq(buf_str(&r.broker),
			 "cipher ECDHE-RSA-AES256-GCM-SHA384\nconnect client-1\nsubscribe t/# 1\nt/1 hello\ndisconnect client-1\n");
	ck_assert_str_eq(buf_str(&p.log), "sub 1 0\npub 2 0\nmsg t/1 hello q1\ndisc 0 0\n");
	peer_stop(&p);
	rig_stop(&r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("link connect");
	TCase *t = tcase_create("connect");

	tcase_add_loop_test(t, test_outcome, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, test_misbehaviour, 0, sizeof(fault_rows) / sizeof(fault_rows[0]));
	tcase_add_test(t, test_evidence);
	tcase_add_test(t, test_real_host_is_explained);
	tcase_add_test(t, test_two_links);
	tcase_add_test(t, test_network_down);
	tcase_add_loop_test(t, test_close_inside, 0, 2);
	tcase_add_loop_test(t, test_close_while_opening, 0, 11);
	tcase_add_test(t, test_broker_trace);
	suite_add_tcase(s, t);
	return rig_main(s);
}
