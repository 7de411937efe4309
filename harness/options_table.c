/* All flags of all verbs, once: getopt's tables, HIL_* names, keys of .hil.yaml and the help are made from these rows. */
#include "harness/options_table.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "harness/sweep.h"

#define RUN (1u << VERB_RUN)
#define PROBE (1u << VERB_PROBE)
#define MATRIX (1u << VERB_MATRIX)
#define IMPORT (1u << VERB_IMPORT)
#define SELECTS (RUN | MATRIX | 1u << VERB_LIST | 1u << VERB_CHECK | 1u << VERB_RENDER | 1u << VERB_EXPLAIN)
#define RECORD (1u << VERB_RECORD)
#define REPLAY (1u << VERB_REPLAY)
#define COMPARE (1u << VERB_COMPARE)
#define MERGE (1u << VERB_MERGE)
#define REPRODUCE (1u << VERB_REPRODUCE)
#define AT(member) .at = offsetof(struct options, member)
#define GIVEN(member) .at_given = offsetof(struct options, member)

static const char *const target_names[] = { "inproc", "pty", "qemu", "board", NULL };
static const char *const clock_names[] = { "auto", "virtual", "real", NULL };
static const char *const format_names[] = { "text", "tap", "tap14", "jsonl", "github", NULL };
static const char *const flavour_names[] = { "strict", "wide", NULL };
static const char *const progress_names[] = { "auto", "bar", "lines", "none", NULL };
static const char *const color_names[] = { "auto", "always", "never", NULL };
static const char *const depth_names[] = { "exchanges", "bytes", NULL };
static const char *const match_names[] = { "exact", "commands", "urcs", NULL };
static const char *const unknown_names[] = { "fail", "profile", NULL };
static const char *const shard_names[] = { "slice", "hash", "time", NULL };

