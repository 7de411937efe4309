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

enum { CMD_CHANNELS_MAX = 8 };	/* two ports and the channels of a multiplexer */

/* The AT side of one modem: at_dev() of each of its channels, and the ctx of cmd_event(). */
struct cmd_host {
	struct modem *modem;
	struct at_channel *channel[CMD_CHANNELS_MAX];
	size_t n;
};

struct cmd_host *cmd_host(const struct at_channel *at);
struct modem *cmd_modem(const struct at_channel *at);

/* NULL-terminated list of all tables; cmd_list.c is the only place that names them. */
const struct at_cmd *const *cmd_tables(void);

extern const struct at_cmd cmd_v250[];		/* cmd_v250.c: line discipline and channel settings */
extern const struct at_cmd cmd_ident[];		/* cmd_ident.c */
extern const struct at_cmd cmd_power[];		/* cmd_power.c: CFUN, CRESET, CPOF, CBC ... */
extern const struct at_cmd cmd_sim[];		/* cmd_sim.c: CPIN, CLCK, CICCID ... */
extern const struct at_cmd cmd_net[];		/* cmd_net.c: CREG, COPS, CSQ ... */
extern const struct at_cmd cmd_pdp[];		/* cmd_pdp.c: CGDCONT, CGACT ... */
extern const struct at_cmd cmd_netopen[];	/* cmd_netopen.c: NETOPEN, IPADDR, CIP* settings */
extern const struct at_cmd cmd_rtc[];		/* cmd_rtc.c: CCLK, CTZU, CTZR */
extern const struct at_cmd cmd_ssl[];		/* cmd_ssl.c */
extern const struct at_cmd cmd_cert[];		/* cmd_cert.c */
extern const struct at_cmd cmd_mqtt[];		/* cmd_mqtt.c */

/* at_cmd.needs */
enum {
	CMD_NEEDS_SIM = 1 << 0,		/* an unlocked SIM: CME 10, 11, 12, 13 or 14 */
	CMD_NEEDS_NETWORK = 1 << 1,	/* registered: CME 30 */
	CMD_NEEDS_NETOPEN = 1 << 2,	/* +IP ERROR: Network not opened, ERROR */
};

/* struct at_hooks.gate; ctx is not used. Also refuses the commands the profile lists as absent. */
enum at_status cmd_gate(struct at_channel *at, const struct at_cmd *cmd, void *ctx);

/* modem_event_func_t; ctx is the struct cmd_host. */
void cmd_event(const struct modem_event *ev, void *ctx);

/* One per family, called by cmd_event() with that family's events only. */
void cmd_power_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_sim_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_net_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_pdp_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_netopen_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_rtc_event(struct cmd_host *h, const struct modem_event *ev);
void cmd_mqtt_event(struct cmd_host *h, const struct modem_event *ev);

/* Tags of at_wait() and at_prompt(), unique over all families. Those of a client are tag + client. */
enum cmd_tag {
	CMD_TAG_NONE,
	CMD_TAG_COPS,
	CMD_TAG_NETOPEN,
	CMD_TAG_NETCLOSE,
	CMD_TAG_CERT_DOWN,
	CMD_TAG_MQTT_START,
	CMD_TAG_MQTT_STOP,
	CMD_TAG_MQTT_CONNECT,		/* + client, 2 of each */
	CMD_TAG_MQTT_DISC = CMD_TAG_MQTT_CONNECT + 2,
	CMD_TAG_MQTT_PUB = CMD_TAG_MQTT_DISC + 2,
	CMD_TAG_MQTT_SUB = CMD_TAG_MQTT_PUB + 2,
	CMD_TAG_MQTT_UNSUB = CMD_TAG_MQTT_SUB + 2,
	CMD_TAG_MQTT_ENTRY = CMD_TAG_MQTT_UNSUB + 2,	/* 64 of them, the family divides them */
	CMD_TAG_END = CMD_TAG_MQTT_ENTRY + 64,
};

enum cmd_order { CMD_ORDER_FINAL_FIRST, CMD_ORDER_LINE_FIRST };

/*
 * The result line of a command that was started earlier. When a channel still has tag open, that command ends with
 * final, before or after its line as order says; otherwise (the command answered OK at once) it is a plain URC.
 * A command whose OK comes first should answer OK at once: what is typed meanwhile then runs before the line.
 */
void cmd_result(struct cmd_host *h, int tag, enum cmd_order order, enum at_status final, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* An unsolicited line, or ready-made bytes, to every channel that takes URCs. */
void cmd_urc(struct cmd_host *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cmd_urc_raw(struct cmd_host *h, const void *p, size_t n);

#endif
