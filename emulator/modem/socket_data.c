/*
 * Bytes on a link: what comes waits until the host has fetched it, and holds the peer back when that takes long; what
 * goes has a result by the peer's window, its acknowledgements and the host's patience. Facts at-general 7 (CIPSEND,
 * CIPRXGET, CIPCCFG).
 */
#include "modem/socket_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/pdp.h"

enum { TX_MAX_BYTES = 64 * 1024, RETRY_MAX_MS = 120000 };

static const struct quirks *quirks(const struct socket *s)
{
	return &s->modem->profile->q;
}

bool socket_pushes(const struct socket *s)
{
	return s->boot.set.transparent || !s->boot.set.manual;
}

/* --- received ---------------------------------------------------------------------------------------------------- */

void socket_rx_clear(struct socket_link *l)
{
	while (!STAILQ_EMPTY(&l->rx)) {
		struct socket_chunk *c = STAILQ_FIRST(&l->rx);

		STAILQ_REMOVE_HEAD(&l->rx, entry);
		free(c);
	}
	l->rx_bytes = 0;
	l->told = l->paused = false;
}

static void tell_ready(struct socket *s, int link)
{
	struct socket_link *l = &s->boot.link[link];

	if (!socket_pushes(s)) {
		if (l->told && quirks(s)->ciprxget_urc == QUIRK_ciprxget_urc_once)
			return;
		l->told = true;
	}
	modem_emit_code(s->modem, MODEM_EVENT_SOCKET_READY, link, 0);
}

static void on_delay(void *ctx)
{
	struct socket_slot *slot = ctx;

	if (slot->socket->boot.link[slot->link].rx_bytes)
		tell_ready(slot->socket, slot->link);
}

static bool keep(struct socket_link *l, const struct link_stream_event *ev)
{
	struct socket_chunk *c = malloc(sizeof(*c) + ev->len);

	if (!c)
		return false;
	c->len = ev->len;
	c->taken = 0;
	c->from_port = ev->from ? ev->from_port : l->port;
	str_copy(c->from, sizeof(c->from), ev->from ? ev->from : l->address);
	memcpy(c->data, ev->data, ev->len);
	STAILQ_INSERT_TAIL(&l->rx, c, entry);
	l->rx_bytes += ev->len;
	return true;
}

static void set_paused(struct socket_link *l, bool paused)
{
	if (l->paused == paused || !l->stream)
		return;
	l->paused = paused;
	link_stream_pause(l->stream, paused);
}

/* A full buffer holds a TCP peer back, and loses datagrams. */
void socket_data_in(struct socket *s, int link, const struct link_stream_event *ev)
{
	struct socket_link *l = &s->boot.link[link];
	size_t max = (size_t)quirks(s)->cip_rx_buffer_bytes;
	long delay_ms = s->boot.set.config[SOCKET_CONFIG_DELAY];

	if (!ev->len)
		return;
	if ((l->kind == SOCKET_UDP && l->rx_bytes + ev->len > max) || !keep(l, ev)) {
		trace_text(s->modem->trace, TRACE_NOTE, "link %d: %zu bytes lost, %zu wait already", link, ev->len,
			   l->rx_bytes);
		return;
	}
	if (l->kind == SOCKET_TCP && l->rx_bytes >= max)
		set_paused(l, true);
	if (!socket_pushes(s) || !delay_ms)
		tell_ready(s, link);
	else if (!timer_armed(&s->slot[link].delay))
		clock_arm(s->modem->clock, &s->slot[link].delay, (uint64_t)delay_ms * 1000);
}

size_t socket_waiting(const struct socket *s, int link)
{
	return s->boot.link[link].rx_bytes;
}

/* Up to max bytes of the first chunk. */
static size_t take(struct socket_link *l, char *data, size_t max)
{
	struct socket_chunk *c = STAILQ_FIRST(&l->rx);
	size_t n = c->len - c->taken < max ? c->len - c->taken : max;

	memcpy(data, c->data + c->taken, n);
	c->taken += n;
	l->rx_bytes -= n;
	if (c->taken == c->len) {
		STAILQ_REMOVE_HEAD(&l->rx, entry);
		free(c);
	}
	return n;
}

static void drained(struct socket *s, int link)
{
	struct socket_link *l = &s->boot.link[link];

	if (l->rx_bytes < (size_t)quirks(s)->cip_rx_buffer_bytes)
		set_paused(l, false);
	if (l->rx_bytes)
		return;
	l->told = false;
	if (l->state == SOCKET_LEAVING)
		clock_arm(s->modem->clock, &s->slot[link].result, 0);
}

