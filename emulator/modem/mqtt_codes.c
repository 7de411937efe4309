/*
 * The family's result codes in the manual's words, and the one table from what the link reports to a code. Knows no
 * client. Manual V3.00 16.3.1; facts at-ssl-mqtt 6.
 */
#include "modem/mqtt_impl.h"

#include <stddef.h>

const char *mqtt_err_text(int code)
{
	static const char *const text[] = {
		[MQTT_ERR_NONE] = "operation succeeded",
		[MQTT_ERR_FAILED] = "failed",
		[MQTT_ERR_UTF8] = "bad UTF-8 string",
		[MQTT_ERR_SOCKET_CONNECT] = "socket connect fail",
		[MQTT_ERR_SOCKET_CREATE] = "socket create fail",
		[MQTT_ERR_SOCKET_CLOSE] = "socket close fail",
		[MQTT_ERR_RECEIVE] = "message receive fail",
		[MQTT_ERR_NET_OPEN] = "network open fail",
		[MQTT_ERR_NET_CLOSE] = "network close fail",
		[MQTT_ERR_NOT_STARTED] = "network not opened",
		[MQTT_ERR_CLIENT_INDEX] = "client index error",
		[MQTT_ERR_NO_CONNECTION] = "no connection",
		[MQTT_ERR_PARAMETER] = "invalid parameter",
		[MQTT_ERR_NOT_SUPPORTED] = "not supported operation",
		[MQTT_ERR_BUSY] = "client is busy",
		[MQTT_ERR_REQUIRE_CONNECTION] = "require connection fail",
		[MQTT_ERR_SEND] = "socket sending fail",
		[MQTT_ERR_TIMEOUT] = "timeout",
		[MQTT_ERR_TOPIC_EMPTY] = "topic is empty",
		[MQTT_ERR_CLIENT_USED] = "client is used",
		[MQTT_ERR_NOT_ACQUIRED] = "client not acquired",
		[MQTT_ERR_NOT_RELEASED] = "client not released",
		[MQTT_ERR_LENGTH] = "length out of range",
		[MQTT_ERR_STARTED] = "network is opened",
		[MQTT_ERR_PACKET] = "packet fail",
		[MQTT_ERR_DNS] = "DNS error",
		[MQTT_ERR_PEER_CLOSED] = "socket is closed by server",
		[MQTT_ERR_CONNACK_VERSION] = "connection refused: unaccepted protocol version",
		[MQTT_ERR_CONNACK_ID] = "connection refused: identifier rejected",
		[MQTT_ERR_CONNACK_SERVER] = "connection refused: server unavailable",
		[MQTT_ERR_CONNACK_LOGIN] = "connection refused: bad user name or password",
		[MQTT_ERR_CONNACK_AUTHORIZED] = "connection refused: not authorized",
		[MQTT_ERR_HANDSHAKE] = "handshake fail",
		[MQTT_ERR_CERTIFICATE] = "not set certificate",
		[MQTT_ERR_SSL_OPEN] = "open SSL session failed",
		[MQTT_ERR_DISCONNECT] = "disconnect from server failed",
	};

	return code >= 0 && (size_t)code < sizeof(text) / sizeof(text[0]) ? text[code] : NULL;
}

/*
 * What a status means while a connect (TLS: as the quirks say), and while another operation is pending. cause is that
 * of +CMQTTCONNLOST.
 */
static const struct status_row {
	enum link_status status;
	enum mqtt_err connect, operation;
	int cause;
} status_rows[] = {
	{ LINK_OK, MQTT_ERR_NONE, MQTT_ERR_NONE },
	{ LINK_DNS, MQTT_ERR_DNS, MQTT_ERR_DNS },
	{ LINK_REFUSED, MQTT_ERR_SOCKET_CONNECT, MQTT_ERR_SEND },
	{ LINK_TIMEOUT, MQTT_ERR_TIMEOUT, MQTT_ERR_TIMEOUT, 1 },
	/* A connect that is cut by a reset or by a close looks alike to the module: 26 [guess for the reset]. */
	{ LINK_RESET, MQTT_ERR_PEER_CLOSED, MQTT_ERR_RECEIVE, 2 },
	{ LINK_PEER_CLOSED, MQTT_ERR_PEER_CLOSED, MQTT_ERR_RECEIVE, 1 },
	{ LINK_PEER_CLOSED_AFTER, MQTT_ERR_RECEIVE, MQTT_ERR_RECEIVE, 1 },
	{ LINK_TLS_FAILED, MQTT_ERR_HANDSHAKE, MQTT_ERR_RECEIVE },
	{ LINK_TLS_UNTRUSTED, MQTT_ERR_HANDSHAKE, MQTT_ERR_RECEIVE },
	{ LINK_TLS_OPEN, MQTT_ERR_SSL_OPEN, MQTT_ERR_RECEIVE },
	{ LINK_CONNACK, MQTT_ERR_CONNACK_VERSION, MQTT_ERR_FAILED },
	{ LINK_NO_NETWORK, MQTT_ERR_NET_OPEN, MQTT_ERR_RECEIVE, 3 },
	/* SUBACK 0x80: the table has no word for it [guess]. */
	{ LINK_REJECTED, MQTT_ERR_FAILED, MQTT_ERR_FAILED },
};

static const struct status_row *status_row(enum link_status status)
{
	size_t i = 0;

	while (i + 1 < sizeof(status_rows) / sizeof(status_rows[0]) && status_rows[i].status != status)
		i++;
	return &status_rows[i];
}

const struct ssl_codes mqtt_ssl_codes = {
	.fail = QUIRK_ID_tls_fail_code_mqtt, .untrusted = QUIRK_ID_tls_untrusted_code_mqtt,
	.open_fail = QUIRK_ID_tls_open_fail_code_mqtt, .missing_file = QUIRK_ID_tls_missing_file_code_mqtt,
};

/* A revision whose table ends earlier cannot say 34: what it says then is the nearest it knows [guess]. */
int mqtt_code_limit(const struct profile *p, int code, struct why *why)
{
	if (code <= p->q.mqtt_error_max)
		return code;
	profile_why(p, QUIRK_ID_mqtt_error_max, why, "table", "this revision has no code %d", code);
	return code == MQTT_ERR_DISCONNECT ? MQTT_ERR_TIMEOUT : MQTT_ERR_HANDSHAKE;
}

int mqtt_code_connect(const struct profile *p, enum link_status status, int connack, struct why *why)
{
	enum quirk_id quirk = ssl_code_failed(&mqtt_ssl_codes, status);
	int usual = (int)status_row(status)->connect, code = quirk ? (int)profile_number(p, quirk) : usual;

	if (status == LINK_CONNACK)
		code += connack - 1;
	else if (code != usual)
		profile_why(p, quirk, why, "code", "this revision reports it as %d", code);
	return mqtt_code_limit(p, code, why);
}

int mqtt_code_operation(enum link_status status)
{
	return status_row(status)->operation;
}

int mqtt_lost_cause(enum link_status status)
{
	const struct status_row *row = status_row(status);

	return row->cause ? row->cause : 1;
}
