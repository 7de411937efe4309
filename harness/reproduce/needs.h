/* What a modem must be in for a command to be answered as the log has it, and the commands that bring it there. */
#ifndef REPRODUCE_NEEDS_H
#define REPRODUCE_NEEDS_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/pool.h"

/* Bits, in the order in which they are brought about. */
enum need {
	NEED_NET = 1 << 0,     /* AT+NETOPEN */
	NEED_MQTT = 1 << 1,    /* AT+CMQTTSTART */
	NEED_CLIENT = 1 << 2,  /* AT+CMQTTACCQ */
	NEED_BINDING = 1 << 3, /* AT+CMQTTSSLCFG */
	NEED_SESSION = 1 << 4, /* AT+CMQTTCONNECT */
	NEED_CCH = 1 << 5,     /* AT+CCHSTART */
	NEED_HTTP = 1 << 6,    /* AT+HTTPINIT */
	NEED_FTPS = 1 << 7,    /* AT+CFTPSSTART */
	NEED_COUNT = 8
};

/* One command of the log with its result ("+CMQTTCONNECT: 0,32", "OK"; NULL: none). */
struct needs_step {
	const char *command, *result;
	bool early; /* the result stood before OK */
};

struct needs_found {
	unsigned bits;
	size_t by[NEED_COUNT]; /* the step that shows it, per bit */
};

/* What must have been so before the first step: what is needed, and not brought about by a step before. */
struct needs_found needs_of(const struct needs_step *steps, size_t n);

/* The command that brings about bit i, and what that is in words. */
const char *needs_command(size_t i);
const char *needs_words(size_t i);

#endif
