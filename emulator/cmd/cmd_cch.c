/*
 * AT+CCH*: service, settings, open and close; text in, cch_*() out. Data is cmd_cch_data.c's, what comes back later
 * cmd_cch_event.c's. No state here. Manual V3.00 chapter 10; facts at-ssl-mqtt 2, 10.
 */
#include "cmd/cmd_cch.h"

#include "base/str.h"
#include "modem/pdp.h"

static const struct quirks *quirks(const struct at_channel *at)
{
	return &at_profile(at)->q;
}

enum at_status cmd_cch_answer(enum cch_err err)
{
	return err ? AT_STATUS_ERROR : AT_STATUS_OK;
}

enum at_status cmd_cch_refuse(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	cch_refuse(cch_of(at), CCH_ERR_PARAMETER, "%s: an argument does not fit", at_command(at)->name);
	return AT_STATUS_ERROR;
}

/* An accepted command answers OK now, or stays open for its outcome where the revision puts the line first. */
static enum at_status accepted(struct at_channel *at, bool hold, int tag)
{
	return hold ? cmd_wait(at, tag) : AT_STATUS_OK;
}

/* --- START, STOP, address ---------------------------------------------------------------------------------------- */

static bool start_line_first(const struct at_channel *at)
{
	switch (quirks(at)->cch_start_order) {
	case QUIRK_cch_start_order_ok_first:
		return false;
	case QUIRK_cch_start_order_urc_first:
		return true;
	case QUIRK_cch_start_order_by_network:
		break;
	}
	return cch_network_is_open(cch_of(at));
}

/* A refusal whose code is a quirk; 0 there means ERROR alone. */
static enum at_status refused(struct at_channel *at, long code)
{
	return code ? at_fail(at, "%s: %ld", at_command(at)->name, code) : AT_STATUS_ERROR;
}

static enum at_status start_exec(struct at_channel *at, const struct at_val *val)
{
	bool hold = start_line_first(at), twice = cch_boot(cch_of(at))->service != CCH_SERVICE_STOPPED;

	(void)val;
	if (cch_start(cch_of(at)))
		return refused(at, twice ? quirks(at)->cch_start_twice_code : 0);
	return accepted(at, hold, CMD_TAG_CCH_START);
}

static enum at_status stop_exec(struct at_channel *at, const struct at_val *val)
{
	bool hold = quirks(at)->cch_stop_order == QUIRK_cch_stop_order_urc_first;

	(void)val;
	if (cch_stop(cch_of(at)))
		return refused(at, quirks(at)->cch_stop_twice_code);
	return accepted(at, hold, CMD_TAG_CCH_STOP);
}

static enum at_status addr_exec(struct at_channel *at, const struct at_val *val)
{
	const struct pdp *p = cmd_modem(at)->pdp;
	char address[PDP_ADDRESS_MAX + 1];

	(void)val;
	if (!cch_is_started(cch_of(at)))
		return cmd_cch_answer(cch_refuse(cch_of(at), CCH_ERR_STATE, "the CCH service is not started"));
	at_info(at, "+CCHADDR: %s", pdp_address(p, (int)p->boot.set.cid, address, sizeof(address)));
	return AT_STATUS_OK;
}

static enum at_status state_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return quirks(at)->cch_state ? AT_STATUS_OK : AT_STATUS_ERROR;
}

/* In the manual of 2016 alone; what its numbers 0 to 4 mean it does not say [guess: the order of the states]. */
static enum at_status state_exec(struct at_channel *at, const struct at_val *val)
{
	const struct cch_boot *b = cch_boot(cch_of(at));
	struct why why = { 0 };

	(void)val;
	if (quirks(at)->cch_state) {
		at_info(at, "+CCHSTATE: %d,%d,%d", (int)b->service, (int)b->session[0].state, (int)b->session[1].state);
		return AT_STATUS_OK;
	}
	profile_why(at_profile(at), QUIRK_ID_cch_state, &why, "state", "this revision has no AT+CCHSTATE");
	trace_why(cmd_modem(at)->trace, "cch", CCH_ERR_UNKNOWN, "refused without a code", &why);
	return AT_STATUS_ERROR;
}

/* --- settings ---------------------------------------------------------------------------------------------------- */

#define FLAG(name) { name, AT_ARG_INT, 0, 1, .range_text = "(0,1)" }
#define SESSION FLAG("session_id")

