/* Which host a name means, and the memory of a world. The file's shape is world_yaml.c's business. */
#include "link/world.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/embed.h"

static const struct { const char *word; size_t at; } fault_rows[] = {
#define ROW(name) { #name, offsetof(struct faults, name) }
	ROW(refuse), ROW(tcp_timeout), ROW(tls_mute), ROW(close_before_connack), ROW(close_after_connect),
	ROW(reset_after_connect), ROW(mute), ROW(no_puback), ROW(no_suback), ROW(no_pingresp), ROW(drop_on_publish),
	ROW(drop_on_subscribe), ROW(duplicate_publish), ROW(publish_before_suback), ROW(kiss_of_death),
#undef ROW
};
enum { FAULTS = sizeof(fault_rows) / sizeof(fault_rows[0]) };

const char *const fault_words[] = {
	"refuse", "tcp_timeout", "tls_mute", "close_before_connack", "close_after_connect", "reset_after_connect", "mute",
	"no_puback", "no_suback", "no_pingresp", "drop_on_publish", "drop_on_subscribe", "duplicate_publish",
	"publish_before_suback", "kiss_of_death", NULL,
};
_Static_assert(sizeof(fault_words) / sizeof(fault_words[0]) == FAULTS + 1, "a word for each fault");
_Static_assert(sizeof(struct faults) == FAULTS * sizeof(bool), "a row for each fault");

int faults_set(struct faults *f, const char *word)
{
	for (size_t i = 0; i < FAULTS; i++) {
		if (!strcmp(fault_rows[i].word, word)) {
			*(bool *)((char *)f + fault_rows[i].at) = true;
			return 0;
		}
	}
	return -EINVAL;
}

struct faults faults_join(const struct faults *a, const struct faults *b)
{
	struct faults out = *a;

	for (size_t i = 0; i < FAULTS; i++)
		*(bool *)((char *)&out + fault_rows[i].at) |= *(const bool *)((const char *)b + fault_rows[i].at);
	return out;
}

const struct host *world_find(const struct world *w, const char *name, uint16_t port, const struct host **other_port)
{
	*other_port = NULL;
	for (size_t i = 0; i < w->n; i++) {
		const struct host *h = &w->host[i];

		if (fnmatch(h->match, name, FNM_CASEFOLD))
			continue;
		if (!h->port || h->port == port)
			return h;
		if (!*other_port)
			*other_port = h;
	}
	return NULL;
}

const struct host *world_find_name(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++) {
		if (!fnmatch(w->host[i].match, name, FNM_CASEFOLD))
			return &w->host[i];
	}
	return NULL;
}

struct host *world_add(struct world *w)
{
	static const struct latency usual = {
		.dns = 150000, .tcp = 500000, .tls = 900000, .alert = 10000, .mqtt = 381000, .publish = 120000,
		.subscribe = 120000, .trip = 120000,
		.ping = 19000,	/* LE11B13 to a large site (T-SIM7600X#110) */
	};
	struct host *h;

	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 16;

		h = realloc(w->host, cap * sizeof(*h));
		if (!h)
			return NULL;
		w->host = h;
		w->cap = cap;
	}
	h = &w->host[w->n++];
	*h = (struct host){ .confidence = "guess" };
	h->model.connack = -1;
	h->model.bad_login = 4;
	h->model.latency = usual;
	h->model.stream.window = MODEL_WINDOW_BYTES;
	h->model.server.min = 2;
	h->model.server.max = 3;
	h->model.server.chain.bits = 2048;
	h->model.server.chain.bytes = 3500;
	return h;
}

static void words_free(char **word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(word[i]);
	free(word);
}

static void host_free(struct host *h)
{
	struct model *m = &h->model;

	free(h->match);
	free(h->place);
	free(h->evidence);
	free(h->real);
	free(m->server.cipher);
	free(m->server.chain.root_name);
	words_free(m->server.chain.name, m->server.chain.n_names);
	X509_free(m->server.chain.leaf);
	sk_X509_pop_free(m->server.chain.intermediates, X509_free);
	for (size_t i = 0; i < m->n_credentials; i++) {
		free(m->credentials[i].user);
		free(m->credentials[i].password);
	}
	free(m->credentials);
	sk_X509_pop_free(m->server.client_ca, X509_free);
	words_free(m->server.known.word, m->server.known.n);
	words_free(m->deny_publish.word, m->deny_publish.n);
	words_free(m->deny_subscribe.word, m->deny_subscribe.n);
	stream_model_free(&m->stream);
	ftp_model_free(m->ftp);
	http_site_free(m->http);
}

void world_free(struct world *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		host_free(&w->host[i]);
	free(w->host);
	phones_free(&w->phones);
	world_free_apns(&w->apns);
	around_free(&w->around);
	if (w->suites)
		suites_free(w->suites);
	free(w->suites);
	free(w);
}

static struct world *world_new(struct err *e)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w)
		around_init(&w->around);
	if (w && (w->suites = calloc(1, sizeof(*w->suites))) != NULL)
		return w;
	world_free(w);
	err_set(e, -ENOMEM, "out of memory");
	return NULL;
}

/* Takes ownership of y. */
static int add_document(struct world *w, struct yml *y, struct err *e)
{
	int err = y ? world_read(w, y, e) : -EINVAL;

	yml_free(y);
	return err;
}

static int add_builtin(struct world *w, struct err *e)
{
	int err = 0;

	for (const struct embedded_file *f = embedded_files; !err && f->name; f++) {
		if (!strncmp(f->name, "link/", 5))
			err = add_document(w, yml_load_text(f->name, f->data, f->size, e), e);
	}
	return err;
}

/* "probe" may be a world the program brings along without loading it by itself; otherwise it is a file. */
static struct yml *open_world(const char *path, struct err *e)
{
	char name[64];

	snprintf(name, sizeof(name), "worlds/%.40s.yaml", path);
	for (const struct embedded_file *f = embedded_files; f->name; f++) {
		if (!strcmp(f->name, name))
			return yml_load_text(f->name, f->data, f->size, e);
	}
	return yml_load_file(path, e);
}

struct world *world_load(const char *const *paths, size_t n, struct err *e)
{
	struct err own = { 0 };
	struct world *w = world_new(&own);
	int err = w ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < n; i++)
		err = add_document(w, open_world(paths[i], &own), &own);
	if (!err)
		err = add_builtin(w, &own);
	if (!err)
		return w;
	err_set(e, own.code ? own.code : err, "%s", own.code ? own.msg : "out of memory");
	world_free(w);
	return NULL;
}

struct world *world_load_text(const char *name, const char *text, size_t len, struct err *e)
{
	struct err own = { 0 };
	struct world *w = world_new(&own);

	if (w && !add_document(w, yml_load_text(name, text, len, &own), &own))
		return w;
	err_set(e, own.code ? own.code : -ENOMEM, "%s", own.code ? own.msg : "out of memory");
	world_free(w);
	return NULL;
}
