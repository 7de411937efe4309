/* XDG folders. */
#include "harness/board/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void below_home(char *out, size_t size, const char *variable, const char *fall_back, const char *name)
{
	const char *base = getenv(variable), *home = getenv("HOME");

	if (base && *base == '/')
		snprintf(out, size, "%s/hil/%s", base, name);
	else
		snprintf(out, size, "%s/%s/hil/%s", home ? home : "/", fall_back, name);
}

void place_config(char *out, size_t size, const char *name)
{
	below_home(out, size, "XDG_CONFIG_HOME", ".config", name);
}

void place_state(char *out, size_t size, const char *name)
{
	below_home(out, size, "XDG_STATE_HOME", ".local/state", name);
}

void place_runtime(char *out, size_t size, const char *name)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	char folder[400];

	if (base && *base == '/')
		snprintf(folder, sizeof(folder), "%s/hil", base);
	else
		snprintf(folder, sizeof(folder), "/tmp/hil-%u", (unsigned)getuid());
	mkdir(folder, 0700);
	snprintf(out, size, "%s/%s", folder, name);
}
