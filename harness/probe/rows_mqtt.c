/* AT+CMQTT*: orders, refusals and times of the service, then of a client with a broker. */
#include "harness/probe/rows.h"

#define START "AT+CMQTTSTART ~^\\+CMQTTSTART: @130s\n"
#define STOP "AT+CMQTTSTOP ~^\\+CMQTTSTOP: @30s\n. @200ms\n"
#define ACQUIRE START "AT+CMQTTACCQ=0,\"h\"\n"
#define CONNECT(peer) "AT+CMQTTCONNECT=0,\"tcp://{" peer "}\",60,1 ~^\\+CMQTTCONNECT: @150s\n"
#define DISCONNECT "AT+CMQTTDISC=0,{=mqtt_disc_timeout_min} ~^\\+CMQTTDISC: @190s\n"
#define END "AT+CMQTTREL=0\n" STOP
#define SUBSCRIBE "AT+CMQTTSUB=0,8,0\n<hilprobe ~^\\+CMQTTSUB: @150s\n"
#define TOPIC "AT+CMQTTTOPIC=0,8\n<hilprobe\n"
#define PUBLISH(qos) "AT+CMQTTPUB=0," qos ",{=mqtt_pub_timeout_min}"

/* From here to the first line that matches: nothing but other lines of the same command. */
#define SOON "(?:(?!^> )(?s:.))*?"
/* The data network is closed, and then the service is started. */
#define COLD "\\A> AT\\+NETOPEN\\?\n< \\+NETOPEN: 0[^\n]*\n< OK\n> AT\\+CMQTTSTART\n"
#define OPENED "(?s:.*)^> AT\\+NETOPEN\n(?:< .*\n)*?< \\+NETOPEN: 0\n(?s:.*?)^> AT\\+CMQTTSTART\n"