size_t socket_fetch(struct socket *s, int link, void *data, size_t max, struct socket_from *from)
{
	struct socket_link *l = &s->boot.link[link];
	bool whole = from && l->kind == SOCKET_UDP;
	char *p = data;
	size_t n = 0;

	if (from && l->rx_bytes) {
		*from = (struct socket_from){ .port = STAILQ_FIRST(&l->rx)->from_port };
		str_copy(from->address, sizeof(from->address), STAILQ_FIRST(&l->rx)->from);
	}
	while (n < max && l->rx_bytes && !(whole && n))
		n += take(l, p + n, max - n);
	if (n)
		drained(s, link);
	return n;
}

void socket_data_regime(struct socket *s)
{
	for (int i = 0; i < SOCKET_LINKS; i++) {
		struct socket_link *l = &s->boot.link[i];

		l->told = false;
		if (l->rx_bytes)
			clock_arm(s->modem->clock, &s->slot[i].delay, 0);
		if (l->state == SOCKET_LEAVING)
			clock_arm(s->modem->clock, &s->slot[i].result, 0);
	}
}

/* --- sent -------------------------------------------------------------------------------------------------------- */

static void finish_send(struct socket *s, int link, long confirmed, const struct why *why)
{
	struct socket_link *l = &s->boot.link[link];
	struct modem_event ev = {
		.type = MODEM_EVENT_SOCKET_SENT,
		.index = link,
		.code = (int)confirmed,
		.size = l->send_len,
	};

	l->sending = SOCKET_SENDING_NONE;
	if (why)
		trace_why(s->modem->trace, "cipsend", (int)confirmed,
			  confirmed < 0 ? "the connection is disconnected" : "not all was taken", why);
	modem_emit(s->modem, &ev);
}

/* The result is known, and told after the time the revision takes for it. */
static void send_is_due(struct socket *s, int link, long confirmed)
{
	struct socket_link *l = &s->boot.link[link];

	l->sending = SOCKET_SENDING_DUE;
	l->send_result = confirmed;
	clock_arm(s->modem->clock, &s->slot[link].result, (uint64_t)quirks(s)->cipsend_ms * 1000);
}

/* Of the bytes of the pending send. */
static size_t acked_of_send(const struct socket_link *l)
{
	struct link_stream_info info;

	link_stream_info(l->stream, &info);
	if (info.acked <= l->send_from)
		return 0;
	return info.acked - l->send_from < l->send_len ? (size_t)(info.acked - l->send_from) : l->send_len;
}

/* How long a stack repeats what is not acknowledged before it gives up: AT+CIPCCFG, doubled each time. */
static uint64_t retry_us(const struct socket *s)
{
	uint64_t ms = (uint64_t)s->boot.set.config[SOCKET_CONFIG_TIMEOUT], sum = 0;

	for (long i = 0; i <= s->boot.set.config[SOCKET_CONFIG_RETRIES]; i++) {
		sum += ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS;
		ms *= 2;
	}
	return sum * 1000;
}

static void watch_peer(struct socket *s, int link)
{
	struct socket_link *l = &s->boot.link[link];
	struct link_stream_info info;

	link_stream_info(l->stream, &info);
	if (info.sent == info.acked) {
		timer_cancel(&s->slot[link].retry);
	} else if (!timer_armed(&s->slot[link].retry)) {
		l->progress = info.acked;
		clock_arm(s->modem->clock, &s->slot[link].retry, retry_us(s));
	}
}

static void on_retry(void *ctx)
{
	struct socket_slot *slot = ctx;
	struct socket *s = slot->socket;
	struct socket_link *l = &s->boot.link[slot->link];
	struct link_stream_info info;
	struct why why = { 0 };

	link_stream_info(l->stream, &info);
	if (info.acked != l->progress) {
		watch_peer(s, slot->link);
		return;
	}
	why_add(&why, "timeout", "link %d: %llu bytes were repeated (AT+CIPCCFG) and never acknowledged", slot->link,
		(unsigned long long)(info.sent - info.acked));
	socket_lost(s, slot->link, LINK_TIMEOUT, &why);
}

