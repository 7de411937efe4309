/*
 * Paths and directories of the user drives. A directory is an empty file of the store whose name ends in ':', which
 * stands for the slash that neither side allows in a name. Knows no AT text. Manual V3.00 chapter 20.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/fs_impl.h"

static const char drive_letters[] = "CDEF";

enum { DRIVE_LEN = 3 }; /* "E:/" */

const char *fs_err_text(enum fs_err err)
{
	static const char *const text[] = {
		[FS_OK] = "OK",
		[FS_NO_CARD] = "SD CARD NOT PLUGGED IN",
		[FS_FILE_EXISTS] = "FILE IS EXISTING",
		[FS_NO_FILE] = "FILE NOT EXISTING",
		[FS_DIR_EXISTS] = "DIRECTORY IS EXISTED",
		[FS_NO_DIR] = "DIRECTORY NOT EXISTED",
		[FS_FORBID_MKDIR] = "FORBID CREATE DIRECTORY UNDER \"C:/\"",
		[FS_FORBID_RMDIR] = "FORBID DELETE DIRECTORY",
		[FS_BAD_PATH] = "INVALID PATH NAME",
		[FS_BAD_NAME] = "INVALID FILE NAME",
		[FS_CARD_FULL] = "SD CARD HAVE NO ENOUGH MEMORY",
		[FS_FULL] = "EFS HAVE NO ENOUGH MEMORY",
		[FS_CREATE] = "FILE CREATE ERROR",
		[FS_READ] = "READ FILE ERROR",
		[FS_WRITE] = "WRITE FILE ERROR",
	};

	return text[err];
}

/* --- names in the store ---------------------------------------------------------------------------------------- */

const char *fs_folder(enum fs_drive drive)
{
	static const char *const folder[] = { "fs-c", "fs-d", "fs-e", "fs-f" };

	return folder[drive];
}

struct store *fs_store(const struct fs *f, enum fs_drive drive)
{
	return drive == FS_DRIVE_F ? f->cache : f->modem->store;
}

/*
 * A path is one name of the store. What the store forbids is written with what the drives forbid, so that the way back
 * is unique and no name grows: ':' is the slash, '|' the second of two dots.
 */
static void encode(char *name)
{
	for (size_t i = 0; name[i]; i++) {
		if (name[i] == '/')
			name[i] = ':';
		else if (name[i] == '.' && i && name[i - 1] == '.')
			name[i] = '|';
	}
}

static void decode(char *name)
{
	for (; *name; name++) {
		if (*name == ':')
			*name = '/';
		else if (*name == '|')
			*name = '.';
	}
}

void fs_store_name(const struct fs_place *p, char *name)
{
	str_copy(name, FS_PATH_SIZE, p->rest);
	encode(name);
}

/* "a/b" to "a:b:"; a drive alone has no mark. */
static void mark_name(const char *rest, char *name)
{
	snprintf(name, FS_PATH_SIZE, "%.*s%s", FS_PATH_MAX, rest, *rest ? "/" : "");
	encode(name);
}

/* --- paths ------------------------------------------------------------------------------------------------------ */

/* Not \ : * ? " < > | , ; and a letter, digit or underscore first, no dot at the end. */
static bool name_allowed(const char *name, size_t n)
{
	if ((!isalnum((unsigned char)name[0]) && name[0] != '_') || name[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c < 0x20 || c == 0x7f || strchr("\\:*?\"<>|,;", c))
			return false;
	}
	return true;
}

/* Removes the last part of "a/b". */
static void up(char *rest)
{
	char *slash = strrchr(rest, '/');

	*(slash ? slash : rest) = '\0';
}

static enum fs_err append_part(char *rest, const char *name, size_t n)
{
	size_t used = strlen(rest);

	if (!name_allowed(name, n))
		return FS_BAD_NAME;
	if (DRIVE_LEN + used + (used > 0) + n > FS_PATH_MAX)
		return FS_BAD_PATH;
	if (used)
		rest[used++] = '/';
	memcpy(rest + used, name, n);
	rest[used + n] = '\0';
	return FS_OK;
}

static enum fs_err check_drive(const struct fs *f, enum fs_drive drive)
{
	const struct quirks *q = &f->modem->profile->q;

	if (drive == FS_DRIVE_D && !q->fs_sd_card)
		return FS_NO_CARD;
	return drive == FS_DRIVE_E && q->fs_media != QUIRK_fs_media_present ? FS_BAD_PATH : FS_OK;
}

