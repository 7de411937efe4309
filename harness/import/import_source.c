/*
 * Lines of a text. A bare CR ends a line as well, since captures hold the host's commands so; such pieces share their
 * line's number. Quote marks are peeled where several lines in a row have them: a single ">" is a modem's prompt.
 */
#include "harness/import/import_source.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { QUOTE_DEPTH_MAX = 4 };

static int add_line(struct source *s, size_t start, unsigned number)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 256;
		struct source_line *more = reallocarray(s->lines, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->lines = more;
		s->cap = cap;
	}
	s->lines[s->n++] = (struct source_line){ .start = start, .len = s->text.len - start, .number = number };
	return 0;
}

/* Bytes of a terminal's control sequence at p: ESC [ ... letter, ESC ( X, ESC X; 0 when there is none. */
static size_t control_length(const char *p, size_t n)
{
	size_t i = 2;

	if (n < 2 || p[0] != 0x1b)
		return 0;
	if (p[1] == '(' || p[1] == ')')
		return n > 2 ? 3 : 2;
	if (p[1] != '[')
		return 2;
	while (i < n && (isdigit((unsigned char)p[i]) || p[i] == ';' || p[i] == '?'))
		i++;
	return i < n ? i + 1 : n;
}

/* One line of the text, as one or (bare CR inside) several of ours. */
static int take_line(struct source *s, const char *p, size_t n, unsigned number)
{
	static const char unseen[] = "\x0e\x0f\x07"; /* and NUL: shift out, shift in, bell */
	size_t start = s->text.len;
	bool pieces = false;
	int err = 0;

	while (n && p[n - 1] == '\r')
		n--;
	for (size_t i = 0; i < n && !err; i++) {
		size_t control = control_length(p + i, n - i);

		if (control) {
			i += control - 1;
		} else if (p[i] == '\r') {
			if (s->text.len > start)
				err = add_line(s, start, number);
			pieces = pieces || s->text.len > start;
			start = s->text.len;
		} else if (p[i] == '\b') {
			/* what somebody typed wrong and took back */
			s->text.len -= s->text.len > start;
		} else if (!strchr(unseen, p[i])) {
			err = buf_addc(&s->text, p[i]);
		}
	}
	if (err || (pieces && s->text.len == start))
		return err;
	return add_line(s, start, number);
}

/* --- quote marks ---------------------------------------------------------------------------------------------- */

/* socat's own lines begin like a quote. */
static bool is_dump_header(const char *p, size_t n)
{
	return n > 10 && isdigit((unsigned char)p[2]) && isdigit((unsigned char)p[5]) && p[6] == '/' && p[9] == '/';
}

/* A log that marks one direction with << marks the other with >>. */
static bool has_arrows(const struct source *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->lines[i].len > 2 && !memcmp(import_source_text(s, i), "<<", 2))
			return true;
	}
	return false;
}

static bool is_quoted(const struct source *s, size_t i, bool arrows)
{
	const struct source_line *l = &s->lines[i];
	const char *p = import_source_text(s, i);

	if (!l->len || p[0] != '>' || is_dump_header(p, l->len))
		return false;
	return !arrows || l->len < 2 || p[1] != '>';
}

static void peel_quote(struct source *s, struct source_line *l)
{
	size_t n = l->len > 1 && buf_str(&s->text)[l->start + 1] == ' ' ? 2 : 1;

	l->start += n;
	l->len -= n;
	l->quoted = true;
}

static bool peel_quotes(struct source *s)
{
	bool any = false, arrows = has_arrows(s);

	for (size_t i = 0; i < s->n; i++) {
		size_t end = i;

		while (end < s->n && is_quoted(s, end, arrows))
			end++;
		for (size_t k = i; end - i > 1 && k < end; k++) {
			peel_quote(s, &s->lines[k]);
			any = true;
		}
		if (end > i)
			i = end - 1;
	}
	return any;
}

/* --- code fences ---------------------------------------------------------------------------------------------- */

static bool is_fence(const char *p, size_t n)
{
	while (n && *p == ' ') {
		p++;
		n--;
	}
	return n >= 3 && (!memcmp(p, "```", 3) || !memcmp(p, "~~~", 3)) && !memchr(p + 3, '`', n - 3);
}

static void mark_fences(struct source *s)
{
	bool fenced = false;

	for (size_t i = 0; i < s->n; i++) {
		struct source_line *l = &s->lines[i];

		l->fence = is_fence(import_source_text(s, i), l->len);
		fenced ^= l->fence;
		l->fenced = fenced && !l->fence;
	}
}

/* --- public --------------------------------------------------------------------------------------------------- */

/* What PowerShell and Notepad write: UTF-16 behind its mark. Appends it as UTF-8; what is no text becomes '?'. */
static int add_utf16(struct buf *out, const char *p, size_t n)
{
	iconv_t cd = iconv_open("UTF-8", "UTF-16");
	char *in = (char *)p, chunk[4096];
	int err = cd == (iconv_t)-1 ? -errno : 0;

	while (n && !err) {
		char *end = chunk;
		size_t left = sizeof(chunk);
		bool bad = iconv(cd, &in, &n, &end, &left) == (size_t)-1 && errno != E2BIG;

		err = buf_add(out, chunk, sizeof(chunk) - left);
		if (bad && !err) {
			size_t skip = n < 2 ? n : 2;

			err = buf_addc(out, '?');
			in += skip;
			n -= skip;
		}
	}
	if (cd != (iconv_t)-1)
		iconv_close(cd);
	return err;
}

static int take_lines(struct source *s, const char *text, size_t n, unsigned first, unsigned last)
{
	int err = 0;

	while (n && !err) {
		const char *end = memchr(text, '\n', n);
		size_t len = end ? (size_t)(end - text) : n;

		s->last_number++;
		if (s->last_number >= first && (!last || s->last_number <= last))
			err = take_line(s, text, len, s->last_number);
		text += len + (end != NULL);
		n -= len + (end != NULL);
	}
	return err;
}

int import_source_read(struct source *s, const char *text, size_t n, unsigned number, unsigned first, unsigned last)
{
	bool wide = n >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2));
	bool marked = n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3);
	struct buf narrow;
	int err;

	*s = (struct source){ .first_number = number, .last_number = number - 1 };
	buf_init(&s->text, SIZE_MAX);
	buf_init(&narrow, SIZE_MAX);
	err = wide ? add_utf16(&narrow, text, n) : 0;
	if (!err && wide)
		err = take_lines(s, buf_str(&narrow), narrow.len, first, last);
	else if (!err)
		err = take_lines(s, text + 3 * marked, n - 3 * marked, first, last);
	buf_free(&narrow);
	for (int depth = 0; !err && depth < QUOTE_DEPTH_MAX && peel_quotes(s); depth++)
		;
	mark_fences(s);
	return err;
}

void import_source_free(struct source *s)
{
	buf_free(&s->text);
	free(s->lines);
}

const char *import_source_text(const struct source *s, size_t i)
{
	return buf_str(&s->text) + s->lines[i].start;
}
