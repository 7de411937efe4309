/*
 * Operations of a real FTP session: one command and its reply, or a data connection beside it (PASV, REST, and RETR,
 * LIST or STOR). A transfer is over when the server has said its last word and the data are through, in whichever
 * order.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "link/real_ftp_impl.h"

/* How long the last word may follow the data. */
enum { LAST_WORD_US = 120000000 };

static bool is_transfer(enum link_ftp_op op)
{
	return op == LINK_FTP_LIST || op == LINK_FTP_GET || op == LINK_FTP_PUT;
}

static void fail(struct real_ftp *f, enum link_status status, const char *rule, const char *reason)
{
	real_ftp_drop_data(f);
	why_add(&f->why, rule, "%.60s:%u: %.120s", f->route.address, f->route.port, reason);
	real_ftp_end(f, status);
}

/* --- the data connection ------------------------------------------------------------------------------------------ */

void real_ftp_drop_data(struct real_ftp *f)
{
	link_stream_close(f->stream);
	f->stream = NULL;
	buf_reset(&f->up);
}

/* Of two reasons the first is told, and that is the one of the data. */
static void check_over(struct real_ftp *f)
{
	if (!f->data_over || f->step != FTP_STEP_OVER)
		return;
	f->why = f->data_why;
	if (f->refused)
		fail(f, f->data_status ? f->data_status : LINK_REJECTED, "ftp", f->refusal);
	else
		real_ftp_end(f, f->data_status);
}

/* status is LINK_OK when they are whole. */
static void data_over(struct real_ftp *f, enum link_status status, const struct why *why)
{
	real_ftp_drop_data(f);
	f->data_over = true;
	f->data_status = status;
	if (why)
		f->data_why = *why;
	else
		why_reset(&f->data_why);
	if (f->step != FTP_STEP_OVER)
		clock_arm(f->link->o.clock, &f->patience, LAST_WORD_US);
	check_over(f);
}

/* As much of an upload as the server takes now. */
static void pump(struct real_ftp *f)
{
	char data[16384];
	long n = 1;

	while (n > 0) {
		if (!f->up.len)
			buf_add(&f->up, data, f->read(data, sizeof(data), f->ctx));
		if (!f->up.len) {
			data_over(f, LINK_OK, NULL);
			return;
		}
		n = link_stream_send(f->stream, f->up.data, f->up.len);
		if (n > 0)
			buf_drop(&f->up, (size_t)n);
	}
}

/* The server has asked for it, and there is a connection to send it by. */
static void pump_if_due(struct real_ftp *f)
{
	if (f->op == LINK_FTP_PUT && f->data_up && f->step == FTP_STEP_FLOW && f->stream)
		pump(f);
}

static void on_bytes(struct real_ftp *f, const void *data, size_t len)
{
	const struct link_ftp_event ev = { .type = LINK_FTP_DATA, .op = f->op, .data = data, .len = len };

	if (f->phase == FTP_PHASE_BUSY && f->op != LINK_FTP_PUT)
		f->func(&ev, f->ctx);
}

/* The server ends a download by closing; an upload is the modem's to end. */
static void on_closed(struct real_ftp *f, const struct link_stream_event *ev)
{
	bool whole = ev->type == LINK_STREAM_CLOSED && ev->status == LINK_PEER_CLOSED && f->op != LINK_FTP_PUT;

	data_over(f, whole ? LINK_OK : ev->status, whole ? NULL : ev->why);
}

static void on_stream(const struct link_stream_event *ev, void *ctx)
{
	struct real_ftp *f = ctx;

	switch (ev->type) {
	case LINK_STREAM_DATA:
		on_bytes(f, ev->data, ev->len);
		break;
	case LINK_STREAM_OPENED:
		f->data_up = !ev->status;
		if (ev->status)
			on_closed(f, ev);
		else if (f->step == FTP_STEP_OVER && f->refused)
			data_over(f, LINK_OK, NULL);
		else
			pump_if_due(f);
		break;
	case LINK_STREAM_WRITABLE:
		pump_if_due(f);
		break;
	case LINK_STREAM_CLOSED:
		on_closed(f, ev);
		break;
	case LINK_STREAM_ACKED:
	case LINK_STREAM_ACCEPTED:
		break;
	}
}

/* "227 here (127,0,0,1,200,13)", with or without the brackets. */
static bool parse_passive(const char *line, char *address, size_t size, uint16_t *port)
{
	unsigned part[6];
	const char *p = line + 3;
	size_t n;

	for (n = 0; n < 6; n++) {
		long long value;
		size_t len;

		p += strcspn(p, n ? "0123456789,\r" : "0123456789");
		p += n && *p == ',';
		len = strspn(p, "0123456789");
		if (str_to_num(p, len, 0, 255, &value))
			return false;
		part[n] = (unsigned)value;
		p += len;
	}
	snprintf(address, size, "%u.%u.%u.%u", part[0], part[1], part[2], part[3]);
	*port = (uint16_t)(part[4] << 8 | part[5]);
	return true;
}

