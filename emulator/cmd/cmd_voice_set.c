/*
 * Settings of voice calls: AT+CVHU, +CRC, +CLIP, +CLIR, +COLP, +CSSN, +CSTA, +VTD, +CLVL, +CMUT, +CPCMREG, and those of
 * the network: +CCWA and +CCFC. M3 5 and 6 (audio), 27.007 7.
 */
#include "cmd/cmd_voice.h"

#include <string.h>

#include "base/str.h"
#include "modem/net.h"
#include "modem/phonebook.h"

enum { CLASS_VOICE = 1, CLASSES_ALL = 255, CLASSES_DEFAULT = 7, QUERY = 2, CLIR_ALLOWED = 4, CME_DIAL_CHARS = 27 };

static const struct at_arg bit_args[] = { { "n", AT_ARG_INT, 0, 1 } };
static const struct at_arg clir_args[] = { { "n", AT_ARG_INT, 0, 2 } };
static const struct at_arg tone_args[] = { { "n", AT_ARG_INT, 0, 255 } };
static const struct at_arg level_args[] = { { "level", AT_ARG_INT, 0, VOICE_LEVEL_MAX } };
static const struct at_arg type_args[] = { { "type", AT_ARG_INT, 129, 145, .range_text = "(129,145)" } };
static const struct at_arg notice_args[] = {
	{ "n", AT_ARG_INT, 0, 1 },
	{ "m", AT_ARG_INT, 0, 1, .optional = true },
};
static const struct at_arg pcm_args[] = {
	{ "n", AT_ARG_INT, 0, 1 },
	{ "mode", AT_ARG_INT, 0, 1, .optional = true },
};

static const struct voice_settings *set_of(const struct at_channel *at)
{
	return &cmd_voice_of(at)->boot.set;
}

enum at_status cmd_voice_configure(struct at_channel *at, const struct voice_settings *next)
{
	voice_configure(cmd_voice_of(at), next);
	return AT_STATUS_OK;
}

/* --- single numbers ---------------------------------------------------------------------------------------------- */

/* One setting: its read form, and the write form, which without a number (exec) sets the default 0. */
#define SETTING(func, member, type) \
	static enum at_status func##_read(struct at_channel *at, const struct at_val *val) \
	{ \
		(void)val; \
		at_info(at, "%s: %d", at_command(at)->name, (int)set_of(at)->member); \
		return AT_STATUS_OK; \
	} \
	static enum at_status func##_write(struct at_channel *at, const struct at_val *val) \
	{ \
		struct voice_settings set = *set_of(at); \
\
		set.member = (type)(val ? val[0].num : 0); \
		return cmd_voice_configure(at, &set); \
	}

SETTING(crc, cring, bool)
SETTING(vtd, tone, int)
SETTING(csta, type, int)
SETTING(cpcmreg, pcm, bool)

static enum at_status cpcmreg_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CPCMREG: (0-1)");
	return AT_STATUS_OK;
}

static enum at_status cvhu_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CVHU: %d", !set_of(at)->hook);
	return AT_STATUS_OK;
}

static enum at_status cvhu_write(struct at_channel *at, const struct at_val *val)
{
	struct voice_settings set = *set_of(at);

	set.hook = val[0].num == 0;
	return cmd_voice_configure(at, &set);
}

static enum at_status clvl_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CLVL: %d", cmd_voice_of(at)->nv.level);
	return AT_STATUS_OK;
}

static enum at_status clvl_write(struct at_channel *at, const struct at_val *val)
{
	voice_set_level(cmd_voice_of(at), (int)val[0].num);
	return AT_STATUS_OK;
}

static enum at_status cmut_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CMUT: %d", set_of(at)->mute);
	return AT_STATUS_OK;
}

/* M3: during a voice call; what another moment answers is not said [guess: ERROR]. */
static enum at_status cmut_write(struct at_channel *at, const struct at_val *val)
{
	struct voice_settings set = *set_of(at);

	if (!voice_find(cmd_voice_of(at), VOICE_ANY))
		return cmd_error(at, "there is no call to mute (AT+CLCC)");
	set.mute = val[0].num == 1;
	return cmd_voice_configure(at, &set);
}

/* --- who is shown to whom ---------------------------------------------------------------------------------------- */

/* The second number is what the network has: both are provided. */
static enum at_status clip_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CLIP: %d,1", set_of(at)->clip);
	return AT_STATUS_OK;
}

