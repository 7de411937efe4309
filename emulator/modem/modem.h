/*
 * The device: owns its features, resets them, powers them. It never sees AT text and touches no byte of the line.
 * Each feature keeps what a reset clears in struct x_boot and what survives in struct x_nv.
 */
#ifndef MODEM_MODEM_H
#define MODEM_MODEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prng.h"
#include "base/trace.h"
#include "clock/clock.h"
#include "link/link.h"
#include "modem/event.h"
#include "profile/profile.h"

struct power;
struct sim;
struct net;
struct pdp;
struct rtc;
struct store;
struct cert;
struct ssl;
struct mqtt;
struct http;
struct cch;
struct ping;
struct ntp;
struct htp;
struct fs;
struct ftps;
struct hw;
struct pins;
struct guard;
struct lbs;
struct socket;
struct dns;
struct sms;
struct gnss;
struct pb;
struct ussd;
struct voice;
struct dialup;

/* Members are read by features and handlers; only modem.c writes them. */
struct modem {
	const struct profile *profile;
	struct clock *clock;
	struct link *link;
	struct trace *trace;
	struct prng prng;
	modem_event_func_t event;
	void *event_ctx;

	struct store *store;	/* what survives power-off: certificates, non-volatile settings */
	struct power *power;
	struct sim *sim;
	struct net *net;
	struct pdp *pdp;
	struct rtc *rtc;
	struct cert *cert;
	struct ssl *ssl;
	struct mqtt *mqtt;
	struct http *http;
	struct cch *cch;
	struct ping *ping;
	struct ntp *ntp;
	struct htp *htp;
	struct fs *fs;
	struct ftps *ftps;
	struct hw *hw;
	struct pins *pins;
	struct guard *guard;
	struct lbs *lbs;
	struct socket *socket;
	struct dns *dns;
	struct sms *sms;
	struct gnss *gnss;
	struct pb *pb;		/* phone book */
	struct ussd *ussd;
	struct voice *voice;
	struct dialup *dialup;
};

struct modem_options {
	const struct profile *profile;	/* borrowed, outlives the modem */
	struct link *link;		/* borrowed, outlives the modem */
	struct clock *clock;
	struct trace *trace;
	uint64_t seed;
	const char *state_dir;		/* NULL: nothing is kept on disk */
};

/* A modem without power. NULL with *e filled on failure (state directory unreadable, out of memory). */
struct modem *modem_new(const struct modem_options *o, modem_event_func_t event, void *ctx, struct err *e);
void modem_free(struct modem *m);

/* Sends an event to the listener. For features. */
void modem_emit(struct modem *m, const struct modem_event *ev);
/* Short form for the many events that are a type, an index and a code. */
void modem_emit_code(struct modem *m, enum modem_event_type type, int index, int code);

enum modem_boot {
	MODEM_BOOT_COLD,	/* silence, then RDY ... PB DONE at the profile's times */
	MODEM_BOOT_WARM,	/* booted, SIM ready, registered: nothing is printed */
};

void modem_power_on(struct modem *m, enum modem_boot boot);
/* Supply off at once: volatile state gone, no event after POWERED_OFF. */
void modem_power_off(struct modem *m);
/* Clears every feature's x_boot; called by power code on power-off and reboot. */
void modem_reset(struct modem *m);
bool modem_is_on(const struct modem *m);

#endif