const struct experiment probe_mqtt[] = {
	/* The service: started, started again, stopped, stopped again, and asked when it does not run. */
	{ PROBE_WRITE,
	  .ask = "AT+NETOPEN?\n" START "AT+CMQTTSTART\n" STOP "AT+CMQTTSTOP\nAT+CMQTTCFG?\nAT+CMQTTACCQ=0,\"h\"",
	  .read = { { "mqtt_start_order", COLD "< \\+CMQTTSTART: 0\n< OK$", "urc_first" },
		    { "mqtt_start_cold_ms", TIME(COLD SOON "^(< \\+CMQTTSTART: 0)$"), .from = "^> AT\\+CMQTTSTART" },
		    { "mqtt_start_twice_code",
		      "^< \\+CMQTTSTART: 0$"
		      "(?s:.*?)^> AT\\+CMQTTSTART\n< \\+CMQTTSTART: (\\d+)\n< ERROR$",
		      "$1" },
		    { "mqtt_start_twice_code",
		      "^< \\+CMQTTSTART: 0$"
		      "(?s:.*?)^> AT\\+CMQTTSTART\n< ERROR$",
		      "0" },
		    { "mqtt_stop_order", "^> AT\\+CMQTTSTOP\n< OK\n< \\+CMQTTSTOP: 0$", "ok_first" },
		    { "mqtt_stop_order", "^> AT\\+CMQTTSTOP\n< \\+CMQTTSTOP: 0\n< OK$", "urc_first" },
		    { "mqtt_stop_nonet", "^< \\+CMQTTNONET$", "true" },
		    { "mqtt_stop_nonet", "^< \\+CMQTTSTOP: 0$", "false" },
		    { "mqtt_stop_twice_code",
		      "^< \\+CMQTTSTOP: 0$"
		      "(?s:.*?)^> AT\\+CMQTTSTOP\n< \\+CMQTTSTOP: (\\d+)\n< ERROR$",
		      "$1" },
		    { "mqtt_stop_twice_code",
		      "^< \\+CMQTTSTOP: 0$"
		      "(?s:.*?)^> AT\\+CMQTTSTOP\n< ERROR$",
		      "0" },
		    { "mqtt_reads_before_start", "^> AT\\+CMQTTCFG\\?\n< \\+CMQTTCFG: ", "true" } } },
	{ PROBE_WRITE, .setup = "-AT+CMQTTSTOP ~^\\+CMQTTSTOP: @30s\n. @200ms", .ask = "AT+CMQTTACCQ=0,\"h\"",
	  .read = { { "mqtt_not_started_code", "^< \\+CMQTTACCQ: 0,(\\d+)\n< ERROR$", "$1" },
		    { "mqtt_not_started_code", "^> [^\n]*\n< ERROR$", "0" } } },
	{ PROBE_WRITE, .setup = ACQUIRE, .ask = "AT+CMQTTSTOP", .cleanup = END,
	  .read = { { "mqtt_stop_unreleased_code", "^< \\+CMQTTSTOP: (\\d+)\n< ERROR$", "$1" },
		    { "mqtt_stop_unreleased_code", "^> [^\n]*\n< ERROR$", "0" } } },
	{ PROBE_WRITE, .setup = START, .ask = "AT+CMQTTREL=0\nAT+CMQTTSSLCFG?", .cleanup = STOP,
	  .read = { { "mqtt_rel_free_code", "^< \\+CMQTTREL: 0,(\\d+)\n< ERROR$", "$1" },
		    { "mqtt_rel_free_code", "^> AT\\+CMQTTREL=0\n< OK$", "0" },
		    { "mqtt_sslcfg_unbound", "^< \\+CMQTTSSLCFG: 0,0$", "zero" },
		    { "mqtt_sslcfg_unbound", "^< \\+CMQTTSSLCFG: 0,$", "empty" } } },
	{ PROBE_WRITE | PROBE_NETWORK, .ask = "AT+NETOPEN?\n" START STOP "AT+NETOPEN ~^\\+NETOPEN: @130s\n" START STOP,
	  .cleanup = "AT+NETCLOSE ~^\\+NETCLOSE: @30s",
	  .read = { { "mqtt_start_order", COLD "< \\+CMQTTSTART: 0\n< OK$", "urc_first" },
		    { "mqtt_start_order", COLD "< OK\n" OPENED "< \\+CMQTTSTART: 0\n< OK$", "by_network" },
		    { "mqtt_start_order", COLD "< OK\n" OPENED "< OK\n< \\+CMQTTSTART: 0$", "ok_first" },
		    { "mqtt_start_ms", TIME(OPENED SOON "^(< \\+CMQTTSTART: 0)$"),
		      .from = "(?s:.*)^(> AT\\+CMQTTSTART)$" } } },
	/* Without a network it cannot be started. */
	{ PROBE_WRITE, .setup = "?+CFUN 1\n?+CGREG 1\nAT+CGREG=1\nAT+CFUN=4\n. @1s", .ask = START,
	  .cleanup = "AT+CFUN=1 ~^\\+CGREG: [15] @10m\n" STOP,
	  .read = { { "mqtt_start_fail_code", "^< \\+CMQTTSTART: (\\d+)$", "$1" } } },
	/* A broker that takes everybody. */
	{ PROBE_WRITE | PROBE_NETWORK, .setup = ACQUIRE "AT+CMQTTSSLCFG=0,3",
	  .ask = CONNECT("mqtt") "AT+CMQTTSSLCFG?\n" DISCONNECT, .cleanup = DISCONNECT END,
	  .read = { { "mqtt_ssl_binding", "^< \\+CMQTTCONNECT: 0,0$(?s:.*)^< \\+CMQTTSSLCFG: 0,3$",
		      "until_failed_or_disc" },
		    { "mqtt_ssl_binding", "^< \\+CMQTTCONNECT: 0,0$(?s:.*)^< \\+CMQTTSSLCFG: 0,", "until_connect" },
		    { "mqtt_disc_order", "^> AT\\+CMQTTDISC[^\n]*\n< OK\n< \\+CMQTTDISC: 0,0$", "ok_first" },
		    { "mqtt_disc_order", "^> AT\\+CMQTTDISC[^\n]*\n< \\+CMQTTDISC: 0,0\n< OK$", "urc_first" } } },
	{ PROBE_WRITE | PROBE_NETWORK, .setup = ACQUIRE,
	  .ask = "AT+CMQTTCONNECT=0,\"tcp://{mqtt}\",60,1,\"hil\",\"probe\" ~^\\+CMQTTCONNECT: @150s",
	  .cleanup = DISCONNECT END,
	  .read = { { "mqtt_connect_userpass", "^< \\+CMQTTCONNECT: 0,12\n< ERROR$", "false" },
		    { "mqtt_connect_userpass", "^> AT\\+CMQTTCONNECT[^\n]*\n< ERROR$", "false" },
		    { "mqtt_connect_userpass", "^< \\+CMQTTCONNECT: 0,\\d+$", "true" } } },
	{ PROBE_WRITE | PROBE_NETWORK, .setup = ACQUIRE CONNECT("mqtt"), .ask = ". @{n}ms\nAT+CMQTTUNSUB=0",
	  .cleanup = DISCONNECT END, .search = SEARCH_SMALLEST, .paced = true,
	  .read = { { "mqtt_sub_busy", "^< \\+CMQTTUNSUB: 0,(?!14$)\\d+$", "" } } },
	{ PROBE_WRITE | PROBE_NETWORK, .setup = ACQUIRE CONNECT("mqtt") ". @{=mqtt_sub_busy}ms\n" SUBSCRIBE TOPIC,
	  .ask = "AT+CMQTTPAYLOAD=0,{n}\n<{*x}\n" PUBLISH("0") " ~^\\+CMQTTPUB: @190s\n. @3s",
	  .cleanup = DISCONNECT END, .times = "mqtt_payload_max",
	  .read = { { "mqtt_rx_chunk",
		      "^< \\+CMQTTRXSTART: 0,\\d+,(\\d+)$(?s:.*?)^< \\+CMQTTRXPAYLOAD: 0,(?!\\1$)(\\d+)$", "$2" },
		    { "mqtt_rx_chunk", "^< \\+CMQTTRXPAYLOAD: 0,(10240)$", "$1" } } },
	{ PROBE_WRITE | PROBE_NETWORK, .setup = ACQUIRE CONNECT("mqtt") ". @{=mqtt_sub_busy}ms\n" SUBSCRIBE TOPIC,
	  .ask = PUBLISH("0") " ~^\\+CMQTTPUB: @190s\n. @3s", .cleanup = DISCONNECT END,
	  .read = { { "mqtt_rx_header", "^< \\+CMQTTRXSTART: \\d", "one_line" },
		    { "mqtt_rx_header", "^< \\+CMQTTRXSTART:\n< \\d", "two_lines" },
		    { "mqtt_rx_empty_line", "hilprobe\\\\r\\\\n\\\\r\\\\n\\+CMQTTRXEND", "true", .raw = true },
		    { "mqtt_rx_empty_line", "hilprobe\\\\r\\\\n\\+CMQTTRXEND", "false", .raw = true } } },
	/* Brokers that fail in one way each. */
	{ PROBE_WRITE | PROBE_NETWORK, .setup = ACQUIRE, .ask = CONNECT("refused"), .cleanup = DISCONNECT END,
	  .read = { { "mqtt_connect_fail", "^< OK\n< \\+CMQTTCONNECT: 0,[1-9]\\d*$", "ok_urc" },
		    { "mqtt_connect_fail", "^< \\+CMQTTCONNECT: 0,[1-9]\\d*\n< ERROR$", "urc_error" } } },
	{ PROBE_WRITE | PROBE_NETWORK, .setup = ACQUIRE CONNECT("mqtt-deaf") ". @{=mqtt_sub_busy}ms\n" TOPIC,
	  .ask = PUBLISH("1") " ~^\\+CMQTTPUB: @190s", .cleanup = DISCONNECT END,
	  .read = { { "mqtt_pub_fail", "^< OK\n< \\+CMQTTPUB: 0,[1-9]\\d*$", "ok_urc" },
		    { "mqtt_pub_fail", "^< \\+CMQTTPUB: 0,[1-9]\\d*\n< ERROR$", "urc_error" } } },
	{ PROBE_WRITE | PROBE_NETWORK, .setup = ACQUIRE CONNECT("mqtt-still"),
	  .ask = ".~^\\+(CMQTTPING|CMQTTCONNLOST): @4m", .cleanup = DISCONNECT END,
	  .read = { { "mqtt_ping_urc", "^< \\+CMQTTPING: ", "true" },
		    { "mqtt_ping_urc", "^< \\+CMQTTCONNLOST: ", "false" } } },
	{ .ask = NULL },
};
