/* Hosts and brokers as data: what a world file says, checked, shared by all links and const after loading. */
#ifndef LINK_WORLD_H
#define LINK_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/x509.h>

#include "base/err.h"
#include "base/yml.h"
#include "link/link.h"
#include "link/position.h"
#include "link/tls_suite.h"
#include "link/world_apn.h"
#include "link/world_ftp.h"
#include "link/world_http.h"
#include "link/world_around.h"
#include "link/world_phone.h"
#include "link/world_stream.h"

enum no_sni { NO_SNI_OK, NO_SNI_CONNACK_5, NO_SNI_TLS_ALERT };
enum key_type { KEY_RSA, KEY_ECDSA };

/*
 * Misbehaviours, one word each in a world file and on the control socket. A connection gets its own copy when it
 * starts, so that none outlives the connection it was meant for.
 */
struct faults {
	bool refuse, tcp_timeout, tls_mute, close_before_connack, close_after_connect, reset_after_connect, mute;
	bool no_puback, no_suback, no_pingresp, drop_on_publish, drop_on_subscribe, duplicate_publish;
	bool publish_before_suback, kiss_of_death;
};

/* Sets the member called word. -EINVAL when there is none. */
int faults_set(struct faults *f, const char *word);
/* All words, NULL-terminated. */
extern const char *const fault_words[];
/* What holds when either says so. */
struct faults faults_join(const struct faults *a, const struct faults *b);

/* A certificate chain in words (root), or as files that are really verified (leaf). */
struct chain {
	enum key_type key;
	unsigned bits;
	size_t bytes;			/* all certificates of the chain as sent */
	bool wildcard;
	char **name;			/* patterns the leaf is for; none: the host itself */
	size_t n_names;
	char *root_name;
	unsigned char skid[32];		/* subject key identifier of the root that ends the chain */
	size_t skid_len;
	bool has_dates;
	time_t not_before, not_after;
	X509 *leaf;			/* chains from files */
	STACK_OF(X509) *intermediates;
};

struct word_set {
	char **word;
	size_t n;
};

struct tls_server {
	unsigned min, max;		/* TLS 1.min to TLS 1.max */
	uint16_t *cipher;		/* in the server's order; NULL: all OpenSSL has by default */
	size_t n_ciphers;
	enum no_sni no_sni;
	struct word_set known;		/* server names (patterns) it takes, others get an alert; none: any */
	bool client_cert;
	bool client_cert_alert;		/* without one the handshake fails; else it is let through and closed */
	STACK_OF(X509) *client_ca;	/* who signs client certificates; NULL: any certificate will do */
	struct chain chain;
};

struct credentials {
	char *user, *password;
};

struct latency {
	uint64_t dns, tcp, tls, alert, mqtt, publish, subscribe, trip, ping;	/* microseconds */
};

struct model {
	enum service service;
	struct stream_model stream;	/* of services other than MQTT */
	bool tls;			/* this port speaks TLS */
	struct tls_server server;
	struct credentials *credentials;	/* n_credentials 0: anybody */
	size_t n_credentials;
	int connack;			/* always answer this, -1: what follows from the rest */
	int bad_login;			/* to a wrong user or password: 4, or 5 where the broker makes no difference */
	bool acl_refuse;		/* SUBACK 0x80 and silence instead of closing */
	struct word_set deny_publish, deny_subscribe;
	struct latency latency;
	struct faults faults;
	struct ftp_model *ftp;		/* NULL: nobody here speaks FTP */
	struct http_site *http;		/* NULL: nobody here speaks HTTP */
};

struct host {
	char *match;			/* fnmatch pattern */
	uint16_t port;			/* 0: any */
	char *place;			/* "file:line" for explanations */
	char *evidence;
	const char *confidence;
	bool no_ping;			/* answers no ICMP echo */
	char *real;			/* address of a real server, NULL for the modelled ones */
	uint16_t real_port;		/* of it, 0: the port that was asked for */
	struct model model;
};

struct world {
	struct host *host;		/* first match wins */
	size_t n, cap;
	bool has_position;
	struct position position;	/* of the antenna, from the first file that has one */
	struct phones phones;		/* of all files, in their order */
	struct apn_list apns;
	struct around around;		/* of the first file that says so */
	struct suites *suites;		/* filled on first use, see suites_ready() */
};

/* The first host that matches, or NULL; *other_port tells whether the name is known on another port. */
const struct host *world_find(const struct world *w, const char *name, uint16_t port, const struct host **other_port);

/* The first host of that name, whatever its port, or NULL. */
const struct host *world_find_name(const struct world *w, const char *name);

/* Appends an empty host with the defaults, or NULL. */
struct host *world_add(struct world *w);

/* Reads the hosts of one document. 0 or -EINVAL with the place in *e. */
int world_read(struct world *w, const struct yml *y, struct err *e);

/* A world from one text alone, without the built-in hosts. For tests and fuzzing. */
struct world *world_load_text(const char *name, const char *text, size_t len, struct err *e);

#endif
