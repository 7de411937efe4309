/* The shape of a world file: hosts, and for each the model of what answers there. Every wrong word has its place. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "link/world.h"
#include "link/x509_check.h"

enum { SCHEMA = 1, FIRST_LIST = 3 /* of top_keys */ };

static const char *const top_keys[] = { "schema", "hosts", "gnss", "phones", "ussd", "phonebook", "apns", "network", "sim",
					"board", NULL };
static const char *const host_keys[] = { "match", "port", "model", "real", "ping", "evidence", "confidence", NULL };
static const char *const model_keys[] = { "no_sni", "sni", "tls", "chain", "client_cert", "client_ca", "credentials", "connack", "bad_login", "acl",
					  "latency", "misbehave", "service", "greeting", "script", "limits", "ftp",
					  "http", NULL };
static const char *const tls_keys[] = { "min", "max", "ciphers", NULL };
static const char *const chain_keys[] = { "key", "bits", "bytes", "wildcard", "names", "root", "not_before",
					  "not_after", "files", NULL };
static const char *const root_keys[] = { "name", "skid", NULL };
static const char *const credential_keys[] = { "user", "password", NULL };
static const char *const acl_keys[] = { "deny_publish", "deny_subscribe", "action", NULL };
static const char *const latency_keys[] = { "dns", "tcp", "tls", "alert", "mqtt", "publish", "subscribe", "trip",
					    "ping", NULL };
static const char *const no_sni_words[] = { "ok", "connack_5", "tls_alert", NULL };
static const char *const key_words[] = { "rsa", "ecdsa", NULL };
static const char *const version_words[] = { "1.0", "1.1", "1.2", "1.3", NULL };
static const char *const ping_words[] = { "yes", "no", NULL };
static const char *const cert_words[] = { "no", "required", "alert", NULL };
static const char *const action_words[] = { "close", "refuse", NULL };
static const char *const confidence_words[] = { "doc", "seen", "driver", "guess", NULL };

static int no_memory(struct err *e)
{
	return err_set(e, -ENOMEM, "out of memory");
}

static int copy_text(char **to, const struct yml_node *n, struct err *e)
{
	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	free(*to);
	*to = strdup(yml_str(n));
	return *to ? 0 : no_memory(e);
}

/* A list of texts; on failure what was read stays for host_free(). */
static int copy_words(const struct yml_node *list, char ***word, size_t *n, struct err *e)
{
	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	*word = calloc(yml_size(list) + 1, sizeof(char *));
	if (!*word)
		return no_memory(e);
	for (size_t i = 0; i < yml_size(list); i++) {
		if (copy_text(&(*word)[i], yml_at(list, i), e))
			return -EINVAL;
		*n = i + 1;
	}
	return 0;
}

/* --- TLS ------------------------------------------------------------------------------------------------------ */

/* A number is taken as it is (a server may have any suite); a name is looked up. */
static int read_cipher(struct suites *suites, const struct yml_node *n, uint16_t *out, struct err *e)
{
	const struct suite *row;
	const char *near;
	long long number;

	if (!str_to_num_any(yml_str(n), strlen(yml_str(n)), 0, 0xffff, &number)) {
		*out = (uint16_t)number;
		return 0;
	}
	row = suite_by_name(suites_ready(suites), yml_str(n));
	if (row) {
		*out = row->number;
		return 0;
	}
	near = suite_nearest(suites, yml_str(n));
	return yml_error(n, e, near ? "unknown cipher suite '%s' (did you mean '%s'?)" : "unknown cipher suite '%s'%s",
			 yml_str(n), near ? near : "");
}

