/*
 * Several ports of one modem: each with its own settings and lines, unsolicited lines where AT+CATR sends them, and no
 * port that waits for another, whoever reads, does not read, or has left. Virtual clock.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/emu.h"
#include "io/port_pair.h"

#define PROFILE "LE20B04V03SIM7600M22"
#define OK "\r\nOK\r\n"
#define ERROR "\r\nERROR\r\n"

enum { LIMIT = 20480 };

struct end {
	struct port *host, *modem;
	struct buf seen;
};

struct bench {
	struct clock *clock;
	struct emu_setup *setup;
	struct emu *emu;
	struct end end[EMU_PORT_COUNT];
};

static void on_rx(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct end *)ctx)->seen, p, n);
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

static void read_from(struct bench *b, enum emu_port_role role)
{
	port_set_owner(b->end[role].host, on_rx, on_event, &b->end[role]);
}

static void start_modem(struct bench *b, const char *state_dir)
{
	struct emu_options o = { .seed = 1, .setup = b->setup, .clock = b->clock, .state_dir = state_dir };
	struct err e = { 0 };

	for (int i = 0; i < EMU_PORT_COUNT; i++) {
		ck_assert_int_eq(port_pair_new(b->clock, LIMIT, &b->end[i].host, &b->end[i].modem), 0);
		buf_init(&b->end[i].seen, 1 << 22);
		o.more[i] = i ? b->end[i].modem : NULL;
	}
	o.port = b->end[EMU_PORT_UART].modem;
	b->emu = emu_new(&o, &e);
	ck_assert_msg(b->emu != NULL, "%s", e.msg);
}

static void stop_modem(struct bench *b)
{
	emu_free(b->emu);
	for (int i = 0; i < EMU_PORT_COUNT; i++) {
		port_free(b->end[i].host);
		buf_free(&b->end[i].seen);
	}
}

/* Warm, read on all ports. */
static void bench_start(struct bench *b, const struct emu_setup_options *so)
{
	struct err e = { 0 };

	b->clock = clock_new_virtual();
	b->setup = emu_setup_load(so, &e);
	ck_assert_msg(b->setup != NULL, "%s", e.msg);
	start_modem(b, NULL);
	for (int i = 0; i < EMU_PORT_COUNT; i++)
		read_from(b, i);
}

static void bench_stop(struct bench *b)
{
	stop_modem(b);
	emu_setup_free(b->setup);
	clock_free(b->clock);
}

static void say(struct bench *b, enum emu_port_role role, const char *text)
{
	port_write(b->end[role].host, text, strlen(text));
}

static void seen(struct bench *b, enum emu_port_role role, const char *want)
{
	ck_assert_str_eq(buf_str(&b->end[role].seen), want);
	buf_reset(&b->end[role].seen);
}

static void row(struct bench *b, enum emu_port_role role, const char *text, const char *want)
{
	say(b, role, text);
	pass(b, 500);
	seen(b, role, want);
}

static void control(struct bench *b, const char *line, const char *part)
{
	struct buf reply;

	buf_init(&reply, 1 << 16);
	ck_assert_msg(!emu_control(b->emu, line, &reply), "%s: %s", line, buf_str(&reply));
	ck_assert_msg(strstr(buf_str(&reply), part) != NULL, "%s: %s", line, buf_str(&reply));
	buf_free(&reply);
}

static void echo_off(struct bench *b)
{
	static const enum emu_port_role roles[] = { EMU_PORT_UART, EMU_PORT_AT, EMU_PORT_MODEM };

	for (int i = 0; i < 3; i++)
		row(b, roles[i], "ATE0\r", "ATE0\r" OK);
}

START_TEST(test_own_settings)
{
	struct bench b = { 0 };

	bench_start(&b, &(struct emu_setup_options){ .profile = PROFILE });
	row(&b, EMU_PORT_AT, "ATE0V0+CMEE=1\r", "ATE0V0+CMEE=1\r0\r");
	row(&b, EMU_PORT_AT, "AT+CMEE?\r", "+CMEE: 1\r\n0\r");
	row(&b, EMU_PORT_UART, "AT\r", "AT\r" OK);
	row(&b, EMU_PORT_UART, "AT+CMEE?\r", "AT+CMEE?\r\r\n+CMEE: 2\r\n" OK);
	row(&b, EMU_PORT_MODEM, "AT\r", "AT\r" OK);
	control(&b, "urc +X: 1", "");
	pass(&b, 1);
	seen(&b, EMU_PORT_UART, "\r\n+X: 1\r\n");
	seen(&b, EMU_PORT_AT, "+X: 1\r\n");
	seen(&b, EMU_PORT_MODEM, "\r\n+X: 1\r\n");
	row(&b, EMU_PORT_NMEA, "AT\r", "");
	bench_stop(&b);
}
END_TEST

