/* Two buffers: one is filled while libuv's pool writes the other. */
#include "harness/record/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LULL_US = 5000,		 /* what is not much is written when so long has passed */
	WRITE_BYTES = 64 * 1024, /* what is much is written at once */
	FULL_BYTES = 4 << 20,
	MAX_BYTES = 64 << 20, /* FULL_BYTES and what one turn of the loop adds */
};

struct writer {
	struct loop *loop;
	struct writer_hooks hooks;
	int fd;
	struct buf lines, writing;
	struct timer lull;
	uv_fs_t request;
	bool busy, was_full;
	int failed; /* 0 or -errno */
};

static void begin_write(struct writer *w);

static void fail(struct writer *w, int err)
{
	w->failed = err;
	buf_reset(&w->lines);
	buf_reset(&w->writing);
	if (w->hooks.failed)
		w->hooks.failed(strerror(-err), w->hooks.ctx);
}

static void look_for_room(struct writer *w)
{
	if (!w->was_full || writer_is_full(w))
		return;
	w->was_full = false;
	if (w->hooks.room)
		w->hooks.room(w->hooks.ctx);
}

static void on_written(uv_fs_t *request)
{
	struct writer *w = request->data;
	ssize_t n = request->result;

	uv_fs_req_cleanup(request);
	w->busy = false;
	if (n < 0)
		fail(w, (int)n);
	else
		buf_drop(&w->writing, (size_t)n);
	if (w->writing.len || w->lines.len >= WRITE_BYTES)
		begin_write(w);
	else if (w->lines.len)
		clock_arm(loop_clock(w->loop), &w->lull, LULL_US);
	look_for_room(w);
}

static void begin_write(struct writer *w)
{
	uv_buf_t part;

	if (w->busy || w->failed)
		return;
	if (!w->writing.len) {
		struct buf empty = w->writing;

		w->writing = w->lines;
		w->lines = empty;
	}
	if (!w->writing.len)
		return;
	timer_cancel(&w->lull);
	part = uv_buf_init(w->writing.data, (unsigned)w->writing.len);
	w->request.data = w;
	w->busy = !uv_fs_write(loop_uv(w->loop), &w->request, w->fd, &part, 1, -1, on_written);
	if (!w->busy)
		fail(w, -EIO);
}

static void on_lull(void *ctx)
{
	begin_write(ctx);
}

struct writer *writer_new(struct loop *loop, const char *path, const struct writer_hooks *hooks, struct err *e)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (!w) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	w->loop = loop;
	w->hooks = *hooks;
	buf_init(&w->lines, MAX_BYTES);
	buf_init(&w->writing, MAX_BYTES);
	timer_init(&w->lull, on_lull, w);
	w->fd = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
				  : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (w->fd >= 0)
		return w;
	err_set(e, -errno, "%s: %s", path, strerror(errno));
	free(w);
	return NULL;
}

struct buf *writer_lines(struct writer *w)
{
	return &w->lines;
}

void writer_commit(struct writer *w)
{
	if (w->failed)
		buf_reset(&w->lines);
	else if (w->lines.len >= WRITE_BYTES)
		begin_write(w);
	else if (w->lines.len && !w->busy && !timer_armed(&w->lull))
		clock_arm(loop_clock(w->loop), &w->lull, LULL_US);
	w->was_full = w->was_full || writer_is_full(w);
}

bool writer_is_full(const struct writer *w)
{
	return w->lines.len >= FULL_BYTES;
}

static void write_rest(struct writer *w, struct buf *b)
{
	while (b->len && !w->failed) {
		ssize_t n = write(w->fd, b->data, b->len);

		if (n < 0 && errno != EINTR)
			fail(w, -errno);
		else if (n > 0)
			buf_drop(b, (size_t)n);
	}
}

int writer_free(struct writer *w)
{
	int err;

	if (!w)
		return 0;
	w->hooks.room = NULL;
	while (w->busy)
		loop_once(w->loop);
	timer_cancel(&w->lull);	/* the write that has just ended may have begun it anew */
	write_rest(w, &w->writing);
	write_rest(w, &w->lines);
	if (close(w->fd) && !w->failed)
		fail(w, -errno);
	err = w->failed;
	buf_free(&w->lines);
	buf_free(&w->writing);
	free(w);
	return err;
}
