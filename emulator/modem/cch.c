/*
 * The CCH service and its two sessions: who may do what in which state. What happens on the wire is cch_session.c's.
 * Manual V3.00 chapter 10; facts at-ssl-mqtt 10; quirks Q28.
 */
#include "modem/cch_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modem/pdp.h"

/* STOP answers as fast as AT+CMQTTSTOP does (issue-49:565-570) [guess]. */
enum { STOP_US = 20000 };

/* Bit n: a change to state n is allowed. */
static const uint8_t service_allowed[] = {
	[CCH_SERVICE_STOPPED] = 1 << CCH_SERVICE_STARTING,
	[CCH_SERVICE_STARTING] = 1 << CCH_SERVICE_STARTED | 1 << CCH_SERVICE_STOPPED,
	[CCH_SERVICE_STARTED] = 1 << CCH_SERVICE_STOPPING | 1 << CCH_SERVICE_STOPPED,
	[CCH_SERVICE_STOPPING] = 1 << CCH_SERVICE_STOPPED,
};

static const uint8_t session_allowed[] = {
	[CCH_SESSION_CLOSED] = 1 << CCH_SESSION_OPENING,
	[CCH_SESSION_OPENING] = 1 << CCH_SESSION_OPEN | 1 << CCH_SESSION_CLOSED,
	[CCH_SESSION_OPEN] =
		1 << CCH_SESSION_LEAVING | 1 << CCH_SESSION_CLOSING | 1 << CCH_SESSION_ENDED | 1 << CCH_SESSION_CLOSED,
	[CCH_SESSION_LEAVING] = 1 << CCH_SESSION_CLOSING | 1 << CCH_SESSION_ENDED | 1 << CCH_SESSION_CLOSED,
	[CCH_SESSION_CLOSING] = 1 << CCH_SESSION_CLOSED,
	[CCH_SESSION_ENDED] = 1 << CCH_SESSION_CLOSING | 1 << CCH_SESSION_OPENING | 1 << CCH_SESSION_CLOSED,
};

static const char *const service_name[] = { "stopped", "starting", "started", "stopping" };
static const char *const session_name[] = { "closed", "opening", "open", "leaving", "closing", "ended" };

static void set_service(struct cch *c, enum cch_service next)
{
	enum cch_service now = c->boot.service;
	bool allowed = service_allowed[now] >> next & 1;

	trace_text(c->modem->trace, TRACE_NOTE, "cch: %s -> %s%s", service_name[now], service_name[next],
		   allowed ? "" : " refused");
	if (allowed)
		c->boot.service = next;
}

void cch_set_session(struct cch *c, int session, enum cch_session_state next)
{
	enum cch_session_state now = c->boot.session[session].state;
	bool allowed = session_allowed[now] >> next & 1;

	trace_text(c->modem->trace, TRACE_NOTE, "cch session %d: %s -> %s%s", session, session_name[now],
		   session_name[next], allowed ? "" : " refused");
	if (allowed)
		c->boot.session[session].state = next;
}

/* --- life ------------------------------------------------------------------------------------------------------ */

static void session_forget(struct cch *c, int session)
{
	cch_socket_drop(&c->socket[session]);
	if (c->boot.session[session].state != CCH_SESSION_CLOSED)
		cch_set_session(c, session, CCH_SESSION_CLOSED);
	c->boot.session[session].ssl_ctx = -1;
}

static void boot_init(struct cch *c)
{
	memset(&c->boot, 0, sizeof(c->boot));
	for (int i = 0; i < CCH_SESSIONS; i++) {
		c->boot.session[i].ssl_ctx = -1;
		c->boot.session[i].send_timeout_s = CCH_SEND_TIMEOUT_S;
	}
}

static void service_tick(void *ctx);

struct cch *cch_new(struct modem *m)
{
	struct cch *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->modem = m;
	timer_init(&c->timer, service_tick, c);
	for (int i = 0; i < CCH_SESSIONS; i++)
		cch_socket_init(c, i);
	boot_init(c);
	return c;
}

void cch_reset(struct cch *c)
{
	timer_cancel(&c->timer);
	c->attached = false;
	for (int i = 0; i < CCH_SESSIONS; i++)
		cch_socket_drop(&c->socket[i]);
	boot_init(c);
}

void cch_free(struct cch *c)
{
	if (!c)
		return;
	cch_reset(c);
	free(c);
}

/* --- refusals and states --------------------------------------------------------------------------------------- */

void cch_trace_result(struct cch *c, enum cch_err code, const struct why *why)
{
	if (code)
		trace_why(c->modem->trace, "cch", cch_code_shown(c->modem->profile, code), cch_err_text((int)code),
			  why);
}

