/* A TLS server in its own thread on a free loopback port, as well or badly mannered as a test wants it. */
#ifndef TESTS_TEST_REAL_SERVER_H
#define TESTS_TEST_REAL_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/test_real_certs.h"

enum server_manner {
	SERVER_TLS,	/* then waits until the client closes */
	SERVER_HTTP,	/* answers whatever comes in plain text */
	SERVER_CLOSE,	/* closes when the ClientHello is there */
	SERVER_RESET,	/* resets then */
	SERVER_MUTE,	/* never answers */
	SERVER_HANG_UP, /* closes when TLS is up and the client has said something */
	SERVER_MQTT,	/* answers CONNECT and PINGREQ */
	SERVER_HALF,	/* resets when its first answer is out */
};

struct server {
	/* set before server_start() */
	enum server_manner manner;
	int min, max; /* TLS1_2_VERSION ...; 0: what OpenSSL has */
	const char *ciphers, *suites13;
	X509 *leaf, *second; /* second: of the other key type */
	EVP_PKEY *key, *second_key;
	X509 *mid;	 /* sent along unless NULL */
	X509 *client_ca; /* a certificate of it is demanded */
	bool cert_optional; /* it is asked for only; who has none is closed on behind the handshake */
	bool needs_sni;
	int connack, connack_without_sni;
	/* of the thread */
	SSL_CTX *ctx;
	int listener;
	uint16_t port;
	pthread_t thread;
	atomic_uint connections;
	char sni[64]; /* of the last ClientHello, "" without */
};

static inline int server_on_name(SSL *ssl, int *alert, void *arg)
{
	struct server *s = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	snprintf(s->sni, sizeof(s->sni), "%s", name ? name : "");
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return s->needs_sni && !name ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK;
}

/* Packets of a client that says little come in one record each. */
static inline void server_speak_mqtt(struct server *s, SSL *ssl)
{
	char buf[4096], connack[4] = { 0x20, 2, 0, 0 };

	if (SSL_read(ssl, buf, sizeof(buf)) <= 0 || (buf[0] & 0xf0) != 0x10)
		return;
	connack[3] = (char)(*s->sni ? s->connack : s->connack_without_sni);
	SSL_write(ssl, connack, sizeof(connack));
	while (!connack[3] && SSL_read(ssl, buf, sizeof(buf)) > 0) {
		if ((buf[0] & 0xf0) == 0xc0)
			SSL_write(ssl, "\xd0", 2);
	}
}

/* Answers the ClientHello, which must come in one piece, and no more. */
static inline void server_speak_half(SSL *ssl, int fd)
{
	const struct linger hard = { .l_onoff = 1 };
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	char buf[4096], *data;
	ssize_t n = recv(fd, buf, sizeof(buf), 0);
	long len;

	SSL_set_bio(ssl, in, out);
	BIO_write(in, buf, n > 0 ? (int)n : 0);
	SSL_accept(ssl);
	len = BIO_get_mem_data(out, &data);
	if (send(fd, data, (size_t)len, MSG_NOSIGNAL) > 0)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	SSL_free(ssl);
	ERR_clear_error();
}

static inline void server_speak_tls(struct server *s, int fd)
{
	SSL *ssl = SSL_new(s->ctx);
	char buf[256];
	bool up;

	if (s->manner == SERVER_HALF) {
		server_speak_half(ssl, fd);
		return;
	}
	SSL_set_fd(ssl, fd);
	up = SSL_accept(ssl) == 1;
	if (up && s->cert_optional && !SSL_get0_peer_certificate(ssl)) {
		SSL_shutdown(ssl);
	} else if (up && s->manner == SERVER_MQTT) {
		server_speak_mqtt(s, ssl);
		SSL_shutdown(ssl);
	} else if (up && s->manner == SERVER_TLS) {
		while (SSL_read(ssl, buf, sizeof(buf)) > 0)
			;
	} else if (up && s->manner == SERVER_HANG_UP) {
		SSL_read(ssl, buf, sizeof(buf));
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	ERR_clear_error();
}

static inline void server_serve(struct server *s, int fd)
{
	static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	const struct linger hard = { .l_onoff = 1 };
	char buf[4096];

	if (s->ctx && (s->manner == SERVER_TLS || s->manner >= SERVER_HANG_UP)) {
		server_speak_tls(s, fd);
		return;
	}
	if (recv(fd, buf, sizeof(buf), 0) <= 0)
		return;
	if (s->manner == SERVER_HTTP && send(fd, http, sizeof(http) - 1, MSG_NOSIGNAL) < 0)
		return;
	if (s->manner == SERVER_RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	while (s->manner == SERVER_MUTE && recv(fd, buf, sizeof(buf), 0) > 0)
		;
}

static inline void *server_thread(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		atomic_fetch_add(&s->connections, 1);
		server_serve(s, fd);
		close(fd);
	}
	return NULL;
}

static inline SSL_CTX *server_ctx(struct server *s)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_min_proto_version(ctx, s->min ? s->min : TLS1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, s->max);
	ck_assert(SSL_CTX_set_cipher_list(ctx, s->ciphers ? s->ciphers : "DEFAULT:@SECLEVEL=0"));
	ck_assert(!s->suites13 || SSL_CTX_set_ciphersuites(ctx, s->suites13));
	ck_assert(SSL_CTX_use_certificate(ctx, s->leaf));
	ck_assert(SSL_CTX_use_PrivateKey(ctx, s->key));
	if (s->mid)
		SSL_CTX_add1_chain_cert(ctx, s->mid);
	if (s->second) {
		ck_assert(SSL_CTX_use_certificate(ctx, s->second));
		ck_assert(SSL_CTX_use_PrivateKey(ctx, s->second_key));
		if (s->mid)
			SSL_CTX_add1_chain_cert(ctx, s->mid);
	}
	if (s->client_ca) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), s->client_ca);
		X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_NO_CHECK_TIME);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (s->cert_optional ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT), NULL);
	}
	SSL_CTX_set_tlsext_servername_callback(ctx, server_on_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, s);
	return ctx;
}

static inline void server_start(struct server *s)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(addr);

	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(s->listener, (struct sockaddr *)&addr, n), 0);
	ck_assert_int_eq(listen(s->listener, 16), 0);
	ck_assert_int_eq(getsockname(s->listener, (struct sockaddr *)&addr, &n), 0);
	s->port = ntohs(addr.sin_port);
	s->ctx = s->leaf ? server_ctx(s) : NULL;
	ck_assert_int_eq(pthread_create(&s->thread, NULL, server_thread, s), 0);
}

/* The clients must be gone by now. */
static inline void server_stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
	SSL_CTX_free(s->ctx);
}

#endif
