/*
 * A modem whose UART is multiplexed, under random frames, noise and commands on its channels. Held: what the
 * multiplexer says does not depend on where its input was cut; whatever was said, the modem takes commands again after
 * CLD.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/emu.h"
#include "io/port_pair.h"
#include "mux/frame.h"
#include "mux/mux.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 2048, OUT_MAX = 1 << 24 };

/* --- the multiplexer alone --------------------------------------------------------------------------------------- */

struct side {
	struct mux *mux;
	struct buf out;
};

static void on_out(const void *p, size_t n, void *ctx)
{
	if (buf_add(&((struct side *)ctx)->out, p, n))
		abort(); /* more than any input of this size may cause */
}

/* The channel echoes; a letter holds it, another one lets it go. */
static void on_data(unsigned channel, const void *p, size_t n, void *ctx)
{
	struct side *s = ctx;
	const char *c = p;

	mux_write(s->mux, channel, p, n);
	if (*c == 'h' || *c == 'g')
		mux_hold(s->mux, channel, *c == 'h');
}

static void on_event(enum mux_event ev, unsigned channel, void *ctx)
{
	struct side *s = ctx;

	buf_addf(&s->out, "[%u %d]", channel, (int)ev);
}

static void side_new(struct side *s)
{
	const struct mux_ways ways = { .frame_max = 127, .final = true, .tell_status = true, .notice = "X" };
	const struct mux_hooks hooks = { on_out, on_data, on_event, s };

	buf_init(&s->out, OUT_MAX);
	s->mux = mux_new(&ways, &hooks, NULL);
	if (!s->mux)
		abort();
	mux_start(s->mux, 0);
}

static void side_free(struct side *s)
{
	mux_free(s->mux);
	buf_free(&s->out);
}

/* What came behind an end in the same piece is given back, and fed again to the next one, which begins at once. */
static void side_feed(struct side *s, const uint8_t *p, size_t n)
{
	while (n) {
		size_t took = mux_feed(s->mux, p, n);

		p += took;
		n -= took;
		if (!mux_is_running(s->mux))
			mux_start(s->mux, 0);
	}
}

static void alone(const uint8_t *data, size_t size)
{
	struct side whole, cut;

	side_new(&whole);
	side_new(&cut);
	side_feed(&whole, data, size);
	for (size_t i = 0; i < size; i++)
		side_feed(&cut, data + i, 1);
	if (whole.out.len != cut.out.len || memcmp(buf_str(&whole.out), buf_str(&cut.out), whole.out.len) != 0) {
		fprintf(stderr, "whole %zu octets, cut %zu\n", whole.out.len, cut.out.len);
		abort();
	}
	side_free(&whole);
	side_free(&cut);
}

/* --- a whole modem ----------------------------------------------------------------------------------------------- */

static const char *const lines[] = {
	"AT\r",	       "ATE0\r",       "ATE1V0\r",	    "AT&V\r",
	"AT+CMUX=0\r", "AT+CMUX?\r",   "AT+COPS=?\r",	    "AT+CATR=5\r",
	"AT+CATR=0\r", "AT+CMGF=1\r",  "AT+CMGS=\"1\"\r",   "hello\x1a",
	"\x1b",	       "AT+NETOPEN\r", "AT+CIPMODE=1\r",    "AT&D1\r",
	"+++",	       "ATO\r",	       "ATD*99#\r",	    "AT+CGDATA=\"PPP\",1\r",
	"ATH\r",       "AT&W\r",       "AT+CGREG=2;+CSQ\r", "AT+CRESET\r",
};

static const char *const control[] = {
	"urc +X: 1", "net drop", "net up", "power cycle", "port mux2 urc +X: 2", "port mux1 mute 1s",
};

struct rig {
	struct clock *clock;
	struct emu *emu;
	struct port *host;
	struct buf seen;
};

static void on_rx(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct rig *)ctx)->seen, p, n);
}

static void on_port_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void pass(struct rig *r, uint64_t ms)
{
	clock_advance_to(r->clock, clock_now_us(r->clock) + ms * 1000);
}

