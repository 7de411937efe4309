/*
 * From a name to whoever answers there: the world file first, then, only where it is allowed, the network outside. A
 * refusal says what would help. Latencies are those of a usual network [guess].
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "link/names.h"
#include "link/session.h"

enum { DNS_US = 150000, TCP_US = 500000, STUCK_US = 30000000 };

bool route_is_address(const char *host)
{
	struct in6_addr addr;

	return inet_pton(AF_INET, host, &addr) == 1 || inet_pton(AF_INET6, host, &addr) == 1;
}

bool route_is_loopback(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, host, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six);
	return !strcasecmp(host, "localhost");
}

static void fail(struct route *r, enum link_status status, uint64_t delay_us)
{
	r->status = status;
	r->delay_us = delay_us;
}

/* A real address, if this link may and can reach it. */
static void go_outside(const struct link *l, const char *name, struct route *r)
{
	if (!l->o.loop) {
		why_add(&r->why, "dns",
			"%.60s is mapped to %.60s:%u, and virtual time cannot reach real addresses: run on the real clock",
			name, r->address, r->port);
		fail(r, LINK_DNS, DNS_US);
	} else if (!l->o.allow_network && !route_is_loopback(r->address)) {
		why_add(&r->why, "dns", "%.60s is at %.60s, beyond this machine, and --allow-network was not given",
			name, r->address);
		fail(r, LINK_DNS, DNS_US);
	} else {
		r->real = true;
	}
}

static void find_unknown(const struct link *l, const char *name, uint16_t port, const struct host *other_port,
			 struct route *r)
{
	if (l->o.allow_network && l->o.loop) {
		str_copy(r->address, sizeof(r->address), name);
		r->port = port;
		r->real = true;
	} else if (other_port) {
		why_add(&r->why, "dns", "%.80s:%u is not open in the modelled world: \"%.40s\" (%.40s) has port %u",
			name, port, other_port->match, other_port->place, other_port->port);
		fail(r, LINK_REFUSED, DNS_US + TCP_US);
	} else if (route_is_address(name)) {
		why_add(&r->why, "dns",
			"nothing in the modelled world is at %s; add it: hosts: [{match: \"%s\", model: {}}] "
			"with --world",
			name, name);
		fail(r, LINK_REFUSED, TCP_US);
	} else {
		why_add(&r->why, "dns",
			"\"%.60s\" is not in the modelled world; add it: hosts: [{match: \"%.60s\", model: "
			"{}}] with --world",
			name, name);
		fail(r, LINK_DNS, DNS_US);
	}
}

/* An address that names.h has given away means the host it was given for. false: the bearer is down, or stuck. */
static bool begin(const struct link *l, const char *name, struct route *out)
{
	const char *behind = names_find(l, name);

	*out = (struct route){ .status = LINK_OK };
	str_copy(out->name, sizeof(out->name), behind ? behind : name);
	if (l->down) {
		why_add(&out->why, "net", "the bearer is down");
		fail(out, LINK_NO_NETWORK, 0);
	} else if (l->stuck) {
		why_add(&out->why, "net", "the bearer stands and carries nothing (net stuck): no answer");
		fail(out, route_is_address(name) ? LINK_TIMEOUT : LINK_DNS, STUCK_US);
	}
	return !l->down && !l->stuck;
}

void route_lookup(const struct link *l, const char *name, struct route *out)
{
	if (!begin(l, name, out) || route_is_address(name))
		return;
	out->host = world_find_name(l->o.world, name);
	if (!out->host)
		find_unknown(l, name, 0, NULL, out);
	else
		out->delay_us = out->host->model.latency.dns;
}

void route_find(const struct link *l, const char *name, uint16_t port, struct route *out)
{
	const struct host *other_port;

	if (!begin(l, name, out))
		return;
	name = out->name;
	out->host = world_find(l->o.world, name, port, &other_port);
	if (!out->host) {
		find_unknown(l, name, port, other_port, out);
	} else if (out->host->real) {
		str_copy(out->address, sizeof(out->address), out->host->real);
		out->port = out->host->real_port ? out->host->real_port : port;
		go_outside(l, name, out);
	}
}
