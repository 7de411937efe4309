/*
 * Any bytes as YAML, as a revision and as a world: no crash, and a refusal always says where. The first byte picks the
 * loader, so that one corpus serves all three.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/yml.h"
#include "link/world.h"
#include "profile/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "t.yaml:LINE:COLUMN: what", or the place of a built-in file a text extends; memory may run out anywhere. */
static void check_error(const struct err *e)
{
	unsigned colons = 0;

	if (e->code == -12 && !strcmp(e->msg, "out of memory"))
		return;
	for (const char *p = e->msg; *p; p++)
		colons += *p == ':';
	if (e->code < 0 && colons >= 3 && strstr(e->msg, ".yaml:"))
		return;
	fprintf(stderr, "an error without a place: %d '%s'\n", e->code, e->msg);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct err e = { 0 };
	void *loaded = NULL;

	if (!size)
		return 0;
	size--;
	if (data[0] % 3 == 0)
		yml_free(loaded = yml_load_text("t.yaml", text, size, &e));
	else if (data[0] % 3 == 1)
		profile_free(loaded = profile_load_text("t.yaml", text, size, &e));
	else
		world_free(loaded = world_load_text("t.yaml", text, size, &e));
	if (!loaded)
		check_error(&e);
	return 0;
}
