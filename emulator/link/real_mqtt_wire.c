/*
 * libmosquitto on the loop: its socket polled, its callbacks turned into events, its pings sent when the modem's clock
 * says so. It closes its descriptor in the middle of its own functions; polling a duplicate keeps libuv out of trouble,
 * tells afterwards how the connection ended, and lets a DISCONNECT arrive before the socket goes. Nothing here calls the
 * owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/real_mqtt.h"
#include "link/real_socket.h"

enum {
	READS_MAX = 32,		  /* packets taken in one go */
	WAITING_MAX = 64 * 1024, /* bytes of messages read ahead of the modem */
	WRITES_MAX = 64,
	MISC_US = 1000000, /* libmosquitto counts in seconds */
	LINGER_US = 2000000,
};

/* --- libmosquitto's callbacks --------------------------------------------------------------------------------------- */

static void on_connack(struct mosquitto *mosq, void *ctx, int code)
{
	struct real_mqtt *m = ctx;

	(void)mosq;
	m->connack = code;
	if (!code)
		real_mqtt_start(m);
}

static void on_published(struct mosquitto *mosq, void *ctx, int packet)
{
	(void)mosq;
	real_mqtt_answered(ctx, LINK_MQTT_PUBLISHED, packet, 0);
}

static void on_subscribed(struct mosquitto *mosq, void *ctx, int packet, int n, const int *granted)
{
	int worst = 0;

	(void)mosq;
	for (int i = 0; i < n; i++)
		worst = granted[i] > worst ? granted[i] : worst;
	real_mqtt_answered(ctx, LINK_MQTT_SUBSCRIBED, packet, worst);
}

static void on_unsubscribed(struct mosquitto *mosq, void *ctx, int packet)
{
	(void)mosq;
	real_mqtt_answered(ctx, LINK_MQTT_UNSUBSCRIBED, packet, 0);
}

static void on_message(struct mosquitto *mosq, void *ctx, const struct mosquitto_message *message)
{
	const struct link_mqtt_event ev = {
		.type = LINK_MQTT_MESSAGE, .topic = message->topic, .topic_len = strlen(message->topic),
		.payload = message->payload, .payload_len = (size_t)message->payloadlen, .qos = message->qos,
		.retain = message->retain,
	};

	(void)mosq;
	real_mqtt_queue(ctx, &ev, NULL);
}

/* The one way to learn of PINGREQ and PINGRESP; on from a ping to its answer only. */
static void on_log(struct mosquitto *mosq, void *ctx, int level, const char *text)
{
	struct real_mqtt *m = ctx;

	(void)mosq;
	(void)level;
	if (strstr(text, "sending PINGREQ"))
		m->ping_out = true;
	else if (strstr(text, "received PINGRESP"))
		m->ping_out = false;
}

/* --- the client ------------------------------------------------------------------------------------------------------ */

static int set_options(const struct real_mqtt *m, struct mosquitto *mosq, const struct link_mqtt_setup *s)
{
	const struct real_mosquitto *lib = m->lib;
	int rc = lib->int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION, s->version == 3 ? MQTT_PROTOCOL_V31 : MQTT_PROTOCOL_V311);

	if (!rc)
		rc = lib->int_option(mosq, MOSQ_OPT_TCP_NODELAY, 1);
	if (!rc && s->user)
		rc = lib->username_pw_set(mosq, s->user, s->password);
	if (!rc && s->will.topic)
		rc = lib->will_set(mosq, s->will.topic, (int)s->will.len, s->will.payload, s->will.qos, false);
	if (!rc && m->tls)
		rc = lib->int_option(mosq, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
	if (!rc && m->tls)
		rc = lib->void_option(mosq, MOSQ_OPT_SSL_CTX, real_tls_ctx(m->tls));
	return rc;
}

struct mosquitto *real_mqtt_client(struct real_mqtt *m, const struct link_mqtt_setup *s, struct why *why)
{
	const struct real_mosquitto *lib = m->lib;
	const char *id = s->client_id && *s->client_id ? s->client_id : NULL;
	struct mosquitto *mosq = lib->new(id, s->clean, m);
	int rc = mosq ? set_options(m, mosq, s) : MOSQ_ERR_INVAL;

