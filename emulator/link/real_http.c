/*
 * The real back end of link_http.h: one client's requests by libcurl. What curl's callbacks bring is put aside and told
 * when curl is done, so that the owner may do anything in its events; what is put aside is bounded, then curl waits.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "link/real_curl.h"
#include "link/real_tls.h"

enum {
	ASIDE_MAX = 64 * 1024,		  /* of the body, before curl waits */
	ASIDE_LIMIT = ASIDE_MAX + 4 * 16384, /* what it may still bring then */
};

struct real_http {
	struct link_http_peer base;
	struct link *link;
	/* the place, and the connection to it */
	struct real_multi *multi;
	struct real_tls *tls;
	uint64_t key;
	struct route route;
	bool secured;			/* its cipher was told */
	/* the request */
	bool busy;			/* DONE is owed */
	CURL *easy;
	bool running;			/* with curl */
	struct curl_slist *headers, *connect_to;
	uint64_t negotiate_us, response_us, receive_us;
	enum link_http_phase phase;
	struct timer tell, patience;
	bool paused, curl_paused;
	char reason[CURL_ERROR_SIZE];
	/* what there is to tell */
	struct buf head, aside;
	bool head_whole, head_told;
	int status_code;
	bool ended, judging;
	enum link_status status;
	struct why why;
};

static const struct real_curl *api(const struct real_http *h)
{
	return real_multi_api(h->multi);
}

/* --- the end of a request ----------------------------------------------------------------------------------------- */

/* Request and what came of it; the connection stays. */
static void request_clear(struct real_http *h)
{
	if (h->easy && h->running)
		real_multi_stop(h->multi, h->easy);
	if (h->easy)
		api(h)->easy_cleanup(h->easy);
	if (h->headers)
		api(h)->slist_free_all(h->headers);
	if (h->connect_to)
		api(h)->slist_free_all(h->connect_to);
	h->easy = NULL;
	h->headers = h->connect_to = NULL;
	h->busy = h->running = h->ended = h->judging = h->head_whole = h->head_told = h->paused = h->curl_paused = false;
	timer_cancel(&h->tell);
	timer_cancel(&h->patience);
	buf_free(&h->head);
	buf_free(&h->aside);
	why_reset(&h->why);
}

static void hang_up(struct real_http *h)
{
	request_clear(h);
	real_multi_free(h->multi);
	real_tls_free(h->tls);
	h->multi = NULL;
	h->tls = NULL;
	h->secured = false;
}

static void tell_soon(struct real_http *h)
{
	clock_arm(h->link->o.clock, &h->tell, 0);
}

static void end(struct real_http *h, enum link_status status)
{
	timer_cancel(&h->patience);
	h->ended = true;
	h->status = status;
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

/* The value of a header, NULL when it is not there. */
static const char *header_value(const char *head, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
		if (!strncasecmp(line + 2, name, n) && line[2 + n] == ':')
			return line + 3 + n + strspn(line + 3 + n, " \t");
	}
	return NULL;
}

static long long body_length(const struct real_http *h)
{
	const char *coding = header_value(h->head.data, "Transfer-Encoding");
	const char *length = header_value(h->head.data, "Content-Length");
	long long n;

	if (h->status_code == 204 || h->status_code == 304)
		return 0;
	if (coding || !length || str_to_num(length, strspn(length, "0123456789"), 0, INT64_MAX, &n))
		return -1;
	return n;
}

static void tell_head(struct real_http *h)
{
	const struct link_http_event ev = {
		.type = LINK_HTTP_HEAD, .code = h->status_code, .data = h->head.data, .len = h->head.len,
		.length = body_length(h),
	};

	h->head_told = true;
	link_http_tell(h->base.client, &ev);
}

static void tell_data(struct real_http *h)
{
	struct buf now = h->aside;
	const struct link_http_event ev = { .type = LINK_HTTP_DATA, .data = now.data, .len = now.len };

	buf_init(&h->aside, ASIDE_LIMIT);
	link_http_tell(h->base.client, &ev);
	buf_free(&now);
}

static void tell_closed(struct real_http *h)
{
	struct why why = { .n = 0 };
	const struct link_http_event ev = { .type = LINK_HTTP_CLOSED, .status = LINK_PEER_CLOSED, .why = &why };

	why_add(&why, "broker", "%.80s:%u closed the connection", h->route.address, h->route.port);
	hang_up(h);
	link_http_tell(h->base.client, &ev);
}

