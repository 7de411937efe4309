/* Sockets for hosts that are not on a serial line. Moves bytes; a client's coming and leaving are port events. */
#include "io/port_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

enum { READ_BYTES = 4096 };

struct stream {
	struct port port;
	struct loop *loop;
	char name[160];
	char *unlink_path;
	int listener, client;		/* client: -1 none */
	uv_poll_t *listen_poll, *client_poll;
	int client_events;
	bool paused, want_write, dead;
};

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_un un;
};

static struct stream *stream_of(struct port *port)
{
	return (struct stream *)port;
}

static void on_client(uv_poll_t *h, int status, int events);
static void on_listener(uv_poll_t *h, int status, int events);

static void on_closed(uv_handle_t *h)
{
	free(h);
}

/* Handles live on their own, so that a port may be freed from inside their callbacks. */
static uv_poll_t *poll_new(struct stream *s, int fd)
{
	uv_poll_t *poll = calloc(1, sizeof(*poll));

	if (!poll)
		return NULL;
	if (uv_poll_init(loop_uv(s->loop), poll, fd)) {
		free(poll);
		return NULL;
	}
	poll->data = s;
	return poll;
}

static void poll_free(uv_poll_t *poll)
{
	if (!poll)
		return;
	poll->data = NULL;
	uv_poll_stop(poll);
	uv_close((uv_handle_t *)poll, on_closed);
}

static void tell(struct stream *s, enum port_event ev)
{
	if (s->port.event)
		s->port.event(ev, s->port.ctx);
}

static void client_update(struct stream *s)
{
	int events = (s->port.rx && !s->paused ? UV_READABLE : 0) | (s->want_write ? UV_WRITABLE : 0);

	if (!s->client_poll || events == s->client_events)
		return;
	s->client_events = events;
	if (events)
		uv_poll_start(s->client_poll, events, on_client);
	else
		uv_poll_stop(s->client_poll);
}

static void client_close(struct stream *s)
{
	poll_free(s->client_poll);
	close(s->client);
	s->client_poll = NULL;
	s->client = -1;
	s->port.away = true;
	s->want_write = false;
	s->client_events = 0;
}

static void client_left(struct stream *s)
{
	bool blocked = s->want_write;

	client_close(s);
	uv_poll_start(s->listen_poll, UV_READABLE, on_listener);
	if (blocked)
		tell(s, PORT_EVENT_WRITABLE);	/* into the void from here on */
	tell(s, PORT_EVENT_CLOSED);
}

static void on_client(uv_poll_t *h, int status, int events)
{
	struct stream *s = h->data;
	char buf[READ_BYTES];
	ssize_t n;

	if (status == 0 && (events & UV_WRITABLE)) {
		s->want_write = false;
		client_update(s);
		tell(s, PORT_EVENT_WRITABLE);
	}
	if (h->data != s || s->paused || !(events & UV_READABLE || status))
		return;
	n = recv(s->client, buf, sizeof(buf), 0);
	if (n > 0)
		s->port.rx(buf, (size_t)n, s->port.ctx);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		client_left(s);
}

static void on_listener(uv_poll_t *h, int status, int events)
{
	struct stream *s = h->data;
	int one = 1, fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)status;
	(void)events;
	if (fd < 0)
		return;
	s->client_poll = poll_new(s, fd);
	if (!s->client_poll) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));	/* no effect on unix sockets */
	s->client = fd;
	s->port.away = false;
	uv_poll_stop(s->listen_poll);
	client_update(s);
	tell(s, PORT_EVENT_OPENED);
}

static long stream_write(struct port *port, const void *p, size_t n)
{
	struct stream *s = stream_of(port);
	ssize_t done;

	if (s->client < 0)
		return (long)n;
	done = send(s->client, p, n, MSG_NOSIGNAL);
	if (done < 0 && errno != EAGAIN && errno != EINTR)
		return (long)n;		/* it has left; reading will say so */
	if (done < 0)
		done = 0;
	if ((size_t)done < n) {
		s->want_write = true;
		client_update(s);
	}
	return done;
}

static void stream_pause(struct port *port, bool paused)
{
	stream_of(port)->paused = paused;
	client_update(stream_of(port));
}

/* Sent is sent. */
static void stream_flush(struct port *port)
{
	(void)port;
}

static long stream_peer_baud(struct port *port)
{
	(void)port;
	return 0;
}

static void stream_owned(struct port *port)
{
	client_update(stream_of(port));
}

