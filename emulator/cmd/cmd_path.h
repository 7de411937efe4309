/*
 * Arguments that begin with the name of a file: "C:/a.txt", a.txt or {non-ascii}"HEX", then numbers. Shared by the
 * families that move files.
 */
#ifndef CMD_CMD_PATH_H
#define CMD_CMD_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "at/at.h"

enum { CMD_PATH_SIZE = 256, CMD_PATH_MAX = 254 };

/* A number behind the name; num stays as it is when it is left out. */
struct cmd_number {
	long long min, max;
	bool needed;
	long long num;
	bool given;
};

/*
 * Takes the arguments as they stand in the line (an AT_ARG_RAW row) apart: the name, as its bytes, into CMD_PATH_SIZE
 * bytes, then up to n numbers. false: not that, or out of range.
 */
bool cmd_path_args(const struct at_val *raw, char *path, struct cmd_number *number, size_t n);

#endif
