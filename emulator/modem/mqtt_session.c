/*
 * A client on the wire: connect, publish, subscribe through the link, one pending operation at a time, and what the
 * link reports turned into the family's events and codes. Who may ask for what is mqtt.c's. Facts at-ssl-mqtt 6.
 */
#include "modem/mqtt_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { PORT_DEFAULT = 1883 };	/* for TLS too (manual 16.2.9) */

static const char scheme[] = "tcp://";

static struct modem *modem_of(const struct mqtt_client *c)
{
	return c->service->modem;
}

static void trace_result(const struct mqtt_client *c, int code)
{
	if (code)
		trace_why(modem_of(c)->trace, "mqtt", code, mqtt_err_text(code), &c->why);
}

/* --- the pending operation ------------------------------------------------------------------------------------- */

static void address_clear(struct mqtt_client *c)
{
	free((char *)(uintptr_t)c->to.url);
	free((char *)(uintptr_t)c->to.user);
	free((char *)(uintptr_t)c->to.password);
	free(c->host);
	c->host = NULL;
	c->to = (struct mqtt_address){ 0 };
}

void mqtt_session_drop(struct mqtt_client *c)
{
	timer_cancel(&c->guard);
	timer_cancel(&c->delay);
	c->op = MQTT_OP_NONE;
	link_mqtt_close(c->link);
	c->link = NULL;
	address_clear(c);
}

/* The binding lives until a connect failed or the client disconnected; by older manuals until any connect. */
static void drop_binding(struct mqtt_client *c, bool connected)
{
	if (connected && modem_of(c)->profile->q.mqtt_ssl_binding != QUIRK_mqtt_ssl_binding_until_connect)
		return;
	c->ssl_ctx = -1;
}

/* What the end of op does to the client; a failed publish or subscribe leaves it as it is. */
static void settle(struct mqtt_client *c, enum mqtt_op op, int code)
{
	if (op == MQTT_OP_CONNECT && !code) {
		mqtt_set_client(c, MQTT_CLIENT_CONNECTED);
		c->connected_us = clock_now_us(modem_of(c)->clock);
		drop_binding(c, true);
	} else if (op == MQTT_OP_CONNECT || op == MQTT_OP_DISCONNECT) {
		mqtt_session_drop(c);
		mqtt_set_client(c, MQTT_CLIENT_ACQUIRED);
		drop_binding(c, false);
	}
}

/* Ends the pending operation and tells. c->why holds the reasons of a code. */
static void finish(struct mqtt_client *c, int code)
{
	static const enum modem_event_type event[] = {
		[MQTT_OP_CONNECT] = MODEM_EVENT_MQTT_CONNECTED,
		[MQTT_OP_DISCONNECT] = MODEM_EVENT_MQTT_DISCONNECTED,
		[MQTT_OP_PUBLISH] = MODEM_EVENT_MQTT_PUBLISHED,
		[MQTT_OP_SUBSCRIBE] = MODEM_EVENT_MQTT_SUBSCRIBED,
		[MQTT_OP_UNSUBSCRIBE] = MODEM_EVENT_MQTT_UNSUBSCRIBED,
	};
	enum mqtt_op op = c->op;

	timer_cancel(&c->guard);
	timer_cancel(&c->delay);
	c->op = MQTT_OP_NONE;
	settle(c, op, code);
	trace_result(c, code);
	modem_emit_code(modem_of(c), event[op], c->index, code);
}

static void finish_later(struct mqtt_client *c, int code, long delay_ms)
{
	if (!delay_ms) {
		finish(c, code);
		return;
	}
	c->result = code;
	timer_cancel(&c->guard);
	clock_arm(modem_of(c)->clock, &c->delay, (uint64_t)delay_ms * 1000);
}

static void delay_over(void *ctx)
{
	struct mqtt_client *c = ctx;

	finish(c, c->result);
}

static void guard_over(void *ctx)
{
	struct mqtt_client *c = ctx;
	int code = c->op == MQTT_OP_DISCONNECT && modem_of(c)->profile->q.mqtt_error_max >= MQTT_ERR_DISCONNECT ?
		   MQTT_ERR_DISCONNECT : MQTT_ERR_TIMEOUT;

	why_reset(&c->why);
	why_add(&c->why, "timeout", "client %d: the broker did not answer in time", c->index);
	finish(c, code);
}

void mqtt_session_init(struct mqtt_client *c)
{
	timer_init(&c->guard, guard_over, c);
	timer_init(&c->delay, delay_over, c);
}

