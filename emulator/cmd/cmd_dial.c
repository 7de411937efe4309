/*
 * ATD and AT+CGDATA: data calls from voice calls, and PPP on the channel that has dialled, which is data mode until the
 * call ends. M3 2.2.2 and 8.2.11, at-general 12 and 13.
 */
#include "cmd/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "modem/dialup.h"
#include "modem/net.h"
#include "modem/pdp.h"

static struct dialup *dialup(const struct at_channel *at)
{
	return cmd_modem(at)->dialup;
}

/* The final result of a call that is not made, with the reason. */
static enum at_status __attribute__((format(printf, 3, 4)))
refuse(struct at_channel *at, enum at_result result, const char *fmt, ...)
{
	struct why why = { 0 };
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(&why, "state", "%s", text);
	trace_why(cmd_modem(at)->trace, "dial", (int)result, "no call", &why);
	return result == AT_RESULT_ERROR ? AT_STATUS_ERROR : at_result(at, result, NULL);
}

/* --- data mode ------------------------------------------------------------------------------------------------------
 */

static enum at_status on_resume(struct at_channel *at, void *ctx);

static void on_bytes(struct at_channel *at, const void *p, size_t n, void *ctx)
{
	(void)ctx;
	dialup_feed(dialup(at), cmd_number(at), p, n);
}

/* ATH answers OK; DTR answers nothing by itself. */
static void on_hangup(struct at_channel *at, void *ctx)
{
	(void)ctx;
	dialup_hang_up(dialup(at), cmd_number(at));
	if (!at_busy(at))
		at_result(at, AT_RESULT_NO_CARRIER, NULL);
}

static const struct at_data_ops ops = { .bytes = on_bytes, .hangup = on_hangup, .resume = on_resume };

/* What waits for the host, while it is in data mode. */
static void stream(struct at_channel *at)
{
	struct dialup *d = dialup(at);
	int owner = cmd_number(at);
	char data[2048];

	if (at_data_owner(at) != &ops || !at_data_active(at))
		return;
	while (dialup_waiting(d, owner) && at_takes(at))
		at_raw(at, data, dialup_fetch(d, owner, data, sizeof(data)));
}

static enum at_status on_resume(struct at_channel *at, void *ctx)
{
	enum at_status status;

	at_data_enter(at, &ops, ctx);
	status = cmd_connect(at, "PPP", dialup_cid(dialup(at), cmd_number(at)));
	stream(at);
	return status;
}

static void connected(struct at_channel *at, int cid)
{
	at_data_enter(at, &ops, cmd_host(at));
	at_finish(at, cmd_connect(at, "PPP", cid));
	stream(at);
}

/* Of a call on a multiplexed channel the others hear, too: on channel 3 of one on 2 (Open-Vehicle-Monitoring-System-3#1109). */
static void tell_others(struct cmd_host *h, const struct at_channel *at)
{
	if (h->port[cmd_number(at)] < CMD_PORT_MUX1)
		return;
	for (size_t i = 0; i < h->n; i++) {
		if (h->channel[i] != at && cmd_takes_urcs(h, i))
			at_urc(h->channel[i], "NO CARRIER");
	}
}

/* Told on the channel that has the call, whichever mode it is in, then to all as a line. */
static void ended(struct cmd_host *h, struct at_channel *at, int tag)
{
	if (at_waiting(at, tag)) {
		at_finish(at, at_result(at, AT_RESULT_NO_CARRIER, NULL));
		return;
	}
	if (at_data_owner(at) != &ops)
		return;
	if (at_data_active(at)) {
		at_data_leave(at, AT_RESULT_NO_CARRIER);
	} else {
		at_data_release(at);
		at_urc(at, "NO CARRIER");
	}
	tell_others(h, at);
	if (h->modem->profile->q.dial_end_urc)
		cmd_urc(h, "+PPPD: DISCONNECTED");
}

void cmd_dial_event(struct cmd_host *h, const struct modem_event *ev)
{
	struct at_channel *at = h->channel[ev->index];
	int tag = CMD_TAG_DIAL + ev->index;

	if (ev->type == MODEM_EVENT_DIALUP_READY)
		stream(at);
	else if (ev->type == MODEM_EVENT_DIALUP_ENDED)
		ended(h, at, tag);
	else if (at_waiting(at, tag))
		connected(at, dialup_cid(h->modem->dialup, ev->index));
	else
		dialup_hang_up(h->modem->dialup, ev->index);
}

void cmd_dial_flows(struct cmd_host *h)
{
	for (size_t i = 0; i < h->n; i++)
		stream(h->channel[i]);
}

/* --- dialling
 * --------------------------------------------------------------------------------------------------------- */

