/*
 * A whole modem whose UART is multiplexed: AT+CMUX, a context for each channel, unsolicited lines, DTR, flow control,
 * ends of all kinds, and no octet lost when the host does not read. Virtual clock.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/emu.h"
#include "base/str.h"
#include "io/port_pair.h"
#include "mux/frame.h"

#define PROFILE "LE20B04V03SIM7600M22"
#define OK "\r\nOK\r\n"
#define ERROR "\r\nERROR\r\n"

enum { LIMIT = 20480, CHANNELS = 4 };

struct end {
	struct port *host, *modem;
	struct buf seen;
};

struct bench {
	struct clock *clock;
	struct emu_setup *setup;
	struct emu *emu;
	struct end uart, usb;
	bool framed; /* what the UART says is frames from here on */
	struct mux_reader reader;
	struct buf channel[CHANNELS + 1]; /* what came on it, [0] as words: "1:UA", "0<e305070d" */
	size_t longest;
};

static void add_control(struct buf *b, const struct mux_frame *f)
{
	buf_addf(b, "%u", f->dlci);
	if (f->type == MUX_TYPE_UIH)
		buf_addc(b, '<');
	else
		buf_addf(b, ":%s", mux_type_name(f->type));
	for (size_t i = 0; i < f->len; i++)
		buf_addf(b, "%02x", f->info[i]);
	buf_addc(b, ' ');
}

static void on_frames(struct bench *b, const char *p, size_t n)
{
	struct mux_frame f;
	size_t octets;

	for (size_t took = 0; took < n;) {
		took += mux_reader_add(&b->reader, p + took, n - took);
		while (mux_reader_next(&b->reader, &f, &octets)) {
			b->longest = f.len > b->longest ? f.len : b->longest;
			if (!f.dlci || f.type != MUX_TYPE_UIH)
				add_control(&b->channel[0], &f);
			else
				buf_add(&b->channel[f.dlci], f.info, f.len);
			mux_reader_drop(&b->reader, octets, false);
		}
	}
}

static void on_uart(const void *p, size_t n, void *ctx)
{
	struct bench *b = ctx;

	if (b->framed)
		on_frames(b, p, n);
	else
		buf_add(&b->uart.seen, p, n);
}

static void on_usb(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct bench *)ctx)->usb.seen, p, n);
}

static void on_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void pass(struct bench *b, uint64_t ms)
{
	clock_advance_to(b->clock, clock_now_us(b->clock) + ms * 1000);
}

/* Warm. usb: with an AT port beside the UART. */
static void bench_start_with(struct bench *b, const struct emu_setup_options *so, bool usb)
{
	struct emu_options o = { .seed = 1 };
	struct err e = { 0 };

	memset(b, 0, sizeof(*b));
	b->clock = o.clock = clock_new_virtual();
	b->setup = emu_setup_load(so, &e);
	ck_assert_msg(b->setup != NULL, "%s", e.msg);
	o.setup = b->setup;
	mux_reader_init(&b->reader);
	for (int i = 0; i <= CHANNELS; i++)
		buf_init(&b->channel[i], 1 << 24);
	buf_init(&b->uart.seen, 1 << 20);
	buf_init(&b->usb.seen, 1 << 20);
	ck_assert_int_eq(port_pair_new(b->clock, LIMIT, &b->uart.host, &b->uart.modem), 0);
	if (usb)
		ck_assert_int_eq(port_pair_new(b->clock, LIMIT, &b->usb.host, &b->usb.modem), 0);
	o.port = b->uart.modem;
	o.more[EMU_PORT_AT] = b->usb.modem;
	b->emu = emu_new(&o, &e);
	ck_assert_msg(b->emu != NULL, "%s", e.msg);
	port_set_owner(b->uart.host, on_uart, on_event, b);
	if (usb)
		port_set_owner(b->usb.host, on_usb, on_event, b);
}

static void bench_start(struct bench *b)
{
	bench_start_with(b, &(struct emu_setup_options){ .profile = PROFILE }, false);
}