static void begin(struct mqtt_client *c, enum mqtt_op op, int mid, int timeout_s)
{
	c->op = op;
	c->mid = mid;
	why_reset(&c->why);
	clock_arm(modem_of(c)->clock, &c->guard, (uint64_t)(timeout_s ? timeout_s : c->cfg.optimeout_s) * 1000000);
}

/* --- what the link reports ------------------------------------------------------------------------------------- */

static bool why_has_rule(const struct why *w, const char *rule)
{
	for (size_t i = 0; i < w->n; i++) {
		if (!strcmp(w->step[i].rule, rule))
			return true;
	}
	return false;
}

/* Other families have one code for "refused for want of SNI", whichever layer refused (quirks Q1). */
static int sni_code(struct mqtt_client *c, int code)
{
	const struct profile *p = modem_of(c)->profile;
	long instead = p->q.tls_no_sni_code_mqtt;

	if (!instead || !(why_has_rule(&c->why, "R3") || why_has_rule(&c->why, "R4")))
		return code;
	profile_why(p, QUIRK_ID_tls_no_sni_code_mqtt, &c->why, "code", "for want of SNI this revision says %ld",
		    instead);
	return (int)instead;
}

static void on_connected(struct mqtt_client *c, const struct link_mqtt_event *ev)
{
	const struct modem *m = modem_of(c);
	int code;

	if (ev->why)
		c->why = *ev->why;
	code = mqtt_code_connect(m->profile, ev->status, ev->code, &c->why);
	if (code && c->tls) {
		code = sni_code(c, code);
		ssl_explain(m->ssl, c->ctx, &c->why);
	}
	finish_later(c, code, ssl_fail_delay_ms(m->ssl, ev->status));
}

static void on_done(struct mqtt_client *c, enum mqtt_op op, const struct link_mqtt_event *ev)
{
	if (c->op != op || (ev->mid && ev->mid != c->mid))
		return;		/* the answer to an operation that has timed out */
	if (ev->why)
		c->why = *ev->why;
	finish(c, mqtt_code_operation(ev->status));
}

static void on_message(struct mqtt_client *c, const struct link_mqtt_event *ev)
{
	struct modem_event out = {
		.type = MODEM_EVENT_MQTT_MESSAGE, .index = c->index,
		.topic = ev->topic, .topic_len = ev->topic_len,
		.payload = ev->payload, .payload_len = ev->payload_len,
	};

	if (c->state == MQTT_CLIENT_CONNECTED)
		modem_emit(modem_of(c), &out);
}

void mqtt_session_lost(struct mqtt_client *c, enum link_status status, const struct why *why)
{
	static const char *const text[] = { "", "closed by the peer", "reset", "network closed" };
	bool connected = c->state == MQTT_CLIENT_CONNECTED;
	int cause = mqtt_lost_cause(status);
	enum mqtt_op op = c->op;
	struct why own = { 0 };

	if (!why) {
		why_add(&own, "lost", "client %d: the session is gone: %s", c->index, text[cause]);
		why = &own;
	}
	c->why = *why;
	if (op == MQTT_OP_CONNECT)
		finish(c, mqtt_code_connect(modem_of(c)->profile, status, 0, &c->why));
	else if (op != MQTT_OP_NONE)
		finish(c, op == MQTT_OP_DISCONNECT ? MQTT_ERR_NONE : mqtt_code_operation(status));
	if (!connected || op == MQTT_OP_DISCONNECT)
		return;
	mqtt_session_drop(c);
	mqtt_set_client(c, MQTT_CLIENT_ACQUIRED);
	trace_why(modem_of(c)->trace, "connlost", cause, text[cause], why);
	modem_emit_code(modem_of(c), MODEM_EVENT_MQTT_LOST, c->index, cause);
}

/* Where the URC exists the client stays connected until the host disconnects it; elsewhere it is lost. */
static void on_ping_failed(struct mqtt_client *c, const struct link_mqtt_event *ev)
{
	const struct modem *m = modem_of(c);

	if (c->state != MQTT_CLIENT_CONNECTED)
		return;
	if (!m->profile->q.mqtt_ping_urc) {
		mqtt_session_lost(c, LINK_TIMEOUT, ev->why);
		return;
	}
	trace_why(m->trace, "mqtt", MQTT_ERR_TIMEOUT, mqtt_err_text(MQTT_ERR_TIMEOUT), ev->why);
	modem_emit_code(modem_of(c), MODEM_EVENT_MQTT_PING, c->index, MQTT_ERR_TIMEOUT);
}

