/*
 * The host's end of PPP on the line, for steps and expectations: frames of packets, and what the modem says in frames
 * as lines that patterns can look at. It shares nothing with the emulator's own PPP, on purpose: a bug that both had
 * would be seen by no scenario.
 */
#ifndef HARNESS_PPP_LINE_H
#define HARNESS_PPP_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { PPP_LINE_LCP = 0xc021, PPP_LINE_IPCP = 0x8021 };

/* Appends the frame of a packet that begins with its protocol (two octets). 0, or what buf_add() says. */
int ppp_frame_write(struct buf *out, const void *packet, size_t n);

struct ppp_ear;

/*
 * line(text, ctx) is called for each packet of the modem: "LCP ConfReq 0 02:00000000 03:c22305 05:910abeeb 07: 08:",
 * with its identifier and options; "PAP Ack 7 00", "CHAP Challenge 1 10f87171..." with what follows in hex; "IP
 * 4500..."; "0x80fd ..." for a protocol without a name. NULL: out of memory.
 */
struct ppp_ear *ppp_ear_new(void (*line)(const char *text, void *ctx), void *ctx);
void ppp_ear_free(struct ppp_ear *e);
/* Octets of the modem; what is not in frames of the right check is passed over. */
void ppp_ear_hear(struct ppp_ear *e, const void *p, size_t n);

/* The packet that acknowledges the modem's newest Configure-Request of proto. -ENOENT: there was none. */
int ppp_ear_ack(const struct ppp_ear *e, uint16_t proto, struct buf *packet);

#endif
