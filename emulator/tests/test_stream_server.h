/*
 * Servers of the loopback for tests of real streams, each in its own thread on a free port, one connection after the other.
 * Services and limits mean what they mean in a world file.
 */
#ifndef TESTS_TEST_STREAM_SERVER_H
#define TESTS_TEST_STREAM_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

enum stream_service { SERVE_ECHO, SERVE_DISCARD, SERVE_MUTE, SERVE_SHUT, SERVE_RESET, SERVE_NOTHING };

struct stream_server {
	/* set before stream_server_start() */
	enum stream_service service;
	const char *greeting;
	size_t close_after, reset_after;
	SSL_CTX *ctx; /* NULL: plain; borrowed */
	int type;     /* SOCK_DGRAM, or 0 */
	/* of the thread */
	int fd;
	uint16_t port;
	pthread_t thread;
	atomic_int connection; /* -1: none */
	atomic_size_t received;
};

static inline long stream_server_read(int fd, SSL *ssl, char *data, size_t len)
{
	return ssl ? SSL_read(ssl, data, (int)len) : recv(fd, data, len, 0);
}

static inline bool stream_server_write(int fd, SSL *ssl, const char *data, size_t len)
{
	while (len) {
		long n = ssl ? SSL_write(ssl, data, (int)len) : send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Until the client leaves; what it sends stays in the socket. */
static inline void stream_server_ignore(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	poll(&p, 1, -1);
}

static inline void stream_server_reset(int fd)
{
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
}

static inline void stream_server_talk(struct stream_server *s, int fd, SSL *ssl)
{
	char data[65536];
	size_t total = 0;
	long n;

	if (s->greeting)
		stream_server_write(fd, ssl, s->greeting, strlen(s->greeting));
	while ((n = stream_server_read(fd, ssl, data, sizeof(data))) > 0) {
		atomic_fetch_add(&s->received, (size_t)n);
		total += (size_t)n;
		if (s->service == SERVE_ECHO && !stream_server_write(fd, ssl, data, (size_t)n))
			return;
		if (s->reset_after && total >= s->reset_after)
			stream_server_reset(fd);
		if ((s->reset_after && total >= s->reset_after) || (s->close_after && total >= s->close_after))
			return;
	}
}

static inline void stream_server_serve(struct stream_server *s, int fd)
{
	SSL *ssl = s->ctx ? SSL_new(s->ctx) : NULL;

	if (ssl) {
		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) != 1)
			goto out;
	}
	if (s->service == SERVE_MUTE)
		stream_server_ignore(fd);
	else if (s->service == SERVE_RESET)
		stream_server_reset(fd);
	else if (s->service != SERVE_SHUT)
		stream_server_talk(s, fd, ssl);
	if (ssl && !s->reset_after)
		SSL_shutdown(ssl);
out:
	SSL_free(ssl);
	ERR_clear_error();
}

static inline void stream_server_datagrams(struct stream_server *s)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char data[65536];
	ssize_t n;

	while ((n = recvfrom(s->fd, data, sizeof(data), 0, (struct sockaddr *)&from, &len)) >= 0) {
		if (n == 4 && !memcmp(data, "stop", 4))
			return;
		if (s->service == SERVE_ECHO)
			sendto(s->fd, data, (size_t)n, 0, (struct sockaddr *)&from, len);
	}
}

static inline void *stream_server_thread(void *arg)
{
	struct stream_server *s = arg;
	int fd;

	if (s->type == SOCK_DGRAM) {
		stream_server_datagrams(s);
		return NULL;
	}
	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		atomic_store(&s->connection, fd);
		stream_server_serve(s, fd);
		atomic_store(&s->connection, -1);
		close(fd);
	}
	return NULL;
}

/* SERVE_NOTHING keeps a port to itself where nobody listens. */
static inline void stream_server_start(struct stream_server *s)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(addr);

	atomic_store(&s->connection, -1);
	s->fd = socket(AF_INET, s->type ? s->type : SOCK_STREAM, 0);
	ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&addr, n), 0);
	ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&addr, &n), 0);
	s->port = ntohs(addr.sin_port);
	if (s->service == SERVE_NOTHING)
		return;
	ck_assert(s->type || !listen(s->fd, 16));
	ck_assert_int_eq(pthread_create(&s->thread, NULL, stream_server_thread, s), 0);
}

static inline void stream_server_stop(struct stream_server *s)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				    .sin_port = htons(s->port) };
	int connection = atomic_load(&s->connection);

	if (s->type == SOCK_DGRAM)
		sendto(s->fd, "stop", 4, 0, (struct sockaddr *)&addr, sizeof(addr));
	else
		shutdown(s->fd, SHUT_RDWR);
	if (connection >= 0)
		shutdown(connection, SHUT_RDWR);
	if (s->service != SERVE_NOTHING)
		pthread_join(s->thread, NULL);
	close(s->fd);
}

#endif
