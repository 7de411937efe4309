/*
 * The real back end of link_ftp.h: a session is one easy handle of libcurl and the control connection it keeps.
 * Commands are sent as they are (QUOTE), paths are absolute, so that curl changes no directory by itself. What curl's
 * callbacks bring is put aside and told when curl is done; what is put aside is bounded, then curl waits.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "link/real_ftp_impl.h"

/* For a data connection with its TLS; curl may block on that. The login's patience is the owner's. */
enum { DATA_CONNECT_MS = 20000, LOGIN_MS = 3600000 };

const struct real_curl *real_ftp_api(const struct real_ftp *f)
{
	return real_multi_api(f->multi);
}

void real_ftp_tell_soon(struct real_ftp *f)
{
	clock_arm(f->link->o.clock, &f->tell, 0);
}

/* --- the end of the connection ---------------------------------------------------------------------------------- */

/* curl would send a QUIT when it is freed and wait for the answer, blocking: it finds nobody to send it to. */
static void shut_control(struct real_ftp *f)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (f->easy && !real_ftp_api(f)->easy_getinfo(f->easy, CURLINFO_ACTIVESOCKET, &fd) && fd != CURL_SOCKET_BAD)
		shutdown(fd, SHUT_RDWR);
}

static void hang_up(struct real_ftp *f)
{
	timer_cancel(&f->patience);
	if (!f->multi)
		return;
	if (f->running)
		real_multi_stop(f->multi, f->easy);
	f->running = f->judging = false;
	shut_control(f);
	if (f->easy)
		real_ftp_api(f)->easy_cleanup(f->easy);
	real_ftp_api(f)->slist_free_all(f->connect_to);
	real_ftp_api(f)->slist_free_all(f->quote);
	real_multi_free(f->multi);
	real_tls_free(f->tls);
	BIO_meth_free(f->guard);
	f->guard = NULL;
	f->multi = NULL;
	f->tls = NULL;
	f->easy = NULL;
	f->connect_to = f->quote = NULL;
}

void real_ftp_end(struct real_ftp *f, enum link_status status)
{
	timer_cancel(&f->patience);
	f->ended = true;
	f->status = status;
}

/* --- telling ---------------------------------------------------------------------------------------------------- */

static void tell(struct real_ftp *f, enum link_ftp_event_type type, const void *data, size_t len)
{
	struct why why = f->why;
	const struct link_ftp_event ev = {
		.type = type,
		.status = f->status,
		.op = f->op,
		.reply = f->status && f->refused ? f->refused : f->reply,
		.data = data,
		.len = len,
		.text = f->cwd,
		.size = f->size,
		.why = f->status ? &why : NULL,
	};

	f->func(&ev, f->ctx);
}

static void tell_data(struct real_ftp *f)
{
	struct buf now = f->aside;
	const struct link_ftp_event ev = {
		.type = LINK_FTP_DATA,
		.op = f->op,
		.data = now.data,
		.len = now.len,
	};

	buf_init(&f->aside, REAL_FTP_ASIDE_LIMIT);
	f->func(&ev, f->ctx);
	buf_free(&now);
}

/* The session has ended without being asked to; the status says how. */
static void lose(struct real_ftp *f, enum link_status status, const char *reason)
{
	hang_up(f);
	f->status = status;
	why_reset(&f->why);
	why_add(&f->why, status == LINK_NO_NETWORK ? "net" : "ftp", "%.60s:%u: %.120s", f->route.address, f->route.port,
		reason);
}

static void tell_login(struct real_ftp *f)
{
	if (f->status)
		hang_up(f);
	f->phase = f->status ? FTP_PHASE_DEAD : FTP_PHASE_READY;
	tell(f, LINK_FTP_LOGGED_IN, NULL, 0);
}

/* A refusal leaves the session as it is, everything else ends it. */
static void tell_done(struct real_ftp *f)
{
	bool lost = (f->status && f->status != LINK_REJECTED) || !f->multi || !real_multi_connections(f->multi);

	f->phase = lost ? FTP_PHASE_LOST : FTP_PHASE_READY;
	if (lost)
		real_ftp_tell_soon(f);
	tell(f, LINK_FTP_DONE, NULL, 0);
}

static void tell_end(struct real_ftp *f, enum link_ftp_event_type type)
{
	f->phase = FTP_PHASE_DEAD;
	tell(f, type, NULL, 0);
}

static void tell_lost(struct real_ftp *f)
{
	if (!f->status || f->status == LINK_REJECTED)
		lose(f, LINK_PEER_CLOSED, "the server closed the control connection");
	else
		hang_up(f);
	tell_end(f, LINK_FTP_LOST);
}

