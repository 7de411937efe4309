/*
 * Commands about the line itself: echo, result codes, S-registers, line speed, stored settings. They touch only the
 * channel's settings, AT+CATR those of all channels; none touches the device. M3 chapter 2, 3.2.18 and 19.2.15.
 */
#include "cmd/cmd.h"

#include "base/buf.h"
#include "modem/pdp.h"

static const long bauds[] = {
	0, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 3000000, 3200000, 3686400,
};

#define BAUDS_TEXT "300,600,1200,2400,4800,9600,19200,38400,57600,115200,230400,460800,921600,3000000,3200000,3686400"

static const struct at_arg arg_0[] = { { "value", AT_ARG_INT, 0, 0, .optional = true } };
static const struct at_arg arg_0_1[] = { { "value", AT_ARG_INT, 0, 1, .optional = true } };
static const struct at_arg arg_0_2[] = { { "value", AT_ARG_INT, 0, 2, .optional = true } };
static const struct at_arg arg_0_3[] = { { "value", AT_ARG_INT, 0, 3, .optional = true } };
static const struct at_arg arg_0_4[] = { { "value", AT_ARG_INT, 0, 4, .optional = true } };
static const struct at_arg s_args[] = { { "register", AT_ARG_INT, 0, 127 }, { "value", AT_ARG_INT, 0, 255 } };
static const struct at_arg cmee_args[] = { { "n", AT_ARG_INT, 0, 2 } };
static const struct at_arg ipr_args[] = {
	{ "speed", AT_ARG_INT, 0, 3686400, .range_text = "(0," BAUDS_TEXT ")" },
};
static const struct at_arg iprex_args[] = {
	{ "speed", AT_ARG_INT, 0, 3686400, .range_text = "(" BAUDS_TEXT ")" },
};
static const struct at_arg ifc_args[] = {
	{ "dce_by_dte", AT_ARG_INT, 0, 2, .range_text = "(0,2)" },
	{ "dte_by_dce", AT_ARG_INT, 0, 2, .optional = true, .range_text = "(0,2)" },
};
static const struct at_arg icf_args[] = {
	{ "format", AT_ARG_INT, 1, 6 },
	{ "parity", AT_ARG_INT, 0, 3, .optional = true },
};
/* The values of a live module are the only ones. */
static const struct at_arg fclass_args[] = { { "n", AT_ARG_INT, 0, 0, .range_text = "(0)" } };
static const struct at_arg dr_args[] = { { "report", AT_ARG_INT, 0, 0, .range_text = "(0)" } };
static const struct at_arg ds_args[] = {
	{ "direction", AT_ARG_INT, 0, 0, .range_text = "(0)" },
	{ "compression", AT_ARG_INT, 0, 0, .optional = true, .range_text = "(0)" },
	{ "max_dict", AT_ARG_INT, 2048, 2048, .optional = true, .range_text = "(2048)" },
	{ "max_string", AT_ARG_INT, 6, 6, .optional = true, .range_text = "(6)" },
};
static const struct at_arg catr_args[] = { { "port", AT_ARG_INT, 0, 7 } };

/* ATE1: the number into a setting; ATE alone: the value the manual has for that. */
#define SETTING(func, member, type, bare)                                                   \
	static enum at_status func(struct at_channel *at, const struct at_val *val)         \
	{                                                                                   \
		at_settings(at)->member = (type)(val[0].given ? val[0].num : (bare));       \
		return AT_STATUS_OK;                                                        \
	}

SETTING(echo_exec, echo, bool, 0)
SETTING(quiet_exec, quiet, bool, 0)
SETTING(verbose_exec, verbose, bool, 0)
SETTING(x_exec, x, int, 1)
SETTING(dcd_exec, dcd, int, 1)
SETTING(dtr_exec, dtr, int, 0)
SETTING(dsr_exec, dsr, int, 0)
SETTING(rate_exec, rate, int, 1)
SETTING(v1_exec, v1, int, 0)
SETTING(bsq_exec, bsq, int, 3)
SETTING(bss_exec, bss, int, 0)
SETTING(l_exec, l, int, 0)
SETTING(m_exec, m, int, 0)

static enum at_status restore_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_settings_restore(at);
	return AT_STATUS_OK;
}

static enum at_status factory_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_settings_factory(at);
	return AT_STATUS_OK;
}

static enum at_status store_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_settings_store(at);
	return AT_STATUS_OK;
}

enum { RADIO_UP_BPS = 50000000, RADIO_DOWN_BPS = 150000000 };	/* LTE category 4, as the modem's family has */

