/* A whole modem in a world of the test's own, tried before the built-in one. */
#ifndef TESTS_RIG_WORLD_H
#define TESTS_RIG_WORLD_H

#include "tests/rig.h"

#define RIG_HOST(name, model) "  - {match: " name ", model: " model "}\n"

/* A warm modem with the echo off; text is what follows "hosts:" in a world file. */
static inline struct rig *rig_new_world(const char *profile, const char *const *quirks, const char *text)
{
	char path[] = "/tmp/rig-world-XXXXXX";
	const char *const paths[] = { path };
	int fd = mkstemp(path);
	struct rig *r;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, "schema: 1\nhosts:\n%s", text), 0);
	close(fd);
	r = rig_new_off(profile, quirks, paths, 1, NULL);
	unlink(path);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

#endif
