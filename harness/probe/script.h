/* Playing the scripts of an experiment to a modem. */
#ifndef PROBE_SCRIPT_H
#define PROBE_SCRIPT_H

#include "harness/probe/probe.h"

/* What the {words} of a script stand for. */
struct script_words {
	long n;
	const char *each, *with;  /* borrowed; NULL: none */
	const char *const *peers; /* "name=host:port", the first of a name counts; then the built-in ones */
	size_t n_peers;
	const struct probe_result *seen;
};

struct script {
	struct talk *talk;
	const struct script_words *words;
	struct buf *notes;  /* what could not be put back, a line each; borrowed */
	struct buf restore; /* commands that put settings back, a line each, the last first */
	size_t commands;
	unsigned silent;      /* commands in a row that were not answered at all */
	bool finishing;	      /* plays to its end, whoever interrupts */
	uint64_t patience_us; /* more than a line says, for each answer */
};

void script_init(struct script *s, struct talk *t, const struct script_words *words, struct buf *notes);
void script_free(struct script *s);

/* So many commands without an answer, and the modem is taken to be dead. */
enum { SCRIPT_SILENT_MAX = 3 };

/*
 * Plays text (NULL: nothing). strict: ends at the first command that fails. Ends early when it is interrupted or the
 * modem is dead. The end of the last line played.
 */
enum talk_end script_play(struct script *s, const char *text, bool strict);
/* Puts back what ? lines of all scripts since the last time had read. */
void script_restore(struct script *s);

/* Resolves the {words} of text into out. 0 or -ENOENT when there is no such word. */
int script_expand(const struct script_words *w, const char *text, size_t n, struct buf *out);

#endif
