/*
 * A run of echo requests on the clock. The link says whether a probe is answered and after how long; the jitter on top
 * comes from the modem's seed. What the lines look like is cmd/'s.
 */
#include "modem/ping.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "link/link_ping.h"

static const char *const state_name[] = { "idle", "looking up", "running" };

const char *ping_result_text(int result)
{
	static const char *const text[] = {
		[PING_RESULT_REPLY] = "reply",
		[PING_RESULT_NONE] = "no reply",
		[PING_RESULT_SUMMARY] = "summary",
	};

	return result >= PING_RESULT_REPLY && result <= PING_RESULT_SUMMARY ? text[result] : NULL;
}

static void set_state(struct ping *p, enum ping_state next)
{
	trace_text(p->modem->trace, TRACE_NOTE, "ping: %s -> %s", state_name[p->boot.state], state_name[next]);
	p->boot.state = next;
}

static void explain(struct ping *p, enum ping_result result, const struct why *why)
{
	trace_why(p->modem->trace, "ping", (int)result, ping_result_text((int)result), why);
}

static void done(struct ping *p)
{
	timer_cancel(&p->timer);
	set_state(p, PING_IDLE);
	modem_emit_code(p->modem, MODEM_EVENT_PING_DONE, 0, 0);
}

/* --- probes ------------------------------------------------------------------------------------------------------ */

/* Up to half as much again as the world says [guess]. */
static int draw_trip_ms(struct ping *p, uint64_t trip_us)
{
	uint32_t jitter = (uint32_t)(trip_us / 2000);

	return (int)(trip_us / 1000) + (int)prng_below(&p->modem->prng, jitter + 1);
}

static void send_probe(struct ping *p)
{
	struct ping_boot *b = &p->boot;
	struct ping_probe *probe = &b->probe[b->sent++];
	uint64_t now = clock_now_us(p->modem->clock);
	struct why why = { 0 };
	struct link_ping out;

	link_ping(p->modem->link, b->request.host, &out, &why);
	*probe = (struct ping_probe){ .trip_ms = out.answers ? draw_trip_ms(p, out.trip_us) : -1 };
	if (out.answers && probe->trip_ms > b->request.wait_ms) {
		why_add(&why, "ping", "the reply takes %d ms, and only %d are waited for", probe->trip_ms,
			b->request.wait_ms);
		probe->trip_ms = -1;
	}
	if (probe->trip_ms < 0)
		explain(p, PING_RESULT_NONE, &why);
	probe->due_us = now + (uint64_t)(probe->trip_ms < 0 ? b->request.wait_ms : probe->trip_ms) * 1000;
	b->next_us = now + (uint64_t)b->request.interval_ms * 1000;
}

static void probe_over(struct ping *p, struct ping_probe *probe)
{
	struct ping_boot *b = &p->boot;

	probe->over = true;
	b->over++;
	if (probe->trip_ms < 0) {
		modem_emit_code(p->modem, MODEM_EVENT_PING_NONE, 0, 0);
		return;
	}
	b->min_ms = b->received && b->min_ms < probe->trip_ms ? b->min_ms : probe->trip_ms;
	b->max_ms = b->max_ms > probe->trip_ms ? b->max_ms : probe->trip_ms;
	b->sum_ms += probe->trip_ms;
	b->received++;
	modem_emit_code(p->modem, MODEM_EVENT_PING_REPLY, 0, probe->trip_ms);
}

/* The first that is over, NULL when none is out. */
static struct ping_probe *first_due(struct ping_boot *b)
{
	struct ping_probe *first = NULL;

	for (int i = 0; i < b->sent; i++) {
		if (!b->probe[i].over && (!first || b->probe[i].due_us < first->due_us))
			first = &b->probe[i];
	}
	return first;
}

/* Arms the timer for what comes next; the end of the last probe ends the run. */
static void go_on(struct ping *p)
{
	struct ping_boot *b = &p->boot;
	const struct ping_probe *due = first_due(b);
	uint64_t now = clock_now_us(p->modem->clock), at = due ? due->due_us : UINT64_MAX;

	if (b->sent < b->request.probes && b->next_us < at)
		at = b->next_us;
	if (at == UINT64_MAX)
		done(p);
	else
		clock_arm(p->modem->clock, &p->timer, at > now ? at - now : 0);
}

static void on_timer(void *ctx)
{
	struct ping *p = ctx;
	struct ping_probe *due = first_due(&p->boot);
	uint64_t now = clock_now_us(p->modem->clock);

	if (due && due->due_us <= now)
		probe_over(p, due);
	else
		send_probe(p);
	if (p->boot.state == PING_RUNNING)
		go_on(p);
}

/* --- a run ------------------------------------------------------------------------------------------------------- */

/* Nothing was sent: a summary of zeros, which is what a PDN that does not work gives (T-SIM7600X#90). */
static void found(enum link_status status, const char *address, const struct why *why, void *ctx)
{
	struct ping *p = ctx;
	struct ping_boot *b = &p->boot;
	bool ipv6 = strchr(address, ':') != NULL;
	struct why own = { 0 };

	p->lookup = NULL;
	if (!status && ipv6 != b->request.ipv6) {
		why_add(&own, "dns", "%.80s is at %s, and an IPv%d address was asked for", b->request.host, address,
			b->request.ipv6 ? 6 : 4);
		why = &own;
	}
	if (why) {
		explain(p, PING_RESULT_SUMMARY, why);
		done(p);
		return;
	}
	str_copy(b->address, sizeof(b->address), address);
	set_state(p, PING_RUNNING);
	send_probe(p);
	go_on(p);
}

static bool refuse(struct ping *p, const char *text)
{
	struct why why = { 0 };

	why_add(&why, "state", "%s", text);
	explain(p, PING_RESULT_SUMMARY, &why);
	return false;
}

bool ping_start(struct ping *p, const struct ping_request *r)
{
	if (p->boot.state != PING_IDLE)
		return refuse(p, "echo requests are under way already");
	memset(&p->boot, 0, sizeof(p->boot));
	p->boot.request = *r;
	p->lookup = link_lookup(p->modem->link, r->host, found, p);
	if (!p->lookup)
		return refuse(p, "out of memory");
	set_state(p, PING_LOOKUP);
	return true;
}

void ping_network_lost(struct ping *p)
{
	struct ping_boot *b = &p->boot;
	struct ping_probe *probe;

	/* A lookup hears of it by itself. */
	if (b->state != PING_RUNNING)
		return;
	while ((probe = first_due(b)) != NULL) {
		probe->trip_ms = -1;
		probe_over(p, probe);
	}
	if (b->state == PING_RUNNING)
		done(p);
}

/* --- life -------------------------------------------------------------------------------------------------------- */

struct ping *ping_new(struct modem *m)
{
	struct ping *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->modem = m;
	timer_init(&p->timer, on_timer, p);
	return p;
}

void ping_reset(struct ping *p)
{
	timer_cancel(&p->timer);
	link_lookup_cancel(p->lookup);
	p->lookup = NULL;
	memset(&p->boot, 0, sizeof(p->boot));
}

void ping_free(struct ping *p)
{
	if (!p)
		return;
	ping_reset(p);
	free(p);
}
