/* A child on a port of its own, its environment, and which programs a cell asks for. */
#include "harness/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "harness/child.h"
#include "harness/host_port.h"

enum { GRACE_US = 3000000, PATH_BYTES = 512, ARGS_MAX = 64 };

struct program {
	struct program_hooks hooks;
	struct loop *loop;
	char *dir;		/* absolute */
	struct host_port *port; /* NULL: pulled out */
	struct child *child;
};

static void on_bytes(const void *bytes, size_t n, void *ctx)
{
	struct program *p = ctx;

	p->hooks.bytes(bytes, n, p->hooks.ctx);
}

static void on_left(void *ctx)
{
	struct program *p = ctx;

	p->hooks.left(p->hooks.ctx);
}

static void on_output(const void *bytes, size_t n, void *ctx)
{
	struct program *p = ctx;

	p->hooks.log(bytes, n, p->hooks.ctx);
}

static void on_exited(int status, void *ctx)
{
	struct program *p = ctx;

	p->hooks.exited(status, p->hooks.ctx);
}

static int open_port(struct program *p, struct err *e)
{
	const struct host_port_hooks hooks = { on_bytes, on_left, p };

	p->port = host_port_new(p->loop, NULL, &hooks, e);
	return p->port ? 0 : -EIO;
}

struct program *program_new(struct loop *loop, const char *dir, const struct program_hooks *hooks, struct err *e)
{
	struct program *p = calloc(1, sizeof(*p));

	if (!p) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	p->hooks = *hooks;
	p->loop = loop;
	p->dir = realpath(dir, NULL);
	if (!p->dir)
		err_set(e, -errno, "%s: %s", dir, strerror(errno));
	else if (!open_port(p, e))
		return p;
	program_free(p);
	return NULL;
}

void program_free(struct program *p)
{
	if (!p)
		return;
	child_free(p->child, GRACE_US);
	host_port_free(p->port);
	free(p->dir);
	free(p);
}

const char *program_dir(const struct program *p)
{
	return p->dir;
}

const char *program_port(const struct program *p)
{
	return p->port ? host_port_path(p->port) : "";
}

/* --- starting ------------------------------------------------------------------------------------------------- */

/* What a program must not have of the user's: a home, a language; and what it needs for a terminal. */
static const char *const own_names[] = { "HOME=", "XDG_CONFIG_HOME=", "LC_ALL=", "LANG=", "TERM=", NULL };

static bool is_own(const char *entry)
{
	for (size_t i = 0; own_names[i]; i++) {
		if (!strncmp(entry, own_names[i], strlen(own_names[i])))
			return true;
	}
	return false;
}

/* home: "HOME=...", borrowed as all entries are. NULL when out of memory; the array alone is the caller's to free. */
static char **make_env(char *home)
{
	static char language[] = "LC_ALL=C.UTF-8", terminal[] = "TERM=vt100";
	size_t n = 0;
	char **env;

	while (environ[n])
		n++;
	env = calloc(n + 4, sizeof(*env));
	if (!env)
		return NULL;
	n = 0;
	for (char **from = environ; *from; from++) {
		if (!is_own(*from))
			env[n++] = *from;
	}
	env[n++] = home;
	env[n++] = language;
	env[n] = terminal;
	return env;
}

static int find(const char *name, char path[PATH_BYTES], struct err *e)
{
	char *real = strchr(name, '/') ? realpath(name, NULL) : NULL;

	if (real) {
		str_copy(path, PATH_BYTES, real);
		free(real);
		return 0;
	}
	return child_find_program(name, path, PATH_BYTES) ? err_set(e, -ENOENT, "%s is not installed", name) : 0;
}

static int start_child(struct program *p, char *const *all, bool terminal, struct err *e)
{
	const struct child_hooks hooks = { on_output, on_exited, p };
	struct child_options o = { .dir = p->dir, .terminal = terminal };
	char home[PATH_BYTES], **env;

	snprintf(home, sizeof(home), "HOME=%s", p->dir);
	env = make_env(home);
	o.env = env;
	p->child = env ? child_start_with(p->loop, all, &o, &hooks, e) : NULL;
	free(env);
	return p->child ? 0 : -EIO;
}

/* setpriv: the kernel ends the program when this process dies, however it dies. */
static int start_guarded(struct program *p, char *const *argv, char *path, bool terminal, struct err *e)
{
	static char words[][12] = { "setpriv", "--pdeathsig", "KILL", "--" };
	char *all[ARGS_MAX + 6];
	size_t n = 0;

	for (; n < sizeof(words) / sizeof(words[0]); n++)
		all[n] = words[n];
	all[n++] = path;
	for (size_t i = 1; argv[i]; i++) {
		if (i > ARGS_MAX)
			return err_set(e, -E2BIG, "more than %d arguments", ARGS_MAX);
		all[n++] = argv[i];
	}
	all[n] = NULL;
	return start_child(p, all, terminal, e);
}

int program_start(struct program *p, char *const *argv, bool terminal, struct err *e)
{
	char path[PATH_BYTES];

	if (p->child && child_running(p->child))
		return err_set(e, -EBUSY, "the program of an earlier step still runs");
	child_free(p->child, 0);
	p->child = NULL;
	if ((!p->port && open_port(p, e)) || find(argv[0], path, e))
		return e->code;
	host_port_clear(p->port);
	return start_guarded(p, argv, path, terminal, e);
}

/* --- while it runs -------------------------------------------------------------------------------------------- */

int program_type(struct program *p, const void *keys, size_t n)
{
	return p->child ? child_type(p->child, keys, n) : -EPIPE;
}

void program_stop(struct program *p)
{
	if (p->child)
		child_stop(p->child, GRACE_US);
}

void program_rx(struct program *p, const void *bytes, size_t n)
{
	if (p->child && child_running(p->child) && p->port)
		host_port_write(p->port, bytes, n);
}

void program_hangup(struct program *p, bool gone)
{
	if (gone) {
		host_port_free(p->port);
		p->port = NULL;
	} else if (!p->port) {
		open_port(p, NULL);
	}
}

bool program_has_port(const struct program *p)
{
	return p->port && host_port_in_use(p->port);
}

/* --- what a cell asks for ------------------------------------------------------------------------------------- */

static const char *lacks(const struct step *steps, size_t n)
{
	char path[PATH_BYTES];

	for (size_t i = 0; i < n; i++) {
		const struct step *s = &steps[i];

		if (s->kind == STEP_PROGRAM && s->applies && !strpbrk(s->program->run[0], "/$") &&
		    child_find_program(s->program->run[0], path, sizeof(path)))
			return s->program->run[0];
	}
	return NULL;
}

const char *cell_lacks_program(const struct cell *cell)
{
	const char *name = lacks(cell->steps, cell->n_steps);

	return name ? name : lacks(cell->finally, cell->n_finally);
}
