/* MQTT 3.1.1 seen from the broker, for the few clients one modem has. Small numbers: lists, no trees. */
#include "link/broker_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link/topic.h"

/* What a broker keeps for absent clients has a limit, as everywhere; the oldest goes first. */
enum { QUEUE_MAX = 100, RETAINED_MAX = 1000, SUBSCRIPTIONS_MAX = 1000, SESSIONS_MAX = 100 };
enum { CONNACK_VERSION = 1, CONNACK_ID = 2, CONNACK_AUTHORIZED = 5, SUBACK_FAILURE = 0x80 };

/* --- messages ------------------------------------------------------------------------------------------------- */

struct message *message_new(const char *topic, size_t topic_len, const void *payload, size_t len, int qos, bool retain)
{
	struct message *m = malloc(sizeof(*m) + topic_len + 1 + len);

	if (!m)
		return NULL;
	*m = (struct message){ .refs = 1, .qos = qos, .retain = retain, .topic_len = topic_len, .len = len };
	m->topic = (char *)(m + 1);
	memcpy(m->topic, topic, topic_len);
	m->topic[topic_len] = '\0';
	m->payload = m->topic + topic_len + 1;
	if (len)
		memcpy(m->payload, payload, len);
	return m;
}

struct message *message_ref(struct message *m)
{
	m->refs++;
	return m;
}

void message_unref(struct message *m)
{
	if (m && !--m->refs)
		free(m);
}

static int queue_add(struct queue *q, struct message *m, int qos, bool retain)
{
	struct queued *item = malloc(sizeof(*item));

	if (!item)
		return -ENOMEM;
	*item = (struct queued){ .message = message_ref(m), .qos = qos, .retain = retain };
	TAILQ_INSERT_TAIL(q, item, entry);
	return 0;
}

static void queue_remove(struct queue *q, struct queued *item)
{
	TAILQ_REMOVE(q, item, entry);
	message_unref(item->message);
	free(item);
}

void queue_clear(struct queue *q)
{
	while (!TAILQ_EMPTY(q))
		queue_remove(q, TAILQ_FIRST(q));
}

static bool same_topic(const struct message *a, const struct message *b)
{
	return a->topic_len == b->topic_len && !memcmp(a->topic, b->topic, a->topic_len);
}

int queue_retain(struct queue *q, struct message *m)
{
	struct queued *item, *next;
	size_t n = 0;

	TAILQ_FOREACH_SAFE(item, q, entry, next) {
		if (same_topic(item->message, m))
			queue_remove(q, item);
		else
			n++;
	}
	if (n >= RETAINED_MAX)
		queue_remove(q, TAILQ_FIRST(q));
	return m->len ? queue_add(q, m, m->qos, true) : 0;
}

/* --- sessions --------------------------------------------------------------------------------------------------- */

static void session_clear(struct session *s)
{
	while (!TAILQ_EMPTY(&s->subscriptions)) {
		struct subscription *sub = TAILQ_FIRST(&s->subscriptions);

		TAILQ_REMOVE(&s->subscriptions, sub, entry);
		free(sub);
	}
	queue_clear(&s->queue);
	s->n_queued = 0;
}

static void session_free(struct broker *b, struct session *s)
{
	TAILQ_REMOVE(&b->sessions, s, entry);
	session_clear(s);
	free(s->client_id);
	free(s);
}

static struct session *session_find(const struct broker *b, const char *client_id)
{
	struct session *s;

	TAILQ_FOREACH(s, &b->sessions, entry) {
		if (!strcmp(s->client_id, client_id))
			return s;
	}
	return NULL;
}

static void forget_oldest_session(struct broker *b)
{
	struct session *s, *oldest = NULL;
	size_t n = 0;

	TAILQ_FOREACH(s, &b->sessions, entry) {
		if (!oldest && !s->client)
			oldest = s;
		n++;
	}
	if (oldest && n >= SESSIONS_MAX)
		session_free(b, oldest);
}

static struct session *session_new(struct broker *b, const char *client_id)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	forget_oldest_session(b);
	TAILQ_INIT(&s->subscriptions);
	TAILQ_INIT(&s->queue);
	TAILQ_INSERT_TAIL(&b->sessions, s, entry);
	s->client_id = strdup(client_id);
	if (!s->client_id) {
		session_free(b, s);
		return NULL;
	}
	return s;
}

