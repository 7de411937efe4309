/* The only list of command tables, with the word for each family. */
#include "cmd/cmd.h"

/* One row a table: its array and the word. */
#define FAMILIES(X) \
	X(cmd_v250, "line") \
	X(cmd_cmux, "line") \
	X(cmd_view, "line") \
	X(cmd_ident, "identity") \
	X(cmd_power, "power") \
	X(cmd_sim, "sim") \
	X(cmd_sim_files, "sim") \
	X(cmd_net, "network") \
	X(cmd_pdp, "context") \
	X(cmd_netopen, "tcpip") \
	X(cmd_cip_set, "tcpip") \
	X(cmd_cip, "tcpip") \
	X(cmd_cip_server, "tcpip") \
	X(cmd_dns, "tcpip") \
	X(cmd_rtc, "clock") \
	X(cmd_ssl, "tls") \
	X(cmd_cert, "tls") \
	X(cmd_mqtt, "mqtt") \
	X(cmd_http, "http") \
	X(cmd_cch, "channel") \
	X(cmd_cch_data, "channel") \
	X(cmd_ping, "tcpip") \
	X(cmd_ntp, "clock") \
	X(cmd_htp, "clock") \
	X(cmd_fs, "files") \
	X(cmd_cftran, "files") \
	X(cmd_ftps, "ftp") \
	X(cmd_hw, "hardware") \
	X(cmd_pins, "hardware") \
	X(cmd_sms_set, "sms") \
	X(cmd_sms, "sms") \
	X(cmd_sms_send, "sms") \
	X(cmd_gnss, "gnss") \
	X(cmd_voice, "call") \
	X(cmd_voice_set, "call") \
	X(cmd_pb, "phonebook") \
	X(cmd_ussd, "ussd") \
	X(cmd_lbs, "location") \
	X(cmd_dial, "call")

#define TABLE(table, family) table,
#define FAMILY(table, family) family,

static const struct at_cmd *const tables[] = { FAMILIES(TABLE) NULL };
static const char *const families[] = { FAMILIES(FAMILY) };

const struct at_cmd *const *cmd_tables(void)
{
	return tables;
}

const char *cmd_family(size_t table)
{
	return families[table];
}
