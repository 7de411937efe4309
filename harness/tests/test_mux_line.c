/*
 * The host's end of a multiplexer: frames octet by octet, and what is heard in rows that are fed whole, octet by octet
 * and cut everywhere.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/mux_line.h"

/* UA of channels 0 and 1 (esp-protocols#669). */
#define UP "f9 03 73 01 d7 f9 f9 07 73 01 15 f9 "

static void unhex(struct buf *b, const char *hex)
{
	buf_init(b, 1 << 16);
	ck_assert_msg(!str_unhex(b, hex), "%s", hex);
}

static const struct {
	unsigned dlci;
	enum mux_frame_kind kind;
	const char *text, *frame;
} frames[] = {
	{ 0, MUX_FRAME_SABM, "", "f9 03 3f 01 1c f9" }, /* esp-protocols#669 */
	{ 1, MUX_FRAME_SABM, "", "f9 07 3f 01 de f9" },
	{ 1, MUX_FRAME_DISC, "", "f9 07 53 01 3f f9" },
	{ 0, MUX_FRAME_UIH, "\xc3\x01", "f9 03 ef 05 c3 01 f2 f9" },
	{ 1, MUX_FRAME_UIH, "AT\r", "f9 07 ef 07 41 54 0d d3 f9" },
	{ 1, MUX_FRAME_UIH, "", "f9 07 ef 01 37 f9" },
};

START_TEST(test_frames)
{
	struct buf got, want;

	unhex(&want, frames[_i].frame);
	buf_init(&got, 64);
	ck_assert(!mux_frame_write(&got, frames[_i].dlci, frames[_i].kind, frames[_i].text, strlen(frames[_i].text)));
	ck_assert_uint_eq(got.len, want.len);
	ck_assert_mem_eq(got.data, want.data, want.len);
	buf_free(&got);
	buf_free(&want);
}
END_TEST

static const struct row {
	const char *in, *out, *why;
} rows[] = {
	{ "0d 0a 4f 4b 0d 0a", "", "commands" },
	{ UP, "0 UA/1 UA/", "two channels" },
	{ UP "f9 05 ff 0d 0d 0a 4f 4b 0d 0a 4a f9", "0 UA/1 UA/1 OK/", "an answer" },
	{ UP "f9 05 ff 05 0d 0a 44 f9 f9 05 ff 09 4f 4b 0d 0a 4d f9", "0 UA/1 UA/1 OK/", "one line in two frames" },
	{ UP "f9 05 ff 09 0d 0a 3e 20 4d f9", "0 UA/1 UA/1 > /", "a prompt" },
	{ UP "f9 05 ff 09 7e ff 03 7e 4d f9", "0 UA/1 UA/1 ~\\xff\\x03~/", "PPP" },
	{ UP "f9 01 ff 09 e3 05 07 0d 8f f9", "0 UA/1 UA/0 e3 05 07 0d/", "MSC" },
	{ UP "0d 0a 51 43 52 44 59 0d 0a", "0 UA/1 UA/! QCRDY/", "a line between frames (esp-protocols#669)" },
	{ UP "00 ff " UP, "0 UA/1 UA/! \\x00\\xff/0 UA/1 UA/", "noise between frames" },
	{ UP "f9 05 ff 0d 0d 0a 4f 0d 0a 4a f9 f9 07 73 01 15 f9", "0 UA/1 UA/! a damaged frame/1 UA/",
	  "an octet is lost" },
	{ UP "f9 05 ff 0d 0d 0a 4f 4b 0d 0a 4b f9", "0 UA/1 UA/! a damaged frame/", "a wrong FCS" },
	{ UP "f9 01 ff 05 c1 01 86 f9 0d 0a 4f 4b 0d 0a", "0 UA/1 UA/0 c1 01/", "commands after CLD" },
	{ UP "f9 03 73 01 d7 f9 0d 0a 4f 4b 0d 0a", "0 UA/1 UA/0 UA/", "commands after DISC of channel 0" },
	{ UP "f9 f9 f9 f9 05 ff 0d 0d 0a 4f 4b 0d 0a 4a f9 f9 f9", "0 UA/1 UA/1 OK/", "idle flags" },
	{ UP "f9 07 1f 01 f4 f9", "0 UA/1 UA/1 DM/", "DM" },
};

static void on_line(const char *text, void *ctx)
{
	buf_addf(ctx, "%s/", text);
}

/* All of it in pieces of step octets, the first one of cut. */
static void hear(const struct row *r, size_t cut, size_t step)
{
	struct buf in, out;
	struct mux_ear *e;

	unhex(&in, r->in);
	buf_init(&out, 1 << 16);
	e = mux_ear_new(on_line, &out);
	for (size_t i = 0, n = cut < in.len ? cut : in.len; i < in.len;
	     i += n, n = in.len - i < step ? in.len - i : step)
		mux_ear_hear(e, in.data + i, n);
	ck_assert_msg(!strcmp(buf_str(&out), r->out), "%s, cut %zu:\n got %s\nwant %s", r->why, cut, buf_str(&out),
		      r->out);
	mux_ear_free(e);
	buf_free(&in);
	buf_free(&out);
}

START_TEST(test_rows)
{
	const struct row *r = &rows[_i];

	hear(r, 1000, 1000);
	hear(r, 1, 1);
	for (size_t cut = 1; cut < strlen(r->in) / 3; cut++)
		hear(r, cut, 1000);
}
END_TEST

/* What is written is heard, whatever its length. */
START_TEST(test_lengths)
{
	static const size_t lengths[] = { 1, 126, 127, 128, 1500, 4000 };
	size_t n = lengths[_i];
	char *text = malloc(n + 1);
	struct buf out, line;
	struct mux_ear *e;

	memset(text, 'x', n);
	text[n] = '\n';
	buf_init(&out, 1 << 16);
	buf_init(&line, 1 << 16);
	e = mux_ear_new(on_line, &line);
	ck_assert(!mux_frame_write(&out, 2, MUX_FRAME_UIH, text, n + 1));
	mux_ear_hear(e, out.data, out.len);
	ck_assert_uint_eq(line.len, n + 3);
	ck_assert_mem_eq(line.data, "2 x", 3);
	mux_ear_free(e);
	buf_free(&out);
	buf_free(&line);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mux_line");
	TCase *tc = tcase_create("mux_line");
	SRunner *r;
	int failed;

	tcase_add_loop_test(tc, test_frames, 0, sizeof(frames) / sizeof(frames[0]));
	tcase_add_loop_test(tc, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, test_lengths, 0, 6);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
