/* Two directions that are alike, what comes and goes at both ends, and the lines of the recording. */
#include "harness/record/tap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "harness/hil.h"
#include "harness/port_board.h"
#include "harness/record/live.h"
#include "harness/record/writer.h"
#include "harness/wall_real.h"
#include "harness/wire/recording.h"

enum {
	BACKLOG_BYTES = 64 * 1024, /* more than one read, after which the reader is stopped */
	NOTE_BYTES = 1024,
	REVISION_BYTES = 128,
};

/* One direction. */
struct way {
	struct tap *tap;
	enum wire_from from;
	struct port *in, *out;
	struct buf backlog; /* what out did not take yet */
	bool listened;	    /* somebody is at the far end */
	bool paused;
	uint64_t unheard; /* bytes that nobody was there for */
};

struct tap {
	struct loop *loop;
	struct port *host, *board;
	struct way up, down; /* host to board, board to host */
	struct writer *writer;
	struct live *live;
	bool follow_baud;
	uint64_t gone_us;
	char line[REVISION_BYTES]; /* of the modem, for its revision */
	size_t line_len;
	char revision[REVISION_BYTES];
};

/* --- writing down ----------------------------------------------------------------------------------------------- */

static void write_down(struct tap *t, enum wire_from from, uint64_t t_us, const void *p, size_t n)
{
	const struct wire_event ev = { .t_us = t_us, .from = from, .data = p, .len = n };

	recording_line(writer_lines(t->writer), &ev);
	writer_commit(t->writer);
	if (t->live)
		live_add(t->live, &ev);
}

static void note(struct tap *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void note(struct tap *t, const char *fmt, ...)
{
	char text[NOTE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	write_down(t, WIRE_NOTE, clock_now_us(loop_clock(t->loop)), text, strlen(text));
}

static void write_head(struct tap *t, const char *const *pairs)
{
	struct recording *r = recording_new();

	for (; r && *pairs; pairs += 2)
		recording_set(r, pairs[0], pairs[1]);
	if (r)
		recording_head(writer_lines(t->writer), r);
	recording_free(r);
	writer_commit(t->writer);
}

/* The rest of a line that tells the revision, or NULL. */
static const char *revision_in(const char *line)
{
	static const char *const before[] = { "+CGMR: ", "Revision: " };

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		if (!strncmp(line, before[i], strlen(before[i])))
			return line + strlen(before[i]);
	}
	return NULL;
}

/* What is known of the whole may be told in a later line of its own, when it becomes known. */
static void end_line(struct tap *t)
{
	const char *revision;

	t->line[t->line_len] = '\0';
	t->line_len = 0;
	revision = revision_in(t->line);
	if (!revision || !*revision || !strcmp(revision, t->revision))
		return;
	snprintf(t->revision, sizeof(t->revision), "%s", revision);
	write_head(t, (const char *const[]){ "revision", t->revision, NULL });
}

static void look_for_revision(struct tap *t, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\r' || p[i] == '\n')
			end_line(t);
		else if (t->line_len + 1 < sizeof(t->line))
			t->line[t->line_len++] = p[i];
	}
}

/* --- passing on ------------------------------------------------------------------------------------------------- */

/* A way stops reading while its far end, or the disk, is behind. */
static void update_pause(struct way *w)
{
	bool pause = w->backlog.len || writer_is_full(w->tap->writer);

	if (pause == w->paused)
		return;
	w->paused = pause;
	port_pause(w->in, pause);
}

static void lose_backlog(struct way *w)
{
	w->unheard += w->backlog.len;
	buf_reset(&w->backlog);
	update_pause(w);
}

static void flush_way(struct way *w)
{
	long n = 1;

	while (w->backlog.len && n > 0) {
		n = port_write(w->out, w->backlog.data, w->backlog.len);
		if (n > 0)
			buf_drop(&w->backlog, (size_t)n);
	}
	if (n < 0)
		lose_backlog(w);
	update_pause(w);
}

static void pass_on(struct way *w, const char *p, size_t n)
{
	long done = 0;

	if (!w->listened) {
		w->unheard += n;
		return;
	}
	if (!w->backlog.len)
		done = port_write(w->out, p, n);
	if (done < 0)
		w->unheard += n;
	else if ((size_t)done < n && buf_add(&w->backlog, p + done, n - (size_t)done))
		w->unheard += n - (size_t)done;
}

/* A speed that has changed must be the board's before the bytes that were sent with it. */
static void follow_speed(struct tap *t)
{
	long baud = port_peer_baud(t->host);

	if (!t->follow_baud || !baud || baud == port_peer_baud(t->board))
		return;
	if (port_board_set_baud(t->board, baud))
		note(t, "the firmware has set %ld baud, which the board does not take", baud);
	else
		note(t, "%ld baud", baud);
}

static void on_bytes(const void *p, size_t n, void *ctx)
{
	struct way *w = ctx;
	uint64_t now = clock_now_us(loop_clock(w->tap->loop));

	pass_on(w, p, n);
	write_down(w->tap, w->from, now, p, n);
	update_pause(w);
}

