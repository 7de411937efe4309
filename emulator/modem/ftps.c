/*
 * The FTP(S) service: its state, its session on the link, and who may do what when. What a transfer does with files and
 * bytes is ftps_transfer.c's. Manual V3.00 chapter 12; facts at-ssl-mqtt 8.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/ftps_impl.h"
#include "modem/pdp.h"

/* No answer of the server for so long is no answer (manual 12.2: up to 120 s for each command). */
static const uint64_t GUARD_US = 120000000;

enum { SSL_CONTEXT = 0 }; /* the manual names none, and no command binds another */

static const char *const state_name[] = { "stopped",   "starting",    "started", "logging in",
					  "logged in", "logging out", "lost",	 "stopping" };

/* Bit n: a change to state n is allowed. Every state may fall to STOPPED. */
static const unsigned allowed[] = {
	[FTPS_STOPPED] = 1u << FTPS_STARTING,
	[FTPS_STARTING] = 1u << FTPS_STARTED | 1u << FTPS_STOPPED,
	[FTPS_STARTED] = 1u << FTPS_LOGGING_IN | 1u << FTPS_STOPPING | 1u << FTPS_STOPPED,
	[FTPS_LOGGING_IN] = 1u << FTPS_LOGGED_IN | 1u << FTPS_STARTED | 1u << FTPS_STOPPED,
	[FTPS_LOGGED_IN] = 1u << FTPS_LOGGING_OUT | 1u << FTPS_LOST | 1u << FTPS_STOPPED,
	[FTPS_LOGGING_OUT] = 1u << FTPS_STARTED | 1u << FTPS_STOPPED,
	[FTPS_LOST] = 1u << FTPS_LOGGING_IN | 1u << FTPS_LOGGING_OUT | 1u << FTPS_STOPPING | 1u << FTPS_STOPPED,
	[FTPS_STOPPING] = 1u << FTPS_STOPPED,
};

static void set_state(struct ftps *f, enum ftps_state next)
{
	enum ftps_state now = f->boot.state;

	if (now == next)
		return;
	if (!(allowed[now] >> next & 1)) {
		trace_text(f->modem->trace, TRACE_NOTE, "ftps: %s -> %s refused", state_name[now], state_name[next]);
		return;
	}
	trace_text(f->modem->trace, TRACE_NOTE, "ftps: %s -> %s", state_name[now], state_name[next]);
	f->boot.state = next;
}

const char *ftps_state_name(const struct ftps *f)
{
	return state_name[f->boot.state];
}

bool ftps_is_logged_in(const struct ftps *f)
{
	return f->boot.state == FTPS_LOGGED_IN;
}

bool ftps_is_ascii(const struct ftps *f)
{
	return f->boot.ascii;
}

bool ftps_single_ip(const struct ftps *f)
{
	return f->boot.single_ip;
}

void ftps_set_single_ip(struct ftps *f, bool on)
{
	f->boot.single_ip = on;
}

static void drop_link(struct ftps *f)
{
	link_ftp_close(f->boot.link);
	f->boot.link = NULL;
}

/* --- refusals --------------------------------------------------------------------------------------------------- */

enum ftps_err ftps_refuse(struct ftps *f, enum ftps_err code, const char *fmt, ...)
{
	struct why why = { 0 };
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_add(&why, "state", "%s", text);
	trace_why(f->modem->trace, "ftps", code, code == FTPS_ERR_BARE ? "refused without a code" : ftps_err_text(code),
		  &why);
	return code;
}

static enum ftps_err refuse_state(struct ftps *f)
{
	const struct profile *p = f->modem->profile;
	enum ftps_err code = p->q.cftps_state_code ? (enum ftps_err)p->q.cftps_state_code : FTPS_ERR_BARE;
	struct why why = { 0 };

	profile_why(p, QUIRK_ID_cftps_state_code, &why, "state", "the FTP service is %s", ftps_state_name(f));
	trace_why(f->modem->trace, "ftps", code, code == FTPS_ERR_BARE ? "refused without a code" : ftps_err_text(code),
		  &why);
	return code;
}

/* Bit n: op may begin in state n. */
static unsigned states_for(enum ftps_op op)
{
	switch (op) {
	case FTPS_OP_START:
		return 1u << FTPS_STOPPED;
	case FTPS_OP_STOP:
		return 1u << FTPS_STARTED | 1u << FTPS_LOST;
	case FTPS_OP_LOGIN:
		return 1u << FTPS_STARTED | 1u << FTPS_LOST;
	case FTPS_OP_LOGOUT:
		return 1u << FTPS_LOGGED_IN | 1u << FTPS_LOST;
	case FTPS_OP_NONE:
	case FTPS_OP_MKD:
	case FTPS_OP_RMD:
	case FTPS_OP_DELE:
	case FTPS_OP_CWD:
	case FTPS_OP_PWD:
	case FTPS_OP_TYPE:
	case FTPS_OP_LIST:
	case FTPS_OP_SIZE:
	case FTPS_OP_GETFILE:
	case FTPS_OP_PUTFILE:
	case FTPS_OP_GET:
	case FTPS_OP_PUT:
	case FTPS_OP_ABORT:
	case FTPS_OPS:
		break;
	}
	return 1u << FTPS_LOGGED_IN;
}

