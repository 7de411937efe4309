/* /proc/PID/fd leads to what a process has open. */
#include "harness/board/holders.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

static bool has_open(long pid, const char *device)
{
	char folder[64], path[400], leads[PATH_MAX];
	const struct dirent *d;
	bool found = false;
	DIR *dir;

	snprintf(folder, sizeof(folder), "/proc/%ld/fd", pid);
	dir = opendir(folder);
	while (dir && !found && (d = readdir(dir)) != NULL) {
		ssize_t n;

		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		n = readlink(path, leads, sizeof(leads) - 1);
		leads[n > 0 ? n : 0] = '\0';
		found = !strcmp(leads, device);
	}
	if (dir)
		closedir(dir);
	return found;
}

static void add_name(long pid, char *out, size_t size)
{
	char path[64], name[64] = "process";
	size_t used = strlen(out);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	f = fopen(path, "re");
	if (f && fgets(name, sizeof(name), f))
		name[strcspn(name, "\n")] = '\0';
	if (f)
		fclose(f);
	snprintf(out + used, size - used, "%s%s (%ld)", used ? ", " : "", name, pid);
}

void board_holders(const struct board *b, char *out, size_t size)
{
	char device[PATH_MAX];
	const struct dirent *d;
	DIR *dir = NULL;
	long long pid;

	*out = '\0';
	if (realpath(b->port, device) && strncmp(device, "/dev/pts/", 9) != 0) /* who made a PTY holds it, too */
		dir = opendir("/proc");
	while (dir && (d = readdir(dir)) != NULL) {
		if (str_to_num(d->d_name, strlen(d->d_name), 1, INT_MAX, &pid) || pid == getpid())
			continue;
		if (has_open((long)pid, device))
			add_name((long)pid, out, size);
	}
	if (dir)
		closedir(dir);
}
