/*
 * The command that turns the UART into a multiplexer's line (27.010 basic option). What then happens on the line is
 * mux/, and who carries its channels app/. M3 19.2.18, UART note 4.
 */
#include "cmd/cmd.h"

/* The manual's ranges; T1 and N2 are 0 there, yet hosts send what the standard has (at-general 14). */
static const struct at_arg cmux_args[] = {
	{ "mode", AT_ARG_INT, 0, 0 },
	{ "subset", AT_ARG_INT, 0, 0, .optional = true },
	{ "port_speed", AT_ARG_INT, 1, 8, .optional = true },
	{ "N1", AT_ARG_INT, 1, 1500, .optional = true },
	{ "T1", AT_ARG_INT, 0, 255, .optional = true, .range_text = "(0)" },
	{ "N2", AT_ARG_INT, 0, 100, .optional = true, .range_text = "(0)" },
	{ "T2", AT_ARG_INT, 2, 1000, .optional = true },
};

enum { SPEED_115200 = 5, N1_DEFAULT = 1500, T2_DEFAULT = 600 };

/* What was set, or the defaults of the manual. */
static struct cmd_cmux settings(const struct cmd_host *h)
{
	return h->cmux.speed ? h->cmux : (struct cmd_cmux){ .speed = SPEED_115200, .n1 = N1_DEFAULT, .t2 = T2_DEFAULT };
}

static enum at_status cmux_read(struct at_channel *at, const struct at_val *val)
{
	struct cmd_cmux s = settings(cmd_host(at));

	(void)val;
	at_info(at, "+CMUX: 0,0,%ld,%ld,%ld,%ld,%ld", s.speed, s.n1, s.t1, s.n2, s.t2);
	return AT_STATUS_OK;
}

static void take(long *to, const struct at_val *val)
{
	if (val->given)
		*to = (long)val->num;
}

static enum at_status refuse(struct at_channel *at, const char *what)
{
	struct why why = { 0 };

	why_add(&why, "cmux", "%s", what);
	trace_why(cmd_modem(at)->trace, "cmux", -1, "refused without a code", &why);
	return AT_STATUS_ERROR;
}

/* A modem of which this is known says OK and goes on with commands (LilyGO-T-SIM7000G#113). */
static enum at_status stay(struct at_channel *at)
{
	struct why why = { 0 };

	profile_why(at_profile(at), QUIRK_ID_cmux_start, &why, "cmux", "no multiplexer begins after the OK");
	trace_why(cmd_modem(at)->trace, "cmux", -1, "OK, and nothing happens", &why);
	return AT_STATUS_OK;
}

static enum at_status cmux_write(struct at_channel *at, const struct at_val *val)
{
	struct cmd_host *h = cmd_host(at);
	struct cmd_cmux s = settings(h);
	enum cmd_port port = h->port[cmd_number(at)];

	if (port >= CMD_PORT_MUX1)
		return refuse(at, "this channel is one of a multiplexer already");
	if (port != CMD_PORT_UART || !h->multiplex)
		return refuse(at, "only the UART can be multiplexed (UART note 4)");
	take(&s.speed, &val[2]);
	take(&s.n1, &val[3]);
	take(&s.t1, &val[4]);
	take(&s.n2, &val[5]);
	take(&s.t2, &val[6]);
	if (at_profile(at)->q.cmux_start == QUIRK_cmux_start_commands)
		return stay(at);
	if (!h->multiplex(val[3].given ? (size_t)val[3].num : 0, h->multiplex_ctx))
		return refuse(at, "out of memory");
	h->cmux = s;
	return AT_STATUS_OK;
}

const struct at_cmd cmd_cmux[] = {
	{ "+CMUX", AT_ARGS(cmux_args), .read = cmux_read, .write = cmux_write, .source = "M3 19.2.18" },
	{ 0 },
};
