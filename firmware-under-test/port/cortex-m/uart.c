/* CMSDK UARTs. One side of each ring belongs to an interrupt, so that byte-sized indices need no lock. */
#include "port/cortex-m/uart.h"

void uart_open(struct uart *u, struct uart_regs *regs, uint32_t baud, enum board_irq rx_irq)
{
	u->regs = regs;
	regs->bauddiv = BOARD_HZ / baud;
	regs->ctrl = UART_CTRL_TX | UART_CTRL_RX | UART_CTRL_TX_INTERRUPT | UART_CTRL_RX_INTERRUPT;
	NVIC_ISER0 = 3u << rx_irq; /* the sending interrupt is the next one */
}

bool uart_has_input(const struct uart *u)
{
	return u->rx.head != u->rx.tail;
}

size_t uart_read(struct uart *u, uint8_t *p, size_t n)
{
	struct ring *r = &u->rx;
	size_t got = 0;

	while (got < n && r->head != r->tail) {
		p[got++] = r->bytes[r->tail];
		r->tail++;
	}
	return got;
}

void uart_on_rx(struct uart *u)
{
	struct ring *r = &u->rx;

	u->regs->interrupt = UART_INTERRUPT_RX;
	while (u->regs->state & UART_STATE_RX_FULL) {
		uint8_t c = (uint8_t)u->regs->data;

		if ((uint8_t)(r->head + 1) == r->tail) {
			u->lost++;
			continue;
		}
		r->bytes[r->head] = c;
		r->head++;
	}
}

/* Gives the hardware as much as it takes; runs with the sending interrupt shut out. */
static void send(struct uart *u)
{
	struct ring *r = &u->tx;

	while (r->head != r->tail && !(u->regs->state & UART_STATE_TX_FULL)) {
		u->regs->data = r->bytes[r->tail];
		r->tail++;
	}
}

void uart_on_tx(struct uart *u)
{
	u->regs->interrupt = UART_INTERRUPT_TX;
	send(u);
}

size_t uart_write(struct uart *u, const uint8_t *p, size_t n)
{
	struct ring *r = &u->tx;
	size_t put = 0;

	while (put < n && (uint8_t)(r->head + 1) != r->tail) {
		r->bytes[r->head] = p[put++];
		r->head++;
	}
	board_interrupts(0);
	send(u);
	board_interrupts(1);
	return put;
}

bool uart_is_drained(const struct uart *u)
{
	return u->tx.head == u->tx.tail && !(u->regs->state & UART_STATE_TX_FULL);
}
