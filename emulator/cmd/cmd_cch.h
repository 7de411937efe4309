/* What the files of AT+CCH* share. */
#ifndef CMD_CMD_CCH_H
#define CMD_CMD_CCH_H

#include "cmd/cmd.h"
#include "modem/cch.h"

static inline struct cch *cch_of(const struct at_channel *at)
{
	return cmd_modem(at)->cch;
}

/* OK, or ERROR alone: the family prints no codes for what it refuses at once. */
enum at_status cmd_cch_answer(enum cch_err err);
/* at_cmd.refuse of the family. */
enum at_status cmd_cch_refuse(struct at_channel *at, const struct at_val *val);

/*
 * The transparent line: the open is through (CONNECT or CONNECT FAIL); it has ended (CLOSED, and back to commands); data
 * waits for the host in it.
 */
void cmd_cch_line_opened(struct cmd_host *h, int code);
void cmd_cch_line_ended(struct cmd_host *h);
void cmd_cch_line_push(struct cmd_host *h);

#endif
