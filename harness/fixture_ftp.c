/*
 * ProFTPD: of Debian's FTP servers the one that has users of its own, shows them its folder as the root, and needs no
 * root's rights for it. Plain, with AUTH, or TLS from the first byte. The log is told in the words of the modelled
 * server.
 */
#include <crypt.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "harness/fixture_server.h"
#include "harness/server_tls.h"

enum { CONF_MAX_BYTES = 64 * 1024, SHOWN_MAX_BYTES = 256, WORDS = 5 };

#define MODULES "/usr/lib/proftpd"

static const struct log_row server_rows[] = {
	{ " standalone mode STARTUP$", LOG_READY, NULL },
	{ ": Failed binding to .*: Address already in use", LOG_TAKEN, NULL },
	{ NULL, LOG_NOTHING, NULL },
};

/* Of mod_tls, which writes into the same pipe. */
static const struct log_row tls_rows[] = {
	{ "error:[0-9A-Fa-f]+:[^:]*:[^:]*:(.*?)(?: \\[SSL alert number \\d+\\])?$", LOG_SAY, "tls $1" },
	{ NULL, LOG_NOTHING, NULL },
};

static char pattern(unsigned long i)
{
	return (char)(i ^ i >> 8 ^ i >> 16);
}

/* --- what the log says ----------------------------------------------------------------------------------------- */

/* A command and the reply that makes it worth telling. */
static const struct {
	const char *command, *reply, *word;
	enum { TELL_USER, TELL_PATH, TELL_UPLOAD } what;
} events[] = {
	{ "PASS", "230", "login", TELL_USER },	{ "RETR", "226", "retr", TELL_PATH },
	{ "STOR", "226", "stor", TELL_UPLOAD }, { "APPE", "226", "stor", TELL_UPLOAD },
	{ "MKD", "257", "mkd", TELL_PATH },	{ "XMKD", "257", "mkd", TELL_PATH },
	{ "RMD", "250", "rmd", TELL_PATH },	{ "XRMD", "250", "rmd", TELL_PATH },
	{ "DELE", "250", "dele", TELL_PATH },	{ "QUIT", "221", "quit", TELL_USER },
};

/* Files come with their place on this machine, all else as the client sees it. */
static const char *path_for_client(struct server *s, const char *path)
{
	const char *root = server_path(s, "files");
	size_t n = strlen(root);

	return !strncmp(path, root, n) && path[n] == '/' ? path + n : path;
}

/* Length and, of a short file, the text. */
static void add_upload(struct buf *out, struct server *s, const char *path)
{
	char bytes[SHOWN_MAX_BYTES + 1];
	struct buf full;
	FILE *in;
	size_t n;

	buf_init(&full, CONF_MAX_BYTES);
	buf_addf(&full, "%s%s", server_path(s, "files"), path);
	in = fopen(buf_str(&full), "re");
	buf_free(&full);
	if (!in)
		return;
	n = fread(bytes, 1, sizeof(bytes), in);
	if (n <= SHOWN_MAX_BYTES) {
		buf_addf(out, " %zu ", n);
		str_escape(out, bytes, n);
	} else if (!fseek(in, 0, SEEK_END)) {
		buf_addf(out, " %ld", ftell(in));
	}
	fclose(in);
}

static void tell(struct server *s, size_t event, const char *user, const char *path)
{
	const char *shown = path_for_client(s, path);
	struct buf line;

	buf_init(&line, LOG_LINE_MAX);
	buf_addf(&line, "ftp %s %s", events[event].word, events[event].what == TELL_USER ? user : shown);
	if (events[event].what == TELL_UPLOAD)
		add_upload(&line, s, shown);
	server_say(s, buf_str(&line));
	buf_free(&line);
}

/* A session that ends without having said QUIT was lost; sessions are processes. */
static void note_end(struct server *s, const char *pid, const char *command, const char *user)
{
	struct buf line;

	if (!strcmp(command, "QUIT")) {
		str_copy(s->last_quit, sizeof(s->last_quit), pid);
	} else if (strcmp(s->last_quit, pid) && strcmp(user, "-")) {
		buf_init(&line, LOG_LINE_MAX);
		buf_addf(&line, "ftp lost %s", user);
		server_say(s, buf_str(&line));
		buf_free(&line);
	}
}