static int read_ciphers(struct suites *suites, struct tls_server *s, const struct yml_node *list, struct err *e)
{
	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	if (!yml_size(list))
		return yml_error(list, e, "the list is empty: leave it out for OpenSSL's default");
	s->cipher = calloc(yml_size(list), sizeof(*s->cipher));
	if (!s->cipher)
		return no_memory(e);
	for (size_t i = 0; i < yml_size(list); i++) {
		if (read_cipher(suites, yml_at(list, i), &s->cipher[i], e))
			return -EINVAL;
		s->n_ciphers++;
	}
	return 0;
}

static int read_tls(struct suites *suites, struct tls_server *s, const struct yml_node *map, struct err *e)
{
	const struct yml_node *min = yml_get(map, "min"), *max = yml_get(map, "max"), *list = yml_get(map, "ciphers");
	int lo = (int)s->min, hi = (int)s->max;

	if (yml_check_keys(map, tls_keys, e))
		return -EINVAL;
	if ((min && yml_word(min, version_words, &lo, e)) || (max && yml_word(max, version_words, &hi, e)))
		return -EINVAL;
	if (min && !max && lo > hi)
		hi = lo;
	if (max && !min && lo > hi)
		lo = hi;
	if (lo > hi)
		return yml_error(max, e, "max %s is below min %s", version_words[hi], version_words[lo]);
	s->min = (unsigned)lo;
	s->max = (unsigned)hi;
	return list ? read_ciphers(suites, s, list, e) : 0;
}

static int read_skid(struct chain *c, const struct yml_node *n, struct err *e)
{
	char *text = strdup(yml_str(n));
	struct buf bytes;
	int err;

	if (!text)
		return no_memory(e);
	for (char *p = text; *p; p++) {
		if (*p == ':')
			*p = ' ';
	}
	buf_init(&bytes, sizeof(c->skid));
	err = str_unhex(&bytes, text);
	if (err || bytes.len < 8)
		err = yml_error(n, e, "'%s' must be a key identifier of 8 to 32 bytes in hex", yml_str(n));
	if (!err) {
		memcpy(c->skid, bytes.data, bytes.len);
		c->skid_len = bytes.len;
	}
	buf_free(&bytes);
	free(text);
	return err;
}

static int read_root(struct chain *c, const struct yml_node *map, struct err *e)
{
	const struct yml_node *name = yml_get(map, "name"), *skid = yml_get(map, "skid");

	if (yml_check_keys(map, root_keys, e))
		return -EINVAL;
	if (!name)
		return yml_error(map, e, "'name' is missing: the common name of the root certificate");
	if (copy_text(&c->root_name, name, e))
		return -EINVAL;
	return skid ? read_skid(c, skid, e) : 0;
}

static int read_date(const struct yml_node *n, time_t *out, struct err *e)
{
	const char *s = yml_str(n), *end;
	struct tm tm = { 0 };

	end = strptime(s, "%Y-%m-%d", &tm);
	if (end && *end)
		end = strptime(end, "T%H:%M:%SZ", &tm);
	if (!end || *end)
		return yml_error(n, e, "'%s' must be a date: 2026-01-31 or 2026-01-31T12:00:00Z", s);
	*out = timegm(&tm);
	return 0;
}

static int read_dates(struct chain *c, const struct yml_node *map, struct err *e)
{
	const struct yml_node *from = yml_get(map, "not_before"), *to = yml_get(map, "not_after");

	if (!from && !to)
		return 0;
	if (!from || !to)
		return yml_error(map, e, "not_before and not_after come together");
	c->has_dates = true;
	return read_date(from, &c->not_before, e) || read_date(to, &c->not_after, e) ? -EINVAL : 0;
}

/* Files lie beside the world file. */
static void path_beside_world(const struct yml_node *n, char *path, size_t size)
{
	const char *from = yml_name(n), *slash = strrchr(from, '/'), *name = yml_str(n);

	if (*name == '/' || !slash)
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, "%.*s/%s", (int)(slash - from), from, name);
}

