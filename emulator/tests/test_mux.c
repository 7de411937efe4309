/*
 * The multiplexer alone: frames with their FCS, channels, control messages, noise. Rows are octets of the line in hex,
 * and what comes of them does not depend on where the line was cut. Those with a source were seen on real modems.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "mux/frame.h"
#include "mux/mux.h"

/* What a host sends to open the control channel and channel 1, and what it gets. */
#define OPEN "f9 03 3f 01 1c f9 f9 07 3f 01 de f9 "
#define OPENED "f9 03 73 01 d7 f9 f9 07 73 01 15 f9 "

struct bench {
	struct mux *mux;
	struct buf out; /* octets to the host */
	struct buf log; /* what was told, a word each */
	bool stop_on_data;
};

static const struct mux_ways ways = { .frame_max = 127, .final = true, .notice = "" };

static void on_out(const void *p, size_t n, void *ctx)
{
	ck_assert_int_eq(buf_add(&((struct bench *)ctx)->out, p, n), 0);
}

static void add_hex(struct buf *b, const void *p, size_t n)
{
	const unsigned char *c = p;

	for (size_t i = 0; i < n; i++)
		buf_addf(b, "%02x", c[i]);
}

static void on_data(unsigned channel, const void *p, size_t n, void *ctx)
{
	struct bench *b = ctx;

	buf_addf(&b->log, "%u<", channel);
	add_hex(&b->log, p, n);
	buf_addc(&b->log, ' ');
	if (b->stop_on_data)
		mux_stop(b->mux);
}

static void on_event(enum mux_event ev, unsigned channel, void *ctx)
{
	static const char *const names[] = { "open", "closed", "dtr", "writable", "ended" };

	buf_addf(&((struct bench *)ctx)->log, "%u:%s ", channel, names[ev]);
}

static void bench_start(struct bench *b, const struct mux_ways *w)
{
	const struct mux_hooks hooks = { on_out, on_data, on_event, b };

	memset(b, 0, sizeof(*b));
	buf_init(&b->out, 1 << 20);
	buf_init(&b->log, 1 << 20);
	b->mux = mux_new(w, &hooks, NULL);
	ck_assert_ptr_nonnull(b->mux);
	mux_start(b->mux, 0);
}

static void bench_stop(struct bench *b)
{
	mux_free(b->mux);
	buf_free(&b->out);
	buf_free(&b->log);
}

static void unhex(struct buf *b, const char *hex)
{
	buf_init(b, 1 << 16);
	ck_assert_msg(!str_unhex(b, hex), "%s", hex);
}

static void same_hex(const struct buf *got, const char *hex, const char *why)
{
	struct buf want, a, b;

	unhex(&want, hex);
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	add_hex(&a, got->data, got->len);
	add_hex(&b, want.data, want.len);
	ck_assert_msg(!strcmp(buf_str(&a), buf_str(&b)), "%s:\n got %s\nwant %s", why, buf_str(&a), buf_str(&b));
	buf_free(&want);
	buf_free(&a);
	buf_free(&b);
}

/* --- conversations ----------------------------------------------------------------------------------------------- */

