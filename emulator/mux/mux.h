/*
 * The modem's end of a multiplexer (3GPP TS 27.010, basic option): octets of one line in and out on one side, octets of
 * numbered channels on the other. Knows no command and no port; nothing is sent that the host did not ask for.
 */
#ifndef MUX_MUX_H
#define MUX_MUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/trace.h"

enum { MUX_CHANNELS = 4 }; /* 1 to 4; 0 is the control channel */

enum mux_event {
	MUX_EVENT_OPENED,      /* the host established the channel */
	MUX_EVENT_CLOSED,      /* it disconnected it, or the whole multiplexer has ended */
	MUX_EVENT_DTR_DROPPED, /* its DTR went from on to off */
	MUX_EVENT_WRITABLE,    /* mux_write() was short and would not be any more */
	MUX_EVENT_ENDED,       /* the line is free for commands again; channel 0 */
};

/* How this modem differs from others. */
struct mux_ways {
	size_t frame_max;    /* most octets of information in its frames, 1 to MUX_INFO_MAX */
	bool final;	     /* the P/F bit is set in its UIH frames: 0xFF, not 0xEF */
	bool tell_status;    /* it sends MSC when a channel opens, and when its call begins or ends */
	unsigned idle_flags; /* further flags behind each of its frames */
	unsigned ua_again;   /* how often it repeats the UA of a channel */
	const char *notice;  /* a bare line on the wire when the first channel opens; "" for none */
};

struct mux_hooks {
	void (*out)(const void *p, size_t n, void *ctx); /* whole frames for the line */
	void (*data)(unsigned channel, const void *p, size_t n, void *ctx);
	void (*event)(enum mux_event ev, unsigned channel, void *ctx);
	void *ctx;
};

struct mux;

/* ways and hooks are copied, the trace is borrowed. It has no line until mux_start(). NULL: out of memory. */
struct mux *mux_new(const struct mux_ways *ways, const struct mux_hooks *hooks, struct trace *trace);
void mux_free(struct mux *m);

/* Not from a hook. The line is the multiplexer's from now on, all channels are closed. frame_max: what the host asked for, 0: nothing.
 */
void mux_start(struct mux *m, size_t frame_max);
/* It ends without a word: the modem has lost its power. Closes the channels (events) but does not tell MUX_EVENT_ENDED.
 */
void mux_stop(struct mux *m);
bool mux_is_running(const struct mux *m);

/* Octets of the line. Returns how many were the multiplexer's: the rest came behind its end. */
size_t mux_feed(struct mux *m, const void *p, size_t n);

/* Octets for the host; returns how many were framed: all of them, or 0 while the channel is closed or held by the host.
 */
size_t mux_write(struct mux *m, unsigned channel, const void *p, size_t n);
/* Asks the host to hold a channel back (FC of MSC), or to go on. */
void mux_hold(struct mux *m, unsigned channel, bool held);
/* The channel's call, which DCD shows (DV of MSC); told to the host by a modem that tells its status. */
void mux_carrier(struct mux *m, unsigned channel, bool on);
bool mux_is_open(const struct mux *m, unsigned channel);
/* The host holds the channel, alone or with all others. */
bool mux_is_held(const struct mux *m, unsigned channel);

#endif
