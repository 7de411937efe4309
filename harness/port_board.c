/* Three ways to a modem behind struct port. The way is chosen at each opening: a link may lead elsewhere by then. */
#include "harness/port_board.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <linux/serial.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/str.h"
#include "harness/port_rfc2217.h"
#include "io/tty_speed.h"

enum {
	READ_BYTES = 4096,
	RETRY_US = 100000, /* how often a lost board is looked for */
	CONNECT_MS = 5000,
	BAUD_DEFAULT = 115200,
	CONNECT_TRIES = CONNECT_MS * 1000 / RETRY_US,
};

struct board {
	struct port port;
	struct loop *loop;
	char *address;
	char real[PATH_MAX];
	long baud;
	struct addrinfo *hosts; /* tcp: */
	struct sp_port *sp;	/* a serial device that is open */
	int fd;			/* -1: gone */
	int connecting;		/* -1 */
	int tries;		/* how often its connection was asked for */
	uv_poll_t *poll;
	int events;
	struct timer retry;
	bool paused, want_write, dead;
};

static struct board *board_of(struct port *port)
{
	return (struct board *)port;
}

/* --- the three ways -------------------------------------------------------------------------------------------- */

static bool is_tcp(const char *address)
{
	return !strncmp(address, "tcp:", 4);
}

