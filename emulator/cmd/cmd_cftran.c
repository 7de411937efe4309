/* AT+CFTRANRX and CFTRANTX: files between the host and the user drives. Manual V3.00 chapter 21. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/cmd_path.h"
#include "modem/fs.h"

enum { BLOCK_BYTES = 512, PIECE_BLOCKS = 8, LENGTH_MAX = 2147483647 };

static const struct at_arg file_arg[] = {
	{ "filepath", AT_ARG_RAW, .range_text = "[{non-ascii}]\"FILEPATH\"" },
};

static struct fs *drives(const struct at_channel *at)
{
	return cmd_modem(at)->fs;
}

static enum at_status fail(struct at_channel *at, const char *path, const char *reason)
{
	struct why why = { 0 };

	why_add(&why, "fs", "%s \"%s\": %s", at_command(at)->name, path, reason);
	trace_why(cmd_modem(at)->trace, "fs", -1, "refused without a code", &why);
	return AT_STATUS_ERROR;
}

/* --- from the host ---------------------------------------------------------------------------------------------- */

/* All bytes are there; the name was announced. */
static enum at_status received(struct at_channel *at, const char *data, size_t n, int tag)
{
	enum fs_err err = fs_take(drives(at), data, n);

	(void)tag;
	return err ? fail(at, "", fs_err_text(err)) : AT_STATUS_OK;
}

/* What no drive holds is refused behind the prompt, before the host has sent it all for nothing. */
static enum at_status refuse_behind_prompt(struct at_channel *at, const char *path, enum fs_err err)
{
	at_raw(at, "\r\n>", 3);
	return fail(at, path, fs_err_text(err));
}

static enum at_status rx_write(struct at_channel *at, const struct at_val *val)
{
	struct cmd_number len = { .max = LENGTH_MAX, .needed = true };
	char path[CMD_PATH_SIZE] = "";
	enum fs_err err;

	if (!cmd_path_args(&val[0], path, &len, 1))
		return fail(at, path, "not a file name and a length");
	err = fs_announce(drives(at), path, (size_t)len.num);
	if (err == FS_FULL || err == FS_CARD_FULL)
		return refuse_behind_prompt(at, path, err);
	if (err)
		return fail(at, path, fs_err_text(err));
	return at_prompt(at, AT_PROMPT_LENGTH, (size_t)len.num, received, CMD_TAG_CFTRANRX);
}

/* --- to the host ------------------------------------------------------------------------------------------------ */

/* Header line, bytes, line end; the first header opens the frame. false: there is nothing left. */
static bool send_block(struct at_channel *at, bool first)
{
	char header[40];
	const char *data;
	size_t n = fs_read(drives(at), &data, BLOCK_BYTES);

	if (!n)
		return false;
	snprintf(header, sizeof(header), "+CFTRANTX: DATA,%zu", n);
	if (first)
		at_row(at, "%s", header);
	else
		at_raw(at, header, strlen(header));
	at_raw(at, "\r\n", first ? 0 : 2);
	at_raw(at, data, n);
	at_raw(at, "\r\n", 2);
	return true;
}

static enum at_status send_more(struct at_channel *at, int tag)
{
	(void)tag;
	for (int i = 0; i < PIECE_BLOCKS; i++) {
		if (send_block(at, false))
			continue;
		at_info(at, "+CFTRANTX: 0");
		return AT_STATUS_OK;
	}
	return AT_STATUS_PENDING;
}

/* A part that begins behind the end of the file is an ERROR, one that ends there is cut [guess]. */
static enum at_status tx_write(struct at_channel *at, const struct at_val *val)
{
	struct cmd_number part[2] = { { .max = LENGTH_MAX }, { .max = LENGTH_MAX, .num = LENGTH_MAX } };
	char path[CMD_PATH_SIZE] = "";
	enum fs_err err;

	if (!cmd_path_args(&val[0], path, part, 2))
		return fail(at, path, "not a file name, an offset and a size");
	err = fs_read_begin(drives(at), path, (size_t)part[0].num, (size_t)part[1].num);
	if (err)
		return fail(at, path, err == FS_READ ? "the file ends before that offset" : fs_err_text(err));
	if (at_profile(at)->q.cftrantx_ok_first)
		at_result(at, AT_RESULT_OK, NULL);
	send_block(at, true);
	return at_pour(at, CMD_TAG_CFTRANTX, send_more);
}

const struct at_cmd cmd_cftran[] = {
	{ "+CFTRANRX", AT_ARGS(file_arg), .write = rx_write, .source = "M3 21.2.1" },
	{ "+CFTRANTX", AT_ARGS(file_arg), .write = tx_write, .source = "M3 21.2.2" },
	{ 0 },
};
