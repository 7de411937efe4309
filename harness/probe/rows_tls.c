/*
 * TLS as the modem does it: versions, suites, chains, server names, certificate files, and the code of each family for
 * what goes wrong. SSL contexts 8 and 9, and 0 for FTPS, are used and put back as far as the modem lets a file name be
 * taken out again.
 */
#include "harness/probe/rows.h"

/* A certificate authority of nobody; the root of tls-trusted in the world of probe. The second one ends in
 * 2065. */
#define CA \
	"-----BEGIN CERTIFICATE-----\\n" \
	"MIIBfDCCASOgAwIBAgIUK608R7QTNlmiki8mIwHxTRxUOOswCgYIKoZIzj0EAwIw\\n" \
	"FDESMBAGA1UEAwwJaGlsIHByb2JlMB4XDTI2MTEyODAzMTcyMVoXDTQ4MTAyMzAz\\n" \
	"MTcyMVowFDESMBAGA1UEAwwJaGlsIHByb2JlMFkwEwYHKoZIzj0CAQYIKoZIzj0D\\n" \
	"AQcDQgAEM8B3FBEoZhDs33Okn/U5A1MsUNSUmG+7T5m63kCXlWcs+VgFikQdTvch\\n" \
	"Dw0pTHWERRZy2sL1qUOgT/qMRsGluaNTMFEwHQYDVR0OBBYEFF81x8BlduHKcpNM\\n" \
	"0oLltCiDqnhnMB8GA1UdIwQYMBaAFF81x8BlduHKcpNM0oLltCiDqnhnMA8GA1Ud\\n" \
	"EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgHH8gVGppaxX3qQRFoMeJWlXf\\n" \
	"uHcyH7QLt2TS7/T6oUACIGVTiU6yO7jSuiqhLUqdxi+Ywh+AgKV3sDm6Uh/tW2M/\\n" \
	"-----END CERTIFICATE-----\\n"
#define CA_BYTES "574"
#define CA_CRLF \
	"-----BEGIN CERTIFICATE-----\\r\\n" \
	"MIIBfDCCASOgAwIBAgIUK608R7QTNlmiki8mIwHxTRxUOOswCgYIKoZIzj0EAwIw\\r\\n" \
	"FDESMBAGA1UEAwwJaGlsIHByb2JlMB4XDTI2MTEyODAzMTcyMVoXDTQ4MTAyMzAz\\r\\n" \
	"MTcyMVowFDESMBAGA1UEAwwJaGlsIHByb2JlMFkwEwYHKoZIzj0CAQYIKoZIzj0D\\r\\n" \
	"AQcDQgAEM8B3FBEoZhDs33Okn/U5A1MsUNSUmG+7T5m63kCXlWcs+VgFikQdTvch\\r\\n" \
	"Dw0pTHWERRZy2sL1qUOgT/qMRsGluaNTMFEwHQYDVR0OBBYEFF81x8BlduHKcpNM\\r\\n" \
	"0oLltCiDqnhnMB8GA1UdIwQYMBaAFF81x8BlduHKcpNM0oLltCiDqnhnMA8GA1Ud\\r\\n" \
	"EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgHH8gVGppaxX3qQRFoMeJWlXf\\r\\n" \
	"uHcyH7QLt2TS7/T6oUACIGVTiU6yO7jSuiqhLUqdxi+Ywh+AgKV3sDm6Uh/tW2M/\\r\\n" \
	"-----END CERTIFICATE-----\\r\\n"
