/*
 * The links of AT+CIP*: how they open, close and are lost, one state machine each. What travels on them is
 * socket_data.c's, who connects to the modem socket_server.c's. Facts at-general 7; quirks Q10 to Q12, Q30.
 */
#include "modem/socket_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/pdp.h"

static const char *const state_names[] = {
	[SOCKET_FREE] = "free",	    [SOCKET_OPENING] = "opening", [SOCKET_OPEN] = "open",
	[SOCKET_BROKEN] = "broken", [SOCKET_LEAVING] = "leaving", [SOCKET_CLOSING] = "closing",
};

/* Bit n: state n may follow. Losing the bearer frees from anywhere. */
static const unsigned allowed[] = {
	[SOCKET_FREE] = 1u << SOCKET_OPENING | 1u << SOCKET_OPEN,
	[SOCKET_OPENING] = 1u << SOCKET_OPEN | 1u << SOCKET_FREE,
	[SOCKET_OPEN] = 1u << SOCKET_BROKEN | 1u << SOCKET_LEAVING | 1u << SOCKET_CLOSING | 1u << SOCKET_FREE,
	[SOCKET_BROKEN] = 1u << SOCKET_LEAVING | 1u << SOCKET_CLOSING | 1u << SOCKET_FREE,
	[SOCKET_LEAVING] = 1u << SOCKET_CLOSING | 1u << SOCKET_FREE,
	[SOCKET_CLOSING] = 1u << SOCKET_FREE,
};

const char *socket_state_name(enum socket_state state)
{
	return state_names[state];
}

void socket_set_state(struct socket *s, int link, enum socket_state next)
{
	struct socket_link *l = &s->boot.link[link];

	if (!(allowed[l->state] & (1u << next)))
		abort();
	trace_text(s->modem->trace, TRACE_NOTE, "link %d: %s -> %s", link, state_names[l->state], state_names[next]);
	l->state = next;
}

static void explain(struct socket *s, int code, const struct why *why)
{
	const char *text = socket_err_text(code);

	if (code)
		trace_why(s->modem->trace, "cip", code, text ? text : "", why);
}

enum socket_err socket_refuse(struct socket *s, enum socket_err code, const char *fmt, ...)
{
	struct why why = { 0 };
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(&why, "state", "%s", text);
	explain(s, (int)code, &why);
	return code;
}

/* As socket_refuse(), with the code a quirk gives. */
static enum socket_err refuse_by(struct socket *s, long code, enum quirk_id quirk, int link, const char *what)
{
	struct why why = { 0 };

	why_add(&why, "state", "link %d is %s", link, what);
	profile_why(s->modem->profile, quirk, &why, "code", "this revision answers %ld", code);
	explain(s, (int)code, &why);
	return (enum socket_err)code;
}

/* --- the end of a link ------------------------------------------------------------------------------------------- */

void socket_drop(struct socket *s, int link)
{
	struct socket_link *l = &s->boot.link[link];
	struct socket_slot *slot = &s->slot[link];

	timer_cancel(&slot->result);
	timer_cancel(&slot->retry);
	timer_cancel(&slot->delay);
	link_stream_close(l->stream);
	l->stream = NULL;
	buf_free(&l->tx);
	if (l->state != SOCKET_FREE)
		socket_set_state(s, link, SOCKET_FREE);
}

static void tell_lost(struct socket *s, int link)
{
	enum socket_cause cause = s->boot.link[link].cause;

	socket_drop(s, link);
	modem_emit_code(s->modem, MODEM_EVENT_SOCKET_LOST, link, (int)cause);
}

void socket_lost(struct socket *s, int link, enum link_status status, const struct why *why)
{
	struct socket_link *l = &s->boot.link[link];
	struct why own = { 0 };

	l->cause = socket_cause(status);
	if (!why)
		why_add(&own, "lost", "link %d: %s", link, link_status_text(status));
	trace_why(s->modem->trace, "ipclose", (int)l->cause, socket_cause_text((int)l->cause), why ? why : &own);
	link_stream_close(l->stream);
	l->stream = NULL;
	timer_cancel(&s->slot[link].retry);
	buf_reset(&l->tx);
	socket_data_gone(s, link, why ? why : &own);
	if (l->rx_bytes && socket_pushes(s))
		socket_set_state(s, link, SOCKET_LEAVING);
	else
		tell_lost(s, link);
}

/* --- open -------------------------------------------------------------------------------------------------------- */

static void open_failed(struct socket *s, int link, int code, const struct why *why)
{
	socket_drop(s, link);
	explain(s, code, why);
	modem_emit_code(s->modem, MODEM_EVENT_SOCKET_OPENED, link, code);
}

