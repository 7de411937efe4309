/*
 * Between the device and the channels: modem events to the family that words them, results to the command that waits
 * for them, and the conditions that many commands share. No wording of a family here.
 */
#include "cmd/cmd.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "modem/net.h"
#include "modem/pdp.h"
#include "modem/sim.h"

enum { LINE_MAX_BYTES = 16 * 1024 };

struct cmd_host *cmd_host(const struct at_channel *at)
{
	return at_dev(at);
}

struct modem *cmd_modem(const struct at_channel *at)
{
	return cmd_host(at)->modem;
}

int cmd_number(const struct at_channel *at)
{
	const struct cmd_host *h = cmd_host(at);
	size_t i = 0;

	while (i + 1 < h->n && h->channel[i] != at)
		i++;
	return (int)i;
}

static enum at_status check_sim(struct at_channel *at)
{
	enum sim_err err = sim_check(cmd_modem(at)->sim);

	return err ? cmd_sim_error(at, err) : AT_STATUS_OK;
}

static enum at_status check_network(struct at_channel *at)
{
	if (net_is_registered(cmd_modem(at)->net))
		return AT_STATUS_OK;
	return cmd_cme(at, CMD_CME_NO_NETWORK, "not registered for packet data");
}

static enum at_status check_netopen(struct at_channel *at)
{
	if (pdp_net_is_open(cmd_modem(at)->pdp))
		return AT_STATUS_OK;
	return cmd_ip_error(at, CMD_IP_NOT_OPENED, "the data network is %s", pdp_net_name(cmd_modem(at)->pdp));
}

enum at_status cmd_gate(struct at_channel *at, const struct at_cmd *cmd, void *ctx)
{
	static const struct {
		unsigned bit;
		enum at_status (*check)(struct at_channel *at);
	} checks[] = {
		{ CMD_NEEDS_SIM, check_sim },
		{ CMD_NEEDS_SMS, cmd_sms_check },
		{ CMD_NEEDS_MESSAGES, cmd_sms_check_read },
		{ CMD_NEEDS_PHONEBOOK, cmd_pb_check },
		{ CMD_NEEDS_NETWORK, check_network },
		{ CMD_NEEDS_NETOPEN, check_netopen },
	};
	enum at_status status = AT_STATUS_OK;

	(void)ctx;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && status == AT_STATUS_OK; i++) {
		if (cmd->needs & checks[i].bit)
			status = checks[i].check(at);
	}
	return status;
}

enum at_status cmd_cme(struct at_channel *at, int code, const char *fmt, ...)
{
	const char *meaning = at_cme_text(code);
	struct why why = { 0 };
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(&why, "state", "%s", text);
	trace_why(cmd_modem(at)->trace, "cme", code, meaning ? meaning : "", &why);
	return at_cme(at, code);
}

enum at_status cmd_error(struct at_channel *at, const char *fmt, ...)
{
	struct why why = { 0 };
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(&why, "state", "%s", text);
	trace_why(cmd_modem(at)->trace, "at", AT_RESULT_ERROR, "refused without a code", &why);
	return AT_STATUS_ERROR;
}

