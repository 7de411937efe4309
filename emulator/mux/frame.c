/* Octets to frames and back, for one multiplexer. No state of channels here. 27.010 5.2; FCS: its annex B. */
#include "mux/frame.h"

#include <string.h>

enum {
	EA = 0x01, /* extension bit: last octet of a field */
	CR = 0x02,
	FCS_INIT = 0xff,
	FCS_GOOD = 0xcf,       /* of a header with its FCS behind it */
	FCS_POLYNOMIAL = 0xe0, /* x^8 + x^2 + x + 1, lowest bit first */
	HEAD_MAX = 5,	       /* flag, address, control, two lengths */
	READER_MAX = 2 * (MUX_INFO_MAX + HEAD_MAX + 2),
};

const char *mux_type_name(enum mux_type type)
{
	switch (type) {
	case MUX_TYPE_SABM:
		return "SABM";
	case MUX_TYPE_UA:
		return "UA";
	case MUX_TYPE_DM:
		return "DM";
	case MUX_TYPE_DISC:
		return "DISC";
	case MUX_TYPE_UIH:
		return "UIH";
	case MUX_TYPE_UI:
		return "UI";
	}
	return "?";
}

static uint8_t fcs_add(uint8_t fcs, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fcs ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			fcs = (uint8_t)(fcs & 1 ? fcs >> 1 ^ FCS_POLYNOMIAL : fcs >> 1);
	}
	return fcs;
}

int mux_frame_add(struct buf *out, const struct mux_frame *f)
{
	uint8_t head[HEAD_MAX] = {
		MUX_FLAG,
		(uint8_t)(f->dlci << 2 | (f->cr ? CR : 0) | EA),
		(uint8_t)(f->type | (f->poll ? MUX_POLL : 0)),
		(uint8_t)(f->len << 1),
		(uint8_t)(f->len >> 7),
	};
	size_t n = f->len > 127 ? 5 : 4;
	uint8_t tail[2] = { 0, MUX_FLAG }, fcs;
	int err;

	if (n == 4)
		head[3] |= EA;
	fcs = fcs_add(FCS_INIT, head + 1, n - 1);
	if (f->type == MUX_TYPE_UI)
		fcs = fcs_add(fcs, f->info, f->len);
	tail[0] = (uint8_t)~fcs;
	err = buf_add(out, head, n);
	if (!err && f->len)
		err = buf_add(out, f->info, f->len);
	return err ? err : buf_add(out, tail, 2);
}

void mux_reader_init(struct mux_reader *r)
{
	buf_init(&r->bytes, READER_MAX);
	r->pos = r->skipped = 0;
}

void mux_reader_free(struct mux_reader *r)
{
	buf_free(&r->bytes);
}

void mux_reader_reset(struct mux_reader *r)
{
	buf_reset(&r->bytes);
	r->pos = r->skipped = 0;
}

size_t mux_reader_add(struct mux_reader *r, const void *p, size_t n)
{
	size_t room;

	buf_drop(&r->bytes, r->pos);
	r->pos = 0;
	room = r->bytes.max - r->bytes.len;
	n = n < room ? n : room;
	return n && buf_add(&r->bytes, p, n) ? 0 : n;
}

/* What is not read yet. */
static const uint8_t *rest(const struct mux_reader *r, size_t *n)
{
	*n = r->bytes.len - r->pos;
	return (const uint8_t *)buf_str(&r->bytes) + r->pos;
}

static bool is_type(uint8_t control)
{
	switch ((enum mux_type)(control & ~MUX_POLL)) {
	case MUX_TYPE_SABM:
	case MUX_TYPE_UA:
	case MUX_TYPE_DM:
	case MUX_TYPE_DISC:
	case MUX_TYPE_UIH:
	case MUX_TYPE_UI:
		return true;
	}
	return false;
}

static bool carries_info(enum mux_type type)
{
	return type == MUX_TYPE_UIH || type == MUX_TYPE_UI;
}

enum look { LOOK_MORE, LOOK_WRONG, LOOK_GOOD };

/* The header of a frame that begins at p; *head becomes its octets, flag included. */
static enum look look_at_header(const uint8_t *p, size_t n, struct mux_frame *f, size_t *head)
{
	if (n > 1 && !(p[1] & EA))
		return LOOK_WRONG;
	if (n > 2 && !is_type(p[2]))
		return LOOK_WRONG;
	if (n < 4 || (!(p[3] & EA) && n < 5))
		return LOOK_MORE;
	f->dlci = p[1] >> 2;
	f->cr = p[1] & CR;
	f->type = (enum mux_type)(p[2] & ~MUX_POLL);
	f->poll = p[2] & MUX_POLL;
	f->len = p[3] & EA ? p[3] >> 1 : (size_t)p[3] >> 1 | (size_t)p[4] << 7;
	*head = p[3] & EA ? 4 : 5;
	return f->len > MUX_INFO_MAX || (f->len && !carries_info(f->type)) ? LOOK_WRONG : LOOK_GOOD;
}

static enum look look(const uint8_t *p, size_t n, struct mux_frame *f, size_t *octets)
{
	size_t head, all;
	enum look seen = look_at_header(p, n, f, &head);
	uint8_t fcs;

	if (seen != LOOK_GOOD)
		return seen;
	all = head + f->len + 2;
	if (n < all)
		return LOOK_MORE;
	if (p[all - 1] != MUX_FLAG)
		return LOOK_WRONG;
	f->info = p + head;
	fcs = fcs_add(FCS_INIT, p + 1, head - 1);
	if (f->type == MUX_TYPE_UI)
		fcs = fcs_add(fcs, f->info, f->len);
	*octets = all;
	return fcs_add(fcs, p + all - 2, 1) == FCS_GOOD ? LOOK_GOOD : LOOK_WRONG;
}

/* Up to the next flag behind the first octet: what a wrong frame swallowed may hold a good one. */
static void skip_to_flag(struct mux_reader *r)
{
	size_t left, n;
	const uint8_t *p = rest(r, &left), *flag = memchr(p + 1, MUX_FLAG, left - 1);

	n = flag ? (size_t)(flag - p) : left;
	r->skipped += p[0] == MUX_FLAG ? n - 1 : n;
	r->pos += n;
}

/* Any number of flags may stand between two frames; the last one opens. */
static bool find_begin(struct mux_reader *r)
{
	size_t left;
	const uint8_t *p = rest(r, &left);

	if (left && p[0] != MUX_FLAG) {
		skip_to_flag(r);
		p = rest(r, &left);
	}
	while (left > 1 && p[1] == MUX_FLAG) {
		r->pos++;
		p = rest(r, &left);
	}
	return left > 1;
}

bool mux_reader_next(struct mux_reader *r, struct mux_frame *f, size_t *octets)
{
	while (find_begin(r)) {
		size_t left;
		const uint8_t *p = rest(r, &left);
		enum look seen = look(p, left, f, octets);

		if (seen != LOOK_WRONG)
			return seen == LOOK_GOOD;
		skip_to_flag(r);
	}
	return false;
}

void mux_reader_drop(struct mux_reader *r, size_t octets, bool last)
{
	r->pos += last ? octets : octets - 1;
}

size_t mux_reader_left(const struct mux_reader *r)
{
	return r->bytes.len - r->pos;
}

size_t mux_reader_take_skipped(struct mux_reader *r)
{
	size_t n = r->skipped;

	r->skipped = 0;
	return n;
}
