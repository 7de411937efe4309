/*
 * Settings of the TCP/IP commands: numbers in, numbers out. What they mean is modem/socket.c's, modem/pdp.c's and the
 * text of cmd_cip_event.c. at-general 7.
 */
#include "cmd/cmd_cip.h"

#include "modem/pdp.h"

static struct socket *sockets(const struct at_channel *at)
{
	return cmd_modem(at)->socket;
}

/* --- one number each --------------------------------------------------------------------------------------------- */

static enum at_status set_number(struct at_channel *at, long *member, struct socket_settings *set, long long value)
{
	*member = (long)value;
	socket_set_settings(sockets(at), set);
	return AT_STATUS_OK;
}

/* Read, write and bare form of a setting that is one number; the bare form takes the default. */
#define NUMBER_SETTING(name, text, member, def) \
	static enum at_status name##_read(struct at_channel *at, const struct at_val *val) \
	{ \
		(void)val; \
		at_info(at, text ": %ld", sockets(at)->boot.set.member); \
		return AT_STATUS_OK; \
	} \
	static enum at_status name##_write(struct at_channel *at, const struct at_val *val) \
	{ \
		struct socket_settings set = sockets(at)->boot.set; \
\
		return set_number(at, &set.member, &set, val ? val[0].num : (def)); \
	}

NUMBER_SETTING(cipmode, "+CIPMODE", transparent, 0)
NUMBER_SETTING(cipsendmode, "+CIPSENDMODE", wait_ack, 0)
NUMBER_SETTING(ciphead, "+CIPHEAD", head, 1)
NUMBER_SETTING(cipsrip, "+CIPSRIP", show_remote, 1)

static const struct at_arg flag_args[] = { { "mode", AT_ARG_INT, 0, 1 } };

/* To be set before AT+NETOPEN (M3 11.2); what happens else is not stated. */
static enum at_status cipmode_set(struct at_channel *at, const struct at_val *val)
{
	const struct modem *m = cmd_modem(at);
	long mode = val ? (long)val[0].num : 0;

	if (pdp_net_is_open(m->pdp) && mode != m->socket->boot.set.transparent && !m->profile->q.cipmode_net_open) {
		struct why why = { 0 };

		profile_why(m->profile, QUIRK_ID_cipmode_net_open, &why, "state", "the data network is open");
		trace_why(m->trace, "cip", SOCKET_ERR_NOT_SUPPORTED, "operation not supported", &why);
		return AT_STATUS_ERROR;
	}
	return cipmode_write(at, val);
}

/* --- several numbers --------------------------------------------------------------------------------------------- */

#define CIPTIMEOUT_ROW(n) \
	{ \
		n, AT_ARG_INT, 3000, 120000, .optional = true \
	}
static const struct at_arg ciptimeout_args[] = {
	CIPTIMEOUT_ROW("netopen_ms"),
	CIPTIMEOUT_ROW("cipopen_ms"),
	CIPTIMEOUT_ROW("cipsend_ms"),
};

static enum at_status ciptimeout_read(struct at_channel *at, const struct at_val *val)
{
	const struct socket_settings *set = &sockets(at)->boot.set;

	(void)val;
	at_info(at, "+CIPTIMEOUT: %ld,%ld,%ld", cmd_modem(at)->pdp->boot.set.open_ms, set->open_ms, set->send_ms);
	return AT_STATUS_OK;
}

/* What is left out stays. */
static void take(long *to, const struct at_val *val, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (val[i].given)
			to[i] = (long)val[i].num;
	}
}

static enum at_status ciptimeout_write(struct at_channel *at, const struct at_val *val)
{
	struct socket_settings set = sockets(at)->boot.set;
	struct pdp_settings net = cmd_modem(at)->pdp->boot.set;

	take(&net.open_ms, &val[0], 1);
	take(&set.open_ms, &val[1], 1);
	take(&set.send_ms, &val[2], 1);
	pdp_set_settings(cmd_modem(at)->pdp, &net);
	socket_set_settings(sockets(at), &set);
	return AT_STATUS_OK;
}

