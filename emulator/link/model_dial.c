/*
 * What becomes of a modelled TCP connection: decided when it starts, from the world, the TLS policy and the misbehaviours
 * then in force, as it is for MQTT sessions in model_open.c.
 */
#include <stdlib.h>

#include "base/str.h"
#include "link/model_stream.h"

static uint64_t fail(struct stream_plan *p, enum link_status status, uint64_t at_us)
{
	p->status = status;
	return at_us;
}

static uint64_t fault(struct stream_plan *p, const char *word, enum link_status status, uint64_t at_us)
{
	why_add(&p->why, "fault", "misbehaviour %s of %.80s", word, p->name);
	return fail(p, status, at_us);
}

/* A server that waits for more than a ClientHello can give, and so never says anything that could be wrong. */
static bool waits_for_more(const struct model *m)
{
	return m->service == SERVICE_DISCARD || (m->service == SERVICE_SCRIPT && !m->stream.greeting.len);
}

static uint64_t plan_tls(const struct model_stream *s, struct stream_plan *p, const struct link_tls *tls,
			 const char *sni, uint64_t tcp_up)
{
	const struct model *m = &p->host->model;

	if (!m->tls && waits_for_more(m)) {
		why_add(&p->why, "tls", "%.80s does not speak TLS and waits: no ServerHello comes", p->name);
		return fail(p, LINK_TIMEOUT, tcp_up + tls->negotiate_us);
	}
	if (!m->tls) {
		why_add(&p->why, "tls", "%.80s does not speak TLS: what comes back is no ServerHello", p->name);
		return fail(p, LINK_TLS_FAILED, tcp_up + m->latency.alert);
	}
	if (p->faults.tls_mute)
		return fault(p, "tls_mute", LINK_TIMEOUT, tcp_up + tls->negotiate_us);
	tls_negotiate(suites_ready(s->base.link->o.world->suites), tls, p->host, sni, &p->handshake, &p->why);
	if (p->handshake.status)
		return fail(p, p->handshake.status,
			    tcp_up + (p->handshake.status == LINK_TLS_OPEN ? MODEL_TLS_OPEN_US : m->latency.alert));
	if (tls->negotiate_us && m->latency.tls > tls->negotiate_us) {
		why_add(&p->why, "tls", "the handshake takes longer than negotiatetime");
		return fail(p, LINK_TIMEOUT, tcp_up + tls->negotiate_us);
	}
	return tcp_up + m->latency.tls;
}

static uint64_t plan_host(const struct model_stream *s, struct stream_plan *p, const struct link_stream_setup *setup)
{
	const struct model *m = &p->host->model;
	uint64_t found = route_is_address(setup->host) ? 0 : m->latency.dns, tcp_up = found + m->latency.tcp;

	p->faults = model_faults(s->base.link, p->host);
	if (p->faults.refuse)
		return fault(p, "refuse", LINK_REFUSED, tcp_up);
	if (p->faults.tcp_timeout)
		return fault(p, "tcp_timeout", LINK_TIMEOUT, found + MODEL_SYN_TIMEOUT_US);
	if (m->service == SERVICE_NTP) {
		why_add(&p->why, "tcp", "%.80s has no TCP port %u: NTP is spoken over UDP", p->name, setup->port);
		return fail(p, LINK_REFUSED, tcp_up);
	}
	if (setup->tls)
		return plan_tls(s, p, setup->tls, setup->host, tcp_up);
	p->plain_to_tls = m->tls;
	return tcp_up;
}

uint64_t stream_plan(struct model_stream *s, const struct route *r, const struct link_stream_setup *setup)
{
	struct stream_plan *p = calloc(1, sizeof(*p));
	uint64_t at_us = r->delay_us;

	s->plan = p;
	if (!p)
		return UINT64_MAX;
	str_copy(p->name, sizeof(p->name), r->name);
	p->status = r->status;
	p->why = r->why;
	if (!p->status) {
		p->host = r->host;
		at_us = plan_host(s, p, setup);
		model_trace_host(s->base.link->o.trace, p->name, setup->port, p->host,
				 setup->tls ? &p->handshake : NULL);
	}
	if (setup->timeout_us && at_us > setup->timeout_us) {
		why_reset(&p->why);
		why_add(&p->why, "time", "no connection to %.80s:%u within %llu ms", p->name, setup->port,
			(unsigned long long)setup->timeout_us / 1000);
		at_us = fail(p, LINK_TIMEOUT, setup->timeout_us);
	}
	return at_us;
}
