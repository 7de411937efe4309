/*
 * A YAML document as a tree of nodes that know their place. Everything is text with file:line:column until the
 * reader says what it should be; duplicate keys, merge keys, aliases and a second document are refused.
 */
#ifndef BASE_YML_H
#define BASE_YML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct yml;		/* one loaded document; owns all nodes */
struct yml_node;	/* borrowed from its document */

enum yml_kind { YML_SCALAR, YML_MAP, YML_SEQ };

/* Reads a file / a text that errors will call name. NULL with *e filled on failure (e->code -ENOENT, -EINVAL ...). */
struct yml *yml_load_file(const char *path, struct err *e);
struct yml *yml_load_text(const char *name, const char *text, size_t len, struct err *e);
void yml_free(struct yml *y);

/* The top node; an empty document is an empty map. */
const struct yml_node *yml_root(const struct yml *y);

/* The name the document was loaded under. */
const char *yml_name(const struct yml_node *n);
enum yml_kind yml_kind(const struct yml_node *n);
unsigned yml_line(const struct yml_node *n);	/* 1-based */
unsigned yml_column(const struct yml_node *n);	/* 1-based */

/* Scalar text, "" for other kinds. */
const char *yml_str(const struct yml_node *n);

/* Entries of a map or sequence; 0 for a scalar. */
size_t yml_size(const struct yml_node *n);

/* Value / key node of entry i; yml_key is NULL in a sequence. */
const struct yml_node *yml_at(const struct yml_node *n, size_t i);
const struct yml_node *yml_key(const struct yml_node *n, size_t i);

/* Value of key in a map, or NULL. */
const struct yml_node *yml_get(const struct yml_node *n, const char *key);

/* Sets "file:line:column: message" and returns -EINVAL. */
int yml_error(const struct yml_node *n, struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Typed reads. Each returns 0 or -EINVAL with *e filled ("... must be ...").
 * yml_word picks one of a NULL-terminated list and suggests the nearest; *out is its index.
 */
int yml_want(const struct yml_node *n, enum yml_kind kind, struct err *e);
int yml_num(const struct yml_node *n, long long min, long long max, long long *out, struct err *e);
int yml_bool(const struct yml_node *n, bool *out, struct err *e);
int yml_word(const struct yml_node *n, const char *const words[], int *out, struct err *e);
int yml_duration_us(const struct yml_node *n, uint64_t *out, struct err *e);

/* A map whose keys are all in the NULL-terminated list; else "unknown key 'x' (did you mean 'y'?)". */
int yml_check_keys(const struct yml_node *n, const char *const keys[], struct err *e);

#endif
