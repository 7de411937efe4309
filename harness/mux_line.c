/* One octet after the other, as a small host would read them; 27.010 5.2, the FCS by halves of an octet. */
#include "harness/mux_line.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum {
	FLAG = 0xf9,
	FINAL = 0x10,
	DLCIS = 64,
	INFO_MAX = 32767,
	PART_MAX = 4096, /* of a line that does not end */
};

/* Of four bits with the polynomial x^8 + x^2 + x + 1, lowest bit first. */
static const uint8_t fcs_of[16] = {
	0x00, 0x1c, 0x38, 0x24, 0x70, 0x6c, 0x48, 0x54, 0xe0, 0xfc, 0xd8, 0xc4, 0x90, 0x8c, 0xa8, 0xb4,
};

static const struct {
	uint8_t control;
	const char *name;
} kinds[] = {
	[MUX_FRAME_UIH] = { 0xef, "UIH" }, [MUX_FRAME_SABM] = { 0x2f, "SABM" }, [MUX_FRAME_DISC] = { 0x43, "DISC" },
	[MUX_FRAME_UA] = { 0x63, "UA" },   [MUX_FRAME_DM] = { 0x0f, "DM" },
};

static uint8_t fcs_step(uint8_t fcs, uint8_t c)
{
	fcs ^= c;
	fcs = (uint8_t)(fcs >> 4 ^ fcs_of[fcs & 15]);
	return (uint8_t)(fcs >> 4 ^ fcs_of[fcs & 15]);
}

int mux_frame_write(struct buf *out, unsigned dlci, enum mux_frame_kind kind, const void *p, size_t n)
{
	uint8_t head[5] = { FLAG, (uint8_t)(dlci * 4 + 3), kinds[kind].control }, tail[2] = { 0xff, FLAG };
	size_t n_head = 4;
	int err;

	if (kind != MUX_FRAME_UIH) {
		head[2] |= FINAL;
		n = 0;
	}
	head[3] = (uint8_t)(n * 2 + 1);
	if (n > 127) {
		head[3] = (uint8_t)(n * 2);
		head[n_head++] = (uint8_t)(n / 128);
	}
	for (size_t i = 1; i < n_head; i++)
		tail[0] = fcs_step(tail[0], head[i]);
	tail[0] ^= 0xff;
	err = buf_add(out, head, n_head);
	if (!err && n)
		err = buf_add(out, p, n);
	return err ? err : buf_add(out, tail, sizeof(tail));
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

enum ear_state { EAR_BETWEEN, EAR_ADDRESS, EAR_CONTROL, EAR_LENGTH, EAR_LENGTH_2, EAR_INFO, EAR_FCS, EAR_END };

struct mux_ear {
	void (*line)(const char *text, void *ctx);
	void *ctx;
	enum ear_state state;
	bool active; /* frames are being heard, so that anything else is worth a word */
	uint8_t address, control, fcs;
	size_t want;
	struct buf info, text;
	struct buf noise;
	struct buf part[DLCIS]; /* the unfinished line of a channel */
};

struct mux_ear *mux_ear_new(void (*line)(const char *text, void *ctx), void *ctx)
{
	struct mux_ear *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->line = line;
	e->ctx = ctx;
	buf_init(&e->info, INFO_MAX);
	buf_init(&e->text, 4 * INFO_MAX + 16);
	buf_init(&e->noise, PART_MAX);
	for (size_t i = 0; i < DLCIS; i++)
		buf_init(&e->part[i], PART_MAX);
	return e;
}

void mux_ear_free(struct mux_ear *e)
{
	if (!e)
		return;
	buf_free(&e->info);
	buf_free(&e->text);
	buf_free(&e->noise);
	for (size_t i = 0; i < DLCIS; i++)
		buf_free(&e->part[i]);
	free(e);
}

static void tell(struct mux_ear *e)
{
	e->line(buf_str(&e->text), e->ctx);
	buf_reset(&e->text);
}

static void tell_part(struct mux_ear *e, const char *whose, struct buf *part)
{
	if (!part->len)
		return;
	buf_addf(&e->text, "%s ", whose);
	str_escape(&e->text, part->data, part->len);
	buf_reset(part);
	tell(e);
}

static void add_to_part(struct mux_ear *e, const char *whose, struct buf *part, char c)
{
	if (c == '\r' || c == '\n')
		tell_part(e, whose, part);
	else if (buf_addc(part, c)) {
		tell_part(e, whose, part);
		buf_addc(part, c);
	}
}

/* What will not be followed by a line end: a prompt, and a frame of PPP. */
static bool is_whole(const struct buf *part)
{
	const char *s = buf_str(part);

	return !strcmp(s, ">") || !strcmp(s, "> ") || (part->len && s[part->len - 1] == '~');
}

static void hear_data(struct mux_ear *e, unsigned dlci)
{
	struct buf *part = &e->part[dlci];
	char whose[8];

	snprintf(whose, sizeof(whose), "%u", dlci);
	for (size_t i = 0; i < e->info.len; i++)
		add_to_part(e, whose, part, e->info.data[i]);
	if (is_whole(part))
		tell_part(e, whose, part);
}

/* CLD is the end of frames, whoever said it first. */
static void hear_control(struct mux_ear *e)
{
	if (e->info.len && ((uint8_t)e->info.data[0] | 2) == 0xc3)
		e->active = false;
	buf_adds(&e->text, "0");
	for (size_t i = 0; i < e->info.len; i++)
		buf_addf(&e->text, " %02x", (uint8_t)e->info.data[i]);
	tell(e);
}

/* UA on channel 0 is the first thing that is heard, or the last one. */
static void hear_frame(struct mux_ear *e)
{
	unsigned dlci = e->address / 4;
	uint8_t control = e->control & (uint8_t)~FINAL;
	size_t i = 0;

	while (i < sizeof(kinds) / sizeof(kinds[0]) && kinds[i].control != control)
		i++;
	e->active = !(e->active && !dlci && control == kinds[MUX_FRAME_UA].control);
	if (control == kinds[MUX_FRAME_UIH].control && dlci) {
		hear_data(e, dlci);
	} else if (control == kinds[MUX_FRAME_UIH].control) {
		hear_control(e);
	} else {
		buf_addf(&e->text, "%u %s", dlci, i < sizeof(kinds) / sizeof(kinds[0]) ? kinds[i].name : "?");
		tell(e);
	}
}

static void begin_frame(struct mux_ear *e)
{
	if (e->active)
		tell_part(e, "!", &e->noise);
	buf_reset(&e->noise);
	buf_reset(&e->info);
	e->fcs = 0xff;
	e->want = 0;
	e->state = EAR_ADDRESS;
}

static void between(struct mux_ear *e, uint8_t c)
{
	if (c == FLAG)
		begin_frame(e);
	else if (e->active)
		add_to_part(e, "!", &e->noise, (char)c);
}

/* The closing flag may open the next frame. */
static void end_frame(struct mux_ear *e, uint8_t c)
{
	bool good = c == FLAG && e->fcs == 0xcf;

	e->state = EAR_BETWEEN;
	if (good)
		hear_frame(e);
	else if (e->active)
		e->line("! a damaged frame", e->ctx);
	if (c == FLAG)
		begin_frame(e);
}

static void length_known(struct mux_ear *e)
{
	e->state = e->want ? EAR_INFO : EAR_FCS;
}

/* After a flag: another one, an address, or what has nothing to do with frames. */
static void address(struct mux_ear *e, uint8_t c)
{
	if (c == FLAG)
		return;
	if (!(c & 1)) {
		e->state = EAR_BETWEEN;
		between(e, c);
		return;
	}
	e->address = c;
	e->fcs = fcs_step(e->fcs, c);
	e->state = EAR_CONTROL;
}

static bool is_control(uint8_t c)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].control == (c & (uint8_t)~FINAL))
			return true;
	}
	return false;
}

