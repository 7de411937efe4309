/*
 * TLS of the real world, for MQTT, sockets and libcurl alike: one place makes an SSL_CTX of what the modem does
 * (struct link_tls), watches the handshake, and says in the words of the modelled world why it failed.
 *
 *	status = real_tls_new(l, setup->tls, host, &t, &why);	// LINK_TLS_OPEN: the modem's own files
 *	ssl = SSL_new(real_tls_ctx(t));				// or real_tls_shape(t, ctx) for a context of curl's
 *	... handshake ...
 *	real_tls_info(t)->cipher				// when it went well
 *	real_tls_judge(t, address, port, func, ctx);		// when it did not
 *
 * The time limit of a handshake (negotiate_us) is its owner's business.
 */
#ifndef LINK_REAL_TLS_H
#define LINK_REAL_TLS_H

#include <openssl/ssl.h>

#include "link/link.h"

/* One TLS client of the modem; may make several connections to one host, one after the other. */
struct real_tls;

/*
 * For connections to name (SNI, host name check). Copies all of tls. LINK_OK and *out, or LINK_TLS_OPEN (the modem's
 * files cannot be used) or LINK_TLS_FAILED (out of memory) with the reason in why and *out NULL.
 */
enum link_status real_tls_new(struct link *l, const struct link_tls *tls, const char *name, struct real_tls **out,
			      struct why *why);

/* What it was made of: its own copy. */
const struct link_tls *real_tls_wish(const struct real_tls *t);

/* Frees its context and forgets a judgement under way. Every SSL made of it must be gone. NULL is fine. */
void real_tls_free(struct real_tls *t);

/*
 * Makes ctx do what the modem does: versions, suites, server name (by info callback, so that it does not matter who
 * makes the SSL and what it sets), files, verification against the modem's clock, profile limits. Takes ctx's app data,
 * info, message and verify callbacks. 0 or -ENOMEM; ctx must not outlive t.
 */
int real_tls_shape(struct real_tls *t, SSL_CTX *ctx);

/* A context of its own, shaped; borrowed. NULL: out of memory. */
SSL_CTX *real_tls_ctx(struct real_tls *t);

/* What has happened on the latest connection. */
struct real_tls_info {
	bool started;			/* a ClientHello was made */
	bool done;			/* the handshake is through as the client sees it */
	bool asked_for_cert, sent_cert; /* CertificateRequest, and its answer was not empty */
	const char *sni;		/* the name sent or about to be, NULL: none */
	const char *version, *cipher;	/* "1.2", "ECDHE-RSA-AES128-GCM-SHA256"; NULL before ServerHello */
	int alert_sent, alert_received;	/* fatal alerts by number, -1: none */
	SSL *ssl;			/* the connection; its maker knows how long it lives */
};

const struct real_tls_info *real_tls_info(const struct real_tls *t);

/*
 * What is known of a failure without asking anybody: LINK_TLS_FAILED or LINK_TLS_UNTRUSTED with the true cause in why,
 * or LINK_OK: nothing in TLS speaks against this connection. After the handshake (TLS 1.3: the server has judged the
 * client's certificate by then, and later) an alert is LINK_PEER_CLOSED.
 */
enum link_status real_tls_outcome(const struct real_tls *t, struct why *why);

/* status is never LINK_OK. why is borrowed. t may be freed from inside. */
typedef void (*real_tls_func_t)(enum link_status status, const struct why *why, void *ctx);

/*
 * The same of a handshake that failed with address:port, and where the server refused without saying what it would
 * take, it is asked: a few more handshakes, at most a second each, in a thread of libuv. func is called once, from the
 * clock or the loop and never from inside this call. One judgement at a time.
 */
void real_tls_judge(struct real_tls *t, const char *address, uint16_t port, real_tls_func_t func, void *ctx);

/* "handshake_failure (40)"; an alert's name in RFC 5246 and 8446 and its number. */
void real_tls_alert_text(int alert, char *buf, size_t size);

#endif
