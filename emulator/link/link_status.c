/* Words for the outcomes. */
#include "link/link.h"

const char *link_status_text(enum link_status status)
{
	static const char *const text[] = {
		[LINK_OK] = "ok",
		[LINK_DNS] = "name not found",
		[LINK_REFUSED] = "TCP connection refused",
		[LINK_TIMEOUT] = "no answer in time",
		[LINK_RESET] = "connection reset",
		[LINK_PEER_CLOSED] = "closed by the peer",
		[LINK_PEER_CLOSED_AFTER] = "closed by the peer because of what was sent",
		[LINK_TLS_FAILED] = "TLS handshake failed",
		[LINK_TLS_UNTRUSTED] = "server certificate not trusted",
		[LINK_TLS_OPEN] = "TLS files cannot be used",
		[LINK_CONNACK] = "connection refused by the broker",
		[LINK_NO_NETWORK] = "no network",
		[LINK_REJECTED] = "rejected by the peer",
		[LINK_LOGIN] = "login refused",
		[LINK_PROTOCOL] = "not the protocol that was expected",
	};

	return text[status];
}
