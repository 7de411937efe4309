/* RFC 1662: octet-stuffed framing and FCS-16. */
#include "ppp/hdlc.h"

enum { FLAG = 0x7e, ESCAPE = 0x7d, FLIP = 0x20, FCS_START = 0xffff, FCS_GOOD = 0xf0b8, FCS_LEN = 2 };

/* x^16 + x^12 + x^5 + 1, reflected, four bits at a time. */
static uint16_t fcs_add(uint16_t fcs, uint8_t byte)
{
	static const uint16_t step[16] = {
		0x0000, 0x1081, 0x2102, 0x3183, 0x4204, 0x5285, 0x6306, 0x7387,
		0x8408, 0x9489, 0xa50a, 0xb58b, 0xc60c, 0xd68d, 0xe70e, 0xf78f,
	};

	fcs = (uint16_t)(fcs >> 4 ^ step[(fcs ^ byte) & 15]);
	return (uint16_t)(fcs >> 4 ^ step[(fcs ^ byte >> 4) & 15]);
}

static uint16_t fcs_of(const uint8_t *p, size_t n)
{
	uint16_t fcs = FCS_START;

	for (size_t i = 0; i < n; i++)
		fcs = fcs_add(fcs, p[i]);
	return fcs;
}

void hdlc_reset(struct hdlc *h)
{
	h->len = 0;
	h->escaped = h->too_long = false;
}

/* A flag ends what is there; an escape before it means that the sender gave the frame up. */
static void end_frame(struct hdlc *h, hdlc_func_t func, void *ctx)
{
	size_t len = h->len;
	bool whole = h->synced && !h->escaped && !h->too_long && len > FCS_LEN;
	bool good = whole && fcs_of(h->frame, len) == FCS_GOOD;

	h->bad += h->synced && !h->escaped && len && !good;
	hdlc_reset(h);
	h->synced = true;
	if (good)
		func(h->frame, len - FCS_LEN, ctx);
}

static void take(struct hdlc *h, uint8_t byte)
{
	if (h->escaped)
		byte ^= FLIP;
	h->escaped = false;
	if (h->len == sizeof(h->frame))
		h->too_long = true;
	else
		h->frame[h->len++] = byte;
}

void hdlc_feed(struct hdlc *h, const void *p, size_t n, hdlc_func_t func, void *ctx)
{
	const uint8_t *s = p;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == FLAG)
			end_frame(h, func, ctx);
		else if (s[i] == ESCAPE)
			h->escaped = true;
		else if (h->synced)
			take(h, s[i]);
	}
}

static void add_byte(struct buf *out, uint32_t accm, uint8_t byte)
{
	if (byte == FLAG || byte == ESCAPE || (byte < FLIP && (accm >> byte & 1))) {
		buf_addc(out, ESCAPE);
		byte ^= FLIP;
	}
	buf_addc(out, (char)byte);
}

int hdlc_add(struct buf *out, uint32_t accm, const void *p, size_t n)
{
	const uint8_t *s = p;
	uint16_t fcs = (uint16_t)~fcs_of(s, n);

	buf_addc(out, FLAG);
	for (size_t i = 0; i < n; i++)
		add_byte(out, accm, s[i]);
	add_byte(out, accm, (uint8_t)fcs);
	add_byte(out, accm, (uint8_t)(fcs >> 8));
	return buf_addc(out, FLAG);
}
