/* hil probe: every shipped revision, probed, gives itself back; and so does one that nobody has seen. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/probe/read.h"
#include "harness/probe/rows.h"
#include "harness/probe/script.h"
#include "harness/probe/yaml_out.h"
#include "harness/target.h"

enum { ALL = PROBE_WRITE | PROBE_NETWORK | PROBE_BOOT };

struct rig {
	struct clock *clock;
	struct target *target;
	struct talk *talk;
	struct probe_result r;
};

static void on_bytes(const void *p, size_t n, void *ctx)
{
	talk_bytes(((struct rig *)ctx)->talk, p, n);
}

static void on_event(const struct target_event *ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static void on_gone(const char *why, void *ctx)
{
	talk_gone(((struct rig *)ctx)->talk, why);
}

static void to_modem(const void *p, size_t n, void *ctx)
{
	target_write(((struct rig *)ctx)->target, p, n);
}

static void begin(struct rig *rig, const char *profile, const char *const *quirks, size_t n_quirks)
{
	const struct modem_setup setup = { .profile = profile, .quirks = quirks, .n_quirks = n_quirks };
	struct target_options to = {
		.modem = &setup, .seed = 1, .hooks = { on_bytes, on_event, on_gone, rig },
	};
	const struct talk_io io = { .write = to_modem, .ctx = rig };
	struct talk_io mine = io;
	struct err e = { 0 };

	*rig = (struct rig){ .clock = clock_new_virtual() };
	ck_assert_ptr_nonnull(rig->clock);
	to.clock = mine.clock = rig->clock;
	rig->talk = talk_new(&mine);
	ck_assert_ptr_nonnull(rig->talk);
	rig->target = target_inproc_new(&to, &e);
	ck_assert_msg(rig->target != NULL, "%s", e.msg);
}

static void end(struct rig *rig)
{
	probe_result_free(&rig->r);
	target_free(rig->target);
	talk_free(rig->talk);
	clock_free(rig->clock);
}

static void probe(struct rig *rig, unsigned allowed)
{
	const struct probe_options o = { .allowed = allowed };
	struct err e = { 0 };

	ck_assert_msg(!probe_run(rig->talk, &o, &rig->r, &e), "%s", e.msg);
	ck_assert_str_eq(buf_str(&rig->r.notes), "");
}

/* What was seen is what the modem was made from. */
static void check_seen(const struct rig *rig, const struct emu_revision *rev, const char *name)
{
	for (size_t i = 0; i < rig->r.n; i++) {
		ck_assert_msg(!probe_differs(&rig->r, i, rev), "%s: %s seen as '%s' (%s), is '%s'", name,
			      emu_value_info(i).name, rig->r.value[i].value, rig->r.value[i].evidence,
			      emu_revision_value(rev, i));
	}
}

START_TEST(test_shipped)
{
	for (const char *const *name = emu_profile_names(); *name; name++) {
		struct emu_revision *rev = emu_revision_load(*name, NULL);
		struct rig rig;

		begin(&rig, *name, NULL, 0);
		probe(&rig, ALL);
		check_seen(&rig, rev, *name);
		if (getenv("PROBE_UNSEEN")) {
			for (size_t i = 0; i < rig.r.n; i++) {
				if (rig.r.value[i].state != PROBE_SEEN)
					printf("%s unseen %s\n", *name, emu_value_info(i).name);
			}
			printf("%zu commands\n", rig.r.commands);
		}
		end(&rig);
		emu_revision_free(rev);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("probe");
	TCase *tc = tcase_create("probe");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_shipped);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
