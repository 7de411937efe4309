/*
 * A modelled web site behind a socket: the client brings its own HTTP (AT+CIPOPEN, AT+CCHOPEN), so this reads the requests
 * that the modem's own client leaves to link_http.h. What the site answers is model_site.c's business.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "link/model_site.h"
#include "link/model_stream.h"

enum { HEAD_MAX = 64 * 1024, BODY_MAX = 1024 * 1024, HEADERS_MAX = 100 };

struct http_server {
	struct model_peer *p;
	struct buf in;
	bool continued; /* 100 Continue has been said for the request that comes */
	/* the answer */
	struct site_answer answer;
	bool answering, head_said, is_head;
	uint64_t sent, next_us;
	uint64_t idle_from_us;
};

/* A request as it stands in a copy of its head, cut into lines. */
struct request {
	char *copy, *method, *path;
	const char *header[HEADERS_MAX + 1];
	size_t head_len, body_len;
	bool old, expects, chunked;
};

static uint64_t now_us(const struct http_server *h)
{
	return clock_now_us(h->p->link->o.clock);
}

static void end(struct http_server *h, enum link_status status, const char *reason)
{
	model_peer_end(h->p, status, "%.60s %s", h->p->name, reason);
}

/* --- the request ------------------------------------------------------------------------------------------------------------ */

/* Bytes of the head with its empty line, 0: it is not complete. Lines may end in LF alone (RFC 9112 2.2). */
static size_t head_length(const struct buf *in)
{
	const char *line = buf_str(in), *end = line + in->len, *next;

	while ((size_t)(end - line) > 0) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			return 0;
		if (next == line || (next == line + 1 && *line == '\r'))
			return (size_t)(next + 1 - in->data);
		line = next + 1;
	}
	return 0;
}

/* Cuts a line off and returns what follows it, NULL: there is none. */
static char *cut_line(char *line)
{
	char *next = strchr(line, '\n');

	if (!next)
		return NULL;
	*next = '\0';
	if (next > line && next[-1] == '\r')
		next[-1] = '\0';
	return next + 1;
}

static const char *value_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	return !strncasecmp(line, name, n) && line[n] == ':' ? line + n + 1 + strspn(line + n + 1, " \t") : NULL;
}

static bool take_header(struct request *q, const char *line)
{
	const char *length = value_of(line, "Content-Length"), *expect = value_of(line, "Expect");
	long long n;

	if (length) {
		if (str_to_num(length, strlen(length), 0, BODY_MAX, &n))
			return false;
		q->body_len = (size_t)n;
	}
	q->expects |= expect && !strcasecmp(expect, "100-continue");
	q->chunked |= value_of(line, "Transfer-Encoding") != NULL;
	return strchr(line, ':') != NULL;
}

/* "http://host/path" is what a proxy is asked for, and servers take it (RFC 9112 3.2.2). */
static char *path_of(char *target)
{
	char *host = strstr(target, "://"), *slash;

	if (*target == '/' || !host)
		return target;
	slash = strchr(host + 3, '/');
	return slash ? slash : target + strlen(target);
}

static bool take_first_line(struct request *q, char *line)
{
	char *target = strchr(line, ' '), *version = target ? strrchr(target + 1, ' ') : NULL;

	if (!version || strncmp(version + 1, "HTTP/1.", 7))
		return false;
	*target++ = *version++ = '\0';
	q->old = !strcmp(version, "HTTP/1.0");
	q->method = line;
	q->path = path_of(target);
	return *line && *target;
}

/* false: no HTTP that a server would take. */
static bool parse(struct request *q, const struct buf *in)
{
	size_t n = 0;
	char *line, *next;

	q->copy = strndup(in->data, q->head_len);
	next = q->copy ? cut_line(q->copy) : NULL;
	if (!next || !take_first_line(q, q->copy))
		return false;
	for (line = next; n < HEADERS_MAX; line = next) {
		next = cut_line(line);
		if (!next)
			return false;
		if (!*line)
			return true;
		if (!take_header(q, line))
			return false;
		q->header[n++] = line;
	}
	return false;
}

