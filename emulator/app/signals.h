/*
 * The lines beside the UART's data, which a PTY does not have: DTR, RTS, PWRKEY and RESET as the control language holds
 * them, CTS, DSR, DCD and RI as the modem drives them by AT&C, AT&S, AT+CSCLK and AT+CFGRI. For app/ only.
 */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include "app/emu_internal.h"

void signals_init(struct emu *m);
/* Before the device goes. */
void signals_stop(struct emu *m);

/* A host has opened the UART, or its last one has left: without anybody DTR is off. */
void signals_host(struct emu *m, bool there);
/* AT+IFC=2 and RTS off: the host takes nothing now. */
bool signals_hold_output(struct emu *m);
/* A call began or ended on the UART. */
void signals_carrier(struct emu *m, bool on);

/* `line`, `line NAME on|off [DURATION]`; 0, or -EINVAL with the reason in reply. */
int signals_control(struct emu *m, const char *args, struct buf *reply);

#endif
