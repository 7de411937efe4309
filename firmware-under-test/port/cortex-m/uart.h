/*
 * A UART behind two rings, both served by interrupts. The receive ring has the
 * 256 bytes of many an Arduino core: when the program is too slow for it, the
 * newest bytes are lost, counted, and nobody is told (issue-49:242-253).
 */
#ifndef PORT_UART_H
#define PORT_UART_H

#include "port/cortex-m/board.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	volatile uint8_t head; /* next byte in; wraps with the size */
	volatile uint8_t tail; /* next byte out */
	uint8_t bytes[256];    /* holds 255 */
};

struct uart {
	struct uart_regs *regs;
	struct ring rx;
	struct ring tx;
	volatile uint32_t lost; /* received and not kept */
};

/* Turns it on at baud, and its two interrupts in the NVIC. */
void uart_open(struct uart *u, struct uart_regs *regs, uint32_t baud, enum board_irq rx_irq);

/* Takes up to n received bytes; returns how many. */
size_t uart_read(struct uart *u, uint8_t *p, size_t n);
bool uart_has_input(const struct uart *u);

/* Sends what fits the ring; returns how many. */
size_t uart_write(struct uart *u, const uint8_t *p, size_t n);

/* All that was written has left. */
bool uart_is_drained(const struct uart *u);

/* For the interrupt handlers. */
void uart_on_rx(struct uart *u);
void uart_on_tx(struct uart *u);

#endif