const struct option_row option_rows[] = {
	{ "filter", 0, OPTION_TEXTS, AT(select.filter), .argument = "RE", .verbs = SELECTS | COMPARE,
	  .help = "only cells whose file::cell matches (compare: folder/cell); may be repeated" },
	{ "exclude", 0, OPTION_TEXTS, AT(select.exclude), .argument = "RE", .verbs = SELECTS | COMPARE,
	  .help = "no cells whose file::cell matches; may be repeated" },
	{ "tags", 0, OPTION_WORDS, AT(select.tags), .argument = "A,B", .verbs = SELECTS, .help = "only with one of these tags" },
	{ "not-tags", 0, OPTION_WORDS, AT(select.not_tags), .argument = "A,B", .verbs = SELECTS,
	  .help = "none with one of these tags" },
	{ "ref", 0, OPTION_WORDS, AT(select.refs), .argument = "A,B", .verbs = SELECTS, .help = "only with one of these refs" },
	{ "firmware", 0, OPTION_TEXT, AT(select.firmware), .argument = "NAME", .verbs = SELECTS & ~MATRIX,
	  .help = "only cells of this revision (variable firmware or profile, or part of modem.profile)" },
	{ "failed", 0, OPTION_FLAG, AT(select.failed), .verbs = SELECTS & ~MATRIX, .help = "only what did not pass last time" },
	{ "newer", 0, OPTION_TEXT, AT(select.newer), .argument = "REV", .verbs = SELECTS,
	  .help = "only what git says changed since REV: scenario, includes, profile, worlds" },
	{ "shard", 0, OPTION_TEXT, AT(select.shard), .argument = "I/N|auto", .verbs = SELECTS,
	  .help = "part I of N; auto: as the CI says" },
	{ "shard-by", 0, OPTION_CHOICE, AT(select.shard_by), .words = shard_names, .argument = "slice|hash|time", .verbs = SELECTS,
	  .help = "every Nth cell, by a hash of its id, or so that all take as long (the same durations everywhere)" },
	{ "durations", 0, OPTION_PATH, AT(run.durations), .argument = "FILE", .verbs = SELECTS,
	  .help = "how long cells took: read for estimates, written by run; in XDG_STATE_HOME unless given" },
	{ "shuffle", 0, OPTION_SEED, AT(select.shuffle_seed), GIVEN(select.shuffle_seed_given), .argument = "SEED",
	  .optional = true, .verbs = SELECTS & ~MATRIX, .help = "another order; the seed is printed" },
	{ "allow-empty", 0, OPTION_FLAG, AT(select.allow_empty), .verbs = SELECTS, .help = "nothing selected is not an error" },
	{ "target", 0, OPTION_CHOICE, AT(run.target), .words = target_names, .argument = "inproc|pty|qemu|board", .verbs = SELECTS,
	  .help = "modem and firmware in this process (default), as processes on a PTY, the firmware on a Cortex-M in QEMU, or a board" },
	{ "profile", 0, OPTION_TEXT, AT(run.profile), .argument = "NAME", .verbs = (SELECTS & ~MATRIX) | REPRODUCE | REPLAY,
	  .help = "the revision: in place of modem.profile of every scenario; reproduce: of the guess" },
	{ "profiles", 0, OPTION_WORDS, AT(profiles), .argument = "A,B", .verbs = MATRIX,
	  .help = "revisions to compare, the columns; all: those of field reports, too, which the default leaves out" },
	{ "baseline", 0, OPTION_PATH, AT(baseline), .argument = "FILE", .verbs = MATRIX,
	  .help = "what the table said before: only what is broken since then fails" },
	{ "update-baseline", 0, OPTION_FLAG, AT(update_baseline), .verbs = MATRIX, .help = "write --baseline anew" },
	{ "markdown", 0, OPTION_PATH, AT(markdown), .argument = "FILE", .verbs = MATRIX | COMPARE,
	  .help = "the report as Markdown; compare: - is stdout in place of the text" },
	{ "var", 0, OPTION_TEXTS, AT(vars), .argument = "NAME=VALUE", .verbs = SELECTS, .help = "over vars: of the files" },
	{ "vars", 0, OPTION_PATH, AT(vars_file), .argument = "FILE", .verbs = SELECTS, .help = "the same from a YAML mapping" },
	{ "json", 0, OPTION_FLAG, AT(json), .verbs = 1u << VERB_LIST | 1u << VERB_RENDER | COMPARE | IMPORT | REPRODUCE,
	  .help = "JSON instead of text" },
	{ "board", 0, OPTION_TEXT, AT(run.board), .argument = "NAME", .verbs = RUN,
	  .help = "a board of boards.yaml, pool:WORD,WORD for any free one that has them, a path, tcp:// or rfc2217://HOST:PORT" },
	{ "emulator", 0, OPTION_PATH, AT(run.emulator), .argument = "PATH", .verbs = RUN | MATRIX,
	  .help = "sim7600-emu of --target pty; the one beside hil unless given" },
	{ "dut", 0, OPTION_TEXT, AT(run.dut), .argument = "COMMAND", .verbs = RUN | MATRIX,
	  .help = "firmware under test, {port} is the serial path; board:NAME: one of boards.yaml; mqtt-node unless given" },
	{ "flash", 0, OPTION_PATH, AT(run.flash), .argument = "FILE", .verbs = RUN,
	  .help = "written to the board of --dut board:NAME before the run, by its flash hook" },
	{ "jobs", 'j', OPTION_UINT, AT(run.jobs), .min = 1, .max = 512, .argument = "N", .verbs = RUN | MATRIX,
	  .help = "cells at a time; the number of cores unless given" },
	{ "seed", 0, OPTION_SEED, AT(run.seed), GIVEN(run.seed_given), .argument = "N", .verbs = RUN | MATRIX | 1u << VERB_RENDER,
	  .help = "of everything random; drawn and printed unless given" },
	{ "sweep", 0, OPTION_WORDS, AT(sweep), .argument = "FAULT[@N][,...]|all", .verbs = RUN,
	  .help = "once more per exchange with the fault there; only always: decides" },
	{ "sweep-depth", 0, OPTION_CHOICE, AT(sweep_depth), .words = depth_names, .argument = "exchanges|bytes", .verbs = RUN,
	  .help = "a byte of each exchange (drawn by the seed), or every byte of it" },
	{ "minimize", 0, OPTION_FLAG, AT(minimize), .verbs = RUN,
	  .help = "the first failing cell as the shortest scenario that still fails so: NAME-min.yaml" },
	{ "clock", 0, OPTION_CHOICE, AT(run.clock), .words = clock_names, .argument = "auto|virtual|real", .verbs = RUN,
	  .help = "auto: virtual in process, real otherwise" },
	{ "timeout-scale", 0, OPTION_SCALE, AT(run.timeout_scale), .argument = "X", .verbs = RUN | MATRIX,
	  .help = "all windows and timeouts times X" },
	{ "fail-fast", 0, OPTION_UINT, AT(run.fail_fast), .min = 1, .max = 1000000, .argument = "N", .optional = true,
	  .verbs = RUN, .help = "stop after N failures (1)" },
	{ "max-time", 0, OPTION_DURATION, AT(run.max_time_us), .argument = "TIME", .verbs = RUN | MATRIX,
	  .help = "start nothing after so long: 20m" },
	{ "run-xfail", 0, OPTION_FLAG, AT(run.run_xfail), .verbs = RUN | MATRIX, .help = "expected failures as ordinary tests" },
	{ "retry", 0, OPTION_UINT, AT(run.retry), GIVEN(run.retry_given), .min = 0, .max = 20, .argument = "N", .verbs = RUN | MATRIX,
	  .help = "attempts after a failed one, in place of flaky: of the scenarios; a pass is then flaky" },
	{ "fail-flaky", 0, OPTION_FLAG, AT(run.fail_flaky), .verbs = RUN | MERGE, .help = "a flaky pass fails the run" },
	{ "repeat", 0, OPTION_UINT, AT(run.repeat), .min = 1, .max = 1000000, .argument = "N", .verbs = RUN,
	  .help = "N rounds, each with a seed of its own unless --seed is given" },
	{ "until-fail", 0, OPTION_FLAG, AT(run.until_fail), .verbs = RUN, .help = "rounds until a cell fails" },
	{ "soak", 0, OPTION_DURATION, AT(run.soak_us), .argument = "TIME", .verbs = RUN,
	  .help = "rounds for so long, the last to its end: 8h; says whether memory or descriptors grow" },
	{ "quarantine", 0, OPTION_PATH, AT(quarantine_file), .argument = "FILE", .verbs = RUN,
	  .help = "cells of this list run and are reported, but their failures do not count" },
	{ "quarantine-verify", 0, OPTION_FLAG, AT(run.quarantine_verify), .verbs = RUN,
	  .help = "entries of the list that passed, match nothing or are over fail the run" },
	{ "unit", 0, OPTION_TEXT, AT(unit), .argument = "ID|-", .verbs = RUN,
	  .help = "one cell for a job on another machine: result.jsonl in --out; -: ids from stdin, one a line" },
	{ "attempt", 0, OPTION_UINT, AT(run.attempt), .min = 1, .max = 1000000, .argument = "N", .verbs = RUN,
	  .help = "of the unit; 1 unless given" },
	{ "automake", 0, OPTION_FLAG, AT(run.automake), .verbs = RUN, .help = "exit 77 for a skip and 99 for an error" },
	{ "format", 0, OPTION_CHOICE, AT(run.format), .words = format_names, .argument = "text|tap|tap14|jsonl|github", .verbs = RUN | MERGE,
	  .help = "what goes to stdout" },
	{ "junit", 0, OPTION_PATH, AT(run.junit), .argument = "FILE", .verbs = RUN | MERGE | MATRIX, .help = "JUnit XML report" },
	{ "junit-flavour", 0, OPTION_CHOICE, AT(junit_flavour), .words = flavour_names, .argument = "strict|wide", .verbs = RUN | MERGE,
	  .help = "wide: file, line and properties of each cell, for readers that want them" },
	{ "tap", 0, OPTION_PATH, AT(run.tap), .argument = "FILE", .verbs = RUN | MERGE, .help = "TAP 13 report" },
	{ "html", 0, OPTION_PATH, AT(run.html), .argument = "FILE", .verbs = RUN | MERGE | MATRIX,
	  .help = "one page with table, failures and every cell's wire" },
	{ "jsonl", 0, OPTION_PATH, AT(run.jsonl), .argument = "FILE", .verbs = RUN | MERGE | MATRIX, .help = "all events, one JSON object a line" },
	{ "pair", 0, OPTION_TEXT, AT(run.pair), .argument = "NAME", .verbs = RUN | MERGE,
	  .help = "cells that differ in this matrix variable only must agree; prints the table" },
	{ "out", 0, OPTION_PATH, AT(run.out), .argument = "DIR", .verbs = RUN | MATRIX, .help = "wire logs of all cells" },
	{ "progress", 0, OPTION_CHOICE, AT(run.progress), .words = progress_names, .argument = "auto|bar|lines|none", .verbs = RUN,
	  .help = "a line that is written over (auto: on a terminal), a line for each cell, or neither" },
	{ "color", 0, OPTION_CHOICE, AT(run.color), .words = color_names, .argument = "auto|always|never",
	  .verbs = RUN | MERGE | COMPARE | MATRIX | REPRODUCE | REPLAY,
	  .help = "NO_COLOR and CLICOLOR_FORCE count for auto" },
	{ "port", 0, OPTION_TEXT, AT(port), .argument = "PORT", .verbs = PROBE | RECORD | REPLAY,
	  .help = "of the modem: a serial device, a PTY, tcp://HOST:PORT, a board; (probe) inproc:PROFILE" },
	{ "baud", 0, OPTION_UINT, AT(baud), .min = 300, .max = 4000000, .argument = "N", .verbs = PROBE | RECORD | REPLAY,
	  .help = "line speed; unless given as the port is, or (record) as the firmware sets it" },
	{ "output", 'o', OPTION_PATH, AT(output), .argument = "FILE", .verbs = PROBE | RECORD | IMPORT | REPRODUCE,
	  .help = "where the result goes; - is standard output (import: FILE.jsonl and FILE.yaml; reproduce: FILE.yaml)" },
	{ "as", 0, OPTION_TEXT, AT(import.as), .argument = "FORMAT", .verbs = IMPORT | REPRODUCE,
	  .help = "the log is of this format and of no other; found out line by line unless given" },
	{ "ambiguous", 0, OPTION_FLAG, AT(import.ambiguous), .verbs = IMPORT,
	  .help = "also list what was guessed: directions and orders that the log does not say" },
	{ "no-redact", 0, OPTION_FLAG, AT(import.no_redact), .verbs = IMPORT | REPRODUCE,
	  .help = "keep numbers, passwords, host names and positions as they are" },
	{ "formats", 0, OPTION_FLAG, AT(import.formats), .verbs = IMPORT, .help = "list the formats and end" },
	{ "link", 0, OPTION_PATH, AT(link), .argument = "PATH", .verbs = RECORD | REPLAY,
	  .help = "link to the PTY that the firmware opens" },
	{ "match", 0, OPTION_CHOICE, AT(replay.match), .words = match_names, .argument = "exact|commands|urcs", .verbs = REPLAY,
	  .help = "follow the host by bytes, by commands (default), or add what came unasked to an emulator" },
	{ "unknown", 0, OPTION_CHOICE, AT(replay.unknown), .words = unknown_names, .argument = "fail|profile", .verbs = REPLAY,
	  .help = "what the recording does not have ends it (default), or the emulator of --profile answers" },
	{ "timing", 0, OPTION_TEXT, AT(replay.timing), .argument = "recorded|fast|4x", .verbs = REPLAY,
	  .help = "as it was, without waiting (default), or so many times faster" },
	{ "must-finish", 0, OPTION_FLAG, AT(replay.must_finish), .verbs = REPLAY, .help = "what is left of the recording is a failure" },
	{ "as-host", 0, OPTION_FLAG, AT(replay.as_host), .verbs = REPLAY,
	  .help = "play the host to the modem at --port, and compare what it answers" },
	{ "extends", 0, OPTION_TEXT, AT(probe.extends), .argument = "PROFILE", .verbs = PROBE,
	  .help = "the parent; the revision with the fewest differences unless given" },
	{ "name", 0, OPTION_TEXT, AT(probe.name), .argument = "NAME", .verbs = PROBE,
	  .help = "of the profile; the revision the modem names unless given" },
	{ "diff", 0, OPTION_TEXT, AT(probe.diff), .argument = "PROFILE", .verbs = PROBE,
	  .help = "print how the modem differs from this profile instead of writing one; exit 1 when it does" },
	{ "write", 0, OPTION_FLAG, AT(probe.write), .verbs = PROBE,
	  .help = "settings that are put back, services started and stopped, scratch files" },
	{ "network", 0, OPTION_FLAG, AT(probe.network), .verbs = PROBE, .help = "data connections, to the servers of --peer" },
	{ "boot", 0, OPTION_FLAG, AT(probe.boot), .verbs = PROBE, .help = "restarts" },
	{ "peer", 0, OPTION_TEXTS, AT(probe.peers), .argument = "NAME=HOST:PORT", .verbs = PROBE,
	  .help = "a server that an experiment of --network needs; may be repeated" },
	{ "samples", 0, OPTION_UINT, AT(probe.samples), .min = 1, .max = 32, .argument = "N", .verbs = PROBE,
	  .help = "how often a time is measured (3); the median counts" },
	{ "all", 0, OPTION_FLAG, AT(probe.all), .verbs = PROBE, .help = "also write what agrees with the parent" },
	{ "ids", 0, OPTION_FLAG, AT(probe.ids), .verbs = PROBE, .help = "also write IMEI, IMSI, ICCID and number" },
	{ "quiet", 'q', OPTION_QUIET, AT(run.verbosity), .verbs = RUN | MERGE | COMPARE | MATRIX | REPRODUCE,
	  .help = "failures and the last line only; the verdict only" },
	{ "verbose", 'v', OPTION_COUNT, AT(run.verbosity), .verbs = RUN | MERGE | COMPARE | MATRIX | RECORD | REPLAY | REPRODUCE,
	  .help = "more: steps of a run, twice its wire; what is the same; the conversation on a port" },
	{ "expect", 0, OPTION_PATH, AT(expect), .argument = "FILE", .verbs = MERGE,
	  .help = "ids that have to be there, a line each (hil list); the ids of the runs themselves are known" },
	{ "cell", 0, OPTION_TEXT, AT(compare.cell), .argument = "ID", .verbs = COMPARE,
	  .help = "this cell of a run's JSONL, or of two folders" },
	{ "divergences", 0, OPTION_TEXT, AT(compare.divergences), .argument = "FILE|PROFILE", .verbs = COMPARE,
	  .help = "declared differences, both answers pinned: a file, or what is shipped for a profile" },
	{ "times", 0, OPTION_FLAG, AT(compare.times), .verbs = COMPARE, .help = "before each line the seconds since its beginning" },
	{ 0 },
};

