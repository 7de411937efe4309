/*
 * The files of a modelled FTP server: what the world file says, and what a session changed since. Answers with reply
 * codes of RFC 959; knows no connection and no time.
 */
#ifndef LINK_FTP_SERVER_H
#define LINK_FTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bsd/sys/queue.h>

#include "base/buf.h"
#include "link/world_ftp.h"

enum { FTP_PATH_SIZE = 512 };

/* One file or directory of a running server. */
struct ftp_node {
	TAILQ_ENTRY(ftp_node) entry;
	char *path; /* "/pub/a.txt", never with a slash at its end; the root has no node */
	bool directory;
	char *data; /* NULL: bytes of the pattern */
	size_t len, cap;
};

struct ftp_server {
	TAILQ_ENTRY(ftp_server) entry;
	char *name;
	uint16_t port;
	const struct ftp_model *model;
	TAILQ_HEAD(, ftp_node) nodes;
	size_t bytes; /* of files that take memory */
};

/* NULL: out of memory. model is borrowed and outlives the server. */
struct ftp_server *ftp_server_new(const char *name, uint16_t port, const struct ftp_model *model);
void ftp_server_free(struct ftp_server *s);

/* "/a/b" from a path that may be relative to cwd, with . and ..; false when it does not fit into FTP_PATH_SIZE. */
bool ftp_path(const char *cwd, const char *path, char *out);

/* Each returns a reply: 2xx, 550 (no such thing, or not allowed) or 552 (no room). Paths are ftp_path()'s. */
int ftp_server_cwd(const struct ftp_server *s, const char *path);
int ftp_server_mkd(struct ftp_server *s, const char *path);
int ftp_server_rmd(struct ftp_server *s, const char *path);
int ftp_server_dele(struct ftp_server *s, const char *path);
int ftp_server_size(const struct ftp_server *s, const char *path, uint64_t *size);
/* As ls -l has it, a CR LF behind each line. */
int ftp_server_list(const struct ftp_server *s, const char *path, struct buf *out);
/* Makes a file, or cuts one to its first offset bytes. */
int ftp_server_stor(struct ftp_server *s, const char *path, uint64_t offset);
/* Adds to the end of a file that ftp_server_stor() has prepared. */
int ftp_server_write(struct ftp_server *s, const char *path, const void *data, size_t len);

/* NULL when there is no file of that name. Borrowed until the server changes. */
const struct ftp_node *ftp_server_file(const struct ftp_server *s, const char *path);
/* Copies up to n bytes from offset; returns how many. */
size_t ftp_node_read(const struct ftp_node *node, uint64_t offset, void *p, size_t n);

#endif