static enum at_status clip_write(struct at_channel *at, const struct at_val *val)
{
	struct voice_settings set = *set_of(at);

	set.clip = val && val[0].num == 1;
	return cmd_voice_configure(at, &set);
}

static enum at_status colp_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+COLP: %d,1", set_of(at)->colp);
	return AT_STATUS_OK;
}

static enum at_status colp_write(struct at_channel *at, const struct at_val *val)
{
	struct voice_settings set = *set_of(at);

	set.colp = val && val[0].num == 1;
	return cmd_voice_configure(at, &set);
}

static enum at_status clir_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CLIR: %d,%d", set_of(at)->clir, CLIR_ALLOWED);
	return AT_STATUS_OK;
}

static enum at_status clir_write(struct at_channel *at, const struct at_val *val)
{
	struct voice_settings set = *set_of(at);

	set.clir = (int)val[0].num;
	return cmd_voice_configure(at, &set);
}

static enum at_status cssn_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CSSN: %d,%d", set_of(at)->notice_mo, set_of(at)->notice_mt);
	return AT_STATUS_OK;
}

static enum at_status cssn_write(struct at_channel *at, const struct at_val *val)
{
	struct voice_settings set = *set_of(at);

	set.notice_mo = val[0].num == 1;
	if (val[1].given)
		set.notice_mt = val[1].num == 1;
	return cmd_voice_configure(at, &set);
}

/* --- the network's services -------------------------------------------------------------------------------------- */

static enum at_status check_network(struct at_channel *at)
{
	if (net_has_calls(cmd_modem(at)->net))
		return AT_STATUS_OK;
	return cmd_cme(at, CMD_CME_NO_NETWORK, "not registered for calls, so the network cannot be asked");
}

static const struct at_arg ccwa_args[] = {
	{ "n", AT_ARG_INT, 0, 1, .optional = true },
	{ "mode", AT_ARG_INT, 0, 2, .optional = true },
	{ "class", AT_ARG_INT, 1, 255, .optional = true },
};

static enum at_status ccwa_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CCWA: %d", set_of(at)->waiting);
	return AT_STATUS_OK;
}

static enum at_status ccwa_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CCWA: (0-1)");
	return AT_STATUS_OK;
}

/* The service is the network's, and there for voice alone. */
static enum at_status ccwa_mode(struct at_channel *at, int mode, int classes)
{
	struct voice_network *network = &cmd_voice_of(at)->network;
	enum at_status status = check_network(at);

	if (status != AT_STATUS_OK)
		return status;
	if (mode != QUERY && classes & CLASS_VOICE)
		network->waiting = mode == 1;
	else if (mode == QUERY)
		at_info(at, "+CCWA: %d,%d", network->waiting, CLASS_VOICE);
	return AT_STATUS_OK;
}

static enum at_status ccwa_write(struct at_channel *at, const struct at_val *val)
{
	struct voice_settings set = *set_of(at);

	if (val[0].given)
		set.waiting = val[0].num == 1;
	cmd_voice_configure(at, &set);
	if (!val[1].given)
		return AT_STATUS_OK;
	return ccwa_mode(at, (int)val[1].num, val[2].given ? (int)val[2].num : CLASSES_DEFAULT);
}

/* Reasons 4 and 5 are all of them, and all that hold under a condition. */
enum { FORWARD_EVERY = 4, FORWARD_CONDITIONAL = 5 };

enum { MODE_DISABLE, MODE_ENABLE, MODE_QUERY, MODE_REGISTER, MODE_ERASE };

static const struct at_arg ccfc_args[] = {
	{ "reason", AT_ARG_INT, 0, FORWARD_CONDITIONAL },
	{ "mode", AT_ARG_INT, 0, MODE_ERASE },
	{ "number", AT_ARG_STR, 0, PHONE_NUMBER_MAX + 1, .optional = true },
	{ "type", AT_ARG_INT, 128, 255, .optional = true },
	{ "class", AT_ARG_INT, 1, 255, .optional = true },
	{ "subaddr", AT_ARG_STR, 0, 30, .optional = true },
	{ "satype", AT_ARG_INT, 0, 255, .optional = true },
	{ "time", AT_ARG_INT, 1, 30, .optional = true },
};

static enum at_status ccfc_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CCFC: (0-5)");
	return AT_STATUS_OK;
}

