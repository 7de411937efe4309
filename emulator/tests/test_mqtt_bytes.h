/*
 * MQTT packets in mosquitto's shorthand: two hex digits are a byte, rN a remaining length, mN a packet identifier (two
 * bytes), sN 'text' a string with its length before it, 'text' alone its bytes.
 */
#ifndef TESTS_TEST_MQTT_BYTES_H
#define TESTS_TEST_MQTT_BYTES_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static inline void mqtt_put_length(struct buf *out, unsigned long n)
{
	do {
		buf_addc(out, (char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0)));
		n >>= 7;
	} while (n);
}

static inline void mqtt_put_two(struct buf *out, unsigned long n)
{
	buf_addc(out, (char)(n >> 8));
	buf_addc(out, (char)n);
}

static inline void mqtt_bytes(struct buf *out, const char *s)
{
	char *end = (char *)(uintptr_t)s;

	for (s += strspn(s, " "); *s; s = end + strspn(end, " ")) {
		if (*s == '\'') {
			end = strchr(s + 1, '\'');
			ck_assert_ptr_nonnull(end);
			buf_add(out, s + 1, (size_t)(end - s - 1));
			end++;
		} else if (*s == 'r') {
			mqtt_put_length(out, strtoul(s + 1, &end, 10));
		} else if (*s == 'm' || *s == 's') {
			mqtt_put_two(out, strtoul(s + 1, &end, 10));
		} else {
			buf_addc(out, (char)strtoul(s, &end, 16));
			ck_assert_msg(end == s + 2, "'%s' is no byte", s);
		}
	}
}

#endif
