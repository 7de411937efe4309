/*
 * Mosquitto 2: one listener for the modem, a second one for the observer, whose subscription to everything shows what
 * the broker really passes on. Both are read as lines.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "harness/fixture_server.h"

enum { CONF_MAX_BYTES = 256 * 1024, PLUGIN_MAX_BYTES = 1 << 20, CLIENTS_MAX_BYTES = 1 << 20 };

#define OBSERVER "hil-observer"
#define SETTLED "$hil/settled"	/* no subscription to # gets it */

static const struct log_row broker_rows[] = {
	{ "^hil: (.*)$", LOG_SAY, "$1" },
	{ "^mosquitto version \\S+ running$", LOG_READY, NULL },
	{ OBSERVER " 0 #$", LOG_READY, NULL },
	{ "^Client " OBSERVER "-pub disconnected\\.$", LOG_READY, NULL },
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
	{ NULL, LOG_NOTHING, NULL },
};

/* --- who is connected ---------------------------------------------------------------------------------------------- */

static void forget_client(struct server *s, const char *id)
{
	struct buf left;
	const char *line = buf_str(&s->clients), *end;

	buf_init(&left, CLIENTS_MAX_BYTES);
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		if ((size_t)(end - line) != strlen(id) || strncmp(line, id, strlen(id)))
			buf_add(&left, line, (size_t)(end + 1 - line));
	}
	buf_free(&s->clients);
	s->clients = left;
}

/* What the log says passes by here on its way to the broker stream. */
static void mosquitto_said(struct server *s, const char *words)
{
	if (!strncmp(words, "connect ", 8)) {
		forget_client(s, words + 8);
		buf_addf(&s->clients, "%s\n", words + 8);
	} else if (!strncmp(words, "disconnect ", 11) || !strncmp(words, "lost ", 5)) {
		forget_client(s, strchr(words, ' ') + 1);
	}
}

static void mosquitto_killed(struct server *s)
{
	char *save = NULL;
	struct buf line;

	buf_init(&line, LOG_LINE_MAX);
	for (char *id = strtok_r(s->clients.data, "\n", &save); id; id = strtok_r(NULL, "\n", &save)) {
		buf_reset(&line);
		buf_addf(&line, "lost %s", id);
		server_say(s, buf_str(&line));
	}
	buf_free(&line);
	buf_free(&s->clients);
}

/* --- files ----------------------------------------------------------------------------------------------------- */

/* The plugin's rules: see plugin/mosquitto_watch.c. */
static void add_user(struct buf *out, const struct binding *user)
{
	buf_adds(out, "user ");
	str_hex(out, user->name, strlen(user->name));
	buf_addc(out, ' ');
	str_hex(out, user->value, strlen(user->value));
	buf_addc(out, '\n');
}

static int write_rules(struct server *s, struct err *e)
{
	const struct acl_setup *a = &s->setup.acl;
	struct buf text;
	int err;

	buf_init(&text, CONF_MAX_BYTES);
	for (size_t i = 0; i < s->setup.n_users; i++)
		add_user(&text, &s->setup.users[i]);
	for (size_t i = 0; i < a->n_deny_publish; i++)
		buf_addf(&text, "deny_publish %s\n", a->deny_publish[i]);
	for (size_t i = 0; i < a->n_deny_subscribe; i++)
		buf_addf(&text, "deny_subscribe %s\n", a->deny_subscribe[i]);
	if (!a->refuse)
		buf_adds(&text, "close\n");
	err = server_write_file(s, "rules", &text, e);
	buf_free(&text);
	return err;
}

/* The plugin is part of this program (see the Makefile). */
static int write_plugin(struct server *s, struct err *e)
{
	extern char _binary_watch_so_start[], _binary_watch_so_end[];
	struct buf bytes;
	int err;

	buf_init(&bytes, PLUGIN_MAX_BYTES);
	buf_add(&bytes, _binary_watch_so_start, (size_t)(_binary_watch_so_end - _binary_watch_so_start));
	err = server_write_file(s, "watch.so", &bytes, e);
	buf_free(&bytes);
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
		 "connection_messages true\nmax_queued_messages 1000000\nset_tcp_nodelay true\n%s"
		 "listener %u 127.0.0.1\nallow_anonymous true\n"
		 "listener %u 127.0.0.1\nallow_anonymous %s\nplugin %s\nplugin_opt_rules %s\n",
		 geteuid() ? "" : "user root\n", s->extra_port, s->real_port, s->setup.n_users ? "false" : "true",
		 server_path(s, "watch.so"), server_path(s, "rules"));
	if (!err && s->tls)
		err = add_tls(s, &conf, e);
	if (!err)
		err = server_write_file(s, "mosquitto.conf", &conf, e);
	buf_free(&conf);
	return err;
}

