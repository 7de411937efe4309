/*
 * The real back end of link_mqtt.h: a session with a broker behind a socket, spoken by libmosquitto. Everything that
 * happens becomes an event in a queue and is told from the clock, so that no owner is called from inside its own call or
 * one of libmosquitto's.
 */
#include "link/real_mqtt.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

/* --- events ------------------------------------------------------------------------------------------------------- */

static struct real_mqtt *real_of(struct link_mqtt *base)
{
	return (struct real_mqtt *)base;
}

/* What waits for the host to read waits here, and whatever comes after it. */
static bool is_held(const struct real_mqtt *m)
{
	const struct real_mqtt_event *first = TAILQ_FIRST(&m->events);

	return m->link->held && first && first->ev.type == LINK_MQTT_MESSAGE;
}

static void arm_tell(struct real_mqtt *m)
{
	if (m->broken || (!TAILQ_EMPTY(&m->events) && !is_held(m)))
		clock_arm(m->link->o.clock, &m->tell, 0);
}

void real_mqtt_queue(struct real_mqtt *m, const struct link_mqtt_event *ev, const struct why *why)
{
	struct real_mqtt_event *e = malloc(sizeof(*e) + ev->topic_len + ev->payload_len);

	if (!e)
		return; /* the modem's own timeouts take over */
	e->ev = *ev;
	if (why)
		e->why = *why;
	e->ev.why = why ? &e->why : NULL;
	e->ev.topic = e->data;
	e->ev.payload = e->data + ev->topic_len;
	if (ev->topic_len)
		memcpy(e->data, ev->topic, ev->topic_len);
	if (ev->payload_len)
		memcpy(e->data + ev->topic_len, ev->payload, ev->payload_len);
	m->waiting_bytes += ev->topic_len + ev->payload_len;
	m->n_told++;
	TAILQ_INSERT_TAIL(&m->events, e, entry);
	arm_tell(m);
}

static struct real_mqtt_event *take_event(struct real_mqtt *m)
{
	struct real_mqtt_event *e = TAILQ_FIRST(&m->events);

	TAILQ_REMOVE(&m->events, e, entry);
	m->waiting_bytes -= e->ev.topic_len + e->ev.payload_len;
	return e;
}

static void tell(void *ctx)
{
	struct real_mqtt *m = ctx;
	link_mqtt_func_t func = m->func;
	struct real_mqtt_event *e;
	struct why why = { 0 };

	if (m->broken) {
		m->broken = false;
		why_add(&why, "broker", "%.80s has ended the connection", m->host);
		real_mqtt_lose(m, real_mqtt_ending(m), &why);
		return;
	}
	if (TAILQ_EMPTY(&m->events) || is_held(m))
		return;
	e = take_event(m);
	ctx = m->ctx;
	arm_tell(m);
	real_mqtt_watch(m);
	func(&e->ev, ctx); /* m may be gone after it */
	free(e);
}