bool real_ftp_is_held(const struct real_ftp *f)
{
	return f->paused || f->link->held;
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
		hang_up(f);
		f->status = LINK_OK;
		tell_end(f, LINK_FTP_LOGGED_OUT);
		break;
	case FTP_PHASE_READY:
	case FTP_PHASE_LOST:
	case FTP_PHASE_DEAD:
		break;
	}
}

/* The next thing there is to tell, each from a call of its own: the owner may do anything in it. */
static void tell_next(void *ctx)
{
	struct real_ftp *f = ctx;

	if (f->phase == FTP_PHASE_LOST) {
		tell_lost(f);
	} else if (f->aside.len && !real_ftp_is_held(f)) {
		real_ftp_tell_soon(f);
		tell_data(f);
	} else if (f->running && f->curl_paused && !real_ftp_is_held(f)) {
		/* Brings what curl had kept, and lets it read on. */
		real_ftp_tell_soon(f);
		f->curl_paused = false;
		real_ftp_api(f)->easy_pause(f->easy, CURLPAUSE_CONT);
	} else if (f->running && f->neglected && !real_ftp_is_held(f)) {
		real_ftp_nudge(f);
	} else if (f->ended && !f->judging && !f->aside.len) {
		tell_outcome(f);
	}
}

/* --- login ------------------------------------------------------------------------------------------------------ */

/* An address of PASV is only followed where the modem may leave this machine. */
static void set_session(struct real_ftp *f, const struct link_ftp_setup *s)
{
	const struct real_curl *c = real_ftp_api(f);
	bool one_address = s->single_ip || !f->link->o.allow_network;

	c->easy_setopt(f->easy, CURLOPT_USERNAME, s->user);
	c->easy_setopt(f->easy, CURLOPT_PASSWORD, s->password);
	c->easy_setopt(f->easy, CURLOPT_USE_SSL, (long)(s->tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	c->easy_setopt(f->easy, CURLOPT_FTPSSLAUTH,
		       (long)(s->security == LINK_FTP_AUTH_SSL ? CURLFTPAUTH_SSL : CURLFTPAUTH_TLS));
	c->easy_setopt(f->easy, CURLOPT_FTP_USE_EPSV, 0L);
	c->easy_setopt(f->easy, CURLOPT_FTP_SKIP_PASV_IP, (long)one_address);
	c->easy_setopt(f->easy, CURLOPT_FTP_FILEMETHOD, (long)CURLFTPMETHOD_NOCWD);
}

static int make_easy(struct real_ftp *f, const struct link_ftp_setup *s)
{
	bool six = strchr(s->host, ':') != NULL;

	f->easy = real_multi_easy(f->multi, "ftp,ftps");
	if (!f->easy || real_multi_route(f->multi, f->easy, &f->route, &f->connect_to))
		return -ENOMEM;
	snprintf(f->url, sizeof(f->url), six ? "%s://[%.255s]:%u/" : "%s://%.255s:%u/",
		 s->security == LINK_FTP_IMPLICIT ? "ftps" : "ftp", s->host, s->port);
	real_ftp_set_callbacks(f);
	set_session(f, s);
	if (f->tls)
		real_multi_tls(f->multi, f->easy, f->tls);
	return 0;
}

/* One more transfer of the handle. 0 or -ENOMEM. */
static int start(struct real_ftp *f)
{
	f->ended = f->curl_paused = f->neglected = f->unguarded = false;
	f->reply = f->refused = 0;
	f->seconds_for_reply = 0;
	f->end_seen_us = 0;
	f->status = LINK_OK;
	why_reset(&f->why);
	f->running = !real_multi_start(f->multi, f->easy);
	return f->running ? 0 : -ENOMEM;
}

/* Percent-encoded behind the session's URL; the slash in front as %2F, which makes it absolute. */
static int set_path(struct real_ftp *f, const char *path)
{
	struct buf url;
	int err;

	buf_init(&url, sizeof(f->url) + 3 * REAL_FTP_PATH);
	err = buf_addf(&url, "%s%%2F", f->url);
	for (path += *path == '/'; !err && *path; path++) {
		if (isalnum((unsigned char)*path) || strchr("/-._~", *path))
			err = buf_addc(&url, *path);
		else
			err = buf_addf(&url, "%%%02X", (unsigned char)*path);
	}
	if (!err)
		real_ftp_api(f)->easy_setopt(f->easy, CURLOPT_URL, buf_str(&url));
	buf_free(&url);
	return err;
}

/* Nothing is transferred: quote has all there is to do. */
static int start_commands(struct real_ftp *f)
{
	const struct real_curl *c = real_ftp_api(f);

	c->easy_setopt(f->easy, CURLOPT_UPLOAD, 0L);
	c->easy_setopt(f->easy, CURLOPT_NOBODY, 1L);
	c->easy_setopt(f->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)LOGIN_MS);
	c->easy_setopt(f->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)0);
	c->easy_setopt(f->easy, CURLOPT_PREQUOTE, NULL);
	c->easy_setopt(f->easy, CURLOPT_QUOTE, f->quote);
	return set_path(f, "/") || start(f) ? -ENOMEM : 0;
}