#define CA_CRLF_BYTES "584"
#define CA_2065 \
	"-----BEGIN CERTIFICATE-----\\n" \
	"MIIBfzCCASWgAwIBAgIUTt//2miYXqZx9MzdmV2hkhSONC4wCgYIKoZIzj0EAwIw\\n" \
	"FDESMBAGA1UEAwwJaGlsIHByb2JlMCAXDTI2MTEyODAzMTcyMVoYDzIwNjUwMzI4\\n" \
	"MDMxNzIxWjAUMRIwEAYDVQQDDAloaWwgcHJvYmUwWTATBgcqhkjOPQIBBggqhkjO\\n" \
	"PQMBBwNCAAQzwHcUEShmEOzfc6Sf9TkDUyxQ1JSYb7tPmbreQJeVZyz5WAWKRB1O\\n" \
	"9yEPDSlMdYRFFnLawvWpQ6BP+oxGwaW5o1MwUTAdBgNVHQ4EFgQUXzXHwGV24cpy\\n" \
	"k0zSguW0KIOqeGcwHwYDVR0jBBgwFoAUXzXHwGV24cpyk0zSguW0KIOqeGcwDwYD\\n" \
	"VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAZjXWbbnB4hID2B3e+/cmk\\n" \
	"YiBZxhDlb5PQRUFlSobuhgIhAKY4vT327bO4qLkXqXAzRHqKsjUgTeefxq9oPTom\\n" \
	"8fqf\\n" \
	"-----END CERTIFICATE-----\\n"
#define CA_2065_BYTES "579"

#define NET (PROBE_WRITE | PROBE_NETWORK)

/* --- parts of scripts ----------------------------------------------------------------------------------------- */

#define SET(tag, value) "AT+CSSLCFG=\"" tag "\",9," value "\n"
#define SNI(value) "-AT+CSSLCFG=\"enableSNI\",9," value "\n"
#define PLAIN SET("sslversion", "4") SET("authmode", "0") SET("ignorelocaltime", "1") SNI("0")
#define STORE(file) "AT+CCERTDOWN=\"hilprobe.pem\"," file##_BYTES "\n<" file "\n"
#define DELETE "-AT+CCERTDELE=\"hilprobe.pem\"\n"
#define RUBBISH "AT+CCERTDOWN=\"hilprobe.pem\",10\n<0123456789\n"
#define VERIFY SET("cacert", "\"hilprobe.pem\"") SET("authmode", "1")

/* A TCP session of the common channel behind TLS; a session that fails forgets its context. */
#define CCH_START "AT+CCHSTART ~^\\+CCHSTART: @130s\n"
#define CCH_STOP "-AT+CCHSTOP ~^\\+CCHSTOP: @150s\n"
#define CCH_CLOSE "-AT+CCHCLOSE=0 ~^\\+CCHCLOSE: @150s\n"
#define CCH_PORT(ctx, peer, port) \
	"-AT+CCHSSLCFG=0," ctx "\nAT+CCHOPEN=0,\"{" peer ".host}\"," port ",2 ~^\\+CCHOPEN: 0, @150s\n"
#define CCH_CTX(ctx, peer) CCH_PORT(ctx, peer, "{" peer ".port}")
#define CCH(peer) CCH_CTX("9", peer)
#define CCH_CODE "^< \\+CCHOPEN: 0,([1-9]\\d*)$"

/* The outcome of one open after the other. */
#define NEXT "(?:(?!^< \\+CCHOPEN: )(?s:.))*^< \\+CCHOPEN: 0,"
#define GOOD NEXT "0$"
#define BAD NEXT "[1-9]\\d*$"

#define MQTT_CTX(ctx, peer) \
	"AT+CMQTTSTART ~^\\+CMQTTSTART: @130s\nAT+CMQTTACCQ=0,\"h\",1\nAT+CMQTTSSLCFG=0," ctx "\n" \
	"AT+CMQTTCONNECT=0,\"tcp://{" peer "}\",60,1 ~^\\+CMQTTCONNECT: @150s\n"
#define MQTT(peer) MQTT_CTX("9", peer)
#define MQTT_END \
	"-AT+CMQTTDISC=0,{=mqtt_disc_timeout_min} ~^\\+CMQTTDISC: @190s\n-AT+CMQTTREL=0\n-AT+CMQTTSTOP " \
	"~^\\+CMQTTSTOP: @30s\n. @200ms\n"
