/*
 * UDP and listening streams where there is a loop: both worlds may send to them, so there is one of each back end behind
 * them. The modelled one decides whether the port is free; the real one is opened when it is needed, and its failure is no
 * failure of the modem's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link/session.h"

struct dual {
	struct link_stream base;
	struct link_stream *model, *real;
	enum link_stream_kind kind;
	uint16_t local_port; /* 0: any */
	bool paused, dead;
};

static void forward(struct dual *d, const struct link_stream_event *ev)
{
	bool last = ev->type == LINK_STREAM_CLOSED || (ev->type == LINK_STREAM_OPENED && ev->status);

	if (d->dead) {
		link_stream_close(ev->accepted);
		return;
	}
	d->dead = last;
	d->base.func(ev, d->base.ctx);
}

static void note_here(const struct dual *d)
{
	struct link_stream_info info = { .sent = 0 };

	d->real->ops->info(d->real, &info);
	trace_text(d->base.link->o.trace, TRACE_NOTE, "%s port %u of the modem is port %u of this machine",
		   d->kind == LINK_STREAM_UDP ? "udp" : "tcp", d->local_port, info.here);
}

/* What the modem's port has become here is told; that it has become nothing, too. */
static void on_real(const struct link_stream_event *ev, void *ctx)
{
	struct dual *d = ctx;

	if (ev->type != LINK_STREAM_OPENED)
		forward(d, ev);
	else if (ev->status)
		trace_text(d->base.link->o.trace, TRACE_NOTE, "port %u of the modem is none of this machine: %s",
			   d->local_port, ev->why->step[0].text);
	else if (d->local_port)
		note_here(d);
}

static void on_model(const struct link_stream_event *ev, void *ctx)
{
	forward(ctx, ev);
}

static void open_real(struct dual *d)
{
	struct link *l = d->base.link;

	if (d->kind == LINK_STREAM_UDP)
		d->real = real_udp_open(l, d->local_port, on_real, d);
	else
		d->real = real_listen_open(l, d->local_port, on_real, d);
	if (d->real && d->paused)
		d->real->ops->pause(d->real, true);
}

static long dual_send(struct link_stream *base, const void *data, size_t len)
{
	struct dual *d = (struct dual *)base;

	return d->model->ops->send(d->model, data, len);
}

static int dual_send_to(struct link_stream *base, const struct route *r, uint16_t port, const void *data, size_t len)
{
	struct dual *d = (struct dual *)base;

	if (!r->real)
		return d->model->ops->send_to(d->model, r, port, data, len);
	if (d->dead || d->kind != LINK_STREAM_UDP)
		return -ENOTCONN;
	if (!d->real)
		open_real(d);
	return d->real ? d->real->ops->send_to(d->real, r, port, data, len) : -ENOMEM;
}

static void dual_pause(struct link_stream *base, bool paused)
{
	struct dual *d = (struct dual *)base;

	d->paused = paused;
	d->model->ops->pause(d->model, paused);
	if (d->real)
		d->real->ops->pause(d->real, paused);
}

static void dual_owned(struct link_stream *base)
{
	(void)base;
}

static void dual_info(const struct link_stream *base, struct link_stream_info *out)
{
	const struct dual *d = (const struct dual *)base;
	struct link_stream_info real = { .sent = 0 };

	d->model->ops->info(d->model, out);
	if (!d->real)
		return;
	d->real->ops->info(d->real, &real);
	out->here = real.here;
	out->sent += real.sent;
	out->received += real.received;
}

static void dual_close(struct link_stream *base)
{
	struct dual *d = (struct dual *)base;

	link_stream_close(d->model);
	link_stream_close(d->real);
	free(d);
}

struct link_stream *dual_stream_open(struct link *l, const struct link_stream_setup *setup, link_stream_func_t func,
				     void *ctx)
{
	static const struct link_stream_ops ops = {
		.send = dual_send, .send_to = dual_send_to, .pause = dual_pause, .owned = dual_owned, .info = dual_info,
		.close = dual_close,
	};
	const struct route nowhere = { .status = LINK_OK };
	struct dual *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->base = (struct link_stream){ .link = l, .ops = &ops, .func = func, .ctx = ctx };
	d->kind = setup->kind;
	d->local_port = setup->local_port;
	d->model = model_stream_open(l, &nowhere, setup, on_model, d);
	if (!d->model) {
		free(d);
		return NULL;
	}
	if (setup->local_port || setup->kind == LINK_STREAM_LISTEN)
		open_real(d);
	return &d->base;
}
