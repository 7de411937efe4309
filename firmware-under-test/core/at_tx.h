/*
 * What goes to the modem: one command line, or the data after a prompt, or
 * carriage returns that fill up a prompt nobody wants any more. One writer,
 * driven from node_poll() only.
 */
#ifndef CORE_AT_TX_H
#define CORE_AT_TX_H

#include "core/fmt.h"
#include "core/limits.h"
#include "core/deadline.h"
#include "port/port.h"

struct at_tx {
	char command[NODE_COMMAND_MAX + 1];
	const uint8_t *span; /* what is being sent */
	size_t left;
	uint32_t fill; /* carriage returns still to send, before the span */
	bool data;     /* the span is data: pacing applies */
	bool paced;
	struct deadline pace;
};

void at_tx_init(struct at_tx *tx);

/* The empty command buffer, to be filled and given to at_tx_command(). */
void at_tx_begin(struct at_tx *tx, struct fmt *line);

/* Send the line in the buffer; the carriage return is added here. */
void at_tx_command(struct at_tx *tx, const struct fmt *line);

/* Send n bytes, borrowed until at_tx_idle(). */
void at_tx_data(struct at_tx *tx, const uint8_t *p, size_t n);

/* Send n carriage returns ahead of anything else. */
void at_tx_fill(struct at_tx *tx, uint32_t n);

/* Drop what has not been sent. */
void at_tx_reset(struct at_tx *tx);

/* True when the port has taken everything. */
bool at_tx_idle(const struct at_tx *tx);

/* Offer bytes to the port as far as it takes them and the pace allows. */
void at_tx_pump(struct at_tx *tx, const struct port *port, uint32_t now);

/* Milliseconds until at_tx_pump() is wanted again, UINT32_MAX when idle. */
uint32_t at_tx_next_ms(const struct at_tx *tx, uint32_t now);

#endif
