/* The only list of tables, and what no table can ask. */
#include "harness/probe/rows.h"

const struct experiment *const *probe_tables(void)
{
	/* in this order: some ask for what was seen before */
	static const struct experiment *const tables[] = {
		probe_identity, probe_forms, probe_line, probe_fs,  probe_cch, probe_mqtt, probe_tls,
		probe_http,	probe_ftps,  probe_cip,	 probe_net, probe_sms, probe_phone,
		probe_boot,	NULL,
	};

	return tables;
}

const char *const *probe_peers(size_t *n)
{
	static const char *const peers[] = {
		"tcp=tcp.probe.example:7",
		"tcp-deaf=tcp.probe.example:8",
		"tcp-closes=tcp.probe.example:19",
		"tcp-resets=tcp.probe.example:20",
		"chargen=tcp.probe.example:21",
		"refused=refused.probe.example:9",
		"nowhere=nowhere.probe.example:9",
		"slow-name=slow-name.probe.example:9",
		"mute=mute.probe.example:123",
		"mqtt=mqtt.probe.example:1883",
		"mqtt-deaf=mqtt.probe.example:1884",
		"mqtt-still=mqtt.probe.example:1885",
		"mqtts=mqtts.probe.example:8883",
		"mqtts-13=mqtts-13.probe.example:8883",
		"mqtts-tenant=mqtts-tenant.probe.example:8883",
		"mqtts-name=mqtts-name.probe.example:8883",
		"http=http.probe.example:80",
		"ftp=ftp.probe.example:21",
		"https=https.probe.example:443",
		"https-13=https-13.probe.example:443",
		"ftps=ftps.probe.example:990",
		"ftps-13=ftps-13.probe.example:990",
		"tls=tls.probe.example:7",
		"tls-13=tls-13.probe.example:7",
		"tls-name=tls-name.probe.example:7",
		"tls-trusted=tls-trusted.probe.example:7",
		"tls-foreign=tls-foreign.probe.example:7",
		"tls-ecdsa=tls-ecdsa.probe.example:7",
		"tls-ec384=tls-ec384.probe.example:7",
		"tls-ec521=tls-ec521.probe.example:7",
		"tls-wildcard=tls-wildcard.probe.example:7",
		"version=version.probe.example:8810",
		"suite=suite.probe.example:47",
	};

	*n = sizeof(peers) / sizeof(peers[0]);
	return peers;
}

const struct presence_row probe_presence[] = {
	{ "+CCERTMOVE", "" }, /* quirk ccertmove */
	{ "+CESQ", "" },      /* quirk cesq */
	{ "+CCHSTATE", "" },  /* quirk cch_state */
	{ "+COPS", "?" },     /* its test form searches for networks */
	{ NULL, NULL },
};

