/* ATA, ATH, AT+CHUP, +CHLD, +CLCC, +VTS, +CEER: calls that are there. M3 2.2.3, 2.2.7 and 5, 27.007 7. */
#include "cmd/cmd_voice.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "cmd/cmd_charset.h"
#include "cmd/cmd_sms.h"
#include "modem/phonebook.h"

struct voice *cmd_voice_of(const struct at_channel *at)
{
	return cmd_modem(at)->voice;
}

static enum at_status no_call(struct at_channel *at, const char *want)
{
	return cmd_cme(at, CMD_CME_NOT_ALLOWED, "there is no call %s (AT+CLCC)", want);
}

/* --- taking and ending ------------------------------------------------------------------------------------------- */

static enum at_status answer_exec(struct at_channel *at, const struct at_val *val)
{
	struct why why = { 0 };

	(void)val;
	if (!voice_answer(cmd_voice_of(at)))
		return AT_STATUS_OK;
	why_add(&why, "state", "nobody calls");
	trace_why(cmd_modem(at)->trace, "dial", AT_RESULT_NO_CARRIER, "NO CARRIER", &why);
	return at_result(at, AT_RESULT_NO_CARRIER, NULL);
}

static const struct at_arg hook_args[] = { { "value", AT_ARG_INT, 0, 1, .optional = true } };

/* A data call always ends; AT+CVHU=1 leaves voice calls alone. OK without any. */
static enum at_status hook_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_data_hangup(at);
	if (cmd_voice_of(at)->boot.set.hook)
		voice_hang_up_all(cmd_voice_of(at), VOICE_ANY);
	return AT_STATUS_OK;
}

static enum at_status chup_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	voice_hang_up_all(cmd_voice_of(at), VOICE_ANY);
	return AT_STATUS_OK;
}

/* --- several at once --------------------------------------------------------------------------------------------- */

static const struct at_arg chld_args[] = { { "n", AT_ARG_STR, 1, 2 } };

static enum at_status chld_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CHLD: (0,1,1x,2,2x,3,4)");
	return AT_STATUS_OK;
}

static int release_one(struct voice *v, struct voice_call *c)
{
	if (!c)
		return -ENOENT;
	voice_hang_up(v, c);
	return 0;
}

static enum at_status hold(struct at_channel *at, int n, struct voice_call *c, bool numbered)
{
	static int (*const whole[])(struct voice * v) = { voice_release_held, voice_release_active, voice_swap,
							  voice_join, voice_transfer };
	static int (*const one[])(struct voice * v,
				  struct voice_call * c) = { [1] = release_one, [2] = voice_hold_except };
	int err = numbered ? one[n](cmd_voice_of(at), c) : whole[n](cmd_voice_of(at));

	return err ? no_call(at, "to do that with") : AT_STATUS_OK;
}

static enum at_status chld_write(struct at_channel *at, const struct at_val *val)
{
	int n = val[0].str[0] - '0', id = val[0].len == 2 ? val[0].str[1] - '0' : 0;
	bool numbered = val[0].len == 2;

	if (n < 0 || n > 4 || (numbered && (n < 1 || n > 2 || id < 1 || id > VOICE_CALLS)))
		return cmd_error(at, "%s is none of 0, 1, 1x, 2, 2x, 3, 4", val[0].str);
	return hold(at, n, voice_call(cmd_voice_of(at), id), numbered);
}

static enum at_status chld_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return hold(at, 2, NULL, false);
}

/* --- the list ---------------------------------------------------------------------------------------------------- */

static int number_type(const struct at_channel *at, const struct voice_call *c)
{
	if (*c->number == '+' || !c->incoming)
		return pb_type(c->number);
	return (int)at_profile(at)->q.voice_caller_type;
}

bool cmd_voice_add_name(const struct at_channel *at, const struct voice_call *c, struct buf *out)
{
	const char *name = pb_name(cmd_modem(at)->pb, c->number);

	if (!name)
		return false;
	buf_adds(out, ",\"");
	cmd_charset_add(at, name, out);
	buf_addc(out, '"');
	return true;
}

