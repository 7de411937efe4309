/* AT+CPING: echo requests; a line for each, a summary at the end. at-general 7. */
#include "cmd/cmd.h"

#include "base/str.h"
#include "modem/ping.h"

/* Bytes of IPv4 and ICMP headers, which some modules count too. */
enum { HEADERS = 28 };
/* The hops a reply still had when it came, where a module shows those and not its own limit (public A76XX log). */
enum { REPLY_TTL = 52 };
enum { IPV4 = 1, IPV6 = 2 };

static const struct at_arg ping_args[] = {
	{ "dest_addr", AT_ARG_STR, 1, PING_HOST_MAX },
	{ "dest_addr_type", AT_ARG_INT, IPV4, IPV6 },
	{ "num_pings", AT_ARG_INT, 1, PING_PROBES_MAX, .optional = true },
	{ "data_packet_size", AT_ARG_INT, 4, 188, .optional = true },
	{ "interval_time", AT_ARG_INT, 1000, 10000, .optional = true },
	{ "wait_time", AT_ARG_INT, 10000, 100000, .optional = true },
	{ "ttl", AT_ARG_INT, 16, 255, .optional = true },
};

static enum at_status ping_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CPING: IP address,(1,2),(1-100),(4-188),(1000-10000),(10000-100000),(16-255)");
	return AT_STATUS_OK;
}

static int or_default(const struct at_val *v, int def)
{
	return v->given ? (int)v->num : def;
}

static enum at_status ping_write(struct at_channel *at, const struct at_val *val)
{
	struct ping_request r = {
		.ipv6 = val[1].num == IPV6,
		.probes = or_default(&val[2], 4),
		.size = or_default(&val[3], 64),
		.interval_ms = or_default(&val[4], 2000),
		.wait_ms = or_default(&val[5], 10000),
		.ttl = or_default(&val[6], 255),
	};

	str_copy(r.host, sizeof(r.host), val[0].str);
	return ping_start(cmd_modem(at)->ping, &r) ? AT_STATUS_OK : AT_STATUS_ERROR;
}

const struct at_cmd cmd_ping[] = {
	{ "+CPING", AT_ARGS(ping_args), .test = ping_test, .write = ping_write, .needs = CMD_NEEDS_SIM,
	  .source = "M3 11.2" },
	{ 0 },
};

static void reply(struct cmd_host *h, int trip_ms)
{
	const struct ping_boot *b = &h->modem->ping->boot;
	const struct quirks *q = &h->modem->profile->q;
	int size = b->request.size + (q->cping_size == QUIRK_cping_size_packet ? HEADERS : 0);
	int ttl = q->cping_ttl == QUIRK_cping_ttl_reply ? REPLY_TTL : b->request.ttl;

	cmd_urc(h, "+CPING: %d,%s,%d,%d,%d", (int)PING_RESULT_REPLY, b->address, size, trip_ms, ttl);
}

static void summary(struct cmd_host *h)
{
	const struct ping_boot *b = &h->modem->ping->boot;

	cmd_urc(h, "+CPING: %d,%d,%d,%d,%d,%d,%d", (int)PING_RESULT_SUMMARY, b->sent, b->received,
		b->sent - b->received, b->min_ms, b->max_ms, b->received ? b->sum_ms / b->received : 0);
}

void cmd_ping_event(struct cmd_host *h, const struct modem_event *ev)
{
	if (ev->type == MODEM_EVENT_PING_REPLY)
		reply(h, ev->code);
	else if (ev->type == MODEM_EVENT_PING_NONE)
		cmd_urc(h, "+CPING: %d", (int)PING_RESULT_NONE);
	else if (ev->type == MODEM_EVENT_PING_DONE)
		summary(h);
}
