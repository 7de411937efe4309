/* Location by cells: AT+CNETSTART and its like, AT+CLBS, AT+CLBSCFG, AT+CASSISTLOC. AT manual V1.12 16 and 17.24. */
#include "cmd/cmd.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "modem/lbs.h"
#include "modem/pdp.h"
#include "modem/rtc.h"

static struct lbs *lbs(const struct at_channel *at)
{
	return cmd_modem(at)->lbs;
}

/* --- the network --------------------------------------------------------------------------------------------------- */

static enum at_status cnetstart_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CNETSTART: %d", (int)lbs(at)->boot.net);
	return AT_STATUS_OK;
}

static enum at_status net_started(struct at_channel *at, enum lbs_net_err err)
{
	return err ? at_fail(at, "%s: %d", at_command(at)->name, (int)err) : AT_STATUS_OK;
}

static enum at_status cnetstart_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return net_started(at, lbs_net_open(lbs(at)));
}

static enum at_status cnetstop_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return net_started(at, lbs_net_close(lbs(at)));
}

/* The words of a network that is not open are a guess. */
static enum at_status cnetipaddr_read(struct at_channel *at, const struct at_val *val)
{
	char address[PDP_ADDRESS_MAX + 1];

	(void)val;
	if (lbs(at)->boot.net != LBS_NET_OPEN)
		return at_fail(at, "+CNETIPADDR: Network not opened");
	pdp_address(cmd_modem(at)->pdp, 1, address, sizeof(address));
	at_info(at, "+CNETIPADDR: %s", address);
	return AT_STATUS_OK;
}

/* --- AT+CLBS ------------------------------------------------------------------------------------------------------- */

static const struct at_arg clbs_args[] = {
	{ "type", AT_ARG_INT, 1, 9, .range_text = "(1,2,3,4,9)" },
	{ "cid", AT_ARG_INT, 1, PDP_CID_MAX, .optional = true, .range_text = "(1-24,100-179)" },
	{ "longitude", AT_ARG_STR, 0, 16, .optional = true, .range_text = "(-180.000000-180.000000)" },
	{ "latitude", AT_ARG_STR, 0, 16, .optional = true, .range_text = "(-90.000000-90.000000)" },
	{ "lon_type", AT_ARG_INT, 0, 1, .optional = true, .range_text = "(0,1)" },
};

static const char *reason(enum lbs_err err)
{
	switch (err) {
	case LBS_BUSY:
		return "another question is open";
	case LBS_NET_CLOSED_ERR:
		return "AT+CNETSTART has not opened the network";
	case LBS_NO_NETWORK:
		return "the network is gone";
	case LBS_FAILED:
		return "the world says neither where the antenna is nor what street that is";
	case LBS_PARAMETER:
		return "this is no type of question";
	case LBS_OK:
	case LBS_REPORTED:
		break;
	}
	return "";
}

static void explain(struct modem *m, enum lbs_err err)
{
	struct why why = { 0 };

	why_add(&why, "state", "%s", reason(err));
	trace_why(m->trace, "clbs", (int)err, lbs_err_text((int)err), &why);
}

static enum at_status clbs_write(struct at_channel *at, const struct at_val *val)
{
	long long type = val[0].num;
	enum lbs_err err = type > 4 && type != LBS_COMPLAINT ? LBS_PARAMETER : LBS_OK;

	if (at_profile(at)->q.clbs == QUIRK_clbs_error)
		return AT_STATUS_ERROR;
	if (!err)
		err = lbs_ask(lbs(at), (enum lbs_type)type);
	if (!err)
		return AT_STATUS_OK;
	explain(cmd_modem(at), err);
	return at_fail(at, "+CLBS: %d", (int)err);
}

static const struct at_arg clbscfg_args[] = {
	{ "operate", AT_ARG_INT, 0, 1 },
	{ "para", AT_ARG_INT, 3, 3, .range_text = "3" },
	{ "value", AT_ARG_STR, 1, 64, .optional = true, .range_text = "\"Param Value\"" },
};