/* at-general 3: 0 all ports, 1 UART, 2 modem, 3 ATCOM, 4-7 of a multiplexer that is not there. */
static const struct {
	const char *set;
	bool uart, modem, at;
} routes[] = {
	{ "AT+CATR=0\r", true, true, true },	{ "AT+CATR=1\r", true, false, false },
	{ "AT+CATR=2\r", false, true, false },	{ "AT+CATR=3\r", false, false, true },
	{ "AT+CATR=4\r", false, false, false },
};

START_TEST(test_catr)
{
	const char *line = "\r\n+X: 1\r\n";
	struct bench b = { 0 };

	bench_start(&b, &(struct emu_setup_options){ .profile = PROFILE });
	echo_off(&b);
	row(&b, EMU_PORT_MODEM, routes[_i].set, OK);
	control(&b, "urc +X: 1", "");
	pass(&b, 1);
	seen(&b, EMU_PORT_UART, routes[_i].uart ? line : "");
	seen(&b, EMU_PORT_MODEM, routes[_i].modem ? line : "");
	seen(&b, EMU_PORT_AT, routes[_i].at ? line : "");
	row(&b, EMU_PORT_UART, "AT+CREG?\r", "\r\n+CREG: 0,1\r\n" OK); /* an answer is no such line */
	bench_stop(&b);
}
END_TEST

/* A search for networks takes half a minute; the other port does not notice, and cannot start one itself. */
START_TEST(test_long_command)
{
	struct bench b = { 0 };

	bench_start(&b, &(struct emu_setup_options){ .profile = PROFILE });
	echo_off(&b);
	say(&b, EMU_PORT_UART, "AT+COPS=?\r");
	pass(&b, 1000);
	row(&b, EMU_PORT_AT, "AT+CREG?\r", "\r\n+CREG: 0,1\r\n" OK);
	row(&b, EMU_PORT_AT, "AT+COPS=?\r", "\r\n+CME ERROR: operation not allowed\r\n");
	seen(&b, EMU_PORT_UART, "");
	pass(&b, 60000);
	ck_assert_ptr_nonnull(strstr(buf_str(&b.end[EMU_PORT_UART].seen), OK));
	seen(&b, EMU_PORT_AT, "");
	bench_stop(&b);
}
END_TEST

/* Whatever two ports ask for at once, each of them gets one final result. */
static const char *const at_once[] = {
	"AT+COPS=?\r",
	"AT+NETOPEN\r",
	"AT+CMQTTSTART\r",
	"AT+CCHSTART\r",
	"AT+HTTPINIT\r",
	"AT+CFTPSSTART\r",
	"AT+CDNSGIP=\"broker.emqx.io\"\r",
	"AT+CPING=\"broker.emqx.io\",1,2\r",
	"AT+CNTP\r",
	"AT+CHTPUPDATE\r",
	"AT+COPS=0\r",
	"AT+CFUN=4\r",
	"AT+NETCLOSE\r",
	"AT+CIPOPEN=0,\"TCP\",\"broker.emqx.io\",1883\r",
	"AT+SERVERSTART=80,0\r",
	"AT+FSCOPY=E:/a,E:/b\r",
	"AT&V\r",
	"AT+HTTPTERM\r",
};

static unsigned finals(const char *text)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, "\r\nOK\r\n")) != NULL; p++)
		n++;
	for (const char *p = text; (p = strstr(p, "ERROR\r\n")) != NULL; p++)
		n++;
	for (const char *p = text; (p = strstr(p, "+CME ERROR: ")) != NULL; p++)
		n++;
	return n;
}