static void bench_stop(struct bench *b)
{
	emu_free(b->emu);
	port_free(b->uart.host);
	port_free(b->usb.host);
	mux_reader_free(&b->reader);
	for (int i = 0; i <= CHANNELS; i++)
		buf_free(&b->channel[i]);
	buf_free(&b->uart.seen);
	buf_free(&b->usb.seen);
	ck_assert_uint_eq(clock_armed(b->clock), 0);
	emu_setup_free(b->setup);
	clock_free(b->clock);
}

static void is(struct buf *got, const char *want)
{
	ck_assert_str_eq(buf_str(got), want);
	buf_reset(got);
}

static void say(struct bench *b, const char *text)
{
	port_write(b->uart.host, text, strlen(text));
}

/* A line as commands are given before and after the multiplexer. */
static void row(struct bench *b, const char *text, const char *want)
{
	say(b, text);
	pass(b, 100);
	is(&b->uart.seen, want);
}

static void send_hex(struct bench *b, const char *hex)
{
	struct buf out;

	buf_init(&out, 4096);
	ck_assert(!str_unhex(&out, hex));
	port_write(b->uart.host, out.data, out.len);
	pass(b, 10);
	buf_free(&out);
}

static void send_frame(struct bench *b, unsigned dlci, enum mux_type type, const void *p, size_t n)
{
	struct buf out;

	buf_init(&out, 4096);
	ck_assert(!mux_frame_add(
		&out,
		&(struct mux_frame){
			.dlci = dlci, .cr = true, .type = type, .poll = type != MUX_TYPE_UIH, .info = p, .len = n }));
	port_write(b->uart.host, out.data, out.len);
	pass(b, 10);
	buf_free(&out);
}

/* A line on a channel. */
static void on(struct bench *b, unsigned dlci, const char *text, const char *want)
{
	send_frame(b, dlci, MUX_TYPE_UIH, text, strlen(text));
	pass(b, 490);
	is(&b->channel[dlci], want);
}

static void control(struct bench *b, const char *line, const char *part)
{
	struct buf reply;

	buf_init(&reply, 1 << 16);
	ck_assert_msg(!emu_control(b->emu, line, &reply), "%s: %s", line, buf_str(&reply));
	ck_assert_msg(strstr(buf_str(&reply), part) != NULL, "%s: %s", line, buf_str(&reply));
	buf_free(&reply);
}

/* From commands to so many open channels. */
static void multiplex(struct bench *b, const char *command, unsigned channels)
{
	row(b, command, OK);
	b->framed = true;
	for (unsigned i = 0; i <= channels; i++)
		send_frame(b, i, MUX_TYPE_SABM, NULL, 0);
	buf_reset(&b->channel[0]);
}

/* Echo is off before, on all channels after. */
static void start_multiplexed(struct bench *b, unsigned channels)
{
	bench_start(b);
	row(b, "ATE0\r", "ATE0\r" OK);
	multiplex(b, "AT+CMUX=0\r", channels);
	for (unsigned i = 1; i <= channels; i++)
		on(b, i, "ATE0\r", "ATE0\r" OK);
}

/* --- the command ------------------------------------------------------------------------------------------------- */

static const struct {
	const char *line, *want;
} forms[] = {
	{ "AT+CMUX?\r", "\r\n+CMUX: 0,0,5,1500,0,0,600\r\n" OK },
	{ "AT+CMUX=?\r", "\r\n+CMUX: (0),(0),(1-8),(1-1500),(0),(0),(2-1000)\r\n" OK },
	{ "AT+CMUX\r", ERROR },
	{ "AT+CMUX=\r", ERROR },
	{ "AT+CMUX=1\r", ERROR },
	{ "AT+CMUX=0,1\r", ERROR },
	{ "AT+CMUX=0,0,0\r", ERROR },
	{ "AT+CMUX=0,0,9\r", ERROR },
	{ "AT+CMUX=0,0,5,0\r", ERROR },
	{ "AT+CMUX=0,0,5,1501\r", ERROR },
	{ "AT+CMUX=0,0,5,127,0,0,1\r", ERROR },
	{ "AT+CMUX=0,0,5,127,0,0,600,1\r", ERROR },
};

