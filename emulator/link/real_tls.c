/*
 * An SSL_CTX that does what the modem does, and a watch on what comes of it. Chains are judged by the modelled world's
 * own functions (tls_policy.c, x509_check.c), so that one server gets one verdict. Files come from memory and nothing
 * ever asks for a password.
 */
#include "link/real_tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "link/real_probe.h"
#include "link/session.h"
#include "link/tls_policy.h"
#include "link/x509_check.h"

static const char *const version_names[] = { "1.0", "1.1", "1.2", "1.3" };

struct real_tls {
	struct link *link;
	char *name;
	struct link_tls tls; /* all it points to is owned */
	SSL_CTX *ctx;
	struct real_tls_info info;
	bool hello;		      /* a ServerHello came */
	enum link_status chain_status; /* what the modem makes of the server's chain */
	struct why chain_why;
	unsigned long error; /* OpenSSL's, of a handshake that ended */
	/* the judgement under way */
	real_tls_func_t func;
	void *func_ctx;
	struct timer timer;
	struct real_probe *probe;
	enum link_status status;
	struct why why;
};

/* --- a copy of what the modem does -------------------------------------------------------------------------------- */

static bool copy_bytes(const void **p, size_t n)
{
	void *copy;

	if (!*p)
		return true;
	copy = malloc(n + 1);
	if (copy)
		memcpy(copy, *p, n);
	*p = copy;
	return copy;
}

static bool copy_text(const char **p)
{
	*p = *p ? strdup(*p) : NULL;
	return *p;
}

static bool copy_file(struct link_file *f)
{
	bool named = !f->name || copy_text(&f->name);

	return copy_bytes(&f->data, f->len) && named;
}

/* False: out of memory; what was copied is copied. */
static bool copy_tls(struct real_tls *t, const struct link_tls *tls)
{
	const void *ciphers = tls->ciphers;
	bool ok = copy_bytes(&ciphers, tls->n_ciphers * sizeof(*tls->ciphers));

	t->tls = *tls;
	t->tls.ciphers = ciphers;
	ok = copy_file(&t->tls.ca) && ok;
	ok = copy_file(&t->tls.cert) && ok;
	ok = copy_file(&t->tls.key) && ok;
	return (!tls->key_password || copy_text(&t->tls.key_password)) && ok;
}

static void free_const(const void *p)
{
	free((void *)(uintptr_t)p);
}

static void free_file(struct link_file *f)
{
	free_const(f->name);
	free_const(f->data);
}

/* An address is no server name (RFC 6066 3). */
static const char *name_to_send(const struct real_tls *t)
{
	return t->tls.send_sni && !route_is_address(t->name) ? t->name : NULL;
}

enum link_status real_tls_new(struct link *l, const struct link_tls *tls, const char *name, struct real_tls **out,
			      struct why *why)
{
	enum link_status status = link_tls_check_files(tls, why);
	struct real_tls *t;

	*out = NULL;
	if (status)
		return status;
	t = calloc(1, sizeof(*t));
	if (!t || !copy_tls(t, tls) || !(t->name = strdup(name))) {
		real_tls_free(t);
		why_add(why, "memory", "out of memory");
		return LINK_TLS_FAILED;
	}
	t->link = l;
	t->info = (struct real_tls_info){ .sni = name_to_send(t), .alert_sent = -1, .alert_received = -1 };
	*out = t;
	return LINK_OK;
}


/* --- what happens on a connection --------------------------------------------------------------------------------- */

