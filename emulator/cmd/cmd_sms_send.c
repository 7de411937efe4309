/*
 * AT+CMGS, +CMGSEX, +CMGW, +CMSS and +CNMA. What is entered at the prompt is text or octets, as AT+CMGF says.
 * M3 9.2.13, at-general 11.
 */
#include "cmd/cmd_sms.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

enum entry { ENTRY_SEND, ENTRY_STORE, ENTRY_ACK };

enum { SEND_ARG_ADDRESS, SEND_ARG_TYPE, PART_HEADER = 6 };

static const struct at_arg send_args[] = {
	{ "da", AT_ARG_STR, 1, 4 * (SMS_DIGITS_MAX + 1) },
	{ "toda", AT_ARG_INT, 128, 255, .optional = true },
};
static const struct at_arg part_args[] = {
	{ "da", AT_ARG_STR, 1, 4 * (SMS_DIGITS_MAX + 1) },     { "toda", AT_ARG_INT, 0, 255, .optional = true },
	{ "mr", AT_ARG_INT, 0, 255, .optional = true },	       { "msg_seg", AT_ARG_INT, 0, 255, .optional = true },
	{ "msg_total", AT_ARG_INT, 1, 255, .optional = true },
};
static const struct at_arg store_args[] = {
	{ "da", AT_ARG_STR, 1, 4 * (SMS_DIGITS_MAX + 1), .optional = true },
	{ "toda", AT_ARG_INT, 0, 255, .optional = true },
	{ "stat", AT_ARG_STR, 1, 12, .optional = true },
};
static const struct at_arg stored_args[] = {
	{ "index", AT_ARG_INT, 0, 2 * SMS_SLOTS_MAX },
	{ "da", AT_ARG_STR, 1, 4 * (SMS_DIGITS_MAX + 1), .optional = true },
	{ "toda", AT_ARG_INT, 128, 255, .optional = true },
};
static const struct at_arg ack_args[] = {
	{ "n", AT_ARG_INT, 0, 2 },
	{ "length", AT_ARG_INT, 0, SMS_TPDU_MAX, .optional = true },
};

static struct sms_draft *draft(const struct at_channel *at)
{
	return &cmd_sms_of(at)->boot.draft[cmd_sms_owner(at)];
}

/* --- what was entered -------------------------------------------------------------------------------------------- */

/* Text mode: 0 or a CMS code with *why. */
static int text_unit(struct at_channel *at, const char *data, size_t n, struct sms_tpdu *t, const char **why)
{
	const struct sms_settings *set = cmd_sms_set_of(at);
	const struct sms_draft *d = draft(at);
	uint8_t header[PART_HEADER] = { PART_HEADER - 1, 0, 3, d->part[0], d->part[2], d->part[1] };
	uint8_t octets[SMS_TPDU_MAX];
	size_t header_len = d->part[2] ? PART_HEADER : 0;
	struct sms_tpdu check;
	int code;

	*t = (struct sms_tpdu){ .type = SMS_TYPE_SUBMIT,
				.fo = (uint8_t)set->fo,
				.address = d->address,
				.pid = (uint8_t)set->pid,
				.dcs = (uint8_t)set->dcs };
	memcpy(t->vp, set->vp, sizeof(t->vp));
	if (header_len)
		t->fo |= SMS_FO_HEADER;
	code = cmd_sms_body(at, t, header, header_len, data, n, why);
	if (code)
		return code;
	*why = sms_tpdu_parse(octets, sms_tpdu_build(t, octets), true, &check);
	return *why ? CMD_CMS_TEXT : 0;
}

/* PDU mode: the centre's address into *centre. from_network: what AT+CMGW stores as received. */
static int pdu_unit(const struct sms_draft *d, const char *data, size_t n, bool from_network,
		    struct sms_address *centre, struct sms_tpdu *t, const char **why)
{
	uint8_t pdu[SMS_PDU_MAX];
	long len = cmd_sms_unhex(data, n, pdu, sizeof(pdu));
	size_t sca;

	*why = "it is not hex, or longer than any message";
	if (len < 0)
		return CMD_CMS_PDU;
	sca = sms_sca_parse(pdu, (size_t)len, centre);
	*why = "the centre's address is broken";
	if (!sca)
		return CMD_CMS_PDU;
	*why = "its length is not what the command said";
	if ((size_t)len - sca != d->length)
		return CMD_CMS_PDU;
	*why = sms_tpdu_parse(pdu + sca, (size_t)len - sca, !from_network, t);
	return *why ? CMD_CMS_PDU : 0;
}

static int entered(struct at_channel *at, const char *data, size_t n, struct sms_address *centre, struct sms_tpdu *t,
		   const char **why)
{
	const struct sms_draft *d = draft(at);

	*centre = (struct sms_address){ 0 };
	if (!d->length)
		return text_unit(at, data, n, t, why);
	return pdu_unit(d, data, n, d->stat == SMS_UNREAD || d->stat == SMS_READ, centre, t, why);
}

