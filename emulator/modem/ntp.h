/*
 * Network time (AT+CNTP): asks an SNTP server (RFC 4330) and sets the modem's clock. One run at a time. Manual V3.00
 * chapter 15; at-general 8.
 */
#ifndef MODEM_NTP_H
#define MODEM_NTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link_stream.h"
#include "modem/modem.h"
#include "modem/sntp.h"

enum { NTP_HOST_MAX = 255, NTP_PORT = 123, NTP_ZONE_MIN = -96, NTP_ZONE_MAX = 96 };

/* <err> of +CNTP. */
enum ntp_err {
	NTP_ERR_NONE,
	NTP_ERR_UNKNOWN,
	NTP_ERR_PARAMETER,
	NTP_ERR_DATE,
	NTP_ERR_NETWORK,
	NTP_ERR_ZONE,
	NTP_ERR_TIMEOUT,
};

/* The manual's words for a code, NULL when it has none. */
const char *ntp_err_text(int code);

struct ntp_settings {
	char server[NTP_HOST_MAX + 1];
	int zone; /* quarter hours east of UTC */
};

enum ntp_state { NTP_IDLE, NTP_FAILING, NTP_LOOKUP, NTP_OPENING, NTP_ASKING };

/* All of it is gone after a reset. */
struct ntp_boot {
	struct ntp_settings set;
	enum ntp_state state;
	enum ntp_err result; /* FAILING: known, and told by the timer */
	unsigned tries;
	uint64_t sent_us;
	uint8_t cookie[SNTP_COOKIE_BYTES]; /* of the last request: its answer brings it back */
};

struct ntp {
	struct modem *modem;
	struct link_lookup *lookup;
	struct link_stream *stream;
	struct timer timer;
	struct why why; /* FAILING */
	struct ntp_boot boot;
};

struct ntp *ntp_new(struct modem *m);
void ntp_reset(struct ntp *n);
void ntp_free(struct ntp *n);

void ntp_set(struct ntp *n, const struct ntp_settings *set);
/* false: a run is under way (traced). Otherwise NTP_DONE, never before this returns. */
bool ntp_start(struct ntp *n);

#endif