static const struct at_arg set_args[] = {
	FLAG("report_send_result"),
	{ "recv_mode", AT_ARG_INT, 0, 1, .optional = true, .range_text = "(0,1)" },
};

static enum at_status set_read(struct at_channel *at, const struct at_val *val)
{
	const struct cch_settings *set = &cch_boot(cch_of(at))->set;

	(void)val;
	at_info(at, "+CCHSET: %d,%d", set->report, set->manual);
	return AT_STATUS_OK;
}

static enum at_status set_write(struct at_channel *at, const struct at_val *val)
{
	struct cch_settings set = cch_boot(cch_of(at))->set;

	set.report = val[0].num == 1;
	if (val[1].given)
		set.manual = val[1].num == 1;
	return cmd_cch_answer(cch_set(cch_of(at), &set));
}

static const struct at_arg mode_args[] = { FLAG("mode") };

static enum at_status mode_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CCHMODE: %d", cch_boot(cch_of(at))->set.transparent);
	return AT_STATUS_OK;
}

static enum at_status mode_write(struct at_channel *at, const struct at_val *val)
{
	struct cch_settings set = cch_boot(cch_of(at))->set;

	set.transparent = val[0].num == 1;
	return cmd_cch_answer(cch_set(cch_of(at), &set));
}

/* ",3" of a bound session, "," of one that takes the context of its own number. */
static const char *context_text(const struct cch_session_boot *s, char *buf, size_t size)
{
	const char digit[2] = { s->ssl_ctx < 0 ? '\0' : (char)('0' + s->ssl_ctx), '\0' };

	str_copy(buf, size, digit);
	return buf;
}

static const struct at_arg cfg_args[] = {
	{ "tag", AT_ARG_STR, 1, 16 },
	SESSION,
	{ "value", AT_ARG_INT, 0, 150 },
};

static enum at_status cfg_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_row(at, "+CCHCFG: \"sendtimeout\",(0,1),(60-150)");
	at_row(at, "+CCHCFG: \"sslctx\",(0,1),(0-9)");
	return AT_STATUS_OK;
}

static enum at_status cfg_read(struct at_channel *at, const struct at_val *val)
{
	char ctx[4];

	(void)val;
	for (int i = 0; i < CCH_SESSIONS; i++) {
		const struct cch_session_boot *s = &cch_boot(cch_of(at))->session[i];

		at_row(at, "+CCHCFG: %d,%d,%s", i, s->send_timeout_s, context_text(s, ctx, sizeof(ctx)));
	}
	return AT_STATUS_OK;
}

static enum at_status cfg_write(struct at_channel *at, const struct at_val *val)
{
	int session = (int)val[1].num, value = (int)val[2].num;

	if (str_ieq(val[0].str, val[0].len, "sendtimeout") && value >= 60)
		return cmd_cch_answer(cch_set_send_timeout(cch_of(at), session, value));
	if (str_ieq(val[0].str, val[0].len, "sslctx") && value <= 9)
		return cmd_cch_answer(cch_bind_ssl(cch_of(at), session, value));
	return cmd_cch_refuse(at, val);
}

static const struct at_arg sslcfg_args[] = {
	SESSION,
	{ "ssl_ctx_index", AT_ARG_INT, 0, 9 },
};

static enum at_status sslcfg_read(struct at_channel *at, const struct at_val *val)
{
	char ctx[4];

	(void)val;
	for (int i = 0; i < CCH_SESSIONS; i++)
		at_row(at, "+CCHSSLCFG: %d,%s", i, context_text(&cch_boot(cch_of(at))->session[i], ctx, sizeof(ctx)));
	return AT_STATUS_OK;
}

static enum at_status sslcfg_write(struct at_channel *at, const struct at_val *val)
{
	return cmd_cch_answer(cch_bind_ssl(cch_of(at), (int)val[0].num, (int)val[1].num));
}

/* --- OPEN, CLOSE ------------------------------------------------------------------------------------------------- */

enum { TYPE_TCP = 1, TYPE_TLS = 2 };

static const struct at_arg open_args[] = {
	SESSION,
	{ "host", AT_ARG_STR, 1, CCH_HOST_MAX },
	{ "port", AT_ARG_INT, 1, 65535 },
	{ "client_type", AT_ARG_INT, 0, 255, .optional = true },
	{ "bind_port", AT_ARG_INT, 1, 65535, .optional = true },
};

