/* One command at a time over a board's port. */
#include "harness/board/board_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/port_board.h"
#include "harness/wire/exchange_rows.h"

enum {
	INPUT_MAX_BYTES = 1 << 20,
	SYNC_TRIES = 20,
	SYNC_WITHIN_US = 500000,
	ASK_WITHIN_US = 5000000,
	QUIET_US = 100000,
};

struct board_line {
	const struct board *board;
	struct loop *loop;
	struct port *port;
	struct buf in;
	struct timer limit;
	bool late, gone;
};

static void on_bytes(const void *p, size_t n, void *ctx)
{
	struct board_line *l = ctx;

	if (l->in.len + n > INPUT_MAX_BYTES)
		buf_drop(&l->in, n);
	buf_add(&l->in, p, n);
}

static void on_event(enum port_event ev, void *ctx)
{
	struct board_line *l = ctx;

	if (ev == PORT_EVENT_CLOSED)
		l->gone = true;
}

static void on_late(void *ctx)
{
	((struct board_line *)ctx)->late = true;
}

struct board_line *board_line_open(const struct board *b, struct loop *loop, struct err *e)
{
	struct board_line *l = calloc(1, sizeof(*l));

	if (!l) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	l->board = b;
	l->loop = loop;
	buf_init(&l->in, INPUT_MAX_BYTES);
	timer_init(&l->limit, on_late, l);
	l->port = port_board_new(loop, b->port, b->baud, e);
	if (l->port) {
		port_set_owner(l->port, on_bytes, on_event, l);
		return l;
	}
	board_line_close(l, NULL);
	return NULL;
}

void board_line_close(struct board_line *l, struct port **port)
{
	if (!l)
		return;
	timer_cancel(&l->limit);
	if (port)
		*port = l->port;
	else
		port_free(l->port);
	buf_free(&l->in);
	free(l);
}

/* --- waiting -------------------------------------------------------------------------------------------------- */

static void begin_wait(struct board_line *l, uint64_t within_us)
{
	l->late = false;
	clock_arm(loop_clock(l->loop), &l->limit, within_us);
}

/* Lets the loop turn once. 0 while there is time. */
static int wait_more(struct board_line *l)
{
	if (l->gone)
		return -EIO;
	if (l->late)
		return -ETIMEDOUT;
	loop_once(l->loop);
	return 0;
}

/* Takes the next whole line out of what came; false when there is none yet. */
static bool take_line(struct board_line *l, struct buf *line)
{
	size_t n;

	while (l->in.len) {
		n = 0;
		while (n < l->in.len && l->in.data[n] != '\r' && l->in.data[n] != '\n')
			n++;
		if (n == l->in.len)
			return false;
		buf_reset(line);
		buf_add(line, l->in.data, n);
		buf_drop(&l->in, n + 1);
		if (n)
			return true;
	}
	return false;
}

int board_ask(struct board_line *l, const char *command, uint64_t within_us, struct buf *answer)
{
	struct buf line;
	bool final = false, ok = false;
	int err = 0;

	buf_init(&line, INPUT_MAX_BYTES);
	port_write(l->port, command, strlen(command));
	port_write(l->port, "\r", 1);
	begin_wait(l, within_us);
	while (!err && !final) {
		if (!take_line(l, &line)) {
			err = wait_more(l);
			continue;
		}
		final = rows_is_final(buf_str(&line));
		ok = !strcmp(buf_str(&line), "OK");
		if (answer && !ok && strcmp(buf_str(&line), command))
			buf_addf(answer, "%s\n", buf_str(&line));
	}
	timer_cancel(&l->limit);
	buf_free(&line);
	return err ? err : ok ? 0 : -EPROTO;
}

int board_wait_line(struct board_line *l, const char *text, uint64_t within_us)
{
	struct buf line;
	int err = 0;

	buf_init(&line, INPUT_MAX_BYTES);
	begin_wait(l, within_us);
	while (!err) {
		if (!take_line(l, &line))
			err = wait_more(l);
		else if (!strcmp(buf_str(&line), text))
			break;
	}
	timer_cancel(&l->limit);
	buf_free(&line);
	return err;
}

/* --- what is made of it --------------------------------------------------------------------------------------- */

/* What it was saying has an end: a while in which nothing comes. */
static int drain(struct board_line *l)
{
	int err = 0;

	do {
		buf_reset(&l->in);
		begin_wait(l, QUIET_US);
		while (!err && !l->in.len && !l->late)
			err = wait_more(l);
		timer_cancel(&l->limit);
	} while (l->in.len && !l->gone);
	return l->gone ? -EIO : 0;
}

int board_sync(struct board_line *l, struct err *e)
{
	int err = -ETIMEDOUT;

	/* ESC gives a prompt up (27.005 3.5.1); the first AT may be eaten by what was half typed. */
	port_write(l->port, "\x1b\r", 2);
	for (int i = 0; i < SYNC_TRIES && err && err != -EIO; i++)
		err = board_ask(l, "AT", SYNC_WITHIN_US, NULL);
	if (!err)
		err = drain(l);
	if (!err)
		err = board_ask(l, "ATE1", ASK_WITHIN_US, NULL);
	if (err == -EIO)
		return err_set(e, err, "board %s went away", l->board->name);
	return err ? err_set(e, err, "board %s does not answer AT at %ld baud", l->board->name, l->board->baud) : 0;
}

int board_revision(struct board_line *l, char *out, size_t size, struct err *e)
{
	struct buf answer;
	const char *text;
	int err;

	buf_init(&answer, 4096);
	err = board_ask(l, "AT+CGMR", ASK_WITHIN_US, &answer);
	text = buf_str(&answer);
	if (!strncmp(text, "+CGMR: ", 7))
		text += 7;
	str_copy(out, size, text);
	out[strcspn(out, "\n")] = '\0';
	buf_free(&answer);
	return err ? err_set(e, err, "board %s does not tell its revision", l->board->name) : 0;
}

int board_reset(struct board_line *l, struct err *e)
{
	const struct board *b = l->board;
	int err;

	if (!b->reset_at)
		return 0;
	err = board_ask(l, b->reset_at, ASK_WITHIN_US, NULL);
	if (!err && b->reset_ready)
		err = board_wait_line(l, b->reset_ready, b->reset_within_us);
	if (err)
		return err_set(e, err, "board %s: after %s: %s", b->name, b->reset_at,
			       err == -EPROTO	? "ERROR"
			       : b->reset_ready ? "no line to say that it is ready"
						: strerror(-err));
	return board_sync(l, e);
}
