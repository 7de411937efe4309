/*
 * What is played: the host's side of a log as acts, one a command. An act either comes from the log, or is assumed
 * because an answer in the log implies it.
 */
#ifndef REPRODUCE_SCRIPT_H
#define REPRODUCE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum act_kind {
	ACT_SEEN,    /* the log has the command */
	ACT_IMPLIED, /* the log has its answer alone; the command is assumed */
	ACT_SILENT   /* the log has neither; what it shows needs it before */
};

struct act {
	enum act_kind kind;
	const char *command; /* without line end; NULL: the modem speaks unasked (urc) */
	const char *data;    /* for its prompt; NULL: none is known */
	size_t data_len;
	const char *urc; /* an unsolicited line that the log has inside this exchange, played too; NULL: none */
	unsigned line;	 /* of the log, 0 for a silent one */
};

struct script {
	struct act *acts;
	size_t n;
};

#endif
