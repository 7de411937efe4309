/*
 * A conversation: the bytes of a recording folded into exchanges. An exchange is a command with everything that answers
 * it (echo, information, prompt and data, final result, and the result that comes after OK), or one unsolicited line.
 */
#ifndef WIRE_EXCHANGE_H
#define WIRE_EXCHANGE_H

#include "harness/wire/recording.h"

enum line_role {
	LINE_ECHO,	/* the command, or its data, sent back */
	LINE_INFO,	/* information before the final result */
	LINE_PROMPT,	/* > */
	LINE_FINAL,	/* OK, ERROR, +CME ERROR: n, CONNECT ... (V.250 5.7.1, 27.007 9.1) */
	LINE_RESULT,	/* the command's own result after its final one: +CMQTTCONNECT: 0,32 */
	LINE_URC	/* unsolicited */
};

/* "echo", "info", ... */
const char *line_role_name(enum line_role role);

struct exchange_line {
	enum line_role role;
	uint64_t t_us;		/* of its first byte */
	const char *text;	/* without line end, NUL-terminated; bytes that are no text are there as they came */
	size_t len;
	unsigned line;		/* of the recording's source */
	size_t order;		/* among all lines of the conversation, as they came */
};

struct exchange {
	uint64_t t_us;		/* of the command's last byte; of an unsolicited line's first */
	const char *command;	/* without line end, NUL-terminated; NULL: unsolicited */
	const char *data;	/* what the host gave at the prompt; NULL: nothing */
	size_t data_len;
	const struct exchange_line *lines;
	size_t n_lines;
	unsigned line;		/* of the recording's source */
};

struct conversation;

/* Folds r, which may go away afterwards. NULL: out of memory. */
struct conversation *conversation_new(const struct recording *r);
void conversation_free(struct conversation *c);

size_t conversation_size(const struct conversation *c);
const struct exchange *conversation_at(const struct conversation *c, size_t i);

/* The final result, NULL when there is none. The last LINE_RESULT, or a line of the command's name that holds one before its
 * final result; NULL when there is none. */
const struct exchange_line *exchange_final(const struct exchange *x);
const struct exchange_line *exchange_result(const struct exchange *x);

/* "+CMQTTCONNECT" of AT+CMQTTCONNECT=0,...; the letters and sign of a basic command ("E", "&F"); false for what is no command. */
bool command_name(const char *command, char *out, size_t size);

#endif
