/*
 * Frames of PPP on a serial line (RFC 1662): flags, escapes, the 16 bit check. Bytes to frames and back; what is in a
 * frame is others' business.
 */
#ifndef PPP_HDLC_H
#define PPP_HDLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { HDLC_FRAME_MAX = 1600 }; /* an MRU of 1500, headers, the check, and room for a peer that counts otherwise */

/* A frame without flags and check, which was right. Borrowed until it returns. */
typedef void (*hdlc_func_t)(const uint8_t *frame, size_t n, void *ctx);

struct hdlc {
	uint8_t frame[HDLC_FRAME_MAX];
	size_t len;
	bool escaped, too_long;
	bool synced;  /* a flag has been seen: what was before it is noise */
	unsigned bad; /* frames whose check was wrong, or that were too long */
};

/* Takes bytes as they come from the line. Noise between frames, short frames and wrong checks are dropped. */
void hdlc_feed(struct hdlc *h, const void *p, size_t n, hdlc_func_t func, void *ctx);
/* What has been begun is forgotten. */
void hdlc_reset(struct hdlc *h);

/* Appends a frame with both flags; bit n of accm: character n is escaped, as 0x7d and 0x7e always are. 0 or -ENOSPC. */
int hdlc_add(struct buf *out, uint32_t accm, const void *p, size_t n);

#endif
