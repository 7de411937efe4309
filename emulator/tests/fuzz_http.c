/*
 * Whole modems under random conversations of AT+HTTP*, and of HTTP by hand over a socket, with sites that are slow, that
 * lie and that go; on a host that pauses. Whatever was said: no memory error, and after power-off no timer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/emu.h"
#include "io/port_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char world[] =
	"schema: 1\n"
	"hosts:\n"
	"  - match: w\n"
	"    port: 80\n"
	"    model:\n"
	"      http:\n"
	"        idle: 2s\n"
	"        pages:\n"
	"          - {path: /a, text: hello}\n"
	"          - {path: /big, bytes: 400000}\n"
	"          - {path: /slow, bytes: 3000, rate: 1000}\n"
	"          - {path: /late, text: late, delay: 3s}\n"
	"          - {path: /echo, echo: true, limit: 60}\n"
	"          - {path: /chunks, bytes: 5000, chunked: true}\n"
	"          - {path: /bye, text: bye, close: true}\n"
	"          - {path: /never, misbehave: no_response}\n"
	"          - {path: /close, misbehave: close}\n"
	"          - {path: /garbage, misbehave: garbage}\n"
	"          - {path: /cut, bytes: 200000, misbehave: cut}\n"
	"          - {path: /stall, bytes: 2000, misbehave: stall}\n"
	"          - {path: /short, text: short, misbehave: bad_length}\n"
	"  - {match: s, port: 443, model: {no_sni: tls_alert, http: {pages: [{path: /, text: safe}]}}}\n";

#define URL(path) "AT+HTTPPARA=\"URL\",\"http://w" path "\"\r"
#define SEND(n, text) "AT+CIPSEND=0," #n "\r" text

static const char *const lines[] = {
	"AT+HTTPINIT\r", "AT+HTTPINIT\r", "AT+HTTPTERM\r", "AT+HTTPACTION=0\r", "AT+HTTPACTION=0\r", "AT+HTTPACTION=1\r",
	"AT+HTTPACTION=2\r", "AT+HTTPACTION=3\r", "AT+HTTPACTION=4\r", "AT+HTTPHEAD\r", "AT+HTTPREAD?\r",
	"AT+HTTPREAD=0,500000\r", "AT+HTTPREAD=1000\r", "AT+HTTPREAD=100000,5000\r", "AT+HTTPREAD=399990,20\r",
	"AT+HTTPDATA=5,10\r", "AT+HTTPDATA=61,10\r", "hello", "AT\r", URL("/a"), URL("/big"), URL("/slow"), URL("/late"),
	URL("/echo"), URL("/chunks"), URL("/bye"), URL("/never"), URL("/close"), URL("/garbage"), URL("/cut"),
	URL("/stall"), URL("/short"), URL(":81/"), "AT+HTTPPARA=\"URL\",\"https://s\"\r",
	"AT+HTTPPARA=\"BREAK\",10\r", "AT+HTTPPARA=\"BREAKEND\",300000\r", "AT+HTTPPARA=\"BREAK\",0\r",
	"AT+HTTPPARA=\"USERDATA\",\"Range: bytes=-9\"\r", "AT+HTTPPARA=\"CONNECTTO\",20\r", "AT+HTTPPARA?\r",
	"AT+HTTPREADFILE=\"f\",3\r", "AT+HTTPREADFILE=\"f.pem\",4\r", "AT+HTTPPOSTFILE=\"f\",3\r",
	"AT+HTTPPOSTFILE=\"f\",3,1,1\r", "AT+CSSLCFG=\"enableSNI\",0,1\r", "AT+NETOPEN\r",
	"AT+CIPOPEN=0,\"TCP\",\"w\",80\r", "AT+CIPCLOSE=0\r", SEND(19, "GET /a HTTP/1.1\r\n\r\n"),
	SEND(21, "GET /big HTTP/1.1\r\n\r\n"), SEND(10, "POST /echo"), SEND(35, " HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
	SEND(6, "GET /\n"), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

static const char *const control[] = {
	"net drop", "net up", "broker drop close", "broker drop reset", "broker mute on", "broker mute off",
	"power cycle", "broker sessions", "mute 1s",
};

enum { LINES = sizeof(lines) / sizeof(lines[0]), CONTROLS = sizeof(control) / sizeof(control[0]) };

struct rig {
	struct clock *clock;
	struct emu *emu;
	struct port *host;
};

static void on_rx(const void *p, size_t n, void *ctx)
{
	(void)p;
	(void)n;
	(void)ctx;
}

static void on_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static const struct emu_setup *load(const char *profile)
{
	char path[] = "/tmp/fuzz-http-XXXXXX";
	const char *const worlds[] = { path };
	struct emu_setup_options o = { .profile = profile, .worlds = worlds, .n_worlds = 1 };
	struct emu_setup *setup = NULL;
	struct err e = { 0 };
	int fd = mkstemp(path);

	if (fd >= 0 && write(fd, world, sizeof(world) - 1) == sizeof(world) - 1)
		setup = emu_setup_load(&o, &e);
	close(fd);
	unlink(path);
	if (!setup) {
		fprintf(stderr, "%s\n", e.msg);
		abort();
	}
	return setup;
}

/* Parsed once: a setup is const and shared by all modems. */
static const struct emu_setup *setup(unsigned which)
{
	static const char *const names[] = { "LE20B04V03SIM7600M22", "A011B03A7670M7_F" };
	static const struct emu_setup *loaded[2];

	if (!loaded[which % 2])
		loaded[which % 2] = load(names[which % 2]);
	return loaded[which % 2];
}

static void ask(struct rig *r, const char *line)
{
	struct buf reply;

	buf_init(&reply, 65536);
	emu_control(r->emu, line, &reply);
	buf_free(&reply);
}

/* Two bytes an action: what, and how long after it; every fourth pause is a long one. */
static void act(struct rig *r, const uint8_t *d)
{
	uint64_t ms = d[1] % 4 ? d[1] : d[1] * 100u;

	if (d[0] < 224)
		port_write(r->host, lines[d[0] % LINES], strlen(lines[d[0] % LINES]));
	else
		ask(r, control[d[0] % CONTROLS]);
	clock_advance_to(r->clock, clock_now_us(r->clock) + ms * 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct emu_options o = { .seed = 1 };
	struct rig r = { 0 };
	struct err e = { 0 };

	if (size < 3 || size > 300)
		return 0;
	o.setup = setup(data[0]);
	o.clock = r.clock = clock_new_virtual();
	port_pair_new(r.clock, 1 << 16, &r.host, &o.port);
	r.emu = emu_new(&o, &e);
	port_set_owner(r.host, on_rx, on_event, NULL);
	for (size_t i = 1; i + 2 <= size; i += 2)
		act(&r, data + i);
	ask(&r, "power off");
	/* what closed sessions still had under way to their peers, and the power itself */
	clock_advance_to(r.clock, clock_now_us(r.clock) + 200000000);
	if (clock_armed(r.clock))
		abort();
	emu_free(r.emu);
	port_free(r.host);
	clock_free(r.clock);
	return 0;
}
