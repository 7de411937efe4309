/*
 * fixtures: what is started around the steps. A world given inline is kept as the text of a world file; what may stand
 * in it is for the emulator's world loader to say.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario_keys.h"
#include "harness/scenario_load.h"

/* A YAML tree as JSON, all scalars as strings with their variables put in. */
static json_t *to_json(struct reader *r, const struct yml_node *n)
{
	const char *text;
	json_t *j;

	if (yml_kind(n) == YML_SCALAR) {
		text = read_template(r, n);
		return text ? json_string(text) : NULL;
	}
	j = yml_kind(n) == YML_MAP ? json_object() : json_array();
	for (size_t i = 0; i < yml_size(n); i++) {
		json_t *child = to_json(r, yml_at(n, i));

		if (!child) {
			json_decref(j);
			return NULL;
		}
		if (yml_kind(n) == YML_MAP)
			json_object_set_new(j, yml_str(yml_key(n, i)), child);
		else
			json_array_append_new(j, child);
	}
	return j;
}

static int read_world(struct reader *r, const struct yml_node *hosts, struct fixture *f)
{
	json_t *list = to_json(r, hosts), *world;
	char *text;

	if (!list) {
		yml_error(hosts, r->e, "cannot be written as a world");
		return -EINVAL;
	}
	world = json_pack("{s:s, s:o}", "schema", "1", "hosts", list);
	text = json_dumps(world, 0);
	f->world = pool_strdup(r->pool, text);
	free(text);
	json_decref(world);
	return 0;
}

/* Where clients of the world connect: its first host, unless host: and port: say otherwise. */
static int first_host(struct reader *r, const struct yml_node *hosts, struct fixture *f)
{
	const struct yml_node *first = yml_at(hosts, 0), *match = yml_get(first, "match"), *port = yml_get(first, "port");

	if (!f->host && match && !strpbrk(yml_str(match), "*?")) {
		f->host = read_template(r, match);
		if (!f->host)
			return -EINVAL;
	}
	if (!f->port && port) {
		f->port = read_template(r, port);
		if (!f->port)
			return -EINVAL;
	}
	return 0;
}

static int finish_world(struct reader *r, const struct yml_node *n, struct fixture *f)
{
	const struct yml_node *hosts = yml_get(n, "hosts");

	if (yml_want(hosts, YML_SEQ, r->e))
		return -EINVAL;
	if (!yml_size(hosts))
		return yml_error(hosts, r->e, "must have at least 1 entry");
	return read_world(r, hosts, f) || first_host(r, hosts, f) ? -EINVAL : 0;
}

static int read_fixture(struct reader *r, const struct yml_node *key, const struct yml_node *n, struct fixture *f)
{
	const struct yml_node *use = yml_get(n, "use");
	int kind = 0;

	if (check_name(r, key, true) || yml_want(n, YML_MAP, r->e))
		return -EINVAL;
	if (!use)
		return yml_error(n, r->e, "key 'use' is missing");
	if (yml_word(use, fixture_kind_names, &kind, r->e) || read_object(r, n, fixture_tables[kind], f, PART_ALL))
		return -EINVAL;
	f->name = yml_str(key);
	f->kind = (enum fixture_kind)kind;
	return f->kind == FIXTURE_WORLD ? finish_world(r, n, f) : 0;
}

int read_fixtures(struct reader *r, const struct yml_node *n, struct cell *c)
{
	struct fixture *f = pool_alloc(r->pool, (yml_size(n) + 1) * sizeof(*f));

	if (yml_want(n, YML_MAP, r->e))
		return -EINVAL;
	for (size_t i = 0; i < yml_size(n); i++) {
		if (read_fixture(r, yml_key(n, i), yml_at(n, i), &f[i]) || check_fixture_behind(r, yml_at(n, i), f, i))
			return -EINVAL;
	}
	c->fixtures = f;
	c->n_fixtures = yml_size(n);
	return 0;
}
