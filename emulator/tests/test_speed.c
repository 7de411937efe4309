/*
 * Line speed: what a receiver at another speed makes of bytes, AT+IPR on both ends, and a modem that looks for its
 * host's speed. Virtual clock. The bytes of the rows were found by another way: the line sampled 64 times a bit.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "app/emu.h"
#include "io/port_pair.h"
#include "io/uart_bits.h"

#define BYTES(text) text, sizeof(text) - 1

enum { LIMIT = 20480, ACTS_MAX = 16 };

static const struct {
	const char *sent;
	size_t n;
	long from, to;
	enum uart_broken broken;
	const char *got;
	size_t n_got;
} rows[] = {
	{ BYTES("AT\r"), 115200, 115200, UART_BROKEN_DROP, BYTES("AT\r") },
	{ BYTES("AT\r"), 115200, 117000, UART_BROKEN_DROP, BYTES("AT\r") },
	{ BYTES("AAAAAAAA"), 115200, 110000, UART_BROKEN_DROP, BYTES("AAAAAAAA") },
	{ BYTES("AT\r"), 115200, 9600, UART_BROKEN_DROP, BYTES("\xfe") },
	{ BYTES("AT\r"), 115200, 50000, UART_BROKEN_DROP, BYTES("\xc2\xfe") },
	{ BYTES("\r\nOK\r\n"), 115200, 76800, UART_BROKEN_NUL, BYTES("\xa2\xb8\x61\x20") },
	{ BYTES("AT\r"), 9600, 115200, UART_BROKEN_DROP, BYTES("") },
	{ BYTES("AT\r"), 9600, 115200, UART_BROKEN_NUL, BYTES("\0\0\0\0\0\0\0\0\0\0") },
	{ BYTES("U"), 9600, 19200, UART_BROKEN_NUL, BYTES("\0\xe6") },
	{ BYTES("\r\nOK\r\n"), 115200, 38400, UART_BROKEN_DROP, BYTES("\xa1") },
	{ BYTES("\r\nOK\r\n"), 115200, 38400, UART_BROKEN_NUL, BYTES("\0\xa1") },
	{ BYTES("\r\nOK\r\n"), 57600, 115200, UART_BROKEN_DROP,
	  BYTES("\xe6\x80\x98\x80\xfe\x98\x9e\x98\xe6\x80\x98\x80") },
	{ BYTES("\0"), 9600, 38400, UART_BROKEN_NUL, BYTES("\0") },
	{ BYTES(""), 9600, 38400, UART_BROKEN_NUL, BYTES("") },
};

START_TEST(test_bits)
{
	struct buf out;

	buf_init(&out, 4096);
	uart_cross(rows[_i].sent, rows[_i].n, rows[_i].from, rows[_i].to, rows[_i].broken, &out);
	ck_assert_uint_eq(out.len, rows[_i].n_got);
	ck_assert(!memcmp(buf_str(&out), rows[_i].got, out.len));
	buf_free(&out);
}
END_TEST

/* Each byte after each other, and speeds that are off by as much as a UART bears. */
START_TEST(test_near_speeds)
{
	static const long near[] = { 9600, 9450, 9750, 9216, 9984 };
	char two[2];
	struct buf out;

	buf_init(&out, 64);
	for (int i = 0; i < 0x10000; i += 7) {
		two[0] = (char)(i & 0xff);
		two[1] = (char)(i >> 8);
		buf_reset(&out);
		uart_cross(two, 2, 9600, near[_i], UART_BROKEN_NUL, &out);
		ck_assert_uint_eq(out.len, 2);
		ck_assert(!memcmp(out.data, two, 2));
	}
	buf_free(&out);
}
END_TEST

/* --- a modem ----------------------------------------------------------------------------------------------------- */

/* 'a': bytes to the modem, what comes within 50 ms; 'b': the host's speed; 'c': a control line; 'w': ms pass, what
 * comes. */
struct act {
	char kind;
	const char *text, *want;
	long n;
};

#define AT(text, want) \
	{ \
		'a', text, want, 50 \
	}
#define BAUD(n) \
	{ \
		'b', "", "", n \
	}
#define CYCLE \
	{ \
		'c', "power cycle", "", 0 \
	}
#define WAIT(ms, want) \
	{ \
		'w', "", want, ms \
	}
#define OK "\r\nOK\r\n"
#define BOOT "\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n"

