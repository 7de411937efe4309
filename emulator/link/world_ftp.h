/* Modelled FTP servers as data: what a world file says below `ftp:`, const after loading. */
#ifndef LINK_WORLD_FTP_H
#define LINK_WORLD_FTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/yml.h"

struct ftp_file {
	char *path; /* "/pub/a.txt" */
	char *data; /* NULL: bytes of ftp_pattern() */
	size_t len;
};

struct ftp_model {
	struct ftp_file *file;
	size_t n_files;
	char **directory;
	size_t n_directories;
	bool read_only;
	unsigned security; /* bit n: enum link_ftp_security n is spoken; 0: what the port and its TLS suggest */
	uint64_t idle_us;  /* a control connection that says nothing for so long is closed; 0 never */
	uint64_t bytes_s;  /* of a data connection */
};

/* map NULL: an empty server. NULL with *e filled and its place. Files beside the world file are read now. */
struct ftp_model *ftp_model_read(const struct yml_node *map, struct err *e);
void ftp_model_free(struct ftp_model *m); /* NULL is fine */

/* Byte i of a file that is described by its size alone. */
unsigned char ftp_pattern(uint64_t i);

#endif
