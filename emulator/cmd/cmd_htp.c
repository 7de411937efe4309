/* AT+CHTPSERV, AT+CHTPUPDATE: which web servers, and asking them for the time. at-general 8. */
#include "cmd/cmd.h"

#include "base/str.h"
#include "modem/htp.h"

static struct htp *htp(const struct at_channel *at)
{
	return cmd_modem(at)->htp;
}

static const struct at_arg serv_args[] = {
	{ "cmd", AT_ARG_STR, 3, 3 },
	{ "host_or_idx", AT_ARG_STR, 1, HTP_HOST_MAX },
	{ "port", AT_ARG_INT, 1, 65535, .optional = true },
	{ "http_version", AT_ARG_INT, 0, 1, .optional = true },
	{ "proxy", AT_ARG_STR, 1, HTP_HOST_MAX, .optional = true },
	{ "proxy_port", AT_ARG_INT, 1, 65535, .optional = true },
};

static enum at_status serv_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_row(at, "+CHTPSERV: \"ADD\",\"HOST\",(1-65535),(0-1)[,\"PROXY\",(1-65535)]");
	at_row(at, "+CHTPSERV: \"DEL\",(0-15)");
	return AT_STATUS_OK;
}

static enum at_status serv_read(struct at_channel *at, const struct at_val *val)
{
	const struct htp_boot *b = &htp(at)->boot;

	(void)val;
	for (size_t i = 0; i < b->n; i++) {
		const struct htp_server *s = &b->server[i];

		if (*s->proxy)
			at_row(at, "+CHTPSERV: %zu,\"%s\",%u,%d,\"%s\",%u", i, s->host, s->port, s->version, s->proxy,
			       s->proxy_port);
		else
			at_row(at, "+CHTPSERV: %zu,\"%s\",%u,%d", i, s->host, s->port, s->version);
	}
	return AT_STATUS_OK;
}

static enum at_status add(struct at_channel *at, const struct at_val *val)
{
	struct htp_server s = {
		.port = (uint16_t)val[2].num,
		.version = (int)val[3].num,
		.proxy_port = (uint16_t)val[5].num,
	};

	if (!val[2].given || !val[3].given || val[4].given != val[5].given)
		return AT_STATUS_ERROR;
	str_copy(s.host, sizeof(s.host), val[1].str);
	str_copy(s.proxy, sizeof(s.proxy), val[4].str);
	return htp_add(htp(at), &s) ? AT_STATUS_OK : AT_STATUS_ERROR;
}

static enum at_status serv_write(struct at_channel *at, const struct at_val *val)
{
	long long index;

	if (str_ieq(val[0].str, val[0].len, "ADD"))
		return add(at, val);
	if (!str_ieq(val[0].str, val[0].len, "DEL") || val[2].given ||
	    str_to_num(val[1].str, val[1].len, 0, HTP_SERVERS - 1, &index))
		return AT_STATUS_ERROR;
	return htp_remove(htp(at), (size_t)index) ? AT_STATUS_OK : AT_STATUS_ERROR;
}

static enum at_status update_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CHTPUPDATE: %s", htp(at)->boot.updating ? "Updating" : "NULL");
	return AT_STATUS_OK;
}

static enum at_status update_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return htp_start(htp(at)) ? AT_STATUS_OK : AT_STATUS_ERROR;
}

const struct at_cmd cmd_htp[] = {
	{ "+CHTPSERV", AT_ARGS(serv_args), .read = serv_read, .test = serv_test, .write = serv_write,
	  .source = "M3 15" },
	{ "+CHTPUPDATE", .exec = update_exec, .read = update_read, .needs = CMD_NEEDS_SIM, .source = "M3 15" },
	{ 0 },
};

void cmd_htp_event(struct cmd_host *h, const struct modem_event *ev)
{
	cmd_urc(h, "+CHTPUPDATE: %d", ev->code);
}
