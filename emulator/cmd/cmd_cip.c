/*
 * AT+CIP*: text in, socket_*() out; what comes back later is cmd_cip_event.c's. No state here. Manual V3.00 11.2; facts
 * at-general 7.
 */
#include "cmd/cmd_cip.h"

#include <stdio.h>

#include "base/str.h"
#include "modem/pdp.h"

enum { RX_GET_PUSH, RX_GET_MANUAL, RX_GET_READ, RX_GET_READ_HEX, RX_GET_LEFT };
enum { READ_MAX = 1500, READ_HEX_MAX = 750 };

#define LINK_ARG \
	{ \
		"link", AT_ARG_INT, 0, SOCKET_LINKS - 1 \
	}

static struct socket *sockets(const struct at_channel *at)
{
	return cmd_modem(at)->socket;
}

static const struct quirks *quirks(const struct at_channel *at)
{
	return &at_profile(at)->q;
}

enum at_status cmd_cip_error(struct at_channel *at, enum socket_err err)
{
	return at_fail(at, "+CIPERROR: %d", (int)err);
}

static bool is_link(const struct at_val *v)
{
	return v->given && v->num >= 0 && v->num < SOCKET_LINKS;
}

/* Arguments that do not fit, where the command has a line of its own with <err>. */
static enum at_status refuse(struct at_channel *at, const struct at_val *val)
{
	const char *name = at_command(at)->name;

	if (!is_link(&val[0]))
		return cmd_ip_error(at, CMD_IP_PARAMETER, "%s: the link is 0 to %d", name, SOCKET_LINKS - 1);
	socket_refuse(sockets(at), SOCKET_ERR_PARAMETER, "%s: an argument does not fit", name);
	return at_fail(at, "%s: %d,%d", name, (int)val[0].num, SOCKET_ERR_PARAMETER);
}

/* --- AT+CIPOPEN -------------------------------------------------------------------------------------------------- */

static const struct at_arg cipopen_args[] = {
	LINK_ARG,
	{ "type", AT_ARG_QSTR, 3, 3 },
	{ "host", AT_ARG_STR, 0, SOCKET_HOST_MAX, .optional = true },
	{ "port", AT_ARG_INT, 0, 65535, .optional = true },
	{ "local_port", AT_ARG_INT, 0, 65535, .optional = true },
};

static enum at_status cipopen_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CIPOPEN: (0-9),(\"TCP\",\"UDP\")");
	return AT_STATUS_OK;
}

static enum at_status cipopen_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	for (int i = 0; i < SOCKET_LINKS; i++) {
		const struct socket_link *l = socket_link(sockets(at), i);

		if (socket_is_open(sockets(at), i))
			at_row(at, "+CIPOPEN: %d,\"%s\",\"%s\",%u,%d", i, l->kind == SOCKET_TCP ? "TCP" : "UDP",
			       *l->address ? l->address : "0.0.0.0", l->port, l->server);
		else
			at_row(at, "+CIPOPEN: %d", i);
	}
	return AT_STATUS_OK;
}

static bool parse_kind(const struct at_val *v, enum socket_kind *kind)
{
	*kind = str_ieq(v->str, v->len, "UDP") ? SOCKET_UDP : SOCKET_TCP;
	return *kind == SOCKET_UDP || str_ieq(v->str, v->len, "TCP");
}

/* Transparent mode has one link, and one word for whatever goes wrong before the attempt (manual 11.2.3). */
static enum at_status open_transparent(struct at_channel *at, int link, const struct socket_target *to)
{
	if (link) {
		socket_refuse(sockets(at), SOCKET_ERR_PARAMETER, "AT+CIPMODE=1 has link 0 alone");
		return AT_STATUS_ERROR;
	}
	if (to->kind == SOCKET_UDP && (!to->host || !to->port)) {
		socket_refuse(sockets(at), SOCKET_ERR_PARAMETER, "AT+CIPMODE=1: UDP needs an address to send to");
		return AT_STATUS_ERROR;
	}
	return socket_open(sockets(at), link, to) ? AT_STATUS_ERROR : cmd_wait(at, CMD_TAG_CIP_OPEN);
}

/* Does the outcome come before the final result? */
static bool open_holds(const struct at_channel *at, enum socket_kind kind)
{
	if (kind == SOCKET_UDP)
		return quirks(at)->cipopen_udp_order == QUIRK_cipopen_udp_order_line_first;
	return quirks(at)->cipopen_fail == QUIRK_cipopen_fail_urc_error;
}

static enum at_status cipopen_write(struct at_channel *at, const struct at_val *val)
{
	struct socket_target to = {
		.host = val[2].len ? val[2].str : NULL,
		.port = (uint16_t)val[3].num,
		.local_port = (uint16_t)val[4].num,
	};
	int link = (int)val[0].num;
	enum socket_err err;

