/*
 * The modem's side of the proxy: something that takes and gives bytes, has a power switch and, when it is the
 * emulator, a control line and a trace. Back ends: inproc (the emulator as an object), pty (its program); a board or a
 * recording is one more file behind the same functions.
 */
#ifndef HARNESS_TARGET_H
#define HARNESS_TARGET_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/why.h"
#include "clock/clock.h"
#include "harness/scenario.h"

struct loop;
struct board;

enum target_note {
	TARGET_NOTE_BROKER,	/* text: what the broker saw */
	TARGET_NOTE_FAULT,	/* text: a fault of the emulator fired */
	TARGET_NOTE_MODEL,	/* text: what the modelled world did */
	TARGET_NOTE_NOTE,	/* text: state, power, profile */
	TARGET_NOTE_WHY,	/* text: "mqtt 32 handshake failed: rule text; ..." with family, code, meaning */
};

struct target_event {
	enum target_note note;
	const char *text;
	const char *family, *meaning;	/* TARGET_NOTE_WHY, else NULL */
	int code;
	const struct why *why;		/* TARGET_NOTE_WHY: the chain with its evidence; NULL where only the text is known */
};

/* What the owner hears; all borrowed until the function returns. May be called from inside pump, write and control. */
struct target_hooks {
	void (*bytes)(const void *p, size_t n, void *ctx);
	void (*event)(const struct target_event *ev, void *ctx);
	void (*gone)(const char *why, void *ctx);	/* it died by itself: ERROR of the cell */
	void *ctx;
	void (*wrong)(const char *what, void *ctx);	/* the host did what a recording has no answer to; may be NULL */
};

/* Profile and world of a modem, read once; any number of in-process modems may be made from it. */
struct target_setup;

/* NULL with *e filled (file:line:column) on failure. */
struct target_setup *target_setup_new(const struct modem_setup *modem, struct err *e);
void target_setup_free(struct target_setup *s);

struct target_options {
	const struct modem_setup *modem;	/* texts expanded already */
	const struct target_setup *setup;	/* inproc: made of modem before, borrowed; NULL: it is read for this one */
	uint64_t seed;
	struct clock *clock;		/* borrowed */
	struct loop *loop;		/* borrowed; NULL on the virtual clock */
	const char *emulator;		/* pty: the program */
	const struct board *board;	/* board */
	const char *dir;		/* pty: where link and socket are made */
	struct target_hooks hooks;
};

struct target;

struct target_ops {
	/* Bytes to the modem; what it does not take at once is kept and sent later. */
	void (*write)(struct target *t, const void *p, size_t n);
	/* One control line; 0, -EINVAL (refused, reason in reply) or -ENOTSUP. NULL: there is no control line. */
	int (*control)(struct target *t, const char *line, struct buf *reply);
	void (*free)(struct target *t);
	/*
	 * Lines beside the data, and the host's speed: 0, -ENOTSUP with what it would take in *e, or another error. NULL: lines
	 * by the control line; no speed to set.
	 */
	int (*set_line)(struct target *t, enum serial_line which, bool on, struct err *e);
	int (*get_lines)(struct target *t, struct serial_lines *out, struct err *e);
	int (*set_baud)(struct target *t, long baud, struct err *e);
	/* Whether a recording has anything left, and what, appended to out. NULL: there is no recording. */
	bool (*left)(struct target *t, struct buf *out);
};

/* First member of every back end. */
struct target {
	const struct target_ops *ops;
	struct target_hooks hooks;
};

/* Each returns a modem that is powered and can be written to, or NULL with *e filled. */
struct target *target_inproc_new(const struct target_options *o, struct err *e);
struct target *target_pty_new(const struct target_options *o, struct err *e);
/* modem->replay says which recording and how. The emulator that may be behind it is in this process. */
struct target *target_replay_new(const struct target_options *o, struct err *e);
/* -ENOTSUP in *e: the board is of another revision, or the scenario asks for what no board can do. */
struct target *target_board_new(const struct target_options *o, struct err *e);

/* Names of the revisions that the emulator brings along, NULL-terminated, sorted; and the one it takes when none is named. */
const char *const *target_profiles(void);
const char *target_default_profile(void);
/* What AT+CGMR prints of one of them that is known from a few field reports alone; NULL: any other. */
const char *target_field_revision(const char *name);

static inline void target_write(struct target *t, const void *p, size_t n)
{
	t->ops->write(t, p, n);
}

static inline int target_control(struct target *t, const char *line, struct buf *reply)
{
	return t->ops->control ? t->ops->control(t, line, reply) : -ENOTSUP;
}

/* target.c */
int target_set_line(struct target *t, enum serial_line which, bool on, struct err *e);
int target_get_lines(struct target *t, struct serial_lines *out, struct err *e);
int target_set_baud(struct target *t, long baud, struct err *e);

static inline bool target_left(struct target *t, struct buf *out)
{
	return t->ops->left && t->ops->left(t, out);
}

static inline void target_free(struct target *t)
{
	if (t)
		t->ops->free(t);
}

#endif
