/*
 * One question to the world's name server at a time, given up when AT+CIPDNSSET says so. The network is opened for it
 * when AT+NETOPEN has not done so, which the host does not see (manual, AT+CIPDNSSET). Facts at-general 7.
 */
#include "modem/dns.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/pdp.h"

bool dns_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > DNS_NAME_MAX)
		return false;
	while (*name) {
		size_t label = strcspn(name, ".");

		if (!label || label > DNS_LABEL_MAX)
			return false;
		name += label + (name[label] == '.');
	}
	return true;
}

static void end(struct dns *d)
{
	timer_cancel(&d->guard);
	link_lookup_cancel(d->boot.lookup);
	d->boot.lookup = NULL;
	d->boot.busy = false;
}

static void fail(struct dns *d, const struct why *why)
{
	int code = (int)d->modem->profile->q.dns_fail_code;

	end(d);
	trace_why(d->modem->trace, "dns", code, "DNS general error", why);
	modem_emit_code(d->modem, MODEM_EVENT_DNS_FOUND, d->boot.reverse, code);
}

static void on_found(enum link_status status, const char *answer, const struct why *why, void *ctx)
{
	struct dns *d = ctx;
	struct modem_event ev = { .type = MODEM_EVENT_DNS_FOUND, .index = d->boot.reverse };

	d->boot.lookup = NULL;
	if (status) {
		fail(d, why);
		return;
	}
	end(d);
	ev.topic = d->boot.reverse ? answer : d->boot.name;
	ev.address = d->boot.reverse ? d->boot.name : answer;
	modem_emit(d->modem, &ev);
}

static void on_guard(void *ctx)
{
	struct dns *d = ctx;
	struct why why = { 0 };

	if (!pdp_can_carry(d->modem->pdp))
		why_add(&why, "state", "no network to ask on: the data network is %s", pdp_net_name(d->modem->pdp));
	else if (!d->boot.lookup)
		why_add(&why, "memory", "out of memory");
	else
		why_add(&why, "timeout", "%ld queries for %.100s had no answer (AT+CIPDNSSET)",
			d->boot.set.query_retries + 1, d->boot.name);
	fail(d, &why);
}

static bool ask(struct dns *d, const char *name, bool reverse)
{
	const struct quirks *q = &d->modem->profile->q;
	uint64_t patience_us = (uint64_t)(d->boot.set.query_retries + 1) * (uint64_t)q->dns_query_ms * 1000;

	if (d->boot.busy)
		return false;
	str_copy(d->boot.name, sizeof(d->boot.name), name);
	d->boot.busy = true;
	d->boot.reverse = reverse;
	if (pdp_can_carry(d->modem->pdp))
		d->boot.lookup = reverse ? link_lookup_name(d->modem->link, name, on_found, d)
					 : link_lookup(d->modem->link, name, on_found, d);
	clock_arm(d->modem->clock, &d->guard, d->boot.lookup ? patience_us : 0);
	return true;
}

bool dns_find(struct dns *d, const char *name)
{
	return ask(d, name, false);
}

bool dns_find_name(struct dns *d, const char *address)
{
	return ask(d, address, true);
}

void dns_network_lost(struct dns *d)
{
	struct why why = { 0 };

	if (!d->boot.busy)
		return;
	why_add(&why, "net", "the network is lost");
	fail(d, &why);
}

void dns_set_settings(struct dns *d, const struct dns_settings *set)
{
	d->boot.set = *set;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

static void start(struct dns *d)
{
	memset(&d->boot, 0, sizeof(d->boot));
	d->boot.set = (struct dns_settings){ .net_retries = 3, .net_timeout_ms = 30000, .query_retries = 7 };
}

void dns_reset(struct dns *d)
{
	end(d);
	start(d);
}

struct dns *dns_new(struct modem *m)
{
	struct dns *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->modem = m;
	timer_init(&d->guard, on_guard, d);
	start(d);
	return d;
}

void dns_free(struct dns *d)
{
	if (!d)
		return;
	end(d);
	free(d);
}
