/*
 * The real back end of link_ftp.h. libcurl connects, secures the control connection and logs in; then the connection is
 * taken over (CURLOPT_CONNECT_ONLY) for the modem's commands, one by one: libcurl's own transfers block their caller
 * until the server has said its last word, and log in again when the connection is lost.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "link/real_ftp_impl.h"

/* Of libcurl with the login: the owner has its own. */
enum { PATIENCE_MS = 3600000 };

static const struct real_curl *api(const struct real_ftp *f)
{
	return real_multi_api(f->multi);
}

static void tell_soon(struct real_ftp *f)
{
	clock_arm(f->link->o.clock, &f->tell, 0);
}

/* --- the end of the connection ------------------------------------------------------------------------------------ */

/* curl would send a QUIT when it is freed and wait for the answer, blocking: it finds nobody to send it to. */
static void shut_control(struct real_ftp *f)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (!api(f)->easy_getinfo(f->easy, CURLINFO_ACTIVESOCKET, &fd) && fd != CURL_SOCKET_BAD)
		shutdown(fd, SHUT_RDWR);
}

static void hang_up(struct real_ftp *f)
{
	timer_cancel(&f->patience);
	real_ftp_drop_data(f);
	buf_reset(&f->out);
	if (!f->multi)
		return;
	if (f->easy) {
		shut_control(f);
		real_multi_stop(f->multi, f->easy);
		api(f)->easy_cleanup(f->easy);
	}
	api(f)->slist_free_all(f->connect_to);
	real_multi_free(f->multi);
	real_tls_free(f->tls);
	f->multi = NULL;
	f->tls = NULL;
	f->easy = NULL;
	f->connect_to = NULL;
}

void real_ftp_end(struct real_ftp *f, enum link_status status)
{
	timer_cancel(&f->patience);
	f->ended = true;
	f->status = status;
	tell_soon(f);
}

