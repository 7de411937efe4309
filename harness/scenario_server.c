/*
 * The keys of each kind of fixture, as tables. A server's settings mean the same whether it is started or modelled;
 * what may stand together is checked here, so that a scenario that loads can be run in both worlds.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "harness/scenario_files.h"
#include "harness/scenario_load.h"
#include "harness/server_tls.h"
#include "harness/vars.h"

#define ARRAY(type, member) .at = offsetof(type, member), .at_n = offsetof(type, n_##member)
#define AT(type, member) .at = offsetof(type, member)
#define SERVER(member) .at = offsetof(struct fixture, server.member)
#define SERVER_ARRAY(member) SERVER(member), .at_n = offsetof(struct fixture, server.n_##member)

const char *const fixture_kind_names[] = { "world", "mosquitto", "mosquitto-tls", "nginx", "ftp", "sni-front", "program", NULL };

static const char *const version_words[] = { "1.0", "1.1", "1.2", "1.3", NULL };
static const char *const key_words[] = { "rsa", "ecdsa", NULL };
static const char *const signer_words[] = { "ca", "other", "itself", NULL };
static const char *const world_words[] = { "real", "modelled", NULL };
static const char *const required_words[] = { "no", "required", NULL };
static const char *const writable_words[] = { "true", "false", NULL };
static const char *const security_words[] = { "plain", "optional", "explicit", "implicit", NULL };
static const char *const no_sni_words[] = { "tls_alert", "connack_5", "ok", NULL };
static const char *const action_words[] = { "close", "refuse", NULL };

/* --- TLS ------------------------------------------------------------------------------------------------------- */

static const struct field versions_fields[] = {
	{ "only", FIELD_WORD, AT(struct tls_versions, only), .words = version_words, .shape = "tls_version",
	  .help = "the one version the server speaks" },
	{ "min", FIELD_WORD, AT(struct tls_versions, min), .words = version_words, .shape = "tls_version",
	  .not_with = "only", .help = "1.2 unless given" },
	{ "max", FIELD_WORD, AT(struct tls_versions, max), .words = version_words, .shape = "tls_version",
	  .not_with = "only", .help = "1.3 unless given" },
	{ 0 },
};

static int finish_versions(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct tls_versions *v = obj;

	if (tls_min(v) > tls_max(v))
		return yml_error(n, r->e, "max %s is below min %s", version_words[tls_max(v)], version_words[tls_min(v)]);
	return 0;
}

static const struct tls_versions versions_initial = { .only = -1, .min = -1, .max = -1 };

static const struct table table_versions = {
	.name = "tls_versions", .fields = versions_fields, .size = sizeof(struct tls_versions),
	.initial = &versions_initial, .shorthand = "only", .not_empty = true,
	.has_place = true, .place = offsetof(struct tls_versions, place), .finish = finish_versions,
};

static const struct field cert_fields[] = {
	{ "file", FIELD_TEXT, AT(struct cert_setup, file), .help = "PEM with a chain of your own and its key" },
	{ "key", FIELD_WORD, AT(struct cert_setup, key), .words = key_words, .not_with = "file", .help = "rsa unless given" },
	{ "bits", FIELD_INT, AT(struct cert_setup, bits), .min = 256, .max = 8192, .not_with = "file",
	  .help = "rsa: 2048 unless given; ecdsa: 256, 384 or 521" },
	{ "intermediates", FIELD_INT, AT(struct cert_setup, intermediates), .min = 0, .max = 9, .not_with = "file",
	  .help = "CAs between the root and the server, sent with its certificate" },
	{ "bytes", FIELD_INT, AT(struct cert_setup, bytes), .min = 1, .max = 60000, .not_with = "file",
	  .help = "the certificates that are sent are made at least so long" },
	{ "names", FIELD_ONE_OR_TEXTS, ARRAY(struct cert_setup, names), .not_with = "file",
	  .help = "whom it is for, * allowed; the fixture's host unless given" },
	{ "not_before", FIELD_TEXT, AT(struct cert_setup, not_before), .not_with = "file", .help = "2020-01-01 unless given" },
	{ "not_after", FIELD_TEXT, AT(struct cert_setup, not_after), .not_with = "file", .help = "2049-12-31 unless given" },
	{ "signed_by", FIELD_WORD, AT(struct cert_setup, signer), .words = signer_words, .not_with = "file",
	  .help = "ca: ${name.ca}; other: a CA that is not ${name.ca}; itself" },
	{ 0 },
};

