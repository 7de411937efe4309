/* SIGTERM and SIGINT as something that poll(2) waits for. */
#ifndef PORT_HOST_SIGNALS_H
#define PORT_HOST_SIGNALS_H

/* A descriptor that becomes readable when one comes; both are blocked from here on. -1 with errno set. */
int signals_open(void);

/* The signal that came, 0 when none did. */
int signals_caught(int fd);

#endif