START_TEST(test_forms)
{
	struct bench b;

	bench_start(&b);
	row(&b, "ATE0\r", "ATE0\r" OK);
	row(&b, forms[_i].line, forms[_i].want);
	row(&b, "AT\r", OK);
	bench_stop(&b);
}
END_TEST

/* The lines of hosts (at-general 1), and what they read back. */
static const struct {
	const char *line, *read;
} starts[] = {
	{ "AT+CMUX=0\r", "0,0,5,1500,0,0,600" },
	{ "AT+CMUX=0\r\n", "0,0,5,1500,0,0,600" },
	{ "AT+CMUX=0,0\r", "0,0,5,1500,0,0,600" },
	{ "AT+CMUX=0,0,5,127\r", "0,0,5,127,0,0,600" },
	{ "AT+CMUX=0,0,5,127,10,3,30\r", "0,0,5,127,10,3,30" },
	{ "AT+CMEE=2;+CMUX=0\r", "0,0,5,1500,0,0,600" },
	{ "AT+CMUX=0;+CMEE=2\r", "0,0,5,1500,0,0,600" },
};

START_TEST(test_starts)
{
	char want[64];
	struct bench b;

	bench_start(&b);
	row(&b, "ATE0\r", "ATE0\r" OK);
	multiplex(&b, starts[_i].line, 1);
	snprintf(want, sizeof(want), "AT+CMUX?\r\r\n+CMUX: %s\r\n" OK, starts[_i].read);
	on(&b, 1, "AT+CMUX?\r", want);
	bench_stop(&b);
}
END_TEST

/* Octet by octet as esp_modem and the modem say them (esp-protocols#669); then a command on channel 1. */
START_TEST(test_octets)
{
	struct bench b;
	struct buf want;

	bench_start(&b);
	row(&b, "AT+CMUX=0\r", "AT+CMUX=0\r" OK);
	buf_init(&want, 256);
	send_hex(&b, "f9 03 3f 01 1c f9");
	send_hex(&b, "f9 07 3f 01 de f9");
	send_hex(&b, "f9 07 ef 07 41 54 0d d3 f9");
	ck_assert(!str_unhex(&want, "f9 03 73 01 d7 f9 f9 07 73 01 15 f9 f9 05 ff 07 41 54 0d 89 f9"));
	ck_assert_uint_ge(b.uart.seen.len, 12);
	ck_assert_mem_eq(b.uart.seen.data, want.data, 12);
	buf_free(&want);
	bench_stop(&b);
}
END_TEST

/* Where it is not for AT+CMUX to be given. */
START_TEST(test_refused)
{
	struct bench b;

	bench_start_with(&b, &(struct emu_setup_options){ .profile = PROFILE }, true);
	port_write(b.usb.host, "ATE0+CMUX=0\r", 12);
	pass(&b, 100);
	is(&b.usb.seen, "ATE0+CMUX=0\r" ERROR);
	control(&b, "explain", "only the UART can be multiplexed");
	row(&b, "ATE0\r", "ATE0\r" OK);
	multiplex(&b, "AT+CMUX=0\r", 1);
	on(&b, 1, "AT+CMUX=0\r", "AT+CMUX=0\r" ERROR);
	control(&b, "explain", "one of a multiplexer already");
	bench_stop(&b);
}
END_TEST

/* LilyGO-T-SIM7000G#113: OK, and then still commands. */
START_TEST(test_stays)
{
	static const char *const quirks[] = { "cmux_start=commands" };
	struct emu_setup_options so = { .profile = PROFILE, .quirks = quirks, .n_quirks = 1 };
	struct bench b;

	bench_start_with(&b, &so, false);
	row(&b, "ATE0\r", "ATE0\r" OK);
	row(&b, "AT+CMUX=0\r", OK);
	send_hex(&b, "f9 03 3f 01 1c f9");
	row(&b, "AT\r", OK);
	control(&b, "explain", "cmux_start=commands");
	bench_stop(&b);
}
END_TEST

/* --- channels ---------------------------------------------------------------------------------------------------- */

