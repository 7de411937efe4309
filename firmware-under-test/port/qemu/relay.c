/* One buffer each way, filled only when it is empty, so that a slow reader slows the other side down. */
#include "port/qemu/relay.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

static short events(bool in, bool out)
{
	return (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));
}

void relay_wants(const struct relay *r, struct pollfd fds[2])
{
	fds[0] = (struct pollfd){ plug_fd(&r->plug), events(!r->in.n, r->out.n), 0 };
	fds[1] = (struct pollfd){ r->uart, events(!r->out.n, r->in.n), 0 };
}

static void drop(struct relay_way *w, size_t n)
{
	w->n -= n;
	memmove(w->bytes, w->bytes + n, w->n);
}

static void take_uart(struct relay *r)
{
	ssize_t n = recv(r->uart, r->out.bytes, sizeof(r->out.bytes), MSG_DONTWAIT);

	if (n > 0)
		r->out.n = (size_t)n;
}

static void give_uart(struct relay *r)
{
	ssize_t n = send(r->uart, r->in.bytes, r->in.n, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		drop(&r->in, (size_t)n);
}

void relay_move(struct relay *r, const struct pollfd fds[2])
{
	if (!r->in.n)
		r->in.n = plug_read(&r->plug, fds[0].revents, r->in.bytes, sizeof(r->in.bytes));
	if (!r->out.n && fds[1].revents & POLLIN)
		take_uart(r);
	if (r->in.n)
		give_uart(r);
	if (r->out.n)
		drop(&r->out, plug_write(&r->plug, r->out.bytes, r->out.n));
}