/* As much as modem and stream have room for. */
static size_t give(struct socket *s, int link, const char *data, size_t len)
{
	struct socket_link *l = &s->boot.link[link];
	size_t max = (size_t)quirks(s)->cip_send_buffer_bytes, under_way;
	struct link_stream_info info;
	long took;

	link_stream_info(l->stream, &info);
	under_way = (size_t)(info.sent - info.acked);
	if (under_way >= max)
		return 0;
	took = link_stream_send(l->stream, data, len < max - under_way ? len : max - under_way);
	if (took > 0)
		watch_peer(s, link);
	return took > 0 ? (size_t)took : 0;
}

/* Has all of the pending send been taken, and acknowledged where that is waited for? */
static bool is_confirmed(const struct socket *s, const struct socket_link *l)
{
	return l->send_taken == l->send_len && (!s->boot.set.wait_ack || acked_of_send(l) == l->send_len);
}

/* An event of the stream: goes on with what it had not taken. */
static void pump(struct socket *s, int link)
{
	struct socket_link *l = &s->boot.link[link];
	size_t n = l->tx.len ? give(s, link, l->tx.data, l->tx.len) : 0;

	buf_drop(&l->tx, n);
	if (l->sending != SOCKET_SENDING_WAITS)
		return;
	l->send_taken += n;
	if (!is_confirmed(s, l))
		return;
	timer_cancel(&s->slot[link].result);
	finish_send(s, link, (long)l->send_len, NULL);
}

void socket_data_writable(struct socket *s, int link)
{
	pump(s, link);
}

void socket_data_acked(struct socket *s, int link)
{
	watch_peer(s, link);
	pump(s, link);
}

/* The host's patience (AT+CIPTIMEOUT) is over, and with it the link. */
static void send_timed_out(struct socket *s, int link)
{
	struct socket_link *l = &s->boot.link[link];
	long confirmed = s->boot.set.wait_ack ? (long)acked_of_send(l) : (long)l->send_taken;
	struct why why = { 0 };

	why_add(&why, "timeout", "link %d: %ld of %zu bytes were %s within %ld ms", link, confirmed, l->send_len,
		s->boot.set.wait_ack ? "acknowledged" : "taken", s->boot.set.send_ms);
	finish_send(s, link, confirmed, &why);
	socket_lost(s, link, LINK_TIMEOUT, &why);
}

void socket_data_due(struct socket *s, int link)
{
	struct socket_link *l = &s->boot.link[link];
	struct why why = { 0 };

	if (l->sending == SOCKET_SENDING_WAITS) {
		send_timed_out(s, link);
		return;
	}
	if (l->sending == SOCKET_SENDING_NONE)
		return;
	if (l->send_result < 0)
		why_add(&why, "state", "link %d was closed while the data was entered", link);
	else if (l->send_result < (long)l->send_len)
		profile_why(s->modem->profile, QUIRK_ID_cip_send_full, &why, "buffer",
			    "link %d: no room for more than %ld bytes: it takes no more", link, l->send_result);
	finish_send(s, link, l->send_result, why.n ? &why : NULL);
}

void socket_data_gone(struct socket *s, int link, const struct why *why)
{
	const struct socket_link *l = &s->boot.link[link];
	struct why own = { 0 };

	if (!l->sending)
		return;
	if (!why)
		why_add(&own, "state", "link %d was closed by AT+CIPCLOSE", link);
	timer_cancel(&s->slot[link].result);
	if (l->sending == SOCKET_SENDING_DUE)
		finish_send(s, link, l->send_result, NULL);
	else
		finish_send(s, link, -1, why ? why : &own);
}

/* A link that AT+NETCLOSE is about to free has no stream any more. */
static bool is_usable(const struct socket_link *l)
{
	return l->state == SOCKET_OPEN && l->stream;
}

static enum socket_err refuse_closed(struct socket *s, int link)
{
	const struct profile *p = s->modem->profile;
	struct why why = { 0 };
	long code = p->q.cip_closed_code;

	if (!pdp_net_is_open(s->modem->pdp)) {
		code = p->q.cipsend_no_network_code;
		why_add(&why, "state", "the data network is %s", pdp_net_name(s->modem->pdp));
		profile_why(p, QUIRK_ID_cipsend_no_network_code, &why, "code", "this revision answers %ld", code);
	} else {
		why_add(&why, "state", "link %d is %s", link, socket_state_name(s->boot.link[link].state));
		profile_why(p, QUIRK_ID_cip_closed_code, &why, "code", "this revision answers %ld", code);
	}
	trace_why(s->modem->trace, "cip", (int)code, "no link to send on", &why);
	return (enum socket_err)code;
}

static enum socket_err check_send(struct socket *s, int link, bool to_address)
{
	const struct socket_link *l = &s->boot.link[link];

