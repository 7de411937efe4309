/*
 * The family's result codes in the manual's words, and the one table from what the link reports to a code. Knows no
 * session. Manual V3.00 10.3; facts at-ssl-mqtt 10.
 */
#include "modem/cch_impl.h"

static const char *const err_text[] = {
	[CCH_ERR_NONE] = "operation succeeded",
	[CCH_ERR_ALERTING] = "alerting state",
	[CCH_ERR_UNKNOWN] = "unknown error",
	[CCH_ERR_BUSY] = "busy",
	[CCH_ERR_PEER_CLOSED] = "peer closed",
	[CCH_ERR_TIMEOUT] = "operation timeout",
	[CCH_ERR_TRANSFER] = "transfer failed",
	[CCH_ERR_MEMORY] = "memory error",
	[CCH_ERR_PARAMETER] = "invalid parameter",
	[CCH_ERR_NETWORK] = "network error",
	[CCH_ERR_OPEN_SESSION] = "open session error",
	[CCH_ERR_STATE] = "state error",
	[CCH_ERR_SOCKET_CREATE] = "create socket error",
	[CCH_ERR_DNS] = "get DNS error",
	[CCH_ERR_CONNECT] = "connect socket error",
	[CCH_ERR_HANDSHAKE] = "handshake error",
	[CCH_ERR_SOCKET_CLOSE] = "close socket error",
	[CCH_ERR_NO_NETWORK] = "no network",
	[CCH_ERR_SEND_TIMEOUT] = "send data timeout",
	[CCH_ERR_CERTIFICATE] = "not set certificates",
};

enum { CCH_ERRS = sizeof(err_text) / sizeof(err_text[0]) };

const char *cch_err_text(int code)
{
	return code >= 0 && code < CCH_ERRS ? err_text[code] : NULL;
}

const struct ssl_codes cch_ssl_codes = {
	.fail = QUIRK_ID_tls_fail_code_cch,
	.untrusted = QUIRK_ID_tls_untrusted_code_cch,
	.open_fail = QUIRK_ID_tls_open_fail_code_cch,
	.missing_file = QUIRK_ID_tls_missing_file_code_cch,
};

/*
 * What a status means for AT+CCHOPEN (TLS: as the quirks say), and behind +CCH_RECV_CLOSED when it ends a session. The
 * manual names the codes and not what leads to them: which of 9 and 17 a lost bearer is, is a guess.
 */
static const struct {
	enum cch_err open, lost;
} status_rows[] = {
	[LINK_OK] = { CCH_ERR_NONE, CCH_ERR_NONE },
	[LINK_DNS] = { CCH_ERR_DNS, CCH_ERR_NETWORK },
	[LINK_REFUSED] = { CCH_ERR_CONNECT, CCH_ERR_TRANSFER },
	[LINK_TIMEOUT] = { CCH_ERR_TIMEOUT, CCH_ERR_TIMEOUT },
	[LINK_RESET] = { CCH_ERR_CONNECT, CCH_ERR_TRANSFER },
	[LINK_PEER_CLOSED] = { CCH_ERR_PEER_CLOSED, CCH_ERR_PEER_CLOSED },
	[LINK_PEER_CLOSED_AFTER] = { CCH_ERR_PEER_CLOSED, CCH_ERR_PEER_CLOSED },
	[LINK_TLS_FAILED] = { CCH_ERR_HANDSHAKE, CCH_ERR_TRANSFER },
	[LINK_TLS_UNTRUSTED] = { CCH_ERR_HANDSHAKE, CCH_ERR_TRANSFER },
	[LINK_TLS_OPEN] = { CCH_ERR_OPEN_SESSION, CCH_ERR_TRANSFER },
	[LINK_CONNACK] = { CCH_ERR_UNKNOWN, CCH_ERR_UNKNOWN },
	[LINK_NO_NETWORK] = { CCH_ERR_NO_NETWORK, CCH_ERR_NETWORK },
	[LINK_REJECTED] = { CCH_ERR_UNKNOWN, CCH_ERR_UNKNOWN },
	[LINK_LOGIN] = { CCH_ERR_UNKNOWN, CCH_ERR_UNKNOWN },
	[LINK_PROTOCOL] = { CCH_ERR_UNKNOWN, CCH_ERR_UNKNOWN },
};
_Static_assert(sizeof(status_rows) / sizeof(status_rows[0]) == LINK_PROTOCOL + 1, "a row for each status");

enum cch_err cch_code_open(const struct profile *p, enum link_status status, struct why *why)
{
	enum quirk_id quirk = ssl_code_failed(&cch_ssl_codes, status);
	enum cch_err usual = status_rows[status].open, code = quirk ? (enum cch_err)profile_number(p, quirk) : usual;

	if (code != usual)
		profile_why(p, quirk, why, "code", "this revision reports it as %d", (int)code);
	return code;
}

enum cch_err cch_code_lost(enum link_status status)
{
	return status_rows[status].lost;
}

/* The manual of 2016 ends at 9: what it has no word for is the nearest it has [guess]. */
static const enum cch_err v1_code[CCH_ERRS - CCH_ERR_OPEN_SESSION] = {
	[CCH_ERR_OPEN_SESSION - CCH_ERR_OPEN_SESSION] = CCH_ERR_UNKNOWN,
	[CCH_ERR_STATE - CCH_ERR_OPEN_SESSION] = CCH_ERR_BUSY,
	[CCH_ERR_SOCKET_CREATE - CCH_ERR_OPEN_SESSION] = CCH_ERR_NETWORK,
	[CCH_ERR_DNS - CCH_ERR_OPEN_SESSION] = CCH_ERR_NETWORK,
	[CCH_ERR_CONNECT - CCH_ERR_OPEN_SESSION] = CCH_ERR_NETWORK,
	[CCH_ERR_HANDSHAKE - CCH_ERR_OPEN_SESSION] = CCH_ERR_ALERTING,
	[CCH_ERR_SOCKET_CLOSE - CCH_ERR_OPEN_SESSION] = CCH_ERR_UNKNOWN,
	[CCH_ERR_NO_NETWORK - CCH_ERR_OPEN_SESSION] = CCH_ERR_NETWORK,
	[CCH_ERR_SEND_TIMEOUT - CCH_ERR_OPEN_SESSION] = CCH_ERR_TIMEOUT,
	[CCH_ERR_CERTIFICATE - CCH_ERR_OPEN_SESSION] = CCH_ERR_PARAMETER,
};

int cch_code_shown(const struct profile *p, enum cch_err code)
{
	if (p->q.cch_table == QUIRK_cch_table_v1 && code >= CCH_ERR_OPEN_SESSION)
		return (int)v1_code[code - CCH_ERR_OPEN_SESSION];
	return (int)code;
}

/* Its +CCHRECV has no "alerting", so that all behind it are one less. */
int cch_code_shown_recv(const struct profile *p, enum cch_err code)
{
	int shown = cch_code_shown(p, code);

	return shown && p->q.cch_table == QUIRK_cch_table_v1 ? shown - 1 : shown;
}
