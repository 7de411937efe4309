/* The ports of one modem and the channels behind them. For app/ only. */
#ifndef APP_LINE_H
#define APP_LINE_H

#include "app/emu_internal.h"

/* Takes the port over; NULL: there is none, and all other functions are fine with that. */
void line_init(struct emu_line *l, struct emu *m, enum emu_port_role role, struct port *port);
/* Gives it its trace and its channel, when m has a device. 0 or -ENOMEM with *e filled. */
int line_open(struct emu_line *l, struct err *e);
/* Bytes and events of the port are heard from now on. */
void line_listen(struct emu_line *l);
/* The channel goes before the device, the port after it. */
void line_free_channel(struct emu_line *l);
void line_free(struct emu_line *l);

/* Stored settings from the modem's store into every channel, as after power-on. */
void line_load_settings(struct emu *m);
/* What the hosts have not taken yet holds back the peers that send by themselves, before anything is lost. */
void line_look_at_backlog(struct emu *m);
/* Whether somebody listens on l may have changed. */
void line_update(struct emu_line *l);
/* Bytes take their time at this speed, where the line has one. */
void line_set_pace(struct emu_line *l, long baud);
/* Bytes to the host; dropped while nobody has a USB port open. */
void line_send(struct emu_line *l, const void *p, size_t n);
/* The UART's host may take bytes again: what waits for it leaves. */
void line_go_on(struct emu *m);
/* Power-on: what the hosts have not read yet is gone. */
void line_forget_output(struct emu *m);
/* The channel of the port called name (n bytes), NULL when there is none. */
struct at_channel *line_channel(const struct emu *m, const char *name, size_t n);
/* The lines of `status` about the ports. */
void line_status(const struct emu *m, struct buf *reply);

#endif
