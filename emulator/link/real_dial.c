/*
 * From a name to an open connection of this machine: look up, connect, shake hands. Each step within its patience, each
 * failure in the words and statuses of the modelled world.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/str.h"
#include "link/model.h"
#include "link/names.h"
#include "link/real_socket.h"
#include "link/real_stream.h"

static void limit(struct real_stream *s, uint64_t own_us)
{
	uint64_t now = clock_now_us(s->base.link->o.clock);
	uint64_t left = s->deadline_us > now ? s->deadline_us - now : 0;

	if (!own_us && s->deadline_us == UINT64_MAX)
		timer_cancel(&s->timer);
	else
		clock_arm(s->base.link->o.clock, &s->timer, own_us && own_us < left ? own_us : left);
}

void real_dial_late(struct real_stream *s)
{
	static const char *const what[] = {
		[REAL_RESOLVING] = "no name server answers",
		[REAL_CONNECTING] = "nothing answers to the connection request",
		[REAL_HANDSHAKING] = "TCP stands, and the TLS handshake does not come to its end in time",
	};

	why_reset(&s->why);
	why_add(&s->why, "time", "%.80s:%u: %s", s->host, s->port, what[s->state]);
	real_stream_end(s, LINK_TIMEOUT);
}

static void refuse(struct real_stream *s, int error)
{
	why_reset(&s->why);
	why_add(&s->why, "tcp", "%.60s:%u is %.60s:%u, and there: %s", s->host, s->port, s->address, s->real_port,
		strerror(error));
	real_stream_end(s, real_socket_status(error));
}

/* --- TLS --------------------------------------------------------------------------------------------------------------- */

static void on_judged(enum link_status status, const struct why *why, void *ctx)
{
	struct real_stream *s = ctx;

	s->why = *why;
	real_stream_end(s, status);
}

/* The server is asked again for its reasons: this connection must be out of its way. */
static void judge(struct real_stream *s)
{
	timer_cancel(&s->timer);
	real_stream_drop(s, false);
	s->state = REAL_JUDGING;
	real_tls_judge(s->tls, s->address, s->real_port, on_judged, s);
}

static void shake_hands(struct real_stream *s)
{
	int ret, error;

	ERR_clear_error();
	ret = SSL_connect(s->ssl);
	error = SSL_get_error(s->ssl, ret);
	s->want_write = error == SSL_ERROR_WANT_WRITE;
	if (ret == 1)
		real_stream_up(s);
	else if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		real_stream_watch(s);
	else
		judge(s);
}

static void start_tls(struct real_stream *s)
{
	SSL_CTX *ctx = real_tls_ctx(s->tls);

	s->ssl = ctx ? SSL_new(ctx) : NULL;
	if (!s->ssl || !SSL_set_fd(s->ssl, s->fd)) {
		why_add(&s->why, "memory", "out of memory");
		real_stream_end(s, LINK_TLS_FAILED);
		return;
	}
	SSL_set_mode(s->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	s->state = REAL_HANDSHAKING;
	limit(s, s->negotiate_us);
	shake_hands(s);
}

/* --- TCP --------------------------------------------------------------------------------------------------------------- */

static void connected(struct real_stream *s)
{
	int error = real_socket_error(s->fd);

	/* A connection that stood for a moment: the peer has reset it before anybody looked. */
	if (error == ECONNRESET && !s->tls) {
		s->write_error = -error;
		real_stream_up(s);
	} else if (error && error != ECONNRESET)
		refuse(s, error);
	else if (s->status)
		real_stream_end(s, s->status); /* what the modem finds in its own files once TCP is up */
	else if (s->tls)
		start_tls(s);
	else
		real_stream_up(s);
}

void real_dial_ready(struct real_stream *s)
{
	if (s->state == REAL_CONNECTING)
		connected(s);
	else
		shake_hands(s);
}

static void connect_to(struct real_stream *s)
{
	struct real_address a;
	int fd;

	if (!real_address_set(&a, s->address, s->real_port)) {
		refuse(s, EADDRNOTAVAIL);
		return;
	}
	fd = real_socket_connect(&a, s->local_port);
	if (fd < 0) {
		refuse(s, -fd);
		return;
	}
	if (real_stream_attach(s, fd)) {
		refuse(s, ENOMEM);
		return;
	}
	trace_text(s->base.link->o.trace, TRACE_NOTE, "%s:%u is %s:%u", s->host, s->port, s->address, s->real_port);
	s->state = REAL_CONNECTING;
	limit(s, MODEL_SYN_TIMEOUT_US);
	real_stream_watch(s);
}

static void on_looked_up(enum link_status status, const char *address, const struct why *why, void *ctx)
{
	struct real_stream *s = ctx;

	s->lookup = NULL;
	if (status) {
		s->why = *why;
		real_stream_end(s, status);
		return;
	}
	str_copy(s->address, sizeof(s->address), address);
	if (!s->shown[0])
		str_copy(s->shown, sizeof(s->shown), address);
	connect_to(s);
}

void real_dial(struct real_stream *s, const struct route *r, const struct link_stream_setup *setup)
{
	struct link *l = s->base.link;

	s->deadline_us = setup->timeout_us ? clock_now_us(l->o.clock) + setup->timeout_us : UINT64_MAX;
	s->real_port = r->port;
	if (r->host)
		names_address(l, r->name, s->shown);
	s->state = REAL_RESOLVING;
	if (setup->tls) {
		s->negotiate_us = setup->tls->negotiate_us;
		s->status = real_tls_new(l, setup->tls, setup->host, &s->tls, &s->why);
	}
	limit(s, 0);
	s->lookup = real_lookup_start(l, r->address, on_looked_up, s);
	if (s->lookup)
		return;
	why_add(&s->why, "memory", "out of memory");
	real_stream_end(s, LINK_REFUSED);
}
