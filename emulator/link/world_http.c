/* The shape of `http:` in a world file: pages by path, and how the server behaves. Every wrong word has its place. */
#include "link/world_http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static const char *const site_keys[] = { "server", "date", "close", "idle", "auth", "pages", NULL };
static const char *const page_keys[] = { "path", "methods", "status", "type", "headers", "text", "bytes", "echo", "echo_head", "limit",
					 "ranges", "chunked", "close", "delay", "rate", "auth", "misbehave", NULL };
static const char *const auth_keys[] = { "user", "password", NULL };
static const char *const fault_words_http[] = { "none", "no_response", "close", "reset", "garbage", "cut", "stall",
						"bad_length", NULL };

enum { IDLE_US = 75000000, RATE = 1000000 }; /* nginx's keep-alive; a usual LTE downlink [guess] */

static const uint64_t BYTES_MAX = UINT64_C(1) << 40;

static int no_memory(struct err *e)
{
	return err_set(e, -ENOMEM, "out of memory");
}

/* Text for a header line: what would end the line or the head is refused. */
static int check_line(const struct yml_node *n, struct err *e)
{
	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	return strpbrk(yml_str(n), "\r\n") ? yml_error(n, e, "a header cannot have a line end in it") : 0;
}

static int copy_text(char **to, const struct yml_node *n, struct err *e)
{
	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	free(*to);
	*to = strdup(yml_str(n));
	return *to ? 0 : no_memory(e);
}

static int copy_line(char **to, const struct yml_node *n, struct err *e)
{
	return check_line(n, e) ? -EINVAL : copy_text(to, n, e);
}

static int read_number(const struct yml_node *n, uint64_t min, uint64_t max, uint64_t *out, struct err *e)
{
	long long v;

	if (yml_num(n, (long long)min, (long long)max, &v, e))
		return -EINVAL;
	*out = (uint64_t)v;
	return 0;
}

static int read_auth(struct http_login *a, const struct yml_node *map, struct err *e)
{
	const struct yml_node *user, *password;

	if (yml_check_keys(map, auth_keys, e))
		return -EINVAL;
	user = yml_get(map, "user");
	password = yml_get(map, "password");
	if (!user || !password)
		return yml_error(map, e, "auth needs user and password");
	return copy_text(&a->user, user, e) || copy_text(&a->password, password, e) ? -EINVAL : 0;
}

static int read_methods(struct http_page *p, const struct yml_node *list, struct err *e)
{
	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	p->method = calloc(yml_size(list) + 1, sizeof(*p->method));
	if (!p->method)
		return no_memory(e);
	for (size_t i = 0; i < yml_size(list); i++) {
		if (copy_line(&p->method[i], yml_at(list, i), e))
			return -EINVAL;
		p->n_methods = i + 1;
	}
	return 0;
}

/* {Location: /new, ...} */
static int read_headers(struct http_page *p, const struct yml_node *map, struct err *e)
{
	if (yml_want(map, YML_MAP, e))
		return -EINVAL;
	p->header = calloc(yml_size(map) + 1, sizeof(*p->header));
	if (!p->header)
		return no_memory(e);
	for (size_t i = 0; i < yml_size(map); i++) {
		const struct yml_node *name = yml_key(map, i), *value = yml_at(map, i);
		struct buf line;
		int err;

		if (check_line(name, e) || check_line(value, e))
			return -EINVAL;
		buf_init(&line, 64 * 1024);
		err = buf_addf(&line, "%s: %s", yml_str(name), yml_str(value));
		if (err) {
			buf_free(&line);
			return err == -ENOSPC ? yml_error(value, e, "a header of more than 64 KB") : no_memory(e);
		}
		p->header[i] = line.data;
		p->n_headers = i + 1;
	}
	return 0;
}

static int read_text(struct http_page *p, const struct yml_node *n, struct err *e)
{
	if (copy_text(&p->text, n, e))
		return -EINVAL;
	p->text_len = strlen(p->text);
	return 0;
}

static int read_content(struct http_page *p, const struct yml_node *map, struct err *e)
{
	const struct yml_node *text = yml_get(map, "text"), *bytes = yml_get(map, "bytes"), *echo = yml_get(map, "echo");
	const struct yml_node *echo_head = yml_get(map, "echo_head");

	if ((text != NULL) + (bytes != NULL) + (echo != NULL) + (echo_head != NULL) > 1)
		return yml_error(map, e, "a page has one of text, bytes, echo and echo_head");
	if (text && read_text(p, text, e))
		return -EINVAL;
	if (bytes && read_number(bytes, 0, BYTES_MAX, &p->bytes, e))
		return -EINVAL;
	if (echo_head)
		return yml_bool(echo_head, &p->echo_head, e);
	return echo ? yml_bool(echo, &p->echo, e) : 0;
}

