/* What such a broker does is said in the words of a world file (sim7600-world(5)); the file is JSON, which is YAML. */
#include "harness/reproduce/stand_in.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/str.h"
#include "harness/reproduce/broker.h"

enum { PORT_DEFAULT = 1883, PORT_TLS = 8883 }; /* manual 16.2.9; IANA */

static const struct row {
	const char *words;
	const char *model; /* over what every one has */
	bool tls;	   /* makes sense on a port that speaks TLS only */
} rows[] = {
	{ "takes every client", "{}", false },
	{ "answers CONNACK 5 to clients that name no server", "{\"no_sni\": \"connack_5\"}", true },
	{ "ends the handshake of clients that name no server", "{\"no_sni\": \"tls_alert\"}", true },
	{ "wants a client certificate", "{\"client_cert\": \"required\"}", true },
	{ "has an ECDSA certificate alone", "{\"chain\": {\"key\": \"ecdsa\", \"bits\": 256}}", true },
	{ "answers CONNACK 5: not authorized", "{\"connack\": 5}", false },
	{ "answers CONNACK 4: bad user name or password", "{\"connack\": 4}", false },
	{ "answers CONNACK 3: unavailable", "{\"connack\": 3}", false },
	{ "answers CONNACK 2: client id refused", "{\"connack\": 2}", false },
	{ "closes the connection before its CONNACK", "{\"misbehave\": [\"close_before_connack\"]}", false },
	{ "refuses the connection", "{\"misbehave\": [\"refuse\"]}", false },
};

/* The chain ends at the CA that stands in where nothing is known: the one of the first row of brokers[]. */
static const char tls_model[] = "{\"tls\": {\"min\": \"1.2\", \"max\": \"1.3\"}, \"chain\": {\"key\": \"rsa\", "
				"\"bits\": 2048, \"bytes\": 3300, \"root\": "
				"{\"name\": \"DigiCert Global Root CA\", "
				"\"skid\": \"03:DE:50:35:56:D1:4C:BB:66:F0:A3:E2:1B:1B:C3:97:B2:3D:D1:55\"}}}";

size_t stand_in_count(void)
{
	return sizeof(rows) / sizeof(rows[0]);
}

const char *stand_in_words(size_t i)
{
	return rows[i].words;
}

const char *stand_in_host(const struct script *s, struct pool *pool, unsigned *port)
{
	for (size_t i = 0; i < s->n; i++) {
		const char *c = s->acts[i].command, *rest;
		long long number = PORT_DEFAULT;
		size_t at, n;

		if (!c || !broker_host_in(c, &at, &n) || broker_of_host(pool_copy(pool, c + at, n)))
			continue;
		rest = c + at + n;
		if (*rest == ':')
			str_to_num(rest + 1, strspn(rest + 1, "0123456789"), 1, 65535, &number);
		*port = (unsigned)number;
		return pool_copy(pool, c + at, n);
	}
	return NULL;
}

int stand_in_write(size_t i, const char *host, unsigned port, const char *path, struct err *e)
{
	bool tls = port == PORT_TLS;
	json_t *model = json_loads(tls ? tls_model : "{}", 0, NULL), *own = json_loads(rows[i].model, 0, NULL), *world;
	int err = -ENOTSUP;

	json_object_update_recursive(model, own);
	json_decref(own);
	world = json_pack("{s:i, s:[{s:s, s:i, s:o}]}", "schema", 1, "hosts", "match", host, "port", (int)port, "model",
			  model);
	if (tls || !rows[i].tls)
		err = world && !json_dump_file(world, path, JSON_INDENT(1))
			      ? 0
			      : err_set(e, -EIO, "%s: cannot be written", path);
	json_decref(world);
	return err;
}
