/*
 * From a name to a CONNACK: what becomes of a connect is decided when it starts, from the world, the TLS policy and the
 * misbehaviours then in force, and happens at the time the world's latencies say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/model.h"

/* A CONNACK is awaited as long as M3 16.2.9 allows. */
static const uint64_t CONNACK_TIMEOUT_US = 120000000;

void opening_free(struct opening *o)
{
	if (!o)
		return;
	free(o->host);
	free(o->name);
	free(o->client_id);
	free(o->user);
	free(o->password);
	free(o);
}

static bool copy(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return !from || *to;
}

static struct opening *opening_new(const struct link_mqtt_setup *s, const char *name)
{
	struct opening *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->port = s->port;
	o->version = s->version;
	o->clean = s->clean;
	o->tls = s->tls != NULL;
	if (copy(&o->host, s->host) && copy(&o->name, name) && copy(&o->client_id, s->client_id ? s->client_id : "") && copy(&o->user, s->user) &&
	    copy(&o->password, s->password))
		return o;
	opening_free(o);
	return NULL;
}

static uint64_t fail(struct opening *o, enum link_status status, uint64_t at_us)
{
	o->status = status;
	return at_us;
}

/* TLS on one side only. */
static uint64_t plan_mismatch(struct opening *o, const struct model *m, uint64_t tcp_up)
{
	char who[96];

	if (o->tls) {
		snprintf(who, sizeof(who), "%.80s:%u", o->host, o->port);
		tls_explain_no_tls(&o->why, who);
		return fail(o, LINK_TLS_FAILED, tcp_up + m->latency.alert);
	}
	why_add(&o->why, "tls", "%.80s:%u speaks TLS and the client is a plain one: the server closes on its CONNECT", o->host,
		o->port);
	return fail(o, LINK_PEER_CLOSED_AFTER, tcp_up + m->latency.alert);
}

static uint64_t plan_fault(struct opening *o, const char *fault, enum link_status status, uint64_t at_us)
{
	why_add(&o->why, "fault", "misbehaviour %s of %.80s", fault, o->host);
	return fail(o, status, at_us);
}

/* Whoever answers there knows nothing of MQTT: something comes back that is no CONNACK, or nothing at all. */
static uint64_t plan_foreign(struct opening *o, const struct model *m, uint64_t up, uint64_t arrival)
{
	bool silent = m->service == SERVICE_DISCARD || m->service == SERVICE_SCRIPT;

	why_add(&o->why, "model", "%.80s:%u speaks %s, not MQTT", o->host, o->port, service_name(m->service));
	if (m->service == SERVICE_NTP)
		return fail(o, LINK_REFUSED, up);
	return fail(o, silent ? LINK_TIMEOUT : LINK_PEER_CLOSED_AFTER, silent ? up + CONNACK_TIMEOUT_US : arrival);
}

static uint64_t plan_mqtt(struct opening *o, const struct faults *f, uint64_t up, const struct latency *l)
{
	uint64_t arrival = up + l->mqtt / 2;

	if (o->world->model.service != SERVICE_MQTT)
		return plan_foreign(o, &o->world->model, up, arrival);
	if (o->handshake.close_without_cert)
		return fail(o, LINK_PEER_CLOSED, arrival);
	if (f->close_before_connack)
		return plan_fault(o, "close_before_connack", LINK_PEER_CLOSED, arrival);
	if (f->close_after_connect)
		return plan_fault(o, "close_after_connect", LINK_PEER_CLOSED_AFTER, arrival);
	if (f->reset_after_connect)
		return plan_fault(o, "reset_after_connect", LINK_RESET, arrival);
	if (f->mute)
		return plan_fault(o, "mute", LINK_TIMEOUT, up + CONNACK_TIMEOUT_US);
	o->arrives = true;
	return arrival;
}

static uint64_t plan_tls(const struct conn *c, struct opening *o, const struct link_tls *tls, uint64_t tcp_up)
{
	const struct latency *l = &o->world->model.latency;

	if (c->faults.tls_mute)
		return plan_fault(o, "tls_mute", LINK_TIMEOUT, tcp_up + tls->negotiate_us);
	tls_negotiate(suites_ready(c->link->o.world->suites), tls, o->world, o->host, &o->handshake, &o->why);
	if (o->handshake.status)
		return fail(o, o->handshake.status,
			    tcp_up + (o->handshake.status == LINK_TLS_OPEN ? MODEL_TLS_OPEN_US : l->alert));
	if (tls->negotiate_us && l->tls > tls->negotiate_us) {
		why_add(&o->why, "tls", "the handshake takes longer than negotiatetime");
		return fail(o, LINK_TIMEOUT, tcp_up + tls->negotiate_us);
	}
	return plan_mqtt(o, &c->faults, tcp_up + l->tls, l);
}

void model_trace_host(struct trace *t, const char *name, uint16_t port, const struct host *h,
		      const struct tls_result *tls)
{
	if (!tls)
		trace_text(t, TRACE_MODEL, "%s:%u is \"%s\" (%s), plain", name, port, h->match, h->place);
	else
		trace_text(t, TRACE_MODEL, "%s:%u is \"%s\" (%s), sni=%s tls=%s cipher=%s", name, port, h->match, h->place,
			   tls->sni_sent ? name : "none", tls->suite ? model_tls_version(tls->version) : "none",
			   tls->suite ? tls->suite->name : "none");
}

