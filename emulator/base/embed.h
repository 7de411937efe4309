/* Files that are part of the program (built-in profiles and worlds); made from data/ by ci/embed at build time. */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include <stddef.h>

struct embedded_file {
	const char *name;	/* "profile/sim7600.yaml" */
	const char *data;
	size_t size;
};

/* Ends with a row whose name is NULL. */
extern const struct embedded_file embedded_files[];

#endif
