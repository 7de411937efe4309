/*
 * Files and settings that survive power-off. Knows nothing of their meaning; every name is checked here so that no
 * command can reach outside the directory. A change is on disk before the call returns, or it did not happen.
 */
#include "modem/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

enum { NV_MAX_BYTES = 1024 * 1024, FOLDER_MAX = 16 };

struct entry {
	struct store_file file;
	size_t cap;		/* bytes that data can hold, its NUL not counted */
	char folder[FOLDER_MAX];
};

struct store {
	char *dir;		/* NULL: memory only */
	struct entry **entry;	/* in stored order */
	size_t n;
	size_t bytes;
	json_t *nv;		/* {"files": {"cert": ["a.pem"]}, "settings": {"net.mode": 2}} */
};

bool store_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > STORE_NAME_MAX || name[0] == '.' || strstr(name, ".."))
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c == '/' || c < 0x20 || c == 0x7f)
			return false;
	}
	return true;
}

static bool folder_ok(const char *folder)
{
	return store_name_ok(folder) && strlen(folder) < FOLDER_MAX;
}

static struct entry *entry_new(const char *folder, const char *name, const void *data, size_t len)
{
	struct entry *e = calloc(1, sizeof(*e));
	char *copy = malloc(len + 1);
	char *own_name = strdup(name);

	if (!e || !copy || !own_name) {
		free(e);
		free(copy);
		free(own_name);
		return NULL;
	}
	if (len)
		memcpy(copy, data, len);
	copy[len] = '\0';
	snprintf(e->folder, sizeof(e->folder), "%s", folder);
	e->file = (struct store_file){ .name = own_name, .data = copy, .len = len };
	e->cap = len;
	return e;
}

/* Room for len more bytes, twice as much as there was when it does not suffice. */
static int entry_grow(struct entry *e, size_t len)
{
	size_t need = e->file.len + len, cap = e->cap * 2 > need ? e->cap * 2 : need;
	void *grown;

	if (need <= e->cap)
		return 0;
	grown = realloc((void *)(uintptr_t)e->file.data, cap + 1);
	if (!grown)
		return -ENOMEM;
	e->file.data = grown;
	e->cap = cap;
	return 0;
}

static void entry_add(struct entry *e, const void *data, size_t len)
{
	char *end = (char *)(uintptr_t)e->file.data + e->file.len;

	if (len)
		memcpy(end, data, len);
	end[len] = '\0';
	e->file.len += len;
}

static void entry_free(struct entry *e)
{
	if (!e)
		return;
	free((void *)(uintptr_t)e->file.name);
	free((void *)(uintptr_t)e->file.data);
	free(e);
}

/* The index of a file, s->n when there is none. */
static size_t find(const struct store *s, const char *folder, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (!strcmp(s->entry[i]->folder, folder) && !strcmp(s->entry[i]->file.name, name))
			break;
	}
	return i;
}

/* Takes e over, in place i or as the last. */
static int insert(struct store *s, size_t i, struct entry *e)
{
	struct entry **grown;

	if (i < s->n) {
		s->bytes -= s->entry[i]->file.len;
		entry_free(s->entry[i]);
	} else {
		grown = realloc(s->entry, (s->n + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		s->entry = grown;
		s->n++;
	}
	s->entry[i] = e;
	s->bytes += e->file.len;
	return 0;
}

static void drop(struct store *s, size_t i)
{
	s->bytes -= s->entry[i]->file.len;
	entry_free(s->entry[i]);
	memmove(&s->entry[i], &s->entry[i + 1], (s->n - i - 1) * sizeof(s->entry[0]));
	s->n--;
}

/* --- disk ---------------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Names of temporary files start with a dot, which no stored name does. */
static int write_file(const char *dir, const char *name, const void *data, size_t len)
{
	char *tmp = NULL, *path = NULL;
	int fd = -1, err = -ENOMEM;

	if (asprintf(&tmp, "%s/.new-XXXXXX", dir) < 0)
		tmp = NULL;
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		path = NULL;
	if (tmp && path) {
		fd = mkstemp(tmp);
		err = fd < 0 ? -errno : write_all(fd, data, len);
	}
	if (fd >= 0) {
		if (close(fd) && !err)
			err = -errno;
		if (!err && rename(tmp, path))
			err = -errno;
		if (err)
			unlink(tmp);
	}
	free(tmp);
	free(path);
	return err;
}

static char *folder_path(const struct store *s, const char *folder)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", s->dir, folder) < 0)
		return NULL;
	return path;
}

static int disk_put(const struct store *s, const char *folder, const char *name, const void *data, size_t len)
{
	char *path;
	int err = 0;

	if (!s->dir)
		return 0;
	path = folder_path(s, folder);
	if (!path)
		return -ENOMEM;
	if (mkdir(path, 0777) && errno != EEXIST)
		err = -errno;
	if (!err)
		err = write_file(path, name, data, len);
	free(path);
	return err;
}

static char *file_path(const struct store *s, const struct entry *e)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s/%s", s->dir, e->folder, e->file.name) < 0)
		return NULL;
	return path;
}

