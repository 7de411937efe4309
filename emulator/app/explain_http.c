/* What leads to the results of AT+HTTPACTION, HTTPPOSTFILE and HTTPREADFILE. */
#include "app/explain_family.h"

#include "modem/http.h"

static const struct explain_cause causes[] = {
	{ 715, "R2", QUIRK_ID_tls_sni, "broken",
	  "enableSNI is 1 in the SSL context of HTTPPARA \"SSLCFG\" and this revision never completes a handshake then",
	  "AT+CSSLCFG=\"enableSNI\",<ctx>,0 where the server does without; else update the modem firmware" },
	{ 715, "R3", EXPLAIN_NO_QUIRK, NULL,
	  "no server name was sent (enableSNI 0, or the revision has no SNI) and the server refuses such clients",
	  "AT+CSSLCFG=\"enableSNI\",<ctx>,1 on a revision whose SNI works" },
	{ 715, "tls", QUIRK_ID_tls_ciphers, NULL, "modem and server share no cipher suite or no protocol version",
	  "allow TLS 1.2 with an ECDHE-RSA AES suite on the server; ciphersuites 0xFFFF on the modem" },
	{ 715, "tls", QUIRK_ID_tls_ecdsa, "false", "the server has an ECDSA certificate only",
	  "give the server an RSA certificate" },
	{ 715, "tls", QUIRK_ID_tls_max_chain_bytes, NULL, "the server's chain is longer than the modem takes",
	  "serve a shorter chain" },
	{ 715, "x509", QUIRK_ID_tls_untrusted_code_http, NULL,
	  "authmode verifies, and the CA does not sign the server's chain or a date is wrong (ignorelocaltime 0)",
	  "store the CA that signs the server's chain; set the clock or ignorelocaltime 1" },
	{ 720, "time", EXPLAIN_NO_QUIRK, NULL, "connected and asked, and no answer came within RESPTO",
	  "look at the server; AT+HTTPPARA=\"RESPTO\",120" },
	{ 719, "R1", QUIRK_ID_tls_missing_file_code_http, NULL, "authmode needs a file that was never configured",
	  "set cacert (1, 2) and clientcert, clientkey (2, 3) with AT+CSSLCFG" },
	{ 717, "net", EXPLAIN_NO_QUIRK, NULL, "the bearer is down, or went while the request was under way",
	  "wait for registration" },
	{ 714, "tcp", EXPLAIN_NO_QUIRK, NULL, "nobody listens at that port, or no connection within CONNECTTO",
	  "check host and port; the port stands before the path: http://host:8080/path" },
	{ 713, "dns", EXPLAIN_NO_QUIRK, NULL, "the host name is unknown to the world",
	  "check the name; add the host to a --world file" },
	{ 712, "memory", EXPLAIN_NO_QUIRK, NULL, "the request could not be begun for want of memory", "try again" },
	{ 710, "R1", QUIRK_ID_tls_open_fail_code_http, NULL,
	  "authmode verifies and the CA file is there but cannot be used (does not parse, damaged upload)",
	  "upload again with LF line ends and the exact byte count; compare with AT+CCERTLIST" },
	{ 707, "fs", QUIRK_ID_http_places, NULL, "the file cannot be written there", "see the text; choose another path" },
	{ 706, "tcp", EXPLAIN_NO_QUIRK, NULL, "the connection was reset", "look at the server and what is between" },
	{ 705, "time", EXPLAIN_NO_QUIRK, NULL, "the body stopped coming for longer than RECVTO",
	  "AT+HTTPPARA=\"RECVTO\",120; ask for less at a time" },
	{ 704, "broker", EXPLAIN_NO_QUIRK, NULL, "the server closed without an answer, or before the end of its body",
	  "check that the port speaks HTTP" },
	{ 600, "http", EXPLAIN_NO_QUIRK, NULL, "what came back is no HTTP", "check that the port speaks HTTP" },
};

const struct explain_family explain_http = {
	.word = "http",
	.title = "HTTP result",
	.text = http_err_text,
	.length_behind = true,
	.cause = causes,
	.n = sizeof(causes) / sizeof(causes[0]),
};