static enum at_status send_entered(struct at_channel *at, const struct sms_address *centre, struct sms_tpdu *t)
{
	struct sms *s = cmd_sms_of(at);
	const struct sms_draft *d = draft(at);

	/* The segments of a long message count on from its reference (example of M3). */
	t->mr = d->part[2] ? (uint8_t)(d->part[0] + d->part[1] - 1) : sms_next_mr(s);
	sms_send(s, cmd_sms_owner(at), centre, t);
	return at_wait(at, CMD_TAG_SMS + (int)cmd_sms_owner(at));
}

static enum at_status store_entered(struct at_channel *at, const struct sms_address *centre, const struct sms_tpdu *t)
{
	struct sms *s = cmd_sms_of(at);
	const struct sms_address *own = draft(at)->length ? centre : &s->nv.centre;
	enum sms_mem mem = cmd_sms_set_of(at)->mem[1];
	uint8_t pdu[SMS_PDU_MAX];
	size_t len = sms_sca_build(own, pdu);
	int index;

	len += sms_tpdu_build(t, pdu + len);
	index = sms_put(s, mem, draft(at)->stat, pdu, len);
	if (index == -ENOSPC)
		return cmd_sms_fail(at, CMD_CMS_FULL, "%s has no free place", cmd_sms_mem_name(mem));
	if (index < 0)
		return cmd_sms_fail(at, CMD_CMS_MEMORY_FAILURE, "the disk does not take the message");
	at_info(at, "+CMGW: %d", index);
	return AT_STATUS_OK;
}

/* The unit that comes with an acknowledgement has nothing to say to the modelled network. */
static enum at_status acknowledge(struct at_channel *at, bool refused)
{
	if (sms_acknowledge(cmd_sms_of(at), refused))
		return AT_STATUS_OK;
	return cmd_sms_fail(at, CMD_CMS_NO_ACK, "no message waits for it");
}

static enum at_status on_entry(struct at_channel *at, const char *data, size_t n, int tag)
{
	enum entry kind = (enum entry)(tag - CMD_TAG_SMS_ENTRY);
	struct sms_address centre;
	struct sms_tpdu t;
	const char *why;
	int code;

	if (!data)
		return AT_STATUS_OK;
	if (kind == ENTRY_ACK)
		return acknowledge(at, draft(at)->stat == SMS_UNSENT);
	code = entered(at, data, n, &centre, &t, &why);
	if (code)
		return cmd_sms_fail(at, code, "the message cannot be used: %s", why);
	return kind == ENTRY_SEND ? send_entered(at, &centre, &t) : store_entered(at, &centre, &t);
}

static enum at_status ask(struct at_channel *at, enum entry kind)
{
	return at_prompt(at, AT_PROMPT_CTRL_Z, 0, on_entry, CMD_TAG_SMS_ENTRY + (int)kind);
}

/* --- commands ---------------------------------------------------------------------------------------------------- */

/* Whom it is for (text mode), or how long it is (PDU mode). false: neither. */
static bool begin(struct at_channel *at, const struct at_val *to, const struct at_val *type)
{
	const struct sms_settings *set = cmd_sms_set_of(at);
	struct sms_draft *d = draft(at);
	long long length;

	*d = (struct sms_draft){ .stat = SMS_UNSENT };
	if (set->text_mode)
		return cmd_sms_address(set, to, type, &d->address);
	if (to->quoted || str_to_num(to->str, to->len, 1, SMS_TPDU_MAX, &length))
		return false;
	d->length = (size_t)length;
	return true;
}

static enum at_status bad_begin(struct at_channel *at, const struct at_val *to)
{
	return cmd_sms_error(at,
			     cmd_sms_set_of(at)->text_mode ? "%.60s is no number to send to (text mode)"
							   : "%.60s is no length of a message (PDU mode)",
			     to->str);
}

static enum at_status cmgs_write(struct at_channel *at, const struct at_val *val)
{
	if (!begin(at, &val[SEND_ARG_ADDRESS], &val[SEND_ARG_TYPE]))
		return bad_begin(at, &val[SEND_ARG_ADDRESS]);
	return ask(at, ENTRY_SEND);
}

/* <da>[,<toda>][,<mr>,<seg>,<total>]: three numbers are the last three. */
static enum at_status cmgsex_write(struct at_channel *at, const struct at_val *val)
{
	bool has_type = val[4].given || !val[2].given;
	const struct at_val *part = has_type ? &val[2] : &val[1];

	if (!cmd_sms_set_of(at)->text_mode || !begin(at, &val[0], has_type ? &val[1] : NULL))
		return cmd_sms_error(at, "%s wants text mode and a number to send to", at_command(at)->name);
	if (!part[0].given)
		return ask(at, ENTRY_SEND);
	if (!part[1].given || !part[2].given || !part[1].num || part[1].num > part[2].num)
		return cmd_sms_error(at, "reference, segment and total do not fit together");
	for (int i = 0; i < 3; i++)
		draft(at)->part[i] = (uint8_t)part[i].num;
	return ask(at, ENTRY_SEND);
}