START_TEST(test_own_settings)
{
	struct bench b;

	start_multiplexed(&b, 4);
	on(&b, 1, "ATE1V0+CMEE=1\r", "0\r");
	on(&b, 2, "AT+CMEE?\r", "\r\n+CMEE: 2\r\n" OK);
	on(&b, 1, "AT+CMEE?\r", "AT+CMEE?\r+CMEE: 1\r\n0\r");
	on(&b, 3, "ATS7=9\r", OK);
	on(&b, 4, "ATS7?\r", "\r\n000\r\n" OK);
	on(&b, 3, "AT+X\r", ERROR);
	bench_stop(&b);
}
END_TEST

/* A search for networks on one channel, a message that is being written on another; the third does not notice. */
START_TEST(test_at_once)
{
	struct bench b;

	start_multiplexed(&b, 3);
	on(&b, 1, "AT+COPS=?\r", "");
	on(&b, 2, "AT+CMGF=1\r", OK);
	on(&b, 2, "AT+CMGS=\"123\"\r", "\r\n> ");
	on(&b, 3, "AT+CREG?\r", "\r\n+CREG: 0,1\r\n" OK);
	send_frame(&b, 2, MUX_TYPE_UIH, "hello\x1a", 6);
	pass(&b, 60000);
	ck_assert_ptr_nonnull(strstr(buf_str(&b.channel[1]), OK));
	ck_assert_ptr_nonnull(strstr(buf_str(&b.channel[2]), "+CMGS: "));
	ck_assert_uint_eq(b.channel[3].len, 0);
	bench_stop(&b);
}
END_TEST

/* at-general 3: 0 all of them, 1 the UART, 4 to 7 the channels. */
START_TEST(test_catr)
{
	static const unsigned heard[] = { 0x1e, 0, 0, 0, 0x02, 0x04, 0x08, 0x10 };
	char line[16];
	struct bench b;

	start_multiplexed(&b, 4);
	snprintf(line, sizeof(line), "AT+CATR=%d\r", _i);
	on(&b, 2, line, OK);
	control(&b, "urc +X: 1", "");
	pass(&b, 1);
	for (unsigned i = 1; i <= 4; i++)
		is(&b.channel[i], heard[_i] & 1u << i ? "\r\n+X: 1\r\n" : "");
	bench_stop(&b);
}
END_TEST

/* Nothing goes to a channel that nobody has opened: some hosts fall over it (esp_modem). */
START_TEST(test_closed)
{
	struct bench b;

	start_multiplexed(&b, 2);
	control(&b, "status", "port.mux1=open\nport.mux2=open\nport.mux3=closed\nport.mux4=closed\n");
	control(&b, "urc +X: 1", "");
	pass(&b, 1);
	is(&b.channel[1], "\r\n+X: 1\r\n");
	is(&b.channel[3], "");
	send_frame(&b, 1, MUX_TYPE_DISC, NULL, 0);
	is(&b.channel[0], "1:UA ");
	control(&b, "urc +X: 2", "");
	send_frame(&b, 1, MUX_TYPE_UIH, "AT\r", 3);
	is(&b.channel[0], "1:DM ");
	is(&b.channel[1], "");
	is(&b.channel[2], "\r\n+X: 1\r\n\r\n+X: 2\r\n");
	send_frame(&b, 1, MUX_TYPE_SABM, NULL, 0);
	on(&b, 1, "AT\r", OK);
	bench_stop(&b);
}
END_TEST

/* An answer of some hundred octets in frames no longer than the host asked for. */
START_TEST(test_frame_size)
{
	static const struct {
		const char *profile, *command;
		size_t most;
	} sizes[] = {
		{ PROFILE, "AT+CMUX=0\r", 127 },
		{ PROFILE, "AT+CMUX=0,0,5,31\r", 31 },
		{ PROFILE, "AT+CMUX=0,0,5,1500\r", 127 },
		{ "A011B03A7670M7_F", "AT+CMUX=0\r", 400 },
		{ "A011B03A7670M7_F", "AT+CMUX=0,0,5,200\r", 200 },
	};
	struct bench b;

	bench_start_with(&b, &(struct emu_setup_options){ .profile = sizes[_i].profile }, false);
	row(&b, "ATE0\r", "ATE0\r" OK);
	multiplex(&b, sizes[_i].command, 1);
	send_frame(&b, 1, MUX_TYPE_UIH, "ATE0&V\r", 7);
	pass(&b, 100);
	ck_assert_uint_gt(b.channel[1].len, 300);
	ck_assert_ptr_nonnull(strstr(buf_str(&b.channel[1]), OK));
	if (sizes[_i].most == 400)
		ck_assert_uint_gt(b.longest, 127);
	else
		ck_assert_uint_eq(b.longest, sizes[_i].most);
	bench_stop(&b);
}
END_TEST

