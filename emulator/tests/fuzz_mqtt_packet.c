/*
 * Any bytes as what an MQTT client sends to a modelled broker over a socket of the modem: no crash, and the same answers
 * whether they come in one piece, in two, or one by one. The first byte says where the two are cut.
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
	"schema: 1\nhosts:\n  - {match: b.x, model: {service: mqtt, latency: {dns: 0ms, tcp: 0ms, mqtt: 0ms, trip: 0ms}}}\n";

struct client {
	struct buf got;
	bool open, ended;
};

static void on_event(const struct link_stream_event *ev, void *ctx)
{
	struct client *c = ctx;

	if (ev->type == LINK_STREAM_OPENED)
		c->open = true;
	if (ev->type == LINK_STREAM_DATA)
		buf_add(&c->got, ev->data, ev->len);
	if (ev->type == LINK_STREAM_CLOSED)
		c->ended = true;
}

static void send_piece(struct clock *clock, struct link_stream *s, const struct client *c, const uint8_t *data, size_t len)
{
	if (len && !c->ended)
		link_stream_send(s, data, len);
	clock_advance_to(clock, clock_now_us(clock) + 1);
}

/* cut: the length of all pieces but the last. */
static void talk(const struct world *w, const uint8_t *data, size_t size, size_t cut, struct client *c)
{
	struct clock *clock = clock_new_virtual();
	struct link *link = link_new(&(struct link_options){ .world = w, .clock = clock });
	const struct link_stream_setup setup = { .host = "b.x", .port = 1883 };
	struct link_stream *s = link_stream_open(link, &setup, on_event, c);

	clock_advance_to(clock, 1000);
	for (size_t at = 0; at < size; at += cut)
		send_piece(clock, s, c, data + at, size - at < cut ? size - at : cut);
	clock_advance_to(clock, 1000000);
	link_stream_close(s);
	link_free(link);
	if (clock_armed(clock))
		abort();
	clock_free(clock);
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
	struct client c[3];
	size_t cuts[3];

	if (size < 2 || size > 4096)
		return 0;
	cuts[0] = size;
	cuts[1] = 1 + data[0];
	cuts[2] = 1;
	for (int i = 0; i < 3; i++) {
		memset(&c[i], 0, sizeof(c[i]));
		buf_init(&c[i].got, 1 << 22);
		talk(world, data + 1, size - 1, cuts[i], &c[i]);
		if (c[i].got.len != c[0].got.len || c[i].ended != c[0].ended ||
		    memcmp(buf_str(&c[i].got), buf_str(&c[0].got), c[0].got.len)) {
			fprintf(stderr, "cut at %zu: %zu bytes and %s, in one piece %zu and %s\n", cuts[i], c[i].got.len,
				c[i].ended ? "closed" : "open", c[0].got.len, c[0].ended ? "closed" : "open");
			abort();
		}
	}
	for (int i = 0; i < 3; i++)
		buf_free(&c[i].got);
	return 0;
}
