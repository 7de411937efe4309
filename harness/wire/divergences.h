/*
 * Declared differences: exchanges that are known to differ between two sides, with both answers pinned. As YAML:
 *
 *   schema: 1
 *   divergences:
 *     - command: '^AT\+CMQTTREL=0$'          regex on the command; or  unsolicited:  regex on a line that comes unasked
 *       a: ['OK']                            all lines of the one answer, in their order, without the echo; [] for none
 *       b: ['+CMQTTREL: 0,20', 'ERROR']      of the other; which recording is called A does not matter
 *       reason: the manual's code table has 20 for a client that is not acquired
 *       evidence: ["issue-49:326-327"]
 *       recording: data/issue-49-326.jsonl   optional
 *
 * What normalise.h replaces is replaced in pinned lines, too.
 */
#ifndef WIRE_DIVERGENCES_H
#define WIRE_DIVERGENCES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct divergences;

struct divergence {
	const char *file;
	unsigned line;
	const char *subject; /* the regex */
	bool unsolicited;
	const char *a, *b;	       /* lines with stand-ins, each with LF */
	const char *reason, *evidence; /* evidence joined by ", " */
	const char *recording;	       /* NULL: none */
	unsigned met;		       /* exchanges that the regex found */
	unsigned held;		       /* of these, with just the pinned answers */
};

/*
 * Reads path; where there is no such file, path is the name of a profile with divergences inside the program. NULL with
 * *e (file:line:column) filled on failure.
 */
struct divergences *divergences_open(const char *path, struct err *e);
struct divergences *divergences_parse(const char *name, const char *text, size_t n, struct err *e);
void divergences_free(struct divergences *d);

size_t divergences_size(const struct divergences *d);
const struct divergence *divergences_at(const struct divergences *d, size_t i);

/*
 * Judges one exchange: subject is its command, or the unsolicited line, in the escaped view; a and b are the answers as
 * in struct divergence. Returns the entry that declares them. Else NULL, and *other is an entry of this subject that
 * pins other answers, best one with one of these, or NULL. Counts met and held.
 */
const struct divergence *divergences_judge(struct divergences *d, bool unsolicited, const char *subject, const char *a,
					   const char *b, const struct divergence **other);

#endif