static int read_behaviour(struct http_page *p, const struct yml_node *map, struct err *e)
{
	const struct yml_node *limit = yml_get(map, "limit"), *ranges = yml_get(map, "ranges");
	const struct yml_node *chunked = yml_get(map, "chunked"), *close = yml_get(map, "close");
	const struct yml_node *delay = yml_get(map, "delay"), *rate = yml_get(map, "rate");
	const struct yml_node *auth = yml_get(map, "auth"), *misbehave = yml_get(map, "misbehave");
	bool may = true;
	int word = 0;

	if (limit && read_number(limit, 1, BYTES_MAX, &p->limit, e))
		return -EINVAL;
	if ((ranges && yml_bool(ranges, &may, e)) || (chunked && yml_bool(chunked, &p->chunked, e)) ||
	    (close && yml_bool(close, &p->close, e)) || (delay && yml_duration_us(delay, &p->delay_us, e)))
		return -EINVAL;
	p->no_ranges = !may;
	if (rate && read_number(rate, 1, UINT64_C(1000000000), &p->rate, e))
		return -EINVAL;
	if (misbehave && yml_word(misbehave, fault_words_http, &word, e))
		return -EINVAL;
	p->fault = (enum http_fault)word;
	return auth ? read_auth(&p->auth, auth, e) : 0;
}

static int read_page(struct http_page *p, const struct yml_node *map, struct err *e)
{
	const struct yml_node *path, *methods, *status, *type, *headers;
	uint64_t code = 200;

	if (yml_check_keys(map, page_keys, e))
		return -EINVAL;
	path = yml_get(map, "path");
	methods = yml_get(map, "methods");
	status = yml_get(map, "status");
	type = yml_get(map, "type");
	headers = yml_get(map, "headers");
	if (!path || *yml_str(path) != '/')
		return yml_error(path ? path : map, e, "'path' must begin with /; * and ? are allowed in it");
	if (copy_text(&p->path, path, e) || (methods && read_methods(p, methods, e)))
		return -EINVAL;
	if (status && read_number(status, 200, 599, &code, e))
		return -EINVAL;
	p->status = (int)code;
	p->rate = RATE;
	if ((type && copy_line(&p->type, type, e)) || (headers && read_headers(p, headers, e)))
		return -EINVAL;
	return read_content(p, map, e) || read_behaviour(p, map, e) ? -EINVAL : 0;
}

static int read_pages(struct http_site *s, const struct yml_node *list, struct err *e)
{
	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	s->page = calloc(yml_size(list) + 1, sizeof(*s->page));
	if (!s->page)
		return no_memory(e);
	for (size_t i = 0; i < yml_size(list); i++) {
		s->n = i + 1;
		if (read_page(&s->page[i], yml_at(list, i), e))
			return -EINVAL;
	}
	return 0;
}

static int read_site(struct http_site *s, const struct yml_node *map, struct err *e)
{
	const struct yml_node *server, *date, *close, *idle, *auth, *pages;

	s->idle_us = IDLE_US;
	if (!map)
		return 0;
	if (yml_check_keys(map, site_keys, e))
		return -EINVAL;
	server = yml_get(map, "server");
	date = yml_get(map, "date");
	close = yml_get(map, "close");
	idle = yml_get(map, "idle");
	auth = yml_get(map, "auth");
	pages = yml_get(map, "pages");
	if ((server && copy_line(&s->server, server, e)) || (date && yml_bool(date, &s->date, e)))
		return -EINVAL;
	if ((close && yml_bool(close, &s->close, e)) ||
	    (idle && yml_duration_us(idle, &s->idle_us, e)) || (auth && read_auth(&s->auth, auth, e)))
		return -EINVAL;
	return pages ? read_pages(s, pages, e) : 0;
}

struct http_site *http_site_read(const struct yml_node *map, struct err *e)
{
	struct http_site *s = calloc(1, sizeof(*s));

	if (!s) {
		no_memory(e);
		return NULL;
	}
	if (!read_site(s, map, e))
		return s;
	http_site_free(s);
	return NULL;
}

static void words_free(char **word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(word[i]);
	free(word);
}

static void login_free(struct http_login *a)
{
	free(a->user);
	free(a->password);
}

void http_site_free(struct http_site *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		struct http_page *p = &s->page[i];

		free(p->path);
		words_free(p->method, p->n_methods);
		words_free(p->header, p->n_headers);
		free(p->type);
		free(p->text);
		login_free(&p->auth);
	}
	free(s->page);
	free(s->server);
	login_free(&s->auth);
	free(s);
}
