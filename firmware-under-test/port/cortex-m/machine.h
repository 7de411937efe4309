/* What the images for the Cortex-M share: the two UARTs, the millisecond, and a way to end. */
#ifndef PORT_MACHINE_H
#define PORT_MACHINE_H

#include "port/cortex-m/uart.h"

extern struct uart machine_console; /* UART0 */
extern struct uart machine_modem;   /* UART1 */

/* Opens the UARTs and starts the tick, which wakes machine_idle() every tick_ms, 1 to 600. */
void machine_open(uint32_t modem_baud, uint32_t tick_ms);

/* Milliseconds since machine_open(), in steps of tick_ms; wraps. */
uint32_t machine_ms(void);

/* Sleeps until an interrupt when nothing has come from the modem or the console. */
void machine_idle(void);

/* Prints text, waiting for room: a console is slow, and so is who uses it. */
void machine_print(const char *text);
void machine_print_number(uint32_t n);

/*
 * Says the exit code, the deepest stack and the bytes lost in one line that
 * begins with EOT (0x04), for whoever started the machine, and stops for ever.
 */
void machine_exit(int code) __attribute__((noreturn));

#endif