static void opened(struct socket *s, int link, const struct link_stream_event *ev)
{
	const struct profile *p = s->modem->profile;
	struct socket_link *l = &s->boot.link[link];
	enum socket_err err = l->kind == SOCKET_TCP ? socket_err_open(ev->status) : socket_err_bind(ev->status);
	struct why why = { 0 };
	struct link_stream_info info;
	int code = socket_err_number(s, err);

	if (ev->why)
		why = *ev->why;
	if (l->kind == SOCKET_TCP && ev->status == LINK_REFUSED) {
		code = (int)p->q.cipopen_refused_code;
		profile_why(p, QUIRK_ID_cipopen_refused_code, &why, "code", "this revision reports it as %d", code);
	}
	if (err) {
		open_failed(s, link, code, &why);
		return;
	}
	link_stream_info(l->stream, &info);
	if (l->kind == SOCKET_TCP)
		str_copy(l->address, sizeof(l->address), info.peer);
	l->local_port = info.local_port;
	l->opened_us = clock_now_us(s->modem->clock);
	socket_set_state(s, link, SOCKET_OPEN);
	modem_emit_code(s->modem, MODEM_EVENT_SOCKET_OPENED, link, SOCKET_ERR_NONE);
}

void socket_on_stream(const struct link_stream_event *ev, void *ctx)
{
	struct socket_slot *slot = ctx;
	struct socket *s = slot->socket;

	switch (ev->type) {
	case LINK_STREAM_OPENED:
		opened(s, slot->link, ev);
		break;
	case LINK_STREAM_DATA:
		socket_data_in(s, slot->link, ev);
		break;
	case LINK_STREAM_WRITABLE:
		socket_data_writable(s, slot->link);
		break;
	case LINK_STREAM_ACKED:
		socket_data_acked(s, slot->link);
		break;
	case LINK_STREAM_CLOSED:
		socket_lost(s, slot->link, ev->status, ev->why);
		break;
	case LINK_STREAM_ACCEPTED:
		break; /* listening streams only */
	}
}

static enum socket_err check_open(struct socket *s, int link, const struct socket_target *to)
{
	const struct socket_link *l = &s->boot.link[link];

	if (!pdp_net_is_open(s->modem->pdp))
		return socket_refuse(s, SOCKET_ERR_NOT_OPENED, "the data network is %s", pdp_net_name(s->modem->pdp));
	if (l->sending || l->state == SOCKET_OPENING || l->state == SOCKET_CLOSING)
		return socket_refuse(s, SOCKET_ERR_BUSY, "link %d is %s", link, state_names[l->state]);
	if (l->state != SOCKET_FREE)
		return refuse_by(s, s->modem->profile->q.cipopen_open_code, QUIRK_ID_cipopen_open_code, link,
				 "open already");
	if (to->kind == SOCKET_TCP && (!to->host || !*to->host || !to->port))
		return socket_refuse(s, SOCKET_ERR_PARAMETER, "link %d: TCP needs a host and its port", link);
	if (to->kind == SOCKET_UDP && !to->local_port)
		return socket_refuse(s, SOCKET_ERR_PARAMETER, "link %d: UDP needs a local port", link);
	return SOCKET_ERR_NONE;
}

static void describe(struct socket_link *l, const struct socket_target *to)
{
	l->kind = to->kind;
	l->server = -1;
	l->port = to->port;
	l->local_port = to->local_port;
	l->progress = 0;
	l->astray = false;
	str_copy(l->host, sizeof(l->host), to->host ? to->host : "");
	str_copy(l->address, sizeof(l->address), l->host);
}

/* Quirks Q10: the way out is the context of the IMS, where nobody answers. */
static bool goes_astray(const struct socket *s, const struct socket_target *to)
{
	return s->modem->profile->q.cip_ims_route && to->kind == SOCKET_TCP && pdp_has_other(s->modem->pdp, "ims");
}

enum socket_err socket_open(struct socket *s, int link, const struct socket_target *to)
{
	struct socket_link *l = &s->boot.link[link];
	const struct link_stream_setup setup = {
		.kind = to->kind == SOCKET_TCP ? LINK_STREAM_TCP : LINK_STREAM_UDP,
		.host = to->kind == SOCKET_TCP ? to->host : NULL,
		.port = to->kind == SOCKET_TCP ? to->port : 0,
		.local_port = to->local_port,
		.timeout_us = (uint64_t)s->boot.set.open_ms * 1000,
	};
	enum socket_err err = check_open(s, link, to);

	if (err)
		return err;
	socket_rx_clear(l);
	describe(l, to);
	socket_set_state(s, link, SOCKET_OPENING);
	if (goes_astray(s, to)) {
		l->astray = true;
		clock_arm(s->modem->clock, &s->slot[link].result, setup.timeout_us);
		return SOCKET_ERR_NONE;
	}
	l->stream = link_stream_open(s->modem->link, &setup, socket_on_stream, &s->slot[link]);
	if (!l->stream)
		clock_arm(s->modem->clock, &s->slot[link].result, 0);
	return SOCKET_ERR_NONE;
}

