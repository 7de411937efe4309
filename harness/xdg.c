/* XDG folders. */
#include "harness/xdg.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "harness/scratch.h"

static bool below_home(char *out, size_t size, const char *variable, const char *fall_back, const char *name)
{
	const char *base = getenv(variable), *home = getenv("HOME");

	*out = '\0';
	if (base && *base == '/')
		snprintf(out, size, "%s/hil/%s", base, name);
	else if (home)
		snprintf(out, size, "%s/%s/hil/%s", home, fall_back, name);
	return *out;
}

bool xdg_config(char *out, size_t size, const char *name)
{
	return below_home(out, size, "XDG_CONFIG_HOME", ".config", name);
}

bool xdg_state(char *out, size_t size, const char *name)
{
	return below_home(out, size, "XDG_STATE_HOME", ".local/state", name);
}

void xdg_runtime(char *out, size_t size, const char *name)
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

void xdg_folders_above(const char *path)
{
	char folder[PATH_MAX], *slash;

	str_copy(folder, sizeof(folder), path);
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return;
	*slash = '\0';
	scratch_dirs(folder);
}
