/* socket(), connect(), bind(), and libuv's poll handles, in the few forms that streams need. */
#include "link/real_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/loop.h"

bool real_address_set(struct real_address *a, const char *text, uint16_t port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->sa.four.sin_addr) == 1) {
		a->sa.four.sin_family = AF_INET;
		a->sa.four.sin_port = htons(port);
		a->len = sizeof(a->sa.four);
		return true;
	}
	if (inet_pton(AF_INET6, text, &a->sa.six.sin6_addr) != 1)
		return false;
	a->sa.six.sin6_family = AF_INET6;
	a->sa.six.sin6_port = htons(port);
	a->len = sizeof(a->sa.six);
	return true;
}

void real_address_text(const struct real_address *a, char *text, uint16_t *port)
{
	bool four = a->sa.any.sa_family == AF_INET;
	const void *addr = four ? (const void *)&a->sa.four.sin_addr : (const void *)&a->sa.six.sin6_addr;

	text[0] = '\0';
	inet_ntop(a->sa.any.sa_family, addr, text, LINK_STREAM_ADDRESS_SIZE);
	*port = ntohs(four ? a->sa.four.sin_port : a->sa.six.sin6_port);
}

static int fail(int fd, int error)
{
	close(fd);
	return -error;
}

int real_socket_connect(const struct real_address *a, uint16_t local_port)
{
	struct real_address from = { .sa.any.sa_family = a->sa.any.sa_family, .len = a->len };
	int fd = socket(a->sa.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return -errno;
	/* The port stands at one place for both families. A taken one is no reason not to connect. */
	from.sa.four.sin_port = htons(local_port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (local_port && bind(fd, &from.sa.any, from.len))
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 0 }, sizeof(int));
	if (connect(fd, &a->sa.any, a->len) && errno != EINPROGRESS)
		return fail(fd, errno);
	return fd;
}

int real_socket_bind(const struct link *l, int type, uint16_t wanted, uint16_t *port)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
	struct real_address a;

	if (fd < 0)
		return -errno;
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	real_address_set(&a, l->o.allow_network ? "0.0.0.0" : "127.0.0.1", wanted);
	if (bind(fd, &a.sa.any, a.len)) {
		a.sa.four.sin_port = 0;
		if (bind(fd, &a.sa.any, a.len))
			return fail(fd, errno);
	}
	/* Of two that listen on one port by SO_REUSEADDR the second fails here. */
	if (type == SOCK_STREAM && listen(fd, SOMAXCONN)) {
		close(fd);
		return wanted ? real_socket_bind(l, type, 0, port) : -EADDRINUSE;
	}
	if (getsockname(fd, &a.sa.any, &a.len))
		return fail(fd, errno);
	*port = ntohs(a.sa.four.sin_port);
	return fd;
}

int real_socket_error(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) ? errno : error;
}

enum link_status real_socket_status(int error)
{
	switch (error) {
	case ETIMEDOUT:
		return LINK_TIMEOUT;
	case ECONNRESET:
	case EPIPE:
		return LINK_RESET;
	default:
		return LINK_REFUSED;
	}
}

static void on_closed(uv_handle_t *h)
{
	free(h);
}

uv_poll_t *real_poll_new(const struct link *l, int fd, void *data)
{
	uv_poll_t *poll = malloc(sizeof(*poll));

	if (!poll)
		return NULL;
	if (uv_poll_init(loop_uv(l->o.loop), poll, fd)) {
		free(poll);
		return NULL;
	}
	poll->data = data;
	return poll;
}

void real_poll_free(uv_poll_t *poll)
{
	if (!poll)
		return;
	poll->data = NULL;
	uv_poll_stop(poll);
	uv_close((uv_handle_t *)poll, on_closed);
}
