/*
 * Random conversations with a whole modem, for the fuzz targets of command families. The target defines before it includes
 * this: world (a world file's text), lines (what the host says) and control (lines of the control language).
 */
#ifndef TESTS_FUZZ_TALK_H
#define TESTS_FUZZ_TALK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/emu.h"
#include "io/port_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES = sizeof(lines) / sizeof(lines[0]), CONTROLS = sizeof(control) / sizeof(control[0]) };

struct rig {
	struct clock *clock;
	struct emu *emu;
	struct port *host;
};

static void on_rx(const void *p, size_t n, void *ctx)
{
	(void)p;
	(void)n;
	(void)ctx;
}

static void on_event(enum port_event ev, void *ctx)
{
	(void)ev;
	(void)ctx;
}

static const struct emu_setup *load(const char *profile)
{
	char path[] = "/tmp/fuzz-talk-XXXXXX";
	const char *const worlds[] = { path };
	struct emu_setup_options o = { .profile = profile, .worlds = worlds, .n_worlds = 1 };
	struct emu_setup *setup = NULL;
	struct err e = { 0 };
	int fd = mkstemp(path);

	if (fd >= 0 && write(fd, world, sizeof(world) - 1) == sizeof(world) - 1)
		setup = emu_setup_load(&o, &e);
	close(fd);
	unlink(path);
	if (!setup) {
		fprintf(stderr, "%s\n", e.msg);
		abort();
	}
	return setup;
}

/* Parsed once: a setup is const and shared by all modems. */
static const struct emu_setup *setup(unsigned which)
{
	static const char *const names[] = { "LE20B04V03SIM7600M22", "A011B03A7670M7_F" };
	static const struct emu_setup *loaded[2];

	if (!loaded[which % 2])
		loaded[which % 2] = load(names[which % 2]);
	return loaded[which % 2];
}

static void ask(struct rig *r, const char *line)
{
	struct buf reply;

	buf_init(&reply, 65536);
	emu_control(r->emu, line, &reply);
	buf_free(&reply);
}

/* Two bytes an action: what, and how long after it; every fourth pause is a long one. */
static void act(struct rig *r, const uint8_t *d)
{
	uint64_t ms = d[1] % 4 ? d[1] : d[1] * 100u;

	if (d[0] < 224)
		port_write(r->host, lines[d[0] % LINES], strlen(lines[d[0] % LINES]));
	else
		ask(r, control[d[0] % CONTROLS]);
	clock_advance_to(r->clock, clock_now_us(r->clock) + ms * 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct emu_options o = { .seed = 1 };
	struct rig r = { 0 };
	struct err e = { 0 };

	if (size < 3 || size > 300)
		return 0;
	o.setup = setup(data[0]);
	o.clock = r.clock = clock_new_virtual();
	port_pair_new(r.clock, 1 << 16, &r.host, &o.port);
	r.emu = emu_new(&o, &e);
	port_set_owner(r.host, on_rx, on_event, NULL);
	for (size_t i = 1; i + 2 <= size; i += 2)
		act(&r, data + i);
	ask(&r, "power off");
	/* what closed sessions still had under way to their peers, and the power itself */
	clock_advance_to(r.clock, clock_now_us(r.clock) + 200000000);
	if (clock_armed(r.clock))
		abort();
	emu_free(r.emu);
	port_free(r.host);
	clock_free(r.clock);
	return 0;
}

#endif
