/* Files of the user drives: content, names, room. Manual V3.00 chapter 20. */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "modem/fs_impl.h"
#include "modem/rtc.h"

enum { FS_FILE_MAX = 1 << 30, BLOCK_BYTES = 512 }; /* total and used of the manual's example are multiples of it */

const struct store_file *fs_get(const struct fs *f, const struct fs_place *p)
{
	char name[FS_PATH_SIZE];

	fs_store_name(p, name);
	return store_get(fs_store(f, p->drive), fs_folder(p->drive), name);
}

const struct store_file *fs_file(const struct fs *f, const char *path, enum fs_err *err)
{
	const struct store_file *file = NULL;
	struct fs_place p;

	*err = fs_take_apart(f, path, &p);
	if (!*err)
		file = p.slash ? NULL : fs_get(f, &p);
	if (!*err && !file)
		*err = FS_NO_FILE;
	return file;
}

enum fs_err fs_read_begin(struct fs *f, const char *path, size_t offset, size_t size)
{
	enum fs_err err;
	const struct store_file *file = fs_file(f, path, &err);

	if (!file)
		return err;
	if (offset > file->len)
		return FS_READ;
	f->boot.reading.pos = offset;
	f->boot.reading.end = size < file->len - offset ? offset + size : file->len;
	return fs_take_apart(f, path, &f->boot.reading.place);
}

size_t fs_read(struct fs *f, const char **data, size_t max)
{
	const struct store_file *file = fs_get(f, &f->boot.reading.place);
	size_t pos = f->boot.reading.pos, end = f->boot.reading.end;

	if (file && end > file->len)
		end = file->len;
	if (!file || pos >= end)
		return 0;
	max = max < end - pos ? max : end - pos;
	*data = (const char *)file->data + pos;
	f->boot.reading.pos += max;
	return max;
}

/* --- room ------------------------------------------------------------------------------------------------------- */

static size_t drive_size(const struct fs *f, enum fs_drive drive)
{
	const struct quirks *q = &f->modem->profile->q;

	switch (drive) {
	case FS_DRIVE_C:
		return (size_t)q->fs_c_bytes;
	case FS_DRIVE_D:
		return (size_t)q->fs_d_bytes;
	case FS_DRIVE_E:
		return (size_t)q->fs_e_bytes;
	case FS_DRIVE_F:
	case FS_DRIVES:
		break;
	}
	return (size_t)q->fs_f_bytes;
}

