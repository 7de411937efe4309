/*
 * The body of an answer: a window of bounded size on it, the rest held back in the server until the host has read so far
 * (quirks Q23). A body that fits is kept whole and may be read again; of a larger one the beginning is given up as the
 * reader moves on.
 */
#include "modem/http_impl.h"

#include "modem/cert.h"

enum {
	READ_MODE_BYTES = 1 << 20,	/* READMODE 1: longest body (A76XX manual 16.2.3) */
	SLACK_BYTES = 128 * 1024,	/* what a link may still deliver after a pause */
	WINDOW_MAX = 4 * 1024 * 1024 + SLACK_BYTES,
};

static void pump(void *ctx);

void http_cache_init(struct http *h)
{
	timer_init(&h->pump, pump, h);
	buf_init(&h->answer.head, LINK_HTTP_HEAD_MAX);
	buf_init(&h->answer.window, WINDOW_MAX);
	buf_init(&h->reader.file, CERT_LENGTH_MAX);
}

void http_cache_clear(struct http *h)
{
	timer_cancel(&h->pump);
	buf_free(&h->answer.head);
	buf_free(&h->answer.window);
	buf_free(&h->reader.file);
	h->answer = (struct http_answer){ .head = h->answer.head, .window = h->answer.window };
	h->reader = (struct http_reader){ .file = h->reader.file };
	h->last_read = 0;
}

static size_t capacity(const struct http *h)
{
	size_t n = (size_t)h->modem->profile->q.http_cache_bytes;

	return h->boot.number[HTTP_NUMBER_READ_MODE] && n < READ_MODE_BYTES ? READ_MODE_BYTES : n;
}

static long long window_end(const struct http *h)
{
	return h->answer.base + (long long)h->answer.window.len;
}

/* Where reading ends: what has come or will come, less the tail some revisions never give out. */
static long long readable(const struct http *h)
{
	const struct http_answer *r = &h->answer;
	long long end = r->whole || r->length < 0 ? window_end(h) : r->length;

	end -= h->modem->profile->q.http_tail_loss_bytes;
	return end < 0 ? 0 : end;
}

long long http_length(const struct http *h)
{
	const struct http_answer *r = &h->answer;

	if (!r->present)
		return 0;
	return r->length >= 0 ? r->length : window_end(h);
}

static void pause_when_full(struct http *h)
{
	struct http_answer *r = &h->answer;
	bool full = r->window.len >= capacity(h);

	if (full == r->paused || r->whole)
		return;
	r->paused = full;
	link_http_pause(h->link, full);
}

/* Gives up what lies before the reader, so that more may come. */
static void make_room(struct http *h, long long pos)
{
	struct http_answer *r = &h->answer;

	if (pos <= r->base || r->window.len < capacity(h))
		return;
	pos = pos < window_end(h) ? pos : window_end(h);
	buf_drop(&r->window, (size_t)(pos - r->base));
	r->base = pos;
	pause_when_full(h);
}

void http_cache_take(struct http *h, const void *data, size_t len)
{
	struct http_answer *r = &h->answer;

	h->boot.taken += (long long)len;
	h->taken += (long long)len;
	if (buf_add(&r->window, data, len)) {
		struct why why = { 0 };

		why_add(&why, "memory", "the cache takes no more");
		link_http_cancel(h->link);
		http_cache_end(h, LINK_RESET, &why);
		return;
	}
	if (h->reader.active && !h->reader.held)
		clock_arm(h->modem->clock, &h->pump, 0);
	pause_when_full(h);
}

void http_cache_end(struct http *h, enum link_status status, const struct why *why)
{
	struct http_answer *r = &h->answer;

	r->whole = true;
	r->status = status;
	if (why)
		r->why = *why;
	if (h->reader.active && !h->reader.held)
		clock_arm(h->modem->clock, &h->pump, 0);
}

/* --- readers ------------------------------------------------------------------------------------------------------ */

