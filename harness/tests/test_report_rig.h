/*
 * One run as its events: a pass, a failure with everything, a skip, an expected failure, an unexpected pass, a flaky one;
 * then one that failed in quarantine, a flaky one under --fail-flaky, one that passed in quarantine.
 */
#ifndef TEST_REPORT_RIG_H
#define TEST_REPORT_RIG_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report.h"

#define CELL(name) "{\"schema\":1,\"event\":\"end\",\"cell\":\"" name "\",\"file\":\"scenarios/mqtt/t.yaml\",\"line\":3," \
	"\"scenario\":\"t\",\"target\":\"inproc\",\"took\":1.5,\"real\":0.25,"

static const char *const rig_events[] = {
	"{\"schema\":1,\"event\":\"run\",\"cells\":10,\"seed\":7,\"target\":\"inproc\",\"started\":\"2026-01-02T03:04:05\"}\n",
	"{\"schema\":1,\"event\":\"start\",\"cell\":\"t[a]\"}\n",
	CELL("t[a]") "\"outcome\":\"pass\"}\n",
	CELL("t[b,c=1]") "\"outcome\":\"fail\",\"again\":\"hil run t.yaml --seed 7 -v\",\"wire\":\"out/t/b/wire.jsonl\",\"digest\":\"abc\","
	"\"matrix\":{\"c\":\"1\"},"
	"\"failure\":{\"file\":\"scenarios/mqtt/t.yaml\",\"line\":34,\"column\":10,\"source\":\"  - {x: 'y', z: 1}\","
	"\"step\":\"connect\",\"note\":\"a note\",\"what\":\"timed out waiting for modem, not seen within 30s\","
	"\"wanted\":\"^\\\\+CMQTTCONNECT: 0,0$\",\"nearest\":{\"from\":\"modem\",\"t\":12.4,\"text\":\"+CMQTTCONNECT: 0,32\"},"
	"\"code\":32,\"meaning\":\"handshake fail\",\"why\":\"mqtt 32 handshake fail | R2 no <SNI> & more\","
	"\"wire\":[{\"t\":12.3,\"d\":\">\",\"text\":\"AT \\\\r\"},{\"t\":12.4,\"d\":\"<\",\"text\":\"OK \\\\r\\\\n\"}]}}\n",
	CELL("t[d]") "\"outcome\":\"error\",\"failure\":{\"what\":\"it died: \\u001b[31mred\\u001b[0m \\u0001 # 100% ]]>\"}}\n",
	CELL("t[e]") "\"outcome\":\"skip\",\"reason\":\"needs a-board\"}\n",
	CELL("t[f]") "\"outcome\":\"xfail\",\"reason\":\"known\",\"failure\":{\"what\":\"x\"}}\n",
	CELL("t[g]") "\"outcome\":\"xpass\",\"reason\":\"known\",\"again\":\"hil run g\"}\n",
	CELL("t[h]") "\"outcome\":\"pass\",\"attempts\":[{\"outcome\":\"fail\",\"text\":\"t.yaml:1:1: lost\"}]}\n",
	CELL("t[i]") "\"outcome\":\"fail\",\"bad\":false,\"quarantine\":{\"reason\":\"it shakes\",\"ref\":\"issue-7\"},"
	"\"again\":\"hil run i\",\"failure\":{\"step\":\"s\",\"what\":\"came late\"}}\n",
	CELL("t[k]") "\"outcome\":\"pass\",\"bad\":true,\"flaky\":true,\"attempts\":[{\"outcome\":\"error\",\"text\":\"gone\"}]}\n",
	CELL("t[l]") "\"outcome\":\"pass\",\"bad\":false,\"quarantine\":{\"reason\":\"it shakes\"}}\n",
};

/* Feeds all events to r, which belongs to this function from here on. */
static inline void rig_fold(struct report *r, const char *stopped)
{
	struct report_set set = { 0 };

	ck_assert_ptr_nonnull(r);
	report_set_add(&set, r);
	for (size_t i = 0; i < sizeof(rig_events) / sizeof(rig_events[0]); i++)
		report_set_feed(&set, rig_events[i], strlen(rig_events[i]));
	set.totals.stopped = stopped;
	set.totals.real = 0.5;
	report_set_done(&set);
	report_set_free(&set);
}

static inline int rig_main(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create("folds");
	SRunner *runner;
	int failed;

	for (size_t i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
