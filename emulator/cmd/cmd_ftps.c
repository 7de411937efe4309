/*
 * AT+CFTPS*: text in, ftps_*() out. Paths are taken as they stand, since one may come as {non-ascii}"HEX". What the
 * service tells is cmd_ftps_event.c's. Manual V3.00 chapter 12; facts at-ssl-mqtt 8.
 */
#include "cmd/cmd.h"

#include "base/str.h"
#include "cmd/cmd_path.h"
#include "modem/ftps.h"

enum { OFFSET_MAX = 2147483647, HOST_MAX = 256, PUT_ENTRY_MAX = 64 * 1024 };

static struct ftps *service(const struct at_channel *at)
{
	return cmd_modem(at)->ftps;
}

static const struct quirks *quirks(const struct at_channel *at)
{
	return &at_profile(at)->q;
}

/* A refusal: alone, or behind its code. */
static enum at_status refuse(struct at_channel *at, enum ftps_err err)
{
	if (err == FTPS_ERR_BARE)
		return AT_STATUS_ERROR;
	return at_fail(at, "%s: %d", at_command(at)->name, (int)err);
}

static enum at_status answer(struct at_channel *at, enum ftps_err err)
{
	return err ? refuse(at, err) : AT_STATUS_OK;
}

/* Accepted, and OK comes behind the result where the revision has it so. */
static enum at_status accepted(struct at_channel *at, enum ftps_err err, bool hold, enum ftps_op op)
{
	if (err)
		return refuse(at, err);
	return hold ? cmd_wait(at, CMD_TAG_FTPS + (int)op) : AT_STATUS_OK;
}

/* Arguments that do not fit. */
static enum at_status misfit(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	ftps_refuse(service(at), FTPS_ERR_BARE, "%s: the arguments do not fit", at_command(at)->name);
	return AT_STATUS_ERROR;
}

/* --- service and session ---------------------------------------------------------------------------------------- */

static enum at_status start_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return answer(at, ftps_start(service(at)));
}

static enum at_status stop_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return accepted(at, ftps_stop(service(at)), quirks(at)->cftps_stop_order == QUIRK_cftps_stop_order_urc_first,
			FTPS_OP_STOP);
}

static enum at_status abort_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return answer(at, ftps_abort(service(at)));
}

static const struct at_arg flag_arg[] = {
	{ "type", AT_ARG_INT, 0, 1, .range_text = "(0,1)" },
};

static enum at_status singleip_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CFTPSSINGLEIP: %d", ftps_single_ip(service(at)));
	return AT_STATUS_OK;
}

static enum at_status singleip_write(struct at_channel *at, const struct at_val *val)
{
	ftps_set_single_ip(service(at), val[0].num == 1);
	return AT_STATUS_OK;
}

enum { TYPE_IMPLICIT = 3 };

static const struct at_arg login_args[] = {
	{ "host", AT_ARG_STR, 1, HOST_MAX },
	{ "port", AT_ARG_INT, 1, 65535 },
	{ "username", AT_ARG_STR, 0, FTPS_TEXT_MAX, .optional = true },
	{ "password", AT_ARG_STR, 0, FTPS_TEXT_MAX, .optional = true },
	{ "server_type", AT_ARG_INT, 0, TYPE_IMPLICIT, .optional = true },
};

static enum at_status login_test(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CFTPSLOGIN: \"ADDRESS\",(1-65535)[,\"USERNAME\",\"PASSWORD\"[,(0-3)]]");
	return AT_STATUS_OK;
}

static enum at_status login_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CFTPSLOGIN: %d", ftps_is_logged_in(service(at)));
	return AT_STATUS_OK;
}

/* Who gives no name is anonymous (RFC 1635). */
static enum at_status login_write(struct at_channel *at, const struct at_val *val)
{
	const struct ftps_login to = {
		.host = val[0].str,
		.port = (uint16_t)val[1].num,
		.user = val[2].given ? val[2].str : "anonymous",
		.password = val[3].given ? val[3].str : "anonymous@",
		.type = val[4].given ? (int)val[4].num : TYPE_IMPLICIT,
	};

	return answer(at, ftps_log_in(service(at), &to));
}

static enum at_status logout_exec(struct at_channel *at, const struct at_val *val)
{
	bool hold = quirks(at)->cftps_logout_order == QUIRK_cftps_logout_order_urc_first;

	(void)val;
	return accepted(at, ftps_log_out(service(at)), hold, FTPS_OP_LOGOUT);
}

/* --- directories and files there -------------------------------------------------------------------------------- */

