/* A reproduction as people and as programs read it. */
#ifndef REPRODUCE_TELL_H
#define REPRODUCE_TELL_H

#include <jansson.h>

#include "base/buf.h"
#include "harness/reproduce/reproduce.h"

struct tell_options {
	unsigned width; /* columns, at least 40 */
	bool color;
	bool all; /* the whole conversation; else a long one around what is not the same */
	bool verdict_only;
};

/* Appends the text: the verdict first. */
void tell_text(const struct reproduction *r, const struct tell_options *o, struct buf *out);

/* The same as an object; the caller's. NULL: out of memory. */
json_t *tell_json(const struct reproduction *r);

#endif
