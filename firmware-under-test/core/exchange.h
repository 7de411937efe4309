/*
 * One command and everything until its end: echo, prompt and data, the final
 * result and the result line, in whichever order this revision gives them.
 */
#ifndef CORE_EXCHANGE_H
#define CORE_EXCHANGE_H

#include "core/at_client.h"
#include "core/at_tx.h"
#include "core/deadline.h"
#include "core/urc.h"

/* Codes beside the modem's own 0..59. */
#define EXCHANGE_BARE 60 /* ERROR without a code */
#define EXCHANGE_CME 61	 /* +CME ERROR */

enum exchange_end {
	EXCHANGE_RUNNING,
	EXCHANGE_ENDED,	 /* code is valid */
	EXCHANGE_SILENT, /* nothing, or not enough, came in time */
};

enum exchange_phase {
	EXCHANGE_IDLE,
	EXCHANGE_SENT,	 /* waits for the final result */
	EXCHANGE_PROMPT, /* waits for '>' */
	EXCHANGE_DATA,	 /* prompt seen, data on its way */
	EXCHANGE_CODE,	 /* OK seen, waits for the result line */
	EXCHANGE_SETTLE, /* enough seen, waits a little for the rest */
};

struct exchange_spec {
	enum urc_id result; /* line that carries the code, URC_NONE: none */
	bool needed;	    /* OK alone does not end it */
	uint32_t timeout_ms;
	const char *line; /* the command with its CR, as it will be sent */
	size_t line_len;
	const uint8_t *data; /* what the prompt gets; NULL: no prompt */
	size_t data_len;
};

struct exchange {
	struct at_client *at;
	struct at_tx *tx;
	struct exchange_spec spec;
	enum exchange_phase phase;
	struct deadline deadline;
	bool ok_seen;
	bool error_seen;
	bool code_seen;
	bool heard;	  /* the command has come back as it was sent */
	bool stray;	  /* in place of the data's echo something else came */
	bool prompted;	  /* '>' was seen */
	bool echoes;	  /* the modem sends commands back ... */
	bool echoes_data; /* ... and data: learnt from the first it does */
	bool answered;	  /* without an echo of what was sent */
	uint8_t deaf;	  /* exchanges in a row that ended so */
	uint8_t garbled;  /* data in a row that came back as something else */
	int code;
	uint32_t owed; /* bytes the modem may still want after a failure */
};

/* Uses the two ends for as long as it lives. */
void exchange_init(struct exchange *x, struct at_client *at, struct at_tx *tx);

/* The command line is already in the sender. The spec is copied. */
void exchange_start(struct exchange *x, const struct exchange_spec *spec,
		    uint32_t now);

/* What is known of echoes is about a modem that has not restarted. */
void exchange_forget_echo(struct exchange *x);

/* Stop waiting. What the modem may still want stays in owed. */
void exchange_abort(struct exchange *x);

/* True while the modem waits, or may wait, for data. */
bool exchange_in_data(const struct exchange *x);

/* Feed an event that is not a LINE or RAW. */
enum exchange_end exchange_event(struct exchange *x, enum at_event_kind kind,
				 uint32_t now);

/* Feed a parsed line. */
enum exchange_end exchange_line(struct exchange *x, const struct urc *urc,
				uint32_t now);

/* Look at the clock. */
enum exchange_end exchange_poll(struct exchange *x, uint32_t now);

#endif