void cmd_voice_add_number(const struct at_channel *at, const struct voice_call *c, struct buf *out)
{
	buf_addf(out, "\"%s\",%d", c->number, number_type(at, c));
}

void cmd_voice_add_call(const struct at_channel *at, const struct voice_call *c, struct buf *out)
{
	buf_addf(out, "+CLCC: %d,%d,%d,0,%d,", voice_id(c), c->incoming, (int)c->state, c->party);
	cmd_voice_add_number(at, c, out);
	if (!cmd_voice_add_name(at, c, out) && at_profile(at)->q.voice_list_name == QUIRK_voice_list_name_always)
		buf_adds(out, ",\"\"");
}

static enum at_status clcc_exec(struct at_channel *at, const struct at_val *val)
{
	struct buf lines;

	(void)val;
	buf_init(&lines, 4096);
	for (int i = 1; i <= VOICE_CALLS; i++) {
		const struct voice_call *c = voice_call(cmd_voice_of(at), i);

		if (!c)
			continue;
		if (lines.len)
			buf_adds(&lines, "\r\n");
		cmd_voice_add_call(at, c, &lines);
	}
	if (lines.len)
		cmd_sms_write(at, &lines);
	buf_free(&lines);
	return AT_STATUS_OK;
}

static const struct at_arg clcc_args[] = { { "n", AT_ARG_INT, 0, 1 } };

static enum at_status clcc_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CLCC: %d", cmd_voice_of(at)->boot.set.list);
	return AT_STATUS_OK;
}

static enum at_status clcc_write(struct at_channel *at, const struct at_val *val)
{
	struct voice_settings set = cmd_voice_of(at)->boot.set;

	set.list = val[0].num == 1;
	return cmd_voice_configure(at, &set);
}

static enum at_status ceer_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CEER: %s", voice_end_text(cmd_voice_of(at)->boot.last_end));
	return AT_STATUS_OK;
}

/* --- tones ------------------------------------------------------------------------------------------------------- */

enum { TONES_TEXT_MAX = 58 }; /* 29 of them with commas between */

static const struct at_arg vts_args[] = {
	{ "dtmf", AT_ARG_STR, 1, TONES_TEXT_MAX },
	{ "duration", AT_ARG_INT, 0, 255, .optional = true },
};

static enum at_status vts_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+VTS: (0-9,*,#,A,B,C,D)");
	return AT_STATUS_OK;
}

/* One, or several with commas between: "1,3,5". false: something else. */
static bool take_tones(const struct at_val *v, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < v->len; i++) {
		if (i % 2 ? v->str[i] != ',' : !strchr("0123456789*#ABCDabcd", v->str[i]))
			return false;
		if (i % 2 == 0)
			out[n++] = v->str[i];
	}
	out[n] = '\0';
	return v->len % 2 == 1;
}

static enum at_status vts_write(struct at_channel *at, const struct at_val *val)
{
	char tones[TONES_TEXT_MAX / 2 + 2];

	if (!take_tones(&val[0], tones))
		return cmd_error(at, "%s is no tone, or several without commas between", val[0].str);
	if (voice_tones(cmd_voice_of(at), tones))
		return cmd_error(at, "there is no active call to send tones to (AT+CLCC)");
	return AT_STATUS_OK;
}

const struct at_cmd cmd_voice[] = {
	{ "A", .exec = answer_exec, .source = "M3 2.2.3" },
	{ "H", AT_ARGS(hook_args), .exec = hook_exec, .source = "M3 2.2.7" },
	{ "+CHUP", .exec = chup_exec, .source = "M3 5.2.2" },
	{ "+CHLD", AT_ARGS(chld_args), .exec = chld_exec, .test = chld_test, .write = chld_write,
	  .needs = CMD_NEEDS_SIM, .source = "M3 5.2" },
	{ "+CLCC", AT_ARGS(clcc_args), .exec = clcc_exec, .read = clcc_read, .write = clcc_write, .source = "M3 5.2" },
	{ "+CEER", .exec = ceer_exec, .source = "M3 5.2, M1 17.2" },
	{ "+VTS", AT_ARGS(vts_args), .test = vts_test, .write = vts_write, .source = "M3 5.2" },
	{ 0 },
};