static int check_bits(struct reader *r, const struct yml_node *n, const struct cert_setup *c)
{
	const struct yml_node *bits = yml_get(n, "bits");

	if (c->key == CERT_RSA ? !c->bits || (c->bits >= 1024 && !(c->bits % 256)) :
				 !c->bits || c->bits == 256 || c->bits == 384 || c->bits == 521)
		return 0;
	return yml_error(bits, r->e, c->key == CERT_RSA ? "RSA needs 1024 bits or more, in steps of 256" :
						      "ECDSA has 256, 384 or 521 bits");
}

static int check_date(struct reader *r, const struct yml_node *n, const char *text)
{
	time_t t;

	if (!text || is_open(text) || !cert_date(text, &t))
		return 0;
	return yml_error(n, r->e, "'%s' must be a date: 2026-01-31 or 2026-01-31T12:00:00Z", text);
}

static int finish_cert(struct reader *r, const struct yml_node *n, void *obj)
{
	struct cert_setup *c = obj;

	if (c->file && !is_open(c->file))
		c->file = path_beside(r->pool, yml_name(n), c->file);
	if (yml_kind(n) == YML_SCALAR)
		return 0;
	if (c->signer == SIGNED_BY_ITSELF && c->intermediates)
		return yml_error(yml_get(n, "intermediates"), r->e, "who signs itself needs nobody in between");
	return check_bits(r, n, c) || check_date(r, yml_get(n, "not_before"), c->not_before) ||
	       check_date(r, yml_get(n, "not_after"), c->not_after) ? -EINVAL : 0;
}

static const struct table table_cert = {
	.name = "cert", .fields = cert_fields, .size = sizeof(struct cert_setup), .shorthand = "file", .not_empty = true,
	.has_place = true, .place = offsetof(struct cert_setup, place), .finish = finish_cert,
};

/* --- what all servers have ------------------------------------------------------------------------------------- */

static const struct field acl_fields[] = {
	{ "deny_publish", FIELD_ONE_OR_TEXTS, ARRAY(struct acl_setup, deny_publish), .help = "topic filters" },
	{ "deny_subscribe", FIELD_ONE_OR_TEXTS, ARRAY(struct acl_setup, deny_subscribe), .help = "topic filters" },
	{ "action", FIELD_SWITCH, AT(struct acl_setup, refuse), .words = action_words,
	  .help = "close: the connection ends; refuse: SUBACK 0x80, and a message goes nowhere" },
	{ 0 },
};

static const struct table table_acl = {
	.name = "acl", .fields = acl_fields, .size = sizeof(struct acl_setup), .not_empty = true,
	.has_place = true, .place = offsetof(struct acl_setup, place),
};

#define FIELD_USE { "use", FIELD_SHAPE, .shape = "any", .required = true, .help = "the kind" }

#define COMMON_FIELDS                                                                                                  \
	FIELDS_NAME,                                                                                                   \
	FIELD_WORLD

#define FIELD_WORLD                                                                                                    \
	{ "world", FIELD_SWITCH, SERVER(modelled), .words = world_words,                                               \
	  .help = "modelled: nothing is started, the emulator plays the very same server" }

#define FIELDS_NAME                                                                                                    \
	FIELD_USE,                                                                                                     \
	{ "host", FIELD_TEXT, AT(struct fixture, host), .help = "name by which the firmware knows it; NAME.test unless given" }, \
	{ "aliases", FIELD_ONE_OR_TEXTS, SERVER_ARRAY(aliases), .help = "further names that lead to it" },            \
	{ "port", FIELD_INT, SERVER(port), .min = 1, .max = 65535,                                                     \
	  .help = "as the firmware sees it, the usual one unless given; the real one is free" }

