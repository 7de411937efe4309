#include "modem/dialup.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "link/link_apn.h"
#include "modem/net.h"
#include "modem/pdp.h"

enum {
	OUT_MAX = 256 * 1024,	/* a host that does not read loses what is beyond */
	FULL_ABOVE = 16 * 1024, /* more than that is not let into TCP */
	FLOWS_BELOW = 4 * 1024,
	IP_PROTOCOL_AT = 9, /* in a header of IPv4 */
	SECOND_US = 1000000,
	NO_CARRIER = 3, /* what all calls end in; the number is that of ATV0 */
};

static const struct quirks *quirks(const struct dialup_call *c)
{
	return &c->dialup->modem->profile->q;
}

static void explain(const struct dialup_call *c, const char *meaning, const struct why *why)
{
	trace_why(c->dialup->modem->trace, "dial", NO_CARRIER, meaning, why);
}

/* --- bytes for the host ------------------------------------------------------------------------------------------- */

static void on_out(const void *p, size_t n, void *ctx)
{
	struct dialup_call *c = ctx;
	struct modem *m = c->dialup->modem;

	if (buf_add(&c->out, p, n)) {
		if (!c->lost++)
			trace_text(m->trace, TRACE_FAULT,
				   "the host does not read: frames of PPP are lost from here on");
		return;
	}
	modem_emit_code(m, MODEM_EVENT_DIALUP_READY, c->owner, 0);
}

static bool is_full(void *ctx)
{
	struct dialup_call *c = ctx;

	c->was_full = c->was_full || c->out.len > FULL_ABOVE;
	return c->was_full;
}

static void on_flows(void *ctx)
{
	struct dialup_call *c = ctx;

	c->was_full = false;
	if (c->ip)
		link_ip_flows(c->ip);
}

size_t dialup_waiting(const struct dialup *d, int owner)
{
	return d->call[owner].out.len;
}