/* A body that ended early is explained by whoever finds it short. */
static int end_code(struct http *h)
{
	const struct http_answer *r = &h->answer;
	int code;

	if (!r->whole || !r->status)
		return HTTP_ERR_NONE;
	h->action.why = r->why;
	code = http_code(h->modem->profile, r->status, LINK_HTTP_BODY, &h->action.why);
	http_trace_code(h, code, &h->action.why);
	return code;
}

static void stop_reader(struct http *h, int code)
{
	struct http_reader *d = &h->reader;
	bool cut = d->left && h->answer.whole && d->pos >= readable(h);

	if (cut && !code)
		code = end_code(h);
	if (d->to_file && !code)
		code = http_file_finish(h);
	h->last_read = d->pos;
	d->active = d->held = false;
	timer_cancel(&h->pump);
	buf_free(&d->file);
	if (d->to_file)
		modem_emit_code(h->modem, MODEM_EVENT_HTTP_FILE_READ, 0, code);
	else
		modem_emit_code(h->modem, MODEM_EVENT_HTTP_READ, 0, HTTP_ERR_NONE);
}

static size_t block_size(const struct http *h)
{
	long long n = h->modem->profile->q.http_read_block, end = readable(h) - h->reader.pos;

	if (h->answer.hollow)
		return 0;
	if (h->reader.left >= 0 && h->reader.left < n)
		n = h->reader.left;
	if ((h->answer.whole || h->answer.length >= 0) && end < n)
		n = end;
	return n < 0 ? 0 : (size_t)n;
}

/* 0, or why no more can be taken. */
static int give_block(struct http *h, size_t n)
{
	struct http_reader *d = &h->reader;
	const char *data = h->answer.window.data + (d->pos - h->answer.base);
	struct modem_event ev = { .type = MODEM_EVENT_HTTP_DATA, .payload = data, .payload_len = n };

	d->pos += (long long)n;
	if (d->left > 0)
		d->left -= (long long)n;
	if (d->to_file)
		return http_file_take(h, data, n);
	modem_emit(h->modem, &ev);
	return 0;
}

/* Gives blocks until the host holds, the read is over, or the rest has yet to come. */
static void pump(void *ctx)
{
	struct http *h = ctx;
	struct http_reader *d = &h->reader;
	int code = 0;
	size_t n;

	while (d->active && !d->held) {
		n = block_size(h);
		if (!n || code) {
			stop_reader(h, code);
			return;
		}
		if (window_end(h) - d->pos < (long long)n) {
			make_room(h, d->pos);
			return;
		}
		code = give_block(h, n);
	}
}

void http_cache_start_reader(struct http *h, long long pos, long long left)
{
	h->reader.active = true;
	h->reader.held = false;
	h->reader.pos = pos;
	h->reader.left = left;
	clock_arm(h->modem->clock, &h->pump, 0);
}

enum http_err http_cache_may_read(struct http *h, long long pos)
{
	const struct http_answer *r = &h->answer;
	enum http_err err = http_need_service(h);

	if (err)
		return err;
	if (!r->present)
		return http_refuse(h, h->action.active ? "the answer has not come yet" : "there is no answer to read");
	if (h->reader.active)
		return http_refuse(h, "a read is under way");
	if (pos < r->base)
		return http_refuse(h, "byte %lld is no longer in the cache, which begins at %lld", pos, r->base);
	if ((r->whole || r->length >= 0) && pos >= readable(h))
		return http_refuse(h, "the answer has %lld bytes to read", readable(h));
	return HTTP_ERR_NONE;
}

enum http_err http_read(struct http *h, long long offset, long long size)
{
	long long pos = offset < 0 ? h->last_read : offset;
	enum http_err err = http_cache_may_read(h, pos);

	if (err)
		return err;
	h->reader.to_file = false;
	http_cache_start_reader(h, pos, size);
	return HTTP_ERR_NONE;
}

void http_hold(struct http *h)
{
	h->reader.held = true;
}

void http_go_on(struct http *h)
{
	if (!h->reader.active || !h->reader.held)
		return;
	h->reader.held = false;
	clock_arm(h->modem->clock, &h->pump, 0);
}