static int read_client_ca(struct tls_server *s, const struct yml_node *n, struct err *e)
{
	char path[1024], reason[256];

	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	path_beside_world(n, path, sizeof(path));
	s->client_ca = x509_read_file(path, reason, sizeof(reason));
	return s->client_ca ? 0 : yml_error(n, e, "%.200s: %s", path, reason);
}

static int read_chain_files(struct chain *c, const struct yml_node *list, struct err *e)
{
	char path[1024], reason[256];

	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	if (!yml_size(list))
		return yml_error(list, e, "the list is empty");
	for (size_t i = 0; i < yml_size(list); i++) {
		path_beside_world(yml_at(list, i), path, sizeof(path));
		if (x509_add_chain_file(c, path, reason, sizeof(reason)))
			return yml_error(yml_at(list, i), e, "%.200s: %s", path, reason);
	}
	x509_describe_chain(c);
	return 0;
}

static int read_chain_map(struct chain *c, const struct yml_node *map, struct err *e)
{
	const struct yml_node *key = yml_get(map, "key"), *bits = yml_get(map, "bits"), *bytes = yml_get(map, "bytes");
	const struct yml_node *wild = yml_get(map, "wildcard"), *root = yml_get(map, "root"), *names;
	const struct yml_node *files = yml_get(map, "files");
	long long v;
	int word;

	if (yml_check_keys(map, chain_keys, e))
		return -EINVAL;
	if (files && yml_size(map) > 1)
		return yml_error(files, e, "a chain from files says all by itself: no other key beside 'files'");
	if (files)
		return read_chain_files(c, files, e);
	if (key && yml_word(key, key_words, &word, e))
		return -EINVAL;
	c->key = key ? (enum key_type)word : KEY_RSA;
	if (bits && yml_num(bits, 160, 16384, &v, e))
		return -EINVAL;
	c->bits = bits ? (unsigned)v : c->key == KEY_RSA ? 2048 : 256;
	if (bytes && yml_num(bytes, 100, 1000000, &v, e))
		return -EINVAL;
	c->bytes = bytes ? (size_t)v : c->bytes;
	names = yml_get(map, "names");
	if ((wild && yml_bool(wild, &c->wildcard, e)) || (root && read_root(c, root, e)) || read_dates(c, map, e))
		return -EINVAL;
	return names ? copy_words(names, &c->name, &c->n_names, e) : 0;
}

/* "rsa", "ecdsa" or a map. */
static int read_chain(struct chain *c, const struct yml_node *n, struct err *e)
{
	int word;

	if (yml_kind(n) == YML_MAP)
		return read_chain_map(c, n, e);
	if (yml_word(n, key_words, &word, e))
		return -EINVAL;
	c->key = (enum key_type)word;
	c->bits = c->key == KEY_RSA ? 2048 : 256;
	return 0;
}

static int read_server(struct suites *suites, struct model *m, const struct yml_node *map, struct err *e)
{
	const struct yml_node *no_sni = yml_get(map, "no_sni"), *tls = yml_get(map, "tls");
	const struct yml_node *sni = yml_get(map, "sni"), *client_ca = yml_get(map, "client_ca");
	const struct yml_node *chain = yml_get(map, "chain"), *cert = yml_get(map, "client_cert");
	int word;

	m->tls = no_sni || sni || tls || chain || cert;
	if (sni && copy_words(sni, &m->server.known.word, &m->server.known.n, e))
		return -EINVAL;
	if (no_sni) {
		if (yml_word(no_sni, no_sni_words, &word, e))
			return -EINVAL;
		m->server.no_sni = (enum no_sni)word;
	}
	if (cert) {
		if (yml_word(cert, cert_words, &word, e))
			return -EINVAL;
		m->server.client_cert = word > 0;
		m->server.client_cert_alert = word == 2;
	}
	if (client_ca && !m->server.client_cert)
		return yml_error(client_ca, e, "client_ca needs client_cert: required or alert");
	if ((client_ca && read_client_ca(&m->server, client_ca, e)) || (tls && read_tls(suites, &m->server, tls, e)))
		return -EINVAL;
	return chain ? read_chain(&m->server.chain, chain, e) : 0;
}

