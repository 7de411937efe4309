/*
 * The data network of the TCP/IP commands, and the settings clients make before they open it. Sockets themselves are
 * not here. at-general 7; quirks Q10, Q11.
 */
#include "cmd/cmd.h"

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

enum at_status cmd_ip_error(struct at_channel *at, enum cmd_ip_err err)
{
	struct why why = { 0 };

	why_add(&why, "state", "the data network is %s", pdp_net_name(pdp(at)));
	trace_why(cmd_modem(at)->trace, "ip", ip_errors[err].number, ip_errors[err].text, &why);
	if (pdp(at)->boot.set.config[PDP_CONFIG_ERROR_TEXT])
		return at_fail(at, "+IP ERROR: %s", ip_errors[err].text);
	return at_fail(at, "+IP ERROR: %d", ip_errors[err].number);
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

static enum at_status netopen_exec(struct at_channel *at, const struct at_val *val)
{
	enum pdp_err err = pdp_net_open(pdp(at));

	(void)val;
	if (err == PDP_ERR_OPEN)
		return cmd_ip_error(at, CMD_IP_ALREADY_OPENED);
	return err ? AT_STATUS_ERROR : AT_STATUS_OK;
}

static enum at_status netclose_exec(struct at_channel *at, const struct at_val *val)
{
	enum pdp_err err = pdp_net_close(pdp(at));

	(void)val;
	return err ? at_fail(at, "+NETCLOSE: %d", (int)err) : AT_STATUS_OK;
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
		return cmd_ip_error(at, CMD_IP_NOT_OPENED);
	at_info(at, "+IPADDR: %s", pdp_address(p, (int)p->boot.set.cid, address, sizeof(address)));
	return AT_STATUS_OK;
}

/* --- one number each --------------------------------------------------------------------------------------------- */

static enum at_status set_number(struct at_channel *at, long *member, struct pdp_settings *set, long long value)
{
	*member = (long)value;
	pdp_set_settings(pdp(at), set);
	return AT_STATUS_OK;
}

/* Read, write and bare form of a setting that is one number; the bare form takes the default. */
#define NUMBER_SETTING(name, text, member, def)                                                                        \
	static enum at_status name##_read(struct at_channel *at, const struct at_val *val)                             \
	{                                                                                                              \
		(void)val;                                                                                             \
		at_info(at, text ": %ld", pdp(at)->boot.set.member);                                                   \
		return AT_STATUS_OK;                                                                                   \
	}                                                                                                              \
	static enum at_status name##_write(struct at_channel *at, const struct at_val *val)                            \
	{                                                                                                              \
		struct pdp_settings set = pdp(at)->boot.set;                                                           \
                                                                                                                       \
		return set_number(at, &set.member, &set, val ? val[0].num : (def));                                    \
	}

NUMBER_SETTING(cipmode, "+CIPMODE", transparent, 0)
NUMBER_SETTING(cipsendmode, "+CIPSENDMODE", send_mode, 0)
NUMBER_SETTING(ciphead, "+CIPHEAD", head, 1)
NUMBER_SETTING(cipsrip, "+CIPSRIP", show_remote, 1)

static const struct at_arg flag_args[] = { { "mode", AT_ARG_INT, 0, 1 } };

/* --- several numbers --------------------------------------------------------------------------------------------- */

#define CIPTIMEOUT_ROW(n) { n, AT_ARG_INT, 3000, 120000, .optional = true }
static const struct at_arg ciptimeout_args[] = {
	CIPTIMEOUT_ROW("netopen_ms"), CIPTIMEOUT_ROW("cipopen_ms"), CIPTIMEOUT_ROW("cipsend_ms"),
};

static enum at_status ciptimeout_read(struct at_channel *at, const struct at_val *val)
{
	const long *ms = pdp(at)->boot.set.timeout_ms;

	(void)val;
	at_info(at, "+CIPTIMEOUT: %ld,%ld,%ld", ms[PDP_TIMEOUT_NETOPEN], ms[PDP_TIMEOUT_CIPOPEN],
		ms[PDP_TIMEOUT_CIPSEND]);
	return AT_STATUS_OK;
}

/* What is left out stays. */
static void take(long *to, const struct at_val *val, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (val[i].given)
			to[i] = (long)val[i].num;
	}
}

static enum at_status ciptimeout_write(struct at_channel *at, const struct at_val *val)
{
	struct pdp_settings set = pdp(at)->boot.set;

	take(set.timeout_ms, val, PDP_TIMEOUTS);
	pdp_set_settings(pdp(at), &set);
	return AT_STATUS_OK;
}

