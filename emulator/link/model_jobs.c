/* What is under way on a connection: each job has its time, does its part at the broker and ends in at most one event. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/model.h"

static void job_fire(void *ctx);

struct job *job_new(struct conn *m, enum job_kind kind, uint64_t delay_us)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->m = m;
	j->kind = kind;
	timer_init(&j->timer, job_fire, j);
	TAILQ_INSERT_TAIL(&m->jobs, j, entry);
	clock_arm(m->link->o.clock, &j->timer, delay_us);
	return j;
}

void job_free(struct job *j)
{
	timer_cancel(&j->timer);
	TAILQ_REMOVE(&j->m->jobs, j, entry);
	message_unref(j->message);
	free(j->topic);
	free(j);
}

void jobs_clear(struct conn *m)
{
	while (!TAILQ_EMPTY(&m->jobs))
		job_free(TAILQ_FIRST(&m->jobs));
}

void jobs_requeue(struct conn *m)
{
	struct job *j;

	TAILQ_FOREACH(j, &m->jobs, entry) {
		if (j->kind == JOB_DELIVER)
			broker_queue(m->session, j->message, j->qos, j->retain);
	}
}

bool conn_muted(const struct conn *m)
{
	return m->link->mute || m->faults.mute;
}

void conn_deliver(void *client, struct message *message, int qos, bool retain)
{
	struct conn *m = client;
	int copies = m->faults.duplicate_publish && qos ? 2 : 1;

	if (conn_muted(m))
		return;
	while (copies--) {
		struct job *j = job_new(m, JOB_DELIVER,
					m->deliver_at_once ? 0 : m->broker->host->model.latency.publish / 2);

		if (!j)
			return;
		j->message = message_ref(message);
		j->qos = qos;
		j->retain = retain;
	}
}

void conn_close_by_broker(void *client, const char *reason)
{
	conn_die(client, LINK_PEER_CLOSED, reason);
}

/* The last act of a job: the owner may close the connection from inside. */
static void end_operation(struct job *j, enum link_status status, int code, const struct why *why)
{
	struct conn *m = j->m;
	struct link_mqtt_event ev = { .type = j->type, .status = status, .code = code, .mid = j->mid, .why = why };

	job_free(j);
	m->func(&ev, m->ctx);
}

static void deliver(struct job *j)
{
	struct conn *m = j->m;
	struct message *message = message_ref(j->message);
	struct link_mqtt_event ev = {
		.type = LINK_MQTT_MESSAGE, .topic = message->topic, .topic_len = message->topic_len,
		.payload = message->payload, .payload_len = message->len, .qos = j->qos, .retain = j->retain,
	};

	job_free(j);
	m->func(&ev, m->ctx);
	message_unref(message);
}

static void arrive(struct job *j)
{
	struct broker *b = j->m->broker;
	struct message *message = message_ref(j->message);

	job_free(j);
	broker_publish(b, message);
	message_unref(message);
}

/* The highest granted QoS, or 0x80 when any filter is refused. */
static int subscribe_all(struct conn *m, const struct job *j)
{
	int worst = 0;

	m->deliver_at_once = m->faults.publish_before_suback;
	for (size_t i = 0; i < j->n_topics; i++) {
		int code = broker_subscribe(m->broker, m->session, &j->topic[i]);

		if (code > worst || code < 0)
			worst = code < 0 ? 0x80 : code;
	}
	m->deliver_at_once = false;
	return worst;
}

static void subscribed(struct job *j)
{
	struct why why = { .n = 0 };

	if (j->code != 0x80) {
		end_operation(j, LINK_OK, j->code, NULL);
		return;
	}
	why_add(&why, "broker", "%.80s refuses the filter: SUBACK 0x80", j->m->broker->name);
	end_operation(j, LINK_REJECTED, j->code, &why);
}

static void subscribe(struct job *j)
{
	j->code = subscribe_all(j->m, j);
	if (!j->m->faults.publish_before_suback) {
		subscribed(j);
		return;
	}
	j->kind = JOB_SUBSCRIBED;
	clock_arm(j->m->link->o.clock, &j->timer, 1000);
}

static void unsubscribe(struct job *j)
{
	for (size_t i = 0; i < j->n_topics; i++)
		broker_unsubscribe(j->m->broker, j->m->session, j->topic[i].topic, j->topic[i].len);
	end_operation(j, LINK_OK, 0, NULL);
}

/* The broker closes: this operation hears of it like all others under way, by conn_die(). */
static void denied(struct job *j)
{
	struct conn *m = j->m;
	char reason[sizeof(j->reason)];

	memcpy(reason, j->reason, sizeof(reason));
	conn_die(m, LINK_PEER_CLOSED, reason);
}

static void disconnect(struct job *j)
{
	struct conn *m = j->m;
	struct link_mqtt_event ev = { .type = LINK_MQTT_DISCONNECTED };

	trace_text(m->link->o.trace, TRACE_BROKER, "disconnect %s", m->session->client_id);
	jobs_requeue(m);
	jobs_clear(m);
	timer_cancel(&m->timer);
	m->state = CONN_DEAD;
	broker_detach(m->broker, m->session, NULL);
	m->session = NULL;
	m->func(&ev, m->ctx);
}

static void lost(struct job *j)
{
	struct conn *m = j->m;
	struct why why = { .n = 0 };
	struct link_mqtt_event ev = { .type = LINK_MQTT_LOST, .status = j->status, .why = &why };

	why_add(&why, j->status == LINK_NO_NETWORK ? "net" : "broker", "%s", j->reason);
	job_free(j);
	m->func(&ev, m->ctx);
}

static void failed(struct job *j)
{
	struct why why = { .n = 0 };

	why_add(&why, j->status == LINK_NO_NETWORK ? "net" : "broker", "%s", j->reason);
	end_operation(j, j->status, 0, &why);
}

static void job_fire(void *ctx)
{
	struct job *j = ctx;

	switch (j->kind) {
	case JOB_ARRIVE:
		arrive(j);
		break;
	case JOB_PUBLISHED:
		if (j->status)
			failed(j);
		else
			end_operation(j, LINK_OK, 0, NULL);
		break;
	case JOB_SUBSCRIBE:
		subscribe(j);
		break;
	case JOB_SUBSCRIBED:
		subscribed(j);
		break;
	case JOB_UNSUBSCRIBE:
		unsubscribe(j);
		break;
	case JOB_DENIED:
		denied(j);
		break;
	case JOB_DELIVER:
		deliver(j);
		break;
	case JOB_DISCONNECT:
		disconnect(j);
		break;
	case JOB_LOST:
		lost(j);
		break;
	}
}
