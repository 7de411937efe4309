/*
 * Echo requests (AT+CPING): a name is looked up, then probes go out at their interval, and each is answered or not. One
 * run at a time. at-general 7.
 */
#ifndef MODEM_PING_H
#define MODEM_PING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link_stream.h"
#include "modem/modem.h"

enum { PING_HOST_MAX = 255, PING_PROBES_MAX = 100 };

/* What a line of AT+CPING begins with. */
enum ping_result { PING_RESULT_REPLY = 1, PING_RESULT_NONE, PING_RESULT_SUMMARY };
/* In words, NULL when there is no such result. */
const char *ping_result_text(int result);

struct ping_request {
	char host[PING_HOST_MAX + 1];
	bool ipv6;
	int probes, size, interval_ms, wait_ms, ttl;
};

enum ping_state { PING_IDLE, PING_LOOKUP, PING_RUNNING };

/* A probe that is out. */
struct ping_probe {
	uint64_t due_us; /* its reply, or the end of the patience */
	int trip_ms;	 /* -1: no reply */
	bool over;
};

/* All of it is gone after a reset. */
struct ping_boot {
	enum ping_state state;
	struct ping_request request;
	char address[LINK_STREAM_ADDRESS_SIZE];
	struct ping_probe probe[PING_PROBES_MAX];
	int sent, over, received;
	int min_ms, max_ms, sum_ms;
	uint64_t next_us; /* when the next probe goes out */
};

struct ping {
	struct modem *modem;
	struct link_lookup *lookup;
	struct timer timer; /* the next probe, or the next that is over */
	struct ping_boot boot;
};

struct ping *ping_new(struct modem *m);
void ping_reset(struct ping *p);
void ping_free(struct ping *p);
/* The bearer is gone: probes that are out stay unanswered, and the run ends. */
void ping_network_lost(struct ping *p);

/*
 * false: a run is under way (traced). Otherwise PING_REPLY or PING_NONE for each probe, then PING_DONE; none of them
 * before this returns. r is copied.
 */
bool ping_start(struct ping *p, const struct ping_request *r);

#endif
