/*
 * The fixtures of a cell as a list: worlds are written, servers get their settings expanded, their certificates made
 * and a free port each, and their values become variables.
 */
#include "harness/fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/fixture_server.h"
#include "harness/vars.h"

enum { WORLD_MAX_BYTES = 1 << 20, EARLY_MAX_BYTES = 1 << 20, PORT_TRIES = 10 };

/* What each kind of fixture is made of; a row without a server is a world. */
static const struct {
	const struct server_kind *server;
	enum { TLS_NEVER, TLS_WHEN_ASKED, TLS_ALWAYS } tls;
} kinds[FIXTURE_COUNT] = {
	[FIXTURE_MOSQUITTO] = { &server_mosquitto, TLS_NEVER },
	[FIXTURE_MOSQUITTO_TLS] = { &server_mosquitto, TLS_ALWAYS },
	[FIXTURE_NGINX] = { &server_nginx, TLS_WHEN_ASKED },
	[FIXTURE_FTP] = { &server_ftp, TLS_WHEN_ASKED },
	[FIXTURE_SNI_FRONT] = { &server_front, TLS_ALWAYS },
	[FIXTURE_PROGRAM] = { &server_program, TLS_NEVER },
};

static bool has_tls(const struct fixture *f)
{
	return kinds[f->kind].tls == TLS_ALWAYS ||
	       (kinds[f->kind].tls == TLS_WHEN_ASKED && server_asks_for_tls(&f->server));
}

static int at_place(const struct fixture *f, const struct err *why, struct err *e)
{
	return err_set(e, why->code, "%s:%u:%u: fixture %s: %.600s", f->place.file, f->place.line, f->place.column,
		       f->name, *why->msg ? why->msg : "out of memory");
}

/* --- variables ------------------------------------------------------------------------------------------------- */

static int give(const struct fixtures *all, const struct fixture *f, const char *what, const char *value)
{
	char name[128];

	snprintf(name, sizeof(name), "%.60s.%.60s", f->name, what);
	return vars_set(all->o.cell, name, value);
}

static int give_number(const struct fixtures *all, const struct fixture *f, const char *what, long long v)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", v);
	return give(all, f, what, text);
}

/* The text of a template; the pool's. NULL with *e filled. */
static const char *expand(const struct fixtures *all, const char *template, struct err *e)
{
	const char *text = NULL;
	struct buf b;

	buf_init(&b, WORLD_MAX_BYTES);
	if (!vars_expand(all->o.cell, template, &b, e))
		text = pool_strdup(all->pool, buf_str(&b));
	buf_free(&b);
	return text;
}

/* --- worlds ---------------------------------------------------------------------------------------------------- */

