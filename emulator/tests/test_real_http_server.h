/*
 * A web server in its own thread on a free loopback port, for what nginx does not do on request: answers by path, each
 * with its own way to go wrong. One connection after the other.
 */
#ifndef TESTS_TEST_REAL_HTTP_SERVER_H
#define TESTS_TEST_REAL_HTTP_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/buf.h"

struct web {
	SSL_CTX *tls; /* NULL: plain */
	int listener, fd;
	SSL *ssl;
	uint16_t port;
	pthread_t thread;
	atomic_uint connections;
	atomic_ullong sent; /* bytes of bodies the client's socket has taken */
	pthread_mutex_t lock;
	struct buf log; /* requests as they came, one behind the other */
};

static inline bool web_write(struct web *w, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		long k = w->ssl ? SSL_write(w->ssl, p, (int)n) : send(w->fd, p, n, MSG_NOSIGNAL);

		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

static inline bool web_say(struct web *w, const char *text)
{
	return web_write(w, text, strlen(text));
}

static inline long web_read(struct web *w, char *buf, size_t n)
{
	return w->ssl ? SSL_read(w->ssl, buf, (int)n) : recv(w->fd, buf, n, 0);
}

/* A request with its body, by Content-Length. false: the client has gone. */
static inline bool web_request(struct web *w, struct buf *q)
{
	size_t want = SIZE_MAX;
	char buf[4096];

	buf_reset(q);
	while (q->len < want) {
		long n = web_read(w, buf, want - q->len < sizeof(buf) ? want - q->len : sizeof(buf));
		const char *end, *length;

		if (n <= 0)
			return false;
		buf_add(q, buf, (size_t)n);
		if (q->data[0] == 0x16) /* a ClientHello */
			return web_say(w, "HTTP/1.1 400 Bad Request\r\n\r\n") && false;
		end = strstr(q->data, "\r\n\r\n");
		if (!end || want != SIZE_MAX)
			continue;
		length = strcasestr(q->data, "\r\nContent-Length: ");
		want = (size_t)(end - q->data) + 4 + (length ? (size_t)strtoul(length + 18, NULL, 10) : 0);
	}
	pthread_mutex_lock(&w->lock);
	buf_add(&w->log, q->data, q->len);
	pthread_mutex_unlock(&w->lock);
	return true;
}

/* Byte n of the long answers. */
static inline char web_byte(unsigned long long n)
{
	return (char)(n * 31 + (n >> 8) * 7);
}

static inline bool web_pattern(struct web *w, unsigned long long n)
{
	char block[8192];

	for (unsigned long long at = 0; at < n; at += sizeof(block)) {
		size_t k = n - at < sizeof(block) ? (size_t)(n - at) : sizeof(block);

		for (size_t i = 0; i < k; i++)
			block[i] = web_byte(at + i);
		if (!web_write(w, block, k))
			return false;
		atomic_fetch_add(&w->sent, k);
	}
	return true;
}

static inline void web_reset(struct web *w)
{
	const struct linger hard = { .l_onoff = 1 };

	setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

/* Answers by path. false: the connection ends. */
static inline bool web_answer(struct web *w, const struct buf *q)
{
	const char *path = strchr(q->data, ' ') + 1, *body = strstr(q->data, "\r\n\r\n") + 4;
	char head[256];

#define IS(text) !strncmp(path, text " ", sizeof(text))
	if (IS("/hello"))
		return web_say(w, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\n") &&
		       (!strncmp(q->data, "HEAD", 4) || web_say(w, "Hello"));
	if (IS("/echo")) {
		size_t n = q->len - (size_t)(body - q->data);

		snprintf(head, sizeof(head), "HTTP/1.1 201 Created\r\nContent-Length: %zu\r\n\r\n", n);
		return web_say(w, head) && web_write(w, body, n);
	}
	if (IS("/big")) {
		snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", 10u << 20);
		return web_say(w, head) && web_pattern(w, 10u << 20);
	}
	if (IS("/chunked"))
		return web_say(w, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
				  "5\r\nchunk\r\n3\r\ned!\r\n0\r\nX-Late: 1\r\n\r\n");
	if (IS("/moved"))
		return web_say(w, "HTTP/1.1 302 Found\r\nLocation: /hello\r\nContent-Length: 0\r\n\r\n");
	if (IS("/close")) {
		web_say(w, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbye");
		return false;
	}
	if (IS("/endless")) {
		web_say(w, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
		return false;
	}
	if (IS("/cut")) {
		web_say(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
		return false;
	}
	if (IS("/garbage")) {
		web_say(w, "SSH-2.0-nothing\r\n");
		return false;
	}
	if (IS("/stall")) {
		char c;

		web_say(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
		return web_read(w, &c, 1) > 0;
	}
	if (IS("/mute")) {
		char c;

		return web_read(w, &c, 1) > 0;
	}
	if (IS("/reset"))
		web_reset(w);
#undef IS
	return false;	/* "/none" and all others: closes without an answer */
}

static inline void web_serve(struct web *w)
{
	struct buf q;

	buf_init(&q, 1 << 20);
	if (w->tls) {
		w->ssl = SSL_new(w->tls);
		SSL_set_fd(w->ssl, w->fd);
	}
	if (!w->ssl || SSL_accept(w->ssl) == 1) {
		while (web_request(w, &q) && web_answer(w, &q))
			;
		if (w->ssl)
			SSL_shutdown(w->ssl);
	}
	SSL_free(w->ssl);
	w->ssl = NULL;
	ERR_clear_error();
	buf_free(&q);
}

static inline void *web_thread(void *arg)
{
	struct web *w = arg;

	while ((w->fd = accept(w->listener, NULL, NULL)) >= 0) {
		atomic_fetch_add(&w->connections, 1);
		web_serve(w);
		close(w->fd);
	}
	return NULL;
}

static inline void web_start(struct web *w, SSL_CTX *tls)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(addr);

	memset(w, 0, sizeof(*w));
	w->tls = tls;
	buf_init(&w->log, 1 << 20);
	pthread_mutex_init(&w->lock, NULL);
	w->listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(w->listener, (struct sockaddr *)&addr, n), 0);
	ck_assert_int_eq(listen(w->listener, 16), 0);
	ck_assert_int_eq(getsockname(w->listener, (struct sockaddr *)&addr, &n), 0);
	w->port = ntohs(addr.sin_port);
	ck_assert_int_eq(pthread_create(&w->thread, NULL, web_thread, w), 0);
}

/* Its clients must be gone by now. */
static inline void web_stop(struct web *w)
{
	shutdown(w->listener, SHUT_RDWR);
	pthread_join(w->thread, NULL);
	close(w->listener);
	SSL_CTX_free(w->tls);
	buf_free(&w->log);
	pthread_mutex_destroy(&w->lock);
}

#endif
