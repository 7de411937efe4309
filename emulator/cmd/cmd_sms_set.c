/* Settings of messages: mode, memories, service centre, parameters, what the host is told. M3 9.2, at-general 11. */
#include "cmd/cmd_sms.h"

#include <string.h>

#include "base/str.h"

static const struct at_arg bit_args[] = { { "mode", AT_ARG_INT, 0, 1 } };
static const struct at_arg octet_args[] = { { "vp", AT_ARG_INT, 0, 255 } };
static const struct at_arg gsms_args[] = { { "service", AT_ARG_INT, 0, 3 } };
static const struct at_arg charset_args[] = { { "chset", AT_ARG_STR, 1, 8 } };
static const struct at_arg centre_args[] = {
	{ "sca", AT_ARG_STR, 0, 4 * (SMS_DIGITS_MAX + 1) },
	{ "tosca", AT_ARG_INT, 128, 255, .optional = true },
};
static const struct at_arg mem_args[] = {
	{ "mem1", AT_ARG_STR, 2, 2 },
	{ "mem2", AT_ARG_STR, 2, 2, .optional = true },
	{ "mem3", AT_ARG_STR, 2, 2, .optional = true },
};
static const struct at_arg tell_args[] = {
	{ "mode", AT_ARG_INT, 0, 2, .optional = true }, { "mt", AT_ARG_INT, 0, 3, .optional = true },
	{ "bm", AT_ARG_INT, 0, 2, .optional = true },	{ "ds", AT_ARG_INT, 0, 2, .optional = true },
	{ "bfr", AT_ARG_INT, 0, 1, .optional = true },
};
static const struct at_arg param_args[] = {
	{ "fo", AT_ARG_INT, 0, 255, .optional = true },
	{ "vp", AT_ARG_STR, 1, SMS_VP_TEXT - 1, .optional = true },
	{ "pid", AT_ARG_INT, 0, 255, .optional = true },
	{ "dcs", AT_ARG_INT, 0, 255, .optional = true },
};
static const struct at_arg broadcast_args[] = {
	{ "mode", AT_ARG_INT, 0, 1 },
	{ "mids", AT_ARG_STR, 0, SMS_SCOPE_MAX, .optional = true },
	{ "dcss", AT_ARG_STR, 0, SMS_SCOPE_MAX, .optional = true },
};

static enum at_status configure(struct at_channel *at, const struct sms_settings *next)
{
	sms_configure(cmd_sms_of(at), next);
	return AT_STATUS_OK;
}

/* --- single numbers ---------------------------------------------------------------------------------------------- */

static enum at_status cmgf_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CMGF: %d", cmd_sms_set_of(at)->text_mode);
	return AT_STATUS_OK;
}

/* Without a number: the default. */
static enum at_status cmgf_write(struct at_channel *at, const struct at_val *val)
{
	struct sms_settings set = *cmd_sms_set_of(at);

	set.text_mode = val && val[0].num;
	return configure(at, &set);
}

static enum at_status csdh_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CSDH: %d", cmd_sms_set_of(at)->show_header);
	return AT_STATUS_OK;
}

static enum at_status csdh_write(struct at_channel *at, const struct at_val *val)
{
	struct sms_settings set = *cmd_sms_set_of(at);

	set.show_header = val && val[0].num;
	return configure(at, &set);
}

static enum at_status csms_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CSMS: %d,1,1,1", cmd_sms_set_of(at)->service);
	return AT_STATUS_OK;
}

static enum at_status csms_write(struct at_channel *at, const struct at_val *val)
{
	struct sms_settings set = *cmd_sms_set_of(at);

	set.service = (int)val[0].num;
	at_info(at, "+CSMS: 1,1,1");
	return configure(at, &set);
}

static enum at_status cgsms_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CGSMS: %d", cmd_sms_set_of(at)->sends_by);
	return AT_STATUS_OK;
}

static enum at_status cgsms_write(struct at_channel *at, const struct at_val *val)
{
	struct sms_settings set = *cmd_sms_set_of(at);

	set.sends_by = (int)val[0].num;
	return configure(at, &set);
}

/* --- character set ----------------------------------------------------------------------------------------------- */

static const char *const charset_words[SMS_CHARSETS] = { "IRA", "GSM", "UCS2" };

