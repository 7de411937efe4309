/*
 * Pages of a modelled site: which one a request means, who may have it, which part of it, and the head before it. RFC
 * 9110 as far as clients of modems go: ranges of one part, HEAD, basic authentication.
 */
#include "link/model_site.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "base/str.h"

enum { HEAD_MAX = 256 * 1024, TEXT_MAX = 16 * 1024 * 1024, LINE = 16 };

/* --- the request -------------------------------------------------------------------------------------------------- */

/* The value of a header, NULL when it is not there. */
static const char *header_value(const struct site_request *q, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; q->header && q->header[i]; i++) {
		const char *line = q->header[i];

		if (!strncasecmp(line, name, n) && line[n] == ':')
			return line + n + 1 + strspn(line + n + 1, " \t");
	}
	return NULL;
}

static const struct http_page *find_page(const struct http_site *site, const char *path)
{
	char *plain = strndup(path, strcspn(path, "?#"));
	const struct http_page *page = NULL;

	for (size_t i = 0; plain && site && i < site->n && !page; i++) {
		if (!fnmatch(site->page[i].path, plain, 0))
			page = &site->page[i];
	}
	free(plain);
	return page;
}

static bool takes_method(const struct http_page *p, const char *method)
{
	for (size_t i = 0; i < p->n_methods; i++) {
		if (!strcmp(p->method[i], method))
			return true;
	}
	if (p->n_methods)
		return false;
	if (!strcmp(method, "GET") || !strcmp(method, "HEAD"))
		return true;
	return (p->echo || p->limit) && (!strcmp(method, "POST") || !strcmp(method, "PUT"));
}

static bool may_enter(const struct http_login *a, const struct site_request *q)
{
	const char *given = header_value(q, "Authorization");
	struct buf plain, want;
	bool same = false;

	if (!a->user)
		return true;
	if (!given || strncasecmp(given, "Basic ", 6))
		return false;
	buf_init(&plain, HEAD_MAX);
	buf_init(&want, HEAD_MAX);
	if (!buf_addf(&plain, "%s:%s", a->user, a->password) && !buf_addf(&want, "%*s", (int)(plain.len / 3 * 4 + 4), "")) {
		EVP_EncodeBlock((unsigned char *)want.data, (const unsigned char *)plain.data, (int)plain.len);
		same = !strcmp(given + 6, want.data);
	}
	buf_free(&plain);
	buf_free(&want);
	return same;
}

/* --- ranges ------------------------------------------------------------------------------------------------------- */

enum range { RANGE_NONE, RANGE_PART, RANGE_BAD };

static bool number(const char *s, size_t n, uint64_t *out)
{
	long long v;

	if (str_to_num(s, n, 0, INT64_MAX, &v))
		return false;
	*out = (uint64_t)v;
	return true;
}

/* "bytes=a-b", "bytes=a-", "bytes=-n", as nginx takes them; more than one part is as if it were not there. */
static enum range find_range(const struct site_request *q, uint64_t total, uint64_t *from, uint64_t *count)
{
	const char *text = header_value(q, "Range"), *dash;
	uint64_t first, last = UINT64_MAX, n;

	if (!text || strncasecmp(text, "bytes=", 6))
		return RANGE_NONE;
	text += 6 + strspn(text + 6, " ");
	if (!*text || strchr(text, ','))
		return RANGE_NONE;
	dash = strchr(text, '-');
	if (!dash)
		return RANGE_BAD;
	if (dash == text) {
		if (!number(dash + 1, strlen(dash + 1), &n) || !n)
			return RANGE_BAD;
		first = n < total ? total - n : 0;
	} else if (!number(text, (size_t)(dash - text), &first) ||
		   (dash[1] && !number(dash + 1, strlen(dash + 1), &last)) || last < first) {
		return RANGE_BAD;
	}
	if (first >= total)
		return RANGE_BAD;
	*from = first;
	*count = (last < total ? last + 1 : total) - first;
	return RANGE_PART;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

static const char *reason(int code)
{
	static const struct {
		int code;
		const char *text;
	} rows[] = {
		{ 200, "OK" },		       { 201, "Created" },
		{ 202, "Accepted" },	       { 204, "No Content" },
		{ 206, "Partial Content" },    { 301, "Moved Permanently" },
		{ 302, "Found" },	       { 303, "See Other" },
		{ 304, "Not Modified" },       { 307, "Temporary Redirect" },
		{ 400, "Bad Request" },	       { 401, "Unauthorized" },
		{ 403, "Forbidden" },	       { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 408, "Request Timeout" },
		{ 409, "Conflict" },	       { 410, "Gone" },
		{ 411, "Length Required" },    { 413, "Request Entity Too Large" },
		{ 416, "Requested Range Not Satisfiable" },
		{ 429, "Too Many Requests" },  { 500, "Internal Server Error" },
		{ 501, "Not Implemented" },    { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].code == code)
			return rows[i].text;
	}
	return "Unknown";
}

