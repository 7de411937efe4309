/*
 * The file a recording is written to while it is made. Lines are collected and written whole, one write(2) for all that
 * wait, on another thread: a disk that is slow does not make bytes late, and a program that is killed leaves a file
 * whose last line at most is torn.
 */
#ifndef RECORD_WRITER_H
#define RECORD_WRITER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/loop.h"

struct writer;

struct writer_hooks {
	void (*room)(void *ctx);		    /* writer_is_full() is over */
	void (*failed)(const char *why, void *ctx); /* once; nothing more is written */
	void *ctx;
};

/* path "-" is the standard output. A file that exists is replaced. NULL with *e filled. */
struct writer *writer_new(struct loop *loop, const char *path, const struct writer_hooks *hooks, struct err *e);

/* Where whole lines are appended; writer_commit() says that they are there. */
struct buf *writer_lines(struct writer *w);
void writer_commit(struct writer *w);

/* So much waits for the disk that whoever makes lines has to wait, too. */
bool writer_is_full(const struct writer *w);

/* Writes what waits and closes. 0, or the first error there was, negative. */
int writer_free(struct writer *w);

#endif
