/*
 * A modelled broker behind a socket: the client brings its own MQTT (TinyGSM and others over AT+CIPOPEN), so this speaks the
 * packets that the modem's own client leaves to link_mqtt.h. Who may do what is the broker's business (broker_model.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link/model_stream.h"
#include "link/mqtt_packet.h"

/* To the client, QoS 1 and 2 until the acknowledgement. */
struct outgoing {
	TAILQ_ENTRY(outgoing) entry;
	struct message *message;
	int qos;
	bool retain, sent;
	uint16_t id;
};

/* From the client, QoS 2 until PUBREL. */
struct incoming {
	TAILQ_ENTRY(incoming) entry;
	struct message *message; /* NULL: the broker has taken it and forgotten it */
	uint16_t id;
};

struct mqtt_server {
	struct model_peer *p;
	struct broker_client client;
	struct broker *broker;
	struct session *session; /* between CONNECT and the end */
	struct message *will;
	struct buf in;
	TAILQ_HEAD(, outgoing) out;
	size_t n_out;
	TAILQ_HEAD(, incoming) received;
	size_t n_received;
	bool holds; /* what is for the client waits for the packet that goes before it */
	uint16_t last_id;
	uint64_t patience_us, heard_us; /* keep-alive and a half, 0: none */
};

enum { OUT_MAX = 1000, RECEIVED_MAX = 1000 };

/* --- towards the client ---------------------------------------------------------------------------------------------------- */

static void say(struct mqtt_server *m, struct buf *packet, uint64_t after_us)
{
	model_peer_send_after(m->p, packet->data, packet->len, after_us);
	buf_free(packet);
}

static void say_ack(struct mqtt_server *m, enum mqtt_type type, uint16_t id)
{
	struct buf packet;

	buf_init(&packet, 16);
	mqtt_write_ack(&packet, type, id);
	say(m, &packet, 0);
}

static void outgoing_free(struct mqtt_server *m, struct outgoing *o)
{
	TAILQ_REMOVE(&m->out, o, entry);
	m->n_out--;
	message_unref(o->message);
	free(o);
}

/* false: the modem does not read, and this waits. */
static bool send_message(struct mqtt_server *m, struct outgoing *o)
{
	const struct message *msg = o->message;
	const struct mqtt_span topic = { msg->topic, msg->topic_len }, payload = { msg->payload, msg->len };
	int copies = m->p->faults.duplicate_publish && o->qos ? 2 : 1;
	struct buf packet;

	buf_init(&packet, MQTT_PACKET_MAX + 1024);
	mqtt_write_publish(&packet, o->id, topic, payload, o->qos, o->retain, false);
	if (m->p->stream && m->p->stream->in.bytes && model_peer_room(m->p) < packet.len) {
		buf_free(&packet);
		return false;
	}
	while (--copies)
		model_peer_send(m->p, packet.data, packet.len);
	say(m, &packet, 0);
	o->sent = true;
	return true;
}

static void send_waiting(struct mqtt_server *m)
{
	struct outgoing *o, *next;

	TAILQ_FOREACH_SAFE(o, &m->out, entry, next) {
		if (m->holds || m->p->ended)
			return;
		if (!o->sent && !send_message(m, o))
			return;
		if (o->sent && !o->qos)
			outgoing_free(m, o);
	}
}

static uint16_t next_id(struct mqtt_server *m)
{
	m->last_id = m->last_id == 65535 ? 1 : (uint16_t)(m->last_id + 1);
	return m->last_id;
}

static void deliver(void *ctx, struct message *message, int qos, bool retain)
{
	struct mqtt_server *m = ctx;
	struct outgoing *o = calloc(1, sizeof(*o));

	if (!o)
		return;
	*o = (struct outgoing){ .message = message_ref(message), .qos = qos, .retain = retain };
	o->id = qos ? next_id(m) : 0;
	TAILQ_INSERT_TAIL(&m->out, o, entry);
	if (++m->n_out > OUT_MAX)
		outgoing_free(m, TAILQ_FIRST(&m->out));
	send_waiting(m);
}

static void close_by_broker(void *ctx, const char *reason)
{
	struct mqtt_server *m = ctx;

	model_peer_end(m->p, LINK_PEER_CLOSED, "%s", reason);
}

/* --- its life ------------------------------------------------------------------------------------------------------------- */

static struct mqtt_server *server(struct model_peer *p)
{
	struct mqtt_server *m = p->state;

