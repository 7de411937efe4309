/*
 * AT+CCHSEND, AT+CCHRECV and the transparent line of session 0. No state here: which session a prompt is for travels in
 * its tag, and whether the host is in the line the channel knows. Facts at-ssl-mqtt 10; at-general 2 (ATO, +++).
 */
#include "cmd/cmd_cch.h"

#include <stdint.h>

enum { READ_ZERO = 2048 }; /* what a maximum of 0 means */

static const struct at_arg send_args[] = {
	{ "session_id", AT_ARG_INT, 0, 1, .range_text = "(0,1)" },
	{ "len", AT_ARG_INT, 1, 2048, .max_quirk = QUIRK_ID_cch_send_max },
};

static enum at_status send_read(struct at_channel *at, const struct at_val *val)
{
	const struct cch *c = cch_of(at);

	(void)val;
	at_info(at, "+CCHSEND: 0,%zu,1,%zu", cch_unsent(c, 0), cch_unsent(c, 1));
	return AT_STATUS_OK;
}

static enum at_status entered(struct at_channel *at, const char *data, size_t n, int tag)
{
	return cmd_cch_answer(cch_send(cch_of(at), tag - CMD_TAG_CCH_ENTRY, data, n));
}

static enum at_status send_write(struct at_channel *at, const struct at_val *val)
{
	int session = (int)val[0].num;

	if (cch_may_send(cch_of(at), session))
		return AT_STATUS_ERROR;
	return at_prompt(at, AT_PROMPT_LENGTH, (size_t)val[1].num, entered, CMD_TAG_CCH_ENTRY + session);
}

static const struct at_arg recv_args[] = {
	{ "session_id", AT_ARG_INT, 0, 1, .range_text = "(0,1)" },
	{ "max_recv_len", AT_ARG_INT, 0, 2048, .optional = true, .max_quirk = QUIRK_ID_cch_recv_max },
};

static enum at_status recv_read(struct at_channel *at, const struct at_val *val)
{
	const struct cch *c = cch_of(at);

	(void)val;
	at_info(at, "+CCHRECV: LEN,%zu,%zu", cch_cached(c, 0), cch_cached(c, 1));
	return AT_STATUS_OK;
}

static enum at_status recv_write(struct at_channel *at, const struct at_val *val)
{
	size_t max = !val[1].given ? SIZE_MAX : val[1].num ? (size_t)val[1].num : READ_ZERO;
	int session = (int)val[0].num;
	enum cch_err err = cch_read(cch_of(at), session, max);

	return err ? at_fail(at, "+CCHRECV: %d,%d", session, cch_read_code(cch_of(at), err)) : AT_STATUS_OK;
}

const struct at_cmd cmd_cch_data[] = {
	{ "+CCHSEND", AT_ARGS(send_args), .read = send_read, .write = send_write, .refuse = cmd_cch_refuse,
	  .source = "M3 10.2" },
	{ "+CCHRECV", AT_ARGS(recv_args), .read = recv_read, .write = recv_write, .refuse = cmd_cch_refuse,
	  .source = "M3 10.2" },
	{ 0 },
};
