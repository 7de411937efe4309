/* Opened for reading and writing: there is no end of file when the one who writes closes or starts again. */
#include "harness/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fifo {
	struct loop *loop;
	uv_pipe_t pipe;
	bool closed;
	void (*output)(const void *p, size_t n, void *ctx);
	void *ctx;
	char chunk[4096];
};

static void on_closed(uv_handle_t *h)
{
	((struct fifo *)h->data)->closed = true;
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct fifo *f = h->data;

	(void)suggested;
	*b = uv_buf_init(f->chunk, sizeof(f->chunk));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct fifo *f = s->data;

	if (n > 0)
		f->output(b->base, (size_t)n, f->ctx);
}

struct fifo *fifo_new(struct loop *loop, const char *path, void (*output)(const void *p, size_t n, void *ctx), void *ctx,
		      struct err *e)
{
	struct fifo *f = calloc(1, sizeof(*f));
	int fd = -1;

	unlink(path);
	if (f && !mkfifo(path, 0600))
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		err_set(e, -errno, "%s: %s", path, strerror(errno));
		free(f);
		return NULL;
	}
	f->loop = loop;
	f->output = output;
	f->ctx = ctx;
	uv_pipe_init(loop_uv(loop), &f->pipe, 0);
	f->pipe.data = f;
	uv_pipe_open(&f->pipe, fd);
	uv_read_start((uv_stream_t *)&f->pipe, on_alloc, on_read);
	return f;
}

/* Who wrote it is gone by now: what is there is all there will be. */
static void read_rest(struct fifo *f)
{
	uv_os_fd_t fd;
	ssize_t n;

	if (uv_fileno((uv_handle_t *)&f->pipe, &fd))
		return;
	while ((n = read(fd, f->chunk, sizeof(f->chunk))) > 0)
		f->output(f->chunk, (size_t)n, f->ctx);
}

void fifo_free(struct fifo *f)
{
	if (!f)
		return;
	read_rest(f);
	uv_close((uv_handle_t *)&f->pipe, on_closed);
	while (!f->closed)
		loop_once(f->loop);
	free(f);
}
