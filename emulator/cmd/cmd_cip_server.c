/* AT+SERVERSTART and AT+SERVERSTOP. Who connects is cmd_cip_event.c's. Manual V3.00 11.2; facts at-general 7. */
#include "cmd/cmd_cip.h"

static struct socket *sockets(const struct at_channel *at)
{
	return cmd_modem(at)->socket;
}

static const struct at_arg start_args[] = {
	{ "port", AT_ARG_INT, 1, 65535 },
	{ "server", AT_ARG_INT, 0, SOCKET_SERVERS - 1 },
	{ "backlog", AT_ARG_INT, 1, 10, .optional = true }, /* kept by nobody: who finds no link is turned away */
};

static const struct at_arg stop_args[] = { { "server", AT_ARG_INT, 0, SOCKET_SERVERS - 1 } };

static enum at_status start_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+SERVERSTART: (0-65535),(0-3)");
	return AT_STATUS_OK;
}

static enum at_status start_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	for (int i = 0; i < SOCKET_SERVERS; i++) {
		const struct socket_server *v = socket_server(sockets(at), i);

		if (v->state == SOCKET_SERVER_LISTENING)
			at_row(at, "+SERVERSTART: %d,%u", i, v->port);
	}
	return AT_STATUS_OK;
}

static enum at_status start_write(struct at_channel *at, const struct at_val *val)
{
	int server = (int)val[1].num;
	enum socket_err err = socket_server_start(sockets(at), server, (uint16_t)val[0].num, cmd_number(at));

	return err ? cmd_cip_error(at, err) : cmd_wait(at, CMD_TAG_CIP_SERVER + server);
}

static enum at_status refuse(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return cmd_cip_error(at, socket_refuse(sockets(at), SOCKET_ERR_PARAMETER, "%s: an argument does not fit",
					       at_command(at)->name));
}

static enum at_status stop_write(struct at_channel *at, const struct at_val *val)
{
	int server = (int)val[0].num;
	enum socket_err err = socket_server_stop(sockets(at), server);

	if (err)
		return at_fail(at, "+SERVERSTOP: %d,%d", server, (int)err);
	at_info(at, "+SERVERSTOP: %d,0", server);
	return AT_STATUS_OK;
}

const struct at_cmd cmd_cip_server[] = {
	{ "+SERVERSTART", AT_ARGS(start_args), .read = start_read, .test = start_test, .write = start_write,
	  .refuse = refuse, .needs = CMD_NEEDS_SIM, .source = "M3 11.2" },
	{ "+SERVERSTOP", AT_ARGS(stop_args), .write = stop_write, .refuse = refuse, .needs = CMD_NEEDS_SIM,
	  .source = "M3 11.2" },
	{ 0 },
};
