/*
 * The control socket: a Unix stream socket that people (socat - UNIX:PATH) and hil speak to, line by line. Each line
 * is answered by its lines and "OK" or "ERROR"; after `watch` the trace's events come as JSON lines in between.
 */
#ifndef APP_SOCKET_H
#define APP_SOCKET_H

#include "app/emu.h"
#include "base/err.h"
#include "io/loop.h"

struct control_socket;

/* Listens at path (replaced when it is a stale socket). NULL with *e filled on failure. */
struct control_socket *control_socket_new(struct loop *loop, const char *path, struct emu *emu, struct err *e);
/* Closes all clients and removes the path. The emu must still be alive; run the loop once more afterwards. */
void control_socket_free(struct control_socket *s);

#endif