/* "229 here (|||51213|)" (RFC 2428): it has no address. */
static bool parse_passive_6(const char *line, uint16_t *port)
{
	const char *p = strstr(line, "|||");
	long long value;

	if (!p || str_to_num(p + 3, strspn(p + 3, "0123456789"), 1, 65535, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

/* An address of the server's is only followed where the modem may leave this machine. */
static bool open_data(struct real_ftp *f)
{
	struct link_stream_setup setup = {
		.kind = LINK_STREAM_TCP,
		.host = f->host,
		.tls = f->tls ? real_tls_wish(f->tls) : NULL,
	};
	struct route route = f->route;
	char address[LINK_STREAM_ADDRESS_SIZE];

	if (f->reply == REPLY_PASSIVE_6 ? !parse_passive_6(f->line, &route.port)
					: !parse_passive(f->line, address, sizeof(address), &route.port))
		return false;
	if (f->reply == REPLY_PASSIVE && !f->one_address)
		str_copy(route.address, sizeof(route.address), address);
	setup.port = route.port;
	f->stream = real_stream_open(f->link, &route, &setup, on_stream, f);
	if (f->stream)
		link_stream_pause(f->stream, f->paused);
	return f->stream != NULL;
}

/* --- replies ------------------------------------------------------------------------------------------------------ */

static void go(struct real_ftp *f)
{
	f->step = FTP_STEP_GO;
	if (f->op == LINK_FTP_LIST)
		real_ftp_say(f, "LIST", *f->path ? f->path : NULL);
	else
		real_ftp_say(f, f->op == LINK_FTP_GET ? "RETR" : "STOR", f->path);
}

static void go_from(struct real_ftp *f)
{
	char offset[24];

	if (!f->offset) {
		go(f);
		return;
	}
	f->step = FTP_STEP_REST;
	snprintf(offset, sizeof(offset), "%llu", (unsigned long long)f->offset);
	real_ftp_say(f, "REST", offset);
}

/* "150 here it comes", or at once the last word. */
static void flow(struct real_ftp *f)
{
	if (f->reply < 200) {
		f->step = FTP_STEP_FLOW;
		pump_if_due(f);
		return;
	}
	f->step = FTP_STEP_OVER;
	timer_cancel(&f->patience);
	if (f->op == LINK_FTP_PUT && !f->data_over)
		fail(f, LINK_PEER_CLOSED, "ftp", "the server was through with the upload before its end");
	else
		check_over(f);
}

/*
 * Once the server has been willing, what went wrong with the data is the reason for what it says then: "425 I cannot
 * reach you". While they are being connected, what comes of that is waited for.
 */
static void refused(struct real_ftp *f)
{
	bool willing = f->step == FTP_STEP_FLOW;

	if (!willing) {
		fail(f, LINK_REJECTED, "ftp", f->refusal);
		return;
	}
	f->step = FTP_STEP_OVER;
	timer_cancel(&f->patience);
	if (!f->stream || f->data_up)
		f->data_over = true;
	check_over(f);
}

static void transfer_answered(struct real_ftp *f)
{
	if (f->reply >= REPLY_NO) {
		refused(f);
		return;
	}
	switch (f->step) {
	case FTP_STEP_PASSIVE:
		if (open_data(f))
			go_from(f);
		else
			fail(f, LINK_PROTOCOL, "ftp", f->line);
		break;
	case FTP_STEP_REST:
		go(f);
		break;
	case FTP_STEP_GO:
	case FTP_STEP_FLOW:
		flow(f);
		break;
	case FTP_STEP_COMMAND:
	case FTP_STEP_OVER:
		break;
	}
}

/* 257 "/a ""b""": doubled quotes stand for one (RFC 959, appendix II). */
static void take_path(struct real_ftp *f)
{
	const char *p = strchr(f->line, '"');
	size_t n = 0;

	if (!p)
		return;
	for (p++; *p && n + 1 < sizeof(f->cwd) && (*p != '"' || p[1] == '"'); p++) {
		p += *p == '"';
		f->cwd[n++] = *p;
	}
	f->cwd[n] = '\0';
}

static bool take_size(struct real_ftp *f)
{
	const char *p = f->line + 3;
	long long number;

	p += strspn(p, " ");
	if (str_to_num(p, strspn(p, "0123456789"), 0, INT64_MAX, &number))
		return false;
	f->size = (uint64_t)number;
	return true;
}

static void command_answered(struct real_ftp *f)
{
	if (f->reply < 200)
		return;
	if (f->reply >= REPLY_NO) {
		fail(f, LINK_REJECTED, "ftp", f->line);
		return;
	}
	if (f->op == LINK_FTP_PWD)
		take_path(f);
	if (f->op == LINK_FTP_SIZE && !take_size(f))
		fail(f, LINK_PROTOCOL, "ftp", f->line);
	else
		real_ftp_end(f, LINK_OK);
}

void real_ftp_answered(struct real_ftp *f)
{
	if (f->ended)
		return;
	if (f->phase == FTP_PHASE_BUSY && is_transfer(f->op))
		transfer_answered(f);
	else if (f->phase == FTP_PHASE_BUSY)
		command_answered(f);
	else
		real_ftp_end(f, LINK_OK); /* what was said at the end of a login or of a session */
}

void real_ftp_out_of_patience(struct real_ftp *f)
{
	real_ftp_lose(f, LINK_TIMEOUT, "time", "the data are through, and the server says nothing");
}

void real_ftp_operate(struct real_ftp *f, bool ascii)
{
	static const char *const verb[] = {
		[LINK_FTP_CWD] = "CWD", [LINK_FTP_PWD] = "PWD",	  [LINK_FTP_MKD] = "MKD",
		[LINK_FTP_RMD] = "RMD", [LINK_FTP_DELE] = "DELE", [LINK_FTP_SIZE] = "SIZE",
	};

	f->data_up = f->data_over = false;
	f->data_status = LINK_OK;
	why_reset(&f->data_why);
	f->step = is_transfer(f->op) ? FTP_STEP_PASSIVE : FTP_STEP_COMMAND;
	if (is_transfer(f->op))
		real_ftp_say(f, strchr(f->route.address, ':') ? "EPSV" : "PASV", NULL);
	else if (f->op == LINK_FTP_TYPE)
		real_ftp_say(f, "TYPE", ascii ? "A" : "I");
	else
		real_ftp_say(f, verb[f->op], f->op == LINK_FTP_PWD ? NULL : f->path);
}
