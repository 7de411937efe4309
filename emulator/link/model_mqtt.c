/*
 * The modelled back end of link_mqtt.h: sessions of one modem with the brokers of its world, all of it on the clock.
 * Nothing here opens a socket, and no call reports anything before it has returned.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/model.h"

/* --- the end of a session ----------------------------------------------------------------------------------------- */

static bool is_operation(const struct job *j)
{
	return j->kind == JOB_PUBLISHED || j->kind == JOB_SUBSCRIBE || j->kind == JOB_SUBSCRIBED ||
	       j->kind == JOB_UNSUBSCRIBE || j->kind == JOB_DENIED;
}

/* The broker sees the connection go: its will speaks, and what had not arrived waits for a persistent session. */
static void leave_broker(struct conn *m)
{
	struct session *s = m->session;
	struct message *will = m->will;

	if (!s)
		return;
	trace_text(m->link->o.trace, TRACE_BROKER, "lost %s", s->client_id);
	jobs_requeue(m);
	m->session = NULL;
	m->will = NULL;
	broker_detach(m->broker, s, will);
	message_unref(will);
}

/* Operations become their failure, at once; everything else under way is gone. */
static void fail_jobs(struct conn *m, enum link_status status, const char *reason)
{
	struct job *j, *next;

	TAILQ_FOREACH_SAFE(j, &m->jobs, entry, next) {
		if (!is_operation(j)) {
			job_free(j);
			continue;
		}
		j->kind = JOB_PUBLISHED;	/* with a status: no more than the event of the operation's own type */
		j->status = status == LINK_PEER_CLOSED ? LINK_PEER_CLOSED_AFTER : status;
		snprintf(j->reason, sizeof(j->reason), "%s", reason);
		clock_arm(m->link->o.clock, &j->timer, 0);
	}
}

void conn_die(struct conn *m, enum link_status status, const char *reason)
{
	struct job *j;

	if (m->state == CONN_DEAD)
		return;
	if (m->opening) {
		/* Its outcome becomes this, at once. */
		m->opening->status = status;
		why_reset(&m->opening->why);
		why_add(&m->opening->why, status == LINK_NO_NETWORK ? "net" : "broker", "%s", reason);
		leave_broker(m);
		clock_arm(m->link->o.clock, &m->timer, 0);
		return;
	}
	m->state = CONN_DEAD;
	timer_cancel(&m->timer);
	leave_broker(m);
	fail_jobs(m, status, reason);
	j = job_new(m, JOB_LOST, 0);
	if (!j)
		return;
	j->status = status;
	snprintf(j->reason, sizeof(j->reason), "%s", reason);
}

static void network_lost(struct link_session *s)
{
	conn_die((struct conn *)s, LINK_NO_NETWORK, "the bearer went down");
}

/* --- connect ------------------------------------------------------------------------------------------------------ */

/* The modem pings once a keep-alive interval. That costs nothing to model until nobody answers. */
static void keep_alive(struct conn *m)
{
	struct why why = { .n = 0 };
	struct link_mqtt_event ev = { .type = LINK_MQTT_PING_FAILED, .status = LINK_TIMEOUT, .why = &why };

	clock_arm(m->link->o.clock, &m->timer, m->keepalive_s * UINT64_C(1000000));
	if (!conn_muted(m) && !m->faults.no_pingresp)
		return;
	why_add(&why, "broker", "%.80s did not answer PINGREQ", m->broker->name);
	m->func(&ev, m->ctx);
}

static void on_timer(void *ctx)
{
	struct conn *m = ctx;

	if (m->opening)
		conn_open_step(m);
	else
		keep_alive(m);
}

static bool copy_will(struct conn *m, const struct link_mqtt_setup *s)
{
	if (!s->will.topic)
		return true;
	m->will = message_new(s->will.topic, strlen(s->will.topic), s->will.payload, s->will.len, s->will.qos, false);
	return m->will;
}

