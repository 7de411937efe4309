/*
 * Frames of 3GPP TS 27.010, basic option: flag, address, control, one or two length octets, information, FCS, flag.
 * Nothing is escaped, so a flag may also be data: the reader goes by the length and looks again where that was wrong.
 */
#ifndef MUX_FRAME_H
#define MUX_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	MUX_FLAG = 0xf9,
	MUX_POLL = 0x10,     /* P/F bit of the control octet */
	MUX_INFO_MAX = 1600, /* most octets of information that are taken from a host */
};

/* Control octets without the P/F bit (27.010 5.2.1.3). */
enum mux_type {
	MUX_TYPE_SABM = 0x2f,
	MUX_TYPE_UA = 0x63,
	MUX_TYPE_DM = 0x0f,
	MUX_TYPE_DISC = 0x43,
	MUX_TYPE_UIH = 0xef,
	MUX_TYPE_UI = 0x03,
};

struct mux_frame {
	unsigned dlci; /* 0 to 63 */
	bool cr;       /* C/R bit: a command of who began the multiplexer, or a response to it */
	enum mux_type type;
	bool poll;
	const uint8_t *info; /* borrowed */
	size_t len;
};

/* "SABM", "UIH" ... */
const char *mux_type_name(enum mux_type type);

/* Appends f with its flags and FCS. 0, or what buf_add() says. */
int mux_frame_add(struct buf *out, const struct mux_frame *f);

/* What a reader has not turned into frames yet. */
struct mux_reader {
	struct buf bytes;
	size_t pos;	/* read so far */
	size_t skipped; /* octets that belonged to no frame, since mux_reader_take_skipped() */
};

void mux_reader_init(struct mux_reader *r);
void mux_reader_free(struct mux_reader *r);
/* Forgets what waits. */
void mux_reader_reset(struct mux_reader *r);
/* Takes as many octets as it has room for and returns how many; what is then there must be read with mux_reader_next().
 */
size_t mux_reader_add(struct mux_reader *r, const void *p, size_t n);
/* The next frame, whose information lies in the reader until mux_reader_drop(). false: more octets are needed. */
bool mux_reader_next(struct mux_reader *r, struct mux_frame *f, size_t *octets);
/* Takes a frame of so many octets off; the closing flag may open the next frame, unless this was the last one. */
void mux_reader_drop(struct mux_reader *r, size_t octets, bool last);
/* Octets that are not read yet. */
size_t mux_reader_left(const struct mux_reader *r);
/* How many octets were skipped since it was asked last. */
size_t mux_reader_take_skipped(struct mux_reader *r);

#endif
