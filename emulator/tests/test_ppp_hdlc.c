/* Frames of RFC 1662: captured ones both ways, cut everywhere, damage, noise, lengths at both ends. */
#include "ppp/hdlc.h"
#include "tests/test_ppp_peer.h"

#include <stdlib.h>

#define ALL UINT32_MAX

/* Frames of real links: of a SIM7600 and its hosts, in esp-protocols#789 and OVMS#720. */
static const struct {
	const char *wire, *packet;
	uint32_t accm;
} captured[] = {
	{ "7eff7d23c0217d227d217d207d347d227d267d207d207d207d207d257d267d32d6e3d17d277d227d287d22d1fe7e",
	  "ff03c02102010014020600000000050612d6e3d107020802", ALL },
	{ "7eff0380210102001603066459f4e48106ac1e08058306ac1e0806eb317e",
	  "ff0380210102001603066459f4e48106ac1e08058306ac1e0806", 0 },
	{ "7e80210202001603066459f4e48106ac1e08058306ac1e08067d5d527e",
	  "80210202001603066459f4e48106ac1e08058306ac1e0806", 0 },
	{ "7eff03802102010004cd927e", "ff03802102010004", 0 },
	{ "7ec023020e00050004827e", "c023020e000500", 0 },
	{ "7eff7d23c0217d2b7d287d207d28477d328b906e367e", "ff03c0210b08000847128b90", ALL },
};

struct got {
	struct buf text;
	unsigned frames;
};

static void take(const uint8_t *frame, size_t n, void *ctx)
{
	struct got *g = ctx;

	if (g->frames++)
		buf_addc(&g->text, ' ');
	str_hex(&g->text, frame, n);
}

/* Feeds n bytes in pieces of at most step. */
static void feed(struct hdlc *h, struct got *g, const char *p, size_t n, size_t step)
{
	for (size_t i = 0; i < n; i += step)
		hdlc_feed(h, p + i, n - i < step ? n - i : step, take, g);
}

static void check(const char *bytes, size_t n, size_t step, const char *want, unsigned bad)
{
	struct hdlc h = { 0 };
	struct got g = { 0 };

	buf_init(&g.text, 16384);
	feed(&h, &g, bytes, n, step);
	ck_assert_str_eq(buf_str(&g.text), want);
	ck_assert_uint_eq(h.bad, bad);
	buf_free(&g.text);
}

static void check_hex(const char *hex, const char *want, unsigned bad)
{
	struct buf bytes;

	buf_init(&bytes, 16384);
	ck_assert_int_eq(str_unhex(&bytes, hex), 0);
	for (size_t step = 1; step <= bytes.len; step++)
		check(bytes.data, bytes.len, step, want, bad);
	buf_free(&bytes);
}

START_TEST(test_captured)
{
	struct buf packet, wire, text;

	buf_init(&packet, 2048);
	buf_init(&wire, 4096);
	buf_init(&text, 8192);
	check_hex(captured[_i].wire, captured[_i].packet, 0);
	ck_assert_int_eq(str_unhex(&packet, captured[_i].packet), 0);
	ck_assert_int_eq(hdlc_add(&wire, captured[_i].accm, packet.data, packet.len), 0);
	str_hex(&text, wire.data, wire.len);
	ck_assert_str_eq(buf_str(&text), captured[_i].wire);
	buf_free(&packet);
	buf_free(&wire);
	buf_free(&text);
}
END_TEST

#define PAP "7ec023020e00050004827e"
#define PAP_IN "c023020e000500"
#define ACK "7eff03802102010004cd927e"
#define ACK_IN "ff03802102010004"

static const struct {
	const char *wire, *packets;
	unsigned bad;
} rows[] = {
	{ "", "", 0 },
	{ "7e7e7e7e", "", 0 },
	{ PAP ACK, PAP_IN " " ACK_IN, 0 },
	{ "7ec023020e00050004827eff03802102010004cd927e", PAP_IN " " ACK_IN, 0 }, /* one flag between */
	{ "41540d0a" PAP, PAP_IN, 0 }, /* noise before the first flag is nobody's frame */
	{ PAP "41540d" ACK, PAP_IN " " ACK_IN, 1 },
	{ "7ec023020e00050104827e" ACK, ACK_IN, 1 }, /* a bit has changed */
	{ "7ec023020e0005" ACK, ACK_IN, 1 },	     /* its end is missing */
	{ "7ec023020e000500047d7e" ACK, ACK_IN, 0 }, /* given up by its sender */
	{ "7e04827e" ACK, ACK_IN, 1 },		     /* too short to be one */
	{ "7d7e" PAP, PAP_IN, 0 },
	{ "7e7de37d037d227d2e7d207d257d20247d5d5e7e" PAP, PAP_IN, 1 },
};

START_TEST(test_rows)
{
	check_hex(rows[_i].wire, rows[_i].packets, rows[_i].bad);
}
END_TEST

/* The longest frame fits, one octet more does not, and the next frame is whole again. */
START_TEST(test_length)
{
	for (size_t n = HDLC_FRAME_MAX - 3; n <= HDLC_FRAME_MAX; n++) {
		struct buf packet, wire, want;

		buf_init(&packet, HDLC_FRAME_MAX);
		buf_init(&wire, 4 * HDLC_FRAME_MAX);
		buf_init(&want, 4 * HDLC_FRAME_MAX);
		for (size_t i = 0; i < n; i++)
			buf_addc(&packet, (char)i);
		ck_assert_int_eq(hdlc_add(&wire, 0, packet.data, n), 0);
		if (n + 2 <= HDLC_FRAME_MAX)
			str_hex(&want, packet.data, n);
		peer_frame(&wire, PAP_IN);
		buf_adds(&want, want.len ? " " PAP_IN : PAP_IN);
		check(wire.data, wire.len, wire.len, buf_str(&want), n + 2 > HDLC_FRAME_MAX);
		buf_free(&packet);
		buf_free(&wire);
		buf_free(&want);
	}
}
END_TEST

/* Each single bit of a frame that changes is noticed. */
START_TEST(test_bits)
{
	struct buf wire;

	buf_init(&wire, 256);
	ck_assert_int_eq(str_unhex(&wire, ACK), 0);
	for (size_t bit = 8; bit < 8 * (wire.len - 1); bit++) {
		struct hdlc h = { 0 };
		struct got g = { 0 };

		buf_init(&g.text, 256);
		wire.data[bit / 8] = (char)(wire.data[bit / 8] ^ 1 << bit % 8);
		feed(&h, &g, wire.data, wire.len, wire.len);
		ck_assert_str_eq(buf_str(&g.text), "");
		wire.data[bit / 8] = (char)(wire.data[bit / 8] ^ 1 << bit % 8);
		buf_free(&g.text);
	}
	buf_free(&wire);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ppp_hdlc");
	TCase *tc = tcase_create("ppp_hdlc");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_captured, 0, sizeof(captured) / sizeof(captured[0]));
	tcase_add_loop_test(tc, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, test_length);
	tcase_add_test(tc, test_bits);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