static void tell_done(struct real_http *h)
{
	struct why why = h->why;
	const struct link_http_event ev = {
		.type = LINK_HTTP_DONE, .status = h->status, .phase = h->phase, .why = h->status ? &why : NULL,
	};

	if (h->status)
		hang_up(h);
	else
		request_clear(h);
	/* A server that closes behind its answer has done so by now; that is told behind it. */
	if (h->multi && !real_multi_connections(h->multi))
		tell_soon(h);
	link_http_tell(h->base.client, &ev);
}

/* The next thing there is to tell, each from a call of its own: the owner may do anything in it. */
static void tell_next(void *ctx)
{
	struct real_http *h = ctx;

	if (!h->busy) {
		tell_closed(h);
	} else if (h->head_whole && !h->head_told) {
		tell_soon(h);
		tell_head(h);
	} else if (h->aside.len && !h->paused) {
		tell_soon(h);
		tell_data(h);
	} else if (h->running && h->curl_paused && !h->paused) {
		/* Brings what curl had kept, and lets it read on. */
		tell_soon(h);
		h->curl_paused = false;
		api(h)->easy_pause(h->easy, CURLPAUSE_CONT);
	} else if (h->ended && !h->judging && !h->aside.len) {
		tell_done(h);
	}
}

/* --- patience ----------------------------------------------------------------------------------------------------- */

static void be_patient(struct real_http *h, uint64_t us)
{
	if (us)
		clock_arm(h->link->o.clock, &h->patience, us);
	else
		timer_cancel(&h->patience);
}

static void out_of_patience(void *ctx)
{
	static const char *const words[] = {
		[LINK_HTTP_CONNECT] = "no connection", [LINK_HTTP_TLS] = "no TLS session",
		[LINK_HTTP_RESPONSE] = "no answer", [LINK_HTTP_BODY] = "no more of the body",
	};
	struct real_http *h = ctx;

	if (h->phase == LINK_HTTP_BODY && (h->paused || h->curl_paused))
		return;		/* it is us who do not read */
	real_multi_stop(h->multi, h->easy);
	h->running = false;
	why_add(&h->why, "time", "%s from %.80s:%u in time", words[h->phase], h->route.address, h->route.port);
	end(h, LINK_TIMEOUT);
	tell_soon(h);
}

/* --- what curl brings --------------------------------------------------------------------------------------------- */

/* Lines of the head, one by one. Those of an interim answer (100) and those behind the body are not told. */
static size_t on_header(char *line, size_t one, size_t n, void *ctx)
{
	struct real_http *h = ctx;
	long code = 0;

	(void)one;
	if (h->head_whole)
		return n;
	if (h->phase < LINK_HTTP_RESPONSE)
		h->phase = LINK_HTTP_RESPONSE;
	be_patient(h, h->receive_us);
	if (buf_add(&h->head, line, n))
		return 0;
	if (n > 2 || (line[0] != '\r' && line[0] != '\n'))
		return n;
	api(h)->easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &code);
	if (code >= 100 && code < 200) {
		buf_reset(&h->head);
		return n;
	}
	h->status_code = (int)code;
	h->head_whole = true;
	h->phase = LINK_HTTP_BODY;
	return n;
}