/* --- the broker behind it ---------------------------------------------------------------------------------------- */

static int read_credential(struct credentials *c, const struct yml_node *map, struct err *e)
{
	const struct yml_node *user = yml_get(map, "user"), *password = yml_get(map, "password");

	if (yml_check_keys(map, credential_keys, e))
		return -EINVAL;
	if (!user || !password)
		return yml_error(map, e, "credentials need user and password");
	return copy_text(&c->user, user, e) || copy_text(&c->password, password, e) ? -EINVAL : 0;
}

/* any, {user, password} or a list of those. */
static int read_credentials(struct model *m, const struct yml_node *n, struct err *e)
{
	size_t count = yml_kind(n) == YML_SEQ ? yml_size(n) : 1;

	if (yml_kind(n) == YML_SCALAR && !strcmp(yml_str(n), "any"))
		return 0;
	if (yml_kind(n) == YML_SCALAR)
		return yml_error(n, e, "'%s' must be any, {user, password} or a list of those", yml_str(n));
	m->credentials = calloc(count ? count : 1, sizeof(*m->credentials));
	if (!m->credentials)
		return no_memory(e);
	for (size_t i = 0; i < count; i++) {
		m->n_credentials = i + 1;
		if (read_credential(&m->credentials[i], yml_kind(n) == YML_SEQ ? yml_at(n, i) : n, e))
			return -EINVAL;
	}
	return 0;
}

static int read_acl(struct model *m, const struct yml_node *map, struct err *e)
{
	const struct yml_node *publish = yml_get(map, "deny_publish"), *subscribe = yml_get(map, "deny_subscribe");
	const struct yml_node *action = yml_get(map, "action");
	int word = 0;

	if (yml_check_keys(map, acl_keys, e) || (action && yml_word(action, action_words, &word, e)))
		return -EINVAL;
	m->acl_refuse = word == 1;
	if (publish && copy_words(publish, &m->deny_publish.word, &m->deny_publish.n, e))
		return -EINVAL;
	return subscribe ? copy_words(subscribe, &m->deny_subscribe.word, &m->deny_subscribe.n, e) : 0;
}

static int read_latency(struct latency *l, const struct yml_node *map, struct err *e)
{
	uint64_t *const to[] = { &l->dns, &l->tcp, &l->tls, &l->alert, &l->mqtt, &l->publish, &l->subscribe, &l->trip,
				 &l->ping };

	if (yml_check_keys(map, latency_keys, e))
		return -EINVAL;
	for (size_t i = 0; latency_keys[i]; i++) {
		const struct yml_node *n = yml_get(map, latency_keys[i]);

		if (n && yml_duration_us(n, to[i], e))
			return -EINVAL;
	}
	return 0;
}

static int read_misbehave(struct faults *f, const struct yml_node *list, struct err *e)
{
	int word;

	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	for (size_t i = 0; i < yml_size(list); i++) {
		if (yml_word(yml_at(list, i), fault_words, &word, e))
			return -EINVAL;
		faults_set(f, fault_words[word]);
	}
	return 0;
}

/* What `http:` and `ftp:` say; each is a service of its own. */
static int read_site(struct model *m, const struct yml_node *map, struct err *e)
{
	const struct yml_node *ftp = yml_get(map, "ftp"), *http = yml_get(map, "http"), *site = http ? http : ftp;
	enum service service = http ? SERVICE_HTTP : SERVICE_FTP;

	if (http && ftp)
		return yml_error(ftp, e, "a host has either 'http' or 'ftp'");
	if (site && yml_get(map, "service") && m->service != service)
		return yml_error(site, e, "'%s' needs 'service: %s'", service_name(service), service_name(service));
	if (site)
		m->service = service;
	if (m->service == SERVICE_HTTP) {
		m->http = http_site_read(http, e);
		return m->http ? 0 : -EINVAL;
	}
	if (m->service == SERVICE_FTP) {
		m->ftp = ftp_model_read(ftp, e);
		return m->ftp ? 0 : -EINVAL;
	}
	return 0;
}

