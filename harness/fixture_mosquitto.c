/*
 * Mosquitto 2: one listener for the modem, a second one for the observer, whose subscription to everything shows what
 * the broker really passes on. Both are read as lines.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/str.h"
#include "harness/fixture_server.h"

enum { CONF_MAX_BYTES = 64 * 1024, SALT_BYTES = 12, HASH_BYTES = 64, HASH_ROUNDS = 101 };

#define OBSERVER "hil-observer"

static const struct log_row broker_rows[] = {
	{ "^mosquitto version \\S+ running$", LOG_READY, NULL },
	{ OBSERVER " 0 #$", LOG_READY, NULL },
	{ OBSERVER, LOG_IGNORE, NULL },
	{ "^Error: Address already in use", LOG_TAKEN, NULL },
	{ "^New client connected from \\S+ as (.*) \\(p\\d+, c\\d, k\\d+(?:, u'.*')?\\)\\.$", LOG_SAY, "connect $1" },
	{ "^Client (.*) disconnected\\.$", LOG_SAY, "disconnect $1" },
	{ "^Client <unknown> ", LOG_IGNORE, NULL },
	{ "^Client (.*) closed its connection\\.$", LOG_SAY, "lost $1" },
	{ "^Client (.*) has exceeded timeout, disconnecting\\.$", LOG_SAY, "lost $1" },
	{ "^Client (.*) already connected, closing old connection\\.$", LOG_SAY, "lost $1" },
	{ "^Client (.*) disconnected: .*$", LOG_SAY, "lost $1" },
	{ "^Client (.*) disconnected due to .*$", LOG_SAY, "lost $1" },
	{ "^Bad socket read/write on client (.*): .*$", LOG_SAY, "lost $1" },
	{ "^OpenSSL Error\\[\\d+\\]: error:[0-9A-Fa-f]+:[^:]*:[^:]*:(.*?)\\.?$", LOG_SAY, "tls $1" },
	{ "^Client connection from \\S+ failed: error:[0-9A-Fa-f]+:[^:]*:[^:]*:(.*?)\\.?$", LOG_SAY, "tls $1" },
	{ "^.* ([012]) (\\S.*)$", LOG_SAY, "subscribe $2 $1" },
	{ NULL, LOG_NOTHING, NULL },
};

/* --- files -------------------------------------------------------------------------------------------------------- */

static void add_base64(struct buf *out, const unsigned char *p, int n)
{
	unsigned char text[2 * HASH_BYTES];
	int len = EVP_EncodeBlock(text, p, n);

	buf_add(out, text, (size_t)len);
}

/* A line of a password file: "user:$7$ROUNDS$SALT$PBKDF2-SHA512", as mosquitto_passwd writes it. */
static int add_user(struct buf *out, const char *user, const char *password)
{
	unsigned char salt[SALT_BYTES], hash[HASH_BYTES];

	if (RAND_bytes(salt, SALT_BYTES) != 1 || PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, SALT_BYTES,
								   HASH_ROUNDS, EVP_sha512(), HASH_BYTES, hash) != 1)
		return -EIO;
	buf_addf(out, "%s:$7$%d$", user, HASH_ROUNDS);
	add_base64(out, salt, SALT_BYTES);
	buf_addc(out, '$');
	add_base64(out, hash, HASH_BYTES);
	return buf_addc(out, '\n');
}

static int write_users(struct server *s, struct err *e)
{
	struct buf text;
	int err = 0;

	buf_init(&text, CONF_MAX_BYTES);
	for (size_t i = 0; !err && i < s->setup.n_users; i++)
		err = add_user(&text, s->setup.users[i].name, s->setup.users[i].value);
	err = err ? err_set(e, err, "cannot make a password file") : server_write_file(s, "users", &text, e);
	buf_free(&text);
	return err;
}

