/*
 * A conversation with a modem in which the host waits for each answer: commands, data at a prompt, lines that come
 * later, with the time of each. What was said is kept as text that patterns can look at, a line each:
 *
 *   > AT+CMQTTSTART
 *   < +CMQTTSTART: 0
 *   < OK
 */
#ifndef PROBE_TALK_H
#define PROBE_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "clock/clock.h"

struct loop;
struct talk;

/* The line to the modem. Its owner hands what it hears to talk_bytes(), from inside write or from the clock's timers.
 */
struct talk_io {
	void (*write)(const void *p, size_t n, void *ctx);
	void *ctx;
	struct clock *clock; /* borrowed */
	struct loop *loop;   /* borrowed; NULL on the virtual clock */
};

enum talk_end {
	TALK_OK,     /* OK, or CONNECT */
	TALK_ERROR,  /* ERROR, +CME ERROR: n ... */
	TALK_PROMPT, /* > */
	TALK_SILENT, /* nothing of that in time, or not the line that was awaited behind OK */
	TALK_GONE    /* the line is gone: nothing can be asked any more */
};

/* io is copied. NULL: out of memory. */
struct talk *talk_new(const struct talk_io *io);
void talk_free(struct talk *t);

void talk_bytes(struct talk *t, const void *p, size_t n);
void talk_gone(struct talk *t, const char *why);
const char *talk_why_gone(const struct talk *t);

/* Ends the wait that is under way; whoever plays scripts looks whether that was wanted. */
void talk_interrupt(struct talk *t);
bool talk_is_interrupted(const struct talk *t);

/*
 * Sends the bytes of a command or of data; says: what the text shows for them. Then waits up to within_us for a final
 * result or a prompt, and after an OK until a line matched until (NULL: no more is awaited). Where that line had come
 * before the result, nothing more is awaited.
 */
enum talk_end talk_send(struct talk *t, const void *p, size_t n, const char *says, const char *until,
			uint64_t within_us);
/* Sends and does not wait. */
void talk_put(struct talk *t, const void *p, size_t n, const char *says);
/* Listens until a line matches until or within_us is over. True: it came. */
bool talk_listen(struct talk *t, const char *until, uint64_t within_us);

/* What was said since talk_begin(). until is a line that came last or not: times of lines as microseconds of the clock.
 */
void talk_begin(struct talk *t);
const char *talk_text(const struct talk *t);
/* The modem's bytes alone, escaped as in a trace. */
const char *talk_raw(const struct talk *t);
/* The time of the line whose text begins at this offset of talk_text(). */
uint64_t talk_time_at(const struct talk *t, size_t offset);

/* Microseconds of the clock it runs on. */
uint64_t talk_now(const struct talk *t);

/* Whether that is the real one, on which nothing is exact. */
bool talk_is_real(const struct talk *t);

/* Bytes heard since it was made, printable ones among them: what answers on a wrong line speed is noise. */
size_t talk_heard(const struct talk *t, size_t *printable);

#endif
