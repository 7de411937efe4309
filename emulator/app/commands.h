/* `sim7600-emu commands`: what the modem answers, from the tables it answers with. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include "app/cli.h"
#include "base/err.h"

/*
 * Prints the commands that o->args choose (all without any), those of o->profile alone when it is given, as a table or,
 * with o->json, one JSON object a line. Returns the exit code; 2 with *e filled when a word fits nothing or the profile
 * cannot be read.
 */
int commands_print(const struct cli *o, struct err *e);

#endif
