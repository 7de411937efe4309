/* Command line of sim7600-emu. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { OPTIONS_LIST_MAX = 16 };

struct options {
	const char *profile, *link, *listen, *control, *trace, *state_dir;
	const char *world[OPTIONS_LIST_MAX], *quirk[OPTIONS_LIST_MAX];
	unsigned n_worlds, n_quirks;
	long baud;
	double speed;
	bool cold, allow_network;
	uint64_t seed;
	unsigned count;
	const char *verb;		/* NULL: run the emulator; profiles, quirks, commands, explain */
	char **args;			/* what follows the verb */
	int n_args;
};

/* Returns -1 to go on, else the exit code: 0 after --help and --version, 2 after a usage error (said on stderr). */
int options_parse(int argc, char **argv, struct options *o);

#endif
