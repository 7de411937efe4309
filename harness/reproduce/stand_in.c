/* What such a broker does is said in the words of a world file (sim7600-world(5)); the file is JSON, which is YAML. */
#include "harness/reproduce/stand_in.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "harness/reproduce/broker.h"

enum { PORT_TLS = 8883, PAGE_BYTES = 100 };

static const struct row {
	const char *words;
	const char *model; /* over what every one has */
	bool tls;	   /* makes sense where TLS is spoken only */
	bool mqtt;	   /* and only of an MQTT broker */
} rows[] = {
	{ "takes every client", "{}" },
	{ "answers CONNACK 5 to clients that name no server", "{\"no_sni\": \"connack_5\"}", .tls = true,
	  .mqtt = true },
	{ "ends the handshake of clients that name no server", "{\"no_sni\": \"tls_alert\"}", .tls = true },
	{ "wants a client certificate", "{\"client_cert\": \"required\"}", .tls = true },
	{ "has an ECDSA certificate alone", "{\"chain\": {\"key\": \"ecdsa\", \"bits\": 256}}", .tls = true },
	{ "answers CONNACK 5: not authorized", "{\"connack\": 5}", .mqtt = true },
	{ "answers CONNACK 4: bad user name or password", "{\"connack\": 4}", .mqtt = true },
	{ "answers CONNACK 3: unavailable", "{\"connack\": 3}", .mqtt = true },
	{ "answers CONNACK 2: client id refused", "{\"connack\": 2}", .mqtt = true },
	{ "closes the connection before its CONNACK", "{\"misbehave\": [\"close_before_connack\"]}", .mqtt = true },
	{ "refuses the connection", "{\"misbehave\": [\"refuse\"]}" },
};

/* The chain ends at the CA that stands in where nothing is known: the one of the first row of brokers[]. */
static const char tls_model[] = "{\"tls\": {\"min\": \"1.2\", \"max\": \"1.3\"}, \"chain\": {\"key\": \"rsa\", "
				"\"bits\": 2048, \"bytes\": 3300, \"root\": "
				"{\"name\": \"DigiCert Global Root CA\", "
				"\"skid\": \"03:DE:50:35:56:D1:4C:BB:66:F0:A3:E2:1B:1B:C3:97:B2:3D:D1:55\"}}}";

/* The path of an URL whose host ends at s. */
static const char *path_of(struct pool *pool, const char *s)
{
	s += strcspn(s, "/\"");
	return *s == '/' ? pool_copy(pool, s, strcspn(s, "?#\"")) : "/";
}

size_t stand_in_count(void)
{
	return sizeof(rows) / sizeof(rows[0]);
}

const char *stand_in_words(size_t i)
{
	return rows[i].words;
}

bool stand_in_for(const struct script *s, struct pool *pool, struct stand_in *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const char *c = s->acts[i].command;
		size_t at, n;

		if (!c || !broker_host_in(c, &at, &n) || broker_of_host(pool_copy(pool, c + at, n)))
			continue;
		out->host = pool_copy(pool, c + at, n);
		out->port = broker_port_in(c, at, n);
		out->tls = out->port == PORT_TLS || strstr(c, "https://");
		out->path = strstr(c, "http://") || strstr(c, "https://") ? path_of(pool, c + at + n) : NULL;
		return true;
	}
	return false;
}

static json_t *model_of(size_t i, const struct stand_in *in)
{
	json_t *model = json_loads(in->tls ? tls_model : "{}", 0, NULL), *own = json_loads(rows[i].model, 0, NULL);

	json_object_update_recursive(model, own);
	json_decref(own);
	if (in->path)
		json_object_update_new(model, json_pack("{s:{s:b, s:[{s:s, s:i}]}}", "http", "close", 1, "pages",
							"path", in->path, "bytes", PAGE_BYTES));
	return model;
}

int stand_in_write(size_t i, const struct stand_in *in, const char *path, struct err *e)
{
	json_t *world;
	int err;

	if ((rows[i].tls && !in->tls) || (rows[i].mqtt && in->path))
		return -ENOTSUP;
	world = json_pack("{s:i, s:[{s:s, s:i, s:o}]}", "schema", 1, "hosts", "match", in->host, "port", (int)in->port,
			  "model", model_of(i, in));
	err = world && !json_dump_file(world, path, JSON_INDENT(1)) ? 0
								    : err_set(e, -EIO, "%s: cannot be written", path);
	json_decref(world);
	return err;
}
