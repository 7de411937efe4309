/*
 * Experiments as rows. A script is lines separated by LF:
 *
 *   AT+CMQTTSTART ~^\+CMQTTSTART: @60s   a command; then, after OK, a line that matches; the time that is given to both
 *   <hello\x1a                           data at the prompt, with escapes; ~ and @ as above
 *   .~^RDY$ @60s                         listens for a line; without ~ for the whole time
 *   !AT                                  a command that is not waited for
 *   *AT @10ms                            a command again and again, with that pause, until it is not answered with OK
 *   ?+CTZU                               AT+CTZU? now, AT+CTZU= what it said when the experiment is over
 *   ?+CREG 1                             the same, with its first value alone
 *   -AT+CCHCLOSE=0                       a command whose result does not matter
 *   =PATTERN => COMMAND                  COMMAND when it is over, with $1 of PATTERN in what was said
 *
 * {n} is the number of a search, {99-n} a number less that, {*text} the text so many times, {each} and {with} the two
 * halves of a word of each; {=quirk} is what was seen of it, or else its default; {tls} is the server of that name,
 * {tls.host} and {tls.port} its parts. An experiment whose setup is not answered with OK or a prompt shows nothing.
 */
#ifndef PROBE_ROWS_H
#define PROBE_ROWS_H

#include "harness/probe/probe.h"

enum { READINGS_MAX = 24 };

/* A conversation that ends well and in which no line matches. */
#define WITHOUT(line) "\\A(?!(?s:.*)" line ")(?s:.*)^< OK$"

enum reading_kind {
	READ_VALUE, /* value, with $1 for a group */
	READ_TIME, /* milliseconds from one line to another, without the delay that every answer has; a group says where
		      to look */
	READ_RATE, /* per, divided by the seconds from one line to another */
	READ_BYTES /* the escaped bytes of group 1 as words: 0xFF,0x4D */
};

/*
 * One value that an answer shows: the first reading of a name that matches counts. Of a list every reading that matches
 * adds its word, also to what an experiment before has seen; an empty word empties it.
 */
struct reading {
	const char *name;  /* quirk, or member of the identity */
	const char *match; /* in what was said ("> command", "< answer"), ^ and $ at each line */
	const char *value;
	const char *from; /* of a time: from the line that matches this; NULL: from the command */
	enum reading_kind kind;
	bool whole;	 /* of a time: with that delay */
	bool raw;	 /* match looks at the modem's bytes, escaped */
	unsigned within; /* of a number: how much does not count; of a time 1 ms unless given */
	unsigned per;	 /* of a time: ms in a unit of the quirk, 1 unless given */
};

#define TIME(to) to, .kind = READ_TIME
#define RATE(to) to, .kind = READ_RATE

enum search_way {
	SEARCH_NONE,
	SEARCH_LARGEST, /* number for which read[0] matches; its value is not used */
	SEARCH_SMALLEST,
	SEARCH_EACH /* word of each for which read[0] matches: all of them, as a list */
};

struct experiment {
	unsigned needs;			   /* bits of enum probe_need */
	const char *setup;		   /* not looked at; NULL: nothing to set up */
	const char *ask;		   /* what is looked at */
	const char *cleanup;		   /* always sent */
	struct reading read[READINGS_MAX]; /* ends with a NULL name */
	enum search_way search;
	long from, to; /* of a search, nothing being known beyond; 0, 0: the quirk's own range. Without a search from is
			  {n} */
	long plus;     /* what the number that was found is short of the value */
	bool paced;    /* and the delay that every answer has */
	const char *each;  /* words separated by blanks, each perhaps two halves with ':' between */
	const char *only;  /* "cch_table=v3 ...": where all that was seen before; NULL: anywhere */
	const char *times; /* {n} is what was seen of this quirk, or else its default */
};

/* Tables by family, each ended by a row without ask. NULL-terminated. */
const struct experiment *const *probe_tables(void);

extern const struct experiment probe_identity[];
extern const struct experiment probe_forms[];
extern const struct experiment probe_line[];
extern const struct experiment probe_mqtt[];
extern const struct experiment probe_tls[];
extern const struct experiment probe_http[];
extern const struct experiment probe_cch[];
extern const struct experiment probe_cip[];
extern const struct experiment probe_ftps[];
extern const struct experiment probe_net[];
extern const struct experiment probe_fs[];
extern const struct experiment probe_sms[];
extern const struct experiment probe_phone[];
extern const struct experiment probe_boot[];

/* Servers of the experiments as "name=host:port"; those of the emulator's built-in world. */
const char *const *probe_peers(size_t *n);

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
