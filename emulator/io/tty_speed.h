/* Line speed of a terminal in baud, any number the kernel knows. */
#ifndef IO_TTY_SPEED_H
#define IO_TTY_SPEED_H

/* fd may be the master of a PTY: it shows what the client set. 0 when unknown. */
long tty_speed(int fd);

/* Sets it in both directions. 0 or -errno. */
int tty_speed_set(int fd, long baud);

#endif
