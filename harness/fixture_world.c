/*
 * One server as a world file. The real one and its model come from the same settings, the same certificate files and
 * the same list of suites, so that a difference between the two worlds is a difference of behaviour.
 */
#include <errno.h>
#include <string.h>

#include "harness/fixture_server.h"
#include "harness/server_tls.h"

static const char *const version_names[] = { "1.0", "1.1", "1.2", "1.3" };

static void add_list(json_t *list, char *names)
{
	char *save = NULL;

	for (char *one = strtok_r(names, ":", &save); one; one = strtok_r(NULL, ":", &save))
		json_array_append_new(list, json_string(one));
}

static json_t *model_ciphers(const struct server *s, struct err *e)
{
	json_t *list = json_array();
	struct buf old, modern;
	int err;

	buf_init(&old, LOG_LINE_MAX);
	buf_init(&modern, LOG_LINE_MAX);
	err = server_ciphers(s, &old, &modern, e);
	if (!err && modern.len)
		add_list(list, modern.data);
	if (!err && old.len)
		add_list(list, old.data);
	buf_free(&old);
	buf_free(&modern);
	if (!err)
		return list;
	json_decref(list);
	return NULL;
}

static int add_tls(const struct server *s, json_t *model, struct err *e)
{
	json_t *ciphers = model_ciphers(s, e);
	char chain[CERTS_PATH_MAX];

	if (!ciphers)
		return -EINVAL;
	certs_path(&s->certs, "chain", chain);
	json_object_set_new(model, "tls",
			    json_pack("{s:s, s:s, s:o}", "min", version_names[tls_min(&s->setup.versions)], "max",
				      version_names[tls_max(&s->setup.versions)], "ciphers", ciphers));
	json_object_set_new(model, "chain", json_pack("{s:[s]}", "files", chain));
	if (s->setup.client_cert)
		json_object_set_new(model, "client_cert", json_string(s->kind->without_cert));
	return 0;
}

static json_t *make_host(const struct server *s, unsigned port, struct err *e)
{
	json_t *host = json_pack("{s:s, s:i}", "match", s->host, "port", (int)s->port), *model = json_object();

	if (!s->setup.modelled) {
		json_object_set_new(host, "real", json_sprintf("127.0.0.1:%u", port));
		json_decref(model);
		return host;
	}
	if (s->tls && add_tls(s, model, e)) {
		json_decref(model);
		json_decref(host);
		return NULL;
	}
	s->kind->model(s, model);
	json_object_set_new(host, "model", model);
	return host;
}

int server_world(const struct server *s, unsigned port, const char *path, struct err *e)
{
	json_t *host = make_host(s, port, e), *world;
	int err;

	if (!host)
		return e->code ? e->code : -EINVAL;
	world = json_pack("{s:i, s:[o]}", "schema", 1, "hosts", host);
	err = json_dump_file(world, path, JSON_INDENT(1));
	json_decref(world);
	return err ? err_set(e, -EIO, "%s: %s", path, strerror(errno)) : 0;
}
