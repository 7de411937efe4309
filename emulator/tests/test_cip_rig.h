/* A modem in a small world of services, with the data network open, for the tests of AT+CIP*. */
#ifndef TESTS_TEST_CIP_RIG_H
#define TESTS_TEST_CIP_RIG_H

#include "link/world.h"
#include "modem/net.h"
#include "modem/pdp.h"
#include "modem/socket.h"
#include "tests/rig.h"

#define B05 "LE20B05SIM7600G22"
#define A7670 "A011B03A7670M7_F"
#define LE11 "LE11B14SIM7600M22"

#define HOST(name, model) "  - {match: " name ", model: " model "}\n"
static const char cip_world[] = "schema: 1\nhosts:\n" HOST("echo.test, port: 7", "{service: echo}") HOST(
	"hello.test", "{service: echo, greeting: 'hi\\r\\n'}") HOST("discard.test", "{service: discard}")
	HOST("chargen.test",
	     "{service: chargen}") HOST("once.test", "{script: [{expect: GET, send: \"200 ok\\r\\n\", close: close}]}")
		HOST("slam.test", "{script: [{expect: x, close: reset}]}") HOST("busy.test",
										"{service: echo, misbehave: [refuse]}")
			HOST("lost.test", "{service: echo, misbehave: [tcp_timeout]}")
				HOST("mute.test", "{service: echo, misbehave: [mute], limits: {window: 10}}") HOST(
					"slow.test", "{service: discard, limits: {window: 1000, rate: 1000}}")
					HOST("small.test", "{service: discard, limits: {window: 100, rate: 10}}") HOST(
						"far.test", "{service: echo, latency: {trip: 5s}}")
						HOST("big.test",
						     "{greeting: '0123456789abcdef', script: [{expect: x, send: y}]}");

struct row {
	const char *in, *out;
};

static inline void rows(struct rig *r, const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rig_row(r, row[i].in, row[i].out);
}

#define ROWS(r, array) rows(r, array, sizeof(array) / sizeof((array)[0]))
#define QUIRKS(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}

/* Registered, echo off, AT+NETOPEN not done. */
static inline struct rig *cip_new_closed(const char *profile, const char *const *quirks)
{
	struct err e = { 0 };
	struct world *world = world_load_text("cip", cip_world, sizeof(cip_world) - 1, &e);
	struct rig *r;

	ck_assert_msg(world != NULL, "%s", e.msg);
	r = rig_new_in(profile, quirks, world, NULL);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

static inline struct rig *cip_new(const char *profile, const char *const *quirks)
{
	struct rig *r = cip_new_closed(profile, quirks);

	rig_row(r, "AT+NETOPEN\r", RIG_OK "\r\n+NETOPEN: 0\r\n");
	return r;
}

/* Opens a TCP link to "host",port; manual receive when asked for. */
static inline void cip_open(struct rig *r, int link, const char *to)
{
	char line[300], want[64];

	snprintf(line, sizeof(line), "AT+CIPOPEN=%d,\"TCP\",%s\r", link, to);
	snprintf(want, sizeof(want), RIG_OK "\r\n+CIPOPEN: %d,0\r\n", link);
	rig_row(r, line, want);
}

/* Sends text in one piece and takes what the modem says to it. */
static inline void cip_send(struct rig *r, int link, const char *text)
{
	char line[64], want[64];
	size_t n = strlen(text);

	snprintf(line, sizeof(line), "AT+CIPSEND=%d,%zu\r", link, n);
	rig_row(r, line, "\r\n>");
	snprintf(want, sizeof(want), RIG_OK "\r\n+CIPSEND: %d,%zu,%zu\r\n", link, n, n);
	rig_row(r, text, want);
}

#endif
