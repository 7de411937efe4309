/*
 * The modem's end of a PPP link: bytes of the host in, bytes to the host out, IP packets on the other side. LCP, PAP or
 * CHAP, IPCP; everything else is rejected as the modem does. Knows no AT, no network and no profile: what differs
 * between revisions is in struct ppp_config. at-general 13.
 */
#ifndef PPP_PPP_H
#define PPP_PPP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/prng.h"
#include "base/trace.h"
#include "clock/clock.h"

enum ppp_auth { PPP_AUTH_NONE, PPP_AUTH_PAP, PPP_AUTH_CHAP };

/* What the magic number of an Echo-Reply is. */
enum ppp_echo { PPP_ECHO_OWN, PPP_ECHO_PEER, PPP_ECHO_BOTH };

struct ppp_config {
	enum ppp_auth auth;	/* what the first Configure-Request asks for */
	bool active;		/* speaks first; otherwise the host does */
	bool discard;		/* a Discard-Request when LCP is open */
	bool takes_vj;		/* acknowledges VJ compression, and understands nothing of it */
	bool always_compresses; /* leaves out FF 03 whether the host has asked for it or not */
	enum ppp_echo echo;
	uint8_t first_id;    /* of LCP and IPCP */
	char chap_name[64];  /* of the modem in its challenge */
	uint64_t restart_us; /* between requests that nobody answers */
	unsigned tries;	     /* how many of them */
	uint64_t end_us;     /* from the last packet of LCP to the end of the call */
};

/* Who the host says it is. */
enum { PPP_NAME_MAX = 255, PPP_DIGEST = 16 };
struct ppp_login {
	enum ppp_auth auth; /* PPP_AUTH_NONE: it did not have to say */
	char user[PPP_NAME_MAX + 1];
	char password[PPP_NAME_MAX + 1];			 /* PAP */
	uint8_t id, challenge[PPP_DIGEST], response[PPP_DIGEST]; /* CHAP */
};

/* user and password are what the host has shown to know; of no login, never. */
bool ppp_login_matches(const struct ppp_login *l, const char *user, const char *password);

/* IPv4 addresses as numbers, 0xC0000201 is 192.0.2.1. */
struct ppp_network {
	uint32_t address, dns[2];
};

enum ppp_end {
	PPP_END_HOST,	 /* the host has terminated it */
	PPP_END_CLOSED,	 /* ppp_close() */
	PPP_END_SILENCE, /* no answers */
	PPP_END_LOGIN,	 /* login() said no */
	PPP_END_NETWORK, /* network() said no */
};
const char *ppp_end_text(enum ppp_end end);

struct ppp_ops {
	void (*out)(const void *p, size_t n, void *ctx); /* to the host: whole frames */
	bool (*login)(const struct ppp_login *login, void *ctx);
	/* The host asks for an address. false: it does not get one, and the link ends. */
	bool (*network)(struct ppp_network *out, void *ctx);
	void (*up)(void *ctx);				    /* packets flow from now on */
	void (*packet)(const void *p, size_t n, void *ctx); /* an IPv4 packet of the host */
	/* It is over, no call follows. From the clock, never from inside a ppp_*() call; ppp_free() is allowed. */
	void (*end)(enum ppp_end end, void *ctx);
	void *ctx;
};

struct ppp;

/* config is copied; clock, trace (may be NULL) and prng outlive the link. NULL: out of memory. */
struct ppp *ppp_new(const struct ppp_config *config, const struct ppp_ops *ops, struct clock *clock,
		    struct trace *trace, struct prng *prng);
void ppp_free(struct ppp *p);

/* Bytes of the host, cut as they come. */
void ppp_feed(struct ppp *p, const void *data, size_t n);

/* An IPv4 packet to the host; dropped while the link is not up. */
void ppp_send(struct ppp *p, const void *packet, size_t n);
bool ppp_is_up(const struct ppp *p);

/* Ends the link with a Terminate-Request; end() follows, with this reason, when the host has answered, or has not. */
void ppp_close(struct ppp *p, enum ppp_end reason);

/* "establish", "login", "network", "up", "terminate" */
const char *ppp_phase_name(const struct ppp *p);

struct ppp_counts {
	uint64_t packets_in, packets_out, bytes_in, bytes_out; /* IP */
	unsigned bad_frames;
};
struct ppp_counts ppp_counts(const struct ppp *p);

#endif
