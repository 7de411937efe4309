/*
 * One conversation in two worlds: AT+CIP* against modelled peers on the virtual clock and against real ones on the
 * loopback. What the host sees must be the same lines in the same order.
 */
#include <signal.h>

#include "link/world.h"
#include "tests/rig.h"
#include "tests/test_stream_server.h"

static struct stream_server servers[] = {
	{ .service = SERVE_ECHO },
	{ .service = SERVE_ECHO, .greeting = "hi\r\n" },
	{ .service = SERVE_ECHO, .close_after = 5 },
	{ .service = SERVE_ECHO, .reset_after = 3 },
	{ .service = SERVE_NOTHING },
	{ .service = SERVE_ECHO, .type = SOCK_DGRAM },
};
static const struct {
	const char *name, *model;
} hosts[] = {
	{ "echo.test", "{service: echo}" },
	{ "hello.test", "{service: echo, greeting: 'hi\\r\\n'}" },
	{ "few.test", "{service: echo, limits: {close_after: 5}}" },
	{ "fewer.test", "{service: echo, limits: {reset_after: 3}}" },
	{ "busy.test", "{service: echo, misbehave: [refuse]}" },
	{ "udp.test", "{service: echo}" },
};
enum { HOSTS = sizeof(hosts) / sizeof(hosts[0]), STEPS_MAX = 16 };

/* What is said, and the last text of what comes then, in both worlds and in this order. */
static const struct {
	const char *what;
	struct {
		const char *say;
		const char *until;
	} step[STEPS_MAX];
} plays[] = {
	{ "echo, fetched",
	  { { "AT+CIPRXGET=1\r", "OK\r\n" },
	    { "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", "+CIPOPEN: 0,0\r\n" },
	    { "AT+CIPSEND=0,3\r", ">" },
	    { "abc", "+CIPRXGET: 1,0\r\n" },
	    { "AT+CIPRXGET=2,0\r", "OK\r\n" },
	    { "AT+CIPACK=0\r", "OK\r\n" },
	    { "AT+CIPCLOSE=0\r", "+CIPCLOSE: 0,0\r\n" } } },
	{ "greeting, pushed",
	  { { "AT+CIPSRIP=0\r", "OK\r\n" },
	    { "AT+CIPOPEN=4,\"TCP\",\"hello.test\",7\r", "hi\r\n" },
	    { "AT+CIPSEND=4,3\r", ">" },
	    { "abc", "+IPD3\r\nabc" },
	    { "AT+CIPCLOSE?\r", "OK\r\n" } } },
	{ "the peer closes behind its answer",
	  { { "AT+CIPRXGET=1\r", "OK\r\n" },
	    { "AT+CIPOPEN=1,\"TCP\",\"few.test\",7\r", "+CIPOPEN: 1,0\r\n" },
	    { "AT+CIPSEND=1,5\r", ">" },
	    { "abcde", "+IPCLOSE: 1,1\r\n" },
	    { "AT+CIPSEND=1,5\r", "ERROR\r\n" },
	    { "AT+CIPRXGET=2,1\r", "OK\r\n" },
	    { "AT+CIPCLOSE=1\r", "ERROR\r\n" } } },
	{ "the peer resets",
	  { { "AT+CIPRXGET=1\r", "OK\r\n" },
	    { "AT+CIPOPEN=1,\"TCP\",\"fewer.test\",7\r", "+CIPOPEN: 1,0\r\n" },
	    { "AT+CIPSEND=1,3\r", ">" },
	    { "abc", "+IPCLOSE: 1,1\r\n" } } },
	{ "refused and unknown",
	  { { "AT+CIPOPEN=1,\"TCP\",\"busy.test\",7\r", "+CIPOPEN: 1,1\r\n" },
	    { "AT+CIPOPEN=1,\"TCP\",\"no.test\",7\r", "+CIPOPEN: 1,11\r\n" },
	    { "AT+CDNSGIP=\"no.test\"\r", "ERROR\r\n" } } },
	{ "wait for the acknowledgement",
	  { { "AT+CIPRXGET=1;+CIPSENDMODE=1\r", "OK\r\n" },
	    { "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", "+CIPOPEN: 0,0\r\n" },
	    { "AT+CIPSEND=0,3\r", ">" },
	    { "abc", "+CIPRXGET: 1,0\r\n" },
	    { "AT+CIPACK=0\r", "OK\r\n" } } },
	{ "transparent",
	  { { "AT+NETCLOSE\r", "+NETCLOSE: 0\r\n" },
	    { "AT+CIPMODE=1\r", "OK\r\n" },
	    { "AT+NETOPEN\r", "+NETOPEN: 0\r\n" },
	    { "AT+CIPOPEN=0,\"TCP\",\"few.test\",7\r", "CONNECT 115200\r\n" },
	    { "abcde", "CLOSED\r\n" },
	    { "AT+CIPOPEN=0,\"TCP\",\"busy.test\",7\r", "CONNECT FAIL\r\n" } } },
	{ "datagrams",
	  { { "AT+CIPSRIP=0\r", "OK\r\n" },
	    { "AT+CIPOPEN=2,\"UDP\",,,{port}\r", "OK\r\n" },
	    { "AT+CIPSEND=2,3,\"udp.test\",7\r", ">" },
	    { "abc", "+IPD3\r\nabc" },
	    { "AT+CIPCLOSE=2\r", "OK\r\n" } } },
	{ "the network goes",
	  { { "AT+CIPOPEN=0,\"TCP\",\"echo.test\",7\r", "+CIPOPEN: 0,0\r\n" },
	    { "AT+CGACT=0,1\r", "OK\r\n" },
	    { "AT+CIPCLOSE?\r", "OK\r\n" } } },
};

