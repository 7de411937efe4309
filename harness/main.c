/* hil: reads the command line, calls the verb, and ends the way the verb says: by exit code or by signal. */
#include <signal.h>
#include <stdio.h>

#include "harness/options.h"
#include "harness/verbs.h"

static int (*const verbs[VERB_COUNT])(const struct options *o) = {
	[VERB_RUN] = verb_run, [VERB_LIST] = verb_list, [VERB_CHECK] = verb_check, [VERB_RENDER] = verb_render,
	[VERB_EXPLAIN] = verb_explain, [VERB_SCHEMA] = verb_schema, [VERB_PROBE] = verb_probe, [VERB_RECORD] = verb_record,
	[VERB_MATRIX] = verb_matrix, [VERB_COMPARE] = verb_compare, [VERB_MERGE] = verb_merge, [VERB_IMPORT] = verb_import,
	[VERB_REPRODUCE] = verb_reproduce, [VERB_REPLAY] = verb_replay, [VERB_BOARDS] = verb_boards,
	[VERB_HELP] = verb_help, [VERB_VERSION] = verb_version,
};

/* A shell or a CI runner has to see the signal itself, not a number that looks like one. */
static void die_of(int signal_number)
{
	fflush(NULL);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

int main(int argc, char **argv)
{
	struct options o;
	struct err e = { 0 };
	int code;

	if (options_parse(&o, argc, argv, &e)) {
		fprintf(stderr, "hil: %s\n", e.msg);
		options_free(&o);
		return HIL_EXIT_USAGE;
	}
	code = verbs[o.verb](&o);
	options_free(&o);
	if (code > HIL_EXIT_SIGNAL)
		die_of(code - HIL_EXIT_SIGNAL);
	if (fflush(stdout) && !code)
		code = HIL_EXIT_ERROR;
	return code;
}
