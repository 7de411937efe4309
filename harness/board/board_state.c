/* Locks and health: one small file a board each, named after what the board's address leads to. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "harness/board/board.h"
#include "harness/xdg.h"

/* "dev_ttyUSB2.lock": two names for one device are one board. */
static void file_name(const struct board *b, const char *ending, char *out, size_t size)
{
	char real[PATH_MAX];
	const char *address = realpath(b->port, real) ? real : b->port;
	size_t n = 0;

	for (const char *s = address + (*address == '/'); *s && n + 8 < size; s++)
		out[n++] = strchr("/:\\ ", *s) ? '_' : *s;
	snprintf(out + n, size - n, ".%s", ending);
}

static int lock_held(const struct board *b, int fd, struct err *e)
{
	char pid[32] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	if (n > 0)
		pid[strcspn(pid, "\n")] = '\0';
	return err_set(e, -EBUSY, "board %s is in use%s%s", b->name, *pid ? " by process " : "", pid);
}

int board_lock(const struct board *b, int *fd, struct err *e)
{
	char name[256], path[700], pid[32];
	int err;

	file_name(b, "lock", name, sizeof(name));
	xdg_runtime(path, sizeof(path), name);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	if (flock(*fd, LOCK_EX | LOCK_NB)) {
		err = errno == EWOULDBLOCK ? lock_held(b, *fd, e) : err_set(e, -errno, "%s: %s", path, strerror(errno));
		close(*fd);
		*fd = -1;
		return err;
	}
	snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(*fd, 0) || pwrite(*fd, pid, strlen(pid), 0) < 0)
		return 0; /* only the pid in the message is lost */
	return 0;
}

static void out_path(const struct board *b, char *path, size_t size)
{
	char name[256], relative[300];

	file_name(b, "out", name, sizeof(name));
	snprintf(relative, sizeof(relative), "boards/%s", name);
	xdg_state(path, size, relative);
}

bool board_out(const struct board *b, char *why, size_t size)
{
	char path[700];
	FILE *f;

	*why = '\0';
	out_path(b, path, sizeof(path));
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(why, (int)size, f))
		*why = '\0';
	why[strcspn(why, "\n")] = '\0';
	fclose(f);
	return true;
}

int board_set_out(const struct board *b, const char *why, struct err *e)
{
	char path[700];
	FILE *f;

	out_path(b, path, sizeof(path));
	if (!why)
		return unlink(path) && errno != ENOENT ? err_set(e, -errno, "%s: %s", path, strerror(errno)) : 0;
	xdg_folders_above(path);
	f = fopen(path, "we");
	if (!f)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	fprintf(f, "%s\n", why);
	return fclose(f) ? err_set(e, -errno, "%s: %s", path, strerror(errno)) : 0;
}