	if (!parse_kind(&val[1], &to.kind))
		return refuse(at, val);
	if (sockets(at)->boot.set.transparent)
		return open_transparent(at, link, &to);
	err = socket_open(sockets(at), link, &to);
	if (err)
		return at_fail(at, "+CIPOPEN: %d,%d", link, (int)err);
	return open_holds(at, to.kind) ? cmd_wait(at, CMD_TAG_CIP_OPEN + link) : AT_STATUS_OK;
}

/* --- AT+CIPSEND -------------------------------------------------------------------------------------------------- */

static const struct at_arg cipsend_args[] = {
	LINK_ARG,
	{ "length", AT_ARG_INT, 1, SOCKET_SEND_MAX, .optional = true },
	{ "host", AT_ARG_STR, 1, SOCKET_HOST_MAX, .optional = true },
	{ "port", AT_ARG_INT, 1, 65535, .optional = true },
};

static enum at_status cipsend_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CIPSEND: (0-9),(1-%d)", SOCKET_SEND_MAX);
	return AT_STATUS_OK;
}

/* More than 1500 bytes: +CIPERROR: 3 (quirks Q12). */
static enum at_status cipsend_refuse(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return cmd_cip_error(at, socket_refuse(sockets(at), SOCKET_ERR_PARAMETER,
					       "+CIPSEND: an argument does not fit (0-9),(1-%d)", SOCKET_SEND_MAX));
}

/* ESC at a prompt without a length gives it up. */
static enum at_status entered(struct at_channel *at, const char *data, size_t n, int tag)
{
	int link = tag - CMD_TAG_CIP_ENTRY;
	enum socket_err err;

	if (!data)
		return AT_STATUS_ERROR;
	if (!n)
		err = socket_refuse(sockets(at), SOCKET_ERR_PARAMETER, "link %d: nothing was entered", link);
	else
		err = socket_send(sockets(at), link, data, n);
	return err ? cmd_cip_error(at, err) : AT_STATUS_OK;
}

static enum at_status cipsend_write(struct at_channel *at, const struct at_val *val)
{
	int link = (int)val[0].num;
	enum socket_err err;

	if (val[2].given != val[3].given)
		return cipsend_refuse(at, val);
	err = socket_prepare(sockets(at), link, val[2].given ? val[2].str : NULL, (uint16_t)val[3].num);
	if (err)
		return cmd_cip_error(at, err);
	if (val[1].given)
		at_prompt(at, AT_PROMPT_LENGTH, (size_t)val[1].num, entered, CMD_TAG_CIP_ENTRY + link);
	else
		at_prompt(at, AT_PROMPT_ESCAPED, SOCKET_SEND_MAX, entered, CMD_TAG_CIP_ENTRY + link);
	if (!quirks(at)->cipsend_echo)
		at_prompt_quiet(at);
	return AT_STATUS_PENDING;
}

/* --- AT+CIPCLOSE ------------------------------------------------------------------------------------------------- */

static const struct at_arg link_args[] = { LINK_ARG };

static enum at_status cipclose_read(struct at_channel *at, const struct at_val *val)
{
	int open[SOCKET_LINKS];

	(void)val;
	for (int i = 0; i < SOCKET_LINKS; i++)
		open[i] = socket_is_open(sockets(at), i);
	at_info(at, "+CIPCLOSE: %d,%d,%d,%d,%d,%d,%d,%d,%d,%d", open[0], open[1], open[2], open[3], open[4], open[5],
		open[6], open[7], open[8], open[9]);
	return AT_STATUS_OK;
}

/* UDP: by the manual the line first; by the A7600's note that is so in push mode only. */
static bool close_holds(const struct at_channel *at, enum socket_kind kind)
{
	if (kind == SOCKET_TCP)
		return false;
	switch (quirks(at)->cipclose_udp_order) {
	case QUIRK_cipclose_udp_order_line_first:
		return true;
	case QUIRK_cipclose_udp_order_ok_first:
		return false;
	case QUIRK_cipclose_udp_order_by_receive_mode:
		break;
	}
	return socket_pushes(sockets(at));
}

static enum at_status cipclose_write(struct at_channel *at, const struct at_val *val)
{
	int link = (int)val[0].num;
	enum socket_kind kind = socket_link(sockets(at), link)->kind;
	enum socket_err err = socket_close(sockets(at), link);

	if (err)
		return at_fail(at, "+CIPCLOSE: %d,%d", link, (int)err);
	return close_holds(at, kind) ? cmd_wait(at, CMD_TAG_CIP_CLOSE + link) : AT_STATUS_OK;
}

/* --- AT+CIPRXGET ------------------------------------------------------------------------------------------------- */

static const struct at_arg ciprxget_args[] = {
	{ "mode", AT_ARG_INT, 0, 4 },
	{ "link", AT_ARG_INT, 0, SOCKET_LINKS - 1, .optional = true },
	{ "len", AT_ARG_INT, 1, READ_MAX, .optional = true },
};

static enum at_status ciprxget_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CIPRXGET: %ld", sockets(at)->boot.set.manual);
	return AT_STATUS_OK;
}

