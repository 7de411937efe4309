/* Byte by byte: each saying of the modem waits for the host to have said as many bytes as it had then. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire/playback_engine.h"

struct part {
	uint64_t after_us; /* the host's last byte before it */
	size_t host;	   /* bytes of the host before it */
	size_t start, len; /* in modem */
};

struct exact {
	struct buf host, modem;
	struct part *parts;
	size_t n, cap;
	size_t heard; /* bytes of the host so far */
	size_t next;  /* part */
};

static int add_part(struct exact *x, const struct wire_event *ev, uint64_t host_us)
{
	if (x->n == x->cap) {
		size_t cap = x->cap ? 2 * x->cap : 64;
		struct part *more = reallocarray(x->parts, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		x->parts = more;
		x->cap = cap;
	}
	x->parts[x->n++] = (struct part){ ev->t_us - host_us, x->host.len, x->modem.len, ev->len };
	return buf_add(&x->modem, ev->data, ev->len);
}

static int read_exact(struct playback *r, const struct recording *rec)
{
	struct exact *x = calloc(1, sizeof(*x));
	uint64_t host_us = 0;
	int err = x ? 0 : -ENOMEM;

	if (!x)
		return err;
	r->state = x;
	buf_init(&x->host, SIZE_MAX);
	buf_init(&x->modem, SIZE_MAX);
	for (size_t i = 0; i < recording_size(rec) && !err; i++) {
		const struct wire_event ev = recording_at(rec, i);

		if (ev.from == WIRE_HOST) {
			host_us = ev.t_us;
			err = buf_add(&x->host, ev.data, ev.len);
		} else if (ev.from == WIRE_MODEM) {
			err = add_part(x, &ev, host_us < ev.t_us ? host_us : ev.t_us);
		}
	}
	return err;
}

static void say_parts(struct playback *r, uint64_t now_us)
{
	struct exact *x = r->state;

	while (x->next < x->n && x->parts[x->next].host <= x->heard) {
		const struct part *p = &x->parts[x->next++];

		playback_say(r, now_us + playback_scaled(r, p->after_us), x->modem.data + p->start, p->len);
	}
}

/* The line around the first byte that differs, as it was and as it is. */
static void differ(struct playback *r, const char *p, size_t n)
{
	struct exact *x = r->state;
	const char *host = buf_str(&x->host);
	size_t start = x->heard, end = x->heard;
	struct buf was, is;

	while (start > 0 && host[start - 1] != '\r')
		start--;
	while (end < x->host.len && host[end++] != '\r')
		;
	buf_init(&was, SIZE_MAX);
	buf_init(&is, SIZE_MAX);
	playback_view(&was, host + start, end - start);
	playback_view(&is, host + start, x->heard - start);
	playback_view(&is, p, n);
	playback_wrong(r, "byte %zu of the host differs: the recording has '%s', the host says '%s'", x->heard + 1,
		       buf_str(&was), buf_str(&is));
	buf_free(&was);
	buf_free(&is);
}

static void hear(struct playback *r, uint64_t now_us, const char *p, size_t n)
{
	struct exact *x = r->state;

	for (size_t i = 0; i < n; i++) {
		if (x->heard == x->host.len || x->host.data[x->heard] != p[i]) {
			differ(r, p + i, n - i);
			return;
		}
		playback_hurry(r, now_us);
		x->heard++;
		say_parts(r, now_us);
	}
}

static bool left(const struct playback *r, struct buf *out)
{
	const struct exact *x = r->state;

	if (x->heard == x->host.len && x->next == x->n && r->first == r->n)
		return false;
	if (!out)
		return true;
	buf_addf(out, "%zu of %zu bytes of the host are left", x->host.len - x->heard, x->host.len);
	if (x->heard < x->host.len) {
		const char *s = x->host.data + x->heard;
		const char *end = memchr(s, '\r', x->host.len - x->heard);

		buf_adds(out, "; the next: ");
		playback_view(out, s, end ? (size_t)(end - s) : x->host.len - x->heard);
	}
	return true;
}

static void free_exact(struct playback *r)
{
	struct exact *x = r->state;

	buf_free(&x->host);
	buf_free(&x->modem);
	free(x->parts);
	free(x);
}

const struct playback_engine playback_exact = {
	.read = read_exact,
	.begin = say_parts,
	.host = hear,
	.left = left,
	.free = free_exact,
};
