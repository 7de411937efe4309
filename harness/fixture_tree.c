/* The files of a web or FTP server: written once, in a folder of the fixture's own, which is the server's root. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/fixture_server.h"

enum { CHUNK_BYTES = 64 * 1024, PATH_BYTES = 1024 };

/* The folders of "/a/b/c" below root, "/a" and "/a/b". */
static int make_folders(const char *root, const char *path)
{
	char folder[PATH_BYTES];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%s%.*s", root, (int)(slash - path), path);
		if (mkdir(folder, 0700) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int make_folder(const char *root, const char *path)
{
	char folder[PATH_BYTES];
	int err = make_folders(root, path);

	snprintf(folder, sizeof(folder), "%s%s", root, path);
	return err ? err : mkdir(folder, 0700) && errno != EEXIST ? -errno : 0;
}

static bool write_pattern(FILE *out, unsigned long n, file_pattern_t pattern)
{
	char chunk[CHUNK_BYTES];
	unsigned long i = 0;
	bool ok = true;

	while (ok && i < n) {
		size_t k = 0;

		while (k < sizeof(chunk) && i < n)
			chunk[k++] = pattern(i++);
		ok = fwrite(chunk, 1, k, out) == k;
	}
	return ok;
}

static int write_one(const char *root, const struct file_setup *f, file_pattern_t pattern, struct err *e)
{
	char path[PATH_BYTES];
	int err = make_folders(root, f->path);
	FILE *out;
	bool ok;

	snprintf(path, sizeof(path), "%s%s", root, f->path);
	out = err ? NULL : fopen(path, "we");
	ok = out && (f->kind == FILE_TEXT ? fputs(f->text, out) >= 0 : write_pattern(out, (unsigned long)f->bytes, pattern));
	if (out)
		ok = !fclose(out) && ok;
	return ok ? 0 : err_set(e, -EIO, "%s: %s", path, strerror(errno));
}

const char *server_write_tree(struct server *s, file_pattern_t pattern, struct err *e)
{
	const char *root = server_path(s, "files");

	if (mkdir(root, 0700) && errno != EEXIST) {
		err_set(e, -errno, "%s: %s", root, strerror(errno));
		return NULL;
	}
	for (size_t i = 0; i < s->setup.n_directories; i++) {
		if (make_folder(root, s->setup.directories[i])) {
			err_set(e, -errno, "%s%s: %s", root, s->setup.directories[i], strerror(errno));
			return NULL;
		}
	}
	for (size_t i = 0; i < s->setup.n_files; i++) {
		if (write_one(root, &s->setup.files[i], pattern, e))
			return NULL;
	}
	return root;
}
