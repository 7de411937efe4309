/* Files and directories of a modelled FTP server as a list of paths. Pure data: no time, no trace. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "link/ftp_server.h"

enum { BYTES_MAX = 64 * 1024 * 1024, NODES_MAX = 10000 };

enum { REPLY_OK = 250, REPLY_MADE = 257, REPLY_SIZE = 213, REPLY_NO = 550, REPLY_FULL = 552 };

/* --- paths ------------------------------------------------------------------------------------------------------ */

static void up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

bool ftp_path(const char *cwd, const char *path, char *out)
{
	size_t n, used;

	if (strlen(path) + strlen(cwd) + 2 > FTP_PATH_SIZE)
		return false;
	snprintf(out, FTP_PATH_SIZE, "%s", *path == '/' || !strcmp(cwd, "/") ? "" : cwd);
	for (; *path; path += n) {
		n = strcspn(path, "/");
		used = strlen(out);
		if (n == 2 && !strncmp(path, "..", 2))
			up(out);
		else if (n && !(n == 1 && *path == '.'))
			snprintf(out + used, FTP_PATH_SIZE - used, "/%.*s", (int)n, path);
		n += path[n] == '/';
	}
	if (!*out)
		str_copy(out, FTP_PATH_SIZE, "/");
	return true;
}

static bool is_child(const char *path, const char *directory)
{
	size_t n = strcmp(directory, "/") ? strlen(directory) : 0;

	return !strncmp(path, directory, n) && path[n] == '/' && path[n + 1] && !strchr(path + n + 1, '/');
}

static struct ftp_node *find(const struct ftp_server *s, const char *path)
{
	struct ftp_node *node;

	TAILQ_FOREACH (node, &s->nodes, entry) {
		if (!strcmp(node->path, path))
			return node;
	}
	return NULL;
}

static bool is_directory(const struct ftp_server *s, const char *path)
{
	const struct ftp_node *node = find(s, path);

	return !strcmp(path, "/") || (node && node->directory);
}

static bool has_parent(const struct ftp_server *s, const char *path)
{
	char parent[FTP_PATH_SIZE];

	str_copy(parent, sizeof(parent), path);
	up(parent);
	return is_directory(s, *parent ? parent : "/");
}

/* --- nodes ------------------------------------------------------------------------------------------------------ */

static void node_free(struct ftp_server *s, struct ftp_node *node)
{
	TAILQ_REMOVE(&s->nodes, node, entry);
	s->bytes -= node->data ? node->len : 0;
	free(node->path);
	free(node->data);
	free(node);
}

static struct ftp_node *node_new(struct ftp_server *s, const char *path, bool directory)
{
	struct ftp_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->path = strdup(path);
	node->directory = directory;
	if (!node->path) {
		free(node);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&s->nodes, node, entry);
	return node;
}

/* Every directory above path, from the root down. */
static bool make_parents(struct ftp_server *s, const char *path)
{
	char part[FTP_PATH_SIZE];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (!find(s, part) && !node_new(s, part, true))
			return false;
	}
	return true;
}

static bool reserve(struct ftp_node *node, size_t len)
{
	size_t cap = node->cap * 2 > len ? node->cap * 2 : len;
	char *grown;

	if (node->data && len <= node->cap)
		return true;
	grown = realloc(node->data, cap + 1);
	if (!grown)
		return false;
	node->data = grown;
	node->cap = cap;
	return true;
}

/* A file that is only described becomes bytes when it is written to. */
static bool materialise(struct ftp_server *s, struct ftp_node *node)
{
	if (node->data)
		return true;
	if (s->bytes + node->len > BYTES_MAX || !reserve(node, node->len))
		return false;
	for (size_t i = 0; i < node->len; i++)
		node->data[i] = (char)ftp_pattern(i);
	s->bytes += node->len;
	return true;
}

static bool add_file(struct ftp_server *s, const struct ftp_file *f)
{
	struct ftp_node *node = make_parents(s, f->path) ? node_new(s, f->path, false) : NULL;

	if (!node || (f->data && !reserve(node, f->len)))
		return false;
	if (f->data)
		memcpy(node->data, f->data, f->len);
	node->len = f->len;
	s->bytes += f->data ? f->len : 0;
	return true;
}

static bool add_directory(struct ftp_server *s, const char *path)
{
	return make_parents(s, path) && (find(s, path) || node_new(s, path, true));
}

struct ftp_server *ftp_server_new(const char *name, uint16_t port, const struct ftp_model *model)
{
	struct ftp_server *s = calloc(1, sizeof(*s));
	bool good;

