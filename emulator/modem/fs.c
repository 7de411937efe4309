/* Directories of the user drives, as a list of absolute paths. Knows no AT text. */
#include "modem/fs.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct fs_dir {
	TAILQ_ENTRY(fs_dir) entry;
	char path[FS_PATH_SIZE];	/* "E:/mssl_cert/" */
};

/* D: is there only with a card, and there is none. */
static const char *const roots[] = { "C:/", "E:/", "F:/" };

struct fs *fs_new(struct modem *m)
{
	struct fs *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->modem = m;
	TAILQ_INIT(&f->dirs);
	fs_reset(f);
	return f;
}

void fs_reset(struct fs *f)
{
	f->boot = (struct fs_boot){ .cwd = "C:/" };
}

void fs_free(struct fs *f)
{
	struct fs_dir *d;

	if (!f)
		return;
	while ((d = TAILQ_FIRST(&f->dirs)) != NULL) {
		TAILQ_REMOVE(&f->dirs, d, entry);
		free(d);
	}
	free(f);
}

const char *fs_cwd(const struct fs *f)
{
	return f->boot.cwd;
}

static struct fs_dir *find(const struct fs *f, const char *path)
{
	struct fs_dir *d;

	TAILQ_FOREACH(d, &f->dirs, entry) {
		if (!strcmp(d->path, path))
			return d;
	}
	return NULL;
}

static bool exists(const struct fs *f, const char *path)
{
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (!strcmp(roots[i], path))
			return true;
	}
	return find(f, path) != NULL;
}

/* Manual V3.00 chapter 20: not \ : * ? " < > | , ; and a letter, digit or underscore first. */
static bool name_allowed(const char *name, size_t n)
{
	if (!isalnum((unsigned char)name[0]) && name[0] != '_')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (strchr("\\:*?\"<>|,;", name[i]) || (unsigned char)name[i] < 0x20)
			return false;
	}
	return true;
}

/* Removes the last component of "E:/a/b/"; the root stays. */
static void up(char *path)
{
	size_t n = strlen(path);

	if (n <= 3)
		return;
	for (n--; path[n - 1] != '/'; n--)
		;
	path[n] = '\0';
}

static int append(char *path, const char *name, size_t n)
{
	size_t used = strlen(path);

	if (!name_allowed(name, n) || used + n + 2 > FS_PATH_SIZE)
		return -EINVAL;
	memcpy(path + used, name, n);
	memcpy(path + used + n, "/", 2);
	return 0;
}

static int resolve(const struct fs *f, const char *path, char *out)
{
	bool absolute = isalpha((unsigned char)path[0]) && path[1] == ':';
	size_t n;
	int err = 0;

	if (absolute) {
		snprintf(out, FS_PATH_SIZE, "%c:/", toupper((unsigned char)path[0]));
		path += 2;
	} else {
		str_copy(out, FS_PATH_SIZE, f->boot.cwd);
	}
	for (; !err && *path; path += n) {
		n = strcspn(path, "/");
		if (n == 2 && path[0] == '.' && path[1] == '.')
			up(out);
		else if (n && !(n == 1 && path[0] == '.'))
			err = append(out, path, n);
		n += path[n] == '/';
	}
	return err;
}

int fs_cd(struct fs *f, const char *path)
{
	char full[FS_PATH_SIZE];
	int err = resolve(f, path, full);

	if (err)
		return err;
	if (!exists(f, full))
		return -ENOENT;
	str_copy(f->boot.cwd, sizeof(f->boot.cwd), full);
	return 0;
}

static bool parent_exists(const struct fs *f, const char *path)
{
	char parent[FS_PATH_SIZE];

	str_copy(parent, sizeof(parent), path);
	up(parent);
	return exists(f, parent);
}

int fs_mkdir(struct fs *f, const char *path)
{
	char full[FS_PATH_SIZE];
	struct fs_dir *d;
	int err = resolve(f, path, full);

	if (err)
		return err;
	if (exists(f, full))
		return -EEXIST;
	if (!parent_exists(f, full))
		return -ENOENT;
	if (full[0] == 'C')
		return -EPERM;	/* FORBID CREATE DIRECTORY UNDER "C:/" */
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	str_copy(d->path, sizeof(d->path), full);
	TAILQ_INSERT_TAIL(&f->dirs, d, entry);
	return 0;
}

static bool is_inside(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && path[n];
}

int fs_rmdir(struct fs *f, const char *path)
{
	char full[FS_PATH_SIZE];
	struct fs_dir *d, *other;
	int err = resolve(f, path, full);

	if (err)
		return err;
	d = find(f, full);
	if (!d)
		return -ENOENT;
	TAILQ_FOREACH(other, &f->dirs, entry) {
		if (is_inside(other->path, full))
			return -ENOTEMPTY;
	}
	if (is_inside(f->boot.cwd, full) || !strcmp(f->boot.cwd, full))
		return -ENOTEMPTY;
	TAILQ_REMOVE(&f->dirs, d, entry);
	free(d);
	return 0;
}

const char *fs_subdirectory(const struct fs *f, size_t i, char *name, size_t size)
{
	size_t cwd = strlen(f->boot.cwd);
	struct fs_dir *d;

	TAILQ_FOREACH(d, &f->dirs, entry) {
		const char *rest = d->path + cwd;

		if (!is_inside(d->path, f->boot.cwd) || strchr(rest, '/')[1] || i--)
			continue;
		str_copy(name, size, rest);
		name[strcspn(name, "/")] = '\0';
		return name;
	}
	return NULL;
}