static const struct row {
	const char *in, *out, *log, *why;
} rows[] = {
	{ OPEN, OPENED, "1:open ", "esp-protocols#669: SABM 0 and 1" },
	{ "f9 03 3f 01 1c f9 f9 07 3f 01 de f9 f9 0b 3f 01 59 f9",
	  "f9 03 73 01 d7 f9 f9 07 73 01 15 f9 f9 0b 73 01 92 f9", "1:open 2:open ",
	  "esp-protocols#103: three channels" },
	{ "f9 03 3f 01 1c f9 07 3f 01 de f9", OPENED, "1:open ", "one flag between two frames" },
	{ "f9 f9 f9 f9 03 3f 01 1c f9 f9 f9 f9 f9 07 3f 01 de f9 f9", OPENED, "1:open ", "idle flags" },
	{ "f9 03 2f 01 09 f9", "f9 03 63 01 c2 f9", "", "SABM without P is answered without F" },
	{ "f9 07 3f 01 de f9", "f9 07 1f 01 f4 f9", "", "no channel before the control channel: DM" },
	{ "f9 03 3f 01 1c f9 f9 17 3f 01 54 f9", "f9 03 73 01 d7 f9 f9 17 1f 01 7e f9", "", "a fifth channel: DM" },
	{ "f9 03 3f 01 1c f9 f9 07 ef 05 41 54 30 f9", "f9 03 73 01 d7 f9 f9 07 0f 01 e1 f9", "",
	  "data on a closed channel: DM" },
	{ OPEN "f9 07 3f 01 de f9", OPENED "f9 07 73 01 15 f9", "1:open ", "SABM again: UA, and the channel stays" },
	{ OPEN "f9 07 ef 07 41 54 0d d3 f9", OPENED, "1:open 1<41540d ", "UIH 0xEF" },
	{ OPEN "f9 05 ef 07 41 54 0d b2 f9", OPENED, "1:open 1<41540d ", "UIH whose C/R bit is 0 (zephyr#63577)" },
	{ OPEN "f9 07 ff 07 41 54 0d c6 f9", OPENED, "1:open 1<41540d ", "UIH 0xFF" },
	{ OPEN "f9 07 03 05 f9 f9 97 f9", OPENED, "1:open 1<f9f9 ",
	  "UI: its FCS is over the data too, which are flags" },
	{ OPEN "f9 07 ef 01 37 f9", OPENED, "1:open ", "UIH without data" },
	{ OPEN "f9 07 ef 0e 00 31 32 33 34 35 36 37 49 f9", OPENED, "1:open 1<31323334353637 ",
	  "a length of 7 in two octets" },
	{ OPEN "f9 07 53 01 3f f9", OPENED "f9 07 73 01 15 f9", "1:open 1:closed ", "DISC of a channel: UA" },
	{ OPEN "f9 0b 53 01 b8 f9", OPENED "f9 0b 1f 01 73 f9", "1:open ", "DISC of a closed channel: DM" },
	{ OPEN "f9 03 53 01 fd f9", OPENED "f9 03 73 01 d7 f9", "1:open 1:closed 0:ended ",
	  "DISC of channel 0 ends it" },
	{ OPEN "f9 03 ef 05 c3 01 f2 f9", OPENED "f9 01 ff 05 c1 01 86 f9", "1:open 1:closed 0:ended ",
	  "CLD as esp_modem sends it; the answer is CLD" },
	{ OPEN "f9 07 1f 01 f4 f9", OPENED, "1:open 1:closed ", "DM of the host" },
	{ OPEN "f9 03 ef 09 e3 05 07 0d fb f9", OPENED "f9 01 ff 09 e1 05 07 0d 8f f9", "1:open ",
	  "MSC: DTR and RTS are on" },
	{ OPEN "f9 03 ef 09 e3 05 07 09 fb f9 f9 03 ef 09 e3 05 07 09 fb f9",
	  OPENED "f9 01 ff 09 e1 05 07 09 8f f9 f9 01 ff 09 e1 05 07 09 8f f9", "1:open 1:dtr ",
	  "MSC: DTR drops once" },
	{ OPEN "f9 03 ef 0b e3 07 07 0d 01 18 f9", OPENED "f9 01 ff 0b e1 07 07 0d 01 6c f9", "1:open ",
	  "MSC with a break octet" },
	{ OPEN "f9 03 ef 09 23 05 61 62 fb f9", OPENED "f9 01 ff 09 21 05 61 62 8f f9", "1:open ",
	  "TEST: the same octets" },
	{ OPEN "f9 03 ef 07 43 03 05 11 f9", OPENED "f9 01 ff 07 11 03 43 65 f9", "1:open ",
	  "PSC is not supported: NSC names it" },
	{ OPEN "f9 03 ef 05 91 01 f2 f9", OPENED, "1:open ", "a response of the host needs no answer" },
	{ "f9 03 3f 01 1c f9 f9 03 ef 15 83 11 02 00 07 0a 40 00 03 02 ee f9",
	  "f9 03 73 01 d7 f9 f9 01 ff 15 81 11 02 00 07 0a 40 00 03 02 9a f9", "", "PN: smaller frames are fine" },
	{ "f9 03 3f 01 1c f9 f9 03 ef 15 83 11 02 00 07 0a dc 05 03 02 ee f9",
	  "f9 03 73 01 d7 f9 f9 01 ff 15 81 11 02 00 07 0a 7f 00 03 02 9a f9", "",
	  "PN: 1500 becomes what the modem makes" },
	{ OPEN "f9 03 ef 09 c3 01 00 00 fb f9", OPENED "f9 01 ff 05 c1 01 86 f9", "1:open 1:closed 0:ended ",
	  "nothing is heard behind CLD" },
	{ OPEN "f9 03 ef 0d a3 01 e3 05 07 0d fc f9", OPENED "f9 01 ff 05 a1 01 86 f9 f9 01 ff 09 e1 05 07 0d 8f f9",
	  "1:open ", "two messages in one frame" },
	{ OPEN "f9 03 ef 07 e3 05 07 11 f9", OPENED, "1:open ", "a message that is cut off" },
	/* noise */
	{ "0d 0a 41 54 0d 00 " OPEN, OPENED, "1:open ", "text before the first flag" },
	{ "f9 03 3f 01 1d f9 " OPEN, OPENED, "1:open ", "a wrong FCS" },
	{ OPEN "f9 07 ef 07 41 54 d3 f9 f9 07 ef 07 41 54 0d d3 f9", OPENED, "1:open 1<41540d ", "an octet was lost" },
	{ OPEN "f9 07 ef 07 41 54 0d d3 f9 07 ef 07 41 54 0d d3 f9", OPENED, "1:open 1<41540d 1<41540d ",
	  "a shared flag" },
	{ OPEN "f9 55 f9 07 ef 07 41 54 0d d3 f9", OPENED, "1:open 1<41540d ", "a flag and an octet too many" },
	{ OPEN "7e ff 03 c0 21 f9 41 54 f9 07 ef 07 41 54 0d d3 f9", OPENED, "1:open 1<41540d ", "a flag in noise" },
	{ OPEN "f9 07 ef 15 f9 07 ef 07 41 54 0d d3 f9 00 00 00 00 00", OPENED, "1:open 1<41540d ",
	  "a header that swallowed a frame gives it back" },
};

