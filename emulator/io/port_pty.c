/*
 * A PTY. One slave descriptor is held open, so that the path lives on when the client leaves; who comes and goes is seen
 * by inotify on the slave node instead, or by looking now and then once a client has spoken. A full queue is
 * back-pressure, not an error.
 */
#include "io/port_pty.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <termios.h>
#include <unistd.h>

#include "io/tty_speed.h"

enum {
	READ_BYTES = 4096,
	LATENCY_US = 30,	/* wake-up, write, the kernel's worker, the reader's wake-up; measured 25 to 45 */
	SPEED_CHECK_US = 2000,	/* the host cannot change its speed and talk faster than that */
	LOOKS = 4,		/* after a close: the kernel tells of it before it is done with it */
	LOOK_AGAIN_US = 3000,
	LOOK_UNTOLD_US = 50000,	/* where the system has no inotify left to tell of a close */
};

struct pty {
	struct port port;
	struct loop *loop;
	int master, slave;
	uv_poll_t poll;
	char path[64];
	char *link;
	int watch;		/* -1: the system has no inotify for us */
	bool opened;		/* somebody but us has the slave */
	struct timer look;	/* whether that is still so */
	int looks;		/* left */
	bool paused, want_write;
	int polling;		/* events asked for */
	long baud;
	uint64_t baud_checked_us;	/* 0: check at the next byte */
	bool broken;		/* the kernel will not give us more */
	bool dead;		/* freed, maybe from inside a callback; the memory goes when libuv has closed */
};

static struct pty *pty_of(struct port *port)
{
	return (struct pty *)port;
}

static void on_poll(uv_poll_t *h, int status, int events);

/* Asks for what is wanted now; no system call when nothing changed. */
static void poll_update(struct pty *p)
{
	int events = (p->port.rx && !p->paused && !p->broken ? UV_READABLE : 0) | (p->want_write ? UV_WRITABLE : 0);

	if (p->dead || events == p->polling)
		return;
	p->polling = events;
	if (events)
		uv_poll_start(&p->poll, events, on_poll);
	else
		uv_poll_stop(&p->poll);
}

static void tell(struct pty *p, enum port_event ev)
{
	if (p->port.event && !p->dead)
		p->port.event(ev, p->port.ctx);
}

static void tell_opened(struct pty *p)
{
	if (p->opened)
		return;
	p->opened = true;
	if (p->watch < 0)
		clock_arm(loop_clock(p->loop), &p->look, LOOK_UNTOLD_US);
	p->port.away = false;
	p->baud_checked_us = 0;
	tell(p, PORT_EVENT_OPENED);
}

/* The client's speed is on the master too, but nobody says when it changes. */
static void check_speed(struct pty *p)
{
	uint64_t now = clock_now_us(loop_clock(p->loop));
	long baud;

	if (p->baud_checked_us && now - p->baud_checked_us < SPEED_CHECK_US)
		return;
	p->baud_checked_us = now | 1;
	baud = tty_speed(p->master);
	if (baud == p->baud || !baud)
		return;
	p->baud = baud;
	tell(p, PORT_EVENT_BAUD);
}

/* One read; false when there was nothing. */
static bool read_some(struct pty *p)
{
	char buf[READ_BYTES];
	ssize_t n = read(p->master, buf, sizeof(buf));

	if (n <= 0) {
		p->broken = n < 0 && errno != EAGAIN && errno != EINTR;
		poll_update(p);
		return false;
	}
	tell_opened(p);
	check_speed(p);
	if (!p->dead)
		p->port.rx(buf, (size_t)n, p->port.ctx);
	return true;
}

static void on_closed(uv_handle_t *h)
{
	struct pty *p = h->data;

	free(p->link);
	free(p);
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct pty *p = h->data;

	if (status == 0 && (events & UV_WRITABLE)) {
		p->want_write = false;
		poll_update(p);
		tell(p, PORT_EVENT_WRITABLE);
	}
	if (status == 0 && (events & UV_READABLE) && !p->dead && !p->paused)
		read_some(p);
}

/*
 * Whether anybody else has the slave open: without our own descriptor the master hangs up when nobody has. Counting
 * inotify's events would not do, since it merges equal ones.
 */
