/*
 * The user drives as AT+FS* shows them: C: local, D: SD card, E: media, F: cache. The certificate store is no part of
 * them (issue-49:222-240). Directories only, so far: nothing yet puts a file there. Manual V3.00 chapter 20.
 */
#ifndef MODEM_FS_H
#define MODEM_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "modem/modem.h"

enum { FS_PATH_SIZE = 260 };

struct fs_boot {
	char cwd[FS_PATH_SIZE];		/* "E:/mssl_cert/", always with the slash at its end */
};

struct fs_dir;

struct fs {
	struct modem *modem;
	struct fs_boot boot;
	TAILQ_HEAD(, fs_dir) dirs;	/* what the user made; survives a reset */
};

struct fs *fs_new(struct modem *m);
void fs_reset(struct fs *f);
void fs_free(struct fs *f);

const char *fs_cwd(const struct fs *f);

/*
 * Paths are absolute ("E:/a/b") or relative to the current directory, with . and .., a slash at the end or none.
 * 0, -EINVAL (a name that is not allowed), -ENOENT (no such directory or drive), -EEXIST, -ENOTEMPTY, -EPERM (C:/).
 */
int fs_cd(struct fs *f, const char *path);
int fs_mkdir(struct fs *f, const char *path);
int fs_rmdir(struct fs *f, const char *path);

/* The i-th directory inside the current one, without its path; NULL after the last. */
const char *fs_subdirectory(const struct fs *f, size_t i, char *name, size_t size);

#endif
