/*
 * AT+FS*: the user drives. A file of the certificate store never shows here (issue-49:222-240). Manual V3.00
 * chapter 20; every failure but AT+FSCOPY's is a bare ERROR.
 */
#include <stdio.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/cmd_path.h"
#include "modem/fs.h"
#include "modem/rtc.h"

static const struct at_arg path_arg[] = {
	{ "path", AT_ARG_STR, 1, CMD_PATH_MAX },
};
static const struct at_arg list_arg[] = {
	{ "type", AT_ARG_INT, 0, 2 },
};

static struct fs *drives(const struct at_channel *at)
{
	return cmd_modem(at)->fs;
}

/* ERROR, with the reason in the trace. */
static enum at_status fail(struct at_channel *at, enum fs_err err, const char *path)
{
	struct why why = { 0 };

	why_add(&why, "fs", "%s \"%s\" in %s: %s", at_command(at)->name, path, fs_cwd(drives(at)), fs_err_text(err));
	trace_why(cmd_modem(at)->trace, "fs", -1, "refused without a code", &why);
	return AT_STATUS_ERROR;
}

static enum at_status answer(struct at_channel *at, enum fs_err err, const char *path)
{
	return err ? fail(at, err, path) : AT_STATUS_OK;
}

static enum at_status just_ok(struct at_channel *at, const struct at_val *val)
{
	(void)at;
	(void)val;
	return AT_STATUS_OK;
}

/* --- directories ------------------------------------------------------------------------------------------------ */

static enum at_status fscd_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+FSCD: %s", fs_cwd(drives(at)));
	return AT_STATUS_OK;
}

/* A build whose media drive hangs never comes to a final result (T-SIM7600X#125). */
static bool hangs(struct at_channel *at, const char *path)
{
	struct why why = { 0 };

	if (at_profile(at)->q.fs_media != QUIRK_fs_media_hangs || (path[0] != 'E' && path[0] != 'e') || path[1] != ':')
		return false;
	profile_why(at_profile(at), QUIRK_ID_fs_media, &why, "fs", "there is no E:/, and the command never ends");
	trace_why(cmd_modem(at)->trace, "fs", -1, "no final result", &why);
	return true;
}

static enum at_status fscd_write(struct at_channel *at, const struct at_val *val)
{
	enum fs_err err = fs_cd(drives(at), val[0].str);

	if (err && hangs(at, val[0].str))
		return AT_STATUS_SILENT;
	return err ? fail(at, err, val[0].str) : fscd_read(at, NULL);
}

static enum at_status fsmkdir_write(struct at_channel *at, const struct at_val *val)
{
	return answer(at, fs_mkdir(drives(at), val[0].str), val[0].str);
}

static enum at_status fsrmdir_write(struct at_channel *at, const struct at_val *val)
{
	return answer(at, fs_rmdir(drives(at), val[0].str), val[0].str);
}

static enum at_status fsls_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+FSLS: SUBDIRECTORIES:%zu,FILES:%zu", fs_list(drives(at), FS_KIND_DIRECTORY, NULL, NULL),
		fs_list(drives(at), FS_KIND_FILE, NULL, NULL));
	return AT_STATUS_OK;
}

struct section {
	struct at_channel *at;
	const char *title;
	bool open;
};

static void list_entry(const char *name, void *ctx)
{
	struct section *s = ctx;

	if (!s->open)
		at_row(s->at, "%s", s->title);
	s->open = true;
	at_row(s->at, "%s", name);
}

/* A section in a frame of its own: a blank line stands between the two. An empty one is left out. */
static void list(struct at_channel *at, enum fs_kind kind, const char *title)
{
	struct section s = { .at = at, .title = title };

	fs_list(drives(at), kind, list_entry, &s);
	if (s.open)
		at_raw(at, "", 0);
}

enum { LIST_BOTH, LIST_DIRECTORIES, LIST_FILES };

static enum at_status fsls(struct at_channel *at, long long type)
{
	if (type != LIST_FILES)
		list(at, FS_KIND_DIRECTORY, "+FSLS: SUBDIRECTORIES:");
	if (type != LIST_DIRECTORIES)
		list(at, FS_KIND_FILE, "+FSLS: FILES:");
	return AT_STATUS_OK;
}

static enum at_status fsls_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return fsls(at, LIST_BOTH);
}

static enum at_status fsls_write(struct at_channel *at, const struct at_val *val)
{
	return fsls(at, val[0].num);
}

/* --- files ------------------------------------------------------------------------------------------------------ */

static enum at_status fsdel_write(struct at_channel *at, const struct at_val *val)
{
	return answer(at, fs_delete(drives(at), val[0].str), val[0].str);
}

static const struct at_arg rename_args[] = {
	{ "old_name", AT_ARG_STR, 1, CMD_PATH_MAX },
	{ "new_name", AT_ARG_STR, 1, CMD_PATH_MAX },
};

static enum at_status fsrename_write(struct at_channel *at, const struct at_val *val)
{
	return answer(at, fs_rename(drives(at), val[0].str, val[1].str), val[0].str);
}

