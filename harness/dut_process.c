/*
 * Any program that opens a serial path: it gets a PTY of its own, so that the harness is a proxy and sees every byte.
 * No shell is involved.
 */
#include "harness/dut.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "harness/child.h"
#include "harness/scratch.h"
#include "harness/words.h"
#include "io/loop.h"
#include "io/port_pty.h"

enum {
	GRACE_US = 3000000,
	BACKLOG_MAX_BYTES = 1 << 20,
};

struct dut_process {
	struct dut base;
	struct loop *loop;
	const char *command;
	struct port *port;
	char dir[SCRATCH_PATH_MAX], link[SCRATCH_PATH_MAX + 8];	/* the port's path, the same when it comes back */
	struct child *child;
	struct words words;
	struct buf backlog;		/* for a program that does not read */
};

static void on_bytes(const void *p, size_t n, void *ctx)
{
	struct dut_process *d = ctx;

	d->base.hooks.bytes(p, n, d->base.hooks.ctx);
}

static void flush_backlog(struct dut_process *d)
{
	long n = 1;

	while (d->backlog.len && d->port && n > 0) {
		n = port_write(d->port, d->backlog.data, d->backlog.len);
		if (n > 0)
			buf_drop(&d->backlog, (size_t)n);
	}
}

static void on_port_event(enum port_event ev, void *ctx)
{
	if (ev == PORT_EVENT_WRITABLE)
		flush_backlog(ctx);
}

static void on_output(const void *p, size_t n, void *ctx)
{
	struct dut_process *d = ctx;

	d->base.hooks.log(p, n, d->base.hooks.ctx);
}

static void on_exited(int status, void *ctx)
{
	struct dut_process *d = ctx;

	d->base.hooks.exited(status, d->base.hooks.ctx);
}

/* The command's words, then the step's arguments. */
static int make_words(struct dut_process *d, const char *const *args, size_t n_args)
{
	int err;

	words_clear(&d->words);
	err = words_split(&d->words, d->command, "port", d->link);
	for (size_t i = 0; !err && i < n_args; i++)
		err = words_add(&d->words, args[i]);
	return err ? err : d->words.argc ? 0 : -EINVAL;
}

static int make_path(struct dut_process *d, struct err *e)
{
	int err = scratch_make(d->dir, e);

	snprintf(d->link, sizeof(d->link), "%s/port", d->dir);
	return err;
}

static int open_port(struct dut_process *d, struct err *e)
{
	d->port = port_pty_new(d->loop, d->link, e);
	if (!d->port)
		return -EIO;
	port_set_owner(d->port, on_bytes, on_port_event, d);
	return 0;
}

static int process_start(struct dut *base, const char *const *args, size_t n_args, struct err *e)
{
	struct dut_process *d = (struct dut_process *)base;
	const struct child_hooks hooks = { on_output, on_exited, d };
	int err;

	if (d->child && child_running(d->child))
		return err_set(e, -EBUSY, "the client of an earlier step still runs");
	if (d->child)
		child_free(d->child, 0);
	d->child = NULL;
	if (!d->port && open_port(d, e))
		return -EIO;
	buf_reset(&d->backlog);
	port_flush(d->port);
	err = make_words(d, args, n_args);
	if (err)
		return err_set(e, err, "bad client command '%s'", d->command);
	d->child = child_start(d->loop, d->words.argv, &hooks, e);
	return d->child ? 0 : -EIO;
}

static void process_rx(struct dut *base, const void *p, size_t n)
{
	struct dut_process *d = (struct dut_process *)base;

	if (!d->child || !child_running(d->child) || !d->port)
		return;
	buf_add(&d->backlog, p, n);
	flush_backlog(d);
}

/* The program sees what it would see of an adapter that is pulled: its descriptor is dead, the path comes back later. */
static void process_hangup(struct dut *base, bool gone)
{
	struct dut_process *d = (struct dut_process *)base;

	if (gone) {
		port_free(d->port);
		d->port = NULL;
	} else if (!d->port) {
		open_port(d, NULL);
	}
}

static void process_stop(struct dut *base)
{
	struct dut_process *d = (struct dut_process *)base;

	if (d->child)
		child_stop(d->child, GRACE_US);
}

static void process_free(struct dut *base)
{
	struct dut_process *d = (struct dut_process *)base;

	child_free(d->child, GRACE_US);
	port_free(d->port);
	scratch_remove(d->dir);
	words_clear(&d->words);
	buf_free(&d->backlog);
	free(d);
}

struct dut *dut_process_new(const struct dut_options *o, struct err *e)
{
	static const struct dut_ops ops = { process_start, process_rx, process_hangup, process_stop, process_free };
	struct dut_process *d = calloc(1, sizeof(*d));

	if (!d) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	d->base = (struct dut){ &ops, o->hooks };
	d->loop = o->loop;
	d->command = o->command;
	buf_init(&d->backlog, BACKLOG_MAX_BYTES);
	if (!make_path(d, e) && !open_port(d, e))
		return &d->base;
	process_free(&d->base);
	return NULL;
}