/* Who words an event; each of them has one. */
static void (*const families[])(struct cmd_host *h, const struct modem_event *ev) = {
	[MODEM_EVENT_POWERED_ON] = cmd_power_event,
	[MODEM_EVENT_WARM] = cmd_power_event,
	[MODEM_EVENT_READY] = cmd_power_event,
	[MODEM_EVENT_POWERED_OFF] = cmd_power_event,
	[MODEM_EVENT_BOOT_LINE] = cmd_power_event,
	[MODEM_EVENT_REBOOT] = cmd_power_event,
	[MODEM_EVENT_SUPPLY_WARNING] = cmd_hw_event,
	[MODEM_EVENT_SUPPLY_OFF] = cmd_hw_event,
	[MODEM_EVENT_HEAT] = cmd_hw_event,
	[MODEM_EVENT_SIM_READY] = cmd_sim_event,
	[MODEM_EVENT_SIM_PIN] = cmd_sim_event,
	[MODEM_EVENT_SIM_REMOVED] = cmd_sim_event,
	[MODEM_EVENT_SMS_DONE] = cmd_sim_event,
	[MODEM_EVENT_PB_DONE] = cmd_sim_event,
	[MODEM_EVENT_REGISTERED] = cmd_net_event,
	[MODEM_EVENT_NET_MODE] = cmd_net_event,
	[MODEM_EVENT_NET_SIGNAL] = cmd_net_event,
	[MODEM_EVENT_NET_INFO] = cmd_net_event,
	[MODEM_EVENT_NET_SCANNED] = cmd_net_event,
	[MODEM_EVENT_TIME_ZONE] = cmd_rtc_event,
	[MODEM_EVENT_PDN_ACTIVATED] = cmd_pdp_event,
	[MODEM_EVENT_PDN_LOST] = cmd_pdp_event,
	[MODEM_EVENT_NETOPENED] = cmd_netopen_event,
	[MODEM_EVENT_NETCLOSED] = cmd_netopen_event,
	[MODEM_EVENT_NET_LOST] = cmd_netopen_event,
	[MODEM_EVENT_SOCKET_OPENED] = cmd_cip_event,
	[MODEM_EVENT_SOCKET_SENT] = cmd_cip_event,
	[MODEM_EVENT_SOCKET_CLOSED] = cmd_cip_event,
	[MODEM_EVENT_SOCKET_LOST] = cmd_cip_event,
	[MODEM_EVENT_SOCKET_READY] = cmd_cip_event,
	[MODEM_EVENT_SOCKET_ACCEPTED] = cmd_cip_event,
	[MODEM_EVENT_SERVER_STARTED] = cmd_cip_event,
	[MODEM_EVENT_DNS_FOUND] = cmd_dns_event,
	[MODEM_EVENT_MQTT_STARTED] = cmd_mqtt_event,
	[MODEM_EVENT_MQTT_STOPPED] = cmd_mqtt_event,
	[MODEM_EVENT_MQTT_CONNECTED] = cmd_mqtt_event,
	[MODEM_EVENT_MQTT_DISCONNECTED] = cmd_mqtt_event,
	[MODEM_EVENT_MQTT_PUBLISHED] = cmd_mqtt_event,
	[MODEM_EVENT_MQTT_SUBSCRIBED] = cmd_mqtt_event,
	[MODEM_EVENT_MQTT_UNSUBSCRIBED] = cmd_mqtt_event,
	[MODEM_EVENT_MQTT_MESSAGE] = cmd_mqtt_event,
	[MODEM_EVENT_MQTT_LOST] = cmd_mqtt_event,
	[MODEM_EVENT_MQTT_PING] = cmd_mqtt_event,
	[MODEM_EVENT_MQTT_NONET] = cmd_mqtt_event,
	[MODEM_EVENT_FTPS_DONE] = cmd_ftps_event,
	[MODEM_EVENT_FTPS_DATA] = cmd_ftps_event,
	[MODEM_EVENT_FTPS_CACHED] = cmd_ftps_event,
	[MODEM_EVENT_FTPS_PEER_CLOSED] = cmd_ftps_event,
	[MODEM_EVENT_SMS_SENT] = cmd_sms_event,
	[MODEM_EVENT_SMS_STORED] = cmd_sms_event,
	[MODEM_EVENT_SMS_ROUTED] = cmd_sms_event,
	[MODEM_EVENT_CALL] = cmd_voice_event,
	[MODEM_EVENT_USSD] = cmd_ussd_event,
	[MODEM_EVENT_FS_PROGRESS] = cmd_fs_event,
	[MODEM_EVENT_FS_COPIED] = cmd_fs_event,
	[MODEM_EVENT_HTTP_STARTED] = cmd_http_event,
	[MODEM_EVENT_HTTP_STOPPED] = cmd_http_event,
	[MODEM_EVENT_HTTP_ACTION] = cmd_http_event,
	[MODEM_EVENT_HTTP_DATA] = cmd_http_event,
	[MODEM_EVENT_HTTP_READ] = cmd_http_event,
	[MODEM_EVENT_HTTP_FILE_READ] = cmd_http_event,
	[MODEM_EVENT_HTTP_FILE_POSTED] = cmd_http_event,
	[MODEM_EVENT_HTTP_PEER_CLOSED] = cmd_http_event,
	[MODEM_EVENT_HTTP_NONET] = cmd_http_event,
	[MODEM_EVENT_LBS_NET_OPENED] = cmd_lbs_event,
	[MODEM_EVENT_LBS_NET_CLOSED] = cmd_lbs_event,
	[MODEM_EVENT_LBS_DONE] = cmd_lbs_event,
	[MODEM_EVENT_PING_REPLY] = cmd_ping_event,
	[MODEM_EVENT_PING_NONE] = cmd_ping_event,
	[MODEM_EVENT_PING_DONE] = cmd_ping_event,
	[MODEM_EVENT_NTP_DONE] = cmd_ntp_event,
	[MODEM_EVENT_HTP_DONE] = cmd_htp_event,
	[MODEM_EVENT_CCH_STARTED] = cmd_cch_event,
	[MODEM_EVENT_CCH_STOPPED] = cmd_cch_event,
	[MODEM_EVENT_CCH_OPENED] = cmd_cch_event,
	[MODEM_EVENT_CCH_CLOSED] = cmd_cch_event,
	[MODEM_EVENT_CCH_SENT] = cmd_cch_event,
	[MODEM_EVENT_CCH_RECV] = cmd_cch_event,
	[MODEM_EVENT_CCH_READ] = cmd_cch_event,
	[MODEM_EVENT_CCH_PEER_CLOSED] = cmd_cch_event,
	[MODEM_EVENT_CCH_LOST] = cmd_cch_event,
	[MODEM_EVENT_CCH_NONET] = cmd_cch_event,
	[MODEM_EVENT_GNSS_READY] = cmd_gnss_event,
	[MODEM_EVENT_GNSS_OFF] = cmd_gnss_event,
	[MODEM_EVENT_GNSS_REPORT] = cmd_gnss_event,
	[MODEM_EVENT_GNSS_NMEA] = cmd_gnss_event,
	[MODEM_EVENT_DIALUP_CONNECTED] = cmd_dial_event,
	[MODEM_EVENT_DIALUP_READY] = cmd_dial_event,
	[MODEM_EVENT_DIALUP_ENDED] = cmd_dial_event,
};

