/*
 * From a name to the CONNACK of a real broker, in steps that each have their patience. Statuses are those the modelled
 * world gives for the same case (model_open.c), so that the modem's codes agree.
 *
 * libmosquitto sends CONNECT right behind the handshake; what a broker closes for is therefore told from the way it
 * closes. It wanted a client certificate and got none, or it sends a TLS alert (TLS 1.3 judges the client's certificate
 * when the client is through already): LINK_PEER_CLOSED, nothing to do with CONNECT. A reset: it has not even read what
 * was sent. Else a plain end of stream is its answer to CONNECT: LINK_PEER_CLOSED_AFTER.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "link/model.h"
#include "link/real_mqtt.h"
#include "link/real_socket.h"
#include "link/tls_policy.h"

enum { KEEPALIVE_MIN_S = 5 };

/* As in the modelled world: a CONNACK is awaited as long as M3 16.2.9 allows. */
static const uint64_t CONNACK_TIMEOUT_US = 120000000;

void real_mqtt_open_fail(struct real_mqtt *m, enum link_status status)
{
	const struct link_mqtt_event ev = {
		.type = LINK_MQTT_CONNECTED, .status = status, .code = status == LINK_CONNACK ? m->connack : 0,
	};

	real_lookup_cancel(m->lookup);
	m->lookup = NULL;
	real_mqtt_again_free(m->again);
	m->again = NULL;
	real_probe_cancel(m->probe);
	m->probe = NULL;
	real_mqtt_drop(m);
	real_tls_free(m->tls);
	m->tls = NULL;
	timer_cancel(&m->timer);
	m->state = RM_DEAD;
	real_mqtt_queue(m, &ev, &m->why);
}

static void patience(struct real_mqtt *m, uint64_t us)
{
	if (us)
		clock_arm(m->link->o.clock, &m->timer, us);
	else
		timer_cancel(&m->timer);
}

void real_mqtt_open_late(struct real_mqtt *m)
{
	static const char *const what[] = {
		[RM_RESOLVING] = "no name server answers",
		[RM_CONNECTING] = "nothing answers to the connection request",
		[RM_HANDSHAKING] = "the handshake takes longer than negotiatetime",
		[RM_WAITING] = "no CONNACK comes",
	};

	if (m->state == RM_JUDGING) {
		real_mqtt_open_refused(m);
		return;
	}
	why_add(&m->why, m->state == RM_HANDSHAKING ? "tls" : "time", "%.80s:%u: %s", m->host, m->port, what[m->state]);
	real_mqtt_open_fail(m, LINK_TIMEOUT);
}

static void refuse(struct real_mqtt *m, int error)
{
	why_add(&m->why, "tcp", "%.60s:%u is %.60s:%u, and there: %s", m->host, m->port, m->address, m->real_port,
		strerror(error));
	real_mqtt_open_fail(m, real_socket_status(error));
}

/* --- CONNACK ------------------------------------------------------------------------------------------------------- */

static void explain_connack(struct real_mqtt *m)
{
	switch (m->connack) {
	case 1:
		why_add(&m->why, "broker", "%.80s does not speak this protocol level: CONNACK 1", m->host);
		break;
	case 2:
		why_add(&m->why, "broker", "%.80s does not take this client id: CONNACK 2", m->host);
		break;
	case 3:
		why_add(&m->why, "broker", "%.80s is not ready: CONNACK 3", m->host);
		break;
	case 4:
		why_add(&m->why, "broker", "%.80s does not know this user name and password: CONNACK 4", m->host);
		break;
	default:
		why_add(&m->why, "broker", m->has_user ? "%.80s does not let this user in: CONNACK 5" :
							 "%.80s wants a user name and password and none were given: CONNACK 5",
			m->host);
	}
}

void real_mqtt_open_refused(struct real_mqtt *m)
{
	if (!m->why.n)
		explain_connack(m);
	real_mqtt_open_fail(m, LINK_CONNACK);
}

/* Where a server name might have helped, the broker is asked; the first connection must be out of its way. */
static void refused(struct real_mqtt *m)
{
	if (m->connack == 5 && m->again)
		real_mqtt_drop(m);
	if (m->connack != 5 || !real_mqtt_again(m))
		real_mqtt_open_refused(m);
}

static enum link_status explain_reset(struct real_mqtt *m)
{
	why_add(&m->why, "broker", "%.80s:%u resets the connection instead of a CONNACK", m->host, m->port);
	return LINK_RESET;
}

/* The connection ended before the CONNACK. */
static enum link_status explain_closed(struct real_mqtt *m, int rc)
{
	const struct real_tls_info *tls = m->tls ? real_tls_info(m->tls) : NULL;
	enum link_status status = m->tls ? real_tls_outcome(m->tls, &m->why) : LINK_OK;

