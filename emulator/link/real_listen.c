/* A port of this machine that stands for one the modem listens on. On loopback, unless the link may use the network. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link/real_socket.h"
#include "link/real_stream.h"

struct real_listen {
	struct link_stream base;
	uv_poll_t *poll;
	int fd;
	uint16_t local_port, here;
	struct timer timer; /* OPENED, then the loss of the network */
	bool dead;
	enum link_status status;
	struct why why;
};

static void drop(struct real_listen *n)
{
	real_poll_free(n->poll);
	n->poll = NULL;
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

static void on_timer(void *ctx)
{
	struct real_listen *n = ctx;
	const struct why why = n->why;
	const struct link_stream_event ev = {
		.type = n->dead ? LINK_STREAM_CLOSED : LINK_STREAM_OPENED, .status = n->status,
		.why = n->status ? &why : NULL,
	};

	n->dead |= n->status != LINK_OK;
	n->base.func(&ev, n->base.ctx);
}

static void network_lost(struct link_session *session)
{
	struct real_listen *n = (struct real_listen *)session;

	if (n->dead)
		return;
	drop(n);
	n->dead = true;
	n->status = LINK_NO_NETWORK;
	why_add(&n->why, "net", "the bearer went down");
	clock_arm(n->base.link->o.clock, &n->timer, 0);
}

/* One a round: the owner may close this from inside. */
static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct real_listen *n = poll->data;
	struct link_stream_event ev = { .type = LINK_STREAM_ACCEPTED };
	struct link_stream_info info = { .sent = 0 };
	struct real_stream *s;
	int fd;

	(void)status;
	(void)events;
	fd = n ? accept4(n->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1;
	if (fd < 0)
		return;
	s = real_stream_accepted(n->base.link, fd, n->local_port);
	if (!s)
		return;
	s->base.ops->info(&s->base, &info);
	ev.accepted = &s->base;
	ev.from = info.peer;
	ev.from_port = info.peer_port;
	n->base.func(&ev, n->base.ctx);
}

static long listen_send(struct link_stream *base, const void *data, size_t len)
{
	(void)base;
	(void)data;
	(void)len;
	return -ENOTCONN;
}

static int listen_send_to(struct link_stream *base, const struct route *r, uint16_t port, const void *data, size_t len)
{
	(void)base;
	(void)r;
	(void)port;
	(void)data;
	(void)len;
	return -ENOTCONN;
}

/* Who connects meanwhile waits in the kernel. */
static void listen_pause(struct link_stream *base, bool paused)
{
	struct real_listen *n = (struct real_listen *)base;

	if (n->poll && paused)
		uv_poll_stop(n->poll);
	else if (n->poll)
		uv_poll_start(n->poll, UV_READABLE, on_poll);
}

static void listen_owned(struct link_stream *base)
{
	(void)base;
}

static void listen_info(const struct link_stream *base, struct link_stream_info *out)
{
	const struct real_listen *n = (const struct real_listen *)base;

	out->local_port = n->local_port;
	out->here = n->here;
}

static void listen_close(struct link_stream *base)
{
	struct real_listen *n = (struct real_listen *)base;

	drop(n);
	timer_cancel(&n->timer);
	link_session_close(base->link, &base->session);
	free(n);
}

struct link_stream *real_listen_open(struct link *l, uint16_t local_port, link_stream_func_t func, void *ctx)
{
	static const struct link_stream_ops ops = {
		.send = listen_send, .send_to = listen_send_to, .pause = listen_pause, .owned = listen_owned,
		.info = listen_info, .close = listen_close,
	};
	struct real_listen *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->base = (struct link_stream){ .link = l, .ops = &ops, .func = func, .ctx = ctx };
	n->local_port = local_port;
	timer_init(&n->timer, on_timer, n);
	link_session_open(l, &n->base.session, network_lost);
	n->fd = real_socket_bind(l, SOCK_STREAM, local_port, &n->here);
	if (n->fd >= 0)
		n->poll = real_poll_new(l, n->fd, n);
	if (!n->poll) {
		n->status = LINK_REFUSED;
		why_add(&n->why, "tcp", "no socket: %s", strerror(n->fd < 0 ? -n->fd : ENOMEM));
	}
	listen_pause(&n->base, false);
	clock_arm(l->o.clock, &n->timer, 0);
	return &n->base;
}
