/*
 * Byte store of a cell's streams. Everything is kept until the cell ends, since a failure shows what came when; a
 * prompt ("> " without line end) is a line that will never end, so it counts as finished while it stands.
 */
#include "harness/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { STREAM_MAX_BYTES = 16 << 20 };

struct chunk {
	size_t start;
	uint64_t t_us, seq;
};

struct span {
	size_t start, end;
};

struct stream {
	struct stream_order *order;
	struct buf bytes;
	struct chunk *chunks;
	size_t n_chunks, cap_chunks;
	struct span *lines;	/* finished ones */
	size_t n_lines, cap_lines;
	size_t line_start;	/* of the unfinished line */
	struct buf view;	/* scratch */
	bool full;
};

struct stream *stream_new(struct stream_order *order)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->order = order;
	buf_init(&s->bytes, STREAM_MAX_BYTES);
	buf_init(&s->view, 4 * (size_t)STREAM_MAX_BYTES);
	return s;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	buf_free(&s->bytes);
	buf_free(&s->view);
	free(s->chunks);
	free(s->lines);
	free(s);
}

/* Makes room for one more element of an array that doubles. */
static bool grow(void **array, size_t *cap, size_t n, size_t size)
{
	size_t more = *cap ? *cap * 2 : 32;
	void *p;

	if (n < *cap)
		return true;
	p = reallocarray(*array, more, size);
	if (!p)
		return false;
	*array = p;
	*cap = more;
	return true;
}

static void end_line(struct stream *s, size_t end)
{
	if (end > s->line_start && grow((void **)&s->lines, &s->cap_lines, s->n_lines, sizeof(*s->lines)))
		s->lines[s->n_lines++] = (struct span){ s->line_start, end };
}

void stream_add(struct stream *s, uint64_t t_us, const void *p, size_t n)
{
	size_t start = s->bytes.len;

	if (!n || s->full)
		return;
	if (!grow((void **)&s->chunks, &s->cap_chunks, s->n_chunks, sizeof(*s->chunks)) || buf_add(&s->bytes, p, n)) {
		s->full = true;
		return;
	}
	s->chunks[s->n_chunks++] = (struct chunk){ start, t_us, s->order->next++ };
	for (size_t i = start; i < s->bytes.len; i++) {
		if (s->bytes.data[i] != '\r' && s->bytes.data[i] != '\n')
			continue;
		end_line(s, i);
		s->line_start = i + 1;
	}
}

void stream_break_line(struct stream *s)
{
	end_line(s, s->bytes.len);
	s->line_start = s->bytes.len;
}

bool stream_is_full(const struct stream *s)
{
	return s->full;
}

size_t stream_len(const struct stream *s)
{
	return s->bytes.len;
}

const char *stream_bytes(const struct stream *s)
{
	return buf_str(&s->bytes);
}

/* The chunk that holds pos, the last one for a pos behind the end; NULL in an empty stream. */
static const struct chunk *chunk_at(const struct stream *s, size_t pos)
{
	size_t low = 0, high = s->n_chunks;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (s->chunks[mid].start <= pos)
			low = mid;
		else
			high = mid;
	}
	return s->n_chunks ? &s->chunks[low] : NULL;
}

uint64_t stream_time(const struct stream *s, size_t pos)
{
	const struct chunk *c = chunk_at(s, pos);

	return c ? c->t_us : 0;
}

uint64_t stream_seq(const struct stream *s, size_t pos)
{
	const struct chunk *c = chunk_at(s, pos);

	return c ? c->seq : 0;
}

size_t stream_after_seq(const struct stream *s, uint64_t seq)
{
	size_t i = s->n_chunks;

	while (i > 0 && s->chunks[i - 1].seq > seq)
		i--;
	return i < s->n_chunks ? s->chunks[i].start : s->bytes.len;
}

size_t stream_lines(const struct stream *s)
{
	return s->n_lines + (s->bytes.len > s->line_start);
}