static size_t on_body(char *data, size_t one, size_t n, void *ctx)
{
	struct real_http *h = ctx;

	(void)one;
	be_patient(h, h->receive_us);
	if (h->aside.len >= ASIDE_MAX || (h->paused && h->aside.len)) {
		h->curl_paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	return buf_add(&h->aside, data, n) ? 0 : n;
}

/* The handshake has a time limit of its own within that of the connect. */
static void on_secures(CURL *easy, void *ctx)
{
	struct real_http *h = ctx;
	uint64_t left = timer_left_us(&h->patience);

	(void)easy;
	h->phase = LINK_HTTP_TLS;
	if (h->negotiate_us && (!timer_armed(&h->patience) || left > h->negotiate_us))
		be_patient(h, h->negotiate_us);
}

/* Connected, TLS included; the request goes out now. */
static int on_connected(void *ctx, char *to, char *from, int to_port, int from_port)
{
	struct real_http *h = ctx;

	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	h->phase = LINK_HTTP_RESPONSE;
	be_patient(h, h->response_us);
	if (h->tls && !h->secured)
		trace_text(h->link->o.trace, TRACE_MODEL, "tls %s %s", real_tls_info(h->tls)->version,
			   real_tls_info(h->tls)->cipher);
	h->secured = true;
	return CURL_PREREQFUNC_OK;
}

/* What TLS has to say of a failure, after a server was asked what it would take. */
static void judged(enum link_status status, const struct why *why, void *ctx)
{
	struct real_http *h = ctx;

	if (!h->judging)
		return;
	h->judging = false;
	h->status = status;
	h->why = *why;
	tell_soon(h);
}

/* A failure in words: TLS first, since curl knows little of it. */
static void explain(struct real_http *h, CURLcode code)
{
	h->status = real_curl_status(api(h), h->easy, code);
	if (h->tls && h->phase <= LINK_HTTP_TLS && real_tls_info(h->tls)->started &&
	    (real_curl_is_tls(code) || !real_tls_info(h->tls)->done)) {
		h->phase = LINK_HTTP_TLS;
		h->judging = true;
		real_tls_judge(h->tls, h->route.address, h->route.port, judged, h);
		return;
	}
	if (h->tls && real_tls_info(h->tls)->started) {
		enum link_status status = real_tls_outcome(h->tls, &h->why);

		h->status = status ? status : h->status;
	}
	if (!h->why.n)
		real_curl_why(api(h), h->easy, code, h->reason, &h->route, &h->why);
}

static void on_done(CURL *easy, CURLcode code, void *ctx)
{
	struct real_http *h = ctx;

	(void)easy;
	h->running = false;
	end(h, LINK_OK);
	if (code)
		explain(h, code);
}

static void on_ran(void *ctx)
{
	struct real_http *h = ctx;

	if (h->busy && !timer_armed(&h->tell) && (h->head_whole || h->aside.len || h->ended))
		tell_soon(h);
}

/* Of a kept connection; during a transfer curl tells. */
static void on_closed(void *ctx)
{
	struct real_http *h = ctx;

	if (!h->busy)
		tell_soon(h);
}

/* --- what the client asks for ------------------------------------------------------------------------------------- */

static int set_url(struct real_http *h, const struct link_http_setup *s)
{
	bool six = strchr(s->host, ':') != NULL;
	char *url;

	if (asprintf(&url, six ? "%s://[%s]:%u/" : "%s://%s:%u/", s->tls ? "https" : "http", s->host, s->port) < 0)
		return -ENOMEM;
	api(h)->easy_setopt(h->easy, CURLOPT_URL, url);
	api(h)->easy_setopt(h->easy, CURLOPT_REQUEST_TARGET, s->path);
	free(url);
	return 0;
}

static bool has_header(const struct link_http_setup *s, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; s->header && s->header[i]; i++) {
		if (!strncasecmp(s->header[i], name, n) && s->header[i][n] == ':')
			return true;
	}
	return false;
}

/* The client's headers and no others: an empty one takes curl's own away. */
static int set_headers(struct real_http *h, const struct link_http_setup *s)
{
	static const char *const own[] = { "Accept", "Content-Type", "Expect", "User-Agent" };
	char line[32];

	for (size_t i = 0; s->header && s->header[i]; i++) {
		if (real_curl_add(api(h), &h->headers, s->header[i]))
			return -ENOMEM;
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		snprintf(line, sizeof(line), "%s:", own[i]);
		if (!has_header(s, own[i]) && real_curl_add(api(h), &h->headers, line))
			return -ENOMEM;
	}
	api(h)->easy_setopt(h->easy, CURLOPT_HTTPHEADER, h->headers);
	return 0;
}

static void set_method(struct real_http *h, const struct link_http_setup *s)
{
	if (s->body) {
		api(h)->easy_setopt(h->easy, CURLOPT_POST, 1L);
		api(h)->easy_setopt(h->easy, CURLOPT_POSTFIELDS, s->body);
		api(h)->easy_setopt(h->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->len);
	}
	if (!strcmp(s->method, "HEAD"))
		api(h)->easy_setopt(h->easy, CURLOPT_NOBODY, 1L);
	api(h)->easy_setopt(h->easy, CURLOPT_CUSTOMREQUEST, s->method);
}

static void set_callbacks(struct real_http *h)
{
	const struct real_curl *c = api(h);

	c->easy_setopt(h->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	c->easy_setopt(h->easy, CURLOPT_CONNECTTIMEOUT_MS, 3600000L); /* patience is ours */
	c->easy_setopt(h->easy, CURLOPT_ERRORBUFFER, h->reason);
	c->easy_setopt(h->easy, CURLOPT_HEADERFUNCTION, on_header);
	c->easy_setopt(h->easy, CURLOPT_HEADERDATA, h);
	c->easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, on_body);
	c->easy_setopt(h->easy, CURLOPT_WRITEDATA, h);
	c->easy_setopt(h->easy, CURLOPT_PREREQFUNCTION, on_connected);
	c->easy_setopt(h->easy, CURLOPT_PREREQDATA, h);
}