/* --- close ------------------------------------------------------------------------------------------------------- */

enum socket_err socket_close(struct socket *s, int link)
{
	const struct quirks *q = &s->modem->profile->q;
	struct socket_link *l = &s->boot.link[link];
	struct socket_slot *slot = &s->slot[link];

	if (l->state == SOCKET_FREE)
		return refuse_by(s, q->cip_closed_code, QUIRK_ID_cip_closed_code, link, "not open");
	if (l->state == SOCKET_OPENING || l->state == SOCKET_CLOSING)
		return socket_refuse(s, SOCKET_ERR_BUSY, "link %d is %s", link, state_names[l->state]);
	socket_rx_clear(l);
	link_stream_close(l->stream);
	l->stream = NULL;
	timer_cancel(&slot->retry);
	timer_cancel(&slot->delay);
	socket_set_state(s, link, SOCKET_CLOSING);
	clock_arm(s->modem->clock, &slot->result, l->kind == SOCKET_UDP ? 0 : (uint64_t)q->cipclose_ms * 1000);
	return SOCKET_ERR_NONE;
}

static void closed(struct socket *s, int link)
{
	socket_data_gone(s, link, NULL);
	socket_drop(s, link);
	modem_emit_code(s->modem, MODEM_EVENT_SOCKET_CLOSED, link, SOCKET_ERR_NONE);
}

void socket_abandon(struct socket *s, int link)
{
	s->boot.link[link].sending = SOCKET_SENDING_NONE;
	socket_rx_clear(&s->boot.link[link]);
	socket_drop(s, link);
}

static void open_is_over(struct socket *s, int link)
{
	struct why why = { 0 };

	if (s->boot.link[link].astray)
		profile_why(s->modem->profile, QUIRK_ID_cip_ims_route, &why, "route",
			    "the connect left through the context of the IMS");
	else
		why_add(&why, "memory", "out of memory");
	open_failed(s, link, s->boot.link[link].astray ? SOCKET_ERR_TIMEOUT : SOCKET_ERR_CREATE, &why);
}

/* What is due on a link depends on its state; a send has its result whatever became of the link meanwhile. */
static void on_result(void *ctx)
{
	struct socket_slot *slot = ctx;
	struct socket *s = slot->socket;

	switch (s->boot.link[slot->link].state) {
	case SOCKET_OPENING:
		open_is_over(s, slot->link);
		break;
	case SOCKET_CLOSING:
		closed(s, slot->link);
		break;
	case SOCKET_FREE:
	case SOCKET_OPEN:
	case SOCKET_BROKEN:
		socket_data_due(s, slot->link);
		break;
	case SOCKET_LEAVING:
		if (s->boot.link[slot->link].sending)
			socket_data_due(s, slot->link);
		if (!s->boot.link[slot->link].rx_bytes)
			tell_lost(s, slot->link);
		break;
	}
}

/* --- the network under the links --------------------------------------------------------------------------------- */

static bool any_link(const struct socket *s)
{
	for (int i = 0; i < SOCKET_LINKS; i++) {
		if (s->boot.link[i].state != SOCKET_FREE)
			return true;
	}
	return false;
}

enum socket_err socket_may_net_close(struct socket *s)
{
	const struct profile *p = s->modem->profile;
	struct why why = { 0 };

	if (p->q.netclose_sockets != QUIRK_netclose_sockets_refuse || !any_link(s))
		return SOCKET_ERR_NONE;
	profile_why(p, QUIRK_ID_netclose_sockets, &why, "netclose", "links have to be closed before");
	explain(s, SOCKET_ERR_OPENED, &why);
	return SOCKET_ERR_OPENED;
}

void socket_net_closing(struct socket *s)
{
	for (int i = 0; i < SOCKET_LINKS; i++) {
		struct socket_link *l = &s->boot.link[i];
		struct socket_slot *slot = &s->slot[i];

		link_stream_close(l->stream);
		l->stream = NULL;
		timer_cancel(&slot->result);
		timer_cancel(&slot->retry);
		timer_cancel(&slot->delay);
	}
	timer_cancel(&s->age);
	socket_servers_drop(s, false);
}

/* The result of what was pending when the network went, and the link is free. */
static void end_pending(struct socket *s, int link, const char *reason)
{
	enum socket_state was = s->boot.link[link].state;
	struct why why = { 0 };

	why_add(&why, "net", "%s", reason);
	if (was == SOCKET_OPENING) {
		open_failed(s, link, SOCKET_ERR_NETWORK, &why);
		return;
	}
	socket_data_gone(s, link, &why);
	socket_drop(s, link);
	if (was == SOCKET_CLOSING)
		modem_emit_code(s->modem, MODEM_EVENT_SOCKET_CLOSED, link, SOCKET_ERR_NONE);
}

