/* The shape of `ftp:` in a world file: files, directories, and how the server behaves. Every wrong word has its place.
 */
#include "link/world_ftp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const ftp_keys[] = { "files", "directories", "writable", "security", "idle", "rate", NULL };
static const char *const file_keys[] = { "path", "text", "bytes", "file", NULL };
/* In the order of enum link_ftp_security. */
static const char *const security_words[] = { "plain", "auth_ssl", "auth_tls", "implicit", NULL };

enum { FILE_MAX_BYTES = 16 * 1024 * 1024, PATH_MAX_BYTES = 400 };

/* vsftpd's idle_session_timeout; a usual LTE downlink [guess]. */
static const uint64_t IDLE_US = 300000000, RATE = 1000000, BYTES_MAX = UINT64_C(1) << 32;

unsigned char ftp_pattern(uint64_t i)
{
	return (unsigned char)(i ^ i >> 8 ^ i >> 16);
}

static int no_memory(struct err *e)
{
	return err_set(e, -ENOMEM, "out of memory");
}

static bool has_dots(const char *path)
{
	const char *found = strstr(path, "/.");

	return found && (!found[2] || found[2] == '/' || found[2] == '.');
}

/* "/a/b": from the root, without dots, doubled slashes or one at the end. */
static int copy_path(char **to, const struct yml_node *n, struct err *e)
{
	const char *path = yml_str(n);
	size_t len = strlen(path);

	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	if (len < 2 || len > PATH_MAX_BYTES || *path != '/' || path[len - 1] == '/' || strstr(path, "//") ||
	    has_dots(path))
		return yml_error(n, e, "'%s' must be a path from the server's root: /pub/a.txt", path);
	*to = strdup(path);
	return *to ? 0 : no_memory(e);
}

/* --- files ------------------------------------------------------------------------------------------------------ */

static int read_stream(struct ftp_file *f, FILE *in, const char *path, const struct yml_node *n, struct err *e)
{
	f->data = malloc(FILE_MAX_BYTES + 1);
	if (!f->data)
		return no_memory(e);
	f->len = fread(f->data, 1, FILE_MAX_BYTES + 1, in);
	if (ferror(in))
		return yml_error(n, e, "%.200s: cannot be read", path);
	return f->len > FILE_MAX_BYTES ? yml_error(n, e, "%.200s: larger than 16 MB", path) : 0;
}

/* Files lie beside the world file. */
static int read_host_file(struct ftp_file *f, const struct yml_node *n, struct err *e)
{
	const char *from = yml_name(n), *slash = strrchr(from, '/'), *name = yml_str(n);
	char path[1024], *fitting;
	FILE *in;
	int err;

	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	if (*name == '/' || !slash)
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - from), from, name);
	in = fopen(path, "rbe");
	if (!in)
		return yml_error(n, e, "%.200s: %s", path, strerror(errno));
	err = read_stream(f, in, path, n, e);
	fclose(in);
	fitting = err ? NULL : realloc(f->data, f->len + 1);
	f->data = fitting ? fitting : f->data;
	return err;
}

static int read_text(struct ftp_file *f, const struct yml_node *n, struct err *e)
{
	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	f->data = strdup(yml_str(n));
	f->len = f->data ? strlen(f->data) : 0;
	return f->data ? 0 : no_memory(e);
}

static int read_bytes(struct ftp_file *f, const struct yml_node *n, struct err *e)
{
	long long v;

	if (yml_num(n, 0, (long long)BYTES_MAX, &v, e))
		return -EINVAL;
	f->len = (size_t)v;
	return 0;
}

static int read_file(struct ftp_file *f, const struct yml_node *map, struct err *e)
{
	const struct yml_node *path = yml_get(map, "path"), *text = yml_get(map, "text");
	const struct yml_node *bytes = yml_get(map, "bytes"), *file = yml_get(map, "file");

	if (yml_check_keys(map, file_keys, e))
		return -EINVAL;
	if (!path || !text + !bytes + !file != 2)
		return yml_error(map, e, "a file needs a path, and one of text, bytes and file");
	if (copy_path(&f->path, path, e))
		return -EINVAL;
	if (text)
		return read_text(f, text, e);
	return bytes ? read_bytes(f, bytes, e) : read_host_file(f, file, e);
}

static int read_files(struct ftp_model *m, const struct yml_node *list, struct err *e)
{
	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	m->file = calloc(yml_size(list) + 1, sizeof(*m->file));
	if (!m->file)
		return no_memory(e);
	for (size_t i = 0; i < yml_size(list); i++) {
		m->n_files = i + 1;
		if (read_file(&m->file[i], yml_at(list, i), e))
			return -EINVAL;
	}
	return 0;
}

/* --- the rest --------------------------------------------------------------------------------------------------- */

static int read_directories(struct ftp_model *m, const struct yml_node *list, struct err *e)
{
	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	m->directory = calloc(yml_size(list) + 1, sizeof(*m->directory));
	if (!m->directory)
		return no_memory(e);
	for (size_t i = 0; i < yml_size(list); i++) {
		if (copy_path(&m->directory[i], yml_at(list, i), e))
			return -EINVAL;
		m->n_directories = i + 1;
	}
	return 0;
}

static int read_security(struct ftp_model *m, const struct yml_node *list, struct err *e)
{
	int word;

	if (yml_want(list, YML_SEQ, e))
		return -EINVAL;
	if (!yml_size(list))
		return yml_error(list, e, "the list is empty: nobody could log in");
	for (size_t i = 0; i < yml_size(list); i++) {
		if (yml_word(yml_at(list, i), security_words, &word, e))
			return -EINVAL;
		m->security |= 1u << word;
	}
	return 0;
}

static int read_model(struct ftp_model *m, const struct yml_node *map, struct err *e)
{
	const struct yml_node *files = yml_get(map, "files"), *directories = yml_get(map, "directories");
	const struct yml_node *writable = yml_get(map, "writable"), *security = yml_get(map, "security");
	const struct yml_node *idle = yml_get(map, "idle"), *rate = yml_get(map, "rate");
	bool may_write = true;
	long long v = (long long)RATE;

	if (yml_check_keys(map, ftp_keys, e))
		return -EINVAL;
	if ((files && read_files(m, files, e)) || (directories && read_directories(m, directories, e)))
		return -EINVAL;
	if ((writable && yml_bool(writable, &may_write, e)) || (security && read_security(m, security, e)))
		return -EINVAL;
	if ((idle && yml_duration_us(idle, &m->idle_us, e)) || (rate && yml_num(rate, 1, 1000000000, &v, e)))
		return -EINVAL;
	m->read_only = !may_write;
	m->bytes_s = (uint64_t)v;
	return 0;
}

struct ftp_model *ftp_model_read(const struct yml_node *map, struct err *e)
{
	struct ftp_model *m = calloc(1, sizeof(*m));

	if (!m) {
		no_memory(e);
		return NULL;
	}
	m->idle_us = IDLE_US;
	m->bytes_s = RATE;
	if (!map || !read_model(m, map, e))
		return m;
	ftp_model_free(m);
	return NULL;
}

void ftp_model_free(struct ftp_model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_files; i++) {
		free(m->file[i].path);
		free(m->file[i].data);
	}
	for (size_t i = 0; i < m->n_directories; i++)
		free(m->directory[i]);
	free(m->file);
	free(m->directory);
	free(m);
}
