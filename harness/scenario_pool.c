/*
 * A list of blocks with one owner. A harness without memory for a few hundred kilobytes of scenario cannot report
 * anything either, so running out ends the program at once with the exit code of "not the firmware's fault".
 */
#include "harness/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/hil.h"

struct block {
	struct block *next;
	max_align_t data[];
};

struct pool {
	struct block *blocks;
};

static void *must(void *p)
{
	if (!p) {
		fputs("hil: out of memory\n", stderr);
		exit(HIL_EXIT_ERROR);
	}
	return p;
}

struct pool *pool_new(void)
{
	return must(calloc(1, sizeof(struct pool)));
}

void pool_free(struct pool *p)
{
	struct block *b, *next;

	if (!p)
		return;
	for (b = p->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(p);
}

void *pool_alloc(struct pool *p, size_t n)
{
	struct block *b = must(calloc(1, sizeof(*b) + n));

	b->next = p->blocks;
	p->blocks = b;
	return b->data;
}

char *pool_copy(struct pool *p, const char *s, size_t n)
{
	char *copy = pool_alloc(p, n + 1);

	memcpy(copy, s, n);
	return copy;
}

char *pool_strdup(struct pool *p, const char *s)
{
	return pool_copy(p, s, strlen(s));
}

void *pool_grow(struct pool *p, void *items, size_t n, size_t size)
{
	void *bigger;

	/* the room doubles whenever n is a power of two, so nobody has to remember it */
	if (n & (n - 1))
		return items;
	bigger = pool_alloc(p, (n ? 2 * n : 1) * size);
	if (n)
		memcpy(bigger, items, n * size);
	return bigger;
}
