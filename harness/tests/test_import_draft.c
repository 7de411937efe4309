/* Drafts are scenarios: they are taken by the loader, say what the log says, and one of a whole session passes. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "harness/import/import.h"
#include "harness/import/import_draft.h"
#include "harness/run_cell.h"
#include "harness/scenario.h"
#include "harness/tests/test_import_render.h"
#include "harness/tests/test_import_session.h"

static struct import *read_text(const char *name, const char *text, size_t n)
{
	const struct import_options o = { .redact = true };
	struct err e = { 0 };
	struct import *imp = import_text(name, text, n, &o, &e);

	ck_assert_msg(imp != NULL, "%s", e.msg);
	return imp;
}

static void draft_of(const struct import *imp, size_t i, const char *text, struct buf *out)
{
	struct import_profile profile;
	const struct import_segment *s = import_segment(imp, i);
	const struct import_draft d = {
		.name = "a-draft",
		.source = "log",
		.segment = s,
		.recording = import_recording(imp, i),
		.profile = import_find_profile(import_recording(imp, i), text, strlen(text), s->first_line,
					       s->last_line, &profile)
				   ? &profile
				   : NULL,
	};

	buf_reset(out);
	ck_assert_int_eq(import_write_draft(&d, out), 0);
}

static struct scenario *load(const struct buf *yaml)
{
	struct err e = { 0 };
	struct scenario *s = scenario_load_text("draft.yaml", buf_str(yaml), yaml->len, NULL, &e);

	ck_assert_msg(s != NULL, "%s\n%s", e.msg, buf_str(yaml));
	return s;
}

/* --- exact ------------------------------------------------------------------------------------------------------ */

static const struct row {
	const char *what, *text;
	const char *want; /* from steps: on */
} rows[] = {
	{ "a command, its lines and its late result", "AT+CSQ\n+CSQ: 20,99\n\nOK\nAT+NETOPEN\nOK\n\n+NETOPEN: 0\n",
	  "  - at: 'AT+CSQ'\n    expect:\n      - {from: modem, match: '^\\+CSQ:'}\n"
	  "  - at: 'AT+NETOPEN'\n    expect:\n      - {from: modem, match: '^\\+NETOPEN: 0$', within: 75s}\n" },
	{ "other results", "AT+CPIN?\n+CME ERROR: 10\nAT+X\nERROR\nAT+CSQ\n",
	  "  - at: 'AT+CPIN?'\n    result: '\\+CME ERROR: 10'\n  - at: 'AT+X'\n    result: 'ERROR'\n"
	  "  - at: 'AT+CSQ'\n    result: any\n" },
	{ "data", "AT+CMQTTTOPIC=0,5\n>it's$\nOK\nAT+CMGS=\"1\"\n> hi\nOK\n",
	  "  - at: 'AT+CMQTTTOPIC=0,5'\n    result: '>'\n  - send: 'it''s$$'\n    expect:\n      - {from: modem, "
	  "match: '^OK$'}\n"
	  "  - at: 'AT+CMGS=\"1\"'\n    result: '>'\n  - send: 'hi\\x1a'\n    expect:\n      - {from: modem, match: "
	  "'^OK$'}\n" },
	{ "what came unasked", "AT\nOK\nPB DONE\n+CMQTTCONNLOST: 0,1\n",
	  "  - at: 'AT'\n  # line 3, unasked: PB DONE\n"
	  "  - expect: {from: modem, match: '^\\+CMQTTCONNLOST: 0,1$', within: 75s}\n" },
	{ "answers alone", "12:00:00.000 -> +CMQTTSTART: 0\n12:00:00.100 -> OK\n",
	  "  # the log has answers alone: put the commands before them\n  - at: AT\n"
	  "  # line 1, its command is not in the log: +CMQTTSTART: 0\n  # line 2, its command is not in the log: "
	  "OK\n" },
	{ "what is no text", "AT+CUSD=1,\"\xc3\xa4\"\nOK\n",
	  "  - send: 'AT+CUSD=1,\"\\xc3\\xa4\"\\r'\n    expect:\n      - {from: modem, match: '^OK$'}\n" },
};

START_TEST(test_rows)
{
	const struct row *row = &rows[_i];
	struct import *imp = read_text("log", row->text, strlen(row->text));
	struct buf yaml;
	const char *steps;

	buf_init(&yaml, TEXT_MAX);
	ck_assert_uint_eq(import_segments(imp), 1);
	draft_of(imp, 0, row->text, &yaml);
	steps = strstr(buf_str(&yaml), "\nsteps:\n");
	ck_assert_ptr_nonnull(steps);
	ck_assert_msg(!strcmp(steps + 8, row->want), "%s\nwanted:\n%sgot:\n%s", row->what, row->want, steps + 8);
	scenario_free(load(&yaml));
	buf_free(&yaml);
	import_free(imp);
}
END_TEST

/* --- the revision ----------------------------------------------------------------------------------------------- */

