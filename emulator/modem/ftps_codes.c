/*
 * The family's result codes in the manual's words, and the one table from what the link reports to a code. Manual V3.00
 * 12.3.1.
 */
#include "modem/ftps_impl.h"

const char *ftps_err_text(int code)
{
	static const char *const text[] = {
		[FTPS_ERR_NONE] = "success",
		[FTPS_ERR_SSL_ALERT] = "SSL alert",
		[FTPS_ERR_UNKNOWN] = "unknown error",
		[FTPS_ERR_BUSY] = "busy",
		[FTPS_ERR_CLOSED] = "connection closed by server",
		[FTPS_ERR_TIMEOUT] = "timeout",
		[FTPS_ERR_TRANSFER] = "transfer failed",
		[FTPS_ERR_MEMORY] = "file not exists or any other memory error",
		[FTPS_ERR_PARAMETER] = "invalid parameter",
		[FTPS_ERR_REJECTED] = "operation rejected by server",
		[FTPS_ERR_NETWORK] = "network error",
		[FTPS_ERR_STATE] = "state error",
		[FTPS_ERR_DNS] = "failed to parse server name",
		[FTPS_ERR_SOCKET_CREATE] = "create socket error",
		[FTPS_ERR_SOCKET_CONNECT] = "connect socket failed",
		[FTPS_ERR_SOCKET_CLOSE] = "close socket failed",
		[FTPS_ERR_SSL_CLOSED] = "SSL session closed",
		[FTPS_ERR_FILE] = "file error, file not exist or other error",
	};

	if (code == FTPS_ERR_CONTROL_TIMEOUT)
		return "timeout of the control connection: log out and in again";
	return code >= 0 && (size_t)code < sizeof(text) / sizeof(text[0]) ? text[code] : NULL;
}

/* TLS: as the quirks say. */
static const struct {
	enum link_status status;
	enum ftps_err code;
} rows[] = {
	{ LINK_OK, FTPS_ERR_NONE },
	{ LINK_DNS, FTPS_ERR_DNS },
	{ LINK_REFUSED, FTPS_ERR_SOCKET_CONNECT },
	{ LINK_TIMEOUT, FTPS_ERR_TIMEOUT },
	{ LINK_RESET, FTPS_ERR_CLOSED },
	{ LINK_PEER_CLOSED, FTPS_ERR_CLOSED },
	{ LINK_PEER_CLOSED_AFTER, FTPS_ERR_CLOSED },
	{ LINK_TLS_FAILED, FTPS_ERR_SSL_ALERT },
	{ LINK_TLS_UNTRUSTED, FTPS_ERR_SSL_ALERT },
	{ LINK_TLS_OPEN, FTPS_ERR_SSL_CLOSED },
	{ LINK_NO_NETWORK, FTPS_ERR_NETWORK },
	{ LINK_REJECTED, FTPS_ERR_REJECTED },
	{ LINK_LOGIN, FTPS_ERR_REJECTED },
};

const struct ssl_codes ftps_ssl_codes = {
	.fail = QUIRK_ID_tls_fail_code_ftps,
	.untrusted = QUIRK_ID_tls_untrusted_code_ftps,
	.open_fail = QUIRK_ID_tls_open_fail_code_ftps,
	.missing_file = QUIRK_ID_tls_missing_file_code_ftps,
};

static int usual_code(enum link_status status)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].status == status)
			return rows[i].code;
	}
	return FTPS_ERR_UNKNOWN;
}

/* A server's own 421 is passed on as it is. */
int ftps_code(const struct profile *p, enum link_status status, int reply, struct why *why)
{
	enum quirk_id quirk = ssl_code_failed(&ftps_ssl_codes, status);
	int usual = usual_code(status), code = quirk ? (int)profile_number(p, quirk) : usual;

	if (status && reply == FTPS_ERR_CONTROL_TIMEOUT)
		return FTPS_ERR_CONTROL_TIMEOUT;
	if (code != usual)
		profile_why(p, quirk, why, "code", "this revision reports it as %d", code);
	return code;
}

int ftps_code_fs(enum fs_err err)
{
	switch (err) {
	case FS_OK:
		return FTPS_ERR_NONE;
	case FS_NO_FILE:
	case FS_FULL:
	case FS_CARD_FULL:
		return FTPS_ERR_MEMORY;
	case FS_NO_CARD:
	case FS_FILE_EXISTS:
	case FS_DIR_EXISTS:
	case FS_NO_DIR:
	case FS_FORBID_MKDIR:
	case FS_FORBID_RMDIR:
	case FS_BAD_PATH:
	case FS_BAD_NAME:
	case FS_CREATE:
	case FS_READ:
	case FS_WRITE:
		break;
	}
	return FTPS_ERR_FILE;
}
