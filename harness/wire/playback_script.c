/* Events in the order of the recording; an echo is told from an answer by being the whole of what the host said. */
#include "harness/wire/playback_script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire/exchange_rows.h"

enum { CTRL_Z = 0x1a, ESC = 0x1b };

struct reader {
	struct beats *s;
	struct buf said; /* of the host, the beat to come */
	bool in_data;
	long data_left;	 /* -1: until Ctrl-Z or ESC */
	struct buf sent; /* of the host, what an echo would be of: the last beat, or the one to come */
	size_t echo;	 /* bytes of it that have come back */
	bool may_echo;
	struct buf line; /* of the modem */
	bool failed;
};

static void *grow(void *items, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? 2 * *cap : 32;
	void *p = items;

	if (n < *cap)
		return items;
	p = reallocarray(items, more, size);
	if (p)
		*cap = more;
	return p;
}

static void add_beat(struct reader *in, enum beat_kind kind, uint64_t t_us)
{
	struct beats *s = in->s;
	struct beat *more = grow(s->list, s->n, &s->cap, sizeof(*more));

	if (!more) {
		in->failed = true;
		return;
	}
	s->list = more;
	s->list[s->n++] = (struct beat){
		.kind = kind,
		.text = s->host.len,
		.len = in->said.len,
		.t_us = t_us,
		.first_part = s->n_parts,
	};
	buf_add(&s->host, buf_str(&in->said), in->said.len);
	buf_addc(&s->host, '\0');
	buf_reset(&in->said);
}

static struct beat *last_beat(struct reader *in)
{
	return &in->s->list[in->s->n - 1];
}

/* Bytes of one event stay one part. */
static void add_part(struct reader *in, const char *p, size_t n, uint64_t t_us)
{
	struct beats *s = in->s;
	struct beat *b = last_beat(in);
	uint64_t after = t_us > b->t_us ? t_us - b->t_us : 0;
	struct beat_part *more;

	if (b->n_parts && s->parts[s->n_parts - 1].after_us == after) {
		s->parts[s->n_parts - 1].len += n;
		buf_add(&s->modem, p, n);
		return;
	}
	more = grow(s->parts, s->n_parts, &s->parts_cap, sizeof(*more));
	if (!more) {
		in->failed = true;
		return;
	}
	s->parts = more;
	s->parts[s->n_parts++] = (struct beat_part){ after, s->modem.len, n };
	b->n_parts++;
	buf_add(&s->modem, p, n);
}

/* --- the host --------------------------------------------------------------------------------------------------- */

static void end_data(struct reader *in, uint64_t t_us)
{
	if (in->said.len)
		add_beat(in, BEAT_DATA, t_us);
	in->in_data = false;
}

static void data_byte(struct reader *in, char c, uint64_t t_us)
{
	buf_addc(&in->said, c);
	if (in->data_left > 0)
		in->data_left--;
	if (!in->data_left || (in->data_left < 0 && (c == CTRL_Z || c == ESC)))
		end_data(in, t_us);
}

static void host_byte(struct reader *in, char c, uint64_t t_us)
{
	if (!in->said.len) {
		buf_reset(&in->sent);
		in->echo = 0;
		in->may_echo = true;
	}
	if (in->in_data) {
		buf_addc(&in->sent, c);
		data_byte(in, c, t_us);
	} else if (c == '\r') {
		buf_addc(&in->sent, c);
		in->may_echo = in->said.len > 0;
		if (in->said.len)
			add_beat(in, BEAT_COMMAND, t_us);
		buf_reset(&in->line);
	} else if (c != '\n') {
		buf_addc(&in->sent, c);
		buf_addc(&in->said, c);
	}
}

/* --- the modem -------------------------------------------------------------------------------------------------- */

static void end_line(struct reader *in, uint64_t t_us)
{
	if (in->in_data && rows_is_final(buf_str(&in->line)))
		end_data(in, t_us);
	buf_reset(&in->line);
}

static void answer_byte(struct reader *in, char c, uint64_t t_us)
{
	struct beat *b = last_beat(in);

	add_part(in, &c, 1, t_us);
	if (c == '\r' || c == '\n') {
		end_line(in, t_us);
		return;
	}
	buf_addc(&in->line, c);
	if (in->line.len != 1 || c != '>' || b->kind != BEAT_COMMAND || b->prompts)
		return;
	b->prompts = true;
	in->in_data = true;
	in->data_left = rows_data_length(beat_text(in->s, b));
}

/* What looked like an echo and is none after all. */
static void give_up_echo(struct reader *in, uint64_t t_us)
{
	in->may_echo = false;
	for (size_t i = 0; i < in->echo; i++)
		answer_byte(in, in->sent.data[i], t_us);
	in->echo = 0;
}

/* True when the byte belongs to an echo. The last byte of what the host says has come before the echo of it. */
static bool echo_byte(struct reader *in, char c, uint64_t t_us)
{
	if (!in->may_echo)
		return false;
	if (in->echo >= in->sent.len || in->sent.data[in->echo] != c) {
		give_up_echo(in, t_us);
		return false;
	}
	in->echo++;
	if (in->said.len || in->echo < in->sent.len)
		return true;
	in->may_echo = false;
	last_beat(in)->echoed = true;
	return true;
}

static void read_event(struct reader *in, const struct wire_event *ev)
{
	for (size_t i = 0; i < ev->len && !in->failed; i++) {
		if (ev->from == WIRE_HOST)
			host_byte(in, ev->data[i], ev->t_us);
		else if (ev->from == WIRE_MODEM && !echo_byte(in, ev->data[i], ev->t_us))
			answer_byte(in, ev->data[i], ev->t_us);
	}
}

int beats_read(struct beats *s, const struct recording *r)
{
	struct reader in = { .s = s };
	uint64_t end = recording_size(r) ? recording_at(r, recording_size(r) - 1).t_us : 0;

	*s = (struct beats){ 0 };
	buf_init(&s->host, SIZE_MAX);
	buf_init(&s->modem, SIZE_MAX);
	buf_init(&in.said, SIZE_MAX);
	buf_init(&in.sent, SIZE_MAX);
	buf_init(&in.line, SIZE_MAX);
	add_beat(&in, BEAT_START, 0);
	for (size_t i = 0; i < recording_size(r) && !in.failed; i++) {
		const struct wire_event ev = recording_at(r, i);

		read_event(&in, &ev);
	}
	if (!in.failed && in.may_echo)
		give_up_echo(&in, end);
	if (!in.failed && in.said.len)
		add_beat(&in, in.in_data ? BEAT_DATA : BEAT_COMMAND, end);
	buf_free(&in.said);
	buf_free(&in.sent);
	buf_free(&in.line);
	return in.failed ? -ENOMEM : 0;
}

void beats_free(struct beats *s)
{
	free(s->list);
	free(s->parts);
	buf_free(&s->host);
	buf_free(&s->modem);
}
