/*
 * The MQTT service and its two clients: who may do what in which state, and what is entered at prompts. What happens
 * on the wire is mqtt_session.c's. Manual V3.00 chapter 16; state table in facts at-ssl-mqtt 5.
 */
#include "modem/mqtt_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modem/pdp.h"
#include "modem/power.h"

enum { OPTIMEOUT_DEFAULT_S = 120, VERSION_DEFAULT = 3 };

/* STOP answers within the host's 47 ms bin (issue-49:565-570). */
enum { STOP_US = 20000 };

/* Bit n: a change to state n is allowed. */
static const uint8_t service_allowed[] = {
	[MQTT_SERVICE_STOPPED] = 1 << MQTT_SERVICE_STARTING,
	[MQTT_SERVICE_STARTING] = 1 << MQTT_SERVICE_STARTED | 1 << MQTT_SERVICE_STOPPED,
	[MQTT_SERVICE_STARTED] = 1 << MQTT_SERVICE_STOPPING | 1 << MQTT_SERVICE_STOPPED,
	[MQTT_SERVICE_STOPPING] = 1 << MQTT_SERVICE_STOPPED,
};

static const uint8_t client_allowed[] = {
	[MQTT_CLIENT_FREE] = 1 << MQTT_CLIENT_ACQUIRED,
	[MQTT_CLIENT_ACQUIRED] = 1 << MQTT_CLIENT_FREE | 1 << MQTT_CLIENT_CONNECTING,
	[MQTT_CLIENT_CONNECTING] = 1 << MQTT_CLIENT_ACQUIRED | 1 << MQTT_CLIENT_CONNECTED,
	[MQTT_CLIENT_CONNECTED] = 1 << MQTT_CLIENT_ACQUIRED,
};

static const char *const client_name[] = { "free", "acquired", "connecting", "connected" };

void mqtt_set_service(struct mqtt *q, enum mqtt_service next)
{
	static const char *const name[] = { "stopped", "starting", "started", "stopping" };
	enum mqtt_service now = q->boot.service;

	if (!(service_allowed[now] >> next & 1)) {
		trace_text(q->modem->trace, TRACE_NOTE, "mqtt: %s -> %s refused", name[now], name[next]);
		return;
	}
	q->boot.service = next;
	trace_text(q->modem->trace, TRACE_NOTE, "mqtt: %s -> %s", name[now], name[next]);
}

void mqtt_set_client(struct mqtt_client *c, enum mqtt_client_state next)
{
	struct trace *trace = c->service->modem->trace;

	if (!(client_allowed[c->state] >> next & 1)) {
		trace_text(trace, TRACE_NOTE, "mqtt client %d: %s -> %s refused", c->index, client_name[c->state],
			   client_name[next]);
		return;
	}
	trace_text(trace, TRACE_NOTE, "mqtt client %d: %s -> %s", c->index, client_name[c->state], client_name[next]);
	c->state = next;
}

/* --- what a client owns --------------------------------------------------------------------------------------- */

void mqtt_bytes_clear(struct mqtt_bytes *b)
{
	free(b->data);
	*b = (struct mqtt_bytes){ 0 };
}

static enum mqtt_err bytes_set(struct mqtt_bytes *b, const char *data, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return MQTT_ERR_FAILED;
	memcpy(copy, data, len);
	copy[len] = '\0';
	mqtt_bytes_clear(b);
	*b = (struct mqtt_bytes){ .data = copy, .len = len, .given = true };
	return MQTT_ERR_NONE;
}

void mqtt_list_clear(struct mqtt_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free((char *)(uintptr_t)l->item[i].topic);
	free(l->item);
	*l = (struct mqtt_list){ 0 };
}

static enum mqtt_err list_add(struct mqtt_list *l, const char *data, size_t len, int qos)
{
	struct mqtt_filter *item = realloc(l->item, (l->n + 1) * sizeof(*item));
	char *copy = malloc(len + 1);

	if (item)
		l->item = item;
	if (!item || !copy) {
		free(copy);
		return MQTT_ERR_FAILED;
	}
	memcpy(copy, data, len);
	copy[len] = '\0';
	item[l->n++] = (struct mqtt_filter){ .topic = copy, .len = len, .qos = qos };
	l->bytes += len;
	return MQTT_ERR_NONE;
}