static const struct at_arg cipccfg_args[SOCKET_CONFIGS] = {
	{ "retries", AT_ARG_INT, 0, 10, .optional = true },
	{ "delay_ms", AT_ARG_INT, 0, 1000, .optional = true },
	{ "ack", AT_ARG_INT, 0, 0, .optional = true },
	{ "err_mode", AT_ARG_INT, 0, 1, .optional = true },
	{ "header_type", AT_ARG_INT, 0, 1, .optional = true },
	{ "async_mode", AT_ARG_INT, 0, 1, .optional = true }, /* kept: what it changes is not documented */
	{ "timeout_ms", AT_ARG_INT, 500, 120000, .optional = true },
};

static enum at_status cipccfg_read(struct at_channel *at, const struct at_val *val)
{
	const long *c = sockets(at)->boot.set.config;

	(void)val;
	at_info(at, "+CIPCCFG: %ld,%ld,%ld,%ld,%ld,%ld,%ld", c[0], c[1], c[2], c[3], c[4], c[5], c[6]);
	return AT_STATUS_OK;
}

static enum at_status cipccfg_write(struct at_channel *at, const struct at_val *val)
{
	struct socket_settings set = sockets(at)->boot.set;

	take(set.config, val, SOCKET_CONFIGS);
	socket_set_settings(sockets(at), &set);
	return AT_STATUS_OK;
}

/* --- of the A76xx -------------------------------------------------------------------------------------------------- */

static const struct at_arg ctcpka_args[] = {
	{ "keepalive", AT_ARG_INT, 0, 1 },
	{ "keepidle", AT_ARG_INT, 1, 120, .optional = true },
	{ "keepcount", AT_ARG_INT, 1, 10, .optional = true },
	{ "keepinterval", AT_ARG_INT, 1, 120, .optional = true },
};

static enum at_status ctcpka_read(struct at_channel *at, const struct at_val *val)
{
	const long *k = sockets(at)->boot.set.keep_alive;

	(void)val;
	at_info(at, "+CTCPKA: %ld,%ld,%ld,%ld", k[0], k[1], k[2], k[3]);
	return AT_STATUS_OK;
}

static enum at_status ctcpka_write(struct at_channel *at, const struct at_val *val)
{
	struct socket_settings set = sockets(at)->boot.set;

	if (at_profile(at)->q.ctcpka_needs_net && !pdp_net_is_open(cmd_modem(at)->pdp))
		return AT_STATUS_ERROR;
	take(set.keep_alive, val, 4);
	socket_set_settings(sockets(at), &set);
	return AT_STATUS_OK;
}

const struct at_cmd cmd_cip_set[] = {
	{ "+CIPMODE", AT_ARGS(flag_args), .exec = cipmode_set, .read = cipmode_read, .write = cipmode_set,
	  .source = "M3 11.2" },
	{ "+CIPSENDMODE", AT_ARGS(flag_args), .exec = cipsendmode_write, .read = cipsendmode_read,
	  .write = cipsendmode_write, .source = "M3 11.2" },
	{ "+CIPHEAD", AT_ARGS(flag_args), .exec = ciphead_write, .read = ciphead_read, .write = ciphead_write,
	  .source = "M3 11.2" },
	{ "+CIPSRIP", AT_ARGS(flag_args), .exec = cipsrip_write, .read = cipsrip_read, .write = cipsrip_write,
	  .source = "M3 11.2" },
	{ "+CIPTIMEOUT", AT_ARGS(ciptimeout_args), .read = ciptimeout_read, .write = ciptimeout_write,
	  .source = "M3 11.2" },
	{ "+CIPCCFG", AT_ARGS(cipccfg_args), .read = cipccfg_read, .write = cipccfg_write, .source = "M3 11.2" },
	{ "+CTCPKA", AT_ARGS(ctcpka_args), .read = ctcpka_read, .write = ctcpka_write,
	  .source = "TinyGSM A7672X; ranges guess" },
	{ 0 },
};
