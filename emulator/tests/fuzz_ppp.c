/*
 * A host's bytes to the modem's end of PPP, first as they are, then as packets in good frames so that they get in.
 * Held: no crash; what comes out is whole frames of the right check whatever goes in, and it says the same however the
 * bytes are cut; a link that is left alone comes to rest. The first byte chooses the modem.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ppp/hdlc.h"
#include "ppp/ppp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 1 << 20, REST_US = 200000000 };

struct run {
	struct clock *clock;
	struct prng prng;
	struct ppp *ppp;
	struct buf out;
	size_t frames;
};

static void must(bool held)
{
	if (!held)
		abort();
}

static void on_out(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct run *)ctx)->out, p, n);
}

static bool on_login(const struct ppp_login *l, void *ctx)
{
	(void)ctx;
	must(!ppp_login_matches(l, "u", "p") || l->auth == PPP_AUTH_PAP);
	return strlen(l->user) != 3;
}

static bool on_network(struct ppp_network *out, void *ctx)
{
	(void)ctx;
	*out = (struct ppp_network){ 0x0a400002, { 1, 2 } };
	return true;
}

static void on_up(void *ctx)
{
	struct run *r = ctx;

	ppp_send(r->ppp, "E\x7e\x7d", 3);
}

static void on_packet(const void *p, size_t n, void *ctx)
{
	struct run *r = ctx;

	must(n <= HDLC_FRAME_MAX);
	ppp_send(r->ppp, p, n);
}

static void on_end(enum ppp_end end, void *ctx)
{
	struct run *r = ctx;

	must(ppp_end_text(end) != NULL);
	ppp_free(r->ppp);
	r->ppp = NULL;
}

static void on_frame(const uint8_t *frame, size_t n, void *ctx)
{
	struct run *r = ctx;

	must(n >= 2 && frame);
	r->frames++;
}

static struct ppp_config config_of(uint8_t bits)
{
	return (struct ppp_config){
		.auth = (enum ppp_auth)(bits & 3) % 3,
		.active = bits & 4,
		.discard = bits & 8,
		.takes_vj = bits & 16,
		.always_compresses = bits & 32,
		.echo = (enum ppp_echo)(bits >> 6) % 3,
		.chap_name = "x",
		.restart_us = 3000000,
		.tries = 10,
		.end_us = 100000,
	};
}

/* Two octets of length, modulo what is left, then the packet. */
static void make_stream(const uint8_t *data, size_t size, struct buf *out)
{
	buf_add(out, data, size);
	while (size > 2) {
		size_t n = (size_t)(data[0] << 8 | data[1]) % (size - 1);

		n = n < HDLC_FRAME_MAX ? n : HDLC_FRAME_MAX;
		hdlc_add(out, 0, data + 2, n);
		data += 2 + n;
		size -= 2 + n;
	}
}

static void feed(struct run *r, const struct buf *in, size_t step)
{
	for (size_t at = 0; at < in->len && r->ppp; at += step) {
		ppp_feed(r->ppp, in->data + at, in->len - at < step ? in->len - at : step);
		must(r->ppp != NULL);
	}
}

static void play(uint8_t bits, const struct buf *in, size_t step, struct buf *out)
{
	struct run r = { .clock = clock_new_virtual() };
	const struct ppp_ops ops = { on_out, on_login, on_network, on_up, on_packet, on_end, &r };
	const struct ppp_config config = config_of(bits);
	struct hdlc back = { 0 };

	buf_init(&r.out, OUT_MAX);
	prng_seed(&r.prng, 1);
	r.ppp = ppp_new(&config, &ops, r.clock, NULL, &r.prng);
	must(r.ppp != NULL);
	feed(&r, in, step);
	clock_advance_to(r.clock, REST_US);
	must(!r.ppp || !clock_armed(r.clock));
	hdlc_feed(&back, r.out.data, r.out.len, on_frame, &r);
	must(!back.bad && !back.len && (!r.out.len || r.frames));
	buf_add(out, buf_str(&r.out), r.out.len);
	ppp_free(r.ppp);
	buf_free(&r.out);
	clock_free(r.clock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf in, whole, cut;

	if (!size)
		return 0;
	buf_init(&in, OUT_MAX);
	buf_init(&whole, OUT_MAX);
	buf_init(&cut, OUT_MAX);
	make_stream(data + 1, size - 1, &in);
	if (in.len) {
		play(*data, &in, in.len, &whole);
		play(*data, &in, 1 + *data % 7, &cut);
		must(whole.len == cut.len && (!cut.len || !memcmp(whole.data, cut.data, cut.len)));
	}
	buf_free(&in);
	buf_free(&whole);
	buf_free(&cut);
	return 0;
}
