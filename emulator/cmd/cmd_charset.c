/* AT+CSCS for names, codes and what the network says. 27.007 5.5. */
#include "cmd/cmd_charset.h"

#include <errno.h>
#include <string.h>

#include "cmd/cmd_sms.h"
#include "modem/sms_text.h"

enum { UNITS_MAX = 640 };

static int as_utf8(const uint16_t *c, long n, struct buf *out)
{
	if (n < 0)
		return -EINVAL;
	sms_utf8_encode(c, (size_t)n, out);
	return 0;
}

int cmd_charset_take(const struct at_channel *at, const char *text, size_t n, size_t max, struct buf *out)
{
	enum sms_charset charset = cmd_sms_set_of(at)->charset;
	uint16_t c[UNITS_MAX + 1];
	long units;

	if (charset == SMS_CHARSET_UCS2)
		return cmd_charset_take_hex(text, n, max, out);
	if (n > UNITS_MAX)
		return -ENOSPC;
	units = cmd_sms_units(charset, text, n, c, UNITS_MAX);
	return units > (long)max ? -ENOSPC : as_utf8(c, units, out);
}

int cmd_charset_take_hex(const char *text, size_t n, size_t max, struct buf *out)
{
	uint8_t octets[2 * UNITS_MAX];
	uint16_t c[UNITS_MAX];
	long len;

	if (n > 4 * UNITS_MAX || n > 4 * max)
		return -ENOSPC;
	len = cmd_sms_unhex(text, n, octets, sizeof(octets));
	if (len < 0 || len % 2)
		return -EINVAL;
	for (long i = 0; i < len / 2; i++)
		c[i] = (uint16_t)(octets[i * 2] << 8 | octets[i * 2 + 1]);
	return as_utf8(c, len / 2, out);
}

static void add(enum sms_charset charset, const char *text, struct buf *out)
{
	uint16_t c[UNITS_MAX];
	long n = sms_utf8_decode(text, strlen(text), c, UNITS_MAX);

	cmd_sms_add_units(out, charset, c, n < 0 ? 0 : (size_t)n);
}

void cmd_charset_add(const struct at_channel *at, const char *text, struct buf *out)
{
	add(cmd_sms_set_of(at)->charset, text, out);
}

void cmd_charset_add_hex(const char *text, struct buf *out)
{
	add(SMS_CHARSET_UCS2, text, out);
}
