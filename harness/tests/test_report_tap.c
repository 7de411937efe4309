/* TAP 13: plan first, directives, an unexpected pass is not ok. */
#include "harness/tests/test_report_rig.h"

static char *fold(unsigned version, const char *stopped)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	rig_fold(report_tap_new(out, NULL, version, NULL), stopped);
	fclose(out);
	return text;
}

START_TEST(lines)
{
	static const char *const wanted[] = {
		"TAP version 13\n1..10\n# seed 7, target inproc\nok 1 - t[a]\nnot ok 2 - t[b,c=1]\n  ---\n",
		"  what: 'timed out waiting for modem, not seen within 30s'\n",
		"\n  ...\nnot ok 3 - t[d]\n", "\nok 4 - t[e] # SKIP needs a-board\n", "not ok 5 - t[f] # TODO known\n",
		"not ok 6 - t[g]\n", "\nok 7 - t[h]\n  ---\n",
		"  flaky: true\n  attempts:\n    - what: 't.yaml:1:1: lost'\n",
		"\nnot ok 8 - t[i] # TODO quarantined: it shakes\n", "  quarantined: 'it shakes'\n  ref: 'issue-7'\n",
		"\nnot ok 9 - t[k]\n", "\nok 10 - t[l]\n", "# 4 passed, 4 failed, 2 skipped\n",
	};
	char *text = fold(13, NULL), *at = text;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		at = strstr(at, wanted[i]);
		ck_assert_msg(at != NULL, "missing or out of order: %s in\n%s", wanted[i], text);
	}
	ck_assert_ptr_null(strchr(text, '\033'));
	ck_assert_ptr_null(strstr(text, "Bail out!"));
	free(text);
}
END_TEST

START_TEST(version_14)
{
	static const char line[] = "{\"event\":\"end\",\"cell\":\"t[\\\\d #1]\",\"outcome\":\"pass\"}\n";
	static const char *const wanted[] = { "ok 1 - t[\\d \\#1]\n", "ok 1 - t[\\\\d \\#1]\n" };
	char *text = fold(14, NULL);

	ck_assert_ptr_eq(strstr(text, "TAP version 14\n1..10\n"), text);
	free(text);
	for (unsigned i = 0; i < 2; i++) {
		struct report_set set = { 0 };
		size_t n;
		FILE *out = open_memstream(&text, &n);

		report_set_add(&set, report_tap_new(out, NULL, 13 + i, NULL));
		report_set_feed(&set, line, strlen(line));
		report_set_free(&set);
		fclose(out);
		ck_assert_str_eq(text, wanted[i]);
		free(text);
	}
}
END_TEST

START_TEST(stopped_early)
{
	char *text = fold(13, "--max-time");

	ck_assert_ptr_nonnull(strstr(text, "\nBail out! --max-time\n"));
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { lines, version_14, stopped_early };

	return rig_main("report_tap", tests, sizeof(tests) / sizeof(tests[0]));
}
