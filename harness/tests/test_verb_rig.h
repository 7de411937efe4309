/* A folder of its own and a verb called as a user calls it: what it said on stdout and stderr, and its exit code. */
#ifndef TESTS_TEST_VERB_RIG_H
#define TESTS_TEST_VERB_RIG_H

#include <check.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "harness/options.h"
#include "harness/wire/recording.h"

static struct buf out, errors;
static char rig_folder[64];

static inline void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_msg(f != NULL, "%s", path);
	fputs(text, f);
	fclose(f);
}

/* From here on the folder is the working directory and the home. */
static inline void rig_open(void)
{
	snprintf(rig_folder, sizeof(rig_folder), "/tmp/hil-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rig_folder));
	ck_assert_int_eq(chdir(rig_folder), 0);
	setenv("HOME", rig_folder, 1);
	unsetenv("XDG_STATE_HOME");
	buf_init(&out, 1 << 20);
	buf_init(&errors, 1 << 20);
}

static inline void rig_close(void)
{
	char command[128];

	buf_free(&out);
	buf_free(&errors);
	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", rig_folder);
	ck_assert_int_eq(system(command), 0);
}

static inline void read_back(const char *path, struct buf *b)
{
	struct err e = { 0 };

	buf_reset(b);
	ck_assert_msg(!wire_read_file(path, b, &e), "%s", e.msg);
}

/* Puts a file in the place of a descriptor; returns the old one. */
static inline int rig_redirect(int fd, const char *path)
{
	int old = dup(fd), file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	ck_assert(old >= 0 && file >= 0);
	ck_assert_int_eq(dup2(file, fd), fd);
	close(file);
	return old;
}

static inline void rig_restore(int fd, int old)
{
	dup2(old, fd);
	close(old);
}

/* argv of main(), NULL-terminated. A wrong command line is what main() makes of it: the reason in errors, and exit 2. */
static inline int call(int (*verb)(const struct options *o), const char *const argv[])
{
	struct options o;
	struct err e = { 0 };
	int argc = 0, code, old_out, old_err;

	while (argv[argc])
		argc++;
	buf_reset(&out);
	buf_reset(&errors);
	if (options_parse(&o, argc, (char **)(uintptr_t)argv, &e)) {
		buf_adds(&errors, e.msg);
		options_free(&o);
		return HIL_EXIT_USAGE;
	}
	fflush(NULL);
	old_out = rig_redirect(1, "stdout");
	old_err = rig_redirect(2, "stderr");
	code = verb(&o);
	fflush(NULL);
	rig_restore(1, old_out);
	rig_restore(2, old_err);
	options_free(&o);
	read_back("stdout", &out);
	read_back("stderr", &errors);
	return code;
}

#define CALL(verb, ...) call(verb, (const char *const[]){ "hil", __VA_ARGS__, NULL })

#endif
