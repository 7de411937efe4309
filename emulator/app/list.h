/* The words of the command line that only print: profiles, quirks, commands, explain. */
#ifndef APP_LIST_H
#define APP_LIST_H

#include "app/cli.h"

/* Runs o->verb; returns the exit code. */
int list_run(const struct cli *o);

#endif
