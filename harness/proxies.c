/* A list of proxies. They are made while the servers start and join when the line of the cell is there. */
#include "harness/proxies.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/net_proxy.h"

struct proxies {
	struct loop *loop;
	struct net_proxy **proxy;
	size_t n;
};

static bool any_on_net(const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (steps[i].applies && steps[i].kind == STEP_INJECT && steps[i].fault->link == FAULT_LINK_NET)
			return true;
	}
	return false;
}

bool proxies_are_wanted(const struct cell *cell)
{
	for (size_t i = 0; i < cell->modem.n_faults; i++) {
		if (cell->modem.faults[i].link == FAULT_LINK_NET)
			return true;
	}
	return any_on_net(cell->steps, cell->n_steps) || any_on_net(cell->finally, cell->n_finally);
}

struct proxies *proxies_new(struct loop *loop)
{
	struct proxies *all = calloc(1, sizeof(*all));

	if (all)
		all->loop = loop;
	return all;
}

void proxies_free(struct proxies *all)
{
	if (!all)
		return;
	while (all->n > 0)
		net_proxy_free(all->proxy[--all->n]);
	free(all->proxy);
	free(all);
}

unsigned proxies_between(const struct fixture *f, unsigned port, void *proxies, struct err *e)
{
	struct proxies *all = proxies;
	struct net_proxy **more = reallocarray(all->proxy, all->n + 1, sizeof(struct net_proxy *));

	(void)f;
	if (!more) {
		err_set(e, -ENOMEM, "out of memory");
		return 0;
	}
	all->proxy = more;
	more[all->n] = net_proxy_new(all->loop, (uint16_t)port, e);
	return more[all->n] ? net_proxy_port(more[all->n++]) : 0;
}

int proxies_join(struct proxies *all, struct fault_line *line, struct err *e)
{
	int err = 0;

	for (size_t i = 0; !err && i < all->n; i++)
		err = net_proxy_join(all->proxy[i], line, e);
	return err;
}

void proxies_leave(struct proxies *all)
{
	for (size_t i = 0; i < all->n; i++)
		net_proxy_leave(all->proxy[i]);
}