/* &E0 tells the rate of the radio, \V1 what is spoken and with whom [guess]. */
enum at_status cmd_connect(struct at_channel *at, const char *protocol, int cid)
{
	const struct at_settings *s = at_settings(at);
	const struct pdp_context *c = pdp_context(cmd_modem(at)->pdp, cid);
	struct buf text;
	enum at_status status;

	buf_init(&text, 256);
	buf_addf(&text, "CONNECT");
	if (s->x)
		buf_addf(&text, " %ld", s->rate ? s->ipr : (long)RADIO_DOWN_BPS);
	if (s->x && s->v1)
		buf_addf(&text, "/%s/%s/%d/%d", protocol, c ? c->apn : "", RADIO_UP_BPS, RADIO_DOWN_BPS);
	status = at_result(at, AT_RESULT_CONNECT, buf_str(&text));
	buf_free(&text);
	return status;
}

/* Without a call NO CARRIER (manual; a module of another make was seen to answer ERROR). */
static enum at_status online_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return at_data_resume(at);
}

static enum at_status s_read(struct at_channel *at, const struct at_val *val)
{
	at_info(at, "%03d", at_settings(at)->s[val[0].num]);
	return AT_STATUS_OK;
}

/* S3, S4 and S5 are characters of the line and must stay ASCII. */
static enum at_status s_write(struct at_channel *at, const struct at_val *val)
{
	if (val[0].num >= 3 && val[0].num <= 5 && val[1].num > 127)
		return AT_STATUS_ERROR;
	at_settings(at)->s[val[0].num] = (uint8_t)val[1].num;
	return AT_STATUS_OK;
}

static enum at_status cmee_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_settings(at)->cmee = (int)at_profile(at)->q.cmee_default;
	return AT_STATUS_OK;
}

static enum at_status cmee_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CMEE: %d", at_settings(at)->cmee);
	return AT_STATUS_OK;
}

static enum at_status cmee_write(struct at_channel *at, const struct at_val *val)
{
	at_settings(at)->cmee = (int)val[0].num;
	return AT_STATUS_OK;
}

static bool is_baud(long long baud)
{
	for (size_t i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++) {
		if (bauds[i] == baud)
			return true;
	}
	return false;
}

static enum at_status ipr_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+IPR: %ld", at_settings(at)->ipr);
	return AT_STATUS_OK;
}

/* 0 is autobauding: the speed of the host, which is looked for, or the present one where the revision does not do that. */
static enum at_status ipr_write(struct at_channel *at, const struct at_val *val)
{
	if (!is_baud(val[0].num))
		return AT_STATUS_ERROR;
	if (val[0].num || at_profile(at)->q.autobaud)
		at_settings(at)->ipr = (long)val[0].num;
	return AT_STATUS_OK;
}

static enum at_status iprex_set(struct at_channel *at, long baud)
{
	at_settings_keep_rate(at, baud);
	return AT_STATUS_OK;
}

static enum at_status iprex_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return iprex_set(at, 115200);
}

static enum at_status iprex_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+IPREX: %ld", at_settings(at)->iprex);
	return AT_STATUS_OK;
}

static enum at_status iprex_write(struct at_channel *at, const struct at_val *val)
{
	if (!is_baud(val[0].num) || (!val[0].num && !at_profile(at)->q.autobaud))
		return AT_STATUS_ERROR;
	return iprex_set(at, (long)val[0].num);
}

/* Guess: what AT+IPR? says then, and that the AT by which it was found is not answered. */
void cmd_autobaud(struct at_channel *at, long baud)
{
	at_settings_found_rate(at, baud);
	at_urc(at, "Autobaud: OK");
}

static enum at_status ifc_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+IFC: %d,%d", at_settings(at)->ifc[0], at_settings(at)->ifc[1]);
	return AT_STATUS_OK;
}

/* Saved at once (UART note 3). */
static enum at_status ifc_write(struct at_channel *at, const struct at_val *val)
{
	struct at_settings *s = at_settings(at), *stored = at_stored_settings(at);
	int by_dte = (int)val[0].num, by_dce = val[1].given ? (int)val[1].num : by_dte;

	if (by_dte == 1 || by_dce == 1)
		return AT_STATUS_ERROR;
	s->ifc[0] = stored->ifc[0] = by_dte;
	s->ifc[1] = stored->ifc[1] = by_dce;
	return AT_STATUS_OK;
}

static enum at_status icf_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+ICF: %d,%d", at_settings(at)->icf[0], at_settings(at)->icf[1]);
	return AT_STATUS_OK;
}

static enum at_status icf_write(struct at_channel *at, const struct at_val *val)
{
	at_settings(at)->icf[0] = (int)val[0].num;
	if (val[1].given)
		at_settings(at)->icf[1] = (int)val[1].num;
	return AT_STATUS_OK;
}