enum ftps_err ftps_may(struct ftps *f, enum ftps_op op)
{
	if (f->boot.op)
		return ftps_refuse(f, FTPS_ERR_BUSY, "an operation is under way");
	return states_for(op) >> f->boot.state & 1 ? FTPS_ERR_NONE : refuse_state(f);
}

/* --- the pending operation -------------------------------------------------------------------------------------- */

void ftps_begin(struct ftps *f, enum ftps_op op)
{
	f->boot.op = op;
	why_reset(&f->boot.why);
	clock_arm(f->modem->clock, &f->guard, GUARD_US);
}

void ftps_progress(struct ftps *f)
{
	clock_arm(f->modem->clock, &f->guard, GUARD_US);
}

/* What the end of op does to the session. */
static void settle(struct ftps *f, enum ftps_op op, int code)
{
	bool good = !code;

	if (op == FTPS_OP_START) {
		set_state(f, good ? FTPS_STARTED : FTPS_STOPPED);
	} else if (op == FTPS_OP_STOP) {
		set_state(f, FTPS_STOPPED);
	} else if (op == FTPS_OP_LOGIN) {
		if (!good)
			drop_link(f);
		set_state(f, good ? FTPS_LOGGED_IN : FTPS_STARTED);
	} else if (op == FTPS_OP_LOGOUT) {
		drop_link(f);
		set_state(f, FTPS_STARTED);
	} else if (op == FTPS_OP_TYPE && good) {
		f->boot.ascii = f->boot.ascii_wanted;
	}
}

void ftps_finish(struct ftps *f, int code, const void *payload, size_t len)
{
	enum ftps_op op = f->boot.op;
	struct modem_event ev = {
		.type = MODEM_EVENT_FTPS_DONE,
		.index = (int)op,
		.code = code,
		.payload = payload,
		.payload_len = len,
	};

	timer_cancel(&f->guard);
	timer_cancel(&f->delay);
	f->boot.op = FTPS_OP_NONE;
	settle(f, op, code);
	if (code)
		trace_why(f->modem->trace, "ftps", code, ftps_err_text(code), &f->boot.why);
	modem_emit(f->modem, &ev);
}

void ftps_finish_later(struct ftps *f, int code, long delay_ms)
{
	f->boot.result = code;
	timer_cancel(&f->guard);
	clock_arm(f->modem->clock, &f->delay, (uint64_t)delay_ms * 1000);
}

/* For what ends beside the pending operation. */
static void tell_ended(struct ftps *f, enum ftps_op op, enum ftps_err code, const char *reason)
{
	struct why why = { 0 };

	if (!op)
		return;
	why_add(&why, "state", "%s", reason);
	trace_why(f->modem->trace, "ftps", code, ftps_err_text(code), &why);
	modem_emit_code(f->modem, MODEM_EVENT_FTPS_DONE, (int)op, code);
}

static void delay_over(void *ctx)
{
	struct ftps *f = ctx;

	tell_ended(f, f->boot.aborted, FTPS_ERR_TRANSFER, "AT+CFTPSABORT");
	f->boot.aborted = FTPS_OP_NONE;
	ftps_finish(f, f->boot.result, NULL, 0);
}

/* A server that does not answer is given up, and the session with it. */
static void guard_over(void *ctx)
{
	struct ftps *f = ctx;
	bool lost = f->boot.state == FTPS_LOGGED_IN;

	drop_link(f);
	if (lost)
		set_state(f, FTPS_LOST);
	ftps_transfer_clear(&f->boot.transfer);
	why_reset(&f->boot.why);
	why_add(&f->boot.why, "timeout", "the server did not answer in time");
	ftps_finish(f, FTPS_ERR_TIMEOUT, NULL, 0);
}

/* --- what the link reports -------------------------------------------------------------------------------------- */

static void on_logged_in(struct ftps *f, const struct link_ftp_event *ev)
{
	const struct modem *m = f->modem;
	int code = ftps_code(m->profile, ev->status, ev->reply, &f->boot.why);
	long ms = ssl_fail_delay_ms(m->ssl, ev->status);

	if (code && f->boot.tls)
		ssl_explain(m->ssl, SSL_CONTEXT, &f->boot.why);
	if (ms)
		ftps_finish_later(f, code, ms);
	else
		ftps_finish(f, code, NULL, 0);
}