/* A disk that cannot even do this has failed the caller already. */
static void cut_off(int fd, size_t len)
{
	int ignored = ftruncate(fd, (off_t)len);

	(void)ignored;
}

/* What does not get onto the disk whole is taken off it again. */
static int disk_append(const struct store *s, const struct entry *e, const void *data, size_t len)
{
	char *path;
	int fd, err = 0;

	if (!s->dir)
		return 0;
	path = file_path(s, e);
	if (!path)
		return -ENOMEM;
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		err = -errno;
	else
		err = write_all(fd, data, len);
	if (fd >= 0 && err)
		cut_off(fd, e->file.len);
	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	free(path);
	return err;
}

/* A time that cannot be set costs only the date of a listing. */
static void disk_time(const struct store *s, const struct entry *e)
{
	const struct timespec times[2] = { { .tv_sec = e->file.time }, { .tv_sec = e->file.time } };
	char *path = s->dir ? file_path(s, e) : NULL;

	if (path)
		utimensat(AT_FDCWD, path, times, 0);
	free(path);
}

static int disk_delete(const struct store *s, const char *folder, const char *name)
{
	char *path = NULL;
	int err;

	if (!s->dir)
		return 0;
	if (asprintf(&path, "%s/%s/%s", s->dir, folder, name) < 0)
		return -ENOMEM;
	err = unlink(path) && errno != ENOENT ? -errno : 0;
	free(path);
	return err;
}

/* The order of files cannot be seen in a directory, so it is kept with the settings. */
static json_t *order_to_json(const struct store *s)
{
	json_t *files = json_object();

	for (size_t i = 0; files && i < s->n; i++) {
		json_t *list = json_object_get(files, s->entry[i]->folder);

		if (!list) {
			list = json_array();
			json_object_set_new(files, s->entry[i]->folder, list);
		}
		/* A name need not be UTF-8; such a file is found again by reading the directory. */
		json_array_append_new(list, json_string(s->entry[i]->file.name));
	}
	return files;
}

static int nv_write(struct store *s)
{
	char *text;
	int err;

	if (!s->dir)
		return 0;
	json_object_set_new(s->nv, "files", order_to_json(s));
	text = json_dumps(s->nv, JSON_INDENT(2) | JSON_SORT_KEYS);
	if (!text)
		return -ENOMEM;
	err = write_file(s->dir, "nv.json", text, strlen(text));
	free(text);
	return err;
}