	if (status)
		return status;
	if (tls && tls->asked_for_cert && !tls->sent_cert) {
		tls_explain_no_cert(&m->why, m->host);
		return LINK_PEER_CLOSED;
	}
	if (rc == MOSQ_ERR_PROTOCOL || rc == MOSQ_ERR_MALFORMED_PACKET) {
		why_add(&m->why, "broker", "%.80s:%u answers CONNECT with what is no CONNACK", m->host, m->port);
		return LINK_PEER_CLOSED_AFTER;
	}
	if (real_mqtt_ending(m) == LINK_RESET) {
		return explain_reset(m);
	}
	why_add(&m->why, "broker", "%.80s:%u closes on CONNECT, without a CONNACK", m->host, m->port);
	return LINK_PEER_CLOSED_AFTER;
}

static void explain_plain(struct real_mqtt *m)
{
	why_add(&m->why, "tls", "%.80s:%u speaks TLS and the client is a plain one: the server closes on its CONNECT",
		m->host, m->port);
}

static void on_measured(const struct host *measured, void *ctx)
{
	struct real_mqtt *m = ctx;

	m->probe = NULL;
	if (!measured) {
		real_mqtt_open_fail(m, m->status);
		return;
	}
	why_reset(&m->why);
	explain_plain(m);
	real_mqtt_open_fail(m, LINK_PEER_CLOSED_AFTER);
}

/* Closed before the CONNACK. A server of TLS that gets plain bytes says nothing, so it is asked what it is. */
static void closed(struct real_mqtt *m, int rc)
{
	m->status = explain_closed(m, rc);
	if (!m->tls) {
		real_mqtt_drop(m);
		timer_cancel(&m->timer);
		m->state = RM_JUDGING;
		m->probe = real_probe_start(m->link, NULL, m->host, m->address, m->real_port, on_measured, m);
	}
	if (!m->probe)
		real_mqtt_open_fail(m, m->status);
}

/* What stands in the place of the CONNACK and is none; libmosquitto would wait for the rest of it. */
static bool explain_foreign(struct real_mqtt *m)
{
	unsigned char head[2];
	ssize_t n = m->tls || m->heard ? 0 : recv(m->fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);

	m->heard |= n > 0;
	if (n <= 0 || head[0] == 0x20)
		return false;
	if (n == sizeof(head) && head[0] == 0x15 && head[1] == 3)
		explain_plain(m);
	else
		why_add(&m->why, "broker", "%.80s:%u answers CONNECT with what is no CONNACK", m->host, m->port);
	return true;
}

/* After libmosquitto has been at the socket; the CONNACK, or what stands for it, may have come in that very call. */
static void look(struct real_mqtt *m, int rc)
{
	if (!rc && m->lib->want_write(m->mosq))
		rc = m->lib->loop_write(m->mosq, 1);
	if (m->connack > 0 && m->connack <= 5)
		refused(m);
	else if (m->state != RM_UP && (rc || m->lib->socket(m->mosq) < 0))
		closed(m, rc);
	else
		real_mqtt_watch(m);
}

static void wait_ready(struct real_mqtt *m, int events)
{
	if (explain_foreign(m))
		real_mqtt_open_fail(m, LINK_PEER_CLOSED_AFTER);
	else
		look(m, events & UV_READABLE ? m->lib->loop_read(m->mosq, 1) : 0);
}

static void wait_for_connack(struct real_mqtt *m)
{
	m->state = RM_WAITING;
	patience(m, CONNACK_TIMEOUT_US);
}

/* --- TLS ----------------------------------------------------------------------------------------------------------- */

static void on_judged(enum link_status status, const struct why *why, void *ctx)
{
	struct real_mqtt *m = ctx;

	m->why = *why;
	real_mqtt_open_fail(m, status);
}

/* The server may be asked again for its reasons: this connection must be out of its way. */
static void judge(struct real_mqtt *m)
{
	timer_cancel(&m->timer);
	real_mqtt_drop(m);
	m->state = RM_JUDGING;
	real_tls_judge(m->tls, m->address, m->real_port, on_judged, m);
}