struct draft {
	const struct http_site *site;
	const struct site_request *q;
	struct site_answer *out;
	const char *type;
	uint64_t total;		/* of the whole page */
	bool ranged;
	int err;
};

/* An answer the server gives by itself: a line of text. */
static void refuse(struct draft *d, int code, const char *more)
{
	d->out->code = code;
	d->out->pattern = false;
	d->out->page = NULL;
	d->type = "text/html";
	buf_reset(&d->out->text);
	d->err |= buf_addf(&d->out->text, "%d %s%s%s\n", code, reason(code), more ? ": " : "", more ? more : "");
	d->total = d->out->text.len;
}

/* As the site was given it: Host and what frames a body are not among the headers here. */
static void give_head(struct draft *d)
{
	d->err |= buf_addf(&d->out->text, "%s %s\r\n", d->q->method, d->q->path);
	for (size_t i = 0; d->q->header && d->q->header[i]; i++)
		d->err |= buf_addf(&d->out->text, "%s\r\n", d->q->header[i]);
}

static void give_page(struct draft *d, const struct http_page *p)
{
	const char *own = header_value(d->q, "Content-Type");

	d->out->code = p->status;
	d->type = p->type ? p->type : p->echo && own ? own : p->bytes ? "application/octet-stream" : "text/plain";
	if (p->echo) {
		d->err |= buf_add(&d->out->text, d->q->body, d->q->len);
	} else if (p->echo_head) {
		give_head(d);
	} else if (p->text) {
		d->err |= buf_add(&d->out->text, p->text, p->text_len);
	} else {
		d->out->pattern = true;
		d->total = p->bytes;
		return;
	}
	d->total = d->out->text.len;
}

static void choose(struct draft *d)
{
	const struct http_page *p = find_page(d->site, d->q->path);

	if (d->q->plain_on_tls) {
		refuse(d, 400, "The plain HTTP request was sent to HTTPS port");
		d->out->close = true;
	} else if (d->q->no_client_cert) {
		refuse(d, 400, "No required SSL certificate was sent");
	} else if (d->site && !may_enter(&d->site->auth, d->q)) {
		refuse(d, 401, NULL);
	} else if (!p) {
		refuse(d, 404, NULL);
	} else if (!may_enter(&p->auth, d->q)) {
		refuse(d, 401, NULL);
	} else if (!takes_method(p, d->q->method)) {
		refuse(d, 405, NULL);
	} else if (p->limit && d->q->len > p->limit) {
		refuse(d, 413, NULL);
	} else {
		d->out->page = p;
		give_page(d, p);
	}
}

static bool may_range(const struct draft *d)
{
	return d->out->page && !d->out->page->no_ranges && d->out->code == 200 && !d->out->page->echo;
}

/* Which part of the body, and what is announced of it. */
static void measure(struct draft *d)
{
	struct site_answer *a = d->out;
	uint64_t from = 0, count = d->total;
	enum range r = may_range(d) ? find_range(d->q, d->total, &from, &count) : RANGE_NONE;

	if (r == RANGE_BAD) {
		uint64_t whole = d->total;

		refuse(d, 416, NULL);
		count = d->total;
		d->total = whole;
		a->page = NULL;
	} else if (r == RANGE_PART) {
		a->code = 206;
		if (!a->pattern)
			buf_drop(&a->text, (size_t)from);
	}
	d->ranged = r != RANGE_NONE;
	a->from = from;
	a->bytes = count;
	a->length = a->page && a->page->chunked ? -1 : (long long)count;
	if (a->page && a->page->fault == HTTP_FAULT_BAD_LENGTH && a->length >= 0)
		a->length += 10;
}

