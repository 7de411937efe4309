/*
 * Sending with partial acceptance and, after losses, at a slow pace: a
 * bridge with a 256-byte ring that moves 1 byte per ms loses a certificate
 * sent at line speed and passes it at 64 bytes per 100 ms.
 */
#include "core/at_tx.h"

#include <string.h>

#define PORT_FULL_RETRY_MS 5

void at_tx_init(struct at_tx *tx)
{
	memset(tx, 0, sizeof(*tx));
}

void at_tx_begin(struct at_tx *tx, struct fmt *line)
{
	fmt_init(line, tx->command, NODE_COMMAND_MAX);
}

void at_tx_command(struct at_tx *tx, const struct fmt *line)
{
	tx->command[line->len] = '\r';
	tx->span = (const uint8_t *)tx->command;
	tx->left = line->len + 1;
	tx->data = false;
}

void at_tx_data(struct at_tx *tx, const uint8_t *p, size_t n)
{
	tx->span = p;
	tx->left = n;
	tx->data = true;
}

void at_tx_fill(struct at_tx *tx, uint32_t n)
{
	tx->fill += n;
}

void at_tx_reset(struct at_tx *tx)
{
	tx->left = 0;
	tx->fill = 0;
	deadline_stop(&tx->pace);
}

bool at_tx_idle(const struct at_tx *tx)
{
	return !tx->left && !tx->fill;
}

static bool pump_fill(struct at_tx *tx, const struct port *port, uint32_t most)
{
	static const uint8_t returns[] = "\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r"
					 "\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r";
	uint32_t n = most < 32 ? most : 32;
	size_t done;

	if (n > tx->fill)
		n = tx->fill;
	done = port->tx(port->ctx, returns, n);
	tx->fill -= (uint32_t)done;
	return done == n;
}

static bool pump_span(struct at_tx *tx, const struct port *port, size_t most)
{
	size_t n = tx->left < most ? tx->left : most;
	size_t done = port->tx(port->ctx, tx->span, n);

	tx->span += done;
	tx->left -= done;
	return done == n;
}

void at_tx_pump(struct at_tx *tx, const struct port *port, uint32_t now)
{
	bool slow = tx->paced && tx->data;

	if (deadline_left(&tx->pace, now) != 0 && tx->pace.armed)
		return;
	deadline_stop(&tx->pace);
	while (tx->fill) {
		if (!pump_fill(tx, port, tx->fill))
			return;
	}
	if (!tx->left)
		return;
	if (!pump_span(tx, port, slow ? NODE_PACE_BYTES : tx->left))
		return;
	if (tx->left)
		deadline_set(&tx->pace, now, NODE_PACE_MS);
}

uint32_t at_tx_next_ms(const struct at_tx *tx, uint32_t now)
{
	if (at_tx_idle(tx))
		return UINT32_MAX;
	return tx->pace.armed ? deadline_left(&tx->pace, now) : PORT_FULL_RETRY_MS;
}
