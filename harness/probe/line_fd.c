/* Descriptors on the event loop. The settings of a terminal are put back when it is closed. */
#include "harness/probe/line_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>

enum { READ_BYTES = 4096, BACKLOG_MAX_BYTES = 1 << 20 };

struct line_fd {
	int fd;
	bool is_tty;
	struct termios before;
	struct loop *loop;
	struct talk *talk;
	struct buf backlog;
	uv_poll_t poll;
};

static const struct {
	long baud;
	speed_t speed;
} speeds[] = {
	{ 1200, B1200 },     { 2400, B2400 },	  { 4800, B4800 },     { 9600, B9600 },
	{ 19200, B19200 },   { 38400, B38400 },	  { 57600, B57600 },   { 115200, B115200 },
	{ 230400, B230400 }, { 460800, B460800 }, { 921600, B921600 }, { 3000000, B3000000 },
};

/* --- opening -------------------------------------------------------------------------------------------------- */

static int set_speed(struct termios *t, long baud)
{
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
		if (speeds[i].baud == baud)
			return cfsetispeed(t, speeds[i].speed) || cfsetospeed(t, speeds[i].speed) ? -EINVAL : 0;
	}
	return -EINVAL;
}

static int open_tty(struct line_fd *l, const char *path, long baud, struct err *e)
{
	struct termios t;

	l->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (l->fd < 0)
		return err_set(e, -errno, "%s", strerror(errno));
	if (tcgetattr(l->fd, &l->before))
		return err_set(e, -ENOTTY, "this is no serial port");
	t = l->before;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(tcflag_t)HUPCL;
	if (baud && set_speed(&t, baud))
		return err_set(e, -EINVAL, "%ld is no line speed", baud);
	if (tcsetattr(l->fd, TCSANOW, &t))
		return err_set(e, -errno, "%s", strerror(errno));
	l->is_tty = true;
	return 0;
}

/* HOST:PORT in place. */
static int dial(struct line_fd *l, char *address, struct err *e)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char *colon = strrchr(address, ':');
	int failed;

	if (!colon || colon == address || !colon[1])
		return err_set(e, -EINVAL, "this must be tcp://HOST:PORT");
	*colon = '\0';
	failed = getaddrinfo(address, colon + 1, &hints, &found);
	if (failed)
		return err_set(e, -ENOENT, "%s", gai_strerror(failed));
	l->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	failed = l->fd < 0 || connect(l->fd, found->ai_addr, found->ai_addrlen) ? -errno : 0;
	freeaddrinfo(found);
	if (failed || fcntl(l->fd, F_SETFL, O_NONBLOCK))
		return err_set(e, -EIO, "%s", strerror(failed ? -failed : errno));
	return 0;
}

static int open_tcp(struct line_fd *l, const char *address, struct err *e)
{
	char *copy = strdup(address + (strncmp(address, "//", 2) ? 0 : 2));
	int err = copy ? dial(l, copy, e) : err_set(e, -ENOMEM, "out of memory");

	free(copy);
	return err;
}

struct line_fd *line_fd_open(const char *port, long baud, struct loop *loop, struct err *e)
{
	struct line_fd *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return NULL;
	l->fd = -1;
	l->loop = loop;
	buf_init(&l->backlog, BACKLOG_MAX_BYTES);
	err = strncmp(port, "tcp:", 4) ? open_tty(l, port, baud, e) : open_tcp(l, port + 4, e);
	if (!err && uv_poll_init(loop_uv(loop), &l->poll, l->fd))
		err = err_set(e, -EIO, "this cannot be waited for");
	if (!err) {
		l->poll.data = l;
		return l;
	}
	if (l->fd >= 0)
		close(l->fd);
	free(l);
	return NULL;
}

/* --- bytes ---------------------------------------------------------------------------------------------------- */

static void on_ready(uv_poll_t *h, int status, int events);

static void listen_for(struct line_fd *l)
{
	uv_poll_start(&l->poll, UV_READABLE | (l->backlog.len ? UV_WRITABLE : 0), on_ready);
}

static void gone(struct line_fd *l, const char *why)
{
	uv_poll_stop(&l->poll);
	talk_gone(l->talk, why);
}

static void flush(struct line_fd *l)
{
	while (l->backlog.len) {
		ssize_t n = write(l->fd, l->backlog.data, l->backlog.len);

		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			gone(l, strerror(errno));
			return;
		}
		if (n <= 0)
			break;
		buf_drop(&l->backlog, (size_t)n);
	}
	listen_for(l);
}

static void on_ready(uv_poll_t *h, int status, int events)
{
	struct line_fd *l = h->data;
	char bytes[READ_BYTES];
	ssize_t n = read(l->fd, bytes, sizeof(bytes));

	if (n > 0)
		talk_bytes(l->talk, bytes, (size_t)n);
	else if (status < 0 || !n || (errno != EAGAIN && errno != EINTR))
		gone(l, n ? "the port has gone" : "the other end has closed the port");
	if (events & UV_WRITABLE)
		flush(l);
}

void line_fd_start(struct line_fd *l, struct talk *talk)
{
	l->talk = talk;
	listen_for(l);
}

void line_fd_write(const void *p, size_t n, void *ctx)
{
	struct line_fd *l = ctx;

	if (buf_add(&l->backlog, p, n))
		gone(l, "the port takes no bytes");
	else
		flush(l);
}

static void on_closed(uv_handle_t *h)
{
	struct line_fd *l = h->data;

	buf_free(&l->backlog);
	free(l);
}

void line_fd_free(struct line_fd *l)
{
	if (!l)
		return;
	uv_poll_stop(&l->poll);
	if (l->is_tty)
		tcsetattr(l->fd, TCSANOW, &l->before);
	close(l->fd);
	uv_close((uv_handle_t *)&l->poll, on_closed);
}