static int add_world(struct fixtures *all, const struct fixture *f, char **path, struct err *e)
{
	if (asprintf(path, "%s/world-%s.yaml", all->dir, f->name) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	all->worlds[all->n_worlds++] = *path;
	return 0;
}

static int write_text(const char *path, const char *text, struct err *e)
{
	FILE *out = fopen(path, "we");
	bool ok = out && fputs(text, out) >= 0;

	if (out)
		ok = !fclose(out) && ok;
	return ok ? 0 : err_set(e, -EIO, "%s: %s", path, strerror(errno));
}

static int start_world(struct fixtures *all, const struct fixture *f, struct err *e)
{
	const char *text = expand(all, f->world, e), *host = f->host ? expand(all, f->host, e) : NULL;
	const char *port = f->port ? expand(all, f->port, e) : NULL;
	char *path;

	if (e->code)
		return e->code;
	if ((host && give(all, f, "host", host)) || (port && give(all, f, "port", port)))
		return -ENOMEM;
	return add_world(all, f, &path, e) ? -ENOMEM : write_text(path, text, e);
}

/* --- settings -------------------------------------------------------------------------------------------------- */

static int expand_texts(const struct fixtures *all, const char *const **texts, size_t n, struct err *e)
{
	const char **out = pool_alloc(all->pool, (n + 1) * sizeof(*out));

	for (size_t i = 0; i < n; i++) {
		out[i] = expand(all, (*texts)[i], e);
		if (!out[i])
			return -EINVAL;
	}
	*texts = out;
	return 0;
}

static int expand_text(const struct fixtures *all, const char **text, struct err *e)
{
	if (*text)
		*text = expand(all, *text, e);
	return e->code;
}

static int expand_users(const struct fixtures *all, struct server_setup *setup, struct err *e)
{
	struct binding *out = pool_alloc(all->pool, (setup->n_users + 1) * sizeof(*out));

	for (size_t i = 0; i < setup->n_users; i++) {
		out[i] = (struct binding){ setup->users[i].name, expand(all, setup->users[i].value, e) };
		if (!out[i].value)
			return -EINVAL;
	}
	setup->users = out;
	return 0;
}

static int expand_files(const struct fixtures *all, struct server_setup *setup, struct err *e)
{
	struct file_setup *out = pool_alloc(all->pool, (setup->n_files + 1) * sizeof(*out));

	for (size_t i = 0; i < setup->n_files; i++) {
		out[i] = setup->files[i];
		if (expand_text(all, &out[i].path, e) || expand_text(all, &out[i].text, e))
			return -EINVAL;
		if (!file_path_is_good(out[i].path))
			return err_set(e, -EINVAL, "'%.200s' is no path for a file", out[i].path);
	}
	setup->files = out;
	if (expand_texts(all, &setup->directories, setup->n_directories, e))
		return -EINVAL;
	for (size_t i = 0; i < setup->n_directories; i++) {
		if (!file_path_is_good(setup->directories[i]))
			return err_set(e, -EINVAL, "'%.200s' is no path for a folder", setup->directories[i]);
	}
	return 0;
}

static int expand_setup(const struct fixtures *all, struct server_setup *s, struct err *e)
{
	struct cert_setup *c = &s->cert;
	struct acl_setup *a = &s->acl;

	if (expand_texts(all, &s->ciphers, s->n_ciphers, e) || expand_texts(all, &c->names, c->n_names, e) ||
	    expand_text(all, &c->file, e) || expand_text(all, &c->not_before, e) ||
	    expand_text(all, &c->not_after, e) || expand_text(all, &s->key_password, e) || expand_users(all, s, e) ||
	    expand_texts(all, &a->deny_publish, a->n_deny_publish, e))
		return -EINVAL;
	return expand_texts(all, &a->deny_subscribe, a->n_deny_subscribe, e) || expand_files(all, s, e) ? -EINVAL : 0;
}

/* --- certificates ---------------------------------------------------------------------------------------------- */

static int give_file(struct server *s, const char *what, const char *var)
{
	char path[CERTS_PATH_MAX], len[80];
	struct stat st;

	certs_path(&s->certs, what, path);
	snprintf(len, sizeof(len), "%.60s_len", var);
	if (stat(path, &st))
		return -errno;
	return give(s->all, s->fixture, var, path) || give_number(s->all, s->fixture, len, st.st_size) ? -ENOMEM : 0;
}

static int make_certs(struct server *s, struct err *e)
{
	static const struct {
		const char *what, *var;
	} files[] = {
		{ "ca", "ca" },		   { "other-ca", "other_ca" },	       { "client", "client_cert" },
		{ "client-key", "client_key" }, { "other-client", "other_cert" }, { "other-client-key", "other_key" },
	};
	int err;

	s->certs = (struct cert_order){ .setup = &s->setup.cert,
					.host = s->host,
					.key_password = s->setup.key_password,
					.seed = s->all->o.seed,
					.dir = s->all->dir,
					.name = s->fixture->name };
	err = certs_write(&s->certs, e);
	if (err)
		return err;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (give_file(s, files[i].what, files[i].var))
			return err_set(e, -EIO, "certificates: %s", strerror(errno));
	}
	return 0;
}

/* --- servers --------------------------------------------------------------------------------------------------- */

