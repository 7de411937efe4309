/*
 * The device under test: what sits on the host's end of the line. Back ends: inproc (the bundled client's core on the
 * cell's clock) and process (any program that opens a serial path). A small seam without headers of the emulator's
 * clock and io, since the firmware has a struct port and a struct timer of its own.
 */
#ifndef HARNESS_DUT_H
#define HARNESS_DUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct clock;
struct loop;

/* What the owner hears; borrowed until the function returns. May be called from inside dut_start() and dut_rx(). */
struct dut_hooks {
	void (*bytes)(const void *p, size_t n, void *ctx);	/* to the modem */
	void (*log)(const void *p, size_t n, void *ctx);	/* what it printed, line ends included */
	void (*exited)(int status, void *ctx);			/* exit code, or 128 + signal */
	void *ctx;
};

struct dut_options {
	struct clock *clock;		/* borrowed */
	struct loop *loop;		/* borrowed; NULL on the virtual clock */
	const char *command;		/* process: command line with {port} */
	struct dut_hooks hooks;
};

struct dut;

struct dut_ops {
	int (*start)(struct dut *d, const char *const *args, size_t n_args, struct err *e);
	void (*rx)(struct dut *d, const void *p, size_t n);
	void (*hangup)(struct dut *d, bool gone);
	void (*stop)(struct dut *d);
	void (*free)(struct dut *d);
};

/* First member of every back end. */
struct dut {
	const struct dut_ops *ops;
	struct dut_hooks hooks;
};

struct dut *dut_inproc_new(const struct dut_options *o, struct err *e);
struct firmware;
/* Firmware on a board; the entry of boards.yaml is borrowed. */
struct dut *dut_board_new(const struct dut_options *o, const struct firmware *f, struct err *e);
struct dut *dut_process_new(const struct dut_options *o, struct err *e);

/* Starts one client step; only one runs at a time. 0, -EINVAL (bad arguments, in *e) or -EBUSY. */
static inline int dut_start(struct dut *d, const char *const *args, size_t n_args, struct err *e)
{
	return d->ops->start(d, args, n_args, e);
}

/* Bytes from the modem; lost when nobody listens. */
static inline void dut_rx(struct dut *d, const void *p, size_t n)
{
	d->ops->rx(d, p, n);
}

/* The serial port vanishes, or comes back. */
static inline void dut_hangup(struct dut *d, bool gone)
{
	if (d->ops->hangup)
		d->ops->hangup(d, gone);
}

/* Ends a running client (SIGTERM, then SIGKILL after a grace); exited() is called when it has ended. */
static inline void dut_stop(struct dut *d)
{
	d->ops->stop(d);
}

static inline void dut_free(struct dut *d)
{
	if (d)
		d->ops->free(d);
}

#endif