static void on_link(const struct link_mqtt_event *ev, void *ctx)
{
	struct mqtt_client *c = ctx;

	switch (ev->type) {
	case LINK_MQTT_CONNECTED:
		if (c->op == MQTT_OP_CONNECT)
			on_connected(c, ev);
		break;
	case LINK_MQTT_PUBLISHED:
		on_done(c, MQTT_OP_PUBLISH, ev);
		break;
	case LINK_MQTT_SUBSCRIBED:
		on_done(c, MQTT_OP_SUBSCRIBE, ev);
		break;
	case LINK_MQTT_UNSUBSCRIBED:
		on_done(c, MQTT_OP_UNSUBSCRIBE, ev);
		break;
	case LINK_MQTT_DISCONNECTED:
		if (c->op == MQTT_OP_DISCONNECT)
			finish(c, MQTT_ERR_NONE);
		break;
	case LINK_MQTT_MESSAGE:
		on_message(c, ev);
		break;
	case LINK_MQTT_LOST:
		mqtt_session_lost(c, ev->status, ev->why);
		break;
	case LINK_MQTT_PING_FAILED:
		on_ping_failed(c, ev);
		break;
	}
}

/* --- connect --------------------------------------------------------------------------------------------------- */

/* "tcp://host[:port]" into c->host and *port. */
static bool parse_url(struct mqtt_client *c, const char *url, uint16_t *port)
{
	const char *host = url + sizeof(scheme) - 1, *colon;
	long long n = PORT_DEFAULT;

	if (strncasecmp(url, scheme, sizeof(scheme) - 1))
		return false;
	colon = strrchr(host, ':');
	if (colon && str_to_num(colon + 1, strlen(colon + 1), 1, 65535, &n))
		return false;
	if (colon == host || !*host)
		return false;
	c->host = colon ? strndup(host, (size_t)(colon - host)) : strdup(host);
	*port = (uint16_t)n;
	return c->host;
}

static bool copy_text(const char **dst, const char *src)
{
	*dst = src ? strdup(src) : NULL;
	return !src || *dst;
}

static bool copy_address(struct mqtt_client *c, const struct mqtt_address *to)
{
	c->to.keepalive_s = to->keepalive_s;
	c->to.clean = to->clean;
	return copy_text(&c->to.url, to->url) && copy_text(&c->to.user, to->user) &&
	       copy_text(&c->to.password, to->password);
}

static void dial(struct mqtt_client *c, uint16_t port, const struct link_tls *tls)
{
	struct link_mqtt_setup setup = {
		.host = c->host, .port = port, .tls = tls, .client_id = c->id,
		.version = c->cfg.version ? c->cfg.version : c->version,
		.keepalive_s = (uint16_t)c->to.keepalive_s, .clean = c->to.clean,
		.user = c->to.user, .password = c->to.password,
	};

	if (c->will.topic.given) {
		setup.will.topic = c->will.topic.data;
		setup.will.payload = c->will.message.data;
		setup.will.len = c->will.message.len;
		setup.will.qos = c->will.qos;
	}
	c->link = link_mqtt_connect(modem_of(c)->link, &setup, on_link, c);
	if (!c->link) {
		why_add(&c->why, "memory", "out of memory");
		finish_later(c, MQTT_ERR_SOCKET_CREATE, 1);
	}
}

/* What the modem's own part of a TLS session ends in, and when the host hears of it (quirks 1.2, latencies). */
static void fail_open(struct mqtt_client *c, enum ssl_open_result r)
{
	const struct modem *m = modem_of(c);
	long ms;
	int code = ssl_code_refused(m->ssl, &mqtt_ssl_codes, r, &c->why, &ms);

	finish_later(c, mqtt_code_limit(m->profile, code, &c->why), ms);
}

static void dial_tls(struct mqtt_client *c, uint16_t port)
{
	struct ssl_setup setup;
	enum ssl_open_result r;

	c->ctx = c->ssl_ctx < 0 ? c->index : c->ssl_ctx;
	r = ssl_open(modem_of(c)->ssl, c->ctx, &setup, &c->why);
	if (r)
		fail_open(c, r);
	else
		dial(c, port, &setup.tls);
}

enum mqtt_err mqtt_connect(struct mqtt *q, int client, const struct mqtt_address *to)
{
	enum mqtt_err err;
	struct mqtt_client *c = mqtt_check_client(q, client, &err);
	uint16_t port;

