/* getaddrinfo() by libuv. A request that can no longer be taken back outlives its owner and frees itself. */
#include "link/real_lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>

#include "base/str.h"
#include "io/loop.h"
#include "link/session.h"

struct real_lookup {
	uv_getaddrinfo_t request;
	struct timer timer;	/* what is known at once is told from here */
	const struct link *link;
	link_lookup_func_t func; /* NULL: cancelled */
	void *ctx;
	enum link_status status;
	char address[LINK_STREAM_ADDRESS_SIZE];
	struct why why;
	char name[];
};

static void tell(struct real_lookup *k)
{
	if (k->func)
		k->func(k->status, k->address, k->status ? &k->why : NULL, k->ctx);
	free(k);
}

static void on_timer(void *ctx)
{
	tell(ctx);
}

static void fail(struct real_lookup *k, const char *reason)
{
	k->status = LINK_DNS;
	why_add(&k->why, "dns", "\"%.80s\" has no address: %.60s", k->name, reason);
}

/* The first IPv4 address, as the modem's own stack asks for A records first; else the first of all. */
static const struct addrinfo *choose(const struct addrinfo *list)
{
	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		if (a->ai_family == AF_INET)
			return a;
	}
	return list;
}

static void take(struct real_lookup *k, const struct addrinfo *list)
{
	const struct addrinfo *a = choose(list);

	if (!a || getnameinfo(a->ai_addr, a->ai_addrlen, k->address, sizeof(k->address), NULL, 0, NI_NUMERICHOST))
		fail(k, "the resolver's answer is empty");
	else if (!k->link->o.allow_network && !route_is_loopback(k->address)) {
		k->status = LINK_DNS;
		why_add(&k->why, "dns", "%.60s is at %.60s, beyond this machine, and --allow-network was not given",
			k->name, k->address);
		k->address[0] = '\0';
	}
}

static void on_answer(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct real_lookup *k = request->data;

	if (!k->func) {
		uv_freeaddrinfo(list);
		free(k);
		return;
	}
	if (status)
		fail(k, uv_strerror(status));
	else
		take(k, list);
	uv_freeaddrinfo(list);
	tell(k);
}

static int start(struct real_lookup *k)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };

	k->request.data = k;
	return uv_getaddrinfo(loop_uv(k->link->o.loop), &k->request, on_answer, k->name, NULL, &hints);
}

struct real_lookup *real_lookup_start(struct link *l, const char *name, link_lookup_func_t func, void *ctx)
{
	size_t n = strlen(name);
	struct real_lookup *k = calloc(1, sizeof(*k) + n + 1);
	int err;

	if (!k)
		return NULL;
	memcpy(k->name, name, n);
	k->link = l;
	k->func = func;
	k->ctx = ctx;
	timer_init(&k->timer, on_timer, k);
	if (route_is_address(name) && str_copy(k->address, sizeof(k->address), name)) {
		clock_arm(l->o.clock, &k->timer, 0);
		return k;
	}
	err = start(k);
	if (!err)
		return k;
	fail(k, uv_strerror(err));
	clock_arm(l->o.clock, &k->timer, 0);
	return k;
}

void real_lookup_cancel(struct real_lookup *k)
{
	if (!k)
		return;
	k->func = NULL;
	if (timer_armed(&k->timer)) {
		timer_cancel(&k->timer);
		free(k);
	} else {
		uv_cancel((uv_req_t *)&k->request); /* on_answer() comes in any case */
	}
}