static int open_pty(struct board *b, struct err *e)
{
	struct termios t;

	b->fd = open(b->real, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (b->fd < 0)
		return err_set(e, -errno, "%s: %s", b->address, strerror(errno));
	if (!tcgetattr(b->fd, &t)) {
		cfmakeraw(&t);
		t.c_cflag |= CLOCAL | CREAD;
		if (!tcsetattr(b->fd, TCSANOW, &t) && !tty_speed_set(b->fd, b->baud))
			return 0;
	}
	close(b->fd);
	b->fd = -1;
	return err_set(e, -EIO, "%s: cannot be set raw", b->address);
}

static enum sp_return set_up_device(struct board *b)
{
	enum sp_return r = sp_open(b->sp, SP_MODE_READ_WRITE);

	if (r == SP_OK)
		r = sp_set_baudrate(b->sp, (int)b->baud);
	if (r == SP_OK)
		r = sp_set_bits(b->sp, 8);
	if (r == SP_OK)
		r = sp_set_parity(b->sp, SP_PARITY_NONE);
	if (r == SP_OK)
		r = sp_set_stopbits(b->sp, 1);
	if (r == SP_OK)
		r = sp_set_flowcontrol(b->sp, SP_FLOWCONTROL_NONE);
	if (r == SP_OK)
		r = sp_get_port_handle(b->sp, &b->fd);
	return r;
}

static int open_device(struct board *b, struct err *e)
{
	char *why;

	if (sp_get_port_by_name(b->real, &b->sp) != SP_OK)
		return err_set(e, -ENOTTY, "%s: is no serial port", b->address);
	if (set_up_device(b) == SP_OK) {
		ioctl(b->fd, TIOCEXCL); /* who comes later is refused: bytes go to one reader */
		return 0;
	}
	why = sp_last_error_message();
	err_set(e, -EIO, "%s: %s", b->address, why && *why ? why : "cannot be opened");
	sp_free_error_message(why);
	sp_close(b->sp);
	sp_free_port(b->sp);
	b->sp = NULL;
	b->fd = -1;
	return -EIO;
}

/* Asks for a connection, without waiting for it. */
static void begin_connect(struct board *b)
{
	int one = 1;

	b->tries = 0;
	b->connecting = socket(b->hosts->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (b->connecting < 0)
		return;
	setsockopt(b->connecting, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!connect(b->connecting, b->hosts->ai_addr, b->hosts->ai_addrlen) || errno == EINPROGRESS)
		return;
	close(b->connecting);
	b->connecting = -1;
}

/* 0: connected; -EAGAIN: not yet; else it failed. */
static int end_connect(struct board *b, int wait_ms)
{
	struct pollfd p = { .fd = b->connecting, .events = POLLOUT };
	int why = 0;
	socklen_t n = sizeof(why);

	if (b->connecting < 0)
		return -ECONNREFUSED;
	if (poll(&p, 1, wait_ms) <= 0 && b->tries++ < CONNECT_TRIES)
		return -EAGAIN;
	if (!p.revents)
		why = ETIMEDOUT;
	else
		getsockopt(b->connecting, SOL_SOCKET, SO_ERROR, &why, &n);
	if (why)
		close(b->connecting);
	else
		b->fd = b->connecting;
	b->connecting = -1;
	return -why;
}

static int open_tcp(struct board *b, int wait_ms, struct err *e)
{
	int err;

	if (b->connecting < 0)
		begin_connect(b);
	err = end_connect(b, wait_ms);
	if (err == -EAGAIN && wait_ms)
		err = -ETIMEDOUT;
	return err ? err_set(e, err, "%s: %s", b->address, strerror(-err)) : 0;
}

/* wait_ms: how long a connection may take. */
static int open_board(struct board *b, int wait_ms, struct err *e)
{
	if (b->hosts)
		return open_tcp(b, wait_ms, e);
	if (!realpath(b->address, b->real))
		return err_set(e, -errno, "%s: %s", b->address, strerror(errno));
	return strncmp(b->real, "/dev/pts/", 9) ? open_device(b, e) : open_pty(b, e);
}

/* --- reading --------------------------------------------------------------------------------------------------- */

static void on_poll(uv_poll_t *h, int status, int events);

static void poll_update(struct board *b)
{
	int events = (b->port.rx && !b->paused ? UV_READABLE : 0) | (b->want_write ? UV_WRITABLE : 0);

	if (!b->poll || events == b->events)
		return;
	b->events = events;
	if (events)
		uv_poll_start(b->poll, events, on_poll);
	else
		uv_poll_stop(b->poll);
}

static void tell(struct board *b, enum port_event ev)
{
	if (b->port.event && !b->dead)
		b->port.event(ev, b->port.ctx);
}

static void on_poll_closed(uv_handle_t *h)
{
	free(h);
}

static void close_board(struct board *b)
{
	if (b->poll) {
		b->poll->data = NULL;
		uv_poll_stop(b->poll);
		uv_close((uv_handle_t *)b->poll, on_poll_closed);
	}
	b->poll = NULL;
	b->events = 0;
	b->want_write = false;
	if (b->sp) {
		sp_close(b->sp);
		sp_free_port(b->sp);
	} else if (b->fd >= 0) {
		close(b->fd);
	}
	b->sp = NULL;
	b->fd = -1;
}

static int watch_board(struct board *b)
{
	b->poll = calloc(1, sizeof(*b->poll));
	if (!b->poll)
		return -ENOMEM;
	if (uv_poll_init(loop_uv(b->loop), b->poll, b->fd)) {
		free(b->poll);
		b->poll = NULL;
		return -EIO;
	}
	b->poll->data = b;
	poll_update(b);
	return 0;
}

static void lose(struct board *b)
{
	close_board(b);
	clock_arm(loop_clock(b->loop), &b->retry, RETRY_US);
	tell(b, PORT_EVENT_CLOSED);
}

static void on_retry(void *ctx)
{
	struct board *b = ctx;

	if (open_board(b, 0, NULL) || watch_board(b)) {
		close_board(b);
		clock_arm(loop_clock(b->loop), &b->retry, RETRY_US);
		return;
	}
	tell(b, PORT_EVENT_OPENED);
}

/*
 * What a read that gave nothing means: libserialport sets VMIN to 0, so that 0 is also what a device gives that has nothing
 * just now.
 */
static bool is_gone(const struct board *b, ssize_t n)
{
	struct pollfd p = { .fd = b->fd, .events = POLLIN };

	if (n < 0)
		return errno != EAGAIN && errno != EINTR;
	return !b->sp || (poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL)));
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct board *b = h->data;
	char in[READ_BYTES];
	ssize_t n;

	if (b && !status && (events & UV_WRITABLE)) {
		b->want_write = false;
		poll_update(b);
		tell(b, PORT_EVENT_WRITABLE);
	}
	b = h->data;
	if (!b || b->paused || !(status || (events & UV_READABLE)))
		return;
	n = read(b->fd, in, sizeof(in));
	if (n > 0)
		b->port.rx(in, (size_t)n, b->port.ctx);
	else if (is_gone(b, n))
		lose(b);
}

/* --- the port --------------------------------------------------------------------------------------------------- */

static long board_write(struct port *port, const void *p, size_t n)
{
	struct board *b = board_of(port);
	ssize_t done;

	if (b->fd < 0)
		return -EIO;
	done = b->hosts ? send(b->fd, p, n, MSG_NOSIGNAL) : write(b->fd, p, n);
	if (done < 0 && errno != EAGAIN && errno != EINTR)
		return -EIO; /* reading tells that it is gone */
	if (done < 0)
		done = 0;
	if ((size_t)done < n) {
		b->want_write = true;
		poll_update(b);
	}
	return done;
}

static void board_pause(struct port *port, bool paused)
{
	board_of(port)->paused = paused;
	poll_update(board_of(port));
}

/* What was sent to a modem cannot be taken back. */
static void board_flush(struct port *port)
{
	(void)port;
}

static long board_peer_baud(struct port *port)
{
	return board_of(port)->hosts ? 0 : board_of(port)->baud;
}

static void board_owned(struct port *port)
{
	poll_update(board_of(port));
}

