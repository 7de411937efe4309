/* Shared by the files of the TCP/IP commands only: cmd_netopen.c, cmd_cip*.c. */
#ifndef CMD_CMD_CIP_H
#define CMD_CMD_CIP_H

#include "cmd/cmd.h"
#include "modem/socket.h"

/* "+CIPERROR: err" and ERROR, or what a revision has in its place. err has been explained. */
enum at_status cmd_cip_error(struct at_channel *at, enum socket_err err);

/* --- cmd_cip_data.c: transparent mode ---------------------------------------------------------------------------- */

/* Enters data mode on the link of a transparent socket, with CONNECT as the result. */
enum at_status cmd_cip_online(struct at_channel *at);
/* Somebody has connected to a server in transparent mode: owner's channel goes online if it is idle. */
void cmd_cip_called(struct cmd_host *h, int owner);
/* The transparent socket is gone: CLOSED, and the channel that had it is back at commands. Nothing without one. */
void cmd_cip_end_data(struct cmd_host *h);
/* Has a channel this socket, online or after +++? */
bool cmd_cip_has_data(const struct cmd_host *h);
/* What waits on the link goes to the channel that is online, as much as it takes. */
void cmd_cip_stream(struct cmd_host *h);

#endif