START_TEST(test_at_once)
{
	static const char *const quirks[] = { "netopen_order=line_first", "mqtt_start_order=urc_first",
					      "http_term_idle=ok" };
	struct emu_setup_options so = { .profile = PROFILE, .quirks = quirks, .n_quirks = 3 };
	struct bench b = { 0 };

	bench_start(&b, &so);
	echo_off(&b);
	say(&b, EMU_PORT_UART, at_once[_i]);
	say(&b, EMU_PORT_AT, at_once[_i]);
	pass(&b, 200000);
	for (int i = EMU_PORT_UART; i <= EMU_PORT_AT; i++) {
		ck_assert_msg(finals(buf_str(&b.end[i].seen)) == 1, "%s port %d: %s", at_once[_i], i,
			      buf_str(&b.end[i].seen));
		buf_reset(&b.end[i].seen);
		row(&b, i, "AT\r", OK);
	}
	bench_stop(&b);
}
END_TEST

/* A USB port is that of a modem that has started: it does not see RDY. A reset takes settings and routing of all ports.
 */
START_TEST(test_reset)
{
	struct bench b = { 0 };

	bench_start(&b, &(struct emu_setup_options){ .profile = PROFILE });
	echo_off(&b);
	row(&b, EMU_PORT_AT, "AT+CATR=2\r", OK);
	say(&b, EMU_PORT_AT, "AT+CRESET\r");
	pass(&b, 60000);
	seen(&b, EMU_PORT_UART, "\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n");
	seen(&b, EMU_PORT_AT, OK "\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n");
	row(&b, EMU_PORT_AT, "AT+CATR?\r", "AT+CATR?\r\r\n+CATR: 0\r\n" OK);
	bench_stop(&b);
}
END_TEST

