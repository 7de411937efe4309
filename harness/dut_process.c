/*
 * Any program that opens a serial path: it gets a PTY of its own, so that the harness is a proxy and sees every byte.
 * No shell is involved.
 */
#include "harness/dut.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/child.h"
#include "harness/host_port.h"
#include "harness/scratch.h"
#include "harness/words.h"

enum { GRACE_US = 3000000 };

struct dut_process {
	struct dut base;
	struct loop *loop;
	const char *command;
	struct host_port *port;		/* NULL: pulled out */
	char dir[SCRATCH_PATH_MAX], link[SCRATCH_PATH_MAX + 8];	/* the port's path, the same when it comes back */
	struct child *child;
	struct words words;
};

static void on_bytes(const void *p, size_t n, void *ctx)
{
	struct dut_process *d = ctx;

	d->base.hooks.bytes(p, n, d->base.hooks.ctx);
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
	const struct host_port_hooks hooks = { .bytes = on_bytes, .ctx = d };

	d->port = host_port_new(d->loop, d->link, &hooks, e);
	return d->port ? 0 : -EIO;
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
	host_port_clear(d->port);
	err = make_words(d, args, n_args);
	if (err)
		return err_set(e, err, "bad client command '%s'", d->command);
	d->child = child_start(d->loop, d->words.argv, &hooks, e);
	return d->child ? 0 : -EIO;
}

static void process_rx(struct dut *base, const void *p, size_t n)
{
	struct dut_process *d = (struct dut_process *)base;

	if (d->child && child_running(d->child) && d->port)
		host_port_write(d->port, p, n);
}

/* The program sees what it would see of an adapter that is pulled: its descriptor is dead, the path comes back later. */
static void process_hangup(struct dut *base, bool gone)
{
	struct dut_process *d = (struct dut_process *)base;

	if (gone) {
		host_port_free(d->port);
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
	host_port_free(d->port);
	scratch_remove(d->dir);
	words_clear(&d->words);
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
	if (!make_path(d, e) && !open_port(d, e))
		return &d->base;
	process_free(&d->base);
	return NULL;
}
