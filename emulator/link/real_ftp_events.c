/*
 * What libcurl tells of an FTP session: replies, data, ends. Replies go by here before curl acts on them, and where
 * curl 7.88 would sit and wait, lose or hide one, it is helped along.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "link/real_ftp_impl.h"

enum {
	/* curl asks once a second while it waits, and blocks, for the last reply of a transfer. */
	LAST_REPLY_S = 5,
	END_HELD_US = 2000000,
};

/* 257 "/a ""b""": doubled quotes stand for one (RFC 959, appendix II). */
static void take_path(struct real_ftp *f, const char *text)
{
	const char *p = strchr(text, '"');
	size_t n = 0;

	if (!p)
		return;
	for (p++; *p && n + 1 < sizeof(f->cwd) && (*p != '"' || p[1] == '"'); p++) {
		p += *p == '"';
		f->cwd[n++] = *p;
	}
	f->cwd[n] = '\0';
}

/* What curl says behind a login, and the PWD behind CWD, is nobody's wish. */
static bool is_by_the_way(const struct real_ftp *f, int reply)
{
	if (f->phase == FTP_PHASE_LOGIN)
		return f->reply == REPLY_LOGGED_IN && reply < 400;
	return f->op == LINK_FTP_CWD && reply == REPLY_PATH;
}

/* Of commands that follow one another the first refusal counts; at the login the last, which ends it. */
static void take_reply(struct real_ftp *f, const char *line)
{
	bool login = f->phase == FTP_PHASE_LOGIN;
	int reply = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
	long long number;

	f->replies++;
	trace_text(f->link->o.trace, TRACE_NOTE, "ftp: %s", line);
	if (reply >= 400 && (!f->refused || login)) {
		f->refused = reply;
		str_copy(f->refusal, sizeof(f->refusal), line);
	}
	if (reply == REPLY_PATH && (login || f->op == LINK_FTP_PWD || f->op == LINK_FTP_CWD))
		take_path(f, line);
	if (!is_by_the_way(f, reply))
		f->reply = reply;
	f->neglected = f->reply == REPLY_PASSIVE;
	if (f->reply == REPLY_SIZE && !str_to_num(line + 4, strspn(line + 4, "0123456789"), 0, INT64_MAX, &number))
		f->size = (uint64_t)number;
}

/*
 * The server's lines. What counts are the last lines of replies. The second reply of a session answers AUTH, where
 * there is one: curl would try the other AUTH when it is refused, and the modem does not.
 */
static size_t on_reply(char *line, size_t one, size_t n, void *ctx)
{
	struct real_ftp *f = ctx;
	bool auth = f->security == LINK_FTP_AUTH_SSL || f->security == LINK_FTP_AUTH_TLS;
	char text[REAL_FTP_REPLY];

	(void)one;
	snprintf(text, sizeof(text), "%.*s", (int)(n < REAL_FTP_REPLY ? n : REAL_FTP_REPLY - 1), line);
	if (strlen(text) < 4 || !isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]) ||
	    !isdigit((unsigned char)text[2]) || text[3] == '-')
		return n;
	text[strcspn(text, "\r\n")] = '\0';
	take_reply(f, text);
	return f->phase == FTP_PHASE_LOGIN && auth && f->replies == 2 && f->reply >= 400 ? 0 : n;
}

/* curl takes the CR off the lines of a listing, which every server has sent. */
static int add_lines(struct buf *out, const char *data, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = data[i] == '\n' ? buf_adds(out, "\r\n") : buf_addc(out, data[i]);
	return err;
}

