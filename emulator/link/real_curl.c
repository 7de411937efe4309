/*
 * libcurl's multi interface on libuv: curl says which sockets it watches and when it wants to be called, libuv tells it.
 * A connection that curl does not look at for the moment is a kept one; whether its server closes it is watched here.
 */
#include "link/real_curl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/loop.h"
#include "link/real_tls.h"

struct sock {
	TAILQ_ENTRY(sock) entry;
	struct real_multi *m;
	uv_poll_t poll;
	curl_socket_t fd;
	bool connection; /* opened and closed by this file; the others are those of curl's resolver */
	bool idle;
};

struct real_multi {
	struct link *link;
	struct real_multi_owner owner;
	const struct real_curl *api;
	CURLM *multi;
	struct real_tls *tls;
	bool listens;
	uv_timer_t timer;
	TAILQ_HEAD(, sock) socks;
};

/* --- libcurl has something to do ---------------------------------------------------------------------------------- */

/* The last thing a caller does: the owner may free m. */
static void run(struct real_multi *m, curl_socket_t fd, int mask)
{
	CURLMsg *msg;
	int n;

	m->api->multi_socket_action(m->multi, fd, mask, &n);
	while ((msg = m->api->multi_info_read(m->multi, &n)) != NULL) {
		CURL *easy = msg->easy_handle;
		CURLcode code = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		if (!m->owner.stirs)
			m->api->multi_remove_handle(m->multi, easy);
		m->owner.done(easy, code, m->owner.ctx);
	}
	m->owner.ran(m->owner.ctx);
}

