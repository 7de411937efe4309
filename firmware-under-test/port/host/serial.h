/*
 * A serial line on the host: a PTY through termios, anything else through
 * libserialport, which refuses PTYs (0.1.1) but knows boards' drivers.
 */
#ifndef PORT_HOST_SERIAL_H
#define PORT_HOST_SERIAL_H

#include <stddef.h>
#include <stdint.h>

struct serial;

/*
 * Open a path, links followed, raw and without flow control. Returns NULL
 * with one line of reason in err. Close with serial_close().
 */
struct serial *serial_open(const char *path, unsigned baud, char *err,
			   size_t err_size);

/* Descriptor to poll(2) on; stays the serial line's own. */
int serial_fd(const struct serial *s);

/*
 * Read what is there. Returns the count, 0 when nothing is, -1 when the
 * line is gone.
 */
long serial_read(struct serial *s, uint8_t *p, size_t n);

/* Write what fits. Returns the count, 0 when full, -1 when gone. */
long serial_write(struct serial *s, const uint8_t *p, size_t n);

/* Put the line back as it was and release it. NULL is allowed. */
void serial_close(struct serial *s);

#endif
