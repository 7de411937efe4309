/* The brokers that the built-in world knows, by what a log says of them, and the certificates that go with them. */
#ifndef REPRODUCE_BROKER_H
#define REPRODUCE_BROKER_H

#include <stdbool.h>
#include <stddef.h>

struct broker {
	const char *match;    /* pattern of its host names, as in the world */
	const char *host;     /* a name that matches, where the log has none */
	const char *words;    /* regex on prose that means this broker */
	const char *ca_words; /* regex on the file name of a CA that is meant for it */
	const char *ca;	      /* the CA that ends its chain, a name for broker_file() */
	const char *connect;  /* the arguments that AT+CMQTTCONNECT=0,"tcp://HOST:8883" goes on with */
	bool wants_sni;	      /* refuses clients that name no server */
};

/* Ends with a row without match. */
extern const struct broker brokers[];

/* The row whose pattern fits host, or NULL. */
const struct broker *broker_of_host(const char *host);
/* Whether text (n bytes) holds a match of the regex, case ignored. */
bool broker_regex(const char *regex, const char *text, size_t n);

/* The host that a command names, in an URL or as an argument, as offset and length; false when there is none. */
bool broker_host_in(const char *command, size_t *at, size_t *n);
/* The port behind it; that of the URL's scheme when there is none (1883 for tcp, manual 16.2.9). */
unsigned broker_port_in(const char *command, size_t at, size_t n);

/* A certificate that the program brings along ("isrgrootx1.pem"), NULL when there is none of that name. */
const char *broker_file(const char *name, size_t *n);

#endif