/* What ACQUIRED owns; the SSL binding belongs to the index and stays (quirks O7). */
static void client_clear(struct mqtt_client *c)
{
	free(c->id);
	c->id = NULL;
	mqtt_bytes_clear(&c->will.topic);
	mqtt_bytes_clear(&c->will.message);
	mqtt_bytes_clear(&c->topic);
	mqtt_bytes_clear(&c->payload);
	mqtt_list_clear(&c->sub);
	mqtt_list_clear(&c->unsub);
	c->cfg = (struct mqtt_cfg){ .check_utf8 = true, .optimeout_s = OPTIMEOUT_DEFAULT_S };
}

static void client_free(struct mqtt_client *c)
{
	mqtt_session_drop(c);
	client_clear(c);
	if (c->state == MQTT_CLIENT_CONNECTED || c->state == MQTT_CLIENT_CONNECTING)
		mqtt_set_client(c, MQTT_CLIENT_ACQUIRED);
	if (c->state == MQTT_CLIENT_ACQUIRED)
		mqtt_set_client(c, MQTT_CLIENT_FREE);
}

static void service_tick(void *ctx);

static void boot_init(struct mqtt *q)
{
	q->boot = (struct mqtt_boot){ 0 };
	for (int i = 0; i < MQTT_CLIENTS; i++) {
		struct mqtt_client *c = &q->boot.client[i];

		c->service = q;
		c->index = i;
		c->ssl_ctx = -1;
		mqtt_session_init(c);
		client_clear(c);
	}
}

struct mqtt *mqtt_new(struct modem *m)
{
	struct mqtt *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->modem = m;
	timer_init(&q->timer, service_tick, q);
	boot_init(q);
	return q;
}

void mqtt_reset(struct mqtt *q)
{
	timer_cancel(&q->timer);
	for (int i = 0; i < MQTT_CLIENTS; i++)
		client_free(&q->boot.client[i]);
	boot_init(q);
}

void mqtt_free(struct mqtt *q)
{
	if (!q)
		return;
	mqtt_reset(q);
	free(q);
}

/* --- refusals -------------------------------------------------------------------------------------------------- */

static enum mqtt_err refuse(struct mqtt *q, enum mqtt_err code, const struct why *why)
{
	const char *text = code == MQTT_ERR_BARE ? "refused without a code" : mqtt_err_text(code);

	trace_why(q->modem->trace, "mqtt", code, text, why);
	return code;
}

enum mqtt_err mqtt_refuse(struct mqtt *q, enum mqtt_err code, const char *fmt, ...)
{
	struct why why = { 0 };
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(&why, "state", "%s", text);
	return refuse(q, code, &why);
}

/* Refusals whose code is a quirk; 0 there means ERROR alone. */
static enum mqtt_err refuse_quirk(struct mqtt *q, long code, enum quirk_id id, const char *text)
{
	struct why why = { 0 };

	profile_why(q->modem->profile, id, &why, "state", "%s", text);
	return refuse(q, code ? (enum mqtt_err)code : MQTT_ERR_BARE, &why);
}

enum mqtt_err mqtt_need_service(struct mqtt *q)
{
	if (q->boot.service == MQTT_SERVICE_STARTED)
		return MQTT_ERR_NONE;
	return refuse_quirk(q, q->modem->profile->q.mqtt_not_started_code, QUIRK_ID_mqtt_not_started_code,
			    "the MQTT service is not started");
}

static enum mqtt_err check_index(struct mqtt *q, int client)
{
	if (client >= 0 && client < MQTT_CLIENTS)
		return MQTT_ERR_NONE;
	return mqtt_refuse(q, MQTT_ERR_CLIENT_INDEX, "there is no client %d", client);
}

struct mqtt_client *mqtt_check_client(struct mqtt *q, int client, enum mqtt_err *err)
{
	*err = check_index(q, client);
	if (!*err)
		*err = mqtt_need_service(q);
	if (*err)
		return NULL;
	if (q->boot.client[client].state == MQTT_CLIENT_FREE) {
		*err = mqtt_refuse(q, MQTT_ERR_NOT_ACQUIRED, "client %d is not acquired", client);
		return NULL;
	}
	return &q->boot.client[client];
}

static enum mqtt_err check_busy(struct mqtt_client *c)
{
	static const char *const name[] = { "", "connect", "disconnect", "publish", "subscribe", "unsubscribe" };

	if (c->op == MQTT_OP_NONE)
		return MQTT_ERR_NONE;
	return mqtt_refuse(c->service, MQTT_ERR_BUSY, "client %d is busy: %s pending", c->index, name[c->op]);
}