/* Settings that one channel stores are those of all ports after the next boot. */
START_TEST(test_stored)
{
	struct bench b;

	start_multiplexed(&b, 2);
	on(&b, 1, "ATS7=9&W\r", OK);
	on(&b, 2, "ATZS7?\r", "\r\n009\r\n" OK);
	bench_stop(&b);
}
END_TEST

/* --- DTR and data mode ------------------------------------------------------------------------------------------- */

static const char world[] = "schema: 1\nhosts:\n  - {match: echo.test, model: {service: echo}}\n";

/* A transparent connection on channel 1, commands on channel 2. */
static void start_data(struct bench *b, const char *dtr)
{
	char path[40];
	int fd = memfd_create("world", MFD_CLOEXEC);
	struct emu_setup_options so = { .profile = PROFILE, .worlds = (const char *const[]){ path }, .n_worlds = 1 };

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ck_assert_int_eq(write(fd, world, sizeof(world) - 1), sizeof(world) - 1);
	bench_start_with(b, &so, false);
	close(fd);
	row(b, "ATE0\r", "ATE0\r" OK);
	multiplex(b, "AT+CMUX=0\r", 2);
	on(b, 1, "ATE0\r", "ATE0\r" OK);
	on(b, 1, dtr, OK);
	on(b, 1, "AT+CIPMODE=1\r", OK);
	send_frame(b, 1, MUX_TYPE_UIH, "AT+NETOPEN\r", 11);
	pass(b, 5000);
	buf_reset(&b->channel[1]);
	send_frame(b, 1, MUX_TYPE_UIH, "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", 33);
	pass(b, 5000);
	is(&b->channel[1], "\r\nCONNECT 115200\r\n");
	for (int i = 0; i <= CHANNELS; i++)
		buf_reset(&b->channel[i]);
}

/* The same MSC means what AT&D says; data of the connection and commands do not meet. */
static const struct {
	const char *setting, *after_drop, *then;
} drops[] = {
	{ "AT&D2\r", "", ERROR }, /* hung up: there is nothing to go back to */
	{ "AT&D1\r", OK, "\r\nCONNECT 115200\r\n" },
	{ "AT&D0\r", "", "" },
};

START_TEST(test_dtr)
{
	static const uint8_t off[] = { 0xe3, 0x05, 0x07, 0x09 }, on_again[] = { 0xe3, 0x05, 0x07, 0x0d };
	struct bench b;

	start_data(&b, drops[_i].setting);
	on(&b, 1, "hello", "hello");
	on(&b, 2, "ATE0\r", "ATE0\r" OK);
	send_frame(&b, 0, MUX_TYPE_UIH, off, sizeof(off));
	is(&b.channel[0], "0<e1050709 ");
	send_frame(&b, 0, MUX_TYPE_UIH, on_again, sizeof(on_again));
	pass(&b, 1000);
	if (_i)
		is(&b.channel[1], drops[_i].after_drop);
	else
		buf_reset(&b.channel[1]);
	if (_i == 2)
		on(&b, 1, "more", "more");
	else
		send_frame(&b, 1, MUX_TYPE_UIH, _i ? "ATO\r" : "AT+CIPSEND=0,1\r", _i ? 4 : 15);
	pass(&b, 100);
	if (_i == 0)
		ck_assert_ptr_nonnull(strstr(buf_str(&b.channel[1]), drops[_i].then));
	else if (_i == 1)
		is(&b.channel[1], drops[_i].then);
	bench_stop(&b);
}
END_TEST