#define MQTT_CODE "^< \\+CMQTTCONNECT: 0,([1-9]\\d*)$"

#define HTTP_CTX(ctx, peer) \
	"AT+HTTPINIT @130s\nAT+HTTPPARA=\"SSLCFG\"," ctx "\nAT+HTTPPARA=\"URL\",\"https://{" peer "}/\"\n" \
	"AT+HTTPACTION=0 ~^\\+HTTPACTION: @260s\n"
#define HTTP(peer) HTTP_CTX("9", peer)
#define HTTP_END "-AT+HTTPTERM @30s\n"
#define HTTP_CODE "^< \\+HTTPACTION: 0,([67]\\d\\d),"

/* FTPS has context 0 and no other. */
#define FTPS_KEEP \
	"AT+CSSLCFG?\n=^< \\+CSSLCFG: 0,(\\d+),(\\d+),(\\d+), => AT+CSSLCFG=\"sslversion\",0,$1\n" \
	"=^< \\+CSSLCFG: 0,(\\d+),(\\d+),(\\d+), => AT+CSSLCFG=\"authmode\",0,$2\n" \
	"=^< \\+CSSLCFG: 0,(\\d+),(\\d+),(\\d+), => AT+CSSLCFG=\"ignorelocaltime\",0,$3\n" \
	"=^< \\+CSSLCFG: 0,\\d+,\\d+,\\d+,\\d+,\"((?!hilprobe)[^\"]+)\", => AT+CSSLCFG=\"cacert\",0,\"$1\"\n"
#define SET0(tag, value) "AT+CSSLCFG=\"" tag "\",0," value "\n"
#define FTPS(peer) \
	"AT+CFTPSSTART ~^\\+CFTPSSTART: @130s\n" \
	"AT+CFTPSLOGIN=\"{" peer ".host}\",{" peer ".port},\"hil\",\"probe\",3 ~^\\+CFTPSLOGIN: @150s\n"
#define FTPS_END "-AT+CFTPSLOGOUT ~^\\+CFTPSLOGOUT: @150s\n-AT+CFTPSSTOP ~^\\+CFTPSSTOP: @150s\n"
#define FTPS_CODE "^< \\+CFTPSLOGIN: ([1-9]\\d*)$"

/* The older table of the common channel has no words for most of it. */
#define CCH_ONLY .only = "cch_table=v3"