static void fail_login(struct real_ftp *f, enum link_status status)
{
	real_ftp_end(f, status);
	real_ftp_tell_soon(f);
}

static enum link_status open_session(struct real_ftp *f, const struct link_ftp_setup *s)
{
	struct real_multi_owner owner = real_ftp_owner;

	owner.ctx = f;
	f->multi = real_multi_new(f->link, &owner, &f->why);
	if (!f->multi)
		return LINK_REFUSED;
	return s->tls ? real_tls_new(f->link, s->tls, s->host, &f->tls, &f->why) : LINK_OK;
}

/* --- operations ------------------------------------------------------------------------------------------------- */

/* A '*' in front makes curl go on when the command is refused, instead of closing the connection. */
static int quote(struct real_ftp *f, const char *command, const char *path)
{
	char line[REAL_FTP_PATH + 16];

	snprintf(line, sizeof(line), "*%s%s%s", command, path ? " " : "", path ? path : "");
	return real_curl_add(real_ftp_api(f), &f->quote, line);
}

static int start_command(struct real_ftp *f, const struct link_ftp_request *r)
{
	static const char *const verb[] = {
		[LINK_FTP_CWD] = "CWD",	  [LINK_FTP_PWD] = "PWD", [LINK_FTP_MKD] = "MKD",   [LINK_FTP_RMD] = "RMD",
		[LINK_FTP_DELE] = "DELE", [LINK_FTP_TYPE] = NULL, [LINK_FTP_SIZE] = "SIZE",
	};
	int err;

	if (r->op == LINK_FTP_TYPE)
		err = quote(f, r->ascii ? "TYPE A" : "TYPE I", NULL);
	else
		err = quote(f, verb[r->op], r->op == LINK_FTP_PWD ? NULL : r->path);
	if (r->op == LINK_FTP_CWD && !err)
		err = quote(f, "PWD", NULL); /* where that is; transfers need it */
	f->ascii = r->op == LINK_FTP_TYPE ? r->ascii : f->ascii;
	return err ? err : start_commands(f);
}

/* An absolute path; a directory to be listed ends in a slash for curl. */
static int absolute(const struct real_ftp *f, const char *path, bool list, struct buf *out)
{
	path = path ? path : "";
	if (*path != '/')
		buf_addf(out, "%s%s", f->cwd, strcmp(f->cwd, "/") ? "/" : "");
	buf_adds(out, path);
	return list && *path ? buf_adds(out, "/") : buf_adds(out, "");
}

static int start_transfer(struct real_ftp *f, const struct link_ftp_request *r)
{
	const struct real_curl *c = real_ftp_api(f);
	struct buf path;
	char rest[40];
	int err;

	buf_init(&path, 2 * REAL_FTP_PATH);
	err = absolute(f, r->path, r->op == LINK_FTP_LIST, &path);
	/* curl says TYPE I by itself, and for a listing A. */
	if (f->ascii && r->op != LINK_FTP_LIST && !err)
		err = real_curl_add(c, &f->quote, "TYPE A");
	if (r->op == LINK_FTP_PUT && r->offset && !err) {
		snprintf(rest, sizeof(rest), "REST %llu", (unsigned long long)r->offset);
		err = real_curl_add(c, &f->quote, rest);
	}
	/* A later part of a download: curl looks at the size first. A whole one needs none. */
	c->easy_setopt(f->easy, CURLOPT_IGNORE_CONTENT_LENGTH, (long)!r->offset);
	c->easy_setopt(f->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)(r->op == LINK_FTP_GET ? r->offset : 0));
	c->easy_setopt(f->easy, CURLOPT_NOBODY, 0L);
	c->easy_setopt(f->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)DATA_CONNECT_MS);
	c->easy_setopt(f->easy, CURLOPT_UPLOAD, (long)(r->op == LINK_FTP_PUT));
	c->easy_setopt(f->easy, CURLOPT_QUOTE, NULL);
	c->easy_setopt(f->easy, CURLOPT_PREQUOTE, f->quote);
	if (!err)
		err = set_path(f, buf_str(&path));
	buf_free(&path);
	return err || start(f) ? -ENOMEM : 0;
}