static const struct emu_setup *setup(void)
{
	static struct emu_setup *loaded;
	struct err e = { 0 };

	if (!loaded)
		loaded = emu_setup_load(&(struct emu_setup_options){ 0 }, &e);
	if (!loaded)
		abort();
	return loaded;
}

static void frame(struct rig *r, unsigned dlci, enum mux_type type, const void *p, size_t n)
{
	struct buf out;

	buf_init(&out, 4096);
	mux_frame_add(
		&out,
		&(struct mux_frame){
			.dlci = dlci, .cr = true, .type = type, .poll = type != MUX_TYPE_UIH, .info = p, .len = n });
	port_write(r->host, out.data, out.len);
	buf_free(&out);
	pass(r, 1);
}

static void act(struct rig *r, uint8_t what, uint8_t with, const uint8_t *rest, size_t n_rest)
{
	const char *line = lines[with % (sizeof(lines) / sizeof(lines[0]))];
	struct buf reply;

	switch (what % 8) {
	case 0:
	case 1:
	case 2:
		frame(r, what / 8 % 6, MUX_TYPE_UIH, line, strlen(line));
		break;
	case 3:
		frame(r, what / 8 % 6, with % 4 ? MUX_TYPE_SABM : MUX_TYPE_DISC, NULL, 0);
		break;
	case 4:
		frame(r, 0, MUX_TYPE_UIH, rest, n_rest < with % 12 ? n_rest : with % 12);
		break;
	case 5:
		port_write(r->host, rest, n_rest < with % 40 ? n_rest : with % 40);
		break;
	case 6:
		pass(r, (uint64_t)with * 20);
		break;
	case 7:
		buf_init(&reply, 1 << 16);
		emu_control(r->emu, control[with % (sizeof(control) / sizeof(control[0]))], &reply);
		buf_free(&reply);
		break;
	}
}

/* Out of whatever it is in: half a frame, the multiplexer, a call, a prompt. */
static bool answers(struct rig *r)
{
	static const char filler[MUX_INFO_MAX];

	pass(r, 200000); /* AT+CMUX may have been typed ahead */
	port_write(r->host, filler, sizeof(filler));
	frame(r, 0, MUX_TYPE_SABM, NULL, 0);
	frame(r, 0, MUX_TYPE_UIH, "\xa3\x01", 2);
	frame(r, 0, MUX_TYPE_UIH, "\xc3\x01", 2);
	pass(r, 200000);
	port_write(r->host, "+++", 3);
	pass(r, 2000);
	port_write(r->host, "\x1b\rATQ0V1H\r", 10);
	pass(r, 100);
	buf_reset(&r->seen);
	port_write(r->host, "AT\r", 3);
	pass(r, 1000);
	return r->seen.len && strstr(buf_str(&r->seen), "\r\nOK\r\n");
}

static void whole(const uint8_t *data, size_t size)
{
	struct emu_options o = { .setup = setup(), .seed = 1 };
	struct rig r = { .clock = clock_new_virtual() };
	struct err e = { 0 };

	buf_init(&r.seen, OUT_MAX);
	o.clock = r.clock;
	if (!r.clock || port_pair_new(r.clock, 65536, &r.host, &o.port))
		abort();
	port_set_owner(r.host, on_rx, on_port_event, &r);
	r.emu = emu_new(&o, &e);
	if (!r.emu)
		abort();
	port_write(r.host, "AT+CMUX=0\r", 10);
	pass(&r, 1);
	for (unsigned i = 0; i < 3; i++)
		frame(&r, i, MUX_TYPE_SABM, NULL, 0);
	for (size_t i = 0; i + 2 <= size; i += 2)
		act(&r, data[i], data[i + 1], data + i + 2, size - i - 2);
	if (!answers(&r)) {
		fprintf(stderr, "no answer: %s\n", buf_str(&r.seen));
		abort();
	}
	emu_free(r.emu);
	port_free(r.host);
	buf_free(&r.seen);
	if (clock_armed(r.clock))
		abort();
	clock_free(r.clock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > INPUT_MAX)
		return 0;
	alone(data, size);
	whole(data, size < 128 ? size : 128);
	return 0;
}
