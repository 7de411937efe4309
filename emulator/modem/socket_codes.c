/*
 * The family's result codes in the manual's words, and the one table from what the link reports to a code. Knows no
 * link. Manual V3.00 11.6; facts at-general 7.1.
 */
#include "modem/socket_impl.h"

const char *socket_err_text(int code)
{
	static const char *const text[] = {
		[SOCKET_ERR_NONE] = "operation succeeded",
		[SOCKET_ERR_NETWORK] = "network failure",
		[SOCKET_ERR_NOT_OPENED] = "network not opened",
		[SOCKET_ERR_PARAMETER] = "wrong parameter",
		[SOCKET_ERR_NOT_SUPPORTED] = "operation not supported",
		[SOCKET_ERR_CREATE] = "failed to create socket",
		[SOCKET_ERR_BIND] = "failed to bind socket",
		[SOCKET_ERR_LISTENING] = "TCP server is already listening",
		[SOCKET_ERR_BUSY] = "busy",
		[SOCKET_ERR_OPENED] = "sockets opened",
		[SOCKET_ERR_TIMEOUT] = "timeout",
		[SOCKET_ERR_DNS] = "DNS parse failed",
		[SOCKET_ERR_UNKNOWN] = "unknown error",
	};

	return code >= 0 && (size_t)code < sizeof(text) / sizeof(text[0]) ? text[code] : NULL;
}

const char *socket_cause_text(int cause)
{
	static const char *const text[] = {
		[SOCKET_CAUSE_LOCAL] = "closed by the modem",
		[SOCKET_CAUSE_PEER] = "closed by the peer",
		[SOCKET_CAUSE_SEND_TIMEOUT] = "closed for sending timeout",
	};

	return cause >= 0 && (size_t)cause < sizeof(text) / sizeof(text[0]) ? text[cause] : NULL;
}

/*
 * What a status means while a TCP link opens, while a local port is bound, and to a link that is open. Only timeout and
 * DNS have a code of their own in the manual; the rest is what a user would call it [guess].
 */
static const struct status_row {
	enum link_status status;
	enum socket_err open, bind;
	enum socket_cause cause;
} status_rows[] = {
	{ LINK_OK, SOCKET_ERR_NONE, SOCKET_ERR_NONE, SOCKET_CAUSE_LOCAL },
	{ LINK_DNS, SOCKET_ERR_DNS, SOCKET_ERR_BIND, SOCKET_CAUSE_PEER },
	{ LINK_REFUSED, SOCKET_ERR_NETWORK, SOCKET_ERR_BIND, SOCKET_CAUSE_PEER },
	{ LINK_TIMEOUT, SOCKET_ERR_TIMEOUT, SOCKET_ERR_BIND, SOCKET_CAUSE_SEND_TIMEOUT },
	{ LINK_RESET, SOCKET_ERR_NETWORK, SOCKET_ERR_BIND, SOCKET_CAUSE_PEER },
	{ LINK_PEER_CLOSED, SOCKET_ERR_NETWORK, SOCKET_ERR_BIND, SOCKET_CAUSE_PEER },
	{ LINK_PEER_CLOSED_AFTER, SOCKET_ERR_NETWORK, SOCKET_ERR_BIND, SOCKET_CAUSE_PEER },
	{ LINK_NO_NETWORK, SOCKET_ERR_NETWORK, SOCKET_ERR_NETWORK, SOCKET_CAUSE_PEER },
	/* Plain sockets meet no other. */
	{ LINK_REJECTED, SOCKET_ERR_UNKNOWN, SOCKET_ERR_UNKNOWN, SOCKET_CAUSE_PEER },
};

static const struct status_row *status_row(enum link_status status)
{
	size_t i = 0;

	while (i + 1 < sizeof(status_rows) / sizeof(status_rows[0]) && status_rows[i].status != status)
		i++;
	return &status_rows[i];
}

enum socket_err socket_err_open(enum link_status status)
{
	return status_row(status)->open;
}

enum socket_err socket_err_bind(enum link_status status)
{
	return status_row(status)->bind;
}

enum socket_cause socket_cause(enum link_status status)
{
	return status_row(status)->cause;
}

int socket_err_number(const struct socket *s, enum socket_err code)
{
	return code == SOCKET_ERR_UNKNOWN ? (int)s->modem->profile->q.cip_unknown_code : (int)code;
}
