/* Taking the board of a firmware for a run. */
#include "harness/run_firmware.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/board/board.h"
#include "harness/board/hook.h"
#include "harness/xdg.h"

enum { COMMAND_MAX_BYTES = 1 << 16, LOG_MAX_BYTES = 1 << 20, PORTS = 2 };

static const char prefix[] = "board:";

struct run_firmware {
	struct boards *list;
	int lock[PORTS];
};

/* Its two ports are locked as boards are: whoever names one of them elsewhere waits. */
static int lock_ports(struct run_firmware *r, const struct firmware *f, struct err *e)
{
	const struct board ports[PORTS] = { { .name = f->name, .port = f->modem },
					    { .name = f->name, .port = f->console } };

	for (int i = f->modem ? 0 : 1; i < PORTS; i++) {
		int err = board_lock(&ports[i], &r->lock[i], e);

		if (err)
			return err;
	}
	return 0;
}

/* --- flashing ---------------------------------------------------------------------------------------------------- */

/* What the hook said is kept, whatever came of it. */
static void keep_log(const struct firmware *f, const struct run_options *run, const struct buf *log, char *path,
		     size_t size)
{
	char name[128];
	FILE *out;

	snprintf(name, sizeof(name), "flash-%.100s.log", f->name);
	if (run->out)
		snprintf(path, size, "%s/%s", run->out, name);
	else
		xdg_state(path, size, name);
	xdg_folders_above(path);
	out = fopen(path, "we");
	if (!out)
		return;
	fwrite(log->data, 1, log->len, out);
	fclose(out);
}

static int add_file(struct buf *out, const char *command, const char *file)
{
	const char *hole = strstr(command, "${file}");

	if (!hole)
		return buf_adds(out, command);
	buf_add(out, command, (size_t)(hole - command));
	hook_quote(out, file);
	return buf_adds(out, hole + 7);
}

static int flash(const struct firmware *f, const struct run_options *run, struct err *e)
{
	const struct firmware_hook *h = &f->hook[FIRMWARE_FLASH];
	struct buf command, log;
	struct err why = { 0 };
	char path[700] = "";
	int err;

	if (!h->run)
		return err_set(e, -EINVAL, "firmware %s has no flash: {run: COMMAND} in boards.yaml", f->name);
	if (access(run->flash, R_OK))
		return err_set(e, -errno, "%s: %s", run->flash, strerror(errno));
	buf_init(&command, COMMAND_MAX_BYTES);
	buf_init(&log, LOG_MAX_BYTES);
	add_file(&command, h->run, run->flash);
	err = hook_run(buf_str(&command), h->within_us, &log, &why);
	keep_log(f, run, &log, path, sizeof(path));
	if (err)
		err_set(e, err, "firmware %s is not flashed: %s (all of it: %s)", f->name, why.msg, path);
	buf_free(&command);
	buf_free(&log);
	return err;
}

/* ----------------------------------------------------------------------------------------------------------------- */

static int take(struct run_firmware *r, struct run_options *run, struct err *e)
{
	const struct firmware *f;
	int err;

	r->list = boards_load(e);
	f = r->list ? boards_find_firmware(r->list, run->dut + strlen(prefix), e) : NULL;
	if (!f)
		return -ENODEV;
	err = lock_ports(r, f, e);
	if (!err && run->flash)
		err = flash(f, run, e);
	run->firmware = f;
	run->jobs = 1;
	return err;
}

int run_firmware_take(struct run_firmware **out, struct run_options *run, struct err *e)
{
	struct run_firmware *r;
	int err;

	*out = NULL;
	if (!run->dut || strncmp(run->dut, prefix, strlen(prefix)) != 0)
		return run->flash ? err_set(e, -EINVAL, "--flash needs --dut board:NAME") : 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(e, -ENOMEM, "out of memory");
	for (int i = 0; i < PORTS; i++)
		r->lock[i] = -1;
	err = take(r, run, e);
	if (!err)
		*out = r;
	else
		run_firmware_free(r);
	return err;
}

void run_firmware_free(struct run_firmware *r)
{
	if (!r)
		return;
	for (int i = 0; i < PORTS; i++) {
		if (r->lock[i] >= 0)
			close(r->lock[i]);
	}
	boards_free(r->list);
	free(r);
}
