/* Names and their addresses: a hash of the name, and a list of the names that have been asked for. */
#include "link/names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

/* A modem that looks one name up after the other must not grow for ever. */
enum { NAMES_MAX = 1024, NET_BITS = 17 };
static const uint32_t NET = 0xC6120000; /* 198.18.0.0 */

struct name {
	TAILQ_ENTRY(name) entry;
	uint32_t address;
	char text[];
};

/* FNV-1a over the name in lower case; never a host number that ends in 0 or 255. */
static uint32_t hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (uint32_t)tolower((unsigned char)*name)) * 16777619u;
	h = (h ^ h >> NET_BITS) & ((1u << NET_BITS) - 1);
	if ((h & 0xff) == 0 || (h & 0xff) == 255)
		h ^= 1u + (h & 2);
	return NET | h;
}

static struct name *by_name(const struct link *l, const char *text)
{
	struct name *n;

	TAILQ_FOREACH(n, &l->names, entry) {
		if (!strcasecmp(n->text, text))
			return n;
	}
	return NULL;
}

static struct name *by_address(const struct link *l, uint32_t address)
{
	struct name *n;

	TAILQ_FOREACH(n, &l->names, entry) {
		if (n->address == address)
			return n;
	}
	return NULL;
}

static void forget(struct link *l, struct name *n)
{
	TAILQ_REMOVE(&l->names, n, entry);
	l->n_names--;
	free(n);
}

/* Of two names with one hash the later one gets the next address. NULL when out of memory: then nothing is kept. */
static struct name *remember(struct link *l, const char *text)
{
	size_t size = strlen(text) + 1;
	struct name *n = malloc(sizeof(*n) + size);

	if (!n)
		return NULL;
	if (l->n_names == NAMES_MAX)
		forget(l, TAILQ_FIRST(&l->names));
	memcpy(n->text, text, size);
	n->address = hash(text);
	while (by_address(l, n->address))
		n->address = NET | ((n->address + 1) & ((1u << NET_BITS) - 1));
	TAILQ_INSERT_TAIL(&l->names, n, entry);
	l->n_names++;
	return n;
}

void names_address(struct link *l, const char *name, char *out)
{
	struct name *n;
	struct in_addr addr;

	if (route_is_address(name)) {
		str_copy(out, LINK_STREAM_ADDRESS_SIZE, name);
		return;
	}
	n = by_name(l, name);
	if (!n)
		n = remember(l, name);
	addr.s_addr = htonl(n ? n->address : hash(name));
	inet_ntop(AF_INET, &addr, out, LINK_STREAM_ADDRESS_SIZE);
}

const char *names_find(const struct link *l, const char *address)
{
	struct in_addr addr;
	uint32_t number;
	const struct name *n;

	if (inet_pton(AF_INET, address, &addr) != 1)
		return NULL;
	number = ntohl(addr.s_addr);
	if (number >> NET_BITS != NET >> NET_BITS)
		return NULL;
	n = by_address(l, number);
	if (n)
		return n->text;
	for (size_t i = 0; i < l->o.world->n; i++) {
		const char *match = l->o.world->host[i].match;

		if (!strpbrk(match, "*?[") && hash(match) == number)
			return match;
	}
	return NULL;
}

void names_free(struct link *l)
{
	while (!TAILQ_EMPTY(&l->names))
		forget(l, TAILQ_FIRST(&l->names));
}