	if (m)
		return m;
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->p = p;
	m->client = (struct broker_client){ deliver, close_by_broker, m };
	buf_init(&m->in, MQTT_PACKET_MAX + 65536);
	TAILQ_INIT(&m->out);
	TAILQ_INIT(&m->received);
	p->state = m;
	return m;
}

static void requeue(struct mqtt_server *m, struct session *s)
{
	while (!TAILQ_EMPTY(&m->out)) {
		struct outgoing *o = TAILQ_FIRST(&m->out);

		if (s)
			broker_queue(s, o->message, o->qos, o->retain);
		outgoing_free(m, o);
	}
}

static void received_free(struct mqtt_server *m, struct incoming *i)
{
	TAILQ_REMOVE(&m->received, i, entry);
	m->n_received--;
	message_unref(i->message);
	free(i);
}

/* will NULL: it has said goodbye. */
static void leave(struct mqtt_server *m, struct message *will)
{
	struct session *s = m->session;

	requeue(m, s);
	m->session = NULL;
	m->patience_us = 0;
	if (s)
		broker_detach(m->broker, s, will);
	m->broker = NULL;
	message_unref(m->will);
	m->will = NULL;
}

void mqtt_server_gone(struct model_peer *p)
{
	struct mqtt_server *m = p->state;

	if (!m || !m->session)
		return;
	trace_text(p->link->o.trace, TRACE_BROKER, "lost %s", m->session->client_id);
	leave(m, m->will);
}

void mqtt_server_forget(struct model_peer *p)
{
	struct mqtt_server *m = p->state;

	if (!m)
		return;
	leave(m, NULL);
	while (!TAILQ_EMPTY(&m->received))
		received_free(m, TAILQ_FIRST(&m->received));
	buf_free(&m->in);
	free(m);
	p->state = NULL;
}

/* --- CONNECT --------------------------------------------------------------------------------------------------------------- */

static char *text_of(struct mqtt_span s)
{
	return s.data ? strndup(s.data, s.len) : NULL;
}

/* false: a misbehaviour has ended the connection instead of an answer. */
static bool may_answer(struct mqtt_server *m)
{
	const struct faults *f = &m->p->faults;

	if (f->close_before_connack)
		model_peer_end(m->p, LINK_PEER_CLOSED, "misbehaviour close_before_connack");
	else if (f->close_after_connect)
		model_peer_end(m->p, LINK_PEER_CLOSED, "misbehaviour close_after_connect");
	else if (f->reset_after_connect)
		model_peer_end(m->p, LINK_RESET, "misbehaviour reset_after_connect");
	return !m->p->ended;
}

/* The CONNACK comes when it would come to the modem's own client. */
static void say_connack(struct mqtt_server *m, bool present, int code)
{
	const struct latency *l = &m->p->host->model.latency;
	struct buf packet;

	buf_init(&packet, 16);
	mqtt_write_connack(&packet, present, code);
	say(m, &packet, l->mqtt > l->trip ? l->mqtt - l->trip : 0);
}

static void refuse(struct mqtt_server *m, int code, const struct why *why)
{
	say_connack(m, false, code);
	model_peer_end(m->p, LINK_PEER_CLOSED, "CONNACK %d: %s", code, why->n ? why->step[0].text : "out of memory");
}

static void accept_client(struct mqtt_server *m, const struct mqtt_packet *c, bool present)
{
	static const uint64_t second_us = 1000000;

	if (c->will && m->session)
		m->will = message_new(c->will_topic.data, c->will_topic.len, c->will_payload.data, c->will_payload.len,
				      c->will_qos, c->will_retain);
	m->patience_us = c->keepalive_s * second_us * 3 / 2;
	say_connack(m, present, 0);
	m->holds = false;
	send_waiting(m);
}

static void judge_client(struct mqtt_server *m, const struct mqtt_packet *c, const struct link_mqtt_setup *setup)
{
	const char *id = setup->client_id;
	struct why why = { .n = 0 };
	bool present;
	int code;

	m->broker = model_broker(m->p->link, m->p->name, m->p->port, m->p->host);
	if (m->p->connack_5) {
		why_add(&why, "R4", "no SNI was sent");
		trace_text(m->p->link->o.trace, TRACE_BROKER, "refused %s 5", id);
		refuse(m, 5, &why);
		return;
	}
	m->holds = true;
	present = m->broker && !c->clean && c->level == 4 && broker_keeps(m->broker, id);
	code = m->broker ? broker_connect(m->broker, setup, &m->client, &m->session, &why) : -ENOMEM;
	if (code)
		refuse(m, code > 0 ? code : 3, &why);
	else
		accept_client(m, c, present);
}

