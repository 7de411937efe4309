/*
 * A story: what happens around one modem, act by act, as data. It can be played, printed, read back and shortened; the
 * same story gives the same bytes on every machine.
 */
#ifndef COMMANDS_STORY_H
#define COMMANDS_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "app/emu.h"
#include "base/buf.h"
#include "base/err.h"

enum act_kind {
	ACT_LINE,    /* bytes that should be one command line, or the end of a prompt: played until it is over */
	ACT_SEND,    /* bytes as they come, nobody waits for what they do */
	ACT_WAIT,    /* us of virtual time */
	ACT_CONTROL, /* a line of the control language */
	ACT_CLOSE,   /* the host leaves the port */
	ACT_OPEN,    /* and comes back */
	ACT_STOP,    /* the host does not read any more */
	ACT_GO,	     /* and reads again */
	ACT_COUNT,
};

struct act {
	enum act_kind kind;
	enum emu_port_role port; /* LINE, SEND, CLOSE, OPEN, STOP, GO */
	uint64_t us;		 /* WAIT */
	char *text;		 /* LINE, SEND, CONTROL; NUL behind it, the story's */
	size_t len;
};

enum { STORY_QUIRKS_MAX = 4 };

struct story {
	uint64_t seed; /* of the modem */
	char profile[64];
	char quirk[STORY_QUIRKS_MAX][80]; /* "name=value" on top of the profile */
	size_t n_quirks;
	bool has_port[EMU_PORT_COUNT]; /* besides the UART */
	long baud;
	bool cold;
	struct act *act;
	size_t n;
};

/* Adds a copy of an act. Ends the program when memory is out. */
void story_add(struct story *s, const struct act *a);
/* A copy of s with the acts i of which keep[i] is true. */
struct story story_part(const struct story *s, const bool *keep);
void story_free(struct story *s);

/* As text, a line each: what kind of modem, then the acts. */
void story_print(const struct story *s, FILE *f);
/* One act, as story_print() has it. */
void act_print(const struct act *a, FILE *f);
/* 0, or -EINVAL with the place in *e. */
int story_read(struct story *s, const char *path, struct err *e);

#endif
