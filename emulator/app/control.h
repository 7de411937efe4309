/* The control language: one line in, lines out. The same for the control socket, scenarios and tests. */
#ifndef APP_CONTROL_H
#define APP_CONTROL_H

#include "app/emu.h"
#include "app/emu_internal.h"

/* Runs one line; see emu_control(). */
int control_run(struct emu *m, const char *line, struct buf *reply);

#endif
