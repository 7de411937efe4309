/*
 * What becomes of a real handshake with a real server: outcome and reason, row by row. The server is OpenSSL in a thread;
 * what is under test is how an SSL_CTX is shaped and how a failure is explained.
 */
#include "link/real_tls.h"
#include "tests/test_real_rig.h"
#include "tests/test_real_server.h"

static struct real_pki pki;

static const uint16_t suites[] = {
	0xC02F, 0xC030, 0xC02B, 0xC02C, 0xC027, 0xC028, 0xC013, 0xC014, 0x009C, 0x009D, 0x003C, 0x003D, 0x002F, 0x0035,
};
static const uint16_t suites13[] = { 0x1301, 0xC02F, 0x002F };
static const uint16_t suite_002f[] = { 0x002F };
static const uint16_t suite_ecdsa[] = { 0xC02B };

enum ca_file { NO_CA, CA_ROOT, CA_OTHER, CA_BOTH, CA_MID, CA_LEAF, CA_DAMAGED, CA_DER };
enum own_file { NO_OWN, OWN, OWN_FOREIGN, OWN_ENCRYPTED, OWN_WRONG_PASSWORD, OWN_NO_PASSWORD, OWN_OTHER_KEY };
enum server_cert { LEAF, OLD, YOUNG, WILD, EC, BOTH_KEYS };
enum how { SNI = 1, DATES = 2, NAME = 4, NO_ECDSA = 8, NO_WILDCARD = 16, NEEDS_SNI = 32, NEEDS_CERT = 64, NO_MID = 128 };

struct row {
	const char *what;
	/* server */
	enum server_manner manner;
	enum server_cert cert;
	int min, max;
	const char *ciphers;
	/* modem */
	int how;
	unsigned versions;
	const uint16_t *suite;
	size_t n_suites;
	enum ca_file ca;
	enum own_file own;
	size_t max_chain;
	const char *host;
	/* outcome */
	enum link_status status;
	const char *cipher; /* of a handshake that goes well */
	const char *rule, *text, *text2;
};

#define TLS12 .min = TLS1_2_VERSION, .max = TLS1_2_VERSION
#define TLS13 .min = TLS1_3_VERSION, .max = TLS1_3_VERSION
#define LIST(l) .suite = l, .n_suites = sizeof(l) / sizeof(l[0])

