/* The multiplexer on the UART: its channels are lines like any other port's. For app/ only. */
#ifndef APP_LINE_MUX_H
#define APP_LINE_MUX_H

#include "app/emu_internal.h"

/* struct cmd_host.multiplex: makes the channels when they are asked for the first time. ctx is the struct emu. */
bool line_mux_ask(size_t n1, void *ctx);
/* A command line on the UART is over: a multiplexer that was asked for begins. */
void line_mux_over(struct emu *m);
/* Bytes of the UART while it is multiplexed; returns how many were the multiplexer's. */
size_t line_mux_feed(struct emu *m, const void *p, size_t n);
/* The UART takes bytes again. */
void line_mux_writable(struct emu *m);
/* A call began or ended on the channel of l. */
void line_mux_carrier(struct emu_line *l, bool on);
/* The modem is dead: nothing is said, and nothing is multiplexed any more. */
void line_mux_stop(struct emu *m);

#endif