size_t dialup_fetch(struct dialup *d, int owner, void *p, size_t size)
{
	struct dialup_call *c = &d->call[owner];
	size_t n = c->out.len < size ? c->out.len : size;

	if (n)
		memcpy(p, c->out.data, n);
	buf_drop(&c->out, n);
	if (c->was_full && c->out.len < FLOWS_BELOW && !timer_armed(&c->flows))
		clock_arm(d->modem->clock, &c->flows, 0);
	return n;
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static void clear(struct dialup_call *c)
{
	timer_cancel(&c->timer);
	timer_cancel(&c->flows);
	link_ip_close(c->ip);
	ppp_free(c->ppp);
	buf_free(&c->out);
	c->state = DIALUP_IDLE;
	c->ip = NULL;
	c->ppp = NULL;
	c->was_full = false;
	c->lost = 0;
	c->burst = 0;
}

/* A context that the call has brought up goes with it. */
static void release_context(struct dialup_call *c)
{
	if (!c->was_active && pdp_is_active(c->dialup->modem->pdp, c->cid))
		pdp_deactivate(c->dialup->modem->pdp, c->cid, true);
}

static void end_call(struct dialup_call *c, const char *reason)
{
	struct why why = { 0 };

	clear(c);
	why_add(&why, "ppp", "%s", reason);
	explain(c, "NO CARRIER", &why);
	modem_emit_code(c->dialup->modem, MODEM_EVENT_DIALUP_ENDED, c->owner, 0);
	release_context(c);
}

static void on_end(enum ppp_end end, void *ctx)
{
	end_call(ctx, ppp_end_text(end));
}

void dialup_hang_up(struct dialup *d, int owner)
{
	struct dialup_call *c = &d->call[owner];

	if (c->state == DIALUP_IDLE)
		return;
	clear(c);
	release_context(c);
}

static void terminate(struct dialup_call *c, const char *reason)
{
	if (c->state == DIALUP_DIALLING) {
		end_call(c, reason);
		return;
	}
	trace_text(c->dialup->modem->trace, TRACE_NOTE, "dialup: %s", reason);
	ppp_close(c->ppp, PPP_END_CLOSED);
}

bool dialup_terminate(struct dialup *d)
{
	bool any = false;

	for (int i = 0; i < DIALUP_CALLS_MAX; i++) {
		if (d->call[i].state == DIALUP_IDLE)
			continue;
		any = true;
		terminate(&d->call[i], "ended by command");
	}
	return any;
}

void dialup_context_lost(struct dialup *d, int cid)
{
	for (int i = 0; i < DIALUP_CALLS_MAX; i++) {
		if (d->call[i].state != DIALUP_IDLE && (!cid || d->call[i].cid == cid))
			terminate(&d->call[i], "the context is gone");
	}
}

/* --- login and address -------------------------------------------------------------------------------------------- */

/* The credentials of AT+CGAUTH, in the order of the firmware. */
static bool stored_login_matches(const struct dialup_call *c, const struct pdp_context *context,
				 const struct link_apn *apn)
{
	bool user_first = quirks(c)->cgauth_order == QUIRK_cgauth_order_user_first;
	const char *user = user_first ? context->auth_first : context->auth_second;
	const char *password = user_first ? context->auth_second : context->auth_first;

	return context->auth_type && !strcmp(user, apn->user) && !strcmp(password, apn->password);
}

static bool login_is_good(const struct dialup_call *c, const struct ppp_login *login)
{
	const struct pdp_context *context = pdp_context(c->dialup->modem->pdp, c->cid);
	struct link_apn apn;

	if (!context)
		return false;
	link_apn(c->dialup->modem->link, context->apn, &apn);
	return !apn.user || ppp_login_matches(login, apn.user, apn.password) || stored_login_matches(c, context, &apn);
}

/*
 * Credentials go to the network with the request for an address, so that a wrong login is accepted here and refused
 * there (3GPP TS 29.061, 11.2.1.2).
 */
static bool on_login(const struct ppp_login *login, void *ctx)
{
	struct dialup_call *c = ctx;
	struct why why = { 0 };

	c->login_good = login_is_good(c, login);
	if (c->login_good)
		return true;
	profile_why(c->dialup->modem->profile, QUIRK_ID_ppp_login_fail, &why, "login",
		    "the access point wants another user or password than \"%.60s\"", login->user);
	explain(c, "the login is wrong", &why);
	return quirks(c)->ppp_login_fail == QUIRK_ppp_login_fail_later;
}

/* Why the context gets no address, NULL when it does. */
static const char *refusal(const struct dialup_call *c, const struct link_apn *apn)
{
	if (!c->login_good)
		return "the login was wrong";
	if (apn->refuses)
		return "the access point refuses";
	if (!pdp_activate(c->dialup->modem->pdp, c->cid))
		return "the context cannot be activated";
	return NULL;
}

static uint32_t number_of(const char *address)
{
	struct in_addr a;

	return inet_pton(AF_INET, address, &a) == 1 ? ntohl(a.s_addr) : 0;
}

static bool on_network(struct ppp_network *out, void *ctx)
{
	struct dialup_call *c = ctx;
	struct modem *m = c->dialup->modem;
	const struct pdp_context *context = pdp_context(m->pdp, c->cid);
	char address[PDP_ADDRESS_MAX + 1];
	const char *what = "the context is not defined";
	struct link_apn apn = { 0 };
	struct why why = { 0 };

	if (context) {
		link_apn(m->link, context->apn, &apn);
		what = refusal(c, &apn);
	}
	if (what) {
		why_add(&why, "apn", "%s: context %d, APN \"%.60s\"%s%.60s", what, c->cid, context ? context->apn : "",
			apn.place ? ", " : "", apn.place ? apn.place : "");
		explain(c, "no address", &why);
		return false;
	}
	*out = (struct ppp_network){
		.address = number_of(pdp_address(m->pdp, c->cid, address, sizeof(address))),
		.dns = { apn.dns[0], apn.dns[1] },
	};
	return true;
}

/* --- packets -------------------------------------------------------------------------------------------------------
 */

static void to_host(const void *p, size_t n, void *ctx)
{
	struct dialup_call *c = ctx;

	ppp_send(c->ppp, p, n);
}

static void on_up(void *ctx)
{
	struct dialup_call *c = ctx;
	struct modem *m = c->dialup->modem;
	struct link_ip_setup setup = { .packet = to_host, .full = is_full, .ctx = c };
	struct ppp_network network;

	if (c->ip || !on_network(&network, c))
		return;
	setup.address = network.address;
	setup.dns[0] = network.dns[0];
	setup.dns[1] = network.dns[1];
	c->ip = link_ip_open(m->link, &setup);
	if (!c->ip)
		trace_text(m->trace, TRACE_FAULT, "dialup: no sockets for the packets of this call");
}

/* An A7670E was seen to end the link when a tunnel sends many datagrams (LilyGo-Modem-Series#520). */
static bool is_too_much(struct dialup_call *c, const uint8_t *packet, size_t n)
{
	uint64_t now = clock_now_us(c->dialup->modem->clock);
	struct why why = { 0 };

	if (!quirks(c)->ppp_burst || n <= IP_PROTOCOL_AT || packet[IP_PROTOCOL_AT] != IPPROTO_UDP)
		return false;
	if (now - c->second_us >= SECOND_US) {
		c->second_us = now;
		c->burst = 0;
	}
	if (++c->burst <= quirks(c)->ppp_burst)
		return false;
	profile_why(c->dialup->modem->profile, QUIRK_ID_ppp_burst, &why, "burst", "%ld datagrams within a second",
		    c->burst);
	explain(c, "the modem ends the call", &why);
	return true;
}

static void on_packet(const void *p, size_t n, void *ctx)
{
	struct dialup_call *c = ctx;

	if (is_too_much(c, p, n))
		ppp_close(c->ppp, PPP_END_CLOSED);
	else if (c->ip)
		link_ip_input(c->ip, p, n);
}

/* --- the call ------------------------------------------------------------------------------------------------------
 */

static struct ppp_config config_of(const struct quirks *q)
{
	static const enum ppp_auth auths[] = {
		[QUIRK_ppp_auth_none] = PPP_AUTH_NONE,
		[QUIRK_ppp_auth_pap] = PPP_AUTH_PAP,
		[QUIRK_ppp_auth_chap] = PPP_AUTH_CHAP,
	};
	static const enum ppp_echo echoes[] = {
		[QUIRK_ppp_echo_magic_own] = PPP_ECHO_OWN,
		[QUIRK_ppp_echo_magic_peer] = PPP_ECHO_PEER,
		[QUIRK_ppp_echo_magic_both] = PPP_ECHO_BOTH,
	};
	struct ppp_config config = {
		.auth = auths[q->ppp_auth],
		.active = q->ppp_start == QUIRK_ppp_start_active,
		.discard = q->ppp_discard_request,
		.takes_vj = q->ppp_vj == QUIRK_ppp_vj_broken,
		.always_compresses = q->ppp_acfc_always,
		.echo = echoes[q->ppp_echo_magic],
		.first_id = (uint8_t)q->ppp_first_id,
		.restart_us = (uint64_t)q->ppp_restart_ms * 1000,
		.tries = (unsigned)q->ppp_tries,
		.end_us = (uint64_t)q->ppp_end_ms * 1000,
	};

	str_copy(config.chap_name, sizeof(config.chap_name), q->ppp_chap_name);
	return config;
}

static void on_connect(void *ctx)
{
	struct dialup_call *c = ctx;
	struct modem *m = c->dialup->modem;
	const struct ppp_config config = config_of(quirks(c));
	const struct ppp_ops ops = { on_out, on_login, on_network, on_up, on_packet, on_end, c };

	c->ppp = ppp_new(&config, &ops, m->clock, m->trace, &m->prng);
	if (!c->ppp) {
		end_call(c, "out of memory");
		return;
	}
	c->state = DIALUP_ONLINE;
	modem_emit_code(m, MODEM_EVENT_DIALUP_CONNECTED, c->owner, 0);
}

static bool context_has_call(const struct dialup *d, int cid)
{
	for (int i = 0; i < DIALUP_CALLS_MAX; i++) {
		if (d->call[i].state != DIALUP_IDLE && d->call[i].cid == cid)
			return true;
	}
	return false;
}

enum dialup_err dialup_start(struct dialup *d, int owner, int cid)
{
	const struct pdp_context *context = pdp_context(d->modem->pdp, cid);
	struct dialup_call *c = &d->call[owner];

	if (!net_is_registered(d->modem->net))
		return DIALUP_NO_SERVICE;
	if (!context || context->type == PDP_TYPE_IPV6)
		return DIALUP_NO_CONTEXT;
	if (c->state != DIALUP_IDLE || context_has_call(d, cid))
		return DIALUP_BUSY;
	c->state = DIALUP_DIALLING;
	c->cid = cid;
	c->was_active = pdp_is_active(d->modem->pdp, cid);
	c->login_good = false;
	clock_arm(d->modem->clock, &c->timer, (uint64_t)quirks(c)->dial_connect_ms * 1000);
	return DIALUP_OK;
}

void dialup_feed(struct dialup *d, int owner, const void *p, size_t n)
{
	if (d->call[owner].ppp)
		ppp_feed(d->call[owner].ppp, p, n);
}

enum dialup_state dialup_state(const struct dialup *d, int owner)
{
	return d->call[owner].state;
}

int dialup_cid(const struct dialup *d, int owner)
{
	return d->call[owner].cid;
}

void dialup_status(const struct dialup *d, struct buf *out)
{
	for (int i = 0; i < DIALUP_CALLS_MAX; i++) {
		const struct dialup_call *c = &d->call[i];
		struct ppp_counts n = { 0 };

		if (c->state == DIALUP_IDLE)
			continue;
		if (c->ppp)
			n = ppp_counts(c->ppp);
		buf_addf(out, "dialup.%d=%s cid=%d in=%llu out=%llu bad=%u lost=%llu\n", i,
			 c->ppp ? ppp_phase_name(c->ppp) : "dialling", c->cid, (unsigned long long)n.packets_in,
			 (unsigned long long)n.packets_out, n.bad_frames, (unsigned long long)c->lost);
	}
}

/* --- life -----------------------------------------------------------------------------------------------------------
 */

struct dialup *dialup_new(struct modem *m)
{
	struct dialup *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->modem = m;
	for (int i = 0; i < DIALUP_CALLS_MAX; i++) {
		struct dialup_call *c = &d->call[i];

		c->dialup = d;
		c->owner = i;
		timer_init(&c->timer, on_connect, c);
		timer_init(&c->flows, on_flows, c);
		buf_init(&c->out, OUT_MAX);
	}
	return d;
}

void dialup_reset(struct dialup *d)
{
	for (int i = 0; i < DIALUP_CALLS_MAX; i++)
		clear(&d->call[i]);
}

void dialup_free(struct dialup *d)
{
	if (!d)
		return;
	dialup_reset(d);
	free(d);
}
