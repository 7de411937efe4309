/* Written beside its place and renamed, so that a program that is killed leaves no half. */
#include "harness/wire/whole_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fill_file(const char *path, int (*fill)(FILE *f, void *ctx), void *ctx)
{
	FILE *f = fopen(path, "we");
	int err;

	if (!f)
		return -errno;
	err = fill(f, ctx);
	if (fclose(f) && !err)
		err = -errno;
	return err;
}

int whole_file_fill(const char *path, int (*fill)(FILE *f, void *ctx), void *ctx, struct err *e)
{
	char *temporary = NULL;
	int err;

	if (asprintf(&temporary, "%s.%d", path, (int)getpid()) < 0)
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	err = fill_file(temporary, fill, ctx);
	if (!err && rename(temporary, path))
		err = -errno;
	if (err) {
		unlink(temporary);
		err_set(e, err, "%s: %s", path, strerror(-err));
	}
	free(temporary);
	return err;
}

static int put_text(FILE *f, void *ctx)
{
	const struct buf *text = ctx;

	errno = 0;
	if (fwrite(buf_str(text), 1, text->len, f) == text->len)
		return 0;
	return errno ? -errno : -EIO;
}

int whole_file_write(const char *path, const struct buf *text, struct err *e)
{
	return whole_file_fill(path, put_text, (void *)text, e);
}
