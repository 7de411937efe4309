/*
 * HAProxy as the end of TLS in front of a plain server: it looks at the server name before anything else, and lets in
 * whom it knows. Who comes without a name meets an alert, or a broker that refuses everybody with CONNACK 5.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/fixture_server.h"
#include "harness/server_tls.h"

enum { CONF_MAX_BYTES = 64 * 1024 };

static const struct log_row rows[] = {
	{ "Loading success\\.$", LOG_READY, NULL },
	{ ": cannot bind socket \\(Address already in use\\)", LOG_TAKEN, NULL },
	/* what its own name check says to OpenSSL */
	{ "^hil: error:[0-9A-Fa-f]+:[^:]*:[^:]*:callback failed$", LOG_SAY, "tls unrecognized name" },
	{ "^hil: error:[0-9A-Fa-f]+:[^:]*:[^:]*:(.*)$", LOG_SAY, "tls $1" },
	{ NULL, LOG_NOTHING, NULL },
};

/* --- the configuration ----------------------------------------------------------------------------------------- */

static int append_file(struct buf *out, const char *path, struct err *e)
{
	char chunk[4096];
	FILE *in = fopen(path, "re");
	size_t n = 1;

	while (in && n > 0) {
		n = fread(chunk, 1, sizeof(chunk), in);
		buf_add(out, chunk, n);
	}
	if (!in)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	fclose(in);
	return 0;
}

/* Chain and key in one file, and the names under which it is shown. */
static int write_cert(struct server *s, struct err *e)
{
	char path[CERTS_PATH_MAX];
	struct buf text;
	int err;

	buf_init(&text, 1 << 20);
	certs_path(&s->certs, "chain", path);
	err = append_file(&text, path, e);
	certs_path(&s->certs, "key", path);
	if (!err)
		err = append_file(&text, path, e);
	if (!err)
		err = server_write_file(s, "front.pem", &text, e);
	buf_reset(&text);
	buf_adds(&text, server_path(s, "front.pem"));
	for (size_t i = 0; i < s->setup.n_sni; i++)
		buf_addf(&text, " %s", s->setup.sni[i]);
	if (!s->setup.n_sni)
		buf_addf(&text, " %s", s->host);
	buf_addc(&text, '\n');
	if (!err)
		err = server_write_file(s, "names", &text, e);
	buf_free(&text);
	return err;
}

static int add_bind(struct server *s, struct buf *conf, struct err *e)
{
	static const char *const versions[] = { "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3" };
	char path[CERTS_PATH_MAX];
	struct buf old, modern;
	int err;

	buf_init(&old, CONF_MAX_BYTES);
	buf_init(&modern, CONF_MAX_BYTES);
	err = server_ciphers(s, &old, &modern, e);
	buf_addf(conf,
		 "bind 127.0.0.1:%u ssl %s %s%s ssl-min-ver %s ssl-max-ver %s ciphers %s:@SECLEVEL=0 ciphersuites %s",
		 s->real_port, s->setup.no_sni == FRONT_ALERT ? "crt-list" : "crt",
		 server_path(s, s->setup.no_sni == FRONT_ALERT ? "names" : "front.pem"),
		 s->setup.no_sni == FRONT_ALERT ? " strict-sni" : "", versions[tls_min(&s->setup.versions)],
		 versions[tls_max(&s->setup.versions)], buf_str(&old), buf_str(&modern));
	certs_path(&s->certs, "client-ca", path);
	if (s->setup.client_cert)
		buf_addf(conf, " verify required ca-file %s", path);
	buf_addc(conf, '\n');
	buf_free(&old);
	buf_free(&modern);
	return err;
}

static int write_conf(struct server *s, struct err *e)
{
	struct buf conf;
	int err;

	buf_init(&conf, CONF_MAX_BYTES);
	buf_adds(&conf,
		 "global\nnoreuseport\nlog stderr format raw local0 info\ndefaults\nmode tcp\nlog global\n"
		 "error-log-format \"hil: %[ssl_fc_err_str]\"\n"
		 "timeout connect 5s\ntimeout client 24h\ntimeout server 24h\nfrontend front\n");
	err = add_bind(s, &conf, e);
	if (s->setup.no_sni == FRONT_CONNACK_5)
		buf_adds(&conf, "use_backend refuser if !{ ssl_fc_has_sni }\n");
	buf_addf(&conf, "default_backend behind\nbackend behind\nserver behind 127.0.0.1:%u\n", s->behind->real_port);
	if (s->setup.no_sni == FRONT_CONNACK_5)
		buf_addf(&conf, "backend refuser\nserver refuser 127.0.0.1:%u\n", s->extra_port);
	if (!err)
		err = server_write_file(s, "haproxy.cfg", &conf, e);
	buf_free(&conf);
	return err;
}

/* --- the server ------------------------------------------------------------------------------------------------ */

static unsigned front_port(const struct server *s)
{
	return s->fixture->server.to && s->behind && s->behind->port == 80 ? 443 : 8883;
}

static int front_start(struct server *s, struct err *e)
{
	const char *const argv[] = { "haproxy", "-W", "-db", "-f", server_path(s, "haproxy.cfg"), NULL };
	int err = write_cert(s, e);

	if (!err && s->setup.no_sni == FRONT_CONNACK_5)
		err = mosquitto_run_refuser(s, &s->program[0], s->extra_port, e);
	if (!err)
		err = server_bound_versions(s, e);
	if (!err)
		err = write_conf(s, e);
	if (!err)
		err = server_use_log(s, &s->program[1].lines, rows, e);
	return err ? err : server_run(s, &s->program[1], argv, e);
}

static void front_model(const struct server *s, json_t *model)
{
	static const char *const words[] = { "tls_alert", "connack_5", "ok" };
	json_t *names = json_array();

	s->behind->kind->model(s->behind, model);
	json_object_set_new(model, "no_sni", json_string(words[s->setup.no_sni]));
	for (size_t i = 0; i < s->setup.n_sni; i++)
		json_array_append_new(names, json_string(s->setup.sni[i]));
	if (!s->setup.n_sni)
		json_array_append_new(names, json_string(s->host));
	if (s->setup.no_sni == FRONT_ALERT)
		json_object_set(model, "sni", names);
	json_decref(names);
}

const struct server_kind server_front = {
	.programs = { { "haproxy", "haproxy" } },
	.without_cert = "alert",
	.usual_port = front_port,
	.start = front_start,
	.model = front_model,
};