static void add_range(struct draft *d)
{
	const struct site_answer *a = d->out;

	if (a->code == 206)
		d->err |= buf_addf(&d->out->head, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n", a->from,
				   a->from + a->bytes - 1, d->total);
	else if (a->code == 416 && d->ranged)
		d->err |= buf_addf(&d->out->head, "Content-Range: bytes */%" PRIu64 "\r\n", d->total);
	else if (may_range(d))
		d->err |= buf_adds(&d->out->head, "Accept-Ranges: bytes\r\n");
}

static void add_own(struct draft *d)
{
	const struct http_page *p = d->out->page;

	for (size_t i = 0; p && i < p->n_headers; i++)
		d->err |= buf_addf(&d->out->head, "%s\r\n", p->header[i]);
	if (d->out->code == 401 && !p)
		d->err |= buf_adds(&d->out->head, "WWW-Authenticate: Basic realm=\"model\"\r\n");
}

static void add_date(struct draft *d)
{
	char text[64];
	struct tm tm;

	if (!d->site || !d->site->date)
		return;
	gmtime_r(&d->q->now, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	d->err |= buf_addf(&d->out->head, "Date: %s\r\n", text);
}

static void write_head(struct draft *d)
{
	struct site_answer *a = d->out;
	const char *server = d->site && d->site->server ? d->site->server : "model";

	d->err |= buf_addf(&a->head, "HTTP/1.1 %d %s\r\n", a->code, reason(a->code));
	if (*server)
		d->err |= buf_addf(&a->head, "Server: %s\r\n", server);
	add_date(d);
	d->err |= buf_addf(&a->head, "Content-Type: %s\r\n", d->type);
	if (a->length >= 0)
		d->err |= buf_addf(&a->head, "Content-Length: %lld\r\n", a->length);
	else if (a->chunked)
		d->err |= buf_adds(&a->head, "Transfer-Encoding: chunked\r\n");
	d->err |= buf_addf(&a->head, "Connection: %s\r\n", a->close ? "close" : "keep-alive");
	add_range(d);
	add_own(d);
	d->err |= buf_adds(&a->head, "\r\n");
}

static bool wants_close(const struct draft *d)
{
	const char *asked = header_value(d->q, "Connection");
	const struct http_page *p = d->out->page;

	if (d->q->old && (d->out->length < 0 || !asked || strcasecmp(asked, "keep-alive")))
		return true;
	return d->out->close || (d->site && d->site->close) || (p && (p->close || p->fault == HTTP_FAULT_BAD_LENGTH)) ||
	       (asked && !strcasecmp(asked, "close"));
}

int site_answer(const struct http_site *site, const struct site_request *q, struct site_answer *out)
{
	struct draft d = { .site = site, .q = q, .out = out };

	*out = (struct site_answer){ 0 };
	buf_init(&out->head, HEAD_MAX);
	buf_init(&out->text, TEXT_MAX);
	choose(&d);
	measure(&d);
	out->close = wants_close(&d);
	out->chunked = out->length < 0 && !q->old;
	write_head(&d);
	if (!strcmp(q->method, "HEAD"))
		out->bytes = 0;
	return d.err ? -ENOMEM : 0;
}

void site_answer_free(struct site_answer *a)
{
	buf_free(&a->head);
	buf_free(&a->text);
}

void site_body(const struct site_answer *a, uint64_t at, char *out, size_t n)
{
	char line[LINE + 1] = "";

	if (!a->pattern) {
		memcpy(out, a->text.data + at, n);
		return;
	}
	for (uint64_t pos = a->from + at; n; pos++, n--) {
		if (!*line || pos % LINE == 0)
			snprintf(line, sizeof(line), "%08" PRIx64 ".......\n", (pos - pos % LINE) & 0xffffffff);
		*out++ = line[pos % LINE];
	}
}

size_t site_piece(const struct site_answer *a)
{
	enum { PIECES_A_SECOND = 50 };
	uint64_t n = a->page ? a->page->rate / PIECES_A_SECOND : SITE_PIECE_MAX;

	return n < 1 ? 1 : n > SITE_PIECE_MAX ? SITE_PIECE_MAX : (size_t)n;
}

uint64_t site_body_end(const struct site_answer *a)
{
	enum http_fault fault = a->page ? a->page->fault : HTTP_FAULT_NONE;

	return fault == HTTP_FAULT_CUT || fault == HTTP_FAULT_STALL ? a->bytes / 2 : a->bytes;
}