/* One revision answers 14 to SUB and PUB for a while after a connect (quirks Q18). */
static enum mqtt_err check_settled(struct mqtt_client *c)
{
	const struct modem *m = c->service->modem;
	uint64_t busy_us = (uint64_t)m->profile->q.mqtt_sub_busy * 1000;
	struct why why = { 0 };

	if (clock_now_us(m->clock) - c->connected_us >= busy_us)
		return MQTT_ERR_NONE;
	profile_why(m->profile, QUIRK_ID_mqtt_sub_busy, &why, "state", "client %d has only just connected", c->index);
	return refuse(c->service, MQTT_ERR_BUSY, &why);
}

enum mqtt_err mqtt_check_op(struct mqtt_client *c, enum mqtt_op op)
{
	enum mqtt_err err = check_busy(c);

	if (err)
		return err;
	if (op == MQTT_OP_CONNECT && c->state == MQTT_CLIENT_CONNECTED)
		return mqtt_refuse(c->service, MQTT_ERR_NOT_SUPPORTED, "client %d is connected already", c->index);
	if (op == MQTT_OP_CONNECT)
		return MQTT_ERR_NONE;
	if (c->state != MQTT_CLIENT_CONNECTED)
		return mqtt_refuse(c->service, MQTT_ERR_NO_CONNECTION, "client %d is not connected", c->index);
	return op == MQTT_OP_DISCONNECT ? MQTT_ERR_NONE : check_settled(c);
}

enum mqtt_err mqtt_may(struct mqtt *q, int client, enum mqtt_op op)
{
	enum mqtt_err err;
	struct mqtt_client *c = mqtt_check_client(q, client, &err);

	return c ? mqtt_check_op(c, op) : err;
}

/* --- the service ----------------------------------------------------------------------------------------------- */

bool mqtt_is_started(const struct mqtt *q)
{
	return q->boot.service == MQTT_SERVICE_STARTED;
}

bool mqtt_network_is_open(const struct mqtt *q)
{
	return pdp_net_is_open(q->modem->pdp);
}

static void service_started(struct mqtt *q)
{
	struct modem_event ev = { .type = MODEM_EVENT_MQTT_STARTED, .network_open = q->boot.network_open };
	struct why why = { 0 };

	if (pdp_can_carry(q->modem->pdp)) {
		mqtt_set_service(q, MQTT_SERVICE_STARTED);
	} else {
		mqtt_set_service(q, MQTT_SERVICE_STOPPED);
		ev.code = (int)q->modem->profile->q.mqtt_start_fail_code;
		profile_why(q->modem->profile, QUIRK_ID_mqtt_start_fail_code, &why, "network",
			    "no PDP context could be activated: the module is not registered");
		refuse(q, (enum mqtt_err)ev.code, &why);
	}
	modem_emit(q->modem, &ev);
}

static void service_stopped(struct mqtt *q)
{
	for (int i = 0; i < MQTT_CLIENTS; i++)
		q->boot.client[i].ssl_ctx = -1;
	mqtt_set_service(q, MQTT_SERVICE_STOPPED);
	modem_emit_code(q->modem, MODEM_EVENT_MQTT_STOPPED, 0, MQTT_ERR_NONE);
	if (q->modem->profile->q.mqtt_stop_nonet)
		modem_emit_code(q->modem, MODEM_EVENT_MQTT_NONET, 0, 0);
}

static void service_tick(void *ctx)
{
	struct mqtt *q = ctx;

	if (q->boot.service == MQTT_SERVICE_STARTING)
		service_started(q);
	else if (q->boot.service == MQTT_SERVICE_STOPPING)
		service_stopped(q);
}

enum mqtt_err mqtt_start(struct mqtt *q)
{
	const struct quirks *quirk = &q->modem->profile->q;
	long ms;

	if (q->boot.service != MQTT_SERVICE_STOPPED)
		return refuse_quirk(q, quirk->mqtt_start_twice_code, QUIRK_ID_mqtt_start_twice_code,
				    "the MQTT service is started already");
	mqtt_set_service(q, MQTT_SERVICE_STARTING);
	q->boot.network_open = mqtt_network_is_open(q);
	ms = q->boot.network_open ? quirk->mqtt_start_ms : quirk->mqtt_start_cold_ms;
	clock_arm(q->modem->clock, &q->timer, (uint64_t)ms * 1000);
	return MQTT_ERR_NONE;
}