	if (rc) {
		why_add(why, "broker", "libmosquitto makes no client of these settings: %.80s", lib->strerror(rc));
		lib->destroy(mosq);
		return NULL;
	}
	lib->connect_callback_set(mosq, on_connack);
	lib->publish_callback_set(mosq, on_published);
	lib->subscribe_callback_set(mosq, on_subscribed);
	lib->unsubscribe_callback_set(mosq, on_unsubscribed);
	lib->message_callback_set(mosq, on_message);
	return mosq;
}

/* --- the socket ------------------------------------------------------------------------------------------------------ */

enum link_status real_mqtt_ending(const struct real_mqtt *m)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);

	/* A reset ends in CLOSE at once; a FIN leaves our half open. */
	if (m->fd < 0 || getsockopt(m->fd, IPPROTO_TCP, TCP_INFO, &info, &n) || info.tcpi_state == TCP_CLOSE)
		return LINK_RESET;
	return LINK_PEER_CLOSED;
}

static void explain_ending(const struct real_mqtt *m, enum link_status status, int rc, struct why *why)
{
	const struct real_tls_info *tls = m->tls ? real_tls_info(m->tls) : NULL;

	if (tls && tls->alert_received >= 0)
		real_tls_outcome(m->tls, why);
	if (status == LINK_RESET)
		why_add(why, "broker", "%.80s has reset the connection", m->host);
	else if (rc == MOSQ_ERR_PROTOCOL || rc == MOSQ_ERR_MALFORMED_PACKET)
		why_add(why, "broker", "%.80s sent what is no MQTT", m->host);
	else if (TAILQ_EMPTY(&m->ops))
		why_add(why, "broker", "%.80s has closed the connection", m->host);
	else
		why_add(why, "broker", "%.80s has closed the connection while its answer was awaited", m->host);
}

static void ended(struct real_mqtt *m, int rc)
{
	enum link_status status = real_mqtt_ending(m);
	struct why why = { 0 };

	explain_ending(m, status, rc, &why);
	real_mqtt_lose(m, status, &why);
}

/* libmosquitto has written DISCONNECT and closed its descriptor: the end is to be seen on ours. */
static bool has_left(const struct real_mqtt *m)
{
	return m->state == RM_LEAVING && m->lib->socket(m->mosq) < 0;
}