static void feed(struct bench *b, const char *p, size_t n, size_t step)
{
	for (size_t i = 0; i < n; i += step)
		mux_feed(b->mux, p + i, n - i < step ? n - i : step);
}

static void check_row(struct bench *b, const struct row *r)
{
	same_hex(&b->out, r->out, r->why);
	ck_assert_msg(!strcmp(buf_str(&b->log), r->log), "%s:\n got %s\nwant %s", r->why, buf_str(&b->log), r->log);
	bench_stop(b);
}

START_TEST(test_rows)
{
	const struct row *r = &rows[_i];
	struct bench b;
	struct buf in;

	unhex(&in, r->in);
	bench_start(&b, &ways);
	feed(&b, in.data, in.len, in.len);
	check_row(&b, r);
	bench_start(&b, &ways);
	feed(&b, in.data, in.len, 1);
	check_row(&b, r);
	for (size_t cut = 1; cut < in.len; cut++) {
		bench_start(&b, &ways);
		mux_feed(b.mux, in.data, cut);
		mux_feed(b.mux, in.data + cut, in.len - cut);
		check_row(&b, r);
	}
	buf_free(&in);
}
END_TEST

/* --- frames ------------------------------------------------------------------------------------------------------ */

/* Headers of a SIM7600's frames as logged in Open-Vehicle-Monitoring-System-3#720: address, information, FCS. */
static const struct {
	unsigned dlci;
	size_t len;
	uint8_t fcs;
} seen[] = {
	{ 1, 72, 0xbf }, { 3, 72, 0xfa }, { 4, 72, 0xf7 }, { 1, 78, 0xb6 },
	{ 3, 78, 0xf3 }, { 4, 78, 0xfe }, { 2, 18, 0xfb },
};