static size_t on_data(char *data, size_t one, size_t n, void *ctx)
{
	struct real_ftp *f = ctx;

	(void)one;
	if (f->aside.len >= REAL_FTP_ASIDE || (real_ftp_is_held(f) && f->aside.len)) {
		f->curl_paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (f->op == LINK_FTP_LIST)
		return add_lines(&f->aside, data, n) ? 0 : n;
	return buf_add(&f->aside, data, n) ? 0 : n;
}

static size_t on_upload(char *p, size_t one, size_t n, void *ctx)
{
	struct real_ftp *f = ctx;

	return f->read(p, one * n, f->ctx);
}

/*
 * Called often, and once a second while curl blocks on the last reply of a transfer: data are through then, and nothing
 * else can happen.
 */
static int on_progress(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	struct real_ftp *f = ctx;

	(void)down_total;
	(void)down;
	(void)up_total;
	(void)up;
	if (!f->seconds_for_reply || real_multi_connections(f->multi) > 1)
		return 0;
	return f->seconds_for_reply++ > LAST_REPLY_S;
}

/* The data connection is on its way, and the server has not said "150 here they come": replies are all that counts. */
static bool awaits_reply(const struct real_ftp *f)
{
	return f->running && f->seconds_for_reply && f->reply >= 200;
}

/* After the login there is one control connection, and no second one may take its place; data have one each. */
static bool on_opens(uint16_t port, void *ctx)
{
	struct real_ftp *f = ctx;

	if (port == f->route.port)
		return f->phase == FTP_PHASE_LOGIN;
	if (f->seconds_for_reply)
		return false;
	f->neglected = false;
	f->seconds_for_reply = 1;
	return true;
}

static void out_of_patience(void *ctx)
{
	struct real_ftp *f = ctx;

	real_multi_stop(f->multi, f->easy);
	f->running = false;
	why_add(&f->why, "time", "no TLS session with %.80s:%u in time", f->route.address, f->route.port);
	real_ftp_end(f, LINK_TIMEOUT);
	real_ftp_tell_soon(f);
}

static void on_secures(CURL *easy, void *ctx)
{
	struct real_ftp *f = ctx;

	(void)easy;
	f->unguarded = f->phase != FTP_PHASE_LOGIN;
	if (f->phase == FTP_PHASE_LOGIN && f->negotiate_us)
		clock_arm(f->link->o.clock, &f->patience, f->negotiate_us);
}

/* What TLS has to say of a failure, after the server was asked what it would take. */
static void judged(enum link_status status, const struct why *why, void *ctx)
{
	struct real_ftp *f = ctx;

	f->judging = false;
	f->status = status;
	f->why = *why;
	real_ftp_tell_soon(f);
}

/* false: TLS has nothing to do with it. A server behind AUTH cannot be asked: it speaks FTP first. */
static bool explain_tls(struct real_ftp *f, CURLcode code)
{
	const struct real_tls_info *info = f->tls ? real_tls_info(f->tls) : NULL;
	enum link_status status;

	if (!info || !info->started)
		return false;
	if (f->security == LINK_FTP_IMPLICIT && f->phase == FTP_PHASE_LOGIN &&
	    (real_curl_is_tls(code) || !info->done)) {
		f->judging = true;
		real_tls_judge(f->tls, f->route.address, f->route.port, judged, f);
		return true;
	}
	if (!real_curl_is_tls(code) && !info->done)
		return false;
	status = real_tls_outcome(f->tls, &f->why);
	if (status)
		f->status = status;
	return status != LINK_OK;
}

static const char *rule_of(enum link_status status, int refused)
{
	if (status == LINK_DNS)
		return "dns";
	return refused || status == LINK_REJECTED ? "ftp" : "tcp";
}

/* A failure in words: the server's own, where it has said no. */
static void explain(struct real_ftp *f, CURLcode code)
{
	f->status = real_curl_status(real_ftp_api(f), f->easy, code);
	if (code == CURLE_COULDNT_CONNECT && f->phase != FTP_PHASE_LOGIN)
		f->status = LINK_PEER_CLOSED;
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		f->status = LINK_TIMEOUT;
	else if (f->refused == REPLY_IDLE)
		f->status = LINK_PEER_CLOSED;
	else if (f->refused || code == CURLE_BAD_DOWNLOAD_RESUME)
		f->status = f->status == LINK_LOGIN ? LINK_LOGIN : LINK_REJECTED;
	else if (explain_tls(f, code))
		return;
	else if (code == CURLE_RECV_ERROR) /* "response reading failed": curl does not say which way it ended */
		f->status = LINK_PEER_CLOSED;
	why_add(&f->why, rule_of(f->status, f->refused), "%.60s:%u: %.120s", f->route.address, f->route.port,
		f->refused ? f->refusal : f->reason);
}

/* curl takes some refusals for a success: those of single commands, and a listing of nothing. */
static enum link_status refusal(struct real_ftp *f)
{
	if (!f->refused || f->phase != FTP_PHASE_BUSY)
		return LINK_OK;
	why_add(&f->why, "ftp", "%.60s:%u: %.120s", f->route.address, f->route.port, f->refusal);
	return f->refused == REPLY_IDLE ? LINK_PEER_CLOSED : LINK_REJECTED;
}

static void on_done(CURL *easy, CURLcode code, void *ctx)
{
	struct real_ftp *f = ctx;

	(void)easy;
	f->running = false;
	real_ftp_end(f, LINK_OK);
	if (code)
		explain(f, code);
	else
		f->status = refusal(f);
}

/* --- helping curl along ------------------------------------------------------------------------------------------- */

/*
 * While curl 7.88 sets up a data connection it looks at that alone: nothing would wake it when the answer to PASV came
 * at once, nor when an answer comes while TLS is waited for. Pausing and going on is the way of its interface to have a
 * transfer looked at.
 */
void real_ftp_nudge(struct real_ftp *f)
{
	f->neglected = false;
	real_ftp_api(f)->easy_pause(f->easy, CURLPAUSE_RECV);
	real_ftp_api(f)->easy_pause(f->easy, CURLPAUSE_CONT);
}

/* A server that refuses a transfer closes the data connection beside its reply: that counts, but not for long. */
static bool holds_end(void *ctx)
{
	struct real_ftp *f = ctx;
	uint64_t now = clock_now_us(f->link->o.clock);

	if (!f->end_seen_us)
		f->end_seen_us = now;
	return awaits_reply(f) && now - f->end_seen_us < END_HELD_US;
}

static void guard_data(struct real_ftp *f)
{
	const struct real_tls_info *info = real_tls_info(f->tls);

	if (info->started && !info->done)
		real_ftp_guard(info->ssl, &f->guard, holds_end, f);
	f->unguarded = false;
}

static void on_ran(void *ctx)
{
	struct real_ftp *f = ctx;

	if (!timer_armed(&f->tell) && (f->aside.len || f->ended || f->neglected))
		real_ftp_tell_soon(f);
	if (awaits_reply(f)) {
		if (f->unguarded)
			guard_data(f);
		real_multi_listen(f->multi);
	}
}

static void on_stirs(void *ctx)
{
	struct real_ftp *f = ctx;

	f->neglected = f->running;
	real_ftp_tell_soon(f);
}

/* Of a connection that is kept. During a transfer curl tells, as soon as it looks. */
static void on_closed(void *ctx)
{
	struct real_ftp *f = ctx;

	f->neglected = awaits_reply(f);
	if (f->phase == FTP_PHASE_READY) {
		f->status = LINK_OK;
		f->phase = FTP_PHASE_LOST;
	}
	if (f->neglected || f->phase == FTP_PHASE_LOST)
		real_ftp_tell_soon(f);
}

const struct real_multi_owner real_ftp_owner = {
	.done = on_done,
	.ran = on_ran,
	.secures = on_secures,
	.closed = on_closed,
	.stirs = on_stirs,
	.opens = on_opens,
};

void real_ftp_set_callbacks(struct real_ftp *f)
{
	const struct real_curl *c = real_ftp_api(f);

	timer_init(&f->patience, out_of_patience, f);
	c->easy_setopt(f->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, 3600L); /* patience is the owner's */
	c->easy_setopt(f->easy, CURLOPT_ERRORBUFFER, f->reason);
	c->easy_setopt(f->easy, CURLOPT_HEADERFUNCTION, on_reply);
	c->easy_setopt(f->easy, CURLOPT_HEADERDATA, f);
	c->easy_setopt(f->easy, CURLOPT_WRITEFUNCTION, on_data);
	c->easy_setopt(f->easy, CURLOPT_WRITEDATA, f);
	c->easy_setopt(f->easy, CURLOPT_READFUNCTION, on_upload);
	c->easy_setopt(f->easy, CURLOPT_READDATA, f);
	c->easy_setopt(f->easy, CURLOPT_NOPROGRESS, 0L);
	c->easy_setopt(f->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	c->easy_setopt(f->easy, CURLOPT_XFERINFODATA, f);
}
