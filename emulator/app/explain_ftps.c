/* What leads to the results of AT+CFTPS*. */
#include "app/explain_family.h"

#include "modem/ftps.h"

/* Rules R1 to R3: facts on the field thread; codes: manual V3.00, 12.3.1. */
static const struct explain_cause causes[] = {
	{ 1, "R2", QUIRK_ID_tls_sni, "broken",
	  "enableSNI is 1 in SSL context 0 and this revision never completes a handshake then, whatever the server",
	  "AT+CSSLCFG=\"enableSNI\",0,0 where the server does without; else update the modem firmware" },
	{ 1, "R3", EXPLAIN_NO_QUIRK, NULL,
	  "no server name was sent (enableSNI 0, or the revision has no SNI) and the server refuses such clients with "
	  "a TLS alert",
	  "AT+CSSLCFG=\"enableSNI\",0,1 on a revision whose SNI works" },
	{ 1, "tls", QUIRK_ID_tls_ciphers, NULL, "modem and server share no cipher suite or no protocol version",
	  "allow TLS 1.2 with an ECDHE-RSA AES suite on the server; ciphersuites 0xFFFF on the modem" },
	{ 1, "tls", EXPLAIN_NO_QUIRK, NULL, "the server greets in clear: its port does not speak implicit TLS",
	  "server type 1 or 2 (AUTH), or the server's implicit port, mostly 990" },
	{ 1, "x509", QUIRK_ID_tls_untrusted_code_ftps, "1",
	  "authmode verifies, and the CA does not sign the server's chain or a date is wrong (ignorelocaltime 0)",
	  "store the CA that signs the server's chain; set the clock or ignorelocaltime 1" },
	{ 3, "state", EXPLAIN_NO_QUIRK, NULL, "an operation is under way, or a cache waits to be read",
	  "wait for its result line; AT+CFTPSCACHERD until it is empty; AT+CFTPSABORT" },
	{ 4, "ftp", EXPLAIN_NO_QUIRK, NULL, "the server closed or reset the control connection",
	  "AT+CFTPSLOGIN again; raise the server's idle timeout" },
	{ 5, "timeout", EXPLAIN_NO_QUIRK, NULL, "the server did not answer in time, or never greeted",
	  "check host, port and server type: a plain client waits in vain on an implicit port" },
	{ 6, "state", EXPLAIN_NO_QUIRK, NULL, "AT+CFTPSABORT ended the operation", "AT+CFTPSSTART and log in again" },
	{ 7, "fs", EXPLAIN_NO_QUIRK, NULL,
	  "the modem's own file is missing or shorter than the offset, or its drive is full",
	  "AT+FSCD, AT+FSLS and AT+FSMEM on the drive; offset 0 for the whole file" },
	{ 9, "ftp", EXPLAIN_NO_QUIRK, NULL,
	  "the server's reply was 4xx or 5xx: no such file, no permission, bad user or password, no such AUTH",
	  "look for the reply in the trace; check path, rights, user, password and server type" },
	{ 10, "net", EXPLAIN_NO_QUIRK, NULL, "the bearer was lost, or AT+CFTPSSTART found none",
	  "wait for registration, then AT+CFTPSSTART" },
	{ 11, "state", QUIRK_ID_cftps_state_code, "11", "the service or the session is in no state for this command",
	  "AT+CFTPSSTART, AT+CFTPSLOGIN in this order" },
	{ 12, "dns", EXPLAIN_NO_QUIRK, NULL, "the host name is unknown to the world",
	  "check the name; add the host to a --world file" },
	{ 14, "tcp", EXPLAIN_NO_QUIRK, NULL, "TCP connect was refused or the host is unreachable",
	  "check host and port" },
	{ 16, "R1", QUIRK_ID_tls_open_fail_code_ftps, "16",
	  "authmode verifies and the CA file is there but cannot be used (does not parse, damaged upload)",
	  "upload again with LF line ends and the exact byte count; compare with AT+CCERTLIST" },
	{ 16, "R1", QUIRK_ID_tls_missing_file_code_ftps, "16", "authmode needs a file that was never configured",
	  "set cacert (1, 2) and clientcert, clientkey (2, 3) of context 0 with AT+CSSLCFG" },
	{ 17, "fs", EXPLAIN_NO_QUIRK, NULL,
	  "the modem cannot keep or read a file of that name: no SD card, a name the drive or the certificate store "
	  "does not take, a file that vanished meanwhile",
	  "another destination (1 cache, 3 data, 4 certificate store), another name" },
	{ 421, "ftp", EXPLAIN_NO_QUIRK, NULL, "the server answered 421: its control connection has timed out",
	  "AT+CFTPSLOGOUT, then AT+CFTPSLOGIN" },
};

const struct explain_family explain_ftps = {
	.word = "ftps",
	.title = "CFTPS result",
	.text = ftps_err_text,
	.cause = causes,
	.n = sizeof(causes) / sizeof(causes[0]),
};
