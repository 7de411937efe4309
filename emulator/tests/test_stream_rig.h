/*
 * Streams under test, modelled or real: a log of what the owner is told, and a small language that plays the owner, so that
 * one row can run on both back ends. Words of a play, one action each, separated by ';':
 *   open HOST:PORT | tls HOST:PORT | tlsv HOST:PORT | udp PORT | listen PORT   becomes the stream that the others mean
 *   send TEXT | to HOST:PORT TEXT | pause | resume | close    TEXT with escapes
 *   accept                                                    goes on with the stream accepted last, which gets its owner
 *   until TEXT                                                until the log has it; a failure when it never comes
 *   after MS                                                  virtual time: so much later
 *   ctl LINE | down                                           control language; the network goes
 */
#ifndef TESTS_TEST_STREAM_RIG_H
#define TESTS_TEST_STREAM_RIG_H

#include "base/str.h"
#include "io/loop.h"
#include "link/link_stream.h"
#include "test_link_rig.h"

struct stream_rig {
	struct rig *rig;
	struct loop *loop; /* NULL: virtual time */
	struct link_stream *stream, *accepted;
	const struct link_tls *tls;
	uint64_t timeout_us;
	const struct link_tls *tls_verify; /* of tlsv */
	bool senders;	   /* the log has who sent DATA */
	bool times;	   /* the log has them, in ms, and ACKED, and each DATA by itself */
	bool after_data;   /* without times: the last event in the log was DATA */
	unsigned acked;
	unsigned close_at; /* the owner closes from inside its event of that number, counted from 1 */
	unsigned events;
	struct buf log;
	struct why why; /* of the last event that had one */
	uint64_t bytes; /* of DATA */
};

static inline void stream_log_time(struct stream_rig *r)
{
	if (r->times)
		buf_addf(&r->log, "%" PRIu64 " ", clock_now_us(r->rig->clock) / 1000);
}

static inline void stream_on_event(const struct link_stream_event *ev, void *ctx)
{
	static const char *const names[] = { "opened", "data", "writable", "acked", "accepted", "closed" };
	static const char *const status[] = {
		[LINK_OK] = "", [LINK_DNS] = " dns", [LINK_REFUSED] = " refused", [LINK_TIMEOUT] = " timeout",
		[LINK_RESET] = " reset", [LINK_PEER_CLOSED] = " peer_closed", [LINK_NO_NETWORK] = " no_network",
		[LINK_TLS_FAILED] = " tls_failed", [LINK_TLS_UNTRUSTED] = " tls_untrusted", [LINK_TLS_OPEN] = " tls_open",
	};
	struct stream_rig *r = ctx;
	bool joined = !r->times && r->after_data && ev->type == LINK_STREAM_DATA;

	if (ev->type == LINK_STREAM_ACKED)
		r->acked++;
	if (ev->type == LINK_STREAM_ACKED && !r->times)
		return;
	r->after_data = ev->type == LINK_STREAM_DATA;
	stream_log_time(r);
	if (joined)
		r->log.data[--r->log.len] = '\0';
	else
		buf_addf(&r->log, "%s%s", names[ev->type], status[ev->status]);
	if (ev->type == LINK_STREAM_DATA) {
		r->bytes += ev->len;
		if (r->senders)
			buf_addf(&r->log, " %s:%u", ev->from, ev->from_port);
		buf_adds(&r->log, joined ? "" : " ");
		str_escape(&r->log, ev->data, ev->len < 200 ? ev->len : 200);
	} else if (ev->type == LINK_STREAM_ACCEPTED) {
		r->accepted = ev->accepted;
		if (r->times)
			buf_addf(&r->log, " %s:%u", ev->from, ev->from_port);
	}
	buf_addc(&r->log, '\n');
	ck_assert_msg((ev->status == LINK_OK) == (ev->why == NULL), "%s: a status and its why come together", buf_str(&r->log));
	if (ev->why)
		r->why = *ev->why;
	if (++r->events != r->close_at)
		return;
	link_stream_close(r->stream);
	r->stream = NULL;
}

static inline void stream_rig_start(struct stream_rig *r, struct rig *rig, struct loop *loop)
{
	memset(r, 0, sizeof(*r));
	r->rig = rig;
	r->loop = loop;
	r->times = !loop;
	buf_init(&r->log, 1 << 24);
}

static inline void stream_rig_stop(struct stream_rig *r)
{
	link_stream_close(r->stream);
	link_stream_close(r->accepted);
	buf_free(&r->log);
}

static inline bool stream_step(struct stream_rig *r)
{
	if (!r->loop)
		return clock_step(r->rig->clock);
	loop_once(r->loop);
	return true;
}

static inline bool stream_has(const struct stream_rig *r, const char *text)
{
	bool closed = r->close_at && r->events >= r->close_at;

	return closed || (!strcmp(text, "acked") && !r->times ? r->acked > 0 : strstr(buf_str(&r->log), text) != NULL);
}