static enum at_status cscs_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CSCS: \"%s\"", charset_words[cmd_sms_set_of(at)->charset]);
	return AT_STATUS_OK;
}

static enum at_status cscs_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CSCS: (\"IRA\",\"GSM\",\"UCS2\")");
	return AT_STATUS_OK;
}

static enum at_status cscs_write(struct at_channel *at, const struct at_val *val)
{
	struct sms_settings set = *cmd_sms_set_of(at);
	int i = 0;

	while (val && i < SMS_CHARSETS && !str_ieq(val[0].str, val[0].len, charset_words[i]))
		i++;
	if (i == SMS_CHARSETS)
		return cmd_sms_error(at, "there is no character set %s", val[0].str);
	set.charset = (enum sms_charset)i;
	return configure(at, &set);
}

/* --- memories ---------------------------------------------------------------------------------------------------- */

static const char *const mem_words[] = { "SM", "ME", "SR", "MT" };

/* The memory called v, -1 when there is none. */
static int find_mem(const struct at_val *v)
{
	for (int i = 0; i <= SMS_MEM_MT; i++) {
		if (str_ieq(v->str, v->len, mem_words[i]))
			return i;
	}
	return -1;
}

const char *cmd_sms_mem_name(enum sms_mem mem)
{
	return mem_words[mem];
}

static enum at_status cpms_read(struct at_channel *at, const struct at_val *val)
{
	const struct sms_settings *set = cmd_sms_set_of(at);
	struct buf line;

	(void)val;
	buf_init(&line, 128);
	for (int i = 0; i < 3; i++)
		buf_addf(&line, "%s\"%s\",%d,%d", i ? "," : "", mem_words[set->mem[i]],
			 sms_used(cmd_sms_of(at), set->mem[i]), sms_slots(cmd_sms_of(at), set->mem[i]));
	at_info(at, "+CPMS: %s", buf_str(&line));
	buf_free(&line);
	return AT_STATUS_OK;
}

static enum at_status cpms_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CPMS: (\"ME\",\"MT\",\"SM\",\"SR\"),(\"ME\",\"MT\",\"SM\"),(\"ME\",\"SM\")");
	return AT_STATUS_OK;
}

static enum at_status cpms_write(struct at_channel *at, const struct at_val *val)
{
	/* Bits of the memories that each purpose takes. */
	static const unsigned takes[3] = {
		1 << SMS_MEM_SM | 1 << SMS_MEM_ME | 1 << SMS_MEM_SR | 1 << SMS_MEM_MT,
		1 << SMS_MEM_SM | 1 << SMS_MEM_ME | 1 << SMS_MEM_MT,
		1 << SMS_MEM_SM | 1 << SMS_MEM_ME,
	};
	struct sms_settings set = *cmd_sms_set_of(at);
	struct sms *s = cmd_sms_of(at);

	for (int i = 0; i < 3; i++) {
		int mem = val[i].given ? find_mem(&val[i]) : (int)set.mem[i];

		if (mem < 0 || !(takes[i] & 1u << mem))
			return cmd_sms_error(at, "%s is no memory for mem%d", val[i].str, i + 1);
		set.mem[i] = (enum sms_mem)mem;
	}
	sms_configure(s, &set);
	at_info(at, "+CPMS: %d,%d,%d,%d,%d,%d", sms_used(s, set.mem[0]), sms_slots(s, set.mem[0]),
		sms_used(s, set.mem[1]), sms_slots(s, set.mem[1]), sms_used(s, set.mem[2]), sms_slots(s, set.mem[2]));
	return AT_STATUS_OK;
}

/* --- service centre ---------------------------------------------------------------------------------------------- */

static enum at_status csca_read(struct at_channel *at, const struct at_val *val)
{
	const struct sms_address *a = &cmd_sms_of(at)->nv.centre;
	struct buf number;

	(void)val;
	buf_init(&number, 128);
	cmd_sms_add_address(&number, cmd_sms_set_of(at), a);
	at_info(at, "+CSCA: %s,%d", buf_str(&number), *a->text ? a->type : SMS_TYPE_UNKNOWN);
	buf_free(&number);
	return AT_STATUS_OK;
}

