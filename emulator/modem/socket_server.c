/*
 * Up to four listening sockets: who connects gets the lowest free link of the ten, or is turned away. Facts at-general
 * 7 (SERVERSTART).
 */
#include "modem/socket_impl.h"

#include "base/str.h"
#include "modem/pdp.h"

/* Transparent mode has link 0 alone. -1: none is free. */
static int free_link(const struct socket *s)
{
	int n = s->boot.set.transparent ? 1 : SOCKET_LINKS;

	for (int i = 0; i < n; i++) {
		if (s->boot.link[i].state == SOCKET_FREE && !s->boot.link[i].sending)
			return i;
	}
	return -1;
}

static void accepted(struct socket *s, int server, const struct link_stream_event *from)
{
	int link = free_link(s);
	struct socket_link *l;
	struct modem_event ev = {
		.type = MODEM_EVENT_SOCKET_ACCEPTED,
		.index = link,
		.code = server,
		.address = from->from,
		.port = from->from_port,
	};

	if (link < 0) {
		trace_text(s->modem->trace, TRACE_NOTE, "server %d: no link is free for %s:%u", server, from->from,
			   from->from_port);
		link_stream_close(from->accepted);
		return;
	}
	l = &s->boot.link[link];
	socket_rx_clear(l);
	l->kind = SOCKET_TCP;
	l->server = server;
	l->port = from->from_port;
	l->local_port = s->boot.server[server].port;
	l->opened_us = clock_now_us(s->modem->clock);
	l->host[0] = '\0';
	str_copy(l->address, sizeof(l->address), from->from);
	l->stream = from->accepted;
	socket_set_state(s, link, SOCKET_OPEN);
	modem_emit(s->modem, &ev);
	if (l->stream == from->accepted)
		link_stream_own(l->stream, socket_on_stream, &s->slot[link]);
}

static void drop(struct socket_server *v)
{
	link_stream_close(v->stream);
	*v = (struct socket_server){ 0 };
}

static void bound(struct socket *s, int server, const struct link_stream_event *from)
{
	struct socket_server *v = &s->boot.server[server];
	enum socket_err err = socket_err_bind(from->status);

	if (err) {
		trace_why(s->modem->trace, "cip", (int)err, socket_err_text((int)err), from->why);
	} else if (!pdp_net_is_open(s->modem->pdp)) {
		err = socket_refuse(s, SOCKET_ERR_NETWORK, "the data network is gone");
	} else {
		v->state = SOCKET_SERVER_LISTENING;
	}
	if (err)
		drop(v);
	modem_emit_code(s->modem, MODEM_EVENT_SERVER_STARTED, server, (int)err);
}

static void on_listener(const struct link_stream_event *ev, void *ctx)
{
	struct socket_listener *l = ctx;

	switch (ev->type) {
	case LINK_STREAM_OPENED:
		bound(l->socket, l->server, ev);
		break;
	case LINK_STREAM_ACCEPTED:
		accepted(l->socket, l->server, ev);
		break;
	case LINK_STREAM_CLOSED:
		drop(&l->socket->boot.server[l->server]);
		break;
	case LINK_STREAM_DATA:
	case LINK_STREAM_WRITABLE:
	case LINK_STREAM_ACKED:
		break; /* not of a listening stream */
	}
}

enum socket_err socket_server_start(struct socket *s, int server, uint16_t port, int owner)
{
	struct socket_server *v = &s->boot.server[server];
	const struct link_stream_setup setup = { .kind = LINK_STREAM_LISTEN, .local_port = port };

	if (!pdp_net_is_open(s->modem->pdp))
		return socket_refuse(s, SOCKET_ERR_NOT_OPENED, "the data network is %s", pdp_net_name(s->modem->pdp));
	if (v->state != SOCKET_SERVER_FREE)
		return socket_refuse(s, SOCKET_ERR_LISTENING, "server %d listens on port %u", server, v->port);
	v->stream = link_stream_open(s->modem->link, &setup, on_listener, &s->listener[server]);
	if (!v->stream)
		return socket_refuse(s, SOCKET_ERR_CREATE, "out of memory");
	v->state = SOCKET_SERVER_STARTING;
	v->port = port;
	v->owner = owner;
	return SOCKET_ERR_NONE;
}

enum socket_err socket_server_stop(struct socket *s, int server)
{
	struct socket_server *v = &s->boot.server[server];

	if (v->state == SOCKET_SERVER_STARTING)
		return socket_refuse(s, SOCKET_ERR_BUSY, "server %d is being started", server);
	if (v->state == SOCKET_SERVER_FREE)
		return socket_refuse(s, SOCKET_ERR_NOT_SUPPORTED, "server %d was not started", server);
	for (int i = 0; i < SOCKET_LINKS; i++) {
		if (s->boot.link[i].state != SOCKET_FREE && s->boot.link[i].server == server)
			return socket_refuse(s, SOCKET_ERR_OPENED, "link %d of server %d is still open", i, server);
	}
	drop(v);
	return SOCKET_ERR_NONE;
}

const struct socket_server *socket_server(const struct socket *s, int server)
{
	return &s->boot.server[server];
}

void socket_servers_drop(struct socket *s, bool starting)
{
	for (int i = 0; i < SOCKET_SERVERS; i++) {
		if (starting || s->boot.server[i].state == SOCKET_SERVER_LISTENING)
			drop(&s->boot.server[i]);
	}
}
