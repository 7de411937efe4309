/* Command line of sim7600-emu. */
#ifndef APP_CLI_H
#define APP_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "app/emu.h"

enum { CLI_LIST_MAX = 16 };

struct cli {
	const char *profile, *link, *listen, *control, *trace, *state_dir;
	const char *port[EMU_PORT_COUNT];	/* by role, where: a path, an address or ""; NULL: no such port */
	const char *world[CLI_LIST_MAX], *quirk[CLI_LIST_MAX];
	unsigned n_worlds, n_quirks;
	long baud;
	double speed;
	bool cold, allow_network;
	bool json;			/* of the words that only print */
	uint64_t seed;
	unsigned count;
	const char *verb;		/* NULL: run the emulator; profiles, quirks, commands, explain */
	char **args;			/* what follows the verb */
	int n_args;
};

/* Returns -1 to go on, else the exit code: 0 after --help and --version, 2 after a usage error (said on stderr). */
int cli_parse(int argc, char **argv, struct cli *o);

#endif