/* Each argument has one value. */
static enum at_status fixed_read(struct at_channel *at, const struct at_val *val)
{
	const struct at_cmd *cmd = at_command(at);
	struct buf text;

	(void)val;
	buf_init(&text, 64);
	for (size_t i = 0; i < cmd->args; i++)
		buf_addf(&text, i ? ",%ld" : "%ld", cmd->arg[i].min);
	at_info(at, "%s: %s", cmd->name, buf_str(&text));
	buf_free(&text);
	return AT_STATUS_OK;
}

static enum at_status fixed_write(struct at_channel *at, const struct at_val *val)
{
	(void)at;
	(void)val;
	return AT_STATUS_OK;
}

static enum at_status catr_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CATR: %d", cmd_host(at)->catr);
	return AT_STATUS_OK;
}

static enum at_status catr_write(struct at_channel *at, const struct at_val *val)
{
	cmd_host(at)->catr = (int)val[0].num;
	return AT_STATUS_OK;
}

const struct at_cmd cmd_v250[] = {
	{ "E", AT_ARGS(arg_0_1), .exec = echo_exec, .source = "M3 2.2.16" },
	{ "Q", AT_ARGS(arg_0_1), .exec = quiet_exec, .source = "M3 2.2.22" },
	{ "V", AT_ARGS(arg_0_1), .exec = verbose_exec, .source = "M3 2.2.20" },
	{ "X", AT_ARGS(arg_0_4), .exec = x_exec, .source = "M3 2.2.23" },
	{ "Z", AT_ARGS(arg_0), .exec = restore_exec, .source = "M3 2.2.27" },
	{ "&F", AT_ARGS(arg_0_1), .exec = factory_exec, .source = "M3 2.2.24" },
	{ "&W", AT_ARGS(arg_0), .exec = store_exec, .source = "M3 2.2.26" },
	{ "&C", AT_ARGS(arg_0_2), .exec = dcd_exec, .source = "M3 2.2" },
	{ "&D", AT_ARGS(arg_0_2), .exec = dtr_exec, .source = "M3 2.2" },
	{ "&S", AT_ARGS(arg_0_1), .exec = dsr_exec, .source = "M3 2.2" },
	{ "&E", AT_ARGS(arg_0_1), .exec = rate_exec, .source = "M3 2.2" },
	{ "\\V", AT_ARGS(arg_0_1), .exec = v1_exec, .source = "M3 2.2" },
	{ "\\Q", AT_ARGS(arg_0_3), .exec = bsq_exec, .source = "M3 2.2.27, LM#340" },
	{ "\\S", AT_ARGS(arg_0_1), .exec = bss_exec, .source = "LM#340" },
	{ "L", AT_ARGS(arg_0_3), .exec = l_exec, .source = "guess" },
	{ "M", AT_ARGS(arg_0_2), .exec = m_exec, .source = "guess" },
	{ "O", AT_ARGS(arg_0), .exec = online_exec, .source = "M3 2.2.10" },
	{ "S", AT_ARGS(s_args), .read = s_read, .write = s_write, .source = "M3 2.2.8" },
	{ "+CMEE", AT_ARGS(cmee_args), .exec = cmee_exec, .read = cmee_read, .write = cmee_write, .source = "M3 3.2.18" },
	{ "+IPR", AT_ARGS(ipr_args), .read = ipr_read, .write = ipr_write, .source = "M3 2.2.12" },
	{ "+IPREX", AT_ARGS(iprex_args), .exec = iprex_exec, .read = iprex_read, .write = iprex_write,
	  .source = "M3 19.2.15" },
	{ "+IFC", AT_ARGS(ifc_args), .read = ifc_read, .write = ifc_write, .source = "M3 2.2.14" },
	{ "+ICF", AT_ARGS(icf_args), .read = icf_read, .write = icf_write, .source = "M3 2.2.13" },
	{ "+FCLASS", AT_ARGS(fclass_args), .read = fixed_read, .write = fixed_write,
	  .source = "T.31, LM#340 (0); only that value: guess" },
	{ "+DR", AT_ARGS(dr_args), .read = fixed_read, .write = fixed_write,
	  .source = "V.250 6.6.2, LM#340 (0); only that value: guess" },
	{ "+DS", AT_ARGS(ds_args), .read = fixed_read, .write = fixed_write,
	  .source = "V.250 6.6.1, LM#340 (0,0,2048,6); only those values: guess" },
	{ "+CATR", AT_ARGS(catr_args), .read = catr_read, .write = catr_write, .source = "M3 3.2.11" },
	{ 0 },
};