	if (c)
		err = mqtt_check_op(c, MQTT_OP_CONNECT);
	if (err)
		return err;
	address_clear(c);
	if (!parse_url(c, to->url, &port))
		return mqtt_refuse(q, MQTT_ERR_PARAMETER, "\"%s\" is not tcp://host[:port]", to->url);
	if (!copy_address(c, to))
		return mqtt_refuse(q, MQTT_ERR_FAILED, "out of memory");
	mqtt_set_client(c, MQTT_CLIENT_CONNECTING);
	begin(c, MQTT_OP_CONNECT, 0, 0);
	if (c->tls)
		dial_tls(c, port);
	else
		dial(c, port, NULL);
	return MQTT_ERR_NONE;
}

const struct mqtt_address *mqtt_connected_to(const struct mqtt *q, int client)
{
	const struct mqtt_client *c = &q->boot.client[client];

	return c->state == MQTT_CLIENT_CONNECTED ? &c->to : NULL;
}

/* --- the other operations -------------------------------------------------------------------------------------- */

/* mid > 0: begun. Otherwise the socket took nothing. */
static enum mqtt_err begun(struct mqtt_client *c, enum mqtt_op op, int mid, int timeout_s)
{
	if (mid < 0)
		return mqtt_refuse(c->service, MQTT_ERR_SEND, "client %d: the session takes no data", c->index);
	begin(c, op, mid, timeout_s);
	return MQTT_ERR_NONE;
}

static enum mqtt_err ready_for(struct mqtt *q, int client, enum mqtt_op op, struct mqtt_client **out)
{
	enum mqtt_err err;

	*out = mqtt_check_client(q, client, &err);
	return *out ? mqtt_check_op(*out, op) : err;
}

enum mqtt_err mqtt_disconnect(struct mqtt *q, int client, int timeout_s)
{
	struct mqtt_client *c;
	enum mqtt_err err = ready_for(q, client, MQTT_OP_DISCONNECT, &c);

	if (err)
		return err;
	return begun(c, MQTT_OP_DISCONNECT, link_mqtt_disconnect(c->link) < 0 ? -1 : 0, timeout_s);
}

static enum mqtt_err publish(struct mqtt_client *c, int qos, int timeout_s, bool retain, bool dup)
{
	int mid;

	if (!c->topic.given)
		return mqtt_refuse(c->service, MQTT_ERR_TOPIC_EMPTY, "client %d: no topic was entered", c->index);
	mid = link_mqtt_publish(c->link, c->topic.data, c->topic.len, c->payload.data, c->payload.len, qos, retain,
				dup);
	return begun(c, MQTT_OP_PUBLISH, mid, timeout_s);
}

enum mqtt_err mqtt_publish(struct mqtt *q, int client, int qos, int timeout_s, bool retain, bool dup)
{
	struct mqtt_client *c;
	enum mqtt_err err = ready_for(q, client, MQTT_OP_PUBLISH, &c);

	if (!err)
		err = publish(c, qos, timeout_s, retain, dup);
	if (c) {
		mqtt_bytes_clear(&c->topic);
		mqtt_bytes_clear(&c->payload);
	}
	return err;
}

/* One topic, or the list that was entered and is used up by this. */
static int send_filters(struct mqtt_client *c, enum mqtt_op op, const struct mqtt_filter *f, size_t n)
{
	struct link_mqtt_topic *topic = calloc(n, sizeof(*topic));
	int mid;

	if (!topic)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		topic[i] = (struct link_mqtt_topic){ .topic = f[i].topic, .len = f[i].len, .qos = f[i].qos };
	mid = op == MQTT_OP_SUBSCRIBE ? link_mqtt_subscribe(c->link, topic, n) :
					link_mqtt_unsubscribe(c->link, topic, n);
	free(topic);
	return mid;
}

static enum mqtt_err filter(struct mqtt *q, int client, enum mqtt_op op, const struct mqtt_filter *one)
{
	struct mqtt_client *c;
	enum mqtt_err err = ready_for(q, client, op, &c);
	struct mqtt_list *list;
	int mid;

	if (err)
		return err;
	list = op == MQTT_OP_SUBSCRIBE ? &c->sub : &c->unsub;
	if (!one && !list->n)
		return mqtt_refuse(q, MQTT_ERR_TOPIC_EMPTY, "client %d: no topic was entered", client);
	mid = send_filters(c, op, one ? one : list->item, one ? 1 : list->n);
	if (!one)
		mqtt_list_clear(list);
	return begun(c, op, mid, 0);
}

enum mqtt_err mqtt_subscribe(struct mqtt *q, int client, const struct mqtt_filter *one)
{
	return filter(q, client, MQTT_OP_SUBSCRIBE, one);
}

enum mqtt_err mqtt_unsubscribe(struct mqtt *q, int client, const struct mqtt_filter *one)
{
	return filter(q, client, MQTT_OP_UNSUBSCRIBE, one);
}
