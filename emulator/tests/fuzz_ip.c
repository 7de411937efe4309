/*
 * Packets of a host to the modelled world: two octets of length and a packet each, whose checks are put right so that
 * it gets in, from the host's address and to one of a few places. Held: no crash; every packet that comes back is sound
 * and the host's; a link that is closed leaves nothing behind.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "link/ip_packet.h"
#include "link/link_ip.h"
#include "link/names.h"
#include "link/world.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HOST = 0x0a400002, DNS = 0x0a40ff01, HEAD = 20, STEP_US = 30000, REST_US = 300000000 };

static struct world *world;

struct run {
	struct clock *clock;
	struct link *link;
	struct link_ip *ip;
	bool full;
};

static void must(bool held)
{
	if (!held)
		abort();
}

static void on_packet(const void *p, size_t n, void *ctx)
{
	struct ip_packet packet;

	(void)ctx;
	must(n <= IP_PACKET_MAX && ip_packet_parse(p, n, &packet) && packet.raw_len == n && packet.dst == HOST);
}

static bool on_full(void *ctx)
{
	return ((struct run *)ctx)->full;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char text[] =
		"schema: 1\nhosts:\n  - {match: echo.test, model: {service: echo, latency: {tcp: 1ms, trip: 1ms}}}\n"
		"  - {match: gen.test, model: {service: chargen}}\n";

	(void)argc;
	(void)argv;
	world = world_load_text("fuzz", text, sizeof(text) - 1, NULL);
	must(world != NULL);
	return 0;
}

static uint32_t sum_of(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += (uint32_t)p[i] << (i & 1 ? 0 : 8);
	return sum;
}

static void set_check(uint8_t *at, uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	at[0] = (uint8_t)(~sum >> 8);
	at[1] = (uint8_t)~sum;
}

static void set32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* The first octet says what kind, and where to. */
static void put_right(struct run *r, uint8_t *p, size_t n)
{
	static const uint8_t protocols[] = { 6, 17, 1, 6 }, checks[] = { 16, 6, 2, 16 };
	static const char *const names[] = { "echo.test", "gen.test" };
	char address[LINK_STREAM_ADDRESS_SIZE];
	unsigned kind = p[0] & 3, where = p[0] >> 2 & 3;
	size_t len = n - HEAD;

	names_address(r->link, names[where & 1], address);
	p[0] = 0x45;
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
	p[6] &= 0x60;
	p[9] = protocols[kind];
	set32(p + 12, HOST);
	set32(p + 16, where & 2 ? DNS : 0);
	if (!(where & 2))
		must(inet_pton(AF_INET, address, p + 16) == 1);
	p[10] = p[11] = 0;
	set_check(p + 10, sum_of(p, HEAD, 0));
	if (len < checks[kind] + 2u)
		return;
	if (kind == 1) {
		p[HEAD + 4] = (uint8_t)(len >> 8);
		p[HEAD + 5] = (uint8_t)len;
	}
	p[HEAD + checks[kind]] = p[HEAD + checks[kind] + 1] = 0;
	set_check(p + HEAD + checks[kind],
		  sum_of(p + HEAD, len, kind == 2 ? 0 : sum_of(p + 12, 8, protocols[kind] + (uint32_t)len)));
}

static void play(struct run *r, const uint8_t *data, size_t size)
{
	uint8_t packet[IP_PACKET_MAX];

	while (size > 2) {
		size_t n = (size_t)(data[0] << 8 | data[1]) % (size - 1);

		n = n < sizeof(packet) ? n : sizeof(packet);
		memcpy(packet, data + 2, n);
		if (n >= HEAD)
			put_right(r, packet, n);
		r->full = data[0] & 0x80;
		link_ip_input(r->ip, packet, n);
		if (!r->full)
			link_ip_flows(r->ip);
		clock_advance_to(r->clock, clock_now_us(r->clock) + STEP_US);
		data += 2 + n;
		size -= 2 + n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run r = { .clock = clock_new_virtual() };
	const struct link_ip_setup setup = { HOST, { DNS, DNS + 1 }, on_packet, on_full, &r };

	r.link = link_new(&(struct link_options){ .world = world, .clock = r.clock });
	link_set_network(r.link, true);
	r.ip = link_ip_open(r.link, &setup);
	must(r.ip != NULL);
	play(&r, data, size);
	if (size & 1)
		clock_advance_to(r.clock, clock_now_us(r.clock) + REST_US);
	link_ip_close(r.ip);
	link_free(r.link);
	must(!clock_armed(r.clock));
	clock_free(r.clock);
	return 0;
}
