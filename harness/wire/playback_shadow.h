/*
 * The emulator behind a recording. It is told all that the host says, so that its state follows; what it answers is
 * passed on where the recording has no answer. Commands are given one after the other, each when the last one's final
 * result has come, since the recording may be faster than the emulator.
 */
#ifndef WIRE_PLAYBACK_SHADOW_H
#define WIRE_PLAYBACK_SHADOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { SHADOW_NAMES = 8, SHADOW_NAME_BYTES = 32 };

struct shadow_hooks {
	void (*to_profile)(const void *p, size_t n, void *ctx);
	void (*pass)(const void *p, size_t n, void *ctx); /* to the host */
	void (*prompt)(const char *command, void *ctx);	  /* the emulator asks for data, of the host */
	void *ctx;
};

struct shadow_item {
	char *text; /* a command without CR, or data */
	size_t len;
	bool is_data, foreign;
};

struct shadow {
	struct shadow_hooks hooks;
	struct shadow_item *queue;
	size_t n, cap;
	struct shadow_item now; /* what is being answered; text NULL: nothing */
	uint64_t since_us;
	bool prompted, closing;
	struct buf line;			     /* of the emulator */
	char names[SHADOW_NAMES][SHADOW_NAME_BYTES]; /* foreign commands whose own result may still come */
	size_t n_names;
};

void shadow_init(struct shadow *s, const struct shadow_hooks *hooks);
void shadow_free(struct shadow *s);

/* The host has said it; foreign: the emulator's answer is the host's. */
void shadow_add(struct shadow *s, uint64_t now_us, const struct shadow_item *item);
/* Bytes of the emulator. */
void shadow_hear(struct shadow *s, uint64_t now_us, const char *p, size_t n);

#endif
