/* AT+CMGR, +CMGL, +CMGD, +CMGRD, +CMGMT: stored messages. M3 9.2, at-general 11. */
#include "cmd/cmd_sms.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "modem/sim.h"

enum { LIST_MAX_BYTES = 200 * 1024, DELETE_ALL = 4, INDEX_MAX = 2 * SMS_SLOTS_MAX };

struct sms *cmd_sms_of(const struct at_channel *at)
{
	return cmd_modem(at)->sms;
}

const struct sms_settings *cmd_sms_set_of(const struct at_channel *at)
{
	return &cmd_sms_of(at)->boot.set;
}

_Static_assert((int)CMD_CHANNELS_MAX <= (int)SMS_OWNERS, "each channel can send");

unsigned cmd_sms_owner(const struct at_channel *at)
{
	const struct cmd_host *h = cmd_host(at);
	unsigned i = 0;

	while (i + 1 < h->n && h->channel[i] != at)
		i++;
	return i;
}

static void explain(struct at_channel *at, int code, const char *fmt, va_list ap)
{
	const char *meaning = code > 0 ? at_cms_text(code) : "refused without a code";
	struct why why = { 0 };
	char text[160];

	vsnprintf(text, sizeof(text), fmt, ap);
	why_add(&why, "state", "%s", text);
	trace_why(cmd_modem(at)->trace, "cms", code, meaning ? meaning : "", &why);
}

enum at_status cmd_sms_fail(struct at_channel *at, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	explain(at, code, fmt, ap);
	va_end(ap);
	return at_cms(at, code);
}

enum at_status cmd_sms_error(struct at_channel *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	explain(at, -1, fmt, ap);
	va_end(ap);
	return AT_STATUS_ERROR;
}

enum at_status cmd_sms_ok(struct at_channel *at, const struct at_val *val)
{
	(void)at;
	(void)val;
	return AT_STATUS_OK;
}

/* --- the SIM ----------------------------------------------------------------------------------------------------- */

static enum at_status sim_error(struct at_channel *at, enum sim_err err)
{
	static const struct {
		enum sim_err err;
		int code;
		const char *text;
	} rows[] = {
		{ SIM_ERR_PIN, CMD_CMS_SIM_PIN, "the SIM waits for its PIN" },
		{ SIM_ERR_PUK, CMD_CMS_SIM_PUK, "the PIN is blocked, the SIM waits for its PUK" },
		{ SIM_ERR_BUSY, CMD_CMS_SIM_BUSY, "the SIM is still being read" },
		{ SIM_ERR_FAILURE, CMD_CMS_SIM_FAILURE, "the SIM does not work" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].err == err)
			return cmd_sms_fail(at, rows[i].code, "%s", rows[i].text);
	}
	return cmd_sms_fail(at, CMD_CMS_NO_SIM, "the SIM is %s", sim_state_name(cmd_modem(at)->sim));
}

enum at_status cmd_sms_check(struct at_channel *at)
{
	enum sim_err err = sim_check(cmd_modem(at)->sim);

	if (!err)
		return AT_STATUS_OK;
	if (at_profile(at)->q.sms_sim_error == QUIRK_sms_sim_error_cme)
		return cmd_sim_error(at, err);
	return sim_error(at, err);
}

enum at_status cmd_sms_check_read(struct at_channel *at)
{
	if (cmd_modem(at)->sim->boot.sms_done)
		return AT_STATUS_OK;
	return cmd_sms_fail(at, CMD_CMS_SIM_BUSY, "the SIM's messages are still being read (before SMS DONE)");
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static const struct at_arg index_args[] = { { "index", AT_ARG_INT, 0, INDEX_MAX } };
static const struct at_arg list_args[] = { { "stat", AT_ARG_STR, 1, 12 } };

static enum sms_mem read_mem(const struct at_channel *at)
{
	return cmd_sms_set_of(at)->mem[0];
}

/* Seen by the host: a new message is old from now on. */
static void mark_read(struct at_channel *at, int index, const struct sms_message *msg)
{
	if (msg->stat == SMS_UNREAD)
		sms_set_stat(cmd_sms_of(at), read_mem(at), index, SMS_READ);
}

static enum at_status no_message(struct at_channel *at, int index)
{
	return cmd_sms_fail(at, CMD_CMS_INDEX, "%s has no message %d", cmd_sms_mem_name(read_mem(at)), index);
}

static enum at_status read_one(struct at_channel *at, int index)
{
	const struct sms_message *msg = sms_get(cmd_sms_of(at), read_mem(at), index);
	struct buf lines;

	if (!msg)
		return no_message(at, index);
	buf_init(&lines, 4096);
	cmd_sms_add_read(&lines, at, msg);
	cmd_sms_write(at, &lines);
	buf_free(&lines);
	mark_read(at, index, msg);
	return AT_STATUS_OK;
}

static enum at_status cmgr_write(struct at_channel *at, const struct at_val *val)
{
	return read_one(at, (int)val[0].num);
}

static enum at_status cmgrd_write(struct at_channel *at, const struct at_val *val)
{
	enum at_status status = read_one(at, (int)val[0].num);

