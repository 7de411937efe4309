/* GitHub's annotations: escapes, the limit of nine, the step summary. */
#include "harness/tests/test_report_rig.h"

#include <unistd.h>

START_TEST(annotations)
{
	char summary[] = "/tmp/test-summary-XXXXXX", table[4096] = "", *text = NULL;
	int fd = mkstemp(summary);
	size_t n;
	FILE *out = open_memstream(&text, &n), *in;

	close(fd);
	setenv("GITHUB_STEP_SUMMARY", summary, 1);
	rig_fold(report_github_new(out), NULL);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "::error file=scenarios/mqtt/t.yaml,line=34,col=10,title=FAIL t[b%2Cc=1]::scenarios/"));
	ck_assert_ptr_nonnull(strstr(text, "%0A"));
	ck_assert_ptr_nonnull(strstr(text, "::error file=scenarios/mqtt/t.yaml,line=3,col=1,title=ERROR t[d]::it died: red  # 100%25 ]]>"));
	ck_assert_ptr_nonnull(strstr(text, "::error file=scenarios/mqtt/t.yaml,line=3,col=1,title=PASS t[k]::flaky (2 attempts)%0A"));
	ck_assert_ptr_nonnull(strstr(text, "::warning file=scenarios/mqtt/t.yaml,line=3,col=1,title=PASS t[h]::flaky (2 attempts)%0A"));
	ck_assert_ptr_nonnull(strstr(text, "::warning file=scenarios/mqtt/t.yaml,line=3,col=1,title=FAIL t[i]::quarantined: it "));
	ck_assert_ptr_null(strstr(text, "t[l]"));
	ck_assert_ptr_null(strchr(text, '\033'));
	in = fopen(summary, "r");
	ck_assert_uint_gt(fread(table, 1, sizeof(table) - 1, in), 0);
	fclose(in);
	unlink(summary);
	ck_assert_ptr_nonnull(strstr(table, "| FAIL | `t[b,c=1]` | 1.5s | timed out waiting for modem"));
	ck_assert_ptr_nonnull(strstr(table, "| FAIL | `t[i]` | 1.5s | quarantined: it shakes (issue-7); came late |\n"));
	ck_assert_ptr_nonnull(strstr(table, "4 passed, 4 failed, 2 skipped\n"));
	free(text);
}
END_TEST

START_TEST(nine_and_the_rest)
{
	struct report_set set = { 0 };
	char *text = NULL, *at;
	size_t n, errors = 0;
	FILE *out = open_memstream(&text, &n);

	unsetenv("GITHUB_STEP_SUMMARY");
	report_set_add(&set, report_github_new(out));
	for (int i = 0; i < 12; i++)
		report_set_feed(&set, rig_events[4], strlen(rig_events[4]));
	report_set_done(&set);
	report_set_free(&set);
	fclose(out);
	for (at = text; (at = strstr(at, "::error ")) != NULL; at++)
		errors++;
	ck_assert_uint_eq(errors, 10);
	ck_assert_ptr_nonnull(strstr(text, "::and 3 more\n"));
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { annotations, nine_and_the_rest };

	return rig_main("report_github", tests, sizeof(tests) / sizeof(tests[0]));
}
