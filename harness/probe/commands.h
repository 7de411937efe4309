/* Which of the commands that any revision knows this modem knows. */
#ifndef PROBE_COMMANDS_H
#define PROBE_COMMANDS_H

#include "harness/probe/probe.h"
#include "harness/probe/script.h"

/*
 * Asks every command in a form that changes nothing and fills absent_commands. A command is absent when it answers
 * ERROR to its test and its read form, where a modem that has it answers one of them.
 */
void probe_commands(struct script *s, struct probe_result *r);

/* Whether any revision of this program answers the command: "+CSQ", n characters. */
bool command_is_known(const char *name, size_t n);

#endif