/* What the peer still sends is read away, so that no reset overtakes our DISCONNECT. */
static void linger(struct real_mqtt *m)
{
	char buf[4096];
	ssize_t n;

	while ((n = recv(m->fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		;
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		real_mqtt_left(m);
}

static void start_linger(struct real_mqtt *m)
{
	if (timer_armed(&m->timer))
		return;
	shutdown(m->fd, SHUT_WR);
	clock_arm(m->link->o.clock, &m->timer, LINGER_US);
}

static bool may_read(const struct real_mqtt *m)
{
	return m->state != RM_UP || (!m->link->held && m->waiting_bytes < WAITING_MAX);
}

/* One call takes one packet; more are tried as long as they bring something. */
static int read_packets(struct real_mqtt *m)
{
	unsigned before;
	int rc, n = 0;

	do {
		before = m->n_told;
		rc = m->lib->loop_read(m->mosq, 1);
	} while (!rc && m->n_told != before && may_read(m) && m->state == RM_UP && ++n < READS_MAX);
	return rc;
}

/* libmosquitto's log holds a lock while it tells, so it is switched off out here. */
static void after_ping(struct real_mqtt *m)
{
	if (!m->logs || m->ping_out)
		return;
	m->logs = false;
	m->lib->log_callback_set(m->mosq, NULL);
	clock_arm(m->link->o.clock, &m->timer, m->keepalive_s * UINT64_C(1000000));
}

static void pump(struct real_mqtt *m, int events)
{
	int rc = 0;

	if (events & UV_READABLE && may_read(m))
		rc = read_packets(m);
	if (!rc && m->lib->want_write(m->mosq))
		rc = m->lib->loop_write(m->mosq, WRITES_MAX);
	if (has_left(m)) {
		real_mqtt_watch(m);
		return;
	}
	if (rc || m->lib->socket(m->mosq) < 0) {
		ended(m, rc);
		return;
	}
	after_ping(m);
	real_mqtt_watch(m);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct real_mqtt *m = poll->data;

	if (!m)
		return;
	if (status < 0) /* libuv has given up on the descriptor; the error itself comes with the next read */
		events = UV_READABLE | UV_WRITABLE;
	if (m->state < RM_UP)
		real_mqtt_open_ready(m, events);
	else if (has_left(m))
		linger(m);
	else
		pump(m, events);
}

static bool handshake_wants_write(const struct real_mqtt *m)
{
	const struct real_tls_info *tls = real_tls_info(m->tls);

	return tls->ssl && SSL_want_write(tls->ssl);
}

static int wanted(const struct real_mqtt *m)
{
	switch (m->state) {
	case RM_CONNECTING:
		return UV_WRITABLE;
	case RM_HANDSHAKING:
		/* libmosquitto's own answer stays "write" for the whole of a handshake that once had to wait. */
		return UV_READABLE | (handshake_wants_write(m) ? UV_WRITABLE : 0);
	case RM_LEAVING:
		if (has_left(m))
			return UV_READABLE;
		/* fallthrough */
	case RM_WAITING:
	case RM_UP:
		return (may_read(m) ? UV_READABLE : 0) | (m->lib->want_write(m->mosq) ? UV_WRITABLE : 0);
	case RM_RESOLVING:
	case RM_JUDGING:
	case RM_DEAD:
		break;
	}
	return 0;
}

void real_mqtt_watch(struct real_mqtt *m)
{
	int events;

	if (!m->poll)
		return;
	if (has_left(m))
		start_linger(m);
	events = wanted(m);
	if (events)
		uv_poll_start(m->poll, events, on_poll);
	else
		uv_poll_stop(m->poll);
}

int real_mqtt_attach(struct real_mqtt *m)
{
	int fd = m->lib->socket(m->mosq);

	if (fd < 0)
		return -EBADF;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (m->fd < 0)
		return -errno;
	m->poll = real_poll_new(m->link, m->fd, m);
	return m->poll ? 0 : -ENOMEM;
}

void real_mqtt_drop(struct real_mqtt *m)
{
	real_poll_free(m->poll);
	m->poll = NULL;
	if (m->mosq)
		m->lib->destroy(m->mosq);
	m->mosq = NULL;
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

/* --- the keep-alive -------------------------------------------------------------------------------------------------- */

void real_mqtt_start(struct real_mqtt *m)
{
	m->state = RM_UP;
	real_mqtt_again_free(m->again);
	m->again = NULL;
	timer_cancel(&m->timer);
	if (m->keepalive_s)
		clock_arm(m->link->o.clock, &m->timer, m->keepalive_s * UINT64_C(1000000));
	real_mqtt_queue(m, &(struct link_mqtt_event){ .type = LINK_MQTT_CONNECTED }, NULL);
}

static void ping_failed(struct real_mqtt *m)
{
	struct why why = { 0 };

	why_add(&why, "broker", "%.80s did not answer PINGREQ", m->host);
	real_mqtt_queue(m, &(struct link_mqtt_event){ .type = LINK_MQTT_PING_FAILED, .status = LINK_TIMEOUT }, &why);
}

/*
 * libmosquitto sends a PINGREQ once a keep-alive interval has passed without traffic. It would close the session when it is
 * asked again before the answer is there; whether the modem does is for the modem to say.
 */
static void ping(struct real_mqtt *m)
{
	int rc;

	if (!m->logs)
		m->lib->log_callback_set(m->mosq, on_log);
	m->logs = true;
	rc = m->lib->loop_misc(m->mosq);
	if (rc || m->lib->socket(m->mosq) < 0) {
		ended(m, rc);
		return;
	}
	real_mqtt_watch(m);
	clock_arm(m->link->o.clock, &m->timer, m->ping_out ? m->keepalive_s * UINT64_C(1000000) : MISC_US);
}

void real_mqtt_keep_alive(struct real_mqtt *m)
{
	if (!m->ping_out) {
		ping(m);
		return;
	}
	/* An answer that nobody was allowed to read is not missing. */
	if (may_read(m))
		ping_failed(m);
	clock_arm(m->link->o.clock, &m->timer, m->keepalive_s * UINT64_C(1000000));
}