	if (!s)
		return NULL;
	TAILQ_INIT(&s->nodes);
	s->port = port;
	s->model = model;
	s->name = strdup(name);
	good = s->name != NULL;
	for (size_t i = 0; good && i < model->n_directories; i++)
		good = add_directory(s, model->directory[i]);
	for (size_t i = 0; good && i < model->n_files; i++)
		good = add_file(s, &model->file[i]);
	if (good)
		return s;
	ftp_server_free(s);
	return NULL;
}

void ftp_server_free(struct ftp_server *s)
{
	if (!s)
		return;
	while (!TAILQ_EMPTY(&s->nodes))
		node_free(s, TAILQ_FIRST(&s->nodes));
	free(s->name);
	free(s);
}

/* --- commands --------------------------------------------------------------------------------------------------- */

static size_t count(const struct ftp_server *s)
{
	const struct ftp_node *node;
	size_t n = 0;

	TAILQ_FOREACH (node, &s->nodes, entry)
		n++;
	return n;
}

int ftp_server_cwd(const struct ftp_server *s, const char *path)
{
	return is_directory(s, path) ? REPLY_OK : REPLY_NO;
}

int ftp_server_mkd(struct ftp_server *s, const char *path)
{
	if (s->model->read_only || is_directory(s, path) || find(s, path) || !has_parent(s, path))
		return REPLY_NO;
	return count(s) < NODES_MAX && node_new(s, path, true) ? REPLY_MADE : REPLY_FULL;
}

int ftp_server_rmd(struct ftp_server *s, const char *path)
{
	struct ftp_node *node = find(s, path), *other;

	if (s->model->read_only || !node || !node->directory)
		return REPLY_NO;
	TAILQ_FOREACH (other, &s->nodes, entry) {
		if (is_child(other->path, path))
			return REPLY_NO;
	}
	node_free(s, node);
	return REPLY_OK;
}

int ftp_server_dele(struct ftp_server *s, const char *path)
{
	struct ftp_node *node = find(s, path);

	if (s->model->read_only || !node || node->directory)
		return REPLY_NO;
	node_free(s, node);
	return REPLY_OK;
}

int ftp_server_size(const struct ftp_server *s, const char *path, uint64_t *size)
{
	const struct ftp_node *node = ftp_server_file(s, path);

	*size = node ? node->len : 0;
	return node ? REPLY_SIZE : REPLY_NO;
}

static void list_line(const struct ftp_node *node, struct buf *out)
{
	const char *name = strrchr(node->path, '/') + 1;

	buf_addf(out, "%crw%cr-%cr-%c %4d ftp      ftp      %12zu Jan 01 00:00 %s\r\n", node->directory ? 'd' : '-',
		 node->directory ? 'x' : '-', node->directory ? 'x' : '-', node->directory ? 'x' : '-',
		 node->directory ? 2 : 1, node->len, name);
}

int ftp_server_list(const struct ftp_server *s, const char *path, struct buf *out)
{
	const struct ftp_node *node = find(s, path);

	if (node && !node->directory) {
		list_line(node, out);
		return REPLY_OK;
	}
	if (!is_directory(s, path))
		return REPLY_NO;
	TAILQ_FOREACH (node, &s->nodes, entry) {
		if (is_child(node->path, path))
			list_line(node, out);
	}
	return REPLY_OK;
}

int ftp_server_stor(struct ftp_server *s, const char *path, uint64_t offset)
{
	struct ftp_node *node = find(s, path);

	if (s->model->read_only || is_directory(s, path) || !has_parent(s, path))
		return REPLY_NO;
	if (!node)
		node = count(s) < NODES_MAX ? node_new(s, path, false) : NULL;
	if (!node || !materialise(s, node) || offset > node->len)
		return node && offset > node->len ? REPLY_NO : REPLY_FULL;
	s->bytes -= node->len - (size_t)offset;
	node->len = (size_t)offset;
	return REPLY_OK;
}

int ftp_server_write(struct ftp_server *s, const char *path, const void *data, size_t len)
{
	struct ftp_node *node = find(s, path);

	if (!node || node->directory)
		return REPLY_NO;
	if (s->bytes + len > BYTES_MAX || !reserve(node, node->len + len))
		return REPLY_FULL;
	memcpy(node->data + node->len, data, len);
	node->len += len;
	s->bytes += len;
	return REPLY_OK;
}

const struct ftp_node *ftp_server_file(const struct ftp_server *s, const char *path)
{
	const struct ftp_node *node = find(s, path);

	return node && !node->directory ? node : NULL;
}

size_t ftp_node_read(const struct ftp_node *node, uint64_t offset, void *p, size_t n)
{
	size_t left = offset < node->len ? node->len - (size_t)offset : 0;

	n = n < left ? n : left;
	if (node->data)
		memcpy(p, node->data + offset, n);
	for (size_t i = 0; !node->data && i < n; i++)
		((unsigned char *)p)[i] = ftp_pattern(offset + i);
	return n;
}
