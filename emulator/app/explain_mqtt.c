/* What leads to the results of AT+CMQTT*. */
#include "app/explain_family.h"

#include "modem/mqtt.h"

/* Rules R1 to R12: facts on the field thread; codes: manual V3.00, 16.3.1. */
static const struct explain_cause causes[] = {
	{ 32, "R2", QUIRK_ID_tls_sni, "broken",
	  "enableSNI is 1 in the bound SSL context and this revision never completes a handshake then, whatever the "
	  "broker, CA, authmode or ciphers",
	  "AT+CSSLCFG=\"enableSNI\",<ctx>,0 where the broker does without; else update the modem firmware" },
	{ 32, "R3", EXPLAIN_NO_QUIRK, NULL,
	  "no server name was sent (enableSNI 0, or the revision has no SNI) and the server refuses such clients with "
	  "a "
	  "TLS alert",
	  "AT+CSSLCFG=\"enableSNI\",<ctx>,1 on a revision whose SNI works" },
	{ 32, "tls", QUIRK_ID_tls_ciphers, NULL, "modem and server share no cipher suite or no protocol version",
	  "allow TLS 1.2 with an ECDHE-RSA AES suite on the server; ciphersuites 0xFFFF on the modem" },
	{ 32, "tls", QUIRK_ID_tls_ecdsa, "false", "the server has an ECDSA certificate only",
	  "give the server an RSA certificate" },
	{ 32, "tls", QUIRK_ID_tls_max_chain_bytes, NULL, "the server's chain is longer than the modem takes",
	  "serve a shorter chain" },
	{ 32, "x509", QUIRK_ID_tls_untrusted_code_mqtt, NULL,
	  "authmode verifies, and the CA does not sign the server's chain or a date is wrong (ignorelocaltime 0)",
	  "store the CA that signs the broker's chain; set the clock or ignorelocaltime 1" },
	{ 31, "R4", EXPLAIN_NO_QUIRK, NULL,
	  "TLS is up, but no server name was sent, so a broker that finds its tenant by SNI answers CONNACK 5 (not "
	  "authorized)",
	  "AT+CSSLCFG=\"enableSNI\",<ctx>,1 on a revision whose SNI works" },
	{ 31, "connack", EXPLAIN_NO_QUIRK, NULL, "the broker answers CONNACK 5: this client may not connect",
	  "check credentials and permissions on the broker" },
	{ 30, "connack", EXPLAIN_NO_QUIRK, NULL, "the broker answers CONNACK 4: bad user name or password",
	  "check both" },
	{ 34, "R1", QUIRK_ID_tls_open_fail_code_mqtt, NULL,
	  "authmode verifies and the CA file is there but cannot be used (does not parse, damaged upload)",
	  "upload again with LF line ends and the exact byte count; compare with AT+CCERTLIST" },
	{ 33, "R1", QUIRK_ID_tls_missing_file_code_mqtt, NULL, "authmode needs a file that was never configured",
	  "set cacert (1, 2) and clientcert, clientkey (2, 3) with AT+CSSLCFG" },
	{ 26, "tls", EXPLAIN_NO_QUIRK, NULL, "the server closed the connection before its CONNACK",
	  "give the client certificate it asks for (authmode 2); check that the port speaks MQTT" },
	{ 25, "dns", EXPLAIN_NO_QUIRK, NULL, "the host name is unknown to the world",
	  "check the name; add the host to a --world file" },
	{ 23, "state", QUIRK_ID_mqtt_start_twice_code, NULL, "the service runs already (often after an MCU-only reset)",
	  "go on, or AT+CMQTTDISC, AT+CMQTTREL, AT+CMQTTSTOP first" },
	{ 22, "state", EXPLAIN_NO_QUIRK, NULL, "a length is outside the documented range", "see the test form" },
	{ 21, "state", QUIRK_ID_mqtt_stop_unreleased_code, NULL, "AT+CMQTTSTOP while a client is acquired",
	  "AT+CMQTTDISC and AT+CMQTTREL first" },
	{ 20, "state", EXPLAIN_NO_QUIRK, NULL, "the client was not acquired", "AT+CMQTTACCQ first" },
	{ 19, "state", EXPLAIN_NO_QUIRK, NULL, "the client is acquired already", "go on, or AT+CMQTTREL first" },
	{ 18, "state", EXPLAIN_NO_QUIRK, NULL, "no topic was entered (a publish wipes it, whatever its result)",
	  "AT+CMQTTTOPIC before each AT+CMQTTPUB" },
	{ 17, "state", EXPLAIN_NO_QUIRK, NULL, "the broker did not answer in time",
	  "check the network, raise the timeout" },
	{ 14, "state", EXPLAIN_NO_QUIRK, NULL, "an operation of this client is under way", "wait for its result line" },
	{ 13, "state", EXPLAIN_NO_QUIRK, NULL, "the client is connected already", "AT+CMQTTDISC first" },
	{ 12, "state", EXPLAIN_NO_QUIRK, NULL, "an argument does not fit", "compare with the test form" },
	{ 11, "state", EXPLAIN_NO_QUIRK, NULL, "the client is not connected", "AT+CMQTTCONNECT first" },
	{ 9, "state", QUIRK_ID_mqtt_not_started_code, NULL, "the service is not started", "AT+CMQTTSTART first" },
	{ 6, "broker", EXPLAIN_NO_QUIRK, NULL, "the broker closed the connection because of what was sent (policy)",
	  "check the broker's topic permissions" },
	{ 3, "tcp", EXPLAIN_NO_QUIRK, NULL, "TCP connect was refused or the host is unreachable",
	  "check host and port" },
};

const struct explain_family explain_mqtt = {
	.word = "mqtt",
	.title = "CMQTT result",
	.text = mqtt_err_text,
	.cause = causes,
	.n = sizeof(causes) / sizeof(causes[0]),
};