/* "hil: PID COMMAND REPLY USER PATH" */
static void on_log(struct server *s, const char *text)
{
	char *line = strdup(text), *rest = line, *word[WORDS];

	for (size_t i = 0; i < WORDS; i++)
		word[i] = i + 1 < WORDS ? strsep(&rest, " ") : rest;
	if (line && word[WORDS - 1]) {
		for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
			if (!strcmp(word[1], events[i].command) && !strcmp(word[2], events[i].reply))
				tell(s, i, word[3], word[4]);
		}
		if (!strcmp(word[1], "QUIT") || !strcmp(word[1], "EXIT"))
			note_end(s, word[0], word[1], word[3]);
	}
	free(line);
}

static void on_line(struct server *s, const char *line)
{
	if (!strncmp(line, "hil: ", 5))
		on_log(s, line + 5);
	else
		server_read_log(s, &s->log, line);
}

/* --- the configuration ----------------------------------------------------------------------------------------- */

static int write_users(struct server *s, struct err *e)
{
	struct crypt_data *work = calloc(1, sizeof(*work));
	struct buf text;
	int err = work ? 0 : -ENOMEM;

	buf_init(&text, CONF_MAX_BYTES);
	for (size_t i = 0; !err && i < s->setup.n_users; i++) {
		const char *hash = crypt_rn(s->setup.users[i].value, "$5$harness$", work, sizeof(*work));

		buf_addf(&text, "%s:%s:%u:%u::%s:/bin/false\n", s->setup.users[i].name, hash ? hash : "*", geteuid(),
			 getegid(), server_path(s, "files"));
	}
	err = err ? err_set(e, err, "out of memory") : server_write_file(s, "users", &text, e);
	buf_free(&text);
	free(work);
	return err;
}

static int add_ciphers(const struct server *s, struct buf *conf, struct err *e)
{
	struct buf old, modern;
	int err;

	buf_init(&old, CONF_MAX_BYTES);
	buf_init(&modern, CONF_MAX_BYTES);
	err = server_ciphers(s, &old, &modern, e);
	buf_addf(conf, "TLSCipherSuite %s:@SECLEVEL=0\nTLSCipherSuite TLSv1.3 %s\n", buf_str(&old), buf_str(&modern));
	buf_free(&old);
	buf_free(&modern);
	return err;
}

static int add_tls(const struct server *s, struct buf *conf, const char *log, struct err *e)
{
	static const char *const versions[] = { "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3" };
	const char *key = s->setup.cert.key == CERT_ECDSA ? "EC" : "RSA";
	bool implicit = s->setup.security == FTP_IMPLICIT;
	char path[CERTS_PATH_MAX];

	certs_path(&s->certs, "chain", path);
	buf_addf(conf, "TLSEngine on\nTLSLog %s\nTLS%sCertificateFile %s\nTLSCertificateChainFile %s\n", log, key, path,
		 path);
	certs_path(&s->certs, "key", path);
	buf_addf(conf, "TLS%sCertificateKeyFile %s\nTLSProtocol", key, path);
	for (int v = tls_min(&s->setup.versions); v <= tls_max(&s->setup.versions); v++)
		buf_addf(conf, " %s", versions[v]);
	buf_addf(conf, "\nTLSRequired %s\nTLSOptions NoSessionReuseRequired%s\nTLSServerCipherPreference on\n",
		 s->setup.security == FTP_EXPLICIT ? "ctrl" : "off", implicit ? " UseImplicitSSL" : "");
	certs_path(&s->certs, "client-ca", path);
	if (s->setup.client_cert)
		buf_addf(conf, "TLSCACertificateFile %s\nTLSVerifyClient on\n", path);
	return add_ciphers(s, conf, e);
}

