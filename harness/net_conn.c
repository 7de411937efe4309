/*
 * The life of one connection. Nothing is freed while a function of it runs: closing is asked for, and the memory goes
 * with the last handle's callback.
 */
#include "harness/net_conn.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	HELD_HIGH_BYTES = 64 * 1024, /* of one direction: from here on its source is not read */
	LINGER_US = 1000000,	     /* how long a side may take to answer an end */
};

/* One of the two ends. What it says goes by its way to the other end. */
struct side {
	struct net_conn *conn;
	uv_tcp_t tcp;
	struct fault_way *way;
	uv_shutdown_t shutdown;
	bool open, reading;
	bool said_all; /* its end has been read */
	bool told_all; /* the other's end has been passed on to it */
	bool shut;     /* and has been sent */
};

enum { CLIENT, SERVER, SIDES };

struct net_conn {
	LIST_ENTRY(net_conn) entry;
	struct net_conn_owner *owner;
	struct side side[SIDES];
	uv_connect_t connect;
	unsigned handles;
	bool connected, finishing, closing;
	struct timer linger;
};

struct write {
	uv_write_t req;
	struct side *to;
	char data[];
};

static struct side *other(struct side *s)
{
	return &s->conn->side[s == &s->conn->side[CLIENT] ? SERVER : CLIENT];
}

/* --- the end ---------------------------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *h)
{
	struct side *s = h->data;
	struct net_conn *c = s->conn;

	if (--c->handles)
		return;
	LIST_REMOVE(c, entry);
	fault_way_free(c->side[CLIENT].way);
	fault_way_free(c->side[SERVER].way);
	free(c);
}

static void close_all(struct net_conn *c)
{
	if (c->closing)
		return;
	c->closing = true;
	timer_cancel(&c->linger);
	for (int i = 0; i < SIDES; i++) {
		struct side *s = &c->side[i];

		fault_way_close(s->way);
		if (s->open)
			uv_close((uv_handle_t *)&s->tcp, on_closed);
	}
}

bool net_conn_reset(struct net_conn *c)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	uv_os_fd_t fd;

	if (c->closing)
		return false;
	for (int i = 0; i < SIDES && !c->finishing; i++)
		fault_way_flush(c->side[i].way);
	for (int i = 0; i < SIDES; i++) {
		if (c->side[i].open && !uv_fileno((uv_handle_t *)&c->side[i].tcp, &fd))
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
	close_all(c);
	return true;
}

static void on_linger(void *ctx)
{
	close_all(ctx);
}

static void close_if_over(struct net_conn *c)
{
	const struct side *a = &c->side[CLIENT], *b = &c->side[SERVER];

	if (a->shut && b->shut && a->said_all && b->said_all)
		close_all(c);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
	struct side *s = req->data;

	if (status) {
		close_all(s->conn);
		return;
	}
	s->shut = true;
	close_if_over(s->conn);
}

/* Nothing more will be said to this side. */
static void tell_end(struct side *s)
{
	if (s->told_all || s->conn->closing)
		return;
	s->told_all = true;
	s->shutdown.data = s;
	if (uv_shutdown(&s->shutdown, (uv_stream_t *)&s->tcp, on_shutdown))
		close_all(s->conn);
}

/* --- bytes ------------------------------------------------------------------------------------------------------ */

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct side *s = h->data;

	(void)suggested;
	*b = uv_buf_init(s->conn->owner->chunk, sizeof(s->conn->owner->chunk));
}

static size_t held_from(struct side *s)
{
	size_t queued = other(s)->open ? uv_stream_get_write_queue_size((uv_stream_t *)&other(s)->tcp) : 0;

	return fault_way_held(s->way) + queued;
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *b);

/* A side is read while what it said finds its way. */
static void pace_reading(struct side *s)
{
	bool want = s->conn->connected && !s->conn->closing && !s->said_all &&
		    (s->conn->finishing || held_from(s) < HELD_HIGH_BYTES);

	if (want && !s->reading)
		uv_read_start((uv_stream_t *)&s->tcp, on_alloc, on_read);
	else if (!want && s->reading)
		uv_read_stop((uv_stream_t *)&s->tcp);
	s->reading = want;
}

/* libuv tells bytes with a reset behind them as bytes with an end behind them. */
static bool was_reset(const struct side *s)
{
	int err = 0;
	socklen_t len = sizeof(err);
	uv_os_fd_t fd;

	return !uv_fileno((const uv_handle_t *)&s->tcp, &fd) && !getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) &&
	       err;
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *b)
{
	struct side *s = tcp->data;
	struct net_conn *c = s->conn;

	if (n == UV_EOF && !was_reset(s)) {
		s->said_all = true;
		fault_way_end(s->way);
		close_if_over(c);
	} else if (n < 0) {
		net_conn_reset(c);
	} else {
		fault_way_feed(s->way, b->base, (size_t)n);
	}
	if (!c->closing)
		pace_reading(s);
}

static void on_written(uv_write_t *req, int status)
{
	struct write *w = (struct write *)req;
	struct side *from = other(w->to);

	free(w);
	if (status)
		net_conn_reset(from->conn);
	else
		pace_reading(from);
}