static void change(struct voice_divert *d, int mode, const struct at_val *val)
{
	switch (mode) {
	case MODE_REGISTER:
		d->registered = true;
		str_copy(d->number, sizeof(d->number), val[2].str);
		if (val[7].given)
			d->after_s = (int)val[7].num;
		break;
	case MODE_ERASE:
		d->registered = false;
		break;
	default:
		break;
	}
	d->active = d->registered && mode != MODE_DISABLE && mode != MODE_ERASE;
}

static void show(struct at_channel *at, const struct voice_divert *d, int reason)
{
	if (!d->registered)
		at_row(at, "+CCFC: 0,%d", CLASSES_ALL);
	else if (reason == VOICE_FORWARD_NO_REPLY)
		at_row(at, "+CCFC: %d,%d,\"%s\",%d,,,%d", d->active, CLASS_VOICE, d->number, pb_type(d->number),
		       d->after_s);
	else
		at_row(at, "+CCFC: %d,%d,\"%s\",%d", d->active, CLASS_VOICE, d->number, pb_type(d->number));
}

static enum at_status forward(struct at_channel *at, int from, int to, const struct at_val *val)
{
	int mode = (int)val[1].num;

	if (mode == MODE_REGISTER && !phone_number_ok(val[2].str))
		return cmd_cme(at, CME_DIAL_CHARS, "\"%.40s\" is no number to forward to", val[2].str);
	for (int i = from; i <= to; i++) {
		struct voice_divert *d = &cmd_voice_of(at)->network.divert[i];

		if (mode == MODE_QUERY)
			show(at, d, i);
		else if (!val[4].given || val[4].num & CLASS_VOICE)
			change(d, mode, val);
	}
	return AT_STATUS_OK;
}

static enum at_status ccfc_write(struct at_channel *at, const struct at_val *val)
{
	enum at_status status = check_network(at);
	int reason = (int)val[0].num;

	if (status != AT_STATUS_OK)
		return status;
	if (reason < FORWARD_EVERY)
		return forward(at, reason, reason, val);
	return forward(at, reason == FORWARD_EVERY ? VOICE_FORWARD_ALL : VOICE_FORWARD_BUSY, VOICE_FORWARDS - 1, val);
}

const struct at_cmd cmd_voice_set[] = {
	{ "+CVHU", AT_ARGS(bit_args), .read = cvhu_read, .write = cvhu_write, .source = "M3 5.2.1" },
	{ "+CRC", AT_ARGS(bit_args), .exec = crc_write, .read = crc_read, .write = crc_write, .source = "M3 5.2" },
	{ "+CLIP", AT_ARGS(bit_args), .exec = clip_write, .read = clip_read, .write = clip_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 5.2" },
	{ "+CLIR", AT_ARGS(clir_args), .read = clir_read, .write = clir_write, .needs = CMD_NEEDS_SIM,
	  .source = "M3 5.2" },
	{ "+COLP", AT_ARGS(bit_args), .exec = colp_write, .read = colp_read, .write = colp_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 5.2" },
	{ "+CCWA", AT_ARGS(ccwa_args), .read = ccwa_read, .test = ccwa_test, .write = ccwa_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 5.2" },
	{ "+CCFC", AT_ARGS(ccfc_args), .test = ccfc_test, .write = ccfc_write, .needs = CMD_NEEDS_SIM,
	  .source = "M3 5.2" },
	{ "+CSSN", AT_ARGS(notice_args), .read = cssn_read, .write = cssn_write, .needs = CMD_NEEDS_SIM,
	  .source = "M3 5.2" },
	{ "+CSTA", AT_ARGS(type_args), .read = csta_read, .write = csta_write, .source = "M3 5.2" },
	{ "+VTD", AT_ARGS(tone_args), .read = vtd_read, .write = vtd_write, .source = "M3 5.2" },
	{ "+CLVL", AT_ARGS(level_args), .read = clvl_read, .write = clvl_write, .source = "M3 6; default guess" },
	{ "+CMUT", AT_ARGS(bit_args), .read = cmut_read, .write = cmut_write, .source = "M3 6" },
	{ "+CPCMREG", AT_ARGS(pcm_args), .read = cpcmreg_read, .test = cpcmreg_test, .write = cpcmreg_write,
	  .source = "M3 6" },
	{ 0 },
};