/* Disconnecting the channel of a call is a DTR drop; ending the multiplexer hangs up whatever &D says. */
START_TEST(test_call_ends)
{
	struct bench b;

	start_data(&b, "AT&D0\r");
	send_frame(&b, 1, MUX_TYPE_DISC, NULL, 0);
	send_frame(&b, 1, MUX_TYPE_SABM, NULL, 0);
	on(&b, 1, "hello", "hello");
	send_frame(&b, 0, MUX_TYPE_UIH, "\xc3\x01", 2);
	b.framed = false;
	pass(&b, 1000);
	row(&b, "AT+CIPCLOSE?\r", "\r\n+CIPCLOSE: 0,0,0,0,0,0,0,0,0,0\r\n" OK);
	multiplex(&b, "AT+CMUX=0\r", 1);
	on(&b, 1, "ATE0O\r", "ATE0O\r\r\nNO CARRIER\r\n");
	bench_stop(&b);
}
END_TEST

/* --- flow control ------------------------------------------------------------------------------------------------ */

/* FCoff: nothing but answers on the control channel, and nothing is lost. */
START_TEST(test_all_held)
{
	struct bench b;

	start_multiplexed(&b, 2);
	send_frame(&b, 0, MUX_TYPE_UIH, "\x63\x01", 2);
	is(&b.channel[0], "0<6101 ");
	on(&b, 1, "AT+CREG?\r", "");
	control(&b, "urc +X: 1", "");
	on(&b, 2, "AT\r", "");
	send_frame(&b, 0, MUX_TYPE_UIH, "\xa3\x01", 2);
	is(&b.channel[0], "0<a101 ");
	is(&b.channel[1], "\r\n+CREG: 0,1\r\n" OK "\r\n+X: 1\r\n");
	is(&b.channel[2], "\r\n+X: 1\r\n" OK);
	bench_stop(&b);
}
END_TEST

/* A channel that the host holds for good has no unsolicited lines any more; the other has them all. */
START_TEST(test_one_held)
{
	static const uint8_t hold[] = { 0xe3, 0x05, 0x07, 0x0f }, go[] = { 0xe3, 0x05, 0x07, 0x0d };
	struct bench b;

	start_multiplexed(&b, 2);
	send_frame(&b, 0, MUX_TYPE_UIH, hold, sizeof(hold));
	for (int i = 0; i < 300; i++) {
		control(&b, "urc +TEST: 0123456789012345678901234567890123456789", "");
		pass(&b, 10);
	}
	ck_assert_uint_eq(b.channel[2].len, 300 * strlen("\r\n+TEST: 0123456789012345678901234567890123456789\r\n"));
	ck_assert_uint_eq(b.channel[1].len, 0);
	control(&b, "status", "port.mux1=not read\nport.mux2=open\n");
	send_frame(&b, 0, MUX_TYPE_UIH, go, sizeof(go));
	ck_assert_uint_gt(b.channel[1].len, 0);
	control(&b, "status", "port.mux1=open\n");
	buf_reset(&b.channel[1]);
	on(&b, 1, "AT\r", OK);
	bench_stop(&b);
}
END_TEST

/* The host stops reading the UART in the middle of much: no octet is lost, no frame is torn. */
START_TEST(test_not_read)
{
	unsigned n = 0;
	struct bench b;

	start_multiplexed(&b, 2);
	port_pause(b.uart.host, true);
	for (int i = 0; i < 150; i++) {
		send_frame(&b, 1, MUX_TYPE_UIH, "ATI\r", 4);
		send_frame(&b, 2, MUX_TYPE_UIH, "ATI\r", 4);
	}
	pass(&b, 5000);
	ck_assert_uint_eq(b.channel[1].len, 0);
	port_pause(b.uart.host, false);
	pass(&b, 5000);
	for (const char *p = buf_str(&b.channel[1]); (p = strstr(p, OK)) != NULL; p++)
		n++;
	ck_assert_uint_eq(n, 150);
	ck_assert_uint_gt(2 * b.channel[1].len, LIMIT);
	ck_assert_uint_eq(b.channel[1].len, b.channel[2].len);
	ck_assert_uint_eq(mux_reader_take_skipped(&b.reader), 0);
	control(&b, "status", "lost_bytes=0\n");
	bench_stop(&b);
}
END_TEST

/* --- ends -------------------------------------------------------------------------------------------------------- */