	if (!is_usable(l))
		return refuse_closed(s, link);
	if (s->boot.set.transparent)
		return socket_refuse(s, SOCKET_ERR_NOT_SUPPORTED, "AT+CIPMODE=1: link %d takes bytes in data mode only",
				     link);
	if (l->sending)
		return socket_refuse(s, SOCKET_ERR_BUSY, "link %d: a send is under way", link);
	if (l->kind == SOCKET_TCP && to_address)
		return socket_refuse(s, SOCKET_ERR_PARAMETER, "link %d is TCP, its data can go nowhere else", link);
	if (l->kind == SOCKET_UDP && !to_address && (!*l->host || !l->port))
		return socket_refuse(s, SOCKET_ERR_PARAMETER, "link %d is UDP and needs an address to send to", link);
	return SOCKET_ERR_NONE;
}

enum socket_err socket_prepare(struct socket *s, int link, const char *host, uint16_t port)
{
	struct socket_link *l = &s->boot.link[link];
	enum socket_err err = check_send(s, link, host != NULL);

	if (err)
		return err;
	str_copy(l->to, sizeof(l->to), host ? host : l->host);
	l->to_port = host ? port : l->port;
	return SOCKET_ERR_NONE;
}

static enum socket_err send_datagram(struct socket *s, int link, const void *data, size_t len)
{
	struct socket_link *l = &s->boot.link[link];
	int err = link_stream_send_to(l->stream, l->to, l->to_port, data, len);

	if (err == -EINVAL)
		return socket_refuse(s, SOCKET_ERR_DNS, "%.100s is no place to send to", l->to);
	send_is_due(s, link, err == -ENOTCONN ? -1 : err ? 0 : (long)len);
	return SOCKET_ERR_NONE;
}

static void send_bytes(struct socket *s, int link, const char *data, size_t len)
{
	struct socket_link *l = &s->boot.link[link];
	struct link_stream_info info;

	link_stream_info(l->stream, &info);
	l->send_from = info.sent;
	l->send_taken = give(s, link, data, len);
	if (l->send_taken < len && quirks(s)->cip_send_full == QUIRK_cip_send_full_fail) {
		socket_set_state(s, link, SOCKET_BROKEN);
		send_is_due(s, link, (long)l->send_taken);
		return;
	}
	l->sending = SOCKET_SENDING_WAITS;
	clock_arm(s->modem->clock, &s->slot[link].result, (uint64_t)s->boot.set.send_ms * 1000);
	buf_add(&l->tx, data + l->send_taken, len - l->send_taken); /* a send is smaller than the buffer */
	if (is_confirmed(s, l))
		send_is_due(s, link, (long)len);
}

enum socket_err socket_send(struct socket *s, int link, const void *data, size_t len)
{
	struct socket_link *l = &s->boot.link[link];

	if (l->sending)
		return socket_refuse(s, SOCKET_ERR_BUSY, "link %d: a send is under way", link);
	l->send_len = len;
	if (!is_usable(l))
		send_is_due(s, link, -1);
	else if (l->kind == SOCKET_UDP)
		return send_datagram(s, link, data, len);
	else
		send_bytes(s, link, data, len);
	return SOCKET_ERR_NONE;
}

static void stream_datagram(struct socket *s, int link, const void *data, size_t len)
{
	const struct socket_link *l = &s->boot.link[link];

	if (link_stream_send_to(l->stream, l->host, l->port, data, len))
		trace_text(s->modem->trace, TRACE_NOTE, "link %d: a datagram of %zu bytes is lost", link, len);
}

void socket_stream(struct socket *s, int link, const void *data, size_t len)
{
	struct socket_link *l = &s->boot.link[link];
	size_t n = 0;

	if (!is_usable(l))
		return;
	if (l->kind == SOCKET_UDP) {
		stream_datagram(s, link, data, len);
		return;
	}
	if (!l->tx.len)
		n = give(s, link, data, len);
	if (buf_add(&l->tx, (const char *)data + n, len - n))
		trace_text(s->modem->trace, TRACE_NOTE, "link %d: %zu bytes from the host are lost, %zu wait already",
			   link, len - n, l->tx.len);
}

void socket_data_init(struct socket_slot *slot)
{
	timer_init(&slot->retry, on_retry, slot);
	timer_init(&slot->delay, on_delay, slot);
}

void socket_data_start(struct socket_link *l)
{
	STAILQ_INIT(&l->rx);
	buf_init(&l->tx, TX_MAX_BYTES);
}
