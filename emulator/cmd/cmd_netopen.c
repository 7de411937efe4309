/*
 * The data network of the TCP/IP commands, and the error texts they share. Sockets are cmd_cip*.c's. at-general 7; quirks
 * Q10, Q11.
 */
#include "cmd/cmd_cip.h"

#include <stdarg.h>
#include <stdio.h>

#include "modem/pdp.h"

static struct pdp *pdp(const struct at_channel *at)
{
	return cmd_modem(at)->pdp;
}

/* Manual 11.6; "No data" shares its number with "Operation failed". */
static const struct {
	int number;
	const char *text;
} ip_errors[] = {
	[CMD_IP_TIMEOUT] = { 0, "Connection time out" },
	[CMD_IP_BIND] = { 1, "Bind port failed" },
	[CMD_IP_PORT_OVERFLOW] = { 2, "Port overflow" },
	[CMD_IP_SOCKET] = { 3, "Create socket failed" },
	[CMD_IP_ALREADY_OPENED] = { 4, "Network is already opened" },
	[CMD_IP_ALREADY_CLOSED] = { 5, "Network is already closed" },
	[CMD_IP_NO_CLIENTS] = { 6, "No clients connected" },
	[CMD_IP_NO_ACTIVE_CLIENT] = { 7, "No active client" },
	[CMD_IP_NOT_OPENED] = { 8, "Network not opened" },
	[CMD_IP_INDEX] = { 9, "Client index overflow" },
	[CMD_IP_CONNECTED] = { 10, "Connection is already created" },
	[CMD_IP_NOT_CONNECTED] = { 11, "Connection is not created" },
	[CMD_IP_PARAMETER] = { 12, "Invalid parameter" },
	[CMD_IP_NOT_SUPPORTED] = { 13, "Operation not supported" },
	[CMD_IP_DNS] = { 14, "DNS query failed" },
	[CMD_IP_BUSY] = { 15, "TCP busy" },
	[CMD_IP_SOCKETS_OPEN] = { 16, "Netclose failed for socket opened" },
	[CMD_IP_SEND_TIMEOUT] = { 17, "Sending time out" },
	[CMD_IP_SEND_NETWORK] = { 18, "Sending failure for network error" },
	[CMD_IP_OPEN_NETWORK] = { 19, "Open failure for network error" },
	[CMD_IP_LISTENING] = { 20, "Server is already listening" },
	[CMD_IP_NO_DATA] = { 21, "No data" },
};

const char *cmd_ip_error_text(int number)
{
	if (number == 22)
		return "No data";	/* A76xx */
	for (size_t i = 0; i < sizeof(ip_errors) / sizeof(ip_errors[0]); i++) {
		if (ip_errors[i].number == number)
			return number == 21 ? "No data, Operation failed" : ip_errors[i].text;
	}
	return NULL;
}

/* A number of its own for "No data" came with the A76xx (A1). */
static int ip_number(const struct at_channel *at, enum cmd_ip_err err)
{
	return err == CMD_IP_NO_DATA ? (int)at_profile(at)->q.ip_no_data_number : ip_errors[err].number;
}

enum at_status cmd_ip_error(struct at_channel *at, enum cmd_ip_err err, const char *fmt, ...)
{
	const struct socket_settings *set = &cmd_modem(at)->socket->boot.set;
	int number = ip_number(at, err);
	struct why why = { 0 };
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(&why, "state", "%s", text);
	trace_why(cmd_modem(at)->trace, "ip", number, ip_errors[err].text, &why);
	if (set->config[SOCKET_CONFIG_ERROR_TEXT])
		return at_fail(at, "+IP ERROR: %s", ip_errors[err].text);
	return at_fail(at, "+IP ERROR: %d", number);
}

/* --- the network ------------------------------------------------------------------------------------------------- */

static enum at_status netopen_read(struct at_channel *at, const struct at_val *val)
{
	const struct pdp *p = pdp(at);
	bool open = pdp_net_is_open(p);

	(void)val;
	if (at_profile(at)->q.netopen_read_cid)
		at_info(at, "+NETOPEN: %d, %ld", open, p->boot.set.cid);
	else
		at_info(at, "+NETOPEN: %d", open);
	return AT_STATUS_OK;
}

/* V1.01 allows the line before the final result too; then the command stays open for it. */
static enum at_status accepted(struct at_channel *at, int tag)
{
	return at_profile(at)->q.netopen_order == QUIRK_netopen_order_line_first ? cmd_wait(at, tag) : AT_STATUS_OK;
}

static enum at_status netopen_exec(struct at_channel *at, const struct at_val *val)
{
	enum pdp_err err = pdp_net_open(pdp(at));

	(void)val;
	if (err == PDP_ERR_OPEN)
		return cmd_ip_error(at, CMD_IP_ALREADY_OPENED, "the data network is %s", pdp_net_name(pdp(at)));
	return err ? AT_STATUS_ERROR : accepted(at, CMD_TAG_NETOPEN);
}

static enum at_status netclose_exec(struct at_channel *at, const struct at_val *val)
{
	enum pdp_err err = pdp_net_close(pdp(at));

	(void)val;
	return err ? at_fail(at, "+NETCLOSE: %d", (int)err) : accepted(at, CMD_TAG_NETCLOSE);
}

static enum at_status ipaddr_exec(struct at_channel *at, const struct at_val *val)
{
	const struct pdp *p = pdp(at);
	char address[PDP_ADDRESS_MAX + 1];

	(void)val;
	/* The A76xx note prints this instead (A1). */
	if (!pdp_net_is_open(p) && at_profile(at)->q.ipaddr_error == QUIRK_ipaddr_error_ipaddr)
		return at_fail(at, "+IPADDR: Network not opened");
	if (!pdp_net_is_open(p))
		return cmd_ip_error(at, CMD_IP_NOT_OPENED, "the data network is %s", pdp_net_name(p));
	at_info(at, "+IPADDR: %s", pdp_address(p, (int)p->boot.set.cid, address, sizeof(address)));
	return AT_STATUS_OK;
}

const struct at_cmd cmd_netopen[] = {
	{ "+NETOPEN", .exec = netopen_exec, .read = netopen_read, .needs = CMD_NEEDS_SIM, .source = "M3 11.2.1" },
	{ "+NETCLOSE", .exec = netclose_exec, .needs = CMD_NEEDS_SIM, .source = "M3 11.2.2" },
	{ "+IPADDR", .exec = ipaddr_exec, .source = "M3 11.2" },
	{ 0 },
};

static void result(struct cmd_host *h, int tag, const char *name, const struct modem_event *ev)
{
	bool line_first = h->modem->profile->q.netopen_order == QUIRK_netopen_order_line_first;

	cmd_result(h, tag, line_first ? CMD_ORDER_LINE_FIRST : CMD_ORDER_FINAL_FIRST,
		   line_first && ev->code ? AT_STATUS_ERROR : AT_STATUS_OK, "%s: %d", name, ev->code);
}

void cmd_netopen_event(struct cmd_host *h, const struct modem_event *ev)
{
	if (ev->type == MODEM_EVENT_NETOPENED) {
		result(h, CMD_TAG_NETOPEN, "+NETOPEN", ev);
	} else if (ev->type == MODEM_EVENT_NETCLOSED) {
		cmd_cip_end_data(h);
		result(h, CMD_TAG_NETCLOSE, "+NETCLOSE", ev);
	} else if (ev->type == MODEM_EVENT_NET_LOST) {
		cmd_cip_end_data(h);
		cmd_urc(h, "+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY");
	}
}