static void hold(struct link_session *s, bool held)
{
	struct real_mqtt *m = (struct real_mqtt *)s;

	(void)held;
	arm_tell(m);
	real_mqtt_watch(m);
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static int next_mid(struct real_mqtt *m)
{
	m->last_mid = m->last_mid % 65535 + 1;
	return m->last_mid;
}

static struct real_mqtt_op *op_new(struct real_mqtt *m, enum link_mqtt_event_type type, size_t n)
{
	struct real_mqtt_op *op = calloc(1, sizeof(*op) + n * sizeof(op->packet[0]));

	if (!op)
		return NULL;
	op->type = type;
	op->mid = next_mid(m);
	op->n = op->left = n;
	TAILQ_INSERT_TAIL(&m->ops, op, entry);
	return op;
}

static void op_free(struct real_mqtt *m, struct real_mqtt_op *op)
{
	TAILQ_REMOVE(&m->ops, op, entry);
	free(op);
}

static void op_end(struct real_mqtt *m, struct real_mqtt_op *op, enum link_status status, const struct why *why)
{
	const struct link_mqtt_event ev = { .type = op->type, .status = status, .code = op->code, .mid = op->mid };

	op_free(m, op);
	real_mqtt_queue(m, &ev, why);
}

static void op_done(struct real_mqtt *m, struct real_mqtt_op *op)
{
	struct why why = { 0 };

	if (op->code < 0x80) {
		op_end(m, op, LINK_OK, NULL);
		return;
	}
	why_add(&why, "broker", "%.80s refuses the filter: SUBACK 0x80", m->host);
	op_end(m, op, LINK_REJECTED, &why);
}

static bool op_has(const struct real_mqtt_op *op, enum link_mqtt_event_type type, int packet, size_t *at)
{
	for (*at = 0; op->type == type && *at < op->n; ++*at) {
		if (op->packet[*at] == packet)
			return true;
	}
	return false;
}

void real_mqtt_answered(struct real_mqtt *m, enum link_mqtt_event_type type, int packet, int code)
{
	struct real_mqtt_op *op;
	size_t at;

	TAILQ_FOREACH (op, &m->ops, entry) {
		if (!op_has(op, type, packet, &at))
			continue;
		op->packet[at] = 0;
		if (code > op->code)
			op->code = code;
		if (!--op->left)
			op_done(m, op);
		return;
	}
}

/*
 * What libmosquitto says of a packet. A connection that has just ended is no error of the operation: it has begun, and
 * ends with the session.
 */
static int begun(struct real_mqtt *m, int rc)
{
	switch (rc) {
	case MOSQ_ERR_SUCCESS:
		return 0;
	case MOSQ_ERR_CONN_LOST:
	case MOSQ_ERR_NO_CONN:
	case MOSQ_ERR_ERRNO:
	case MOSQ_ERR_TLS:
		m->broken = true;
		arm_tell(m);
		return 0;
	case MOSQ_ERR_NOMEM:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}

/* A QoS 0 publish may have ended inside the call, by its event. */
static int mid_or_error(struct real_mqtt *m, struct real_mqtt_op *op, int mid, int err)
{
	struct real_mqtt_op *found;

	real_mqtt_watch(m);
	if (!err)
		return mid;
	TAILQ_FOREACH (found, &m->ops, entry) {
		if (found == op) {
			op_free(m, op);
			break;
		}
	}
	return err;
}

/* libmosquitto wants C strings. NULL: not one, or out of memory. */
static char *c_string(const char *p, size_t n)
{
	return memchr(p, '\0', n) ? NULL : strndup(p, n);
}

static int real_publish(struct link_mqtt *base, const char *topic, size_t topic_len, const void *payload, size_t len,
			int qos, bool retain, bool dup)
{
	struct real_mqtt *m = real_of(base);
	struct real_mqtt_op *op;
	char *name;
	int mid, err;

	(void)dup; /* libmosquitto knows itself which packet is a second one */
	if (m->state != RM_UP)
		return -ENOTCONN;
	if (len > INT_MAX)
		return -EINVAL;
	name = c_string(topic, topic_len);
	op = name ? op_new(m, LINK_MQTT_PUBLISHED, 1) : NULL;
	if (!op) {
		free(name);
		return -EINVAL;
	}
	mid = op->mid;
	err = begun(m, m->lib->publish(m->mosq, &op->packet[0], name, (int)len, payload, qos, retain));
	free(name);
	return mid_or_error(m, op, mid, err);
}

static void free_names(char **name, size_t n)
{
	for (size_t i = 0; name && i < n; i++)
		free(name[i]);
	free(name);
}

static char **copy_names(const struct link_mqtt_topic *topics, size_t n)
{
	char **name = calloc(n, sizeof(*name));

	for (size_t i = 0; name && i < n; i++) {
		name[i] = c_string(topics[i].topic, topics[i].len);
		if (name[i])
			continue;
		free_names(name, n);
		return NULL;
	}
	return name;
}

/* How many of the topics from i on have one QoS: libmosquitto's SUBSCRIBE has one for all. */
static size_t run_of(const struct link_mqtt_topic *topics, size_t n, size_t i)
{
	size_t end = i;

	while (end < n && topics[end].qos == topics[i].qos)
		end++;
	return end - i;
}

static int send_filters(struct real_mqtt *m, struct real_mqtt_op *op, const struct link_mqtt_topic *topics,
			char *const *name, size_t n)
{
	int err = 0;

	for (size_t i = 0, run, packet = 0; !err && i < n; i += run, packet++) {
		run = op->type == LINK_MQTT_SUBSCRIBED ? run_of(topics, n, i) : n;
		if (op->type == LINK_MQTT_SUBSCRIBED)
			err = begun(m, m->lib->subscribe_multiple(m->mosq, &op->packet[packet], (int)run, name + i,
								  topics[i].qos, 0, NULL));
		else
			err = begun(m, m->lib->unsubscribe_multiple(m->mosq, &op->packet[packet], (int)run, name + i,
								    NULL));
	}
	return err;
}

static int filters(struct link_mqtt *base, enum link_mqtt_event_type type, const struct link_mqtt_topic *topics,
		   size_t n)
{
	struct real_mqtt *m = real_of(base);
	struct real_mqtt_op *op;
	size_t packets = 1;
	char **name;
	int mid, err;

	if (m->state != RM_UP)
		return -ENOTCONN;
	if (!n || n > INT_MAX)
		return -EINVAL;
	for (size_t i = run_of(topics, n, 0); type == LINK_MQTT_SUBSCRIBED && i < n; i += run_of(topics, n, i))
		packets++;
	name = copy_names(topics, n);
	op = name ? op_new(m, type, packets) : NULL;
	if (!op) {
		free_names(name, n);
		return -EINVAL;
	}
	mid = op->mid;
	err = send_filters(m, op, topics, name, n);
	free_names(name, n);
	return mid_or_error(m, op, mid, err);
}

static int real_subscribe(struct link_mqtt *base, const struct link_mqtt_topic *topics, size_t n)
{
	return filters(base, LINK_MQTT_SUBSCRIBED, topics, n);
}

static int real_unsubscribe(struct link_mqtt *base, const struct link_mqtt_topic *topics, size_t n)
{
	return filters(base, LINK_MQTT_UNSUBSCRIBED, topics, n);
}

static void drop_ops(struct real_mqtt *m)
{
	while (!TAILQ_EMPTY(&m->ops))
		op_free(m, TAILQ_FIRST(&m->ops));
}

static int real_disconnect(struct link_mqtt *base)
{
	struct real_mqtt *m = real_of(base);

	if (m->state != RM_UP)
		return -ENOTCONN;
	timer_cancel(&m->timer);
	drop_ops(m);
	m->state = RM_LEAVING;
	if (m->tls)
		SSL_set_quiet_shutdown(real_tls_info(m->tls)->ssl, 0);
	m->lib->disconnect(m->mosq);
	real_mqtt_watch(m);
	return next_mid(m);
}

/* --- the end of a session ----------------------------------------------------------------------------------------- */

void real_mqtt_left(struct real_mqtt *m)
{
	m->state = RM_DEAD;
	timer_cancel(&m->timer);
	real_mqtt_drop(m);
	real_mqtt_queue(m, &(struct link_mqtt_event){ .type = LINK_MQTT_DISCONNECTED }, NULL);
}

void real_mqtt_lose(struct real_mqtt *m, enum link_status status, const struct why *why)
{
	const struct link_mqtt_event ev = { .type = LINK_MQTT_LOST, .status = status };
	enum link_status of_ops = status == LINK_PEER_CLOSED ? LINK_PEER_CLOSED_AFTER : status;

	if (m->state == RM_LEAVING) {
		real_mqtt_left(m);
		return;
	}
	if (m->state != RM_UP)
		return;
	m->state = RM_DEAD;
	timer_cancel(&m->timer);
	real_mqtt_drop(m);
	while (!TAILQ_EMPTY(&m->ops))
		op_end(m, TAILQ_FIRST(&m->ops), of_ops, why);
	real_mqtt_queue(m, &ev, why);
}

static void network_lost(struct link_session *s)
{
	struct real_mqtt *m = (struct real_mqtt *)s;
	struct why why = { 0 };

	why_add(&why, "net", "the bearer went down");
	if (m->state < RM_UP || m->state == RM_JUDGING) {
		m->why = why;
		real_mqtt_open_fail(m, LINK_NO_NETWORK);
	} else {
		real_mqtt_lose(m, LINK_NO_NETWORK, &why);
	}
}

static void real_close(struct link_mqtt *base)
{
	struct real_mqtt *m = real_of(base);

	real_lookup_cancel(m->lookup);
	real_mqtt_again_free(m->again);
	real_probe_cancel(m->probe);
	real_mqtt_drop(m);
	real_tls_free(m->tls);
	timer_cancel(&m->timer);
	timer_cancel(&m->tell);
	while (!TAILQ_EMPTY(&m->events))
		free(take_event(m));
	drop_ops(m);
	link_session_close(m->link, &base->session);
	free(m->host);
	free(m);
}

static void on_timer(void *ctx)
{
	struct real_mqtt *m = ctx;

	if (m->state == RM_UP)
		real_mqtt_keep_alive(m);
	else if (m->state == RM_LEAVING)
		real_mqtt_left(m);
	else
		real_mqtt_open_late(m);
}

struct link_mqtt *real_mqtt_connect(struct link *l, const struct route *r, const struct link_mqtt_setup *setup,
				    link_mqtt_func_t func, void *ctx)
{
	static const struct link_mqtt_ops ops = {
		real_publish, real_subscribe, real_unsubscribe, real_disconnect, real_close,
	};
	struct real_mqtt *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	*m = (struct real_mqtt){
		.base.ops = &ops, .base.session.hold = hold, .link = l, .func = func, .ctx = ctx, .fd = -1, .connack = -1,
		.host = strdup(setup->host), .port = setup->port, .real_port = r->port, .keepalive_s = setup->keepalive_s,
		.has_user = setup->user != NULL, .negotiate_us = setup->tls ? setup->tls->negotiate_us : 0,
	};
	if (!m->host) {
		free(m);
		return NULL;
	}
	TAILQ_INIT(&m->events);
	TAILQ_INIT(&m->ops);
	timer_init(&m->timer, on_timer, m);
	timer_init(&m->tell, tell, m);
	link_session_open(l, &m->base.session, network_lost);
	real_mqtt_open(m, r, setup);
	return &m->base;
}