/* The drive and where its path begins; a path without one starts in the current directory. */
static enum fs_err take_drive(const struct fs *f, const char **path, struct fs_place *out)
{
	const char *text = *path, *letter;
	bool absolute = isalpha((unsigned char)text[0]) && text[1] == ':';

	if (!absolute)
		text = f->boot.cwd;
	letter = strchr(drive_letters, toupper((unsigned char)text[0]));
	if (!letter)
		return FS_BAD_PATH;
	*out = (struct fs_place){ .drive = (enum fs_drive)(letter - drive_letters) };
	if (absolute) {
		*path += 2;
		return FS_OK;
	}
	str_copy(out->rest, sizeof(out->rest), text + DRIVE_LEN);
	if (*out->rest)
		out->rest[strlen(out->rest) - 1] = '\0';
	return FS_OK;
}

enum fs_err fs_take_apart(const struct fs *f, const char *path, struct fs_place *out)
{
	enum fs_err err = take_drive(f, &path, out);
	size_t n;

	if (!err)
		err = check_drive(f, out->drive);
	out->slash = !*path;
	for (; !err && *path; path += n) {
		n = strcspn(path, "/");
		out->slash = true;
		if (n == 2 && path[0] == '.' && path[1] == '.')
			up(out->rest);
		else if (n && !(n == 1 && path[0] == '.')) {
			err = append_part(out->rest, path, n);
			out->slash = path[n] == '/';
		}
		n += path[n] == '/';
	}
	return err;
}

bool fs_is_directory(const struct fs *f, const struct fs_place *p)
{
	char name[FS_PATH_SIZE];

	if (!*p->rest)
		return true;
	mark_name(p->rest, name);
	return store_get(fs_store(f, p->drive), fs_folder(p->drive), name) != NULL;
}

static enum fs_err check_parent(const struct fs *f, const struct fs_place *p)
{
	struct fs_place parent = *p;

	up(parent.rest);
	if (fs_is_directory(f, &parent))
		return FS_OK;
	return p->drive == FS_DRIVE_C ? FS_FORBID_MKDIR : FS_NO_DIR;
}

enum fs_err fs_check_place(const struct fs *f, const struct fs_place *p)
{
	if (fs_is_directory(f, p))
		return FS_DIR_EXISTS;
	return p->slash ? FS_BAD_NAME : check_parent(f, p);
}

/* --- directories ------------------------------------------------------------------------------------------------ */

const char *fs_cwd(const struct fs *f)
{
	return f->boot.cwd;
}

static void spell(const struct fs_place *p, const char *end, char *full)
{
	snprintf(full, FS_PATH_SIZE, "%c:/%.*s%s", drive_letters[p->drive], FS_PATH_MAX - DRIVE_LEN, p->rest,
		 *p->rest ? end : "");
}

enum fs_err fs_resolve(const struct fs *f, const char *path, char *full)
{
	struct fs_place p;
	enum fs_err err = fs_take_apart(f, path, &p);

	if (!err)
		err = fs_check_place(f, &p);
	if (!err)
		spell(&p, "", full);
	return err;
}

enum fs_err fs_cd(struct fs *f, const char *path)
{
	struct fs_place p;
	enum fs_err err = fs_take_apart(f, path, &p);

	if (err)
		return err;
	if (!fs_is_directory(f, &p))
		return FS_NO_DIR;
	spell(&p, "/", f->boot.cwd);
	return FS_OK;
}

static enum fs_err put_mark(struct fs *f, const struct fs_place *p)
{
	char name[FS_PATH_SIZE];

	mark_name(p->rest, name);
	return store_put(fs_store(f, p->drive), fs_folder(p->drive), name, NULL, 0) ? FS_CREATE : FS_OK;
}

enum fs_err fs_mkdir(struct fs *f, const char *path)
{
	struct fs_place p;
	enum fs_err err = fs_take_apart(f, path, &p);

	if (err)
		return err;
	if (fs_is_directory(f, &p))
		return FS_DIR_EXISTS;
	if (fs_get(f, &p))
		return FS_FILE_EXISTS;
	err = check_parent(f, &p);
	if (err)
		return err;
	return p.drive == FS_DRIVE_C ? FS_FORBID_MKDIR : put_mark(f, &p);
}

static bool is_empty(const struct fs *f, const struct fs_place *p)
{
	const struct store_file *file;
	char mark[FS_PATH_SIZE];
	size_t pos = 0, n;

	mark_name(p->rest, mark);
	n = strlen(mark);
	while ((file = store_next(fs_store(f, p->drive), fs_folder(p->drive), &pos)) != NULL) {
		if (!strncmp(file->name, mark, n) && file->name[n])
			return false;
	}
	return true;
}