START_TEST(test_seen_fcs)
{
	static const uint8_t info[128];
	struct buf b;

	buf_init(&b, 256);
	mux_frame_add(
		&b,
		&(struct mux_frame){
			.dlci = seen[_i].dlci, .type = MUX_TYPE_UIH, .poll = true, .info = info, .len = seen[_i].len });
	ck_assert_uint_eq(b.len, seen[_i].len + 6);
	ck_assert_uint_eq((uint8_t)b.data[b.len - 2], seen[_i].fcs);
	buf_free(&b);
}
END_TEST

/* A single octet that is wrong, anywhere in the header, makes no frame of it. */
START_TEST(test_damage)
{
	struct mux_reader r;
	struct mux_frame f;
	struct buf good;
	size_t octets;

	unhex(&good, "f9 07 ef 07 41 54 0d d3 f9");
	for (size_t at = 1; at < 4; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			mux_reader_init(&r);
			good.data[at] = (char)(good.data[at] ^ 1 << bit);
			mux_reader_add(&r, good.data, good.len);
			ck_assert_msg(!mux_reader_next(&r, &f, &octets), "octet %zu, bit %u", at, bit);
			good.data[at] = (char)(good.data[at] ^ 1 << bit);
			mux_reader_free(&r);
		}
	}
	buf_free(&good);
}
END_TEST

/* --- data to the host -------------------------------------------------------------------------------------------- */

static void open_one(struct bench *b, const struct mux_ways *w)
{
	struct buf in;

	bench_start(b, w);
	unhex(&in, OPEN);
	mux_feed(b->mux, in.data, in.len);
	buf_reset(&b->out);
	buf_reset(&b->log);
	buf_free(&in);
}

static void say(struct bench *b, const char *hex, const char *out, const char *log)
{
	struct buf in;

	unhex(&in, hex);
	mux_feed(b->mux, in.data, in.len);
	same_hex(&b->out, out, hex);
	ck_assert_str_eq(buf_str(&b->log), log);
	buf_reset(&b->out);
	buf_reset(&b->log);
	buf_free(&in);
}

/* Reads back what was written, frame by frame. */
static void read_back(struct bench *b, size_t frame_max, const char *data, size_t n)
{
	struct mux_reader r;
	struct mux_frame f;
	size_t octets, done = 0, fed = 0;

	mux_reader_init(&r);
	while (fed < b->out.len) {
		fed += mux_reader_add(&r, b->out.data + fed, b->out.len - fed);
		while (mux_reader_next(&r, &f, &octets)) {
			ck_assert_uint_eq(f.dlci, 1);
			ck_assert(!f.cr);
			ck_assert_uint_eq(f.len, n - done < frame_max ? n - done : frame_max);
			ck_assert_mem_eq(f.info, data + done, f.len);
			done += f.len;
			mux_reader_drop(&r, octets, false);
		}
	}
	ck_assert_uint_eq(done, n);
	ck_assert_uint_eq(mux_reader_take_skipped(&r), 0);
	mux_reader_free(&r);
}

static const size_t frame_sizes[] = { 1, 2, 31, 126, 127, 128, 129, 1500, MUX_INFO_MAX };

START_TEST(test_frame_size)
{
	struct mux_ways w = ways;
	struct bench b;
	char data[4000];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i % 3 ? i : MUX_FLAG);
	w.frame_max = frame_sizes[_i];
	open_one(&b, &w);
	ck_assert_uint_eq(mux_write(b.mux, 1, data, sizeof(data)), sizeof(data));
	read_back(&b, w.frame_max, data, sizeof(data));
	bench_stop(&b);
}
END_TEST