static struct real_tls *tls_of(const SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* SSL_get_version() says "TLSv1.2", and "TLSv1" for 1.0. */
static const char *version_of(const SSL *ssl)
{
	const int version = SSL_version(ssl);

	return version >= TLS1_VERSION && version <= TLS1_3_VERSION ? version_names[version - TLS1_VERSION] : NULL;
}

static void note_cipher(struct real_tls *t, const SSL *ssl, const SSL_CIPHER *cipher)
{
	t->info.version = version_of(ssl);
	t->info.cipher = cipher ? SSL_CIPHER_get_name(cipher) : NULL;
}

/* Whoever made the SSL may have put another name in: libmosquitto has the numeric address there. */
static void on_start(struct real_tls *t, SSL *ssl)
{
	char finished[64];

	if (SSL_get_finished(ssl, finished, sizeof(finished)))
		return; /* a message after the handshake, or a second one on the same connection */
	t->info = (struct real_tls_info){ .started = true, .sni = name_to_send(t), .alert_sent = -1,
					  .alert_received = -1, .ssl = ssl };
	t->hello = false;
	t->chain_status = LINK_OK;
	t->error = 0;
	why_reset(&t->chain_why);
	SSL_set_tlsext_host_name(ssl, t->info.sni);
}

static void on_alert(struct real_tls *t, int where, int alert)
{
	if (alert >> 8 != SSL3_AL_FATAL)
		return;
	if (where & SSL_CB_READ)
		t->info.alert_received = alert & 0xff;
	else
		t->info.alert_sent = alert & 0xff;
}

static void on_info(const SSL *ssl, int where, int value)
{
	struct real_tls *t = tls_of(ssl);

	if (where & SSL_CB_ALERT)
		on_alert(t, where, value);
	else if (where & SSL_CB_HANDSHAKE_START)
		on_start(t, (SSL *)(uintptr_t)ssl);
	else if (where & SSL_CB_HANDSHAKE_DONE) {
		t->info.done = true;
		note_cipher(t, ssl, SSL_get_current_cipher(ssl));
	} else if (where == SSL_CB_CONNECT_EXIT && value <= 0 && ERR_peek_error()) {
		t->error = ERR_peek_error();
	}
}

static void on_message(int write, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
	struct real_tls *t = arg;
	const unsigned char *p = data;

	(void)version;
	(void)ssl;
	if (write || type != SSL3_RT_HANDSHAKE || !len)
		return;
	t->hello |= *p == SSL3_MT_SERVER_HELLO;
	t->info.asked_for_cert |= *p == SSL3_MT_CERTIFICATE_REQUEST;
	t->info.sent_cert = t->info.asked_for_cert && t->tls.send_client_cert;
}

/* In place of OpenSSL's own verification; what is set here decides which alert the server gets. */
static int on_chain(X509_STORE_CTX *store, void *arg)
{
	struct real_tls *t = arg;
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct chain chain = { .leaf = X509_STORE_CTX_get0_cert(store),
			       .intermediates = sk_X509_dup(X509_STORE_CTX_get0_untrusted(store)) };
	int error = X509_V_OK;

	sk_X509_shift(chain.intermediates); /* the leaf comes first */
	x509_describe_chain(&chain);
	note_cipher(t, ssl, SSL_get_pending_cipher(ssl));
	t->chain_status = tls_judge_chain(&t->tls, &chain, t->name, &error, &t->chain_why);
	X509_STORE_CTX_set_error(store, t->chain_status ? error : X509_V_OK);
	sk_X509_free(chain.intermediates);
	return t->chain_status == LINK_OK;
}

const struct link_tls *real_tls_wish(const struct real_tls *t)
{
	return &t->tls;
}

const struct real_tls_info *real_tls_info(const struct real_tls *t)
{
	return &t->info;
}

/* --- the context -------------------------------------------------------------------------------------------------- */

/* A suite the modem would really propose: one without ECDSA has no use for suites that need it. */
static bool usable(const struct real_tls *t, const struct suite *s)
{
	return s && (s->key != SUITE_ECDSA || t->tls.ecdsa);
}

/* OpenSSL's names of the suites of TLS 1.3, or of those before. False: out of memory. */
static bool list_suites(const struct real_tls *t, bool tls13, struct buf *out)
{
	const struct suites *all = suites_ready(t->link->o.world->suites);
	int err = 0;

	for (size_t i = 0; i < t->tls.n_ciphers; i++) {
		const struct suite *s = suite_by_number(all, t->tls.ciphers[i]);

		if (usable(t, s) && (s->min == 3) == tls13)
			err |= buf_addf(out, "%s%s", out->len ? ":" : "", s->name);
	}
	return !err;
}

static bool set_suites(const struct real_tls *t, SSL_CTX *ctx)
{
	struct buf old, new;
	bool ok;

	buf_init(&old, 16384);
	buf_init(&new, 1024);
	ok = list_suites(t, false, &old) && list_suites(t, true, &new) && SSL_CTX_set_ciphersuites(ctx, buf_str(&new));
	/* Without any, set_versions() has switched these versions off, and OpenSSL refuses an empty list. */
	if (ok && old.len)
		ok = !buf_adds(&old, ":@SECLEVEL=0") && SSL_CTX_set_cipher_list(ctx, buf_str(&old));
	buf_free(&old);
	buf_free(&new);
	return ok;
}

/* OpenSSL makes no ClientHello for a version it has no suite for. */
static bool has_suite_for(const struct real_tls *t, unsigned version)
{
	const struct suites *all = suites_ready(t->link->o.world->suites);

	for (size_t i = 0; i < t->tls.n_ciphers; i++) {
		const struct suite *s = suite_by_number(all, t->tls.ciphers[i]);

		if (usable(t, s) && version >= s->min && version <= s->max)
			return true;
	}
	return false;
}

static bool offers_version(const struct real_tls *t, unsigned v)
{
	return t->tls.versions & 1u << v && has_suite_for(t, v);
}

/*
 * A ClientHello holds a range without a gap, the highest one if there are several. All of it is set, since the system's
 * own configuration has limits of another kind.
 */
static void set_versions(const struct real_tls *t, SSL_CTX *ctx)
{
	bool begun = false, over = false;

	static const uint64_t no[] = { SSL_OP_NO_TLSv1, SSL_OP_NO_TLSv1_1, SSL_OP_NO_TLSv1_2, SSL_OP_NO_TLSv1_3 };

	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_clear_options(ctx, SSL_OP_NO_SSL_MASK);
	for (unsigned v = 4; v-- > 0;) {
		bool offered = !over && offers_version(t, v);

		over |= begun && !offered;
		begun |= offered;
		if (!offered)
			SSL_CTX_set_options(ctx, no[v]);
	}
}

static bool set_own_files(const struct real_tls *t, SSL_CTX *ctx)
{
	struct why ignored = { 0 }; /* real_tls_new() has seen the files */
	STACK_OF(X509) *list;
	EVP_PKEY *key;
	X509 *own;
	bool ok;

	if (!t->tls.send_client_cert)
		return true;
	if (x509_load_own(&t->tls, &list, &key, &ignored))
		return false;
	own = sk_X509_shift(list);
	ok = SSL_CTX_use_cert_and_key(ctx, own, key, list, 1);
	X509_free(own);
	EVP_PKEY_free(key);
	sk_X509_pop_free(list, X509_free);
	return ok;
}

/* Without ECDSA a server with both kinds of certificate shows its RSA one. */
static bool set_signatures(const struct real_tls *t, SSL_CTX *ctx)
{
	return t->tls.ecdsa || SSL_CTX_set1_sigalgs_list(ctx, "RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA1:"
							      "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512");
}

int real_tls_shape(struct real_tls *t, SSL_CTX *ctx)
{
	ERR_clear_error();
	SSL_CTX_set_app_data(ctx, t);
	SSL_CTX_set_security_level(ctx, 0); /* old suites, short keys and SHA-1 are what the modem has */
	SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_info_callback(ctx, on_info);
	SSL_CTX_set_msg_callback(ctx, on_message);
	SSL_CTX_set_msg_callback_arg(ctx, t);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL); /* limits hold with any authmode; on_chain() knows it */
	SSL_CTX_set_cert_verify_callback(ctx, on_chain, t);
	set_versions(t, ctx);
	if (set_suites(t, ctx) && set_signatures(t, ctx) && set_own_files(t, ctx))
		return 0;
	ERR_clear_error();
	return -ENOMEM;
}

