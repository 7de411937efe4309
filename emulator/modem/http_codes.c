/*
 * The family's codes in the manual's words, and the one table from what the link reports to a code. Knows no service.
 * Manual V3.00 13.3; facts at-general 9.
 */
#include "modem/http_impl.h"

#include <stddef.h>

const char *http_err_text(int code)
{
	static const char *const low[] = { "not HTTP PDU", "network error", "no memory", "DNS error", "stack busy" };
	static const char *const high[] = {
		"alert state", "unknown error", "busy", "connection closed error", "timeout",
		"receive or send socket data failed", "file not exists or other memory error", "invalid parameter",
		"network error", "start a new SSL session failed", "wrong state", "failed to create socket",
		"get DNS failed", "connect socket failed", "handshake failed", "close socket failed", "no network error",
		"send data timeout", "CA missed", "no response",
	};

	if (code >= HTTP_ERR_NOT_HTTP && code <= HTTP_ERR_STACK_BUSY)
		return low[code - HTTP_ERR_NOT_HTTP];
	if (code >= HTTP_ERR_ALERT && code <= HTTP_ERR_NO_RESPONSE)
		return high[code - HTTP_ERR_ALERT];
	return NULL;
}

/* What a status means in each phase. quirk 0 is an enum quirk, so it can stand for "no quirk decides". */
static const struct status_row {
	enum link_status status;
	enum http_err code[4];	/* by enum link_http_phase */
	enum quirk_id quirk;
} status_rows[] = {
	{ LINK_DNS, { HTTP_ERR_DNS, HTTP_ERR_DNS, HTTP_ERR_DNS, HTTP_ERR_DNS } },
	{ LINK_REFUSED, { HTTP_ERR_CONNECT, HTTP_ERR_CONNECT, HTTP_ERR_CONNECT, HTTP_ERR_CONNECT } },
	/* A connect that times out is 714 (SIM7500-LTE-Shield#7); a handshake that does, 715 [guess]. */
	{ LINK_TIMEOUT, { HTTP_ERR_CONNECT, HTTP_ERR_HANDSHAKE, HTTP_ERR_NO_RESPONSE, HTTP_ERR_TIMEOUT } },
	{ LINK_RESET, { HTTP_ERR_CONNECT, HTTP_ERR_HANDSHAKE, HTTP_ERR_TRANSFER, HTTP_ERR_TRANSFER } },
	{ LINK_PEER_CLOSED, { HTTP_ERR_CONNECT, HTTP_ERR_HANDSHAKE, HTTP_ERR_CLOSED, HTTP_ERR_CLOSED } },
	{ LINK_PEER_CLOSED_AFTER, { HTTP_ERR_CONNECT, HTTP_ERR_HANDSHAKE, HTTP_ERR_CLOSED, HTTP_ERR_CLOSED } },
	{ LINK_TLS_FAILED, { HTTP_ERR_HANDSHAKE, HTTP_ERR_HANDSHAKE, HTTP_ERR_TRANSFER, HTTP_ERR_TRANSFER },
	  QUIRK_ID_tls_fail_code_http },
	{ LINK_TLS_UNTRUSTED, { HTTP_ERR_HANDSHAKE, HTTP_ERR_HANDSHAKE, HTTP_ERR_TRANSFER, HTTP_ERR_TRANSFER },
	  QUIRK_ID_tls_untrusted_code_http },
	{ LINK_TLS_OPEN, { HTTP_ERR_SSL_OPEN, HTTP_ERR_SSL_OPEN, HTTP_ERR_TRANSFER, HTTP_ERR_TRANSFER },
	  QUIRK_ID_tls_open_fail_code_http },
	{ LINK_NO_NETWORK, { HTTP_ERR_NO_NETWORK, HTTP_ERR_NO_NETWORK, HTTP_ERR_NO_NETWORK, HTTP_ERR_NO_NETWORK } },
	{ LINK_PROTOCOL, { HTTP_ERR_NOT_HTTP, HTTP_ERR_NOT_HTTP, HTTP_ERR_NOT_HTTP, HTTP_ERR_TRANSFER } },
};

/* The number a quirk puts in place of the manual's. */
static int quirk_code(const struct profile *p, enum quirk_id id)
{
	if (id == QUIRK_ID_tls_fail_code_http)
		return (int)p->q.tls_fail_code_http;
	if (id == QUIRK_ID_tls_untrusted_code_http)
		return (int)p->q.tls_untrusted_code_http;
	return (int)p->q.tls_open_fail_code_http;
}

int http_code(const struct profile *p, enum link_status status, enum link_http_phase phase, struct why *why)
{
	for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++) {
		const struct status_row *row = &status_rows[i];
		int code = row->code[phase];

		if (row->status != status)
			continue;
		if (!row->quirk || phase > LINK_HTTP_TLS)
			return code;
		if (quirk_code(p, row->quirk) != code)
			profile_why(p, row->quirk, why, "code", "this revision reports it as %d",
				    quirk_code(p, row->quirk));
		return quirk_code(p, row->quirk);
	}
	return HTTP_ERR_UNKNOWN;
}

void http_trace_code(struct http *h, int code, const struct why *why)
{
	trace_why(h->modem->trace, "http", code, code == HTTP_ERR_BARE ? "refused without a code" : http_err_text(code),
		  why);
}
