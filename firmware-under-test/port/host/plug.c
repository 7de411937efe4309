/* The port is asked for again by its path; the descriptor of the pulled one is dead. */
#include "port/host/plug.h"

#include <poll.h>
#include <time.h>

uint32_t plug_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)((uint64_t)t.tv_sec * 1000u +
			  (uint64_t)t.tv_nsec / 1000000u);
}

int plug_open(struct plug *p, const char *path, unsigned baud, char *err,
	      size_t err_size)
{
	*p = (struct plug){path, baud, NULL, 0, 0};
	p->serial = serial_open(path, baud, err, err_size);
	return p->serial ? 0 : -1;
}

int plug_fd(const struct plug *p)
{
	return p->serial ? serial_fd(p->serial) : -1;
}

static void pull(struct plug *p)
{
	plug_close(p);
	p->out_ms = p->tried_ms = plug_now_ms();
}

size_t plug_read(struct plug *p, short revents, uint8_t *bytes, size_t n)
{
	long got;

	if (!p->serial || !(revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)))
		return 0;
	got = serial_read(p->serial, bytes, n);
	if (got > 0)
		return (size_t)got;
	if (got < 0 || revents & (POLLHUP | POLLERR | POLLNVAL))
		pull(p);
	return 0;
}

size_t plug_write(struct plug *p, const uint8_t *bytes, size_t n)
{
	long put = p->serial ? serial_write(p->serial, bytes, n) : (long)n;

	if (put >= 0)
		return (size_t)put;
	pull(p);
	return n;
}

enum plug_state plug_look(struct plug *p)
{
	uint32_t now_ms = plug_now_ms();
	char err[256];

	if (p->serial)
		return PLUG_IN;
	if (now_ms - p->out_ms >= PLUG_PATIENCE_MS)
		return PLUG_GONE;
	if (now_ms - p->tried_ms < PLUG_RETRY_MS)
		return PLUG_OUT;
	p->tried_ms = now_ms;
	p->serial = serial_open(p->path, p->baud, err, sizeof(err));
	return p->serial ? PLUG_BACK : PLUG_OUT;
}

int plug_wait_ms(const struct plug *p, int ms)
{
	return p->serial || ms < (int)PLUG_RETRY_MS ? ms : (int)PLUG_RETRY_MS;
}

void plug_close(struct plug *p)
{
	serial_close(p->serial);
	p->serial = NULL;
}
