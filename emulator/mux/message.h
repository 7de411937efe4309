/* Messages of the control channel (27.010 5.4.6): type octet, length, values. Coding alone; what they do is mux.c's. */
#ifndef MUX_MESSAGE_H
#define MUX_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Type octets without the C/R bit. */
enum mux_message_type {
	MUX_MESSAGE_PN = 0x81,	/* parameters of a channel that is not open yet */
	MUX_MESSAGE_CLD = 0xc1, /* close down: back to commands */
	MUX_MESSAGE_TEST = 0x21,
	MUX_MESSAGE_FCON = 0xa1, /* flow control of all channels */
	MUX_MESSAGE_FCOFF = 0x61,
	MUX_MESSAGE_MSC = 0xe1, /* modem lines of one channel, its flow control among them */
	MUX_MESSAGE_NSC = 0x11, /* the answer to what is not supported */
};

enum {
	MUX_MESSAGE_COMMAND = 0x02, /* C/R bit of the type octet */
	MUX_PN_LENGTH = 8,
	/* the V.24 octet of MSC */
	MUX_SIGNAL_EA = 0x01,
	MUX_SIGNAL_FC = 0x02,  /* takes no data */
	MUX_SIGNAL_RTC = 0x04, /* DTR or DSR */
	MUX_SIGNAL_RTR = 0x08, /* RTS or CTS */
	MUX_SIGNAL_DV = 0x80,  /* DCD */
};

struct mux_message {
	uint8_t type;	      /* as received, with its C/R bit */
	bool known;	      /* false: a type of several octets */
	const uint8_t *value; /* borrowed from the frame */
	size_t len;
};

/* The message at p; returns the octets it takes, 0 when it is cut off or damaged. */
size_t mux_message_read(const uint8_t *p, size_t n, struct mux_message *msg);
/* Appends a message of type (C/R bit included). 0, or what buf_add() says. */
int mux_message_add(struct buf *out, uint8_t type, const void *value, size_t len);
/* "MSC", "NSC" ...; NULL for a type that is not in enum mux_message_type. */
const char *mux_message_name(uint8_t type);

#endif
