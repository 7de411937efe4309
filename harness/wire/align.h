/*
 * Alignment of two sequences: which items of one stand beside which of the other, both in their order, so that the sum
 * of what the pairs are worth is highest. Knows nothing of what the items are.
 */
#ifndef WIRE_ALIGN_H
#define WIRE_ALIGN_H

#include <stddef.h>
#include <stdint.h>

struct align_item {
	const char *key;    /* items with equal keys belong together */
	const char *near;   /* those with equal near ones may stand together when nothing better is there; NULL: no */
	const char *answer; /* among equal keys those with equal answers are preferred */
	unsigned worth;	    /* of a pair with equal keys, 4 to 1000 */
};

struct align_pair {
	size_t a, b; /* index, or ALIGN_NONE where the other stands alone */
};

#define ALIGN_NONE SIZE_MAX

/*
 * Aligns; *out (to be freed) has *n_out pairs. The result is the best one for up to 1024 items; longer sequences are
 * aligned through a window of so many, in memory and time that grow with their length only. 0 or -ENOMEM.
 */
int align(const struct align_item *a, size_t n_a, const struct align_item *b, size_t n_b, struct align_pair **out,
	  size_t *n_out);

#endif
