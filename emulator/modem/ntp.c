/*
 * An SNTP client: a name is looked up, a datagram goes to port 123 and is repeated, and the first answer that belongs
 * to it sets the clock. RFC 4330; codes as manual V3.00 chapter 15 names them.
 */
#include "modem/ntp.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/pdp.h"
#include "modem/rtc.h"

enum { TRIES = 3, FAIL_US = 20000 };
/* What the clock can show (AT+CCLK), less than what AT+CNTP takes. */
enum { CLOCK_ZONE_MIN = -47, CLOCK_ZONE_MAX = 48 };

static const char *const state_name[] = { "idle", "failing", "looking up", "opening", "asking" };

const char *ntp_err_text(int code)
{
	static const char *const text[] = {
		[NTP_ERR_NONE] = "operation succeeded",	 [NTP_ERR_UNKNOWN] = "unknown error",
		[NTP_ERR_PARAMETER] = "wrong parameter", [NTP_ERR_DATE] = "wrong date and time calculated",
		[NTP_ERR_NETWORK] = "network error",	 [NTP_ERR_ZONE] = "time zone error",
		[NTP_ERR_TIMEOUT] = "time out error",
	};

	return code >= 0 && (size_t)code < sizeof(text) / sizeof(text[0]) ? text[code] : NULL;
}

/* What the link reports, in the family's codes; the manual does not say which is which but for the words. */
static const enum ntp_err status_code[] = {
	[LINK_OK] = NTP_ERR_NONE,
	[LINK_DNS] = NTP_ERR_NETWORK,
	[LINK_REFUSED] = NTP_ERR_NETWORK,
	[LINK_TIMEOUT] = NTP_ERR_TIMEOUT,
	[LINK_RESET] = NTP_ERR_NETWORK,
	[LINK_PEER_CLOSED] = NTP_ERR_NETWORK,
	[LINK_PEER_CLOSED_AFTER] = NTP_ERR_NETWORK,
	[LINK_TLS_FAILED] = NTP_ERR_UNKNOWN,
	[LINK_TLS_UNTRUSTED] = NTP_ERR_UNKNOWN,
	[LINK_TLS_OPEN] = NTP_ERR_UNKNOWN,
	[LINK_CONNACK] = NTP_ERR_UNKNOWN,
	[LINK_NO_NETWORK] = NTP_ERR_NETWORK,
	[LINK_REJECTED] = NTP_ERR_UNKNOWN,
	[LINK_LOGIN] = NTP_ERR_UNKNOWN,
	[LINK_PROTOCOL] = NTP_ERR_UNKNOWN,
};
_Static_assert(sizeof(status_code) / sizeof(status_code[0]) == LINK_PROTOCOL + 1, "a row for each status");

static void set_state(struct ntp *n, enum ntp_state next)
{
	trace_text(n->modem->trace, TRACE_NOTE, "ntp: %s -> %s", state_name[n->boot.state], state_name[next]);
	n->boot.state = next;
}

static void hang_up(struct ntp *n)
{
	timer_cancel(&n->timer);
	link_lookup_cancel(n->lookup);
	n->lookup = NULL;
	link_stream_close(n->stream);
	n->stream = NULL;
}

static void explain(struct ntp *n, enum ntp_err code, const struct why *why)
{
	trace_why(n->modem->trace, "ntp", (int)code, ntp_err_text((int)code), why);
}

static void finish(struct ntp *n, enum ntp_err code, const struct why *why)
{
	hang_up(n);
	set_state(n, NTP_IDLE);
	if (code)
		explain(n, code, why);
	modem_emit_code(n->modem, MODEM_EVENT_NTP_DONE, 0, (int)code);
}

/* The answer is half a round trip old. The clock counts whole seconds, so its offset is rounded, not its reading. */
static void set_clock(struct ntp *n, int64_t utc_us)
{
	int64_t now = (int64_t)clock_now_us(n->modem->clock), trip = now - (int64_t)n->boot.sent_us;
	int64_t offset = utc_us + trip / 2 - now;

	rtc_set(n->modem->rtc, (time_t)((offset + 500000) / 1000000 + now / 1000000), n->boot.set.zone);
}

static void on_answer(struct ntp *n, const void *packet, size_t len)
{
	struct why why = { 0 };
	const char *reason;
	int64_t utc_us;

	switch (sntp_answer(packet, len, n->boot.cookie, &utc_us, &reason)) {
	case SNTP_FOREIGN:
		trace_text(n->modem->trace, TRACE_NOTE, "ntp: %zu bytes that answer no request of ours", len);
		break;
	case SNTP_USELESS:
		why_add(&why, "sntp", "%s: %s", n->boot.set.server, reason);
		finish(n, NTP_ERR_DATE, &why);
		break;
	case SNTP_TIME:
		set_clock(n, utc_us);
		finish(n, NTP_ERR_NONE, NULL);
		break;
	}
}

/* --- a run ------------------------------------------------------------------------------------------------------- */

