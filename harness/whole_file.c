/* Written beside its place and renamed, so that a program that is killed leaves no half. */
#include "harness/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_to(const char *path, const struct buf *text)
{
	FILE *f = fopen(path, "we");
	int err = 0;

	if (!f)
		return -errno;
	if (fwrite(buf_str(text), 1, text->len, f) != text->len)
		err = errno ? -errno : -EIO;
	if (fclose(f) && !err)
		err = -errno;
	return err;
}

int whole_file_write(const char *path, const struct buf *text, struct err *e)
{
	char *temporary = NULL;
	int err;

	if (asprintf(&temporary, "%s.%d", path, (int)getpid()) < 0)
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	err = write_to(temporary, text);
	if (!err && rename(temporary, path))
		err = -errno;
	if (err) {
		unlink(temporary);
		err_set(e, err, "%s: %s", path, strerror(-err));
	}
	free(temporary);
	return err;
}