const char *model_tls_version(unsigned version)
{
	return (const char *const[]){ "1.0", "1.1", "1.2", "1.3" }[version];
}

struct faults model_faults(const struct link *l, const struct host *h)
{
	struct faults f = faults_join(&l->faults, &h->model.faults);

	f.refuse |= l->refuse;
	f.mute |= l->mute;
	return f;
}

static uint64_t plan_host(struct conn *m, struct opening *o, const struct link_tls *tls)
{
	const struct model *model = &o->world->model;
	uint64_t tcp_up = model->latency.dns + model->latency.tcp;

	m->faults = model_faults(m->link, o->world);
	if (m->faults.refuse)
		return plan_fault(o, "refuse", LINK_REFUSED, tcp_up);
	if (m->faults.tcp_timeout)
		return plan_fault(o, "tcp_timeout", LINK_TIMEOUT, model->latency.dns + MODEL_SYN_TIMEOUT_US);
	if (model->tls != o->tls)
		return plan_mismatch(o, model, tcp_up);
	return tls ? plan_tls(m, o, tls, tcp_up) : plan_mqtt(o, &m->faults, tcp_up, &model->latency);
}

uint64_t conn_plan(struct conn *m, const struct route *r, const struct link_mqtt_setup *setup)
{
	struct opening *o = opening_new(setup, r->name);
	uint64_t at_us;

	if (!o)
		return UINT64_MAX;
	m->opening = o;
	if (r->status) {
		o->why = r->why;
		return fail(o, r->status, r->delay_us);
	}
	o->world = r->host;
	at_us = plan_host(m, o, setup->tls);
	model_trace_host(m->link->o.trace, o->host, o->port, o->world, o->tls ? &o->handshake : NULL);
	return at_us;
}

/* --- arrival at the broker ---------------------------------------------------------------------------------------- */

enum { BROKERS_MAX = 32 };

static struct broker *find_broker(struct link *l, const char *name, uint16_t port, size_t *n)
{
	struct broker *b;

	*n = 0;
	TAILQ_FOREACH(b, &l->brokers, entry) {
		if (b->port == port && !strcasecmp(b->name, name))
			return b;
		++*n;
	}
	return NULL;
}

/* A modem that tries one host after the other must not grow for ever. */
static void forget_idle_broker(struct link *l)
{
	struct broker *b;

	TAILQ_FOREACH(b, &l->brokers, entry) {
		if (TAILQ_EMPTY(&b->sessions)) {
			TAILQ_REMOVE(&l->brokers, b, entry);
			broker_free(b);
			return;
		}
	}
}

struct broker *model_broker(struct link *l, const char *name, uint16_t port, const struct host *host)
{
	size_t n;
	struct broker *b = find_broker(l, name, port, &n);
	struct queued *item;

	if (b)
		return b;
	if (n >= BROKERS_MAX)
		forget_idle_broker(l);
	b = broker_new(name, port, host, l->o.trace);
	if (!b)
		return NULL;
	TAILQ_INSERT_TAIL(&l->brokers, b, entry);
	TAILQ_FOREACH(item, &l->retained, entry)
		broker_publish(b, item->message);
	return b;
}

static int connack(struct conn *m, struct opening *o)
{
	const struct link_mqtt_setup setup = {
		.client_id = o->client_id, .user = o->user, .password = o->password, .version = o->version,
		.clean = o->clean,
	};

	if (o->handshake.connack_5) {
		trace_text(m->link->o.trace, TRACE_BROKER, "refused %s 5", o->client_id);
		return 5;
	}
	m->broker = model_broker(m->link, o->name, o->port, o->world);
	return m->broker ? broker_connect(m->broker, &setup, &m->client, &m->session, &o->why) : -1;
}

/* The CONNECT packet is at the broker; its answer needs the other half of the round trip. */
static void arrive(struct conn *m)
{
	struct opening *o = m->opening;
	uint64_t mqtt_us = o->world->model.latency.mqtt;
	int code;

	if (o->handshake.suite)
		trace_text(m->link->o.trace, TRACE_BROKER, "cipher %s", o->handshake.suite->name);
	code = connack(m, o);
	o->answered = true;
	o->code = code;
	if (code)
		o->status = code > 0 ? LINK_CONNACK : LINK_RESET;
	clock_arm(m->link->o.clock, &m->timer, mqtt_us - mqtt_us / 2);
}

static void outcome(struct conn *m)
{
	struct opening *o = m->opening;
	struct why why = o->why;
	struct link_mqtt_event ev = {
		.type = LINK_MQTT_CONNECTED, .status = o->status, .code = o->status == LINK_CONNACK ? o->code : 0,
		.why = o->status ? &why : NULL,
	};

	m->opening = NULL;
	opening_free(o);
	m->state = ev.status ? CONN_DEAD : CONN_UP;
	if (!ev.status && m->keepalive_s)
		clock_arm(m->link->o.clock, &m->timer, m->keepalive_s * UINT64_C(1000000));
	m->func(&ev, m->ctx);
}

void conn_open_step(struct conn *m)
{
	if (m->opening->arrives && !m->opening->answered && !m->opening->status)
		arrive(m);
	else
		outcome(m);
}
