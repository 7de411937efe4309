/*
 * One emulated modem wired together: profile, world, device, AT channel, line. The only header of the emulator that
 * the harness uses for in-process runs (with io/port_pair.h); the program sim7600-emu uses the same functions.
 */
#ifndef APP_EMU_H
#define APP_EMU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/trace.h"
#include "clock/clock.h"
#include "io/port.h"

/* What a modem is made from, read once; any number of modems may share it. */
struct emu_setup;

struct emu_setup_options {
	const char *profile;		/* built-in name or file; NULL: the default profile */
	const char *const *worlds;	/* world files, first match wins, before the built-in world */
	size_t n_worlds;
	const char *const *quirks;	/* "name=value" on top of the profile */
	size_t n_quirks;
};

/* NULL with *e filled (file:line:column) on failure. */
struct emu_setup *emu_setup_load(const struct emu_setup_options *o, struct err *e);
void emu_setup_free(struct emu_setup *s);
/* Name, first alias and summary of its revision, the latter two "" when there is none; the setup's. */
const char *emu_setup_profile_name(const struct emu_setup *s);
const char *emu_setup_profile_alias(const struct emu_setup *s);
const char *emu_setup_profile_summary(const struct emu_setup *s);

/* Names of the built-in revisions, NULL-terminated, sorted. */
const char *const *emu_profile_names(void);
/* The one used when none is named. */
const char *emu_default_profile(void);


struct emu;
struct loop;

struct emu_options {
	const struct emu_setup *setup;	/* borrowed, outlives the modem */
	struct clock *clock;		/* borrowed */
	struct loop *loop;		/* of the clock, borrowed; NULL (virtual time): the modelled world alone */
	bool allow_network;		/* real addresses beyond this machine may be reached */
	struct port *port;		/* owned from here on, also on failure */
	long baud;			/* line pacing in both directions, 0: as fast as the port takes bytes */
	bool cold;			/* false: booted, SIM ready, registered */
	uint64_t seed;
	const char *state_dir;		/* NULL: nothing is kept */
};

struct emu *emu_new(const struct emu_options *o, struct err *e);
void emu_free(struct emu *m);

/* The modem's trace: add a sink to see bytes, broker, model, fault and why events. */
struct trace *emu_trace(struct emu *m);

/*
 * One line of the control language (the same on the control socket; `help` lists it): status, urc TEXT, power on|off|
 * cycle, net drop|up, profile, quirk NAME=VALUE, broker ..., reply MATCH TEXT, mute DURATION, explain, ...
 * Answers into reply (lines ended by LF); returns 0 or -EINVAL with the reason in reply.
 */
int emu_control(struct emu *m, const char *line, struct buf *reply);

#endif