SSL_CTX *real_tls_ctx(struct real_tls *t)
{
	if (t->ctx)
		return t->ctx;
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (t->ctx && real_tls_shape(t, t->ctx)) {
		SSL_CTX_free(t->ctx);
		t->ctx = NULL;
	}
	return t->ctx;
}

/* --- why it failed ------------------------------------------------------------------------------------------------ */

/* OpenSSL has names for most of them only (RFC 8446 6, RFC 5246 7.2). */
static const char *alert_name(int alert)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{ 0, "close_notify" }, { 10, "unexpected_message" }, { 20, "bad_record_mac" },
		{ 21, "decryption_failed" }, { 22, "record_overflow" }, { 30, "decompression_failure" },
		{ 40, "handshake_failure" }, { 41, "no_certificate" }, { 42, "bad_certificate" },
		{ 43, "unsupported_certificate" }, { 44, "certificate_revoked" }, { 45, "certificate_expired" },
		{ 46, "certificate_unknown" }, { 47, "illegal_parameter" }, { 48, "unknown_ca" },
		{ 49, "access_denied" }, { 50, "decode_error" }, { 51, "decrypt_error" },
		{ 60, "export_restriction" }, { 70, "protocol_version" }, { 71, "insufficient_security" },
		{ 80, "internal_error" }, { 86, "inappropriate_fallback" }, { 90, "user_canceled" },
		{ 100, "no_renegotiation" }, { 109, "missing_extension" }, { 110, "unsupported_extension" },
		{ 111, "certificate_unobtainable" }, { 112, "unrecognized_name" },
		{ 113, "bad_certificate_status_response" }, { 114, "bad_certificate_hash_value" },
		{ 115, "unknown_psk_identity" }, { 116, "certificate_required" }, { 120, "no_application_protocol" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].number == alert)
			return names[i].name;
	}
	return NULL;
}

