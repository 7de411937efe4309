/*
 * The certificate store: a name space of its own beside the file system (quirks R7), kept over power-off. Names are
 * listed as they were stored, whatever their ending; what a name may be is checked where one is stored.
 */
#ifndef MODEM_CERT_H
#define MODEM_CERT_H

#include <stdbool.h>
#include <stddef.h>

#include "modem/modem.h"
#include "modem/store.h"

enum { CERT_NAME_MIN = 5, CERT_LENGTH_MAX = 10240 };

struct cert *cert_new(struct modem *m);
/* Forgets an announced download; files stay. */
void cert_reset(struct cert *c);
void cert_free(struct cert *c);

/* 5 to cert_name_max characters, nothing that could leave the store. */
bool cert_name_ok(const struct cert *c, const char *name);
/* Ends in .pem or .der, in any case: what a download demands. */
bool cert_name_has_suffix(const char *name);

/*
 * Stores a file, over one of the same name. For every way into the store: download, FTP, HTTP, copies.
 * 0, -EINVAL (name), -ENOSPC, -ENOMEM or the -errno of the disk.
 */
int cert_put(struct cert *c, const char *name, const void *data, size_t len);
/*
 * Moves a file of the user drives into the store, under the last part of its path: AT+CCERTMOVE. As cert_put(), -ENOENT
 * when there is no such file.
 */
int cert_move(struct cert *c, const char *path);
/* NULL when there is none. Borrowed until the file is stored again or deleted. */
const struct store_file *cert_get(const struct cert *c, const char *name);
/* 0, -ENOENT or the -errno of the disk. */
int cert_delete(struct cert *c, const char *name);
/* Files in the order they were stored; NULL at the end. */
const struct store_file *cert_at(const struct cert *c, size_t i);

/*
 * A download in two moments: the name is announced, the bytes follow. cert_announce() returns 0 or -EINVAL (the name
 * has no place here or lacks its suffix) or -ENOMEM; cert_take() stores under the announced name as cert_put().
 */
int cert_announce(struct cert *c, const char *name);
int cert_take(struct cert *c, const void *data, size_t len);

#endif