struct broker *broker_new(const char *name, uint16_t port, const struct host *host, struct trace *trace)
{
	struct broker *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	*b = (struct broker){ .name = strdup(name), .port = port, .host = host, .trace = trace };
	TAILQ_INIT(&b->sessions);
	TAILQ_INIT(&b->retained);
	if (!b->name) {
		free(b);
		return NULL;
	}
	return b;
}

void broker_free(struct broker *b)
{
	while (!TAILQ_EMPTY(&b->sessions))
		session_free(b, TAILQ_FIRST(&b->sessions));
	queue_clear(&b->retained);
	free(b->name);
	free(b);
}

/* --- CONNECT --------------------------------------------------------------------------------------------------- */

static bool has_login(const struct model *m, const char *user, const char *password)
{
	for (size_t i = 0; i < m->n_credentials; i++) {
		if (!strcmp(m->credentials[i].user, user ? user : "") &&
		    !strcmp(m->credentials[i].password, password ? password : ""))
			return true;
	}
	return !m->n_credentials;
}

static int judge_connect(const struct broker *b, const struct link_mqtt_setup *setup, struct why *why)
{
	const struct model *m = &b->host->model;
	const char *id = setup->client_id ? setup->client_id : "";

	if (m->connack > 0) {
		why_add(why, "broker", "%.80s answers every CONNECT with CONNACK %d (%.60s)", b->name, m->connack,
			b->host->place);
		return m->connack;
	}
	if (setup->version != 3 && setup->version != 4) {
		why_add(why, "broker", "%.80s does not speak protocol level %d", b->name, setup->version);
		return CONNACK_VERSION;
	}
	if (!*id && (setup->version == 3 || !setup->clean)) {
		why_add(why, "broker", "an empty client id needs MQTT 3.1.1 and a clean session");
		return CONNACK_ID;
	}
	if (has_login(m, setup->user, setup->password))
		return 0;
	why_add(why, "broker", "%.80s %s", b->name, setup->user ? "does not know this user name and password" :
		"wants a user name and password and none were given");
	return setup->user ? m->bad_login : CONNACK_AUTHORIZED;
}

/* What came while the client was away. */
static void hand_out_queue(struct session *s)
{
	struct queue waiting;
	struct queued *item;

	TAILQ_INIT(&waiting);
	TAILQ_CONCAT(&waiting, &s->queue, entry);
	s->n_queued = 0;
	while ((item = TAILQ_FIRST(&waiting)) != NULL) {
		s->client->deliver(s->client->ctx, item->message, item->qos, item->retain);
		queue_remove(&waiting, item);
	}
}

bool broker_keeps(const struct broker *b, const char *client_id)
{
	const struct session *s = session_find(b, client_id);

	return s && !s->clean;
}

int broker_connect(struct broker *b, const struct link_mqtt_setup *setup, const struct broker_client *client,
		   struct session **out, struct why *why)
{
	int code = judge_connect(b, setup, why);
	struct session *s;

	*out = NULL;
	if (code) {
		trace_text(b->trace, TRACE_BROKER, "refused %s %d", setup->client_id ? setup->client_id : "", code);
		return code;
	}
	s = session_find(b, setup->client_id ? setup->client_id : "");
	if (s && s->client)
		s->client->close(s->client->ctx, "another client came with the same id");	/* 3.1.4-2; s may be gone after it */
	s = session_find(b, setup->client_id ? setup->client_id : "");
	if (s && (setup->clean || s->clean))
		session_clear(s);
	if (!s)
		s = session_new(b, setup->client_id ? setup->client_id : "");
	if (!s)
		return -ENOMEM;
	s->clean = setup->clean;
	s->version = setup->version;
	s->client = client;
	trace_text(b->trace, TRACE_BROKER, "connect %s", s->client_id);
	hand_out_queue(s);
	*out = s;
	return 0;
}

void broker_detach(struct broker *b, struct session *s, struct message *will)
{
	s->client = NULL;
	if (s->clean)
		session_free(b, s);
	if (will)
		broker_publish(b, will);
}

/* --- PUBLISH ---------------------------------------------------------------------------------------------------- */

