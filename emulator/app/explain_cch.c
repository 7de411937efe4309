/* What leads to the results of AT+CCH*. */
#include "app/explain_family.h"

#include "modem/cch.h"

/* Rules R1 to R3: facts on the field thread; codes: manual V3.00, 10.3. */
static const struct explain_cause causes[] = {
	{ 3, "state", EXPLAIN_NO_QUIRK, NULL, "the session still works on the last command of its kind",
	  "wait for its result line" },
	{ 4, "peer", EXPLAIN_NO_QUIRK, NULL, "the peer closed the connection, while it was opened or since",
	  "AT+CCHRECV what is cached, then AT+CCHOPEN again; check that port and client type fit (1 TCP, 2 TLS)" },
	{ 5, "timeout", EXPLAIN_NO_QUIRK, NULL,
	  "nothing answered in time, or the handshake took longer than negotiatetime", "check host, port and network" },
	{ 6, "peer", EXPLAIN_NO_QUIRK, NULL, "the connection was reset while it was open", "AT+CCHOPEN again" },
	{ 8, "state", QUIRK_ID_cch_recv_empty_code, "8", "AT+CCHRECV with nothing in the cache",
	  "wait for +CCHEVENT, or ask AT+CCHRECV? first" },
	{ 8, "state", EXPLAIN_NO_QUIRK, NULL, "an argument does not fit (the modem prints ERROR alone)",
	  "compare with the test form" },
	{ 9, "net", EXPLAIN_NO_QUIRK, NULL, "the bearer was lost, or AT+CCHSTART found none",
	  "wait for registration, then AT+CCHSTART" },
	{ 10, "R1", QUIRK_ID_tls_open_fail_code_cch, "10",
	  "authmode verifies and the CA file is there but cannot be used (does not parse, damaged upload)",
	  "upload again with LF line ends and the exact byte count; compare with AT+CCERTLIST" },
	{ 11, "state", EXPLAIN_NO_QUIRK, NULL,
	  "the service or the session is in no state for this command (the modem prints ERROR alone)",
	  "AT+CCHSET, AT+CCHMODE, AT+CCHSTART, AT+CCHSSLCFG, AT+CCHOPEN in this order" },
	{ 13, "dns", EXPLAIN_NO_QUIRK, NULL, "the host name is unknown to the world",
	  "check the name; add the host to a --world file" },
	{ 14, "tcp", EXPLAIN_NO_QUIRK, NULL, "TCP connect was refused or the host is unreachable",
	  "check host and port" },
	{ 15, "R2", QUIRK_ID_tls_sni, "broken",
	  "enableSNI is 1 in the bound SSL context and this revision never completes a handshake then, whatever the "
	  "peer",
	  "AT+CSSLCFG=\"enableSNI\",<ctx>,0 where the peer does without; else update the modem firmware" },
	{ 15, "R3", EXPLAIN_NO_QUIRK, NULL,
	  "no server name was sent (enableSNI 0, or the revision has no SNI) and the server refuses such clients with "
	  "a "
	  "TLS alert",
	  "AT+CSSLCFG=\"enableSNI\",<ctx>,1 on a revision whose SNI works" },
	{ 15, "tls", QUIRK_ID_tls_ciphers, NULL, "modem and server share no cipher suite or no protocol version",
	  "allow TLS 1.2 with an ECDHE-RSA AES suite on the server; ciphersuites 0xFFFF on the modem" },
	{ 15, "tls", EXPLAIN_NO_QUIRK, NULL, "the peer does not speak TLS on this port",
	  "AT+CCHOPEN with client type 1" },
	{ 15, "x509", QUIRK_ID_tls_untrusted_code_cch, "15",
	  "authmode verifies, and the CA does not sign the server's chain or a date is wrong (ignorelocaltime 0)",
	  "store the CA that signs the server's chain; set the clock or ignorelocaltime 1" },
	{ 17, "net", EXPLAIN_NO_QUIRK, NULL, "there was no bearer to open the session on", "wait for registration" },
	{ 18, "timeout", EXPLAIN_NO_QUIRK, NULL, "the peer did not take what was sent within sendtimeout",
	  "AT+CCHCFG=\"sendtimeout\"; check what the peer does with the data" },
	{ 19, "R1", QUIRK_ID_tls_missing_file_code_cch, "19", "authmode needs a file that was never configured",
	  "set cacert (1, 2) and clientcert, clientkey (2, 3) with AT+CSSLCFG" },
};

const struct explain_family explain_cch = {
	.word = "cch",
	.title = "CCH result",
	.text = cch_err_text,
	.cause = causes,
	.n = sizeof(causes) / sizeof(causes[0]),
};
