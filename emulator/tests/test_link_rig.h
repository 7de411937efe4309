/* A world, a virtual clock, a link and a log of what happened, for the link tests. */
#ifndef TESTS_TEST_LINK_RIG_H
#define TESTS_TEST_LINK_RIG_H

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/trace.h"
#include "clock/clock.h"
#include "link/link.h"
#include "link/link_mqtt.h"
#include "link/world.h"

struct rig {
	struct clock *clock;
	struct trace *trace;
	struct world *world;
	struct link *link;
	struct buf broker;	/* TRACE_BROKER lines, '\n' after each */
};

/* One session and what came of it. */
struct peer {
	struct rig *rig;
	struct link_mqtt *m;
	enum link_status status;
	int code;
	bool done;		/* the outcome of the connect is here */
	uint64_t done_us;
	struct why why;
	struct buf log;		/* "pub 1 0\n" "msg t/1 hello q1\n" "lost 5\n" ... */
};

static const uint16_t rig_suites[] = {
	0x002F, 0x0035, 0x003C, 0x003D, 0x009C, 0x009D, 0xC009, 0xC00A, 0xC013,
	0xC014, 0xC023, 0xC024, 0xC027, 0xC028, 0xC02B, 0xC02C, 0xC02F, 0xC030,
};

/* What a SIM7600 offers with an untouched SSL context and ciphersuites 0xFFFF. */
#define RIG_TLS \
	(struct link_tls) { \
		.versions = 7, .ciphers = rig_suites, .n_ciphers = sizeof(rig_suites) / sizeof(rig_suites[0]), \
		.ecdsa = true, .wildcard = true, .negotiate_us = 300000000, .now = 1700000000 \
	}

static inline void rig_on_trace(const struct trace_event *ev, void *ctx)
{
	struct rig *r = ctx;

	if (ev->kind != TRACE_BROKER)
		return;
	buf_add(&r->broker, ev->data, ev->len);
	buf_addc(&r->broker, '\n');
}

static inline void rig_start_world(struct rig *r, struct world *world)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->broker, 1 << 20);
	r->clock = clock_new_virtual();
	r->trace = trace_new(clock_now_for_trace, r->clock);
	trace_add_sink(r->trace, rig_on_trace, r);
	r->world = world;
	r->link = link_new(&(struct link_options){ .world = r->world, .clock = r->clock, .trace = r->trace });
	ck_assert_ptr_nonnull(r->link);
}

/* text NULL: the built-in world. */
static inline void rig_start(struct rig *r, const char *text)
{
	struct err e = { 0 };
	struct world *w = text ? world_load_text("test.yaml", text, strlen(text), &e) : world_load(NULL, 0, &e);

	ck_assert_msg(w, "%s", e.msg);
	rig_start_world(r, w);
}

/* A stopped link leaves no timer behind. */
static inline void rig_stop(struct rig *r)
{
	link_free(r->link);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	world_free(r->world);
	trace_free(r->trace);
	clock_free(r->clock);
	buf_free(&r->broker);
}

static inline void rig_wait_ms(struct rig *r, uint64_t ms)
{
	clock_advance_to(r->clock, clock_now_us(r->clock) + ms * 1000);
}

static inline void peer_on_event(const struct link_mqtt_event *ev, void *ctx)
{
	static const char *const names[] = { "connected", "pub", "sub", "unsub", "disc", "msg", "lost", "ping" };
	struct peer *p = ctx;

	if (ev->type == LINK_MQTT_CONNECTED) {
		p->done = true;
		p->status = ev->status;
		p->code = ev->code;
		p->done_us = clock_now_us(p->rig->clock);
		if (ev->why)
			p->why = *ev->why;
	} else if (ev->type == LINK_MQTT_MESSAGE) {
		buf_addf(&p->log, "msg %.*s %.*s q%d%s\n", (int)ev->topic_len, ev->topic, (int)ev->payload_len,
			 (const char *)ev->payload, ev->qos, ev->retain ? " retain" : "");
	} else {
		buf_addf(&p->log, "%s %d %d%s\n", names[ev->type], ev->mid, (int)ev->status, ev->why ? " why" : "");
	}
}

/* Starts a session; NULL in a field of setup means the default of the rig. */
static inline void peer_start(struct rig *r, struct peer *p, struct link_mqtt_setup setup)
{
	memset(p, 0, sizeof(*p));
	p->rig = r;
	buf_init(&p->log, 1 << 20);
	if (!setup.version)
		setup.version = 4;
	if (!setup.port)
		setup.port = setup.tls ? 8883 : 1883;
	p->m = link_mqtt_connect(r->link, &setup, peer_on_event, p);
	ck_assert_ptr_nonnull(p->m);
	ck_assert(!p->done);	/* never from inside the call */
}

/* Waits for the outcome. */
static inline void peer_wait(struct peer *p)
{
	while (!p->done && clock_step(p->rig->clock))
		;
	ck_assert(p->done);
}

static inline void peer_stop(struct peer *p)
{
	link_mqtt_close(p->m);
	buf_free(&p->log);
	p->m = NULL;
}

/* A plain clean session that must come up. */
static inline void peer_up(struct rig *r, struct peer *p, const char *host, const char *id)
{
	peer_start(r, p, (struct link_mqtt_setup){ .host = host, .client_id = id, .clean = true });
	peer_wait(p);
	ck_assert_int_eq(p->status, LINK_OK);
}

static inline int peer_publish(struct peer *p, const char *topic, const char *text, int qos, bool retain)
{
	return link_mqtt_publish(p->m, topic, strlen(topic), text, strlen(text), qos, retain, false);
}

static inline int peer_subscribe(struct peer *p, const char *filter, int qos)
{
	struct link_mqtt_topic t = { filter, strlen(filter), qos };

	return link_mqtt_subscribe(p->m, &t, 1);
}

static inline bool why_says(const struct why *w, const char *rule, const char *text)
{
	for (size_t i = 0; i < w->n; i++) {
		if ((!rule || !strcmp(w->step[i].rule, rule)) && strstr(w->step[i].text, text))
			return true;
	}
	return false;
}

static inline int rig_main(Suite *s)
{
	SRunner *runner = srunner_create(s);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
