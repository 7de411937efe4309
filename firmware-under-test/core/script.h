/*
 * A dialogue as const rows: what to send, what may come back, how long to
 * wait. Runs one row after the other through one exchange.
 */
#ifndef CORE_SCRIPT_H
#define CORE_SCRIPT_H

#include "core/deadline.h"
#include "core/urc.h"

#include <stdbool.h>
#include <stdint.h>

struct node;

/* When a row is sent; otherwise it is passed over. See command.c. */
enum command_when {
	WHEN_ALWAYS,
	WHEN_NO_REVISION,
	WHEN_APN,
	WHEN_UNREGISTERED,
	WHEN_NET_STALE,
	WHEN_NET_CLOSED,
	WHEN_TLS,
	WHEN_CA,
	WHEN_CERT,
	WHEN_KEY,
	WHEN_SNI_TAG,
	WHEN_CIPHERS,
	WHEN_NOT_ACQUIRED,
	WHEN_WILL,
	WHEN_PAYLOAD,
};

/* What a row's prompt gets. See command.c. */
enum command_data {
	DATA_NONE,
	DATA_FILE,
	DATA_WILL_TOPIC,
	DATA_WILL_TEXT,
	DATA_SUBSCRIBE,
	DATA_TOPIC,
	DATA_PAYLOAD,
};

#define ACCEPT(code) (UINT64_C(1) << (code))
#define ACCEPT_OK ACCEPT(0)
#define ACCEPT_ANY UINT64_MAX

struct script_row {
	const char *command; /* template, see command.c */
	uint8_t when;	     /* enum command_when */
	uint8_t data;	     /* enum command_data */
	uint8_t result;	     /* enum urc_id of the line with the code */
	bool needed;	     /* the result line is part of success */
	uint16_t timeout_s;
	uint64_t accept; /* bit per code of exchange.h */
	uint8_t back;	 /* rows to go back when it is sent again */
};

struct script {
	const struct script_row *rows;
	uint8_t count;
	uint8_t at;
	uint8_t busy;  /* answers 14 in a row */
	uint8_t again; /* the row was sent once more after a bare ERROR */
	uint8_t past;  /* rows that were left behind at least once */
	bool running;
	struct deadline retry;
};

/* Start at the first row. Ends in one node event: done, failed or silent. */
void script_start(struct node *n, const struct script_row *rows, uint8_t count);

#define SCRIPT_START(n, rows) \
	script_start(n, rows, (uint8_t)(sizeof(rows) / sizeof((rows)[0])))

/* Stop without an event. */
void script_stop(struct node *n);

/* The exchange of the current row ended. */
void script_row_ended(struct node *n, int code);
void script_row_silent(struct node *n);

/* The clock moved. */
void script_poll(struct node *n);

/* The row being run, NULL when none. */
const struct script_row *script_row(const struct node *n);

#endif