#define TLS_FIELDS                                                                                                     \
	{ "tls", FIELD_OBJECT, SERVER(versions), .table = &table_versions, .help = "a version, or min and max" },      \
	{ "ciphers", FIELD_ONE_OR_TEXTS, SERVER_ARRAY(ciphers), .help = "OpenSSL's names; all it has by default unless given" }, \
	{ "cert", FIELD_OBJECT, SERVER(cert), .table = &table_cert, .help = "made on the spot unless it is a file" },  \
	{ "client_cert", FIELD_SWITCH, SERVER(client_cert), .words = required_words,                                   \
	  .help = "required: the client has to show one that is signed as ${name.client_cert} is" },                   \
	{ "key_password", FIELD_TEXT, SERVER(key_password), .help = "${name.client_key} is encrypted with it" }

#define FIELD_USERS                                                                                                    \
	{ "users", FIELD_VALUES, SERVER_ARRAY(users), .help = "user: password; anybody unless given" }

#define MQTT_FIELDS                                                                                                    \
	FIELD_USERS,                                                                                                   \
	{ "acl", FIELD_OBJECT, SERVER(acl), .table = &table_acl, .help = "what the broker forbids" }

/* --- files ---------------------------------------------------------------------------------------------------- */

bool file_path_is_good(const char *path)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
	size_t n = strlen(path);

	return n >= 2 && n <= 200 && path[0] == '/' && path[n - 1] != '/' && !path[strspn(path, letters)] &&
	       !strstr(path, "//") && !strstr(path, "/.");
}

static int finish_file(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct file_setup *f = obj;

	if (is_open(f->path) || file_path_is_good(f->path))
		return 0;
	return yml_error(yml_get(n, "path"), r->e, "'%s' must be a path from the server's root, of letters, digits and '._-/'",
			 f->path);
}

#define FILE_FIELDS                                                                                                    \
	{ "path", FIELD_TEXT, AT(struct file_setup, path), .required = true, .help = "from the server's root: /pub/a.txt" }, \
	{ "text", FIELD_TEXT, AT(struct file_setup, text), .grouped = true, .choice = FILE_TEXT },                     \
	{ "bytes", FIELD_INT, AT(struct file_setup, bytes), .min = 0, .max = 100000000, .grouped = true,               \
	  .choice = FILE_BYTES, .help = "so many of a pattern" }

#define FILE_TABLE(name_, fields_)                                                                                     \
	.name = name_, .fields = fields_, .size = sizeof(struct file_setup), .has_choice = true,                       \
	.choice = offsetof(struct file_setup, kind), .has_place = true, .place = offsetof(struct file_setup, place),   \
	.finish = finish_file

static const struct field page_fields[] = {
	FILE_FIELDS,
	{ "post", FIELD_BOOL, AT(struct file_setup, post), .help = "POST is answered with it, too; else with 405" },
	{ "chunked", FIELD_BOOL, AT(struct file_setup, chunked), .help = "sent in chunks, its length is not announced" },
	{ 0 },
};
static const struct field file_fields[] = { FILE_FIELDS, { 0 } };
static const struct table table_file = { FILE_TABLE("file", file_fields) };
static const struct table table_page = { FILE_TABLE("page", page_fields) };

/* --- checks of more than one key ------------------------------------------------------------------------------ */

static int finish_tls(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct fixture *f = obj;
	const struct yml_node *list = yml_get(n, "ciphers");
	struct err why = { 0 };

	for (size_t i = 0; i < f->server.n_ciphers; i++) {
		const struct yml_node *one = yml_kind(list) == YML_SEQ ? yml_at(list, i) : list;

		if (!is_open(f->server.ciphers[i]) && tls_check_cipher(f->server.ciphers[i], &why))
			return yml_error(one, r->e, "%s", why.msg);
	}
	return 0;
}

static int finish_mosquitto_tls(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct fixture *f = obj;

	if (tls_min(&f->server.versions) < 1)
		return yml_error(yml_get(n, "tls"), r->e, "mosquitto speaks TLS 1.1 and later");
	return finish_tls(r, n, obj);
}