static const struct row rows[] = {
	{ "plain success", TLS12, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "the modem's one suite", TLS12, LIST(suite_002f), .cipher = "AES128-SHA" },
	{ "TLS 1.0", .min = TLS1_VERSION, .max = TLS1_VERSION, .cipher = "ECDHE-RSA-AES256-SHA" },
	{ "TLS 1.1 alone of a server that has all", .versions = 2, .cipher = "ECDHE-RSA-AES256-SHA" },
	{ "1.0 and 1.2 with a gap", .versions = 5, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "1.3 not offered to a server that has it", .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "TLS 1.3", TLS13, .versions = 15, LIST(suites13), .cipher = "TLS_AES_128_GCM_SHA256" },
	{ "server newer", TLS13, .status = LINK_TLS_FAILED, .rule = "tls", .text = "protocol_version (70)",
	  .text2 = "the modem offers TLS 1.0 1.1 1.2, the server takes 1.3 to 1.3" },
	{ "server older", .min = TLS1_VERSION, .max = TLS1_VERSION, .versions = 4, .status = LINK_TLS_FAILED,
	  .rule = "tls", .text = "protocol_version (70)",
	  .text2 = "the modem offers TLS 1.2, the server takes 1.0 to 1.0" },
	{ "nothing offered", TLS12, .versions = 16, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "the modem offers TLS none, the server takes 1.2 to 1.2" },
	{ "a 1.2 suite for 1.0", .versions = 1, LIST(suite_ecdsa), .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "none fits TLS 1.0 with an RSA certificate" },
	{ "no shared suite", TLS12, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",
	  LIST(suite_002f), .status = LINK_TLS_FAILED, .rule = "tls", .text = "the modem offers suites 002F",
	  .text2 = "the server takes C02F C030" },
	{ "no shared suite, in words", TLS12, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256", LIST(suite_002f),
	  .status = LINK_TLS_FAILED, .rule = "tls", .text = "b.x sent alert handshake_failure (40)",
	  .text2 = "none fits TLS 1.2 with an RSA certificate: alert handshake_failure (40)" },
	{ "ECDSA suites against an RSA server", TLS12, LIST(suite_ecdsa), .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "none fits TLS 1.2 with an RSA certificate" },
	{ "ECDSA", TLS12, .cert = EC, .cipher = "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ "ECDSA not understood", TLS12, .cert = EC, .how = NO_ECDSA, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "the server has an ECDSA certificate only and this revision does not understand those",
	  .text2 = "none fits TLS 1.2 with an ECDSA certificate" },
	{ "ECDSA not understood in 1.3", TLS13, .cert = EC, .versions = 15, LIST(suites13), .how = NO_ECDSA,
	  .status = LINK_TLS_FAILED, .rule = "tls", .text = "the server has an ECDSA certificate only" },
	{ "both kinds, ECDSA not understood", TLS12, .cert = BOTH_KEYS, .how = NO_ECDSA,
	  .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "both kinds, ECDSA not understood in 1.3", TLS13, .cert = BOTH_KEYS, .versions = 15, LIST(suites13),
	  .how = NO_ECDSA, .cipher = "TLS_AES_128_GCM_SHA256" },
	{ "both kinds, ECDSA suites only", TLS12, .cert = BOTH_KEYS, LIST(suite_ecdsa),
	  .cipher = "ECDHE-ECDSA-AES128-GCM-SHA256" },
	{ "SNI sent", TLS12, .how = SNI | NEEDS_SNI, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "SNI wanted", TLS12, .how = NEEDS_SNI, .status = LINK_TLS_FAILED, .rule = "R3",
	  .text = "no server name was sent and b.x" },
	{ "SNI wanted, alert named", TLS12, .how = NEEDS_SNI, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "b.x sent alert unrecognized_name (112)" },
	{ "trusted", TLS12, .ca = CA_ROOT, .how = DATES, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "trusted by the second of two", TLS12, .ca = CA_BOTH, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "trusted by a DER file", TLS12, .ca = CA_DER, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "trusted in 1.3", TLS13, .versions = 15, LIST(suites13), .ca = CA_ROOT, .cipher = "TLS_AES_128_GCM_SHA256" },
	{ "unknown CA", TLS12, .ca = CA_OTHER, .status = LINK_TLS_UNTRUSTED, .rule = "x509",
	  .text = "the server's chain is not accepted with CA file \"ca.pem\"",
	  .text2 = "the modem ends the handshake with alert unknown_ca (48)" },
	{ "unknown CA in 1.3", TLS13, .versions = 15, LIST(suites13), .ca = CA_OTHER, .status = LINK_TLS_UNTRUSTED,
	  .rule = "x509", .text = "unable to get", .text2 = "alert unknown_ca (48)" },
	{ "intermediate as anchor", TLS12, .ca = CA_MID, .status = LINK_TLS_UNTRUSTED, .rule = "x509",
	  .text = "is not accepted" },
	{ "leaf as anchor", TLS12, .ca = CA_LEAF, .status = LINK_TLS_UNTRUSTED, .rule = "x509",
	  .text = "is not accepted" },
	{ "intermediate not sent", TLS12, .ca = CA_ROOT, .how = NO_MID, .status = LINK_TLS_UNTRUSTED, .rule = "x509",
	  .text = "unable to get local issuer certificate (certificate 0)" },
	{ "expired by the modem's clock", TLS12, .cert = OLD, .ca = CA_ROOT, .how = DATES,
	  .status = LINK_TLS_UNTRUSTED, .rule = "x509", .text = "certificate has expired",
	  .text2 = "alert certificate_expired (45)" },
	{ "expired, not looked at", TLS12, .cert = OLD, .ca = CA_ROOT, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "not yet valid", TLS12, .cert = YOUNG, .ca = CA_ROOT, .how = DATES, .status = LINK_TLS_UNTRUSTED,
	  .rule = "x509", .text = "not yet valid", .text2 = "alert bad_certificate (42)" },
	{ "wrong name", TLS12, .ca = CA_ROOT, .how = NAME, .host = "c.y", .status = LINK_TLS_UNTRUSTED, .rule = "x509",
	  .text = "the server's certificate is not for \"c.y\"", .text2 = "alert bad_certificate (42)" },
	{ "wrong name, not looked at", TLS12, .ca = CA_ROOT, .host = "c.y", .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "wildcard", TLS12, .cert = WILD, .ca = CA_ROOT, .how = NAME, .host = "a.b.x", .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "wildcard not understood", TLS12, .cert = WILD, .how = NO_WILDCARD, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "the server's certificate is a wildcard one", .text2 = "alert handshake_failure (40)" },
	{ "chain too long", TLS12, .max_chain = 800, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "bytes and this revision takes 800" },
	{ "chain that fits", TLS12, .max_chain = 8000, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "client certificate", TLS12, .how = NEEDS_CERT, .own = OWN, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "client certificate in 1.3", TLS13, .versions = 15, LIST(suites13), .how = NEEDS_CERT, .own = OWN,
	  .cipher = "TLS_AES_128_GCM_SHA256" },
	{ "encrypted key", TLS12, .how = NEEDS_CERT, .own = OWN_ENCRYPTED, .cipher = "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "client certificate missing", TLS12, .how = NEEDS_CERT, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "b.x wants a client certificate and none was sent: alert handshake_failure (40)" },
	{ "client certificate missing in 1.3", TLS13, .versions = 15, LIST(suites13), .how = NEEDS_CERT,
	  .status = LINK_PEER_CLOSED, .rule = "tls",
	  .text = "b.x wants a client certificate and none was sent: alert certificate_required (116)" },
	{ "client certificate of another CA", TLS12, .how = NEEDS_CERT, .own = OWN_FOREIGN, .status = LINK_TLS_FAILED,
	  .rule = "tls", .text = "b.x does not accept client certificate \"own.pem\": alert unknown_ca (48)" },
	{ "client certificate of another CA in 1.3", TLS13, .versions = 15, LIST(suites13), .how = NEEDS_CERT,
	  .own = OWN_FOREIGN, .status = LINK_PEER_CLOSED, .rule = "tls", .text = "alert unknown_ca (48)" },
	{ "no TLS there", .manner = SERVER_HTTP, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "b.x does not speak TLS" },
	{ "closes at the ClientHello", .manner = SERVER_CLOSE, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "b.x closed the connection without an answer", .text2 = "does not speak TLS" },
	{ "resets at the ClientHello", .manner = SERVER_RESET, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "b.x closed the connection without an answer" },
	{ "resets behind its ServerHello", TLS12, .manner = SERVER_HALF, .status = LINK_TLS_FAILED, .rule = "tls",
	  .text = "b.x closed the connection in the middle of the handshake" },
};

/* --- one row ------------------------------------------------------------------------------------------------------ */

struct run {
	struct real_rig rig;
	struct server server;
	struct real_tls *t;
	struct buf ca, own, key;
	struct link_tls tls;
	bool done;
	enum link_status status;
	struct why why;
};

static void set_server(struct server *s, const struct row *row)
{
	X509 *const cert[] = { pki.leaf, pki.old, pki.young, pki.wild, pki.ec, pki.leaf };

	s->manner = row->manner;
	s->min = row->min;
	s->max = row->max;
	s->ciphers = row->ciphers;
	s->leaf = cert[row->cert];
	s->key = row->cert == EC ? pki.ec_key : pki.rsa_key;
	s->second = row->cert == BOTH_KEYS ? pki.ec : NULL;
	s->second_key = pki.ec_key;
	s->mid = row->how & NO_MID ? NULL : pki.mid;
	s->client_ca = row->how & NEEDS_CERT ? pki.root : NULL;
	s->needs_sni = row->how & NEEDS_SNI;
}

static void set_ca(struct run *r, enum ca_file file)
{
	unsigned char *der = NULL;
	int n;

	if (file == CA_OTHER || file == CA_BOTH)
		real_pem_cert(&r->ca, pki.other_root);
	if (file == CA_ROOT || file == CA_BOTH || file == CA_DAMAGED)
		real_pem_cert(&r->ca, pki.root);
	if (file == CA_MID)
		real_pem_cert(&r->ca, pki.mid);
	if (file == CA_LEAF)
		real_pem_cert(&r->ca, pki.leaf);
	if (file == CA_DAMAGED)
		r->ca.data[r->ca.len / 2] = '!';
	if (file == CA_DER) {
		n = i2d_X509(pki.root, &der);
		buf_add(&r->ca, der, (size_t)n);
		OPENSSL_free(der);
	}
	r->tls.verify_server = file != NO_CA;
	if (file != NO_CA)
		r->tls.ca = real_file("ca.pem", &r->ca);
}

static void set_own(struct run *r, enum own_file file)
{
	if (file == NO_OWN)
		return;
	r->tls.send_client_cert = true;
	real_pem_cert(&r->own, file == OWN_FOREIGN ? pki.foreign : pki.own);
	real_pem_key(&r->key, file == OWN_OTHER_KEY ? pki.rsa_key : pki.own_key,
		     file >= OWN_ENCRYPTED && file <= OWN_NO_PASSWORD ? "secret" : NULL);
	r->tls.key_password = file == OWN_ENCRYPTED	 ? "secret" :
			      file == OWN_WRONG_PASSWORD ? "other" :
							   NULL;
	r->tls.cert = real_file("own.pem", &r->own);
	r->tls.key = real_file("own.key", &r->key);
}

static void run_start(struct run *r, const struct row *row)
{
	memset(r, 0, sizeof(*r));
	real_rig_start(&r->rig, "schema: 1\nhosts: []\n");
	buf_init(&r->ca, 1 << 16);
	buf_init(&r->own, 1 << 16);
	buf_init(&r->key, 1 << 16);
	r->tls = (struct link_tls){
		.versions = row->versions ? row->versions & 15 : 7,
		.ciphers = row->suite ? row->suite : suites,
		.n_ciphers = row->suite ? row->n_suites : sizeof(suites) / sizeof(suites[0]),
		.send_sni = row->how & SNI, .check_dates = row->how & DATES, .verify_hostname = row->how & NAME,
		.ecdsa = !(row->how & NO_ECDSA), .wildcard = !(row->how & NO_WILDCARD), .max_chain_bytes = row->max_chain,
		.now = real_now,
	};
	set_ca(r, row->ca);
	set_own(r, row->own);
}

static void run_stop(struct run *r)
{
	real_tls_free(r->t);
	buf_free(&r->ca);
	buf_free(&r->own);
	buf_free(&r->key);
	real_rig_stop(&r->rig);
}

static void on_judged(enum link_status status, const struct why *why, void *ctx)
{
	struct run *r = ctx;

	ck_assert(!r->done);
	r->done = true;
	r->status = status;
	r->why = *why;
}

static int dial(uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* Shakes hands, then says a word and listens, as alerts of TLS 1.3 come after the handshake. */
static bool converse(SSL *ssl)
{
	char c;

	if (SSL_connect(ssl) != 1)
		return false;
	SSL_write(ssl, "x", 1);
	SSL_shutdown(ssl);
	return SSL_read(ssl, &c, 1) == 0 && SSL_get_error(ssl, 0) == SSL_ERROR_ZERO_RETURN;
}

static bool connect_once(struct run *r)
{
	SSL *ssl = SSL_new(real_tls_ctx(r->t));
	int fd = dial(r->server.port);
	bool ok;

	SSL_set_fd(ssl, fd);
	SSL_set_tlsext_host_name(ssl, "127.0.0.1"); /* as libmosquitto does */
	ok = converse(ssl);
	SSL_free(ssl);
	close(fd);
	ERR_clear_error();
	return ok;
}

static void check_why(const struct row *row, const struct why *why)
{
	struct buf all;

	buf_init(&all, 4096);
	for (size_t i = 0; i < why->n; i++)
		buf_addf(&all, "[%s] %s\n", why->step[i].rule, why->step[i].text);
	ck_assert_msg(real_why_says(why, row->rule, row->text), "%s:\n%s", row->what, buf_str(&all));
	ck_assert_msg(!row->text2 || real_why_says(why, NULL, row->text2), "%s:\n%s", row->what, buf_str(&all));
	buf_free(&all);
}

static void judge(struct run *r, const struct row *row)
{
	struct why why = { 0 };

	if (real_tls_info(r->t)->done) {
		r->status = real_tls_outcome(r->t, &why);
		r->why = why;
	} else {
		real_tls_judge(r->t, "127.0.0.1", r->server.port, on_judged, r);
		ck_assert(!r->done);
		real_rig_wait(&r->rig, &r->done);
	}
	ck_assert_msg(r->status == row->status, "%s: %s, %s", row->what, link_status_text(r->status),
		      r->why.n ? r->why.step[0].text : "");
	check_why(row, &r->why);
}

START_TEST(test_row)
{
	const struct row *row = &rows[_i];
	struct why why = { 0 };
	struct run r;
	bool ok;

	run_start(&r, row);
	set_server(&r.server, row);
	server_start(&r.server);
	ck_assert_int_eq(real_tls_new(r.rig.link, &r.tls, row->host ? row->host : "b.x", &r.t, &why), LINK_OK);
	ok = connect_once(&r);
	ck_assert_msg(ok == (row->status == LINK_OK), "%s: %s", row->what, ok ? "connected" : "not connected");
	if (ok) {
		ck_assert_str_eq(real_tls_info(r.t)->cipher, row->cipher);
		ck_assert_str_eq(r.server.sni, row->how & SNI ? "b.x" : "");
		ck_assert_int_eq(real_tls_outcome(r.t, &why), LINK_OK);
	} else {
		judge(&r, row);
	}
	ck_assert_uint_le(atomic_load(&r.server.connections), 21);
	server_stop(&r.server);
	run_stop(&r);
}
END_TEST

/* --- files that cannot be used: no connection is made -------------------------------------------------------------- */

static const struct {
	enum ca_file ca;
	enum own_file own;
	const char *text;
} file_rows[] = {
	{ CA_DAMAGED, NO_OWN, "CA file \"ca.pem\"" },
	{ NO_CA, OWN_WRONG_PASSWORD, "client key \"own.key\" cannot be used with its password" },
	{ NO_CA, OWN_NO_PASSWORD, "client key \"own.key\" cannot be used:" },
	{ NO_CA, OWN_OTHER_KEY, "is not the key of certificate" },
};

START_TEST(test_files)
{
	const struct row row = { .ca = file_rows[_i].ca, .own = file_rows[_i].own };
	struct why why = { 0 };
	struct run r;

	run_start(&r, &row);
	ck_assert_int_eq(real_tls_new(r.rig.link, &r.tls, "b.x", &r.t, &why), LINK_TLS_OPEN);
	ck_assert_ptr_null(r.t);
	ck_assert_msg(real_why_says(&why, "x509", file_rows[_i].text), "%s", why.step[0].text);
	run_stop(&r);
}
END_TEST

/* The owner has gone while the server is being asked. */
START_TEST(test_free_while_asking)
{
	const struct row row = { TLS13 };
	struct why why = { 0 };
	struct run r;

	run_start(&r, &row);
	set_server(&r.server, &row);
	server_start(&r.server);
	ck_assert_int_eq(real_tls_new(r.rig.link, &r.tls, "b.x", &r.t, &why), LINK_OK);
	ck_assert(!connect_once(&r));
	real_tls_judge(r.t, "127.0.0.1", r.server.port, on_judged, &r);
	for (int i = 0; i < _i; i++)
		loop_poll(r.rig.loop);
	if (!r.done)
		run_stop(&r);
	server_stop(&r.server);
	ck_assert(!r.done);
}
END_TEST

/* A server that never answers costs a bounded time, and less when nobody wants to know any more. */
START_TEST(test_free_while_mute)
{
	const struct row row = { .manner = SERVER_MUTE };
	struct why why = { 0 };
	struct run r;

	run_start(&r, &row);
	set_server(&r.server, &row);
	server_start(&r.server);
	ck_assert_int_eq(real_tls_new(r.rig.link, &r.tls, "b.x", &r.t, &why), LINK_OK);
	real_tls_judge(r.t, "127.0.0.1", r.server.port, on_judged, &r);
	while (!atomic_load(&r.server.connections))
		loop_poll(r.rig.loop);
	run_stop(&r);
	server_stop(&r.server);
	ck_assert(!r.done);
}
END_TEST

START_TEST(test_alert_text)
{
	static const struct {
		int alert;
		const char *text;
	} alerts[] = { { 40, "handshake_failure (40)" },    { 48, "unknown_ca (48)" },
		       { 70, "protocol_version (70)" },	    { 80, "internal_error (80)" },
		       { 112, "unrecognized_name (112)" },  { 116, "certificate_required (116)" },
		       { 46, "certificate_unknown (46)" }, { 99, "99" } };
	char buf[64];

	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		real_tls_alert_text(alerts[i].alert, buf, sizeof(buf));
		ck_assert_str_eq(buf, alerts[i].text);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("real tls");
	TCase *t = tcase_create("tls");
	int failed;

	real_pki_make(&pki);
	tcase_add_loop_test(t, test_row, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, test_files, 0, sizeof(file_rows) / sizeof(file_rows[0]));
	tcase_add_loop_test(t, test_free_while_asking, 0, 2);
	tcase_add_test(t, test_free_while_mute);
	tcase_add_test(t, test_alert_text);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	failed = real_rig_main(s);
	real_pki_drop(&pki);
	return failed;
}