struct stream_line stream_line(const struct stream *s, size_t i)
{
	if (i < s->n_lines)
		return (struct stream_line){ s->lines[i].start, s->lines[i].end, true };
	return (struct stream_line){ s->line_start, s->bytes.len, false };
}

size_t stream_line_at(const struct stream *s, size_t pos)
{
	size_t low = 0, high = s->n_lines;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->lines[mid].end > pos)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

void stream_view(const struct stream *s, size_t i, struct buf *out)
{
	struct stream_line line = stream_line(s, i);

	str_escape(out, s->bytes.data + line.start, line.end - line.start);
}

/* A prompt is finished while it stands alone: the modem waits now. */
static bool is_prompt(const char *p, size_t n)
{
	return n && p[0] == '>' && (n == 1 || (n == 2 && p[1] == ' '));
}

static void save_groups(struct stream_hit *hit, const struct match_hit *found, const char *p)
{
	hit->n_groups = found->n;
	for (unsigned i = 0; i < found->n; i++) {
		size_t n = found->end[i] > found->start[i] ? found->end[i] - found->start[i] : 0;

		if (n >= sizeof(hit->group[i]))
			n = sizeof(hit->group[i]) - 1;
		memcpy(hit->group[i], p + found->start[i] * (n > 0), n);
		hit->group[i][n] = '\0';
	}
}

static void fill_hit(const struct stream *s, struct stream_hit *hit, size_t start, size_t end)
{
	hit->start = start;
	hit->end = hit->resume = end;
	hit->t_us = stream_time(s, end ? end - 1 : 0);
	hit->seq = stream_seq(s, end ? end - 1 : 0);
}

/* Looks at one line from raw position pos on (the line's start unless something consumed its beginning). */
static bool find_in_line(const struct stream *s, const struct match *m, size_t i, size_t pos, bool last,
			 struct stream_hit *hit)
{
	struct stream_line line = stream_line(s, i);
	struct buf *view = &((struct stream *)s)->view;
	const char *raw = s->bytes.data;
	bool complete = last || line.complete || is_prompt(raw + line.start, line.end - line.start);
	struct match_hit found;
	size_t from;

	buf_reset(view);
	if (pos > line.start)
		str_escape(view, raw + line.start, pos - line.start);
	else
		pos = line.start;
	from = view->len;
	str_escape(view, raw + pos, line.end - pos);
	if (!match_find(m, buf_str(view), view->len, from, complete, &found))
		return false;
	if (hit) {
		fill_hit(s, hit, line.start, line.end);
		save_groups(hit, &found, buf_str(view));
	}
	return true;
}

static bool find_by_line(const struct stream *s, const struct match *m, size_t pos, bool last, struct stream_hit *hit,
			 size_t *resume)
{
	size_t n = stream_lines(s), i;

	for (i = stream_line_at(s, pos); i < n; i++) {
		if (find_in_line(s, m, i, pos, last, hit))
			return true;
	}
	if (resume && s->line_start > pos)
		*resume = s->line_start;
	return false;
}

static bool find_raw(const struct stream *s, const struct match *m, size_t pos, struct stream_hit *hit, size_t *resume)
{
	const char *raw = stream_bytes(s);
	size_t keep = match_length(m) - 1;
	struct match_hit found;

	if (!match_find(m, raw, s->bytes.len, pos, true, &found)) {
		if (resume && s->bytes.len > pos + keep)
			*resume = s->bytes.len - keep;
		return false;
	}
	if (hit) {
		fill_hit(s, hit, found.start[0], found.end[0]);
		save_groups(hit, &found, raw);
	}
	return true;
}

bool stream_find(const struct stream *s, const struct match *m, size_t pos, bool last, struct stream_hit *hit,
		 size_t *resume)
{
	if (resume)
		*resume = pos;
	if (match_by_line(m))
		return find_by_line(s, m, pos, last, hit, resume);
	return find_raw(s, m, pos, hit, resume);
}
