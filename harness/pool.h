/* Memory that is freed all at once: what a scenario is made of lives as long as the scenario. */
#ifndef HARNESS_POOL_H
#define HARNESS_POOL_H

#include <stddef.h>

struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *p);

/* n zeroed bytes / a copy of n bytes and a NUL / a copy of s. Never NULL: without memory the program ends. */
void *pool_alloc(struct pool *p, size_t n);
char *pool_copy(struct pool *p, const char *s, size_t n);
char *pool_strdup(struct pool *p, const char *s);

/*
 * The array `items` of n elements of `size` bytes with room for one more (the new element is zeroed). Start with
 * NULL and 0; older arrays stay valid and unchanged.
 */
void *pool_grow(struct pool *p, void *items, size_t n, size_t size);

#endif
