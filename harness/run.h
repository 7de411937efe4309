/*
 * Running cells: each in its own modem, clock and client, results folded into the reports. Which cells, and with what
 * values, was decided before (scenario.h); nothing here reads YAML or the command line.
 */
#ifndef HARNESS_RUN_H
#define HARNESS_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell;

enum run_target {
	RUN_TARGET_INPROC,	/* the modem as an object, in this process */
	RUN_TARGET_PTY,		/* sim7600-emu as a process on a PTY */
};

enum run_clock {
	RUN_CLOCK_AUTO,		/* virtual where the target allows it */
	RUN_CLOCK_VIRTUAL,
	RUN_CLOCK_REAL,
};

enum run_format {
	RUN_FORMAT_TEXT,
	RUN_FORMAT_TAP,
	RUN_FORMAT_JSONL,
	RUN_FORMAT_GITHUB,
};

enum run_color { RUN_COLOR_AUTO, RUN_COLOR_ALWAYS, RUN_COLOR_NEVER };

struct run_options {
	enum run_target target;
	enum run_clock clock;
	enum run_format format;		/* of standard output */
	enum run_color color;
	const char *dut;		/* command line with {port}, NULL: the bundled client */
	const char *emulator;		/* program for RUN_TARGET_PTY, NULL: sim7600-emu beside hil, else in PATH */
	const char *out_dir;		/* wire logs and world files, NULL: out/run-SEED */
	const char *junit_file, *tap_file, *jsonl_file;	/* NULL: not written */
	bool junit_wide;
	unsigned jobs;			/* 0: one a core */
	uint64_t seed;
	unsigned fail_fast;		/* stop after so many failures, 0: never */
	uint64_t max_time_us;		/* real time for the whole run, 0: no limit */
	double timeout_scale;		/* 0 means 1 */
	bool run_xfail;			/* expected failures run as ordinary tests */
	bool automake;			/* one cell: 77 for SKIP, 99 for ERROR */
	unsigned verbose;		/* -v -vv */
	bool quiet;
	const char *again;		/* options that repeat this run, for the `again:` line; "" for none */
};

/*
 * Runs n cells and writes the reports; returns the exit code (0 1 3 5, or 128+n after signal n when all is cleaned up).
 * The cells stay the caller's.
 */
int run_cells(struct cell *const *cells, size_t n, const struct run_options *o);

#endif
