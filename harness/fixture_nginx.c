/*
 * nginx in one process, with answers to what it does not have that are those of the modelled web server: HTTP, and HTTPS
 * when a setting speaks of TLS.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "harness/fixture_server.h"
#include "harness/server_tls.h"

enum { CONF_MAX_BYTES = 256 * 1024, SHA1_BYTES = 20 };

static const struct log_row error_rows[] = {
	{ "using the \"epoll\" event method", LOG_READY, NULL },
	{ "bind\\(\\) to \\S+ failed \\(98: ", LOG_TAKEN, NULL },
	{ "SSL_do_handshake\\(\\) failed \\(SSL: error:[0-9A-Fa-f]+:[^:]*:[^:]*:([^:)]*)", LOG_SAY, "tls $1" },
	{ NULL, LOG_NOTHING, NULL },
};

static const struct log_row access_rows[] = {
	{ "^hil: ([A-Z]+ \\S+) HTTP/\\S+ (\\d+ \\d+)$", LOG_SAY, "$1 $2" },
	{ NULL, LOG_NOTHING, NULL },
};

/* Lines of 16 bytes that tell their offsets, see site_body() of the modelled one. */
static char pattern(unsigned long i)
{
	static const char digits[] = "0123456789abcdef";
	unsigned at = (unsigned)(i % 16);

	if (at >= 8)
		return at == 15 ? '\n' : '.';
	return digits[(i - at) >> (28 - 4 * at) & 15];
}

/* --- the configuration ----------------------------------------------------------------------------------------- */

/* What is no file is answered in the model's words. */
static const struct {
	const char *codes, *name, *answer;
} answers[] = {
	{ "401", "401", "401 \"401 Unauthorized\\n\"" },
	{ "404", "404", "404 \"404 Not Found\\n\"" },
	{ "405", "405", "405 \"405 Method Not Allowed\\n\"" },
	{ "416", "416", "416 \"416 Requested Range Not Satisfiable\\n\"" },
	{ "495 496 =400", "cert", "400 \"400 Bad Request: No required SSL certificate was sent\\n\"" },
	{ "497 =400", "plain", "400 \"400 Bad Request: The plain HTTP request was sent to HTTPS port\\n\"" },
};

static void add_error_pages(struct buf *conf, bool post)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (!post || strcmp(answers[i].name, "405"))
			buf_addf(conf, "error_page %s @%s;\n", answers[i].codes, answers[i].name);
	}
	if (post)
		buf_adds(conf, "error_page 405 =200 $uri;\n");
}

static void add_answers(struct buf *conf)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		buf_addf(conf, "location @%s { default_type text/html; return %s; }\n", answers[i].name, answers[i].answer);
}

static void add_file(struct buf *conf, const struct file_setup *f)
{
	buf_addf(conf, "location = %s {\ndefault_type %s;\n", f->path,
		 f->kind == FILE_TEXT ? "text/plain" : "application/octet-stream");
	add_error_pages(conf, f->post);
	if (f->chunked)
		buf_adds(conf, "ssi on; ssi_types *;\n");
	buf_adds(conf, "}\n");
}

static int add_tls(const struct server *s, struct buf *conf, struct err *e)
{
	static const char *const versions[] = { "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3" };
	char path[CERTS_PATH_MAX];
	struct buf old, modern;
	int err;

	buf_init(&old, CONF_MAX_BYTES);
	buf_init(&modern, CONF_MAX_BYTES);
	err = server_ciphers(s, &old, &modern, e);
	certs_path(&s->certs, "chain", path);
	buf_addf(conf, "ssl_certificate %s;\n", path);
	certs_path(&s->certs, "key", path);
	buf_addf(conf, "ssl_certificate_key %s;\nssl_protocols", path);
	for (int v = tls_min(&s->setup.versions); v <= tls_max(&s->setup.versions); v++)
		buf_addf(conf, " %s", versions[v]);
	buf_addf(conf, ";\nssl_ciphers %s:@SECLEVEL=0;\nssl_prefer_server_ciphers on;\nssl_conf_command Ciphersuites %s;\n",
		 buf_str(&old), buf_str(&modern));
	certs_path(&s->certs, "client-ca", path);
	if (s->setup.client_cert)
		buf_addf(conf, "ssl_client_certificate %s;\nssl_verify_client on;\n", path);
	buf_free(&old);
	buf_free(&modern);
	return err;
}

