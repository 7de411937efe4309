/* Runs cells with the output hidden and the events in a file of their own. */
#ifndef TEST_RUN_RIG_H
#define TEST_RUN_RIG_H

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/run.h"

#define HEAD "schema: 1\nname: t\nsummary: t\n"

static char dir[] = "/tmp/test-run-XXXXXX";
static char jsonl[64];
static int real_stdout, real_stderr;

static inline void setup(void)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(jsonl, sizeof(jsonl), "%s/events", dir);
}

static inline void teardown(void)
{
	unlink(jsonl);
	rmdir(dir);
}

static inline void hide_output(void)
{
	int null = open("/dev/null", O_WRONLY);

	fflush(stdout);
	real_stdout = dup(1);
	real_stderr = dup(2);
	dup2(null, 1);
	dup2(null, 2);
	close(null);
}

static inline void show_output(void)
{
	fflush(stdout);
	dup2(real_stdout, 1);
	dup2(real_stderr, 2);
	close(real_stdout);
	close(real_stderr);
}

static inline struct scenario *load(const char *text)
{
	struct err e = { 0 };
	struct scenario *s = scenario_load_text("t.yaml", text, strlen(text), NULL, &e);

	ck_assert_msg(s != NULL, "%s", e.msg);
	return s;
}

static inline int run_with_seed(struct cell *const *cells, size_t n, const struct run_options *more)
{
	struct run_options o = *more;
	int code;

	o.emulator = "sim7600-emu";
	o.jobs = o.jobs ? o.jobs : 1;
	o.timeout_scale = 1;
	o.jsonl = jsonl;
	o.rerun = "";
	hide_output();
	code = run_cells(cells, n, &o);
	show_output();
	return code;
}

static inline int run_quietly(struct cell *const *cells, size_t n, const struct run_options *more)
{
	struct run_options o = more ? *more : (struct run_options){ 0 };

	o.seed = 7;
	return run_with_seed(cells, n, &o);
}

#endif
