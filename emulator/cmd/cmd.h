/*
 * What the command families share: the host side of a modem, the tables, the gate in front of commands, and the way
 * from a modem event to text. cmd/ is the only place where text and device meet, and keeps no state of its own.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "at/at.h"
#include "modem/event.h"
#include "modem/modem.h"
#include "modem/sim.h"

/* Where a channel is on a modem; AT+CATR counts them from 1. */
enum cmd_port {
	CMD_PORT_UART,
	CMD_PORT_MODEM,		/* USB */
	CMD_PORT_AT,		/* USB, "ATCOM" of the manual */
	CMD_PORT_MUX1,		/* channel 1 of the multiplexer, the others behind it */
	CMD_PORT_MUX4 = CMD_PORT_MUX1 + 3,
};

enum { CMD_CHANNELS_MAX = 8 };	/* three ports and the channels of a multiplexer */

/* What AT+CMUX was given last; the defaults until then. */
struct cmd_cmux {
	long speed, n1, t1, n2, t2;	/* 1 to 8, octets, 10 ms, times, 10 ms */
};

/* The AT side of one modem: at_dev() of each of its channels, and the ctx of cmd_event(). */
struct cmd_host {
	struct modem *modem;
	struct at_channel *channel[CMD_CHANNELS_MAX];
	enum cmd_port port[CMD_CHANNELS_MAX];
	size_t n;
	int catr;		/* AT+CATR: 0 all ports, else 1 + enum cmd_port; gone after a reset [guess] */
	void (*nmea)(const void *p, size_t n, void *ctx);	/* sentences for the NMEA port; NULL: there is none */
	void *nmea_ctx;
	struct cmd_cmux cmux;	/* gone after a reset */
	/*
	 * The UART becomes a multiplexer's line when the command line that runs on it is over; n1 octets a frame, 0: as
	 * the modem likes. false: out of memory. NULL: there is no multiplexer.
	 */
	bool (*multiplex)(size_t n1, void *ctx);
	void *multiplex_ctx;
	unsigned deaf;		/* bit i: nobody listens on channel[i], so that nothing unsolicited is kept for it */
};

struct cmd_host *cmd_host(const struct at_channel *at);
struct modem *cmd_modem(const struct at_channel *at);
/* The channel by its number, which is how the device knows whoever asked. */
int cmd_number(const struct at_channel *at);

/* NULL-terminated list of all tables; cmd_list.c is the only place that names them. */
const struct at_cmd *const *cmd_tables(void);
/* What the commands of cmd_tables()[table] are about, in a word: "sms", "network". */
const char *cmd_family(size_t table);

/* A command that clients send or a sheet names and that is not there on purpose: it answers ERROR on every profile. */
struct cmd_absent {
	const char *name, *why, *source;
};
/* cmd_absent.c; ended by a row without a name. Who adds such a command takes its row out: test_cmd_list tells. */
extern const struct cmd_absent cmd_absent[];

