/*
 * What a real modem keeps over power-off: files (certificates) and non-volatile settings. Held in memory; mirrored
 * into a directory when there is one: DIR/<folder>/<name> and DIR/nv.json, each written whole and renamed into place.
 */
#ifndef MODEM_STORE_H
#define MODEM_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct store;

enum {
	STORE_NAME_MAX = 255,			/* bytes of a file name */
	STORE_MAX_BYTES = 16 * 1024 * 1024,	/* all files together; more is -ENOSPC */
};

/* name and data are borrowed: until this file is put again or deleted. data has a NUL behind its last byte. */
struct store_file {
	const char *name;
	const void *data;
	size_t len;
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
/* NULL when there is none. */
const struct store_file *store_get(const struct store *s, const char *folder, const char *name);
/* 0, -ENOENT or the -errno of the disk. */
int store_delete(struct store *s, const char *folder, const char *name);

/* Files of a folder in the order they were stored: for (i = 0; (f = store_at(s, "cert", i)); i++). NULL at the end. */
const struct store_file *store_at(const struct store *s, const char *folder, size_t i);

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
