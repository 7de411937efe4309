/*
 * Packet data: contexts (AT+CGDCONT, kept over power-off), which of them are active, and the data network of the TCP/IP
 * commands (AT+NETOPEN). at-general 6 and 7.
 */
#ifndef MODEM_PDP_H
#define MODEM_PDP_H

#include <stdbool.h>
#include <stddef.h>

#include "modem/modem.h"

enum {
	PDP_CID_MAX = 179,	/* 1-24 and 100-179 */
	PDP_APN_MAX = 100,
	PDP_ADDRESS_MAX = 63,
	PDP_SECRET_MAX = 127,
};

enum pdp_type { PDP_TYPE_IP, PDP_TYPE_PPP, PDP_TYPE_IPV6, PDP_TYPE_IPV4V6, PDP_TYPES };

struct pdp_context {
	int cid;
	enum pdp_type type;
	char apn[PDP_APN_MAX + 1];
	char address[PDP_ADDRESS_MAX + 1];
	int option[4];		/* d_comp, h_comp, ipv4_ctrl, emergency_flag */
	/* AT+CGAUTH; user and password in the order the host gave them in, which firmwares disagree about */
	int auth_type;
	char auth_first[PDP_SECRET_MAX + 1], auth_second[PDP_SECRET_MAX + 1];
};

/* AT+NETOPEN and its errors: <err> of manual 11.6. */
enum pdp_err {
	PDP_ERR_NONE = 0,
	PDP_ERR_NETWORK = 1,
	PDP_ERR_NOT_OPEN = 2,
	PDP_ERR_PARAMETER = 3,
	PDP_ERR_BUSY = 8,
	PDP_ERR_SOCKETS = 9,
	PDP_ERR_TIMEOUT = 10,
	PDP_ERR_OPEN = 100,	/* already open: has a text instead of a number */
	PDP_ERR_BARE = 101,	/* refused without a word */
};

enum pdp_net { PDP_NET_CLOSED, PDP_NET_OPENING, PDP_NET_OPEN, PDP_NET_CLOSING };

/* What AT+NETOPEN uses. */
struct pdp_settings {
	long open_ms;		/* CIPTIMEOUT, its first */
	long cid;		/* CSOCKSETPN */
};

struct pdp_boot {
	bool attached;
	bool service;		/* AT+NETACT */
	bool active[PDP_CID_MAX + 1];
	enum pdp_net net;
	bool late;		/* AT+NETOPEN will not be through in its time */
	bool tidy;		/* AT+NETCLOSE was tried since boot */
	int report[2];		/* AT+CGEREP */
	struct pdp_settings set;
};

struct pdp {
	struct modem *modem;
	struct timer net, cgev;
	struct pdp_boot boot;
	struct pdp_context *context;	/* survives; ascending cid */
	size_t n;
};

struct pdp *pdp_new(struct modem *m);
void pdp_reset(struct pdp *p);
void pdp_free(struct pdp *p);

/*
 * Registration found or gone. quiet: nothing is told (warm start). pdp_lost() ends what stood on the bearer: NET_LOST,
 * then MQTT's own.
 */
void pdp_attach(struct pdp *p, bool quiet);
void pdp_lost(struct pdp *p, bool by_host);

bool pdp_cid_ok(long cid);
const struct pdp_context *pdp_context(const struct pdp *p, int cid);	/* NULL: not defined */
/* Copies c. 0 or -ENOMEM. */
int pdp_define(struct pdp *p, const struct pdp_context *c);
void pdp_undefine(struct pdp *p, int cid);

/* false: not defined, or there is no network. */
bool pdp_activate(struct pdp *p, int cid);
void pdp_deactivate(struct pdp *p, int cid, bool by_host);
bool pdp_is_active(const struct pdp *p, int cid);
/* Dotted address of a context, "0.0.0.0" while it is not active. */
const char *pdp_address(const struct pdp *p, int cid, char *buf, size_t size);

void pdp_set_settings(struct pdp *p, const struct pdp_settings *set);
/* AT+NETACT: data for the module's own services. false: not attached. */
bool pdp_set_service(struct pdp *p, bool on);
void pdp_set_report(struct pdp *p, int mode, int buffered);

/* Accepted: NETOPENED or NETCLOSED follows from the clock. */
enum pdp_err pdp_net_open(struct pdp *p);
enum pdp_err pdp_net_close(struct pdp *p);
bool pdp_net_is_open(const struct pdp *p);
/* "closed" "opening" "open" "closing" */
const char *pdp_net_name(const struct pdp *p);
/* A context of this name is defined beside the one that AT+NETOPEN uses. */
bool pdp_has_other(const struct pdp *p, const char *apn);
/* A service could bring data up now: attached, and its context is defined. */
bool pdp_can_carry(const struct pdp *p);

#endif
