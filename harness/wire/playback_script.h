/* A recording as beats: what the host said, a command or what was asked for at a prompt, and what the modem said then.
 */
#ifndef WIRE_PLAYBACK_SCRIPT_H
#define WIRE_PLAYBACK_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "harness/wire/recording.h"

enum beat_kind {
	BEAT_START, /* before the host said anything: always the first beat, and the only one */
	BEAT_COMMAND,
	BEAT_DATA
};

struct beat_part {
	uint64_t after_us; /* the host's last byte of the beat */
	size_t start, len; /* in the script's modem bytes */
};

struct beat {
	enum beat_kind kind;
	size_t text, len; /* of the host, in the script's host bytes; without CR */
	uint64_t t_us;	  /* of its last byte */
	bool echoed;	  /* the modem sent it back; that is no part */
	bool prompts;	  /* a command: the modem asked for data */
	size_t first_part, n_parts;
};

struct beats {
	struct beat *list;
	size_t n, cap;
	struct beat_part *parts;
	size_t n_parts, parts_cap;
	struct buf host, modem;
};

/* 0 or -ENOMEM; beats_free() in both cases. */
int beats_read(struct beats *s, const struct recording *r);
void beats_free(struct beats *s);

static inline const char *beat_text(const struct beats *s, const struct beat *b)
{
	return buf_str(&s->host) + b->text;
}

#endif