/* Reads a whole file; NULL with *e filled. */
static char *read_file(const char *path, size_t max, size_t *len, struct err *e)
{
	FILE *f = fopen(path, "rbe");
	char *data = NULL;
	long size = -1;

	if (!f) {
		err_set(e, -errno, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (!fseek(f, 0, SEEK_END))
		size = ftell(f);
	if (size < 0 || (size_t)size > max) {
		err_set(e, -EFBIG, "%s: larger than %zu bytes", path, max);
	} else {
		rewind(f);
		data = calloc(1, (size_t)size + 1);
		*len = data ? fread(data, 1, (size_t)size, f) : 0;
		if (!data || *len != (size_t)size || ferror(f)) {
			err_set(e, -EIO, "%s: cannot be read", path);
			free(data);
			data = NULL;
		}
	}
	fclose(f);
	return data;
}

static int load_one(struct store *s, const char *folder, const char *name, struct err *e)
{
	struct entry *entry;
	char *path = NULL, *data;
	time_t time = 0;
	struct stat st;
	size_t len = 0;

	if (asprintf(&path, "%s/%s/%s", s->dir, folder, name) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	data = read_file(path, STORE_MAX_BYTES - s->bytes, &len, e);
	if (data && !stat(path, &st))
		time = st.st_mtime;
	free(path);
	if (!data)
		return -EIO;
	entry = entry_new(folder, name, data, len);
	free(data);
	if (entry)
		entry->file.time = time;
	if (!entry || insert(s, s->n, entry)) {
		entry_free(entry);
		return err_set(e, -ENOMEM, "out of memory");
	}
	return 0;
}

static int is_stored_name(const struct dirent *d)
{
	return store_name_ok(d->d_name);
}

/* Files in the order of nv.json first, then what a person has put into the directory, by name. */
static int load_folder(struct store *s, const char *folder, struct err *e)
{
	json_t *order = json_object_get(json_object_get(s->nv, "files"), folder), *name;
	char *path = folder_path(s, folder);
	struct dirent **list = NULL;
	int n = path ? scandir(path, &list, is_stored_name, alphasort) : -1;
	int err = 0;
	size_t at;

	if (n < 0) {
		err = err_set(e, path ? -errno : -ENOMEM, "%s/%s: %s", s->dir, folder, strerror(path ? errno : ENOMEM));
		free(path);
		return err;
	}
	free(path);
	json_array_foreach(order, at, name) {
		for (int i = 0; !err && i < n; i++) {
			if (json_is_string(name) && !strcmp(list[i]->d_name, json_string_value(name)) &&
			    find(s, folder, list[i]->d_name) == s->n)
				err = load_one(s, folder, list[i]->d_name, e);
		}
	}
	for (int i = 0; i < n; i++) {
		if (!err && find(s, folder, list[i]->d_name) == s->n)
			err = load_one(s, folder, list[i]->d_name, e);
		free(list[i]);
	}
	free(list);
	return err;
}

static int load_folders(struct store *s, struct err *e)
{
	struct dirent **list = NULL;
	int n = scandir(s->dir, &list, is_stored_name, alphasort);
	struct stat st;
	int err = 0;

	if (n < 0)
		return err_set(e, -errno, "%s: %s", s->dir, strerror(errno));
	for (int i = 0; i < n; i++) {
		char *path = folder_path(s, list[i]->d_name);

		if (!err && path && folder_ok(list[i]->d_name) && !stat(path, &st) && S_ISDIR(st.st_mode))
			err = load_folder(s, list[i]->d_name, e);
		free(path);
		free(list[i]);
	}
	free(list);
	return err;
}

static int load_nv(struct store *s, struct err *e)
{
	json_error_t bad;
	char *path = NULL, *text;
	size_t len = 0;
	json_t *nv;

	if (asprintf(&path, "%s/nv.json", s->dir) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	if (access(path, F_OK) && errno == ENOENT) {
		free(path);
		return 0;
	}
	text = read_file(path, NV_MAX_BYTES, &len, e);
	nv = text ? json_loadb(text, len, JSON_REJECT_DUPLICATES, &bad) : NULL;
	if (text && !nv)
		err_set(e, -EINVAL, "%s:%d:%d: %s", path, bad.line, bad.column, bad.text);
	else if (text && (!json_is_object(nv) || !json_is_object(json_object_get(nv, "settings"))))
		err_set(e, -EINVAL, "%s:1:1: must be an object with 'settings'", path);
	else if (text) {
		json_decref(s->nv);
		s->nv = json_incref(nv);
	}
	json_decref(nv);
	free(text);
	free(path);
	return s->nv == nv ? 0 : -EINVAL;
}

static int load(struct store *s, const char *dir, struct err *e)
{
	int err;

	s->dir = strdup(dir);
	if (!s->dir)
		return err_set(e, -ENOMEM, "out of memory");
	if (mkdir(dir, 0777) && errno != EEXIST)
		return err_set(e, -errno, "%s: %s", dir, strerror(errno));
	err = load_nv(s, e);
	return err ? err : load_folders(s, e);
}

/* --- public -------------------------------------------------------------------------------------------------- */

struct store *store_new(const char *dir, struct err *e)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s)
		s->nv = json_pack("{s:{}}", "settings");
	if (!s || !s->nv) {
		err_set(e, -ENOMEM, "out of memory");
		store_free(s);
		return NULL;
	}
	if (dir && load(s, dir, e)) {
		store_free(s);
		return NULL;
	}
	return s;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		entry_free(s->entry[i]);
	free(s->entry);
	json_decref(s->nv);
	free(s->dir);
	free(s);
}

int store_put(struct store *s, const char *folder, const char *name, const void *data, size_t len)
{
	size_t i = find(s, folder, name);
	size_t replaced = i < s->n ? s->entry[i]->file.len : 0;
	struct entry *e;
	int err;

	if (!store_name_ok(name) || !folder_ok(folder))
		return -EINVAL;
	if (len > STORE_MAX_BYTES || s->bytes - replaced + len > STORE_MAX_BYTES)
		return -ENOSPC;
	e = entry_new(folder, name, data, len);
	if (!e)
		return -ENOMEM;
	err = disk_put(s, folder, name, data, len);
	if (!err)
		err = insert(s, i, e);
	if (err) {
		entry_free(e);
		return err;
	}
	/* The file itself is safe; a list of names that cannot be written costs only its place in the order. */
	if (i == s->n - 1)
		nv_write(s);
	return 0;
}

int store_append(struct store *s, const char *folder, const char *name, const void *data, size_t len)
{
	size_t i = find(s, folder, name);
	struct entry *e;
	int err;

	if (i == s->n)
		return store_put(s, folder, name, data, len);
	e = s->entry[i];
	if (len > STORE_MAX_BYTES || s->bytes + len > STORE_MAX_BYTES)
		return -ENOSPC;
	err = entry_grow(e, len);
	if (!err)
		err = disk_append(s, e, data, len);
	if (err)
		return err;
	entry_add(e, data, len);
	s->bytes += len;
	return 0;
}

int store_set_time(struct store *s, const char *folder, const char *name, time_t time)
{
	size_t i = find(s, folder, name);

	if (i == s->n)
		return -ENOENT;
	s->entry[i]->file.time = time;
	disk_time(s, s->entry[i]);
	return 0;
}

const struct store_file *store_get(const struct store *s, const char *folder, const char *name)
{
	size_t i = find(s, folder, name);

	return i < s->n ? &s->entry[i]->file : NULL;
}

int store_delete(struct store *s, const char *folder, const char *name)
{
	size_t i = find(s, folder, name);
	int err;

	if (i == s->n)
		return -ENOENT;
	err = disk_delete(s, folder, name);
	if (err)
		return err;
	drop(s, i);
	nv_write(s);
	return 0;
}

const struct store_file *store_at(const struct store *s, const char *folder, size_t i)
{
	for (size_t k = 0; k < s->n; k++) {
		if (!strcmp(s->entry[k]->folder, folder) && !i--)
			return &s->entry[k]->file;
	}
	return NULL;
}

const struct store_file *store_next(const struct store *s, const char *folder, size_t *pos)
{
	while (*pos < s->n) {
		const struct entry *e = s->entry[(*pos)++];

		if (!strcmp(e->folder, folder))
			return &e->file;
	}
	return NULL;
}

static json_t *setting(const struct store *s, const char *key)
{
	return json_object_get(json_object_get(s->nv, "settings"), key);
}

long store_num(const struct store *s, const char *key, long def)
{
	json_t *v = setting(s, key);

	return json_is_integer(v) ? (long)json_integer_value(v) : def;
}

const char *store_text(const struct store *s, const char *key, const char *def)
{
	json_t *v = setting(s, key);

	return json_is_string(v) ? json_string_value(v) : def;
}

static int set(struct store *s, const char *key, json_t *value)
{
	json_t *old = setting(s, key);

	if (!value)
		return -EINVAL;
	if (old && json_equal(old, value)) {
		json_decref(value);
		return 0;
	}
	if (json_object_set_new(json_object_get(s->nv, "settings"), key, value))
		return -ENOMEM;
	return nv_write(s);
}

int store_set_num(struct store *s, const char *key, long value)
{
	return set(s, key, json_integer(value));
}

int store_set_text(struct store *s, const char *key, const char *value)
{
	return set(s, key, json_string(value));
}

int store_unset(struct store *s, const char *key)
{
	if (json_object_del(json_object_get(s->nv, "settings"), key))
		return 0;
	return nv_write(s);
}
