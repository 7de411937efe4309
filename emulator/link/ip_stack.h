/*
 * libslirp as a TCP stack that reaches nobody by itself: it takes the connections it was told to (ip_stack_allow) and
 * gives each as one end of a socket pair, refuses all others with RST. Both ends are in this process, so that
 * everything moves inside ip_stack_turn() and nothing has to be waited for but time.
 */
#ifndef LINK_IP_STACK_H
#define LINK_IP_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock/clock.h"

struct ip_stack;

struct ip_stack_ops {
	void (*packet)(const void *p, size_t n, void *ctx); /* to the host */
	bool (*full)(void *ctx);			    /* nothing more is read from connections */
	void *ctx;
};

/* NULL: no memory or descriptors. client is the host's address. */
struct ip_stack *ip_stack_new(uint32_t client, struct clock *clock, const struct ip_stack_ops *ops);
/* The other ends of what ip_stack_accept() gave see an end of file. NULL is fine. */
void ip_stack_free(struct ip_stack *s);

/*
 * Connections to this place are taken from now on. false: there are too many places. There is no way back (libslirp 4.7 loses
 * memory there), so a connection that is not to be had must not be put in.
 */
bool ip_stack_allow(struct ip_stack *s, uint32_t address, uint16_t port);

void ip_stack_input(struct ip_stack *s, const void *packet, size_t n);

/* The connection whose handshake the packet has completed that was put in last: a descriptor, nonblocking; -1: none. */
int ip_stack_accept(struct ip_stack *s);

/* Moves data between connections and their descriptors. false: nothing moved. */
bool ip_stack_turn(struct ip_stack *s);

/* When time alone makes something to do, in us from now; UINT64_MAX: never. */
uint64_t ip_stack_due_us(struct ip_stack *s);

#endif
