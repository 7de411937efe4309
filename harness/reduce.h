/*
 * Making a JSON value smaller while a property of it holds (delta debugging on a tree: lists lose runs of entries,
 * objects keys, data letters, numbers their size). What the property is the caller knows.
 */
#ifndef HARNESS_REDUCE_H
#define HARNESS_REDUCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct reduce {
	json_t *root; /* changed in place; the property holds at the beginning and at the end */
	/* Whether the property holds of root as it is now. */
	bool (*holds)(const json_t *root, void *ctx);
	void *ctx;
	const char *const *kept; /* keys that are left alone with what they hold, NULL-terminated */
	const char *const *data; /* keys whose texts may lose letters, NULL-terminated */
	size_t tries;		 /* left: holds() is called so often at most */
};

/* Reduces until nothing more can go, or the tries are used up. */
void reduce_json(struct reduce *r);

#endif