/* libmosquitto takes the end of a connection in the middle of a handshake for a reason to wait. */
static bool peer_is_gone(const struct real_mqtt *m)
{
	char c;
	ssize_t n = recv(m->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void trace_cipher(const struct real_mqtt *m)
{
	trace_text(m->link->o.trace, TRACE_BROKER, "cipher %s", real_tls_info(m->tls)->cipher);
}

/* A fast server on a slow machine: all of this may have happened inside libmosquitto's connect already. */
static void shaken(struct real_mqtt *m, int rc)
{
	trace_cipher(m);
	if (m->state == RM_HANDSHAKING)
		wait_for_connack(m);
	/* An alert that is there already would be lost with the write that fails after it. */
	if (!rc && m->state == RM_WAITING && m->connack < 0)
		rc = m->lib->loop_read(m->mosq, 1);
	look(m, rc);
}

static void shake_hands(struct real_mqtt *m)
{
	int rc = m->lib->loop_read(m->mosq, 1);

	if (real_tls_info(m->tls)->done)
		shaken(m, rc);
	else if (rc || m->lib->socket(m->mosq) < 0 || peer_is_gone(m))
		judge(m);
	else
		real_mqtt_watch(m);
}

/* --- TCP ----------------------------------------------------------------------------------------------------------- */

/* Looked at before libmosquitto's first write, which would take the error away. */
static void connected(struct real_mqtt *m)
{
	int error = real_socket_error(m->fd);

	/* A connection that stood for a moment and was reset: what the peer said before that can still be read. */
	if (error && error != ECONNRESET && error != EPIPE) {
		refuse(m, error);
		return;
	}
	if (!m->tls) {
		wait_for_connack(m);
		wait_ready(m, 0);
		return;
	}
	m->state = RM_HANDSHAKING;
	patience(m, m->negotiate_us);
	shake_hands(m);
}

void real_mqtt_open_ready(struct real_mqtt *m, int events)
{
	if (m->state == RM_CONNECTING)
		connected(m);
	else if (m->state == RM_HANDSHAKING)
		shake_hands(m);
	else
		wait_ready(m, events);
}

static void trace_place(const struct real_mqtt *m)
{
	const struct real_tls_info *tls = m->tls ? real_tls_info(m->tls) : NULL;

	trace_text(m->link->o.trace, TRACE_MODEL, "%s:%u is %s:%u (%s), %s%s", m->host, m->port, m->address, m->real_port,
		   m->row ? m->row->place : "not in the world file", tls ? "sni=" : "plain",
		   tls ? tls->sni ? tls->sni : "none" : "");
}

/* libmosquitto sends none below 5 s. */
static int keepalive(const struct real_mqtt *m)
{
	if (!m->keepalive_s || m->keepalive_s >= KEEPALIVE_MIN_S)
		return m->keepalive_s;
	trace_text(m->link->o.trace, TRACE_MODEL, "keep-alive %u is sent to the real broker as %d", m->keepalive_s,
		   KEEPALIVE_MIN_S);
	return KEEPALIVE_MIN_S;
}

static void dial(struct real_mqtt *m)
{
	int rc, error;

	errno = 0;
	rc = m->lib->connect_async(m->mosq, m->address, m->real_port, keepalive(m));
	error = errno;
	trace_place(m);
	m->state = RM_CONNECTING;
	patience(m, MODEL_SYN_TIMEOUT_US);
	if (rc > 0 && m->tls && real_tls_info(m->tls)->done) {
		trace_cipher(m);
		real_mqtt_open_fail(m, explain_closed(m, rc));
	} else if (rc == MOSQ_ERR_TLS) {
		judge(m); /* refused already, or no ClientHello can be made of what the modem offers */
	} else if (rc > 0 && (error == ECONNRESET || error == EPIPE)) {
		closed(m, rc);
	} else if (rc > 0) {
		refuse(m, error ? error : EIO);
	} else {
		error = real_mqtt_attach(m);
		if (error)
			refuse(m, -error);
		else
			real_mqtt_watch(m);
	}
}

static void on_address(enum link_status status, const char *address, const struct why *why, void *ctx)
{
	struct real_mqtt *m = ctx;

	m->lookup = NULL;
	if (status) {
		m->why = *why;
		real_mqtt_open_fail(m, status);
		return;
	}
	str_copy(m->address, sizeof(m->address), address);
	dial(m);
}

/* What can fail before anybody is asked. */
static enum link_status prepare(struct real_mqtt *m, const struct link_mqtt_setup *setup)
{
	enum link_status status;

	m->lib = real_mosquitto(m->link, &m->why);
	if (!m->lib)
		return LINK_REFUSED;
	status = setup->tls ? real_tls_new(m->link, setup->tls, setup->host, &m->tls, &m->why) : LINK_OK;
	if (status)
		return status;
	if (m->tls && !real_tls_ctx(m->tls)) {
		why_add(&m->why, "memory", "out of memory");
		return LINK_TLS_FAILED;
	}
	/* A close_notify of ours would be answered by a reset, and how the peer has ended could not be told any more. */
	if (m->tls)
		SSL_CTX_set_quiet_shutdown(real_tls_ctx(m->tls), 1);
	real_mqtt_again_prepare(m, setup);
	m->mosq = real_mqtt_client(m, setup, &m->why);
	return m->mosq ? LINK_OK : LINK_REFUSED;
}

void real_mqtt_open(struct real_mqtt *m, const struct route *r, const struct link_mqtt_setup *setup)
{
	enum link_status status = prepare(m, setup);

	str_copy(m->address, sizeof(m->address), r->address);
	m->row = r->host;
	if (!status)
		m->lookup = real_lookup_start(m->link, r->address, on_address, m);
	if (!status && !m->lookup) {
		why_add(&m->why, "memory", "out of memory");
		status = LINK_DNS;
	}
	if (status)
		real_mqtt_open_fail(m, status);
}
