/*
 * What a real modem keeps over power-off: files (certificates) and non-volatile settings. Held in memory; mirrored
 * into a directory when there is one: DIR/<folder>/<name> and DIR/nv.json, each written whole and renamed into place;
 * only store_append() grows a file where it stands.
 */
#ifndef MODEM_STORE_H
#define MODEM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/err.h"

struct store;

enum {
	STORE_NAME_MAX = 255,			/* bytes of a file name */
	STORE_MAX_BYTES = 64 * 1024 * 1024,	/* all files together; more is -ENOSPC */
};

/* name and data are borrowed: until this file is put again, grows or is deleted. data has a NUL behind its last byte. */
struct store_file {
	const char *name;
	const void *data;
	size_t len;
	time_t time;	/* store_set_time(), 0 when nobody said */
};

/*
 * dir NULL: nothing is kept on disk. Makes the directory when it is missing and reads what it holds; NULL with *e
 * filled when it cannot be read, or nv.json is broken, or memory is short.
 */
struct store *store_new(const char *dir, struct err *e);
void store_free(struct store *s);

/* No '/', no "..", no control byte, not empty, no leading '.', at most STORE_NAME_MAX bytes. */
bool store_name_ok(const char *name);

/*
 * Writes a file, a present one in its place; a new one becomes the last. data may be NULL when len is 0.
 * 0, -EINVAL (name), -ENOSPC, -ENOMEM or the -errno of the disk; on failure the store is as before.
 */
int store_put(struct store *s, const char *folder, const char *name, const void *data, size_t len);
/*
 * Adds to the end of a file, which is made when there is none; the whole of n calls costs as much as one. A crash may
 * leave a part of data at the end of the file on disk. Returns as store_put().
 */
int store_append(struct store *s, const char *folder, const char *name, const void *data, size_t len);
/* The time of a file's content, by the modem's clock; on disk it is the file's own. 0 or -ENOENT. */
int store_set_time(struct store *s, const char *folder, const char *name, time_t time);
/* NULL when there is none. */
const struct store_file *store_get(const struct store *s, const char *folder, const char *name);
/* 0, -ENOENT or the -errno of the disk. */
int store_delete(struct store *s, const char *folder, const char *name);

/* Files of a folder in the order they were stored: for (i = 0; (f = store_at(s, "cert", i)); i++). NULL at the end. */
const struct store_file *store_at(const struct store *s, const char *folder, size_t i);
/* The same walk in one pass: *pos is 0 at first. Between two calls nothing may be stored or deleted. */
const struct store_file *store_next(const struct store *s, const char *folder, size_t *pos);

/* Settings. Keys are "room.name". A text read as a number gives the default, and the reverse. */
long store_num(const struct store *s, const char *key, long def);
/* Borrowed until this key is set again. */
const char *store_text(const struct store *s, const char *key, const char *def);
/* 0, -ENOMEM or the -errno of the disk (the value counts until power-off then), -EINVAL when it is not UTF-8. */
int store_set_num(struct store *s, const char *key, long value);
int store_set_text(struct store *s, const char *key, const char *value);
/* Forgets a setting: its reader gets the default again. */
int store_unset(struct store *s, const char *key);

#endif