static struct world *make_world(bool real)
{
	struct buf text;
	struct err e = { 0 };
	struct world *w;

	buf_init(&text, 1 << 16);
	buf_adds(&text, "schema: 1\nhosts:\n");
	for (size_t i = 0; i < HOSTS; i++) {
		if (real)
			buf_addf(&text, "  - {match: %s, port: 7, real: '127.0.0.1:%u'}\n", hosts[i].name,
				 servers[i].port);
		else
			buf_addf(&text, "  - {match: %s, port: 7, model: %s}\n", hosts[i].name, hosts[i].model);
	}
	w = world_load_text("worlds", text.data, text.len, &e);
	ck_assert_msg(w != NULL, "%s", e.msg);
	buf_free(&text);
	return w;
}

static void until(struct rig *r, size_t from, const char *text)
{
	uint64_t end = clock_now_us(r->clock) + 60000000;

	while (!strstr(buf_str(&r->out) + from, text)) {
		ck_assert_msg(clock_now_us(r->clock) < end, "'%s' never came: %s", text, buf_str(&r->out));
		if (r->loop)
			loop_once(r->loop);
		else
			ck_assert(clock_step(r->clock));
	}
}

static struct rig *start(bool real)
{
	struct rig *r = rig_new_on("LE20B05SIM7600G22", NULL, make_world(real), NULL, real);

	signal(SIGPIPE, SIG_IGN);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_feed(r, "ATE0\r", 5);
	until(r, 0, "OK\r\n");
	rig_feed(r, "AT+NETOPEN\r", 11);
	until(r, 0, "+NETOPEN: 0\r\n");
	buf_reset(&r->out);
	return r;
}

/* {port} in what is said is a port of this machine that was free just now. */
static void say(struct rig *r, const char *text, uint16_t port)
{
	const char *mark = strstr(text, "{port}");
	char line[256];

	if (mark)
		snprintf(line, sizeof(line), "%.*s%u%s", (int)(mark - text), text, port, mark + 6);
	else
		snprintf(line, sizeof(line), "%s", text);
	rig_feed(r, line, strlen(line));
}

static void play(int n, bool real, uint16_t port, struct buf *log)
{
	struct rig *r = start(real);

	for (int i = 0; i < STEPS_MAX && plays[n].step[i].say; i++) {
		size_t from = r->out.len;

		say(r, plays[n].step[i].say, port);
		until(r, from, plays[n].step[i].until);
	}
	buf_add(log, r->out.data, r->out.len);
	modem_power_off(r->modem);
	rig_free(r);
}

static uint16_t free_port(void)
{
	struct stream_server s = { .service = SERVE_NOTHING, .type = SOCK_DGRAM };

	stream_server_start(&s);
	close(s.fd);
	return s.port;
}

START_TEST(test_agree)
{
	struct buf modelled, real, text;
	uint16_t port = free_port();

	buf_init(&modelled, 1 << 20);
	buf_init(&real, 1 << 20);
	for (size_t i = 0; i < HOSTS; i++)
		stream_server_start(&servers[i]);
	play(_i, false, port, &modelled);
	play(_i, true, port, &real);
	for (size_t i = 0; i < HOSTS; i++)
		stream_server_stop(&servers[i]);
	buf_init(&text, 1 << 20);
	str_escape(&text, modelled.data, modelled.len);
	buf_adds(&text, "\nreal: ");
	str_escape(&text, real.data, real.len);
	ck_assert_msg(modelled.len == real.len && !memcmp(modelled.data, real.data, real.len), "%s\nmodelled: %s",
		      plays[_i].what, buf_str(&text));
	buf_free(&text);
	buf_free(&modelled);
	buf_free(&real);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_agree, 0, sizeof(plays) / sizeof(plays[0]));
}

int main(void)
{
	return rig_main("cmd_cip_worlds", add);
}
