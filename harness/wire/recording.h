/*
 * A recording: what crossed a serial line, with time and direction, and the notes that were made beside it. The file is
 * JSON lines, the same that the emulator's --trace and a cell's wire.jsonl hold:
 *
 *   {"schema":1,"event":"recording","profile":"LE20B03SIM7600M22","times":"real"}     optional, first: about the rest
 *   {"t":12.304100,"d":"modem","hex":"0d0a4f4b0d0a","text":"\r\nOK\r\n"}               bytes
 *   {"t":12.304200,"d":"why","text":"mqtt 32 handshake failed | ..."}                 a note
 */
#ifndef WIRE_RECORDING_H
#define WIRE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum wire_from {
	WIRE_HOST,	/* bytes from the host to the modem */
	WIRE_MODEM,	/* bytes from the modem to the host */
	WIRE_LOG,	/* text: what the firmware printed */
	WIRE_BROKER,	/* text: what the broker saw */
	WIRE_MODEL,	/* text: what the modelled world did */
	WIRE_FAULT,	/* text: a fault that fired */
	WIRE_WHY,	/* text: the cause of a non-zero result */
	WIRE_NOTE,	/* text: state, power, profile, and what an importer has to say */
	WIRE_FROM_COUNT
};

/* "host", "modem", "log", "broker", "model", "fault", "why", "note": d of the file. */
const char *wire_from_name(enum wire_from from);
bool wire_from_find(const char *name, enum wire_from *out);

struct wire_event {
	uint64_t t_us;		/* since the recording began */
	enum wire_from from;
	const char *data;	/* bytes, or text; not terminated */
	size_t len;
	unsigned line;		/* 1-based, of the file or log it was read from; 0: made here */
};

struct recording;

/* An empty recording. NULL: out of memory. */
struct recording *recording_new(void);
void recording_free(struct recording *r);

/* Appends a copy of the event. Returns 0, -ENOSPC past 1 GiB of data, or -ENOMEM. */
int recording_add(struct recording *r, const struct wire_event *ev);

size_t recording_size(const struct recording *r);
/* Event i; its data is borrowed until the next change. */
struct wire_event recording_at(const struct recording *r, size_t i);

/*
 * What is known of the whole: "profile", "revision", "port", "format", "started", "source" (the log it was read from: its events
 * are written with their lines), "times" ("real", "virtual", or "none" when the source had none). recording_set copies;
 * recording_get returns NULL when it is not known.
 */
int recording_set(struct recording *r, const char *key, const char *value);
const char *recording_get(const struct recording *r, const char *key);

/*
 * Reads a file. cell picks the wire events of one cell from the JSONL of a whole run; NULL takes all of a file that
 * holds one conversation (several cells are then an error that names them). A last line that was torn off is left out
 * and recording_is_cut() says so; any other bad line is an error with file:line:column. NULL with *e filled on failure.
 */
struct recording *recording_read(const char *path, const char *cell, struct err *e);
struct recording *recording_parse(const char *name, const char *text, size_t n, const char *cell, struct err *e);
bool recording_is_cut(const struct recording *r);

/* Append the head line (nothing when nothing is known), and one event as one line, LF included. */
void recording_head(struct buf *out, const struct recording *r);
void recording_line(struct buf *out, const struct wire_event *ev);
/* Writes all to path by way of a temporary name. Returns 0 or a negative error with *e filled. */
int recording_write(const struct recording *r, const char *path, struct err *e);

/* Appends the content of a file. 0, or a negative error with *e filled. */
int wire_read_file(const char *path, struct buf *out, struct err *e);

#endif
