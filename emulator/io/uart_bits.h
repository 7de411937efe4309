/* What a receiver makes of bytes that were sent at another speed: 8N1 bit by bit, by the rule of any UART. */
#ifndef IO_UART_BITS_H
#define IO_UART_BITS_H

#include <stddef.h>

#include "base/buf.h"

/* What becomes of a byte without its stop bit: a modem drops it [guess], a Linux tty reads a NUL (PARMRK off). */
enum uart_broken { UART_BROKEN_DROP, UART_BROKEN_NUL };

/*
 * Sends n bytes without a gap at from_baud over a line that is idle before and after, and appends what is received at
 * to_baud. Both are at least 1. Equal speeds, or such that differ by little, give the bytes as they were.
 */
void uart_cross(const void *p, size_t n, long from_baud, long to_baud, enum uart_broken broken, struct buf *out);

#endif
