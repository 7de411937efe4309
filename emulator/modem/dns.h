/*
 * The resolver of the TCP/IP commands (AT+CDNSGIP, AT+CDNSGHNAME): one question at a time. Manual V3.00 11.3; facts
 * at-general 7.
 */
#ifndef MODEM_DNS_H
#define MODEM_DNS_H

#include <stdbool.h>

#include "link/link_stream.h"
#include "modem/modem.h"

enum { DNS_NAME_MAX = 254, DNS_LABEL_MAX = 63 };

/* AT+CIPDNSSET in its order. */
struct dns_settings {
	long net_retries, net_timeout_ms, query_retries;
	char server[2][46];	/* AT+CDNSCFG: kept and shown, the modelled network has its own; "" none */
};

struct dns_boot {
	struct dns_settings set;
	bool busy, reverse;
	struct link_lookup *lookup;
	char name[DNS_NAME_MAX + 1];
};

struct dns {
	struct modem *modem;
	struct timer guard; /* no answer in time, or there is nobody to ask */
	struct dns_boot boot;
};

struct dns *dns_new(struct modem *m);
/* Without an event: reboot and power-off. */
void dns_reset(struct dns *d);
void dns_free(struct dns *d);

void dns_set_settings(struct dns *d, const struct dns_settings *set);

/* A name of at most 254 characters in labels of at most 63. */
bool dns_name_ok(const char *name);

/*
 * Then DNS_FOUND with code 0, the name in topic and its address, or with the revision's code for a failure. false: a
 * question is open already.
 */
bool dns_find(struct dns *d, const char *name);
/* The same for the name of an address. */
bool dns_find_name(struct dns *d, const char *address);

/* The bearer is gone: the open question fails. */
void dns_network_lost(struct dns *d);

#endif
