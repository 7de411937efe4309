/* One question to git for what differs, one for what it does not know; then everything is a look into a set of paths.
 */
#include "harness/changed.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "harness/scenario.h"
#include "harness/sources.h"

enum { OUTPUT_MAX_BYTES = 64 << 20 };

extern char **environ;

struct changed {
	char *top;	  /* of the work tree, absolute */
	json_t *paths;	  /* below top -> true */
	json_t *profiles; /* name -> whether it changed: many cells have the same */
};

/* --- git ------------------------------------------------------------------------------------------------------- */

/* What a descriptor holds from its beginning. */
static void read_all(int fd, struct buf *out)
{
	char chunk[64 * 1024];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0)
			buf_add(out, chunk, (size_t)n);
	}
}

static int run(char *const *argv, int out, int messages)
{
	posix_spawn_file_actions_t actions;
	int status = 0, err;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, messages, 2);
	err = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return -err;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

/* The first line of what git said against it. */
static int complain(int code, int messages, struct err *e)
{
	struct buf b;
	int err;

	if (code < 0)
		return err_set(e, code, "--newer: git: %s", strerror(-code));
	buf_init(&b, OUTPUT_MAX_BYTES);
	read_all(messages, &b);
	err = err_set(e, -EINVAL, "--newer: git says: %.*s", (int)strcspn(buf_str(&b), "\n"), buf_str(&b));
	buf_free(&b);
	return err;
}

static int git(const char *const *args, struct buf *out, struct err *e)
{
	int text = memfd_create("out", MFD_CLOEXEC), messages = memfd_create("messages", MFD_CLOEXEC), err = -errno;
	char *argv[12] = { (char[]){ "git" } };

	for (size_t i = 0; args[i] && i < 10; i++)
		argv[i + 1] = (char *)(uintptr_t)args[i];
	if (text >= 0 && messages >= 0) {
		err = run(argv, text, messages);
		err = err ? complain(err, messages, e) : 0;
	} else {
		err_set(e, err, "--newer: %s", strerror(-err));
	}
	if (!err)
		read_all(text, out);
	if (text >= 0)
		close(text);
	if (messages >= 0)
		close(messages);
	return err;
}

/* Names that end with NUL, as -z prints them. */
static int add_paths(struct changed *c, const char *const *args, struct err *e)
{
	struct buf b;
	int err;

	buf_init(&b, OUTPUT_MAX_BYTES);
	err = git(args, &b, e);
	for (const char *s = buf_str(&b), *end = s + b.len; !err && s < end; s += strlen(s) + 1)
		json_object_set_new(c->paths, s, json_true());
	buf_free(&b);
	return err;
}

static int find_top(struct changed *c, struct err *e)
{
	static const char *const args[] = { "rev-parse", "--show-toplevel", NULL };
	struct buf b;
	int err;

	buf_init(&b, OUTPUT_MAX_BYTES);
	err = git(args, &b, e);
	if (!err) {
		if (b.len && b.data[b.len - 1] == '\n')
			b.data[b.len - 1] = '\0';
		c->top = realpath(buf_str(&b), NULL);
		err = c->top ? 0 : err_set(e, -errno, "--newer: %s: %s", buf_str(&b), strerror(errno));
	}
	buf_free(&b);
	return err;
}

struct changed *changed_since(const char *rev, struct err *e)
{
	struct changed *c = calloc(1, sizeof(*c));
	const char *const differs[] = { "diff", "--name-only", "--no-renames", "-z", rev, "--", NULL };

	if (!c) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	c->paths = json_object();
	c->profiles = json_object();
	if (rev[0] == '-')
		err_set(e, -EINVAL, "--newer '%s' must be a revision", rev);
	else if (!find_top(c, e) && !add_paths(c, differs, e)) {
		/* -C: the names are those below the top, too */
		const char *const unknown[] = {
			"-C", c->top, "ls-files", "--others", "--exclude-standard", "-z", NULL
		};

		if (!add_paths(c, unknown, e))
			return c;
	}
	changed_free(c);
	return NULL;
}

void changed_free(struct changed *c)
{
	if (!c)
		return;
	json_decref(c->paths);
	json_decref(c->profiles);
	free(c->top);
	free(c);
}

/* --- looking --------------------------------------------------------------------------------------------------- */

bool changed_file(const struct changed *c, const char *path)
{
	size_t n = strlen(c->top);
	char real[PATH_MAX];

	if (!realpath(path, real) || strncmp(real, c->top, n) || real[n] != '/')
		return true;
	return json_object_get(c->paths, real + n + 1) != NULL;
}

struct look {
	const struct changed *c;
	bool changed;
};

static void look_at(const char *path, enum source_kind kind, void *ctx)
{
	struct look *l = ctx;

	if (kind == SOURCE_BUILT_IN)
		l->changed = l->changed || json_object_get(l->c->paths, path);
	else
		l->changed = l->changed || changed_file(l->c, path);
}

static bool profile_changed(struct changed *c, const struct cell *cell)
{
	const char *name = source_profile(cell);
	json_t *known = json_object_get(c->profiles, name);
	struct look l = { .c = c };

	if (!known) {
		sources_of_profile(name, look_at, &l);
		known = json_boolean(l.changed);
		json_object_set_new(c->profiles, name, known);
	}
	return json_is_true(known);
}

bool changed_cell(struct changed *c, const struct cell *cell)
{
	struct look l = { .c = c };

	sources_of_cell(cell, look_at, &l);
	return l.changed || profile_changed(c, cell);
}
