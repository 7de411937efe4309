/* The host's side of one port, as a port back end: takes what the modem writes, and can leave or stop reading. */
#ifndef COMMANDS_HOST_H
#define COMMANDS_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "io/port.h"

struct host {
	struct port port; /* first: what the modem owns */
	struct buf seen;  /* what came since host_forget() */
	bool overrun;	  /* more than seen can hold */
	uint64_t bytes;	  /* that ever came */
	uint64_t hash;	  /* of them */
	bool stopped;	  /* takes room more bytes, then nothing */
	size_t room;
	bool was_short;
};

/* Lives as long as the modem's port does; freed with host_free(). */
void host_init(struct host *h);
void host_free(struct host *h);
void host_forget(struct host *h);

void host_send(struct host *h, const void *p, size_t n);
void host_leave(struct host *h);
void host_come(struct host *h);
void host_stop(struct host *h);
void host_go(struct host *h);

/* One more step of a hash over bytes; begin with HASH_START. */
#define HASH_START 14695981039346656037u
uint64_t hash_bytes(uint64_t hash, const void *p, size_t n);

#endif
