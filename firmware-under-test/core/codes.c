/*
 * Result codes in words. 35 exists on A76xx only.
 */
#include "core/codes.h"

#include "core/exchange.h"

#include <stddef.h>

static const char *const codes[] = {
	"ok",
	"failed",
	"not valid UTF-8",
	"TCP connect failed",
	"socket create failed",
	"socket close failed",
	"message receive failed",
	"network open failed",
	"network close failed",
	"service not started",
	"bad client index",
	"not connected",
	"invalid parameter",
	"not supported now",
	"client busy",
	"connection failed",
	"socket send failed",
	"timeout",
	"topic empty",
	"client in use",
	"client not acquired",
	"client not released",
	"length out of range",
	"service already started",
	"packet failure",
	"DNS error",
	"closed by server",
	"CONNACK 1 bad protocol version",
	"CONNACK 2 identifier rejected",
	"CONNACK 3 server unavailable",
	"CONNACK 4 bad user or password",
	"CONNACK 5 not authorized",
	"TLS handshake failed",
	"certificate not set",
	"SSL session open failed",
	"disconnect failed",
};

const char *codes_text(int code)
{
	if (code == EXCHANGE_BARE)
		return "ERROR without a code";
	if (code == EXCHANGE_CME)
		return "CME ERROR";
	if (code < 0 || (size_t)code >= sizeof(codes) / sizeof(codes[0]))
		return "unknown code";
	return codes[code];
}

bool codes_session_gone(int code)
{
	return code == CODE_RECEIVE || code == CODE_NOT_STARTED ||
	       code == CODE_NOT_CONNECTED || code == CODE_NO_CONNECTION ||
	       code == CODE_SEND || code == CODE_NOT_ACQUIRED ||
	       code == CODE_CLOSED;
}