static void on_timer(uv_timer_t *timer)
{
	run(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int want_timer(CURLM *multi, long ms, void *ctx)
{
	struct real_multi *m = ctx;

	(void)multi;
	if (ms < 0)
		uv_timer_stop(&m->timer);
	else
		uv_timer_start(&m->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

/* --- sockets ------------------------------------------------------------------------------------------------------ */

static void on_freed(uv_handle_t *handle)
{
	free(handle->data);
}

static struct sock *find(struct real_multi *m, curl_socket_t fd)
{
	struct sock *s;

	TAILQ_FOREACH (s, &m->socks, entry) {
		if (s->fd == fd)
			return s;
	}
	return NULL;
}

static struct sock *add(struct real_multi *m, curl_socket_t fd, bool connection)
{
	struct sock *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->m = m;
	s->fd = fd;
	s->connection = connection;
	s->poll.data = s;
	if (uv_poll_init(loop_uv(m->link->o.loop), &s->poll, fd)) {
		free(s);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&m->socks, s, entry);
	return s;
}

static void forget(struct sock *s)
{
	TAILQ_REMOVE(&s->m->socks, s, entry);
	uv_close((uv_handle_t *)&s->poll, on_freed);
}

/* The last thing a caller does: the owner may free all of it. */
static void on_idle(struct sock *s)
{
	const struct real_multi_owner *o = &s->m->owner;

	if (s->m->listens) {
		o->stirs(o->ctx);
		return;
	}
	uv_poll_stop(&s->poll);
	if (o->closed)
		o->closed(o->ctx);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct sock *s = poll->data;
	int mask = 0;

	if (s->idle) {
		on_idle(s);
		return;
	}
	if (status < 0 || events & UV_READABLE)		/* reading tells what is wrong */
		mask |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		mask |= CURL_CSELECT_OUT;
	run(s->m, s->fd, mask);
}

/* A socket that cannot be watched is one that never answers: the transfer ends by its owner's patience. */
static int want_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
	struct real_multi *m = ctx;
	struct sock *s = find(m, fd);

	(void)easy;
	(void)unused;
	if (!s && what != CURL_POLL_REMOVE)
		s = add(m, fd, false);
	if (!s)
		return 0;
	s->idle = what == CURL_POLL_REMOVE;
	if (s->idle && !s->connection)
		forget(s);
	else if (s->idle)
		uv_poll_start(&s->poll, m->listens ? UV_READABLE : UV_DISCONNECT, on_poll);
	else
		uv_poll_start(&s->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
			      on_poll);
	return 0;
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	int fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);

	(void)purpose;
	if (fd >= 0 && !add(ctx, fd, true)) {
		close(fd);
		fd = -1;
	}
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int close_socket(void *ctx, curl_socket_t fd)
{
	struct sock *s = find(ctx, fd);

	if (s)
		forget(s);
	return close(fd);
}

/* --- life --------------------------------------------------------------------------------------------------------- */

struct real_multi *real_multi_new(struct link *l, const struct real_multi_owner *owner, struct why *why)
{
	const struct real_curl *api = real_curl(l, why);
	struct real_multi *m = api ? calloc(1, sizeof(*m)) : NULL;

	if (!m) {
		why_add(why, "memory", "no transfer could be made");
		return NULL;
	}
	*m = (struct real_multi){ .link = l, .owner = *owner, .api = api };
	TAILQ_INIT(&m->socks);
	m->multi = api->multi_init();
	if (!m->multi) {
		why_add(why, "memory", "out of memory");
		free(m);
		return NULL;
	}
	uv_timer_init(loop_uv(l->o.loop), &m->timer);
	m->timer.data = m;
	api->multi_setopt(m->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	api->multi_setopt(m->multi, CURLMOPT_SOCKETDATA, m);
	api->multi_setopt(m->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	api->multi_setopt(m->multi, CURLMOPT_TIMERDATA, m);
	return m;
}

void real_multi_free(struct real_multi *m)
{
	if (!m)
		return;
	m->api->multi_cleanup(m->multi);
	while (!TAILQ_EMPTY(&m->socks))
		forget(TAILQ_FIRST(&m->socks));
	uv_close((uv_handle_t *)&m->timer, on_freed);
}

const struct real_curl *real_multi_api(const struct real_multi *m)
{
	return m->api;
}

void real_multi_listen(struct real_multi *m, bool listens)
{
	struct sock *s;

	m->listens = listens;
	TAILQ_FOREACH (s, &m->socks, entry) {
		if (s->idle && listens)
			uv_poll_start(&s->poll, UV_READABLE, on_poll);
		else if (s->idle)
			uv_poll_stop(&s->poll);
	}
}

unsigned real_multi_connections(const struct real_multi *m)
{
	const struct sock *s;
	unsigned n = 0;

	TAILQ_FOREACH (s, &m->socks, entry)
		n += s->connection;
	return n;
}

/* --- transfers ---------------------------------------------------------------------------------------------------- */

CURL *real_multi_easy(struct real_multi *m, const char *protocols)
{
	const struct real_curl *api = m->api;
	CURL *easy = api->easy_init();

	if (!easy)
		return NULL;
	api->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	api->easy_setopt(easy, CURLOPT_PROXY, "");
	api->easy_setopt(easy, CURLOPT_NOPROXY, "*");
	api->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols);
	api->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	api->easy_setopt(easy, CURLOPT_CAINFO, NULL);
	api->easy_setopt(easy, CURLOPT_CAPATH, NULL);
	api->easy_setopt(easy, CURLOPT_BUFFERSIZE, 16384L);
	api->easy_setopt(easy, CURLOPT_MAXAGE_CONN, 86400L); /* the server's patience decides */
	api->easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	api->easy_setopt(easy, CURLOPT_OPENSOCKETDATA, m);
	api->easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	api->easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, m);
	return easy;
}

int real_curl_add(const struct real_curl *api, struct curl_slist **list, const char *line)
{
	struct curl_slist *grown = api->slist_append(*list, line);

	if (!grown) {
		api->slist_free_all(*list);
		*list = NULL;
		return -ENOMEM;
	}
	*list = grown;
	return 0;
}

int real_multi_route(struct real_multi *m, CURL *easy, const struct route *r, struct curl_slist **list)
{
	bool six = strchr(r->address, ':') != NULL;
	char line[ROUTE_ADDRESS_SIZE + 16];

	snprintf(line, sizeof(line), six ? "::[%s]:%u" : "::%s:%u", r->address, r->port);
	if (real_curl_add(m->api, list, line))
		return -ENOMEM;
	m->api->easy_setopt(easy, CURLOPT_CONNECT_TO, *list);
	return 0;
}

static CURLcode shape(CURL *easy, void *ssl_ctx, void *ctx)
{
	struct real_multi *m = ctx;

	if (m->owner.secures)
		m->owner.secures(easy, m->owner.ctx);
	return real_tls_shape(m->tls, ssl_ctx) ? CURLE_OUT_OF_MEMORY : CURLE_OK;
}

void real_multi_tls(struct real_multi *m, CURL *easy, struct real_tls *t)
{
	const struct real_curl *api = m->api;

	m->tls = t;
	api->easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, shape);
	api->easy_setopt(easy, CURLOPT_SSL_CTX_DATA, m);
	/* What is verified, and against what, stands in t. */
	api->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
	api->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	api->easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	api->easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

int real_multi_start(struct real_multi *m, CURL *easy)
{
	return m->api->multi_add_handle(m->multi, easy) ? -ENOMEM : 0;
}

void real_multi_stop(struct real_multi *m, CURL *easy)
{
	m->api->multi_remove_handle(m->multi, easy);
}

/* --- failures ----------------------------------------------------------------------------------------------------- */

bool real_curl_is_tls(CURLcode code)
{
	static const CURLcode codes[] = {
		CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_CERTPROBLEM,
		CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_INITFAILED,
		CURLE_SSL_CACERT_BADFILE, CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
		CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT,
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

void real_curl_why(const struct real_curl *api, CURL *easy, CURLcode code, const char *reason, const struct route *r,
		   struct why *why)
{
	const char *text = reason && *reason ? reason : api->easy_strerror(code);
	const char *rule = code == CURLE_COULDNT_RESOLVE_HOST ? "dns" : "tcp";
	long err = 0;

	api->easy_getinfo(easy, CURLINFO_OS_ERRNO, &err);
	if (err && !strstr(text, strerror((int)err)))
		why_add(why, rule, "%.50s:%u: %.80s (%.30s)", r->address, r->port, text, strerror((int)err));
	else
		why_add(why, rule, "%.50s:%u: %.120s", r->address, r->port, text);
}

static enum link_status by_errno(const struct real_curl *api, CURL *easy, enum link_status otherwise)
{
	long err = 0;

	api->easy_getinfo(easy, CURLINFO_OS_ERRNO, &err);
	return err == ETIMEDOUT ? LINK_TIMEOUT : err == ECONNRESET || err == EPIPE ? LINK_RESET : otherwise;
}

enum link_status real_curl_status(const struct real_curl *api, CURL *easy, CURLcode code)
{
	static const struct {
		CURLcode code;
		enum link_status status;
	} rows[] = {
		{ CURLE_OK, LINK_OK },
		{ CURLE_COULDNT_RESOLVE_HOST, LINK_DNS },
		{ CURLE_COULDNT_RESOLVE_PROXY, LINK_DNS },
		{ CURLE_OPERATION_TIMEDOUT, LINK_TIMEOUT },
		{ CURLE_FTP_ACCEPT_TIMEOUT, LINK_TIMEOUT },
		{ CURLE_GOT_NOTHING, LINK_PEER_CLOSED },
		{ CURLE_PARTIAL_FILE, LINK_PEER_CLOSED },
		{ CURLE_UNSUPPORTED_PROTOCOL, LINK_PROTOCOL },
		{ CURLE_WEIRD_SERVER_REPLY, LINK_PROTOCOL },
		{ CURLE_WRITE_ERROR, LINK_PROTOCOL },
		{ CURLE_LOGIN_DENIED, LINK_LOGIN },
		{ CURLE_REMOTE_ACCESS_DENIED, LINK_REJECTED },
		{ CURLE_REMOTE_FILE_NOT_FOUND, LINK_REJECTED },
		{ CURLE_QUOTE_ERROR, LINK_REJECTED },
		{ CURLE_UPLOAD_FAILED, LINK_REJECTED },
	};

	if (real_curl_is_tls(code))
		return LINK_TLS_FAILED;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].code == code)
			return rows[i].status;
	}
	if (code == CURLE_COULDNT_CONNECT)
		return by_errno(api, easy, LINK_REFUSED) == LINK_TIMEOUT ? LINK_TIMEOUT : LINK_REFUSED;
	return by_errno(api, easy, LINK_RESET);
}