static void add_basics(struct server *s, struct buf *conf, const char *log)
{
	const struct passwd *user = getpwuid(geteuid());
	const struct group *group = getgrgid(getegid());

	buf_addf(conf,
		 "ModulePath " MODULES "\nLoadModule mod_vroot.c\n%sUser %s\nGroup %s\nRootLogin on\nServerName hil\n"
		 "ServerType standalone\nServerIdent on \"ready\"\nDefaultAddress 127.0.0.1\nSocketBindTight on\nPort "
		 "%u\n"
		 "PidFile %s\nScoreboardFile none\nWtmpLog off\nTransferLog none\nDelayEngine off\nUseReverseDNS off\n"
		 "UseIPv6 off\nRequireValidShell off\nAuthPAM off\nPersistentPasswd off\n<IfModule mod_ctrls.c>\n"
		 "ControlsEngine off\n</IfModule>\nAuthOrder mod_auth_file.c\nAuthUserFile %s\nVRootEngine "
		 "on\nDefaultRoot ~\n"
		 "AllowOverwrite on\nAllowStoreRestart on\nAllowRetrieveRestart on\n"
		 "LogFormat hil \"hil: %%P %%m %%s %%u %%f\"\nExtendedLog %s ALL,CONNECT,EXIT hil\n",
		 s->tls ? "LoadModule mod_tls.c\n" : "", user ? user->pw_name : "nobody", group ? group->gr_name : "nogroup", s->real_port,
		 server_path(s, "pid"), server_path(s, "users"), log);
	if (s->setup.read_only)
		buf_adds(conf, "<Limit WRITE>\nDenyAll\n</Limit>\n");
}

static int write_conf(struct server *s, const char *log, struct err *e)
{
	struct buf conf;
	int err;

	buf_init(&conf, CONF_MAX_BYTES);
	add_basics(s, &conf, log);
	err = s->tls ? add_tls(s, &conf, log, e) : 0;
	if (!err)
		err = server_write_file(s, "proftpd.conf", &conf, e);
	buf_free(&conf);
	return err;
}

/* --- the server ------------------------------------------------------------------------------------------------ */

static unsigned ftp_port(const struct server *s)
{
	return s->setup.security == FTP_IMPLICIT ? 990 : 21;
}

static int ftp_start(struct server *s, struct err *e)
{
	const char *const argv[] = { "proftpd", "-n", "-c", server_path(s, "proftpd.conf"), NULL };
	const char *log = server_write_tree(s, pattern, e) ? server_open_log(s, tls_rows, on_line, e) : NULL;
	int err = log ? 0 : -EIO;

	if (!err && s->tls)
		err = server_bound_versions(s, e);
	if (!err)
		err = write_users(s, e);
	if (!err)
		err = write_conf(s, log, e);
	if (!err)
		err = server_use_log(s, &s->program[0].lines, server_rows, e);
	if (!err)
		err = server_run(s, &s->program[0], argv, e);
	return err ? err : server_wait_open(s, &s->program[0], e);
}

static json_t *model_files(const struct server *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->setup.n_files; i++) {
		const struct file_setup *f = &s->setup.files[i];
		json_t *file = json_pack("{s:s}", "path", f->path);

		if (f->kind == FILE_TEXT)
			json_object_set_new(file, "text", json_string(f->text));
		else
			json_object_set_new(file, "bytes", json_integer(f->bytes));
		json_array_append_new(list, file);
	}
	return list;
}

static json_t *model_security(const struct server *s)
{
	if (!s->tls)
		return json_pack("[s]", "plain");
	if (s->setup.security == FTP_IMPLICIT)
		return json_pack("[s]", "implicit");
	if (s->setup.security == FTP_EXPLICIT)
		return json_pack("[s, s]", "auth_ssl", "auth_tls");
	return json_pack("[s, s, s]", "plain", "auth_ssl", "auth_tls");
}

static void ftp_model(const struct server *s, json_t *model)
{
	json_t *ftp = json_pack("{s:o, s:o, s:b}", "files", model_files(s), "security", model_security(s), "writable",
				!s->setup.read_only);
	json_t *folders = json_array(), *users = json_array();

	for (size_t i = 0; i < s->setup.n_directories; i++)
		json_array_append_new(folders, json_string(s->setup.directories[i]));
	json_object_set_new(ftp, "directories", folders);
	for (size_t i = 0; i < s->setup.n_users; i++)
		json_array_append_new(users, json_pack("{s:s, s:s}", "user", s->setup.users[i].name, "password",
						       s->setup.users[i].value));
	json_object_set_new(model, "ftp", ftp);
	json_object_set_new(model, "credentials", users);
}

const struct server_kind server_ftp = {
	.programs = { { "proftpd", "proftpd-core" },
		      { MODULES "/mod_tls.so", "proftpd-mod-crypto" },
		      { MODULES "/mod_vroot.so", "proftpd-mod-vroot" } },
	.without_cert = "alert",
	.usual_port = ftp_port,
	.start = ftp_start,
	.model = ftp_model,
};