void cmd_event(const struct modem_event *ev, void *ctx)
{
	assert((size_t)ev->type < sizeof(families) / sizeof(families[0]) && families[ev->type]);
	families[ev->type](ctx, ev);
}

struct at_channel *cmd_waiting(const struct cmd_host *h, int tag)
{
	for (size_t i = 0; i < h->n; i++) {
		if (at_waiting(h->channel[i], tag))
			return h->channel[i];
	}
	return NULL;
}

enum at_status cmd_wait(struct at_channel *at, int tag)
{
	return cmd_waiting(cmd_host(at), tag) ? AT_STATUS_ERROR : at_wait(at, tag);
}

bool cmd_takes_urcs(const struct cmd_host *h, size_t i)
{
	return !(h->deaf & 1u << i) && (!h->catr || h->catr == 1 + (int)h->port[i]);
}

static void urc_text(struct cmd_host *h, const char *text)
{
	for (size_t i = 0; i < h->n; i++) {
		if (cmd_takes_urcs(h, i))
			at_urc(h->channel[i], "%s", text);
	}
}

void cmd_result(struct cmd_host *h, int tag, enum cmd_order order, enum at_status final, const char *fmt, ...)
{
	struct at_channel *at = cmd_waiting(h, tag);
	struct buf line;
	va_list ap;

	buf_init(&line, LINE_MAX_BYTES);
	va_start(ap, fmt);
	buf_addv(&line, fmt, ap);
	va_end(ap);
	if (at && order == CMD_ORDER_LINE_FIRST) {
		at_info(at, "%s", buf_str(&line));
		at_finish(at, final);
	} else {
		if (at)
			at_finish(at, final);
		urc_text(h, buf_str(&line));
	}
	buf_free(&line);
}

void cmd_urc(struct cmd_host *h, const char *fmt, ...)
{
	struct buf line;
	va_list ap;

	buf_init(&line, LINE_MAX_BYTES);
	va_start(ap, fmt);
	buf_addv(&line, fmt, ap);
	va_end(ap);
	urc_text(h, buf_str(&line));
	buf_free(&line);
}

bool cmd_all_take(struct cmd_host *h)
{
	bool all = true;

	for (size_t i = 0; i < h->n; i++)
		all = (!cmd_takes_urcs(h, i) || at_takes(h->channel[i])) && all;
	return all;
}

void cmd_flows(struct cmd_host *h)
{
	cmd_cip_flows(h);
	cmd_cch_flows(h);
	cmd_http_flows(h);
	cmd_dial_flows(h);
}

void cmd_urc_raw(struct cmd_host *h, const void *p, size_t n)
{
	for (size_t i = 0; i < h->n; i++) {
		if (cmd_takes_urcs(h, i))
			at_urc_raw(h->channel[i], p, n);
	}
}
