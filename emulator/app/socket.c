/* Clients of the control socket on libuv pipes. A client that does not read its events loses them, not the modem's time. */
#include "app/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"

enum {
	LINE_MAX_BYTES = 8192,
	BACKLOG_MAX_BYTES = 1 << 20,	/* events queued for one client before they are dropped */
};

struct client {
	TAILQ_ENTRY(client) entry;
	uv_pipe_t pipe;
	struct control_socket *socket;
	struct buf in, event;
	bool watching, closing;
	char chunk[1024];
};

struct control_socket {
	uv_pipe_t listener;
	struct emu *emu;
	char *path;
	TAILQ_HEAD(, client) clients;
};

struct write_req {
	uv_write_t req;
	char data[];
};

static void on_written(uv_write_t *req, int status)
{
	(void)status;
	free(req);	/* first member of struct write_req */
}

static void client_write(struct client *c, const char *data, size_t n)
{
	struct write_req *w;
	uv_buf_t b;

	if (c->closing || uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) > BACKLOG_MAX_BYTES)
		return;
	w = malloc(sizeof(*w) + n);
	if (!w)
		return;
	memcpy(w->data, data, n);
	b = uv_buf_init(w->data, (unsigned)n);
	if (uv_write(&w->req, (uv_stream_t *)&c->pipe, &b, 1, on_written))
		free(w);
}

static void on_event(const struct trace_event *ev, void *ctx)
{
	struct client *c = ctx;

	buf_reset(&c->event);
	trace_to_json(ev, &c->event);
	client_write(c, buf_str(&c->event), c->event.len);
}

static void on_client_closed(uv_handle_t *h)
{
	struct client *c = h->data;

	buf_free(&c->in);
	buf_free(&c->event);
	free(c);
}

static void client_close(struct client *c)
{
	if (c->closing)
		return;
	c->closing = true;
	if (c->watching)
		trace_remove_sink(emu_trace(c->socket->emu), on_event, c);
	TAILQ_REMOVE(&c->socket->clients, c, entry);
	uv_close((uv_handle_t *)&c->pipe, on_client_closed);
}

static int client_watch(struct client *c)
{
	if (c->watching)
		return 0;
	c->watching = true;
	return trace_add_sink(emu_trace(c->socket->emu), on_event, c);
}

static void client_line(struct client *c, const char *line)
{
	struct buf reply;
	int err;

	buf_init(&reply, BACKLOG_MAX_BYTES);
	err = strcmp(line, "watch") ? emu_control(c->socket->emu, line, &reply) : client_watch(c);
	if (reply.len && reply.data[reply.len - 1] != '\n')
		buf_addc(&reply, '\n');
	buf_adds(&reply, err ? "ERROR\n" : "OK\n");
	client_write(c, buf_str(&reply), reply.len);
	buf_free(&reply);
}

static void take_lines(struct client *c)
{
	char *end;

	while (!c->closing && (end = memchr(buf_str(&c->in), '\n', c->in.len)) != NULL) {
		size_t n = (size_t)(end - c->in.data);

		*end = '\0';
		if (n && end[-1] == '\r')
			end[-1] = '\0';
		client_line(c, c->in.data);
		buf_drop(&c->in, n + 1);
	}
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct client *c = h->data;

	(void)suggested;
	*b = uv_buf_init(c->chunk, sizeof(c->chunk));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct client *c = s->data;

	if (n < 0 || buf_add(&c->in, b->base, (size_t)n)) {
		client_close(c);
		return;
	}
	take_lines(c);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct control_socket *s = listener->data;
	struct client *c = status ? NULL : calloc(1, sizeof(*c));

	if (!c)
		return;
	c->socket = s;
	buf_init(&c->in, LINE_MAX_BYTES);
	buf_init(&c->event, BACKLOG_MAX_BYTES);
	uv_pipe_init(listener->loop, &c->pipe, 0);
	c->pipe.data = c;
	TAILQ_INSERT_TAIL(&s->clients, c, entry);
	if (uv_accept(listener, (uv_stream_t *)&c->pipe) || uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read))
		client_close(c);
}

/* A socket nobody listens on any more may be replaced; any other file may not. */
static void remove_stale(const char *path)
{
	struct stat st;

	if (!lstat(path, &st) && S_ISSOCK(st.st_mode))
		unlink(path);
}

static void on_listener_closed(uv_handle_t *h)
{
	struct control_socket *s = h->data;

	free(s->path);
	free(s);
}

struct control_socket *control_socket_new(struct loop *loop, const char *path, struct emu *emu, struct err *e)
{
	struct control_socket *s = calloc(1, sizeof(*s));
	int err;

	if (!s || !(s->path = strdup(path))) {
		free(s);
		return NULL;
	}
	s->emu = emu;
	TAILQ_INIT(&s->clients);
	uv_pipe_init(loop_uv(loop), &s->listener, 0);
	s->listener.data = s;
	remove_stale(path);
	err = uv_pipe_bind(&s->listener, path);
	if (!err)
		err = uv_listen((uv_stream_t *)&s->listener, 8, on_connection);
	if (!err)
		return s;
	err_set(e, err, "%s: %s", path, uv_strerror(err));
	uv_close((uv_handle_t *)&s->listener, on_listener_closed);
	return NULL;
}

void control_socket_free(struct control_socket *s)
{
	struct client *c;

	if (!s)
		return;
	while ((c = TAILQ_FIRST(&s->clients)) != NULL)
		client_close(c);
	unlink(s->path);
	uv_close((uv_handle_t *)&s->listener, on_listener_closed);
}