static enum at_status csca_write(struct at_channel *at, const struct at_val *val)
{
	struct sms_address a = { 0 };

	if (val[0].len && !cmd_sms_address(cmd_sms_set_of(at), &val[0], &val[1], &a))
		return cmd_sms_error(at, "%.60s is no number of a service centre", val[0].str);
	sms_set_centre(cmd_sms_of(at), &a);
	return AT_STATUS_OK;
}

/* --- what the host is told --------------------------------------------------------------------------------------- */

static enum at_status cnmi_read(struct at_channel *at, const struct at_val *val)
{
	const int *tell = cmd_sms_set_of(at)->indicate;

	(void)val;
	at_info(at, "+CNMI: %d,%d,%d,%d,%d", tell[0], tell[1], tell[2], tell[3], tell[4]);
	return AT_STATUS_OK;
}

static enum at_status cnmi_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)");
	return AT_STATUS_OK;
}

/* M3 9.2.9: mt 3 and ds 1 want mode 1, mt 2 wants mode 1 or 2. */
static bool tells_possible(const int *tell)
{
	int mode = tell[SMS_TELL_MODE], mt = tell[SMS_TELL_MT];

	if ((mt == 3 || tell[SMS_TELL_DS] == 1) && mode != 1)
		return false;
	return (mt != 2 || mode != 0) && tell[SMS_TELL_BM] != 1;
}

static enum at_status cnmi_write(struct at_channel *at, const struct at_val *val)
{
	struct sms_settings set = *cmd_sms_set_of(at);

	for (int i = 0; i < 5; i++) {
		if (val[i].given)
			set.indicate[i] = (int)val[i].num;
	}
	if (!tells_possible(set.indicate))
		return cmd_sms_error(at, "mt 3 and ds 1 want mode 1, mt 2 wants mode 1 or 2, bm is 0 or 2");
	return configure(at, &set);
}

static enum at_status cnmi_exec(struct at_channel *at, const struct at_val *val)
{
	static const int defaults[5] = { 2, 1, 0, 0, 0 };
	struct sms_settings set = *cmd_sms_set_of(at);

	(void)val;
	memcpy(set.indicate, defaults, sizeof(defaults));
	return configure(at, &set);
}

/* --- parameters of text mode ------------------------------------------------------------------------------------- */

static enum at_status csmp_read(struct at_channel *at, const struct at_val *val)
{
	const struct sms_settings *set = cmd_sms_set_of(at);

	(void)val;
	if (*set->vp_text)
		at_info(at, "+CSMP: %d,\"%s\",%d,%d", set->fo, set->vp_text, set->pid, set->dcs);
	else
		at_info(at, "+CSMP: %d,%d,%d,%d", set->fo, set->vp[0], set->pid, set->dcs);
	return AT_STATUS_OK;
}

/* A number, a time, or the octets of the enhanced format in hex. */
static bool take_validity(struct sms_settings *set, const struct at_val *v)
{
	uint8_t vp[SMS_TIME_OCTETS] = { 0 };
	long long number;

	if (!str_to_num(v->str, v->len, 0, 255, &number)) {
		vp[0] = (uint8_t)number;
		set->vp_text[0] = '\0';
	} else if (sms_time_parse(vp, v->str, v->len) ||
		   cmd_sms_unhex(v->str, v->len, vp, sizeof(vp)) == (long)sizeof(vp)) {
		str_copy(set->vp_text, sizeof(set->vp_text), v->str);
	} else {
		return false;
	}
	memcpy(set->vp, vp, sizeof(vp));
	return true;
}

/* The form of the validity period is the one that the first octet announces. */
static bool validity_fits(const struct sms_settings *set)
{
	bool is_time = strchr(set->vp_text, '/') != NULL;

	switch (set->fo & SMS_FO_VPF) {
	case 0x00:
		return true;
	case 0x10:
		return !*set->vp_text;
	case 0x08:
		return *set->vp_text && !is_time;
	default:
		return is_time;
	}
}

static enum at_status csmp_write(struct at_channel *at, const struct at_val *val)
{
	struct sms_settings set = *cmd_sms_set_of(at);