	if (status == AT_STATUS_OK)
		sms_delete(cmd_sms_of(at), read_mem(at), (int)val[0].num);
	return status;
}

static enum at_status cmgmt_write(struct at_channel *at, const struct at_val *val)
{
	const struct sms_message *msg = sms_get(cmd_sms_of(at), read_mem(at), (int)val[0].num);

	if (!msg)
		return no_message(at, (int)val[0].num);
	mark_read(at, (int)val[0].num, msg);
	return AT_STATUS_OK;
}

/* stat SMS_STATS: all. */
static enum at_status list(struct at_channel *at, int stat)
{
	struct sms *s = cmd_sms_of(at);
	struct buf lines;

	buf_init(&lines, LIST_MAX_BYTES);
	for (int i = 0; i < sms_slots(s, read_mem(at)); i++) {
		const struct sms_message *msg = sms_get(s, read_mem(at), i);

		if (!msg || (stat != SMS_STATS && (int)msg->stat != stat))
			continue;
		if (lines.len)
			buf_adds(&lines, "\r\n");
		cmd_sms_add_list(&lines, at, i, msg);
		mark_read(at, i, msg);
	}
	if (lines.len)
		cmd_sms_write(at, &lines);
	buf_free(&lines);
	return AT_STATUS_OK;
}

static enum at_status cmgl_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return list(at, SMS_UNREAD);
}

static enum at_status cmgl_write(struct at_channel *at, const struct at_val *val)
{
	int stat = cmd_sms_stat(cmd_sms_set_of(at), &val[0]);

	if (stat < 0)
		return cmd_sms_error(at, "%s is no state in %s mode", val[0].str,
				     cmd_sms_set_of(at)->text_mode ? "text" : "PDU");
	return list(at, stat);
}

static enum at_status cmgl_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, cmd_sms_set_of(at)->text_mode
			    ? "+CMGL: (\"REC UNREAD\",\"REC READ\",\"STO UNSENT\",\"STO SENT\",\"ALL\")"
			    : "+CMGL: (0-4)");
	return AT_STATUS_OK;
}

/* --- deleting ---------------------------------------------------------------------------------------------------- */

static const struct at_arg cmgd_args[] = {
	{ "index", AT_ARG_INT, 0, INDEX_MAX, .optional = true },
	{ "delflag", AT_ARG_INT, 0, DELETE_ALL, .optional = true },
};

static enum at_status cmgd_test(struct at_channel *at, const struct at_val *val)
{
	struct sms *s = cmd_sms_of(at);
	struct buf line;

	(void)val;
	buf_init(&line, 4096);
	for (int i = 0; i < sms_slots(s, read_mem(at)); i++) {
		if (sms_get(s, read_mem(at), i))
			buf_addf(&line, line.len ? ",%d" : "%d", i);
	}
	at_info(at, "+CMGD: (%s),(0-4)", buf_str(&line));
	buf_free(&line);
	return AT_STATUS_OK;
}

/* An empty place is deleted without a word, a place that does not exist is not [guess]. */
static enum at_status cmgd_write(struct at_channel *at, const struct at_val *val)
{
	static const unsigned stats[] = {
		[1] = 1 << SMS_READ,
		[2] = 1 << SMS_READ | 1 << SMS_SENT,
		[3] = 1 << SMS_READ | 1 << SMS_SENT | 1 << SMS_UNSENT,
		[DELETE_ALL] = 1 << SMS_READ | 1 << SMS_SENT | 1 << SMS_UNSENT | 1 << SMS_UNREAD,
	};
	struct sms *s = cmd_sms_of(at);

	if (val[1].given && val[1].num) {
		sms_delete_all(s, read_mem(at), stats[val[1].num]);
		return AT_STATUS_OK;
	}
	if (!val[0].given)
		return cmd_sms_error(at, "neither an index nor a delflag");
	if (val[0].num >= sms_slots(s, read_mem(at)))
		return cmd_sms_fail(at, CMD_CMS_INDEX, "%s has %d places, %lld is none of them",
				    cmd_sms_mem_name(read_mem(at)), sms_slots(s, read_mem(at)), val[0].num);
	sms_delete(s, read_mem(at), (int)val[0].num);
	return AT_STATUS_OK;
}

enum { NEEDS = CMD_NEEDS_SMS | CMD_NEEDS_MESSAGES };

const struct at_cmd cmd_sms[] = {
	{ "+CMGR", AT_ARGS(index_args), .test = cmd_sms_ok, .write = cmgr_write, .needs = NEEDS, .source = "M3 9.2" },
	{ "+CMGL", AT_ARGS(list_args), .exec = cmgl_exec, .test = cmgl_test, .write = cmgl_write, .needs = NEEDS,
	  .source = "M3 9.2" },
	{ "+CMGD", AT_ARGS(cmgd_args), .test = cmgd_test, .write = cmgd_write, .needs = NEEDS, .source = "M3 9.2" },
	{ "+CMGRD", AT_ARGS(index_args), .test = cmd_sms_ok, .write = cmgrd_write, .needs = NEEDS, .source = "M3 9.2" },
	{ "+CMGMT", AT_ARGS(index_args), .test = cmd_sms_ok, .write = cmgmt_write, .needs = NEEDS, .source = "M3 9.2" },
	{ 0 },
};