static void stream_free(struct port *port)
{
	struct stream *s = stream_of(port);

	if (s->client >= 0)
		client_close(s);
	poll_free(s->listen_poll);
	if (s->listener >= 0)
		close(s->listener);
	if (s->unlink_path)
		unlink(s->unlink_path);
	free(s->unlink_path);
	free(s);
}

static const struct port_ops stream_ops = {
	.write = stream_write, .pause = stream_pause, .flush = stream_flush, .peer_baud = stream_peer_baud,
	.free = stream_free, .owned = stream_owned,
};

/* "127.0.0.1:7600" or "localhost:0"; only loopback, since whoever connects has the modem. */
static int parse_tcp(const char *text, union address *a, struct err *e)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	long long port;

	if (!colon || (size_t)(colon - text) >= sizeof(host) || str_to_num(colon + 1, strlen(colon + 1), 0, 65535, &port))
		return err_set(e, -EINVAL, "tcp:%s: expected tcp:127.0.0.1:PORT", text);
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	a->in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	if (strcmp(host, "localhost") == 0)
		a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (inet_pton(AF_INET, host, &a->in.sin_addr) != 1)
		return err_set(e, -EINVAL, "tcp:%s: not an IPv4 address", text);
	if (ntohl(a->in.sin_addr.s_addr) >> 24 != 127)
		return err_set(e, -EACCES, "tcp:%s: only loopback addresses are served", text);
	return 0;
}

static int parse_unix(const char *name, bool abstract, union address *a, socklen_t *len, struct err *e)
{
	size_t n = strlen(name), from = abstract ? 1 : 0;

	if (!n || n + 1 > sizeof(a->un.sun_path))
		return err_set(e, -ENAMETOOLONG, "socket name '%s' is empty or longer than %zu", name,
			       sizeof(a->un.sun_path) - 1);
	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	memcpy(a->un.sun_path + from, name, n);
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
	return 0;
}

static int parse(const char *text, union address *a, socklen_t *len, struct err *e)
{
	*len = sizeof(a->in);
	if (strncmp(text, "tcp:", 4) == 0)
		return parse_tcp(text + 4, a, e);
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text + 5, false, a, len, e);
	if (strncmp(text, "abstract:", 9) == 0)
		return parse_unix(text + 9, true, a, len, e);
	return err_set(e, -EINVAL, "%s: expected tcp:127.0.0.1:PORT, unix:PATH or abstract:NAME", text);
}

/* A socket file that nobody serves any more is in the way; one that is served, or a file, is not ours to remove. */
static void remove_stale(const union address *a, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, &a->any, len) && errno == ECONNREFUSED)
		unlink(a->un.sun_path);
	if (fd >= 0)
		close(fd);
}

static int open_listener(struct stream *s, const char *address, struct err *e)
{
	union address a;
	socklen_t len;
	int one = 1, err = parse(address, &a, &len, e);

	if (err)
		return err;
	s->listener = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->listener < 0)
		return err_set(e, -errno, "%s: %s", address, strerror(errno));
	if (a.any.sa_family == AF_UNIX && a.un.sun_path[0])
		remove_stale(&a, len);
	setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s->listener, &a.any, len) || listen(s->listener, 8))
		return err_set(e, -errno, "%s: %s", address, strerror(errno));
	str_copy(s->name, sizeof(s->name), address);
	if (a.any.sa_family == AF_INET && getsockname(s->listener, &a.any, &len) == 0)
		snprintf(s->name, sizeof(s->name), "tcp:%s:%d", inet_ntoa(a.in.sin_addr), ntohs(a.in.sin_port));
	else if (a.un.sun_path[0])
		s->unlink_path = strdup(a.un.sun_path);
	return 0;
}

struct port *port_stream_new(struct loop *loop, const char *address, struct err *e)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	s->port.ops = &stream_ops;
	s->port.away = true;
	s->loop = loop;
	s->listener = s->client = -1;
	if (open_listener(s, address, e))
		goto fail;
	s->listen_poll = poll_new(s, s->listener);
	if (!s->listen_poll) {
		err_set(e, -ENOMEM, "out of memory");
		goto fail;
	}
	uv_poll_start(s->listen_poll, UV_READABLE, on_listener);
	return &s->port;
fail:
	stream_free(&s->port);
	return NULL;
}

const char *port_stream_name(const struct port *port)
{
	return ((const struct stream *)port)->name;
}