void real_tls_alert_text(int alert, char *buf, size_t size)
{
	const char *name = alert_name(alert);

	if (name)
		snprintf(buf, size, "%s (%d)", name, alert);
	else
		snprintf(buf, size, "%d", alert);
}

/* Alerts by which a server says that it wants another certificate, or any. */
static bool is_about_cert(int alert)
{
	switch (alert) {
	case SSL_AD_HANDSHAKE_FAILURE:
	case SSL_AD_NO_CERTIFICATE:
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_REVOKED:
	case SSL_AD_CERTIFICATE_EXPIRED:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_UNKNOWN_CA:
	case SSL_AD_ACCESS_DENIED:
	case SSL_AD_DECRYPT_ERROR:
	case SSL_AD_CERTIFICATE_REQUIRED:
		return true;
	default:
		return false;
	}
}

static void explain_alert(const struct real_tls *t, struct why *why)
{
	char alert[64];

	real_tls_alert_text(t->info.alert_received, alert, sizeof(alert));
	if (!t->info.asked_for_cert || !is_about_cert(t->info.alert_received))
		why_add(why, "tls", "%.80s sent alert %s%s", t->name, alert, t->info.done ? " after the handshake" : "");
	else if (t->info.sent_cert)
		tls_explain_cert_refused(why, t->name, t->tls.cert.name, alert);
	else
		tls_explain_cert_alert(why, t->name, alert);
}

/* The server's first bytes are no TLS record. */
static bool is_no_tls(const struct real_tls *t)
{
	switch (ERR_GET_REASON(t->error)) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_UNEXPECTED_MESSAGE:
	case SSL_R_BAD_LENGTH:
		return !t->hello && ERR_GET_LIB(t->error) == ERR_LIB_SSL;
	default:
		return false;
	}
}