/* The highest QoS of the filters that match, or -1: overlapping subscriptions get one copy. */
static int session_qos(const struct session *s, const struct message *m)
{
	const struct subscription *sub;
	int qos = -1;

	TAILQ_FOREACH(sub, &s->subscriptions, entry) {
		if (sub->qos > qos && topic_matches(sub->filter, sub->len, m->topic, m->topic_len))
			qos = sub->qos;
	}
	return qos;
}

void broker_queue(struct session *s, struct message *m, int qos, bool retained)
{
	if (s->clean || !qos || queue_add(&s->queue, m, qos, retained))
		return;
	if (++s->n_queued > QUEUE_MAX) {
		queue_remove(&s->queue, TAILQ_FIRST(&s->queue));
		s->n_queued--;
	}
}

static void trace_publish(struct trace *t, const struct message *m)
{
	struct buf text;

	buf_init(&text, 128 * 1024);
	buf_add(&text, m->topic, m->topic_len);
	buf_addc(&text, ' ');
	buf_add(&text, m->payload, m->len);
	trace_bytes(t, TRACE_BROKER, buf_str(&text), text.len);
	buf_free(&text);
}

void broker_publish(struct broker *b, struct message *m)
{
	struct session *s;

	if (b->trace)
		trace_publish(b->trace, m);
	if (m->retain)
		queue_retain(&b->retained, m);	/* out of memory: the message is passed on and not kept */
	TAILQ_FOREACH(s, &b->sessions, entry) {
		int qos = session_qos(s, m);

		if (qos < 0)
			continue;
		if (qos > m->qos)
			qos = m->qos;
		if (s->client)
			s->client->deliver(s->client->ctx, m, qos, false);
		else
			broker_queue(s, m, qos, false);
	}
}

/* --- SUBSCRIBE -------------------------------------------------------------------------------------------------- */

bool broker_denies(const struct word_set *filters, const char *topic, size_t len)
{
	for (size_t i = 0; i < filters->n; i++) {
		if (topic_matches(filters->word[i], strlen(filters->word[i]), topic, len))
			return true;
	}
	return false;
}

static struct subscription *subscription_find(struct session *s, const char *filter, size_t len, size_t *n)
{
	struct subscription *sub;

	*n = 0;
	TAILQ_FOREACH(sub, &s->subscriptions, entry) {
		if (sub->len == len && !memcmp(sub->filter, filter, len))
			return sub;
		++*n;
	}
	return NULL;
}

static void hand_out_retained(const struct broker *b, struct session *s, const struct subscription *sub)
{
	struct queued *item;

	TAILQ_FOREACH(item, &b->retained, entry) {
		struct message *m = item->message;

		if (topic_matches(sub->filter, sub->len, m->topic, m->topic_len))
			s->client->deliver(s->client->ctx, m, m->qos < sub->qos ? m->qos : sub->qos, true);
	}
}

int broker_subscribe(struct broker *b, struct session *s, const struct link_mqtt_topic *t)
{
	struct subscription *sub;
	size_t n;

	trace_text(b->trace, TRACE_BROKER, "subscribe %.*s %d", (int)t->len, t->topic, t->qos);
	/* MQTT 3.1 has no word for a refusal: what is asked for is granted, and nothing comes. */
	if (!topic_filter_valid(t->topic, t->len) || broker_denies(&b->host->model.deny_subscribe, t->topic, t->len))
		return s->version < 4 ? t->qos : SUBACK_FAILURE;
	sub = subscription_find(s, t->topic, t->len, &n);
	if (!sub) {
		if (n >= SUBSCRIPTIONS_MAX)
			return SUBACK_FAILURE;
		sub = malloc(sizeof(*sub) + t->len);
		if (!sub)
			return -ENOMEM;
		sub->len = t->len;
		memcpy(sub->filter, t->topic, t->len);
		TAILQ_INSERT_TAIL(&s->subscriptions, sub, entry);
	}
	sub->qos = t->qos;
	hand_out_retained(b, s, sub);
	return sub->qos;
}

void broker_unsubscribe(struct broker *b, struct session *s, const char *filter, size_t len)
{
	size_t n;
	struct subscription *sub = subscription_find(s, filter, len, &n);

	trace_text(b->trace, TRACE_BROKER, "unsubscribe %.*s", (int)len, filter);
	if (!sub)
		return;
	TAILQ_REMOVE(&s->subscriptions, sub, entry);
	free(sub);
}
