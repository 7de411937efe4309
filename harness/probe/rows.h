/*
 * Experiments as rows. A script is lines separated by LF:
 *
 *   AT+CMQTTSTART ~^\+CMQTTSTART: @60s   a command; then, after OK, a line that matches; the time that is given to both
 *   <hello\x1a                           data at the prompt, with escapes; ~ and @ as above
 *   .~^RDY$ @60s                         listens for a line; without ~ for the whole time
 *   !AT                                  a command that is not waited for
 *   ?+CTZU                               AT+CTZU? now, AT+CTZU= what it said when the experiment is over
 *   ?+CREG 1                             the same, with its first value alone
 *
 * {n} is the number of a search, {*text} the text so many times; {tls} is the server of that name, {tls.host} and
 * {tls.port} its parts. A script ends early where a command of setup is not answered with OK or a prompt.
 */
#ifndef PROBE_ROWS_H
#define PROBE_ROWS_H

#include "harness/probe/probe.h"

enum { READINGS_MAX = 12 };

/* A conversation that ends well and in which no line matches. */
#define WITHOUT(line) "\\A(?!(?s:.*)" line ")(?s:.*)^< OK$"

/* One value that an answer shows: the first reading of a name that matches counts. */
struct reading {
	const char *name;  /* quirk, or member of the identity */
	const char *match; /* in what was said ("> command", "< answer"), ^ and $ at each line */
	const char *value; /* with $1 for a group; NULL: milliseconds */
	const char *from;  /* of a time: from the line that matches this; NULL: from the command */
	bool raw;	   /* match looks at the modem's bytes, escaped */
	unsigned within;   /* of a time: ms that do not count, 1 unless given */
};

enum search_way { SEARCH_NONE, SEARCH_LARGEST, SEARCH_SMALLEST };

struct experiment {
	unsigned needs;			   /* bits of enum probe_need */
	const char *setup;		   /* not looked at; NULL: nothing to set up */
	const char *ask;		   /* what is looked at */
	const char *cleanup;		   /* always sent */
	struct reading read[READINGS_MAX]; /* ends with a NULL name */
	/* The largest or smallest number that is accepted: whether read[0] matches decides; its value is not used. */
	enum search_way search;
	long from, to; /* 0, 0: the quirk's own range */
};

/* Tables by family, each ended by a row without ask. NULL-terminated. */
const struct experiment *const *probe_tables(void);

extern const struct experiment probe_identity[];
extern const struct experiment probe_forms[];
extern const struct experiment probe_line[];

/* What cannot be seen from the host's side of the line, and why. */
struct unseen_row {
	const char *name, *why;
};
extern const struct unseen_row probe_unseen[]; /* ends with a NULL name */

/* Commands that are not asked by test and read form. */
struct presence_row {
	const char *name;  /* "+CCERTMOVE" */
	const char *forms; /* "=?" and "?" alone, or ""; then a quirk stands for it, or nothing harmless shows it */
};
extern const struct presence_row probe_presence[]; /* ends with a NULL name */

#endif
