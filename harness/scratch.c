/* Scratch folders: what a cell, or a server of it, has left in them goes with them. */
#include "harness/scratch.h"

#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *base_dir(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	return dir && *dir && strlen(dir) < 32 && !access(dir, W_OK) ? dir : "/tmp";
}

int scratch_make(char path[SCRATCH_PATH_MAX], struct err *e)
{
	int err;

	snprintf(path, SCRATCH_PATH_MAX, "%.32s/hil-%d-XXXXXX", base_dir(), (int)getpid());
	if (mkdtemp(path))
		return 0;
	err = err_set(e, -errno, "%s: %s", path, strerror(errno));
	path[0] = '\0';
	return err;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	remove(path);
	return 0;
}

void scratch_remove(const char *path)
{
	if (*path)
		nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void scratch_remove_of(pid_t pid)
{
	char pattern[SCRATCH_PATH_MAX];
	glob_t dirs;

	snprintf(pattern, sizeof(pattern), "%.32s/hil-%d-??????", base_dir(), (int)pid);
	if (glob(pattern, 0, NULL, &dirs))
		return;
	for (size_t i = 0; i < dirs.gl_pathc; i++)
		scratch_remove(dirs.gl_pathv[i]);
	globfree(&dirs);
}

int scratch_dirs(char *path)
{
	for (char *s = path + 1; *s; s++) {
		int err;

		if (*s != '/')
			continue;
		*s = '\0';
		err = mkdir(path, 0777) && errno != EEXIST ? -errno : 0;
		*s = '/';
		if (err)
			return err;
	}
	return mkdir(path, 0777) && errno != EEXIST ? -errno : 0;
}
