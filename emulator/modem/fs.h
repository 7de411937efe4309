/*
 * The user drives as AT+FS* shows them: C: local, D: SD card, E: media, F: cache. Files and directories, kept in the
 * modem's store under names that cannot leave it; F: is forgotten with the power. The certificate store is no part of
 * them (issue-49:222-240). Manual V3.00 chapters 20 and 21.
 */
#ifndef MODEM_FS_H
#define MODEM_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "modem/modem.h"
#include "modem/store.h"

enum {
	FS_PATH_MAX = 254, /* characters of a full path, manual chapter 20 */
	FS_PATH_SIZE = 260,
};

/* Why something cannot be done, in the order of the manual's list for AT+FSCOPY (20.2.10). */
enum fs_err {
	FS_OK,
	FS_NO_CARD,
	FS_FILE_EXISTS,
	FS_NO_FILE,
	FS_DIR_EXISTS,
	FS_NO_DIR,
	FS_FORBID_MKDIR, /* C: has no directories */
	FS_FORBID_RMDIR, /* a drive, the current directory, or one that is not empty */
	FS_BAD_PATH,
	FS_BAD_NAME,
	FS_CARD_FULL,
	FS_FULL,
	FS_CREATE,
	FS_READ,
	FS_WRITE,
};

/* The manual's words: "FILE NOT EXISTING". */
const char *fs_err_text(enum fs_err err);

struct fs;

struct fs *fs_new(struct modem *m);
/* Power-off or reboot: back to C:/, the cache drive is empty, a copy under way stays unfinished. */
void fs_reset(struct fs *f);
void fs_free(struct fs *f);

/* "E:/mssl_cert/", always with the slash at its end. */
const char *fs_cwd(const struct fs *f);

/*
 * Paths are absolute ("E:/a/b", "e:b") or relative to the current directory, with . and .., a slash at the end or none.
 * FS_OK, or FS_NO_CARD, FS_BAD_PATH, FS_BAD_NAME, FS_NO_DIR and what is named below; then nothing has changed.
 */
enum fs_err fs_cd(struct fs *f, const char *path);
enum fs_err fs_mkdir(struct fs *f, const char *path); /* FS_DIR_EXISTS, FS_FILE_EXISTS, FS_FORBID_MKDIR */
enum fs_err fs_rmdir(struct fs *f, const char *path); /* FS_FORBID_RMDIR */

/*
 * The full path of a file that may or may not exist in a directory that does ("E:/a/b.txt", FS_PATH_SIZE bytes):
 * FS_DIR_EXISTS when it is a directory.
 */
enum fs_err fs_resolve(const struct fs *f, const char *path, char *full);

/* A file as it stands: NULL with *err set (FS_NO_FILE). Borrowed until it is written, deleted or renamed. */
const struct store_file *fs_file(const struct fs *f, const char *path, enum fs_err *err);
/*
 * Reading piece by piece, one file at a time: fs_read_begin() is FS_READ when the file ends before offset, and replaces
 * what was being read; fs_read() gives the next bytes, at most max (borrowed as above), 0 at the end or when the file is
 * gone.
 */
enum fs_err fs_read_begin(struct fs *f, const char *path, size_t offset, size_t size);
size_t fs_read(struct fs *f, const char **data, size_t max);
/* Makes a file or replaces it. FS_DIR_EXISTS, FS_FULL, FS_CARD_FULL, FS_WRITE. */
enum fs_err fs_write(struct fs *f, const char *path, const void *data, size_t len);
/* Adds to its end, or makes it; cheap however often it is called. As fs_write(). */
enum fs_err fs_append(struct fs *f, const char *path, const void *data, size_t len);
/* Cuts a file to its first len bytes; a shorter one stays as it is. */
enum fs_err fs_truncate(struct fs *f, const char *path, size_t len);
/*
 * An upload in two moments: fs_announce() resolves the path and looks for room, fs_take() writes the bytes there. One
 * at a time; a later one replaces an earlier one. As fs_write(), fs_take() without announcement FS_BAD_NAME.
 */
enum fs_err fs_announce(struct fs *f, const char *path, size_t len);
enum fs_err fs_take(struct fs *f, const void *data, size_t len);
enum fs_err fs_delete(struct fs *f, const char *path); /* the last part may be *.*: every file, none is fine */
enum fs_err fs_rename(struct fs *f, const char *from, const char *to); /* of one drive; FS_FILE_EXISTS */

enum fs_kind { FS_KIND_DIRECTORY, FS_KIND_FILE };
typedef void (*fs_list_func_t)(const char *name, void *ctx);

/* Entries of the current directory in the order they were made, by their last part. Returns how many; func may be NULL.
 */
size_t fs_list(const struct fs *f, enum fs_kind kind, fs_list_func_t func, void *ctx);

/* The size and the used bytes of the drive of a path; files take whole blocks. */
enum fs_err fs_memory(const struct fs *f, const char *path, size_t *total, size_t *used);

/*
 * Copies a file in blocks at the profile's pace: MODEM_EVENT_FS_PROGRESS (code: thousandths), then
 * MODEM_EVENT_FS_COPIED (code: enum fs_err). Refused at once: FS_NO_FILE, FS_FILE_EXISTS, FS_DIR_EXISTS,
 * FS_FORBID_MKDIR, FS_FORBID_RMDIR (a directory is no file), FS_BAD_PATH between C: and another drive, FS_FULL,
 * FS_CARD_FULL, FS_CREATE while another copy is under way.
 */
enum fs_err fs_copy(struct fs *f, const char *from, const char *to);

#endif
