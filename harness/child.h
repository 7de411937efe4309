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

/* What a child may have of its own; NULL and false: as child_start() does. */
struct child_options {
	const char *dir;		/* it starts in this folder */
	char *const *env;		/* its environment, ends with NULL */
	bool terminal;			/* a terminal is its input and output, and child_type() is the keyboard */
};

struct child *child_start_with(struct loop *loop, char *const *argv, const struct child_options *o,
			       const struct child_hooks *hooks, struct err *e);

/* Types n bytes into its terminal. 0, or a negative error: it has none, has ended, or reads nothing. */
int child_type(struct child *c, const void *p, size_t n);

/* Where a program lies: in PATH, or where system programs are. path gets it. 0 or -ENOENT. */
int child_find_program(const char *name, char *path, size_t size);

/* SIGTERM now, SIGKILL after grace_us; returns at once. */
void child_stop(struct child *c, uint64_t grace_us);
/* SIGKILL now. */
void child_kill(struct child *c);
bool child_running(const struct child *c);

/* Ends what still runs, waiting for it (SIGKILL after grace_us), and frees. exited() is not called any more. */
void child_free(struct child *c, uint64_t grace_us);

#endif
