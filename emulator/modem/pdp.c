/*
 * Packet data. Contexts are written through to the store; what is active, the data network and the settings of the
 * TCP/IP commands are gone with a reset.
 */
#include "modem/pdp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/cch.h"
#include "modem/dialup.h"
#include "modem/dns.h"
#include "modem/ftps.h"
#include "modem/http.h"
#include "modem/mqtt.h"
#include "modem/net.h"
#include "modem/ping.h"
#include "modem/power.h"
#include "modem/socket.h"
#include "modem/store.h"

enum {
	CGEV_SECOND_US = 1100000,	/* EPS PDN ACT to ME PDN ACT, captured on the A7670 (at-general 3) */
	CGEV_SECOND_CID = 8,
	CONTEXT_FIELDS = 10,
};

static const char *const net_names[] = {
	[PDP_NET_CLOSED] = "closed", [PDP_NET_OPENING] = "opening",
	[PDP_NET_OPEN] = "open",     [PDP_NET_CLOSING] = "closing",
};

/* Bit n: state n may follow. Losing the bearer closes from anywhere. */
static const unsigned allowed[] = {
	[PDP_NET_CLOSED] = 1u << PDP_NET_OPENING,
	[PDP_NET_OPENING] = 1u << PDP_NET_OPEN | 1u << PDP_NET_CLOSED,
	[PDP_NET_OPEN] = 1u << PDP_NET_CLOSING | 1u << PDP_NET_CLOSED,
	[PDP_NET_CLOSING] = 1u << PDP_NET_CLOSED,
};

static void set_net(struct pdp *p, enum pdp_net next)
{
	if (!(allowed[p->boot.net] & (1u << next)))
		abort();
	trace_text(p->modem->trace, TRACE_NOTE, "netopen: %s -> %s", net_names[p->boot.net], net_names[next]);
	p->boot.net = next;
}

/* --- contexts -------------------------------------------------------------------------------------------------- */

bool pdp_cid_ok(long cid)
{
	return (cid >= 1 && cid <= 24) || (cid >= 100 && cid <= PDP_CID_MAX);
}

/* The index of cid, or where it belongs. */
static size_t find(const struct pdp *p, int cid)
{
	size_t i;

	for (i = 0; i < p->n && p->context[i].cid < cid; i++)
		;
	return i;
}

const struct pdp_context *pdp_context(const struct pdp *p, int cid)
{
	size_t i = find(p, cid);

	return i < p->n && p->context[i].cid == cid ? &p->context[i] : NULL;
}

