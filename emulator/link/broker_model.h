/*
 * One modelled MQTT broker: sessions, subscriptions, retained and queued messages. It knows sessions, not time: link_model
 * carries what it hands out to the client.
 */
#ifndef LINK_BROKER_MODEL_H
#define LINK_BROKER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bsd/sys/queue.h>

#include "base/trace.h"
#include "link/link_mqtt.h"
#include "link/world.h"

/* A message shared by all it goes to. */
struct message {
	unsigned refs;
	int qos;
	bool retain;
	size_t topic_len, len;
	char *topic;		/* both in one block with the struct */
	void *payload;
};

/* NULL: out of memory. */
struct message *message_new(const char *topic, size_t topic_len, const void *payload, size_t len, int qos, bool retain);
struct message *message_ref(struct message *m);
void message_unref(struct message *m);

struct queued {
	TAILQ_ENTRY(queued) entry;
	struct message *message;
	int qos;
	bool retain;
};
TAILQ_HEAD(queue, queued);

void queue_clear(struct queue *q);
/* Keeps m as the one message of its topic, or forgets the topic when its payload is empty (3.3.1.3). 0 or -ENOMEM. */
int queue_retain(struct queue *q, struct message *m);

struct subscription {
	TAILQ_ENTRY(subscription) entry;
	size_t len;
	int qos;
	char filter[];
};

struct session {
	TAILQ_ENTRY(session) entry;
	char *client_id;
	bool clean;
	int version;		/* 3 = MQTT 3.1, 4 = 3.1.1 */
	const struct broker_client *client;	/* the connection, NULL while offline */
	TAILQ_HEAD(, subscription) subscriptions;
	struct queue queue;	/* while offline */
	size_t n_queued;
};

/* How a connection is spoken to; part of its owner. */
struct broker_client {
	/* Hands a message to it. */
	void (*deliver)(void *ctx, struct message *m, int qos, bool retain);
	/* The broker closes it (another one has come with its id): the owner detaches the session. */
	void (*close)(void *ctx, const char *reason);
	void *ctx;
};

struct broker {
	TAILQ_ENTRY(broker) entry;
	char *name;
	uint16_t port;
	const struct host *host;
	struct trace *trace;
	TAILQ_HEAD(, session) sessions;
	struct queue retained;
};

/* NULL: out of memory. */
struct broker *broker_new(const char *name, uint16_t port, const struct host *host, struct trace *trace);
void broker_free(struct broker *b);

/*
 * CONNECT: the CONNACK code (0 accepted, then *out is the session and its queued messages have been handed out), or
 * -ENOMEM. why gets the reason of a refusal.
 */
int broker_connect(struct broker *b, const struct link_mqtt_setup *setup, const struct broker_client *client,
		   struct session **out, struct why *why);

/* Session present (3.2.2.2): what this client id left is still there, for a client that does not ask for a clean session. */
bool broker_keeps(const struct broker *b, const char *client_id);

/* The connection of s is gone; will is published when not NULL. A clean session ends. */
void broker_detach(struct broker *b, struct session *s, struct message *will);

/* What a client, or anybody, publishes: kept when retained, handed to all that subscribe. */
void broker_publish(struct broker *b, struct message *m);

/* Keeps a message for an offline session. Takes its own reference. */
void broker_queue(struct session *s, struct message *m, int qos, bool retain);

/* Grants a filter; retained messages that match are handed out. The granted QoS, 0x80, or -ENOMEM. */
int broker_subscribe(struct broker *b, struct session *s, const struct link_mqtt_topic *t);
void broker_unsubscribe(struct broker *b, struct session *s, const char *filter, size_t len);

bool broker_denies(const struct word_set *filters, const char *topic, size_t len);

#endif
