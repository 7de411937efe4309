/* A receiver as a state machine with a clock. What its reports look like is decided elsewhere. */
#include "modem/gnss.h"

#include <stdlib.h>
#include <string.h>

#include "modem/rtc.h"
#include "modem/store.h"

enum {
	HOT_FIX_US = 1000000, /* [guess] */
	READY_US = 8000000, /* at-general 15, about */
	NMEA_SLOW_US = 1000000,
	NMEA_FAST_US = 100000,
	SENTENCES_MAX_BYTES = 4096,
};

static const struct {
	const char *key;
	size_t offset;
	long def;
} kept[] = {
	{ "gnss.sentences", offsetof(struct gnss_nv, sentences), 197119 }, /* the manual's example and default */
	{ "gnss.fast", offsetof(struct gnss_nv, fast), 0 },
	{ "gnss.systems", offsetof(struct gnss_nv, systems), 15 },
	{ "gnss.dpo", offsetof(struct gnss_nv, dpo), 1 },
	{ "gnss.at_boot", offsetof(struct gnss_nv, at_boot), 0 },
};

static long *member(struct gnss *g, size_t i)
{
	return (long *)((char *)&g->nv + kept[i].offset);
}

const char *gnss_state_name(const struct gnss *g)
{
	static const char *const names[] = {
		[GNSS_OFF] = "off",
		[GNSS_SEARCHING] = "searching",
		[GNSS_TRACKING] = "tracking",
		[GNSS_STOPPING] = "stopping",
	};

	return names[g->boot.state];
}

bool gnss_is_on(const struct gnss *g)
{
	return g->boot.state == GNSS_SEARCHING || g->boot.state == GNSS_TRACKING;
}

struct nmea_view gnss_view(const struct gnss *g)
{
	struct nmea_view v = { .fix = g->boot.state == GNSS_TRACKING && g->position.seen };

	if (!v.fix)
		return v;
	v.position = g->position;
	v.utc = rtc_network_utc(g->modem->rtc);
	v.tenth = (unsigned)(clock_now_us(g->modem->clock) / 100000 % 10);
	return v;
}

/* --- time passes -------------------------------------------------------------------------------------------------- */

static void on_found(void *ctx)
{
	struct gnss *g = ctx;

	g->boot.state = GNSS_TRACKING;
	g->boot.warm = true;
	trace_text(g->modem->trace, TRACE_NOTE, "gnss: fix");
}

static void on_stopped(void *ctx)
{
	struct gnss *g = ctx;

	g->boot.state = GNSS_OFF;
	modem_emit_code(g->modem, MODEM_EVENT_GNSS_OFF, 0, 0);
}

static void on_ready(void *ctx)
{
	struct gnss *g = ctx;

	modem_emit_code(g->modem, MODEM_EVENT_GNSS_READY, 0, 0);
}

/* A search takes its time from when there are satellites. */
static void search(struct gnss *g)
{
	uint64_t us = g->boot.warm ? HOT_FIX_US : (uint64_t)g->modem->profile->q.gnss_fix_ms * 1000;

	timer_cancel(&g->search);
	if (g->boot.state == GNSS_SEARCHING && g->position.seen)
		clock_arm(g->modem->clock, &g->search, us);
}

static void emit_sentences(struct gnss *g, enum modem_event_type type, int port, unsigned long mask)
{
	struct nmea_view v = gnss_view(g);
	struct buf text;

	buf_init(&text, SENTENCES_MAX_BYTES);
	nmea_sentences(mask, &v, &text);
	if (text.len)
		modem_emit(g->modem, &(struct modem_event){ .type = type,
							    .index = port,
							    .code = GNSS_REPORT_NMEA,
							    .payload = text.data,
							    .payload_len = text.len });
	buf_free(&text);
}

static void on_nmea(void *ctx)
{
	struct gnss *g = ctx;

	clock_arm(g->modem->clock, &g->nmea, g->nv.fast ? NMEA_FAST_US : NMEA_SLOW_US);
	emit_sentences(g, MODEM_EVENT_GNSS_NMEA, 0, (unsigned long)g->nv.sentences);
}

static void arm_report(struct gnss_reporter *r)
{
	struct gnss *g = r->gnss;

	timer_cancel(&r->timer);
	if (r->period_s && gnss_is_on(g))
		clock_arm(g->modem->clock, &r->timer, (uint64_t)r->period_s * 1000000);
}

