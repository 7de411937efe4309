/* Alphabets and bits of messages. Tables after 3GPP 23.038. */
#include "modem/sms_text.h"

#include <errno.h>

static const uint16_t basic[128] = {
	0x0040, 0x00a3, 0x0024, 0x00a5, 0x00e8, 0x00e9, 0x00f9, 0x00ec, 0x00f2, 0x00c7, 0x000a, 0x00d8, 0x00f8,
	0x000d, 0x00c5, 0x00e5, 0x0394, 0x005f, 0x03a6, 0x0393, 0x039b, 0x03a9, 0x03a0, 0x03a8, 0x03a3, 0x0398,
	0x039e, 0x00a0, 0x00c6, 0x00e6, 0x00df, 0x00c9, 0x0020, 0x0021, 0x0022, 0x0023, 0x00a4, 0x0025, 0x0026,
	0x0027, 0x0028, 0x0029, 0x002a, 0x002b, 0x002c, 0x002d, 0x002e, 0x002f, 0x0030, 0x0031, 0x0032, 0x0033,
	0x0034, 0x0035, 0x0036, 0x0037, 0x0038, 0x0039, 0x003a, 0x003b, 0x003c, 0x003d, 0x003e, 0x003f, 0x00a1,
	0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046, 0x0047, 0x0048, 0x0049, 0x004a, 0x004b, 0x004c, 0x004d,
	0x004e, 0x004f, 0x0050, 0x0051, 0x0052, 0x0053, 0x0054, 0x0055, 0x0056, 0x0057, 0x0058, 0x0059, 0x005a,
	0x00c4, 0x00d6, 0x00d1, 0x00dc, 0x00a7, 0x00bf, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067,
	0x0068, 0x0069, 0x006a, 0x006b, 0x006c, 0x006d, 0x006e, 0x006f, 0x0070, 0x0071, 0x0072, 0x0073, 0x0074,
	0x0075, 0x0076, 0x0077, 0x0078, 0x0079, 0x007a, 0x00e4, 0x00f6, 0x00f1, 0x00fc, 0x00e0,
};

static const struct {
	uint8_t septet;
	uint16_t c;
} extension[] = {
	{ 0x0a, 0x000c }, { 0x14, '^' }, { 0x28, '{' }, { 0x29, '}' }, { 0x2f, '\\' },
	{ 0x3c, '[' },	  { 0x3d, '~' }, { 0x3e, ']' }, { 0x40, '|' }, { 0x65, 0x20ac },
};

enum { EXTENSION_N = sizeof(extension) / sizeof(extension[0]) };

static uint16_t extended(uint8_t septet)
{
	for (int i = 0; i < EXTENSION_N; i++) {
		if (extension[i].septet == septet)
			return extension[i].c;
	}
	return basic[septet & 0x7f];
}

size_t sms_gsm_decode(const uint8_t *septet, size_t n, uint16_t *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (septet[i] != SMS_ESC)
			out[len++] = basic[septet[i] & 0x7f];
		else if (i + 1 < n)
			out[len++] = extended(septet[++i]);
		else
			out[len++] = ' ';
	}
	return len;
}

size_t sms_gsm_encode(uint16_t c, uint8_t out[2])
{
	for (uint8_t i = 0; i < 128; i++) {
		if (basic[i] == c && i != SMS_ESC) {
			out[0] = i;
			return 1;
		}
	}
	for (int i = 0; i < EXTENSION_N; i++) {
		if (extension[i].c == c) {
			out[0] = SMS_ESC;
			out[1] = extension[i].septet;
			return 2;
		}
	}
	return 0;
}

size_t sms_gsm_octets(size_t n, size_t bit)
{
	return (bit + n * 7 + 7) / 8;
}

void sms_gsm_pack(const uint8_t *septet, size_t n, uint8_t *p, size_t bit)
{
	for (size_t i = 0; i < n; i++, bit += 7) {
		unsigned shifted = (septet[i] & 0x7fu) << bit % 8;

		p[bit / 8] |= (uint8_t)shifted;
		if (bit % 8 > 1)
			p[bit / 8 + 1] |= (uint8_t)(shifted >> 8);
	}
}

void sms_gsm_unpack(const uint8_t *p, size_t bit, uint8_t *septet, size_t n)
{
	for (size_t i = 0; i < n; i++, bit += 7) {
		unsigned pair = p[bit / 8];

		if (bit % 8 > 1)
			pair |= (unsigned)p[bit / 8 + 1] << 8;
		septet[i] = pair >> bit % 8 & 0x7f;
	}
}

/* --- UTF-8 ------------------------------------------------------------------------------------------------------- */

/* Bytes of the character that starts at s, 0 when it is none; its code point in *c. */
static size_t utf8_next(const uint8_t *s, size_t n, uint32_t *c)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t min;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };

	for (size_t len = 1; len <= 4; len++) {
		if ((s[0] & forms[len - 1].mask) != forms[len - 1].lead)
			continue;
		if (len > n)
			return 0;
		*c = s[0] & (uint8_t)~forms[len - 1].mask;
		for (size_t i = 1; i < len; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			*c = *c << 6 | (s[i] & 0x3f);
		}
		return *c < forms[len - 1].min || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000) ? 0 : len;
	}
	return 0;
}

long sms_utf8_decode(const char *s, size_t n, uint16_t *out, size_t max)
{
	size_t len = 0, used;
	uint32_t c;

	for (size_t i = 0; i < n; i += used) {
		used = utf8_next((const uint8_t *)s + i, n - i, &c);
		if (!used)
			return -EINVAL;
		if (len + (c > 0xffff ? 2 : 1) > max)
			return -ENOSPC;
		if (c > 0xffff) {
			out[len++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
			out[len++] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
		} else {
			out[len++] = (uint16_t)c;
		}
	}
	return (long)len;
}

static void utf8_add(uint32_t c, struct buf *out)
{
	if (c < 0x80) {
		buf_addc(out, (char)c);
	} else if (c < 0x800) {
		buf_addf(out, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_addf(out, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
	} else {
		buf_addf(out, "%c%c%c%c", (int)(0xf0 | c >> 18), (int)(0x80 | (c >> 12 & 0x3f)),
			 (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
	}
}

/* The code point at c; *i moves over the second half of a pair. */
static uint32_t code_point(const uint16_t *c, size_t n, size_t *i)
{
	uint16_t high = c[*i];

	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high >= 0xdc00 || *i + 1 >= n || c[*i + 1] < 0xdc00 || c[*i + 1] > 0xdfff)
		return 0xfffd;
	++*i;
	return 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (c[*i] - 0xdc00u);
}

void sms_utf8_encode(const uint16_t *c, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		utf8_add(code_point(c, n, &i), out);
}