static int finish_ftp(struct reader *r, const struct yml_node *n, void *obj)
{
	struct fixture *f = obj;

	if (f->server.security == FTP_PLAIN && server_asks_for_tls(&f->server))
		return yml_error(yml_get(n, "security"), r->e, "without TLS its settings mean nothing");
	for (size_t i = 0; i < f->server.n_directories; i++) {
		const struct yml_node *list = yml_get(n, "directories");

		if (!is_open(f->server.directories[i]) && !file_path_is_good(f->server.directories[i]))
			return yml_error(yml_kind(list) == YML_SEQ ? yml_at(list, i) : list, r->e,
					 "'%s' must be a path from the server's root, of letters, digits and '._-/'",
					 f->server.directories[i]);
	}
	return finish_tls(r, n, obj);
}

static int finish_front(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct fixture *f = obj;

	if (f->server.n_sni && f->server.no_sni != FRONT_ALERT)
		return yml_error(yml_get(n, "sni"), r->e, "names are looked at with no_sni: tls_alert");
	return finish_tls(r, n, obj);
}

/* What stands behind a front has to be there before it, in the same world, and plain. */
static int check_behind(struct reader *r, const struct yml_node *to, const struct fixture *front, const struct fixture *f)
{
	if (f->kind != FIXTURE_MOSQUITTO && f->kind != FIXTURE_NGINX)
		return yml_error(to, r->e, "to: is for mosquitto and nginx, and '%s' is %s", f->name,
				 fixture_kind_names[f->kind]);
	if (server_asks_for_tls(&f->server))
		return yml_error(to, r->e, "'%s' has TLS of its own", f->name);
	if (front->server.no_sni == FRONT_CONNACK_5 && f->kind != FIXTURE_MOSQUITTO)
		return yml_error(to, r->e, "only a broker answers with CONNACK 5, and '%s' is %s", f->name,
				 fixture_kind_names[f->kind]);
	if (front->server.modelled != f->server.modelled)
		return yml_error(to, r->e, "'%s' is in the %s world", f->name, world_words[f->server.modelled]);
	return 0;
}

int check_fixture_behind(struct reader *r, const struct yml_node *n, const struct fixture *all, size_t i)
{
	const char **names = pool_alloc(r->pool, (i + 1) * sizeof(*names));

	if (!all[i].server.to)
		return 0;
	for (size_t k = 0; k < i; k++) {
		if (!strcmp(all[k].name, all[i].server.to))
			return check_behind(r, yml_get(n, "to"), &all[i], &all[k]);
		names[k] = all[k].name;
	}
	return unknown_error(r, yml_get(n, "to"), "fixture", all[i].server.to, names);
}

static int finish_nginx(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct fixture *f = obj;

	if (f->server.n_users > 1)
		return yml_error(yml_get(n, "users"), r->e, "one user and password, please");
	return finish_tls(r, n, obj);
}

#define INITIAL { .server = { .versions = { .only = -1, .min = -1, .max = -1 }, .security = -1 } }

static const struct fixture initial = INITIAL;

#define KIND(fields_, name_)                                                                                           \
	.name = name_, .fields = fields_, .size = sizeof(struct fixture), .initial = &initial,                         \
	.has_place = true, .place = offsetof(struct fixture, place)

/* --- the kinds ------------------------------------------------------------------------------------------------- */

static const struct field world_fields[] = {
	FIELD_USE,
	{ "hosts", FIELD_SHAPE, .shape = "hosts", .required = true, .help = "as in a world file" },
	{ "host", FIELD_TEXT, AT(struct fixture, host), .help = "that of the first entry unless given" },
	{ "port", FIELD_TEXT, AT(struct fixture, port), .help = "that of the first entry unless given" },
	{ 0 },
};
static const struct table table_world = { KIND(world_fields, "fixture_world") };

static const struct field mosquitto_fields[] = { COMMON_FIELDS, MQTT_FIELDS, { 0 } };
static const struct table table_mosquitto = { KIND(mosquitto_fields, "fixture_mosquitto") };

static const struct field mosquitto_tls_fields[] = { COMMON_FIELDS, TLS_FIELDS, MQTT_FIELDS, { 0 } };
static const struct table table_mosquitto_tls = { KIND(mosquitto_tls_fields, "fixture_mosquitto_tls"),
						  .finish = finish_mosquitto_tls };