/* One profile is stored for all ports, and kept over power-off. */
START_TEST(test_stored)
{
	char dir[] = "/tmp/test_ports.XXXXXX", file[64];
	struct bench b = { 0 };

	bench_start(&b, &(struct emu_setup_options){ .profile = PROFILE });
	stop_modem(&b);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (int life = 0; life < 2; life++) {
		start_modem(&b, dir);
		for (int i = 0; i < EMU_PORT_COUNT; i++)
			read_from(&b, i);
		if (!life) {
			row(&b, EMU_PORT_AT, "ATE0&W\r", "ATE0&W\r" OK);
			row(&b, EMU_PORT_UART, "ATZ\r", "ATZ\r" OK);
		}
		row(&b, EMU_PORT_UART, "AT\r", OK);
		row(&b, EMU_PORT_AT, "AT\r", OK);
		if (!life)
			stop_modem(&b);
	}
	bench_stop(&b);
	snprintf(file, sizeof(file), "%s/nv.json", dir);
	unlink(file);
	snprintf(file, sizeof(file), "%s/phonebook/ON-1", dir);
	unlink(file);
	snprintf(file, sizeof(file), "%s/phonebook", dir);
	rmdir(file);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

/* A port that is not read holds nobody: the others have every line, it has those of the first second or so. */
START_TEST(test_not_read)
{
	struct bench b = { 0 };
	size_t before;

	bench_start(&b, &(struct emu_setup_options){ .profile = PROFILE });
	stop_modem(&b);
	start_modem(&b, NULL);
	read_from(&b, EMU_PORT_UART);
	for (int i = 0; i < 1000; i++) {
		control(&b, "urc +TEST: 0123456789012345678901234567890123456789", "");
		pass(&b, 10);
	}
	ck_assert_uint_eq(b.end[EMU_PORT_UART].seen.len,
			  1000 * strlen("\r\n+TEST: 0123456789012345678901234567890123456789\r\n"));
	control(&b, "status", "port.at=not read\nport.modem=not read\nport.nmea=open\nlost_bytes=0\n");
	read_from(&b, EMU_PORT_AT);
	pass(&b, 100);
	control(&b, "status", "port.at=open\nport.modem=not read\n");
	before = b.end[EMU_PORT_AT].seen.len;
	ck_assert_uint_gt(before, LIMIT);
	control(&b, "urc +X", "");
	pass(&b, 1);
	ck_assert_str_eq(buf_str(&b.end[EMU_PORT_AT].seen) + before, "\r\n+X\r\n");
	bench_stop(&b);
}
END_TEST

static const char world[] = "schema: 1\n"
			    "hosts:\n"
			    "  - {match: many.test, model: {service: chargen}}\n";

/* Received data waits for a host that does not read, so that nothing is lost, but not for good when another one does.
 */
START_TEST(test_data_beside_a_stuck_port)
{
	char path[40];
	int fd = memfd_create("world", MFD_CLOEXEC);
	struct emu_setup_options so = { .profile = PROFILE, .worlds = (const char *const[]){ path }, .n_worlds = 1 };
	struct bench b = { 0 };
	size_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ck_assert_int_eq(write(fd, world, sizeof(world) - 1), sizeof(world) - 1);
	bench_start(&b, &so);
	close(fd);
	stop_modem(&b);
	start_modem(&b, NULL);
	read_from(&b, EMU_PORT_UART);
	say(&b, EMU_PORT_UART, "AT+NETOPEN\r");
	pass(&b, 2000);
	say(&b, EMU_PORT_UART, "AT+CIPOPEN=0,\"TCP\",\"many.test\",19\r");
	pass(&b, 900);
	len = b.end[EMU_PORT_UART].seen.len;
	ck_assert_uint_gt(len, 10000);
	ck_assert_uint_lt(len, 100000);
	pass(&b, 10000);
	ck_assert_uint_gt(b.end[EMU_PORT_UART].seen.len, 200000);
	control(&b, "status", "port.at=not read\n");
	bench_stop(&b);
}
END_TEST

/* Faults and lines for one port. */
START_TEST(test_control_of_one)
{
	struct bench b = { 0 };

	bench_start(&b, &(struct emu_setup_options){ .profile = PROFILE });
	echo_off(&b);
	control(&b, "port at urc +X: 1", "");
	control(&b, "port modem reply AT+CSQ \"\\r\\nERROR\\r\\n\"", "");
	control(&b, "faults", "unfired=1\n");
	pass(&b, 1);
	seen(&b, EMU_PORT_UART, "");
	seen(&b, EMU_PORT_AT, "\r\n+X: 1\r\n");
	row(&b, EMU_PORT_AT, "AT+CSQ\r", "\r\n+CSQ: 25,99\r\n" OK);
	row(&b, EMU_PORT_MODEM, "AT+CSQ\r", ERROR);
	control(&b, "port at mute 10s", "");
	row(&b, EMU_PORT_AT, "AT\r", "");
	row(&b, EMU_PORT_UART, "AT\r", OK);
	control(&b, "urc +X: 2", "");
	pass(&b, 1);
	seen(&b, EMU_PORT_UART, "\r\n+X: 2\r\n");
	bench_stop(&b);
}
END_TEST

static void move(struct bench *b, enum emu_port_role role, bool away)
{
	struct port *p = b->end[role].modem;

	p->away = away;
	p->event(away ? PORT_EVENT_CLOSED : PORT_EVENT_OPENED, p->ctx);
}

/* What is said while nobody has a USB port open is gone, and so is what its last host left unread. */
START_TEST(test_nobody_there)
{
	struct bench b = { 0 };

	bench_start(&b, &(struct emu_setup_options){ .profile = PROFILE });
	move(&b, EMU_PORT_AT, true);
	control(&b, "urc +X: 1", "");
	control(&b, "status", "port.at=closed\nport.modem=open\n");
	pass(&b, 1);
	move(&b, EMU_PORT_AT, false);
	control(&b, "urc +X: 2", "");
	pass(&b, 1);
	seen(&b, EMU_PORT_AT, "\r\n+X: 2\r\n");
	seen(&b, EMU_PORT_UART, "\r\n+X: 1\r\n\r\n+X: 2\r\n");
	bench_stop(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ports");
	TCase *tc = tcase_create("ports");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_own_settings);
	tcase_add_loop_test(tc, test_catr, 0, sizeof(routes) / sizeof(routes[0]));
	tcase_add_test(tc, test_long_command);
	tcase_add_loop_test(tc, test_at_once, 0, sizeof(at_once) / sizeof(at_once[0]));
	tcase_add_test(tc, test_reset);
	tcase_add_test(tc, test_stored);
	tcase_add_test(tc, test_not_read);
	tcase_add_test(tc, test_data_beside_a_stuck_port);
	tcase_add_test(tc, test_control_of_one);
	tcase_add_test(tc, test_nobody_there);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