static void ask(struct ntp *n)
{
	uint64_t limit_us = (uint64_t)n->modem->profile->q.cntp_timeout_ms * 1000;
	uint8_t packet[SNTP_PACKET_BYTES];
	struct why why = { 0 };

	for (size_t i = 0; i < sizeof(n->boot.cookie); i++)
		n->boot.cookie[i] = (uint8_t)prng_below(&n->modem->prng, 256);
	sntp_request(packet, n->boot.cookie);
	n->boot.tries++;
	n->boot.sent_us = clock_now_us(n->modem->clock);
	if (link_stream_send_to(n->stream, n->boot.set.server, NTP_PORT, packet, sizeof(packet))) {
		why_add(&why, "sntp", "no datagram can be sent to %.100s", n->boot.set.server);
		finish(n, NTP_ERR_NETWORK, &why);
		return;
	}
	clock_arm(n->modem->clock, &n->timer, limit_us / TRIES);
}

static void on_stream(const struct link_stream_event *ev, void *ctx)
{
	struct ntp *n = ctx;

	if (ev->status) {
		finish(n, status_code[ev->status], ev->why);
	} else if (ev->type == LINK_STREAM_OPENED) {
		set_state(n, NTP_ASKING);
		ask(n);
	} else if (ev->type == LINK_STREAM_DATA) {
		on_answer(n, ev->data, ev->len);
	}
}

static void on_found(enum link_status status, const char *address, const struct why *why, void *ctx)
{
	const struct link_stream_setup setup = { .kind = LINK_STREAM_UDP };
	struct ntp *n = ctx;
	struct why own = { 0 };

	(void)address;
	n->lookup = NULL;
	if (status) {
		finish(n, status_code[status], why);
		return;
	}
	set_state(n, NTP_OPENING);
	n->stream = link_stream_open(n->modem->link, &setup, on_stream, n);
	if (n->stream)
		return;
	why_add(&own, "memory", "out of memory");
	finish(n, NTP_ERR_UNKNOWN, &own);
}

static void on_timer(void *ctx)
{
	struct ntp *n = ctx;
	struct why why = { 0 };

	if (n->boot.state == NTP_FAILING) {
		finish(n, n->boot.result, &n->why);
	} else if (n->boot.tries < TRIES) {
		ask(n);
	} else {
		why_add(&why, "timeout", "%.80s:%d did not answer %d requests", n->boot.set.server, (int)NTP_PORT,
			(int)TRIES);
		finish(n, NTP_ERR_TIMEOUT, &why);
	}
}

/* What needs no network to fail. */
static enum ntp_err check(struct ntp *n)
{
	const struct ntp_settings *set = &n->boot.set;

	if (!*set->server) {
		why_add(&n->why, "state", "no server is set");
		return NTP_ERR_PARAMETER;
	}
	if (set->zone < CLOCK_ZONE_MIN || set->zone > CLOCK_ZONE_MAX) {
		why_add(&n->why, "state", "the clock has zones from %d to %d quarter hours, and AT+CNTP has set %d",
			(int)CLOCK_ZONE_MIN, (int)CLOCK_ZONE_MAX, set->zone);
		return NTP_ERR_ZONE;
	}
	if (!pdp_can_carry(n->modem->pdp)) {
		why_add(&n->why, "network", "the module is not registered");
		return NTP_ERR_NETWORK;
	}
	return NTP_ERR_NONE;
}

bool ntp_start(struct ntp *n)
{
	struct why why = { 0 };

	if (n->boot.state != NTP_IDLE) {
		why_add(&why, "state", "a time server is being asked already");
		explain(n, NTP_ERR_UNKNOWN, &why);
		return false;
	}
	why_reset(&n->why);
	n->boot.tries = 0;
	n->boot.result = check(n);
	if (!n->boot.result) {
		n->lookup = link_lookup(n->modem->link, n->boot.set.server, on_found, n);
		n->boot.result = n->lookup ? NTP_ERR_NONE : NTP_ERR_UNKNOWN;
	}
	set_state(n, n->lookup ? NTP_LOOKUP : NTP_FAILING);
	if (!n->lookup)
		clock_arm(n->modem->clock, &n->timer, FAIL_US);
	return true;
}

void ntp_set(struct ntp *n, const struct ntp_settings *set)
{
	n->boot.set = *set;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

static void boot_init(struct ntp *n)
{
	const struct quirks *q = &n->modem->profile->q;

	memset(&n->boot, 0, sizeof(n->boot));
	str_copy(n->boot.set.server, sizeof(n->boot.set.server), q->cntp_server);
	n->boot.set.zone = (int)q->cntp_zone;
}

struct ntp *ntp_new(struct modem *m)
{
	struct ntp *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->modem = m;
	timer_init(&n->timer, on_timer, n);
	boot_init(n);
	return n;
}

void ntp_reset(struct ntp *n)
{
	hang_up(n);
	boot_init(n);
}

void ntp_free(struct ntp *n)
{
	if (!n)
		return;
	hang_up(n);
	free(n);
}