static inline void stream_until(struct stream_rig *r, const char *text)
{
	while (!stream_has(r, text))
		ck_assert_msg(stream_step(r), "'%s' never came: %s", text, buf_str(&r->log));
}

/* Cuts "host:port" at its end; a play writes {port} where the caller's server is. */
static inline uint16_t stream_port(char *place)
{
	char *colon = strrchr(place, ':');
	long long port;

	ck_assert_ptr_nonnull(colon);
	*colon = '\0';
	ck_assert_int_eq(str_to_num(colon + 1, strlen(colon + 1), 1, 65535, &port), 0);
	return (uint16_t)port;
}

static inline void stream_open(struct stream_rig *r, struct link_stream_setup setup)
{
	size_t before = r->log.len;

	setup.timeout_us = r->timeout_us;
	r->stream = link_stream_open(r->rig->link, &setup, stream_on_event, r);
	ck_assert_ptr_nonnull(r->stream);
	ck_assert_uint_eq(r->log.len, before);
}

static inline void stream_act_open(struct stream_rig *r, const char *verb, char *args)
{
	struct link_stream_setup setup = { .kind = LINK_STREAM_TCP };
	long long port;

	if (!strcmp(verb, "open") || !strncmp(verb, "tls", 3)) {
		setup.port = stream_port(args);
		setup.host = args;
		setup.tls = !strcmp(verb, "tls") ? r->tls : *verb == 't' ? r->tls_verify : NULL;
	} else {
		setup.kind = *verb == 'u' ? LINK_STREAM_UDP : LINK_STREAM_LISTEN;
		ck_assert_int_eq(str_to_num(args, strlen(args), 0, 65535, &port), 0);
		setup.local_port = (uint16_t)port;
	}
	stream_open(r, setup);
}

static inline void stream_act_send(struct stream_rig *r, const char *verb, char *args)
{
	struct buf bytes;
	char *text = args;
	long n;

	buf_init(&bytes, 1 << 20);
	if (*verb == 't') {
		text = strchr(args, ' ');
		ck_assert_ptr_nonnull(text);
		*text++ = '\0';
	}
	ck_assert_uint_eq(str_unescape(&bytes, text), 0);
	if (*verb == 't') {
		uint16_t port = stream_port(args);

		n = link_stream_send_to(r->stream, args, port, buf_str(&bytes), bytes.len);
	} else {
		n = link_stream_send(r->stream, buf_str(&bytes), bytes.len);
	}
	if (n != (*verb == 't' ? 0 : (long)bytes.len))
		buf_addf(&r->log, "took %ld\n", n), r->after_data = false;
	buf_free(&bytes);
}

static inline void stream_act(struct stream_rig *r, const char *verb, char *args)
{
	struct buf reply;

	if (r->close_at && r->events >= r->close_at)
		return;
	buf_init(&reply, 4096);
	if (!strcmp(verb, "open") || !strncmp(verb, "tls", 3) || !strcmp(verb, "udp") || !strcmp(verb, "listen")) {
		stream_act_open(r, verb, args);
	} else if (!strcmp(verb, "send") || !strcmp(verb, "to")) {
		stream_act_send(r, verb, args);
	} else if (!strcmp(verb, "pause") || !strcmp(verb, "resume")) {
		link_stream_pause(r->stream, *verb == 'p');
	} else if (!strcmp(verb, "close")) {
		link_stream_close(r->stream);
		r->stream = NULL;
	} else if (!strcmp(verb, "accept")) {
		struct link_stream *listener = r->stream;

		r->stream = r->accepted;
		r->accepted = listener; /* closed by the rig */
		link_stream_own(r->stream, stream_on_event, r);
	} else if (!strcmp(verb, "until")) {
		stream_until(r, args);
	} else if (!strcmp(verb, "after")) {
		rig_wait_ms(r->rig, strtoull(args, NULL, 10));
	} else if (!strcmp(verb, "ctl")) {
		if (link_control(r->rig->link, args, &reply) || strcmp(buf_str(&reply), "ok"))
			buf_addf(&r->log, "= %s\n", buf_str(&reply));
	} else if (!strcmp(verb, "down")) {
		link_set_network(r->rig->link, false);
	} else {
		ck_abort_msg("unknown verb '%s'", verb);
	}
	buf_free(&reply);
}

static inline void stream_play(struct stream_rig *r, const char *play)
{
	char *copy = strdup(play), *save = NULL;

	for (char *word = strtok_r(copy, ";", &save); word; word = strtok_r(NULL, ";", &save)) {
		char *args = word + strspn(word, " ");
		char *rest = args + strcspn(args, " ");

		if (*rest)
			*rest++ = '\0';
		stream_act(r, args, rest);
	}
	free(copy);
}

#endif
