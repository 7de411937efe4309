/*
 * The alphabets of messages: the GSM 7 bit default alphabet with its extension table and its packing into octets
 * (3GPP 23.038 6.1.2, 6.2.1), UCS-2, and UTF-8 for people. Knows no message.
 */
#ifndef MODEM_SMS_TEXT_H
#define MODEM_SMS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { SMS_ESC = 0x1b }; /* the next septet is one of the extension table */

/*
 * n septets to UCS-2; out has room for n. An escape to what the extension table lacks gives the character of the
 * default table, an escape at the end a blank (23.038 6.2.1.1). Returns how many characters.
 */
size_t sms_gsm_decode(const uint8_t *septet, size_t n, uint16_t *out);
/* One character to 1 or 2 septets; 0 when the alphabet does not have it. */
size_t sms_gsm_encode(uint16_t c, uint8_t out[2]);

/* Octets that n septets behind bit bits take. */
size_t sms_gsm_octets(size_t n, size_t bit);
/* Packs n septets into p from bit on; p is 0 from there. */
void sms_gsm_pack(const uint8_t *septet, size_t n, uint8_t *p, size_t bit);
void sms_gsm_unpack(const uint8_t *p, size_t bit, uint8_t *septet, size_t n);

/*
 * UTF-8 to UTF-16 code units, which is what phones put into UCS-2. At most max of them. Returns how many, or -EINVAL
 * (not UTF-8) or -ENOSPC.
 */
long sms_utf8_decode(const char *s, size_t n, uint16_t *out, size_t max);
/* Appends code units as UTF-8; half a surrogate pair becomes U+FFFD. */
void sms_utf8_encode(const uint16_t *c, size_t n, struct buf *out);

#endif