enum cch_err cch_refuse(struct cch *c, enum cch_err code, const char *fmt, ...)
{
	struct why why = { 0 };
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(&why, "state", "%s", text);
	cch_trace_result(c, code, &why);
	return code;
}

static enum cch_err refuse_quirk(struct cch *c, enum cch_err code, enum quirk_id id, const char *text)
{
	struct why why = { 0 };

	profile_why(c->modem->profile, id, &why, "state", "%s", text);
	cch_trace_result(c, code, &why);
	return code;
}

const struct cch_boot *cch_boot(const struct cch *c)
{
	return &c->boot;
}

bool cch_is_started(const struct cch *c)
{
	return c->boot.service == CCH_SERVICE_STARTED;
}

bool cch_network_is_open(const struct cch *c)
{
	return pdp_net_is_open(c->modem->pdp);
}

const struct cch_peer *cch_connected_to(const struct cch *c, int session)
{
	const struct cch_session_boot *s = &c->boot.session[session];

	return s->state == CCH_SESSION_OPEN ? &s->peer : NULL;
}

int cch_read_code(const struct cch *c, enum cch_err err)
{
	return cch_code_shown_recv(c->modem->profile, err);
}

/* --- the service ----------------------------------------------------------------------------------------------- */

static void started(struct cch *c)
{
	struct modem_event ev = { .type = MODEM_EVENT_CCH_STARTED, .network_open = c->boot.network_open };
	enum cch_err err = CCH_ERR_NONE;

	if (pdp_can_carry(c->modem->pdp)) {
		set_service(c, CCH_SERVICE_STARTED);
	} else {
		set_service(c, CCH_SERVICE_STOPPED);
		err = cch_refuse(c, CCH_ERR_NETWORK, "no PDP context could be activated: the module is not registered");
	}
	ev.code = cch_code_shown(c->modem->profile, err);
	modem_emit(c->modem, &ev);
}

static void service_tick(void *ctx)
{
	struct cch *c = ctx;

	if (c->boot.service == CCH_SERVICE_STARTING) {
		started(c);
	} else if (c->boot.service == CCH_SERVICE_STOPPING) {
		set_service(c, CCH_SERVICE_STOPPED);
		modem_emit_code(c->modem, MODEM_EVENT_CCH_STOPPED, 0, CCH_ERR_NONE);
	}
}

enum cch_err cch_start(struct cch *c)
{
	const struct quirks *q = &c->modem->profile->q;

	if (c->boot.service != CCH_SERVICE_STOPPED)
		return refuse_quirk(c, CCH_ERR_STATE, QUIRK_ID_cch_start_twice_code,
				    "the CCH service is started already");
	if (q->cch_start_blocked && cch_network_is_open(c))
		return refuse_quirk(c, CCH_ERR_NETWORK, QUIRK_ID_cch_start_blocked,
				    "the data network of AT+NETOPEN is open");
	if (q->cch_start_clears_ssl) {
		trace_text(c->modem->trace, TRACE_NOTE, "cch: all SSL contexts are back at their defaults");
		ssl_forget(c->modem->ssl);
	}
	set_service(c, CCH_SERVICE_STARTING);
	c->boot.network_open = cch_network_is_open(c);
	clock_arm(c->modem->clock, &c->timer,
		  (uint64_t)(c->boot.network_open ? q->cch_start_ms : q->cch_start_cold_ms) * 1000);
	return CCH_ERR_NONE;
}

enum cch_err cch_stop(struct cch *c)
{
	if (!cch_is_started(c))
		return refuse_quirk(c, CCH_ERR_STATE, QUIRK_ID_cch_stop_twice_code, "the CCH service is not started");
	/* Open sessions go with the service, without a word of their own [guess]. */
	for (int i = 0; i < CCH_SESSIONS; i++)
		session_forget(c, i);
	set_service(c, CCH_SERVICE_STOPPING);
	clock_arm(c->modem->clock, &c->timer, STOP_US);
	return CCH_ERR_NONE;
}

void cch_network_lost(struct cch *c)
{
	/* START and STOP under way end by their own timer: the first finds no network, the second needs none. */
	if (!cch_is_started(c))
		return;
	for (int i = 0; i < CCH_SESSIONS; i++)
		cch_session_lost(&c->socket[i], LINK_NO_NETWORK, NULL);
	for (int i = 0; i < CCH_SESSIONS; i++)
		session_forget(c, i);
	set_service(c, CCH_SERVICE_STOPPED);
	modem_emit_code(c->modem, MODEM_EVENT_CCH_NONET, 0, 0);
}

