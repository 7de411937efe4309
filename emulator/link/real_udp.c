/* Datagrams of this machine. A name is looked up when the first datagram goes there, which waits as long. IPv4 only. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/str.h"
#include "link/names.h"
#include "link/real_lookup.h"
#include "link/real_socket.h"

enum { WAITING_MAX = 16, /* datagrams to names that are not known yet */
       PLACES_MAX = 64 };

struct real_udp;

struct waiting {
	TAILQ_ENTRY(waiting) entry;
	struct real_udp *u;
	struct real_lookup *lookup;
	uint16_t port;
	size_t len;
	char data[];
};

/* A host of the world is at one place for the modem and at another here. */
struct place {
	char shown[LINK_STREAM_ADDRESS_SIZE], here[LINK_STREAM_ADDRESS_SIZE];
	uint16_t shown_port, here_port;
};

struct real_udp {
	struct link_stream base;
	uv_poll_t *poll;
	int fd;
	uint16_t here;
	bool paused, dead;
	struct timer timer; /* OPENED, then the loss of the network */
	enum link_status status;
	struct why why;
	TAILQ_HEAD(, waiting) waiting;
	size_t n_waiting;
	struct place *place; /* a ring of PLACES_MAX, NULL before the first */
	size_t n_places;     /* ever made */
	uint64_t sent, received;
};

static void waiting_free(struct waiting *w)
{
	real_lookup_cancel(w->lookup);
	TAILQ_REMOVE(&w->u->waiting, w, entry);
	w->u->n_waiting--;
	free(w);
}

