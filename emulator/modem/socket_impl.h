/* Shared by the files of modem/socket only. socket.c: links; socket_data.c: bytes in both directions; socket_server.c.
 */
#ifndef MODEM_SOCKET_IMPL_H
#define MODEM_SOCKET_IMPL_H

#include "modem/socket.h"

/* The only way to change a state; refuses (and notes in the trace) what the table does not allow. */
void socket_set_state(struct socket *s, int link, enum socket_state next);
const char *socket_state_name(enum socket_state state);

/* The stream is gone and the link free; what was received stays. */
void socket_drop(struct socket *s, int link);
/* The link ends without having been asked: pending results, then SOCKET_LOST, at once or when the host has all. */
void socket_lost(struct socket *s, int link, enum link_status status, const struct why *why);

/* socket_data.c */
void socket_data_init(struct socket_slot *slot);
void socket_data_start(struct socket_link *l);
void socket_rx_clear(struct socket_link *l);
void socket_data_in(struct socket *s, int link, const struct link_stream_event *ev);
void socket_data_writable(struct socket *s, int link);
void socket_data_acked(struct socket *s, int link);
/* A send's result is due, or its time is over. */
void socket_data_due(struct socket *s, int link);
/* The stream is gone: a send that is pending ends with -1. why NULL: the host has closed. */
void socket_data_gone(struct socket *s, int link, const struct why *why);
/* The host has begun or ceased to fetch. */
void socket_data_regime(struct socket *s);

/* socket_server.c */
/* starting: also those whose AT+SERVERSTART has no result yet; otherwise they get one. */
void socket_servers_drop(struct socket *s, bool starting);
/* The stream of a link; a link_stream_func_t. */
void socket_on_stream(const struct link_stream_event *ev, void *ctx);

/* socket_codes.c: what a status means at each moment. */
enum socket_err socket_err_open(enum link_status status);
enum socket_err socket_err_bind(enum link_status status);
enum socket_cause socket_cause(enum link_status status);

#endif
