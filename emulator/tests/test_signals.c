/*
 * The lines beside the UART's data: what DTR, RTS, PWRKEY and RESET do, when DCD, CTS and RI move. Each case is a row
 * of small acts on one modem, on the virtual clock.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "app/emu.h"
#include "io/port_pair.h"

#define PROFILE "LE20B04V03SIM7600M22"

enum { LIMIT = 20480, ACTS_MAX = 24 };

/* 'a': bytes to the modem, what comes within 50 ms; 'c': a control line, what its answer has; 'w': milliseconds pass.
 */
struct act {
	char kind;
	const char *text, *want;
	unsigned ms;
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

static void start(struct bench *b)
{
	static const char *const quirks[] = { "boot_ready_ms=300",  "boot_cpin_ms=10",	"boot_sms_done_ms=20",
					      "boot_pb_done_ms=30", "power_off_ms=100", "power_detach_ms=10" };
	const struct emu_setup_options so = { .profile = PROFILE, .quirks = quirks, .n_quirks = 6 };
	struct emu_options o = { .seed = 1 };
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
	clock_advance_to(b->clock, 1000);
}

static void stop(struct bench *b)
{
	emu_free(b->emu);
	port_free(b->host);
	emu_setup_free(b->setup);
	buf_free(&b->seen);
	ck_assert_uint_eq(clock_armed(b->clock), 0);
	clock_free(b->clock);
}

static void pass(struct bench *b, uint64_t ms)
{
	clock_advance_to(b->clock, clock_now_us(b->clock) + ms * 1000);
}

static void control(struct bench *b, const struct act *a, const char *title)
{
	struct buf reply;

	buf_init(&reply, 1 << 16);
	emu_control(b->emu, a->text, &reply);
	ck_assert_msg(strstr(buf_str(&reply), a->want) != NULL, "%s: %s: %s", title, a->text, buf_str(&reply));
	buf_free(&reply);
}

static void act(struct bench *b, const struct act *a, const char *title)
{
	if (a->kind == 'w') {
		pass(b, a->ms);
	} else if (a->kind == 'c') {
		control(b, a, title);
	} else {
		buf_reset(&b->seen);
		port_write(b->host, a->text, strlen(a->text));
		pass(b, 50);
		ck_assert_msg(!strcmp(buf_str(&b->seen), a->want), "%s: %s: '%s'", title, a->text, buf_str(&b->seen));
	}
}

#define AT(text, want) \
	{ \
		'a', text, want, 0 \
	}
#define IS(want) \
	{ \
		'c', "line", want, 0 \
	}
#define DO(line) \
	{ \
		'c', line, "", 0 \
	}
#define WAIT(ms) \
	{ \
		'w', "", "", ms \
	}
#define OK "\r\nOK\r\n"

static const struct {
	const char *title;
	struct act acts[ACTS_MAX];
} cases[] = {
	{ "what is there without a word",
	  { IS("dtr=on\nrts=on\npwrkey=off\nreset=off\ncts=on\ndsr=on\ndcd=on\n"),
	    IS("ri=off\nri.times=0\nasleep=no\n") } },
	{ "a wrong name, a wrong state, a wrong time",
	  { { 'c', "line cts on", "line NAME on|off [DURATION]", 0 },
	    { 'c', "line dtr up", "line NAME on|off", 0 },
	    { 'c', "line dtr off 5", "line NAME on|off", 0 },
	    IS("dtr=on") } },
	{ "AT+CSCLK=1: deaf without DTR, 20 ms more after it",
	  { AT("ATE0\r", "ATE0\r" OK), AT("AT+CSCLK=1\r", OK), IS("asleep=no"), DO("line dtr off"), IS("asleep=yes"),
	    IS("cts=off"), AT("AT\r", ""), DO("line dtr on"), WAIT(19), IS("asleep=yes"), WAIT(1), IS("asleep=no"),
	    AT("AT\r", OK) } },
	{ "no sleep without AT+CSCLK",
	  { AT("ATE0\r", "ATE0\r" OK), DO("line dtr off"), IS("asleep=no"), AT("AT\r", OK) } },
	{ "a pulse lets go by itself",
	  { DO("line dtr off 100ms"), IS("dtr=off"), WAIT(99), IS("dtr=off"), WAIT(1), IS("dtr=on") } },
	{ "a pulse that is overruled", { DO("line dtr off 100ms"), DO("line dtr off"), WAIT(200), IS("dtr=off") } },
	{ "AT+CFGRI: RI for 60 ms of a line, 120 ms of a message",
	  { DO("urc RING"), IS("ri=off\nri.times=0"), AT("ATE0\r", "\r\nRING\r\nATE0\r" OK), AT("AT+CFGRI=1\r", OK),
	    DO("urc X"), IS("ri=on\nri.times=1"), WAIT(59), IS("ri=on"), WAIT(1), IS("ri=off\nri.times=1"),
	    DO("sms receive +491 hi"), WAIT(0), IS("ri=on\nri.times=2"), WAIT(119), IS("ri=on"), WAIT(1),
	    IS("ri=off\nri.times=2") } },
	{ "AT+CFGRI with times of its own; the longer pulse stays",
	  { AT("ATE0;+CFGRI=1,10,200\r", "ATE0;+CFGRI=1,10,200\r" OK), DO("sms receive +491 hi"), WAIT(0), DO("urc X"),
	    WAIT(150), IS("ri=on\nri.times=1"), WAIT(50), IS("ri=off\nri.times=1") } },
	{ "RTS off holds what the modem says, with AT+IFC=2 alone",
	  { AT("ATE0\r", "ATE0\r" OK), DO("line rts off"), AT("AT\r", OK), DO("line rts on"), AT("AT+IFC=2,2\r", OK),
	    DO("line rts off"), AT("AT\r", ""), WAIT(5000), DO("line rts on"), AT("", OK) } },
	{ "PWRKEY: 2.5 s off, 500 ms on",
	  { DO("line pwrkey on 2499ms"),
	    WAIT(3000),
	    { 'c', "status", "power=on", 0 },
	    DO("line pwrkey on 2500ms"),
	    WAIT(2700),
	    { 'c', "status", "power=off", 0 },
	    IS("cts=off\ndsr=off\ndcd=off"),
	    DO("line pwrkey on 499ms"),
	    WAIT(600),
	    { 'c', "status", "power=off", 0 },
	    DO("line pwrkey on 500ms"),
	    WAIT(500),
	    { 'c', "status", "power=on", 0 },
	    AT("AT\r", ""),
	    WAIT(240),
	    AT("", "\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n") } },
	{ "RESET starts it over",
	  { AT("ATE0\r", "ATE0\r" OK), DO("line reset on 50ms"), WAIT(100), AT("AT\r", OK), DO("line reset on 100ms"),
	    WAIT(100), AT("AT\r", ""), WAIT(400), AT("AT\r", "AT\r" OK) } },
};

START_TEST(test_case)
{
	struct bench b;

	start(&b);
	for (int i = 0; i < ACTS_MAX && cases[_i].acts[i].kind; i++)
		act(&b, &cases[_i].acts[i], cases[_i].title);
	stop(&b);
}
END_TEST

static const char *const settings[] = { "AT&C0;&D0", "AT&C1;&D1", "AT&C1;&D2", "AT&C2;&D2" };

/* A transparent socket is a call: DCD follows it by &C, DTR ends or leaves it by &D. */
START_TEST(test_call)
{
	static const struct {
		const char *before, *during, *dropped, *after;
	} rows[] = {
		{ "dcd=on", "dcd=on", "", "dcd=on\ndcd.times=0" },
		{ "dcd=off", "dcd=on\ndcd.times=1", OK, "dcd=on" },
		{ "dcd=off", "dcd=on\ndcd.times=1", "", "dcd=off" },
		{ "dcd=on", "dcd=on\ndcd.times=0", "", "dcd=off" },
	};
	static const struct act open[] = {
		AT("ATE0\r", "ATE0\r" OK),
		AT("AT+CIPMODE=1\r", OK),
		AT("AT+NETOPEN\r", OK),
		WAIT(200),
	};
	struct bench b;

	start(&b);
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		act(&b, &open[i], "opening");
	port_write(b.host, settings[_i], strlen(settings[_i]));
	act(&b, &(struct act)AT("\r", OK), settings[_i]);
	control(&b, &(struct act)IS(rows[_i].before), settings[_i]);
	port_write(b.host, "AT+CIPOPEN=0,\"TCP\",\"broker.emqx.io\",1883\r", 41);
	pass(&b, 2000);
	ck_assert_msg(strstr(buf_str(&b.seen), "CONNECT") != NULL, "%s", buf_str(&b.seen));
	control(&b, &(struct act)IS(rows[_i].during), settings[_i]);
	buf_reset(&b.seen);
	control(&b, &(struct act)DO("line dtr off"), settings[_i]);
	pass(&b, 10);
	control(&b, &(struct act)IS(rows[_i].after), settings[_i]);
	pass(&b, 1000);
	ck_assert_msg(!strncmp(buf_str(&b.seen), rows[_i].dropped, strlen(rows[_i].dropped)), "%s: %s", settings[_i],
		      buf_str(&b.seen));
	if (_i == 3)
		control(&b, &(struct act)IS("dcd=on\ndcd.times=1"), settings[_i]);
	stop(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("signals");
	TCase *t = tcase_create("rows");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, test_case, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_loop_test(t, test_call, 0, (int)(sizeof(settings) / sizeof(settings[0])));
	suite_add_tcase(s, t);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
