/*
 * The event loop of programs that run on the real clock: libuv for descriptors and signals, one timerfd for all timers
 * of a struct clock, since timers of libuv know milliseconds only.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdint.h>

#include <uv.h>

#include "clock/clock.h"

struct loop;

/* For a monotonic clock, which stays the caller's and must outlive the loop. NULL: out of memory or descriptors. */
struct loop *loop_new(struct clock *clock);

/* Runs the close callbacks that are due and frees. Every handle on loop_uv() must have been closed by its owner. */
void loop_free(struct loop *loop);

/* Runs until loop_stop(). */
void loop_run(struct loop *loop);
/* Handles what is ready without waiting, timers included. */
void loop_poll(struct loop *loop);
/* Handles one batch of events, waiting for it if need be. */
void loop_once(struct loop *loop);
void loop_stop(struct loop *loop);

uv_loop_t *loop_uv(struct loop *loop);
struct clock *loop_clock(struct loop *loop);

/* Called with the events of one watched path, merged: mask has IN_OPEN, IN_CLOSE_WRITE, IN_CLOSE_NOWRITE. */
typedef void (*loop_watch_func_t)(uint32_t mask, void *ctx);

/*
 * Watches who opens and closes path, by inotify; one instance serves all, since a user has few of them. Returns an id
 * or -errno. A watch may be removed from inside a callback.
 */
int loop_watch(struct loop *loop, const char *path, loop_watch_func_t func, void *ctx);
void loop_unwatch(struct loop *loop, int id);

#endif
