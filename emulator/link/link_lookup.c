/*
 * Names to addresses, as the modem's resolver sees them: the world's names have addresses of their own, the others, where
 * that is allowed, those of the host's resolver.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "link/names.h"
#include "link/link_stream.h"
#include "link/real_lookup.h"

enum { NAME_US = 150000 };	/* a usual resolver, as route.c has it [guess] */

struct link_lookup {
	struct link_session session;
	struct link *link;
	link_lookup_func_t func;
	void *ctx;
	struct timer timer;
	struct real_lookup *real; /* under way */
	struct route route; /* its status is the outcome */
	char answer[ROUTE_ADDRESS_SIZE];
};

static void lookup_free(struct link_lookup *k)
{
	timer_cancel(&k->timer);
	real_lookup_cancel(k->real);
	link_session_close(k->link, &k->session);
	free(k);
}

static void on_timer(void *ctx)
{
	struct link_lookup *k = ctx;
	bool ok = k->route.status == LINK_OK;

	k->func(k->route.status, ok ? k->answer : "", ok ? NULL : &k->route.why, k->ctx);
	lookup_free(k);
}

static void on_real(enum link_status status, const char *address, const struct why *why, void *ctx)
{
	struct link_lookup *k = ctx;

	k->real = NULL;
	k->func(status, address, why, k->ctx);
	lookup_free(k);
}

static void network_lost(struct link_session *session)
{
	struct link_lookup *k = (struct link_lookup *)session;

	real_lookup_cancel(k->real);
	k->real = NULL;
	k->route.status = LINK_NO_NETWORK;
	why_reset(&k->route.why);
	why_add(&k->route.why, "net", "the bearer went down");
	clock_arm(k->link->o.clock, &k->timer, 0);
}

static struct link_lookup *lookup_new(struct link *l, const char *what, link_lookup_func_t func, void *ctx)
{
	struct link_lookup *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	*k = (struct link_lookup){ .link = l, .func = func, .ctx = ctx };
	route_lookup(l, what, &k->route);
	timer_init(&k->timer, on_timer, k);
	link_session_open(l, &k->session, network_lost);
	return k;
}

struct link_lookup *link_lookup(struct link *l, const char *name, link_lookup_func_t func, void *ctx)
{
	struct link_lookup *k = lookup_new(l, name, func, ctx);

	if (!k)
		return NULL;
	if (!k->route.status && !k->route.real)
		names_address(l, k->route.name, k->answer);
	if (!k->route.real)
		clock_arm(l->o.clock, &k->timer, k->route.delay_us);
	else
		k->real = real_lookup_start(l, k->route.address, on_real, k);
	if (k->real || !k->route.real)
		return k;
	lookup_free(k);
	return NULL;
}

/* Addresses outside are asked for outside, where that is allowed. */
struct link_lookup *link_lookup_name(struct link *l, const char *address, link_lookup_func_t func, void *ctx)
{
	struct link_lookup *k = lookup_new(l, address, func, ctx);
	const char *name = names_find(l, address);

	if (!k)
		return NULL;
	if (!k->route.status && !name && l->o.allow_network && l->o.loop) {
		k->real = real_lookup_name_start(l, address, on_real, k);
		if (k->real)
			return k;
		lookup_free(k);
		return NULL;
	}
	if (!k->route.status && name) {
		str_copy(k->answer, sizeof(k->answer), name);
	} else if (!k->route.status) {
		k->route.status = LINK_DNS;
		why_add(&k->route.why, "dns", "%.80s has no name in the modelled world", address);
	}
	clock_arm(l->o.clock, &k->timer, l->down ? 0 : NAME_US);
	return k;
}

void link_lookup_cancel(struct link_lookup *k)
{
	if (k)
		lookup_free(k);
}
