/* What the FTP(S) service tells, as lines: results of commands that were started earlier, data blocks, URCs. */
#include "cmd/cmd.h"

#include "base/buf.h"
#include "modem/ftps.h"

static const char *const names[FTPS_OPS] = {
	[FTPS_OP_NONE] = "+CFTPS",	 [FTPS_OP_START] = "+CFTPSSTART",     [FTPS_OP_STOP] = "+CFTPSSTOP",
	[FTPS_OP_LOGIN] = "+CFTPSLOGIN", [FTPS_OP_LOGOUT] = "+CFTPSLOGOUT",   [FTPS_OP_MKD] = "+CFTPSMKD",
	[FTPS_OP_RMD] = "+CFTPSRMD",	 [FTPS_OP_DELE] = "+CFTPSDELE",	      [FTPS_OP_CWD] = "+CFTPSCWD",
	[FTPS_OP_PWD] = "+CFTPSPWD",	 [FTPS_OP_TYPE] = "+CFTPSTYPE",	      [FTPS_OP_LIST] = "+CFTPSLIST",
	[FTPS_OP_SIZE] = "+CFTPSSIZE",	 [FTPS_OP_GETFILE] = "+CFTPSGETFILE", [FTPS_OP_PUTFILE] = "+CFTPSPUTFILE",
	[FTPS_OP_GET] = "+CFTPSGET",	 [FTPS_OP_PUT] = "+CFTPSPUT",	      [FTPS_OP_ABORT] = "+CFTPSABORT",
};

/* The line comes first where the command was held open for it. PWD and SIZE have an answer in the place of a 0. */
static void result(struct cmd_host *h, const struct modem_event *ev)
{
	int tag = CMD_TAG_FTPS + ev->index, n = (int)ev->payload_len;
	enum at_status final = ev->code ? AT_STATUS_ERROR : AT_STATUS_OK;
	const char *text = ev->payload;

	if (!text)
		cmd_result(h, tag, CMD_ORDER_LINE_FIRST, final, "%s: %d", names[ev->index], ev->code);
	else if (ev->index == FTPS_OP_PWD)
		cmd_result(h, tag, CMD_ORDER_LINE_FIRST, final, "%s: \"%.*s\"", names[ev->index], n, text);
	else
		cmd_result(h, tag, CMD_ORDER_LINE_FIRST, final, "%s: %.*s", names[ev->index], n, text);
}

/* A header line and its bytes, without a line end behind them: the next line has its own in front. */
static void data(struct cmd_host *h, const struct modem_event *ev)
{
	size_t chunk = (size_t)h->modem->profile->q.cftps_chunk;
	const char *bytes = ev->payload;
	struct buf block;

	buf_init(&block, chunk + 64);
	for (size_t at = 0; at < ev->payload_len; at += chunk) {
		size_t n = ev->payload_len - at < chunk ? ev->payload_len - at : chunk;

		buf_addf(&block, "\r\n%s: DATA,%zu\r\n", names[ev->index], n);
		buf_add(&block, bytes + at, n);
		cmd_urc_raw(h, block.data, block.len);
		buf_reset(&block);
	}
	buf_free(&block);
}

void cmd_ftps_event(struct cmd_host *h, const struct modem_event *ev)
{
	switch ((int)ev->type) { /* this family's events only */
	case MODEM_EVENT_FTPS_DONE:
		result(h, ev);
		break;
	case MODEM_EVENT_FTPS_DATA:
		data(h, ev);
		break;
	case MODEM_EVENT_FTPS_CACHED:
		cmd_urc(h, "+CFTPS: RECV EVENT");
		break;
	case MODEM_EVENT_FTPS_PEER_CLOSED:
		cmd_urc(h, "+CFTPSNOTIFY: PEER CLOSED");
		break;
	default:
		break;
	}
}