static void drop(struct real_udp *u)
{
	while (!TAILQ_EMPTY(&u->waiting))
		waiting_free(TAILQ_FIRST(&u->waiting));
	real_poll_free(u->poll);
	u->poll = NULL;
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

static void on_timer(void *ctx)
{
	struct real_udp *u = ctx;
	const struct why why = u->why;
	const struct link_stream_event ev = {
		.type = u->dead ? LINK_STREAM_CLOSED : LINK_STREAM_OPENED, .status = u->status,
		.why = u->status ? &why : NULL,
	};

	u->dead |= u->status != LINK_OK;
	u->base.func(&ev, u->base.ctx);
}

static void network_lost(struct link_session *session)
{
	struct real_udp *u = (struct real_udp *)session;

	if (u->dead)
		return;
	drop(u);
	u->dead = true;
	u->status = LINK_NO_NETWORK;
	why_add(&u->why, "net", "the bearer went down");
	clock_arm(u->base.link->o.clock, &u->timer, 0);
}

static struct place *find_place(const struct real_udp *u, const char *here, uint16_t port)
{
	for (size_t i = 0; i < u->n_places && i < PLACES_MAX; i++) {
		struct place *p = &u->place[i];

		if (p->here_port == port && !strcmp(p->here, here))
			return p;
	}
	return NULL;
}

static void remember_place(struct real_udp *u, const struct route *r, uint16_t port)
{
	struct place *p;

	if (!u->place)
		u->place = calloc(PLACES_MAX, sizeof(*u->place));
	if (!u->place)
		return;
	p = find_place(u, r->address, r->port);
	if (!p)
		p = &u->place[u->n_places++ % PLACES_MAX];
	names_address(u->base.link, r->name, p->shown);
	p->shown_port = port;
	str_copy(p->here, sizeof(p->here), r->address);
	p->here_port = r->port;
}

/* One datagram; false: no more, or the stream may be gone. */
static bool read_one(struct real_udp *u)
{
	enum { DATAGRAM_MAX = 65536 };
	char data[DATAGRAM_MAX], from_text[LINK_STREAM_ADDRESS_SIZE];
	struct real_address from = { .len = sizeof(from.sa) };
	ssize_t n = recvfrom(u->fd, data, sizeof(data), 0, &from.sa.any, &from.len);
	const uv_poll_t *poll = u->poll;
	const struct place *p;
	struct link_stream_event ev = { .type = LINK_STREAM_DATA, .data = data, .from = from_text };

	if (n < 0)
		return errno == ECONNREFUSED; /* of an earlier datagram: nobody is told */
	ev.len = (size_t)n;
	real_address_text(&from, from_text, &ev.from_port);
	p = find_place(u, from_text, ev.from_port);
	if (p) {
		ev.from = p->shown;
		ev.from_port = p->shown_port;
	}
	u->received += ev.len;
	u->base.func(&ev, u->base.ctx);
	return poll->data && !u->paused && !u->base.link->held;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	enum { AT_ONCE = 16 };

	(void)status;
	(void)events;
	for (int i = 0; i < AT_ONCE && poll->data && read_one(poll->data); i++)
		;
}

static void watch(struct real_udp *u)
{
	if (!u->poll)
		return;
	if (u->paused || u->base.link->held)
		uv_poll_stop(u->poll);
	else
		uv_poll_start(u->poll, UV_READABLE, on_poll);
}

static void host_held(struct link_session *session, bool held)
{
	(void)held;
	watch((struct real_udp *)session);
}

/* What the network does not take is lost, as datagrams are. */
static int send_now(struct real_udp *u, const char *address, uint16_t port, const void *data, size_t len)
{
	struct real_address to;

	if (!real_address_set(&to, address, port) || to.sa.any.sa_family != AF_INET)
		return -EINVAL;
	if (sendto(u->fd, data, len, MSG_NOSIGNAL, &to.sa.any, to.len) < 0 && errno == EMSGSIZE)
		return -EMSGSIZE;
	u->sent += len;
	return 0;
}

static void on_looked_up(enum link_status status, const char *address, const struct why *why, void *ctx)
{
	struct waiting *w = ctx;

	w->lookup = NULL;
	if (status)
		trace_text(w->u->base.link->o.trace, TRACE_NOTE, "a datagram is lost: %s", why->step[0].text);
	else
		send_now(w->u, address, w->port, w->data, w->len);
	waiting_free(w);
}

static int send_later(struct real_udp *u, const struct route *r, const void *data, size_t len)
{
	struct waiting *w;

	if (u->n_waiting == WAITING_MAX)
		waiting_free(TAILQ_FIRST(&u->waiting));
	w = malloc(sizeof(*w) + len);
	if (!w)
		return -ENOMEM;
	*w = (struct waiting){ .u = u, .port = r->port, .len = len };
	memcpy(w->data, data, len);
	TAILQ_INSERT_TAIL(&u->waiting, w, entry);
	u->n_waiting++;
	w->lookup = real_lookup_start(u->base.link, r->address, on_looked_up, w);
	if (w->lookup)
		return 0;
	waiting_free(w);
	return -ENOMEM;
}

static int udp_send_to(struct link_stream *base, const struct route *r, uint16_t port, const void *data, size_t len)
{
	struct real_udp *u = (struct real_udp *)base;

	if (u->dead || u->fd < 0)
		return -ENOTCONN;
	if (r->host)
		remember_place(u, r, port);
	if (route_is_address(r->address))
		return send_now(u, r->address, r->port, data, len);
	return send_later(u, r, data, len);
}

static long udp_send(struct link_stream *base, const void *data, size_t len)
{
	(void)base;
	(void)data;
	(void)len;
	return -ENOTCONN;
}

static void udp_pause(struct link_stream *base, bool paused)
{
	struct real_udp *u = (struct real_udp *)base;

	u->paused = paused;
	watch(u);
}

static void udp_owned(struct link_stream *base)
{
	watch((struct real_udp *)base);
}

static void udp_info(const struct link_stream *base, struct link_stream_info *out)
{
	const struct real_udp *u = (const struct real_udp *)base;

	out->here = u->here;
	out->sent = u->sent;
	out->received = u->received;
}

static void udp_close(struct link_stream *base)
{
	struct real_udp *u = (struct real_udp *)base;

	drop(u);
	timer_cancel(&u->timer);
	link_session_close(base->link, &base->session);
	free(u->place);
	free(u);
}

struct link_stream *real_udp_open(struct link *l, uint16_t local_port, link_stream_func_t func, void *ctx)
{
	static const struct link_stream_ops ops = {
		.send = udp_send, .send_to = udp_send_to, .pause = udp_pause, .owned = udp_owned, .info = udp_info,
		.close = udp_close,
	};
	struct real_udp *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->base = (struct link_stream){ .link = l, .ops = &ops, .func = func, .ctx = ctx };
	u->base.session.hold = host_held;
	TAILQ_INIT(&u->waiting);
	timer_init(&u->timer, on_timer, u);
	link_session_open(l, &u->base.session, network_lost);
	u->fd = real_socket_bind(l, SOCK_DGRAM, local_port, &u->here);
	if (u->fd >= 0)
		u->poll = real_poll_new(l, u->fd, u);
	if (!u->poll) {
		u->status = LINK_REFUSED;
		why_add(&u->why, "udp", "no socket: %s", strerror(u->fd < 0 ? -u->fd : ENOMEM));
	}
	watch(u);
	clock_arm(l->o.clock, &u->timer, 0);
	return &u->base;
}
