/*
 * The world beyond the modem, seen from the modem. Two back ends, chosen host by host from the world file: modelled ones
 * (model_*.c, virtual time, default) and real ones (real_*.c, on the event loop). What a session is stands in
 * link_mqtt.h, link_stream.h and their sisters. No AT, no result codes of SIMCom here: modem/ maps link_status to its
 * own numbers.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/trace.h"
#include "base/why.h"
#include "clock/clock.h"
#include "link/position.h"
#include "link/world_around.h"
#include "link/world_phone.h"
#include "profile/profile.h"

struct link;		/* one modem's view of the world */
struct world;		/* hosts and brokers as data, shared and const */
struct loop;		/* io/loop.h */

enum link_status {
	LINK_OK,
	LINK_DNS,		/* name not found */
	LINK_REFUSED,		/* TCP refused or unreachable */
	LINK_TIMEOUT,
	LINK_RESET,
	LINK_PEER_CLOSED,	/* closed before the protocol's answer (TLS done, no CONNACK) */
	LINK_PEER_CLOSED_AFTER,	/* closed after our first packet */
	LINK_TLS_FAILED,	/* alert, version, cipher, untrusted chain ...: why has the reason */
	LINK_TLS_UNTRUSTED,	/* chain not signed by the CA, or dates wrong */
	LINK_TLS_OPEN,		/* CA or own certificate cannot be used at all */
	LINK_CONNACK,		/* CONNACK refusal, code 1-5 in ev.code */
	LINK_NO_NETWORK,	/* the bearer is gone */
	LINK_REJECTED,		/* the peer says no: SUBACK 0x80, an FTP reply of 4xx or 5xx */
	LINK_LOGIN,		/* FTP: the peer knows no such user or password */
	LINK_PROTOCOL,		/* the peer speaks something else */
};

/* "name not found", "TLS handshake failed" ... */
const char *link_status_text(enum link_status status);

/* A file of the modem's certificate store; data NULL when none is configured. */
struct link_file {
	const char *name;
	const void *data;
	size_t len;
};

/* TLS as the modem will do it: profile limits and SSL context already applied. */
struct link_tls {
	unsigned versions;		/* bit n: TLS 1.n is offered (bit 0 = TLS 1.0 ... bit 3 = TLS 1.3) */
	const uint16_t *ciphers;	/* IANA numbers offered */
	size_t n_ciphers;
	bool send_sni;
	bool verify_server;		/* authmode 1 and 2 */
	bool send_client_cert;		/* authmode 2 and 3 */
	bool check_dates;		/* ignorelocaltime 0 */
	bool verify_hostname, ecdsa, wildcard;	/* profile limits */
	size_t max_chain_bytes;		/* 0: no limit */
	int ec_bits_max;		/* largest ECDSA key, 0: any */
	const struct profile *profile;	/* whose limits these are, for explanations; may be NULL */
	uint64_t negotiate_us;		/* negotiatetime */
	time_t now;			/* the modem's clock */
	struct link_file ca, cert, key;
	const char *key_password;
};

/*
 * What the modem can tell of its own files before it connects: LINK_OK, or LINK_TLS_OPEN when the CA (verify_server) or
 * the client's certificate or key (send_client_cert) is missing or cannot be used, with the reason in why.
 */
enum link_status link_tls_check_files(const struct link_tls *tls, struct why *why);

struct link_options {
	const struct world *world;	/* all borrowed, outlive the link */
	struct clock *clock;
	struct trace *trace;
	struct loop *loop;		/* of the clock; NULL (virtual time): nothing real can be reached */
	bool allow_network;		/* addresses other than loopback, and names the world does not know */
};

/* NULL: out of memory. */
struct link *link_new(const struct link_options *o);
void link_free(struct link *l);		/* sessions must be closed before */

/* The bearer: false loses every session (LINK_NO_NETWORK) and fails new ones. */
void link_set_network(struct link *l, bool up);
/*
 * The bearer stands and carries nothing new (a PDN that hangs): names, echo requests and connections have no answer. What
 * is connected stays so.
 */
void link_set_stuck(struct link *l, bool stuck);

/* The world's wall clock at time 0 of struct clock, unless link_set_time() says otherwise: 2026-01-01T00:00:00Z. */
#define LINK_UTC_AT_START ((time_t)1767225600)
void link_set_time(struct link *l, time_t utc_at_start);

/* Where the world file has put the antenna; seen is false when it says nothing: indoors. */
struct position link_position(const struct link *l);

/* Radio, card and board as world files have them; lives as long as the world. */
const struct around *link_around(const struct link *l);
/* Numbers that can be called, USSD codes and phone book entries of the world files; lives as long as the world. */
const struct phones *link_phones(const struct link *l);

/*
 * held: the host does not read, so what peers send by themselves (MQTT messages of real brokers, data of streams) waits in
 * their sockets. Modelled brokers send too little to matter.
 */
void link_hold(struct link *l, bool held);

/*
 * Line commands for the control socket and scenarios:
 *   publish TOPIC TEXT [qos N] [retain]    as if another client had published
 *   drop [close|reset]                     brokers and servers end every session and connection
 *   refuse on|off                          new sessions get a TCP refusal
 *   mute on|off                            the broker keeps TCP open and answers nothing
 *   misbehave WORD...|off                  new sessions meet these misbehaviours (words of world files)
 *   sessions                               who is connected
 *   connect PORT [ADDRESS:PORT]            somebody connects to a port that the modem listens on: ok N
 *   peers                                  the other ends of streams, each N=tcp:HOST:PORT
 *   peer N send TEXT                       what that end sends, with \r \n \xNN escapes
 *   peer N close|reset                     it ends the connection
 * Answers one line into reply; 0 or -EINVAL.
 */
int link_control(struct link *l, const char *line, struct buf *reply);

/*
 * Worlds. The built-in one knows the brokers of the evidence; user files are tried first, in the order given. "probe" is one that
 * the program brings along for who asks for it: the servers of `hil probe`.
 */
struct world *world_load(const char *const *paths, size_t n, struct err *e);
void world_free(struct world *w);

#endif
