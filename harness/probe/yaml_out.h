/* A profile YAML from what was seen. */
#ifndef PROBE_YAML_OUT_H
#define PROBE_YAML_OUT_H

#include "harness/probe/probe.h"

struct yaml_options {
	const char *extends; /* the parent */
	const char *name;    /* of the profile; NULL: the revision that was seen */
	const char *port;    /* for the heading; NULL: none */
	unsigned allowed;    /* bits of enum probe_need */
	bool all;	     /* also what agrees with the parent */
	bool ids;	     /* also what belongs to one module and one SIM */
};

/* Appends the text of a profile that extends parent. 0 or -ENOSPC. */
int yaml_out(const struct probe_result *r, const struct emu_revision *parent, const struct yaml_options *o,
	     struct buf *out);

/* Whether value i was seen and differs from what rev has. */
bool probe_differs(const struct probe_result *r, size_t i, const struct emu_revision *rev);

/* Of one module or SIM, not of its revision: IMEI, IMSI, ICCID, number. */
bool probe_is_personal(const char *name);

/*
 * The built-in revision with the fewest differences; among equals the one with the revision's own name, then the first.
 * The number of differences in *n. NULL: none can be loaded.
 */
struct emu_revision *probe_nearest(const struct probe_result *r, const char **name, size_t *n);

#endif