static int add_tls(struct server *s, struct buf *conf, struct err *e)
{
	struct buf old, modern;
	char path[CERTS_PATH_MAX];
	int err;

	buf_init(&old, CONF_MAX_BYTES);
	buf_init(&modern, CONF_MAX_BYTES);
	err = server_ciphers(s, &old, &modern, e);
	certs_path(&s->certs, "chain", path);
	buf_addf(conf, "certfile %s\n", path);
	certs_path(&s->certs, "key", path);
	buf_addf(conf, "keyfile %s\nciphers %s:@SECLEVEL=0\nciphers_tls1.3 %s\ntls_version tlsv1.1\n", path,
		 buf_str(&old), buf_str(&modern));
	certs_path(&s->certs, "client-ca", path);
	if (s->setup.client_cert)
		buf_addf(conf, "cafile %s\nrequire_certificate true\n", path);
	buf_free(&old);
	buf_free(&modern);
	return err;
}

static int write_conf(struct server *s, struct err *e)
{
	struct buf conf;
	int err = 0;

	buf_init(&conf, CONF_MAX_BYTES);
	buf_addf(&conf,
		 "per_listener_settings true\nlog_dest stderr\nlog_timestamp false\nlog_type error\nlog_type warning\n"
		 "log_type notice\nlog_type information\nlog_type subscribe\nlog_type unsubscribe\n"
		 "connection_messages true\nmax_queued_messages 0\nmax_queued_bytes 0\nset_tcp_nodelay true\n%s"
		 "listener %u 127.0.0.1\nallow_anonymous true\n"
		 "listener %u 127.0.0.1\nallow_anonymous %s\n",
		 geteuid() ? "" : "user root\n", s->extra_port, s->real_port, s->setup.n_users ? "false" : "true");
	if (s->setup.n_users) {
		err = write_users(s, e);
		buf_addf(&conf, "password_file %s\n", server_path(s, "users"));
	}
	if (!err && s->tls)
		err = add_tls(s, &conf, e);
	if (!err)
		err = server_write_file(s, "mosquitto.conf", &conf, e);
	buf_free(&conf);
	return err;
}

/* --- the observer ---------------------------------------------------------------------------------------------------
 */

/* "5 68656c6c6f t/1" is a payload of five bytes on topic t/1. */
static void on_message(struct server *s, const char *line)
{
	size_t len = strcspn(line, " ");
	long long n;
	struct buf hex, text;

	if (str_to_num(line, len, 0, LOG_LINE_MAX, &n) || strlen(line + len) < 2 * (size_t)n + 2)
		return;
	line += len + 1;
	buf_init(&hex, LOG_LINE_MAX);
	buf_init(&text, LOG_LINE_MAX);
	buf_add(&hex, line, 2 * (size_t)n);
	buf_addf(&text, "%s ", line + 2 * n + 1);
	if (!str_unhex(&text, buf_str(&hex)))
		server_say(s, buf_str(&text));
	buf_free(&hex);
	buf_free(&text);
}

static int start_observer(struct server *s, struct err *e)
{
	char port[16];
	const char *const argv[] = { "mosquitto_sub", "-h", "127.0.0.1", "-p", port,	   "-i",
				     OBSERVER,	      "-t", "#",	 "-F", "%l %x %t", NULL };

	snprintf(port, sizeof(port), "%u", s->extra_port);
	s->program[1].line = on_message;
	return server_run(s, &s->program[1], argv, e);
}

/* --- the broker -----------------------------------------------------------------------------------------------------
 */

static int mosquitto_start(struct server *s, struct err *e)
{
	const char *const argv[] = { "mosquitto", "-c", server_path(s, "mosquitto.conf"), NULL };
	int err = s->tls ? server_bound_versions(s, e) : 0;

	if (!err && s->setup.acl.place.line)
		err = err_set(e, -ENOTSUP, "acl is for world: modelled");
	if (!err)
		err = write_conf(s, e);
	if (!err)
		err = server_use_log(s, &s->program[0], broker_rows, e);
	if (!err)
		err = server_run(s, &s->program[0], argv, e);
	return err ? err : start_observer(s, e);
}

static void mosquitto_model(const struct server *s, json_t *model)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->setup.n_users; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "user", s->setup.users[i].name, "password",
						      s->setup.users[i].value));
	if (s->setup.n_users)
		json_object_set(model, "credentials", list);
	json_decref(list);
}

const struct server_kind server_mosquitto = {
	.programs = { { "mosquitto", "mosquitto" }, { "mosquitto_sub", "mosquitto-clients" } },
	.start = mosquitto_start,
	.model = mosquitto_model,
};