enum mqtt_err mqtt_stop(struct mqtt *q)
{
	const struct quirks *quirk = &q->modem->profile->q;

	if (q->boot.service != MQTT_SERVICE_STARTED)
		return refuse_quirk(q, quirk->mqtt_stop_twice_code, QUIRK_ID_mqtt_stop_twice_code,
				    "the MQTT service is not started");
	for (int i = 0; i < MQTT_CLIENTS; i++) {
		if (q->boot.client[i].state != MQTT_CLIENT_FREE)
			return refuse_quirk(q, quirk->mqtt_stop_unreleased_code, QUIRK_ID_mqtt_stop_unreleased_code,
					    i ? "client 1 is not released" : "client 0 is not released");
	}
	mqtt_set_service(q, MQTT_SERVICE_STOPPING);
	clock_arm(q->modem->clock, &q->timer, STOP_US);
	return MQTT_ERR_NONE;
}

/* Some resets say nothing of what was open but that the data network is gone (quirks Q16). */
static bool leaves_in_silence(const struct mqtt *q)
{
	return q->modem->profile->q.reset_lines == QUIRK_reset_lines_network && power_is_leaving(q->modem->power);
}

void mqtt_network_lost(struct mqtt *q)
{
	/* START and STOP under way end by their own timer: the first finds no network, the second needs none. */
	if (q->boot.service != MQTT_SERVICE_STARTED)
		return;
	for (int i = 0; i < MQTT_CLIENTS && !leaves_in_silence(q); i++)
		mqtt_session_lost(&q->boot.client[i], LINK_NO_NETWORK, NULL);
	for (int i = 0; i < MQTT_CLIENTS; i++) {
		client_free(&q->boot.client[i]);
		q->boot.client[i].ssl_ctx = -1;
	}
	mqtt_set_service(q, MQTT_SERVICE_STOPPED);
	if (!leaves_in_silence(q))
		modem_emit_code(q->modem, MODEM_EVENT_MQTT_NONET, 0, 0);
}

/* --- clients --------------------------------------------------------------------------------------------------- */

const char *mqtt_state_name(const struct mqtt *q, int client)
{
	return client_name[q->boot.client[client].state];
}

enum mqtt_client_state mqtt_client_state(const struct mqtt *q, int client)
{
	return q->boot.client[client].state;
}

const char *mqtt_client_id(const struct mqtt *q, int client)
{
	const char *id = q->boot.client[client].id;

	return id ? id : "";
}

bool mqtt_client_tls(const struct mqtt *q, int client)
{
	return q->boot.client[client].id && q->boot.client[client].tls;
}

int mqtt_client_version(const struct mqtt *q, int client)
{
	const struct mqtt_client *c = &q->boot.client[client];

	/* The read row of a client that is not acquired has a version too [guess: 4]. */
	return c->id ? c->version : 4;
}

int mqtt_client_ssl(const struct mqtt *q, int client)
{
	return q->boot.client[client].ssl_ctx;
}

enum mqtt_err mqtt_acquire(struct mqtt *q, int client, const char *id, bool tls, int version)
{
	enum mqtt_err err = check_index(q, client);
	struct mqtt_client *c;

	if (!err)
		err = mqtt_need_service(q);
	if (err)
		return err;
	c = &q->boot.client[client];
	if (c->state != MQTT_CLIENT_FREE)
		return mqtt_refuse(q, MQTT_ERR_CLIENT_USED, "client %d is acquired already", client);
	c->id = strdup(id);
	if (!c->id)
		return mqtt_refuse(q, MQTT_ERR_FAILED, "out of memory");
	c->tls = tls;
	c->version = version ? version : VERSION_DEFAULT;
	mqtt_set_client(c, MQTT_CLIENT_ACQUIRED);
	return MQTT_ERR_NONE;
}

static enum mqtt_err release_free(struct mqtt *q, int client)
{
	long code = q->modem->profile->q.mqtt_rel_free_code;

	if (!code)
		return MQTT_ERR_NONE;
	return refuse_quirk(q, code, QUIRK_ID_mqtt_rel_free_code,
			    client ? "client 1 is not acquired" : "client 0 is not acquired");
}

enum mqtt_err mqtt_release(struct mqtt *q, int client)
{
	enum mqtt_err err = check_index(q, client);
	struct mqtt_client *c;