static void on_report(void *ctx)
{
	struct gnss_reporter *r = ctx;
	struct gnss *g = r->gnss;
	enum gnss_report kind = (enum gnss_report)(r - g->report);

	arm_report(r);
	if (kind == GNSS_REPORT_NMEA)
		emit_sentences(g, MODEM_EVENT_GNSS_REPORT, r->port, g->boot.mask);
	else
		modem_emit_code(g->modem, MODEM_EVENT_GNSS_REPORT, r->port, kind);
}

static void arm_reports(struct gnss *g)
{
	for (int i = 0; i < GNSS_REPORTS; i++)
		arm_report(&g->report[i]);
	timer_cancel(&g->nmea);
	if (gnss_is_on(g))
		clock_arm(g->modem->clock, &g->nmea, NMEA_SLOW_US);
}

/* --- life --------------------------------------------------------------------------------------------------------- */

struct gnss *gnss_new(struct modem *m)
{
	struct gnss *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->modem = m;
	g->position = link_position(m->link);
	timer_init(&g->search, on_found, g);
	timer_init(&g->stop, on_stopped, g);
	timer_init(&g->nmea, on_nmea, g);
	timer_init(&g->ready, on_ready, g);
	for (int i = 0; i < GNSS_REPORTS; i++) {
		g->report[i].gnss = g;
		timer_init(&g->report[i].timer, on_report, &g->report[i]);
	}
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		*member(g, i) = store_num(m->store, kept[i].key, kept[i].def);
	return g;
}

void gnss_reset(struct gnss *g)
{
	g->boot = (struct gnss_boot){ 0 };
	timer_cancel(&g->search);
	timer_cancel(&g->stop);
	timer_cancel(&g->ready);
	for (int i = 0; i < GNSS_REPORTS; i++)
		g->report[i].period_s = 0;
	arm_reports(g);
}

void gnss_free(struct gnss *g)
{
	if (!g)
		return;
	gnss_reset(g);
	free(g);
}

/* --- what the host asks for --------------------------------------------------------------------------------------- */

static bool refuse(struct gnss *g, const char *what)
{
	trace_text(g->modem->trace, TRACE_NOTE, "gnss: %s", what);
	return false;
}

static void start(struct gnss *g, int mode)
{
	timer_cancel(&g->stop);
	g->boot.state = GNSS_SEARCHING;
	g->boot.mode = mode;
	search(g);
	arm_reports(g);
}

bool gnss_start(struct gnss *g, int mode)
{
	if (mode == GNSS_MS_ASSISTED)
		return refuse(g, "no server that assists is modelled");
	if (gnss_is_on(g) && g->modem->profile->q.cgps_again == QUIRK_cgps_again_error)
		return refuse(g, "it is on already");
	if (!gnss_is_on(g))
		start(g, mode);
	return true;
}

bool gnss_start_as(struct gnss *g, bool cold)
{
	if (gnss_is_on(g))
		return refuse(g, "it is on already");
	g->boot.warm = !cold;
	start(g, GNSS_STANDALONE);
	return true;
}

void gnss_say_ready(struct gnss *g)
{
	clock_arm(g->modem->clock, &g->ready, READY_US);
}

void gnss_power_on(struct gnss *g)
{
	if (g->nv.at_boot && !gnss_is_on(g))
		start(g, GNSS_STANDALONE);
}

void gnss_stop(struct gnss *g)
{
	if (!gnss_is_on(g))
		return;
	g->boot.state = GNSS_STOPPING;
	timer_cancel(&g->search);
	timer_cancel(&g->ready);
	arm_reports(g);
	clock_arm(g->modem->clock, &g->stop, (uint64_t)g->modem->profile->q.gnss_off_ms * 1000);
}

void gnss_set_report(struct gnss *g, enum gnss_report kind, long period_s, int port)
{
	g->report[kind].period_s = period_s;
	g->report[kind].port = port;
	arm_report(&g->report[kind]);
}

void gnss_set_mask(struct gnss *g, unsigned long mask)
{
	g->boot.mask = mask;
}

void gnss_keep(struct gnss *g, long *m, long value)
{
	*m = value;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (member(g, i) == m)
			store_set_num(g->modem->store, kept[i].key, value);
	}
}

void gnss_set_position(struct gnss *g, const struct position *p)
{
	g->position = *p;
	if (!p->seen && g->boot.state == GNSS_TRACKING)
		g->boot.state = GNSS_SEARCHING;
	if (!p->seen || !timer_armed(&g->search))
		search(g);
}