void socket_net_closed(struct socket *s)
{
	for (int i = 0; i < SOCKET_LINKS; i++) {
		enum socket_state was = s->boot.link[i].state;
		bool listed = was == SOCKET_OPEN || was == SOCKET_BROKEN || was == SOCKET_LEAVING;

		end_pending(s, i, "AT+NETCLOSE");
		if (listed && s->modem->profile->q.netclose_lists_links)
			modem_emit_code(s->modem, MODEM_EVENT_SOCKET_CLOSED, i, SOCKET_ERR_NONE);
	}
}

void socket_net_lost(struct socket *s)
{
	socket_net_closing(s);
	for (int i = 0; i < SOCKET_LINKS; i++)
		end_pending(s, i, "the data network is lost");
}

void socket_net_opened(struct socket *s)
{
	long age_s = s->modem->profile->q.cip_silent_death_s;

	if (age_s)
		clock_arm(s->modem->clock, &s->age, (uint64_t)age_s * 1000000);
}

/* Quirks Q30: one day all links are gone, and nobody says so. */
static void on_age(void *ctx)
{
	struct socket *s = ctx;
	struct why why = { 0 };

	profile_why(s->modem->profile, QUIRK_ID_cip_silent_death_s, &why, "silent", "the links died without a word");
	trace_why(s->modem->trace, "ipclose", SOCKET_CAUSE_LOCAL, "nothing is told", &why);
	for (int i = 0; i < SOCKET_LINKS; i++) {
		if (s->boot.link[i].state != SOCKET_OPENING)
			end_pending(s, i, "the link died without a word");
	}
}

/* --- questions --------------------------------------------------------------------------------------------------- */

const struct socket_link *socket_link(const struct socket *s, int link)
{
	return &s->boot.link[link];
}

bool socket_is_open(const struct socket *s, int link)
{
	enum socket_state state = s->boot.link[link].state;

	return state != SOCKET_FREE && state != SOCKET_OPENING;
}

enum socket_err socket_counts(const struct socket *s, int link, uint64_t count[3])
{
	const struct socket_link *l = &s->boot.link[link];
	struct link_stream_info info;

	if (!l->stream || l->state == SOCKET_OPENING)
		return SOCKET_ERR_NOT_OPENED;
	if (l->kind != SOCKET_TCP)
		return SOCKET_ERR_NOT_SUPPORTED;
	link_stream_info(l->stream, &info);
	count[0] = info.sent;
	count[1] = info.acked;
	count[2] = info.received;
	return SOCKET_ERR_NONE;
}

/* --- life and settings ------------------------------------------------------------------------------------------- */

static const struct socket_settings default_settings = {
	.head = 1,
	.show_remote = 1,
	.open_ms = 120000,
	.send_ms = 120000,
	.config = { 10, 0, 0, 1, 0, 0, 500 },
	.keep_alive = { 0, 1, 5, 1 },
};

static void clear(struct socket *s)
{
	timer_cancel(&s->age);
	for (int i = 0; i < SOCKET_LINKS; i++) {
		struct socket_link *l = &s->boot.link[i];

		timer_cancel(&s->slot[i].result);
		timer_cancel(&s->slot[i].retry);
		timer_cancel(&s->slot[i].delay);
		link_stream_close(l->stream);
		socket_rx_clear(l);
		buf_free(&l->tx);
	}
	socket_servers_drop(s, true);
}

static void start(struct socket *s)
{
	memset(&s->boot, 0, sizeof(s->boot));
	s->boot.set = default_settings;
	for (int i = 0; i < SOCKET_LINKS; i++)
		socket_data_start(&s->boot.link[i]);
}

void socket_reset(struct socket *s)
{
	clear(s);
	start(s);
}

struct socket *socket_new(struct modem *m)
{
	struct socket *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->modem = m;
	timer_init(&s->age, on_age, s);
	for (int i = 0; i < SOCKET_LINKS; i++) {
		s->slot[i].socket = s;
		s->slot[i].link = i;
		timer_init(&s->slot[i].result, on_result, &s->slot[i]);
		socket_data_init(&s->slot[i]);
	}
	for (int i = 0; i < SOCKET_SERVERS; i++)
		s->listener[i] = (struct socket_listener){ .socket = s, .server = i };
	start(s);
	return s;
}

void socket_free(struct socket *s)
{
	if (!s)
		return;
	clear(s);
	free(s);
}

/* A host that begins or ceases to fetch is told of, or given, what waits. */
void socket_set_settings(struct socket *s, const struct socket_settings *set)
{
	bool pushed = socket_pushes(s);

	s->boot.set = *set;
	if (pushed != socket_pushes(s))
		socket_data_regime(s);
}