/* nginx makes its folders for temporary files at once, needed or not. */
static void add_folders(struct server *s, struct buf *conf)
{
	static const char *const kinds[] = { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		buf_addf(conf, "%s_temp_path %s;\n", kinds[i], server_path(s, kinds[i]));
}

static int write_users(struct server *s, struct err *e)
{
	const struct binding *user = &s->setup.users[0];
	unsigned char hash[EVP_MAX_MD_SIZE], text[2 * SHA1_BYTES];
	struct buf line;
	int err;

	if (!EVP_Digest(user->value, strlen(user->value), hash, NULL, EVP_sha1(), NULL))
		return err_set(e, -EIO, "cannot make a password file");
	EVP_EncodeBlock(text, hash, SHA1_BYTES);
	buf_init(&line, CONF_MAX_BYTES);
	buf_addf(&line, "%s:{SHA}%s\n", user->name, text);
	err = server_write_file(s, "users", &line, e);
	buf_free(&line);
	return err;
}

static int add_site(struct server *s, struct buf *conf, const char *root, struct err *e)
{
	int err = 0;

	buf_addf(conf, "server {\nlisten 127.0.0.1:%u%s;\nroot %s;\n", s->real_port, s->tls ? " ssl" : "", root);
	if (s->tls)
		err = add_tls(s, conf, e);
	if (s->setup.n_users)
		buf_addf(conf, "auth_basic hil;\nauth_basic_user_file %s;\n", server_path(s, "users"));
	add_error_pages(conf, false);
	add_answers(conf);
	for (size_t i = 0; i < s->setup.n_files; i++)
		add_file(conf, &s->setup.files[i]);
	buf_adds(conf, "location / { return 404; }\n}\n");
	return err;
}

static int write_conf(struct server *s, const char *root, const char *log, struct err *e)
{
	struct buf conf;
	int err;

	buf_init(&conf, CONF_MAX_BYTES);
	buf_addf(&conf,
		 "daemon off;\nmaster_process off;\n%spid %s;\nerror_log stderr info;\nevents { use epoll; }\nhttp {\n"
		 "log_format hil 'hil: $request $status $body_bytes_sent';\naccess_log %s hil;\n",
		 geteuid() ? "" : "user root;\n", server_path(s, "pid"), log);
	add_folders(s, &conf);
	err = add_site(s, &conf, root, e);
	buf_adds(&conf, "}\n");
	if (!err)
		err = server_write_file(s, "nginx.conf", &conf, e);
	buf_free(&conf);
	return err;
}

/* --- the server ------------------------------------------------------------------------------------------------ */

static unsigned nginx_port(const struct server *s)
{
	return s->tls ? 443 : 80;
}

static int nginx_start(struct server *s, struct err *e)
{
	const char *const argv[] = { "nginx", "-e", "stderr", "-c", server_path(s, "nginx.conf"), NULL };
	const char *root = server_write_tree(s, pattern, e), *log = root ? server_open_log(s, access_rows, NULL, e) : NULL;
	int err = log ? 0 : -EIO;

	if (!err && s->tls)
		err = server_bound_versions(s, e);
	if (!err && s->setup.n_users)
		err = write_users(s, e);
	if (!err)
		err = write_conf(s, root, log, e);
	if (!err)
		err = server_use_log(s, &s->program[0].lines, error_rows, e);
	return err ? err : server_run(s, &s->program[0], argv, e);
}

static json_t *model_page(const struct file_setup *f)
{
	json_t *page = json_pack("{s:s, s:[s, s]}", "path", f->path, "methods", "GET", "HEAD");

	if (f->post)
		json_array_append_new(json_object_get(page, "methods"), json_string("POST"));
	if (f->kind == FILE_TEXT)
		json_object_set_new(page, "text", json_string(f->text));
	else
		json_object_set_new(page, "bytes", json_integer(f->bytes));
	if (f->chunked)
		json_object_set_new(page, "chunked", json_true());
	return page;
}

static void nginx_model(const struct server *s, json_t *model)
{
	json_t *site = json_object(), *pages = json_array();

	for (size_t i = 0; i < s->setup.n_files; i++)
		json_array_append_new(pages, model_page(&s->setup.files[i]));
	json_object_set_new(site, "pages", pages);
	if (s->setup.n_users)
		json_object_set_new(site, "auth", json_pack("{s:s, s:s}", "user", s->setup.users[0].name, "password",
							    s->setup.users[0].value));
	json_object_set_new(model, "service", json_string("http"));
	json_object_set_new(model, "http", site);
}

const struct server_kind server_nginx = {
	.programs = { { "nginx", "nginx-light" } },
	.without_cert = "required",
	.usual_port = nginx_port,
	.start = nginx_start,
	.model = nginx_model,
};