static enum at_status fsattri_write(struct at_channel *at, const struct at_val *val)
{
	enum fs_err err;
	const struct store_file *file = fs_file(drives(at), val[0].str, &err);
	const char *space = at_profile(at)->q.fsattri_space ? " " : "";
	char date[48];
	time_t local;
	struct tm tm;

	if (!file)
		return fail(at, err, val[0].str);
	local = file->time + (time_t)rtc_zone(cmd_modem(at)->rtc) * 900;
	gmtime_r(&local, &tm);
	strftime(date, sizeof(date), "%Y/%m/%d %H:%M:%S %a", &tm);
	at_info(at, "+FSATTRI: %zu,%s%s", file->len, space, date);
	return AT_STATUS_OK;
}

/* The drive one is on. */
static enum at_status fsmem_exec(struct at_channel *at, const struct at_val *val)
{
	const char *cwd = fs_cwd(drives(at));
	size_t total, used;
	enum fs_err err = fs_memory(drives(at), cwd, &total, &used);

	(void)val;
	if (err)
		return fail(at, err, cwd);
	at_info(at, "+FSMEM: %c:(%zu,%zu)", cwd[0], total, used);
	return AT_STATUS_OK;
}

/* There is one place to store things in, and no other can be chosen. */
static const struct at_arg loca_arg[] = {
	{ "loca", AT_ARG_INT, 0, 0 },
};

static enum at_status fsloca_show(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+FSLOCA: 0");
	return AT_STATUS_OK;
}

/* --- FSCOPY ----------------------------------------------------------------------------------------------------- */

static const struct at_arg copy_args[] = {
	{ "file1", AT_ARG_STR, 1, CMD_PATH_MAX },
	{ "file2", AT_ARG_STR, 1, CMD_PATH_MAX },
	{ "sync_mode", AT_ARG_INT, 0, 1, .optional = true },
};

static enum at_status fscopy_write(struct at_channel *at, const struct at_val *val)
{
	enum fs_err err = fs_copy(drives(at), val[0].str, val[1].str);

	if (err) {
		at_info(at, "%s", fs_err_text(err));
		return fail(at, err, val[err == FS_NO_FILE ? 0 : 1].str);
	}
	return val[2].num == 1 ? AT_STATUS_OK : cmd_wait(at, CMD_TAG_FS_COPY);
}

static void copy_progress(struct cmd_host *h, int thousandths)
{
	struct at_channel *at = cmd_waiting(h, CMD_TAG_FS_COPY);

	if (at)
		at_info(at, "+FSCOPY: %d.%d", thousandths / 10, thousandths % 10);
	else
		cmd_urc(h, "+FSCOPY: %d.%d", thousandths / 10, thousandths % 10);
}

/* The one that waits gets a final result; the other an END, or the words of the failure alone [guess]. */
static void copy_done(struct cmd_host *h, enum fs_err err)
{
	struct at_channel *at = cmd_waiting(h, CMD_TAG_FS_COPY);
	struct why why = { 0 };

	if (err) {
		why_add(&why, "fs", "the copy that was under way: %s", fs_err_text(err));
		trace_why(h->modem->trace, "fs", -1, "refused without a code", &why);
		cmd_result(h, CMD_TAG_FS_COPY, CMD_ORDER_LINE_FIRST, AT_STATUS_ERROR, "%s", fs_err_text(err));
	} else if (at) {
		at_finish(at, AT_STATUS_OK);
	} else {
		cmd_urc(h, "+FSCOPY: END");
	}
}

void cmd_fs_event(struct cmd_host *h, const struct modem_event *ev)
{
	if (ev->type == MODEM_EVENT_FS_PROGRESS)
		copy_progress(h, ev->code);
	else
		copy_done(h, (enum fs_err)ev->code);
}

const struct at_cmd cmd_fs[] = {
	{ "+FSCD", AT_ARGS(path_arg), .read = fscd_read, .write = fscd_write, .test = just_ok, .source = "M3 20.2.1" },
	{ "+FSMKDIR", AT_ARGS(path_arg), .write = fsmkdir_write, .test = just_ok, .source = "M3 20.2.2" },
	{ "+FSRMDIR", AT_ARGS(path_arg), .write = fsrmdir_write, .test = just_ok, .source = "M3 20.2.3" },
	{ "+FSLS", AT_ARGS(list_arg), .exec = fsls_exec, .read = fsls_read, .write = fsls_write,
	  .source = "M3 20.2.4" },
	{ "+FSDEL", AT_ARGS(path_arg), .write = fsdel_write, .test = just_ok, .source = "M3 20.2.5" },
	{ "+FSRENAME", AT_ARGS(rename_args), .write = fsrename_write, .test = just_ok, .source = "M3 20.2.6" },
	{ "+FSATTRI", AT_ARGS(path_arg), .write = fsattri_write, .test = just_ok, .source = "M3 20.2.7" },
	{ "+FSMEM", .exec = fsmem_exec, .test = just_ok, .source = "M3 20.2.8" },
	{ "+FSLOCA", AT_ARGS(loca_arg), .read = fsloca_show, .write = just_ok, .test = fsloca_show,
	  .source = "M3 20.2.9" },
	{ "+FSCOPY", AT_ARGS(copy_args), .write = fscopy_write, .test = just_ok, .source = "M3 20.2.10" },
	{ 0 },
};