/* What the host asked for with AT+CMUX bounds frames, and so does PN. */
START_TEST(test_asked_size)
{
	struct buf in;
	struct bench b;

	bench_start(&b, &ways);
	mux_start(b.mux, 3);
	unhex(&in, OPEN);
	mux_feed(b.mux, in.data, in.len);
	buf_reset(&b.out);
	mux_write(b.mux, 1, "OK\r\n", 4);
	same_hex(&b.out, "f9 05 ff 07 4f 4b 0d a7 f9 f9 05 ff 03 0a a0 f9", "N1 is 3");
	buf_free(&in);
	bench_stop(&b);
	bench_start(&b, &ways);
	unhex(&in, "f9 03 3f 01 1c f9 f9 03 ef 15 83 11 01 00 07 0a 02 00 03 02 ee f9 f9 07 3f 01 de f9");
	mux_feed(b.mux, in.data, in.len);
	buf_reset(&b.out);
	mux_write(b.mux, 1, "OK\r", 3);
	same_hex(&b.out, "f9 05 ff 05 4f 4b 44 f9 f9 05 ff 03 0d a0 f9", "PN said 2");
	buf_free(&in);
	bench_stop(&b);
}
END_TEST

START_TEST(test_closed)
{
	struct bench b;

	open_one(&b, &ways);
	ck_assert_uint_eq(mux_write(b.mux, 2, "x", 1), 0);
	ck_assert_uint_eq(b.out.len, 0);
	say(&b, "f9 0b 3f 01 59 f9", "f9 0b 73 01 92 f9", "2:open 2:writable ");
	bench_stop(&b);
}
END_TEST

/* FCoff holds all channels but the control channel, MSC one; both must go before it is writable. */
START_TEST(test_flow)
{
	struct bench b;

	open_one(&b, &ways);
	say(&b, "f9 03 ef 05 63 01 f2 f9", "f9 01 ff 05 61 01 86 f9", "");
	ck_assert(mux_is_held(b.mux, 1));
	ck_assert_uint_eq(mux_write(b.mux, 1, "x", 1), 0);
	say(&b, "f9 03 ef 09 e3 05 07 0f fb f9", "f9 01 ff 09 e1 05 07 0f 8f f9", "");
	say(&b, "f9 03 ef 05 a3 01 f2 f9", "f9 01 ff 05 a1 01 86 f9", "");
	ck_assert_uint_eq(mux_write(b.mux, 1, "x", 1), 0);
	say(&b, "f9 03 ef 09 e3 05 07 0d fb f9", "f9 01 ff 09 e1 05 07 0d 8f f9", "1:writable ");
	ck_assert_uint_eq(mux_write(b.mux, 1, "x", 1), 1);
	bench_stop(&b);
}
END_TEST

START_TEST(test_hold)
{
	struct bench b;

	open_one(&b, &ways);
	mux_hold(b.mux, 1, true);
	mux_hold(b.mux, 1, false);
	mux_hold(b.mux, 2, true);
	same_hex(&b.out, "f9 01 ff 09 e3 05 07 0f 8f f9 f9 01 ff 09 e3 05 07 0d 8f f9", "MSC with FC and without");
	bench_stop(&b);
}
END_TEST

/* DCD is the channel's call; a modem that tells its status tells that, too, and the rest of it stays. */
START_TEST(test_carrier)
{
	struct mux_ways w = ways;
	struct bench b;

	open_one(&b, &w);
	mux_carrier(b.mux, 1, true);
	ck_assert_uint_eq(b.out.len, 0);
	bench_stop(&b);
	w.tell_status = true;
	open_one(&b, &w);
	mux_carrier(b.mux, 1, true);
	mux_hold(b.mux, 1, true);
	mux_carrier(b.mux, 1, false);
	same_hex(&b.out, "f9 01 ff 09 e3 05 07 8d 8f f9 f9 01 ff 09 e3 05 07 8f 8f f9 f9 01 ff 09 e3 05 07 0f 8f f9", "DV");
	bench_stop(&b);
}
END_TEST

