/* The text report, to the letter. */
#include "harness/tests/test_report_rig.h"

static char *fold(bool color, bool redraw, int verbosity)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	const struct report_text_options o = { .out = out, .color = color, .redraw = redraw, .verbosity = verbosity };

	rig_fold(report_text_new(&o), NULL);
	fclose(out);
	return text;
}

static const char failure[] =
	"FAIL  t[b,c=1]                                                          1.5s\n"
	"scenarios/mqtt/t.yaml:34:10: connect: timed out waiting for modem, not seen within 30s\n"
	"   34 |   - {x: 'y', z: 1}\n"
	"      |          ^ wanted ^\\+CMQTTCONNECT: 0,0$\n"
	"   note: a note\n"
	"   nearest line from modem, 12.4s in:   +CMQTTCONNECT: 0,32      (32: handshake fail)\n"
	"   why: mqtt 32 handshake fail | R2 no <SNI> & more\n"
	"   last wire lines:    12.3s > AT \\r\n"
	"                       12.4s < OK \\r\\n\n"
	"   again:  hil run t.yaml --seed 7 -v\n"
	"   wire:   out/t/b/wire.jsonl\n";

START_TEST(whole)
{
	char *text = fold(false, false, 0);

	ck_assert_ptr_nonnull(strstr(text, failure));
	ck_assert_ptr_nonnull(strstr(text, "10 cells, target inproc, seed 7\nPASS  t[a] "));
	ck_assert_ptr_nonnull(strstr(text, "1.5s  needs a-board\n"));
	ck_assert_ptr_nonnull(strstr(text, "1.5s  known\n"));
	ck_assert_ptr_nonnull(strstr(text, "scenarios/mqtt/t.yaml:3: passed, and was expected to fail\n   again:  hil run g\n"));
	ck_assert_ptr_nonnull(strstr(text, "1.5s  flaky (2 attempts)\n   attempt 1: t.yaml:1:1: lost\n"));
	ck_assert_ptr_nonnull(strstr(text, "1.5s  quarantined: it shakes (issue-7)\n   s: came late\nPASS  t[k] "));
	ck_assert_ptr_nonnull(strstr(text, "1.5s  flaky (2 attempts)\n   attempt 1: gone\n"
					   "scenarios/mqtt/t.yaml:3: passed only when it was tried again (--fail-flaky)\n"));
	ck_assert_ptr_nonnull(strstr(text, "1.5s  quarantined: it shakes\n"));
	free(text);
}
END_TEST

START_TEST(last_lines)
{
	static const char end[] = "4 PASS, 2 FAIL, 1 ERROR, 1 SKIP, 1 XFAIL, 1 XPASS, 2 flaky, 2 quarantined (1 failed) in 0.50s\n"
				  "4 passed, 4 failed, 2 skipped\n";
	char *text = fold(false, false, -1);

	ck_assert_uint_gt(strlen(text), strlen(end));
	ck_assert_str_eq(text + strlen(text) - strlen(end), end);
	ck_assert_ptr_null(strstr(text, "PASS  t[a]"));
	ck_assert_ptr_nonnull(strstr(text, "FAIL  t[b"));
	ck_assert_ptr_nonnull(strstr(text, "PASS  t[k]"));
	ck_assert_ptr_null(strstr(text, "t[h]"));
	ck_assert_ptr_null(strstr(text, "t[i]"));
	free(text);
}
END_TEST

START_TEST(no_escapes_unless_asked)
{
	char *plain = fold(false, false, 1), *color = fold(true, true, 0);

	ck_assert_ptr_null(strchr(strstr(plain, "PASS"), '\r'));
	ck_assert_ptr_nonnull(strstr(color, "\033[1;31mFAIL "));
	ck_assert_ptr_nonnull(strstr(color, "\033[33mFAIL \033[0m t[i]"));
	ck_assert_ptr_nonnull(strstr(color, "[1/10] 0 failed, t[a] 1.5s\r\033[K"));
	free(plain);
	free(color);
}
END_TEST