/* --- the answer ----------------------------------------------------------------------------------------------------------- */

static void refuse(struct http_server *h, const char *status)
{
	struct buf text;

	buf_init(&text, 256);
	buf_addf(&text, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
	model_peer_send(h->p, text.data, text.len);
	buf_free(&text);
	end(h, LINK_PEER_CLOSED, "understands no such request");
}

/* Instead of an answer. false: the server answers. */
static bool misbehaves(struct http_server *h, enum http_fault fault)
{
	static const char garbage[] = "garbage\r\n\r\n";

	switch (fault) {
	case HTTP_FAULT_NO_RESPONSE:
		h->next_us = UINT64_MAX;
		return true;
	case HTTP_FAULT_CLOSE:
		end(h, LINK_PEER_CLOSED, "misbehaves: close");
		return true;
	case HTTP_FAULT_RESET:
		end(h, LINK_RESET, "misbehaves: reset");
		return true;
	case HTTP_FAULT_GARBAGE:
		model_peer_send(h->p, garbage, sizeof(garbage) - 1);
		end(h, LINK_PEER_CLOSED, "misbehaves: garbage");
		return true;
	case HTTP_FAULT_NONE:
	case HTTP_FAULT_CUT:
	case HTTP_FAULT_STALL:
	case HTTP_FAULT_BAD_LENGTH:
		break;
	}
	return false;
}

static void answer(struct http_server *h, const struct request *q)
{
	const struct site_request ask = {
		.method = q->method, .path = *q->path ? q->path : "/", .header = q->header,
		.body = h->in.data + q->head_len, .len = q->body_len, .old = q->old, .plain_on_tls = h->p->plain_on_tls,
		.no_client_cert = h->p->no_client_cert,
	};
	const struct http_page *page;

	if (site_answer(h->p->host->model.http, &ask, &h->answer)) {
		site_answer_free(&h->answer);
		end(h, LINK_RESET, "is out of memory");
		return;
	}
	page = h->answer.page;
	h->answering = true;
	h->head_said = false;
	h->is_head = !strcmp(q->method, "HEAD");
	h->sent = 0;
	h->next_us = now_us(h) + (page ? page->delay_us : 0);
	if (misbehaves(h, page ? page->fault : HTTP_FAULT_NONE))
		trace_text(h->p->link->o.trace, TRACE_BROKER, "%s %s none", ask.method, ask.path);
	else
		trace_text(h->p->link->o.trace, TRACE_BROKER, "%s %s %d %llu", ask.method, ask.path, h->answer.code,
			   (unsigned long long)h->answer.bytes);
}

static void be_done(struct http_server *h)
{
	bool close = h->answer.close;

	h->answering = false;
	h->idle_from_us = now_us(h);
	site_answer_free(&h->answer);
	if (close)
		end(h, LINK_PEER_CLOSED, "closes behind its answer");
}

static enum http_fault fault_of(const struct http_server *h)
{
	return h->answer.page ? h->answer.page->fault : HTTP_FAULT_NONE;
}

static void end_body(struct http_server *h)
{
	if (fault_of(h) == HTTP_FAULT_CUT && !h->is_head) {
		end(h, LINK_PEER_CLOSED, "misbehaves: cut");
	} else if (fault_of(h) == HTTP_FAULT_STALL && !h->is_head) {
		h->next_us = UINT64_MAX;
	} else {
		if (h->answer.chunked && !h->is_head)
			model_peer_send(h->p, "0\r\n\r\n", 5);
		be_done(h);
	}
}

static size_t next_piece(const struct http_server *h)
{
	uint64_t left = site_body_end(&h->answer) - h->sent;
	size_t n = site_piece(&h->answer);

	return n < left ? n : (size_t)left;
}

static void send_piece(struct http_server *h, size_t n)
{
	uint64_t rate = h->answer.page ? h->answer.page->rate : 0;
	char data[SITE_PIECE_MAX];
	struct buf out;

	site_body(&h->answer, h->sent, data, n);
	buf_init(&out, SITE_PIECE_MAX + 32);
	if (h->answer.chunked)
		buf_addf(&out, "%zx\r\n", n);
	buf_add(&out, data, n);
	if (h->answer.chunked)
		buf_adds(&out, "\r\n");
	model_peer_send(h->p, out.data, out.len);
	buf_free(&out);
	h->sent += n;
	if (rate)
		h->next_us = now_us(h) + n * UINT64_C(1000000) / rate;
}

/* One step; false: it is not the time for any, or the modem does not read. */
static bool go_on(struct http_server *h)
{
	uint64_t now = now_us(h);

	if (now < h->next_us) {
		if (h->next_us != UINT64_MAX)
			model_peer_wake(h->p, h->next_us - now);
		return false;
	}
	if (!h->head_said) {
		model_peer_send(h->p, h->answer.head.data, h->answer.head.len);
		h->head_said = true;
	} else if (h->sent == site_body_end(&h->answer)) {
		end_body(h);
	} else {
		if (model_peer_room(h->p) < SITE_PIECE_MAX + 32)
			return false;
		send_piece(h, next_piece(h));
	}
	return true;
}

/* --- the connection -------------------------------------------------------------------------------------------------------- */

static void take_complete(struct http_server *h, const struct request *q)
{
	h->continued = false;
	answer(h, q);
	buf_drop(&h->in, q->head_len + q->body_len);
}

/* false: nothing there that can be answered yet. */
static bool take_request(struct http_server *h)
{
	struct request q = { .copy = NULL };
	bool taken = false;

	/* Empty lines before a request are passed over. */
	buf_drop(&h->in, strspn(buf_str(&h->in), "\r\n"));
	q.head_len = head_length(&h->in);
	if (!q.head_len) {
		if (h->in.len > HEAD_MAX)
			refuse(h, "431 Request Header Fields Too Large");
		return false;
	}
	if (!parse(&q, &h->in)) {
		refuse(h, "400 Bad Request");
	} else if (q.chunked) {
		refuse(h, "411 Length Required");
	} else if (h->in.len >= q.head_len + q.body_len) {
		take_complete(h, &q);
		taken = true;
	} else if (q.expects && !h->continued) {
		h->continued = true;
		model_peer_send(h->p, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	}
	free(q.copy);
	return taken;
}

static void work(struct http_server *h)
{
	bool more = true;

	while (more && !h->p->ended)
		more = h->answering ? go_on(h) : take_request(h);
}

static void watch_idle(struct http_server *h)
{
	uint64_t patience = h->p->host->model.http->idle_us, now = now_us(h);

	if (h->p->ended || h->answering)
		return;
	if (now - h->idle_from_us >= patience)
		end(h, LINK_PEER_CLOSED, "closes a connection that is idle");
	else
		model_peer_wake(h->p, h->idle_from_us + patience - now);
}

void http_server_open(struct model_peer *p)
{
	struct http_server *h = calloc(1, sizeof(*h));

	p->state = h;
	if (!h) {
		model_peer_end(p, LINK_RESET, "out of memory");
		return;
	}
	h->p = p;
	h->idle_from_us = now_us(h);
	buf_init(&h->in, HEAD_MAX + BODY_MAX + MODEL_WINDOW_MAX);
	watch_idle(h);
}

void http_server_run(struct model_peer *p)
{
	if (!p->state || p->ended)
		return;
	work(p->state);
	watch_idle(p->state);
}

/* Who is answering reads no further request. */
size_t http_server_read(struct model_peer *p, const void *data, size_t len)
{
	struct http_server *h;

	if (!p->state)
		http_server_open(p); /* it was muted when the connection came */
	h = p->state;
	if (!h || h->answering)
		return h ? 0 : len;
	if (buf_add(&h->in, data, len)) {
		end(h, LINK_RESET, "is out of memory");
		return len;
	}
	h->idle_from_us = now_us(h);
	work(h);
	watch_idle(h);
	return len;
}

void http_server_forget(struct model_peer *p)
{
	struct http_server *h = p->state;

	if (!h)
		return;
	if (h->answering)
		site_answer_free(&h->answer);
	buf_free(&h->in);
	free(h);
	p->state = NULL;
}
