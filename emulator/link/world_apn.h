/* The access points of a world file. */
#ifndef LINK_WORLD_APN_H
#define LINK_WORLD_APN_H

#include "base/err.h"
#include "base/yml.h"
#include "link/link_apn.h"

struct apn_row {
	char *match; /* fnmatch pattern, letters of either case */
	char *place;
	char *user, *password;
	bool refuses;
	uint32_t dns[2];
};

struct apn_list {
	struct apn_row *row; /* first match wins */
	size_t n;
};

/* Appends what the list says. 0 or -EINVAL with the place in *e. */
int world_read_apns(struct apn_list *l, const struct yml_node *seq, struct err *e);
void world_free_apns(struct apn_list *l);

#endif
