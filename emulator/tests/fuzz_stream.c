/*
 * Any order of what owners, the world and the network do to modelled streams: no crash, no leak, nothing told from inside a
 * call, nothing after the end, what an echo sends back is what was sent, and no timer is left when all is closed.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/link_stream.h"
#include "link/world.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char world_text[] =
	"schema: 1\nhosts:\n"
	"  - {match: echo.x, model: {service: echo, limits: {window: 50}}}\n"
	"  - {match: chargen.x, model: {service: chargen, latency: {trip: 4s}}}\n"
	"  - {match: day.x, model: {service: daytime}}\n"
	"  - {match: slow.x, model: {service: echo, limits: {window: 20, rate: 100}}}\n"
	"  - {match: few.x, model: {service: echo, limits: {reset_after: 7}}}\n"
	"  - {match: script.x, model: {greeting: hi, script: [{expect: a, send: b, after: 1s}, {expect: cd, close: close}]}}\n"
	"  - {match: mqtt.x, model: {}}\n"
	"  - {match: mute.x, model: {service: echo, misbehave: [mute]}}\n"
	"  - {match: web.x, model: {http: {pages: [{path: '/*', bytes: 100000, chunked: true}]}}}\n"
	"  - {match: tls.x, model: {service: echo, tls: {min: 1.2}}}\n";
static const char *const names[] = { "echo.x", "chargen.x", "day.x", "slow.x", "few.x", "script.x", "mqtt.x", "mute.x", "web.x",
				     "tls.x", "no.x" };

enum { SLOTS = 6, NAMES = sizeof(names) / sizeof(names[0]) };

struct slot {
	struct world_of_it *all;
	struct link_stream *s;
	bool echo, ended, close_inside;
	size_t sent, got;
};

struct world_of_it {
	struct clock *clock;
	struct link *link;
	struct slot slot[SLOTS];
	bool calling; /* inside a link_stream_*() call */
};

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static void on_event(const struct link_stream_event *ev, void *ctx);

static void slot_close(struct slot *s)
{
	link_stream_close(s->s);
	s->s = NULL;
}

/* A free place for a stream that was accepted, or none. */
static void keep(struct world_of_it *w, struct link_stream *accepted)
{
	for (int i = 0; i < SLOTS; i++) {
		if (w->slot[i].s)
			continue;
		w->slot[i] = (struct slot){ .all = w, .s = accepted };
		link_stream_own(accepted, on_event, &w->slot[i]);
		return;
	}
	link_stream_close(accepted);
}

static void on_event(const struct link_stream_event *ev, void *ctx)
{
	struct slot *s = ctx;
	const unsigned char *p = ev->data;

	check(!s->all->calling, "told from inside a call");
	check(s->s && !s->ended, "told after the end");
	check((ev->status == LINK_OK) == (ev->why == NULL), "a status without its why");
	s->ended = ev->status != LINK_OK;
	if (ev->type == LINK_STREAM_ACCEPTED)
		keep(s->all, ev->accepted);
	for (size_t i = 0; s->echo && i < ev->len; i++)
		check(p[i] == (unsigned char)s->got++, "an echo with other bytes");
	check(!s->echo || s->got <= s->sent, "an echo of more than was sent");
	if (s->close_inside)
		slot_close(s);
}

static void slot_open(struct world_of_it *w, struct slot *s, unsigned arg)
{
	static const enum link_stream_kind kinds[] = { LINK_STREAM_TCP, LINK_STREAM_TCP, LINK_STREAM_UDP, LINK_STREAM_LISTEN };
	struct link_stream_setup setup = { .kind = kinds[arg & 3], .host = names[arg / 4 % NAMES], .port = 7 };

	if (s->s)
		return;
	if (setup.kind != LINK_STREAM_TCP)
		setup.local_port = 80;
	*s = (struct slot){ .all = w, .echo = setup.kind == LINK_STREAM_TCP && strstr("echo.x slow.x few.x mute.x", setup.host) };
	s->s = link_stream_open(w->link, &setup, on_event, s);
}

static void slot_send(struct slot *s, unsigned arg)
{
	static const char *const said[] = { "abcd", "GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
					    "\x10\x0d\x04MQTT" };
	unsigned char bytes[64];
	size_t len = arg % sizeof(bytes);
	long n;

	if (!s->s)
		return;
	for (size_t i = 0; i < len; i++)
		bytes[i] = s->echo ? (unsigned char)(s->sent + i) : (unsigned char)(said[arg / 64][i % strlen(said[arg / 64])]);
	n = link_stream_send(s->s, bytes, len);
	check(n <= (long)len, "more taken than offered");
	s->sent += n > 0 ? (size_t)n : 0;
}

static void control(struct world_of_it *w, unsigned arg)
{
	static const char *const verbs[] = { "connect 80", "peers", "peer %u send abc", "peer %u close", "peer %u reset", "drop",
					     "mute on", "mute off" };
	struct buf line, reply;

	buf_init(&line, 64);
	buf_init(&reply, 4096);
	if (strchr(verbs[arg & 7], '%'))
		buf_addf(&line, "peer %u %s", 1 + arg / 8, verbs[arg & 7] + 8);
	else
		buf_adds(&line, verbs[arg & 7]);
	link_control(w->link, buf_str(&line), &reply);
	for (int i = 0; strstr(buf_str(&line), "send") && i < SLOTS; i++)
		w->slot[i].echo = false; /* it has something of its own to say now */
	buf_free(&line);
	buf_free(&reply);
}

static void act(struct world_of_it *w, unsigned verb, unsigned arg)
{
	struct slot *s = &w->slot[verb / 16 % SLOTS];
	struct link_stream_info info;

	w->calling = true;
	switch (verb % 16) {
	case 0:
	case 1:
		slot_open(w, s, arg);
		break;
	case 2:
	case 3:
		slot_send(s, arg);
		break;
	case 4:
		if (s->s)
			slot_close(s);
		break;
	case 5:
	case 6:
		if (s->s)
			link_stream_pause(s->s, verb % 16 == 5);
		break;
	case 7:
		if (s->s)
			link_stream_send_to(s->s, names[arg % NAMES], 7, "abc", 3);
		break;
	case 8:
	case 9:
		control(w, arg);
		break;
	case 10:
		link_set_network(w->link, arg & 1);
		break;
	case 11:
		s->close_inside = arg & 1;
		break;
	case 12:
		link_hold(w->link, arg & 1);
		break;
	case 13:
		if (s->s)
			link_stream_info(s->s, &info);
		break;
	default:
		w->calling = false;
		clock_advance_to(w->clock, clock_now_us(w->clock) + arg * 4000);
		break;
	}
	w->calling = false;
}

/* Read once: it is const. */
static struct world *world;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err e = { 0 };

	(void)argc;
	(void)argv;
	world = world_load_text("w.yaml", world_text, strlen(world_text), &e);
	if (!world)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world_of_it w = { 0 };

	if (size > 400)
		return 0;
	w.clock = clock_new_virtual();
	w.link = link_new(&(struct link_options){ .world = world, .clock = w.clock });
	for (size_t i = 0; i + 1 < size; i += 2)
		act(&w, data[i], data[i + 1]);
	for (int i = 0; i < SLOTS; i++)
		slot_close(&w.slot[i]);
	link_free(w.link);
	check(!clock_armed(w.clock), "a timer is left");
	clock_free(w.clock);
	return 0;
}