static void explain_local(const struct real_tls *t, struct why *why)
{
	const char *reason = t->error ? ERR_reason_error_string(t->error) : NULL;
	char alert[64];

	if (is_no_tls(t)) {
		tls_explain_no_tls(why, t->name);
	} else if (t->info.alert_sent >= 0) {
		real_tls_alert_text(t->info.alert_sent, alert, sizeof(alert));
		why_add(why, "tls", "the modem gave up with alert %s: %.80s", alert, reason ? reason : "no reason given");
	} else if (t->error && !t->hello && ERR_GET_REASON(t->error) != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
		why_add(why, "tls", "no ClientHello can be made: %.80s", reason ? reason : "no reason given");
	} else {
		why_add(why, "tls", "%.80s closed the connection %s", t->name,
			t->hello ? "in the middle of the handshake" : "without an answer to the ClientHello");
	}
}

static void explain_chain(const struct real_tls *t, struct why *why)
{
	char alert[64];

	for (size_t i = 0; i < t->chain_why.n; i++)
		why_add(why, t->chain_why.step[i].rule, "%s", t->chain_why.step[i].text);
	if (t->info.alert_sent < 0)
		return;
	real_tls_alert_text(t->info.alert_sent, alert, sizeof(alert));
	why_add(why, "tls", "the modem ends the handshake with alert %s", alert);
}

enum link_status real_tls_outcome(const struct real_tls *t, struct why *why)
{
	if (t->chain_status) {
		explain_chain(t, why);
		return t->chain_status;
	}
	if (t->info.alert_received >= 0) {
		explain_alert(t, why);
		return t->info.done ? LINK_PEER_CLOSED : LINK_TLS_FAILED;
	}
	if (t->info.done)
		return LINK_OK;
	explain_local(t, why);
	return LINK_TLS_FAILED;
}

/* A refusal of the ClientHello, of which only the server knows the reason. */
static bool worth_asking(const struct real_tls *t)
{
	if (t->chain_status || t->info.done || is_no_tls(t))
		return false;
	return !t->info.asked_for_cert || t->info.alert_received < 0;
}

static void tell(struct real_tls *t)
{
	const struct why why = t->why;

	t->func(t->status, &why, t->func_ctx);
}

static void on_timer(void *ctx)
{
	tell(ctx);
}

/* The policy of the modelled world judges the server as it was found to be, and finds the words. */
static void on_measured(const struct host *measured, void *ctx)
{
	struct real_tls *t = ctx;
	struct tls_result r;
	size_t before = t->why.n;

	t->probe = NULL;
	if (measured)
		tls_negotiate(suites_ready(t->link->o.world->suites), &t->tls, measured, t->name, &r, &t->why);
	else if (t->info.alert_received < 0)
		tls_explain_no_tls(&t->why, t->name);
	else
		why_add(&t->why, "tls", "asked again, %.80s takes no ClientHello at all", t->name);
	if (t->why.n == before)
		why_add(&t->why, "tls", "asked again, %.80s takes what the modem offers", t->name);
	tell(t);
}

void real_tls_judge(struct real_tls *t, const char *address, uint16_t port, real_tls_func_t func, void *ctx)
{
	t->func = func;
	t->func_ctx = ctx;
	why_reset(&t->why);
	t->status = real_tls_outcome(t, &t->why);
	if (t->status == LINK_OK)
		t->status = LINK_TLS_FAILED; /* its owner saw it fail */
	timer_init(&t->timer, on_timer, t);
	if (worth_asking(t))
		t->probe = real_probe_start(t->link, &t->tls, t->name, address, port, on_measured, t);
	if (!t->probe)
		clock_arm(t->link->o.clock, &t->timer, 0);
}

void real_tls_free(struct real_tls *t)
{
	if (!t)
		return;
	real_probe_cancel(t->probe);
	timer_cancel(&t->timer);
	SSL_CTX_free(t->ctx);
	free_file(&t->tls.ca);
	free_file(&t->tls.cert);
	free_file(&t->tls.key);
	free_const(t->tls.ciphers);
	free_const(t->tls.key_password);
	free(t->name);
	free(t);
}