extern const struct at_cmd cmd_v250[];		/* cmd_v250.c: line discipline and channel settings */
extern const struct at_cmd cmd_view[];		/* cmd_view.c: &V */
extern const struct at_cmd cmd_ident[];		/* cmd_ident.c */
extern const struct at_cmd cmd_power[];		/* cmd_power.c: CFUN, CRESET, CPOF, CBC ... */
extern const struct at_cmd cmd_sim[];		/* cmd_sim.c: CPIN, CLCK, CICCID ... */
extern const struct at_cmd cmd_net[];		/* cmd_net.c: CREG, COPS, CSQ ... */
extern const struct at_cmd cmd_pdp[];		/* cmd_pdp.c: CGDCONT, CGACT ... */
extern const struct at_cmd cmd_netopen[];	/* cmd_netopen.c: NETOPEN, NETCLOSE, IPADDR */
extern const struct at_cmd cmd_cip_set[];	/* cmd_cip_set.c: CIPMODE, CIPHEAD, CIPTIMEOUT ... */
extern const struct at_cmd cmd_cip[];		/* cmd_cip.c: CIPOPEN, CIPSEND, CIPRXGET, CIPCLOSE ... */
extern const struct at_cmd cmd_cip_server[];	/* cmd_cip_server.c: SERVERSTART, SERVERSTOP */
extern const struct at_cmd cmd_dns[];		/* cmd_dns.c: CDNSGIP, CDNSGHNAME, CIPDNSSET */
extern const struct at_cmd cmd_rtc[];		/* cmd_rtc.c: CCLK, CTZU, CTZR */
extern const struct at_cmd cmd_ssl[];		/* cmd_ssl.c */
extern const struct at_cmd cmd_cert[];		/* cmd_cert.c */
extern const struct at_cmd cmd_mqtt[];		/* cmd_mqtt.c */
extern const struct at_cmd cmd_http[];		/* cmd_http.c */
extern const struct at_cmd cmd_cch[];		/* cmd_cch.c: CCHSTART, CCHOPEN ... */
extern const struct at_cmd cmd_cch_data[];	/* cmd_cch_data.c: CCHSEND, CCHRECV */
extern const struct at_cmd cmd_ping[];		/* cmd_ping.c: CPING */
extern const struct at_cmd cmd_ntp[];		/* cmd_ntp.c: CNTP */
extern const struct at_cmd cmd_htp[];		/* cmd_htp.c: CHTPSERV, CHTPUPDATE */
extern const struct at_cmd cmd_fs[];		/* cmd_fs.c: FSCD, FSLS ... */
extern const struct at_cmd cmd_ftps[];		/* cmd_ftps.c: CFTPSSTART, CFTPSLOGIN ... */
extern const struct at_cmd cmd_cftran[];	/* cmd_cftran.c: CFTRANRX, CFTRANTX */
extern const struct at_cmd cmd_cmux[];		/* cmd_cmux.c: CMUX */
extern const struct at_cmd cmd_hw[];		/* cmd_hw.c: CSCLK, CFGRI, CVALARM ... */
extern const struct at_cmd cmd_dial[];		/* cmd_dial.c: D, CGDATA */
extern const struct at_cmd cmd_pins[];		/* cmd_pins.c: CGDRT, CGSETV, CADC ... */
extern const struct at_cmd cmd_lbs[];		/* cmd_lbs.c: CLBS, CNETSTART ... */
extern const struct at_cmd cmd_sim_files[];	/* cmd_sim_files.c: CRSM, CSIM */
extern const struct at_cmd cmd_gnss[];		/* cmd_gnss.c: CGPS, CGPSINFO, CGNSSINFO ... */
extern const struct at_cmd cmd_voice[];		/* cmd_voice.c: A, CHUP, CHLD, CLCC, VTS ... */
extern const struct at_cmd cmd_voice_set[];	/* cmd_voice_set.c: CVHU, CLIP, COLP, CCWA, CCFC ... */
extern const struct at_cmd cmd_pb[];		/* cmd_pb.c: CPBS, CPBR, CPBF, CPBW, CNUM */
extern const struct at_cmd cmd_ussd[];		/* cmd_ussd.c: CUSD */
extern const struct at_cmd cmd_sms_set[];	/* cmd_sms_set.c: CMGF, CNMI, CPMS, CSMP ... */
extern const struct at_cmd cmd_sms[];		/* cmd_sms.c: CMGR, CMGL, CMGD ... */
extern const struct at_cmd cmd_sms_send[];	/* cmd_sms_send.c: CMGS, CMGW, CMSS, CNMA ... */

/* at_cmd.needs */
enum {
	CMD_NEEDS_SIM = 1 << 0,		/* an unlocked SIM: CME 10, 11, 12, 13 or 14 */
	CMD_NEEDS_NETWORK = 1 << 1,	/* registered: CME 30 */
	CMD_NEEDS_NETOPEN = 1 << 2,	/* +IP ERROR: Network not opened, ERROR */
	CMD_NEEDS_SMS = 1 << 3,		/* an unlocked SIM: CMS 310, 311, 313, 314 or 316 */
	CMD_NEEDS_MESSAGES = 1 << 4,	/* the SIM's messages have been read: CMS 314 */
	CMD_NEEDS_PHONEBOOK = 1 << 5,	/* the phone book has been read: CME 14 */
};

/* struct at_hooks.gate; ctx is not used. */
enum at_status cmd_gate(struct at_channel *at, const struct at_cmd *cmd, void *ctx);