static const struct at_arg dir_arg[] = {
	{ "dir", AT_ARG_RAW, .range_text = "\"DIR\"" },
};
static const struct at_arg filename_arg[] = {
	{ "filename", AT_ARG_RAW, .range_text = "\"FILENAME\"" },
};
static const struct at_arg size_arg[] = {
	{ "filepath", AT_ARG_RAW, .range_text = "\"<filepath>\"" },
};

static enum at_status path_command(struct at_channel *at, const struct at_val *val, enum ftps_op op)
{
	char path[CMD_PATH_SIZE];

	if (!cmd_path_args(&val[0], path, NULL, 0))
		return misfit(at, val);
	return answer(at, ftps_command(service(at), op, path));
}

static enum at_status mkd_write(struct at_channel *at, const struct at_val *val)
{
	return path_command(at, val, FTPS_OP_MKD);
}

static enum at_status rmd_write(struct at_channel *at, const struct at_val *val)
{
	return path_command(at, val, FTPS_OP_RMD);
}

static enum at_status dele_write(struct at_channel *at, const struct at_val *val)
{
	return path_command(at, val, FTPS_OP_DELE);
}

static enum at_status cwd_write(struct at_channel *at, const struct at_val *val)
{
	return path_command(at, val, FTPS_OP_CWD);
}

static enum at_status list_write(struct at_channel *at, const struct at_val *val)
{
	return path_command(at, val, FTPS_OP_LIST);
}

static enum at_status list_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	return answer(at, ftps_command(service(at), FTPS_OP_LIST, NULL));
}

static enum at_status size_write(struct at_channel *at, const struct at_val *val)
{
	return path_command(at, val, FTPS_OP_SIZE);
}

static enum at_status pwd_exec(struct at_channel *at, const struct at_val *val)
{
	bool hold = quirks(at)->cftps_pwd_order == QUIRK_cftps_pwd_order_urc_first;

	(void)val;
	return accepted(at, ftps_command(service(at), FTPS_OP_PWD, NULL), hold, FTPS_OP_PWD);
}

static const struct at_arg type_arg[] = {
	{ "type", AT_ARG_STR, 1, 1, .range_text = "(A,I)" },
};

static enum at_status type_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CFTPSTYPE: %c", ftps_is_ascii(service(at)) ? 'A' : 'I');
	return AT_STATUS_OK;
}

static enum at_status type_write(struct at_channel *at, const struct at_val *val)
{
	bool ascii = str_ieq(val[0].str, val[0].len, "A");

	if (!ascii && !str_ieq(val[0].str, val[0].len, "I"))
		return misfit(at, val);
	return answer(at, ftps_set_ascii(service(at), ascii));
}

/* --- transfers -------------------------------------------------------------------------------------------------- */

static const struct at_arg getfile_arg[] = {
	{ "filepath", AT_ARG_RAW, .range_text = "[{non-ascii}]\"FILEPATH\"[,(1-4)]" },
};
static const struct at_arg putfile_arg[] = {
	{ "filepath", AT_ARG_RAW, .range_text = "[{non-ascii}]\"FILEPATH\"[,(1-3)]" },
};
static const struct at_arg get_arg[] = {
	{ "filepath", AT_ARG_RAW, .range_text = "[{non-ascii}]\"FILEPATH\"" },
};
static const struct at_arg put_arg[] = {
	{ "filepath", AT_ARG_RAW, .range_text = "[{non-ascii}]\"FILEPATH\"[,(1-2048)]" },
};

static enum at_status getfile_write(struct at_channel *at, const struct at_val *val)
{
	struct cmd_number n[] = {
		{ .min = FTPS_PLACE_CACHE, .max = FTPS_PLACE_CERT, .num = FTPS_PLACE_CACHE },
		{ .max = OFFSET_MAX },
	};
	char path[CMD_PATH_SIZE];

	if (!cmd_path_args(&val[0], path, n, 2))
		return misfit(at, val);
	return answer(at, ftps_get_file(service(at), path, (enum ftps_place)n[0].num, (uint64_t)n[1].num));
}

static enum at_status putfile_write(struct at_channel *at, const struct at_val *val)
{
	struct cmd_number n[] = {
		{ .min = FTPS_PLACE_CACHE, .max = FTPS_PLACE_DATA, .num = FTPS_PLACE_CACHE },
		{ .max = OFFSET_MAX },
	};
	char path[CMD_PATH_SIZE];

	if (!cmd_path_args(&val[0], path, n, 2))
		return misfit(at, val);
	return answer(at, ftps_put_file(service(at), path, (enum ftps_place)n[0].num, (uint64_t)n[1].num));
}

static enum at_status get_write(struct at_channel *at, const struct at_val *val)
{
	struct cmd_number n[] = { { .max = OFFSET_MAX }, { .max = 1 } };
	char path[CMD_PATH_SIZE];

