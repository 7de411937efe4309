/*
 * Two ways to a serial line behind one struct. The choice is made once, by
 * the real path: what lives in /dev/pts is a PTY.
 */
#include "port/host/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

struct serial {
	int fd;
	struct termios before;	 /* of the PTY */
	struct sp_port *sp;	 /* NULL for a PTY */
	struct sp_port_config *sp_before;
};

static struct serial *fail(struct serial *s, char *err, size_t err_size,
			   const char *path, const char *why)
{
	snprintf(err, err_size, "%s: %s", path, why);
	serial_close(s);
	return NULL;
}

static struct serial *open_pty(struct serial *s, const char *path, char *err,
			       size_t err_size)
{
	struct termios raw;

	s->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (s->fd < 0)
		return fail(s, err, err_size, path, strerror(errno));
	if (tcgetattr(s->fd, &s->before)) {
		close(s->fd);
		s->fd = -1;
		return fail(s, err, err_size, path, "is no terminal");
	}
	raw = s->before;
	cfmakeraw(&raw);
	raw.c_cflag |= CLOCAL | CREAD;
	if (tcsetattr(s->fd, TCSANOW, &raw))
		return fail(s, err, err_size, path, strerror(errno));
	return s;
}

static enum sp_return set_up_board(struct serial *s, unsigned baud)
{
	enum sp_return r = sp_new_config(&s->sp_before);

	if (r == SP_OK)
		r = sp_get_config(s->sp, s->sp_before);
	if (r == SP_OK)
		r = sp_set_baudrate(s->sp, (int)baud);
	if (r == SP_OK)
		r = sp_set_bits(s->sp, 8);
	if (r == SP_OK)
		r = sp_set_parity(s->sp, SP_PARITY_NONE);
	if (r == SP_OK)
		r = sp_set_stopbits(s->sp, 1);
	if (r == SP_OK)
		r = sp_set_flowcontrol(s->sp, SP_FLOWCONTROL_NONE);
	if (r == SP_OK)
		r = sp_get_port_handle(s->sp, &s->fd);
	return r;
}

static struct serial *fail_board(struct serial *s, char *err, size_t err_size,
				 const char *path)
{
	char *why = sp_last_error_message();
	struct serial *none = fail(s, err, err_size, path,
				   why && why[0] ? why : "cannot be opened");

	sp_free_error_message(why);
	return none;
}

static struct serial *open_board(struct serial *s, const char *path,
				 unsigned baud, char *err, size_t err_size)
{
	if (sp_get_port_by_name(path, &s->sp) != SP_OK)
		return fail(s, err, err_size, path, "is no serial port");
	if (sp_open(s->sp, SP_MODE_READ_WRITE) != SP_OK) {
		sp_free_port(s->sp);
		s->sp = NULL;
		return fail_board(s, err, err_size, path);
	}
	if (set_up_board(s, baud) != SP_OK)
		return fail_board(s, err, err_size, path);
	return s;
}

struct serial *serial_open(const char *path, unsigned baud, char *err,
			   size_t err_size)
{
	struct serial *s = calloc(1, sizeof(*s));
	char *real = realpath(path, NULL);
	struct serial *opened;

	if (!s)
		abort();
	s->fd = -1;
	if (!real)
		return fail(s, err, err_size, path, strerror(errno));
	if (strncmp(real, "/dev/pts/", 9) == 0)
		opened = open_pty(s, real, err, err_size);
	else
		opened = open_board(s, real, baud, err, err_size);
	free(real);
	return opened;
}

int serial_fd(const struct serial *s)
{
	return s->fd;
}

static long or_gone(ssize_t n)
{
	if (n >= 0)
		return (long)n;
	return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* A PTY reads 0 at end of file only: poll(2) said there is something. */
long serial_read(struct serial *s, uint8_t *p, size_t n)
{
	ssize_t got;

	if (s->sp) {
		enum sp_return taken = sp_nonblocking_read(s->sp, p, n);

		return taken < 0 ? -1 : (long)taken;
	}
	got = read(s->fd, p, n);
	return got == 0 ? -1 : or_gone(got);
}

long serial_write(struct serial *s, const uint8_t *p, size_t n)
{
	if (s->sp) {
		enum sp_return put = sp_nonblocking_write(s->sp, p, n);

		return put < 0 ? -1 : (long)put;
	}
	return or_gone(write(s->fd, p, n));
}

void serial_close(struct serial *s)
{
	if (!s)
		return;
	if (s->sp) {
		if (s->sp_before)
			sp_set_config(s->sp, s->sp_before);
		sp_free_config(s->sp_before);
		sp_close(s->sp);
		sp_free_port(s->sp);
	} else if (s->fd >= 0) {
		tcsetattr(s->fd, TCSANOW, &s->before);
		close(s->fd);
	}
	free(s);
}
