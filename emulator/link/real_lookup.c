/* getaddrinfo() and getnameinfo() by libuv. A request that can no longer be taken back outlives its owner and frees itself. */
#include "link/real_lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>

#include "base/str.h"
#include "io/loop.h"
#include "link/session.h"

struct real_lookup {
	union {
		uv_req_t any;
		uv_getaddrinfo_t by_name;
		uv_getnameinfo_t by_address;
	} request;
	struct timer timer;	/* what is known at once is told from here */
	const struct link *link;
	link_lookup_func_t func; /* NULL: cancelled */
	void *ctx;
	enum link_status status;
	char answer[ROUTE_ADDRESS_SIZE];
	struct why why;
	char question[];
};

static void tell(struct real_lookup *k)
{
	if (k->func)
		k->func(k->status, k->answer, k->status ? &k->why : NULL, k->ctx);
	free(k);
}

static void on_timer(void *ctx)
{
	tell(ctx);
}

static void fail(struct real_lookup *k, const char *what, const char *reason)
{
	k->status = LINK_DNS;
	why_add(&k->why, "dns", "\"%.80s\" has no %s: %.60s", k->question, what, reason);
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

	if (!a || getnameinfo(a->ai_addr, a->ai_addrlen, k->answer, LINK_STREAM_ADDRESS_SIZE, NULL, 0, NI_NUMERICHOST)) {
		fail(k, "address", "the resolver's answer is empty");
	} else if (!k->link->o.allow_network && !route_is_loopback(k->answer)) {
		k->status = LINK_DNS;
		why_add(&k->why, "dns", "%.60s is at %.60s, beyond this machine, and --allow-network was not given",
			k->question, k->answer);
		k->answer[0] = '\0';
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
		fail(k, "address", uv_strerror(status));
	else
		take(k, list);
	uv_freeaddrinfo(list);
	tell(k);
}

static void on_name(uv_getnameinfo_t *request, int status, const char *name, const char *service)
{
	struct real_lookup *k = request->data;

	(void)service;
	if (!k->func) {
		free(k);
		return;
	}
	if (status)
		fail(k, "name", uv_strerror(status));
	else if (!str_copy(k->answer, sizeof(k->answer), name))
		fail(k, "name", "it is too long");
	tell(k);
}

static struct real_lookup *lookup_new(struct link *l, const char *question, link_lookup_func_t func, void *ctx)
{
	size_t n = strlen(question);
	struct real_lookup *k = calloc(1, sizeof(*k) + n + 1);

	if (!k)
		return NULL;
	memcpy(k->question, question, n);
	k->link = l;
	k->func = func;
	k->ctx = ctx;
	timer_init(&k->timer, on_timer, k);
	k->request.any.data = k;
	return k;
}

/* err is of the request's start. What is known then is told from the clock. */
static void started(struct real_lookup *k, const char *what, int err)
{
	if (!err)
		return;
	fail(k, what, uv_strerror(err));
	clock_arm(k->link->o.clock, &k->timer, 0);
}

struct real_lookup *real_lookup_start(struct link *l, const char *name, link_lookup_func_t func, void *ctx)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct real_lookup *k = lookup_new(l, name, func, ctx);

	if (!k)
		return NULL;
	if (route_is_address(name) && str_copy(k->answer, sizeof(k->answer), name))
		clock_arm(l->o.clock, &k->timer, 0);
	else
		started(k, "address",
			uv_getaddrinfo(loop_uv(l->o.loop), &k->request.by_name, on_answer, k->question, NULL, &hints));
	return k;
}

struct real_lookup *real_lookup_name_start(struct link *l, const char *address, link_lookup_func_t func, void *ctx)
{
	struct real_lookup *k = lookup_new(l, address, func, ctx);
	struct sockaddr_storage a = { .ss_family = AF_INET };
	int err;

	if (!k)
		return NULL;
	err = uv_ip4_addr(address, 0, (struct sockaddr_in *)&a);
	if (err)
		err = uv_ip6_addr(address, 0, (struct sockaddr_in6 *)&a);
	if (!err)
		err = uv_getnameinfo(loop_uv(l->o.loop), &k->request.by_address, on_name, (struct sockaddr *)&a,
				     NI_NAMEREQD);
	started(k, "name", err);
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
		uv_cancel(&k->request.any);	/* on_answer() or on_name() comes in any case */
	}
}
