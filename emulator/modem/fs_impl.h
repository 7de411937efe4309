/* Shared by the files of modem/fs only. fs.c: paths and directories; fs_file.c: files; fs_copy.c: AT+FSCOPY. */
#ifndef MODEM_FS_IMPL_H
#define MODEM_FS_IMPL_H

#include "modem/fs.h"

enum fs_drive { FS_DRIVE_C, FS_DRIVE_D, FS_DRIVE_E, FS_DRIVE_F, FS_DRIVES };

/* A path taken apart: "E:/a/b" is drive E and "a/b", a drive alone is "". */
struct fs_place {
	enum fs_drive drive;
	char rest[FS_PATH_SIZE];
	bool slash; /* was written as a directory: a slash at the end, or dots */
};

struct fs_boot {
	char cwd[FS_PATH_SIZE];
	char announced[FS_PATH_SIZE]; /* "" when nothing is */
	struct {
		struct fs_place place;
		size_t pos, end;
	} reading;
};

struct fs_copying {
	struct timer timer;
	struct fs_place from, to;
	size_t done, total;
	bool begun, busy;
};

struct fs {
	struct modem *modem;
	struct store *cache; /* the files of F: */
	struct fs_boot boot;
	struct fs_copying copying;
};

/* Takes a path apart; its names are allowed and its drive is there. Nothing need exist. */
enum fs_err fs_take_apart(const struct fs *f, const char *path, struct fs_place *out);
/* A file may stand there: its directory exists, and it is not one itself. */
enum fs_err fs_check_place(const struct fs *f, const struct fs_place *p);
bool fs_is_directory(const struct fs *f, const struct fs_place *p);

/* Any file that stands in a directory itself; false when there is none. */
bool fs_first_file(const struct fs *f, const struct fs_place *dir, struct fs_place *file);

/* Where the store keeps a place: folder, and the name in FS_PATH_SIZE bytes. */
struct store *fs_store(const struct fs *f, enum fs_drive drive);
const char *fs_folder(enum fs_drive drive);
void fs_store_name(const struct fs_place *p, char *name);

const struct store_file *fs_get(const struct fs *f, const struct fs_place *p);
/* As fs_write() and fs_append(), for a place that was checked. */
enum fs_err fs_put(struct fs *f, const struct fs_place *p, const void *data, size_t len);
enum fs_err fs_add(struct fs *f, const struct fs_place *p, const void *data, size_t len);
enum fs_err fs_remove(struct fs *f, const struct fs_place *p);
/* Room for a file of len bytes in a place, whatever is there now. */
enum fs_err fs_check_room(const struct fs *f, const struct fs_place *p, size_t len);

void fs_copy_init(struct fs *f);
void fs_copy_stop(struct fs *f);

#endif
