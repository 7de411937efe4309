/* A list of proxies. They are made while the servers start and join when the line of the cell is there. */
#include "harness/proxies.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/net_proxy.h"

struct one {
	const struct fixture *server;
	struct net_proxy *proxy;
};

struct proxies {
	struct loop *loop;
	struct one *one;
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
		net_proxy_free(all->one[--all->n].proxy);
	free(all->one);
	free(all);
}

unsigned proxies_between(const struct fixture *f, unsigned port, void *proxies, struct err *e)
{
	struct proxies *all = proxies;
	struct one *more = reallocarray(all->one, all->n + 1, sizeof(*more));

	if (!more) {
		err_set(e, -ENOMEM, "out of memory");
		return 0;
	}
	all->one = more;
	more[all->n] = (struct one){ f, net_proxy_new(all->loop, (uint16_t)port, e) };
	return more[all->n].proxy ? net_proxy_port(more[all->n++].proxy) : 0;
}

void proxies_set_serving(struct proxies *all, const struct fixture *f, bool serving)
{
	for (size_t i = 0; i < all->n; i++) {
		if (all->one[i].server == f)
			net_proxy_set_serving(all->one[i].proxy, serving);
	}
}

int proxies_join(struct proxies *all, struct fault_line *line, struct err *e)
{
	int err = 0;

	for (size_t i = 0; !err && i < all->n; i++)
		err = net_proxy_join(all->one[i].proxy, line, e);
	return err;
}

void proxies_leave(struct proxies *all)
{
	for (size_t i = 0; i < all->n; i++)
		net_proxy_leave(all->one[i].proxy);
}