	if (!err)
		err = mqtt_need_service(q);
	if (err)
		return err;
	c = &q->boot.client[client];
	if (c->state == MQTT_CLIENT_FREE)
		return release_free(q, client);
	err = check_busy(c);
	if (err)
		return err;
	if (c->state == MQTT_CLIENT_CONNECTED)
		return mqtt_refuse(q, MQTT_ERR_BUSY, "client %d is still connected", client);
	client_free(c);
	return MQTT_ERR_NONE;
}

enum mqtt_err mqtt_bind_ssl(struct mqtt *q, int client, int ctx)
{
	/* This one answers ERROR alone when the service is down (facts at-ssl-mqtt 5). */
	if (!mqtt_is_started(q))
		return mqtt_refuse(q, MQTT_ERR_BARE, "the MQTT service is not started");
	q->boot.client[client].ssl_ctx = ctx;
	return MQTT_ERR_NONE;
}

const struct mqtt_cfg *mqtt_cfg(const struct mqtt *q, int client)
{
	return &q->boot.client[client].cfg;
}

enum mqtt_err mqtt_set_cfg(struct mqtt *q, int client, const struct mqtt_cfg *cfg)
{
	enum mqtt_err err;
	struct mqtt_client *c = mqtt_check_client(q, client, &err);

	if (!c)
		return err;
	if (c->state != MQTT_CLIENT_ACQUIRED)
		return mqtt_refuse(q, MQTT_ERR_NOT_SUPPORTED, "client %d is connected: too late to configure",
				   client);
	c->cfg = *cfg;
	return MQTT_ERR_NONE;
}

/* --- entries --------------------------------------------------------------------------------------------------- */

enum mqtt_err mqtt_may_enter(struct mqtt *q, int client)
{
	enum mqtt_err err;
	struct mqtt_client *c = mqtt_check_client(q, client, &err);

	return c ? check_busy(c) : err;
}

/* Bytes of the UTF-8 character at s, 0 when it is not one (overlong forms and surrogates are not). */
static size_t utf8_length(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 :
		     s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

	if (!len || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

static bool is_utf8(const char *data, size_t n)
{
	const unsigned char *s = (const unsigned char *)data;
	size_t step;

	for (size_t i = 0; i < n; i += step) {
		step = utf8_length(s + i, n - i);
		if (!step)
			return false;
	}
	return true;
}

static enum mqtt_err list_enter(struct mqtt_client *c, struct mqtt_list *l, const char *data, size_t len, int qos)
{
	if (l->bytes + len > MQTT_SUB_LIST_BYTES)
		return mqtt_refuse(c->service, MQTT_ERR_LENGTH, "the list would pass %d bytes", MQTT_SUB_LIST_BYTES);
	return list_add(l, data, len, qos);
}

static enum mqtt_err store_entry(struct mqtt_client *c, enum mqtt_entry entry, const char *data, size_t len, int qos)
{
	switch (entry) {
	case MQTT_ENTRY_TOPIC:
		return bytes_set(&c->topic, data, len);
	case MQTT_ENTRY_PAYLOAD:
		return bytes_set(&c->payload, data, len);
	case MQTT_ENTRY_WILL_TOPIC:
		return bytes_set(&c->will.topic, data, len);
	case MQTT_ENTRY_WILL_MESSAGE:
		c->will.qos = qos;
		return bytes_set(&c->will.message, data, len);
	case MQTT_ENTRY_SUB_TOPIC:
		return list_enter(c, &c->sub, data, len, qos);
	case MQTT_ENTRY_UNSUB_TOPIC:
		return list_enter(c, &c->unsub, data, len, 0);
	}
	return MQTT_ERR_FAILED;
}

enum mqtt_err mqtt_enter(struct mqtt *q, int client, enum mqtt_entry entry, const char *data, size_t len, int qos)
{
	/* Payloads are bytes; only what MQTT itself calls a string is checked [guess]. */
	bool is_text = entry != MQTT_ENTRY_PAYLOAD && entry != MQTT_ENTRY_WILL_MESSAGE;
	enum mqtt_err err = mqtt_may_enter(q, client);
	struct mqtt_client *c;

	if (err)
		return err;
	c = &q->boot.client[client];
	if (is_text && c->cfg.check_utf8 && !is_utf8(data, len))
		return mqtt_refuse(q, MQTT_ERR_UTF8, "the topic is not UTF-8 and checkUTF8 is 1");
	return store_entry(c, entry, data, len, qos);
}