static void on_data(struct ftps *f, const struct link_ftp_event *ev)
{
	const struct modem_event out = {
		.type = MODEM_EVENT_FTPS_DATA,
		.index = (int)f->boot.op,
		.payload = ev->data,
		.payload_len = ev->len,
	};

	ftps_progress(f);
	if (f->boot.op == FTPS_OP_LIST)
		modem_emit(f->modem, &out);
	else
		ftps_take_data(f, ev->data, ev->len);
}

static void on_done(struct ftps *f, const struct link_ftp_event *ev)
{
	int code = ftps_code(f->modem->profile, ev->status, ev->reply, &f->boot.why);
	char digits[24];

	if (f->boot.op == FTPS_OP_SIZE && !code) {
		snprintf(digits, sizeof(digits), "%llu", (unsigned long long)ev->size);
		ftps_finish(f, code, digits, strlen(digits));
	} else if (f->boot.op == FTPS_OP_PWD && !code) {
		ftps_finish(f, code, ev->text, strlen(ev->text));
	} else if (f->boot.op >= FTPS_OP_GETFILE && f->boot.op <= FTPS_OP_PUT) {
		ftps_transfer_over(f, code);
	} else {
		ftps_finish(f, code, NULL, 0);
	}
}

/* Idle, or its operation has had its end. A logout that finds nobody any more is one. */
static void on_lost(struct ftps *f, const struct link_ftp_event *ev)
{
	bool network = ev->status == LINK_NO_NETWORK;
	int code = network ? FTPS_ERR_NETWORK : FTPS_ERR_CLOSED;

	drop_link(f);
	if (f->boot.op == FTPS_OP_LOGOUT) {
		ftps_finish(f, FTPS_ERR_NONE, NULL, 0);
		return;
	}
	set_state(f, FTPS_LOST);
	trace_why(f->modem->trace, "ftps", code, ftps_err_text(code), ev->why);
	if (!network)
		modem_emit_code(f->modem, MODEM_EVENT_FTPS_PEER_CLOSED, 0, 0);
}

static void on_link(const struct link_ftp_event *ev, void *ctx)
{
	struct ftps *f = ctx;

	if (ev->why)
		f->boot.why = *ev->why;
	switch (ev->type) {
	case LINK_FTP_LOGGED_IN:
		on_logged_in(f, ev);
		break;
	case LINK_FTP_DATA:
		on_data(f, ev);
		break;
	case LINK_FTP_DONE:
		on_done(f, ev);
		break;
	case LINK_FTP_LOGGED_OUT:
		ftps_finish(f, FTPS_ERR_NONE, NULL, 0);
		break;
	case LINK_FTP_LOST:
		on_lost(f, ev);
		break;
	}
}

/* --- service and session ---------------------------------------------------------------------------------------- */

enum ftps_err ftps_start(struct ftps *f)
{
	const struct modem *m = f->modem;
	enum ftps_err err = ftps_may(f, FTPS_OP_START);
	bool carried = pdp_can_carry(m->pdp);

	if (err)
		return err;
	set_state(f, FTPS_STARTING);
	ftps_begin(f, FTPS_OP_START);
	if (!carried)
		why_add(&f->boot.why, "net", "no PDP context can be activated");
	ftps_finish_later(f, carried ? FTPS_ERR_NONE : FTPS_ERR_NETWORK,
			  pdp_net_is_open(m->pdp) ? m->profile->q.cftps_start_ms : m->profile->q.cftps_start_cold_ms);
	return FTPS_ERR_NONE;
}

enum ftps_err ftps_stop(struct ftps *f)
{
	enum ftps_err err = ftps_may(f, FTPS_OP_STOP);

	if (err)
		return err;
	set_state(f, FTPS_STOPPING);
	ftps_begin(f, FTPS_OP_STOP);
	ftps_finish_later(f, FTPS_ERR_NONE, f->modem->profile->q.cftps_stop_ms);
	return FTPS_ERR_NONE;
}

static void dial(struct ftps *f, const struct ftps_login *to, const struct link_tls *tls)
{
	const struct link_ftp_setup setup = {
		.host = to->host,
		.port = to->port,
		.user = to->user,
		.password = to->password,
		.security = (enum link_ftp_security)to->type,
		.tls = tls,
		.single_ip = f->boot.single_ip,
	};

	f->boot.link = link_ftp_login(f->modem->link, &setup, on_link, f);
	if (f->boot.link)
		return;
	why_add(&f->boot.why, "memory", "out of memory");
	ftps_finish_later(f, FTPS_ERR_SOCKET_CREATE, 1);
}

static void dial_tls(struct ftps *f, const struct ftps_login *to)
{
	const struct modem *m = f->modem;
	struct ssl_setup setup;
	enum ssl_open_result r = ssl_open(m->ssl, SSL_CONTEXT, &setup, &f->boot.why);
	long ms;
	int code;

	if (!r) {
		dial(f, to, &setup.tls);
		return;
	}
	code = ssl_code_refused(m->ssl, &ftps_ssl_codes, r, &f->boot.why, &ms);
	ftps_finish_later(f, code, ms);
}

