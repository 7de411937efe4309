/* The round trip: a session with the emulator, logged in each format, comes back as the same exchanges. */
#include <check.h>
#include <stdlib.h>

#include "clock/clock.h"
#include "harness/import/import.h"
#include "harness/target.h"
#include "harness/tests/test_import_render.h"
#include "harness/wire/exchange.h"

enum { TEXT_MAX = 1 << 20 };

/* --- a session -------------------------------------------------------------------------------------------------- */

struct session {
	struct clock *clock;
	struct recording *r;
};

static void add(struct session *s, enum wire_from from, const void *p, size_t n)
{
	const struct wire_event ev = { .t_us = clock_now_us(s->clock), .from = from, .data = p, .len = n };

	ck_assert_int_eq(recording_add(s->r, &ev), 0);
}

static void take_bytes(const void *p, size_t n, void *ctx)
{
	add(ctx, WIRE_MODEM, p, n);
}

static void take_event(const struct target_event *ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void take_end(const char *why, void *ctx)
{
	(void)ctx;
	ck_abort_msg("%s", why);
}

/* What the host says, and for how long it listens then; control: to the emulator in place of the line. */
static const struct said {
	const char *line;
	unsigned wait_ms;
	bool control;
} host_says[] = {
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

/* A command is written to the log before what answers it, as it was on the line. */
static struct recording *play(bool echo)
{
	const struct modem_setup setup = { .profile = "LE20B04V03SIM7600M22" };
	struct session s = { clock_new_virtual(), recording_new() };
	const struct target_options to = { .modem = &setup, .seed = 1, .clock = s.clock,
					   .hooks = { take_bytes, take_event, take_end, &s } };
	struct err e = { 0 };
	struct target *t = target_inproc_new(&to, &e);

	ck_assert_msg(t != NULL, "%s", e.msg);
	if (!echo) {
		target_write(t, "ATE0\r", 5);
		clock_advance_to(s.clock, 100000);
		recording_free(s.r);
		s.r = recording_new();
	}
	for (size_t i = 0; i < sizeof(host_says) / sizeof(host_says[0]); i++) {
		const struct said *said = &host_says[i];
		struct buf reply;

		buf_init(&reply, TEXT_MAX);
		if (said->control) {
			ck_assert_msg(!target_control(t, said->line, &reply), "%s: %s", said->line, buf_str(&reply));
		} else {
			add(&s, WIRE_HOST, said->line, strlen(said->line));
			target_write(t, said->line, strlen(said->line));
		}
		buf_free(&reply);
		clock_advance_to(s.clock, clock_now_us(s.clock) + 1000u * said->wait_ms);
	}
	target_free(t);
	clock_free(s.clock);
	return s.r;
}

/* --- exchanges as text ------------------------------------------------------------------------------------------ */

/* Without echo, which a capture that shows one line for both cannot hold. */
static void show(const struct recording *r, struct buf *out)
{
	struct conversation *c = conversation_new(r);

	for (size_t i = 0; i < conversation_size(c); i++) {
		const struct exchange *x = conversation_at(c, i);

		buf_adds(out, x->command ? x->command : "-");
		if (x->data) {
			buf_adds(out, " <");
			str_escape(out, x->data, x->data_len);
			buf_adds(out, ">");
		}
		for (size_t k = 0; k < x->n_lines; k++) {
			size_t n = x->lines[k].len;

			if (x->lines[k].role == LINE_ECHO)
				continue;
			buf_addf(out, " [%s %.*s]", line_role_name(x->lines[k].role), (int)n, str_trim(x->lines[k].text, &n));
		}
		buf_addc(out, '\n');
	}
	conversation_free(c);
}

static struct import *read_text(const struct buf *text, const char *as)
{
	const struct import_options o = { .as = as, .redact = false };
	struct err e = { 0 };
	struct import *imp = import_text("log", buf_str(text), text->len, &o, &e);

	ck_assert_msg(imp != NULL, "%s", e.msg);
	return imp;
}

static void check_same(const struct recording *r, const struct render_row *row, const char *as)
{
	struct buf text, want, got;
	struct import *imp;

	buf_init(&text, TEXT_MAX);
	buf_init(&want, TEXT_MAX);
	buf_init(&got, TEXT_MAX);
	row->render(r, &text);
	imp = read_text(&text, as);
	show(r, &want);
	if (getenv("IMPORT_SHOW"))
		fprintf(stderr, "--- %s\n%s", row->look, buf_str(&text));
	for (size_t i = 0; i < import_remarks(imp); i++) {
		const struct import_remark *m = import_remark(imp, i);

		ck_assert_msg(m->kind == IMPORT_GUESS || m->kind == IMPORT_JOINED, "%s: log:%u: %s: %s: %s", row->look, m->line,
			      import_remark_name(m->kind), m->why, m->text);
	}
	ck_assert_msg(import_segments(imp) == 1, "%s: %zu segments", row->look, import_segments(imp));
	show(import_recording(imp, 0), &got);
	ck_assert_msg(!strcmp(buf_str(&got), buf_str(&want)), "%s: wanted\n%sgot\n%s", row->look, buf_str(&want), buf_str(&got));
	ck_assert_str_eq(import_segment(imp, 0)->format, row->format);
	ck_assert_msg(import_segment(imp, 0)->timed == row->timed, "%s: times", row->look);
	import_free(imp);
	buf_free(&text);
	buf_free(&want);
	buf_free(&got);
}

START_TEST(test_round_trip)
{
	struct recording *r = play(true);

	for (size_t i = 0; i < RENDER_ROWS; i++)
		check_same(r, &render_rows[i], NULL);
	recording_free(r);
}
END_TEST

START_TEST(test_round_trip_forced)
{
	struct recording *r = play(true);

	for (size_t i = 0; i < RENDER_ROWS; i++)
		check_same(r, &render_rows[i], render_rows[i].format);
	recording_free(r);
}
END_TEST

/* With echo off only logs of both sides hold the commands. */
START_TEST(test_without_echo)
{
	static const char *const both[] = { "streamdebugger", "marked", "sscom", "sent-recv", "socat", "esp-idf", "jsonl", NULL };
	struct recording *r = play(false);

	for (size_t i = 0; i < RENDER_ROWS; i++) {
		for (const char *const *name = both; *name; name++) {
			if (!strcmp(*name, render_rows[i].format))
				check_same(r, &render_rows[i], NULL);
		}
	}
	recording_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("import formats");
	TCase *c = tcase_create("round trip");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, test_round_trip);
	tcase_add_test(c, test_round_trip_forced);
	tcase_add_test(c, test_without_echo);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