/* The line that is written over: what it says, how wide it is, and that it makes room. */
START_TEST(bar)
{
	const struct report_progress busy = { 3, "t[a=1]", "connect", 4.25 }, early = { 1, "t[a=1]", "", 0.0 }, idle = { 0 };
	struct report_set set = { 0 };
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	const struct report_text_options o = { .out = out, .redraw = true, .width = 45 };

	report_set_add(&set, report_text_new(&o));
	report_set_feed(&set, rig_events[0], strlen(rig_events[0]));
	report_set_tick(&set, &idle);
	report_set_tick(&set, &early);
	report_set_tick(&set, &busy);
	report_set_pause(&set);
	report_set_pause(&set);
	report_set_tick(&set, &busy);
	report_set_feed(&set, rig_events[3], strlen(rig_events[3]));
	report_set_free(&set);
	fclose(out);
	ck_assert_ptr_eq(strstr(text, "10 cells, target inproc, seed 7\n[0/10] 1 running, 0 failed, t[a=1] 0.0s\r\033[K"
				      "[0/10] 3 running, 0 failed, t[a=1] connect 4\r\033[K"
				      "[0/10] 3 running, 0 failed, t[a=1] connect 4\r\033[KFAIL  t[b,c=1] "), text);
	free(text);
}
END_TEST

START_TEST(failures_only)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	const struct report_text_options o = { .out = out, .failures_only = true };

	rig_fold(report_text_new(&o), NULL);
	fclose(out);
	ck_assert_ptr_null(strstr(text, "t[a]"));
	ck_assert_ptr_nonnull(strstr(text, "FAIL  t[b,c=1]"));
	ck_assert_ptr_nonnull(strstr(text, "flaky (2 attempts)"));
	free(text);
}
END_TEST

static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void feed(struct report_set *set, const char *line)
{
	report_set_feed(set, line, strlen(line));
}

/* In rounds: what passes is not told, what fails is, and not the same without end. */
START_TEST(rounds)
{
	static const char run[] = "{\"event\":\"run\",\"cells\":2,\"seed\":7,\"target\":\"inproc\",\"started\":\"x\",\"shuffle\":5,"
				  "\"repeat\":25,\"until_fail\":true,\"soak\":28800.0}\n";
	struct report_set set = { 0 };
	char *text = NULL, line[512];
	size_t n;
	FILE *out = open_memstream(&text, &n);
	const struct report_text_options o = { .out = out };

	report_set_add(&set, report_text_new(&o));
	feed(&set, run);
	for (int i = 1; i <= 25; i++) {
		snprintf(line, sizeof(line), "{\"event\":\"round\",\"round\":%d,\"seed\":9%d}\n", i, i);
		feed(&set, line);
		snprintf(line, sizeof(line), "{\"event\":\"end\",\"cell\":\"fine\",\"file\":\"f\",\"outcome\":\"pass\",\"round\":%d}\n", i);
		feed(&set, line);
		snprintf(line, sizeof(line), "{\"event\":\"end\",\"cell\":\"bad\",\"file\":\"f\",\"outcome\":\"fail\",\"round\":%d,"
			 "\"seed\":9%d,\"failure\":{\"what\":\"came late\"}}\n", i, i);
		feed(&set, line);
	}
	report_set_done(&set);
	report_set_free(&set);
	fclose(out);
	ck_assert_ptr_eq(strstr(text, "2 cells, target inproc, seed 7, shuffled by 5, 25 rounds, until one fails, for 8h\n"), text);
	ck_assert_ptr_null(strstr(text, "fine"));
	ck_assert_uint_eq(count_of(text, "FAIL  bad "), 20);
	ck_assert_ptr_nonnull(strstr(text, "  round 20, seed 920\n   more of this cell are counted and not told\n"));
	ck_assert_uint_eq(count_of(text, "came late"), 3);
	ck_assert_ptr_nonnull(strstr(text, "25 PASS, 25 FAIL, 0 ERROR, 0 SKIP, 0 XFAIL, 0 XPASS, 25 rounds in "));
	ck_assert_ptr_nonnull(strstr(text, "\n25 passed, 25 failed, 0 skipped\n"));
	free(text);
}
END_TEST

START_TEST(control_bytes_of_others)
{
	struct buf out;

	buf_init(&out, 100);
	report_clean(&out, "a\033[1;31mb\033[0m\001\tc\n\x7f");
	ck_assert_str_eq(buf_str(&out), "ab\tc\n\x7f");
	buf_free(&out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { whole, last_lines, no_escapes_unless_asked, bar, failures_only, rounds, control_bytes_of_others };

	return rig_main("report_text", tests, sizeof(tests) / sizeof(tests[0]));
}