enum ftps_err ftps_log_in(struct ftps *f, const struct ftps_login *to)
{
	enum ftps_err err = ftps_may(f, FTPS_OP_LOGIN);

	if (err)
		return err;
	set_state(f, FTPS_LOGGING_IN);
	ftps_begin(f, FTPS_OP_LOGIN);
	f->boot.tls = to->type != LINK_FTP_PLAIN;
	f->boot.ascii = false;
	if (f->boot.tls)
		dial_tls(f, to);
	else
		dial(f, to, NULL);
	return FTPS_ERR_NONE;
}

enum ftps_err ftps_log_out(struct ftps *f)
{
	enum ftps_err err = ftps_may(f, FTPS_OP_LOGOUT);

	if (err)
		return err;
	set_state(f, FTPS_LOGGING_OUT);
	ftps_begin(f, FTPS_OP_LOGOUT);
	if (!f->boot.link || link_ftp_logout(f->boot.link))
		ftps_finish_later(f, FTPS_ERR_NONE, 1);
	return FTPS_ERR_NONE;
}

enum ftps_err ftps_request(struct ftps *f, enum ftps_op op, const struct link_ftp_request *r)
{
	int err = link_ftp_start(f->boot.link, r);

	if (err)
		return ftps_refuse(f, err == -EBUSY ? FTPS_ERR_BUSY : FTPS_ERR_SOCKET_CREATE,
				   "the session takes no command");
	ftps_begin(f, op);
	return FTPS_ERR_NONE;
}

enum ftps_err ftps_command(struct ftps *f, enum ftps_op op, const char *path)
{
	static const enum link_ftp_op link_op[FTPS_OPS] = {
		[FTPS_OP_MKD] = LINK_FTP_MKD,	[FTPS_OP_RMD] = LINK_FTP_RMD, [FTPS_OP_DELE] = LINK_FTP_DELE,
		[FTPS_OP_CWD] = LINK_FTP_CWD,	[FTPS_OP_PWD] = LINK_FTP_PWD, [FTPS_OP_LIST] = LINK_FTP_LIST,
		[FTPS_OP_SIZE] = LINK_FTP_SIZE,
	};
	const struct link_ftp_request r = { .op = link_op[op], .path = path };
	enum ftps_err err = ftps_may(f, op);

	return err ? err : ftps_request(f, op, &r);
}

enum ftps_err ftps_set_ascii(struct ftps *f, bool ascii)
{
	const struct link_ftp_request r = { .op = LINK_FTP_TYPE, .ascii = ascii };
	enum ftps_err err = ftps_may(f, FTPS_OP_TYPE);

	if (!err)
		err = ftps_request(f, FTPS_OP_TYPE, &r);
	if (!err)
		f->boot.ascii_wanted = ascii;
	return err;
}

/* --- the end ---------------------------------------------------------------------------------------------------- */

/* Session and service are gone; returns what was under way. */
static enum ftps_op fall(struct ftps *f)
{
	enum ftps_op op = f->boot.op;

	drop_link(f);
	timer_cancel(&f->guard);
	timer_cancel(&f->delay);
	ftps_transfer_clear(&f->boot.transfer);
	set_state(f, FTPS_STOPPED);
	f->boot.op = FTPS_OP_NONE;
	return op;
}

void ftps_network_lost(struct ftps *f)
{
	if (f->boot.state != FTPS_STOPPED)
		tell_ended(f, fall(f), FTPS_ERR_NETWORK, "the bearer is gone");
}

enum ftps_err ftps_abort(struct ftps *f)
{
	if (f->boot.state == FTPS_STOPPED)
		return refuse_state(f);
	f->boot.aborted = fall(f);
	ftps_begin(f, FTPS_OP_ABORT);
	ftps_finish_later(f, FTPS_ERR_NONE, f->modem->profile->q.cftps_stop_ms);
	return FTPS_ERR_NONE;
}

struct ftps *ftps_new(struct modem *m)
{
	struct ftps *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->modem = m;
	timer_init(&f->guard, guard_over, f);
	timer_init(&f->delay, delay_over, f);
	ftps_transfer_clear(&f->boot.transfer);
	return f;
}

void ftps_reset(struct ftps *f)
{
	timer_cancel(&f->guard);
	timer_cancel(&f->delay);
	drop_link(f);
	ftps_transfer_clear(&f->boot.transfer);
	f->boot = (struct ftps_boot){ 0 };
	ftps_transfer_clear(&f->boot.transfer);
}

void ftps_free(struct ftps *f)
{
	if (!f)
		return;
	ftps_reset(f);
	free(f);
}
