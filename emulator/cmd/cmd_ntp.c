/* AT+CNTP: which time server, and asking it. at-general 8. */
#include "cmd/cmd.h"

#include "base/str.h"
#include "modem/ntp.h"

static struct ntp *ntp(const struct at_channel *at)
{
	return cmd_modem(at)->ntp;
}

static const struct at_arg ntp_args[] = {
	{ "host", AT_ARG_STR, 0, NTP_HOST_MAX, .range_text = "\"HOST\"" },
	{ "timezone", AT_ARG_INT, NTP_ZONE_MIN, NTP_ZONE_MAX, .optional = true },
};

static enum at_status ntp_read(struct at_channel *at, const struct at_val *val)
{
	const struct ntp_settings *set = &ntp(at)->boot.set;

	(void)val;
	at_info(at, "+CNTP: \"%s\",%d", set->server, set->zone);
	return AT_STATUS_OK;
}

static enum at_status ntp_write(struct at_channel *at, const struct at_val *val)
{
	struct ntp_settings set = ntp(at)->boot.set;

	str_copy(set.server, sizeof(set.server), val[0].str);
	if (val[1].given)
		set.zone = (int)val[1].num;
	ntp_set(ntp(at), &set);
	return AT_STATUS_OK;
}

static enum at_status ntp_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return ntp_start(ntp(at)) ? AT_STATUS_OK : AT_STATUS_ERROR;
}

/* AT+CNTPCID of other families is not there: it is an unknown command (at-general 8). */
const struct at_cmd cmd_ntp[] = {
	{ "+CNTP", AT_ARGS(ntp_args), .exec = ntp_exec, .read = ntp_read, .write = ntp_write, .needs = CMD_NEEDS_SIM,
	  .source = "M3 15" },
	{ 0 },
};

void cmd_ntp_event(struct cmd_host *h, const struct modem_event *ev)
{
	cmd_urc(h, "+CNTP: %d", ev->code);
}