static size_t blocks(size_t len)
{
	return (len + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
}

static size_t drive_used(const struct fs *f, enum fs_drive drive)
{
	const struct store_file *file;
	size_t pos = 0, used = 0;

	while ((file = store_next(fs_store(f, drive), fs_folder(drive), &pos)) != NULL)
		used += blocks(file->len);
	return used;
}

enum fs_err fs_memory(const struct fs *f, const char *path, size_t *total, size_t *used)
{
	struct fs_place p;
	enum fs_err err = fs_take_apart(f, path, &p);

	if (err)
		return err;
	*total = drive_size(f, p.drive);
	*used = drive_used(f, p.drive);
	return FS_OK;
}

enum fs_err fs_check_room(const struct fs *f, const struct fs_place *p, size_t len)
{
	const struct store_file *old = fs_get(f, p);
	size_t used = drive_used(f, p->drive) - (old ? blocks(old->len) : 0);

	if (len <= FS_FILE_MAX && used + blocks(len) <= drive_size(f, p->drive))
		return FS_OK;
	return p->drive == FS_DRIVE_D ? FS_CARD_FULL : FS_FULL;
}

/* --- content ---------------------------------------------------------------------------------------------------- */

static enum fs_err stored(struct fs *f, const struct fs_place *p, const char *name, int err)
{
	if (err == -ENOSPC)
		return p->drive == FS_DRIVE_D ? FS_CARD_FULL : FS_FULL;
	if (err)
		return FS_WRITE;
	store_set_time(fs_store(f, p->drive), fs_folder(p->drive), name, rtc_time(f->modem->rtc));
	return FS_OK;
}

enum fs_err fs_put(struct fs *f, const struct fs_place *p, const void *data, size_t len)
{
	enum fs_err err = fs_check_room(f, p, len);
	char name[FS_PATH_SIZE];

	if (err)
		return err;
	fs_store_name(p, name);
	return stored(f, p, name, store_put(fs_store(f, p->drive), fs_folder(p->drive), name, data, len));
}

enum fs_err fs_add(struct fs *f, const struct fs_place *p, const void *data, size_t len)
{
	const struct store_file *old = fs_get(f, p);
	enum fs_err err = fs_check_room(f, p, (old ? old->len : 0) + len);
	char name[FS_PATH_SIZE];

	if (err)
		return err;
	fs_store_name(p, name);
	return stored(f, p, name, store_append(fs_store(f, p->drive), fs_folder(p->drive), name, data, len));
}

static enum fs_err place_for_file(const struct fs *f, const char *path, struct fs_place *p)
{
	enum fs_err err = fs_take_apart(f, path, p);

	return err ? err : fs_check_place(f, p);
}

enum fs_err fs_write(struct fs *f, const char *path, const void *data, size_t len)
{
	struct fs_place p;
	enum fs_err err = place_for_file(f, path, &p);

	return err ? err : fs_put(f, &p, data, len);
}

enum fs_err fs_append(struct fs *f, const char *path, const void *data, size_t len)
{
	struct fs_place p;
	enum fs_err err = place_for_file(f, path, &p);

	return err ? err : fs_add(f, &p, data, len);
}

enum fs_err fs_announce(struct fs *f, const char *path, size_t len)
{
	struct fs_place p;
	enum fs_err err = place_for_file(f, path, &p);

	if (!err)
		err = fs_check_room(f, &p, len);
	return err ? err : fs_resolve(f, path, f->boot.announced);
}

enum fs_err fs_take(struct fs *f, const void *data, size_t len)
{
	enum fs_err err = *f->boot.announced ? fs_write(f, f->boot.announced, data, len) : FS_BAD_NAME;

	*f->boot.announced = '\0';
	return err;
}

enum fs_err fs_truncate(struct fs *f, const char *path, size_t len)
{
	enum fs_err err;
	const struct store_file *file = fs_file(f, path, &err);

	return !file || len >= file->len ? err : fs_write(f, path, file->data, len);
}

/* --- names ------------------------------------------------------------------------------------------------------ */

enum fs_err fs_remove(struct fs *f, const struct fs_place *p)
{
	char name[FS_PATH_SIZE];
	int err;

	fs_store_name(p, name);
	err = store_delete(fs_store(f, p->drive), fs_folder(p->drive), name);
	if (err == -ENOENT)
		return FS_NO_FILE;
	return err ? FS_WRITE : FS_OK;
}

/* The directory of a path whose last part means every file; false: a path of one file. */
static bool cut_all(const char *path, char *directory)
{
	size_t n = strlen(path);

	if (n < 3 || strcmp(path + n - 3, "*.*") || (n > 3 && !strchr(":/", path[n - 4])))
		return false;
	str_copy(directory, FS_PATH_SIZE, n > 3 ? path : ".");
	if (n > 3)
		directory[n - 3] = '\0';
	return true;
}

static enum fs_err remove_all(struct fs *f, const char *directory)
{
	struct fs_place dir, file;
	enum fs_err err = fs_take_apart(f, directory, &dir);

	if (!err && !fs_is_directory(f, &dir))
		err = FS_NO_DIR;
	while (!err && fs_first_file(f, &dir, &file))
		err = fs_remove(f, &file);
	return err;
}

enum fs_err fs_delete(struct fs *f, const char *path)
{
	char directory[FS_PATH_SIZE];
	struct fs_place p;
	enum fs_err err;

	if (strlen(path) > FS_PATH_MAX)
		return FS_BAD_PATH;
	if (cut_all(path, directory))
		return remove_all(f, directory);
	err = fs_take_apart(f, path, &p);
	if (err)
		return err;
	return p.slash ? FS_NO_FILE : fs_remove(f, &p);
}

/* Content and time go along. */
static enum fs_err move(struct fs *f, const struct fs_place *from, const struct fs_place *to)
{
	const struct store_file *file = fs_get(f, from);
	struct store *s = fs_store(f, from->drive);
	time_t time = file->time;
	char name[FS_PATH_SIZE];

	fs_store_name(to, name);
	if (store_put(s, fs_folder(to->drive), name, file->data, file->len))
		return FS_WRITE;
	store_set_time(s, fs_folder(to->drive), name, time);
	return fs_remove(f, from);
}

enum fs_err fs_rename(struct fs *f, const char *from, const char *to)
{
	struct fs_place old, new;
	enum fs_err err = fs_take_apart(f, from, &old);

	if (!err)
		err = place_for_file(f, to, &new);
	if (err)
		return err;
	if (old.slash || !fs_get(f, &old))
		return FS_NO_FILE;
	if (old.drive != new.drive)
		return FS_BAD_PATH;
	return fs_get(f, &new) ? FS_FILE_EXISTS : move(f, &old, &new);
}