/* at_cme() with a reason for the trace. */
enum at_status cmd_cme(struct at_channel *at, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ERROR with a reason for the trace: what the manual has for parameters that do not fit. */
enum at_status cmd_error(struct at_channel *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum {
	CMD_CME_NOT_ALLOWED = 3,
	CMD_CME_NO_SIM = 10,
	CMD_CME_SIM_PIN = 11,
	CMD_CME_SIM_PUK = 12,
	CMD_CME_SIM_FAILURE = 13,
	CMD_CME_SIM_BUSY = 14,
	CMD_CME_PASSWORD = 16,
	CMD_CME_NO_NETWORK = 30,
	CMD_CME_NOT_ALLOWED_HERE = 32,
};

/* What stands between a command and the SIM; err is not SIM_ERR_NONE. */
enum at_status cmd_sim_error(struct at_channel *at, enum sim_err err);

/* <err_info> of "+IP ERROR: ..." (manual 11.6): text, or a number when AT+CIPCCFG says so. */
enum cmd_ip_err {
	CMD_IP_TIMEOUT, CMD_IP_BIND, CMD_IP_PORT_OVERFLOW, CMD_IP_SOCKET, CMD_IP_ALREADY_OPENED, CMD_IP_ALREADY_CLOSED,
	CMD_IP_NO_CLIENTS, CMD_IP_NO_ACTIVE_CLIENT, CMD_IP_NOT_OPENED, CMD_IP_INDEX, CMD_IP_CONNECTED,
	CMD_IP_NOT_CONNECTED, CMD_IP_PARAMETER, CMD_IP_NOT_SUPPORTED, CMD_IP_DNS, CMD_IP_BUSY, CMD_IP_SOCKETS_OPEN,
	CMD_IP_SEND_TIMEOUT, CMD_IP_SEND_NETWORK, CMD_IP_OPEN_NETWORK, CMD_IP_LISTENING, CMD_IP_NO_DATA,
};
/* The manual's words for a number of <err_info>, NULL when it has none. */
const char *cmd_ip_error_text(int number);
/* The line and ERROR; the rest is the reason for the trace. */
enum at_status cmd_ip_error(struct at_channel *at, enum cmd_ip_err err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The result code that begins data mode, for at_finish() or as a handler's result: CONNECT with what X, &E and \V add.
 * protocol is what \V1 calls it, cid the context whose APN it tells.
 */
enum at_status cmd_connect(struct at_channel *at, const char *protocol, int cid);

/*
 * ATD of a voice call (cmd_voice_dial.c). number is all that stands behind ATD and its T or P: "+4912345;", "123I;", "L",
 * ">SM3;". Borrowed until it returns.
 */
enum at_status cmd_dial_voice(struct at_channel *at, const char *number);

/* The host's line speed was found: what AT+IPR? answers from now on, and a line that says so. */
void cmd_autobaud(struct at_channel *at, long baud);

/* hooks.flows: what waits for the host can go on. */
void cmd_flows(struct cmd_host *h);
/* Each channel that takes URCs has room for some KB of them. */
bool cmd_all_take(struct cmd_host *h);

/* modem_event_func_t; ctx is the struct cmd_host. */
void cmd_event(const struct modem_event *ev, void *ctx);

/* One per family, called by cmd_event() with that family's events only. */
void cmd_power_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_hw_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_lbs_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_sim_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_net_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_pdp_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_netopen_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_cip_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_dns_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_rtc_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_mqtt_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_fs_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_ftps_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_http_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_cch_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_ping_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_ntp_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_htp_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_sms_event(struct cmd_host *h, const struct modem_event *ev);
/* What CMD_NEEDS_SMS and CMD_NEEDS_MESSAGES check. */
enum at_status cmd_sms_check(struct at_channel *at);
enum at_status cmd_sms_check_read(struct at_channel *at);
/* What CMD_NEEDS_PHONEBOOK checks. */
enum at_status cmd_pb_check(struct at_channel *at);
void cmd_voice_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_ussd_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_gnss_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_dial_event(struct cmd_host *h, const struct modem_event *ev);
/* The parts of cmd_flows(). */
void cmd_cip_flows(struct cmd_host *h);
void cmd_cch_flows(struct cmd_host *h);
void cmd_http_flows(struct cmd_host *h);
void cmd_dial_flows(struct cmd_host *h);

/* Tags of cmd_wait() and at_prompt(), unique over all families. Those of a client are tag + client. */
enum cmd_tag {
	CMD_TAG_NONE,
	CMD_TAG_COPS,
	CMD_TAG_NETOPEN,
	CMD_TAG_NETCLOSE,
	CMD_TAG_CERT_DOWN,
	CMD_TAG_FS_COPY,
	CMD_TAG_CFTRANRX,
	CMD_TAG_CFTRANTX,
	CMD_TAG_FTPS_PUT,
	CMD_TAG_FTPS,			/* + enum ftps_op, 32 of them */
	CMD_TAG_FTPS_LAST = CMD_TAG_FTPS + 31,
	CMD_TAG_HTTP_INIT,
	CMD_TAG_HTTP_TERM,
	CMD_TAG_HTTP_DATA,
	CMD_TAG_HTTP_READ,
	CMD_TAG_MQTT_START,
	CMD_TAG_MQTT_STOP,
	CMD_TAG_MQTT_CONNECT,		/* + client, 2 of each */
	CMD_TAG_MQTT_DISC = CMD_TAG_MQTT_CONNECT + 2,
	CMD_TAG_MQTT_PUB = CMD_TAG_MQTT_DISC + 2,
	CMD_TAG_MQTT_SUB = CMD_TAG_MQTT_PUB + 2,
	CMD_TAG_MQTT_UNSUB = CMD_TAG_MQTT_SUB + 2,
	CMD_TAG_MQTT_ENTRY = CMD_TAG_MQTT_UNSUB + 2,	/* 64 of them, the family divides them */
	CMD_TAG_CCH_START = CMD_TAG_MQTT_ENTRY + 64,
	CMD_TAG_CCH_STOP,
	CMD_TAG_CCH_OPEN,		/* + session, 2 of each */
	CMD_TAG_CCH_CLOSE = CMD_TAG_CCH_OPEN + 2,
	CMD_TAG_CCH_ENTRY = CMD_TAG_CCH_CLOSE + 2,
	CMD_TAG_CIP_OPEN = CMD_TAG_CCH_ENTRY + 2,	/* + link, 10 of each */
	CMD_TAG_CIP_CLOSE = CMD_TAG_CIP_OPEN + 10,
	CMD_TAG_CIP_ENTRY = CMD_TAG_CIP_CLOSE + 10,
	CMD_TAG_CIP_SERVER = CMD_TAG_CIP_ENTRY + 10,	/* + server, 4 of them */
	CMD_TAG_DNS = CMD_TAG_CIP_SERVER + 4,
	CMD_TAG_SMS,			/* + channel, 8 of each */
	CMD_TAG_SMS_ENTRY = CMD_TAG_SMS + 8,	/* what is entered, 8 kinds */
	CMD_TAG_VOICE = CMD_TAG_SMS_ENTRY + 8,	/* + call - 1, 7 of them */
	CMD_TAG_DIAL = CMD_TAG_VOICE + 7,	/* + channel, 8 of each */
	CMD_TAG_END = CMD_TAG_DIAL + 8,
};

enum cmd_order { CMD_ORDER_FINAL_FIRST, CMD_ORDER_LINE_FIRST };

/*
 * The result line of a command that was started earlier. When a channel still has tag open, that command ends with
 * final, before or after its line as order says; otherwise (the command answered OK at once) it is a plain URC.
 * A command whose OK comes first should answer OK at once: what is typed meanwhile then runs before the line.
 */
void cmd_result(struct cmd_host *h, int tag, enum cmd_order order, enum at_status final, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/*
 * at_wait() for a command that only one port can have open: ERROR when another one has [guess], or nobody would know
 * whose result it is.
 */
enum at_status cmd_wait(struct at_channel *at, int tag);
/* The channel on which the command of tag is open, NULL when there is none. */
struct at_channel *cmd_waiting(const struct cmd_host *h, int tag);

/*
 * Whether unsolicited lines go to channel i: AT+CATR names its port or all, and somebody listens there. The result of a
 * command that has answered OK already is such a line, whichever port the command came from [guess].
 */
bool cmd_takes_urcs(const struct cmd_host *h, size_t i);
/* An unsolicited line, or ready-made bytes, to every channel that takes URCs. */
void cmd_urc(struct cmd_host *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cmd_urc_raw(struct cmd_host *h, const void *p, size_t n);

#endif