void real_ftp_lose(struct real_ftp *f, enum link_status status, const char *rule, const char *reason)
{
	f->lost = true;
	if (f->multi)
		real_multi_listen(f->multi, false);
	why_reset(&f->why);
	why_add(&f->why, rule, "%.60s:%u: %.120s", f->route.address, f->route.port, reason);
	if (f->phase == FTP_PHASE_READY) {
		f->phase = FTP_PHASE_LOST;
		f->refused = f->refused == REPLY_IDLE ? REPLY_IDLE : 0;
	}
	real_ftp_end(f, status);
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

static void tell(struct real_ftp *f, enum link_ftp_event_type type)
{
	const struct why why = f->why;
	const struct link_ftp_event ev = {
		.type = type,
		.status = f->status,
		.op = f->op,
		.reply = f->status && f->refused ? f->refused : f->reply,
		.text = f->cwd,
		.size = f->size,
		.why = f->status ? &why : NULL,
	};

	f->func(&ev, f->ctx);
}

static void tell_login(struct real_ftp *f)
{
	if (f->status)
		hang_up(f);
	f->phase = f->status ? FTP_PHASE_DEAD : FTP_PHASE_READY;
	tell(f, LINK_FTP_LOGGED_IN);
}

static void tell_done(struct real_ftp *f)
{
	f->phase = f->lost ? FTP_PHASE_LOST : FTP_PHASE_READY;
	if (f->lost)
		tell_soon(f);
	tell(f, LINK_FTP_DONE);
}

static void tell_end(struct real_ftp *f, enum link_ftp_event_type type)
{
	hang_up(f);
	f->phase = FTP_PHASE_DEAD;
	tell(f, type);
}

static void tell_outcome(struct real_ftp *f)
{
	f->ended = false;
	switch (f->phase) {
	case FTP_PHASE_LOGIN:
		tell_login(f);
		break;
	case FTP_PHASE_BUSY:
		tell_done(f);
		break;
	case FTP_PHASE_LOGOUT:
		f->status = LINK_OK;
		tell_end(f, LINK_FTP_LOGGED_OUT);
		break;
	case FTP_PHASE_READY:
	case FTP_PHASE_LOST:
	case FTP_PHASE_DEAD:
		break;
	}
}

/* Each thing from a call of its own: the owner may do anything in it. */
static void tell_next(void *ctx)
{
	struct real_ftp *f = ctx;

	if (f->phase == FTP_PHASE_LOST)
		tell_end(f, LINK_FTP_LOST);
	else if (f->ended && !f->judging)
		tell_outcome(f);
	else if (f->out.len)
		real_ftp_flush(f);
}

/* --- login -------------------------------------------------------------------------------------------------------- */

/*
 * The server's lines while curl logs in. The second reply of a session answers AUTH, where there is one: curl would try
 * the other AUTH when it is refused, and the modem does not.
 */
static size_t on_line(char *data, size_t one, size_t n, void *ctx)
{
	struct real_ftp *f = ctx;
	bool auth = f->security == LINK_FTP_AUTH_SSL || f->security == LINK_FTP_AUTH_TLS;
	char line[REAL_FTP_LINE];
	int reply;

	(void)one;
	snprintf(line, sizeof(line), "%.*s", (int)(n < REAL_FTP_LINE ? n : REAL_FTP_LINE - 1), data);
	line[strcspn(line, "\r\n")] = '\0';
	if (!real_ftp_is_reply(line))
		return n;
	reply = real_ftp_take_reply(f, line);
	return auth && f->replies == 2 && reply >= REPLY_NO ? 0 : n;
}

static void on_patience(void *ctx)
{
	struct real_ftp *f = ctx;

	if (f->phase != FTP_PHASE_LOGIN) {
		real_ftp_out_of_patience(f);
		return;
	}
	why_add(&f->why, "time", "no TLS session with %.80s:%u in time", f->route.address, f->route.port);
	real_ftp_end(f, LINK_TIMEOUT);
}

static void on_secures(CURL *easy, void *ctx)
{
	struct real_ftp *f = ctx;

	(void)easy;
	if (f->negotiate_us)
		clock_arm(f->link->o.clock, &f->patience, f->negotiate_us);
}

/* What TLS has to say of a failure, after the server was asked what it would take. */
static void judged(enum link_status status, const struct why *why, void *ctx)
{
	struct real_ftp *f = ctx;

	f->judging = false;
	f->status = status;
	f->why = *why;
	tell_soon(f);
}

/* false: TLS has nothing to do with it. A server behind AUTH cannot be asked: it speaks FTP first. */
static bool explain_tls(struct real_ftp *f, CURLcode code)
{
	const struct real_tls_info *info = f->tls ? real_tls_info(f->tls) : NULL;

	if (!info || !info->started || (info->done && !real_curl_is_tls(code)))
		return false;
	if (f->security == LINK_FTP_IMPLICIT) {
		f->judging = true;
		real_tls_judge(f->tls, f->route.address, f->route.port, judged, f);
		return true;
	}
	f->status = real_tls_outcome(f->tls, &f->why);
	return f->status != LINK_OK;
}

static void add_why(struct real_ftp *f, CURLcode code)
{
	if (f->refused)
		why_add(&f->why, "ftp", "%.60s:%u: %.120s", f->route.address, f->route.port, f->refusal);
	else
		real_curl_why(api(f), f->easy, code, f->reason, &f->route, &f->why);
}

/* The server's own words, where it has said no. "Response reading failed" does not tell which way it ended. */
static void explain(struct real_ftp *f, CURLcode code)
{
	if (!f->refused && explain_tls(f, code))
		return;
	f->status = real_curl_status(api(f), f->easy, code);
	if (f->refused == REPLY_IDLE || (code == CURLE_RECV_ERROR && !f->refused))
		f->status = LINK_PEER_CLOSED;
	else if (f->refused && f->status != LINK_LOGIN)
		f->status = LINK_REJECTED;
	add_why(f, code);
}

/* libcurl is through: what follows is said by this file. Transfers are binary unless the modem says otherwise. */
static void on_done(CURL *easy, CURLcode code, void *ctx)
{
	struct real_ftp *f = ctx;

	(void)easy;
	if (!code) {
		timer_cancel(&f->patience);
		f->refused = 0;
		real_multi_listen(f->multi, true);
		real_ftp_say(f, "TYPE", "I");
		return;
	}
	real_ftp_end(f, LINK_OK);
	explain(f, code);
}

static void on_ran(void *ctx)
{
	(void)ctx;
}

static void on_stirs(void *ctx)
{
	real_ftp_receive(ctx);
}

static void set_callbacks(struct real_ftp *f)
{
	const struct real_curl *c = api(f);

	c->easy_setopt(f->easy, CURLOPT_CONNECT_ONLY, 1L);
	c->easy_setopt(f->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)PATIENCE_MS);
	c->easy_setopt(f->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, PATIENCE_MS / 1000L);
	c->easy_setopt(f->easy, CURLOPT_ERRORBUFFER, f->reason);
	c->easy_setopt(f->easy, CURLOPT_HEADERFUNCTION, on_line);
	c->easy_setopt(f->easy, CURLOPT_HEADERDATA, f);
}