/* Two ports of loopback that nobody has at this moment: both are held until both are known. */
static int free_ports(unsigned port[2], struct err *e)
{
	int fd[2], err = 0;

	for (int i = 0; i < 2; i++) {
		struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t len = sizeof(at);

		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd[i] < 0 || bind(fd[i], (struct sockaddr *)&at, sizeof(at)) ||
		    getsockname(fd[i], (struct sockaddr *)&at, &len))
			err = err_set(e, -errno, "no free port: %s", strerror(errno));
		port[i] = ntohs(at.sin_port);
	}
	for (int i = 0; i < 2; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
	}
	return err;
}

static int check_programs(const struct server_kind *k, struct err *e)
{
	char path[512];

	for (size_t i = 0; i < SERVER_PROGRAMS && k->programs[i].program; i++) {
		const char *name = k->programs[i].program;

		if (*name == '/' ? access(name, R_OK) : child_find_program(name, path, sizeof(path)))
			return err_set(e, -ENOPKG, "needs %s (Debian package %s)", name, k->programs[i].package);
	}
	return 0;
}

static int start_programs(struct server *s, struct err *e)
{
	int err = check_programs(s->kind, e);
	unsigned port[2];

	for (int i = 0; !err && i < PORT_TRIES; i++) {
		err = free_ports(port, e);
		s->real_port = port[0];
		s->extra_port = port[1];
		if (!err)
			err = s->kind->start(s, e);
		if (!err) {
			s->running = true;
			return 0;
		}
		server_halt(s);
		err = err == -EADDRINUSE ? 0 : err;
	}
	return err ? err : err_set(e, -EADDRINUSE, "no port stayed free");
}

static int write_world(struct fixtures *all, struct server *s, struct err *e)
{
	unsigned port = s->real_port;
	char *path;

	if (!s->setup.modelled && all->o.between)
		port = all->o.between(s->fixture, port, all->o.ctx, e);
	if (!s->setup.modelled && !port)
		return -EIO;
	return add_world(all, s->fixture, &path, e) ? -ENOMEM : server_world(s, port, path, e);
}

static int give_values(struct server *s)
{
	const struct fixtures *all = s->all;

	if (give(all, s->fixture, "host", s->host) || give_number(all, s->fixture, "port", s->port) ||
	    give(all, s->fixture, "dir", all->dir))
		return -ENOMEM;
	return s->setup.modelled ? 0 : give_number(all, s->fixture, "real_port", s->real_port);
}

static const char *host_of(const struct fixtures *all, const struct fixture *f, struct err *e)
{
	struct buf name;
	const char *kept;

	if (f->host)
		return expand(all, f->host, e);
	buf_init(&name, 256);
	buf_addf(&name, "%.200s.test", f->name);
	kept = pool_strdup(all->pool, buf_str(&name));
	buf_free(&name);
	return kept;
}

/* The one called name among those before the last; NULL: there is none, or no name. */
static const struct server *find_server(const struct fixtures *all, const char *name)
{
	for (size_t i = 0; name && i + 1 < all->n_servers; i++) {
		if (!strcmp(all->server[i].fixture->name, name))
			return &all->server[i];
	}
	return NULL;
}

static int start_server(struct fixtures *all, const struct fixture *f, struct err *e)
{
	struct server *s = &all->server[all->n_servers++];
	int err;

	*s = (struct server){ .all = all,
			      .fixture = f,
			      .kind = kinds[f->kind].server,
			      .setup = f->server,
			      .pool = all->pool,
			      .tls = has_tls(f) };
	buf_init(&s->clients, EARLY_MAX_BYTES);
	s->behind = find_server(all, f->server.to);
	s->host = host_of(all, f, e);
	s->port = f->server.port ? (unsigned)f->server.port : s->kind->usual_port(s);
	if (!s->host || expand_setup(all, &s->setup, e))
		return e->code;
	err = s->tls ? make_certs(s, e) : 0;
	if (!err && !s->setup.modelled)
		err = start_programs(s, e);
	if (!err)
		err = write_world(all, s, e);
	return err ? err : give_values(s);
}

/* --- the list
 * --------------------------------------------------------------------------------------------------------- */

static struct fixtures *fixtures_new(const struct fixtures_options *o, struct err *e)
{
	struct fixtures *all = calloc(1, sizeof(*all));
	size_t n = o->cell->n_fixtures + 1;
	char dir[4096];

