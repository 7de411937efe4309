/* Ranges, tags and columns: what test and read forms show. Nothing is changed but the directory of the session. */
#include "harness/probe/rows.h"

/* The number behind n ranges of a test form: "+CMQTTCONNECT: (0-1),(9-256),(1-64800)" */
#define RANGE "\\([^)\n]*\\),"
#define LAST "\\((?:[^)\n]*[-,])?(\\d+)\\)"
#define FIRST "\\((?:0,)?(\\d+)"

#define TAG(quirk, tag) \
	{ quirk, "\"" tag "\"", "true" }, \
	{ \
		quirk, WITHOUT("\"" tag "\""), "false" \
	}

const struct experiment probe_forms[] = {
	/* AT+CSSLCFG, certificates */
	{ .ask = "AT+CSSLCFG=?",
	  .read = { TAG("csslcfg_sni", "enableSNI"),
		    TAG("csslcfg_keypwd", "keypwd"),
		    TAG("csslcfg_password_file", "password"),
		    TAG("csslcfg_ciphersuites", "ciphersuites"),
		    { "cert_name_max", "\"cacert\"," RANGE LAST, "$1" } } },
	{ .ask = "AT+CSSLCFG?",
	  .read = { { "csslcfg_row", "^< \\+CSSLCFG: \\d(,[^,\n]*){7}$", "le11" },
		    { "csslcfg_row", "^< \\+CSSLCFG: \\d(,[^,\n]*){8}$", "sim7022" },
		    { "csslcfg_row", "^< \\+CSSLCFG: \\d(,[^,\n]*){9}$", "a7670" },
		    { "csslcfg_row", "^< \\+CSSLCFG: \\d(,[^,\n]*){12}$", "sim767x" },
		    { "csslcfg_row", "^< \\+CSSLCFG: \\d(,[^,\n]*){10}$", "sim7600" } } },
	{ .ask = "AT+CCERTMOVE=?",
	  .read = { { "ccertmove", "^< OK$", "true" }, { "ccertmove", "^< ERROR$", "false" } } },
	/* MQTT */
	{ .ask = "AT+CMQTTACCQ=?",
	  .read = { { "mqtt_client_id_max", "^< \\+CMQTTACCQ: " RANGE LAST, "$1" },
		    { "mqtt_acq_version", "^< \\+CMQTTACCQ: " RANGE RANGE RANGE "\\(3", "true" },
		    { "mqtt_acq_version", "^< \\+CMQTTACCQ: " RANGE RANGE "\\([^)]*\\)$", "false" } } },
	{ .ask = "AT+CMQTTCONNECT=?",
	  .read = { { "mqtt_keepalive_min", "^< \\+CMQTTCONNECT: " RANGE RANGE "\\((\\d+)", "$1" } } },
	{ .ask = "AT+CMQTTDISC=?", .read = { { "mqtt_disc_timeout_min", "^< \\+CMQTTDISC: " RANGE FIRST, "$1" } } },
	{ .ask = "AT+CMQTTPUB=?",
	  .read = { { "mqtt_pub_timeout_min", "^< \\+CMQTTPUB:? " RANGE RANGE "\\((\\d+)", "$1" },
		    { "mqtt_pub_test_colon", "^< \\+CMQTTPUB:", "true" },
		    { "mqtt_pub_test_colon", "^< \\+CMQTTPUB ", "false" } } },
	{ .ask = "AT+CMQTTSUBTOPIC=?",
	  .read = { { "mqtt_subtopic_test_qos", "^< \\+CMQTTSUBTOPIC: " RANGE RANGE "\\(", "true" },
		    { "mqtt_subtopic_test_qos", "^< \\+CMQTTSUBTOPIC: " RANGE "\\([^)]*\\)$", "false" } } },
	{ .ask = "AT+CMQTTTOPIC=?", .read = { { "mqtt_topic_max", "^< \\+CMQTTTOPIC: " RANGE LAST, "$1" } } },
	{ .ask = "AT+CMQTTPAYLOAD=?", .read = { { "mqtt_payload_max", "^< \\+CMQTTPAYLOAD: " RANGE LAST, "$1" } } },
	{ .ask = "AT+CMQTTWILLMSG=?", .read = { { "mqtt_will_max", "^< \\+CMQTTWILLMSG: " RANGE LAST, "$1" } } },
	{ .ask = "AT+CMQTTCFG=?",
	  .read = { TAG("mqtt_cfg_version", "version"), TAG("mqtt_cfg_optimeout", "optimeout") } },
	/* A client without a context; 0,0 may as well be one that is bound to context 0. */
	{ .ask = "AT+CMQTTSSLCFG?", .read = { { "mqtt_sslcfg_unbound", "^< \\+CMQTTSSLCFG: \\d,$", "empty" } } },
	/* An error before the service runs; the other answer may come from one that runs. */
	{ .ask = "AT+CMQTTCFG?", .read = { { "mqtt_reads_before_start", "^< ERROR$", "false" } } },
	/* HTTP, common channel */
	{ .ask = "AT+HTTPACTION=?", .read = { { "http_method_max", "^< \\+HTTPACTION: " LAST, "$1" } } },
	{ .ask = "AT+CCHSTATE=?",
	  .read = { { "cch_state", "^< OK$", "true" }, { "cch_state", "^< ERROR$", "false" } } },
	{ .ask = "AT+CCHSEND=?", .read = { { "cch_send_max", "^< \\+CCHSEND: " RANGE LAST, "$1" } } },
	{ .ask = "AT+CCHRECV=?", .read = { { "cch_recv_max", "^< \\+CCHRECV: " RANGE LAST, "$1" } } },
	/* Network services, clock, hardware */
	{ .ask = "AT+NETOPEN?",
	  .read = { { "netopen_read_cid", "^< \\+NETOPEN: \\d+, ?\\d+$", "true" },
		    { "netopen_read_cid", "^< \\+NETOPEN: \\d+$", "false" } } },
	{ .ask = "AT+IPADDR",
	  .read = { { "ipaddr_error", "^< \\+IP ERROR: ", "ip_error" },
		    { "ipaddr_error", "^< \\+IPADDR: [A-Za-z]", "ipaddr" } } },
	{ .ask = "AT+CGPADDR",
	  .read = { { "cgpaddr_quoted", "^< \\+CGPADDR: \\d+,\"", "true" },
		    { "cgpaddr_quoted", "^< \\+CGPADDR: \\d+,\\d", "false" } } },
	{ .ask = "AT+CNTP?",
	  .read = { { "cntp_server", "^< \\+CNTP: \"?([^\",\n]*)\"?,", "$1" },
		    { "cntp_zone", "^< \\+CNTP: .*,(-?\\d+)$", "$1" } } },
	{ .ask = "AT+CCLK?",
	  .read = { { "cclk_long_year", "^< \\+CCLK: \"\\d{4}/", "true" },
		    { "cclk_long_year", "^< \\+CCLK: \"\\d{2}/", "false" } } },
	{ .ask = "AT+CTZU?", .read = { { "ctzu_default", "^< \\+CTZU: (\\d)", "$1" } } },
	{ .ask = "AT+CSCLK=?", .read = { { "csclk_max", "^< \\+CSCLK: " LAST, "$1" } } },
	{ .ask = "AT+CPMUTEMP",
	  .read = { { "cpmutemp_error", "^< ERROR$", "true" }, { "cpmutemp_error", "^< OK$", "false" } } },
	{ .ask = "AT+CRSM=176,12258,0,0,10",
	  .read = { { "crsm_quoted", "^< \\+CRSM: 144,0,\"", "true" },
		    { "crsm_quoted", "^< \\+CRSM: 144,0,[0-9A-F]", "false" } } },
	{ .ask = "AT+CESQ", .read = { { "cesq", "^< ERROR$", "false" }, { "cesq", "^< \\+CESQ: ", "true" } } },
	/* Drives */
	{ .setup = "?+FSCD\nAT+FSCD=C:/",
	  .ask = "AT+FSMEM",
	  .read = { { "fs_c_bytes", "^< \\+FSMEM: C:\\((\\d+),", "$1" } } },
	{ .setup = "?+FSCD\nAT+FSCD=F:/",
	  .ask = "AT+FSMEM",
	  .read = { { "fs_f_bytes", "^< \\+FSMEM: F:\\((\\d+),", "$1" } } },
	{ .setup = "?+FSCD",
	  .ask = "AT+FSCD=D:/",
	  .read = { { "fs_sd_card", "^< OK$", "true" }, { "fs_sd_card", "^< ERROR$", "false" } } },
	{ .setup = "?+FSCD\nAT+FSCD=D:/",
	  .ask = "AT+FSMEM",
	  .read = { { "fs_d_bytes", "^< \\+FSMEM: D:\\((\\d+),", "$1" } } },
	{ .ask = NULL },
};
