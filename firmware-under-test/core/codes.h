/*
 * The modem's MQTT result codes in words (SIM7600 manual V3.00, 16.3.1).
 */
#ifndef CORE_CODES_H
#define CORE_CODES_H

#include <stdbool.h>

/* Text for a code of the modem or of exchange.h; never NULL. */
const char *codes_text(int code);

/* Codes of PUB and SUB after which the connection is no more. */
bool codes_session_gone(int code);

/* The codes the client acts on. */
enum {
	CODE_OK = 0,
	CODE_RECEIVE = 6,
	CODE_NOT_STARTED = 9,
	CODE_NOT_CONNECTED = 11,
	CODE_CONNECTED_ALREADY = 13,
	CODE_BUSY = 14,
	CODE_NO_CONNECTION = 15,
	CODE_SEND = 16,
	CODE_CLIENT_USED = 19,
	CODE_NOT_ACQUIRED = 20,
	CODE_STARTED_ALREADY = 23,
	CODE_CLOSED = 26,
	CODE_NOT_AUTHORIZED = 31,
	CODE_TLS = 32,
	CODE_NO_CERT = 33,
	CODE_SSL_SESSION = 34,
};

#endif
