/*
 * AT+FS*: the user drives. Directories only: a file of the certificate store never shows here (issue-49:222-240).
 * Manual V3.00 chapter 20.
 */
#include "cmd/cmd.h"
#include "modem/fs.h"

static const struct at_arg path_arg[] = {
	{ "path", AT_ARG_STR, 1, 254 },
};
static const struct at_arg list_arg[] = {
	{ "type", AT_ARG_INT, 0, 2 },
};

static struct fs *drives(const struct at_channel *at)
{
	return cmd_modem(at)->fs;
}

static enum at_status just_ok(struct at_channel *at, const struct at_val *val)
{
	(void)at;
	(void)val;
	return AT_STATUS_OK;
}

static enum at_status fscd_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+FSCD: %s", fs_cwd(drives(at)));
	return AT_STATUS_OK;
}

static enum at_status fscd_write(struct at_channel *at, const struct at_val *val)
{
	return fs_cd(drives(at), val[0].str) ? AT_STATUS_ERROR : fscd_read(at, NULL);
}

static enum at_status fsmkdir_write(struct at_channel *at, const struct at_val *val)
{
	return fs_mkdir(drives(at), val[0].str) ? AT_STATUS_ERROR : AT_STATUS_OK;
}

static enum at_status fsrmdir_write(struct at_channel *at, const struct at_val *val)
{
	return fs_rmdir(drives(at), val[0].str) ? AT_STATUS_ERROR : AT_STATUS_OK;
}

static enum at_status fsls_read(struct at_channel *at, const struct at_val *val)
{
	char name[FS_PATH_SIZE];
	size_t n = 0;

	(void)val;
	while (fs_subdirectory(drives(at), n, name, sizeof(name)))
		n++;
	at_info(at, "+FSLS: SUBDIRECTORIES:%zu,FILES:0", n);
	return AT_STATUS_OK;
}

/* A section without entries is left out; the drives hold no files. */
static enum at_status list(struct at_channel *at, bool directories)
{
	char name[FS_PATH_SIZE];

	for (size_t i = 0; directories && fs_subdirectory(drives(at), i, name, sizeof(name)); i++) {
		if (!i)
			at_row(at, "+FSLS: SUBDIRECTORIES:");
		at_row(at, "%s", name);
	}
	return AT_STATUS_OK;
}

static enum at_status fsls_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return list(at, true);
}

/* 0 both, 1 directories, 2 files */
static enum at_status fsls_write(struct at_channel *at, const struct at_val *val)
{
	return list(at, val[0].num != 2);
}

const struct at_cmd cmd_fs[] = {
	{ "+FSCD", AT_ARGS(path_arg), .read = fscd_read, .write = fscd_write, .test = just_ok, .source = "M3 20.2.1" },
	{ "+FSMKDIR", AT_ARGS(path_arg), .write = fsmkdir_write, .test = just_ok, .source = "M3 20.2.2" },
	{ "+FSRMDIR", AT_ARGS(path_arg), .write = fsrmdir_write, .test = just_ok, .source = "M3 20.2.3" },
	{ "+FSLS", AT_ARGS(list_arg), .exec = fsls_exec, .read = fsls_read, .write = fsls_write,
	  .source = "M3 20.2.4" },
	{ 0 },
};