/* What is stored as received is for a PDU alone: a text would lack its time [guess]. */
static bool stat_fits(const struct at_channel *at, int stat)
{
	return stat >= 0 && stat < SMS_STATS && (!cmd_sms_set_of(at)->text_mode || stat >= SMS_UNSENT);
}

/* Text: [<da>[,<toda>[,<stat>]]]; PDU: <length>[,<stat>]. */
static enum at_status cmgw_write(struct at_channel *at, const struct at_val *val)
{
	const struct sms_settings *set = cmd_sms_set_of(at);
	const struct at_val *stat = set->text_mode ? &val[2] : &val[1];
	int state = SMS_UNSENT;

	if (!begin(at, &val[0], set->text_mode ? &val[1] : NULL))
		return bad_begin(at, &val[0]);
	if (stat->given)
		state = set->text_mode ? cmd_sms_stat(set, stat) : (int)stat->num;
	if (!stat_fits(at, state))
		return cmd_sms_error(at, "a message cannot be stored in that state");
	draft(at)->stat = (enum sms_stat)state;
	return ask(at, ENTRY_STORE);
}

/* Without a number: it can be given to AT+CMSS. */
static enum at_status cmgw_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	if (!cmd_sms_set_of(at)->text_mode)
		return cmd_sms_error(at, "PDU mode wants the message's length");
	*draft(at) = (struct sms_draft){ .stat = SMS_UNSENT, .address = { .type = SMS_TYPE_UNKNOWN } };
	return ask(at, ENTRY_STORE);
}

static enum at_status cmss_write(struct at_channel *at, const struct at_val *val)
{
	struct sms *s = cmd_sms_of(at);
	enum sms_mem mem = cmd_sms_set_of(at)->mem[1];
	const struct sms_message *msg = sms_get(s, mem, (int)val[0].num);
	struct sms_address centre;
	struct sms_tpdu t;

	if (!msg)
		return cmd_sms_fail(at, CMD_CMS_INDEX, "%s has no message %lld", cmd_sms_mem_name(mem), val[0].num);
	if (msg->stat != SMS_UNSENT && msg->stat != SMS_SENT)
		return cmd_sms_fail(at, CMD_CMS_NOT_ALLOWED, "message %lld was received, not written", val[0].num);
	sms_parse(msg, &centre, &t);
	if (val[1].given && !cmd_sms_address(cmd_sms_set_of(at), &val[1], &val[2], &t.address))
		return cmd_sms_error(at, "%.60s is no number to send to", val[1].str);
	if (!*t.address.text)
		return cmd_sms_error(at, "message %lld has no number, and the command gives none", val[0].num);
	t.mr = sms_next_mr(s);
	sms_send_stored(s, cmd_sms_owner(at), &centre, &t, mem, (int)val[0].num);
	return at_wait(at, CMD_TAG_SMS + (int)cmd_sms_owner(at));
}

static enum at_status cnma_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return acknowledge(at, false);
}

/* <n> 2: the host could not take it. The unit of <length> octets that may follow is asked for. */
static enum at_status cnma_write(struct at_channel *at, const struct at_val *val)
{
	if (cmd_sms_set_of(at)->text_mode)
		return cmd_sms_error(at, "parameters are for PDU mode");
	if (!val[1].given || !val[1].num)
		return acknowledge(at, val[0].num == 2);
	*draft(at) =
		(struct sms_draft){ .stat = val[0].num == 2 ? SMS_UNSENT : SMS_READ, .length = (size_t)val[1].num };
	return ask(at, ENTRY_ACK);
}

static enum at_status cnma_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	if (!cmd_sms_set_of(at)->text_mode)
		at_info(at, "+CNMA: (0-2)");
	return AT_STATUS_OK;
}

enum { NEEDS = CMD_NEEDS_SMS | CMD_NEEDS_MESSAGES };

const struct at_cmd cmd_sms_send[] = {
	{ "+CMGS", AT_ARGS(send_args), .test = cmd_sms_ok, .write = cmgs_write, .needs = NEEDS, .source = "M3 9.2.13" },
	{ "+CMGSEX", AT_ARGS(part_args), .test = cmd_sms_ok, .write = cmgsex_write, .needs = NEEDS,
	  .source = "M3 9.2" },
	{ "+CMGW", AT_ARGS(store_args), .exec = cmgw_exec, .test = cmd_sms_ok, .write = cmgw_write, .needs = NEEDS,
	  .source = "M3 9.2" },
	{ "+CMSS", AT_ARGS(stored_args), .test = cmd_sms_ok, .write = cmss_write, .needs = NEEDS, .source = "M3 9.2" },
	{ "+CNMA", AT_ARGS(ack_args), .exec = cnma_exec, .test = cnma_test, .write = cnma_write, .needs = NEEDS,
	  .source = "M3 9.2" },
	{ 0 },
};