/* --- who is there ----------------------------------------------------------------------------------------------- */

static void on_client(struct tap *t, bool here)
{
	t->down.listened = here;
	port_board_set_line(t->board, SERIAL_LINE_DTR, here);
	if (here && t->down.unheard)
		note(t, "the port is opened; %" PRIu64 " bytes of the modem came while it was closed", t->down.unheard);
	else
		note(t, here ? "the port is opened" : "the port is closed");
	t->down.unheard = 0;
	if (here)
		return;
	lose_backlog(&t->down);
	port_flush(t->host); /* as a device forgets what nobody has read */
	t->down.unheard = 0;
}

static void on_host_event(enum port_event ev, void *ctx)
{
	struct tap *t = ((struct way *)ctx)->tap;

	switch (ev) {
	case PORT_EVENT_WRITABLE:
		flush_way(&t->down);
		break;
	case PORT_EVENT_OPENED:
	case PORT_EVENT_CLOSED:
		on_client(t, ev == PORT_EVENT_OPENED);
		break;
	case PORT_EVENT_BAUD:
		follow_speed(t);
		break;
	}
}

static void on_board(struct tap *t, bool here)
{
	uint64_t now = clock_now_us(loop_clock(t->loop));

	t->up.listened = here;
	if (here) {
		note(t, "the board is back as %s after %.3f s%s", port_board_name(t->board),
		     (double)(now - t->gone_us) / 1e6, t->up.unheard ? "; what the host said meanwhile is lost" : "");
		t->up.unheard = 0;
		return;
	}
	t->gone_us = now;
	t->line_len = 0;
	note(t, "the board is gone: %s", port_board_name(t->board));
	lose_backlog(&t->up);
}

static void on_board_event(enum port_event ev, void *ctx)
{
	struct tap *t = ((struct way *)ctx)->tap;

	switch (ev) {
	case PORT_EVENT_WRITABLE:
		flush_way(&t->up);
		break;
	case PORT_EVENT_OPENED:
	case PORT_EVENT_CLOSED:
		on_board(t, ev == PORT_EVENT_OPENED);
		break;
	case PORT_EVENT_BAUD:
		break;
	}
}

/* Asked for with each read, since the PTY's own look is not that often. */
static void on_host_bytes(const void *p, size_t n, void *ctx)
{
	struct way *w = ctx;

	follow_speed(w->tap);
	on_bytes(p, n, w);
}

static void on_board_bytes(const void *p, size_t n, void *ctx)
{
	struct way *w = ctx;

	on_bytes(p, n, w);
	look_for_revision(w->tap, p, n);
}

/* --- the file --------------------------------------------------------------------------------------------------- */

static void on_room(void *ctx)
{
	struct tap *t = ctx;

	update_pause(&t->up);
	update_pause(&t->down);
}

static void on_failed(const char *why, void *ctx)
{
	(void)ctx;
	fprintf(stderr, "hil: the recording ends here: %s; bytes still pass\n", why);
}

static void begin_file(struct tap *t, const char *address)
{
	char started[40];

	wall_date(started);
	snprintf(started + strlen(started), sizeof(started) - strlen(started), "Z");
	write_head(t, (const char *const[]){ "port", address, "device", port_board_name(t->board), "started", started,
					     "times", "real", "recorder", "hil " HIL_VERSION, NULL });
}

static void begin_way(struct tap *t, struct way *w, enum wire_from from)
{
	*w = (struct way){ .tap = t, .from = from };
	w->in = from == WIRE_HOST ? t->host : t->board;
	w->out = from == WIRE_HOST ? t->board : t->host;
	w->listened = from == WIRE_HOST; /* the board is there, the firmware has yet to come */
	buf_init(&w->backlog, BACKLOG_BYTES);
}

struct tap *tap_new(const struct tap_options *o, struct err *e)
{
	struct tap *t = calloc(1, sizeof(*t));
	const struct writer_hooks hooks = { on_room, on_failed, t };

	if (!t) {
		err_set(e, -ENOMEM, "out of memory");
		port_free(o->host);
		port_free(o->board);
		return NULL;
	}
	t->loop = o->loop;
	t->host = o->host;
	t->board = o->board;
	t->follow_baud = o->follow_baud;
	begin_way(t, &t->up, WIRE_HOST);
	begin_way(t, &t->down, WIRE_MODEM);
	t->live = o->show ? live_new(stderr) : NULL;
	t->writer = writer_new(o->loop, o->file, &hooks, e);
	if (!t->writer) {
		tap_free(t);
		return NULL;
	}
	begin_file(t, o->address);
	port_set_owner(t->host, on_host_bytes, on_host_event, &t->up);
	port_set_owner(t->board, on_board_bytes, on_board_event, &t->down);
	return t;
}

int tap_free(struct tap *t)
{
	int err;

	port_free(t->host);
	port_free(t->board);
	err = writer_free(t->writer);
	live_free(t->live);
	buf_free(&t->up.backlog);
	buf_free(&t->down.backlog);
	free(t);
	return err;
}
