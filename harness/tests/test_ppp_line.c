/*
 * The host's end of PPP: frames octet by octet, and what is heard in rows that are fed whole, octet by octet and cut in
 * two everywhere. Frames are those of captured links (esp-protocols#789, OVMS#720).
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/ppp_line.h"

#define ACK "7eff7d23c0217d227d217d207d347d227d267d207d207d207d207d257d267d32d6e3d17d277d227d287d22d1fe7e"

static void unhex(struct buf *b, const char *hex)
{
	buf_init(b, 1 << 16);
	ck_assert_msg(!str_unhex(b, hex), "%s", hex);
}

START_TEST(test_frame)
{
	struct buf packet, got, want;

	unhex(&packet, "c021 0201 0014 0206 00000000 0506 12d6e3d1 0702 0802");
	unhex(&want, ACK);
	buf_init(&got, 256);
	ck_assert(!ppp_frame_write(&got, packet.data, packet.len));
	ck_assert_uint_eq(got.len, want.len);
	ck_assert_mem_eq(got.data, want.data, want.len);
	buf_free(&packet);
	buf_free(&got);
	buf_free(&want);
}
END_TEST

static const struct row {
	const char *in, *out;
} rows[] = {
	{ "0d0a434f4e4e4543540d0a", "" },
	{ ACK, "LCP ConfAck 1 02:00000000 05:12d6e3d1 07: 08:/" },
	{ "0d0a" ACK "52445900" ACK,
	  "LCP ConfAck 1 02:00000000 05:12d6e3d1 07: 08:/LCP ConfAck 1 02:00000000 05:12d6e3d1 07: 08:/" },
	{ "7e80210202001603066459f4e48106ac1e08058306ac1e08067d5d527e",
	  "IPCP ConfAck 2 03:6459f4e4 81:ac1e0805 83:ac1e0806/" },
	{ "7ec023020e00050004827e", "PAP Ack 14 00/" },
	{ "7eff7d23c0217d2b7d287d207d28477d328b906e367e", "LCP DiscReq 8 47128b90/" },
	{ "7ec023020e00050004837e7ec023020e00050004827e", "PAP Ack 14 00/" },
	{ "7e7e7e007e", "" },
};

static void on_line(const char *text, void *ctx)
{
	buf_adds(ctx, text);
	buf_addc(ctx, '/');
}

static void hear(const struct row *row, size_t cut, size_t step)
{
	struct buf in, out;
	struct ppp_ear *e;

	unhex(&in, row->in);
	buf_init(&out, 1 << 16);
	e = ppp_ear_new(on_line, &out);
	ck_assert_ptr_nonnull(e);
	for (size_t at = 0; at < in.len;) {
		size_t n = at < cut ? cut - at : step;

		n = n < in.len - at ? n : in.len - at;
		ppp_ear_hear(e, in.data + at, n);
		at += n;
	}
	ck_assert_str_eq(buf_str(&out), row->out);
	ppp_ear_free(e);
	buf_free(&in);
	buf_free(&out);
}

START_TEST(test_rows)
{
	size_t n = strlen(rows[_i].in) / 2;

	hear(&rows[_i], 0, 1);
	for (size_t cut = 0; cut <= n; cut++)
		hear(&rows[_i], cut, n);
}
END_TEST

/* What was written is heard, and a request that was heard can be acknowledged. */
START_TEST(test_ack)
{
	struct buf packet, frame, out, ack, hex;
	struct ppp_ear *e;

	unhex(&packet, "8021 0103 000a 0306 c0000201");
	buf_init(&frame, 256);
	buf_init(&out, 256);
	buf_init(&ack, 256);
	buf_init(&hex, 256);
	e = ppp_ear_new(on_line, &out);
	ck_assert_int_eq(ppp_ear_ack(e, PPP_LINE_IPCP, &ack), -ENOENT);
	ck_assert(!ppp_frame_write(&frame, packet.data, packet.len));
	ppp_ear_hear(e, frame.data, frame.len);
	ck_assert_str_eq(buf_str(&out), "IPCP ConfReq 3 03:c0000201/");
	ck_assert_int_eq(ppp_ear_ack(e, PPP_LINE_LCP, &ack), -ENOENT);
	ck_assert_int_eq(ppp_ear_ack(e, PPP_LINE_IPCP, &ack), 0);
	str_hex(&hex, ack.data, ack.len);
	ck_assert_str_eq(buf_str(&hex), "80210203000a0306c0000201");
	ppp_ear_free(e);
	buf_free(&packet);
	buf_free(&frame);
	buf_free(&out);
	buf_free(&ack);
	buf_free(&hex);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ppp line");
	TCase *tc = tcase_create("ppp line");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, test_frame);
	tcase_add_loop_test(tc, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, test_ack);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
