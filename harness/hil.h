/* What the verbs of `hil` share: exit codes and the options of a run. */
#ifndef HARNESS_HIL_H
#define HARNESS_HIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIL_VERSION "0.1.0"

struct report;

enum hil_exit {
	HIL_EXIT_PASS = 0,	/* everything passed; expected failures and skips are fine */
	HIL_EXIT_FAIL = 1,	/* at least one FAIL or unexpected pass */
	HIL_EXIT_USAGE = 2,	/* command line or a scenario is wrong; nothing was run */
	HIL_EXIT_ERROR = 3,	/* no FAIL, at least one ERROR */
	HIL_EXIT_EMPTY = 4,	/* nothing was selected */
	HIL_EXIT_STOPPED = 5,	/* --max-time, --fail-fast with scenarios left */
	HIL_EXIT_AUTOMAKE_SKIP = 77,
	HIL_EXIT_AUTOMAKE_ERROR = 99,
	HIL_EXIT_SIGNAL = 128,	/* + n: ended by signal n */
};

struct board;
struct firmware;

enum hil_target { HIL_TARGET_INPROC, HIL_TARGET_PTY, HIL_TARGET_QEMU, HIL_TARGET_BOARD };
enum hil_clock { HIL_CLOCK_AUTO, HIL_CLOCK_VIRTUAL, HIL_CLOCK_REAL };	/* auto: virtual in process, else real */
enum hil_format { HIL_FORMAT_TEXT, HIL_FORMAT_TAP, HIL_FORMAT_TAP14, HIL_FORMAT_JSONL, HIL_FORMAT_GITHUB };
enum hil_progress { HIL_PROGRESS_AUTO, HIL_PROGRESS_BAR, HIL_PROGRESS_LINES, HIL_PROGRESS_NONE };
enum hil_color { HIL_COLOR_AUTO, HIL_COLOR_ALWAYS, HIL_COLOR_NEVER };

struct quarantine;
struct sweep_plan;
struct cell;

/* All strings are borrowed from the options and outlive the run. NULL: not given. */
struct run_options {
	enum hil_target target;
	enum hil_clock clock;
	const char *emulator;		/* path of sim7600-emu where it is a process; never NULL */
	const char *dut;		/* command with {port}; NULL: mqtt-node (linked in, or beside hil) */
	const char *board;		/* name, pool or address of HIL_TARGET_BOARD */
	const struct firmware *firmware;	/* what --dut board:NAME means; set when the run begins, NULL: dut is a command */
	const char *flash;		/* file that is written to it before the run; NULL: none */
	const struct board *on_board;	/* what was found for it and is locked; set when the run begins */
	unsigned jobs;			/* at least 1 */
	uint64_t seed;			/* always set: given or drawn; printed in reports */
	bool seed_given;
	double timeout_scale;		/* 1 unless given */
	unsigned fail_fast;		/* stop after so many failures, 0: never */
	uint64_t max_time_us;		/* 0: no limit */
	bool run_xfail;			/* expected failures run as ordinary tests */
	unsigned retry;			/* in place of the scenarios' own retries, when given */
	bool retry_given;
	bool fail_flaky;		/* a pass that needed a retry fails the run */
	unsigned repeat;		/* rounds; 0: not given */
	bool until_fail;		/* rounds until a cell fails */
	uint64_t soak_us;		/* rounds begin for so long; 0: not given */
	unsigned round;			/* of this cell, seed is the round's; 0: the run has no rounds */
	const struct quarantine *quarantine;	/* NULL: none */
	bool quarantine_verify;
	bool automake;			/* map skip to 77 and error to 99 when one cell ran */
	enum hil_format format;
	enum hil_color color;
	enum hil_progress progress;	/* auto: a bar on a terminal, else lines */
	int verbosity;			/* -1 quiet, 0, 1 (-v), 2 (-vv) */
	const char *junit, *tap, *jsonl;	/* report files */
	const char *html;		/* report file: a page with every cell's wire */
	bool junit_wide;		/* with places and properties of each cell, which Jenkins' schema has not */
	const char *pair;		/* matrix variable whose cells are compared side by side */
	const char *out;		/* folder for wire logs, NULL: none are kept */
	const char *const *has;		/* what this machine has, matched with needs: */
	size_t n_has;
	const char *profile;		/* given with --profile, for the rerun line */
	const char *rerun;		/* flags worth repeating in a rerun line ("--var a=b"), "" when none */
	struct report *own;		/* in place of a report of format; taken over, NULL: none */
	const struct sweep_plan *sweep;	/* the cells are those of a sweep: passes are counted, not listed; NULL: they are not */
	const char *result;		/* a unit's result.jsonl; NULL: none */
	unsigned attempt;		/* of the unit, from 1; 0: it is none */
	bool quiet;			/* nothing on stdout: it belongs to who reads the units' ends */
	uint64_t grace_us;		/* after a signal, what still runs is killed; 0: it runs its finally to the end */
	const char *durations;		/* file of how long cells took; NULL: none */
	struct cell **first_failed;	/* gets the first cell that fails the run; NULL: nobody asks */
	const char *failed_list;	/* file for "file::cell" lines of what did not pass (--failed); NULL: none */
	bool shuffled;
	uint64_t shuffle_seed;
};

#endif