	if (!cmd_path_args(&val[0], path, n, 2))
		return misfit(at, val);
	return answer(at, ftps_get(service(at), path, (uint64_t)n[0].num, n[1].num == 1));
}

/* An empty cache answers OK alone. */
static enum at_status cacherd_exec(struct at_channel *at, const struct at_val *val)
{
	const char *data;
	size_t n = ftps_cache_peek(service(at), &data);

	(void)val;
	if (!n && !ftps_is_logged_in(service(at)))
		return refuse(at, ftps_may(service(at), FTPS_OP_GET));
	if (n) {
		at_row(at, "+CFTPSGET: DATA,%zu", n);
		at_raw(at, data, n);
	}
	ftps_cache_drop(service(at), n);
	return AT_STATUS_OK;
}

static enum at_status cacherd_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+CFTPSCACHERD: %zu", ftps_cache_len(service(at)));
	return AT_STATUS_OK;
}

/* data NULL: given up with ESC, without a result of the family. */
static enum at_status put_entered(struct at_channel *at, const char *data, size_t n, int tag)
{
	(void)tag;
	if (!data) {
		ftps_refuse(service(at), FTPS_ERR_BARE, "the host gave the upload up");
		return AT_STATUS_ERROR;
	}
	return answer(at, ftps_put(service(at), data, n));
}

static enum at_status put_write(struct at_channel *at, const struct at_val *val)
{
	struct cmd_number n[] = { { .min = 1, .max = FTPS_PUT_MAX }, { .max = OFFSET_MAX } };
	char path[CMD_PATH_SIZE];
	enum ftps_err err;

	if (!cmd_path_args(&val[0], path, n, 2))
		return misfit(at, val);
	err = ftps_announce_put(service(at), path, (uint64_t)n[1].num);
	if (err)
		return refuse(at, err);
	if (n[0].given)
		return at_prompt(at, AT_PROMPT_LENGTH, (size_t)n[0].num, put_entered, CMD_TAG_FTPS_PUT);
	return at_prompt(at, AT_PROMPT_ESCAPED, PUT_ENTRY_MAX, put_entered, CMD_TAG_FTPS_PUT);
}

const struct at_cmd cmd_ftps[] = {
	{ "+CFTPSSTART", .exec = start_exec, .source = "M3 12.2.1" },
	{ "+CFTPSSTOP", .exec = stop_exec, .source = "M3 12.2.2" },
	{ "+CFTPSLOGIN", AT_ARGS(login_args), .read = login_read, .test = login_test, .write = login_write,
	  .refuse = misfit, .source = "M3 12.2.3" },
	{ "+CFTPSLOGOUT", .exec = logout_exec, .source = "M3 12.2.4" },
	{ "+CFTPSMKD", AT_ARGS(dir_arg), .write = mkd_write, .source = "M3 12.2.5" },
	{ "+CFTPSRMD", AT_ARGS(dir_arg), .write = rmd_write, .source = "M3 12.2.6" },
	{ "+CFTPSDELE", AT_ARGS(filename_arg), .write = dele_write, .source = "M3 12.2.7" },
	{ "+CFTPSCWD", AT_ARGS(dir_arg), .write = cwd_write, .source = "M3 12.2.8" },
	{ "+CFTPSPWD", .exec = pwd_exec, .source = "M3 12.2.9" },
	{ "+CFTPSTYPE", AT_ARGS(type_arg), .read = type_read, .write = type_write, .refuse = misfit,
	  .source = "M3 12.2.10" },
	{ "+CFTPSLIST", AT_ARGS(dir_arg), .exec = list_exec, .write = list_write, .source = "M3 12.2.11" },
	{ "+CFTPSGETFILE", AT_ARGS(getfile_arg), .write = getfile_write, .source = "M3 12.2.12" },
	{ "+CFTPSPUTFILE", AT_ARGS(putfile_arg), .write = putfile_write, .source = "M3 12.2.13" },
	{ "+CFTPSGET", AT_ARGS(get_arg), .write = get_write, .source = "M3 12.2.14" },
	{ "+CFTPSPUT", AT_ARGS(put_arg), .write = put_write, .source = "M3 12.2.15" },
	{ "+CFTPSSINGLEIP", AT_ARGS(flag_arg), .read = singleip_read, .write = singleip_write, .refuse = misfit,
	  .source = "M3 12.2.16" },
	{ "+CFTPSCACHERD", .exec = cacherd_exec, .read = cacherd_read, .source = "M3 12.2.17" },
	{ "+CFTPSABORT", .exec = abort_exec, .source = "M3 12.2.18" },
	{ "+CFTPSSIZE", AT_ARGS(size_arg), .write = size_write, .source = "M3 12.2.19" },
	{ 0 },
};