static const struct at_arg cipccfg_args[PDP_CONFIGS] = {
	{ "retries", AT_ARG_INT, 0, 10, .optional = true },
	{ "delay_ms", AT_ARG_INT, 0, 1000, .optional = true },
	{ "ack", AT_ARG_INT, 0, 0, .optional = true },
	{ "err_mode", AT_ARG_INT, 0, 1, .optional = true },
	{ "header_type", AT_ARG_INT, 0, 1, .optional = true },
	{ "async_mode", AT_ARG_INT, 0, 1, .optional = true },
	{ "timeout_ms", AT_ARG_INT, 500, 120000, .optional = true },
};

static enum at_status cipccfg_read(struct at_channel *at, const struct at_val *val)
{
	const long *c = pdp(at)->boot.set.config;

	(void)val;
	at_info(at, "+CIPCCFG: %ld,%ld,%ld,%ld,%ld,%ld,%ld", c[0], c[1], c[2], c[3], c[4], c[5], c[6]);
	return AT_STATUS_OK;
}

static enum at_status cipccfg_write(struct at_channel *at, const struct at_val *val)
{
	struct pdp_settings set = pdp(at)->boot.set;

	take(set.config, val, PDP_CONFIGS);
	pdp_set_settings(pdp(at), &set);
	return AT_STATUS_OK;
}

/* --- AT+CIPRXGET ------------------------------------------------------------------------------------------------- */

enum { RX_GET_PUSH, RX_GET_MANUAL, RX_GET_READ, RX_GET_READ_HEX, RX_GET_LEFT };

static const struct at_arg ciprxget_args[] = {
	{ "mode", AT_ARG_INT, 0, 4 },
	{ "link", AT_ARG_INT, 0, 9, .optional = true },
	{ "len", AT_ARG_INT, 1, 1500, .optional = true },
};

static enum at_status ciprxget_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CIPRXGET: %ld", pdp(at)->boot.set.rx_get);
	return AT_STATUS_OK;
}

/* No link is ever open here: reading finds no data, and none is left, as on the module before AT+CIPOPEN. */
static enum at_status ciprxget_write(struct at_channel *at, const struct at_val *val)
{
	struct pdp_settings set = pdp(at)->boot.set;

	if (val[0].num <= RX_GET_MANUAL) {
		if (val[1].given)
			return AT_STATUS_ERROR;
		return set_number(at, &set.rx_get, &set, val[0].num);
	}
	if (!val[1].given)
		return AT_STATUS_ERROR;
	if (val[0].num != RX_GET_LEFT)
		return cmd_ip_error(at, CMD_IP_NO_DATA);
	at_info(at, "+CIPRXGET: 4,%d,0", (int)val[1].num);
	return AT_STATUS_OK;
}

const struct at_cmd cmd_netopen[] = {
	{ "+NETOPEN", .exec = netopen_exec, .read = netopen_read, .needs = CMD_NEEDS_SIM, .source = "M3 11.2.1" },
	{ "+NETCLOSE", .exec = netclose_exec, .needs = CMD_NEEDS_SIM, .source = "M3 11.2.2" },
	{ "+IPADDR", .exec = ipaddr_exec, .source = "M3 11.2" },
	{ "+CIPMODE", AT_ARGS(flag_args), .exec = cipmode_write, .read = cipmode_read, .write = cipmode_write,
	  .source = "M3 11.2" },
	{ "+CIPSENDMODE", AT_ARGS(flag_args), .exec = cipsendmode_write, .read = cipsendmode_read,
	  .write = cipsendmode_write, .source = "M3 11.2" },
	{ "+CIPHEAD", AT_ARGS(flag_args), .exec = ciphead_write, .read = ciphead_read, .write = ciphead_write,
	  .source = "M3 11.2" },
	{ "+CIPSRIP", AT_ARGS(flag_args), .exec = cipsrip_write, .read = cipsrip_read, .write = cipsrip_write,
	  .source = "M3 11.2" },
	{ "+CIPTIMEOUT", AT_ARGS(ciptimeout_args), .read = ciptimeout_read, .write = ciptimeout_write,
	  .source = "M3 11.2" },
	{ "+CIPCCFG", AT_ARGS(cipccfg_args), .read = cipccfg_read, .write = cipccfg_write, .source = "M3 11.2" },
	{ "+CIPRXGET", AT_ARGS(ciprxget_args), .read = ciprxget_read, .write = ciprxget_write, .source = "M3 11.2.6" },
	{ 0 },
};

void cmd_netopen_event(struct cmd_host *h, const struct modem_event *ev)
{
	if (ev->type == MODEM_EVENT_NETOPENED)
		cmd_result(h, CMD_TAG_NETOPEN, CMD_ORDER_FINAL_FIRST, AT_STATUS_OK, "+NETOPEN: %d", ev->code);
	else if (ev->type == MODEM_EVENT_NETCLOSED)
		cmd_result(h, CMD_TAG_NETCLOSE, CMD_ORDER_FINAL_FIRST, AT_STATUS_OK, "+NETCLOSE: %d", ev->code);
	else if (ev->type == MODEM_EVENT_NET_LOST)
		cmd_urc(h, "+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY");
}