static int make_easy(struct real_http *h, const struct link_http_setup *s)
{
	h->easy = real_multi_easy(h->multi, "http,https");
	if (!h->easy || set_url(h, s) || set_headers(h, s) ||
	    real_multi_route(h->multi, h->easy, &h->route, &h->connect_to))
		return -ENOMEM;
	set_method(h, s);
	set_callbacks(h);
	if (h->tls)
		real_multi_tls(h->multi, h->easy, h->tls);
	return 0;
}

/* Fails before curl is asked; why has the reason. */
static int fail(struct real_http *h, enum link_status status, enum link_http_phase phase)
{
	h->phase = phase;
	end(h, status);
	tell_soon(h);
	return 0;
}

static void trace_place(const struct real_http *h, const struct link_http_setup *s)
{
	const struct real_tls_info *tls = h->tls ? real_tls_info(h->tls) : NULL;

	trace_text(h->link->o.trace, TRACE_MODEL, "%s:%u is %s:%u (%s), %s%s", s->host, s->port, h->route.address,
		   h->route.port, h->route.host ? h->route.host->place : "not in the world file", tls ? "sni=" : "plain",
		   tls ? tls->sni ? tls->sni : "none" : "");
}

static int open_place(struct real_http *h, const struct link_http_setup *s)
{
	const struct real_multi_owner owner = {
		.done = on_done, .ran = on_ran, .secures = on_secures, .closed = on_closed, .ctx = h,
	};
	enum link_status status;

	h->multi = real_multi_new(h->link, &owner, &h->why);
	if (!h->multi)
		return LINK_REFUSED;
	if (!s->tls)
		return LINK_OK;
	status = real_tls_new(h->link, s->tls, s->host, &h->tls, &h->why);
	return (int)status;
}

static int real_request(struct link_http_peer *p, const struct route *r, const struct link_http_setup *s, uint64_t key)
{
	struct real_http *h = (struct real_http *)p;
	bool kept = h->multi && h->key == key && h->route.port == r->port && !strcmp(h->route.address, r->address);
	int status = LINK_OK;

	request_clear(h);
	if (!kept) {
		hang_up(h);
		h->key = key;
		h->route = *r;
		status = open_place(h, s);
		if (!status)
			trace_place(h, s);
	}
	h->busy = true;
	h->negotiate_us = s->tls ? s->tls->negotiate_us : 0;
	h->response_us = s->response_us;
	h->receive_us = s->receive_us;
	h->phase = LINK_HTTP_CONNECT;
	if (status)
		return fail(h, (enum link_status)status, status == LINK_REFUSED ? LINK_HTTP_CONNECT : LINK_HTTP_TLS);
	if (make_easy(h, s) || real_multi_start(h->multi, h->easy)) {
		hang_up(h);
		return -ENOMEM;
	}
	h->running = true;
	be_patient(h, s->connect_us);
	return 0;
}

static void real_pause(struct link_http_peer *p, bool paused)
{
	struct real_http *h = (struct real_http *)p;

	h->paused = paused;
	if (paused)
		return;
	if (h->phase == LINK_HTTP_BODY && !h->ended)
		be_patient(h, h->receive_us);
	tell_soon(h);
}

static void real_abort(struct link_http_peer *p, enum link_status status, const char *reason)
{
	struct real_http *h = (struct real_http *)p;

	if (!h->busy) {
		hang_up(h);
		return;
	}
	if (h->running)
		real_multi_stop(h->multi, h->easy);
	h->running = h->judging = false;
	why_reset(&h->why);
	why_add(&h->why, status == LINK_NO_NETWORK ? "net" : "broker", "%s", reason);
	end(h, status);
	h->paused = false;
	tell_soon(h);
}

static void real_cancel(struct link_http_peer *p)
{
	hang_up((struct real_http *)p);
}

static void real_free(struct link_http_peer *p)
{
	hang_up((struct real_http *)p);
	free(p);
}

struct link_http_peer *real_http_new(struct link_http *client)
{
	static const struct link_http_ops ops = { real_request, real_pause, real_abort, real_cancel, real_free };
	struct real_http *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->base = (struct link_http_peer){ .ops = &ops, .client = client };
	h->link = client->link;
	buf_init(&h->head, LINK_HTTP_HEAD_MAX);
	buf_init(&h->aside, ASIDE_LIMIT);
	timer_init(&h->tell, tell_next, h);
	timer_init(&h->patience, out_of_patience, h);
	return &h->base;
}