	if (!all) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	all->o = *o;
	buf_init(&all->early, EARLY_MAX_BYTES);
	all->pool = pool_new();
	all->server = pool_alloc(all->pool, n * sizeof(*all->server));
	all->worlds = pool_alloc(all->pool, n * sizeof(*all->worlds));
	all->dir = pool_strdup(all->pool, realpath(o->dir, dir) ? dir : o->dir);
	return all;
}

struct fixtures *fixtures_start(const struct fixtures_options *o, struct err *e)
{
	struct fixtures *all = fixtures_new(o, e);

	for (size_t i = 0; all && i < o->cell->n_fixtures; i++) {
		const struct fixture *f = &o->cell->fixtures[i];
		struct err why = { 0 };
		int err = kinds[f->kind].server ? start_server(all, f, &why) : start_world(all, f, &why);

		if (!err)
			continue;
		if (!why.code)
			why.code = err;
		at_place(f, &why, e);
		fixtures_stop(all);
		return NULL;
	}
	return all;
}

/* What servers have said while they and the others were starting is told first. */
static void tell_early(struct fixtures *f)
{
	char *save = NULL;

	for (char *line = strtok_r(f->early.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		f->hooks.broker(line, f->hooks.ctx);
	buf_free(&f->early);
}

void fixtures_listen(struct fixtures *f, const struct fixture_hooks *hooks)
{
	f->hooks = hooks ? *hooks : (struct fixture_hooks){ 0 };
	f->was_heard = true;
	if (hooks && f->early.len)
		tell_early(f);
}

void fixtures_settle(struct fixtures *all)
{
	for (size_t i = 0; i < all->n_servers; i++) {
		struct server *s = &all->server[i];

		if (s->running && s->kind->settle)
			s->kind->settle(s);
	}
}

static struct server *server_of(struct fixtures *all, const struct fixture *f)
{
	struct server *s = all->server;

	while (s->fixture != f)
		s++;
	return s;
}

void fixtures_kill(struct fixtures *all, const struct fixture *f)
{
	struct server *s = server_of(all, f);

	/* what it has not read yet would turn the end of its connections into resets */
	if (s->running && s->kind->settle)
		s->kind->settle(s);
	server_kill(s);
	if (s->kind->killed)
		s->kind->killed(s);
}

int fixtures_restart(struct fixtures *all, const struct fixture *f, struct err *e)
{
	struct server *s = server_of(all, f);
	int err;

	if (s->running)
		return err_set(e, -EALREADY, "it runs already");
	err = s->kind->start(s, e);
	if (err == -EADDRINUSE)
		err_set(e, err, "somebody else has taken its port");
	s->running = !err;
	return err;
}

int fixtures_publish(struct fixtures *all, const struct fixture *f, const char *topic, const char *text, int qos,
		     bool retain, struct err *e)
{
	return mosquitto_publish(server_of(all, f), topic, text, qos, retain, e);
}

void fixtures_stop(struct fixtures *f)
{
	if (!f)
		return;
	f->hooks = (struct fixture_hooks){ 0 };
	while (f->n_servers > 0)
		server_free(&f->server[--f->n_servers]);
	while (f->n_worlds > 0)
		free(f->worlds[--f->n_worlds]);
	pool_free(f->pool);
	buf_free(&f->early);
	free(f);
}

const char *const *fixtures_worlds(const struct fixtures *f, size_t *n)
{
	*n = f->n_worlds;
	return (const char *const *)f->worlds;
}

void fixtures_prepare(struct cell *const *cells, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < cells[i]->n_fixtures; k++) {
			const struct fixture *f = &cells[i]->fixtures[k];

			if (has_tls(f) && !cells[i]->skip_reason)
				certs_prepare(&f->server.cert, seed);
		}
	}
}

bool fixtures_are_real(const struct cell *cell)
{
	for (size_t i = 0; i < cell->n_fixtures; i++) {
		if (fixture_is_real(&cell->fixtures[i]))
			return true;
	}
	return false;
}
