/* The only list of command tables. */
#include "cmd/cmd.h"

static const struct at_cmd *const tables[] = {
	cmd_v250, cmd_ident, cmd_power, cmd_sim, cmd_net, cmd_pdp, cmd_netopen, cmd_cip_set, cmd_cip, cmd_cip_server,
	cmd_dns, cmd_rtc, cmd_ssl, cmd_cert, cmd_mqtt,
	cmd_http,
	cmd_cch, cmd_cch_data, cmd_ping, cmd_ntp, cmd_htp,
	cmd_fs, cmd_cftran, cmd_ftps, cmd_hw, cmd_sms_set, cmd_sms, cmd_sms_send, cmd_gnss, cmd_dial, NULL,
};

const struct at_cmd *const *cmd_tables(void)
{
	return tables;
}