/* Text behind a frame begins like an address now and then. */
static void control(struct mux_ear *e, uint8_t c)
{
	if (!is_control(c)) {
		e->state = EAR_BETWEEN;
		between(e, e->address);
		between(e, c);
		return;
	}
	e->control = c;
	e->fcs = fcs_step(e->fcs, c);
	e->state = EAR_LENGTH;
}

static void hear(struct mux_ear *e, uint8_t c)
{
	switch (e->state) {
	case EAR_BETWEEN:
		between(e, c);
		break;
	case EAR_ADDRESS:
		address(e, c);
		break;
	case EAR_CONTROL:
		control(e, c);
		break;
	case EAR_LENGTH:
		e->fcs = fcs_step(e->fcs, c);
		e->want = c / 2;
		e->state = EAR_LENGTH_2;
		if (c & 1)
			length_known(e);
		break;
	case EAR_LENGTH_2:
		e->fcs = fcs_step(e->fcs, c);
		e->want += (size_t)c * 128;
		length_known(e);
		break;
	case EAR_INFO:
		buf_addc(&e->info, (char)c);
		if (!--e->want)
			e->state = EAR_FCS;
		break;
	case EAR_FCS:
		e->fcs = fcs_step(e->fcs, c);
		e->state = EAR_END;
		break;
	case EAR_END:
		end_frame(e, c);
		break;
	}
}

void mux_ear_hear(struct mux_ear *e, const void *p, size_t n)
{
	const uint8_t *c = p;

	for (size_t i = 0; i < n; i++) {
		if (e->state == EAR_BETWEEN && !e->active) {
			const uint8_t *flag = memchr(c + i, FLAG, n - i);

			if (!flag)
				return;
			i = (size_t)(flag - c);
		}
		hear(e, c[i]);
	}
}
