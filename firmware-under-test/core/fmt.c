/*
 * Bounded text writer and number reader. Knows nothing of AT.
 */
#include "core/fmt.h"

#include <stdarg.h>
#include <string.h>

void fmt_init(struct fmt *f, char *text, size_t size)
{
	f->text = text;
	f->size = size;
	f->len = 0;
	f->cut = false;
	text[0] = '\0';
}

void fmt_char(struct fmt *f, char c)
{
	if (f->len + 1 >= f->size) {
		f->cut = true;
		return;
	}
	f->text[f->len++] = c;
	f->text[f->len] = '\0';
}

void fmt_text(struct fmt *f, const char *s)
{
	while (*s)
		fmt_char(f, *s++);
}

void fmt_uint(struct fmt *f, uint32_t v)
{
	char digits[10];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while (n)
		fmt_char(f, digits[--n]);
}

void fmt_hex(struct fmt *f, uint32_t v, unsigned min_digits)
{
	unsigned shift = 32;

	while (shift) {
		shift -= 4;
		if (v >> shift || shift / 4 < min_digits || !shift)
			fmt_char(f, "0123456789abcdef"[v >> shift & 15]);
	}
}

void fmt_bytes(struct fmt *f, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] >= 0x20 && p[i] < 0x7f) {
			fmt_char(f, (char)p[i]);
			continue;
		}
		fmt_text(f, "\\x");
		fmt_hex(f, p[i], 2);
	}
}

static void print_int(struct fmt *f, int v)
{
	if (v < 0)
		fmt_char(f, '-');
	fmt_uint(f, v < 0 ? 0u - (uint32_t)v : (uint32_t)v);
}

static void print_one(struct fmt *f, char kind, va_list *ap)
{
	switch (kind) {
	case 's':
		fmt_text(f, va_arg(*ap, const char *));
		break;
	case 'c':
		fmt_char(f, (char)va_arg(*ap, int));
		break;
	case 'd':
		print_int(f, va_arg(*ap, int));
		break;
	case 'u':
		fmt_uint(f, va_arg(*ap, unsigned));
		break;
	case 'x':
		fmt_hex(f, va_arg(*ap, unsigned), 1);
		break;
	default:
		fmt_char(f, kind);
		break;
	}
}

void fmt_print(struct fmt *f, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	for (; *format; format++) {
		if (*format != '%') {
			fmt_char(f, *format);
			continue;
		}
		format++;
		if (!*format)
			break;
		print_one(f, *format, &ap);
	}
	va_end(ap);
}

const char *fmt_read_int(const char *s, int32_t *value)
{
	int32_t v = 0;
	unsigned digits = 0;
	bool minus;

	while (*s == ' ')
		s++;
	minus = *s == '-';
	if (minus)
		s++;
	for (; *s >= '0' && *s <= '9'; s++, digits++) {
		if (digits == 9)
			return NULL;
		v = v * 10 + (*s - '0');
	}
	if (!digits)
		return NULL;
	*value = minus ? -v : v;
	return s;
}