const struct option_row *option_find(const char *name)
{
	const struct option_row *row = option_rows;

	while (row->name && strcmp(row->name, name))
		row++;
	return row->name ? row : NULL;
}

/* --- help ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *arguments, *what;
} verbs[VERB_COUNT] = {
	[VERB_RUN] = { "run", "[FLAGS] [PATH ...]", "run scenarios" },
	[VERB_LIST] = { "list", "[FLAGS] [PATH ...]", "print the ids of the selected cells" },
	[VERB_CHECK] = { "check", "[FLAGS] [PATH ...]", "read scenarios, profiles and worlds without running them" },
	[VERB_RENDER] = { "render", "[FLAGS] [PATH ...]", "print cells after matrix, vars, include and use" },
	[VERB_EXPLAIN] = { "explain", "[FLAGS] ID [PATH ...]", "say why a cell is selected, left out or skipped" },
	[VERB_SCHEMA] = { "schema", "", "print the JSON Schema of scenario files" },
	[VERB_PROBE] = { "probe", "--port PORT [FLAGS]", "ask a modem what it is and write a profile of it" },
	[VERB_RECORD] = { "record", "--port BOARD --link PATH -o FILE [FLAGS]",
			  "sit between firmware and modem and write down what they say" },
	[VERB_REPLAY] = { "replay", "RECORDING --link PATH | --as-host --port PORT [FLAGS]",
			  "play a recording as a modem to a firmware, or as a host to a modem" },
	[VERB_MATRIX] = { "matrix", "[FLAGS] [PATH ...]", "run scenarios on many revisions and print the table" },
	[VERB_REPRODUCE] = { "reproduce", "[FLAGS] LOG[:FIRST-LAST]",
			     "play a log against the emulator: what its errors come from, and which change helps" },
	[VERB_MERGE] = { "merge", "[FLAGS] PATH ...", "the results of several runs as one: last attempt counts, lost is an error" },
	[VERB_COMPARE] = { "compare", "[FLAGS] A B", "two recordings, or two folders of run --out: same, declared, different" },
	[VERB_IMPORT] = { "import", "[FLAGS] LOG[:FIRST-LAST]", "read a log as people have it: conversations, a draft scenario" },
	[VERB_BOARDS] = { "boards", "[list|scan|check [NAME]]", "boards of boards.yaml, what is plugged in, and whether they are well" },
	[VERB_HELP] = { "help", "[VERB]", "this, or the flags of a verb" },
	[VERB_VERSION] = { "version", "", "print the version" },
};

const char *verb_name(enum hil_verb verb)
{
	return verbs[verb].name;
}

static void help_all(struct buf *out)
{
	buf_adds(out, "usage: hil VERB [FLAGS] [PATH ...]\n\nverbs:\n");
	for (int v = 0; v < VERB_COUNT; v++)
		buf_addf(out, "  %-9s %s\n", verbs[v].name, verbs[v].what);
	buf_adds(out, "\n`hil help VERB` lists its flags. Each flag is also HIL_NAME in the environment (HIL_TIMEOUT_SCALE)\n"
		      "and a key of .hil.yaml, looked for upwards; command line over environment over file.\n\n"
		      "exit: 0 passed, 1 failed, 2 wrong command line or scenario, 3 error, 4 nothing selected,\n"
		      "      5 stopped early, 128+n signal n\n");
}

static void help_row(const struct option_row *row, struct buf *out)
{
	char flag[64];

	snprintf(flag, sizeof(flag), "%c%c%s --%s%s%s%s", row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
		 row->letter ? "," : " ", row->name, row->argument ? (row->optional ? "[=" : " ") : "",
		 row->argument ? row->argument : "", row->optional ? "]" : "");
	if (strlen(flag) > 30)
		buf_addf(out, "  %s\n  %-30s %s\n", flag, "", row->help);
	else
		buf_addf(out, "  %-30s %s\n", flag, row->help);
}

static void help_paths(struct buf *out)
{
	buf_adds(out, "\nA PATH is a file, or a folder that is searched for *.yaml; folders called lib, world and certs and\n"
		      "those that begin with a dot are passed over. Without PATH: paths: of .hil.yaml, or scenarios.\n");
}

void options_help(enum hil_verb verb, struct buf *out)
{
	if (verb == VERB_COUNT || verb == VERB_HELP || verb == VERB_VERSION) {
		help_all(out);
		return;
	}
	buf_addf(out, "usage: hil %s %s\n\n%s\n\n", verbs[verb].name, verbs[verb].arguments, verbs[verb].what);
	for (const struct option_row *row = option_rows; row->name; row++) {
		if (row->verbs & 1u << verb)
			help_row(row, out);
	}
	if (SELECTS & 1u << verb)
		help_paths(out);
	if (verb == VERB_RUN) {
		buf_adds(out, "\nFaults of --sweep:\n");
		sweep_help(out);
	}
}
