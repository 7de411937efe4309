/*
 * A host's end of PPP for tests: packets as hex text to frames and back, by code of its own (bit by bit from RFC 1662),
 * so that a fault of emulator/ppp cannot hide in it.
 */
#ifndef TESTS_TEST_PPP_PEER_H
#define TESTS_TEST_PPP_PEER_H

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static inline uint16_t peer_fcs(const uint8_t *p, size_t n)
{
	uint16_t fcs = 0xffff;

	for (size_t i = 0; i < n * 8; i++) {
		unsigned bit = (fcs ^ p[i / 8] >> i % 8) & 1;

		fcs = (uint16_t)(fcs >> 1 ^ (bit ? 0x8408 : 0));
	}
	return (uint16_t)~fcs;
}

static inline void peer_stuff(struct buf *out, uint8_t byte)
{
	if (byte < 0x20 || byte == 0x7d || byte == 0x7e) {
		buf_addc(out, 0x7d);
		byte ^= 0x20;
	}
	buf_addc(out, (char)byte);
}

/* Appends the frame of what hex says, address, control and protocol included; everything below 0x20 is escaped. */
static inline void peer_frame(struct buf *out, const char *hex)
{
	struct buf packet;
	uint16_t fcs;

	buf_init(&packet, 4096);
	ck_assert_msg(!str_unhex(&packet, hex), "%s", hex);
	fcs = peer_fcs((const uint8_t *)buf_str(&packet), packet.len);
	buf_addc(out, 0x7e);
	for (size_t i = 0; i < packet.len; i++)
		peer_stuff(out, (uint8_t)packet.data[i]);
	peer_stuff(out, (uint8_t)fcs);
	peer_stuff(out, (uint8_t)(fcs >> 8));
	buf_addc(out, 0x7e);
	buf_free(&packet);
}

static inline void peer_unframe_one(struct buf *out, const uint8_t *p, size_t n)
{
	struct buf packet;
	size_t len;

	buf_init(&packet, 4096);
	for (size_t i = 0; i < n; i++)
		buf_addc(&packet, (char)(p[i] == 0x7d && i + 1 < n ? p[++i] ^ 0x20 : p[i]));
	ck_assert_uint_ge(packet.len, 4);
	len = packet.len - 2;
	ck_assert_int_eq(peer_fcs((const uint8_t *)packet.data, len),
			 (uint8_t)packet.data[len] | (uint8_t)packet.data[len + 1] << 8);
	if (out->len)
		buf_addc(out, ' ');
	str_hex(out, packet.data, len);
	buf_free(&packet);
}

/* Appends what the frames in the bytes say as hex, a blank between frames. The bytes must be whole frames. */
static inline void peer_unframe(struct buf *out, const char *bytes, size_t n)
{
	const uint8_t *p = (const uint8_t *)bytes, *end = p + n;

	while (p < end) {
		const uint8_t *flag;

		ck_assert_uint_eq(*p, 0x7e);
		flag = memchr(p + 1, 0x7e, (size_t)(end - p - 1));
		ck_assert_ptr_nonnull(flag);
		peer_unframe_one(out, p + 1, (size_t)(flag - p - 1));
		p = flag + 1;
	}
}

#endif
