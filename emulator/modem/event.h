/* What the device tells whoever listens: typed, no text. cmd/ turns it into lines. */
#ifndef MODEM_EVENT_H
#define MODEM_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum modem_event_type {
	/* power */
	MODEM_EVENT_POWERED_ON,		/* supply on: the UART is still silent */
	MODEM_EVENT_WARM,		/* booted before anyone looked: the UART lives, nothing is printed */
	MODEM_EVENT_READY,		/* first line of the boot (RDY, *ATREADY: 1) */
	MODEM_EVENT_POWERED_OFF,	/* the UART dies now */
	MODEM_EVENT_BOOT_LINE,		/* index: which of the quirk boot_lines */
	MODEM_EVENT_REBOOT,		/* everything volatile is gone; READY follows after the profile's time */
	MODEM_EVENT_SUPPLY_WARNING,	/* code -1: below the limit of AT+CVALARM, 1: above it */
	MODEM_EVENT_SUPPLY_OFF,		/* the same of AT+CPMVT: the modem switches itself off */
	MODEM_EVENT_HEAT,		/* code: level of temperature, -2 to 2; at 2 and -2 it switches itself off */
	/* sim, sms, phonebook */
	MODEM_EVENT_SIM_READY,
	MODEM_EVENT_SIM_PIN,		/* the SIM wants its PIN (code 0) or PUK (code 1) */
	MODEM_EVENT_SIM_REMOVED,
	MODEM_EVENT_SMS_DONE,
	MODEM_EVENT_PB_DONE,
	/* net */
	MODEM_EVENT_REGISTERED,		/* registration changed in index (enum net_domain) */
	MODEM_EVENT_NET_MODE,		/* +CNSMOD */
	MODEM_EVENT_NET_SIGNAL,		/* +CSQ by AT+AUTOCSQ */
	MODEM_EVENT_NET_INFO,		/* +CPSI by its period */
	MODEM_EVENT_NET_SCANNED,	/* AT+COPS=? has its list */
	MODEM_EVENT_TIME_ZONE,		/* NITZ: +CTZV */
	MODEM_EVENT_PDN_ACTIVATED,	/* +CGEV: index cid, code 0 by the network, 1 by the module */
	MODEM_EVENT_PDN_LOST,		/* +CGEV: index cid */
	/* pdp */
	MODEM_EVENT_NETOPENED,		/* code: 0 or <err> */
	MODEM_EVENT_NETCLOSED,
	MODEM_EVENT_NET_LOST,		/* +CIPEVENT: NETWORK CLOSED UNEXPECTEDLY */
	/* socket: index is the link */
	MODEM_EVENT_SOCKET_OPENED,	/* code: 0 or <err> */
	MODEM_EVENT_SOCKET_SENT,	/* size asked for, code: how much was confirmed, or -1 */
	MODEM_EVENT_SOCKET_CLOSED,	/* by the host */
	MODEM_EVENT_SOCKET_LOST,	/* code: cause 0-2 */
	MODEM_EVENT_SOCKET_READY,	/* something waits to be fetched */
	MODEM_EVENT_SOCKET_ACCEPTED,	/* code: server; address and port of who has connected */
	MODEM_EVENT_SERVER_STARTED,	/* index: server; code: 0 or <err> */
	MODEM_EVENT_DNS_FOUND,		/* code 0: topic is the name, address its address; else the code */
	/* mqtt: index is the client */
	MODEM_EVENT_MQTT_STARTED,
	MODEM_EVENT_MQTT_STOPPED,
	MODEM_EVENT_MQTT_CONNECTED,
	MODEM_EVENT_MQTT_DISCONNECTED,
	MODEM_EVENT_MQTT_PUBLISHED,
	MODEM_EVENT_MQTT_SUBSCRIBED,
	MODEM_EVENT_MQTT_UNSUBSCRIBED,
	MODEM_EVENT_MQTT_MESSAGE,
	MODEM_EVENT_MQTT_LOST,		/* code: cause 1-3 */
	MODEM_EVENT_MQTT_PING,
	MODEM_EVENT_MQTT_NONET,
	/* ftps: index is enum ftps_op */
	MODEM_EVENT_FTPS_DONE,		/* code; PWD, SIZE: payload is text */
	MODEM_EVENT_FTPS_DATA,		/* payload: a piece of LIST or GET */
	MODEM_EVENT_FTPS_CACHED,	/* the cache of GET has something to read */
	MODEM_EVENT_FTPS_PEER_CLOSED,
	/* sms */
	MODEM_EVENT_SMS_SENT,		/* index: owner; code: 0, enum sms_err or a cause; size: reference */
	MODEM_EVENT_SMS_STORED,		/* a new message at index of enum sms_mem code */
	MODEM_EVENT_SMS_ROUTED,		/* payload: a message straight to the host; code 1: a status report */
	/* voice */
	MODEM_EVENT_CALL,		/* index: call; code: enum voice_news; what goes with it stands there */
	/* ussd */
	MODEM_EVENT_USSD,		/* code: <m>; topic: UTF-8 or NULL; size: <dcs> */
	/* fs */
	MODEM_EVENT_FS_PROGRESS,	/* of AT+FSCOPY; code: thousandths */
	MODEM_EVENT_FS_COPIED,		/* code: enum fs_err */
	/* http */
	MODEM_EVENT_HTTP_STARTED,	/* code: 0, or -1 for ERROR */
	MODEM_EVENT_HTTP_STOPPED,
	MODEM_EVENT_HTTP_ACTION,	/* index: method, code: status or error, length */
	MODEM_EVENT_HTTP_DATA,		/* a block of a read */
	MODEM_EVENT_HTTP_READ,		/* the read is over */
	MODEM_EVENT_HTTP_FILE_READ,	/* code: 0 or error */
	MODEM_EVENT_HTTP_FILE_POSTED,	/* as HTTP_ACTION; index -1: without the method */
	MODEM_EVENT_HTTP_PEER_CLOSED,
	MODEM_EVENT_HTTP_NONET,
	/* location by cells */
	MODEM_EVENT_LBS_NET_OPENED,	/* code: enum lbs_err */
	MODEM_EVENT_LBS_NET_CLOSED,
	MODEM_EVENT_LBS_DONE,		/* index: the type asked for; code: enum lbs_err, 0 done */
	/* ping, ntp */
	MODEM_EVENT_PING_REPLY,		/* code: ms */
	MODEM_EVENT_PING_NONE,
	MODEM_EVENT_PING_DONE,
	MODEM_EVENT_NTP_DONE,		/* code: 0 or <err> */
	MODEM_EVENT_HTP_DONE,		/* code: 0 or <err> */
	/* cch: index is the session */
	MODEM_EVENT_CCH_STARTED,
	MODEM_EVENT_CCH_STOPPED,
	MODEM_EVENT_CCH_OPENED,
	MODEM_EVENT_CCH_CLOSED,
	MODEM_EVENT_CCH_SENT,
	MODEM_EVENT_CCH_RECV,		/* received data waits for the host */
	MODEM_EVENT_CCH_READ,		/* the cached data that AT+CCHRECV asked for */
	MODEM_EVENT_CCH_PEER_CLOSED,
	MODEM_EVENT_CCH_LOST,		/* code: why */
	MODEM_EVENT_CCH_NONET,		/* the service is down */
	/* gnss */
	MODEM_EVENT_GNSS_READY,		/* AT+CGNSSPWR=1 has come through */
	MODEM_EVENT_GNSS_OFF,
	MODEM_EVENT_GNSS_REPORT,	/* index: who asked, code: enum gnss_report; payload: sentences, if it is those */
	MODEM_EVENT_GNSS_NMEA,		/* payload: sentences for the NMEA port */
	/* dialup: index is the port */
	MODEM_EVENT_DIALUP_CONNECTED,	/* PPP is spoken from now on */
	MODEM_EVENT_DIALUP_READY,	/* something waits to be fetched for the host */
	MODEM_EVENT_DIALUP_ENDED,
};

struct modem_event {
	enum modem_event_type type;
	int index;		/* client, context, domain ... */
	int code;		/* the device's own result code, 0 = ok */
	bool network_open;	/* MQTT_STARTED, CCH_STARTED: the data service was up before (decides the order) */
	long long length;	/* HTTP_ACTION, CALL */
	const char *topic;	/* MQTT_MESSAGE; borrowed until the callback returns */
	const void *payload;	/* MQTT_MESSAGE, HTTP_DATA, CCH_READ, FTPS_DATA, FTPS_DONE, GNSS_* */
	size_t topic_len, payload_len;
	size_t size;
	const char *address;	/* numeric, borrowed */
	uint16_t port;
};

typedef void (*modem_event_func_t)(const struct modem_event *ev, void *ctx);

#endif