static int read_model(struct suites *suites, struct model *m, const struct yml_node *map, struct err *e)
{
	const struct yml_node *credentials = yml_get(map, "credentials"), *connack = yml_get(map, "connack");
	const struct yml_node *acl = yml_get(map, "acl"), *latency = yml_get(map, "latency");
	const struct yml_node *bad_login = yml_get(map, "bad_login");
	const struct yml_node *misbehave = yml_get(map, "misbehave");
	long long v;

	if (yml_check_keys(map, model_keys, e) || read_server(suites, m, map, e))
		return -EINVAL;
	if (world_read_stream(&m->stream, &m->service, map, e))
		return -EINVAL;
	if (connack) {
		if (yml_num(connack, 0, 5, &v, e))
			return -EINVAL;
		m->connack = (int)v;
	}
	if (bad_login) {
		if (yml_num(bad_login, 4, 5, &v, e))
			return -EINVAL;
		m->bad_login = (int)v;
	}
	if ((credentials && read_credentials(m, credentials, e)) || (acl && read_acl(m, acl, e)))
		return -EINVAL;
	if ((latency && read_latency(&m->latency, latency, e)) || (misbehave && read_misbehave(&m->faults, misbehave, e)))
		return -EINVAL;
	return read_site(m, map, e);
}

/* --- hosts ---------------------------------------------------------------------------------------------------- */

static int read_evidence(struct host *h, const struct yml_node *map, struct err *e)
{
	const struct yml_node *evidence = yml_get(map, "evidence"), *confidence = yml_get(map, "confidence");
	int word = 3;

	if (confidence && yml_word(confidence, confidence_words, &word, e))
		return -EINVAL;
	h->confidence = confidence_words[word];
	return evidence ? copy_text(&h->evidence, evidence, e) : 0;
}

static int read_place(struct host *h, const struct yml_node *n, struct err *e)
{
	return asprintf(&h->place, "%s:%u", yml_name(n), yml_line(n)) < 0 ? no_memory(e) : 0;
}

/* "127.0.0.1:18883", "[::1]:18883", "broker.example" */
static int read_real(struct host *h, const struct yml_node *n, struct err *e)
{
	const char *text = yml_str(n), *end = text + strlen(text), *colon = strrchr(text, ':');
	bool bracket = *text == '[', port = colon && (bracket ? colon[-1] == ']' : strchr(text, ':') == colon);
	long long v = 0;

	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	if (port && str_to_num(colon + 1, strlen(colon + 1), 1, 65535, &v))
		return yml_error(n, e, "'%s' must be an address and a port: 127.0.0.1:18883", text);
	h->real_port = (uint16_t)v;
	end = port ? colon : end;
	if (bracket && (end == text || end[-1] != ']'))
		return yml_error(n, e, "'%s' must be an address and a port: [::1]:18883", text);
	text += bracket;
	end -= bracket;
	if (end <= text)
		return yml_error(n, e, "'%s' must be an address and a port: 127.0.0.1:18883", yml_str(n));
	h->real = strndup(text, (size_t)(end - text));
	return h->real ? 0 : no_memory(e);
}

