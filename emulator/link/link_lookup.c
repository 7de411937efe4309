/* Names to addresses, as the modem's resolver sees them: the world's names have addresses of their own. */
#include <stdlib.h>
#include <string.h>

#include "link/names.h"
#include "link/link_stream.h"

struct link_lookup {
	struct link_session session;
	struct link *link;
	link_lookup_func_t func;
	void *ctx;
	struct timer timer;
	struct route route; /* its status is the outcome */
	char address[LINK_STREAM_ADDRESS_SIZE];
};

static void lookup_free(struct link_lookup *k)
{
	timer_cancel(&k->timer);
	link_session_close(k->link, &k->session);
	free(k);
}

static void on_timer(void *ctx)
{
	struct link_lookup *k = ctx;
	bool ok = k->route.status == LINK_OK;

	k->func(k->route.status, ok ? k->address : "", ok ? NULL : &k->route.why, k->ctx);
	lookup_free(k);
}

static void network_lost(struct link_session *session)
{
	struct link_lookup *k = (struct link_lookup *)session;

	k->route.status = LINK_NO_NETWORK;
	why_reset(&k->route.why);
	why_add(&k->route.why, "net", "the bearer went down");
	clock_arm(k->link->o.clock, &k->timer, 0);
}

struct link_lookup *link_lookup(struct link *l, const char *name, link_lookup_func_t func, void *ctx)
{
	struct link_lookup *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	*k = (struct link_lookup){ .link = l, .func = func, .ctx = ctx };
	route_lookup(l, name, &k->route);
	if (!k->route.status)
		names_address(l, k->route.name, k->address);
	timer_init(&k->timer, on_timer, k);
	link_session_open(l, &k->session, network_lost);
	clock_arm(l->o.clock, &k->timer, k->route.delay_us);
	return k;
}

void link_lookup_cancel(struct link_lookup *k)
{
	if (k)
		lookup_free(k);
}