static enum cch_err need_service(struct cch *c)
{
	return cch_is_started(c) ? CCH_ERR_NONE : cch_refuse(c, CCH_ERR_STATE, "the CCH service is not started");
}

/* --- settings -------------------------------------------------------------------------------------------------- */

enum cch_err cch_set(struct cch *c, const struct cch_settings *set)
{
	bool mode_changed = set->transparent != c->boot.set.transparent;

	if (c->boot.service != CCH_SERVICE_STOPPED && (mode_changed || !c->modem->profile->q.cch_set_after_start))
		return refuse_quirk(c, CCH_ERR_STATE, QUIRK_ID_cch_set_after_start,
				    "too late: the CCH service is started");
	c->boot.set = *set;
	return CCH_ERR_NONE;
}

/* Drivers bind right behind the OK of START, which need not be through then (issue-49:884-888) [guess: taken]. */
enum cch_err cch_bind_ssl(struct cch *c, int session, int ctx)
{
	enum cch_session_state state = c->boot.session[session].state;

	if (c->boot.service != CCH_SERVICE_STARTED && c->boot.service != CCH_SERVICE_STARTING)
		return cch_refuse(c, CCH_ERR_STATE, "the CCH service is not started");
	if (state != CCH_SESSION_CLOSED && state != CCH_SESSION_ENDED)
		return cch_refuse(c, CCH_ERR_STATE, "too late: session %d is %s", session, session_name[state]);
	c->boot.session[session].ssl_ctx = ctx;
	return CCH_ERR_NONE;
}

enum cch_err cch_set_send_timeout(struct cch *c, int session, int seconds)
{
	c->boot.session[session].send_timeout_s = seconds;
	return CCH_ERR_NONE;
}

/* --- sessions -------------------------------------------------------------------------------------------------- */

enum cch_err cch_check_open(struct cch *c, int session)
{
	enum cch_session_state state = c->boot.session[session].state;
	enum cch_err err = need_service(c);

	if (err)
		return err;
	if (c->boot.set.transparent && session)
		return cch_refuse(c, CCH_ERR_PARAMETER, "transparent mode (AT+CCHMODE=1) has session 0 only");
	if (state != CCH_SESSION_CLOSED && state != CCH_SESSION_ENDED)
		return cch_refuse(c, CCH_ERR_STATE, "session %d is %s", session, session_name[state]);
	return CCH_ERR_NONE;
}

enum cch_err cch_may_send(struct cch *c, int session)
{
	const struct cch_session_boot *s = &c->boot.session[session];
	enum cch_err err = need_service(c);

	if (err)
		return err;
	if (s->state != CCH_SESSION_OPEN)
		return cch_refuse(c, CCH_ERR_STATE, "session %d is %s", session, session_name[s->state]);
	if (c->boot.set.transparent)
		return cch_refuse(c, CCH_ERR_STATE,
				  "session 0 is a transparent line (AT+CCHMODE=1): ATO leads into it");
	if (s->sending)
		return cch_refuse(c, CCH_ERR_BUSY, "session %d: %zu bytes of the last send wait for the peer", session,
				  cch_unsent(c, session));
	return CCH_ERR_NONE;
}

enum cch_err cch_check_read(struct cch *c, int session)
{
	const struct cch_session_boot *s = &c->boot.session[session];
	enum cch_err err = need_service(c);

	if (err)
		return err;
	if (!c->boot.set.manual || c->boot.set.transparent)
		return cch_refuse(c, CCH_ERR_STATE,
				  "received data is not kept: it takes AT+CCHSET=<report>,1 before START");
	if (s->reading)
		return cch_refuse(c, CCH_ERR_BUSY, "session %d: the last read has not brought its data yet", session);
	if (!cch_cached(c, session))
		return refuse_quirk(c, (enum cch_err)c->modem->profile->q.cch_recv_empty_code,
				    QUIRK_ID_cch_recv_empty_code, "no data is cached");
	return CCH_ERR_NONE;
}

enum cch_err cch_check_close(struct cch *c, int session)
{
	enum cch_session_state state = c->boot.session[session].state;
	enum cch_err err = need_service(c);

	if (err || state == CCH_SESSION_OPEN || state == CCH_SESSION_LEAVING)
		return err;
	if (state == CCH_SESSION_ENDED && c->modem->profile->q.cch_close_after_peer)
		return CCH_ERR_NONE;
	if (state == CCH_SESSION_ENDED)
		return refuse_quirk(c, CCH_ERR_STATE, QUIRK_ID_cch_close_after_peer, "the session has ended already");
	return cch_refuse(c, state == CCH_SESSION_CLOSED ? CCH_ERR_STATE : CCH_ERR_BUSY, "session %d is %s", session,
			  session_name[state]);
}