	if (val[0].given)
		set.fo = (int)val[0].num;
	if (val[1].given && !take_validity(&set, &val[1]))
		return cmd_sms_error(at, "%s is no validity period", val[1].str);
	if (!validity_fits(&set))
		return cmd_sms_error(at, "the validity period has not the form that fo %d announces", set.fo);
	if (val[2].given)
		set.pid = (int)val[2].num;
	if (val[3].given)
		set.dcs = (int)val[3].num;
	return configure(at, &set);
}

static enum at_status cmvp_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CMVP: %d", cmd_sms_set_of(at)->vp[0]);
	return AT_STATUS_OK;
}

static enum at_status cmvp_write(struct at_channel *at, const struct at_val *val)
{
	struct sms_settings set = *cmd_sms_set_of(at);

	memset(set.vp, 0, sizeof(set.vp));
	set.vp[0] = (uint8_t)val[0].num;
	set.vp_text[0] = '\0';
	if (!validity_fits(&set))
		return cmd_sms_error(at, "fo %d of AT+CSMP announces another form", set.fo);
	return configure(at, &set);
}

/* Kept for who asks: no cell broadcasts anything here. */
static enum at_status cscb_read(struct at_channel *at, const struct at_val *val)
{
	const struct sms_settings *set = cmd_sms_set_of(at);

	(void)val;
	at_info(at, "+CSCB: %d,\"%s\",\"%s\"", set->cb_mode, set->cb_ids, set->cb_codings);
	return AT_STATUS_OK;
}

static enum at_status cscb_write(struct at_channel *at, const struct at_val *val)
{
	struct sms_settings set = *cmd_sms_set_of(at);

	set.cb_mode = (int)val[0].num;
	if (val[1].given)
		str_copy(set.cb_ids, sizeof(set.cb_ids), val[1].str);
	if (val[2].given)
		str_copy(set.cb_codings, sizeof(set.cb_codings), val[2].str);
	return configure(at, &set);
}

const struct at_cmd cmd_sms_set[] = {
	{ "+CSMS", AT_ARGS(bit_args), .read = csms_read, .write = csms_write, .needs = CMD_NEEDS_SMS,
	  .source = "M3 9.2" },
	{ "+CPMS", AT_ARGS(mem_args), .read = cpms_read, .test = cpms_test, .write = cpms_write,
	  .needs = CMD_NEEDS_SMS | CMD_NEEDS_MESSAGES, .source = "M3 9.2.2" },
	{ "+CMGF", AT_ARGS(bit_args), .exec = cmgf_write, .read = cmgf_read, .write = cmgf_write,
	  .needs = CMD_NEEDS_SMS, .source = "M3 9.2" },
	{ "+CSCA", AT_ARGS(centre_args), .read = csca_read, .test = cmd_sms_ok, .write = csca_write,
	  .needs = CMD_NEEDS_SMS, .source = "M3 9.2" },
	{ "+CSCB", AT_ARGS(broadcast_args), .read = cscb_read, .write = cscb_write, .needs = CMD_NEEDS_SMS,
	  .source = "M3 9.2" },
	{ "+CSMP", AT_ARGS(param_args), .read = csmp_read, .test = cmd_sms_ok, .write = csmp_write,
	  .needs = CMD_NEEDS_SMS, .source = "M3 9.2" },
	{ "+CSDH", AT_ARGS(bit_args), .exec = csdh_write, .read = csdh_read, .write = csdh_write,
	  .needs = CMD_NEEDS_SMS, .source = "M3 9.2" },
	{ "+CNMI", AT_ARGS(tell_args), .exec = cnmi_exec, .read = cnmi_read, .test = cnmi_test, .write = cnmi_write,
	  .needs = CMD_NEEDS_SMS, .source = "M3 9.2.9" },
	{ "+CGSMS", AT_ARGS(gsms_args), .read = cgsms_read, .write = cgsms_write, .needs = CMD_NEEDS_SMS,
	  .source = "M3 9.2" },
	{ "+CMVP", AT_ARGS(octet_args), .read = cmvp_read, .write = cmvp_write, .needs = CMD_NEEDS_SMS,
	  .source = "M3 9.2" },
	{ "+CSCS", AT_ARGS(charset_args), .exec = cscs_write, .read = cscs_read, .test = cscs_test, .write = cscs_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 2.2.32" },
	{ 0 },
};