static int put(struct pdp *p, const struct pdp_context *c)
{
	size_t i = find(p, c->cid);
	struct pdp_context *grown;

	if (i == p->n || p->context[i].cid != c->cid) {
		grown = realloc(p->context, (p->n + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		p->context = grown;
		memmove(&grown[i + 1], &grown[i], (p->n - i) * sizeof(*grown));
		p->n++;
	}
	p->context[i] = *c;
	return 0;
}

static const char *context_key(int cid, char *buf, size_t size)
{
	snprintf(buf, size, "pdp.context.%d", cid);
	return buf;
}

/* One setting a context: fields separated by tabs, which no host can type into an argument. */
static void save(struct pdp *p, const struct pdp_context *c)
{
	char key[32];
	struct buf b;

	buf_init(&b, 1024);
	buf_addf(&b, "%d\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s", (int)c->type, c->apn, c->address, c->option[0],
		 c->option[1], c->option[2], c->option[3], c->auth_type, c->auth_first, c->auth_second);
	store_set_text(p->modem->store, context_key(c->cid, key, sizeof(key)), buf_str(&b));
	buf_free(&b);
}

static int to_int(const char *s, int max)
{
	long long v = 0;

	return str_to_num(s, strlen(s), 0, max, &v) ? 0 : (int)v;
}

static bool parse(const char *text, struct pdp_context *c)
{
	char field[CONTEXT_FIELDS][PDP_SECRET_MAX + 1];

	for (int i = 0; i < CONTEXT_FIELDS; i++) {
		size_t n = strcspn(text, "\t");

		if (n > PDP_SECRET_MAX || (!text[n] && i < CONTEXT_FIELDS - 1))
			return false;
		memcpy(field[i], text, n);
		field[i][n] = '\0';
		text += n + (text[n] != '\0');
	}
	c->type = (enum pdp_type)to_int(field[0], PDP_TYPES - 1);
	str_copy(c->apn, sizeof(c->apn), field[1]);
	str_copy(c->address, sizeof(c->address), field[2]);
	for (int i = 0; i < 4; i++)
		c->option[i] = to_int(field[3 + i], 4);
	c->auth_type = to_int(field[7], 3);
	str_copy(c->auth_first, sizeof(c->auth_first), field[8]);
	str_copy(c->auth_second, sizeof(c->auth_second), field[9]);
	return true;
}

/* What captured modules list before anybody has defined anything (at-general 6). */
static const struct pdp_context factory[] = {
	{ .cid = 1, .type = PDP_TYPE_IP },
	{ .cid = 2, .type = PDP_TYPE_IPV4V6, .apn = "ims" },
	{ .cid = 3, .type = PDP_TYPE_IPV4V6, .apn = "sos", .option = { 0, 0, 0, 1 } },
};

/* A context that was deleted is stored as "" and stays deleted. */
static int load(struct pdp *p)
{
	int err = 0;
	char key[32];

	for (size_t i = 0; !err && i < sizeof(factory) / sizeof(factory[0]); i++)
		err = put(p, &factory[i]);
	for (int cid = 1; !err && cid <= PDP_CID_MAX; cid++) {
		const char *text = store_text(p->modem->store, context_key(cid, key, sizeof(key)), NULL);
		struct pdp_context c = { .cid = cid };
		size_t i = find(p, cid);

		if (text && parse(text, &c)) {
			err = put(p, &c);
		} else if (text && i < p->n && p->context[i].cid == cid) {
			memmove(&p->context[i], &p->context[i + 1], (p->n - i - 1) * sizeof(*p->context));
			p->n--;
		}
	}
	return err;
}

int pdp_define(struct pdp *p, const struct pdp_context *c)
{
	int err = put(p, c);

	if (!err)
		save(p, c);
	return err;
}

void pdp_undefine(struct pdp *p, int cid)
{
	size_t i = find(p, cid);
	char key[32];

	if (i == p->n || p->context[i].cid != cid)
		return;
	pdp_deactivate(p, cid, true);
	memmove(&p->context[i], &p->context[i + 1], (p->n - i - 1) * sizeof(*p->context));
	p->n--;
	store_set_text(p->modem->store, context_key(cid, key, sizeof(key)), "");
}

bool pdp_is_active(const struct pdp *p, int cid)
{
	return p->boot.active[cid];
}

bool pdp_activate(struct pdp *p, int cid)
{
	if (!p->boot.attached || !pdp_context(p, cid))
		return false;
	p->boot.active[cid] = true;
	return true;
}

const char *pdp_net_name(const struct pdp *p)
{
	return net_names[p->boot.net];
}

const char *pdp_address(const struct pdp *p, int cid, char *buf, size_t size)
{
	const struct pdp_context *c = pdp_context(p, cid);
	bool fixed = c && *c->address && strcmp(c->address, "0.0.0.0");

	if (!c || !p->boot.active[cid])
		snprintf(buf, size, "0.0.0.0");
	else if (fixed)
		snprintf(buf, size, "%s", c->address);
	else
		snprintf(buf, size, "10.64.0.%d", cid + 1);
	return buf;
}

/* --- bearer ---------------------------------------------------------------------------------------------------- */

static void on_cgev(void *ctx)
{
	struct pdp *p = ctx;

	modem_emit_code(p->modem, MODEM_EVENT_PDN_ACTIVATED, CGEV_SECOND_CID, 1);
}

void pdp_attach(struct pdp *p, bool quiet)
{
	if (p->boot.attached)
		return;
	p->boot.attached = true;
	link_set_network(p->modem->link, true);
	/* LTE: attaching brings the default bearer up, which is the first context. */
	pdp_activate(p, 1);
	if (quiet)
		return;
	modem_emit_code(p->modem, MODEM_EVENT_PDN_ACTIVATED, 1, 0);
	if (p->modem->profile->q.boot_cgev)
		clock_arm(p->modem->clock, &p->cgev, CGEV_SECOND_US);
}

static void lose_net(struct pdp *p)
{
	enum pdp_net was = p->boot.net;
	bool keep = was == PDP_NET_OPEN && p->modem->profile->q.netopen_after_loss == QUIRK_netopen_after_loss_open;

	timer_cancel(&p->net);
	if (was != PDP_NET_CLOSED && !keep)
		set_net(p, PDP_NET_CLOSED);
	socket_net_lost(p->modem->socket);
	if (was == PDP_NET_OPEN || was == PDP_NET_CLOSING)
		modem_emit_code(p->modem, MODEM_EVENT_NET_LOST, 0, 0);
	else if (was == PDP_NET_OPENING)
		modem_emit_code(p->modem, MODEM_EVENT_NETOPENED, 0, PDP_ERR_NETWORK);
}

void pdp_lost(struct pdp *p, bool by_host)
{
	if (!p->boot.attached)
		return;
	p->boot.attached = p->boot.service = false;
	timer_cancel(&p->cgev);
	memset(p->boot.active, 0, sizeof(p->boot.active));
	modem_emit_code(p->modem, MODEM_EVENT_PDN_LOST, 1, by_host);
	lose_net(p);
	dialup_context_lost(p->modem->dialup, 0);
	dns_network_lost(p->modem->dns);
	mqtt_network_lost(p->modem->mqtt);
	http_network_lost(p->modem->http);
	cch_network_lost(p->modem->cch);
	ftps_network_lost(p->modem->ftps);
	ping_network_lost(p->modem->ping);
	link_set_network(p->modem->link, false);
}

void pdp_deactivate(struct pdp *p, int cid, bool by_host)
{
	char address[PDP_ADDRESS_MAX + 1];
	struct modem_event ev = { .type = MODEM_EVENT_PDN_LOST, .index = cid, .code = by_host, .address = address };

	if (!p->boot.active[cid])
		return;
	pdp_address(p, cid, address, sizeof(address));
	p->boot.active[cid] = false;
	modem_emit(p->modem, &ev);
	dialup_context_lost(p->modem->dialup, cid);
	if (cid == p->boot.set.cid)
		lose_net(p);
}

bool pdp_set_service(struct pdp *p, bool on)
{
	if (on && !p->boot.attached)
		return false;
	p->boot.service = on;
	return true;
}

/* --- AT+NETOPEN ------------------------------------------------------------------------------------------------- */

static void open_timed_out(struct pdp *p)
{
	struct why why = { 0 };

	set_net(p, PDP_NET_CLOSED);
	why_add(&why, "timeout", "the context is not up within %ld ms (AT+CIPTIMEOUT)", p->boot.set.open_ms);
	trace_why(p->modem->trace, "netopen", PDP_ERR_TIMEOUT, "timeout", &why);
	modem_emit_code(p->modem, MODEM_EVENT_NETOPENED, 0, PDP_ERR_TIMEOUT);
}

static void opened(struct pdp *p)
{
	const struct quirks *q = &p->modem->profile->q;

	struct why why = { 0 };

	if (p->boot.late) {
		open_timed_out(p);
		return;
	}
	if (q->netopen == QUIRK_netopen_reboot) {
		profile_why(p->modem->profile, QUIRK_ID_netopen, &why, "netopen", "opening the network crashes this build");
		trace_why(p->modem->trace, "netopen", PDP_ERR_NETWORK, "reboot", &why);
		power_crash(p->modem->power);
		return;
	}
	if (q->netopen == QUIRK_netopen_fail_urc || !pdp_activate(p, (int)p->boot.set.cid)) {
		set_net(p, PDP_NET_CLOSED);
		profile_why(p->modem->profile, QUIRK_ID_netopen, &why, "netopen", "context %ld cannot be activated",
			    p->boot.set.cid);
		trace_why(p->modem->trace, "netopen", (int)q->netopen_fail_code, "the context cannot be activated", &why);
		modem_emit_code(p->modem, MODEM_EVENT_NETOPENED, 0, (int)q->netopen_fail_code);
		return;
	}
	set_net(p, PDP_NET_OPEN);
	socket_net_opened(p->modem->socket);
	modem_emit_code(p->modem, MODEM_EVENT_NETOPENED, 0, PDP_ERR_NONE);
}

static void on_net(void *ctx)
{
	struct pdp *p = ctx;

	if (p->boot.net == PDP_NET_OPENING) {
		opened(p);
	} else if (p->boot.net == PDP_NET_CLOSING) {
		set_net(p, PDP_NET_CLOSED);
		socket_net_closed(p->modem->socket);
		modem_emit_code(p->modem, MODEM_EVENT_NETCLOSED, 0, PDP_ERR_NONE);
	}
}

/* Notes in the trace why the open ends without a word, which for the trace is a network failure. */
static enum pdp_err refuse_bare(struct pdp *p, const struct why *why)
{
	trace_why(p->modem->trace, "netopen", PDP_ERR_NETWORK, "ERROR without a code", why);
	return PDP_ERR_BARE;
}

/* Why this build refuses to open, NULL when it does not. */
static const char *refusal(const struct pdp *p)
{
	const struct pdp_context *c = pdp_context(p, (int)p->boot.set.cid);

	switch (p->modem->profile->q.netopen) {
	case QUIRK_netopen_error:
		return "this build refuses every open";
	case QUIRK_netopen_error_until_close:
		return p->boot.tidy ? NULL : "no AT+NETCLOSE since boot, and an open before it is refused";
	case QUIRK_netopen_error_ipv4v6:
		return c && c->type == PDP_TYPE_IPV4V6 ? "its context is IPV4V6" : NULL;
	case QUIRK_netopen_ok:
	case QUIRK_netopen_fail_urc:
	case QUIRK_netopen_reboot:
		break;
	}
	return NULL;
}

enum pdp_err pdp_net_open(struct pdp *p)
{
	const struct quirks *q = &p->modem->profile->q;
	const char *refused = refusal(p);
	struct why why = { 0 };
	long ms;

	if (p->boot.net != PDP_NET_CLOSED)
		return PDP_ERR_OPEN;
	if (refused) {
		profile_why(p->modem->profile, QUIRK_ID_netopen, &why, "netopen", "%s", refused);
		return refuse_bare(p, &why);
	}
	if (!pdp_can_carry(p)) {
		why_add(&why, "state", p->boot.attached ? "context %ld is not defined" : "not registered, context %ld",
			p->boot.set.cid);
		return refuse_bare(p, &why);
	}
	set_net(p, PDP_NET_OPENING);
	ms = p->boot.active[p->boot.set.cid] ? q->netopen_ms : q->netopen_cold_ms;
	p->boot.late = ms > p->boot.set.open_ms;
	clock_arm(p->modem->clock, &p->net, (uint64_t)(p->boot.late ? p->boot.set.open_ms : ms) * 1000);
	return PDP_ERR_NONE;
}

enum pdp_err pdp_net_close(struct pdp *p)
{
	struct why why = { 0 };

	p->boot.tidy = true;
	if (p->boot.net != PDP_NET_OPEN) {
		bool closed = p->boot.net == PDP_NET_CLOSED;
		enum pdp_err err = closed ? PDP_ERR_NOT_OPEN : PDP_ERR_BUSY;

		why_add(&why, "state", "the data network is %s", net_names[p->boot.net]);
		trace_why(p->modem->trace, "netopen", (int)err, closed ? "Network not opened" : "busy", &why);
		return err;
	}
	if (socket_may_net_close(p->modem->socket))
		return PDP_ERR_SOCKETS;
	set_net(p, PDP_NET_CLOSING);
	socket_net_closing(p->modem->socket);
	clock_arm(p->modem->clock, &p->net, (uint64_t)p->modem->profile->q.netclose_ms * 1000);
	return PDP_ERR_NONE;
}

bool pdp_net_is_open(const struct pdp *p)
{
	return p->boot.net == PDP_NET_OPEN;
}

bool pdp_has_other(const struct pdp *p, const char *apn)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->context[i].cid != p->boot.set.cid && !strcmp(p->context[i].apn, apn))
			return true;
	}
	return false;
}