/* The rest of what the socket did not take at once. */
static int write_later(struct side *to, const char *p, size_t n)
{
	struct write *w = malloc(sizeof(*w) + n);
	uv_buf_t b;
	int err;

	if (!w)
		return UV_ENOMEM;
	w->to = to;
	memcpy(w->data, p, n);
	b = uv_buf_init(w->data, (unsigned)n);
	err = uv_write(&w->req, (uv_stream_t *)&to->tcp, &b, 1, on_written);
	if (err)
		free(w);
	return err;
}

/* ctx is the side that said it. */
static void way_out(const void *p, size_t n, void *ctx)
{
	struct side *from = ctx, *to = other(from);
	uv_buf_t b = uv_buf_init((char *)p, (unsigned)n);
	int sent;

	if (from->conn->closing)
		return;
	sent = uv_try_write((uv_stream_t *)&to->tcp, &b, 1);
	if (sent == UV_EAGAIN)
		sent = 0;
	if (sent >= 0 && (size_t)sent < n)
		sent = write_later(to, (const char *)p + sent, n - (size_t)sent);
	if (sent < 0)
		net_conn_reset(from->conn);
	else
		pace_reading(from);
}

static void way_end(void *ctx)
{
	tell_end(other(ctx));
}

static void way_cut(void *ctx)
{
	net_conn_finish(((struct side *)ctx)->conn);
}

/* What the sides still say is read and forgotten: unread bytes would make a reset of the end. */
void net_conn_finish(struct net_conn *c)
{
	if (c->closing || c->finishing)
		return;
	if (!c->connected) {
		close_all(c);
		return;
	}
	for (int i = 0; i < SIDES; i++)
		fault_way_flush(c->side[i].way);
	c->finishing = true;
	for (int i = 0; i < SIDES; i++)
		fault_way_close(c->side[i].way);
	clock_arm(loop_clock(c->owner->loop), &c->linger, LINGER_US);
	for (int i = 0; i < SIDES && !c->closing; i++) {
		tell_end(&c->side[i]);
		if (!c->closing)
			pace_reading(&c->side[i]);
	}
}

/* --- the beginning ---------------------------------------------------------------------------------------------- */

static void on_connected(uv_connect_t *req, int status)
{
	struct net_conn *c = req->data;

	if (c->closing)
		return;
	if (status) {
		net_conn_reset(c);
		return;
	}
	c->connected = true;
	for (int i = 0; i < SIDES; i++) {
		uv_tcp_nodelay(&c->side[i].tcp, 1);
		pace_reading(&c->side[i]);
	}
}

void net_conn_small_buffers(uv_tcp_t *tcp)
{
	int in = NET_CONN_BUFFER_BYTES, out = NET_CONN_BUFFER_BYTES;

	uv_recv_buffer_size((uv_handle_t *)tcp, &in);
	uv_send_buffer_size((uv_handle_t *)tcp, &out);
}

static int add_socket(struct side *s, unsigned family)
{
	int err = uv_tcp_init_ex(loop_uv(s->conn->owner->loop), &s->tcp, family);

	s->tcp.data = s;
	s->open = !err;
	s->conn->handles += s->open;
	return err;
}

static int connect_server(struct net_conn *c)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(c->owner->target_port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int err = add_socket(&c->side[SERVER], AF_INET);

	if (err)
		return err;
	net_conn_small_buffers(&c->side[SERVER].tcp);
	c->connect.data = c;
	return uv_tcp_connect(&c->connect, &c->side[SERVER].tcp, (const struct sockaddr *)&to, on_connected);
}

static struct net_conn *conn_new(struct net_conn_owner *owner)
{
	static const enum fault_toward toward[SIDES] = { [CLIENT] = TOWARD_BROKER, [SERVER] = TOWARD_MODEM };
	struct net_conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->owner = owner;
	timer_init(&c->linger, on_linger, c);
	for (int i = 0; i < SIDES; i++) {
		const struct fault_way_hooks hooks = { way_out, way_end, way_cut, &c->side[i] };

		c->side[i].conn = c;
		c->side[i].way = fault_way_new(owner->line, toward[i], &hooks);
	}
	if (c->side[CLIENT].way && c->side[SERVER].way && !add_socket(&c->side[CLIENT], AF_UNSPEC)) {
		LIST_INSERT_HEAD(&owner->conns, c, entry);
		return c;
	}
	fault_way_free(c->side[CLIENT].way);
	fault_way_free(c->side[SERVER].way);
	free(c);
	return NULL;
}

void net_conn_accept(struct net_conn_owner *owner, uv_stream_t *listener)
{
	struct net_conn *c = conn_new(owner);

	if (!c)
		return;
	if (uv_accept(listener, (uv_stream_t *)&c->side[CLIENT].tcp))
		close_all(c);
	else if (!fault_line_admits(owner->line) || connect_server(c))
		net_conn_reset(c);
}

size_t net_conn_held(const struct net_conn *c)
{
	size_t n = 0;

	for (int i = 0; i < SIDES; i++) {
		const struct side *s = &c->side[i];

		n += fault_way_held(s->way);
		if (s->open && !c->closing)
			n += uv_stream_get_write_queue_size((const uv_stream_t *)&s->tcp);
	}
	return n;
}

struct net_conn *net_conn_next(struct net_conn *c)
{
	return LIST_NEXT(c, entry);
}
