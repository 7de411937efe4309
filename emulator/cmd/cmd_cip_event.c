/*
 * What the sockets tell, as lines: results of commands that were started earlier, URCs, and received data in the frame
 * that CIPHEAD, CIPSRIP and CIPCCFG ask for. Facts at-general 7.
 */
#include "cmd/cmd_cip.h"

#include "base/buf.h"

enum { FRAME_MAX = 128 }; /* bytes around the data of a record, at most */

static const struct quirks *quirks(const struct cmd_host *h)
{
	return &h->modem->profile->q;
}

static const struct socket_settings *settings(const struct cmd_host *h)
{
	return &h->modem->socket->boot.set;
}

/* --- results ----------------------------------------------------------------------------------------------------- */

/* CONNECT FAIL is a result code of its own, which V0 has no number for. */
static void opened_transparent(struct at_channel *at, int code)
{
	at_finish(at, code ? at_result(at, AT_RESULT_NO_CARRIER, "CONNECT FAIL") : cmd_cip_online(at));
}

static void opened(struct cmd_host *h, const struct modem_event *ev)
{
	int tag = CMD_TAG_CIP_OPEN + ev->index;
	struct at_channel *at = cmd_waiting(h, tag);
	bool udp = socket_link(h->modem->socket, ev->index)->kind == SOCKET_UDP;
	enum cmd_order order = udp || ev->code ? CMD_ORDER_LINE_FIRST : CMD_ORDER_FINAL_FIRST;

	if (at && settings(h)->transparent)
		opened_transparent(at, ev->code);
	else
		cmd_result(h, tag, order, ev->code ? AT_STATUS_ERROR : AT_STATUS_OK, "+CIPOPEN: %d,%d", ev->index,
			   ev->code);
}

static void closed(struct cmd_host *h, const struct modem_event *ev)
{
	cmd_cip_end_data(h);
	cmd_result(h, CMD_TAG_CIP_CLOSE + ev->index, CMD_ORDER_LINE_FIRST, AT_STATUS_OK, "+CIPCLOSE: %d,%d", ev->index,
		   ev->code);
}

static void lost(struct cmd_host *h, const struct modem_event *ev)
{
	if (cmd_cip_has_data(h))
		cmd_cip_end_data(h);
	else
		cmd_urc(h, "+IPCLOSE: %d,%d", ev->index, ev->code);
}

static void accepted(struct cmd_host *h, const struct modem_event *ev)
{
	cmd_urc(h, "+CLIENT: %d,%d,%s:%u", ev->index, ev->code, ev->address, ev->port);
	if (settings(h)->transparent)
		cmd_cip_called(h, socket_server(h->modem->socket, ev->code)->owner);
}

/* OK alone says that the server listens. */
static void server_started(struct cmd_host *h, const struct modem_event *ev)
{
	struct at_channel *at = cmd_waiting(h, CMD_TAG_CIP_SERVER + ev->index);

	if (at)
		at_finish(at, ev->code ? cmd_cip_error(at, (enum socket_err)ev->code) : AT_STATUS_OK);
}

/* --- received data ----------------------------------------------------------------------------------------------- */

/* Single line ends between the parts, none behind the data [guess: the manual's layout does not settle it]. */
static void print_record(struct cmd_host *h, int link, const struct socket_from *from, const char *data, size_t n)
{
	const struct socket_settings *set = settings(h);
	struct buf out;

	buf_init(&out, FRAME_MAX + n);
	if (set->show_remote || set->head)
		buf_adds(&out, "\r\n");
	if (set->show_remote)
		buf_addf(&out, "%sRECV FROM:%s:%u\r\n", quirks(h)->cip_recv_from == QUIRK_cip_recv_from_plus ? "+" : "",
			 from->address, from->port);
	if (set->head && set->config[SOCKET_CONFIG_HEADER])
		buf_addf(&out, "+RECEIVE,%d,%zu\r\n", link, n);
	else if (set->head)
		buf_addf(&out, "+IPD%zu\r\n", n);
	buf_add(&out, data, n);
	cmd_urc_raw(h, buf_str(&out), out.len);
	buf_free(&out);
}

/* Everything that waits, as far as the host has room; cmd_cip_flows() goes on with the rest. */
static void push(struct cmd_host *h, int link)
{
	struct socket *s = h->modem->socket;
	char data[SOCKET_SEND_MAX];
	size_t max = (size_t)quirks(h)->cip_push_max_bytes;
	struct socket_from from;

	while (socket_waiting(s, link) && cmd_all_take(h)) {
		size_t n = socket_fetch(s, link, data, max, &from);

		print_record(h, link, &from, data, n);
	}
}

static void ready(struct cmd_host *h, int link)
{
	if (settings(h)->transparent)
		cmd_cip_stream(h);
	else if (socket_pushes(h->modem->socket))
		push(h, link);
	else
		cmd_urc(h, "+CIPRXGET: 1,%d", link);
}

void cmd_cip_flows(struct cmd_host *h)
{
	struct socket *s = h->modem->socket;

	for (int i = 0; i < SOCKET_LINKS; i++) {
		if (socket_waiting(s, i) && socket_pushes(s))
			ready(h, i);
	}
}

void cmd_cip_event(struct cmd_host *h, const struct modem_event *ev)
{
	switch ((int)ev->type) { /* this family's events only */
	case MODEM_EVENT_SOCKET_OPENED:
		opened(h, ev);
		break;
	case MODEM_EVENT_SOCKET_SENT:
		cmd_urc(h, "+CIPSEND: %d,%zu,%d", ev->index, ev->size, ev->code);
		break;
	case MODEM_EVENT_SOCKET_CLOSED:
		closed(h, ev);
		break;
	case MODEM_EVENT_SOCKET_LOST:
		lost(h, ev);
		break;
	case MODEM_EVENT_SOCKET_READY:
		ready(h, ev->index);
		break;
	case MODEM_EVENT_SOCKET_ACCEPTED:
		accepted(h, ev);
		break;
	case MODEM_EVENT_SERVER_STARTED:
		server_started(h, ev);
		break;
	default:
		break;
	}
}
