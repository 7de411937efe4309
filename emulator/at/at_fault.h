/* Faults on one channel, for the harness and the control socket: a canned answer instead of a command, silence. */
#ifndef AT_AT_FAULT_H
#define AT_AT_FAULT_H

#include <stdint.h>

#include "at/at.h"

/*
 * match is found anywhere in the command line ("AT+CSQ"), letter case ignored; such a line is not executed and answered
 * with text, times over. Text with CR or LF in it goes out as it is, other text in a result frame, "" is silence.
 * 0, -EINVAL (times 0, match or text too long) or -ENOSPC (16 are armed).
 */
int at_fault_reply(struct at_channel *at, const char *match, const char *text, unsigned times);

/* Output is lost for us microseconds from now. */
void at_fault_mute(struct at_channel *at, uint64_t us);

/* How many armed faults have not fired, or not as often as asked. */
unsigned at_faults_unfired(const struct at_channel *at);

/* Disarms and forgets all of them. at_reset() does not. */
void at_faults_clear(struct at_channel *at);

#endif