static enum at_status open_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CCHOPEN: (0,1),\"ADDRESS\",(1-65535)[,(1-2)[,(1-65535)]]");
	return AT_STATUS_OK;
}

static enum at_status open_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	for (int i = 0; i < CCH_SESSIONS; i++) {
		const struct cch_peer *peer = cch_connected_to(cch_of(at), i);

		if (!peer)
			at_row(at, "+CCHOPEN: %d,\"\",,,", i);
		else if (peer->local_port)
			at_row(at, "+CCHOPEN: %d,\"%s\",%u,%d,%u", i, peer->host, peer->port,
			       peer->tls ? TYPE_TLS : TYPE_TCP, peer->local_port);
		else
			at_row(at, "+CCHOPEN: %d,\"%s\",%u,%d,", i, peer->host, peer->port,
			       peer->tls ? TYPE_TLS : TYPE_TCP);
	}
	return AT_STATUS_OK;
}

static enum at_status open_write(struct at_channel *at, const struct at_val *val)
{
	int session = (int)val[0].num, type = val[3].given ? (int)val[3].num : TYPE_TLS;
	struct cch_peer peer = { .port = (uint16_t)val[2].num,
				 .local_port = (uint16_t)val[4].num,
				 .tls = type == TYPE_TLS };
	bool line = cch_boot(cch_of(at))->set.transparent;

	if (type != TYPE_TCP && type != TYPE_TLS && !quirks(at)->cch_type_any)
		return cmd_cch_refuse(at, val);
	if (line && at_data_owner(at))
		return cmd_cch_answer(cch_refuse(cch_of(at), CCH_ERR_BUSY, "another call stands on this port (ATO)"));
	str_copy(peer.host, sizeof(peer.host), val[1].str);
	if (cch_open(cch_of(at), session, &peer))
		return AT_STATUS_ERROR;
	/* CONNECT is the command's own result. */
	return accepted(at, line || quirks(at)->cch_open_order == QUIRK_cch_open_order_urc_first,
			CMD_TAG_CCH_OPEN + session);
}

static const struct at_arg session_args[] = { SESSION };

static enum at_status close_write(struct at_channel *at, const struct at_val *val)
{
	bool hold = quirks(at)->cch_close_order == QUIRK_cch_close_order_urc_first && !cch_line_is_open(cch_of(at));
	int session = (int)val[0].num;

	if (cch_close(cch_of(at), session))
		return AT_STATUS_ERROR;
	return accepted(at, hold, CMD_TAG_CCH_CLOSE + session);
}

const struct at_cmd cmd_cch[] = {
	{ "+CCHSTART", .exec = start_exec, .needs = CMD_NEEDS_SIM, .source = "M3 10.2" },
	{ "+CCHSTOP", .exec = stop_exec, .source = "M3 10.2" },
	{ "+CCHADDR", .exec = addr_exec, .source = "M3 10.2" },
	{ "+CCHSTATE", .exec = state_exec, .read = state_exec, .test = state_test, .source = "M1" },
	{ "+CCHSET", AT_ARGS(set_args), .read = set_read, .write = set_write, .refuse = cmd_cch_refuse,
	  .source = "M3 10.2" },
	{ "+CCHMODE", AT_ARGS(mode_args), .read = mode_read, .write = mode_write, .refuse = cmd_cch_refuse,
	  .source = "M3 10.2" },
	{ "+CCHCFG", AT_ARGS(cfg_args), .read = cfg_read, .test = cfg_test, .write = cfg_write,
	  .refuse = cmd_cch_refuse, .source = "M3 10.2" },
	{ "+CCHSSLCFG", AT_ARGS(sslcfg_args), .read = sslcfg_read, .write = sslcfg_write, .refuse = cmd_cch_refuse,
	  .source = "M3 10.2" },
	{ "+CCHOPEN", AT_ARGS(open_args), .read = open_read, .test = open_test, .write = open_write,
	  .refuse = cmd_cch_refuse, .source = "M3 10.2" },
	{ "+CCHCLOSE", AT_ARGS(session_args), .write = close_write, .refuse = cmd_cch_refuse, .source = "M3 10.2" },
	{ 0 },
};
