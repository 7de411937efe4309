/* From ids to options of runs. What runs is the same as ever, with one cell, one worker and a result of its own. */
#include "harness/units.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "harness/scratch.h"

enum { ATTEMPT_MAX = 1000000, GRACE_US = 4000000 }; /* all is to be over five seconds after SIGTERM */

void unit_folder(const char *out, const char *id, char *path, size_t size)
{
	const char *cell = strstr(id, "::");
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (const char *s = id; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	cell = cell ? cell + 2 : id;
	snprintf(path, size, "%s/%.*s-%016" PRIx64, out, (int)strcspn(cell, "[/"), cell, h);
}

static int run_unit(const struct options *o, const char *id, unsigned attempt, const char *dir,
		    int (*run)(const struct options *o))
{
	struct options one = *o;
	char path[PATH_MAX], result[PATH_MAX + 32];
	int err;

	if (!strstr(id, "::")) {
		fprintf(stderr, "hil: --unit '%s' must be an id as hil list prints it: file::cell\n", id);
		return HIL_EXIT_USAGE;
	}
	snprintf(path, sizeof(path), "%s", dir);
	err = scratch_dirs(path);
	if (err) {
		fprintf(stderr, "hil: %s: %s\n", dir, strerror(-err));
		return HIL_EXIT_USAGE;
	}
	snprintf(result, sizeof(result), "%s/result.jsonl", dir);
	one.unit = NULL;
	one.select = (struct selection){ .paths = { &id, 1 } };
	one.run.jobs = 1;
	one.run.attempt = attempt;
	one.run.out = dir;
	one.run.result = result;
	one.run.grace_us = GRACE_US;
	one.run.failed_list = one.run.durations = NULL; /* many run at a time */
	return run(&one);
}

/* "file::cell", or with an attempt: "file::cell\t2". */
static bool read_line(char *line, unsigned *attempt)
{
	char *tab;
	long long n = *attempt;

	line[strcspn(line, "\r\n")] = '\0';
	tab = strchr(line, '\t');
	if (tab && str_to_num(tab + 1, strlen(tab + 1), 1, ATTEMPT_MAX, &n))
		return false;
	if (tab)
		*tab = '\0';
	*attempt = (unsigned)n;
	return true;
}

/* A failure says more than an error, that more than a unit nobody knows, that more than all is well. */
static int worse(int a, int b)
{
	static const int order[] = { HIL_EXIT_FAIL, HIL_EXIT_ERROR, HIL_EXIT_STOPPED, HIL_EXIT_USAGE, HIL_EXIT_EMPTY };

	if (a > HIL_EXIT_SIGNAL || b > HIL_EXIT_SIGNAL)
		return a > b ? a : b;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (a == order[i] || b == order[i])
			return order[i];
	}
	return a ? a : b;
}

static int run_line(const struct options *o, char *line, int (*run)(const struct options *o))
{
	unsigned attempt = o->run.attempt;
	char dir[PATH_MAX];

	if (!read_line(line, &attempt)) {
		fprintf(stderr, "hil: '%s': an attempt is a number from 1 to %d\n", line, ATTEMPT_MAX);
		return HIL_EXIT_USAGE;
	}
	unit_folder(o->run.out, line, dir, sizeof(dir));
	return run_unit(o, line, attempt, dir, run);
}

/* The next unit is asked for when the one before is done: a queue gives it to who is free. */
static int run_queue(const struct options *o, int (*run)(const struct options *o))
{
	char *line = NULL;
	size_t cap = 0;
	int code = HIL_EXIT_PASS;

	while (code < HIL_EXIT_SIGNAL && getline(&line, &cap, stdin) > 0) {
		int one;

		if (!line[strspn(line, " \t\r\n")])
			continue;
		one = run_line(o, line, run);
		if (one < HIL_EXIT_SIGNAL)
			printf("%d\t%s\n", one, line);
		fflush(stdout);
		code = worse(code, one);
	}
	free(line);
	return code;
}

int units_run(const struct options *o, int (*run)(const struct options *o))
{
	struct options quiet = *o;

	if (strcmp(o->unit, "-"))
		return run_unit(o, o->unit, o->run.attempt, o->run.out, run);
	quiet.run.quiet = true;
	return run_queue(&quiet, run);
}