static void board_free(struct port *port)
{
	struct board *b = board_of(port);

	b->dead = true;
	timer_cancel(&b->retry);
	close_board(b);
	if (b->connecting >= 0)
		close(b->connecting);
	if (b->hosts)
		freeaddrinfo(b->hosts);
	free(b->address);
	free(b);
}

static const struct port_ops board_ops = {
	.write = board_write,
	.pause = board_pause,
	.flush = board_flush,
	.peer_baud = board_peer_baud,
	.free = board_free,
	.owned = board_owned,
};

/* "tcp://localhost:7600", also without the slashes, as the emulator prints it. */
static int find_hosts(struct board *b, struct err *e)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *host = b->address + (strncmp(b->address, "tcp://", 6) ? 4 : 6), *colon = strrchr(host, ':');
	char name[256];
	long long port;
	int err;

	if (!colon || colon == host || (size_t)(colon - host) >= sizeof(name) ||
	    str_to_num(colon + 1, strlen(colon + 1), 1, 65535, &port))
		return err_set(e, -EINVAL, "%s: expected tcp://HOST:PORT", b->address);
	snprintf(name, sizeof(name), "%.*s", (int)(colon - host), host);
	str_copy(b->real, sizeof(b->real), b->address);
	err = getaddrinfo(name, colon + 1, &hints, &b->hosts);
	return err ? err_set(e, -EHOSTUNREACH, "%s: %s", b->address, gai_strerror(err)) : 0;
}

struct port *port_board_new(struct loop *loop, const char *address, long baud, struct err *e)
{
	struct board *b;

	if (is_rfc2217(address))
		return port_rfc2217_new(loop, address, baud, e);
	b = calloc(1, sizeof(*b));

	if (!b) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	b->port.ops = &board_ops;
	b->loop = loop;
	b->baud = baud ? baud : BAUD_DEFAULT;
	b->fd = b->connecting = -1;
	timer_init(&b->retry, on_retry, b);
	b->address = strdup(address);
	if (b->address && (!is_tcp(address) || !find_hosts(b, e)) && !open_board(b, CONNECT_MS, e) && !watch_board(b))
		return &b->port;
	err_set(e, -ENOMEM, "out of memory");
	board_free(&b->port);
	return NULL;
}

const char *port_board_name(const struct port *port)
{
	return port_is_rfc2217(port) ? port_rfc2217_name(port) : ((const struct board *)port)->real;
}

int port_board_set_baud(struct port *port, long baud)
{
	struct board *b = board_of(port);

	if (port_is_rfc2217(port))
		return port_rfc2217_set_baud(port, baud);
	b->baud = baud;
	if (b->hosts || b->fd < 0)
		return 0;
	if (!b->sp)
		return tty_speed_set(b->fd, baud);
	sp_drain(b->sp);
	return sp_set_baudrate(b->sp, (int)baud) == SP_OK ? 0 : -EIO;
}

int port_board_set_line(struct port *port, enum serial_line which, bool on)
{
	struct board *b = board_of(port);
	enum sp_return r = SP_ERR_ARG;

	if (port_is_rfc2217(port))
		return port_rfc2217_set_line(port, which, on);
	if (!b->sp)
		return -ENOTSUP;
	if (which == SERIAL_LINE_DTR)
		r = sp_set_dtr(b->sp, on ? SP_DTR_ON : SP_DTR_OFF);
	else if (which == SERIAL_LINE_RTS)
		r = sp_set_rts(b->sp, on ? SP_RTS_ON : SP_RTS_OFF);
	return r == SP_OK ? 0 : -EIO;
}

/* The kernel counts what moves between two looks; of RI it counts its end alone. Not each driver does. */
static void count_moves(const struct board *b, struct serial_lines *out)
{
	struct serial_icounter_struct n;

	if (ioctl(b->fd, TIOCGICOUNT, &n))
		return;
	out->times[SERIAL_LINE_CTS] = (unsigned long)n.cts;
	out->times[SERIAL_LINE_DSR] = (unsigned long)n.dsr;
	out->times[SERIAL_LINE_DCD] = (unsigned long)n.dcd;
	out->times[SERIAL_LINE_RI] = (unsigned long)n.rng;
}

int port_board_get_lines(struct port *port, struct serial_lines *out)
{
	struct board *b = board_of(port);
	enum sp_signal signals;

	if (port_is_rfc2217(port))
		return port_rfc2217_get_lines(port, out);
	if (!b->sp)
		return -ENOTSUP;
	if (sp_get_signals(b->sp, &signals) != SP_OK)
		return -EIO;
	out->on[SERIAL_LINE_CTS] = signals & SP_SIG_CTS;
	out->on[SERIAL_LINE_DSR] = signals & SP_SIG_DSR;
	out->on[SERIAL_LINE_DCD] = signals & SP_SIG_DCD;
	out->on[SERIAL_LINE_RI] = signals & SP_SIG_RI;
	count_moves(b, out);
	return 0;
}
