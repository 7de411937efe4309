/* Who answers an echo request: what the world says of the name, whatever its ports are. */
#include "link/link_ping.h"

#include "link/names.h"

void link_ping(const struct link *l, const char *name, struct link_ping *out, struct why *why)
{
	const char *behind = names_find(l, name);
	const struct host *h = world_find_name(l->o.world, behind ? behind : name);

	*out = (struct link_ping){ .answers = !l->down && !l->stuck && h && !h->no_ping };
	if (l->down || l->stuck)
		why_add(why, "net", l->down ? "the bearer is down" : "the bearer stands and carries nothing (net stuck)");
	else if (!h)
		why_add(why, "ping",
			"%.80s is not in the modelled world, and echo requests are modelled only: add it with --world",
			name);
	else if (h->no_ping)
		why_add(why, "ping", "%.60s (\"%.40s\", %.40s) answers no echo requests", name, h->match, h->place);
	else
		out->trip_us = h->model.latency.ping;
}