static bool is_abandoned(struct pty *p)
{
	struct pollfd pfd = { .fd = p->master, .events = POLLIN };

	close(p->slave);
	poll(&pfd, 1, 0);
	p->slave = open(p->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return pfd.revents & POLLHUP;
}

static void on_watch(uint32_t mask, void *ctx);

/* With the watch off, or our own open and close would be taken for a client's. */
static bool probe_abandoned(struct pty *p)
{
	bool abandoned;

	loop_unwatch(p->loop, p->watch);
	abandoned = is_abandoned(p);
	p->watch = loop_watch(p->loop, p->path, on_watch, p);
	return abandoned;
}

static void tell_closed(struct pty *p)
{
	while (!p->dead && !p->paused && p->port.rx && read_some(p))
		;	/* its last words come before its leaving */
	p->opened = false;
	p->port.away = true;
	tell(p, PORT_EVENT_CLOSED);
}

static void on_look(void *ctx)
{
	struct pty *p = ctx;

	if (p->dead || !p->opened)
		return;
	if (probe_abandoned(p))
		tell_closed(p);
	else if (p->looks > 0 && --p->looks > 0)
		clock_arm(loop_clock(p->loop), &p->look, LOOK_AGAIN_US);
	else if (p->watch < 0)
		clock_arm(loop_clock(p->loop), &p->look, LOOK_UNTOLD_US);
}

static void on_watch(uint32_t mask, void *ctx)
{
	struct pty *p = ctx;

	if (mask & IN_OPEN)
		tell_opened(p);
	if (!(mask & IN_CLOSE))
		return;
	p->looks = LOOKS;
	on_look(p);
}

static long pty_write(struct port *port, const void *data, size_t n)
{
	struct pty *p = pty_of(port);
	ssize_t done = write(p->master, data, n);

	if (done < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		done = 0;
	}
	if ((size_t)done < n) {
		p->want_write = true;
		poll_update(p);
	}
	return done;
}

static void pty_pause(struct port *port, bool paused)
{
	pty_of(port)->paused = paused;
	poll_update(pty_of(port));
}

static void pty_owned(struct port *port)
{
	poll_update(pty_of(port));
}

static void pty_flush(struct port *port)
{
	char lost[READ_BYTES];

	tcflush(pty_of(port)->slave, TCIFLUSH);
	while (read(pty_of(port)->slave, lost, sizeof(lost)) > 0)
		;	/* what had not reached the line discipline yet */
}

static long pty_peer_baud(struct port *port)
{
	return tty_speed(pty_of(port)->master);
}

/* Only a link that is still ours. */
static void remove_link(const struct pty *p)
{
	char target[PATH_MAX];
	ssize_t n;

	if (!p->link)
		return;
	n = readlink(p->link, target, sizeof(target) - 1);
	if (n < 0)
		return;
	target[n] = '\0';
	if (strcmp(target, p->path) == 0)
		unlink(p->link);
}

static void pty_free(struct port *port)
{
	struct pty *p = pty_of(port);

	p->dead = true;
	timer_cancel(&p->look);
	remove_link(p);
	if (p->watch >= 0)
		loop_unwatch(p->loop, p->watch);
	uv_poll_stop(&p->poll);
	close(p->slave);
	close(p->master);
	uv_close((uv_handle_t *)&p->poll, on_closed);
}

static const struct port_ops pty_ops = {
	.write = pty_write, .pause = pty_pause, .flush = pty_flush, .peer_baud = pty_peer_baud,
	.free = pty_free, .owned = pty_owned,
};

static int make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return -errno;
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	return tcsetattr(fd, TCSANOW, &t) ? -errno : 0;
}

/* The slave is raw before anybody can have opened it. */
static int open_pair(struct pty *p, struct err *e)
{
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->master < 0)
		return err_set(e, -errno, "cannot make a PTY: %s", strerror(errno));
	if (grantpt(p->master) || unlockpt(p->master) || ptsname_r(p->master, p->path, sizeof(p->path)))
		return err_set(e, -errno, "cannot unlock a PTY: %s", strerror(errno));
	p->slave = open(p->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->slave < 0)
		return err_set(e, -errno, "%s: %s", p->path, strerror(errno));
	if (make_raw(p->slave))
		return err_set(e, -EIO, "%s: cannot be set raw", p->path);
	p->baud = tty_speed(p->master);
	return 0;
}

static int make_link(struct pty *p, const char *path, struct err *e)
{
	char tmp[PATH_MAX], target[4];

	if (readlink(path, target, sizeof(target)) < 0 && errno != ENOENT)
		return err_set(e, -EEXIST, "%s: %s", path, errno == EINVAL ? "exists and is no link" : strerror(errno));
	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.%ld.%d", path, (long)getpid(), p->master) >= sizeof(tmp))
		return err_set(e, -ENAMETOOLONG, "%s: too long", path);
	unlink(tmp);
	if (symlink(p->path, tmp) || rename(tmp, path)) {
		int err = errno;

		unlink(tmp);
		return err_set(e, -err, "%s: %s", path, strerror(err));
	}
	p->link = strdup(path);
	return p->link ? 0 : err_set(e, -ENOMEM, "out of memory");
}

struct port *port_pty_new(struct loop *loop, const char *link_path, struct err *e)
{
	struct pty *p = calloc(1, sizeof(*p));

	if (!p) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	p->port.ops = &pty_ops;
	p->port.latency_us = LATENCY_US;
	p->loop = loop;
	p->slave = p->watch = -1;
	timer_init(&p->look, on_look, p);
	if (open_pair(p, e) || (link_path && make_link(p, link_path, e)))
		goto fail;
	uv_poll_init(loop_uv(loop), &p->poll, p->master);
	p->poll.data = p;
	p->watch = loop_watch(loop, p->path, on_watch, p);
	p->port.away = p->watch >= 0;
	return &p->port;
fail:
	if (p->slave >= 0)
		close(p->slave);
	if (p->master >= 0)
		close(p->master);
	free(p);
	return NULL;
}

const char *port_pty_path(const struct port *port)
{
	return ((const struct pty *)port)->path;
}
