/*
 * The bundled client's core on the cell's clock: same options as the program mqtt-node, no process, no waiting. The
 * only file of the harness that sees firmware headers.
 */
#include "harness/dut.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/node.h"
#include "harness/dut_wake.h"
#include "port/host/options.h"

enum { ARGS_MAX = 64, EXIT_STOPPED = 128 + 15 };

struct dut_inproc {
	struct dut base;
	struct dut_wake *wake;
	bool running, gone;
	struct node_options options;
	struct port port;
	struct node node;
	char *argv[ARGS_MAX + 2];
	int argc;
	struct buf line;
};

static uint32_t port_now_ms(void *ctx)
{
	struct dut_inproc *d = ctx;

	return (uint32_t)(dut_wake_now_us(d->wake) / 1000u);
}

static size_t port_tx(void *ctx, const uint8_t *p, size_t n)
{
	struct dut_inproc *d = ctx;

	if (d->gone)
		return n;
	d->base.hooks.bytes(p, n, d->base.hooks.ctx);
	return n;
}

static void port_log(void *ctx, int level, const char *text)
{
	struct dut_inproc *d = ctx;

	if (level == PORT_LOG_DEBUG && !d->options.verbose)
		return;
	buf_reset(&d->line);
	buf_addf(&d->line, "%s\n", text);
	d->base.hooks.log(d->line.data, d->line.len, d->base.hooks.ctx);
}

static void free_args(struct dut_inproc *d)
{
	node_options_free(&d->options);
	for (int i = 0; i < d->argc; i++)
		free(d->argv[i]);
	d->argc = 0;
}

static void end(struct dut_inproc *d, int status)
{
	d->running = false;
	dut_wake_cancel(d->wake);
	free_args(d);
	d->base.hooks.exited(status, d->base.hooks.ctx);
}

/* Lets the node work now and arms the timer for its next deadline. */
static void work(void *ctx)
{
	struct dut_inproc *d = ctx;
	uint32_t ms;
	int code;

	node_poll(&d->node);
	if (node_done(&d->node, &code)) {
		end(d, code);
		return;
	}
	ms = node_next_ms(&d->node);
	if (ms == UINT32_MAX)
		dut_wake_cancel(d->wake);
	else
		dut_wake_in(d->wake, (uint64_t)ms * 1000u);
}

static int take_args(struct dut_inproc *d, const char *const *args, size_t n, struct err *e)
{
	if (n > ARGS_MAX)
		return err_set(e, -EINVAL, "more than %d arguments", ARGS_MAX);
	d->argv[d->argc++] = strdup("mqtt-node");
	for (size_t i = 0; i < n; i++)
		d->argv[d->argc++] = strdup(args[i]);
	d->argv[d->argc] = NULL;
	for (int i = 0; i < d->argc; i++) {
		if (!d->argv[i])
			return err_set(e, -ENOMEM, "out of memory");
	}
	return 0;
}

static int inproc_start(struct dut *base, const char *const *args, size_t n_args, struct err *e)
{
	struct dut_inproc *d = (struct dut_inproc *)base;
	char why[256] = "not a run";
	int err;

	if (d->running)
		return err_set(e, -EBUSY, "the client of an earlier step still runs");
	memset(&d->options, 0, sizeof(d->options));
	err = take_args(d, args, n_args, e);
	if (!err && node_options_parse(d->argc, d->argv, &d->options, why, sizeof(why)) != OPTIONS_RUN)
		err = err_set(e, -EINVAL, "mqtt-node: %s", why);
	if (err) {
		free_args(d);
		return err;
	}
	d->running = true;
	node_init(&d->node, &d->options.config, &d->port);
	dut_wake_in(d->wake, 0);
	return 0;
}

static void inproc_rx(struct dut *base, const void *p, size_t n)
{
	struct dut_inproc *d = (struct dut_inproc *)base;

	if (!d->running || d->gone)
		return;
	node_rx(&d->node, p, n);
	/* Not at once: the node must never answer from inside the modem's own output. */
	dut_wake_in(d->wake, 0);
}

static void inproc_hangup(struct dut *base, bool gone)
{
	((struct dut_inproc *)base)->gone = gone;
}

static void inproc_stop(struct dut *base)
{
	struct dut_inproc *d = (struct dut_inproc *)base;

	if (d->running)
		end(d, EXIT_STOPPED);
}

static void inproc_free(struct dut *base)
{
	struct dut_inproc *d = (struct dut_inproc *)base;

	dut_wake_free(d->wake);
	if (d->running)
		free_args(d);
	buf_free(&d->line);
	free(d);
}

struct dut *dut_inproc_new(const struct dut_options *o, struct err *e)
{
	static const struct dut_ops ops = { inproc_start, inproc_rx, inproc_hangup, inproc_stop, inproc_free };
	struct dut_inproc *d = calloc(1, sizeof(*d));

	if (!d) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	d->base = (struct dut){ &ops, o->hooks };
	d->port = (struct port){ d, port_tx, port_now_ms, port_log };
	buf_init(&d->line, 64 * 1024);
	d->wake = dut_wake_new(o->clock, work, d);
	if (d->wake)
		return &d->base;
	inproc_free(&d->base);
	err_set(e, -ENOMEM, "out of memory");
	return NULL;
}