static void take_connect(struct mqtt_server *m, const struct mqtt_packet *c)
{
	char *id = text_of(c->client_id), *user = text_of(c->user), *password = text_of(c->password);
	const struct link_mqtt_setup setup = {
		.client_id = id ? id : "", .user = user, .password = password, .version = c->level, .clean = c->clean,
	};

	if (may_answer(m))
		judge_client(m, c, &setup);
	free(id);
	free(user);
	free(password);
}

/* --- PUBLISH --------------------------------------------------------------------------------------------------------------- */

static struct incoming *find_received(struct mqtt_server *m, uint16_t id)
{
	struct incoming *i;

	TAILQ_FOREACH(i, &m->received, entry) {
		if (i->id == id)
			return i;
	}
	return NULL;
}

/* false: the broker answers by closing. */
static bool may_publish(struct mqtt_server *m, const struct mqtt_packet *p, bool *denied)
{
	const struct model *model = &m->p->host->model;

	*denied = broker_denies(&model->deny_publish, p->topic.data, p->topic.len);
	if (m->p->faults.drop_on_publish)
		model_peer_end(m->p, LINK_PEER_CLOSED, "misbehaviour drop_on_publish");
	else if (*denied && !model->acl_refuse)
		model_peer_end(m->p, LINK_PEER_CLOSED, "the broker's policy forbids publishing to \"%.*s\"",
			       p->topic.len > 40 ? 40 : (int)p->topic.len, p->topic.data);
	return !m->p->ended;
}

/* What was sent again because its PUBREC did not come is known by its id (4.3.3). */
static void take_exactly_once(struct mqtt_server *m, struct message *message, uint16_t id)
{
	struct incoming *i = find_received(m, id);

	if (!i && m->n_received < RECEIVED_MAX)
		i = calloc(1, sizeof(*i));
	if (i && !i->id) {
		i->id = id;
		i->message = message ? message_ref(message) : NULL;
		TAILQ_INSERT_TAIL(&m->received, i, entry);
		m->n_received++;
	}
	if (i && !m->p->faults.no_puback)
		say_ack(m, MQTT_PUBREC, id);
}

static void take_publish(struct mqtt_server *m, const struct mqtt_packet *p)
{
	struct message *message = NULL;
	bool denied;

	if (!may_publish(m, p, &denied))
		return;
	if (!denied)
		message = message_new(p->topic.data, p->topic.len, p->payload.data, p->payload.len, p->qos, p->retain);
	if (p->qos == 2)
		take_exactly_once(m, message, p->id);
	else if (message)
		broker_publish(m->broker, message);
	if (p->qos == 1 && !m->p->faults.no_puback)
		say_ack(m, MQTT_PUBACK, p->id);
	message_unref(message);
}

static void take_pubrel(struct mqtt_server *m, uint16_t id)
{
	struct incoming *i = find_received(m, id);

	if (i && i->message)
		broker_publish(m->broker, i->message);
	if (i)
		received_free(m, i);
	say_ack(m, MQTT_PUBCOMP, id);
}

/* PUBACK, PUBREC, PUBCOMP of what the client was sent. */
static void take_ack(struct mqtt_server *m, enum mqtt_type type, uint16_t id)
{
	struct outgoing *o, *next;

	TAILQ_FOREACH_SAFE(o, &m->out, entry, next) {
		if (o->sent && o->id == id && (type == MQTT_PUBACK) == (o->qos == 1))
			outgoing_free(m, o);
	}
	if (type == MQTT_PUBREC)
		say_ack(m, MQTT_PUBREL, id);
}

/* --- SUBSCRIBE --------------------------------------------------------------------------------------------------------------- */

static bool may_subscribe(struct mqtt_server *m, struct mqtt_packet p)
{
	const struct model *model = &m->p->host->model;
	struct mqtt_span filter;
	int qos;

	if (m->p->faults.drop_on_subscribe)
		model_peer_end(m->p, LINK_PEER_CLOSED, "misbehaviour drop_on_subscribe");
	while (!m->p->ended && !model->acl_refuse && mqtt_next_filter(&p, &filter, &qos)) {
		if (broker_denies(&model->deny_subscribe, filter.data, filter.len))
			model_peer_end(m->p, LINK_PEER_CLOSED, "the broker's policy forbids this subscription");
	}
	return !m->p->ended;
}