/* There is one server, and one can only ask for it. */
#define SERVER "lbs-simcom.com:3002"

static enum at_status clbscfg_write(struct at_channel *at, const struct at_val *val)
{
	if (!val[0].num && !val[2].given) {
		at_info(at, "+CLBSCFG: 0,3,\"" SERVER "\"");
		return AT_STATUS_OK;
	}
	return val[0].num && val[2].given && !strcmp(val[2].str, SERVER) ? AT_STATUS_OK : AT_STATUS_ERROR;
}

/* For CDMA alone: elsewhere it answers with nothing between its commas (at-general 15a). */
static const struct at_arg cassistloc_args[] = { { "mode", AT_ARG_INT, 1, 1 } };

static enum at_status cassistloc_write(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CASSISTLOC:,,,");
	return AT_STATUS_OK;
}

const struct at_cmd cmd_lbs[] = {
	{ "+CNETSTART", .exec = cnetstart_exec, .read = cnetstart_read, .needs = CMD_NEEDS_SIM,
	  .source = "M3 18.3, AT manual V1.12 16.1" },
	{ "+CNETSTOP", .exec = cnetstop_exec, .needs = CMD_NEEDS_SIM, .source = "M3 18.3, AT manual V1.12 16.2" },
	{ "+CNETIPADDR", .read = cnetipaddr_read, .needs = CMD_NEEDS_SIM, .source = "M3 18.3, AT manual V1.12 16.3" },
	{ "+CLBS", AT_ARGS(clbs_args), .write = clbs_write, .needs = CMD_NEEDS_SIM, .source = "AT manual V1.12 17.24" },
	{ "+CLBSCFG", AT_ARGS(clbscfg_args), .write = clbscfg_write, .needs = CMD_NEEDS_SIM,
	  .source = "AT manual V1.12 17.25, TS#110" },
	{ "+CASSISTLOC", AT_ARGS(cassistloc_args), .write = cassistloc_write, .no_test = true, .needs = CMD_NEEDS_SIM,
	  .source = "AT manual V1.12 17.26, TS#110" },
	{ 0 },
};

/* Latitude first, in degrees with six decimals. */
static void told_position(struct cmd_host *h, bool with_time)
{
	char date[32] = "";
	time_t now = rtc_network_utc(h->modem->rtc);
	long lat, lon;
	struct tm tm;

	lbs_position(h->modem->lbs, &lat, &lon);
	gmtime_r(&now, &tm);
	if (with_time)
		strftime(date, sizeof(date), ",%Y/%m/%d,%H:%M:%S", &tm);
	cmd_urc(h, "+CLBS: 0,%s%ld.%06ld,%s%ld.%06ld,%d%s", lat < 0 ? "-" : "", labs(lat) / 1000000, labs(lat) % 1000000,
		lon < 0 ? "-" : "", labs(lon) / 1000000, labs(lon) % 1000000, LBS_ACCURACY_M, date);
}

static void told_answer(struct cmd_host *h, const struct modem_event *ev)
{
	if (ev->code && ev->code != LBS_REPORTED)
		explain(h->modem, (enum lbs_err)ev->code);
	if (ev->code)
		cmd_urc(h, "+CLBS: %d", ev->code);
	else if (ev->index == LBS_TIMES)
		cmd_urc(h, "+CLBS: 0,%ld", h->modem->lbs->boot.times);
	else
		told_position(h, ev->index == LBS_POSITION_TIME);
}

void cmd_lbs_event(struct cmd_host *h, const struct modem_event *ev)
{
	if (ev->type == MODEM_EVENT_LBS_DONE)
		told_answer(h, ev);
	else
		cmd_urc(h, "+CNET%s: %d", ev->type == MODEM_EVENT_LBS_NET_OPENED ? "START" : "STOP", ev->code);
}