static const struct field nginx_fields[] = {
	COMMON_FIELDS,
	TLS_FIELDS,
	FIELD_USERS,
	{ "files", FIELD_LIST, SERVER_ARRAY(files), .table = &table_page, .min = 1, .help = "what it serves; all else is 404" },
	{ 0 },
};
static const struct table table_nginx = { KIND(nginx_fields, "fixture_nginx"), .finish = finish_nginx };

static const struct field ftp_fields[] = {
	COMMON_FIELDS,
	TLS_FIELDS,
	{ "users", FIELD_VALUES, SERVER_ARRAY(users), .required = true, .help = "user: password" },
	{ "security", FIELD_WORD, SERVER(security), .words = security_words,
	  .help = "plain; optional: AUTH is taken; explicit: and demanded; implicit: TLS from the first byte" },
	{ "files", FIELD_LIST, SERVER_ARRAY(files), .table = &table_file, .min = 1, .help = "what is there" },
	{ "directories", FIELD_ONE_OR_TEXTS, SERVER_ARRAY(directories), .help = "empty ones" },
	{ "writable", FIELD_SWITCH, SERVER(read_only), .words = writable_words, .shape = "boolean", .help = "true unless given" },
	{ 0 },
};
static const struct table table_ftp = { KIND(ftp_fields, "fixture_ftp"), .finish = finish_ftp };

static const struct field front_fields[] = {
	COMMON_FIELDS,
	TLS_FIELDS,
	{ "to", FIELD_NAME, SERVER(to), .required = true, .help = "the fixture behind it: a plain server, given before" },
	{ "no_sni", FIELD_WORD, SERVER(no_sni), .words = no_sni_words,
	  .help = "a client without a server name: tls_alert (unless given), connack_5, ok; with tls_alert a wrong name, too" },
	{ "sni", FIELD_ONE_OR_TEXTS, SERVER_ARRAY(sni), .help = "names that are let in; host unless given" },
	{ 0 },
};
static const struct table table_front = { KIND(front_fields, "fixture_sni_front"), .finish = finish_front };

static const struct field program_fields[] = {
	FIELDS_NAME,
	{ "command", FIELD_TEXT, SERVER(command), .required = true, .help = "{port} is a free port of 127.0.0.1" },
	{ "ready", FIELD_REGEX, SERVER(ready), .help = "a line it prints; its port accepts unless given" },
	{ 0 },
};
static const struct table table_program = { KIND(program_fields, "fixture_program") };

const struct table *const fixture_tables[FIXTURE_COUNT] = {
	[FIXTURE_WORLD] = &table_world,
	[FIXTURE_MOSQUITTO] = &table_mosquitto,
	[FIXTURE_MOSQUITTO_TLS] = &table_mosquitto_tls,
	[FIXTURE_NGINX] = &table_nginx,
	[FIXTURE_FTP] = &table_ftp,
	[FIXTURE_SNI_FRONT] = &table_front,
	[FIXTURE_PROGRAM] = &table_program,
};

bool fixture_is_real(const struct fixture *f)
{
	return f->kind != FIXTURE_WORLD && !f->server.modelled;
}

bool server_asks_for_tls(const struct server_setup *s)
{
	return s->versions.place.line || s->cert.place.line || s->n_ciphers || s->client_cert || s->key_password ||
	       s->security > FTP_PLAIN;
}

const char *const *fixture_gives(enum fixture_kind kind)
{
	static const char *const nothing[] = { NULL };
	static const char *const plain[] = { "dir", "real_port", NULL };
	static const char *const tls[] = { "dir", "real_port", "ca", "ca_len", "other_ca", "other_ca_len", "client_cert",
					   "client_cert_len", "client_key", "client_key_len",
					   "other_cert", "other_cert_len", "other_key", "other_key_len", NULL };

	switch (kind) {
	case FIXTURE_MOSQUITTO:
	case FIXTURE_PROGRAM:
		return plain;
	case FIXTURE_MOSQUITTO_TLS:
	case FIXTURE_NGINX:
	case FIXTURE_FTP:
	case FIXTURE_SNI_FRONT:
		return tls;
	case FIXTURE_WORLD:
	case FIXTURE_COUNT:
		break;
	}
	return nothing;
}
