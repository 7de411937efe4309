/* The command line of `hil`, with HIL_* variables and .hil.yaml behind it. */
#ifndef HARNESS_OPTIONS_H
#define HARNESS_OPTIONS_H

#include "base/err.h"
#include "harness/hil.h"

enum hil_verb {
	VERB_RUN, VERB_LIST, VERB_CHECK, VERB_RENDER, VERB_EXPLAIN, VERB_SCHEMA, VERB_PROBE, VERB_RECORD, VERB_REPLAY,
	VERB_MATRIX, VERB_COMPARE, VERB_MERGE, VERB_IMPORT, VERB_REPRODUCE, VERB_BOARDS, VERB_HELP, VERB_VERSION, VERB_COUNT
};

struct strings {
	const char **items;
	size_t n;
};

enum { SHARD_SLICE, SHARD_HASH, SHARD_TIME };

/* Which cells. */
struct selection {
	struct strings paths;		/* files and folders */
	struct strings filter, exclude;	/* regexes on file::cell; any of them */
	struct strings tags, not_tags;	/* single tags; any of them */
	struct strings refs;		/* any of them */
	const char *firmware;		/* value of firmware or profile, or part of modem.profile */
	const char *shard;		/* "2/5" or "auto" */
	int shard_by;
	bool failed;			/* only what did not pass last time */
	const char *newer;		/* only what is made of files that changed since this revision of git */
	bool shuffle;
	uint64_t shuffle_seed;
	bool shuffle_seed_given;
	bool allow_empty;
};

/* Of hil probe. */
struct probe_flags {
	const char *extends, *name;	/* NULL: the nearest, the revision's own */
	const char *diff;		/* compare with this profile instead of writing one */
	bool write, network, boot, all, ids;
	unsigned samples;		/* of each time; 0: three */
	struct strings peers;		/* "NAME=HOST:PORT" */
};

/* Of hil compare. */
struct compare_flags {
	const char *cell;
	const char *divergences;	/* file, or name of a profile that has some */
	bool times;
};

/* Of hil import. */
struct import_flags {
	const char *as;			/* name of a format; NULL: found out */
	bool ambiguous, no_redact, formats;
};

struct replay_flags {
	int match, unknown;		/* as in a scenario: exact, commands, urcs; fail, profile */
	const char *timing;
	bool must_finish;
	bool as_host;			/* play the other side */
};

struct pool;
struct yml;

struct options {
	enum hil_verb verb;
	enum hil_verb help_on;		/* VERB_HELP: of which verb; VERB_COUNT: of hil */
	struct selection select;
	struct run_options run;
	struct strings vars;		/* "name=value": of --vars first, then --var */
	const char *vars_file;
	const char *quarantine_file;
	const char *unit;		/* id of the only cell, or "-": those that stdin names */
	int junit_flavour;
	const char *explain_id;
	const char *boards_what, *boards_which;	/* VERB_BOARDS: list, scan or check; NULL */
	struct strings profiles;	/* VERB_MATRIX: its columns; none: the built-in ones but those of field reports, "all": those, too */
	const char *baseline;		/* VERB_MATRIX: file */
	const char *markdown;		/* file; VERB_COMPARE: - is stdout */
	bool update_baseline;
	struct strings sweep;		/* faults of --sweep */
	int sweep_depth;		/* enum sweep_depth */
	bool minimize;
	bool json;
	struct probe_flags probe;
	struct compare_flags compare;
	const char *expect;		/* VERB_MERGE: file of ids that have to be there */
	struct import_flags import;
	const char *port;		/* of a modem: a device, a link to it, tcp://HOST:PORT */
	const char *link;		/* where a PTY is to be found */
	const char *output;		/* -o FILE; NULL: not given */
	unsigned baud;			/* 0: not given */
	struct replay_flags replay;
	/* the parser's own */
	struct pool *pool;
	struct yml *config, *vars_yml;
};

/*
 * Reads argv, the environment and the nearest .hil.yaml. Command line over environment over file over default.
 * Returns 0, or -EINVAL with *e set; options_free() in both cases.
 */
int options_parse(struct options *o, int argc, char **argv, struct err *e);
void options_free(struct options *o);

/* The text of `hil help` (VERB_COUNT) or `hil help VERB`, appended. */
struct buf;
void options_help(enum hil_verb verb, struct buf *out);

/* "run", "list" ... */
const char *verb_name(enum hil_verb verb);

/* Where hil keeps what it remembers between runs of this folder: $XDG_STATE_HOME/hil/NAME-of-folder. Pool's. */
const char *state_path(struct pool *p, const char *name);

#endif
