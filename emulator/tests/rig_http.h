/* A modem beside a world with web sites in it; bytes that come are compared exactly. */
#ifndef TESTS_RIG_HTTP_H
#define TESTS_RIG_HTTP_H

#include "tests/rig.h"

#define RIG_HTTP_WORLD \
	"schema: 1\n" \
	"hosts:\n" \
	"  - match: web.example\n" \
	"    port: 80\n" \
	"    model:\n" \
	"      http:\n" \
	"        server: rig\n" \
	"        pages:\n" \
	"          - {path: /hello, text: \"Hello, modem!\\r\\n\"}\n" \
	"          - {path: /pattern, bytes: 2500}\n" \
	"          - {path: /big, bytes: 10485760}\n" \
	"          - {path: /echo, echo: true, limit: 60}\n" \
	"          - {path: /secret, text: inside, auth: {user: u, password: p}}\n" \
	"          - {path: /moved, status: 302, headers: {Location: /hello}, text: \"\"}\n" \
	"          - {path: /put, methods: [PUT, DELETE], text: done, close: true}\n" \
	"          - {path: /chunked, text: \"no length\", chunked: true}\n" \
	"          - {path: /slow, bytes: 200, rate: 50}\n" \
	"          - {path: /late, text: late, delay: 5s}\n" \
	"          - {path: /never, misbehave: no_response}\n" \
	"          - {path: /close, misbehave: close}\n" \
	"          - {path: /reset, misbehave: reset}\n" \
	"          - {path: /garbage, misbehave: garbage}\n" \
	"          - {path: /cut, bytes: 2000, misbehave: cut}\n" \
	"          - {path: /stall, bytes: 2000, misbehave: stall}\n" \
	"          - {path: /badlength, text: short, misbehave: bad_length}\n" \
	"  - match: closing.example\n" \
	"    model: {http: {server: \"\", close: true, pages: [{path: /, text: bye}]}}\n" \
	"  - match: secure.example\n" \
	"    port: 443\n" \
	"    model: {tls: {min: 1.2, max: 1.2}, http: {pages: [{path: /, text: safe}]}}\n" \
	"  - match: old.example\n" \
	"    port: 443\n" \
	"    model: {tls: {min: 1.3, max: 1.3}, http: {}}\n" \
	"  - {match: refuse.example, model: {misbehave: [refuse], http: {}}}\n" \
	"  - {match: silent.example, model: {misbehave: [tcp_timeout], http: {}}}\n" \
	"  - {match: mqtt.example, model: {}}\n"

/* A warm modem of a profile with the echo off; quirks as rig_new_with(). more: further rows of hosts, or "". */
static inline struct rig *rig_http_new(const char *profile, const char *const *quirks, const char *more)
{
	char path[] = "/tmp/rig-http-XXXXXX";
	const char *world[] = { path };
	int fd = mkstemp(path);
	struct rig *r;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, "%s%s", RIG_HTTP_WORLD, more), 0);
	close(fd);
	r = rig_new_off(profile, quirks, world, 1, NULL);
	unlink(path);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

/* The service started, a URL set. */
static inline void rig_http_url(struct rig *r, const char *url)
{
	char line[600];

	snprintf(line, sizeof(line), "AT+HTTPPARA=\"URL\",\"%s\"\r", url);
	rig_row(r, line, RIG_OK);
}

static inline void rig_http_start(struct rig *r, const char *url)
{
	rig_row(r, "AT+HTTPINIT\r", RIG_OK);
	rig_http_url(r, url);
}

/* AT+HTTPACTION=method ends in "code,length". */
static inline void rig_http_action(struct rig *r, int method, const char *outcome)
{
	char line[40], want[80];

	snprintf(line, sizeof(line), "AT+HTTPACTION=%d\r", method);
	snprintf(want, sizeof(want), RIG_OK "\r\n+HTTPACTION: %d,%s\r\n", method, outcome);
	rig_row(r, line, want);
}

#endif
