/*
 * What a cell needs beside modem and client: started before the steps, stopped after finally, in reverse. A real server
 * is a program on a free port of this machine; its model is a world file that says the same of it. The emulator is told
 * where host:port leads; a board would have to be given this machine's own address in their place.
 */
#ifndef HARNESS_FIXTURE_H
#define HARNESS_FIXTURE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "harness/scenario.h"
#include "io/loop.h"

struct fixtures;

struct fixtures_options {
	struct cell *cell;		   /* gets ${name.host}, ${name.port} and the like */
	const char *dir;		   /* where files go */
	struct loop *loop;		   /* borrowed; NULL when no fixture is real */
	uint64_t seed;			   /* of keys and certificates */
	const volatile sig_atomic_t *stop; /* set by a signal: starting ends; may be NULL */
	/*
	 * The port that the firmware's view leads to in place of the server's own: that of something in between which
	 * passes on to 127.0.0.1:port. 0 is a failure with *e filled. NULL: nothing is in between.
	 */
	unsigned (*between)(const struct fixture *f, unsigned port, void *ctx, struct err *e);
	void *ctx;
};

/* What servers say while the cell runs; borrowed until the function returns. */
struct fixture_hooks {
	void (*broker)(const char *line, void *ctx); /* what the server saw, in the words of the modelled world */
	void (*gone)(const char *why, void *ctx);    /* a server ended by itself: ERROR of the cell */
	void *ctx;
};

/*
 * Starts the cell's fixtures and waits until they can be used. NULL with *e filled (with its place) when one does not
 * start; those before it are stopped again then. e->code is -ENOPKG when its program is not installed: SKIP of the
 * cell.
 */
struct fixtures *fixtures_start(const struct fixtures_options *o, struct err *e);

/* Who hears of it from now on; NULL: nobody. */
void fixtures_listen(struct fixtures *f, const struct fixture_hooks *hooks);

/* Waits until all that brokers have seen so far has been told. */
void fixtures_settle(struct fixtures *all);

/* Kills the program of a server at once, as a machine that fails would; what it was connected to is gone. */
void fixtures_kill(struct fixtures *all, const struct fixture *f);
/* Starts it again on the port it had. 0 or a negative error with *e filled. */
int fixtures_restart(struct fixtures *all, const struct fixture *f, struct err *e);
/* Publishes to a broker as another client and waits until it has taken it. 0 or a negative error with *e filled. */
int fixtures_publish(struct fixtures *all, const struct fixture *f, const char *topic, const char *text, int qos,
		     bool retain, struct err *e);

/* Stops all of them, waiting for their end. NULL is fine. */
void fixtures_stop(struct fixtures *f);

/* World files to hand to the modem, before those of the scenario. */
const char *const *fixtures_worlds(const struct fixtures *f, size_t *n);

/* Makes what all cells share and takes time, before the processes that run them are forked off: keys. */
void fixtures_prepare(struct cell *const *cells, size_t n, uint64_t seed);

/* Whether any fixture of the cell starts a program: the cell needs real time. */
bool fixtures_are_real(const struct cell *cell);

#endif