const struct experiment probe_tls[] = {
	/* What a build without any of the rest can do. */
	{ NET, .setup = PLAIN CCH_START,
	  .ask = "AT+CCHOPEN=0,\"{tls.host}\",{tls.port},1 ~^\\+CCHOPEN: 0, @150s\n" CCH_CLOSE CCH("tls"),
	  .cleanup = CCH_CLOSE CCH_STOP,
	  .read = { { "tls_fail_all", "\\A" GOOD BAD, "true" }, { "tls_fail_all", "\\A" GOOD GOOD, "false" } } },
	/* SNI to who needs it, to who does not, and no SNI. */
	{ NET, .setup = PLAIN CCH_START,
	  .ask = SNI("1") CCH("tls-name") CCH_CLOSE CCH("tls") CCH_CLOSE SNI("0") CCH("tls"),
	  .cleanup = CCH_CLOSE CCH_STOP SNI("0"),
	  .read = { { "tls_sni", "\\A" GOOD, "ok" },
		    { "tls_sni", "\\A" BAD GOOD, "absent" },
		    { "tls_sni", "\\A" BAD BAD GOOD, "broken" } } },
	{ NET, .only = "tls_sni=broken", .setup = PLAIN SNI("1") CCH_START, .ask = CCH("tls"),
	  .cleanup = CCH_CLOSE CCH_STOP SNI("0"),
	  .read = { { "tls_sni_fail_ms", TIME(CCH_CODE), .from = "^> AT\\+CCHOPEN" } } },
	{ NET, .only = "tls_fail_all=true", .setup = PLAIN CCH_START, .ask = CCH("tls"), .cleanup = CCH_CLOSE CCH_STOP,
	  .read = { { "tls_sni_fail_ms", TIME(CCH_CODE), .from = "^> AT\\+CCHOPEN" } } },
	{ NET, .only = "tls_fail_all=false", .setup = PLAIN, .ask = MQTT("mqtts-tenant") MQTT_END MQTT("mqtts-name"),
	  .cleanup = MQTT_END,
	  .read = { { "tls_no_sni_code_mqtt",
		      "\\A(?:(?!^< \\+CMQTTCONNECT)(?s:.))*^< \\+CMQTTCONNECT: 0,(?!31$)([1-9]\\d*)$", "$1" },
		    { "tls_no_sni_code_mqtt", "^< \\+CMQTTCONNECT: 0,31$(?s:.*)^< \\+CMQTTCONNECT: 0,31$", "31" },
		    { "tls_no_sni_code_mqtt", "^< \\+CMQTTCONNECT: 0,31$(?s:.*)^< \\+CMQTTCONNECT: 0,[1-9]", "0" } } },
	/* Versions and suites. */
	{ NET, .setup = PLAIN CCH_START, .ask = CCH_PORT("9", "version", "{with}"), .cleanup = CCH_CLOSE CCH_STOP,
	  .search = SEARCH_EACH, .each = "1.0:8810 1.1:8811 1.2:8812 1.3:8813",
	  .read = { { "tls_versions", "^< \\+CCHOPEN: 0,0$", "" } } },
	{ NET, .setup = PLAIN CCH_START, .ask = CCH_PORT("9", "suite", "{with}"), .cleanup = CCH_CLOSE CCH_STOP,
	  .search = SEARCH_EACH,
	  .each = "0x002F:47 0x0033:51 0x0035:53 0x0039:57 0x003C:60 0x003D:61 0x0067:103 0x006B:107 0x009C:156 "
		  "0x009D:157 0x009E:158 "
		  "0x009F:159 0x1301:4865 0x1302:4866 0x1303:4867 0xC009:49161 0xC00A:49162 0xC013:49171 0xC014:49172 "
		  "0xC023:49187 "
		  "0xC024:49188 0xC027:49191 0xC028:49192 0xC02B:49195 0xC02C:49196 0xC02F:49199 0xC030:49200 "
		  "0xCCA8:52392 0xCCA9:52393",
	  .read = { { "tls_ciphers", "^< \\+CCHOPEN: 0,0$", "" } } },
	/* Chains. */
	{ NET, .setup = PLAIN CCH_START, .ask = CCH("tls") CCH_CLOSE CCH("tls-ecdsa"), .cleanup = CCH_CLOSE CCH_STOP,
	  .read = { { "tls_ecdsa", "\\A" GOOD GOOD, "true" }, { "tls_ecdsa", "\\A" GOOD BAD, "false" } } },
	{ NET, .only = "tls_ecdsa=true", .setup = PLAIN CCH_START,
	  .ask = CCH("tls-ecdsa") CCH_CLOSE CCH("tls-ec384") CCH_CLOSE CCH("tls-ec521"), .cleanup = CCH_CLOSE CCH_STOP,
	  .read = { { "tls_ec_bits_max", "\\A" GOOD GOOD GOOD, "521" },
		    { "tls_ec_bits_max", "\\A" GOOD GOOD BAD, "384" },
		    { "tls_ec_bits_max", "\\A" GOOD BAD, "256" } } },
	{ NET, .setup = PLAIN CCH_START, .ask = CCH("tls") CCH_CLOSE CCH("tls-wildcard"), .cleanup = CCH_CLOSE CCH_STOP,
	  .read = { { "tls_wildcard", "\\A" GOOD GOOD, "true" }, { "tls_wildcard", "\\A" GOOD BAD, "false" } } },
	{ NET, .setup = PLAIN STORE(CA) VERIFY CCH_START, .ask = CCH("tls-trusted") CCH_CLOSE CCH("tls-foreign"),
	  .cleanup = CCH_CLOSE CCH_STOP DELETE SET("authmode", "0"),
	  .read = { { "tls_verify_hostname", "\\A" GOOD GOOD, "false" },
		    { "tls_verify_hostname", "\\A" GOOD BAD, "true" } } },
	{ NET, .setup = PLAIN STORE(CA) VERIFY CCH_START,
	  .ask = CCH("tls-trusted") CCH_CLOSE DELETE STORE(CA_CRLF) CCH("tls-trusted"),
	  .cleanup = CCH_CLOSE CCH_STOP DELETE SET("authmode", "0"),
	  .read = { { "ca_crlf", "\\A" GOOD GOOD, "ok" }, { "ca_crlf", "\\A" GOOD BAD, "open_fail" } } },
	{ NET, .setup = PLAIN STORE(CA) VERIFY CCH_START,
	  .ask = CCH("tls-trusted") CCH_CLOSE DELETE STORE(CA_2065) CCH("tls-trusted"),
	  .cleanup = CCH_CLOSE CCH_STOP DELETE SET("authmode", "0"),
	  .read = { { "ca_generalized_time", "\\A" GOOD GOOD, "ok" },
		    { "ca_generalized_time", "\\A" GOOD BAD, "open_fail" } } },
	/* A handshake that fails: the server has 1.3 alone, the modem is to take 1.2. */
	{ NET, .only = "tls_fail_all=false", .setup = PLAIN SET("sslversion", "3") CCH_START, .ask = CCH("tls-13"),
	  .cleanup = CCH_CLOSE CCH_STOP SET("sslversion", "4"),
	  .read = { { "tls_fail_ms", TIME(CCH_CODE), .from = "^> AT\\+CCHOPEN" } } },
	{ NET, CCH_ONLY, .setup = PLAIN SET("sslversion", "3") CCH_START, .ask = CCH("tls-13"),
	  .cleanup = CCH_CLOSE CCH_STOP SET("sslversion", "4"), .read = { { "tls_fail_code_cch", CCH_CODE, "$1" } } },
	{ NET, .only = "cch_table=v3 tls_fail_all=false", .setup = PLAIN STORE(CA) VERIFY CCH_START, .ask = CCH("tls"),
	  .cleanup = CCH_CLOSE CCH_STOP DELETE SET("authmode", "0"),
	  .read = { { "tls_untrusted_code_cch", CCH_CODE, "$1" } } },
	{ NET, CCH_ONLY, .setup = PLAIN RUBBISH VERIFY CCH_START, .ask = CCH("tls"),
	  .cleanup = CCH_CLOSE CCH_STOP DELETE SET("authmode", "0"),
	  .read = { { "tls_open_fail_code_cch", CCH_CODE, "$1" },
		    { "tls_open_fail_ms", TIME(CCH_CODE), .from = "^> AT\\+(?:CCHOPEN|CMQTTCONNECT|HTTPACTION)" } } },
	{ NET, CCH_ONLY, .setup = "AT+CSSLCFG=\"authmode\",8,1\n" CCH_START, .ask = CCH_CTX("8", "tls"),
	  .cleanup = CCH_CLOSE CCH_STOP "AT+CSSLCFG=\"authmode\",8,0",
	  .read = { { "tls_missing_file_code_cch", CCH_CODE, "$1" } } },
	{ NET, .setup = PLAIN SET("sslversion", "3"), .ask = MQTT("mqtts-13"),
	  .cleanup = MQTT_END SET("sslversion", "4"), .read = { { "tls_fail_code_mqtt", MQTT_CODE, "$1" } } },
	{ NET, .only = "tls_fail_all=false", .setup = PLAIN STORE(CA) VERIFY, .ask = MQTT("mqtts"),
	  .cleanup = MQTT_END DELETE SET("authmode", "0"), .read = { { "tls_untrusted_code_mqtt", MQTT_CODE, "$1" } } },
	{ NET, .setup = PLAIN RUBBISH VERIFY, .ask = MQTT("mqtts"), .cleanup = MQTT_END DELETE SET("authmode", "0"),
	  .read = { { "tls_open_fail_code_mqtt", MQTT_CODE, "$1" },
		    { "tls_open_fail_ms", TIME(MQTT_CODE), .from = "^> AT\\+(?:CCHOPEN|CMQTTCONNECT|HTTPACTION)" } } },
	{ NET, .setup = "AT+CSSLCFG=\"authmode\",8,1\n", .ask = MQTT_CTX("8", "mqtts"),
	  .cleanup = MQTT_END "AT+CSSLCFG=\"authmode\",8,0",
	  .read = { { "tls_missing_file_code_mqtt", MQTT_CODE, "$1" } } },
	{ NET, .only = "tls_fail_all=false tls_sni=ok", .setup = PLAIN SNI("1"),
	  .ask = HTTP("https") HTTP_END SNI("0") HTTP("https"), .cleanup = HTTP_END SNI("0"),
	  .read = { { "tls_sni_http", "\\A(?:(?!^< \\+HTTPACTION: )(?s:.))*^< \\+HTTPACTION: 0,200,", "same" },
		    { "tls_sni_http", "^< \\+HTTPACTION: 0,7\\d\\d,(?s:.*)^< \\+HTTPACTION: 0,200,", "broken" } } },
	{ NET, .setup = PLAIN SET("sslversion", "3"), .ask = HTTP("https-13"),
	  .cleanup = HTTP_END SET("sslversion", "4"), .read = { { "tls_fail_code_http", HTTP_CODE, "$1" } } },
	{ NET, .only = "tls_fail_all=false", .setup = PLAIN STORE(CA) VERIFY, .ask = HTTP("https"),
	  .cleanup = HTTP_END DELETE SET("authmode", "0"), .read = { { "tls_untrusted_code_http", HTTP_CODE, "$1" } } },
	{ NET, .setup = PLAIN RUBBISH VERIFY, .ask = HTTP("https"), .cleanup = HTTP_END DELETE SET("authmode", "0"),
	  .read = { { "tls_open_fail_code_http", HTTP_CODE, "$1" },
		    { "tls_open_fail_ms", TIME(HTTP_CODE), .from = "^> AT\\+(?:CCHOPEN|CMQTTCONNECT|HTTPACTION)" } } },
	{ NET, .setup = "AT+CSSLCFG=\"authmode\",8,1\n", .ask = HTTP_CTX("8", "https"),
	  .cleanup = HTTP_END "AT+CSSLCFG=\"authmode\",8,0",
	  .read = { { "tls_missing_file_code_http", HTTP_CODE, "$1" } } },
	{ NET, .setup = FTPS_KEEP SET0("sslversion", "3"), .ask = FTPS("ftps-13"), .cleanup = FTPS_END,
	  .read = { { "tls_fail_code_ftps", FTPS_CODE, "$1" } } },
	{ NET, .setup = FTPS_KEEP SET0("authmode", "1"), .ask = FTPS("ftps"), .cleanup = FTPS_END,
	  .read = { { "tls_missing_file_code_ftps", FTPS_CODE, "$1" } } },
	{ NET, .only = "tls_fail_all=false",
	  .setup = FTPS_KEEP STORE(CA) SET0("cacert", "\"hilprobe.pem\"") SET0("authmode", "1"), .ask = FTPS("ftps"),
	  .cleanup = FTPS_END DELETE, .read = { { "tls_untrusted_code_ftps", FTPS_CODE, "$1" } } },
	{ NET, .setup = FTPS_KEEP RUBBISH SET0("cacert", "\"hilprobe.pem\"") SET0("authmode", "1"), .ask = FTPS("ftps"),
	  .cleanup = FTPS_END DELETE, .read = { { "tls_open_fail_code_ftps", FTPS_CODE, "$1" } } },
	{ .ask = NULL },
};