bool pdp_can_carry(const struct pdp *p)
{
	return p->boot.attached && pdp_context(p, (int)p->boot.set.cid);
}

/* --- life and settings ------------------------------------------------------------------------------------------ */

static const struct pdp_settings default_settings = { .open_ms = 120000, .cid = 1 };

void pdp_reset(struct pdp *p)
{
	timer_cancel(&p->net);
	timer_cancel(&p->cgev);
	memset(&p->boot, 0, sizeof(p->boot));
	p->boot.set = default_settings;
	p->boot.report[0] = p->modem->profile->q.boot_cgev ? 2 : 0;
}

struct pdp *pdp_new(struct modem *m)
{
	struct pdp *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->modem = m;
	timer_init(&p->net, on_net, p);
	timer_init(&p->cgev, on_cgev, p);
	if (load(p)) {
		pdp_free(p);
		return NULL;
	}
	return p;
}

void pdp_free(struct pdp *p)
{
	if (!p)
		return;
	timer_cancel(&p->net);
	timer_cancel(&p->cgev);
	free(p->context);
	free(p);
}

void pdp_set_settings(struct pdp *p, const struct pdp_settings *set)
{
	p->boot.set = *set;
}

void pdp_set_report(struct pdp *p, int mode, int buffered)
{
	p->boot.report[0] = mode;
	p->boot.report[1] = buffered;
}
