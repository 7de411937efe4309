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
/* What AT+CGMR prints of a built-in one that is known from a few field reports alone; NULL: any other. */
const char *emu_field_revision(const char *name);

/*
 * A revision as texts, for tools that compare revisions and write new ones. Value i is a member of the identity or a
 * quirk; the numbering is the same for all revisions of this program.
 */
struct emu_revision;

struct emu_value_info {
	const char *name;		/* "model", "tls_sni" */
	bool identity;			/* a member of the identity, a text; else a quirk */
	const char *type;		/* "choice", "number", "yes/no", "list", "text" */
	const char *def, *unit, *what;	/* of a quirk, else "" */
	const char *const *choices;	/* NULL-terminated, of a choice; else NULL */
	long min, max;			/* of a number */
};

size_t emu_value_count(void);
struct emu_value_info emu_value_info(size_t i);
/* The number of a value, emu_value_count() when there is none of that name. */
size_t emu_value_find(const char *name);

/* By built-in name (also of the base of a family) or file. NULL with *e filled (file:line:column). */
struct emu_revision *emu_revision_load(const char *name_or_path, struct err *e);
/* From the text of a profile that errors will call name. */
struct emu_revision *emu_revision_parse(const char *name, const char *text, size_t n, struct err *e);
void emu_revision_free(struct emu_revision *r);
/* File i that it was read from, those that it extends first; "profile/NAME.yaml" when built in; NULL past the last one. */
const char *emu_revision_file(const struct emu_revision *r, size_t i);
/* Value i as text; words of a list are joined by commas. Lives as long as r. */
const char *emu_revision_value(const struct emu_revision *r, size_t i);

/* A command some revision knows, and in which forms the emulator answers it whatever state the modem is in. */
struct emu_command {
	const char *name;		/* "+CMQTTSTART" */
	bool test, read, exec;
};

/* Command i of all revisions; false past the last one. */
bool emu_command_at(size_t i, struct emu_command *out);

struct emu;
struct loop;

/* The ports of a modem. The UART is always there; the others are those that a real one shows over USB. */
enum emu_port_role {
	EMU_PORT_UART,
	EMU_PORT_AT,		/* commands, with settings of its own; "ATCOM" of AT+CATR */
	EMU_PORT_MODEM,		/* the same once more, where real ones are dialled */
	EMU_PORT_NMEA,		/* positions, nothing is heard there */
	EMU_PORT_COUNT,		/* those that the owner of a modem gives it */
	EMU_PORT_MUX1 = EMU_PORT_COUNT,	/* channels 1 to 4 of the multiplexer on the UART (AT+CMUX) */
	EMU_PORT_MUX4 = EMU_PORT_MUX1 + 3,
	EMU_LINE_COUNT
};

/* "uart", "at", "modem", "nmea", "mux1" ... */
const char *emu_port_name(enum emu_port_role role);

struct emu_options {
	const struct emu_setup *setup;	/* borrowed, outlives the modem */
	struct clock *clock;		/* borrowed */
	struct loop *loop;		/* of the clock, borrowed; NULL (virtual time): the modelled world alone */
	bool allow_network;		/* real addresses beyond this machine may be reached */
	struct port *port;		/* the UART; owned from here on, also on failure */
	struct port *more[EMU_PORT_COUNT];	/* the others by role, owned likewise; NULL: the modem has none */
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