static void set_login(struct real_ftp *f, const struct link_ftp_setup *s)
{
	const struct real_curl *c = api(f);

	c->easy_setopt(f->easy, CURLOPT_USERNAME, s->user);
	c->easy_setopt(f->easy, CURLOPT_PASSWORD, s->password);
	c->easy_setopt(f->easy, CURLOPT_USE_SSL, (long)(s->tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	c->easy_setopt(f->easy, CURLOPT_FTPSSLAUTH,
		       (long)(s->security == LINK_FTP_AUTH_SSL ? CURLFTPAUTH_SSL : CURLFTPAUTH_TLS));
	if (f->tls)
		real_multi_tls(f->multi, f->easy, f->tls);
}

static int begin_login(struct real_ftp *f, const struct link_ftp_setup *s)
{
	bool six = strchr(s->host, ':') != NULL;
	char url[ROUTE_ADDRESS_SIZE + 32];

	f->easy = real_multi_easy(f->multi, "ftp,ftps");
	if (!f->easy || real_multi_route(f->multi, f->easy, &f->route, &f->connect_to))
		return -ENOMEM;
	snprintf(url, sizeof(url), six ? "%s://[%.255s]:%u/" : "%s://%.255s:%u/",
		 s->security == LINK_FTP_IMPLICIT ? "ftps" : "ftp", s->host, s->port);
	api(f)->easy_setopt(f->easy, CURLOPT_URL, url);
	set_callbacks(f);
	set_login(f, s);
	return real_multi_start(f->multi, f->easy);
}

static void open_session(struct real_ftp *f, const struct link_ftp_setup *s)
{
	const struct real_multi_owner owner = {
		.done = on_done,
		.ran = on_ran,
		.secures = on_secures,
		.stirs = on_stirs,
		.ctx = f,
	};
	enum link_status status = LINK_REFUSED;

	f->multi = real_multi_new(f->link, &owner, &f->why);
	if (f->multi)
		status = s->tls ? real_tls_new(f->link, s->tls, s->host, &f->tls, &f->why) : LINK_OK;
	if (!status && begin_login(f, s)) {
		why_add(&f->why, "memory", "out of memory");
		status = LINK_RESET;
	}
	if (status)
		real_ftp_end(f, status);
}

/* --- calls of the owner ------------------------------------------------------------------------------------------- */

static int begin(struct real_ftp *f, enum ftp_phase phase)
{
	if (f->phase == FTP_PHASE_BUSY || f->phase == FTP_PHASE_LOGOUT)
		return -EBUSY;
	if (f->phase != FTP_PHASE_READY)
		return -ENOTCONN;
	f->phase = phase;
	f->reply = f->refused = 0;
	f->status = LINK_OK;
	why_reset(&f->why);
	return 0;
}

/* A line end in a path would begin a command of its own. */
static bool is_clean(const char *path)
{
	size_t n = 0;

	while (path[n] && !iscntrl((unsigned char)path[n]))
		n++;
	return !path[n] && n < REAL_FTP_PATH;
}

static int real_start(struct link_ftp *base, const struct link_ftp_request *r)
{
	struct real_ftp *f = (struct real_ftp *)base;
	const char *path = r->path ? r->path : "";
	int err = begin(f, FTP_PHASE_BUSY);

	if (err)
		return err;
	f->op = r->op;
	f->offset = r->offset;
	f->read = r->read;
	f->paused = false;
	f->size = 0;
	str_copy(f->path, sizeof(f->path), path);
	if (is_clean(path)) {
		real_ftp_operate(f, r->ascii);
		return 0;
	}
	why_add(&f->why, "ftp", "a path with control bytes, or too long, was not sent");
	real_ftp_end(f, LINK_REJECTED);
	return 0;
}

static int real_logout(struct link_ftp *base)
{
	struct real_ftp *f = (struct real_ftp *)base;
	int err = begin(f, FTP_PHASE_LOGOUT);

	if (!err)
		real_ftp_say(f, "QUIT", NULL);
	return err;
}

static void real_pause(struct link_ftp *base, bool paused)
{
	struct real_ftp *f = (struct real_ftp *)base;

	f->paused = paused;
	if (f->stream)
		link_stream_pause(f->stream, paused);
}

static void network_lost(struct link_session *s)
{
	struct real_ftp *f = (struct real_ftp *)s;

	if (f->phase == FTP_PHASE_LOST || f->phase == FTP_PHASE_DEAD)
		return;
	f->judging = false;
	real_ftp_lose(f, LINK_NO_NETWORK, "net", "the bearer went down");
	hang_up(f);
	f->reply = f->refused = 0;
}

static void real_close(struct link_ftp *base)
{
	struct real_ftp *f = (struct real_ftp *)base;

	hang_up(f);
	timer_cancel(&f->tell);
	buf_free(&f->in);
	buf_free(&f->out);
	buf_free(&f->up);
	link_session_close(f->link, &base->session);
	free(f->host);
	free(f);
}

struct link_ftp *real_ftp_login(struct link *l, const struct route *r, const struct link_ftp_setup *setup,
				link_ftp_func_t func, void *ctx)
{
	static const struct link_ftp_ops ops = { real_start, real_pause, real_logout, real_close };
	struct real_ftp *f = calloc(1, sizeof(*f));

	if (f)
		f->host = strdup(setup->host);
	if (!f || !f->host) {
		free(f);
		return NULL;
	}
	f->base.ops = &ops;
	f->link = l;
	f->func = func;
	f->ctx = ctx;
	f->route = *r;
	f->security = setup->security;
	f->one_address = setup->single_ip || !l->o.allow_network;
	f->negotiate_us = setup->tls ? setup->tls->negotiate_us : 0;
	buf_init(&f->in, 2 * REAL_FTP_PATH);
	buf_init(&f->out, 2 * REAL_FTP_PATH);
	buf_init(&f->up, 16384);
	timer_init(&f->tell, tell_next, f);
	timer_init(&f->patience, on_patience, f);
	link_session_open(l, &f->base.session, network_lost);
	open_session(f, setup);
	return &f->base;
}
