/* Number parsing with ranges, durations, escapes and "did you mean". No feature of a modem is known here. */
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PIECE_BYTES = 256 };	/* of long texts, added at once */

static int parse_num(const char *s, size_t n, int base, long long min, long long max, long long *out)
{
	char tmp[32], *end;
	long long v;

	if (!n || n >= sizeof(tmp) || !(isxdigit((unsigned char)s[0]) || (s[0] == '-' && min < 0 && base == 10)))
		return -EINVAL;
	memcpy(tmp, s, n);
	tmp[n] = '\0';
	/* strtoll() itself would take a second prefix: "0x0x1". */
	if (strspn(tmp, "-0123456789abcdefABCDEF") < n)
		return -EINVAL;
	errno = 0;
	v = strtoll(tmp, &end, base);
	if (end == tmp || *end)
		return -EINVAL;
	if (errno == ERANGE || v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

int str_to_num(const char *s, size_t n, long long min, long long max, long long *out)
{
	return parse_num(s, n, 10, min, max, out);
}

int str_to_num_any(const char *s, size_t n, long long min, long long max, long long *out)
{
	if (n > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return parse_num(s + 2, n - 2, 16, min, max, out);
	return str_to_num(s, n, min, max, out);
}

int str_to_fixed(const char *s, unsigned decimals, long long min, long long max, long long *out)
{
	const char *point = strchr(s, '.'), *digits = point ? point + 1 : "";
	size_t whole = point ? (size_t)(point - s) : strlen(s), part = strlen(digits);
	char all[32];

	if (!whole || s[whole - 1] == '-' || (point && !part) || part > decimals || whole + decimals >= sizeof(all) ||
	    strspn(digits, "0123456789") < part)
		return -EINVAL;
	memcpy(all, s, whole);
	memcpy(all + whole, digits, part);
	memset(all + whole + part, '0', decimals - part);
	return str_to_num(all, whole + decimals, min, max, out);
}

int str_to_duration_us(const char *s, uint64_t *out_us)
{
	static const struct { const char *unit; double us; } units[] = {
		{ "us", 1 }, { "ms", 1e3 }, { "s", 1e6 }, { "m", 60e6 }, { "h", 3600e6 },
	};
	char *end;
	double v;

	/* strtod() itself would take "1e3", "0x10", "inf" and a locale's comma. */
	if (!isdigit((unsigned char)s[0]) || strpbrk(s, "eExX"))
		return -EINVAL;
	v = strtod(s, &end);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		if (v * units[i].us > 1e15)
			return -EINVAL;
		*out_us = (uint64_t)(v * units[i].us + 0.5);
		return 0;
	}
	return -EINVAL;
}

/* Levenshtein distance of two short words, one row at a time. */
static size_t distance(const char *a, const char *b)
{
	size_t row[65], n = strlen(b);

	if (n > 64 || strlen(a) > 64)
		return 64;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diag = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t cost = diag + (a[i - 1] != b[j - 1]);

			diag = row[j];
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1;
			if (diag + 1 < cost)
				cost = diag + 1;
			row[j] = cost;
		}
	}
	return row[n];
}

const char *str_nearest(const char *s, const char *const words[])
{
	const char *best = NULL;
	size_t limit = strlen(s) / 3 + 2, d;

	for (size_t i = 0; words[i]; i++) {
		d = distance(s, words[i]);
		if (d < limit) {
			limit = d;
			best = words[i];
		}
	}
	return best;
}

bool str_ieq(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && !strncasecmp(s, word, n);
}

const char *str_trim(const char *s, size_t *n)
{
	while (*n && *s == ' ') {
		s++;
		(*n)--;
	}
	while (*n && s[*n - 1] == ' ')
		(*n)--;
	return s;
}

bool str_copy(char *dst, size_t size, const char *src)
{
	size_t n = strnlen(src, size);
	bool fits = n < size;

	if (!fits)
		n = size - 1;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return fits;
}

/* One byte in the escaped view; returns its length. */
static size_t escape_byte(unsigned char c, char out[4])
{
	static const char digit[] = "0123456789abcdef", named[] = "rn\\t", bytes[] = "\r\n\\\t";
	const char *found = c ? strchr(bytes, c) : NULL;

	if (!found && c >= 0x20 && c < 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	if (found) {
		out[1] = named[found - bytes];
		return 2;
	}
	out[1] = 'x';
	out[2] = digit[c >> 4];
	out[3] = digit[c & 15];
	return 4;
}

/* How much of a view is collected before it is added: where the buffer may become full, each byte for itself. */
static size_t piece_size(const struct buf *out, size_t n, size_t most_of_one)
{
	return n < (out->max - out->len) / most_of_one ? PIECE_BYTES : most_of_one;
}

void str_escape(struct buf *out, const void *p, size_t n)
{
	const unsigned char *s = p;
	size_t len = 0, size = piece_size(out, n, 4);
	char piece[PIECE_BYTES];

	for (size_t i = 0; i < n; i++) {
		if (len + 4 > size) {
			buf_add(out, piece, len);
			len = 0;
		}
		len += escape_byte(s[i], piece + len);
	}
	buf_add(out, piece, len);
}

size_t str_unescape(struct buf *out, const char *s)
{
	static const char from[] = "rnte0\\\"'", to[] = "\r\n\t\x1b\0\\\"'";
	const char *begin = s, *hit;
	long long byte;

	for (; *s; s++) {
		if (*s != '\\') {
			buf_addc(out, *s);
			continue;
		}
		s++;
		hit = *s ? strchr(from, *s) : NULL;
		if (hit) {
			buf_addc(out, to[hit - from]);
		} else if (*s == 'x' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2]) &&
			   !parse_num(s + 1, 2, 16, 0, 255, &byte)) {
			buf_addc(out, (char)byte);
			s += 2;
		} else {
			return (size_t)(s - begin);
		}
	}
	return 0;
}

void str_hex(struct buf *out, const void *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *s = p;
	size_t len = 0, size = piece_size(out, n, 2);
	char piece[PIECE_BYTES];

	for (size_t i = 0; i < n; i++) {
		if (len + 2 > size) {
			buf_add(out, piece, len);
			len = 0;
		}
		piece[len++] = digit[s[i] >> 4];
		piece[len++] = digit[s[i] & 15];
	}
	buf_add(out, piece, len);
}

int str_unhex(struct buf *out, const char *s)
{
	long long byte;

	while (*s) {
		if (isspace((unsigned char)*s)) {
			s++;
			continue;
		}
		if (!isxdigit((unsigned char)s[0]) || !isxdigit((unsigned char)s[1]))
			return -EINVAL;
		parse_num(s, 2, 16, 0, 255, &byte);
		buf_addc(out, (char)byte);
		s += 2;
	}
	return 0;
}