enum fs_err fs_rmdir(struct fs *f, const char *path)
{
	char full[FS_PATH_SIZE], mark[FS_PATH_SIZE];
	struct fs_place p;
	enum fs_err err = fs_take_apart(f, path, &p);

	if (err)
		return err;
	if (!fs_is_directory(f, &p))
		return FS_NO_DIR;
	spell(&p, "/", full);
	if (!*p.rest || !is_empty(f, &p) || !strncmp(f->boot.cwd, full, strlen(full)))
		return FS_FORBID_RMDIR;
	mark_name(p.rest, mark);
	return store_delete(fs_store(f, p.drive), fs_folder(p.drive), mark) ? FS_WRITE : FS_OK;
}

/* The part of a stored name that stands in the directory itself: "b" of "a:b" and of "a:b:", by what is asked for. */
static bool entry_name(const char *stored, const char *mark, enum fs_kind kind, char *name)
{
	size_t n = strlen(mark), len;

	if (strncmp(stored, mark, n) || !stored[n])
		return false;
	stored += n;
	len = strcspn(stored, ":");
	if (kind == FS_KIND_DIRECTORY ? strcmp(stored + len, ":") != 0 : stored[len] != '\0')
		return false;
	snprintf(name, FS_PATH_SIZE, "%.*s", (int)len, stored);
	decode(name);
	return true;
}

bool fs_first_file(const struct fs *f, const struct fs_place *dir, struct fs_place *file)
{
	char mark[FS_PATH_SIZE], name[FS_PATH_SIZE];
	const struct store_file *stored;
	size_t pos = 0;

	mark_name(dir->rest, mark);
	while ((stored = store_next(fs_store(f, dir->drive), fs_folder(dir->drive), &pos)) != NULL) {
		if (!entry_name(stored->name, mark, FS_KIND_FILE, name))
			continue;
		*file = (struct fs_place){ .drive = dir->drive };
		str_copy(file->rest, sizeof(file->rest), stored->name);
		decode(file->rest);
		return true;
	}
	return false;
}

size_t fs_list(const struct fs *f, enum fs_kind kind, fs_list_func_t func, void *ctx)
{
	char mark[FS_PATH_SIZE], name[FS_PATH_SIZE];
	const struct store_file *file;
	size_t pos = 0, n = 0;
	struct fs_place p;

	if (fs_take_apart(f, f->boot.cwd, &p))
		return 0;
	mark_name(p.rest, mark);
	while ((file = store_next(fs_store(f, p.drive), fs_folder(p.drive), &pos)) != NULL) {
		if (!entry_name(file->name, mark, kind, name))
			continue;
		n++;
		if (func)
			func(name, ctx);
	}
	return n;
}

/* --- life ------------------------------------------------------------------------------------------------------- */

/* The first directory that a name of the store implies and that has no mark, into *p. */
static bool find_unmarked(const struct fs *f, enum fs_drive drive, struct fs_place *p)
{
	const struct store_file *file;
	size_t pos = 0;

	p->drive = drive;
	while ((file = store_next(fs_store(f, drive), fs_folder(drive), &pos)) != NULL) {
		for (const char *end = strchr(file->name, ':'); end; end = strchr(end + 1, ':')) {
			snprintf(p->rest, sizeof(p->rest), "%.*s", (int)(end - file->name), file->name);
			decode(p->rest);
			if (!fs_is_directory(f, p))
				return true;
		}
	}
	return false;
}

/* A person may have put "dir:file" into the state directory; the mark of dir is made here. */
static void mark_directories(struct fs *f)
{
	struct fs_place p = { 0 };

	while (find_unmarked(f, FS_DRIVE_E, &p) && !put_mark(f, &p))
		;
	while (find_unmarked(f, FS_DRIVE_D, &p) && !put_mark(f, &p))
		;
}

struct fs *fs_new(struct modem *m)
{
	struct fs *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->modem = m;
	fs_copy_init(f);
	fs_reset(f);
	if (!f->cache) {
		fs_free(f);
		return NULL;
	}
	mark_directories(f);
	return f;
}

void fs_reset(struct fs *f)
{
	struct store *empty = store_new(NULL, NULL);

	fs_copy_stop(f);
	f->boot = (struct fs_boot){ .cwd = "C:/" };
	if (!empty)
		return; /* short of memory: old files are better than no drive */
	store_free(f->cache);
	f->cache = empty;
}

void fs_free(struct fs *f)
{
	if (!f)
		return;
	fs_copy_stop(f);
	store_free(f->cache);
	free(f);
}