static int check_ready(const struct real_ftp *f)
{
	if (f->phase == FTP_PHASE_READY)
		return 0;
	return f->phase == FTP_PHASE_BUSY || f->phase == FTP_PHASE_LOGOUT ? -EBUSY : -ENOTCONN;
}

static int begin(struct real_ftp *f, enum ftp_phase phase)
{
	int err = check_ready(f);

	if (err)
		return err;
	real_ftp_api(f)->slist_free_all(f->quote);
	f->quote = NULL;
	f->phase = phase;
	return 0;
}

static bool has_control_bytes(const char *path)
{
	for (; path && *path; path++) {
		if (iscntrl((unsigned char)*path))
			return true;
	}
	return false;
}

/* A path with a line end in it would be two commands. */
static int refuse_path(struct real_ftp *f)
{
	why_reset(&f->why);
	why_add(&f->why, "ftp", "a path with control bytes, or too long, was not sent");
	f->reply = f->refused = 0;
	real_ftp_end(f, LINK_REJECTED);
	real_ftp_tell_soon(f);
	return 0;
}

static int real_start(struct link_ftp *base, const struct link_ftp_request *r)
{
	struct real_ftp *f = (struct real_ftp *)base;
	int err = begin(f, FTP_PHASE_BUSY);

	if (err)
		return err;
	f->op = r->op;
	f->read = r->read;
	f->paused = false;
	f->size = 0;
	if (has_control_bytes(r->path) || (r->path && strlen(r->path) + strlen(f->cwd) + 4 > REAL_FTP_PATH))
		return refuse_path(f);
	if (r->op == LINK_FTP_LIST || r->op == LINK_FTP_GET || r->op == LINK_FTP_PUT)
		err = start_transfer(f, r);
	else
		err = start_command(f, r);
	if (err)
		f->phase = FTP_PHASE_READY;
	return err;
}

static int real_logout(struct link_ftp *base)
{
	struct real_ftp *f = (struct real_ftp *)base;
	int err = begin(f, FTP_PHASE_LOGOUT);

	if (err)
		return err;
	if (!quote(f, "QUIT", NULL) && !start_commands(f))
		return 0;
	f->phase = FTP_PHASE_READY;
	return -ENOMEM;
}

static void real_pause(struct link_ftp *base, bool paused)
{
	struct real_ftp *f = (struct real_ftp *)base;

	f->paused = paused;
	if (!paused)
		real_ftp_tell_soon(f);
}

static void hold(struct link_session *s, bool held)
{
	struct real_ftp *f = (struct real_ftp *)s;

	if (!held)
		real_ftp_tell_soon(f);
}

static void network_lost(struct link_session *s)
{
	struct real_ftp *f = (struct real_ftp *)s;
	bool idle = f->phase == FTP_PHASE_READY || f->phase == FTP_PHASE_LOGOUT;

	if (f->phase == FTP_PHASE_LOST || f->phase == FTP_PHASE_DEAD)
		return;
	lose(f, LINK_NO_NETWORK, "the bearer went down");
	buf_free(&f->aside);
	f->reply = f->refused = 0;
	f->ended = true;
	if (idle)
		f->phase = FTP_PHASE_LOST;
	real_ftp_tell_soon(f);
}

static void real_close(struct link_ftp *base)
{
	struct real_ftp *f = (struct real_ftp *)base;

	hang_up(f);
	timer_cancel(&f->tell);
	buf_free(&f->aside);
	link_session_close(f->link, &base->session);
	free(f);
}

struct link_ftp *real_ftp_login(struct link *l, const struct route *r, const struct link_ftp_setup *setup,
				link_ftp_func_t func, void *ctx)
{
	static const struct link_ftp_ops ops = { real_start, real_pause, real_logout, real_close };
	struct real_ftp *f = calloc(1, sizeof(*f));
	enum link_status status;

	if (!f)
		return NULL;
	*f = (struct real_ftp){
		.base.ops = &ops,
		.base.session.hold = hold,
		.link = l,
		.func = func,
		.ctx = ctx,
		.route = *r,
		.security = setup->security,
		.negotiate_us = setup->tls ? setup->tls->negotiate_us : 0,
		.cwd = "/",
	};
	buf_init(&f->aside, REAL_FTP_ASIDE_LIMIT);
	timer_init(&f->tell, tell_next, f);
	link_session_open(l, &f->base.session, network_lost);
	status = open_session(f, setup);
	if (status)
		fail_login(f, status);
	else if (make_easy(f, setup) || start_commands(f))
		fail_login(f, LINK_RESET);
	return &f->base;
}
