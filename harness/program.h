/*
 * Programs of others on the host's end of the line: whatever opens a serial path, started by a step, one at a time.
 * They know nothing of the harness; their folder is the cell's, which is also their home, so that nobody's own settings
 * count.
 */
#ifndef HARNESS_PROGRAM_H
#define HARNESS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "harness/scenario.h"
#include "io/loop.h"

/* Borrowed until the function returns. */
struct program_hooks {
	void (*bytes)(const void *p, size_t n, void *ctx); /* to the modem */
	void (*log)(const void *p, size_t n, void *ctx);   /* what it printed, output and errors */
	void (*left)(void *ctx);			   /* it has closed the port */
	void (*exited)(int status, void *ctx);		   /* exit code, or 128 + signal */
	void *ctx;
};

struct program;

/* dir: the cell's folder. NULL with *e filled on failure. */
struct program *program_new(struct loop *loop, const char *dir, const struct program_hooks *hooks, struct err *e);
/* Ends what runs. */
void program_free(struct program *p);

/* The cell's folder as an absolute path. */
const char *program_dir(const struct program *p);
/* The path under which programs find the modem; it changes when the port was pulled out. */
const char *program_port(const struct program *p);

/*
 * argv ends with NULL; argv[0] is a path, or looked for in PATH and where system programs are. 0, -EBUSY (one still
 * runs) or another negative error, with *e filled.
 */
int program_start(struct program *p, char *const *argv, bool terminal, struct err *e);
/* As typed at its terminal. 0, or a negative error: it has none, or has ended. */
int program_type(struct program *p, const void *keys, size_t n);
/* Ends a running one (SIGTERM, then SIGKILL after a grace); exited() is called when it has ended. */
void program_stop(struct program *p);

/* Bytes from the modem; lost when nobody runs. */
void program_rx(struct program *p, const void *bytes, size_t n);
/* The serial port vanishes, or comes back. */
void program_hangup(struct program *p, bool gone);
/* Whether any program has the port open. */
bool program_has_port(const struct program *p);

/* The program of the cell's steps that this machine has not, NULL when all are there. */
const char *cell_lacks_program(const struct cell *cell);

#endif
