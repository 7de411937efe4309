/*
 * What the CCH service tells, as lines: results of commands that were started earlier, URCs, and blocks of received
 * data. Facts at-ssl-mqtt 2 and 10.
 */
#include "cmd/cmd_cch.h"

#include "base/buf.h"

enum { FRAME_MAX = 2 * 1024 * 1024, PUSH_MAX = 10240 };

static const struct quirks *quirks(const struct cmd_host *h)
{
	return &h->modem->profile->q;
}

/* Where the line comes first the command was held open for it; otherwise it is a URC. */
static void result_service(struct cmd_host *h, int tag, const char *name, const struct modem_event *ev)
{
	cmd_result(h, tag, CMD_ORDER_LINE_FIRST, ev->code ? AT_STATUS_ERROR : AT_STATUS_OK, "%s: %d", name, ev->code);
}

static void result_session(struct cmd_host *h, int tag, const char *name, const struct modem_event *ev)
{
	cmd_result(h, tag + ev->index, CMD_ORDER_LINE_FIRST, ev->code ? AT_STATUS_ERROR : AT_STATUS_OK, "%s: %d,%d",
		   name, ev->index, ev->code);
}

static bool is_line(const struct cmd_host *h)
{
	return cch_boot(h->modem->cch)->set.transparent;
}

static void opened(struct cmd_host *h, const struct modem_event *ev)
{
	if (is_line(h)) {
		cmd_cch_line_opened(h, ev->code);
		return;
	}
	result_session(h, CMD_TAG_CCH_OPEN, "+CCHOPEN", ev);
	if (ev->code && quirks(h)->cch_open_fail_close)
		cmd_urc(h, "+CCHCLOSE: %d,%d", ev->index, ev->code);
}

/* No line end behind the data: the next line brings its own. */
static void add_block(struct buf *out, int session, const char *data, size_t n)
{
	buf_addf(out, "\r\n+CCHRECV: DATA,%d,%zu\r\n", session, n);
	buf_add(out, data, n);
}

/* What AT+CCHRECV asked for, in one piece. */
static void answer(struct cmd_host *h, const struct modem_event *ev)
{
	size_t chunk = (size_t)quirks(h)->cch_recv_chunk, n;
	const char *data = ev->payload;
	struct buf out;

	buf_init(&out, FRAME_MAX);
	for (size_t at = 0; at < ev->payload_len; at += n) {
		n = ev->payload_len - at < chunk ? ev->payload_len - at : chunk;
		add_block(&out, ev->index, data + at, n);
	}
	buf_addf(&out, "\r\n+CCHRECV: %d,%d\r\n", ev->index, ev->code);
	cmd_urc_raw(h, out.data, out.len);
	buf_free(&out);
}

/* Data that nobody has to ask for, as far as the host has room; cmd_cch_flows() goes on with the rest. */
static void push(struct cmd_host *h, int session)
{
	size_t chunk = (size_t)quirks(h)->cch_recv_chunk, n;
	char data[PUSH_MAX];
	struct buf out;

	buf_init(&out, FRAME_MAX);
	while (cmd_all_take(h) && (n = cch_fetch(h->modem->cch, session, data, chunk)) > 0) {
		add_block(&out, session, data, n);
		cmd_urc_raw(h, out.data, out.len);
		buf_reset(&out);
	}
	buf_free(&out);
}

static void received(struct cmd_host *h, int session)
{
	if (is_line(h))
		cmd_cch_line_push(h);
	else if (cch_pushes(h->modem->cch))
		push(h, session);
	else
		cmd_urc(h, "+CCHEVENT: %d,RECV EVENT", session);
}

void cmd_cch_flows(struct cmd_host *h)
{
	for (int i = 0; i < CCH_SESSIONS; i++) {
		if (cch_pushes(h->modem->cch) && cch_cached(h->modem->cch, i))
			received(h, i);
	}
}

static void closed(struct cmd_host *h, const struct modem_event *ev)
{
	if (is_line(h))
		cmd_cch_line_ended(h);
	else
		result_session(h, CMD_TAG_CCH_CLOSE, "+CCHCLOSE", ev);
}

static void peer_closed(struct cmd_host *h, const struct modem_event *ev)
{
	if (is_line(h))
		cmd_cch_line_ended(h);
	else
		cmd_urc(h, "+CCH_PEER_CLOSED: %d", ev->index);
}

static void lost(struct cmd_host *h, const struct modem_event *ev)
{
	const char *name = quirks(h)->cch_lost_urc == QUIRK_cch_lost_urc_error ? "+CCH_RECV_ERROR" : "+CCH_RECV_CLOSED";

	if (is_line(h))
		cmd_cch_line_ended(h);
	else
		cmd_urc(h, "%s: %d,%d", name, ev->index, ev->code);
}

void cmd_cch_event(struct cmd_host *h, const struct modem_event *ev)
{
	switch ((int)ev->type) { /* this family's events only */
	case MODEM_EVENT_CCH_STARTED:
		result_service(h, CMD_TAG_CCH_START, "+CCHSTART", ev);
		break;
	case MODEM_EVENT_CCH_STOPPED:
		result_service(h, CMD_TAG_CCH_STOP, "+CCHSTOP", ev);
		break;
	case MODEM_EVENT_CCH_OPENED:
		opened(h, ev);
		break;
	case MODEM_EVENT_CCH_CLOSED:
		closed(h, ev);
		break;
	case MODEM_EVENT_CCH_SENT:
		if (cch_boot(h->modem->cch)->set.report)
			cmd_urc(h, "+CCHSEND: %d,%d", ev->index, ev->code);
		break;
	case MODEM_EVENT_CCH_RECV:
		received(h, ev->index);
		break;
	case MODEM_EVENT_CCH_READ:
		answer(h, ev);
		break;
	case MODEM_EVENT_CCH_PEER_CLOSED:
		peer_closed(h, ev);
		break;
	case MODEM_EVENT_CCH_LOST:
		lost(h, ev);
		break;
	case MODEM_EVENT_CCH_NONET:
		if (quirks(h)->cch_stop_urc)
			cmd_urc(h, "+CCH: CCH STOP");
		break;
	default:
		break;
	}
}