/* --- ways of modems ---------------------------------------------------------------------------------------------- */

static const struct {
	struct mux_ways ways;
	const char *in, *out;
} odd[] = {
	{ { .frame_max = 127, .final = false, .notice = "" }, "f9 03 ef 05 a3 01 f2 f9", "f9 01 ef 05 a1 01 93 f9" },
	{ { .frame_max = 127, .final = true, .tell_status = true, .notice = "" },
	  "f9 0b 3f 01 59 f9",
	  "f9 0b 73 01 92 f9 f9 01 ff 09 e3 05 0b 0d 8f f9" },
	{ { .frame_max = 127, .final = true, .idle_flags = 2, .notice = "" },
	  "f9 0b 3f 01 59 f9",
	  "f9 0b 73 01 92 f9 f9 f9" },
	{ { .frame_max = 127, .final = true, .ua_again = 1, .notice = "" },
	  "f9 0b 3f 01 59 f9",
	  "f9 0b 73 01 92 f9 f9 0b 73 01 92 f9" },
};

START_TEST(test_odd)
{
	struct bench b;

	open_one(&b, &odd[_i].ways);
	say(&b, odd[_i].in, odd[_i].out, strstr(odd[_i].in, "0b 3f") ? "2:open " : "");
	bench_stop(&b);
}
END_TEST

/* esp-protocols#669: once, in no frame. */
START_TEST(test_notice)
{
	struct mux_ways w = ways;
	struct bench b;

	w.notice = "QCRDY";
	bench_start(&b, &w);
	say(&b, OPEN, OPENED "0d 0a 51 43 52 44 59 0d 0a", "1:open ");
	say(&b, "f9 0b 3f 01 59 f9", "f9 0b 73 01 92 f9", "2:open ");
	bench_stop(&b);
}
END_TEST

/* --- ends -------------------------------------------------------------------------------------------------------- */

START_TEST(test_rest)
{
	static const char *const ends[] = { "f9 03 53 01 fd f9", "f9 03 ef 05 c3 01 f2 f9" };
	struct bench b;
	struct buf in;

	for (size_t cut = 0; cut < 3; cut++) {
		open_one(&b, &ways);
		unhex(&in, ends[_i]);
		buf_adds(&in, "AT\r");
		ck_assert_uint_eq(mux_feed(b.mux, in.data, cut), cut);
		ck_assert_uint_eq(mux_feed(b.mux, in.data + cut, in.len - cut), in.len - cut - 3);
		ck_assert(!mux_is_running(b.mux));
		ck_assert_uint_eq(mux_feed(b.mux, "AT\r", 3), 0);
		buf_free(&in);
		bench_stop(&b);
	}
}
END_TEST

/* The power goes while a frame is being taken. */
START_TEST(test_stop_inside)
{
	struct bench b;

	open_one(&b, &ways);
	b.stop_on_data = true;
	say(&b, "f9 07 ef 07 41 54 0d d3 f9 f9 0b 3f 01 59 f9", "", "1<41540d 1:closed ");
	mux_start(b.mux, 0);
	say(&b, OPEN, OPENED, "1:open ");
	bench_stop(&b);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("mux");
	TCase *tc = tcase_create("mux");

	tcase_add_loop_test(tc, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, test_seen_fcs, 0, sizeof(seen) / sizeof(seen[0]));
	tcase_add_test(tc, test_damage);
	tcase_add_loop_test(tc, test_frame_size, 0, sizeof(frame_sizes) / sizeof(frame_sizes[0]));
	tcase_add_test(tc, test_asked_size);
	tcase_add_test(tc, test_closed);
	tcase_add_test(tc, test_flow);
	tcase_add_test(tc, test_hold);
	tcase_add_test(tc, test_carrier);
	tcase_add_loop_test(tc, test_odd, 0, sizeof(odd) / sizeof(odd[0]));
	tcase_add_test(tc, test_notice);
	tcase_add_loop_test(tc, test_rest, 0, 2);
	tcase_add_test(tc, test_stop_inside);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