static void take_subscribe(struct mqtt_server *m, struct mqtt_packet *p)
{
	struct link_mqtt_topic t;
	struct mqtt_span filter;
	struct buf codes, packet;
	uint16_t id = p->id;

	if (!may_subscribe(m, *p))
		return;
	buf_init(&codes, MQTT_PACKET_MAX);
	buf_init(&packet, MQTT_PACKET_MAX);
	m->holds = !m->p->faults.publish_before_suback;
	while (mqtt_next_filter(p, &filter, &t.qos)) {
		t.topic = filter.data;
		t.len = filter.len;
		buf_addc(&codes, (char)broker_subscribe(m->broker, m->session, &t));
	}
	if (!m->p->faults.no_suback) {
		mqtt_write_suback(&packet, id, (const unsigned char *)buf_str(&codes), codes.len);
		say(m, &packet, 0);
	}
	buf_free(&codes);
	m->holds = false;
	send_waiting(m);
}

static void take_unsubscribe(struct mqtt_server *m, struct mqtt_packet *p)
{
	struct mqtt_span filter;
	uint16_t id = p->id;
	int qos;

	while (mqtt_next_filter(p, &filter, &qos))
		broker_unsubscribe(m->broker, m->session, filter.data, filter.len);
	say_ack(m, MQTT_UNSUBACK, id);
}

/* --- packets ----------------------------------------------------------------------------------------------------------------- */

static void take_disconnect(struct mqtt_server *m)
{
	trace_text(m->p->link->o.trace, TRACE_BROKER, "disconnect %s", m->session->client_id);
	leave(m, NULL);
	model_peer_end(m->p, LINK_PEER_CLOSED, "the client said DISCONNECT");
}

static void take_packet(struct mqtt_server *m, struct mqtt_packet *p)
{
	if ((p->type == MQTT_CONNECT) != !m->session) {
		model_peer_end(m->p, LINK_PEER_CLOSED, m->session ? "a second CONNECT" : "the first packet is no CONNECT");
		return;
	}
	switch (p->type) {
	case MQTT_CONNECT:
		take_connect(m, p);
		break;
	case MQTT_PUBLISH:
		take_publish(m, p);
		break;
	case MQTT_PUBREL:
		take_pubrel(m, p->id);
		break;
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBCOMP:
		take_ack(m, p->type, p->id);
		break;
	case MQTT_SUBSCRIBE:
		take_subscribe(m, p);
		break;
	case MQTT_UNSUBSCRIBE:
		take_unsubscribe(m, p);
		break;
	case MQTT_PINGREQ:
		if (!m->p->faults.no_pingresp)
			say_ack(m, MQTT_PINGRESP, 0);
		break;
	case MQTT_DISCONNECT:
		take_disconnect(m);
		break;
	case MQTT_CONNACK:
	case MQTT_SUBACK:
	case MQTT_UNSUBACK:
	case MQTT_PINGRESP:
		break; /* mqtt_packet_read() refuses them */
	}
}

static void take_packets(struct mqtt_server *m)
{
	struct mqtt_packet packet;
	const char *why = "";
	long n = 1;

	while (n > 0 && !m->p->ended) {
		n = mqtt_packet_read(buf_str(&m->in), m->in.len, &packet, &why);
		if (n > 0) {
			take_packet(m, &packet);
			buf_drop(&m->in, (size_t)n);
		}
	}
	if (n < 0)
		model_peer_end(m->p, LINK_PEER_CLOSED, "%s", why);
}

/* 3.1.2.10: one and a half times the keep-alive without a packet. */
static void watch_keepalive(struct mqtt_server *m)
{
	uint64_t now = clock_now_us(m->p->link->o.clock);

	if (!m->patience_us || m->p->ended)
		return;
	if (now - m->heard_us >= m->patience_us)
		model_peer_end(m->p, LINK_PEER_CLOSED, "nothing came for one and a half times the keep-alive");
	else
		model_peer_wake(m->p, m->heard_us + m->patience_us - now);
}

void mqtt_server_run(struct model_peer *p)
{
	if (!p->state || p->ended)
		return;
	send_waiting(p->state);
	watch_keepalive(p->state);
}

size_t mqtt_server_read(struct model_peer *p, const void *data, size_t len)
{
	struct mqtt_server *m = server(p);

	if (!m || buf_add(&m->in, data, len)) {
		model_peer_end(p, LINK_RESET, "out of memory");
		return len;
	}
	m->heard_us = clock_now_us(p->link->o.clock);
	take_packets(m);
	watch_keepalive(m);
	return len;
}
