/* A program that the harness starts: in a session of its own, so that what it starts ends with it; its output as bytes. */
#ifndef HARNESS_CHILD_H
#define HARNESS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

struct child;

/* Borrowed until the function returns; never called from inside child_start(). */
struct child_hooks {
	void (*output)(const void *p, size_t n, void *ctx);	/* standard output and error */
	void (*exited)(int status, void *ctx);	/* exit code, or 128 + signal; all output has been told */
	void *ctx;
};

/* argv ends with NULL; argv[0] is looked for in PATH. NULL with *e filled when it cannot be started. */
struct child *child_start(struct loop *loop, char *const *argv, const struct child_hooks *hooks, struct err *e);

/* SIGTERM now, SIGKILL after grace_us; returns at once. */
void child_stop(struct child *c, uint64_t grace_us);
/* SIGKILL now. */
void child_kill(struct child *c);
bool child_running(const struct child *c);

/* Ends what still runs, waiting for it (SIGKILL after grace_us), and frees. exited() is not called any more. */
void child_free(struct child *c, uint64_t grace_us);

#endif
