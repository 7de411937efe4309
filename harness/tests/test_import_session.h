/* A session with the emulator, recorded as it passed. */
#ifndef HARNESS_TESTS_TEST_IMPORT_SESSION_H
#define HARNESS_TESTS_TEST_IMPORT_SESSION_H

#include <check.h>
#include <string.h>

#include "clock/clock.h"
#include "harness/target.h"
#include "harness/wire/recording.h"

enum { TEXT_MAX = 1 << 20 };

struct session {
	struct clock *clock;
	struct recording *r;
};

static inline void session_add(struct session *s, enum wire_from from, const void *p, size_t n)
{
	const struct wire_event ev = { .t_us = clock_now_us(s->clock), .from = from, .data = p, .len = n };

	ck_assert_int_eq(recording_add(s->r, &ev), 0);
}

static inline void session_bytes(const void *p, size_t n, void *ctx)
{
	session_add(ctx, WIRE_MODEM, p, n);
}

static inline void session_event(const struct target_event *ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static inline void session_end(const char *why, void *ctx)
{
	(void)ctx;
	ck_abort_msg("%s", why);
}

/* What the host says, and for how long it listens then; control: to the emulator in place of the line. */
static const struct session_said {
	const char *line;
	unsigned wait_ms;
	bool control;
} session_says[] = {
	{ "AT\r", 200, false },
	{ "ATI\r", 200, false },
	{ "AT+CSQ\r", 200, false },
	{ "AT+SIMCOMATI\r", 200, false },
	{ "AT+CGMI\r", 200, false },
	{ "AT+CSSLCFG?\r", 500, false },
	{ "AT+NOSUCH\r", 100, false },
	{ "AT+CMQTTSTART\r", 2000, false },
	{ "AT+CMQTTACCQ=0,\"client-1\",0\r", 100, false },
	{ "AT+CMQTTCONNECT=0,\"tcp://broker.emqx.io:1883\",60,1\r", 5000, false },
	{ "AT+CMQTTTOPIC=0,3\r", 100, false },
	{ "t/1", 100, false },
	{ "AT+CMQTTPAYLOAD=0,11\r", 100, false },
	{ "hello there", 100, false },
	{ "AT+CMQTTPUB=0,1,60\r", 3000, false },
	{ "AT+CMQTTSUB=0,3,1\r", 100, false },
	{ "a/b", 3000, false },
	{ "broker publish a/b good-day qos 0", 3000, true },
	{ "urc +CMQTTCONNLOST: 0,3", 100, true },
	{ "AT+CMQTTREL=0\r", 100, false },
	{ "AT+CCERTLIST\r", 100, false },
	{ "AT+CCERTDOWN=\"a.pem\",12\r", 100, false },
	{ "one\ntwo\nsix\n", 300, false },
	{ "AT+CCERTLIST\r", 100, false },
};

/* unasked: with what comes by itself, a message and a lost connection. */
static inline struct recording *session_play(bool echo, bool unasked)
{
	const struct modem_setup setup = { .profile = "LE20B04V03SIM7600M22" };
	struct session s = { clock_new_virtual(), recording_new() };
	const struct target_options to = {
		.modem = &setup, .seed = 1, .clock = s.clock, .hooks = { session_bytes, session_event, session_end, &s }
	};
	struct err e = { 0 };
	struct target *t = target_inproc_new(&to, &e);

	ck_assert_msg(t != NULL, "%s", e.msg);
	if (!echo) {
		target_write(t, "ATE0\r", 5);
		clock_advance_to(s.clock, 100000);
		recording_free(s.r);
		s.r = recording_new();
	}
	for (size_t i = 0; i < sizeof(session_says) / sizeof(session_says[0]); i++) {
		const struct session_said *said = &session_says[i];
		struct buf reply;

		buf_init(&reply, TEXT_MAX);
		if (said->control && unasked) {
			ck_assert_msg(!target_control(t, said->line, &reply), "%s: %s", said->line, buf_str(&reply));
		} else if (!said->control) {
			session_add(&s, WIRE_HOST, said->line, strlen(said->line));
			target_write(t, said->line, strlen(said->line));
		}
		buf_free(&reply);
		clock_advance_to(s.clock, clock_now_us(s.clock) + 1000u * said->wait_ms);
	}
	target_free(t);
	clock_free(s.clock);
	return s.r;
}

#endif