static int read_host(struct world *w, const struct yml_node *map, struct err *e)
{
	const struct yml_node *match, *port, *model, *real, *ping;
	struct host *h;
	long long v;
	int word = 0;

	if (yml_check_keys(map, host_keys, e))
		return -EINVAL;
	match = yml_get(map, "match");
	port = yml_get(map, "port");
	model = yml_get(map, "model");
	real = yml_get(map, "real");
	if (!match || !*yml_str(match))
		return yml_error(match ? match : map, e, "'match' is missing: a host name, * and ? allowed");
	if (!model == !real)
		return yml_error(map, e, "a host needs either 'model' or 'real'");
	h = world_add(w);
	if (!h)
		return no_memory(e);
	if (copy_text(&h->match, match, e) || read_place(h, map, e) || read_evidence(h, map, e))
		return -EINVAL;
	if (port && yml_num(port, 1, 65535, &v, e))
		return -EINVAL;
	h->port = port ? (uint16_t)v : 0;
	ping = yml_get(map, "ping");
	if (ping && yml_word(ping, ping_words, &word, e))
		return -EINVAL;
	h->no_ping = word == 1;
	return real ? read_real(h, real, e) : read_model(w->suites, &h->model, model, e);
}

static int check_schema(const struct yml_node *root, struct err *e)
{
	const struct yml_node *n = yml_get(root, "schema");
	long long v;

	if (!n)
		return yml_error(root, e, "'schema: 1' is missing");
	if (yml_num(n, 1, 1000000, &v, e))
		return -EINVAL;
	return v > SCHEMA ? yml_error(n, e, "schema %lld needs a newer sim7600-emu", v) : 0;
}

/* The antenna. {} is under the open sky at 0, 0. */
static int read_position(struct world *w, const struct yml_node *map, struct err *e)
{
	struct position p = { .seen = true };

	if (yml_want(map, YML_MAP, e) || yml_check_keys(map, position_names, e))
		return -EINVAL;
	for (int m = 0; m < POSITION_MEMBERS; m++) {
		const struct yml_node *n = yml_get(map, position_names[m]);
		const char *want;

		if (n && yml_want(n, YML_SCALAR, e))
			return -EINVAL;
		if (n && position_set(&p, m, yml_str(n), &want))
			return yml_error(n, e, "'%s' must be %s", yml_str(n), want);
	}
	if (!w->has_position)
		w->position = p;
	w->has_position = true;
	return 0;
}

static int read_around(struct world *w, const struct yml_node *root, struct err *e)
{
	static const struct {
		const char *key;
		int (*read)(struct around *a, const struct yml_node *n, struct err *e);
	} parts[] = {
		{ "network", around_read_network },
		{ "sim", around_read_sim },
		{ "board", around_read_board },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct yml_node *n = yml_get(root, parts[i].key);

		err = n ? parts[i].read(&w->around, n, e) : 0;
	}
	return err;
}

int world_read(struct world *w, const struct yml *y, struct err *e)
{
	static int (*const lists[])(struct phones *p, const struct yml_node *list, struct err *e) = {
		phones_read, ussd_read, book_read,
	};
	const struct yml_node *root = yml_root(y), *hosts, *antenna, *list, *apns;
	int err = check_schema(root, e);

	if (!err)
		err = yml_check_keys(root, top_keys, e);
	hosts = err ? NULL : yml_get(root, "hosts");
	antenna = err ? NULL : yml_get(root, "gnss");
	apns = err ? NULL : yml_get(root, "apns");
	if (!err && yml_size(root) < 2)
		err = yml_error(root, e, "'hosts' is missing");
	for (size_t i = 0; !err && i < sizeof(lists) / sizeof(lists[0]); i++) {
		list = yml_get(root, top_keys[FIRST_LIST + i]);
		err = list ? lists[i](&w->phones, list, e) : 0;
	}
	if (!err && antenna)
		err = read_position(w, antenna, e);
	if (!err && apns)
		err = world_read_apns(&w->apns, apns, e);
	if (!err)
		err = read_around(w, root, e);
	if (!err && hosts)
		err = yml_want(hosts, YML_SEQ, e);
	for (size_t i = 0; !err && hosts && i < yml_size(hosts); i++)
		err = read_host(w, yml_at(hosts, i), e);
	return err;
}
