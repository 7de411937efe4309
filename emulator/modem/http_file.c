/*
 * Answers into files (AT+HTTPREADFILE) and files as requests (AT+HTTPPOSTFILE). A place is a drive of modem/fs or the
 * certificate store; which number means which is the revision's (http_places).
 */
#include "modem/http_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "modem/cert.h"
#include "modem/fs.h"

enum { EXTRA_MAX = 32 };

static const char cert_place[] = "cert";

static const char *place_name(const struct http *h, int place)
{
	const struct word_list *list = &h->modem->profile->q.http_places;

	return place >= 1 && (size_t)place <= list->n ? list->word[place - 1] : NULL;
}

int http_places(const struct http *h, bool with_store)
{
	const struct word_list *list = &h->modem->profile->q.http_places;
	int n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += with_store || strcmp(list->word[i], cert_place) != 0;
	return n;
}

/* Why 707 is what comes of it. */
static int no_file(struct http *h, const char *reason)
{
	struct why why = { 0 };

	why_add(&why, "fs", "\"%.100s\": %s", h->reader.name, reason);
	http_trace_code(h, HTTP_ERR_MEMORY, &why);
	return HTTP_ERR_MEMORY;
}

/* --- reading into a file ------------------------------------------------------------------------------------------ */

int http_file_take(struct http *h, const void *data, size_t len)
{
	enum fs_err err;

	if (h->reader.to_store) {
		if (h->reader.file.len + len > CERT_LENGTH_MAX || buf_add(&h->reader.file, data, len))
			return no_file(h, "too long for the certificate store");
		return 0;
	}
	err = fs_append(h->modem->fs, h->reader.name, data, len);
	return err ? no_file(h, fs_err_text(err)) : 0;
}

int http_file_finish(struct http *h)
{
	if (!h->reader.to_store)
		return 0;
	if (cert_put(h->modem->cert, h->reader.name, buf_str(&h->reader.file), h->reader.file.len))
		return no_file(h, "the certificate store does not take it");
	return 0;
}

enum http_err http_read_file(struct http *h, const char *name, int place)
{
	const char *where = place_name(h, place);
	enum http_err err = http_cache_may_read(h, 0);
	struct http_reader *d = &h->reader;
	enum fs_err bad = FS_OK;

	if (err)
		return err;
	if (!where)
		return http_refuse(h, "path %d is no place on this revision", place);
	d->to_store = !strcmp(where, cert_place);
	snprintf(d->name, sizeof(d->name), "%s%s%s", d->to_store ? "" : where, d->to_store ? "" : "/", name);
	if (d->to_store && !cert_name_ok(h->modem->cert, d->name))
		return http_refuse(h, "\"%.100s\" is no name for the certificate store", name);
	if (!d->to_store)
		bad = fs_write(h->modem->fs, d->name, "", 0);
	if (bad)
		return http_refuse(h, "\"%.100s\": %s", d->name, fs_err_text(bad));
	d->to_file = true;
	http_cache_start_reader(h, 0, -1);
	return HTTP_ERR_NONE;
}

/* --- a file as a request ------------------------------------------------------------------------------------------ */

/* A request as it stands in a file: its lines are cut out of the text. */
struct written {
	char *method, *path;
	const char *header[EXTRA_MAX + 1];
	const char *body;
	size_t len;
};

/* Ends a line and returns the next, NULL when there is none. */
static char *cut_line(char *line)
{
	char *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return end + 1;
}

/* Those are the link's. */
static bool is_own(const char *line)
{
	static const char *const own[] = { "Host:", "Content-Length:", "Connection:", "Transfer-Encoding:" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!strncasecmp(line, own[i], strlen(own[i])))
			return true;
	}
	return false;
}

static bool take_apart(char *text, size_t len, struct written *out)
{
	char *line = text, *next = cut_line(line), *save;
	size_t n = 0;

	if (!next)
		return false;
	out->method = strtok_r(line, " ", &save);
	out->path = strtok_r(NULL, " ", &save);
	while ((line = next) != NULL) {
		next = cut_line(line);
		if (!*line)
			break;
		if (n < EXTRA_MAX && !is_own(line))
			out->header[n++] = line;
	}
	out->body = next ? next : text + len;
	out->len = (size_t)(text + len - out->body);
	return out->method && out->path && *out->path == '/';
}

static int method_number(const char *name)
{
	for (int i = 0; i < HTTP_METHODS; i++) {
		if (!strcmp(http_method_name(i), name))
			return i;
	}
	return -1;
}

static enum http_err post_whole(struct http *h, struct http_action *a, int method, const struct store_file *file)
{
	char *text = malloc(file->len + 1);
	struct written w = { 0 };
	enum http_err err = HTTP_ERR_BARE;

	if (!text)
		return http_refuse(h, "out of memory");
	memcpy(text, file->data, file->len);
	text[file->len] = '\0';
	if (!take_apart(text, file->len, &w) || (method < 0 && method_number(w.method) < 0)) {
		err = http_refuse(h, "the file is no HTTP request");
	} else if (strlen(w.path) >= sizeof(a->url.path)) {
		err = http_refuse(h, "the file's path is too long");
	} else {
		a->method = method < 0 ? method_number(w.method) : method;
		str_copy(a->url.path, sizeof(a->url.path), w.path);
		err = http_session_begin(h, a, w.header, w.len ? w.body : NULL, w.len);
	}
	free(text);
	return err;
}

enum http_err http_post_file(struct http *h, const char *name, int place, int method, bool whole)
{
	struct http_action a = { .for_file = true };
	enum http_err err = http_may_act(h);
	const char *where = place_name(h, place);
	const struct store_file *file;
	char path[FS_PATH_SIZE];
	enum fs_err bad;

	if (err)
		return err;
	if (!where || !strcmp(where, cert_place))
		return http_refuse(h, "path %d is no drive on this revision", place);
	snprintf(path, sizeof(path), "%s/%s", where, name);
	file = fs_file(h->modem->fs, path, &bad);
	if (!file)
		return http_refuse(h, "\"%.100s\": %s", path, fs_err_text(bad));
	http_url_parse(h->boot.url, &a.url);
	a.tell_method = method >= 0 || h->modem->profile->q.http_postfile_method;
	if (whole)
		return post_whole(h, &a, method, file);
	a.method = method < 0 ? HTTP_POST : method;
	return http_session_begin(h, &a, NULL, file->data, file->len);
}