/* A module of another make was seen to answer *99# without a network with ERROR at once (esp-protocols#637). */
static enum at_status no_service(struct at_channel *at)
{
	bool error = at_profile(at)->q.dial_no_service == QUIRK_dial_no_service_error;

	return refuse(at, error ? AT_RESULT_ERROR : AT_RESULT_NO_CARRIER, "not registered for packet data");
}

static enum at_status call(struct at_channel *at, int cid)
{
	int owner = cmd_number(at);

	if (at_data_owner(at))
		return refuse(at, AT_RESULT_ERROR, "this port has a call: ATO goes back to it, ATH ends it");
	switch (dialup_start(dialup(at), owner, cid)) {
	case DIALUP_OK:
		return at_wait(at, CMD_TAG_DIAL + owner);
	case DIALUP_NO_SERVICE:
		return no_service(at);
	case DIALUP_NO_CONTEXT:
		return refuse(at, AT_RESULT_NO_CARRIER, "context %d is not defined for IPv4 (AT+CGDCONT)", cid);
	case DIALUP_BUSY:
		break;
	}
	return refuse(at, AT_RESULT_NO_CARRIER, "context %d has a call on another port", cid);
}

/* <cid>, 1 when it is left out. false: no number of a context. */
static bool take_cid(const char *s, size_t n, int *cid)
{
	long long v = 1;

	if (n && str_to_num(s, n, 1, PDP_CID_MAX, &v))
		return false;
	*cid = (int)v;
	return pdp_cid_ok((long)v);
}

/*
 * What follows *99: [*[<called address>][*[<L2P>][*[<cid>]]]]#, of 3GPP TS 27.007 10.2.1.1; a second # is what a client
 * for a sister module sends. Only PPP can be spoken.
 */
static bool parse_service(const char *s, int *cid)
{
	const char *field[3] = { "", "", "" };
	size_t len[3] = { 0 };

	for (int i = 0; i < 3 && *s == '*'; i++) {
		field[i] = ++s;
		len[i] = strcspn(s, "*#");
		s += len[i];
	}
	if (*s != '#' || strspn(s, "#") > 2 || s[strspn(s, "#")])
		return false;
	return (!len[1] || str_ieq(field[1], len[1], "PPP") || str_ieq(field[1], len[1], "1")) &&
	       take_cid(field[2], len[2], cid);
}

static enum at_status dial_data(struct at_channel *at, const char *number)
{
	int cid;

	if (!net_is_registered(cmd_modem(at)->net))
		return no_service(at);
	if (strncmp(number, "*99", 3))
		return refuse(at, AT_RESULT_NO_CARRIER, "no data behind %s", number);
	if (!parse_service(number + 3, &cid))
		return refuse(at, AT_RESULT_ERROR, "%s is not *99[*[address][*[PPP][*[context]]]]#", number);
	return call(at, cid);
}

/* The tone and pulse modifiers, which mean nothing on a radio, and what people type between digits. */
static const char *skip_modifiers(const char *s)
{
	return s + strspn(s, " TtPp-");
}

/* ATD<number>;, ATDL and ATD><memory><n> are calls to people whatever follows. */
static bool is_voice(const char *number)
{
	return strchr(number, ';') || strchr(">Ll", *number);
}

static enum at_status dial_exec(struct at_channel *at, const struct at_val *val)
{
	const char *number = skip_modifiers(val[0].str);

	if (!*number)
		return refuse(at, AT_RESULT_ERROR, "no number");
	return is_voice(number) ? cmd_dial_voice(at, number) : dial_data(at, number);
}

static const struct at_arg dial_args[] = { { "number", AT_ARG_RAW, 0, 0, .optional = true } };

/* The manual knows one layer 2 protocol; the context may be left out. */
static enum at_status cgdata_write(struct at_channel *at, const struct at_val *val)
{
	int cid = val[1].given ? (int)val[1].num : 1;

	if (strcasecmp(val[0].str, "PPP") || !pdp_cid_ok(cid))
		return AT_STATUS_ERROR;
	return call(at, cid);
}

static enum at_status cgdata_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return call(at, 1);
}

static const struct at_arg cgdata_args[] = {
	{ "L2P", AT_ARG_QSTR, 1, 16, .range_text = "(\"PPP\")" },
	{ "cid", AT_ARG_INT, 1, PDP_CID_MAX, .optional = true, .range_text = "(1-24,100-179)" },
};

static enum at_status cgdata_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGDATA: (\"PPP\")");
	return AT_STATUS_OK;
}

const struct at_cmd cmd_dial[] = {
	{ "D", AT_ARGS(dial_args), .exec = dial_exec, .source = "M3 2.2.2" },
	{ "+CGDATA", AT_ARGS(cgdata_args), .exec = cgdata_exec, .test = cgdata_test, .write = cgdata_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 8.2.11" },
	{ 0 },
};