const struct unseen_row probe_unseen[] = {
	{ "host_rx_fifo_bytes", "a ring of the host" },
	{ "host_rx_drain_bytes_per_ms", "a ring of the host" },
	{ "modem_rx_fifo_bytes", "a ring of the board, between host and modem" },
	{ "modem_rx_drain_bytes_per_ms", "a ring of the board, between host and modem" },
	{ "tls_max_chain_bytes", "takes a server whose chain grows at will" },
	{ "boot_lines", "a line that only some modems have cannot be told from what just happened to come" },
	{ "http_body_max_bytes", "takes a server with a body of any length" },
	{ "http_session_max_bytes", "takes a download of which nobody knows how long" },
	{ "http_boot_max_bytes", "takes a download of which nobody knows how long" },
	{ "cch_stall_bytes", "takes a stream of which nobody knows how long" },
	{ "cip_ims_route", "takes a network whose IMS context leads nowhere" },
	{ "mqtt_error_max", "a code that is not shown may be known all the same" },
	{ "cip_unknown_code", "nothing is known that leads to it" },
	{ "cip_send_buffer_bytes", "filled by more than a prompt takes, and emptied by the network meanwhile" },
	{ "cip_send_full", "filled by more than a prompt takes, and emptied by the network meanwhile" },
	{ "cip_silent_death_s", "takes days" },
	{ "sms_send_ms", "a message costs money, and somebody gets it" },
	{ "sms_sim_error", "takes the SIM away" },
	{ "sms_store", "takes a message from somebody" },
	{ "sms_too_long_code", "a message that fits after all would be on the SIM, or sent" },
	{ "sms_header_text", "takes a long message from somebody" },
	{ "cmte_warn_low", "takes cold" },
	{ "cmte_warn_high", "takes heat" },
	{ "cmte_off_low", "takes cold, and switches the modem off" },
	{ "cmte_off_high", "takes heat, and switches the modem off" },
	{ "net_gsm_first_ms", "the network around decides where a modem registers first" },
	{ "view_width", "a line of AT&V ends with an item, somewhere before the width" },
	{ "clbs", "asks a server" },
	{ "ctcpka_needs_net", "takes the data network down, which may be in use" },
	{ "clbs_needs_net", "asks a server whose answer depends on where the modem is" },
	{ "cgps_again", "needs the receiver, which another program may be using" },
	{ "cgps_needs_mode", "needs the receiver, which another program may be using" },
	{ "cgnssinfo_counts", "takes an open sky" },
	{ "cgnssinfo_empty", "needs the receiver, which another program may be using" },
	{ "gnss_fix_ms", "takes an open sky" },
	{ "uart_speed", "a real line always garbles; this is a switch of the emulator" },
	{ "autobaud", "the line would have to change its speed, which the probe leaves alone" },
	{ "power_key_on_ms", "a pin of the board" },
	{ "power_key_off_ms", "a pin of the board" },
	{ "reset_pin_ms", "a pin of the board" },
	{ "sleep_wake_ms", "a line that not every port has" },
	{ "voice_calls", "a call that goes out would ring somewhere" },
	{ "voice_dial_ms", "takes a call" },
	{ "voice_ring_ms", "takes somebody who calls" },
	{ "voice_no_network", "a call that goes out after all would ring somewhere" },
	{ "voice_end_result", "takes a call" },
	{ "voice_fail_end", "takes a call" },
	{ "voice_end_unanswered", "takes a call" },
	{ "voice_caller_type", "takes somebody who calls" },
	{ "voice_missed", "takes somebody who calls" },
	{ "voice_rxdtmf", "takes somebody who calls" },
	{ "voice_colp_waits", "takes a call" },
	{ "voice_list_name", "takes a call" },
	{ "voice_redial", "the last number would be called" },
	{ "ussd_ms", "takes a code that the operator knows" },
	{ "gnss_off_ms", "needs the receiver, which another program may be using" },
	{ "cmux_start", "a modem that has begun to multiplex answers no command until it is told to end in frames" },
	{ "cmux_frame_max", "is seen in frames, of which the interrogation has none" },
	{ "cmux_final", "is seen in frames, of which the interrogation has none" },
	{ "cmux_status", "is seen in frames, of which the interrogation has none" },
	{ "cmux_idle_flags", "is seen in frames, of which the interrogation has none" },
	{ "cmux_ua_again", "is seen in frames, of which the interrogation has none" },
	{ "cmux_notice", "is seen in frames, of which the interrogation has none" },
	{ "ppp_start", "takes a host that speaks PPP" },
	{ "ppp_auth", "takes a host that speaks PPP" },
	{ "ppp_login_fail", "takes a host that speaks PPP" },
	{ "ppp_discard_request", "takes a host that speaks PPP" },
	{ "ppp_echo_magic", "takes a host that speaks PPP" },
	{ "ppp_first_id", "takes a host that speaks PPP" },
	{ "ppp_chap_name", "takes a host that speaks PPP" },
	{ "ppp_vj", "takes a host that speaks PPP" },
	{ "ppp_acfc_always", "takes a host that speaks PPP" },
	{ "ppp_restart_ms", "takes a host that speaks PPP" },
	{ "ppp_tries", "takes a host that speaks PPP" },
	{ "ppp_end_ms", "takes a host that speaks PPP" },
	{ "ppp_burst", "takes a host that speaks PPP" },
	{ "dial_connect_ms", "a data call, which may cost money" },
	{ "dial_no_service", "takes the network away" },
	{ "dial_end_urc", "a data call, which may cost money" },
	{ "cgauth_order", "takes a network that wants a login" },
	{ NULL, NULL },
};
