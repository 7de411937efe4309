/* Streams: which back end plays the other side is decided here, once, when the stream is opened. */
#include <errno.h>

#include "link/session.h"

struct link_stream *link_stream_open(struct link *l, const struct link_stream_setup *setup, link_stream_func_t func,
				     void *ctx)
{
	struct route r = { .status = LINK_OK };

	if (setup->kind == LINK_STREAM_TCP)
		route_find(l, setup->host, setup->port, &r);
	else if (l->o.loop && !l->down)
		return dual_stream_open(l, setup, func, ctx);
	return r.real ? real_stream_open(l, &r, setup, func, ctx) : model_stream_open(l, &r, setup, func, ctx);
}

void link_stream_own(struct link_stream *s, link_stream_func_t func, void *ctx)
{
	s->func = func;
	s->ctx = ctx;
	s->ops->owned(s);
}

long link_stream_send(struct link_stream *s, const void *data, size_t len)
{
	return s->ops->send(s, data, len);
}

int link_stream_send_to(struct link_stream *s, const char *host, uint16_t port, const void *data, size_t len)
{
	struct route r;

	route_find(s->link, host, port, &r);
	return s->ops->send_to(s, &r, port, data, len);
}

void link_stream_pause(struct link_stream *s, bool paused)
{
	s->ops->pause(s, paused);
}

void link_stream_info(const struct link_stream *s, struct link_stream_info *out)
{
	*out = (struct link_stream_info){ .sent = 0 };
	s->ops->info(s, out);
}

void link_stream_close(struct link_stream *s)
{
	if (s)
		s->ops->close(s);
}