static void model_close(struct link_mqtt *base)
{
	struct conn *m = (struct conn *)base;

	leave_broker(m);
	timer_cancel(&m->timer);
	jobs_clear(m);
	opening_free(m->opening);
	message_unref(m->will);
	TAILQ_REMOVE(&m->link->conns, m, entry);
	link_session_close(m->link, &base->session);
	free(m);
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static int next_mid(struct conn *m)
{
	m->last_mid = m->last_mid % 65535 + 1;
	return m->last_mid;
}

static const struct latency *latency(const struct conn *m)
{
	return &m->broker->host->model.latency;
}

/* An operation the broker answers by closing. */
static int deny(struct conn *m, enum link_mqtt_event_type type, int mid, uint64_t delay_us, const char *reason)
{
	struct job *j = job_new(m, JOB_DENIED, delay_us);

	if (!j)
		return -ENOMEM;
	j->type = type;
	j->mid = mid;
	snprintf(j->reason, sizeof(j->reason), "%s", reason);
	return mid;
}

static int start_arrival(struct conn *m, struct message *message, uint64_t delay_us)
{
	struct job *j = job_new(m, JOB_ARRIVE, delay_us);

	if (!j)
		return -ENOMEM;
	j->message = message_ref(message);
	return 0;
}

/* When the client knows that the message is through, and when the broker hands it on (QoS 2: at PUBREL). */
static int start_publish(struct conn *m, struct message *message, int mid)
{
	static const uint64_t socket_write_us = 10000;
	uint64_t trip = latency(m)->publish;
	uint64_t through = message->qos == 0 ? socket_write_us : message->qos == 1 ? trip : 2 * trip;
	/* Denied and yet here: a broker that acknowledges and forgets (acl action refuse). */
	bool dropped = broker_denies(&m->broker->host->model.deny_publish, message->topic, message->topic_len);
	struct job *j;

	if (!conn_muted(m) && !dropped && start_arrival(m, message, message->qos == 2 ? trip + trip / 2 : trip / 2))
		return -ENOMEM;
	if (message->qos && (conn_muted(m) || m->faults.no_puback))
		return mid;	/* the owner has a timeout */
	j = job_new(m, JOB_PUBLISHED, through);
	if (!j)
		return -ENOMEM;
	j->type = LINK_MQTT_PUBLISHED;
	j->mid = mid;
	return mid;
}

static int publish_denied(struct conn *m, const char *topic, size_t len, int mid)
{
	const struct model *model = &m->broker->host->model;
	bool denied = broker_denies(&model->deny_publish, topic, len);
	char reason[96];

	if (m->faults.drop_on_publish)
		return deny(m, LINK_MQTT_PUBLISHED, mid, latency(m)->publish, "misbehaviour drop_on_publish");
	if (!denied || model->acl_refuse)
		return 0;
	snprintf(reason, sizeof(reason), "the broker's policy forbids publishing to \"%.*s\"", len > 40 ? 40 : (int)len, topic);
	return deny(m, LINK_MQTT_PUBLISHED, mid, latency(m)->publish, reason);
}

static int model_publish(struct link_mqtt *base, const char *topic, size_t topic_len, const void *payload, size_t len,
			 int qos, bool retain, bool dup)
{
	struct conn *m = (struct conn *)base;
	struct message *message;
	int mid, err;

	(void)dup;	/* tells the broker nothing it acts on */
	if (m->state != CONN_UP)
		return -ENOTCONN;
	if (qos < 0 || qos > 2)
		return -EINVAL;
	mid = next_mid(m);
	err = publish_denied(m, topic, topic_len, mid);
	if (err)
		return err;
	message = message_new(topic, topic_len, payload, len, qos, retain);
	if (!message)
		return -ENOMEM;
	err = start_publish(m, message, mid);
	message_unref(message);
	return err;
}

/* All topics in one block: the array, then their bytes. */
static struct link_mqtt_topic *copy_topics(const struct link_mqtt_topic *topics, size_t n)
{
	struct link_mqtt_topic *out;
	size_t bytes = 0;
	char *at;

	for (size_t i = 0; i < n; i++)
		bytes += topics[i].len;
	out = malloc(n * sizeof(*out) + bytes);
	if (!out)
		return NULL;
	at = (char *)(out + n);
	for (size_t i = 0; i < n; i++) {
		out[i] = topics[i];
		out[i].topic = at;
		memcpy(at, topics[i].topic, topics[i].len);
		at += topics[i].len;
	}
	return out;
}

static int start_topics(struct conn *m, enum job_kind kind, enum link_mqtt_event_type type,
			const struct link_mqtt_topic *topics, size_t n)
{
	struct link_mqtt_topic *copy;
	struct job *j;

	if (m->state != CONN_UP)
		return -ENOTCONN;
	if (!n)
		return -EINVAL;
	if (conn_muted(m) || (kind == JOB_SUBSCRIBE && m->faults.no_suback))
		return next_mid(m);
	copy = copy_topics(topics, n);
	j = copy ? job_new(m, kind, latency(m)->subscribe) : NULL;
	if (!j) {
		free(copy);
		return -ENOMEM;
	}
	j->type = type;
	j->mid = next_mid(m);
	j->topic = copy;
	j->n_topics = n;
	return j->mid;
}

static bool subscribe_denied(const struct conn *m, const struct link_mqtt_topic *topics, size_t n)
{
	const struct model *model = &m->broker->host->model;

	for (size_t i = 0; i < n && !model->acl_refuse; i++) {
		if (broker_denies(&model->deny_subscribe, topics[i].topic, topics[i].len))
			return true;
	}
	return false;
}

static int model_subscribe(struct link_mqtt *base, const struct link_mqtt_topic *topics, size_t n)
{
	struct conn *m = (struct conn *)base;

	if (m->state == CONN_UP && m->faults.drop_on_subscribe)
		return deny(m, LINK_MQTT_SUBSCRIBED, next_mid(m), latency(m)->subscribe, "misbehaviour drop_on_subscribe");
	if (m->state == CONN_UP && subscribe_denied(m, topics, n))
		return deny(m, LINK_MQTT_SUBSCRIBED, next_mid(m), latency(m)->subscribe,
			    "the broker's policy forbids this subscription");
	return start_topics(m, JOB_SUBSCRIBE, LINK_MQTT_SUBSCRIBED, topics, n);
}

static int model_unsubscribe(struct link_mqtt *base, const struct link_mqtt_topic *topics, size_t n)
{
	return start_topics((struct conn *)base, JOB_UNSUBSCRIBE, LINK_MQTT_UNSUBSCRIBED, topics, n);
}

static int model_disconnect(struct link_mqtt *base)
{
	struct conn *m = (struct conn *)base;
	struct job *j;

	if (m->state != CONN_UP)
		return -ENOTCONN;
	j = job_new(m, JOB_DISCONNECT, latency(m)->publish);
	if (!j)
		return -ENOMEM;
	j->type = LINK_MQTT_DISCONNECTED;
	j->mid = next_mid(m);
	return j->mid;
}

struct link_mqtt *model_mqtt_connect(struct link *l, const struct route *r, const struct link_mqtt_setup *setup,
				     link_mqtt_func_t func, void *ctx)
{
	static const struct link_mqtt_ops ops = {
		model_publish, model_subscribe, model_unsubscribe, model_disconnect, model_close,
	};
	struct conn *m = calloc(1, sizeof(*m));
	uint64_t delay_us;

	if (!m)
		return NULL;
	*m = (struct conn){ .base.ops = &ops, .link = l, .func = func, .ctx = ctx, .keepalive_s = setup->keepalive_s,
			    .client = { conn_deliver, conn_close_by_broker, m } };
	TAILQ_INIT(&m->jobs);
	timer_init(&m->timer, on_timer, m);
	delay_us = copy_will(m, setup) ? conn_plan(m, r, setup) : UINT64_MAX;
	if (delay_us == UINT64_MAX) {
		message_unref(m->will);
		free(m);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&l->conns, m, entry);
	link_session_open(l, &m->base.session, network_lost);
	clock_arm(l->o.clock, &m->timer, delay_us);
	return &m->base;
}
