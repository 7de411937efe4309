/* Joins libuv and struct clock. A turn costs no system call beyond libuv's own unless the next deadline changed. */
#include "io/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct watch {
	LIST_ENTRY(watch) node;
	int id;
	loop_watch_func_t func;
	void *ctx;
	uint32_t mask;		/* collected in one read */
};

struct loop {
	uv_loop_t uv;
	struct clock *clock;
	int timer_fd;
	uv_poll_t timer_poll;
	uv_prepare_t prepare;
	uint64_t armed_us;	/* clock time the timerfd is set to, 0 none */
	bool once;		/* in loop_once() */
	int watch_fd;		/* -1 until the first watch */
	uv_poll_t watch_poll;
	LIST_HEAD(, watch) watches;
};

static void timer_set(struct loop *l, uint64_t delay_us)
{
	struct itimerspec t = {
		.it_value = { .tv_sec = (time_t)(delay_us / 1000000), .tv_nsec = (long)(delay_us % 1000000) * 1000 },
	};

	timerfd_settime(l->timer_fd, 0, &t, NULL);
}

/* Before every wait: what is due runs now, and the timerfd follows the earliest of the rest. */
static void on_prepare(uv_prepare_t *h)
{
	struct loop *l = h->data;
	uint64_t due, wait;

	if (!clock_next(l->clock, &due))
		return;		/* a timerfd left armed wakes once for nothing */
	wait = clock_real_us_until(l->clock, due);
	if (!wait) {
		clock_run(l->clock);
		if (l->once)
			uv_stop(&l->uv);	/* that was the batch: do not wait for another */
		if (!clock_next(l->clock, &due))
			return;
		wait = clock_real_us_until(l->clock, due);
	}
	if (due == l->armed_us)
		return;
	l->armed_us = due;
	timer_set(l, wait ? wait : 1);
}

static void on_timer(uv_poll_t *h, int status, int events)
{
	struct loop *l = h->data;
	uint64_t expired;

	(void)status;
	(void)events;
	if (read(l->timer_fd, &expired, sizeof(expired)) < 0)
		return;
	l->armed_us = 0;
	clock_run(l->clock);
}

/* Many modems in one process need more than the usual 1024 descriptors. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

struct loop *loop_new(struct clock *clock)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	raise_file_limit();
	l->clock = clock;
	l->watch_fd = -1;
	LIST_INIT(&l->watches);
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (l->timer_fd < 0 || uv_loop_init(&l->uv)) {
		if (l->timer_fd >= 0)
			close(l->timer_fd);
		free(l);
		return NULL;
	}
	uv_poll_init(&l->uv, &l->timer_poll, l->timer_fd);
	uv_prepare_init(&l->uv, &l->prepare);
	l->timer_poll.data = l->prepare.data = l;
	uv_poll_start(&l->timer_poll, UV_READABLE, on_timer);
	uv_prepare_start(&l->prepare, on_prepare);
	return l;
}

/* What libuv's threads still do for a request that was given up (a name looked up) ends in this memory. */
static void wait_for_threads(struct loop *l)
{
	while (l->uv.active_reqs.count)
		uv_run(&l->uv, UV_RUN_ONCE);
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	while (!LIST_EMPTY(&l->watches))
		loop_unwatch(l, LIST_FIRST(&l->watches)->id);
	uv_close((uv_handle_t *)&l->timer_poll, NULL);
	uv_close((uv_handle_t *)&l->prepare, NULL);
	if (l->watch_fd >= 0)
		uv_close((uv_handle_t *)&l->watch_poll, NULL);
	uv_run(&l->uv, UV_RUN_NOWAIT);
	wait_for_threads(l);
	uv_loop_close(&l->uv);
	if (l->watch_fd >= 0)
		close(l->watch_fd);
	close(l->timer_fd);
	free(l);
}

void loop_run(struct loop *l)
{
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_poll(struct loop *l)
{
	uv_run(&l->uv, UV_RUN_NOWAIT);
}

void loop_once(struct loop *l)
{
	l->once = true;
	uv_run(&l->uv, UV_RUN_ONCE);
	l->once = false;
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

uv_loop_t *loop_uv(struct loop *l)
{
	return &l->uv;
}

struct clock *loop_clock(struct loop *l)
{
	return l->clock;
}

static struct watch *watch_find(struct loop *l, int id)
{
	struct watch *w;

	LIST_FOREACH(w, &l->watches, node) {
		if (w->id == id)
			return w;
	}
	return NULL;
}

/* Collects per watch, so that one call tells all that happened to a path. */
static void watch_collect(struct loop *l, const char *events, size_t n)
{
	for (size_t i = 0; i < n;) {
		const struct inotify_event *ev = (const void *)(events + i);
		struct watch *w = watch_find(l, ev->wd);

		if (w)
			w->mask |= ev->mask & (IN_OPEN | IN_CLOSE);
		i += sizeof(*ev) + ev->len;
	}
}

static struct watch *watch_next(struct loop *l)
{
	struct watch *w;

	LIST_FOREACH(w, &l->watches, node) {
		if (w->mask)
			return w;
	}
	return NULL;
}

static void on_watch(uv_poll_t *h, int status, int events)
{
	char buf[4096] __attribute__((aligned(8)));
	struct loop *l = h->data;
	struct watch *w;
	ssize_t n;

	(void)status;
	(void)events;
	while ((n = read(l->watch_fd, buf, sizeof(buf))) > 0)
		watch_collect(l, buf, (size_t)n);
	while ((w = watch_next(l)) != NULL) {
		uint32_t mask = w->mask;

		w->mask = 0;
		w->func(mask, w->ctx);
	}
}

static int watch_start(struct loop *l)
{
	if (l->watch_fd >= 0)
		return 0;
	l->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (l->watch_fd < 0)
		return -errno;
	uv_poll_init(&l->uv, &l->watch_poll, l->watch_fd);
	l->watch_poll.data = l;
	uv_poll_start(&l->watch_poll, UV_READABLE, on_watch);
	return 0;
}

int loop_watch(struct loop *l, const char *path, loop_watch_func_t func, void *ctx)
{
	struct watch *w;
	int err = watch_start(l);

	if (err)
		return err;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->id = inotify_add_watch(l->watch_fd, path, IN_OPEN | IN_CLOSE);
	if (w->id < 0) {
		err = -errno;
		free(w);
		return err;
	}
	w->func = func;
	w->ctx = ctx;
	LIST_INSERT_HEAD(&l->watches, w, node);
	return w->id;
}

void loop_unwatch(struct loop *l, int id)
{
	struct watch *w = watch_find(l, id);

	if (!w)
		return;
	LIST_REMOVE(w, node);
	inotify_rm_watch(l->watch_fd, id);
	free(w);
}