/* Back to commands on the UART with its settings as they were, and in again with fresh channels. */
START_TEST(test_ends)
{
	static const struct {
		enum mux_type type;
		const char *info, *answer;
	} ends[] = { { MUX_TYPE_DISC, "", "0:UA " }, { MUX_TYPE_UIH, "\xc3\x01", "0<c101 " } };
	struct bench b;

	start_multiplexed(&b, 2);
	on(&b, 1, "AT+CMEE=0\r", OK);
	send_frame(&b, 1, MUX_TYPE_DISC, NULL, 0);
	send_frame(&b, 2, MUX_TYPE_DISC, NULL, 0);
	is(&b.channel[0], "1:UA 2:UA ");
	send_frame(&b, 0, ends[_i].type, ends[_i].info, strlen(ends[_i].info));
	is(&b.channel[0], ends[_i].answer);
	b.framed = false;
	control(&b, "urc +X: 1", "");
	row(&b, "AT\r", "\r\n+X: 1\r\n" OK);
	multiplex(&b, "AT+CMUX=0\r", 1);
	on(&b, 1, "AT+CMEE?\r", "AT+CMEE?\r\r\n+CMEE: 2\r\n" OK);
	bench_stop(&b);
}
END_TEST

/* A reset and a loss of power: the modem says nothing of it in frames, and its boot is that of any other. */
START_TEST(test_dies)
{
	static const char boot[] = "\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n";
	struct bench b;

	start_multiplexed(&b, 2);
	if (_i) {
		control(&b, "power cycle", "");
	} else {
		on(&b, 1, "AT+CRESET\r", OK);
	}
	pass(&b, _i ? 0 : 5000);
	b.framed = false;
	pass(&b, 60000);
	is(&b.channel[0], "");
	ck_assert_ptr_nonnull(strstr(buf_str(&b.uart.seen), boot));
	buf_reset(&b.uart.seen);
	row(&b, "AT+CMUX?\r", "AT+CMUX?\r\r\n+CMUX: 0,0,5,1500,0,0,600\r\n" OK);
	row(&b, "ATE0\r", "ATE0\r" OK);
	multiplex(&b, "AT+CMUX=0\r", 1);
	on(&b, 1, "AT\r", "AT\r" OK);
	bench_stop(&b);
}
END_TEST

/* The host alone was reset and speaks commands, PPP and frames to a modem that multiplexes (esp-protocols#789). */
START_TEST(test_host_forgot)
{
	struct bench b;

	start_multiplexed(&b, 1);
	send_hex(&b, "0d 0a 41 54 0d 0a 00");
	send_hex(&b, "7e ff 03 c0 21 09 01 00 08 99 d1 35 c1 8e 2c 7e");
	is(&b.channel[0], "");
	send_hex(&b, "f9 03 3f 01 1c f9");
	is(&b.channel[0], "0:UA ");
	on(&b, 1, "AT\r", OK);
	send_hex(&b, "f9 03 ef 05 c3 01 f2 f9");
	b.framed = false;
	row(&b, "AT\r", OK);
	bench_stop(&b);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cmux");
	TCase *tc = tcase_create("cmux");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_forms, 0, sizeof(forms) / sizeof(forms[0]));
	tcase_add_loop_test(tc, test_starts, 0, sizeof(starts) / sizeof(starts[0]));
	tcase_add_test(tc, test_octets);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_stays);
	tcase_add_test(tc, test_own_settings);
	tcase_add_test(tc, test_at_once);
	tcase_add_loop_test(tc, test_catr, 0, 8);
	tcase_add_test(tc, test_closed);
	tcase_add_loop_test(tc, test_frame_size, 0, 5);
	tcase_add_test(tc, test_stored);
	tcase_add_loop_test(tc, test_dtr, 0, sizeof(drops) / sizeof(drops[0]));
	tcase_add_test(tc, test_call_ends);
	tcase_add_test(tc, test_all_held);
	tcase_add_test(tc, test_one_held);
	tcase_add_test(tc, test_not_read);
	tcase_add_loop_test(tc, test_ends, 0, 2);
	tcase_add_loop_test(tc, test_dies, 0, 2);
	tcase_add_test(tc, test_host_forgot);
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