static void print_hex(struct at_channel *at, const char *data, size_t n)
{
	char hex[2 * READ_HEX_MAX + 1];

	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02X", (unsigned char)data[i]);
	at_raw(at, hex, 2 * n);
}

/* Header, bytes, line end; the blank line before OK is OK's own frame. */
static enum at_status fetch(struct at_channel *at, int mode, int link, size_t max)
{
	const char crlf[2] = { (char)at_settings(at)->s[3], (char)at_settings(at)->s[4] };
	char data[READ_MAX];
	size_t n = socket_fetch(sockets(at), link, data, max, NULL);

	if (!n)
		return cmd_ip_error(at, CMD_IP_NO_DATA, "link %d: nothing waits", link);
	at_info(at, "+CIPRXGET: %d,%d,%zu,%zu", mode, link, n, socket_waiting(sockets(at), link));
	if (mode == RX_GET_READ_HEX)
		print_hex(at, data, n);
	else
		at_raw(at, data, n);
	at_raw(at, crlf, 2);
	return AT_STATUS_OK;
}

static enum at_status set_manual(struct at_channel *at, long manual)
{
	struct socket_settings set = sockets(at)->boot.set;

	set.manual = manual;
	socket_set_settings(sockets(at), &set);
	return AT_STATUS_OK;
}

static enum at_status ciprxget_write(struct at_channel *at, const struct at_val *val)
{
	size_t max = val[0].num == RX_GET_READ_HEX ? READ_HEX_MAX : READ_MAX;

	if (val[0].num <= RX_GET_MANUAL)
		return val[1].given ? AT_STATUS_ERROR : set_manual(at, (long)val[0].num);
	if (!val[1].given || (size_t)val[2].num > max)
		return AT_STATUS_ERROR;
	if (val[0].num != RX_GET_LEFT)
		return fetch(at, (int)val[0].num, (int)val[1].num, val[2].given ? (size_t)val[2].num : max);
	at_info(at, "+CIPRXGET: 4,%d,%zu", (int)val[1].num, socket_waiting(sockets(at), (int)val[1].num));
	return AT_STATUS_OK;
}

/* --- AT+CIPACK, and AT+CIPSTAT as V1.01 has it ------------------------------------------------------------------- */

static bool counts(struct at_channel *at, int link, uint64_t count[3], enum at_status *status)
{
	enum socket_err err = socket_counts(sockets(at), link, count);

	if (err == SOCKET_ERR_NOT_SUPPORTED)
		*status = cmd_ip_error(at, CMD_IP_NOT_SUPPORTED, "link %d is UDP, nothing is acknowledged there", link);
	else if (err)
		*status = cmd_ip_error(at, CMD_IP_NOT_CONNECTED, "link %d is not open", link);
	return !err;
}

static enum at_status cipack_write(struct at_channel *at, const struct at_val *val)
{
	enum at_status status = AT_STATUS_OK;
	uint64_t n[3];

	if (counts(at, (int)val[0].num, n, &status))
		at_info(at, "+CIPACK: %llu,%llu,%llu", (unsigned long long)n[0], (unsigned long long)n[1],
			(unsigned long long)n[2]);
	return status;
}

static enum at_status cipstat_write(struct at_channel *at, const struct at_val *val)
{
	enum at_status status = AT_STATUS_OK;
	uint64_t n[3];

	if (counts(at, (int)val[0].num, n, &status))
		at_info(at, "+CIPSTAT: %llu, %llu", (unsigned long long)n[0], (unsigned long long)n[2]);
	return status;
}

static enum at_status ip_refuse(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return cmd_ip_error(at, CMD_IP_PARAMETER, "%s: the link is 0 to %d", at_command(at)->name, SOCKET_LINKS - 1);
}

const struct at_cmd cmd_cip[] = {
	{ "+CIPOPEN", AT_ARGS(cipopen_args), .read = cipopen_read, .test = cipopen_test, .write = cipopen_write,
	  .refuse = refuse, .needs = CMD_NEEDS_SIM, .source = "M3 11.2.3" },
	{ "+CIPSEND", AT_ARGS(cipsend_args), .test = cipsend_test, .write = cipsend_write, .refuse = cipsend_refuse,
	  .needs = CMD_NEEDS_SIM, .source = "M3 11.2.4" },
	{ "+CIPRXGET", AT_ARGS(ciprxget_args), .read = ciprxget_read, .write = ciprxget_write, .source = "M3 11.2.6" },
	{ "+CIPCLOSE", AT_ARGS(link_args), .read = cipclose_read, .write = cipclose_write, .refuse = refuse,
	  .needs = CMD_NEEDS_SIM, .source = "M3 11.2.5" },
	{ "+CIPACK", AT_ARGS(link_args), .write = cipack_write, .refuse = ip_refuse, .source = "M3 11.2" },
	{ "+CIPSTAT", AT_ARGS(link_args), .write = cipstat_write, .refuse = ip_refuse, .source = "M1 15" },
	{ 0 },
};
