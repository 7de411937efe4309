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
	if (s->setup.client_cert) {
		certs_path(&s->certs, "client-ca", chain);
		json_object_set_new(model, "client_cert", json_string(s->kind->without_cert));
		json_object_set_new(model, "client_ca", json_string(chain));
	}
	return 0;
}

static json_t *make_model(const struct server *s, struct err *e)
{
	json_t *model = json_object();

	if (s->tls && add_tls(s, model, e)) {
		json_decref(model);
		return NULL;
	}
	s->kind->model(s, model);
	return model;
}

static void add_host(const struct server *s, json_t *hosts, const char *name, unsigned port, json_t *model)
{
	json_t *host = json_pack("{s:s, s:i}", "match", name, "port", (int)s->port);

	if (model)
		json_object_set(host, "model", model);
	else
		json_object_set_new(host, "real", json_sprintf("127.0.0.1:%u", port));
	json_array_append_new(hosts, host);
}

int server_world(const struct server *s, unsigned port, const char *path, struct err *e)
{
	json_t *model = s->setup.modelled ? make_model(s, e) : NULL, *hosts = json_array(), *world;
	int err = s->setup.modelled && !model ? -EINVAL : 0;

	if (!err) {
		add_host(s, hosts, s->host, port, model);
		for (size_t i = 0; i < s->setup.n_aliases; i++)
			add_host(s, hosts, s->setup.aliases[i], port, model);
	}
	world = json_pack("{s:i, s:o}", "schema", 1, "hosts", hosts);
	if (!err && json_dump_file(world, path, JSON_INDENT(1)))
		err = err_set(e, -EIO, "%s: %s", path, strerror(errno));
	json_decref(world);
	json_decref(model);
	return err;
}
