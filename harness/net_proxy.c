/*
 * The listening side of a proxy. Its port is kept by a socket that is bound and does not listen: while that is all
 * there is, the kernel refuses connections, and nobody else gets the port.
 */
#include "harness/net_proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/net_conn.h"

enum { BACKLOG = 64 };

/* Closed and made anew; each its own memory, since closing takes until the loop has run. */
struct listener {
	uv_tcp_t tcp;
	struct net_proxy *proxy;
};

struct net_proxy {
	struct net_conn_owner conns;
	struct fault_net net;
	struct listener *listener; /* NULL: refusing */
	unsigned open_listeners;   /* those that are closing included */
	int keeper;		   /* holds the port */
	uint16_t port;
	bool down, ended; /* why it refuses, beside not having joined */
};

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* --- listening and refusing ------------------------------------------------------------------------------------- */

static void on_listener_closed(uv_handle_t *h)
{
	struct listener *l = h->data;

	l->proxy->open_listeners--;
	free(l);
}

static void on_connection(uv_stream_t *tcp, int status)
{
	struct listener *l = tcp->data;

	if (!status)
		net_conn_accept(&l->proxy->conns, tcp);
}

static void refuse(struct net_proxy *p)
{
	if (!p->listener)
		return;
	uv_close((uv_handle_t *)&p->listener->tcp, on_listener_closed);
	p->listener = NULL;
}

static int serve(struct net_proxy *p)
{
	struct sockaddr_in at = loopback(p->port);
	struct listener *l = calloc(1, sizeof(*l));
	int err = l ? uv_tcp_init(loop_uv(p->conns.loop), &l->tcp) : UV_ENOMEM;

	if (err) {
		free(l);
		return err;
	}
	l->proxy = p;
	l->tcp.data = l;
	p->listener = l;
	p->open_listeners++;
	err = uv_tcp_bind(&l->tcp, (struct sockaddr *)&at, 0);
	if (!err)
		net_conn_small_buffers(&l->tcp);
	if (!err)
		err = uv_listen((uv_stream_t *)&l->tcp, BACKLOG, on_connection);
	if (err)
		refuse(p);
	return err;
}

static void follow(struct net_proxy *p)
{
	if (p->down || p->ended || !p->conns.line)
		refuse(p);
	else if (!p->listener)
		serve(p);
}

void net_proxy_set_serving(struct net_proxy *p, bool serving)
{
	p->ended = !serving;
	follow(p);
}

/* --- faults of the network -------------------------------------------------------------------------------------- */

static unsigned on_reset(void *ctx)
{
	struct net_proxy *p = ctx;
	struct net_conn *c;
	unsigned n = 0;

	for (c = LIST_FIRST(&p->conns.conns); c; c = net_conn_next(c))
		n += net_conn_reset(c);
	return n;
}

static void on_down(bool down, void *ctx)
{
	struct net_proxy *p = ctx;
	struct net_conn *c;

	p->down = down;
	follow(p);
	for (c = LIST_FIRST(&p->conns.conns); down && c; c = net_conn_next(c))
		net_conn_finish(c);
}

/* --- making and ending ------------------------------------------------------------------------------------------ */

static int keep_port(struct net_proxy *p)
{
	struct sockaddr_in at = loopback(0);
	socklen_t len = sizeof(at);
	const int yes = 1;

	p->keeper = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->keeper < 0 || setsockopt(p->keeper, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    bind(p->keeper, (struct sockaddr *)&at, sizeof(at)) || getsockname(p->keeper, (struct sockaddr *)&at, &len))
		return -errno;
	p->port = ntohs(at.sin_port);
	return 0;
}

struct net_proxy *net_proxy_new(struct loop *loop, uint16_t target_port, struct err *e)
{
	struct net_proxy *p = calloc(1, sizeof(*p));
	int err;

	if (!p) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	p->conns.loop = loop;
	p->conns.target_port = target_port;
	LIST_INIT(&p->conns.conns);
	p->net = (struct fault_net){ .reset = on_reset, .down = on_down, .ctx = p };
	err = keep_port(p);
	if (!err)
		return p;
	err_set(e, err, "no port for a proxy: %s", uv_strerror(err));
	net_proxy_free(p);
	return NULL;
}

int net_proxy_join(struct net_proxy *p, struct fault_line *line, struct err *e)
{
	int err = serve(p);

	if (err)
		return err_set(e, err, "no proxy on port %u: %s", p->port, uv_strerror(err));
	p->conns.line = line;
	fault_line_join(line, &p->net);
	return 0;
}

void net_proxy_leave(struct net_proxy *p)
{
	if (!p->conns.line)
		return;
	fault_line_leave(&p->net);
	p->conns.line = NULL;
	refuse(p);
	on_reset(p);
	while (p->open_listeners || !LIST_EMPTY(&p->conns.conns))
		loop_once(p->conns.loop);
}

uint16_t net_proxy_port(const struct net_proxy *p)
{
	return p->port;
}

size_t net_proxy_connections(const struct net_proxy *p)
{
	struct net_conn *c;
	size_t n = 0;

	for (c = LIST_FIRST(&p->conns.conns); c; c = net_conn_next(c))
		n++;
	return n;
}

size_t net_proxy_held(const struct net_proxy *p)
{
	struct net_conn *c;
	size_t n = 0;

	for (c = LIST_FIRST(&p->conns.conns); c; c = net_conn_next(c))
		n += net_conn_held(c);
	return n;
}

void net_proxy_free(struct net_proxy *p)
{
	if (!p)
		return;
	net_proxy_leave(p);
	if (p->keeper >= 0)
		close(p->keeper);
	free(p);
}
