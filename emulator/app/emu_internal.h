/* What the files of app/ share about one wired modem. Nobody else includes this. */
#ifndef APP_EMU_INTERNAL_H
#define APP_EMU_INTERNAL_H

#include "app/emu.h"
#include "at/at.h"
#include "base/buf.h"
#include "cmd/cmd.h"
#include "link/link.h"
#include "modem/modem.h"
#include "mux/mux.h"
#include "profile/profile.h"

struct emu_setup {
	struct profile *profile;
	struct world *world;
};

/* One port of the modem: what carries its bytes and, but for NMEA, the channel behind it. */
struct emu_line {
	struct emu *emu;
	enum emu_port_role role;
	struct port *port;		/* NULL: the modem has no such port */
	struct port *speed;		/* the layer of it that has a line speed of its own; NULL: any speed will do */
	struct trace *trace;		/* events of this port; the modem's own for the UART */
	struct at_channel *at;		/* NULL: takes no commands */
	size_t channel;			/* where at is in the host */
	struct buf out;			/* waits for a host that does not read */
	uint64_t lost_bytes;		/* dropped since out was full */
	bool blocked;			/* the port took fewer bytes than offered */
	struct port *paced;		/* the layer of it on which bytes take the time of AT+IPR's speed; NULL: none */
	bool stuck;			/* blocked for so long that the other ports go on without it */
	bool multiplexed;		/* the UART alone: its bytes are the multiplexer's */
	struct timer stuck_timer;
};

enum signal_input { SIGNAL_DTR, SIGNAL_RTS, SIGNAL_PWRKEY, SIGNAL_RESET, SIGNAL_INPUTS };

/* Lets a line go that was held for a time. */
struct signal_back {
	struct emu *emu;
	struct timer timer;
};

/* The UART's lines beside the data; see signals.h. */
struct signals {
	bool in[SIGNAL_INPUTS];		/* as the control language holds them */
	bool left;			/* the port's last host has closed it */
	struct signal_back back[SIGNAL_INPUTS];
	struct timer wink;		/* DCD is off for a moment */
	unsigned long dcd_count;	/* how often DCD went on */
};

struct emu {
	const struct emu_setup *setup;
	struct clock *clock;
	struct trace *trace;
	struct emu_line line[EMU_LINE_COUNT];	/* by enum emu_port_role */
	struct mux *mux;		/* on the UART; NULL until it is asked for */
	bool mux_asked;			/* AT+CMUX was given and its line is not over */
	size_t mux_n1;			/* octets a frame that it asked for, 0: no number */
	struct link *link;
	struct modem *modem;
	struct cmd_host host;
	struct signals signals;
	struct at_channel *addressed;	/* whose lines the control language is about; NULL: no port was named */
	struct buf last_why;		/* the newest explanation, as text */
};

#endif