int mosquitto_run_refuser(struct server *s, struct program *p, unsigned port, struct err *e)
{
	const char *const argv[] = { "mosquitto", "-c", server_path(s, "refuser.conf"), NULL };
	struct buf text;
	int err = write_plugin(s, e);

	buf_init(&text, CONF_MAX_BYTES);
	buf_addf(&text, "log_dest stderr\nlog_timestamp false\n%slistener %u 127.0.0.1\nallow_anonymous false\nplugin %s\n"
		 "plugin_opt_rules %s\n",
		 geteuid() ? "" : "user root\n", port, server_path(s, "watch.so"), server_path(s, "rules"));
	if (!err)
		err = server_write_file(s, "refuser.conf", &text, e);
	buf_reset(&text);
	buf_adds(&text, "user 01 01\n");	/* nobody is called so */
	if (!err)
		err = server_write_file(s, "rules", &text, e);
	buf_free(&text);
	if (!err)
		err = server_use_log(s, &p->lines, broker_rows, e);
	return err ? err : server_run(s, p, argv, e);
}

/* --- the observer ---------------------------------------------------------------------------------------------- */

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
	if (!strncmp(buf_str(&text), SETTLED " ", sizeof(SETTLED)))
		s->ready++;
	else if (!str_unhex(&text, buf_str(&hex)))
		server_say(s, buf_str(&text));
	buf_free(&hex);
	buf_free(&text);
}

int mosquitto_publish(struct server *s, const char *topic, const char *text, int qos, bool retain, struct err *e)
{
	char port[16], level[16];
	const char *argv[] = { "mosquitto_pub", "-h", "127.0.0.1", "-p", port, "-i", OBSERVER "-pub", "-t", topic, "-m", text,
			       "-q", level, retain ? "-r" : NULL, NULL };

	snprintf(port, sizeof(port), "%u", s->extra_port);
	snprintf(level, sizeof(level), "%d", qos);
	return server_run_to_end(s, argv, e);
}

/* A message that has gone all the way, and a client that has left: what came before both of them has been told. */
static void mosquitto_settle(struct server *s)
{
	unsigned before = s->ready;

	if (!mosquitto_publish(s, SETTLED, "", 0, false, NULL))
		server_wait_ready(s, before, 2);
}

static int start_observer(struct server *s, struct err *e)
{
	char port[16];
	const char *const argv[] = { "mosquitto_sub", "-h", "127.0.0.1", "-p", port, "-i", OBSERVER, "-t", "#", "-t", SETTLED,
				     "-F", "%l %x %t", NULL };

	snprintf(port, sizeof(port), "%u", s->extra_port);
	s->program[1].lines.line = on_message;
	return server_run(s, &s->program[1], argv, e);
}

/* --- the broker ------------------------------------------------------------------------------------------------ */

static int mosquitto_start(struct server *s, struct err *e)
{
	const char *const argv[] = { "mosquitto", "-c", server_path(s, "mosquitto.conf"), NULL };
	int err = s->tls ? server_bound_versions(s, e) : 0;

	if (!err)
		err = write_plugin(s, e);
	if (!err)
		err = write_rules(s, e);
	if (!err)
		err = write_conf(s, e);
	if (!err)
		err = server_use_log(s, &s->program[0].lines, broker_rows, e);
	if (!err)
		err = server_run(s, &s->program[0], argv, e);
	return err ? err : start_observer(s, e);
}

static json_t *list_of(const char *const *texts, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(texts[i]));
	return list;
}

static void model_acl(const struct acl_setup *a, json_t *model)
{
	json_object_set_new(model, "acl",
			    json_pack("{s:s, s:o, s:o}", "action", a->refuse ? "refuse" : "close", "deny_publish",
				      list_of(a->deny_publish, a->n_deny_publish), "deny_subscribe",
				      list_of(a->deny_subscribe, a->n_deny_subscribe)));
}

/* Mosquitto has one answer to every wrong login: 5. */
static void model_users(const struct server *s, json_t *model)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->setup.n_users; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "user", s->setup.users[i].name, "password",
						      s->setup.users[i].value));
	json_object_set_new(model, "credentials", list);
	json_object_set_new(model, "bad_login", json_integer(5));
}

static void mosquitto_model(const struct server *s, json_t *model)
{
	if (s->setup.n_users)
		model_users(s, model);
	if (s->setup.acl.place.line)
		model_acl(&s->setup.acl, model);
}

static unsigned mosquitto_port(const struct server *s)
{
	return s->tls ? 8883 : 1883;
}

const struct server_kind server_mosquitto = {
	.programs = { { "mosquitto", "mosquitto" }, { "mosquitto_sub", "mosquitto-clients" } },
	.without_cert = "alert",
	.usual_port = mosquitto_port,
	.start = mosquitto_start,
	.said = mosquitto_said,
	.settle = mosquitto_settle,
	.killed = mosquitto_killed,
	.model = mosquitto_model,
};
