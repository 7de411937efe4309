/*
 * The host's end of a multiplexer (3GPP TS 27.010, basic option), for steps and expectations: makes frames, and turns
 * what the modem says into lines that patterns can look at. It shares nothing with the emulator's own multiplexer, on
 * purpose: a bug that both had would be seen by no scenario.
 */
#ifndef HARNESS_MUX_LINE_H
#define HARNESS_MUX_LINE_H

#include <stddef.h>

#include "base/buf.h"

enum mux_frame_kind { MUX_FRAME_UIH, MUX_FRAME_SABM, MUX_FRAME_DISC, MUX_FRAME_UA, MUX_FRAME_DM };

/* Appends a frame of a host that began the multiplexer; p and n are of UIH alone, n at most 32767. 0, or what buf_add()
 * says. */
int mux_frame_write(struct buf *out, unsigned dlci, enum mux_frame_kind kind, const void *p, size_t n);

struct mux_ear;

/*
 * line(text, ctx) is called for each thing the modem says in frames: "1 UA", "0 e1 05 07 0d" (a control message in
 * hex), "1 +CSQ: 25,99" (a line on a channel), "! text" (octets between frames). NULL: out of memory.
 */
struct mux_ear *mux_ear_new(void (*line)(const char *text, void *ctx), void *ctx);
void mux_ear_free(struct mux_ear *e);
/* Octets of the modem, multiplexed or not: before the first frame nothing is told. */
void mux_ear_hear(struct mux_ear *e, const void *p, size_t n);

#endif