static const struct profile_row {
	const char *text;
	const char *want;
	unsigned line;
} profile_rows[] = {
	{ "AT\nOK\n", "", 0 },
	{ "AT+CGMR\n+CGMR: LE20B04SIM7600G22\nOK\n", "LE20B04SIM7600G22", 2 },
	{ "Revision: LE20B03SIM7600M22\nSIM7600M22_B03V03_210525\n", "LE20B03V03SIM7600M22", 2 },
	{ "I use the LE11B14SIM7600M22\nnow a LE20B04V03SIM7600M22\n\nAT\nOK\n", "LE20B04V03SIM7600M22", 2 },
	{ "I use the LE11B14SIM7600M22\nAT\nOK\n\nand now it has LE20B04V03SIM7600M22\n", "LE11B14SIM7600M22", 1 },
	{ "the xLE11B14SIM7600M22 and a LE11B14SIM7600M22y\nAT\nOK\n", "", 0 },
	{ "Revision: A011B03A7670M7_F\n", "A011B03A7670M7_F", 1 },
	{ "00000000  2b 43 47 4d 52 3a 20 4c  45 31 31 42 31 34 53 49  |+CGMR: LE11B14SI|\n"
	  "00000010  4d 37 36 30 30 4d 32 32  0d 0a                    |M7600M22..|\n",
	  "LE11B14SIM7600M22", 1 },
	{ "{\"schema\":1,\"event\":\"recording\",\"profile\":\"LE20B05SIM7600G22\"}\n{\"t\":0,\"d\":\"host\",\"hex\":"
	  "\"41540d\"}\n",
	  "LE20B05SIM7600G22", 2 },
	{ "{\"schema\":1,\"event\":\"recording\",\"profile\":\"mine: "
	  "it\"}\n{\"t\":0,\"d\":\"host\",\"hex\":\"41540d\"}\n",
	  "", 0 },
};

START_TEST(test_profile)
{
	const struct profile_row *row = &profile_rows[_i];
	struct import *imp = read_text("log", row->text, strlen(row->text));
	const struct import_segment *s = import_segment(imp, 0);
	struct import_profile p;
	bool found = import_find_profile(import_recording(imp, 0), row->text, strlen(row->text), s->first_line,
					 s->last_line, &p);

	ck_assert_int_eq(found, row->want[0] != '\0');
	ck_assert_str_eq(p.name, row->want);
	ck_assert_uint_eq(p.line, row->line);
	import_free(imp);
}
END_TEST

START_TEST(test_plain_name)
{
	static const struct {
		const char *text, *want;
	} names[] = {
		{ "out/Field Log_3", "field-log-3" }, { "a", "a" }, { "", "log" }, { "--x..y--", "x-y" },
		{ "/tmp/\xc3\xa4/", "log" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char out[64];

		import_plain_name(names[i].text, out, sizeof(out));
		ck_assert_str_eq(out, names[i].want);
	}
}
END_TEST

/* --- running ---------------------------------------------------------------------------------------------------- */

static void keep_events(const char *line, size_t n, void *ctx)
{
	buf_add(ctx, line, n);
}

static void run_draft(const struct buf *yaml)
{
	const struct run_options o = {
		.emulator = "sim7600-emu", .jobs = 1, .timeout_scale = 1, .seed = 1, .rerun = ""
	};
	struct scenario *s = load(yaml);
	struct buf events;
	enum outcome outcome;

	buf_init(&events, 1 << 24);
	outcome =
		run_cell(&(struct cell_run){ .cell = s->cells[0], .options = &o, .emit = keep_events, .ctx = &events });
	ck_assert_msg(outcome == OUTCOME_PASS, "%s\n%s", buf_str(yaml), buf_str(&events));
	buf_free(&events);
	scenario_free(s);
}

/* What a modem said once, it says again to the draft: on the revision that the log names. */
START_TEST(test_session_passes)
{
	struct recording *r = session_play(true, false);
	struct buf text, yaml;
	struct import *imp;

	buf_init(&text, TEXT_MAX);
	buf_init(&yaml, TEXT_MAX);
	render_rows[_i].render(r, &text);
	imp = read_text("log", buf_str(&text), text.len);
	ck_assert_uint_eq(import_segments(imp), 1);
	draft_of(imp, 0, buf_str(&text), &yaml);
	ck_assert_msg(strstr(buf_str(&yaml), "profile: LE20B04V03SIM7600M22") != NULL, "%s", buf_str(&yaml));
	run_draft(&yaml);
	import_free(imp);
	buf_free(&text);
	buf_free(&yaml);
	recording_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("import draft");
	TCase *c = tcase_create("draft");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, test_rows, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(c, test_profile, 0, (int)(sizeof(profile_rows) / sizeof(profile_rows[0])));
	tcase_add_test(c, test_plain_name);
	tcase_add_loop_test(c, test_session_passes, 0, RENDER_ROWS);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