static const struct {
	const char *title, *profile, *speed;
	struct act acts[ACTS_MAX];
	long baud; /* 0: bytes take no time */
} cases[] = {
	{ "AT+IPR: OK at the old speed, then at the new one",
	  "LE20B04V03SIM7600M22",
	  "uart_speed=exact",
	  { BAUD(115200), AT("ATE0\r", "ATE0\r" OK), AT("AT+IPR=9600\r", OK), AT("AT\r", ""), BAUD(9600),
	    AT("AT\r", OK), AT("AT+IPR?\r", "\r\n+IPR: 9600\r\n" OK), CYCLE, BAUD(115200),
	    WAIT(400, "\r\nRDY\r\n" BOOT), AT("AT\r", "AT\r" OK) } },
	{ "the OK that is still under way arrives as it was sent",
	  "LE20B04V03SIM7600M22",
	  "uart_speed=exact",
	  { BAUD(115200), AT("ATE0\r", "ATE0\r" OK), AT("AT+IPR=9600\r", OK), BAUD(9600), AT("AT\r", OK) },
	  .baud = 115200 },
	{ "a host at another speed hears garbage",
	  "LE20B04V03SIM7600M22",
	  "uart_speed=exact",
	  { BAUD(76800), { 'c', "urc OK", "", 0 }, WAIT(10, "\xa2\xb8\x61\x20") } },
	{ "an unknown speed is the modem's",
	  "LE20B04V03SIM7600M22",
	  "uart_speed=exact",
	  { AT("ATE0\r", "ATE0\r" OK), AT("AT+IPR=9600\r", OK), AT("AT\r", OK) } },
	{ "any speed will do",
	  "LE20B04V03SIM7600M22",
	  "uart_speed=any",
	  { BAUD(9600), AT("ATE0\r", "ATE0\r" OK), AT("AT+IPR=460800\r", OK), AT("AT\r", OK), AT("AT+IPR=0\r", OK),
	    AT("AT+IPR?\r", "\r\n+IPR: 460800\r\n" OK), AT("AT+IPREX=0\r", "\r\nERROR\r\n") } },
	{ "autobaud: no RDY, silence until at, then Autobaud: OK",
	  "LE11B14SIM7600M22",
	  "uart_speed=exact",
	  { BAUD(115200), AT("ATE0\r", "ATE0\r" OK), AT("AT+IPREX=0\r", OK), CYCLE, BAUD(9600), WAIT(400, ""),
	    AT("at\r", "\r\nAutobaud: OK\r\n"), AT("ATE0\r", "ATE0\r" OK), AT("AT+IPR?\r", "\r\n+IPR: 9600\r\n" OK),
	    AT("AT+IPREX?\r", "\r\n+IPREX: 0\r\n" OK), AT("AT+IPR=19200\r", OK), BAUD(19200), AT("AT\r", OK) } },
	{ "autobaud for now, found in the second command",
	  "LE11B14SIM7600M22",
	  "uart_speed=any",
	  { BAUD(57600), AT("ATE0\r", "ATE0\r" OK), AT("AT+IPR=0\r", OK), AT("xAxT", ""),
	    AT("aAT", "\r\nAutobaud: OK\r\n"), AT("AT\r", OK), AT("AT+IPR?\r", "\r\n+IPR: 57600\r\n" OK) } },
};

struct bench {
	struct clock *clock;
	struct emu_setup *setup;
	struct emu *emu;
	struct port *host;
	struct buf seen;
};

static void on_rx(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct bench *)ctx)->seen, p, n);
}

static void on_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void start(struct bench *b, const char *profile, const char *speed, long baud)
{
	const char *const quirks[] = { "boot_ready_ms=300", "boot_cpin_ms=10", "boot_sms_done_ms=20",
				       "boot_pb_done_ms=30", speed };
	const struct emu_setup_options so = { .profile = profile, .quirks = quirks, .n_quirks = 5 };
	struct emu_options o = { .seed = 1, .baud = baud };
	struct err e = { 0 };

	b->clock = o.clock = clock_new_virtual();
	b->setup = emu_setup_load(&so, &e);
	ck_assert_msg(b->setup != NULL, "%s", e.msg);
	ck_assert_int_eq(port_pair_new(b->clock, LIMIT, &b->host, &o.port), 0);
	buf_init(&b->seen, 1 << 16);
	o.setup = b->setup;
	b->emu = emu_new(&o, &e);
	ck_assert_msg(b->emu != NULL, "%s", e.msg);
	port_set_owner(b->host, on_rx, on_event, b);
}

static void stop(struct bench *b)
{
	emu_free(b->emu);
	port_free(b->host);
	emu_setup_free(b->setup);
	buf_free(&b->seen);
	clock_free(b->clock);
}

static void act(struct bench *b, const struct act *a, const char *title)
{
	struct buf reply;

	buf_reset(&b->seen);
	buf_init(&reply, 4096);
	if (a->kind == 'b')
		port_pair_set_baud(b->host, a->n);
	else if (a->kind == 'c')
		emu_control(b->emu, a->text, &reply);
	else
		port_write(b->host, a->text, strlen(a->text));
	buf_free(&reply);
	if (a->kind == 'b' || a->kind == 'c')
		return;
	clock_advance_to(b->clock, clock_now_us(b->clock) + (uint64_t)a->n * 1000);
	ck_assert_msg(b->seen.len == strlen(a->want) && !memcmp(buf_str(&b->seen), a->want, b->seen.len),
		      "%s: %s: %zu bytes '%s'", title, a->text, b->seen.len, buf_str(&b->seen));
}

START_TEST(test_case)
{
	struct bench b;

	start(&b, cases[_i].profile, cases[_i].speed, cases[_i].baud);
	for (int i = 0; i < ACTS_MAX && cases[_i].acts[i].kind; i++)
		act(&b, &cases[_i].acts[i], cases[_i].title);
	stop(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("speed");
	TCase *t = tcase_create("speed");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, test_bits, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(t, test_near_speeds, 0, 5);
	tcase_add_loop_test(t, test_case, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	suite_add_tcase(s, t);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
